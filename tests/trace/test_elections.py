"""An election lets the payments for one asset take linked money first under libr, and under libr alone."""

from decimal import Decimal

import pytest

import finflow
from finflow.errors import FinflowError
from finflow.trace.shares import METHODS
from tests.core_support import book

# Re Oatway: other money and marked money lie mixed, shares are bought first, then the rest is spent.
OATWAY = """
    account | date       | amount | name
    A       | 2025-01-01 |   4000 | OWN
    A       | 2025-01-02 |   3000 | PAYER
    A       | 2025-01-03 |  -2137 | SHARES
    A       | 2025-01-04 |  -4863 | SPENT
"""
WHO = {"by": "prosecutor Y", "why": "bought before the rest was spent"}


@pytest.fixture
def case(tmp_path):
    case = finflow.open_case(tmp_path / "case")
    with case.writing() as con:
        case.prefix = book(con, OATWAY, opening=0)
    case.resolve()
    case.decide(f"{case.prefix}:L2", "proceeds", label="T", **WHO)
    case.decide("shares", "asset_payment", f"{case.prefix}:L3", **WHO)
    return case


def in_shares(case, method):
    frame = case.trace(case.proceeds(), method=method).ends
    return dict(frame.select("end", "amount").rows()).get("asset", 0)


def test_oatway(case):
    assert in_shares(case, "libr") == 0
    case.decide("shares", "election", label="linked_first", **WHO)
    assert in_shares(case, "libr") == 2137
    trail = case.trace(case.proceeds(), method="libr")
    assert trail.proof["residue"].to_list() == [0]
    assert trail.elections.select("asset_id", "leg_id").rows() == [("shares", f"{case.prefix}:L3")]


def test_it_is_printed_with_who_when_and_why_under_libr_alone(case):
    case.decide("shares", "election", label="linked_first", **WHO)
    said = case.trace(case.proceeds(), method="libr")._repr_html_()
    assert "By election for asset shares, linked money first at its payment: prosecutor Y on 20" in said
    assert "(bought before the rest was spent)" in said
    assert "election" not in case.trace(case.proceeds(), method="fifo")._repr_html_()


@pytest.mark.parametrize("method", [method for method in METHODS if method != "libr"])
def test_no_other_method_is_moved(case, method):
    before = in_shares(case, method)
    case.decide("shares", "election", label="linked_first", **WHO)
    assert in_shares(case, method) == before


def test_another_payment_from_the_same_account_is_not_moved(case):
    """Near miss: the election is for the shares; what else was paid takes other money first as before."""
    case.decide("rest", "asset_payment", f"{case.prefix}:L4", **WHO)
    case.decide("shares", "election", label="linked_first", **WHO)
    linked = dict(case.trace(case.proceeds(), method="libr").transfers.select("asset_id", "traced").rows())
    assert linked == {None: 3000, "shares": 2137, "rest": 863}


def test_a_comparison_is_run_without_and_the_composition_with_it(case):
    case.decide("shares", "election", label="linked_first", **WHO)
    methods = case.compare(case.proceeds()).methods
    assert dict(methods.select("method", "highest").rows())["libr"] == 0
    found = case.composition("shares", method="libr")
    assert found.payments["marked"].to_list() == [Decimal(2137)]


def test_taken_back_and_unknown_elections(case):
    case.decide("shares", "election", label="linked_first", **WHO)
    case.decide("shares", "election", label="linked_first", amount="0", **WHO)
    assert in_shares(case, "libr") == 0
    with pytest.raises(FinflowError, match="linked_first"):
        case.decide("shares", "election", label="other", **WHO)

"""An election lets the payments for one asset take linked money first under libr, and under libr alone."""

from decimal import Decimal

import pytest

import finflow
from finflow.errors import FinflowError
from finflow.trace.comparison import WITHOUT_ELECTIONS, said
from finflow.trace.shares import METHODS
from tests.core_support import book, copied
from tests.trace import oracle

# Re Oatway: other money and marked money lie mixed, shares are bought first, then the rest is spent.
OATWAY = """
    account | date       | amount | name
    A       | 2025-01-01 |   4000 | OWN
    A       | 2025-01-02 |   3000 | PAYER
    A       | 2025-01-03 |  -2137 | SHARES
    A       | 2025-01-04 |  -4863 | SPENT
"""
WHO = {"by": "prosecutor Y", "why": "bought before the rest was spent"}


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    case = finflow.open_case(tmp_path_factory.mktemp("made") / "case")
    with case.writing() as con:
        prefix = book(con, OATWAY, opening=0)
    case.resolve()
    case.decide(f"{prefix}:L2", "proceeds", label="T", **WHO)
    case.decide("shares", "asset_payment", f"{prefix}:L3", **WHO)
    return case.folder.parent, prefix


@pytest.fixture
def case(made, tmp_path):
    folder, prefix = made
    case = copied(folder, tmp_path)
    case.prefix = prefix
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


def test_a_comparison_and_a_composition_follow_it_and_its_effect_stands_apart(case):
    before = case.compare(case.proceeds())
    assert before.elections.is_empty()
    case.decide("shares", "election", label="linked_first", **WHO)
    found = case.compare(case.proceeds())
    amounts = dict(found.runs.select("run", "amount").rows())
    assert (amounts["libr"], amounts[WITHOUT_ELECTIONS]) == (2137, 0)
    assert amounts["libr, same_day debits_first"] == 2137
    assert {run: amounts[run] for run in before.runs["run"] if not run.startswith("libr")} == {
        run: amount for run, amount in before.runs.select("run", "amount").rows() if not run.startswith("libr")
    }
    assert found.elections.select("election", "asset_id", "amount", "without", "effect").rows() == [
        ("shares", "shares", 2137, 0, 2137)
    ]
    assert found.methods.filter(method="libr").select("lowest", "highest").rows() == [(0, 2137)]
    assert found.frame.select("at_least", "at_most").equals(before.frame.select("at_least", "at_most"))
    assert said(WITHOUT_ELECTIONS) == "lowest balance, without the elections of persons"
    assert found.parting("libr", WITHOUT_ELECTIONS).frame["difference"].to_list() == [-2137, 2137]
    consists = case.composition("shares", method="libr")
    assert consists.payments["marked"].to_list() == [Decimal(2137)]


TWO = """
    account | date       | amount | name
    A       | 2025-01-01 |    400 | OWN
    A       | 2025-01-02 |    300 | T
    A       | 2025-01-03 |    200 | U
    A       | 2025-01-04 |   -333 | CAR
    A       | 2025-01-05 |   -250 | BOAT
    A       | 2025-01-06 |     70 | OWN
    A       | 2025-01-07 |   -211 | CAR
    A       | 2025-01-08 |   -100 | SHOP
"""
PAID = {"car": (3, 6), "boat": (4,)}


def by_the_rule_book(elected):
    """Marked money in the payments for each asset under libr, in minor units."""
    legs = []
    for n, line in enumerate(TWO.strip().splitlines()[1:]):
        _, _, amount, name = (cell.strip() for cell in line.split("|"))
        leg = {"pocket": ("A", "EUR"), "side": "DBIT" if amount[0] == "-" else "CRDT", "amount": abs(int(amount)) * 100}
        leg["elected"] = any(n in PAID[asset] for asset in elected)
        legs.append(leg | ({"marks": [(name, None)]} if name in "TU" else {}))
    out = oracle.replay(legs, ["T", "U"], "libr", {}).out
    return {asset: sum(x for n in lines for who, x in out[n] if who in "TU") for asset, lines in PAID.items()}


def test_the_effect_of_each_election_is_that_of_the_rule_book(tmp_path):
    case = finflow.open_case(tmp_path / "two")
    with case.writing() as con:
        prefix = book(con, TWO, opening=0)
    case.resolve()
    for n, label in ((2, "T"), (3, "U")):
        case.decide(f"{prefix}:L{n}", "proceeds", label=label, **WHO)
    for asset, lines in PAID.items():
        for n in lines:
            case.decide(asset, "asset_payment", f"{prefix}:L{n + 1}", **WHO)
        case.decide(asset, "election", label="linked_first", **WHO)
    found = case.compare(case.proceeds())
    wanted = []
    for elections, left in (("boat", ["car"]), ("car", ["boat"]), (None, [])):
        amount, without = by_the_rule_book(PAID), by_the_rule_book(left)
        wanted += [(elections, asset, amount[asset], without[asset]) for asset in sorted(PAID)]
    rows = found.elections.select("election", "asset_id", "amount", "without").sort("election", nulls_last=True).rows()
    assert [(who, asset, *(int(x * 100) for x in amounts)) for who, asset, *amounts in rows] == wanted
    assert len({row[3] for row in wanted if row[1] == "car"}) == 3  # each election alone moves the car
    row = found.frame.filter(asset_id="car").row(0, named=True)
    assert row["at_least"] <= row["lowest"] <= row["highest"] <= row["at_most"]
    without = found.runs.filter(run=WITHOUT_ELECTIONS).select("asset_id", "amount").rows()
    assert {asset: int(amount * 100) for asset, amount in without} == by_the_rule_book([])


def test_taken_back_and_unknown_elections(case):
    case.decide("shares", "election", label="linked_first", **WHO)
    case.decide("shares", "election", label="linked_first", amount="0", **WHO)
    assert in_shares(case, "libr") == 0
    with pytest.raises(FinflowError, match="linked_first"):
        case.decide("shares", "election", label="other", **WHO)

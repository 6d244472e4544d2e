"""A payment that came back owes nothing any more: what is told of an asset is what remained paid for it."""

from decimal import Decimal

import polars as pl
import pytest

import finflow
from finflow.trace import comparison
from finflow.trace.plan import Plan, plan
from finflow.trace.policies import policies
from finflow.trace.shares import METHODS
from tests.core_support import book
from tests.trace.frames import ledger_from, marks_of
from tests.trace.ledgers import Maker
from tests.trace.test_arithmetic import paid_by

WHO = {"by": "inv", "why": "shown by the notebook"}
RETURNED = """
    account | date       | amount | name    | is_reversal | kind
    A       | 2025-01-01 |    500 | P       |     | transfer
    A       | 2025-01-10 |   -500 | SELLER  |     | transfer
    A       | 2025-01-12 |    500 | SELLER  | yes | transfer
    A       | 2025-01-20 |   -300 | SELLER2 |     | transfer
"""


@pytest.fixture
def asked(tmp_path):
    """Books one account whose first line is marked; lines by number paid for assets."""

    def asked(text: str, **assets: int) -> tuple[finflow.Case, str]:
        case = finflow.open_case(tmp_path / "case")
        with case.writing() as con:
            prefix = book(con, text, file="a.csv", opening=0)
        case.resolve()
        case.decide(f"{prefix}:L1", "proceeds", label="T", **WHO)
        for asset, line in assets.items():
            case.decide(asset, "asset_payment", f"{prefix}:L{line}", **WHO)
        return case, prefix

    return asked


def told(case: finflow.Case) -> dict:
    figures = ("price", "at_least", "at_most", "lowest", "highest")
    return {
        row["asset_id"]: tuple(int(row[name]) for name in figures)
        for row in case.compare(case.proceeds()).frame.to_dicts()
    }


def test_a_payment_that_came_back_whole_owes_nothing_and_the_next_one_all(asked):
    case, _ = asked(RETURNED, car=2, boat=4)
    assert told(case) == {"car": (0, 0, 0, 0, 0), "boat": (300, 300, 300, 300, 300)}
    for method in METHODS:
        trail = case.trace(case.proceeds(), method=method)
        paths = trail.paths()
        assert paths.frame["amount"].sum() == 500, method  # 300 for the boat, 200 that lie there
        assert not any(paths.uncovered.values()), method
        assert trail.paths("boat").frame["amount"].to_list() == [300]
        with pytest.raises(finflow.FinflowError, match="No traced money is there"):
            trail.paths("car")


def test_of_several_payments_the_one_that_came_back_is_named(asked):
    case, prefix = asked(
        """
        account | date       | amount | name    | is_reversal | kind
        A       | 2025-01-01 |    400 | P       |     | transfer
        A       | 2025-01-02 |    100 | WAGE    |     | transfer
        A       | 2025-01-10 |   -200 | SELLER  |     | transfer
        A       | 2025-01-12 |    200 | SELLER  | yes | transfer
        A       | 2025-01-14 |   -300 | SELLER  |     | transfer
        """,
    )
    for line in (3, 5):
        case.decide("car", "asset_payment", f"{prefix}:L{line}", **WHO)
    price, at_least, at_most, lowest, highest = told(case)["car"]
    assert (price, at_least, at_most) == (300, 200, 300)
    assert at_least <= lowest <= highest <= at_most
    said = str(case.trace(case.proceeds()).why("car"))
    assert said.count("came back") == 1
    assert "EUR 200.00 of this line came back" in said


def test_of_a_line_that_paid_for_two_things_each_part_came_back(asked):
    case, prefix = asked(RETURNED)
    case.decide("car", "asset_payment", f"{prefix}:L2", amount=250, **WHO)
    assert told(case) == {"car": (0, 0, 0, 0, 0)}


def two_sided(tmp_path, payee, **assets):
    """A pays B 500 of marked money, and 500 come back to A."""
    case = finflow.open_case(tmp_path / "two")
    with case.writing() as con:
        a = book(con, """
            account | date       | amount | other | is_reversal | kind
            A       | 2025-01-01 |    500 | P     |     | transfer
            A       | 2025-01-10 |   -500 | B     |     | transfer
            A       | 2025-01-12 |    500 | B     | yes | transfer
        """, file="a.csv", opening=0)  # fmt: skip
        b = book(con, payee, file="b.csv", opening=0)
    case.resolve()
    case.decide(f"{a}:L1", "proceeds", label="T", **WHO)
    case.decide("car", "asset_payment", f"{a}:L2", **WHO)
    case.decide("tv", "asset_payment", f"{b}:L{assets['tv']}", **WHO)
    return case


def test_what_only_the_payer_shows_as_returned_still_lies_with_the_payee(tmp_path):
    case = two_sided(
        tmp_path,
        """
        account | date       | amount | other | kind
        B       | 2025-01-10 |    500 | A     | transfer
        B       | 2025-01-15 |   -400 | Z     | transfer
        """,
        tv=2,
    )
    found = told(case)
    assert (found["car"][0], found["tv"][0]) == (500, 400)
    trail = case.trace(case.proceeds())
    for asset, amount in (("car", 500), ("tv", 400)):
        assert trail.paths(asset).frame["amount"].sum() == amount
        assert found[asset][3] <= amount <= found[asset][4]
    assert "came back" not in str(trail.why("car"))


def test_a_payee_who_sends_back_other_money_leaves_the_asset_without_any(tmp_path):
    case = two_sided(
        tmp_path,
        """
        account | date       | amount | other | kind     | is_reversal
        B       | 2025-01-09 |    500 | W     | transfer | no
        B       | 2025-01-10 |    500 | A     | transfer | no
        B       | 2025-01-12 |   -500 | A     | transfer | yes
        B       | 2025-01-15 |   -400 | Z     | transfer | no
        """,
        tv=4,
    )
    assert told(case)["car"] == (0, 0, 0, 0, 0)
    for method in METHODS:
        with pytest.raises(finflow.FinflowError, match="all of it came back"):
            case.trace(case.proceeds(), method=method).paths("car")


def test_a_credit_that_reverses_nothing_takes_nothing_off(asked):
    case, _ = asked(
        """
        account | date       | amount | name    | is_reversal | kind
        A       | 2025-01-01 |    500 | P       |     | transfer
        A       | 2025-01-10 |   -500 | SELLER  |     | transfer
        A       | 2025-01-12 |    500 | SELLER  |     | transfer
        """,
        car=2,
    )
    assert told(case)["car"] == (500, 500, 500, 500, 500)


def summary_of(made: Maker, paid: pl.DataFrame) -> pl.DataFrame:
    ledger = ledger_from(made, legs_a_day=1)
    marks = marks_of(made, ledger)

    def planned(values: dict) -> Plan:
        return plan(ledger, marks, values["same_day"], values, through_rings=True)

    return comparison.compared(ledger, planned, policies(), paid)["summary"]


@pytest.mark.parametrize("start", range(70_000, 70_060, 20))
def test_what_remained_paid_stays_within_arithmetic(start):
    came_back = 0
    for seed in range(start, start + 20):
        made = Maker(seed).without_empty_marks()
        debits = [i for i, leg in enumerate(made.legs) if leg["side"] == "DBIT" and leg["pocket"][1] == "EUR"]
        if not made.origins or not debits:
            continue
        paid = paid_by(made, debits).with_columns(asset_id="leg_id")
        found = summary_of(made, paid)
        assert found.filter(pl.col("at_least") > pl.col("lowest")).is_empty(), seed
        assert found.filter(pl.col("at_most") < pl.col("highest")).is_empty(), seed
        assert found.filter(pl.col("highest") > pl.col("price")).is_empty(), seed
        prices = dict(found.select("asset_id", "price").rows())
        assert all(isinstance(price, Decimal) for price in prices.values())
        came_back += sum(prices[leg] < amount for leg, amount in paid.select("leg_id", "amount").rows())
    assert came_back > 1

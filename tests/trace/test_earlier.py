"""Earlier debits: candidates for the right reasons, nothing without a decision, never more than was extinguished."""

from decimal import Decimal

import polars as pl
import pytest

import finflow
from finflow.errors import FinflowError
from tests.core_support import book

WHO = {"by": "investigator", "why": "paid on the promise of the money", "evidence": "E-7"}

# The Chanani account of Brazil v Durant: thirteen payments, 10,500,055.35 in all; the last three came after the last debit.
BEFORE = ["770869.91"] * 10
AFTER = ["1000000.00", "1000000.00", "791356.25"]
CHANANI = "\n".join(
    ["account | date | amount | name"]
    + [f"A | 2025-01-{n:02d} | {x} | PAYER" for n, x in enumerate(BEFORE, 1)]
    + ["A | 2025-01-11 | -7708699.10 | X", "A | 2025-01-12 | -2791356.25 | Y"]
    + [f"A | 2025-01-{n:02d} | {x} | PAYER" for n, x in enumerate(AFTER, 13)]
)


@pytest.fixture
def case(tmp_path):
    return finflow.open_case(tmp_path / "case")


@pytest.fixture
def booked(case):
    def run(text, marked, opening=0):
        with case.writing() as con:
            prefix = book(con, text, opening=opening)
        case.resolve()
        for n in marked:
            case.decide(f"{prefix}:L{n}", "proceeds", label="T", by="investigator", why="w")
        return prefix

    return run


def test_chanani_forward_and_back(case, booked):
    prefix = booked(CHANANI, [*range(1, 11), 13, 14, 15])
    trail = case.trace(case.proceeds())
    ends = dict(trail.ends.select("end", "amount").rows())
    assert ends == {"left the case": Decimal("7708699.10"), "extinguished": Decimal("2791356.25")}
    found = case.earlier_debits(trail)
    assert found.back.is_empty()
    for credit in (13, 14, 15):
        case.decide(f"{prefix}:L{credit}", "earlier_debit", f"{prefix}:L12", **WHO)
    found = case.earlier_debits(case.trace(case.proceeds()))
    assert found.back["amount"].to_list() == [Decimal(x) for x in AFTER]
    assert found.marks.rows() == [(f"{prefix}:L12", "T", Decimal("2791356.25"))]
    assert "2\u202f791\u202f356.25 EUR. investigator on" in found.statement
    assert "(evidence: E-7)" in found.statement


def test_a_decision_changes_no_trail_and_its_marks_go_on_in_one_of_their_own(case, booked):
    prefix = booked(CHANANI, [*range(1, 11), 13, 14, 15])
    before = case.trace(case.proceeds()).ends
    case.decide(f"{prefix}:L13", "earlier_debit", f"{prefix}:L12", amount="600000", **WHO)
    trail = case.trace(case.proceeds())
    assert trail.ends.equals(before)
    marks = case.earlier_debits(trail).marks
    onward = case.trace(marks)
    assert onward.ends.rows() == [("T", "left the case", Decimal(600000), "EUR")]
    assert not onward.leads_only
    for undecided in (
        marks.with_columns(amount=pl.lit(Decimal(600001))),
        marks.with_columns(amount=pl.lit(None)),
        pl.concat([marks, marks]),
        marks.with_columns(origin=pl.lit("U")),
        marks.with_columns(leg_id=pl.lit(f"{prefix}:L11")),
    ):
        assert case.trace(undecided).leads_only


@pytest.mark.parametrize("days", [-1, "a", 1.5])
def test_the_window_is_a_whole_number_of_days(case, booked, days):
    booked(CANDIDATES, [6])
    with pytest.raises(FinflowError, match="days is a whole number"):
        case.earlier_debits(case.trace(case.proceeds()), days=days)


CANDIDATES = """
    account | date       | amount | other | name   | end_to_end_id
    A       | 2025-01-01 |     70 | P     | OWN    | e0
    A       | 2025-01-10 |   -100 | Q     | DEALER | e1
    A       | 2025-01-11 |   -250 | R     | SHOP   | e2
    A       | 2025-01-12 |    -20 | S     | PAYER  | e3
    A       | 2025-01-13 |     -5 | W     | x      | e9
    A       | 2025-01-14 |    250 | V     | Payer  | e9
    A       | 2025-01-15 |   -250 | R     | SHOP   | e2
"""


def test_each_candidate_says_why_and_what_stands_for_nothing_is_left_out(case, booked):
    prefix = booked(CANDIDATES, [6], opening=1000)
    rows = case.earlier_debits(case.trace(case.proceeds())).frame.select("debit_leg", "owed", "why").rows()
    assert rows == [
        (f"{prefix}:L5", 0, "same reference"), (f"{prefix}:L4", 0, "same other name"),
        (f"{prefix}:L3", 0, "same amount"),
    ]  # fmt: skip


def test_what_the_credit_repaid_is_told_oldest_first(case, booked):
    prefix = booked(CANDIDATES, [6])
    frame = case.earlier_debits(case.trace(case.proceeds())).frame
    rows = {row["debit_leg"]: (row["owed"], row["overdraft"]) for row in frame.iter_rows(named=True)}
    assert rows == {
        f"{prefix}:L2": (30, 30), f"{prefix}:L3": (250, 220), f"{prefix}:L4": (20, 0), f"{prefix}:L5": (5, 0),
    }  # fmt: skip


def test_the_window_and_the_tolerance_are_kept(case, booked):
    prefix = booked(CANDIDATES, [6], opening=1000)
    trail = case.trace(case.proceeds())
    assert case.earlier_debits(trail, days=2).frame["debit_leg"].to_list() == [f"{prefix}:L5", f"{prefix}:L4"]
    near = case.earlier_debits(trail, tolerance="150").frame["debit_leg"].to_list()
    assert f"{prefix}:L2" in near
    assert f"{prefix}:L2" not in case.earlier_debits(trail, tolerance="149.99").frame["debit_leg"].to_list()


def test_no_more_is_traced_back_than_was_extinguished_and_than_the_debit_owed(case, booked):
    prefix = booked(CANDIDATES, [6])
    for debit in (2, 3):
        case.decide(f"{prefix}:L6", "earlier_debit", f"{prefix}:L{debit}", **WHO)
    found = case.earlier_debits(case.trace(case.proceeds()))
    assert found.back.select("debit_leg", "amount").rows() == [(f"{prefix}:L2", 30), (f"{prefix}:L3", 220)]
    assert found.back["amount"].sum() == found.extinguished["amount"].sum()


def test_a_later_debit_and_one_that_owed_nothing_give_nothing(case, booked):
    prefix = booked(CANDIDATES, [6], opening=1000)
    for debit in (3, 7):
        case.decide(f"{prefix}:L6", "earlier_debit", f"{prefix}:L{debit}", **WHO)
    assert case.earlier_debits(case.trace(case.proceeds())).back.is_empty()


def test_a_decision_taken_back_gives_nothing(case, booked):
    prefix = booked(CANDIDATES, [6])
    case.decide(f"{prefix}:L6", "earlier_debit", f"{prefix}:L2", **WHO)
    case.decide(f"{prefix}:L6", "earlier_debit", f"{prefix}:L3", **WHO)
    case.decide(f"{prefix}:L6", "earlier_debit", f"{prefix}:L2", amount="0", **WHO)
    found = case.earlier_debits(case.trace(case.proceeds()))
    assert found.back["debit_leg"].to_list() == [f"{prefix}:L3"]


def test_what_is_refused(case, booked):
    prefix = booked(CANDIDATES, [6])
    with pytest.raises(FinflowError, match="evidence"):
        case.decide(f"{prefix}:L6", "earlier_debit", f"{prefix}:L2", by="b", why="w")
    with pytest.raises(FinflowError, match="no bank line"):
        case.decide("x:L6", "earlier_debit", f"{prefix}:L2", **WHO)
    hits = pl.DataFrame({"query": ["q"], "transfers": [[f"{prefix}:L6"]]})
    with pytest.raises(FinflowError, match="never on leads"):
        case.earlier_debits(case.trace(hits))

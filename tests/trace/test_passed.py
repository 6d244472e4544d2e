"""Accounts that money can have passed, found day by day: the same as by hand, and enough for every figure of a trace."""

import random

import numpy as np
import polars as pl
import pytest

import finflow
from finflow.trace.ledger import ledger_of
from finflow.trace.marks import marks_on
from finflow.trace.order import SAME_DAY
from finflow.trace.passed import Day, Search, accounts_for
from finflow.trace.plan import plan
from finflow.trace.rows import BREAK_COLUMNS, CaseRecords, Rows
from finflow.trace.shares import METHODS
from tests.core_support import book
from tests.trace.frames import words_of_plan
from tests.trace.ledgers import in_cases
from tests.trace.test_near import Case


def transfers_of(legs: pl.DataFrame) -> list[tuple[int, int, int, int]]:
    """Of each transfer inside: who paid, on which day, who was paid, on which day."""
    debits, credits = legs.filter("is_debit"), legs.filter(~pl.col("is_debit"))
    both = debits.join(credits, left_on="number", right_on="pair_number")
    return both.select(
        "account_no", pl.col("booking_date").to_physical(), "account_no_right",
        pl.col("booking_date_right").to_physical(),
    ).rows()  # fmt: skip


def by_hand(transfers, starts, *, backward=False):
    """Accounts passed, by looking at every transfer again until nothing changes."""
    since = {}
    for account, day in starts:
        since[account] = min(day, since.get(account, day))
    changed = True
    while changed:
        changed = False
        for payer, left, payee, arrived in transfers:
            source, out, target, come = (payee, -arrived, payer, -left) if backward else (payer, left, payee, arrived)
            if since.get(source, 10**9) <= out and come < since.get(target, 10**9):
                since[target], changed = come, True
    return sorted(since)


def batches(transfers, size, *, backward=False):
    """Transfers as legs by day, some at a time."""
    rows = []
    for parcel, (payer, left, payee, arrived) in enumerate(transfers):
        rows += [(left, payer, True, parcel), (arrived, payee, False, parcel)]
    if backward:
        rows = [(-day, account, not sends, parcel) for day, account, sends, parcel in rows]
    rows.sort(key=lambda row: row[0])
    for first in range(0, len(rows), size):
        yield Day(*(np.array(column) for column in zip(*rows[first : first + size], strict=True)))


def found(transfers, starts, *, backward=False, size=3, accounts=20):
    search = Search(starts, accounts, max(1, len(transfers)))
    return search.through(lambda: batches(transfers, size, backward=backward)).tolist()


@pytest.mark.parametrize("seed", range(200))
def test_the_same_as_by_hand(seed) -> None:
    chance = random.Random(seed)
    transfers = [
        (
            chance.randrange(9),
            left := chance.randrange(6),
            chance.randrange(9),
            left + chance.choice([0, 0, 0, 1, 3, -2]),
        )
        for _ in range(chance.randrange(1, 25))
    ]
    starts = [(chance.randrange(9), chance.randrange(6)) for _ in range(chance.choice([1, 1, 2]))]
    for backward in (False, True):
        towards = [(account, -day) for account, day in starts] if backward else starts
        expected = by_hand(transfers, towards, backward=backward)
        assert found(transfers, towards, backward=backward, size=chance.choice([1, 3, 100])) == expected


def test_what_left_before_is_not_followed_and_what_arrived_before_it_left_is() -> None:
    assert found([(1, 5, 2, 5)], [(1, 5)]) == [1, 2]
    assert found([(1, 4, 2, 6)], [(1, 5)]) == [1]  # it left the day before
    assert found([(1, 5, 2, 3), (2, 4, 3, 4)], [(1, 5)]) == [1, 2, 3]  # booked on the payee's side two days earlier
    assert found([(2, 5, 3, 5), (1, 5, 2, 5)], [(1, 5)]) == [1, 2, 3]  # whatever the order within a day
    assert found([(1, 5, 2, 5)], [(2, -5)], backward=True) == [1, 2]
    assert found([(1, 6, 2, 6)], [(2, -5)], backward=True) == [2]  # it came after the payment
    assert found([], [(1, 5)]) == [1]


LEDGER = """
| account | date       | amount | other | both_sides |
| X/1     | 2025-01-02 | -10    | X/2   | yes        |
| X/3     | 2025-01-02 | -10    | X/4   | yes        |
| X/2     | 2025-01-03 | -10    | X/3   | yes        |
| X/4     | 2025-01-05 | -10    | Y/1   |            |
"""


def test_a_case_is_searched_day_by_day_in_both_directions(tmp_path) -> None:
    case = finflow.open_case(tmp_path / "case")
    with case.writing() as con:
        line = book(con, LEDGER) + ":L"
    case.resolve()
    with case.reading("test") as con:
        called = dict(con.execute("SELECT account_no, account_id FROM account").fetchall())

        def accounts(number: int, **way: bool) -> list[str]:
            legs = pl.Series([f"{line}{number}"])
            return [called[account] for account in accounts_for(con, CaseRecords(con), legs, **way)]

        assert accounts(1) == ["X/1", "X/2", "X/3"]  # X/3 paid X/4 the day before
        assert accounts(2) == ["X/3", "X/4"]
        assert accounts(3, backward=True) == ["X/1", "X/2", "X/3"]
        assert accounts(4, backward=True) == ["X/3", "X/4"]  # what X/3 got, it got later
        assert accounts(4) == ["X/4"]


@pytest.mark.parametrize("first", range(91_000, 91_060, 20))
def test_no_figure_rests_on_an_account_that_is_not_passed(first: int) -> None:
    left_out = 0
    for made in in_cases(range(first, first + 20)):
        case = Case(made)
        marked = case.legs.filter(pl.col("leg_id").is_in(case.given["leg_id"].implode()))
        starts = marked.select("account_no", pl.col("booking_date").to_physical()).rows()
        search = Search(starts, case.every, case.legs.height)
        accounts = search.through(lambda case=case: batches(transfers_of(case.legs), 5))
        left_out += case.every - accounts.size
        for same_day in SAME_DAY:
            for method in METHODS:
                few, all_ = (_words(case, case.read(some), same_day, method) for some in (accounts, None))
                assert few == all_, (first, same_day, method)
    assert left_out > 5


def _words(case: Case, rows: Rows, same_day: str, method: str) -> dict:
    rows = Rows(rows.legs, rows.openings, pl.DataFrame(schema=BREAK_COLUMNS), in_order=False)
    ledger = ledger_of(rows, case.records)
    return words_of_plan(plan(ledger, marks_on(ledger, case.given), same_day), method)

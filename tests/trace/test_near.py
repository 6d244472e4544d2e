"""Accounts are read outwards from the marks: what is left out changes no figure, and rings keep the order of the whole."""

import random

import polars as pl
import pytest

from finflow.resolve.turns import turns_of
from finflow.trace.ledger import ledger_of
from finflow.trace.marks import MARK_COLUMNS, marks_on
from finflow.trace.near import outwards
from finflow.trace.order import order_legs
from finflow.trace.plan import plan
from finflow.trace.rows import BREAK_COLUMNS
from finflow.trace.shares import METHODS
from tests.trace.frames import CENT, days_moved, frame_of, leg_id, openings_of, rows_of, words_of_plan
from tests.trace.ledgers import Several, in_cases


class Case:
    """Random ledgers as a case keeps them: legs numbered by account, with the other account and the turn."""

    def __init__(self, made: Several) -> None:
        self.made = made
        numbers = {account: i for i, account in enumerate(sorted({account for account, _ in made.pockets}))}
        rows = days_moved(rows_of(made, 8), random.Random(len(made.legs)))
        for row, leg in zip(rows, made.legs, strict=True):
            pair = leg.get("pair")
            row["account_no"] = numbers[row["account_id"]]
            row["other_no"] = None if pair is None else numbers[made.legs[pair]["pocket"][0]]
        legs = frame_of(rows, shuffle=len(rows))
        whole = ledger_of(legs)
        columns = {name: whole.legs[name].to_numpy() for name in ("account_no", "position")}
        turns = turns_of(columns, order_legs(whole.calendar, "printed"))
        self.rings = turns["opens_ring"].sum()
        self.legs = legs.drop("turn", "opens_ring").join(turns, on=["account_no", "position"])
        no = pl.col("account_id").replace_strict(numbers, return_dtype=pl.Int64).alias("account_no")
        self.openings = openings_of(made).with_columns(no)
        self.given = pl.DataFrame(
            [
                (leg_id(i), origin, None if part is None else part * CENT[leg["pocket"][1]])
                for i, leg in enumerate(made.legs)
                for origin, part in leg.get("marks", [])
            ],
            schema=MARK_COLUMNS,
            orient="row",
        )
        self.every = len(numbers)
        self.read_accounts: list[int] = []

    def read(self, accounts):
        if accounts is None:
            self.read_accounts = list(range(self.every))
            return self.legs, self.openings, pl.DataFrame(schema=BREAK_COLUMNS)
        self.read_accounts += accounts.tolist()
        near = pl.col("account_no").is_in(accounts)
        return self.legs.filter(near), self.openings.filter(near), pl.DataFrame(schema=BREAK_COLUMNS)

    def whole(self, method: str) -> dict:
        without_turns = self.legs.drop("turn", "opens_ring")
        ledger = ledger_of(without_turns, self.openings)
        return words_of_plan(plan(ledger, marks_on(ledger, self.given)), method)

    def near(self, method: str) -> dict:
        def replayed(rows):
            ledger = ledger_of(rows[0], rows[1])
            planned = plan(ledger, marks_on(ledger, self.given))
            return planned, planned.replay(method)

        marked = self.legs.filter(pl.col("leg_id").is_in(self.given["leg_id"].implode()))
        self.read_accounts = []
        planned, _ = outwards(marked["account_no"].unique().sort().to_numpy(), 10**9, self.read, replayed)
        return words_of_plan(planned, method)


@pytest.mark.parametrize("first", range(90_000, 90_060, 60))
def test_what_is_not_read_changes_no_figure(first: int) -> None:
    left_out = rings = 0
    for made in in_cases(range(first, first + 60)):
        case = Case(made)
        rings += case.rings
        for method in METHODS:
            assert case.near(method) == case.whole(method), (first, method)
            assert len(set(case.read_accounts)) == len(case.read_accounts)  # each account is read once
            left_out += case.every - len(case.read_accounts)
    assert left_out > 10
    assert rings > 0

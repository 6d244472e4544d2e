"""Accounts are read outwards from the marks: what is left out changes no figure, and rings keep the order of the whole."""

import random
from collections.abc import Callable

import numpy as np
import polars as pl
import pytest

from finflow.resolve.turns import turns_of
from finflow.trace.ledger import ledger_of
from finflow.trace.ledger import rows_of as rows_of_numbers
from finflow.trace.marks import MARK_COLUMNS, marks_on
from finflow.trace.near import outwards
from finflow.trace.order import NONE, Ordered, order_legs
from finflow.trace.plan import plan
from finflow.trace.rows import BREAK_COLUMNS, LEG_COLUMNS, Rows
from finflow.trace.shares import METHODS
from tests.trace.frames import (
    CENT,
    TEXTS,
    FrameRecords,
    days_moved,
    ledger_of_rows,
    leg_id,
    openings_of,
    rows_of,
    words_of_plan,
)
from tests.trace.ledgers import Several, in_cases


class Case:
    """Random ledgers as a case keeps them: legs numbered by account, with the other account and the turn."""

    def __init__(self, made: Several, move: Callable = days_moved) -> None:
        self.made = made
        rows = move(rows_of(made, 8), random.Random(len(made.legs)))
        whole = ledger_of_rows(made, list(rows))
        made_as = whole.number[whole.number != NONE]  # without what opens an account, the legs as resolve writes them
        place = np.full(whole.number.size, NONE)
        place[whole.number != NONE] = np.arange(made_as.size)
        ordered = order_legs(whole.calendar, "printed")
        ordered = Ordered(place[ordered.legs[whole.number[ordered.legs] != NONE]], place[ordered.rings])
        legs = pl.DataFrame(rows, schema=LEG_COLUMNS | TEXTS)[made_as]
        columns = {name: legs[name].to_numpy() for name in ("account_no", "position")}
        pair, reverses = (
            rows_of_numbers(made_as, legs[name].fill_null(NONE).to_numpy())
            for name in ("pair_number", "reverses_number")
        )
        turns = turns_of(columns, ordered, pair, reverses)
        self.rings = turns["opens_ring"].sum()
        self.legs = legs.with_columns(
            turns["opens_ring"], number=turns["turn"], pair_number=turns["pair_turn"],
            reverses_number=turns["reverses_turn"],
        )  # fmt: skip
        self.records = FrameRecords(self.legs)
        self.openings = openings_of(made)
        self.given = pl.DataFrame(
            [
                (leg_id(i), origin, None if part is None else part * CENT[leg["pocket"][1]])
                for i, leg in enumerate(made.legs)
                for origin, part in leg.get("marks", [])
            ],
            schema=MARK_COLUMNS,
            orient="row",
        )
        self.every = self.legs["account_no"].n_unique()
        self.read_accounts: list[int] = []

    def read(self, accounts):
        near = pl.lit(True) if accounts is None else pl.col("account_no").is_in(accounts)
        self.read_accounts += self.legs.filter(near)["account_no"].unique().to_list()
        return Rows(self.legs.filter(near), self.openings.filter(near), pl.DataFrame(schema=BREAK_COLUMNS))

    def replayed(self, rows, method):
        ledger = ledger_of(rows, self.records)
        planned = plan(ledger, marks_on(ledger, self.given))
        return planned, planned.replay(method)

    def whole(self, method: str) -> dict:
        rows = Rows(self.legs, self.openings, pl.DataFrame(schema=BREAK_COLUMNS), in_order=False)
        return words_of_plan(self.replayed(rows, method)[0], method)

    def near(self, method: str) -> dict:
        marked = self.legs.filter(pl.col("leg_id").is_in(self.given["leg_id"].implode()))
        accounts = marked["account_no"].unique().sort().to_numpy()
        self.read_accounts = []
        planned, _ = outwards(accounts, lambda _: True, self.read, lambda rows: self.replayed(rows, method))
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

"""Arithmetic holds in every order of a day that the records leave open, each account in an order of its own."""

import itertools
import random
from datetime import datetime, time

import polars as pl
import pytest

from finflow.trace import comparison
from finflow.trace.plan import plan
from finflow.trace.policies import ALLOWED, policies
from finflow.trace.shares import METHODS
from tests.trace.frames import START, ledger_of_rows, leg_id, marks_of, rows_of
from tests.trace.ledgers import Maker
from tests.trace.test_arithmetic import cents, paid_by

ORDERS = [value for value in ALLOWED["same_day"] if value != comparison.AGAINST_TIMES]


def made_of(legs: list[dict]) -> Maker:
    made = Maker(0)
    made.legs, made.opening = legs, {}
    return made.without_empty_marks()


def on_one_day(seed: int) -> tuple[Maker, list[dict]]:
    """Accounts that hold money on the first day; then a day of credits, debits and transfers, some of them in rings."""
    r = random.Random(seed)
    accounts = [(f"A{i}", "EUR") for i in range(3)]
    legs = [{"pocket": a, "side": "CRDT", "amount": r.randint(50, 400)} for a in accounts if r.random() < 0.7]
    before = len(legs)
    for _ in range(r.randint(4, 9)):
        kind, amount = r.choice(["CRDT", "DBIT", "both", "both"]), r.randint(1, 150)
        if kind == "both":
            source, target = r.sample(accounts, 2)
            legs.append({"pocket": source, "side": "DBIT", "amount": amount, "pair": len(legs) + 1})
            legs.append({"pocket": target, "side": "CRDT", "amount": amount, "pair": len(legs) - 1})
        else:
            legs.append({"pocket": r.choice(accounts), "side": kind, "amount": amount})
    for leg in legs:
        if leg["side"] == "CRDT" and leg.get("pair") is None and r.random() < 0.6:
            leg["marks"] = [("T", None)]
    made = made_of(legs)
    rows = rows_of(made, len(legs))
    for row in rows[before:]:
        row["booking_date"] = START.replace(day=2)
    for row in rows:
        if seed % 4 == 0 and row["account_id"] == "A1":
            row["booked_at"] = datetime.combine(row["booking_date"], time(r.randint(0, 23)))
        row["chained"] = seed % 4 == 1 and row["account_id"] == "A2"
    return made, rows


def found_for(made: Maker, rows: list[dict], assets: list[int]) -> tuple[pl.DataFrame, dict]:
    """What a comparison says of some payments, and per payment what each method gives, each account in its own order."""
    ledger = ledger_of_rows(made, rows)
    marks, paid = marks_of(made, ledger), paid_by(made, assets)
    if marks is None:
        return pl.DataFrame(), {}
    paid = paid.with_columns(asset_id="leg_id")

    def planned(values: dict) -> object:
        return plan(ledger, marks, values["same_day"], values, through_rings=True)

    found = comparison.compared(ledger, planned, policies(), paid)["summary"]
    numbered = comparison.numbered_payments(ledger, paid)
    amounts: dict[str, set[int]] = {leg_id(i): set() for i in assets}
    accounts = sorted({row["account_id"] for row in rows})
    for orders in itertools.product(ORDERS, repeat=len(accounts)):
        by_account = ", ".join(f"{a}={order}" for a, order in zip(accounts, orders, strict=True))
        one = plan(ledger, marks, f"printed, {by_account}")
        for method in METHODS:
            for asset, _, amount in comparison.of_payments_under(numbered, comparison.linked_money(one, method)).rows():
                amounts[asset].add(amount)
    return found, amounts


def prove(seeds: range) -> tuple[int, int, int]:
    """How often a bound below the price and above nothing was met, low and high, and how many bounds say something."""
    met_low = met_high = narrow = 0
    for seed in seeds:
        made, rows = on_one_day(seed)
        debits = [i for i, leg in enumerate(made.legs) if leg["side"] == "DBIT"]
        found, amounts = found_for(made, rows, debits) if debits else (pl.DataFrame(), {})
        for row in found.to_dicts():
            low, high, by_rule = cents(row["at_least"]), cents(row["at_most"]), amounts[row["asset_id"]]
            assert low <= min(by_rule), (seed, row)
            assert high >= max(by_rule), (seed, row)
            met_low, met_high = met_low + (low == min(by_rule) > 0), met_high + (high == max(by_rule))
            narrow += low > 0 or high < cents(row["price"])
    return met_low, met_high, narrow


@pytest.mark.parametrize("start", range(0, 120, 30))
def test_no_order_of_single_accounts_leaves_the_bounds(start: int) -> None:
    met_low, met_high, narrow = prove(range(start, start + 30))
    assert met_low > 2
    assert met_high > 20
    assert narrow > 20


@pytest.mark.long
@pytest.mark.parametrize("start", range(10_000, 12_000, 100))
def test_no_order_of_single_accounts_leaves_the_bounds_of_thousands(start: int) -> None:
    prove(range(start, start + 100))


U, A, B = ("U", "EUR"), ("A", "EUR"), ("B", "EUR")


def of_days(*legs: tuple) -> tuple[Maker, list[dict]]:
    """Legs of day, account, amount (a debit is negative), and the number of the other leg or "T" for a mark."""
    made = made_of(
        [
            {"pocket": pocket, "side": "CRDT" if amount > 0 else "DBIT", "amount": abs(amount)}
            | ({"marks": [("T", None)]} if more == "T" else {"pair": more} if isinstance(more, int) else {})
            for _, pocket, amount, more in legs
        ]
    )
    rows = rows_of(made)
    for row, (day, *_) in zip(rows, legs, strict=True):
        row["booking_date"] = START.replace(day=day)
    return made, rows


def bounds_of(made: Maker, rows: list[dict], asset: int) -> tuple[int, int]:
    row = found_for(made, rows, [asset])[0].row(0, named=True)
    return cents(row["at_least"]), cents(row["at_most"])


def test_the_bank_may_have_lent_to_one_account_while_another_was_paid_first() -> None:
    legs = [(1, A, 1000, "T"), (5, U, 100, "T"), (5, U, -100, 3), (5, A, 100, 2), (5, A, -150, None)]
    assert bounds_of(*of_days(*legs), 4) == (50, 150)
    known = [(1, A, 1000, "T"), (4, U, 100, "T"), (5, U, -100, 3), (6, A, 100, 2), (7, A, -150, None)]
    assert bounds_of(*of_days(*known), 4) == (150, 150)


def test_money_that_a_ring_hides_can_have_come_first() -> None:
    """A and B pay each other on a day; A may have been paid 100 of proceeds before, and B may have paid with it."""
    ring = [
        (1, A, 100, None), (1, B, 100, None),
        (5, A, 10, 6), (5, A, 100, "T"), (5, A, -100, 5),
        (5, B, 100, 4), (5, B, -10, 2), (5, B, -150, None),
    ]  # fmt: skip
    made, rows = of_days(*ring)
    assert bounds_of(made, rows, 7) == (0, 100)
    rows[3]["booked_at"] = datetime.combine(rows[3]["booking_date"], time(23))  # it is replayed after the payment
    assert bounds_of(made, rows, 7) == (0, 100)
    paid_back_later = [*ring[:2], (7, *ring[2][1:]), *ring[3:6], (6, *ring[6][1:]), ring[7]]
    assert bounds_of(*of_days(*paid_back_later), 7) == (0, 100)

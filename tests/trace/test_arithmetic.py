"""The money that arithmetic counts, line by line: the lines add up to the figures, and the bounds follow from them."""

import random
from datetime import timedelta

import polars as pl
import pytest

from finflow.trace import policies as policies_of
from finflow.trace.arithmetic import ONCE, OUT_OF_REACH, UNSEEN, of_accounts, of_payments
from finflow.trace.bounds import bounds
from finflow.trace.comparison import compared, numbered_payments
from finflow.trace.plan import plan
from finflow.trace.rows import BREAK_COLUMNS
from tests.trace.frames import CENT, START, ledger_from, ledger_of_rows, leg_id, marks_of, rows_of
from tests.trace.ledgers import Maker
from tests.trace.test_bounds import outcomes, payments_of
from tests.trace.vectors import ACCOUNTS, golden_legs

A, U, FAR = ("A", "EUR"), ("U", "EUR"), ("Z", "EUR")


def made_of(legs, opening=None):
    made = Maker(0)
    made.legs, made.opening = legs, opening or {}
    return made


def paid_by(made, legs):
    """Payments for one asset, whole."""
    return pl.DataFrame(
        [
            {
                "asset_id": "asset", "leg_id": leg_id(i), "account_id": made.legs[i]["pocket"][0],
                "currency": made.legs[i]["pocket"][1], "booking_date": START + timedelta(days=i // 3),
                "amount": made.legs[i]["amount"] * CENT["EUR"], "leg_amount": made.legs[i]["amount"] * CENT["EUR"],
            }
            for i in legs
        ],
        schema_overrides={"amount": pl.Decimal(28, 8), "leg_amount": pl.Decimal(28, 8)},
    )  # fmt: skip


def arithmetic(made, legs):
    ledger = ledger_from(made, legs_a_day=1)
    plans = {"printed": plan(ledger, marks_of(made, ledger), "printed")}
    return of_payments(ledger, plans, numbered_payments(ledger, paid_by(made, legs))), plans["printed"]


def cents(value):
    return None if value is None else int(value * 100)


def lines(found, money):
    rows = found["counted"].filter(pl.col("money") == money)
    return [(what, cents(amount)) for what, amount in rows.select("what", "amount").rows()]


CREDIT = {"pocket": A, "side": "CRDT"}
DEBIT = {"pocket": A, "side": "DBIT"}


def test_each_line_says_what_it_counts_as():
    made = made_of(
        [
            {**CREDIT, "amount": 30},
            {**CREDIT, "amount": 20, "brings": "cash"},
            {**CREDIT, "amount": 100, "marks": [("T", 90)]},
            {**DEBIT, "amount": 200},
            {**CREDIT, "amount": 500},  # near miss: it came after the payment
        ],
        {A: 10},
    )
    found, _ = arithmetic(made, [3])
    assert lines(found, "other") == [
        ("opening balance", 10), ("credit", 30), ("cash", 20), ("credit", 10), ("bank credit", 40),
    ]  # fmt: skip
    assert lines(found, "proceeds") == [("credit", 90)]
    row = found["bounds"].row(0, named=True)
    assert [cents(row[name]) for name in ("price", "other", "proceeds", "at_least", "at_most")] == [
        200,
        110,
        90,
        90,
        90,
    ]


def test_money_from_an_account_of_the_case_may_count_as_both_and_names_that_account():
    made = made_of(
        [
            {"pocket": U, "side": "CRDT", "amount": 100, "marks": [("T", None)]},
            {"pocket": U, "side": "CRDT", "amount": 30},
            {"pocket": U, "side": "DBIT", "amount": 100, "pair": 3},
            {**CREDIT, "amount": 100, "pair": 2},
            {**DEBIT, "amount": 100},
        ]
    )
    found, _ = arithmetic(made, [4])
    assert lines(found, "other") == [("from an account of the case", 30)]
    assert lines(found, "proceeds") == [("from an account of the case", 100)]
    assert found["counted"]["from_account_id"].unique().to_list() == ["U"]
    assert found["counted"]["leg_id"].unique().to_list() == [leg_id(3)]


def test_a_mark_on_the_payment_itself_is_a_line():
    made = made_of([{**CREDIT, "amount": 100}, {**DEBIT, "amount": 100, "marks": [("T", 40)]}])
    found, _ = arithmetic(made, [1])
    assert lines(found, "proceeds") == [("marked", 40)]


def test_what_cannot_count_twice_is_taken_back_in_a_line_of_its_own():
    made = made_of(
        [
            {**CREDIT, "amount": 10},
            {**DEBIT, "amount": 50, "marks": [("T", 40)]},
            {**CREDIT, "amount": 60, "marks": [("T", None)]},
            {**CREDIT, "amount": 50},
            {**DEBIT, "amount": 60},
        ]
    )
    found, _ = arithmetic(made, [1, 4])
    other = lines(found, "other")
    assert sum(amount for _, amount in other) == cents(found["bounds"]["other"][0])
    assert [what for what, _ in other].count(ONCE) == 1


def test_a_payment_from_where_no_marked_money_came_is_other_money():
    made = made_of(
        [
            {**CREDIT, "amount": 100, "marks": [("T", None)]},
            {"pocket": FAR, "side": "CRDT", "amount": 70},
            {"pocket": FAR, "side": "DBIT", "amount": 70},
        ]
    )
    found, _ = arithmetic(made, [2])
    assert lines(found, "other") == [(OUT_OF_REACH, 70)]
    row = found["bounds"].row(0, named=True)
    assert [cents(row[name]) for name in ("price", "other", "proceeds", "at_least", "at_most")] == [70, 70, 0, 0, 0]


@pytest.mark.parametrize(("unseen", "other", "least"), [(5, 25, 75), (None, None, 0)])
def test_what_no_line_shows_is_a_line_and_without_end_when_nobody_knows(unseen, other, least):
    made = made_of(
        [{**CREDIT, "amount": 20}, {**CREDIT, "amount": 80, "marks": [("T", None)]}, {**DEBIT, "amount": 100}]
    )
    amount = None if unseen is None else unseen * CENT["EUR"]
    gap = pl.DataFrame([(0, "EUR", START, 0, amount)], schema=BREAK_COLUMNS, orient="row")
    ledger = ledger_of_rows(made, rows_of(made, legs_a_day=1), gap)
    plans = {"printed": plan(ledger, marks_of(made, ledger), "printed")}
    found = of_payments(ledger, plans, numbered_payments(ledger, paid_by(made, [2])))
    assert (UNSEEN, unseen) in lines(found, "other")
    assert lines(found, "proceeds") == [("credit", 80)]
    assert (cents(found["bounds"]["other"][0]), cents(found["bounds"]["at_least"][0])) == (other, least)


@pytest.mark.parametrize("start", [60_000, 60_040])
def test_lines_add_up_and_the_bounds_follow_on_random_ledgers(start):
    taken_back = both = 0
    for seed in range(start, start + 40):
        made, chance = Maker(seed).without_empty_marks(), random.Random(seed)
        debits = [i for i, leg in enumerate(made.legs) if leg["side"] == "DBIT" and leg["pocket"][1] == "EUR"]
        if not made.origins or not debits:
            continue
        legs = sorted(chance.sample(debits, min(2, len(debits))))
        found, planned = arithmetic(made, legs)
        for row in found["bounds"].drop_nulls().to_dicts():  # sums beyond 63 bits are told as not known
            mine = found["counted"].filter(pl.col("account_id") == row["account_id"])
            for money in ("other", "proceeds"):
                assert mine.filter(pl.col("money") == money)["amount"].sum() == row[money], (seed, row)
            assert row["at_least"] == max(row["price"] - row["other"], 0)
            assert row["at_most"] == min(row["price"], row["proceeds"])
            taken_back += (mine["what"] == ONCE).any()
            both += row["other"] > 0 and row["proceeds"] > 0
        kernel = bounds(planned, payments_of(planned, [leg_id(i) for i in legs])).slots
        assert cents(found["bounds"]["at_most"].sum()) == int(kernel[:, 3].sum())
        assert cents(found["bounds"]["at_least"].sum()) == int(kernel[:, 2].sum())
    assert taken_back > 1
    assert both > 5


@pytest.mark.parametrize("start", [61_000, 61_040])
def test_no_rule_leaves_more_or_less_on_an_account_than_its_bounds(start):
    checked = 0
    for seed in range(start, start + 40):
        made, chance = Maker(seed).without_empty_marks(), random.Random(seed)
        if not made.origins:
            continue
        ledger = ledger_from(made)
        plans = {"printed": plan(ledger, marks_of(made, ledger), "printed", everywhere=True)}
        days = ledger.pockets.select("account_id", day=pl.lit(START + timedelta(days=1000))).unique()
        found = of_accounts(ledger, plans, days)
        results = outcomes(made, chance)
        for row in found["held"].to_dicts():
            lots = [result.accounts[row["account_id"], row["currency"]].lots for result in results]
            held = [sum(lot.amount for lot in of if lot.label in made.origins) for of in lots]
            low, high = cents(row["at_least"]), cents(row["at_most"])
            assert all(low <= amount <= high for amount in held), (seed, row)
            assert cents(row["balance"]) == sum(lot.amount for lot in lots[0])
            checked += low < high
    assert checked > 10


def test_what_lay_on_an_account_is_told_for_the_end_of_that_day():
    made = made_of(
        [
            {**CREDIT, "amount": 30},
            {**CREDIT, "amount": 100, "marks": [("T", None)]},
            {**DEBIT, "amount": 50},
            {**DEBIT, "amount": 60},  # the next day
        ]
    )
    ledger = ledger_of_rows(made, [{**row, "chained": True} for row in rows_of(made)])
    plans = {"printed": plan(ledger, marks_of(made, ledger), "printed")}
    days = pl.DataFrame({"account_id": ["A"], "day": [START]})
    row = of_accounts(ledger, plans, days)["held"].row(0, named=True)
    assert [cents(row[name]) for name in ("balance", "other", "at_least", "at_most")] == [80, 30, 50, 80]
    later = of_accounts(ledger, plans, days.with_columns(day=START + timedelta(days=1)))["held"].row(0, named=True)
    assert [cents(later[name]) for name in ("balance", "at_least", "at_most")] == [20, 0, 20]


OTHER = {  # by hand, from cases.md: what was or came before the last payment and nobody marked
    ("HU-31", "unlinked"): 2140 + 10 * 148 + 18_000 + 11_830,
    ("HU-31", "linked"): 2140 + 10 * 148 + 18_000,
    ("BE-02", "unlinked"): 9400 + 8 * 2550 + 90_000,
    ("BE-02", "linked"): 9400 + 8 * 2550,
}


@pytest.mark.parametrize(("account", "variant"), [(a, v) for a, d in ACCOUNTS.items() for v in d["variants"]])
def test_golden_accounts_under_every_run_with_their_arithmetic(account, variant):
    legs, wanted, asset, units = golden_legs(account, variant)
    made = made_of(legs)
    ledger = ledger_from(made, legs_a_day=1)
    marks = marks_of(made, ledger)
    found = compared(
        ledger,
        lambda values: plan(ledger, marks, values["same_day"], values),
        policies_of.policies(),
        paid_by(made, asset),
    )
    row = found["summary"].row(0, named=True)
    golden = ACCOUNTS[account]["variants"][variant]
    assert cents(row["at_least"]) == golden["arithmetic_minimum"] * units.scale
    assert cents(row["at_most"]) == golden["arithmetic_maximum"] * units.scale
    assert sum(amount for _, amount in lines(found, "other")) == OTHER[account, variant] * units.scale
    assert row["at_least"] <= row["lowest"] <= row["highest"] <= row["at_most"]
    for method, expected in wanted.items():
        amounts = found["runs"].filter(pl.col("run") == method)["amount"].to_list()
        units.check({"asset": cents(amounts[0])}, {"asset": expected["asset"]}, near=len(legs))
    order = sorted(wanted, key=lambda m: found["runs"].filter(pl.col("run") == m)["amount"][0])
    assert (row["lowest_run"], row["highest_run"]) == (order[0], order[-1])

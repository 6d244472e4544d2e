"""Where the records of an account break off: what may have come unseen is other money, in the trace and in arithmetic."""

from datetime import timedelta
from decimal import Decimal

import polars as pl
import pytest

import finflow
from finflow.report import money
from finflow.trace.rows import BREAK_COLUMNS
from finflow.trace.shares import METHODS
from tests.core_support import book
from tests.trace import oracle
from tests.trace.build import Built, words_of_oracle
from tests.trace.frames import (
    CENT,
    START,
    account_numbers,
    ledger_of_rows,
    marked_words_of_oracle,
    marks_of,
    rows_of,
    words_by_leg,
)
from tests.trace.ledgers import Maker

WHO = {"by": "investigator", "why": "shown by the notebook"}
IN, OUT = "| account | date | amount |\n| A | {day} | 1000 |", "| account | date | amount |\n| A | {day} | -1000 |"


@pytest.fixture
def case(tmp_path):
    return finflow.open_case(tmp_path / "case")


def statement(case, text, day, first, until, opening, closing):
    """One line of one statement; returns its leg."""
    with case.writing() as con:
        file = book(
            con, text.format(day=day), file=f"{first}.csv", window=(first, until), opening=opening, closing=closing
        )
    return f"{file}:L1"


def arithmetic(case, paid_in, paid_out):
    """Other money and the minimum of a car, after every gap was acknowledged."""
    case.resolve()
    case.decide(paid_in, "proceeds", label="T", **WHO)
    for account, month in (
        case.check().frame.filter(pl.col("state").str.contains("gap|missing"))["account_id", "month"].rows()
    ):
        case.decide(account, "gap_acknowledged", f"{month:%Y-%m}", **WHO)
    found = case.compare(case.proceeds(), {"car": [paid_out]}).bounds
    return found.select("other", "at_least").row(0)


@pytest.mark.parametrize(
    ("until", "closing", "second", "opening", "other", "least"),
    [
        ("2025-02-01", 1000, "2025-02-01", 1000, 0, 1000),  # the second follows the first: nothing came unseen
        ("2025-02-01", 1000, "2025-02-01", 1300, 1300, 0),  # 300 came unseen, and who knows what else
        ("2025-02-01", 1000, "2025-01-31", 1300, 1300, 0),  # the same where the statements share a day
        ("2025-02-01", 1000, "2025-03-01", 50000, 50000, 0),  # a month is missing
        ("2025-02-01", 1000, "2025-03-01", 1000, 1000, 0),  # money may have left in it, and other money come
        ("2025-02-01", 1000, "2025-03-01", 400, 400, 600),  # no more than what lies there may be other money
        ("2025-02-01", 1000, "2025-03-01", None, None, 0),
        ("2025-02-01", 1050, "2025-02-01", 1050, 50, 950),  # the first closes 50 above its line
    ],
)
def test_what_may_have_come_unseen_is_other_money(case, until, closing, second, opening, other, least):
    paid_in = statement(case, IN, "2025-01-05", "2025-01-01", until, 0, closing)
    paid_out = statement(case, OUT, "2025-03-05", second, "2025-04-01", opening, (opening or 1000) - 1000)
    assert arithmetic(case, paid_in, paid_out) == (other, least)


@pytest.mark.parametrize(("opening", "other", "least"), [(0, 0, 1000), (70, 70, 930), (None, None, 0)])
def test_without_an_opening_balance_no_minimum_is_stated(case, opening, other, least):
    paid_in = statement(case, IN, "2025-01-05", "2025-01-01", "2025-02-01", opening, (opening or 0) + 1000)
    paid_out = statement(case, OUT, "2025-02-05", "2025-02-01", "2025-03-01", (opening or 0) + 1000, opening or 0)
    assert arithmetic(case, paid_in, paid_out) == (other, least)


@pytest.mark.parametrize(("opening", "least"), [(0, 100), (30, 70), (None, 0)])
def test_what_an_account_that_paid_in_may_have_held_counts_too(case, opening, least):
    with case.writing() as con:
        u = book(
            con,
            "| account | date | amount | other |\n| U | 2025-01-01 | 100 | X |\n| U | 2025-01-02 | -100 | A |",
            file="u.csv",
            opening=opening,
        )
        a = book(
            con,
            "| account | date | amount | other |\n| A | 2025-01-02 | 100 | U |\n| A | 2025-01-03 | -100 | S |",
            file="a.csv",
            opening=0,
        )
    assert arithmetic(case, f"{u}:L1", f"{a}:L2")[1] == least


def test_the_page_says_that_the_opening_balance_is_not_known(case, tmp_path):
    with case.writing() as con:
        leg = book(
            con, "| account | date | amount |\n| A | 2025-01-05 | 1000 |\n| A | 2025-01-06 | -1000 |", file="a.csv"
        )
    case.decide("S1", "party", "Sam", label="natural", **WHO)
    case.decide("S1", "role", "suspect", **WHO)
    case.resolve()
    case.decide(f"{leg}:L1", "proceeds", label="T", **WHO)
    register = tmp_path / "register.csv"
    register.write_text(
        "asset_id,kind,description,state,holder_party_id,amount,currency,valued_on,value_source\n"
        "car,vehicle,Car,NL,S1,1000.00,EUR,2025-01-06,bill\n",
        encoding="utf-8",
    )
    case.register(register)
    case.decide("car", "asset_payment", f"{leg}:L2", **WHO)
    trail = case.trace(case.proceeds())
    found = case.assets(trail)
    for page in (str(money.linked(case, trail, found)), str(found.sheet("car"))):
        assert "Opening balance not known" in page
        assert "At least" not in page
    road = found.routes.filter(pl.col("route") == "linked to proceeds")["against"][0]
    assert "an opening balance is not printed" in road


def test_money_that_came_unseen_is_own_money_in_the_trace(case):
    statement(case, IN, "2025-01-05", "2025-01-01", "2025-02-01", 0, 1000)
    paid_in = statement(case, IN, "2025-03-05", "2025-03-01", "2025-04-01", 1500, 2500)
    statement(case, OUT, "2025-04-05", "2025-04-01", "2025-05-01", 2500, 1500)
    case.resolve()
    case.decide(paid_in, "proceeds", label="T", **WHO)
    held = {method: case.trace(case.proceeds(), method=method).held["traced"].sum() for method in METHODS}
    assert held == {"fifo": 1000, "lifo": 0, "pro_rata": 600, "libr": 1000, "tainted_first": 0}


@pytest.mark.parametrize("start", range(60_000, 60_100, 100))
def test_kernels_equal_the_oracle_where_money_came_unseen(start: int) -> None:
    breaks = 0
    for seed in range(start, start + 100):
        made = Maker(seed).without_empty_marks()
        hidden = [i for i, leg in enumerate(made.legs) if _is_plain_credit(made, i) and leg["amount"]][::2]
        for i in hidden:
            made.legs[i]["brings"] = oracle.OPENING
        rows = [row for i, row in enumerate(rows_of(made, legs_a_day=1)) if i not in hidden]
        ledger = ledger_of_rows(made, rows, _breaks(made, hidden))
        marks = marks_of(made, ledger)
        if marks is None:
            continue
        built = Built(made.legs, made.origins, made.opening)
        for method in METHODS:
            wanted = marked_words_of_oracle(words_of_oracle(built, made.legs, method), made.origins)
            got = words_by_leg(ledger, marks, method)
            for word, found in wanted.items():
                assert got[word] == found, (seed, method, word)
        breaks += len(hidden)
    assert breaks > 40


def _is_plain_credit(made: Maker, number: int) -> bool:
    leg = made.legs[number]
    undone = any(other.get("reverses") == number for other in made.legs)
    alone = leg.get("pair") is None and leg.get("reverses") is None
    return leg["side"] == "CRDT" and alone and not undone and not leg.get("marks") and "brings" not in leg


def _breaks(made: Maker, hidden: list[int]) -> pl.DataFrame:
    accounts = account_numbers(made)
    rows = [
        (accounts[made.legs[i]["pocket"][0]], made.legs[i]["pocket"][1], START + timedelta(days=i), made.legs[i]["amount"] * CENT[made.legs[i]["pocket"][1]],
         Decimal(0))
        for i in hidden
    ]  # fmt: skip
    return pl.DataFrame(rows, schema=BREAK_COLUMNS, orient="row")

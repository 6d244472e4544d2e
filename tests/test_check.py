"""Completeness: which month of which account can be relied on."""

import pytest

import finflow
from finflow.check import unacknowledged
from tests.core_support import book

A = "NL02FOOB0000000001"
HEAD = "| account | date | amount |\n"


@pytest.fixture
def case(tmp_path):
    return finflow.open_case(tmp_path / "case")


def month(case, **windows):
    """Load one file per keyword: (lines, opening, closing, first day, day after the last)."""
    with case.writing() as con:
        for name, (lines, opening, closing, first, until) in windows.items():
            book(
                con,
                HEAD + "".join(f"| {A} | {line} |\n" for line in lines),
                file=f"{name}.csv",
                opening=opening,
                closing=closing,
                window=(first, until),
            )
    frame = case.check().frame
    return {f"{row['month']:%Y-%m}": row["status"] for row in frame.to_dicts()}


JANUARY = (["2025-01-05 | 10"], 100, 110, "2025-01-01", "2025-02-01")


def test_balances_that_agree_reconcile(case):
    assert month(case, one=JANUARY) == {"2025-01": "reconciled"}


def test_a_cent_is_a_gap_and_its_amount_is_said(case):
    assert month(case, one=(["2025-01-05 | 10"], 100, "110.01", "2025-01-01", "2025-02-01")) == {"2025-01": "gap"}
    assert str(case.check().frame["gap"][0]) == "0.01000000"


def test_without_balances_a_month_is_unverified(case):
    assert month(case, one=(["2025-01-05 | 10"], None, None, "2025-01-01", "2025-02-01")) == {"2025-01": "unverified"}


def test_a_month_between_two_statements_is_missing(case):
    march = (["2025-03-05 | 1"], 110, 111, "2025-03-01", "2025-04-01")
    assert month(case, one=JANUARY, two=march) == {
        "2025-01": "reconciled",
        "2025-02": "missing",
        "2025-03": "reconciled",
    }


def test_some_missing_days_make_a_month_missing(case):
    february = (["2025-02-20 | 1"], 110, 111, "2025-02-15", "2025-03-01")
    assert month(case, one=JANUARY, two=february)["2025-02"] == "missing"


def test_a_jump_between_two_statements_is_a_gap(case):
    february = (["2025-02-05 | 1"], 120, 121, "2025-02-01", "2025-03-01")
    assert month(case, one=JANUARY, two=february) == {"2025-01": "reconciled", "2025-02": "gap"}
    assert case.check().frame.filter(status="gap")["gap"].to_list() == [10]


def test_an_overlapping_export_makes_no_gap(case):
    again = (["2025-01-05 | 10", "2025-02-03 | 5"], 100, 115, "2025-01-01", "2025-03-01")
    assert month(case, one=JANUARY, two=again) == {"2025-01": "reconciled", "2025-02": "reconciled"}


def test_acknowledging_a_gap_keeps_it_visible_and_takes_it_off_the_list(case):
    month(case, one=(["2025-01-05 | 10"], 100, 111, "2025-01-01", "2025-02-01"))
    with case.reading() as con:
        assert unacknowledged(con).height == 1
    case.decide(A, "gap_acknowledged", "2025-01", by="investigator", why="the bank confirmed a fee line is missing")
    with case.reading() as con:
        assert unacknowledged(con).is_empty()
    assert case.check().frame["status"].to_list() == ["gap"]


def test_the_summary_counts_every_month_once(case):
    march = (["2025-03-05 | 1"], 110, 112, "2025-03-01", "2025-04-01")
    april = (["2025-04-05 | 1"], None, None, "2025-04-01", "2025-05-01")
    month(case, one=JANUARY, two=march, three=april)
    assert case.check().summary == (
        "Statements were held for 3 of 4 account-months. Balances agree to the cent in 1; they differ in 1; in 1 no balances were supplied."
    )
    assert case.check().grid.columns == [
        "account_id",
        "currency",
        "2025-01-01",
        "2025-02-01",
        "2025-03-01",
        "2025-04-01",
    ]


def test_each_currency_of_an_account_is_checked_by_itself(case):
    with case.writing() as con:
        book(
            con,
            HEAD + f"| {A} | 2025-01-05 | 10 |",
            file="one.csv",
            opening=100,
            closing=110,
            window=("2025-01-01", "2025-02-01"),
        )
        book(
            con,
            HEAD + f"| {A} | 2025-01-05 | 10 |",
            file="two.csv",
            opening=7,
            closing=18,
            window=("2025-01-01", "2025-02-01"),
        )
        con.execute("UPDATE evidence.statement SET currency = 'USD' WHERE opening_balance = 7")
    assert dict(case.check().frame.select("currency", "status").rows()) == {"EUR": "reconciled", "USD": "gap"}


def test_a_page_shows_a_sign_a_month(case):
    march = (["2025-03-05 | 1"], 110, 112, "2025-03-01", "2025-04-01")
    month(case, one=JANUARY, two=march)
    (row,) = case.check().signs().to_dicts()
    assert row["2025"] == "✓×≠........."

"""Completeness: which month of which account can be relied on."""

import pytest

import finflow
from finflow.check import completeness, unacknowledged
from finflow.errors import FinflowError
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


def test_a_notification_without_balances_hides_no_gap_between_two_statements(case):
    """January ends at 110, February begins at 999; what has no balances lies between them in order."""
    february = (["2025-02-05 | 1"], 999, 1000, "2025-02-01", "2025-03-01")
    notified = (["2025-01-20 | 1"], None, None, "2025-01-20", "2025-01-21")
    assert month(case, one=JANUARY, two=february, three=notified)["2025-02"] == "gap"


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


@pytest.mark.parametrize("opens", ["2025-01-31", "2025-02-01"])
def test_a_jump_is_a_gap_also_where_the_statements_share_a_day(case, opens):
    first = (["2025-01-05 | 10"], 100, 110, "2024-12-31", "2025-02-01")
    assert "gap" in month(case, one=first, two=(["2025-02-05 | 1"], 900, 901, opens, "2025-03-01")).values()
    assert case.check().gaps.select("kind", "amount").rows() == [("between statements", 790)]


def test_gaps_that_cancel_are_two_gaps(case):
    first = (["2025-01-05 | 10"], 0, 110, "2025-01-01", "2025-01-11")
    assert month(case, one=first, two=(["2025-01-15 | 10"], 110, 20, "2025-01-11", "2025-02-01")) == {"2025-01": "gap"}
    assert case.check().gaps["amount"].to_list() == [100, -100]
    assert case.check().frame["state"].to_list() == ["EUR gap 100 -100"]


def acknowledge(case, month="2025-01", **more):
    case.decide(A, "gap_acknowledged", month, by="investigator", why="the bank confirmed it", **more)


def acknowledged(case):
    return dict(case.check().frame.select("state", "acknowledged").rows())


def in_dollars(case, closing):
    month(case, two=(["2025-01-05 | 9"], 0, closing, "2025-01-01", "2025-02-01"))
    with case.writing() as con:
        con.execute(f"UPDATE evidence.statement SET currency = 'USD' WHERE closing_balance = {closing}")


def test_an_acknowledgement_holds_for_what_it_was_given_for_and_nothing_else(case):
    month(case, one=(["2025-01-05 | 10"], 100, "110.05", "2025-01-01", "2025-02-01"))
    acknowledge(case)
    assert acknowledged(case) == {"EUR gap 0.05": True}
    in_dollars(case, 70000)
    assert acknowledged(case) == {"EUR gap 0.05": True, "USD gap 69991": False}
    acknowledge(case)
    assert acknowledged(case) == {"EUR gap 0.05": True, "USD gap 69991": True}
    month(case, three=(["2025-01-20 | 1"], 5, 6, "2025-01-20", "2025-01-21"))
    assert not acknowledged(case)["EUR gap 0.05 -105 overlap 1"]


def test_an_acknowledgement_taken_back_holds_no_more(case):
    month(case, one=(["2025-01-05 | 10"], 100, 111, "2025-01-01", "2025-02-01"))
    acknowledge(case)
    acknowledge(case, amount="0")
    assert acknowledged(case) == {"EUR gap 1": False}


def test_a_gap_in_a_month_that_is_not_all_held_needs_an_acknowledgement_of_its_own(case):
    late = (["2025-02-20 | 1"], 110, 111, "2025-02-15", "2025-03-01")
    month(case, one=JANUARY, two=late)
    acknowledge(case, "2025-02")
    assert acknowledged(case)["EUR missing"]
    month(case, three=(["2025-03-02 | 1"], 999, 1000, "2025-02-28", "2025-04-01"))
    assert acknowledged(case)["EUR missing gap 888"] is False


@pytest.mark.parametrize("when", ["2025-01", "2025-09", None])
def test_where_nothing_is_in_doubt_there_is_nothing_to_acknowledge(case, when):
    month(case, one=JANUARY)
    with pytest.raises(FinflowError, match=r"nothing is in doubt|object is empty") as caught:
        acknowledge(case, when)
    assert A not in str(caught.value)


# ------------------------------------------------------------------------------------------------------------- by day

RUNNING = "| account | date | amount | balance_after |\n"


def days(case, *lines, **given):
    with case.writing() as con:
        book(con, RUNNING + "".join(f"| {A} | {line} |\n" for line in lines), opening=100, **given)
    case.check()
    with case.reading() as con:
        completeness(con)
        return {f"{day:%d}": agrees for day, agrees in con.sql("SELECT day, agrees FROM daily_balance").fetchall()}


def test_lines_sorted_debits_first_inside_a_day_agree(case):
    lines = ["2025-01-02 | -30 | 120", "2025-01-02 | 50 | 150", "2025-01-03 | -20 | 100"]
    assert days(case, *lines, closing=100) == {"02": True, "03": True}
    assert case.check().days.is_empty()


def test_the_first_day_that_parts_is_named(case):
    lines = ["2025-01-02 | -30 | 70", "2025-01-03 | -20 | 40", "2025-01-04 | -10 | 30"]
    assert days(case, *lines, closing=30) == {"02": True, "03": False, "04": False}
    (row,) = case.check().days.to_dicts()
    assert (str(row["day"]), row["computed"], row["printed"]) == ("2025-01-03", 50, [40])
    assert case.check().told == [
        "account 1, not resolved yet, EUR: from 2025-01-03 on the lines do not give the printed balance: 50.00 by the lines, "
        "printed that day 40.00."
    ]


def test_balances_of_a_day_that_are_no_set_of_one_chain_part(case):
    lines = ["2025-01-02 | -30 | 70", "2025-01-02 | -20 | 45", "2025-01-02 | -10 | 40"]
    assert days(case, *lines, closing=40) == {"02": False}


def test_what_cancels_inside_one_statement_is_seen_by_the_day_and_never_reconciled(case):
    lines = ["2025-01-02 | -30 | 71", "2025-01-03 | -20 | 50"]
    assert days(case, *lines, closing=50) == {"02": False, "03": True}
    assert case.check().gaps.select("kind", "amount").rows() == [("within a day", 1)]
    assert case.check().frame["status"].to_list() == ["gap"]


def test_a_day_without_a_printed_balance_neither_agrees_nor_parts(case):
    assert days(case, "2025-01-02 | -30 |", "2025-01-03 | -20 | 50", closing=50) == {"02": None, "03": True}


def test_after_days_nobody_holds_the_balance_begins_anew(case):
    march = (["2025-03-05 | 1"], 500, 501, "2025-03-01", "2025-04-01")
    month(case, one=JANUARY, two=march)
    assert case.check().days.is_empty()
    assert case.check().gaps.is_empty()


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

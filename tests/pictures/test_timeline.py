"""The timeline: exact sums by month, each account and currency on a scale of its own."""

import re
from decimal import Decimal
from html import unescape
from xml.etree import ElementTree as ET

import polars as pl
import pytest

import finflow
from finflow.errors import FinflowError
from tests.pictures.support import HOSTILE, MOTHER, SUSPECT, lines, trail_of
from tests.pictures.test_flows import SECRETS, between


@pytest.fixture(scope="module")
def timeline(case, trail):
    return case.timeline(trail)


def month(timeline, account, when, currency="EUR"):
    rows = timeline.months.filter(
        (pl.col("account") == account) & (pl.col("month") == when) & (pl.col("currency") == currency)
    )
    return [str(value.normalize()) for value in rows.drop("account", "month", "currency").row(0)]


def test_months_are_exact(timeline):
    assert month(timeline, "P4 (account 1)", "2024-05") == ["306", "2.8E+2", "244.8", "224"]
    assert month(timeline, "Marlies Example (NL…0020)", "2024-05") == ["6.5E+2", "5.4E+2", "5.2E+2", "432"]


def test_all_money_of_the_account_is_there_and_linked_only_what_the_trail_says(case, trail, timeline):
    only = between(case, SUSPECT, MOTHER)["transfer_id"].to_list()
    part = case.timeline(trail_of(case, only=only))
    assert set(part.months["account"]) == {"Marlies Example (NL…0020)", "account NL…0022"}
    assert month(part, "Marlies Example (NL…0020)", "2024-05") == ["6.5E+2", "5.4E+2", "0", "0"]
    assert month(part, "Marlies Example (NL…0020)", "2024-10")[3] == "7.2E+2"
    assert part.frame["transfer_id"].to_list() == only


def test_money_that_arrived_counts_as_the_account_has_it(case, trail):
    only = between(case, SUSPECT, MOTHER)["transfer_id"].to_list()
    months = case.timeline(trail_of(case, only=only)).months
    found = months.filter(pl.col("account") == "account NL…0022").select("currency", "came_in", "came_in_linked").rows()
    assert found == [("HUF", Decimal(505000), Decimal(280000))]  # the other credit of that month is money too


def test_money_that_arrived_next_month_counts_next_month(tmp_path):
    case = finflow.open_case(tmp_path / "case")
    lines(case, SUSPECT, [f"2025-01-31 | -100 | {MOTHER} | | | | X-1 | |"])
    lines(case, MOTHER, [f"2025-02-03 | 95.50 | {SUSPECT} | | | | X-1 | |"])
    case.resolve()
    rows = (
        case.timeline(trail_of(case)).months.select("account", "month", "came_in", "went_out", "came_in_linked").rows()
    )
    assert rows == [
        ("protected account 1", "2025-01", 0, 100, 0),
        ("protected account 2", "2025-02", Decimal("95.5"), 0, Decimal("76.4")),
    ]


def test_accounts_outside_the_case_have_no_row(timeline):
    assert not any(account.startswith(("outside", "payers", "cash", "Night")) for account in timeline.months["account"])


def test_every_account_and_currency_has_a_scale_of_its_own(timeline):
    said = [
        text for text in ET.fromstring(re.search(r"<svg.*</svg>", timeline.drawing, re.S)[0]).itertext() if text.strip()
    ]
    for row in ("P4 (account 1), EUR", "account NL…0022, HUF"):
        assert said.count(row) == 1
    assert "500\u202f000" in said
    assert [text for text in said if text.startswith("2024-")] == [f"2024-{month:02}" for month in range(5, 11)]


def test_too_many_accounts_are_cut_and_counted(case, trail, timeline):
    small = case.timeline(trail, accounts=2)
    assert small.left_out.startswith(
        "Shown: 2 of 8 accounts, the largest amounts of each currency first. Left out: amount linked"
    )
    assert small.months.equals(timeline.months)
    assert timeline.left_out == "Nothing is left out."


@pytest.mark.parametrize("accounts", [0, 1000])
def test_more_accounts_than_a_page_holds_are_refused(case, trail, accounts):
    with pytest.raises(FinflowError, match="Ask for fewer"):
        case.timeline(trail, accounts=accounts)


def test_it_draws_the_same_every_time(case, trail, timeline):
    assert case.timeline(trail_of(case)).html() == timeline.html()


def test_it_needs_no_script_and_nothing_from_outside(timeline):
    page = timeline.html()
    assert "<script" not in page
    assert {found.split("/")[2] for found in re.findall(r"https?://[^\"'\s]+", page)} == {"www.w3.org"}
    assert not re.search(r"\b(src|href)=", page)


def test_nobody_protected_is_on_the_picture(timeline):
    for page in (timeline.html(), timeline._repr_html_(), str(timeline)):
        for secret in SECRETS:
            assert secret.lower() not in unescape(page).lower()


def test_a_name_cannot_break_out_of_the_page(hostile):
    picture = hostile.timeline(trail_of(hostile))
    assert "<img" not in picture.html()
    assert HOSTILE in unescape(picture.html())


def test_the_table_uses_the_words_of_a_page(timeline):
    assert timeline.shown().columns[-2:] == [
        "came in: amount linked to the source",
        "went out: amount linked to the source",
    ]
    assert "Timeline of 8 accounts." in timeline.drawing
    assert timeline.graph.number_of_edges() == 117


def test_an_empty_trail_says_so(case):
    assert "No transfers." in case.timeline(trail_of(case, only=[])).html()

"""Printed text becomes exact values, or nothing."""

from datetime import date, datetime
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from finflow.errors import FinflowError
from finflow.load.cells import Money, date_pattern, day_form
from finflow.load.records import Reading
from tests.load.support import judged, judged_all

PLAIN, COMMA = Money(), Money(",", ".")
SWISS, SPACED = Money(".", "'"), Money(",", " ")


def signed(row: dict) -> Decimal | None:
    if row["fault"]:
        return None
    return row["amount"] if row["side"] == "CRDT" else -row["amount"]


@pytest.mark.parametrize(
    ("money", "text", "value"),
    [
        (PLAIN, "1", "1"),
        (PLAIN, "12.5", "12.5"),
        (PLAIN, "+12.50", "12.5"),
        (PLAIN, "-0.01", "-0.01"),
        (PLAIN, "12.50-", "-12.5"),
        (PLAIN, "12.50+", "12.5"),
        (PLAIN, "(12.50)", "-12.5"),
        (PLAIN, "- 12.50", "-12.5"),
        (PLAIN, "\u221212.50", "-12.5"),
        (PLAIN, ".5", "0.5"),
        (PLAIN, "5e+05", "500000"),
        (PLAIN, "-5E5", "-500000"),
        (PLAIN, "1.2345678e+05", "123456.78"),
        (PLAIN, "12.5000000000", "12.5"),
        (PLAIN, "90071992547409931.12", "90071992547409931.12"),
        (COMMA, "1.234,50", "1234.5"),
        (COMMA, "1.234.567,50-", "-1234567.5"),
        (COMMA, "1.234", "1234"),
        (COMMA, "1234,5", "1234.5"),
        (COMMA, "(1.234,50)", "-1234.5"),
        (COMMA, ",5", "0.5"),
        (SWISS, "1'234.50", "1234.5"),
        (SWISS, "-1\u2019234.50", "-1234.5"),
        (SPACED, "1 234,50", "1234.5"),
        (SPACED, "-1\u00a0234\u202f567,50", "-1234567.5"),
        (SPACED, "1 234,50-", "-1234.5"),
    ],
)
def test_an_amount_of_the_declared_form_is_exact(money, text, value) -> None:
    assert signed(judged(Reading(money=money), amount=text)) == Decimal(value)


@pytest.mark.parametrize(
    ("money", "text"),
    [
        (PLAIN, "1,234.50"),
        (PLAIN, "1,5"),
        (PLAIN, "12.50 EUR"),
        (PLAIN, "--5"),
        (PLAIN, "-5-"),
        (PLAIN, "(-5)"),
        (PLAIN, "(5"),
        (PLAIN, "5)"),
        (PLAIN, "."),
        (PLAIN, "-"),
        (PLAIN, "1e-3"),
        (PLAIN, "5e+99"),
        (PLAIN, "1.2.3"),
        (PLAIN, "NaN"),
        (PLAIN, "inf"),
        (PLAIN, "0x10"),
        (PLAIN, "1_000"),
        (PLAIN, "١٢"),
        (PLAIN, "1.123456789"),
        (PLAIN, "123456789012345678901"),
        (COMMA, "1.23"),
        (COMMA, "1.2345,50"),
        (COMMA, "12.34.567,00"),
        (COMMA, "1,234.50"),
        (SWISS, "1'23.50"),
        (SPACED, "1  234,50"),
    ],
)
def test_any_other_text_is_rejected_by_its_column_and_not_its_value(money, text) -> None:
    row = judged(Reading(money=money, printed={"amount": "column Betrag"}), amount=text)
    assert row["fault"].startswith("column Betrag ")
    assert text not in row["fault"] or len(text) < 2


@settings(max_examples=25, deadline=None)
@given(
    st.lists(st.decimals(min_value=-(10**15), max_value=10**15, places=2), min_size=1, max_size=40),
    st.sampled_from([PLAIN, COMMA, SWISS, SPACED]),
)
def test_what_is_printed_is_read_back(values, money) -> None:
    def printed(value: Decimal) -> str:
        text = f"{abs(value):,.2f}".replace(",", "#").replace(".", money.decimal).replace("#", money.thousands)
        return f"-{text}" if value < 0 else text

    rows = judged_all(Reading(money=money), [{"amount": printed(value)} for value in values])
    assert [(signed(row), row["fault"]) for row in rows] == [(value, None) for value in values]


@pytest.mark.parametrize(
    ("currency", "amount", "fault"),
    [
        ("EUR", "1.23", None),
        ("EUR", "1.234", "amount has more decimals than its currency"),
        ("JPY", "1", None),
        ("JPY", "1.5", "amount has more decimals than its currency"),
        ("TND", "1.234", None),
        ("BTC", "0.00000001", None),
        ("EURO", "1", "currency is not an ISO 4217 code"),
        (None, "1", "currency is empty"),
    ],
)
def test_the_currency_limits_the_decimals(currency, amount, fault) -> None:
    assert judged(currency=currency, amount=amount)["fault"] == fault


@pytest.mark.parametrize(
    ("form", "text", "day"),
    [
        ("%Y-%m-%d", "2025-01-31", date(2025, 1, 31)),
        ("%d.%m.%Y", "31.01.2025", date(2025, 1, 31)),
        ("%d.%m.%Y", "1.2.2025", date(2025, 2, 1)),
        ("%d%m%Y", "01022025", date(2025, 2, 1)),
        ("%d/%m/%y", "01/02/25", date(2025, 2, 1)),
        ("%m/%d/%Y", "01/31/2025", date(2025, 1, 31)),
        ("%d %b %Y", "31 Jan 2025", date(2025, 1, 31)),
        ("%Y.%m.%d.", "2025.01.31.", date(2025, 1, 31)),
        ("%d.%m.%Y", "30.02.2025", None),
        ("%d.%m.%Y", "31.01.25", None),
        ("%d.%m.%Y", "31.01.2025 10:00", None),
        ("%d%m%Y", "1022025", None),
        ("%d/%m/%Y", "01/31/2025", None),
        ("%Y-%m-%d", "0025-01-31", None),
        ("%Y-%m-%d", "9999-01-31", None),
    ],
)
def test_a_date_is_read_by_its_form_or_rejected(form, text, day) -> None:
    row = judged(Reading(dates=form), booking_date=text)
    assert row["booking_date"] == day or row["fault"]
    assert row["fault"] == (None if day else f"booking_date is not a date of the form {form}")


def test_a_moment_is_brought_to_the_zone_of_the_case() -> None:
    reading = Reading(moments="%Y-%m-%d %H:%M:%S", zone="Europe/Chisinau", case_zone="Europe/Amsterdam")
    row = judged(reading, booked_at="2025-01-31 00:30:00")
    assert row["booked_at"] == datetime(2025, 1, 30, 23, 30)
    assert row["booking_date"] == date(2025, 1, 31)


def test_a_moment_that_cannot_be_read_is_rejected() -> None:
    assert judged(Reading(moments="%Y-%m-%d %H:%M"), booked_at="2025-01-31 25:00")["fault"]


def test_value_dates_may_lack_the_time_of_booking_dates() -> None:
    reading = Reading(dates="%Y-%m-%d %H:%M:%S", moments="%Y-%m-%d %H:%M:%S")
    row = judged(reading, booking_date="2025-01-31 10:00:00", booked_at="2025-01-31 10:00:00", value_date="2025-02-01")
    assert (row["value_date"], row["fault"]) == (date(2025, 2, 1), None)


def test_forms_of_dates() -> None:
    assert day_form("%d.%m.%Y %H:%M") == "%d.%m.%Y"
    assert day_form("%Y-%m-%dT%H:%M:%S") == "%Y-%m-%d"
    with pytest.raises(FinflowError, match="%Q in a date form is not known"):
        date_pattern("%Q")


@pytest.mark.parametrize(
    ("text", "bank", "account"),
    [
        ("nl91 abna 0417 1643 00", None, "NL91ABNA0417164300"),
        ("EE000000000000000000", None, "EE000000000000000000"),
        ("12 345-6", "testde22", "TESTDE22/12345-6"),
        ("12345", None, "unknown/12345"),
        ("10020030/12345", "X", "10020030/12345"),
        ("null", "B", None),
        ("N/A", "B", None),
        ("0", "B", None),
        ("0000-00", "B", None),
        ("", "B", None),
        (None, "B", None),
        ("NOTPROVIDED", "B", None),
    ],
)
def test_the_id_of_an_account(text, bank, account) -> None:
    row = judged(counterparty_account=text, counterparty_bank=bank)
    assert row["counterparty_account_id"] == account

"""Money is exact, and a table shows it escaped and whole."""

from datetime import date
from decimal import Decimal

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from finflow.errors import FinflowError
from finflow.money import from_minor, minor_units, to_minor
from finflow.results import Result, money, table, text


@pytest.mark.parametrize(("code", "places"), [("EUR", 2), ("HUF", 2), ("JPY", 0), ("KWD", 3), ("BTC", 8), ("MDL", 2)])
def test_minor_units_are_iso_4217s(code, places):
    assert minor_units(code) == places


@pytest.mark.parametrize("code", ["", "EURO", "ZZZ", "eur"])
def test_an_unknown_currency_is_refused(code):
    with pytest.raises(FinflowError, match="ISO 4217"):
        minor_units(code)


@given(st.integers(-(10**18), 10**18), st.sampled_from(["EUR", "JPY", "KWD", "BTC"]))
def test_units_and_amounts_are_each_others_inverse(units, code):
    assert to_minor(from_minor(units, code), code) == units


def test_more_decimals_than_the_currency_has_are_refused():
    assert to_minor(Decimal("1.10000000"), "EUR") == 110
    with pytest.raises(FinflowError, match="more than 2 decimals"):
        to_minor(Decimal("1.001"), "EUR")


@pytest.mark.parametrize(
    ("value", "printed"),
    [
        ("1234567.50000000", "1\u202f234\u202f567.50"),
        ("-0.10", "\u22120.10"),
        ("5", "5.00"),
        ("0.00000001", "0.00000001"),
        ("0", "0.00"),
        ("-1234.5", "\u22121\u202f234.50"),
    ],
)
def test_money_is_printed_whole(value, printed):
    assert money(Decimal(value)) == printed


def test_values_are_printed_as_words():
    assert [text(value) for value in (None, True, date(2025, 1, 2), ["a", 1], 7)] == [
        "",
        "yes",
        "2025-01-02",
        "a, 1",
        "7",
    ]


def test_a_table_escapes_every_value_and_says_what_it_leaves_out():
    frame = pl.DataFrame({"na<me": ["<script>alert(1)</script>"] * 3})
    html = table(frame, element="x", caption="a & b", rows=2)
    assert "<script>" not in html
    assert "na&lt;me" in html
    assert "a &amp; b" in html
    assert "Rows not shown: 1 of 3" in html


def test_an_empty_table_says_so():
    assert "No rows." in table(pl.DataFrame({"a": []}), element="x", caption="c")


def test_a_result_cannot_be_changed():
    result = Result(pl.DataFrame({"a": [1]}))
    with pytest.raises(AttributeError):
        result.frame = None
    assert "finflow-result" in result._repr_html_()
    assert "1" in str(result)

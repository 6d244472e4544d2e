import re
from datetime import date
from decimal import Decimal

import polars as pl
import pytest

from finflow import terminal
from finflow.results import Result, show
from finflow.terminal import as_json, laid_out, sentences, told

LONG = "A question about the good faith of a third party is open for this asset, so nothing is proposed yet."
FRAME = pl.DataFrame(
    {
        "asset_id": ["flat-es", "suv"],
        "holder": ["Marlies van Oeverhout (NL…5720)", "P6"],
        "valued_on": [date(2025, 12, 8), None],
        "amount": [Decimal("48000000.00"), Decimal("-7.50")],
        "currency": ["HUF", "EUR"],
        "remains": [Decimal("48000000.00"), Decimal("0.00")],
        "at_least": [Decimal("13392874.81"), None],
        "note": [LONG, ""],
    }
)
WIDTHS = (60, 80, 120)


@pytest.fixture(params=WIDTHS)
def width(request, monkeypatch):
    monkeypatch.setenv("COLUMNS", str(request.param))
    return request.param


def test_every_line_fits_and_no_value_is_lost(width):
    shown = laid_out(FRAME)
    assert max(len(line) for line in shown.splitlines()) <= width
    joined = re.sub("[ \n]+", " ", shown)
    for value in ("flat-es", "Marlies van Oeverhout (NL…5720)", "13\u202f392\u202f874.81", "2025-12-08", LONG):
        assert value in joined


def test_numbers_stand_on_the_right_and_beside_their_currency(width):
    lines = laid_out(FRAME).splitlines()
    header = next(line for line in lines if "currency" in line and "amount" in line)
    end = header.index("amount") + len("amount")
    rows = [line for line in lines if line.startswith(("  flat-es", "  suv"))]
    assert [line[:end].split("  ")[-1].strip() for line in rows] == ["48\u202f000\u202f000.00", "\u22127.50"]
    assert [line[header.index("currency") :][:3] for line in rows] == ["HUF", "EUR"]


def test_what_has_no_column_stands_below_its_row_by_name(monkeypatch):
    monkeypatch.setenv("COLUMNS", "80")
    lines = laid_out(FRAME).splitlines()
    at = next(n for n, line in enumerate(lines) if line.startswith("  flat-es"))
    assert lines[at + 1].strip().startswith("holder: Marlies van Oeverhout")
    assert "note:" not in " ".join(line for line in lines if line.startswith("  suv"))


def test_rows_left_out_are_counted_with_the_way_to_see_them():
    shown = laid_out(pl.DataFrame({"n": range(60)}))
    assert "Rows not shown: 10 of 60; --json prints every row." in shown
    assert "No rows." in laid_out(pl.DataFrame({"n": []}))


def test_a_value_cannot_move_the_cursor():
    shown = laid_out(pl.DataFrame({"name": ["a\x1b[2J\r\nb\u202eevil"]}))
    assert "\x1b" not in shown
    assert "\u202e" not in shown
    assert len(shown.strip().splitlines()) == 3


def test_letters_of_two_columns_keep_the_numbers_in_line():
    lines = laid_out(pl.DataFrame({"name": ["株式会社", "ab"], "n": [1, 22]})).splitlines()
    assert [line for line in lines if "株" in line] == ["  株式会社   1"]
    assert [line for line in lines if "ab" in line] == ["  ab        22"]


def test_a_result_says_its_sentences_before_and_after(monkeypatch):
    monkeypatch.setenv("COLUMNS", "80")

    class Said(Result):
        caption = "What was found"
        statement = "Accounting rule: first in first out."
        left_out_sentence = "Not listed: nothing."

    lines = told(Said(pl.DataFrame({"n": [1]})), "Next: finflow check CASE").splitlines()
    assert lines[:2] == ["Accounting rule: first in first out.", "What was found"]
    assert lines[-2:] == ["Not listed: nothing.", "Next: finflow check CASE"]
    assert "n" in told(show(pl.DataFrame({"n": [1]})))


def test_a_sentence_is_broken_at_blanks_only(monkeypatch):
    monkeypatch.setenv("COLUMNS", "20")
    assert sentences("asset balance-DE-24 is a-very-long-name-of-a-file.csv").splitlines() == [
        "asset balance-DE-24",
        "is",
        "a-very-long-name-of-a-file.csv",
    ]


def test_json_keeps_digits_and_days_as_text():
    assert as_json([{"a": Decimal("0E-8"), "d": date(2025, 3, 1)}]).split() == [
        "[", "{", '"a":', '"0.00000000",', '"d":', '"2025-03-01"', "}", "]",
    ]  # fmt: skip


@pytest.mark.parametrize("width", range(12, 40))
def test_no_line_ends_between_a_currency_and_its_amount(monkeypatch, width):
    monkeypatch.setattr(terminal, "_width", lambda: width)
    lines = sentences("of EUR 58\u202f900.00 paid, HUF \u22125.00 came back and USD is a currency").splitlines()
    assert not [line for line in lines if line.endswith(("EUR", "HUF"))]
    assert " ".join(line.strip() for line in lines) == (
        "of EUR 58\u202f900.00 paid, HUF \u22125.00 came back and USD is a currency"
    )

"""`finflow mapping suggest`: a mapping, the entries it would give, and what a person has to settle."""

import json
from datetime import date, datetime
from decimal import Decimal

import pytest
from typer.testing import CliRunner

from finflow import cli
from finflow.errors import FinflowError
from finflow.load import load
from finflow.load.suggest import suggest
from tests.load.support import new_case, rows, write
from tests.load.test_workbook import book

HEAD = "IBAN;Currency;Date;Amount;Payee\n"
START = "NL91ABNA0417164300;EUR"
CSV = HEAD + f"{START};31.01.2025;-12,50;Shop\n{START};01.02.2025;7,00;\n;;;;\n{START};x.02.2025;1,00;\n"


def typed(*words):
    return CliRunner().invoke(cli.app, ["mapping", "suggest", *map(str, words)])


def test_the_sample_is_what_the_entries_would_be(tmp_path) -> None:
    found = suggest(write(tmp_path, "a.csv", CSV.replace("x.02", "03.02")))
    assert found.sample.rows() == [
        ("L2", date(2025, 1, 31), "DBIT", Decimal("12.5"), "EUR", "yes"),
        ("L3", date(2025, 2, 1), "CRDT", Decimal(7), "EUR", "no"),
        ("L5", date(2025, 2, 3), "CRDT", Decimal(1), "EUR", "no"),
    ]
    assert found.told == ["No entries among the first 4 records: 1, empty record", "No doubt is left."]


def test_columns_that_are_not_used_are_told(tmp_path) -> None:
    text = f"IBAN;Currency;Date;Amount;Payee;Branch;Till\n{START};31.01.2025;-12,50;Shop;1;2\n"
    told = suggest(write(tmp_path, "a.csv", text)).told
    assert "Not used: columns Branch, Till." in told


def test_ten_entries_are_shown_and_no_more(tmp_path) -> None:
    assert suggest(write(tmp_path, "a.csv", HEAD + f"{START};31.01.2025;-1,00;\n" * 30)).sample.height == 10


def test_a_doubt_is_told_with_a_sample_of_the_likelier_reading_and_without_one_when_none_can_be_read(tmp_path) -> None:
    found = suggest(write(tmp_path, "a.csv", HEAD + f"{START};01/02/2025;-1,00;\n"))
    assert [row[1] for row in found.sample.rows()] == [date(2025, 2, 1)]
    assert found.told[0].startswith("In doubt: table.dates: no day above 12")
    assert found.told[-1].startswith("Settle each doubt")
    none = suggest(write(tmp_path, "b.csv", HEAD.replace("Date", "When") + f"{START};01/02/2025;-1,00;\n"))
    assert none.sample.is_empty()
    assert none.told[0].startswith("No sample: b.csv L1: the mapping names column ?")


def test_a_workbook_has_a_sample_too(tmp_path) -> None:
    lines = [["IBAN", "Currency", "Date", "Amount"], ["NL91ABNA0417164300", "EUR", datetime(2025, 1, 31), -12.5]]
    found = suggest(write(tmp_path, "a.xlsx", book(*lines)))
    assert found.sample.rows() == [("Export!R2", date(2025, 1, 31), "DBIT", Decimal("12.5"), "EUR", "no")]


def test_a_written_mapping_loads_the_file(tmp_path) -> None:
    path = write(tmp_path, "a.csv", CSV.replace("x.02", "03.02"))
    told = typed(path, "--out", tmp_path / "bank" / "a.mapping.toml")
    assert (told.exit_code, "The mapping is in a.mapping.toml." in told.output) == (0, True)
    assert "12.50" in told.output
    case = new_case(tmp_path)
    load(case, path)
    assert rows(case, "SELECT count(*) FROM entry") == [(3,)]
    assert rows(case, "SELECT name FROM mapping") == [("a.mapping.toml",)]
    again = typed(path, "--out", tmp_path / "bank" / "a.mapping.toml")
    assert (again.exit_code, "a.mapping.toml is there already" in again.output) == (2, True)


def test_the_mapping_is_printed_when_no_file_is_named_and_json_holds_all(tmp_path) -> None:
    path = write(tmp_path, "a.csv", CSV.replace("x.02", "03.02"))
    assert 'dates = "%d.%m.%Y"' in typed(path).output
    found = json.loads(typed(path, "--json").output)
    assert (found["unsure"], len(found["sample"]), 'format = "csv"' in found["mapping"]) == ([], 3, True)


@pytest.mark.parametrize(("name", "words"), [("none.csv", "is no file"), ("a.txt", "is no table")])
def test_what_is_no_table_is_refused(tmp_path, name, words) -> None:
    write(tmp_path, "a.txt", "Dear colleague\n")
    with pytest.raises(FinflowError, match=f"{name} {words}"):
        suggest(tmp_path / "bank" / name)

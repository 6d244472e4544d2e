"""XLSX: cells as a spreadsheet program shows them, every row accounted for, and nothing unpacked that should not be."""

import io
import zipfile
from datetime import date, datetime, time
from decimal import Decimal

import openpyxl
import pytest

from finflow.errors import FinflowError
from finflow.load import load, workbook_file
from finflow.load.workbook import digits, open_workbook
from tests.load.support import mapping_of, mapping_text, new_case, rows, settled_by, write

HEAD = ["Date", "Amount"]
SHEET = "xl/worksheets/sheet1.xml"


def book(*lines: list, **sheets: list[list]) -> bytes:
    """A workbook with `lines` on its first sheet, and more sheets by name."""
    made = openpyxl.Workbook()
    made.active.title = "Export"
    for title, given in {"Export": lines, **sheets}.items():
        sheet = made[title] if title in made.sheetnames else made.create_sheet(title)
        for line in given:
            sheet.append(line)
    return saved(made)


def saved(made: openpyxl.Workbook) -> bytes:
    stream = io.BytesIO()
    made.save(stream)
    return stream.getvalue()


def edited(data: bytes, part: str, *changes: tuple[str, str]) -> bytes:
    """The workbook with a text inside one of its parts changed."""
    stream = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as old, zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            text = old.read(name).decode()
            for before, after in changes if name == part else ():
                assert before in text
                text = text.replace(before, after)
            new.writestr(name, text)
    return stream.getvalue()


def settled(tmp_path, data: bytes, found=None, zone: str = "UTC") -> list[dict]:
    return settled_by(open_workbook(write(tmp_path, "x.xlsx", data), "x.xlsx", found or mapping_of("xlsx"), zone))


def test_rows_are_called_as_a_person_sees_them(tmp_path) -> None:
    data = book(["Konto 1"], [], HEAD, ["2025-01-01", "1"], [None, None], ["2025-01-02", -2.5])
    found = settled(tmp_path, data, mapping_of("xlsx", table="skip_lines = 1"))
    assert [(row["locator"], row["side"], row["amount"]) for row in found] == [
        ("Export!R4", "CRDT", 1), ("Export!R6", "DBIT", Decimal("2.5")),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("cell", "amount", "fault"),
    [
        (12.5, "12.5", None),
        (0.1 + 0.2, "0.3", None),  # stored as 0.30000000000000004, shown as 0.3
        (4.35 * 100, "435", None),
        (12_345_678_901.5, "12345678901.5", None),
        (1_000_000_000, "1000000000", None),
        ("1.234,50", "1234.5", None),
        ("5e+05", "500000", None),
        (1.005, None, "column Amount has more decimals than its currency"),
        (1 / 3, None, "column Amount holds a number of more than 15 digits"),
        (12_345_678_901_234.56, None, "column Amount holds a number of more than 15 digits"),
        (1e15, None, "column Amount holds a number of more than 15 digits"),
        ("1,234.50", None, "column Amount is not an amount"),
        (True, None, "column Amount is not an amount"),
        (date(2025, 1, 1), None, "column Amount is not an amount"),
        ("#N/A", None, "column Amount is not an amount"),
        (None, None, "column Amount is empty"),
    ],
)
def test_amounts_are_what_a_spreadsheet_program_shows(tmp_path, cell, amount, fault) -> None:
    found = mapping_of("xlsx", table='decimal = ","\nthousands = "."', columns='narrative = "T"')
    (row,) = settled(tmp_path, book([*HEAD, "T"], ["2025-01-01", cell, "t"]), found)
    assert (row["fault"] or "").startswith(fault or "")
    assert (row["fault"] is None) == (fault is None)
    assert fault or row["amount"] == Decimal(amount)


def test_digits_of_a_binary_fraction() -> None:
    assert [digits(value) for value in (0.1, -0.07, 1e-7, 123456789012.34, 999999999999999, -0.0)] == [
        "0.1", "-0.07", "0.0000001", "123456789012.34", "999999999999999", "-0",
    ]  # fmt: skip
    assert [digits(value) for value in (10**15, 10**400, float("inf"), 1234567890123.456)] == [None] * 4


def test_dates_and_times_that_are_cells_need_no_form(tmp_path) -> None:
    data = book([*HEAD, "Time"], [date(2025, 1, 31), 1, time(10, 20)], ["30.01.2025", 2, "09:00:00"])
    found = mapping_of("xlsx", table='dates = "%d.%m.%Y"', columns='booking_time = "Time"')
    assert [row["booked_at"] for row in settled(tmp_path, data, found)] == [
        datetime(2025, 1, 31, 10, 20), datetime(2025, 1, 30, 9),
    ]  # fmt: skip


def test_a_time_beside_the_day_is_read_when_asked_for_and_told_when_not(tmp_path) -> None:
    path = write(tmp_path, "x.xlsx", book(HEAD, [datetime(2025, 1, 31, 23, 30), 1]))
    (batch,) = open_workbook(path, "x.xlsx", mapping_of("xlsx"), "UTC").batches
    assert batch.notes == [
        'column Date also holds times, which are not read: write dates = "%Y-%m-%d %H:%M:%S" under [table]'
    ]
    asked = mapping_of("xlsx", top='time_zone = "Europe/Chisinau"', table='dates = "%Y-%m-%d %H:%M:%S"')
    readable = open_workbook(path, "x.xlsx", asked, "Europe/Amsterdam")
    assert [row["booked_at"] for row in settled_by(readable)] == [datetime(2025, 1, 31, 22, 30)]
    plain = write(tmp_path, "y.xlsx", book(HEAD, [date(2025, 1, 31), 1]))
    assert next(open_workbook(plain, "y.xlsx", mapping_of("xlsx"), "UTC").batches).notes == []


def test_account_numbers_lose_no_digit(tmp_path) -> None:
    data = book([*HEAD, "Acct"], *(["2025-01-01", 1, cell] for cell in ("00123", 123456789012345, 1234567890123456)))
    found = settled(tmp_path, data, mapping_of("xlsx", columns='counterparty_account = "Acct"'))
    assert [row["counterparty_account_id"] for row in found] == ["unknown/00123", "unknown/123456789012345", None]
    assert found[2]["fault"].startswith("column Acct holds a number of more than 15 digits")
    unused = settled(tmp_path, data, mapping_of("xlsx", table='unused = ["Acct"]'))
    assert [row["fault"] for row in unused] == [None] * 3


def test_a_formula_counts_with_its_stored_value_alone(tmp_path) -> None:
    data = book([*HEAD, "T"], ["2025-01-01", "=1+1", "a"], ["2025-01-02", "=2+2", "b"], ["2025-01-03", 3, "=A1"])
    stored = edited(data, SHEET, ("<f>1+1</f><v></v>", "<f>1+1</f><v>2</v>"))
    path = write(tmp_path, "x.xlsx", stored)
    (batch,) = open_workbook(path, "x.xlsx", mapping_of("xlsx", columns='narrative = "T"'), "UTC").batches
    assert batch.records["fault"].to_pylist() == [
        None, "column Amount holds a formula without a stored value", "column T holds a formula without a stored value",
    ]  # fmt: skip
    assert batch.notes == [
        "sheet Export: 3 cells hold formulas: the value stored by the program that wrote the file is taken"
    ]
    assert settled(tmp_path, stored, mapping_of("xlsx", columns='narrative = "T"'))[0]["amount"] == 2


def test_merged_and_hidden_cells_are_read_and_told(tmp_path) -> None:
    made = openpyxl.load_workbook(io.BytesIO(book(HEAD, ["2025-01-01", 1], ["2025-01-02", 2])))
    sheet = made.active
    sheet.merge_cells("A5:B5")
    sheet.row_dimensions[2].hidden = True
    sheet.column_dimensions["B"].hidden = True
    made.create_sheet("Other")
    sheet.sheet_state, made.active = "hidden", 1
    (batch,) = open_workbook(write(tmp_path, "x.xlsx", saved(made)), "x.xlsx", mapping_of("xlsx"), "UTC").batches
    assert batch.records.num_rows == 2
    assert batch.notes == [
        "sheet Export: 1 ranges of cells are merged: what they say stands in their first cell alone",
        "sheet Export: 1 rows are hidden, and read like the others",
        "sheet Export: 1 columns or groups of columns are hidden, and read like the others",
        "sheet Export is hidden",
    ]


def refused(tmp_path, data: bytes, words: str, **changes: str) -> str:
    with pytest.raises(FinflowError, match=words) as caught:
        settled(tmp_path, data, mapping_of("xlsx", **changes))
    assert str(caught.value).startswith("x.xlsx")
    return str(caught.value)


def test_the_sheet_is_the_only_one_with_data_or_asked_for(tmp_path) -> None:
    one = [HEAD, ["2025-01-01", 1]]
    assert len(settled(tmp_path, book(*one, Empty=[]))) == 1
    two = book(*one, More=[*one, ["2025-01-02", 2]])
    refused(tmp_path, two, r"data on several sheets\. Write one of these as `sheet` under \[table\].*: Export, More")
    assert len(settled(tmp_path, two, mapping_of("xlsx", table='sheet = "More"'))) == 2
    refused(tmp_path, two, r"no sheet Mroe\. .*: Export, More", table='sheet = "Mroe"')
    refused(tmp_path, book(), "holds nothing on any sheet")


def test_rows_of_another_width_and_rules(tmp_path) -> None:
    lines = [["2025-01-01", 1], ["2025-01-02", 2, "extra"], ["Total"], HEAD, ["  ", None], ["2025-01-03", None]]
    found = settled(tmp_path, book(HEAD, *lines), mapping_of("xlsx", parts="[skip.footer]\nline = '^Total'"))
    assert [(row["locator"][8:], row["rule"], row["fault"]) for row in found] == [
        ("2", None, None), ("3", None, "3 columns where the header has 2"), ("4", "footer", None),
        ("5", "repeated header", None), ("6", "empty record", None), ("7", None, "column Amount is empty"),
    ]  # fmt: skip


def test_headers_of_one_name_and_none(tmp_path) -> None:
    twice = mapping_of("xlsx", columns='counterparty_name = "N"\nnarrative = "N (2)"')
    (row,) = settled(tmp_path, book([*HEAD, "N", "N"], ["2025-01-01", 1, "a", "b"]), twice)
    assert (row["counterparty_name"], row["narrative"]) == ("a", "b")
    bare = mapping_of("xlsx", table="header = false", amount='amount = "2"')
    bare = bare.model_copy(update={"columns": bare.columns.model_copy(update={"booking_date": "1"})})
    assert [row["locator"] for row in settled(tmp_path, book(["2025-01-01", 1], ["2025-01-02", 2]), bare)] == [
        "Export!R1", "Export!R2",
    ]  # fmt: skip
    refused(tmp_path, book(["Date", "Sum"]), r"Export!R1: the mapping names column Amount, .* has: Date, Sum\.")
    refused(tmp_path, book(HEAD), "Export!R10: there is no header", table="skip_lines = 9")


def test_what_a_file_says_of_its_size_is_not_believed(tmp_path) -> None:
    data = edited(
        book(HEAD, ["2025-01-01", 1], ["2025-01-02", 2]), SHEET, ('<dimension ref="A1:B3"', '<dimension ref="A1:A2"')
    )
    assert len(settled(tmp_path, data)) == 2


def test_an_archive_made_to_exhaust_the_machine_is_not_unpacked(tmp_path, monkeypatch) -> None:
    data = book(HEAD, ["2025-01-01", 1])
    stream = io.BytesIO(data)
    with zipfile.ZipFile(stream, "a", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/media/more.xml", b" " * (20 << 20))
    monkeypatch.setattr(workbook_file, "_tags", lambda *_: pytest.fail("a part was unpacked"))
    refused(tmp_path, stream.getvalue(), "would unpack to far more")
    monkeypatch.setattr(workbook_file, "LARGEST_PART", 100)
    refused(tmp_path, data, "would unpack to far more")


@pytest.mark.parametrize("place", [0, 3 << 20])
def test_entities_are_refused(tmp_path, place) -> None:
    entity = "<!DOCTYPE x [<!ENTITY a 'aaaa'>]>"
    filler = f"<!--{'x' * place}-->"
    data = edited(book(HEAD, ["2025-01-01", 1]), SHEET, ("<worksheet", f"{filler}{entity}<worksheet"))
    refused(tmp_path, data, "declares XML entities")


def test_a_row_far_below_the_last_one_is_no_sheet(tmp_path) -> None:
    data = edited(book(HEAD, ["2025-01-01", 1]), SHEET, ('<row r="2"', '<row r="999999999"'))
    refused(tmp_path, data, "damaged or not whole")


@pytest.mark.parametrize("cut", [200, 3000])
def test_half_a_file_is_refused(tmp_path, cut) -> None:
    with pytest.raises(FinflowError, match="x"):
        load(new_case(tmp_path), write(tmp_path, "x.xlsx", book(HEAD, ["2025-01-01", 1])[:-cut]))


def test_a_damaged_sheet_is_refused_without_its_values(tmp_path) -> None:
    data = edited(book(HEAD, ["2025-01-01", 77.25]), SHEET, ("<v>77.25</v>", "<v>77.25x</v>"))
    assert "77" not in refused(tmp_path, data, "damaged or not whole")


def test_a_workbook_is_known_by_what_it_holds_and_loads_whole(tmp_path) -> None:
    case = new_case(tmp_path)
    text = mapping_text(columns='narrative = "T"').replace('"csv"', '"xlsx"').replace('delimiter = ";"\n', "")
    write(tmp_path, "x.mapping.toml", text)
    path = write(tmp_path, "export.csv", book([*HEAD, "T"], ["2025-01-01", 1, "a"], ["x", 2, "b"]))
    loaded = load(case, path)
    assert loaded.frame.select("format", "records", "entries", "rejected").rows() == [("xlsx", 2, 1, 1)]
    assert rows(case, "SELECT locator, raw FROM rejected_row") == [("Export!R3", "x\t2\tb")]
    assert rows(case, "SELECT locator, entry_id LIKE '%:Export!R2' FROM entry") == [("Export!R2", True)]


def test_a_mapping_for_another_format_is_named(tmp_path) -> None:
    write(tmp_path, "x.mapping.toml", mapping_text())
    path = write(tmp_path, "x.csv", book(HEAD, ["2025-01-01", 1]))
    with pytest.raises(FinflowError, match=r'x\.csv is xlsx, but its mapping says csv\. Write format = "xlsx"'):
        load(new_case(tmp_path), path)


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600), "an old Excel file or one with a password"),
        (b"PK\x03\x04" + bytes(100), "a ZIP archive: unpack it"),
    ],
)
def test_what_is_no_workbook_is_refused_in_words(tmp_path, content, words) -> None:
    with pytest.raises(FinflowError, match=words):
        load(new_case(tmp_path), write(tmp_path, "x.xlsx", content))

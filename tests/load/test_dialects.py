"""The ways banks write CSV: each is read as it is meant, or refused in words; none is read as something else."""

import tracemalloc
from decimal import Decimal

import pytest

from finflow.errors import FinflowError
from finflow.load import table
from finflow.load.mapping import Mapping
from tests.load.support import mapping, settled

HEAD = "Date;Amount;T\n"
LINE = "2025-01-31;-1.50;Ő"


def read(tmp_path, content: str | bytes, **changes: str) -> list[tuple]:
    """Locator, signed amount, text and reason of each record."""
    changes.setdefault("columns", 'narrative = "T"')
    found: Mapping = mapping(**changes)
    return [
        (
            row["locator"],
            None if row["fault"] or row["rule"] else row["amount"] * (1 if row["side"] == "CRDT" else -1),
            row["narrative"],
        )
        for row in settled(tmp_path, content, found)
    ]


@pytest.mark.parametrize(("mark", "encoding"), [(b"\xef\xbb\xbf", "utf-8"), (b"\xff\xfe", "utf-16"), (b"", "cp1252")])
def test_a_file_of_nothing_or_of_a_mark_alone_is_empty(tmp_path, mark, encoding):
    with pytest.raises(FinflowError, match=rf"is empty \({len(mark)} bytes\)"):
        read(tmp_path, mark, table=f'encoding = "{encoding}"')


@pytest.mark.parametrize(
    ("name", "content", "table_keys"),
    [
        ("plain", HEAD + LINE + "\n", ""),
        ("no line break at the end", HEAD + LINE, ""),
        ("CR LF", (HEAD + LINE + "\n").replace("\n", "\r\n"), ""),
        ("CR alone", (HEAD + LINE + "\n").replace("\n", "\r"), ""),
        ("a mark of UTF-8 in front", ("\ufeff" + HEAD + LINE + "\n").encode(), ""),
        ("UTF-16 with a mark", (HEAD + LINE + "\n").encode("utf-16"), 'encoding = "utf-16"'),
        ("UTF-16 without a mark", (HEAD + LINE + "\n").encode("utf-16-le"), 'encoding = "utf-16-le"'),
        ("UTF-16 big end first", (HEAD + LINE + "\n").encode("utf-16-be"), 'encoding = "utf-16-be"'),
        ("central Europe", (HEAD + LINE + "\n").encode("cp1250"), 'encoding = "cp1250"'),
        ("ISO central Europe", (HEAD + LINE + "\n").encode("iso-8859-2"), 'encoding = "iso-8859-2"'),
        ("blanks around values", HEAD + LINE.replace(";", " ; ") + "\n", ""),
        ("quotes around all values", (HEAD + LINE).replace(";", '";"').replace("\n", '"\n"').join('""') + "\n", ""),
        ("single quotes", (HEAD + LINE).replace(";", "';'").replace("\n", "'\n'").join("''") + "\n", 'quote = "\'"'),
    ],
)  # fmt: skip
def test_the_same_record_whatever_the_bytes(tmp_path, name, content, table_keys) -> None:
    assert read(tmp_path, content, table=table_keys) == [("L2", Decimal("-1.5"), "Ő")]


@pytest.mark.parametrize("delimiter", [",", "\t", "|", ":", "~"])
def test_delimiters(tmp_path, delimiter) -> None:
    found = mapping(columns='narrative = "T"')
    found = found.model_copy(update={"table": found.table.model_copy(update={"delimiter": delimiter})})
    (row,) = settled(tmp_path, (HEAD + "2025-01-31;-1.50;a").replace(";", delimiter) + "\n", found)
    assert (row["amount"], row["narrative"]) == (Decimal("1.5"), "a")


def test_western_letters(tmp_path) -> None:
    for encoding in ("cp1252", "latin-1", "iso-8859-15"):
        content = (HEAD + "2025-01-31;1;Gruß é\n").encode(encoding)
        assert read(tmp_path, content, table=f'encoding = "{encoding}"')[0][2] == "Gruß é"


@pytest.mark.parametrize(
    ("keys", "amount", "value"),
    [
        ("", "-0.00", None),  # zero, whatever its sign: left out by name
        ("", "-0", None),
        ("", "1000000000", "1000000000"),
        ("", "-999999999999.99", "-999999999999.99"),
        ("", "5e+05", "500000"),
        ("", "5E5", "500000"),
        ('decimal = ","\nthousands = "."', "1.000.000.000,00", "1000000000"),
        ('decimal = ","\nthousands = " "', "1 000 000,5", "1000000.5"),
        ('thousands = "\'"', "1'000'000.5", "1000000.5"),
        ('thousands = ","', "1,000.50-", "-1000.5"),
        ('decimal = ","', "(0,05)", "-0.05"),
    ],
)
def test_amounts(tmp_path, keys, amount, value) -> None:
    ((_, found, _),) = read(tmp_path, f"Date;Amount;T\n2025-01-31;{amount};a\n", table=keys)
    assert found == (None if value is None else Decimal(value))


def test_eight_decimals_where_the_currency_has_them(tmp_path) -> None:
    found = mapping(columns='narrative = "T"').model_copy(update={"currency": "BTC"})
    rows = settled(tmp_path, HEAD + "2025-01-31;0.00000001;a\n2025-01-31;0.000000001;b\n", found)
    assert (rows[0]["amount"], rows[0]["fault"]) == (Decimal("0.00000001"), None)
    assert rows[1]["fault"].startswith("column Amount has more than 8 decimals")


@pytest.mark.parametrize(
    ("form", "printed", "day"),
    [
        ("%d.%m.%Y", "03.04.2025", "2025-04-03"), ("%m/%d/%Y", "03/04/2025", "2025-03-04"),
        ("%d/%m/%Y", "03/04/2025", "2025-04-03"), ("%Y%m%d", "20250403", "2025-04-03"),
        ("%d-%b-%Y", "03-Apr-2025", "2025-04-03"), ("%y%m%d", "250403", "2025-04-03"),
    ],
)  # fmt: skip
def test_the_order_of_days_is_that_of_the_mapping(tmp_path, form, printed, day) -> None:
    (row,) = settled(tmp_path, f"Date;Amount\n{printed};1\n", mapping(table=f'dates = "{form}"'))
    assert (str(row["booking_date"]), row["fault"]) == (day, None)


def test_a_preamble_and_a_footer(tmp_path) -> None:
    text = f"Konto;1\nStand\n\n{HEAD}2025-01-31;1;a\nSumme;1\n"
    found = read(tmp_path, text, table="skip_lines = 3", parts="[skip.footer]\nline = '^Summe'")
    assert found == [("L5", 1, "a"), ("L6", None, None)]


@pytest.mark.parametrize("at", [0, 40, 10_000])
def test_nul_bytes_are_refused_wherever_they_stand(tmp_path, at) -> None:
    text = (HEAD + "2025-01-31;1;abc\n" * 1000).encode()
    with pytest.raises(FinflowError, match=r"x\.csv L\d+ holds NUL bytes"):
        read(tmp_path, text[:at] + b"\0" + text[at:])


@pytest.mark.parametrize("start", [HEAD, HEAD + '2025-01-31;1;"', ""])
def test_a_line_without_end_is_refused_in_bounded_memory(tmp_path, monkeypatch, start) -> None:
    """80 MB without a line break, where a record may have 2 MB: memory stays near the pieces read, not the file."""
    monkeypatch.setattr(table, "LONGEST_RECORD", 2 << 20)
    monkeypatch.setattr("finflow.load.decoding.PIECE", 1 << 20)
    path = tmp_path / "x.csv"
    with path.open("wb") as stream:
        stream.write(start.encode())
        for _ in range(80):
            stream.write(b"x" * (1 << 20))
    found = mapping(columns='narrative = "T"')
    tracemalloc.start()
    try:
        with pytest.raises(FinflowError, match=r"x\.csv L2: this line has more|x\.csv L1"):
            list(table.open_table(path, "x.csv", found, "UTC").batches)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak < 40 << 20

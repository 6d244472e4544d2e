"""CSV files: every record is an entry, rejected or skipped, and says where it stands."""

import csv
import io
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from finflow.errors import FinflowError
from finflow.load import decoding, table
from finflow.load.table import open_table
from tests.load.support import mapping, settled

HEADER = "Date;Amount\n"


def test_records_stand_on_the_lines_an_editor_shows(tmp_path) -> None:
    text = 'top\n\nDate;Amount;Text\n2025-01-01;1;a\n\n2025-01-02;-2;"b\nc"\n2025-01-03;3;d\n'
    found = mapping(table="skip_lines = 1", columns='narrative = "Text"')
    rows = settled(tmp_path, text, found)
    assert [row["locator"] for row in rows] == ["L4", "L6-7", "L8"]
    assert [row["narrative"] for row in rows] == ["a", "b\nc", "d"]
    assert [(row["side"], row["amount"]) for row in rows] == [("CRDT", 1), ("DBIT", 2), ("CRDT", 3)]


@pytest.mark.parametrize("end", ["\r\n", "\r", "\n"])
def test_every_line_end_counts_alike(tmp_path, end) -> None:
    rows = settled(tmp_path, "Date;Amount\n2025-01-01;1\nx;y\n2025-01-02;2\n".replace("\n", end))
    assert [(row["locator"], row["fault"] is None) for row in rows] == [("L2", True), ("L3", False), ("L4", True)]


def test_every_part_is_read(tmp_path) -> None:
    text = (
        "Date;Time;Value;Amount;Saldo;Acct;Name;Bank;T1;T2;E2E;Ref;Code;Kind;Purp;MCC;Town\n"
        "31.01.2025;10:20;01.02.2025;-12,50;100,00;NL91ABNA0417164300;Shop;ABNANL2A;for;rent;E1;R1;C1;POS;GDDS;5411;Oss\n"
    )
    found = mapping(
        table='decimal = ","\ndates = "%d.%m.%Y"\ntimes = "%H:%M"',
        columns="""
            booking_time = "Time"
            value_date = "Value"
            balance = "Saldo"
            counterparty_account = "Acct"
            counterparty_name = "Name"
            counterparty_bank = "Bank"
            narrative = ["T1", "T2"]
            end_to_end_id = "E2E"
            bank_reference = "Ref"
            bank_transaction_code = "Code"
            kind = "Kind"
            purpose_code = "Purp"
            merchant_category = "MCC"
            place = "Town"
        """,
        parts='[kinds]\npos = "card_payment"',
    )
    (row,) = settled(tmp_path, text, found)
    expected = {
        "account_id": "DE89370400440532013000", "bank": "TESTDE22", "currency": "EUR", "side": "DBIT",
        "amount": Decimal("12.5"), "booking_date": date(2025, 1, 31), "booked_at": datetime(2025, 1, 31, 10, 20),
        "value_date": date(2025, 2, 1), "balance_after": Decimal(100),
        "counterparty_account_id": "NL91ABNA0417164300", "counterparty_name": "Shop", "counterparty_bank": "ABNANL2A",
        "kind": "card_payment", "purpose_code": "GDDS", "merchant_category": "5411", "place": "Oss",
        "end_to_end_id": "E1", "bank_reference": "R1", "bank_transaction_code": "C1", "narrative": "for rent",
        "rule": None, "fault": None,
    }  # fmt: skip
    assert {name: row[name] for name in expected} == expected
    assert not {"is_reversal", "both_sides", "details"} & row.keys(), "what the source never prints is not written"


@pytest.mark.parametrize(
    ("debit", "credit", "side", "amount", "fault"),
    [
        ("5", "", "DBIT", 5, None),
        ("", "5", "CRDT", 5, None),
        ("0.00", "5", "CRDT", 5, None),
        ("5", "0", "DBIT", 5, None),
        ("", "", None, None, "column Out and column In are both empty"),
        ("5", "6", None, None, "column Out and column In both hold an amount"),
        ("-5", "", None, None, "column Out or column In has a sign the mapping does not expect"),
        ("x", "", None, None, "column Out is not an amount (decimal sign '.', thousands sign '')"),
    ],
)
def test_debit_and_credit_apart(tmp_path, debit, credit, side, amount, fault) -> None:
    found = mapping(amount='debit = "Out"\ncredit = "In"')
    (row,) = settled(tmp_path, f"Date;Out;In\n2025-01-01;{debit};{credit}\n", found)
    assert row["fault"] == fault
    if fault is None:
        assert (row["side"], row["amount"]) == (side, amount)


def test_debits_printed_with_a_minus(tmp_path) -> None:
    found = mapping(table="negative_debits = true", amount='debit = "Out"\ncredit = "In"')
    rows = settled(tmp_path, "Date;Out;In\n2025-01-01;-5;\n2025-01-01;;7\n2025-01-01;5;\n", found)
    assert [(row["side"], row["amount"]) for row in rows[:2]] == [("DBIT", 5), ("CRDT", 7)]
    assert "sign the mapping does not expect" in rows[2]["fault"]


@pytest.mark.parametrize(
    ("amount", "side", "expected"),
    [
        ("5", "c", ("CRDT", 5, None)),
        ("5", "Debit", ("DBIT", 5, None)),
        ("5", "?", "column CD says neither credit nor debit"),
        ("5", "", "column CD says neither credit nor debit"),
        ("-5", "C", "column Amount is negative although column CD says the side"),
    ],
)
def test_a_column_for_the_side(tmp_path, amount, side, expected) -> None:
    found = mapping(amount='amount = "Amount"\nside = "CD"', parts='[sides]\ncredit = ["C"]\ndebit = ["D", "debit"]')
    (row,) = settled(tmp_path, f"Date;Amount;CD\n2025-01-01;{amount};{side}\n", found)
    assert (row["fault"] or (row["side"], row["amount"], row["fault"])) == expected


def test_words_for_nothing_are_null(tmp_path) -> None:
    found = mapping(table='null_values = ["null", "-"]', columns='counterparty_name = "N"\nnarrative = "T"')
    rows = settled(tmp_path, "Date;Amount;N;T\n2025-01-01;1;NULL;-\n2025-01-01;2;nullify;--\n2025-01-01;-;a;b\n", found)
    assert (rows[0]["counterparty_name"], rows[0]["narrative"]) == (None, None)
    assert (rows[1]["counterparty_name"], rows[1]["narrative"]) == ("nullify", "--")
    assert rows[2]["fault"] == "column Amount is empty"


def test_rules_leave_records_out_by_name(tmp_path) -> None:
    text = "Date;Amount;S\n2025-01-01;1;BOOKED\n2025-01-01;x;pending\n;;\nDate;Amount;S\n2025-01-01;0.00;B\nTotal;1\n"
    found = mapping(
        table='unused = ["S"]',
        parts='[skip."not booked"]\ncolumn = "S"\nvalues = ["PENDING"]\n[skip.footer]\nline = "^Total"',
    )
    rows = settled(tmp_path, text, found)
    by_line = {row["locator"]: (row["rule"], row["fault"]) for row in rows}
    assert by_line == {
        "L2": (None, None), "L3": ("not booked", None), "L4": ("empty record", None), "L5": ("repeated header", None),
        "L6": ("zero amount", None), "L7": ("footer", None),
    }  # fmt: skip


def test_a_row_of_another_width_is_rejected_whole(tmp_path) -> None:
    text = HEADER + "2025-01-01;1\n2025-01-01;1;extra\n2025-01-02\n2025-01-02;2\n"
    path = tmp_path / "x.csv"
    path.write_text(text, encoding="utf-8")
    (batch,) = open_table(path, "x.csv", mapping(), "UTC").batches
    faults = {row["first_line"]: row["fault"] for row in batch.records.to_pylist()}
    assert faults == {2: None, 3: "3 columns where the header has 2", 4: "1 column where the header has 2", 5: None}
    assert batch.raw([1, 2]) == ["2025-01-01;1;extra", "2025-01-02"]


def test_kinds_and_patterns(tmp_path) -> None:
    found = mapping(
        columns='narrative = "T"\nkind = "K"\ncounterparty_name = "N"',
        parts="""
            [kinds]
            atm = "cash_withdrawal"
            [patterns]
            place = 'AT ([A-Z]+)'
            merchant_category = 'MCC (\\d{4})'
            reversal = '^STORNO'
            [patterns.kind]
            fee = 'FEE'
        """,
    )
    text = (
        "Date;Amount;T;K;N\n2025-01-01;1;x AT OSS MCC 5411;ATM;\n2025-01-01;1;FEE;ATM;\n2025-01-01;1;STORNO;?;A\n"
        "2025-01-01;1;;;\n"
    )
    rows = settled(tmp_path, text, found)
    assert [row["kind"] for row in rows] == ["cash_withdrawal", "fee", "transfer", "other"]
    assert (rows[0]["place"], rows[0]["merchant_category"]) == ("OSS", "5411")
    assert [row["is_reversal"] for row in rows] == [False, False, True, False]


def test_columns_of_one_name_and_without_a_header(tmp_path) -> None:
    found = mapping(columns='counterparty_name = "Name"\nnarrative = "Name (2)"')
    (row,) = settled(tmp_path, "Date;Amount;Name;Name\n2025-01-01;1;a;b\n", found)
    assert (row["counterparty_name"], row["narrative"]) == ("a", "b")
    bare = mapping(table="header = false", amount='amount = "2"')
    bare = bare.model_copy(update={"columns": bare.columns.model_copy(update={"booking_date": "1"})})
    rows = settled(tmp_path, "2025-01-01;1\n2025-01-02;2\n", bare)
    assert [(row["locator"], row["amount"]) for row in rows] == [("L1", 1), ("L2", 2)]


@pytest.mark.parametrize("encoding", ["cp1250", "iso-8859-2", "utf-8", "utf-8-sig", "utf-16"])
def test_encodings(tmp_path, encoding) -> None:
    found = mapping(table=f'encoding = "{encoding.removesuffix("-sig")}"', columns='narrative = "Közlemény"')
    (row,) = settled(tmp_path, "Date;Amount;Közlemény\n2025-01-01;1;Őrült űrhajó\n".encode(encoding), found)
    assert row["narrative"] == "Őrült űrhajó"


def refused(tmp_path, content, words, **changes) -> str:
    with pytest.raises(FinflowError, match=words) as caught:
        settled(tmp_path, content, mapping(**changes))
    assert str(caught.value).startswith("x.csv")
    return str(caught.value)


def test_wrong_encoding_is_named_with_its_line(tmp_path) -> None:
    text = HEADER + "2025-01-01;1\n2025-01-01;Ő\n"
    refused(tmp_path, text.encode("cp1250"), r"x\.csv L3 is not utf-8\. Write its encoding under \[table\]")
    refused(tmp_path, text, "is UTF-8, but its mapping says cp1250", table='encoding = "cp1250"')


def test_wrong_delimiter_is_named(tmp_path) -> None:
    refused(tmp_path, "Date,Amount\n2025-01-01,1\n", r'L1: .*separated by ",": write delimiter = ","')


def test_missing_column_is_named_with_those_there_are(tmp_path) -> None:
    refused(tmp_path, "Date;Sum\n", r"L1: the mapping names column Amount, .* The header has: Date, Sum\.")


def test_a_line_of_data_is_not_printed_as_a_header(tmp_path) -> None:
    told = refused(tmp_path, "2025-01-01;Jansen\n", "the mapping names column Date")
    assert "Jansen" not in told


def test_unknown_columns_are_named(tmp_path) -> None:
    refused(tmp_path, "Date;Amount;Fee;Branch\n", r"does not know column Fee, Branch\. Give each a use")
    assert settled(tmp_path, "Date;Amount;Fee\n", mapping(table='unused = ["Fee"]')) == []


def test_a_file_cut_off_inside_a_record_is_refused(tmp_path) -> None:
    refused(
        tmp_path,
        HEADER + "2025-01-01;1\n2025-0",
        "L3: the file ends inside this record.* before it can be read. A whole",
    )
    refused(
        tmp_path,
        HEADER + '2025-01-01;"1\n2025-01-02;2\n',
        "L2: a quote opens here and never closes.* nothing of this one was kept",
    )
    assert len(settled(tmp_path, HEADER + "2025-01-01;1\n2025-01-02;2")) == 2


@pytest.mark.parametrize(("content", "words"), [(b"", "is empty"), (b"\n\n", "no header"), (b"a\0b\n", "L1 holds NUL")])
def test_what_is_no_table_is_refused(tmp_path, content, words) -> None:
    refused(tmp_path, content, words)


def test_skipping_past_the_end_is_refused(tmp_path) -> None:
    refused(tmp_path, HEADER, "no header", table="skip_lines = 9")


def test_quotes_that_follow_no_rule_lose_nothing(tmp_path) -> None:
    text = 'Date;Amount;T\n2025-01-01;1;5" pipe\n2025-01-02;2;"a"b\n2025-01-03;3;"x\ny"\n2025-01-04;4\n'
    rows = settled(tmp_path, text, mapping(columns='narrative = "T"'))
    assert [(row["locator"], row["narrative"], row["fault"]) for row in rows] == [
        ("L2", '5" pipe', None),
        ("L3", None, "quotes inside a value that follow no rule of CSV"),
        ("L4-5", "x\ny", None),
        ("L6", None, "2 columns where the header has 3"),
    ]


def test_an_export_that_never_quotes(tmp_path) -> None:
    found = mapping(table="quote = ''", columns='narrative = "T"')
    rows = settled(tmp_path, 'Date;Amount;T\n2025-01-01;1;"a\n2025-01-02;2;b\n', found)
    assert [row["narrative"] for row in rows] == ['"a', "b"]


CELLS = st.text(alphabet='ab" \n;', max_size=5)


@settings(max_examples=40, deadline=None)
@given(st.lists(st.tuples(CELLS, CELLS), min_size=1, max_size=12), st.integers(20, 90))
def test_pieces_of_any_size_and_odd_quotes_give_the_same(tmp_path_factory, cells, piece) -> None:
    """The same records whether the file is read at once, in pieces, or row by row after an odd quote at its start."""
    stream = io.StringIO()
    writer = csv.writer(stream, delimiter=";", lineterminator="\n")
    writer.writerows(
        [["Date", "Amount", "T", "U"], *([f"2025-01-{n + 1:02}", n + 1, *pair] for n, pair in enumerate(cells))]
    )
    found = mapping(columns='narrative = "T"\ncounterparty_name = "U"')
    folder = tmp_path_factory.mktemp("pieces")
    kept = ("locator", "amount", "narrative", "counterparty_name", "fault")
    whole = [tuple(row[name] for name in kept) for row in settled(folder, stream.getvalue(), found)]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(decoding, "PIECE", piece)
        assert [tuple(row[name] for name in kept) for row in settled(folder, stream.getvalue(), found)] == whole
        patch.setattr(table, "cut", lambda data, *rest: None)
        assert [tuple(row[name] for name in kept) for row in settled(folder, stream.getvalue(), found)] == whole
    assert all(row[-1] is None for row in whole)
    assert len(whole) == len(cells)


def test_every_line_of_a_wrecked_file_is_accounted_for(tmp_path) -> None:
    lines = [f"2025-01-{n % 40:02};{n}" + ";x" * (n % 3 == 0) for n in range(1, 200)]
    rows = settled(tmp_path, HEADER + "\n".join(lines) + "\n")
    assert sorted(int(row["locator"][1:]) for row in rows) == list(range(2, 201))


def test_the_file_itself_is_not_touched(tmp_path) -> None:
    path = Path(tmp_path / "x.csv")
    settled(tmp_path, HEADER + "2025-01-01;1\n")
    assert path.read_text(encoding="utf-8") == HEADER + "2025-01-01;1\n"

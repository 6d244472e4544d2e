"""A mapping is proposed on whole columns; where a doubt is left it is asked, and nothing is loaded."""

import csv
from decimal import Decimal

import pytest

from finflow.errors import FinflowError
from finflow.load import load, propose_mapping
from finflow.load.mapping import parse_mapping
from finflow.load.shapes import date_form, decimal_and_thousands
from finflow.load.words import HEADER, PART_OF, listed, plain
from tests.load.support import new_case, rows, write

GERMAN = (
    "Konto;DE89 3704 0044 0532 0130 00\nZeitraum;Januar\n"
    "Buchungstag;Wertstellung;Verwendungszweck;Beguenstigter/Zahlungspflichtiger;Kontonummer/IBAN;Betrag;Währung;Filiale\n"
    "31.01.2025;01.02.2025;Miete;Lange;DE02120300000000202051;-1.234,50;EUR;7\n"
    "02.01.2025;02.01.2025;Lohn;Firma;;2.000,00;EUR;7\n"
)


def proposed(tmp_path, text, name="x.csv", encoding="utf-8"):
    return propose_mapping(write(tmp_path, name, text.encode(encoding)))


def test_a_certain_proposal_is_used_and_kept(tmp_path) -> None:
    case = new_case(tmp_path)
    loaded = load(case, write(tmp_path, "giro.csv", GERMAN))
    assert loaded.frame.select("records", "entries").rows() == [(2, 2)]
    assert rows(case, "SELECT account_id, booking_date::VARCHAR, side, amount, narrative FROM entry ORDER BY seq") == [
        ("DE89370400440532013000", "2025-01-31", "DBIT", Decimal("1234.5"), "Miete"),
        ("DE89370400440532013000", "2025-01-02", "CRDT", Decimal(2000), "Lohn"),
    ]
    ((name, content),) = rows(case, "SELECT name, content FROM mapping")
    assert name == "proposed"
    assert parse_mapping(content, "kept").table.unused == ["Filiale"]
    assert "giro.csv: read by a proposed mapping. Not used: column Filiale." in loaded.notes


def test_what_it_proposes(tmp_path) -> None:
    proposal = proposed(tmp_path, GERMAN, "giro.csv", "cp1252")
    mapping = parse_mapping(proposal.text, "p")
    assert proposal.unsure == []
    assert mapping.table.model_dump(include={"encoding", "delimiter", "skip_lines", "decimal", "thousands", "dates"}) == {
        "encoding": "cp1252", "delimiter": ";", "skip_lines": 2, "decimal": ",", "thousands": ".", "dates": "%d.%m.%Y",
    }  # fmt: skip
    assert (mapping.files, mapping.name) == (["giro.csv"], "giro")


def test_debit_and_credit_and_a_column_for_the_side(tmp_path) -> None:
    head = "IBAN,Currency,"
    start = "NL91ABNA0417164300,EUR,"
    mapping = parse_mapping(
        proposed(tmp_path, f"{head}Date,Debit,Credit\n{start}2025-01-31,5.00,\n{start}2025-01-30,,6.00\n").text, "p"
    )
    assert (mapping.columns.debit, mapping.columns.credit, mapping.columns.amount) == ("Debit", "Credit", None)
    minus = proposed(tmp_path, f"{head}Date,Debit,Credit\n{start}2025-01-31,-5.00,\n{start}2025-01-30,,6.00\n")
    assert parse_mapping(minus.text, "p").table.negative_debits
    sided = proposed(tmp_path, f"{head}Datum,Bedrag,Af Bij\n{start}2025-01-31,5.00,Af\n{start}2025-01-30,6.00,Bij\n")
    assert sided.unsure == []
    assert parse_mapping(sided.text, "p").sides.model_dump() == {"credit": ["Bij"], "debit": ["Af"]}


def test_times_behind_dates_and_beside_them(tmp_path) -> None:
    head, start = "IBAN;Currency;Amount;", "NL91ABNA0417164300;EUR;-5.00;"
    behind = proposed(tmp_path, f"{head}Date\n{start}31.01.2025 10:20\n")
    assert parse_mapping(behind.text, "p").table.dates == "%d.%m.%Y %H:%M"
    beside = proposed(tmp_path, f"{head}Date;Time\n{start}31.01.2025;10:20:30\n")
    assert parse_mapping(beside.text, "p").table.times == "%H:%M:%S"


@pytest.mark.parametrize(
    ("text", "doubt"),
    [
        (
            "IBAN;Currency;Date;Amount\nX1;EUR;01/02/2025;-5.00\nX1;EUR;03/04/2025;-5.00\n",
            "table.dates: no day above 12",
        ),
        ("IBAN;Currency;Date;Amount\nX1;EUR;2025-01-01;-1.234\n", "table.decimal: 9.999 may be"),
        ("IBAN;Currency;Date;Amount\nX1;EUR;2025-01-01;5.00\n", "columns.side: no amount has a minus"),
        ("IBAN;Date;Amount\nX1;2025-01-01;-5.00\n", "currency: no column"),
        ("Currency;Date;Amount\nEUR;2025-01-01;-5.00\n", "account: no column"),
        ("IBAN;Currency;Date;Total\nX1;EUR;2025-01-01;-5.00\n", "columns.amount: no column is known"),
        ("IBAN;Currency;Date;Amount;D/C\nX1;EUR;2025-01-01;5.00;Q\n", "sides: a value"),
        (
            "IBAN;Currency;Date;Datum;Amount\nX1;EUR;2025-01-01;2025-01-01;-5.00\n",
            "columns.booking_date: it may be any",
        ),
        ("IBAN;Currency;When;Amount\nX1;EUR;2025-01-01;-5.00\n", "table.dates: no column is known"),
    ],
)
def test_a_doubt_is_asked_and_nothing_loaded(tmp_path, text, doubt) -> None:
    case = new_case(tmp_path)
    path = write(tmp_path, "a.csv", text)
    with pytest.raises(FinflowError, match="leaves doubts") as caught:
        load(case, path)
    target = case.folder / "mappings" / "a.mapping.toml"
    assert doubt in str(caught.value)
    assert "Settle them in case/mappings/a.mapping.toml" in str(caught.value)
    assert str(tmp_path) not in str(caught.value)
    assert doubt in target.read_text(encoding="utf-8")
    assert rows(case, "SELECT count(*) FROM source_file") == [(0,)]
    with pytest.raises(FinflowError, match="open questions"):
        load(case, path)


@pytest.mark.parametrize(
    ("column", "cell", "looks"),
    [
        ("Counterparty IBAN number", "NL91ABNA0417164300", "a counterparty"), ("Gegenkontonummer", "12", "a counterparty"),
        ("Name 2", "x", "a name"), ("Original currency", "x", "a currency"), ("Foreign amount", "1", "an amount"),
        ("Saldo nach", "1", "a balance"), ("Booking-Time", "x", "a time"), ("Field 9", "NL91 ABNA 0417 1643 00", "an account"),
        ("Field 9", "USD", "a currency"), ("Field 9", "-1.250,00", "an amount"), ("Field 9", "9:05", "a time"),
    ],
)  # fmt: skip
def test_a_column_left_unused_that_looks_as_if_it_mattered_is_asked_about(tmp_path, column, cell, looks) -> None:
    head, start = "IBAN;Currency;Date;Amount;", "NL91ABNA0417164300;EUR;2025-01-31;-5.00;"
    proposal = proposed(tmp_path, f"{head}{column}\n{start}{cell}\n{start}\n")
    assert proposal.unsure == [f"table.unused: column {column} looks like {looks}, and nothing reads it"]
    near = proposed(tmp_path, f"{head}Field 9\n{start}{cell}\n{start}branch 7\n")
    assert (near.unsure, near.unused) == ([], ["Field 9"])


def test_the_second_amount_of_a_table_of_debits_and_credits_is_asked_about(tmp_path) -> None:
    text = "IBAN,Currency,Date,Debit,Credit,Amount\nNL91ABNA0417164300,EUR,2025-01-31,5.00,,5.00\n"
    assert proposed(tmp_path, text).unsure == ["table.unused: column Amount looks like an amount, and nothing reads it"]


def test_a_settled_proposal_is_used(tmp_path) -> None:
    case = new_case(tmp_path)
    path = write(tmp_path, "a.csv", "IBAN;Currency;Date;Amount\nX1;EUR;01/02/2025;-5.00\n")
    with pytest.raises(FinflowError):
        load(case, path)
    target = case.folder / "mappings" / "a.mapping.toml"
    kept = [line for line in target.read_text(encoding="utf-8").splitlines() if not line.startswith("unsure")]
    target.write_text("\n".join(kept), encoding="utf-8")
    assert load(case, path).frame["entries"].to_list() == [1]
    assert rows(case, "SELECT booking_date::VARCHAR FROM entry") == [("2025-02-01",)]


def test_letters_that_two_encodings_read_differently_are_asked(tmp_path) -> None:
    text = GERMAN.replace("Lange", "Őry")
    assert "table.encoding" in proposed(tmp_path, text, encoding="cp1250").unsure[0]


def test_free_text_is_no_table(tmp_path) -> None:
    with pytest.raises(FinflowError, match=r"x\.csv is no table"):
        proposed(tmp_path, "Dear colleague\nthanks\n")


@pytest.mark.parametrize(
    ("cells", "form", "sure"),
    [
        ({"2025-01-31"}, "%Y-%m-%d", True), ({"2025.01.31."}, "%Y.%m.%d.", True), ({"01.02.2025"}, "%d.%m.%Y", True),
        ({"01/02/2025", "13/02/2025"}, "%d/%m/%Y", True), ({"01/02/2025", "01/13/2025"}, "%m/%d/%Y", True),
        ({"01/02/2025"}, "%d/%m/%Y", False), ({"13/02/25"}, "%d/%m/%y", True), ({"20250131"}, "%Y%m%d", True),
        ({"31012025"}, "%d%m%Y", True), ({"01022025"}, "%d%m%Y", False), ({"1.2.2025"}, "%d.%m.%Y", True),
        ({"13/13/2025"}, None, True), ({"soon"}, None, True), ({"01/02/2025", "01-02-2025"}, None, True), (set(), None, True),
    ],
)  # fmt: skip
def test_the_order_of_dates_is_decided_on_the_whole_column(cells, form, sure) -> None:
    found = date_form(cells)
    assert (found.value if found else None) == form
    assert found is None or (found.unsure is None) == sure


@pytest.mark.parametrize(
    ("shapes", "decimal", "thousands", "sure"),
    [
        ({"9,99", "9.999,99"}, ",", ".", True), ({"9.99", "9,999.99"}, ".", ",", True), ({"999"}, ".", "", True),
        ({"9 999,99", "-99,99"}, ",", " ", True), ({"9'999.99"}, ".", "'", True), ({"9.999.999"}, ",", ".", True),
        ({"9.999"}, ".", "", False), ({"9,999"}, ".", "", False), ({"9.99", "9,99"}, ".", "", False),
        ({"9.999", "9,99"}, ",", ".", True), ({"9.999", "9.99"}, ".", "", True), ({"9,999", "9.99"}, ".", ",", True),
        ({"9\u00a0999,99"}, ",", " ", True), ({"9.9999"}, ".", "", True),
    ],
)  # fmt: skip
def test_the_decimal_sign_is_decided_on_the_whole_column(shapes, decimal, thousands, sure) -> None:
    answer, grouped = decimal_and_thousands(shapes)
    assert (answer.unsure is None) == sure
    if sure:
        assert (answer.value, grouped) == (decimal, thousands)


def test_every_header_word_is_written_as_it_is_compared() -> None:
    words = [word for text in HEADER.values() for word in listed(text)]
    assert [word for word in words if plain(word) != word] == []
    assert len(words) == len(set(words)) == len(PART_OF)
    assert plain("Beguenstigter/Zahlungspflichtiger") == "beguenstigter zahlungspflichtiger"
    assert plain("Összeg") == "osszeg"


def test_a_proposal_reads_back_what_a_writer_of_csv_wrote(tmp_path) -> None:
    path = tmp_path / "q.csv"
    with path.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.writer(stream)
        writer.writerow(["Account number", "Date", "Amount EUR", "Description"])
        writer.writerows([["NL91ABNA0417164300", f"2025-01-{n:02}", f"-{n},500.25", 'a "b"\nc'] for n in range(1, 20)])
    case = new_case(tmp_path)
    load(case, path)
    assert rows(case, "SELECT count(*), sum(amount), min(narrative) FROM entry") == [
        (19, Decimal("190") * 1000 + 19 * Decimal("500.25"), 'a "b"\nc')
    ]

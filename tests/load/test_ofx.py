"""OFX and QFX: each transaction with its lines, in the forms banks write and not only those of the standard."""

from datetime import datetime
from decimal import Decimal

import ofxparse
import pytest

from finflow.errors import FinflowError
from finflow.load import load
from finflow.load.formats import format_of
from finflow.load.ofx import open_ofx
from finflow.load.settle import Settler
from tests.load.data import DATA, needs_data
from tests.load.support import new_case, rows, write

HEADER = "OFXHEADER:100\nDATA:OFXSGML\nVERSION:102\nENCODING:USASCII\nCHARSET:1252\n\n"
ENTRY = "<STMTTRN>\n<TRNTYPE>DEBIT\n<DTPOSTED>20260115\n<TRNAMT>-10.00\n<FITID>T1\n<NAME>SHOP\n<MEMO>tea\n</STMTTRN>\n"
LEDGER = "<LEDGERBAL>\n<BALAMT>90.00\n<DTASOF>20260131\n</LEDGERBAL>\n"
ACCOUNT = "<BANKACCTFROM>\n<BANKID>B1\n<ACCTID>A1\n</BANKACCTFROM>\n"
CARD = "<CCACCTFROM>\n<ACCTID>A1\n</CCACCTFROM>\n"


def statement(*entries, account=ACCOUNT, ledger=LEDGER, period="<DTSTART>20260101\n<DTEND>20260131\n", part="STMTRS"):
    listed = f"<BANKTRANLIST>\n{period}{''.join(entries)}</BANKTRANLIST>\n"
    return f"<{part}>\n<CURDEF>EUR\n{account}{listed}{ledger}</{part}>\n"


def document(*statements, header=HEADER, fi=""):
    return f"{header}<OFX>\n{fi}{''.join(statements)}</OFX>\n"


def read(tmp_path, content, zone="UTC"):
    """Judged records in their order, statements and notes."""
    path = tmp_path / "a.ofx"
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return read_file(path, zone)


def read_file(path, zone="UTC"):
    readable = open_ofx(path, path.name, None, zone)
    settler, records, statements, notes = Settler(readable.reading), [], [], []
    for batch in readable.batches:
        records += sorted(settler.settle(batch.records).to_pylist(), key=lambda row: row["ordinal"])
        statements += batch.statements
        notes += batch.notes
    return records, statements, notes


def test_a_statement_and_its_lines(tmp_path):
    (row,), (found,), notes = read(tmp_path, document(statement(ENTRY)))
    assert (row["locator"], row["side"], row["amount"], row["currency"], str(row["booking_date"]), row["fault"]) == (
        "L17-24", "DBIT", Decimal(10), "EUR", "2026-01-15", None
    )  # fmt: skip
    assert (row["counterparty_name"], row["narrative"], row["bank_reference"]) == ("SHOP", "tea", "T1")
    assert (row["account_id"], row["statement"], row["bank_transaction_code"]) == ("B1/A1", "STMTRS[1]", "DEBIT")
    assert (found.account, found.bank, found.from_date, found.until_date, found.opening, found.closing, notes) == (
        "A1", "B1", "2026-01-01", "2026-02-01", None, "90.00", []
    )  # fmt: skip


def test_a_card_is_an_account_of_the_bank_that_signs(tmp_path):
    (row,), (found,), _ = read(
        tmp_path, document(statement(ENTRY, account=CARD, part="CCSTMTRS"), fi="<FI>\n<ORG>Bank Y\n</FI>\n")
    )
    assert (found.locator, row["account_id"]) == ("CCSTMTRS[1]", "BANK Y/A1")


@pytest.mark.parametrize(
    ("printed", "amount"),
    [
        ("-10.00", "-10"), ("-2000,00", "-2000"), ("+1 006,60", "1006.6"), ("-1\u00a0006,60", "-1006.6"),
        ("1,234.56", "1234.56"), ("-1.234,56", "-1234.56"), ("00000001500.0000", "1500"), ("2.000", "2"),
        ("2,000", None), ("$120", None), ("1,23,45", None), ("", None), ("1.234", None),
    ],
)  # fmt: skip
def test_amounts_as_banks_write_them(tmp_path, printed, amount):
    (row, _), _, _ = read(tmp_path, document(statement(ENTRY.replace("-10.00", printed), ENTRY)))
    assert (row["fault"] is None) == (amount is not None)
    if amount is not None:
        assert row["amount"] * (1 if row["side"] == "CRDT" else -1) == Decimal(amount)


@pytest.mark.parametrize(
    ("printed", "day", "moment"),
    [
        ("20260115", "2026-01-15", None),
        ("20260115120000", "2026-01-15", None),  # noon is what banks print that keep no time
        ("20260115093000", "2026-01-15", None),  # no zone: not known whose time it is
        ("20260115233000.000[-5:EST]", "2026-01-15", datetime(2026, 1, 16, 5, 30)),
        ("20260115093000[+5.5:IST]", "2026-01-15", datetime(2026, 1, 15, 5, 0)),
        ("20260115120000.000[-5:EST]", "2026-01-15", None),
        ("20260115093000.000[-:EST]", "2026-01-15", None),
        ("00000000", None, None), ("", None, None), ("20260231", None, None), ("150126", None, None),
        ("201120000000", None, None),
    ],
)  # fmt: skip
def test_days_and_moments(tmp_path, printed, day, moment):
    (row, _), _, _ = read(tmp_path, document(statement(ENTRY.replace("20260115", printed), ENTRY)), "Europe/Amsterdam")
    assert (row["fault"] is None) == (day is not None)
    if day is not None:
        assert (str(row["booking_date"]), row["booked_at"]) == (day, moment)


@pytest.mark.parametrize(
    ("code", "amount", "kind"),
    [("ATM", "-10.00", "cash_withdrawal"), ("atm", "10.00", "cash_deposit"), ("SRVCHG", "-1", "fee"),
     ("Int", "1", "interest"), ("POS", "-1", "card_payment"), ("DIRECTDEBIT", "-1", "direct_debit"),
     ("DEBIT", "-1", "transfer"), ("OTHER", "-1", "transfer")],
)  # fmt: skip
def test_codes_tell_the_kind(tmp_path, code, amount, kind):
    entry = ENTRY.replace("DEBIT", code).replace("-10.00", amount)
    assert read(tmp_path, document(statement(entry)))[0][0]["kind"] == kind


def test_what_stands_inside_a_transaction(tmp_path):
    more = (
        "<CHECKNUM>12\n<PAYEE>\n<NAME>A &amp; B</NAME>\n<CITY>OSS\n</PAYEE>\n<BANKACCTTO>\n<BANKID>B2\n<ACCTID>A2\n"
        "</BANKACCTTO>\n<SIC>5411\n<MEMO><![CDATA[tea <2>]]>\nand milk\n<ORIGCURRENCY>\n<CURSYM>USD\n</ORIGCURRENCY>\n"
    )
    (row,), _, _ = read(tmp_path, document(statement(ENTRY.replace("<NAME>SHOP\n<MEMO>tea\n", more))))
    assert (row["counterparty_name"], row["counterparty_account_id"], row["counterparty_bank"]) == (
        "A & B",
        "B2/A2",
        "B2",
    )
    assert (row["narrative"], row["merchant_category"]) == ("tea <2> and milk cheque 12", "5411")
    assert (row["instructed_currency"], row["currency"]) == ("USD", "EUR")


def test_parts_that_nobody_closes_end_where_the_next_begins(tmp_path):
    content = document(
        statement(ENTRY.replace("</STMTTRN>\n", ""), ENTRY.replace("T1", "T2"), ENTRY.replace("T1", "T3"))
    )
    content = content.replace("</BANKTRANLIST>\n", "").replace("</LEDGERBAL>\n", "").replace("</BANKACCTFROM>\n", "")
    records, (found,), _ = read(tmp_path, content)
    assert [(row["locator"], row["bank_reference"]) for row in records] == [
        ("L16-22", "T1"), ("L23-30", "T2"), ("L31-38", "T3")
    ]  # fmt: skip
    assert (found.account, found.closing) == ("A1", "90.00")


def test_transactions_on_one_line_keep_places_of_their_own(tmp_path):
    entries = "".join(ENTRY.replace("T1", f"T{n}") for n in (1, 2)).replace("\n", "") + "\n"
    records, _, _ = read(tmp_path, document(statement(entries, ENTRY.replace("T1", "T3"))))
    assert [row["locator"] for row in records] == ["L17", "L17/STMTTRN[2]", "L18-25"]


@pytest.mark.parametrize(
    ("ledger", "closing", "told"),
    [
        (LEDGER, "90.00", False),
        (LEDGER.replace("90.00", "2 000,50"), "2000.50", False),
        (LEDGER.replace("20260131", "00000000"), None, True),
        (LEDGER.replace("20260131", "20260114"), None, True),  # before the last line: not the balance after it
        (LEDGER.replace("90.00", " "), None, False),
        ("", None, False),
    ],
)
def test_the_closing_balance_is_the_one_after_the_last_line(tmp_path, ledger, closing, told):
    _, (found,), notes = read(tmp_path, document(statement(ENTRY, ledger=ledger)))
    assert (found.closing, bool(notes)) == (closing, told)


def test_several_statements_and_pending_lines(tmp_path):
    pending = ENTRY.replace("STMTTRN", "STMTTRNP").replace("DTPOSTED", "DTTRAN")
    second = statement(ENTRY, pending, account=ACCOUNT.replace("A1", "A2"))
    records, found, _ = read(tmp_path, document(statement(ENTRY), second))
    assert [(row["account_id"], row["statement"], row["rule"]) for row in records] == [
        ("B1/A1", "STMTRS[1]", None), ("B1/A2", "STMTRS[2]", None), ("B1/A2", "STMTRS[2]", "pending entry")
    ]  # fmt: skip
    assert [one.locator for one in found] == ["STMTRS[1]", "STMTRS[2]"]


def test_a_line_that_corrects_another_is_left_to_a_person(tmp_path):
    (row, _), _, _ = read(
        tmp_path, document(statement(ENTRY.replace("<FITID>T1", "<FITID>T1\n<CORRECTACTION>DELETE"), ENTRY))
    )
    assert row["fault"].startswith("CORRECTACTION")


@pytest.mark.parametrize(
    ("header", "letter", "written"),
    [
        (HEADER, "¦", "cp1252"), (HEADER, "é", "utf-8"), (HEADER.replace("1252", "8859-1"), "é", "latin-1"),
        (HEADER.replace("1252", "1250"), "ł", "cp1250"), (HEADER.replace("1252", "NONE"), "é", "cp1252"),
        ('<?xml version="1.0" encoding="iso-8859-2"?>\n<?OFX OFXHEADER="200"?>\n', "ł", "iso-8859-2"),
        ("", "č", "utf-8"), ("\n\n" + HEADER.replace("\n", "").replace("DATA", "\0").replace("\0", "DATA"), "é", "cp1252"),
    ],
)  # fmt: skip
def test_letters_of_every_charset(tmp_path, header, letter, written):
    content = document(statement(ENTRY.replace("SHOP", f"SHOP {letter}")), header=header).encode(written)
    assert read(tmp_path, content)[0][0]["counterparty_name"] == f"SHOP {letter}"


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (document(statement(ENTRY))[:-8], r"a\.ofx has no end \(</OFX>\): the file may be cut off"),
        (document(statement(ENTRY)).split("<LEDGERBAL>")[0], r"a\.ofx has no end"),
        (document("<INVSTMTRS>\n</INVSTMTRS>\n"), r"a\.ofx L8 is an investment statement"),
        (document(), r"a\.ofx is OFX without a statement"),
        (document(ENTRY), r"a\.ofx L8 is a transaction outside a statement"),
    ],
)
def test_what_cannot_be_read_is_refused(tmp_path, content, words):
    with pytest.raises(FinflowError, match=words):
        read(tmp_path, content)


def test_a_load_keeps_the_lines_of_what_was_rejected(tmp_path):
    case = new_case(tmp_path)
    wrong = ENTRY.replace("20260115", "00000000")
    loaded = load(case, write(tmp_path, "a.qfx", document(statement(ENTRY, wrong))))
    assert loaded.frame.select("format", "records", "entries", "rejected").rows() == [("ofx", 2, 1, 1)]
    ((locator, raw),) = rows(case, "SELECT locator, raw FROM rejected_row")
    assert (locator, raw.split("\n")[:3]) == ("L25-32", ["<STMTTRN>", "<TRNTYPE>DEBIT", "<DTPOSTED>00000000"])
    assert case.check().frame["status"].to_list() == ["unverified"]


OFX = sorted([*(DATA / "formats" / "ofx").rglob("*.ofx"), *(DATA / "formats" / "ofx_deviations").rglob("*.?fx")])
EXPECTED = {  # what the companion of each deviation states, where it is not the one of all of them
    "amount-comma-decimal": {"amount": Decimal(-2000)},
    "amount-plus-sign-and-space": {"amount": Decimal("1006.60")},
    "character-outside-latin1": {"name": "ANON UPRAVA č"},
    "check-without-payee": {"name": None, "memo": "cheque 1090381"},
    "chknum-instead-of-checknum": {"memo": "ANON MEMO cheque 1932"},
    "non-ascii-byte-declared-usascii": {"name": "ANON ¦ MERCHANT"},
    "self-closing-memo-tag": {"memo": None},
    "xml-declaration-ofx-2": {"name": "ANON ÉNERGIE"},
}
PLAIN = {"amount": Decimal(-10), "name": "ANON MERCHANT", "memo": "ANON MEMO"}


@needs_data("formats/ofx_deviations")
@pytest.mark.parametrize("path", [path for path in OFX if "ofx_deviations" in path.parts], ids=lambda path: path.stem)
def test_deviations_of_banks_have_the_values_their_companions_state(path):
    (row,), (found,), _ = read_file(path)
    if path.stem == "empty-tags-curdef-fitid-name":  # no currency anywhere: never assumed
        assert (row["fault"], found.currency, row["bank_reference"]) == ("CURDEF is empty", None, None)
        return
    signed = row["amount"] * (1 if row["side"] == "CRDT" else -1)
    assert {"amount": signed, "name": row["counterparty_name"], "memo": row["narrative"]} == PLAIN | EXPECTED.get(
        path.stem, {}
    )
    assert (row["fault"], str(row["booking_date"]), row["bank_reference"]) == (None, "2026-01-15", "T0001")
    assert found.closing == {"amount-comma-decimal": "2000.00", "zero-date": None}.get(path.stem, "90.00")


@needs_data("formats/ofx")
@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("path", OFX, ids=lambda path: path.stem)
def test_another_parser_reads_the_same_where_it_can(path):
    """ofxparse as the peer: values of all it reads; it keeps no lines, and fails on many of the deviations."""
    try:
        with path.open("rb") as stream:
            accounts = [
                account for account in ofxparse.OfxParser.parse(stream, fail_fast=False).accounts if account.statement
            ]
    except Exception:
        pytest.skip("ofxparse does not read it")
    peer = sorted((str(one.date.date()), one.amount) for account in accounts for one in account.statement.transactions
                  if hasattr(one, "amount"))  # fmt: skip
    try:
        records, _, _ = read_file(path)
    except FinflowError:
        text = path.read_text(encoding="latin-1")
        assert "<INVSTMTRS>" in text or "<STMTRS>" not in text
        return
    good = [row for row in records if row["fault"] is None]
    own = sorted((str(row["booking_date"]), row["amount"] * (1 if row["side"] == "CRDT" else -1)) for row in good)
    assert own == peer or not peer


def test_ofx_is_known_by_its_beginning(tmp_path):
    for header in (HEADER, "", '<?xml version="1.0"?>\n<?OFX OFXHEADER="200"?>\n', "\n\n" + HEADER):
        path = write(tmp_path, "a.txt", document(statement(ENTRY), header=header))
        assert format_of(path, "a.txt").name == "ofx"

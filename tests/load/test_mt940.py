"""MT940: each line with the lines it stands on, and what :86: says in its three forms."""

import pytest

from finflow.errors import FinflowError
from finflow.load.mt940 import open_mt940
from finflow.load.mt940_line import MALFORMED
from finflow.load.settle import Settler

HEAD = ":20:REF\n:25:37040044/0532013000\n:28C:5/1\n:60F:C250101EUR1000,00\n"
TAIL = ":62F:C250131EUR{}\n-\n"


def read(tmp_path, text, encoding="utf-8"):
    path = tmp_path / "s.sta"
    path.write_bytes(text.encode(encoding))
    readable = open_mt940(path, "s.sta", None, "UTC")
    (batch,) = readable.batches
    return batch.records.to_pylist(), batch.statements, batch, readable


def lines(tmp_path, *bodies):
    return read(tmp_path, HEAD + "\n".join(bodies) + "\n" + TAIL.format("1,"))[0]


def test_a_statement_and_its_lines(tmp_path):
    rows, (statement,), batch, _ = read(
        tmp_path, HEAD + ":61:2501020103DR12,5NTRFNONREF//B7\n:86:rent\nJanuary\n" + TAIL.format("987,50")
    )
    assert rows[0] | {"locator": "L5-7", "statement": "L1-8", "account": "0532013000", "bank": "37040044"} == rows[0]
    assert (rows[0]["amount"], rows[0]["side"], rows[0]["value_date"], rows[0]["booking_date"]) == (
        "12,5",
        "DBIT",
        "2025-01-02",
        "2025-01-03",
    )
    assert (rows[0]["code"], rows[0]["end_to_end_id"], rows[0]["bank_reference"], rows[0]["narrative"]) == (
        "NTRF",
        None,
        "B7",
        "rent January",
    )
    assert (statement.opening, statement.closing, statement.from_date, statement.until_date) == (
        "1000.00",
        "987.50",
        "2025-01-01",
        "2025-02-01",
    )
    assert (statement.currency, statement.bank_statement_id) == ("EUR", "5/1")
    assert batch.raw([0]) == [":61:2501020103DR12,5NTRFNONREF//B7\n:86:rent\nJanuary"]


@pytest.mark.parametrize(
    ("mark", "side", "reversal"),
    [("C", "CRDT", None), ("D", "DBIT", None), ("RC", "DBIT", "true"), ("RD", "CRDT", "true")],
)
def test_a_reversal_moves_the_balance_the_other_way(tmp_path, mark, side, reversal):
    (row,) = lines(tmp_path, f":61:250102{mark}5,NTRF")
    assert (row["side"], row["reversal"], row["amount"]) == (side, reversal, "5")


@pytest.mark.parametrize(
    ("value", "entry", "booked"),
    [("241231", "0102", "2025-01-02"), ("250102", "1231", "2024-12-31"), ("250102", "", "2025-01-02")],
)
def test_the_entry_date_takes_the_nearest_year(tmp_path, value, entry, booked):
    (row,) = lines(tmp_path, f":61:{value}{entry}C5,NTRF")
    assert row["booking_date"] == booked


def test_subfields(tmp_path):
    text = ":86:166?00GUTSCHRIFT?20EREF+E-77?21SVWZ+for the?22 flat?30NDEAFIHH?31FI2112345600000785?32JANE?33 ROE"
    (row,) = lines(tmp_path, ":61:250102C5,NMSC", text)
    assert (row["other_code"], row["counterparty_bank"], row["counterparty_account"]) == (
        "166",
        "NDEAFIHH",
        "FI2112345600000785",
    )
    assert (row["counterparty_name"], row["narrative"], row["end_to_end_id"]) == ("JANE ROE", "for the flat", "E-77")


def test_keywords(tmp_path):
    text = ":86:/EREF/E-78/CNTP/NL02FOOB0000000001/FOOBNL2A/J. Roe/REMI/USTD//groceries"
    (row,) = lines(tmp_path, ":61:250102D5,NTRF", text)
    assert (row["counterparty_account"], row["counterparty_bank"], row["counterparty_name"]) == (
        "NL02FOOB0000000001",
        "FOOBNL2A",
        "J. Roe",
    )
    assert (row["narrative"], row["end_to_end_id"]) == ("groceries", "E-78")


@pytest.mark.parametrize(
    ("text", "name", "account", "narrative"),
    [
        ("/ORDP//NAME/J. ROE/ADDR/HIGH STREET 1/REMI/rent", "J. ROE", None, "rent"),
        ("/ORDP/J. ROE/REMI/rent", "J. ROE", None, "rent"),
        ("/BENM//NAME/SHOP/IBAN/NL02FOOB0000000001/REMI/tea", "SHOP", "NL02FOOB0000000001", "tea"),
        ("/RTRN/AC04/BENM//NAME/SHOP/REMI/tea", "SHOP", None, "tea return reason AC04"),
        ("/REMI/tea/CHGS/EUR2,5/", None, None, "tea charges EUR2,5"),
    ],
)
def test_parties_and_reasons_between_slashes(tmp_path, text, name, account, narrative):
    (row,) = lines(tmp_path, ":61:250102D5,NTRF", f":86:{text}")
    assert (row["counterparty_name"], row["counterparty_account"], row["narrative"]) == (name, account, narrative)


def test_a_subfield_60_continues_the_text_and_a_funds_code_stands_before_the_amount(tmp_path):
    (row,) = lines(tmp_path, ":61:2501020103DR5,NTRF", ":86:166?20rent for?60 the flat?32JANE")
    assert (row["side"], row["reversal"], row["amount"], row["narrative"]) == ("DBIT", None, "5", "rent for the flat")


def test_pages_of_a_chain_are_statements_that_follow_each_other(tmp_path):
    first = HEAD + ":61:250102C5,NTRF\n:62M:C250131EUR1005,\n-\n"
    second = HEAD.replace("5/1", "5/2").replace("60F:C250101EUR1000,00", "60M:C250131EUR1005,")
    _, (one, two), _, _ = read(tmp_path, first + second + ":61:250131C2,NTRF\n" + TAIL.format("1007,"))
    assert (one.opening, one.closing, two.opening, two.closing) == ("1000.00", "1005", "1005", "1007")


def test_a_value_date_that_does_not_exist_is_left_out_and_a_booking_day_is_rejected(tmp_path):
    _, _, batch, readable = read(tmp_path, HEAD + ":61:2502300303C5,NTRF\n:61:2502280230C5,NTRF\n" + TAIL.format("1,"))
    first, second = sorted(Settler(readable.reading).settle(batch.records).to_pylist(), key=lambda row: row["ordinal"])
    assert (first["fault"], str(first["booking_date"]), first["value_date"]) == (None, "2025-03-03", None)
    assert batch.notes == ["L5: its value date does not exist and is left out"]
    assert second["fault"].startswith(":61: entry date is not a date")


@pytest.mark.parametrize(("code", "kind"), [("NCHG", "fee"), ("NINT", "interest"), ("NTRF", None)])
def test_the_type_implies_a_kind(tmp_path, code, kind):
    (row,) = lines(tmp_path, f":61:250102D5,{code}")
    assert row["default_kind"] == kind


def test_a_line_that_breaks_the_form_is_a_fault_and_not_lost(tmp_path):
    rows = lines(tmp_path, ":61:nonsense", ":61:250102C5,NTRF")
    assert [row["fault"] for row in rows] == [MALFORMED, None]


def test_several_statements_and_an_envelope(tmp_path):
    one = HEAD + ":61:250102C5,NTRF\n" + TAIL.format("1005,")
    rows, statements, _, _ = read(
        tmp_path, "{1:F01FOOBDEFFAXXX0000000000}{2:I940}{4:\n" + one + one.replace("REF", "REF2")
    )
    assert len(statements) == len(rows) == 2
    assert statements[0].locator != statements[1].locator
    assert {statement.bank for statement in statements} == {"37040044"}


def test_the_sender_is_the_bank_of_an_account_without_one(tmp_path):
    text = "{1:F01FOOBDEFFAXXX0000000000}{2:I940}{4:\n" + HEAD.replace("37040044/", "") + TAIL.format("1,")
    _, (statement,), _, _ = read(tmp_path, text)
    assert (statement.account, statement.bank) == ("0532013000", "FOOBDEFF")


def test_latin_letters_of_an_older_encoding(tmp_path):
    rows = read(tmp_path, HEAD + ":61:250102C5,NTRF\n:86:Grüße\n" + TAIL.format("1,"), "latin-1")[0]
    assert rows[0]["narrative"] == "Grüße"


def test_a_file_that_was_cut_off_is_refused_with_its_line(tmp_path):
    with pytest.raises(FinflowError, match=r"s\.sta L5: the statement has no balance :62F:"):
        read(tmp_path, HEAD + ":61:250102C5,NTRF\n")


def test_what_stands_before_the_cut_is_said_and_not_kept(tmp_path):
    whole = HEAD + ":61:250102C5,NTRF\n:61:250102C6,NTRF\n" + TAIL.format("1,")
    with pytest.raises(FinflowError, match="Before that, 2 bookings in 1 whole statement can be read"):
        read(tmp_path, whole + HEAD + ":61:250102C5,NTRF\n")


@pytest.mark.parametrize(
    ("text", "words"),
    [("", "is empty"), ("a;b\n1;2\n", "holds no MT940 statement"), (":20:REF\n:25:X\n", "holds no MT940 statement")],
)
def test_something_else_is_refused(tmp_path, text, words):
    with pytest.raises(FinflowError, match=words):
        read(tmp_path, text)


def test_odd_line_ends_and_characters_keep_the_line_numbers(tmp_path):
    text = HEAD + ":61:250102C5,NTRF\n:86:a\x85b\x0bc\n:61:250103C6,NTRF\n" + TAIL.format("1,")
    rows = read(tmp_path, text.replace("\n", "\r\n"), "latin-1")[0]
    assert [row["locator"] for row in rows] == ["L5-6", "L7"]

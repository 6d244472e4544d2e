"""goAML: one record for each account of the reporting entity's own, and nothing about who reported and why."""

import re
from datetime import date, datetime
from decimal import Decimal

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from finflow.errors import FinflowError
from finflow.load import load
from finflow.load.goaml import open_goaml
from finflow.load.mapping import parse_mapping
from finflow.load.settle import Settler
from finflow.resolve import resolve
from tests.load.support import new_case, rows, write
from tests.load.test_fuzz import attempt

HEAD = (
    "<rentity_id>4711</rentity_id><submission_code>E</submission_code><report_code>STR</report_code>"
    "<submission_date>2025-03-01T00:00:00</submission_date><currency_code_local>EUR</currency_code_local>"
    "<reporting_person><first_name>Rita</first_name><last_name>Reporter</last_name></reporting_person>"
    "<reason>HTSECRET</reason>"
)
FOOT = "<report_indicators><indicator>HTSECRET</indicator></report_indicators>"
MINE = "<{0}_account><swift>TESTDE22</swift><account>11</account><account_name>Ann</account_name>{1}</{0}_account>"
OTHER = (
    "<{0}_account><institution_name>Elsewhere</institution_name><iban>NL91ABNA0417164300</iban>"
    "<t_entity><name>Shop BV</name></t_entity></{0}_account>"
)
PERSON = "<{0}_person><first_name>Jo</first_name><prefix>van</prefix><last_name>Dam</last_name></{0}_person>"
MAPPING = 'name = "FIU"\nformat = "goaml"\n{}'


def report(*transactions: str, head: str = HEAD, foot: str = FOOT) -> str:
    return f'<?xml version="1.0" encoding="UTF-8"?>\n<report>{head}{"".join(transactions)}{foot}</report>'


def side(place: str, subject: str, funds: str = "A", more: str = "") -> str:
    end = place.split("_")[1]
    return f"<{place}><{end}_funds_code>{funds}</{end}_funds_code>{more}{subject}</{place}>"


def mine(end: str, more: str = "") -> str:
    return MINE.format(end, more)


def foreign(end: str, code: str, amount: str) -> str:
    return (
        f"<{end}_foreign_currency><foreign_currency_code>{code}</foreign_currency_code><foreign_amount>{amount}"
        f"</foreign_amount><foreign_exchange_rate>1.1</foreign_exchange_rate></{end}_foreign_currency>"
    )


def transaction(*sides: str, amount: str = "100.50", day: str = "2025-02-03T14:05:06", more: str = "") -> str:
    return (
        f"<transaction><transactionnumber>T1</transactionnumber><transaction_description>for rent"
        f"</transaction_description><date_transaction>{day}</date_transaction><teller>Rita Reporter</teller>{more}"
        f"<transmode_code>W</transmode_code><amount_local>{amount}</amount_local>{''.join(sides)}"
        f"<comments>HTSECRET</comments></transaction>"
    )


OUT = (side("t_from_my_client", mine("from")), side("t_to", OTHER.format("to")))


def read(tmp_path, text: str | bytes, mapping: str | None = None, zone: str = "Europe/Amsterdam"):
    """The judged records, their raw text, the notes."""
    path = tmp_path / "x.xml"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    found = parse_mapping(MAPPING.format(mapping), "m") if mapping is not None else None
    opened = open_goaml(path, "x.xml", found, zone)
    settler, judged, raw, notes = Settler(opened.reading), [], [], []
    for batch in opened.batches:
        judged += sorted(settler.settle(batch.records).to_pylist(), key=lambda row: row["ordinal"])
        raw += batch.raw(range(batch.records.num_rows))
        notes += batch.notes
    return judged, raw, notes


def brief(row: dict) -> tuple:
    names = ("locator", "account_id", "side", "amount", "currency", "counterparty_account_id", "counterparty_name")
    return tuple(row[name] for name in names)


def test_a_payment_from_a_client_to_another_bank(tmp_path) -> None:
    (row,), _, _ = read(tmp_path, report(transaction(*OUT)))
    assert brief(row) == (
        "transaction[1]/t_from_my_client", "TESTDE22/11", "DBIT", Decimal("100.5"), "EUR", "NL91ABNA0417164300", "Shop BV",
    )  # fmt: skip
    expected = {
        "booking_date": date(2025, 2, 3), "booked_at": datetime(2025, 2, 3, 14, 5, 6), "holder_name": "Ann",
        "bank": "TESTDE22", "counterparty_bank": "Elsewhere", "bank_transaction_code": "W", "bank_reference": "T1",
        "narrative": "for rent", "kind": "transfer", "rule": None, "fault": None,
    }  # fmt: skip
    assert {name: row[name] for name in expected} == expected


def test_version_4_and_5_and_a_namespace_read_alike(tmp_path) -> None:
    plain = report(transaction(*OUT))
    spaced = plain.replace("<report>", '<report xmlns="urn:goaml:5.0.1">')
    later = plain.replace("<teller>", "<transaction_is_suspicious>true</transaction_is_suspicious><teller>")
    assert read(tmp_path, spaced)[0] == read(tmp_path, later)[0] == read(tmp_path, plain)[0]


def test_cash_brought_by_a_person(tmp_path) -> None:
    text = report(transaction(side("t_from", PERSON.format("from"), "K"), side("t_to_my_client", mine("to"))))
    (row,), _, _ = read(tmp_path, text, '[kinds]\n"from/K" = "cash_deposit"\n"to/K" = "cash_withdrawal"')
    assert brief(row)[2:] == ("CRDT", Decimal("100.5"), "EUR", None, "Jo van Dam")
    assert row["kind"] == "cash_deposit"


def test_an_account_without_a_bank_takes_that_of_the_mapping(tmp_path) -> None:
    text = report(transaction(*OUT)).replace("<swift>TESTDE22</swift>", "")
    assert read(tmp_path, text, 'bank = "OTHERBE2"')[0][0]["account_id"] == "OTHERBE2/11"
    with pytest.raises(FinflowError, match=r"no bank is named"):
        load(new_case(tmp_path), write(tmp_path, "r.xml", text))


def test_a_transaction_between_two_clients_gives_both_sides_and_they_join(tmp_path) -> None:
    case = new_case(tmp_path)
    other = mine("to").replace(">11<", ">22<")
    text = report(transaction(side("t_from_my_client", mine("from")), side("t_to_my_client", other)))
    load(case, write(tmp_path, "r.xml", text))
    assert rows(case, "SELECT locator, account_id, side, counterparty_account_id FROM entry ORDER BY seq") == [
        ("transaction[1]/t_from_my_client", "TESTDE22/11", "DBIT", "TESTDE22/22"),
        ("transaction[1]/t_to_my_client", "TESTDE22/22", "CRDT", "TESTDE22/11"),
    ]
    resolve(case)
    moved = "SELECT debtor_account_id, creditor_account_id, amount::VARCHAR, rule FROM transfer"
    assert rows(case, moved) == [("TESTDE22/11", "TESTDE22/22", "100.50000000", "mirror: accounts")]


@pytest.mark.parametrize(
    ("kept_in", "stated", "booked"),
    [
        ("", None, ("100.5", "EUR", None, None)),
        ("EUR", None, ("100.5", "EUR", None, None)),
        ("", ("USD", "110"), ("100.5", "EUR", "110", "USD")),
        ("EUR", ("USD", "110"), ("100.5", "EUR", "110", "USD")),
        ("USD", ("USD", "110"), ("110", "USD", "100.5", "EUR")),
        ("USD", ("GBP", "80"), "the account states a currency of its own, and no amount in it is stated"),
        ("USD", None, "the account states a currency of its own, and no amount in it is stated"),
    ],
)
def test_what_was_booked(tmp_path, kept_in, stated, booked) -> None:
    account = mine("from", f"<currency_code>{kept_in}</currency_code>" if kept_in else "")
    ends = (side("t_from_my_client", account, more=foreign("from", *stated) if stated else ""), OUT[1])
    (row,), _, _ = read(tmp_path, report(transaction(*ends)))
    if isinstance(booked, str):
        assert row["fault"] == booked
        return
    amounts = [Decimal(part) if part else None for part in (booked[0], booked[2])]
    assert (row["amount"], row["currency"]) == (amounts[0], booked[1])
    assert (row["instructed_amount"], row["instructed_currency"]) == (amounts[1], booked[3])


@pytest.mark.parametrize(
    ("day", "posted", "booked", "at"),
    [
        ("2025-02-03T00:00:00", "", date(2025, 2, 3), None),
        ("2025-02-03", "", date(2025, 2, 3), None),
        ("2025-02-03T23:30:00Z", "", date(2025, 2, 3), datetime(2025, 2, 4, 0, 30)),
        ("2025-02-03T14:00:00", "2025-02-05T00:00:00", date(2025, 2, 5), None),
        ("2025-02-03T14:00:00", "2025-02-03T00:00:00", date(2025, 2, 3), datetime(2025, 2, 3, 14)),
    ],
)
def test_days_and_times(tmp_path, day, posted, booked, at) -> None:
    more = f"<date_posting>{posted}</date_posting>" if posted else ""
    (row,), _, _ = read(tmp_path, report(transaction(*OUT, day=day, more=more)))
    assert (row["booking_date"], row["booked_at"]) == (booked, at)


PARTY = "<party><role>{}</role>{}</party>"
ROLES = '[sides]\ndebit = ["Sender"]\ncredit = ["receiver"]'


def parties(*given: tuple[str, str]) -> str:
    subjects = {
        "mine": mine("from").replace("from_account", "account_my_client"),
        "other": OTHER.format("to").replace("to_account", "account"),
        "person": PERSON.format("to").replace("to_person", "person"),
    }
    listed = "".join(PARTY.format(role, subjects[who]) for role, who in given)
    return report(transaction(f"<involved_parties>{listed}</involved_parties>"))


def test_parties_of_roles_that_the_mapping_names(tmp_path) -> None:
    (row,), _, _ = read(tmp_path, parties(("receiver", "mine"), ("SENDER", "other")), ROLES)
    assert brief(row)[:3] == ("transaction[1]/party[1]", "TESTDE22/11", "CRDT")
    assert brief(row)[5:] == ("NL91ABNA0417164300", "Shop BV")
    (alone,), _, _ = read(tmp_path, parties(("Sender", "mine")), ROLES)
    assert brief(alone)[2:] == ("DBIT", Decimal("100.5"), "EUR", None, None)


@pytest.mark.parametrize(
    ("text", "mapping", "why"),
    [
        (parties(("Sender", "mine"), ("receiver", "other")), None, "the role of a party does not say who pays"),
        (parties(("Sender", "mine"), ("payee", "other")), ROLES, "the role of a party does not say who pays"),
        (parties(("Sender", "mine"), ("Sender", "other")), ROLES, "several pay or several receive"),
        (report(transaction(OUT[0], OUT[0], OUT[1])), None, "several pay or several receive"),
        (report(transaction(side("t_from_my_client", ""), OUT[1])), None, "a side names no account, no person"),
        (report(transaction(*OUT, amount="1,5")), None, "amount_local or foreign_amount is not an amount"),
        (report(transaction(*OUT, amount="-5")), None, "amount_local or foreign_amount is negative although side"),
        (report(transaction(*OUT, day="3 May")), None, "date_transaction is not a date of the form %Y-%m-%d"),
        (report(transaction(*OUT), head=HEAD.replace("EUR", "")), None, "currency_code_local or foreign_currency_code is"),
        (report(transaction(*OUT).replace(">11<", "> <")), None, "account is empty"),
    ],
)  # fmt: skip
def test_a_transaction_that_is_no_entry_is_rejected_with_the_reason(tmp_path, text, mapping, why) -> None:
    found, _, _ = read(tmp_path, text, mapping)
    assert [row["fault"].startswith(why) for row in found] == [True]


@pytest.mark.parametrize(
    "ends",
    [
        (side("t_from", OTHER.format("from")), side("t_to", OTHER.format("to"))),
        (side("t_from_my_client", PERSON.format("from"), "K"), side("t_to", OTHER.format("to"))),
    ],
)
def test_a_transaction_without_an_account_of_the_entity_is_left_out_by_name(tmp_path, ends) -> None:
    (row,), _, _ = read(tmp_path, report(transaction(*ends)))
    assert (row["locator"], row["rule"], row["fault"]) == ("transaction[1]", "no side inside", None)


def test_nothing_says_who_reported_and_why(tmp_path) -> None:
    case = new_case(tmp_path)
    text = report(transaction(*OUT), transaction(*OUT, amount="x", more="<internal_ref_number>7</internal_ref_number>"))
    loaded = load(case, write(tmp_path, "r.xml", text))
    assert loaded.frame.select("records", "entries", "rejected").rows() == [(2, 1, 1)]
    tables = [name for (name,) in rows(case, "SELECT table_name FROM duckdb_tables()")]
    held = "\n".join(str(rows(case, f'SELECT * FROM evidence."{name}"')) for name in tables if name in EVIDENCE)
    assert "for rent" in held
    for secret in ("HTSECRET", "Rita", "4711", "STR"):
        assert secret not in held
        assert secret not in "\n".join(loaded.told)
    assert any("left out on purpose: 6 parts of its head" in note for note in loaded.told)
    assert any('obtained_by = "FIU"' in note for note in loaded.told)


EVIDENCE = ("source_file", "mapping", "statement", "entry", "detail", "rejected_row", "skipped_row")


def test_a_recorded_right_ends_the_reminder(tmp_path) -> None:
    case = new_case(tmp_path)
    write(tmp_path, "sources.toml", '[[source]]\nfiles = ["*.xml"]\nobtained_by = "FIU"\n')
    loaded = load(case, write(tmp_path, "r.xml", report(transaction(*OUT))))
    assert not any("intelligence of an FIU" in note for note in loaded.told)


DTD = '<!DOCTYPE report [<!ENTITY x SYSTEM "file:///etc/hostname">]>'


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (report("<activity><report_parties/></activity>"), "reports an activity, so it holds no payment"),
        (report(), "holds no transaction"),
        (report(transaction(*OUT))[:-40], "is not well-formed XML: it is cut off or damaged"),
        (report(transaction(*OUT)).replace("<report>", f"{DTD}<report>").replace("for rent", "&x;"), "holds a DTD"),
        ("<Document><rentity_id/></Document>", "is another kind of XML, not a goAML report"),
        ("<a><report><rentity_id/></report></a>", "is another kind of XML, not a goAML report"),
        ("", "is not well-formed XML"),
    ],
)
def test_something_else_is_refused(tmp_path, text, words) -> None:
    with pytest.raises(FinflowError, match=re.escape(words)):
        read(tmp_path, text)


def test_a_report_is_recognised_and_other_xml_is_not(tmp_path) -> None:
    case = new_case(tmp_path)
    loaded = load(case, write(tmp_path, "r.xml", report(transaction(*OUT)).replace("<report>", "<!-- x -->\n<report>")))
    assert loaded.frame["format"].to_list() == ["goaml"]
    with pytest.raises(FinflowError, match=r"camt\.053"):
        load(case, write(tmp_path, "o.xml", "<report><a/></report>"))


def test_a_long_report_is_let_go_of_as_it_is_read(tmp_path, monkeypatch) -> None:
    monkeypatch.setattr("finflow.load.goaml.RECORDS", 100)
    path = tmp_path / "x.xml"
    path.write_text(report(*[transaction(*OUT)] * 1000), encoding="utf-8")
    batches = list(open_goaml(path, "x.xml", None, "UTC").batches)
    assert [batch.records.num_rows for batch in batches] == [100] * 10 + [0]
    assert batches[9].records.column("locator")[99].as_py() == "transaction[1000]/t_from_my_client"


@settings(max_examples=300, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.data())
def test_a_damaged_report_is_read_whole_or_refused(tmp_path, data) -> None:
    text = report(transaction(*OUT), transaction(OUT[1], OUT[0])).encode()
    for _ in range(data.draw(st.integers(1, 3))):
        at, cut = data.draw(st.integers(60, len(text))), data.draw(st.integers(0, 30))
        put = data.draw(
            st.sampled_from([b"", b"<", b"&", b"\xff", b"0", b"</t_to>", b"<t_to/>", b"<transaction>", b"<!-- -->"])
        )
        text = text[:at] + put + text[at + cut :]
    found = attempt("x.xml", lambda: read(tmp_path, text))
    for row in found[0] if found else []:
        assert row["fault"] or row["rule"] or (row["amount"] > 0 and row["account_id"])

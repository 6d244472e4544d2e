"""camt: every entry with its path, whatever the version."""

from datetime import date, datetime
from decimal import Decimal

import pytest

from finflow.errors import FinflowError
from finflow.load import camt, load
from tests.load.camt_text import OTHER, OWN, balance, document, entry, parties, statement, tx
from tests.load.support import new_case, rows, write


def loaded(tmp_path, content, mapping=None, zone="Europe/Amsterdam"):
    case = new_case(tmp_path, zone)
    if mapping:
        write(tmp_path, "m.mapping.toml", f'name = "B"\nfiles = ["*"]\nformat = "camt.053"\n{mapping}')
    return case, load(case, write(tmp_path, "a.xml", content))


def only(tmp_path, record, columns="*", **more) -> dict:
    case, _ = loaded(tmp_path, document(statement(record)), **more)
    with case.reading() as con:
        (row,) = con.sql(f"SELECT {columns} FROM entry").pl().to_dicts()
    return row


@pytest.mark.parametrize("version", ["02", "04", "08", "13"])
def test_an_entry_of_any_version(tmp_path, version) -> None:
    record = entry(
        more="<ValDt><Dt>2025-01-03</Dt></ValDt><AcctSvcrRef>B-1</AcctSvcrRef><BkTxCd><Domn><Cd>PMNT</Cd><Fmly><Cd>RCDT"
        "</Cd><SubFmlyCd>ESCT</SubFmlyCd></Fmly></Domn></BkTxCd>",
        details=tx(
            "<Refs><EndToEndId>E-1</EndToEndId></Refs>"
            + parties()
            + "<RltdAgts><DbtrAgt><FinInstnId><BIC>COBADEFF</BIC>"
            "</FinInstnId></DbtrAgt></RltdAgts><Purp><Cd>SALA</Cd></Purp><RmtInf><Ustrd>pay</Ustrd><Ustrd>May</Ustrd></RmtInf>"
        ),
    )
    case, result = loaded(tmp_path, document(statement(record), version=version))
    assert result.frame.select("format", "records", "entries", "rejected", "skipped").rows() == [
        ("camt.053", 1, 1, 0, 0)
    ]
    with case.reading() as con:
        (row,) = con.sql("SELECT * EXCLUDE (file_id, entry_id, statement_id) FROM entry").pl().to_dicts()
    assert row == {
        "locator": "Stmt[1]/Ntry[1]", "seq": 1, "account_id": OWN, "side": "CRDT", "amount": Decimal(10),
        "currency": "EUR", "booking_date": date(2025, 1, 2), "booked_at": None, "value_date": date(2025, 1, 3),
        "balance_after": None, "is_reversal": False, "both_sides": False, "counterparty_account_id": OTHER,
        "counterparty_name": "Payer", "counterparty_bank": "COBADEFF", "kind": "transfer", "purpose_code": "SALA",
        "merchant_category": None, "place": None, "end_to_end_id": "E-1", "bank_reference": "B-1",
        "bank_transaction_code": "PMNT/RCDT/ESCT", "narrative": "pay May", "details": 0, "uetr": None,
            "instructed_amount": None, "instructed_currency": None, "ultimate_name": None,
    }  # fmt: skip
    assert rows(case, "SELECT locator, account_id, holder_name, bank, currency, opening_balance, closing_balance, "
                "bank_statement_id FROM statement") == [
        ("Stmt[1]", OWN, "Owner", "ABNANL2A", "EUR", Decimal(100), Decimal(110), "7")
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("status", "outcome"),
    [
        ("<Sts>BOOK</Sts>", (2, 0, 0)),
        ("<Sts><Cd>BOOK</Cd></Sts>", (2, 0, 0)),
        ("<Sts>PDNG</Sts>", (1, 0, 1)),
        ("<Sts><Cd>PDNG</Cd></Sts>", (1, 0, 1)),
        ("<Sts>INFO</Sts>", (1, 0, 1)),
        ("<Sts>WHAT</Sts>", (1, 1, 0)),
        ("", (1, 1, 0)),
    ],
)
def test_only_booked_entries_count(tmp_path, status, outcome) -> None:
    case, result = loaded(tmp_path, document(statement(entry(status=status), entry())))
    assert result.frame.select("entries", "rejected", "skipped").rows() == [outcome]
    if "PDNG" in status:
        assert rows(case, "SELECT locator, rule FROM skipped_row") == [("Stmt[1]/Ntry[1]", "pending entry")]


def test_a_reversal_keeps_its_side_and_the_original_parties(tmp_path) -> None:
    """Money paid to the other account came back: it is a credit, and the other account is where it comes from."""
    record = entry(side="CRDT", more="<RvslInd>true</RvslInd>", details=tx(parties(OWN, OTHER, ("Owner", "Payee"))))
    row = only(tmp_path, record)
    assert (row["side"], row["is_reversal"], row["counterparty_account_id"]) == ("CRDT", True, OTHER)
    assert row["counterparty_name"] == "Payee"


@pytest.mark.parametrize(("side", "name"), [("CRDT", "Payer"), ("DBIT", "Payee")])
def test_the_counterparty_is_on_the_other_side(tmp_path, side, name) -> None:
    given = parties("LT601010012345678901", OTHER, ("Payer", "Payee"))
    assert only(tmp_path, entry(side=side, details=tx(given)))["counterparty_name"] == name


def test_parties_under_pty_and_ultimate_parties(tmp_path) -> None:
    inner = "<RltdPties><Dbtr><Pty><Nm>Inner</Nm></Pty></Dbtr></RltdPties>"
    ultimate = "<RltdPties><UltmtDbtr><Pty><Nm>Behind</Nm></Pty></UltmtDbtr></RltdPties>"
    case, _ = loaded(tmp_path, document(statement(entry(details=tx(inner)), entry(details=tx(ultimate)))))
    assert rows(case, "SELECT counterparty_name FROM entry ORDER BY seq") == [("Inner",), ("Behind",)]


@pytest.mark.parametrize(
    ("booked", "day", "moment"),
    [
        ("<DtTm>2025-01-02T23:30:00</DtTm>", date(2025, 1, 2), datetime(2025, 1, 2, 23, 30)),
        ("<DtTm>2025-01-02T23:30:00+00:00</DtTm>", date(2025, 1, 2), datetime(2025, 1, 3, 0, 30)),
        ("<DtTm>2025-07-02T10:00:00.123456789Z</DtTm>", date(2025, 7, 2), datetime(2025, 7, 2, 12, 0, 0, 123456)),
        ("<Dt>2025-01-02+01:00</Dt>", date(2025, 1, 2), None),
    ],
)
def test_days_and_moments(tmp_path, booked, day, moment) -> None:
    row = only(tmp_path, entry(booked=booked))
    assert (row["booking_date"], row["booked_at"]) == (day, moment)


def test_local_times_of_a_bank_in_another_zone(tmp_path) -> None:
    record = entry(booked="<DtTm>2025-01-02T23:30:00</DtTm>")
    row = only(tmp_path, record, mapping='time_zone = "Europe/Bucharest"')
    assert row["booked_at"] == datetime(2025, 1, 2, 22, 30)


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"amount": "1.234"}, "Amt has more decimals than its currency"),
        ({"amount": "x"}, "Amt is not an amount"),
        ({"amount": "-1"}, "Amt is negative although CdtDbtInd says the side"),
        ({"side": "?"}, "CdtDbtInd says neither credit nor debit"),
        ({"booked": "<Dt>2025-02-30</Dt>"}, "BookgDt is not a date"),
        ({"booked": "<DtTm>soon</DtTm>"}, "BookgDt is not a date"),
        ({"booked": ""}, "BookgDt is empty"),
        ({"currency": "EURO"}, "Amt/@Ccy is not an ISO 4217 code"),
    ],
)
def test_an_entry_that_cannot_be_read_is_kept_as_rejected(tmp_path, change, reason) -> None:
    case, result = loaded(tmp_path, document(statement(entry(**change), entry())))
    assert result.frame.select("entries", "rejected").rows() == [(1, 1)]
    ((locator, found, raw),) = rows(case, "SELECT locator, reason, raw FROM rejected_row")
    assert (locator, found[: len(reason)]) == ("Stmt[1]/Ntry[1]", reason)
    assert raw.startswith("<Ntry")
    assert raw.endswith("</Ntry>")


def test_a_booked_entry_without_a_booking_day_counts_on_its_value_date(tmp_path) -> None:
    assert only(tmp_path, entry(booked="", more="<ValDt><Dt>2025-01-05</Dt></ValDt>"))["booking_date"] == date(
        2025, 1, 5
    )


def test_an_entry_of_nothing_is_left_out(tmp_path) -> None:
    case, _ = loaded(tmp_path, document(statement(entry(amount="0"))))
    assert rows(case, "SELECT rule FROM skipped_row") == [("zero amount",)]


def test_a_batch_that_adds_up_becomes_details(tmp_path) -> None:
    payments = [tx(parties(names=(name, "Owner")) + "<Refs><EndToEndId>E</EndToEndId></Refs>", amount) for name, amount in
                (("A", "7.50"), ("B", "2.50"))]  # fmt: skip
    case, result = loaded(tmp_path, document(statement(entry(details="".join(payments)))))
    assert rows(case, "SELECT details, counterparty_name, amount FROM entry") == [(2, None, Decimal(10))]
    details = (
        "SELECT detail_no, amount, counterparty_account_id, counterparty_name, end_to_end_id FROM detail ORDER BY 1"
    )
    assert rows(case, details) == [(1, Decimal("7.5"), OTHER, "A", "E"), (2, Decimal("2.5"), OTHER, "B", "E")]
    assert rows(case, "SELECT count(*) FROM detail JOIN entry USING (entry_id)") == [(2,)]
    assert not [note for note in result.notes if "Ntry" in note]


@pytest.mark.parametrize("payments", [(("7", ""), ("2", "")), (("7", ""), ("3", "DBIT")), (("7", ""), ("", ""))])
def test_a_batch_that_does_not_add_up_stays_one_entry_and_it_is_said(tmp_path, payments) -> None:
    details = "".join(tx(amount=amount, side=side) for amount, side in payments)
    case, result = loaded(tmp_path, document(statement(entry(details=details))))
    assert rows(case, "SELECT details FROM entry") == [(0,)]
    assert rows(case, "SELECT count(*) FROM detail") == [(0,)]
    assert result.notes[0] == "a.xml: Stmt[1]/Ntry[1]: its payments (2) do not add up to it, so it is kept as one entry"


def test_details_of_a_rejected_entry_are_not_kept(tmp_path) -> None:
    details = tx(amount="5.00") + tx(amount="5.00")
    case, _ = loaded(tmp_path, document(statement(entry(booked="<Dt>?</Dt>", details=details), entry())))
    assert rows(case, "SELECT count(*) FROM detail") == [(0,)]


@pytest.mark.parametrize(
    ("code", "kind"),
    [
        ("PMNT/CNTR/CDPT", "cash_deposit"), ("PMNT/CCRD/CWDL", "cash_withdrawal"), ("PMNT/CCRD/POSD", "card_payment"),
        ("PMNT/MCRD/UPCT", "card_receipts"), ("PMNT/RDDT/ESDD", "direct_debit"), ("ACMT/MDOP/CHRG", "fee"),
        ("CAMT/ACCB/INTR", "interest"), ("XTND/NTAV/NTAV", "other"),
    ],
)  # fmt: skip
def test_codes_tell_the_kind(tmp_path, code, kind) -> None:
    domain, family, sub = code.split("/")
    given = f"<BkTxCd><Domn><Cd>{domain}</Cd><Fmly><Cd>{family}</Cd><SubFmlyCd>{sub}</SubFmlyCd></Fmly></Domn></BkTxCd>"
    assert only(tmp_path, entry(more=given))["kind"] == kind


def test_kinds_and_patterns_of_a_mapping(tmp_path) -> None:
    given = "<BkTxCd><Prtry><Cd>ATM1</Cd></Prtry></BkTxCd><AddtlNtryInf>MACHINE OSS 5411</AddtlNtryInf>"
    mapping = (
        "[kinds]\natm1 = 'cash_withdrawal'\n[patterns]\nplace = 'MACHINE ([A-Z]+)'\nmerchant_category = '(\\d{4})$'"
    )
    row = only(tmp_path, entry(more=given), mapping=mapping)
    assert (row["kind"], row["place"], row["merchant_category"]) == ("cash_withdrawal", "OSS", "5411")
    assert (row["bank_transaction_code"], row["narrative"]) == ("ATM1", "MACHINE OSS 5411")


def test_a_reference_that_was_not_provided_is_none(tmp_path) -> None:
    record = entry(details=tx("<Refs><EndToEndId>NOTPROVIDED</EndToEndId><AcctSvcrRef>A</AcctSvcrRef></Refs>"))
    row = only(tmp_path, record)
    assert (row["end_to_end_id"], row["bank_reference"]) == (None, "A")


def test_several_statements_of_other_accounts(tmp_path) -> None:
    second = statement(entry(), account="<Othr><Id>12 34</Id></Othr>")
    case, _ = loaded(tmp_path, document(statement(entry(), entry()), second))
    assert rows(case, "SELECT locator, account_id FROM statement ORDER BY 1") == [
        ("Stmt[1]", OWN), ("Stmt[2]", "ABNANL2A/1234")
    ]  # fmt: skip
    assert rows(case, "SELECT locator, account_id FROM entry ORDER BY seq") == [
        ("Stmt[1]/Ntry[1]", OWN), ("Stmt[1]/Ntry[2]", OWN), ("Stmt[2]/Ntry[1]", "ABNANL2A/1234")
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("balances", "more", "expected"),
    [
        (balance(day="2025-01-01") + balance("CLBD", day="2025-01-31"), "", (date(2025, 1, 1), date(2025, 2, 1), 100, 100)),
        (balance("PRCD", "5.00", "DBIT"), "", (date(2025, 1, 1), date(2025, 1, 3), -5, None)),
        ("", "", (date(2025, 1, 2), date(2025, 1, 3), None, None)),
        ("", "<FrToDt><FrDtTm>2024-12-01T00:00:00</FrDtTm><ToDtTm>2024-12-31T23:59:59</ToDtTm></FrToDt>",
         (date(2024, 12, 1), date(2025, 1, 3), None, None)),
    ],
)  # fmt: skip
def test_period_and_balances(tmp_path, balances, more, expected) -> None:
    case, _ = loaded(tmp_path, document(statement(entry(), balances=balances, more=more)))
    assert rows(case, "SELECT from_date, until_date, opening_balance, closing_balance FROM statement") == [expected]


def test_a_statement_that_says_nothing_is_noted(tmp_path) -> None:
    case, result = loaded(tmp_path, document(statement(balances="")))
    assert rows(case, "SELECT count(*) FROM statement") == [(0,)]
    assert result.notes[0] == "a.xml: Stmt[1] states no day and holds no booking: no statement is kept for it"


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (document(statement(entry()))[:-40], r"a\.xml L2 is not well-formed XML: the file may be cut off"),
        (
            document(statement(entry(), entry()), statement(entry()))[:-90],
            "Before that, 2 bookings in 1 whole statement",
        ),
        (document(statement(entry())).replace("camt.053", "camt.054"), r"a\.xml L2 holds an entry \(Ntry\) outside"),
        (document(statement(entry())).replace("camt.053", "pain.001"), r"a\.xml is pain\.001, payment orders"),
        (document(), r"a\.xml is camt\.053 without Stmt"),
        (document(statement(entry(), account="")), r"a\.xml Stmt\[1\]: the statement names no account"),
        (document(statement(balances=balance(amount="x"))), r"a\.xml Stmt\[1\]: a balance is not an amount"),
        (document(statement(entry())).replace("<Document", '<!DOCTYPE d [<!ENTITY a "b">]><Document'), "holds a DTD"),
    ],
)
def test_what_cannot_be_read_is_refused(tmp_path, content, words) -> None:
    with pytest.raises(FinflowError, match=words):
        loaded(tmp_path, content)


def test_entities_are_not_expanded(tmp_path) -> None:
    secret = write(tmp_path, "secret", "SECRET", "elsewhere")
    head = f'<!DOCTYPE d [<!ENTITY x SYSTEM "{secret.as_uri()}">]><Document'
    content = document(statement(entry(more="<AddtlNtryInf>&x;</AddtlNtryInf>"))).replace("<Document", head)
    with pytest.raises(FinflowError):
        loaded(tmp_path, content)


def test_batches_of_any_size_give_the_same(tmp_path, monkeypatch) -> None:
    monkeypatch.setattr(camt, "ENTRIES", 3)
    records = [entry(amount=f"{n}.00") for n in range(1, 11)]
    case, _ = loaded(tmp_path, document(statement(*records[:5]), statement(*records[5:], entry(status="<Sts>?</Sts>"))))
    assert rows(case, "SELECT locator, amount FROM entry ORDER BY seq") == [
        (f"Stmt[{1 + n // 5}]/Ntry[{1 + n % 5}]", n + 1) for n in range(10)
    ]
    assert rows(case, "SELECT locator FROM rejected_row") == [("Stmt[2]/Ntry[6]",)]
    assert rows(case, "SELECT count(*) FROM statement") == [(2,)]

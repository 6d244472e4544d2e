"""camt.052, camt.053 and camt.054: one reader, whatever the message, its version and how its payments are bundled."""

from datetime import date
from decimal import Decimal
from hashlib import sha256

import pytest

from finflow.errors import FinflowError
from finflow.load import load
from tests.load.camt_text import OTHER, OWN, balance, document, entry, parties, read, statement, tx
from tests.load.support import new_case, rows, write

VERSIONS = [f"{version:02}" for version in range(1, 14)]
REFERENCE = "<AcctSvcrRef>B-1</AcctSvcrRef>"


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("message", ["camt.052", "camt.053", "camt.054"])
def test_every_message_in_every_version(tmp_path, message, version):
    status = "<Sts>BOOK</Sts>" if version < "04" else "<Sts><Cd>BOOK</Cd></Sts>"
    details = tx(parties())
    content = document(statement(entry(status=status, details=details)), message=message, version=version)
    if version == "01":  # payments stand in the entry itself, the codes of balances without their choice
        for old, new in (("<NtryDtls>", ""), ("</NtryDtls>", ""), ("<CdOrPrtry>", ""), ("</CdOrPrtry>", "")):
            content = content.replace(old, new)
    (record,), _, (found,), _ = read(tmp_path, content, message)
    assert (record["amount"], record["counterparty_account"], record["fault"]) == ("10.00", OTHER, None)
    assert record["locator"] == f"{ {'camt.052': 'Rpt', 'camt.053': 'Stmt', 'camt.054': 'Ntfctn'}[message] }[1]/Ntry[1]"
    assert (found.opening, found.closing, found.account) == ("100.00", "110.00", OWN)


@pytest.mark.parametrize(
    ("message", "mapping"), [("camt.052", None), ("camt.054", "camt.053"), ("camt.053", "camt.053")]
)
def test_the_file_is_called_by_its_message_and_one_mapping_serves_all(tmp_path, message, mapping):
    case = new_case(tmp_path)
    path = write(tmp_path, "a.xml", document(statement(entry(), balances=""), message=message))
    if mapping:
        write(tmp_path, "m.mapping.toml", f'name = "B"\nfiles = ["*"]\nformat = "{mapping}"\nbank = "BANK"\n')
    load(case, path)
    assert rows(case, "SELECT format, entries, mapping_id IS NULL FROM source_file") == [(message, 1, mapping is None)]


def test_lines_that_a_statement_prints_again_count_once_and_the_months_are_told_apart(tmp_path):
    """The notification lists the payments of a batch, the statement prints the batch: the fuller line counts."""
    payments = tx(parties(), "6.00") + tx(parties(), "4.00")
    notified = document(
        statement(entry(more=REFERENCE, details=payments), entry(amount="3.00", more="<AcctSvcrRef>B-2</AcctSvcrRef>"),
                  balances=""), message="camt.054")  # fmt: skip
    case = new_case(tmp_path)
    load(case, write(tmp_path, "a.xml", notified))
    assert case.check().frame["status"].to_list() == ["unverified"]
    load(case, write(tmp_path, "b.xml", _with_lower_id(document(statement(entry(more=REFERENCE))), notified)))
    case.resolve()
    assert case.sql("SELECT DISTINCT rule FROM duplicate_entry")["rule"].to_list() == ["bank reference"]
    legs = (
        "SELECT amount, count(*) FROM leg JOIN account USING (account_id) WHERE inside GROUP BY amount ORDER BY amount"
    )
    assert case.sql(legs).rows() == [(Decimal(3), 1), (Decimal(4), 1), (Decimal(6), 1)]


def _with_lower_id(content, other):
    """The content with a message number that gives it a lower id than the other's: of like lines the lowest id counts."""
    made = (content.replace("<MsgId>M", f"<MsgId>{number}") for number in range(99))
    return next(text for text in made if sha256(text.encode()).hexdigest() < sha256(other.encode()).hexdigest())


@pytest.mark.parametrize(
    ("paid", "details"),
    [
        (("6.00", "4.00"), 2),
        (("150.00", "-140.00"), 0),  # a negative payment would move the balance the other way
        (("10.00", "0.00"), 0),
        (("6.00", "4.01"), 0),
    ],
)
def test_only_payments_above_nothing_become_details(tmp_path, paid, details):
    (record,), found, _, notes = read(tmp_path, document(statement(entry(details="".join(tx(amount=a) for a in paid)))))
    assert (record["details"], len(found)) == (str(details) if details else None, details)
    assert bool(notes) is not bool(details)


def test_payments_in_another_currency_count_by_what_they_moved_in_the_currency_of_the_entry(tmp_path):
    abroad = (
        '<TxDtls><Amt Ccy="USD">11.00</Amt><AmtDtls><InstdAmt><Amt Ccy="USD">11.00</Amt></InstdAmt>'
        '<CntrValAmt><Amt Ccy="EUR">9.50</Amt></CntrValAmt></AmtDtls></TxDtls>'
    )
    _, details, _, _ = read(tmp_path, document(statement(entry(details=abroad + tx(amount="0.50")))))
    assert [(row["amount"], row["instructed_amount"], row["instructed_currency"]) for row in details] == [
        ("9.50", "11.00", "USD"), ("0.50", None, None)
    ]  # fmt: skip


def test_a_batch_whose_payments_are_not_listed_is_told(tmp_path):
    batch = "<Btch><NbOfTxs>20</NbOfTxs></Btch>"
    _, _, _, notes = read(tmp_path, document(statement(entry(details=batch), entry(details=batch.replace("20", "1")))))
    assert notes == ["Stmt[1]/Ntry[1]: it stands for 20 payments, of which the file lists 0: ask for the others"]


@pytest.mark.parametrize(
    ("inner", "narrative"),
    [
        ("<RmtInf><Ustrd>rent</Ustrd><Strd><CdtrRefInf><Ref>RF18</Ref></CdtrRefInf></Strd></RmtInf>", "rent RF18"),
        ("<RmtInf><Strd><AddtlRmtInf>flat 3</AddtlRmtInf></Strd></RmtInf>", "flat 3"),
        ("<RmtInf><Ustrd>rent</Ustrd></RmtInf><RtrInf><Rsn><Cd>AC04</Cd></Rsn><AddtlInf>closed</AddtlInf></RtrInf>",
         "rent return reason AC04 closed"),
        ('<Chrgs><Rcrd><Amt Ccy="EUR">0.35</Amt></Rcrd></Chrgs><RmtInf><Ustrd>rent</Ustrd></RmtInf>',
         "rent charges EUR 0.35"),
    ],
)  # fmt: skip
def test_what_was_said_about_a_payment(tmp_path, inner, narrative):
    (record,), _, _, _ = read(tmp_path, document(statement(entry(details=tx(inner)))))
    assert record["narrative"] == narrative


def test_reasons_and_charges_stay_when_nothing_else_was_said(tmp_path):
    charged = (
        '<Chrgs><TtlChrgsAndTaxAmt Ccy="EUR">1.20</TtlChrgsAndTaxAmt></Chrgs><AddtlNtryInf>TRANSFER</AddtlNtryInf>'
    )
    (record,), _, _, _ = read(
        tmp_path, document(statement(entry(more=charged, details=tx("<RtrInf><Rsn><Prtry>X1</Prtry></Rsn></RtrInf>"))))
    )
    assert (record["narrative"], record["additional"]) == (None, "TRANSFER charges EUR 1.20 return reason X1")


def test_the_code_of_the_only_payment_counts_when_the_entry_has_none(tmp_path):
    code = "<BkTxCd><Prtry><Cd>Z24</Cd></Prtry></BkTxCd>"
    one, two, three = read(
        tmp_path,
        document(statement(entry(details=tx(code)), entry(more=code.replace("Z24", "Z25"), details=tx(code)),
                           entry(details=tx(code) * 2))),
    )[0]  # fmt: skip
    assert [record["other_code"] for record in (one, two, three)] == ["Z24", "Z25", None]


@pytest.mark.parametrize(
    ("page", "last", "carried", "expected"),
    [
        (1, "false", ["7.00"], ("100.00", "7.00")),
        (2, "false", ["7.00", "9.00"], ("7.00", "9.00")),
        (2, "false", ["7.00"], (None, None)),  # carried from the page before, or to the next: it does not say
        (3, "true", ["9.00"], ("9.00", "110.00")),
    ],
)
def test_statements_sent_by_page(tmp_path, page, last, carried, expected):
    pages = f"<StmtPgntn><PgNb>{page}</PgNb><LastPgInd>{last}</LastPgInd></StmtPgntn>"
    balances = "".join(balance("ITBD", amount) for amount in carried)
    balances += balance() if page == 1 else ""
    balances += balance("CLBD", "110.00") if last == "true" else ""
    _, _, (found,), _ = read(tmp_path, document(statement(entry(), balances=balances, more=pages)))
    assert (found.opening, found.closing) == expected


@pytest.mark.parametrize(
    ("given", "account"),
    [("<BBAN>0417</BBAN>", "0417"), ("<PrtryAcct><Id>P1</Id></PrtryAcct>", "P1"), ("<UPIC>U1</UPIC>", "U1")],
)
def test_accounts_of_the_first_version(tmp_path, given, account):
    assert read(tmp_path, document(statement(entry(), account=given), version="01"))[2][0].account == account


def test_a_message_in_an_envelope_and_under_a_prefix(tmp_path):
    inner = document(statement(entry())).split("\n", 1)[1]
    prefixed = inner.replace("</", "<\0").replace("<", "<d:").replace("<d:\0", "</d:").replace("xmlns=", "xmlns:d=")
    content = f'<e:Envelope xmlns:e="urn:head"><e:AppHdr/>{prefixed}</e:Envelope>'
    assert read(tmp_path, content)[0][0]["amount"] == "10.00"


def test_two_messages_in_one_file_are_refused(tmp_path):
    inner = [document(statement(entry()), message=message).split("\n", 1)[1] for message in ("camt.053", "camt.054")]
    with pytest.raises(FinflowError, match=r"a\.xml holds camt\.054, but begins like camt\.053"):
        read(tmp_path, f"<e>{''.join(inner)}</e>")


def test_amounts_keep_to_the_smallest_unit_of_their_currency(tmp_path):
    """Trailing zeros are another way of writing; a part of a cent was never booked, so that line is misread."""
    case = new_case(tmp_path)
    load(case, write(tmp_path, "a.xml", document(statement(entry(amount="8.85000"), entry(amount="8.85001")))))
    assert rows(case, "SELECT amount, booking_date FROM entry") == [(Decimal("8.85"), date(2025, 1, 2))]
    assert rows(case, "SELECT reason FROM rejected_row") == [("Amt has more decimals than its currency",)]

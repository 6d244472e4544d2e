"""Small camt messages as text, a part at a time, and what their reader makes of them."""

from finflow.load.camt import open_camt

OWN, OTHER = "NL91ABNA0417164300", "DE89370400440532013000"


def balance(code="OPBD", amount="100.00", side="CRDT", day="2025-01-01") -> str:
    return (
        f'<Bal><Tp><CdOrPrtry><Cd>{code}</Cd></CdOrPrtry></Tp><Amt Ccy="EUR">{amount}</Amt>'
        f"<CdtDbtInd>{side}</CdtDbtInd><Dt><Dt>{day}</Dt></Dt></Bal>"
    )


def entry(
    *,
    amount="10.00",
    side="CRDT",
    status="<Sts>BOOK</Sts>",
    booked="<Dt>2025-01-02</Dt>",
    more="",
    details="",
    currency="EUR",
) -> str:
    return (
        f'<Ntry><Amt Ccy="{currency}">{amount}</Amt><CdtDbtInd>{side}</CdtDbtInd>{status}'
        f"<BookgDt>{booked}</BookgDt>{more}<NtryDtls>{details}</NtryDtls></Ntry>"
    )


def tx(inner="", amount="", side="") -> str:
    paid = f'<Amt Ccy="EUR">{amount}</Amt>' if amount else ""
    return f"<TxDtls>{paid}{f'<CdtDbtInd>{side}</CdtDbtInd>' if side else ''}{inner}</TxDtls>"


def parties(debtor=OTHER, creditor=OWN, names=("Payer", "Owner")) -> str:
    return (
        f"<RltdPties><Dbtr><Nm>{names[0]}</Nm></Dbtr><DbtrAcct><Id><IBAN>{debtor}</IBAN></Id></DbtrAcct>"
        f"<Cdtr><Nm>{names[1]}</Nm></Cdtr><CdtrAcct><Id><IBAN>{creditor}</IBAN></Id></CdtrAcct></RltdPties>"
    )


def statement(*entries, account=f"<IBAN>{OWN}</IBAN>", balances=None, more="<ElctrncSeqNb>7</ElctrncSeqNb>") -> str:
    return (
        f"<Stmt><Id>S</Id>{more}<Acct><Id>{account}</Id><Ccy>EUR</Ccy><Ownr><Nm>Owner</Nm></Ownr><Svcr><FinInstnId>"
        f"<BICFI>ABNANL2A</BICFI></FinInstnId></Svcr></Acct>"
        f"{balance() + balance('CLBD', '110.00', day='2025-01-31') if balances is None else balances}{''.join(entries)}</Stmt>"
    )


def document(*statements, version="08", message="camt.053") -> str:
    wrapper, part = {"camt.052": ("BkToCstmrAcctRpt", "Rpt"), "camt.053": ("BkToCstmrStmt", "Stmt"),
                     "camt.054": ("BkToCstmrDbtCdtNtfctn", "Ntfctn")}[message]  # fmt: skip
    inside = "".join(statements).replace("<Stmt>", f"<{part}>").replace("</Stmt>", f"</{part}>")
    return (
        f'<?xml version="1.0" encoding="UTF-8"?>\n<Document xmlns="urn:iso:std:iso:20022:tech:xsd:{message}.001.{version}">'
        f"<{wrapper}><GrpHdr><MsgId>M</MsgId></GrpHdr>{inside}</{wrapper}></Document>"
    )


def read(tmp_path, content, message="camt.053", mapping=None):
    """Records, details, statements and notes of a message, before they are judged."""
    path = tmp_path / "a.xml"
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    records, details, statements, notes = [], [], [], []
    for batch in open_camt(message, path, "a.xml", mapping, "Europe/Amsterdam").batches:
        records += batch.records.to_pylist()
        details += batch.details.to_dicts()
        statements += batch.statements
        notes += batch.notes
    return records, details, statements, notes

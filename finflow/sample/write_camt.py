"""Noordkade's files: ISO 20022 camt.053.001.08, a file for each account and year, a statement for each month."""

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass
from xml.sax.saxutils import escape

from finflow.sample.accounts import ACCOUNTS, Account, Address
from finflow.sample.days import printed, utc_offset
from finflow.sample.ledger import Detail, Entry, Outside, Side
from finflow.sample.people import CAST

_CODES = {
    ("transfer", "CRDT"): ("RCDT", "ESCT"),
    ("transfer", "DBIT"): ("ICDT", "ESCT"),
    ("card_payment", "DBIT"): ("CCRD", "POSD"),
    ("card_payment", "CRDT"): ("CCRD", "RIMB"),
    ("card_receipts", "CRDT"): ("MCRD", "POSP"),
    ("cash_deposit", "CRDT"): ("CNTR", "CDPT"),
    ("cash_withdrawal", "DBIT"): ("CCRD", "CWDL"),
    ("direct_debit", "DBIT"): ("RDDT", "ESDD"),
}
_INSTANT = {"payment", "sweep", "sweep, split"}


@dataclass(frozen=True)
class Statement:
    """One account over [first, until): its balances (cents) and its entries."""

    account: Account
    first: dt.date
    until: dt.date
    opening: int
    closing: int
    entries: list[Entry]


def camt(statements: Iterable[Statement], message: str) -> str:
    """One file."""
    parts = [
        '<?xml version="1.0" encoding="UTF-8"?>',
        '<Document xmlns="urn:iso:std:iso:20022:tech:xsd:camt.053.001.08">',
        "<BkToCstmrStmt>",
        f"<GrpHdr><MsgId>{message}</MsgId><CreDtTm>2026-05-06T07:30:00+02:00</CreDtTm></GrpHdr>",
        *(_statement(statement) for statement in statements),
        "</BkToCstmrStmt>",
        "</Document>",
    ]
    return "\n".join(parts) + "\n"


def _statement(statement: Statement) -> str:
    account, last = statement.account, statement.until - dt.timedelta(days=1)
    return "\n".join([
        "<Stmt>",
        f"<Id>{account.iban[-10:]}-{statement.first:%Y%m%d}</Id>",
        f"<CreDtTm>{_moment(statement.until, 3)}</CreDtTm>",
        f"<FrToDt><FrDtTm>{_moment(statement.first, 0)}</FrDtTm><ToDtTm>{_moment(last, 24)}</ToDtTm></FrToDt>",
        _account(account, last),
        _balance("OPBD", statement.opening, statement.first, account.currency),
        _balance("CLBD", statement.closing, last, account.currency),
        *(_entry(entry, account) for entry in statement.entries),
        "</Stmt>",
    ])  # fmt: skip


def _moment(day: dt.date, hour: int) -> str:
    """A full hour; 24 is the last second of the day."""
    moment = dt.datetime.combine(day, dt.time()) + dt.timedelta(seconds=hour * 3600 - (hour == 24))
    return f"{moment:%Y-%m-%dT%H:%M:%S}{utc_offset(moment)}"


def _account(account: Account, day: dt.date) -> str:
    contact = (
        f"<CtctDtls><PhneNb>{account.phone}</PhneNb><EmailAdr>{account.email}</EmailAdr></CtctDtls>"
        if account.phone
        else ""
    )
    branch = f"<BrnchId><Nm>{account.branch}</Nm></BrnchId>" if account.branch else ""
    address = account.moved[1] if account.moved and day >= account.moved[0] else account.address
    return (
        f"<Acct><Id><IBAN>{account.iban}</IBAN></Id><Ccy>{account.currency}</Ccy>"
        f"<Ownr><Nm>{escape(CAST[account.holder].name)}</Nm>{_address(address)}{contact}</Ownr>"
        f"<Svcr><FinInstnId><BICFI>{account.bank.bic}</BICFI><Nm>{account.bank.name}</Nm></FinInstnId>{branch}</Svcr></Acct>"
    )


def _address(address: Address) -> str:
    street, postcode, town = address
    return f"<PstlAdr><StrtNm>{street}</StrtNm><PstCd>{postcode}</PstCd><TwnNm>{town}</TwnNm><Ctry>NL</Ctry></PstlAdr>"


def _balance(code: str, cents: int, day: dt.date, currency: str) -> str:
    return (
        f'<Bal><Tp><CdOrPrtry><Cd>{code}</Cd></CdOrPrtry></Tp><Amt Ccy="{currency}">{decimal(cents)}</Amt>'
        f"<CdtDbtInd>CRDT</CdtDbtInd><Dt><Dt>{day}</Dt></Dt></Bal>"
    )


def decimal(minor: int, point: str = ".") -> str:
    """Minor units of a two-decimal currency, as text."""
    return f"{'-' if minor < 0 else ''}{abs(minor) // 100}{point}{abs(minor) % 100:02d}"


def reference(entry: Entry) -> str:
    """The bank's own reference of an entry: the same whenever it prints the entry."""
    return f"{ACCOUNTS[entry.label].iban[-6:]}{entry.when:%y%m%d}{entry.position:05d}"


def information(entry: Entry) -> str:
    """What the bank prints beside an entry: machine and town, or shop, town and merchant category.

    A payment without a card at the till begins with WEB and has no town.
    """
    movement = entry.movement
    if movement.details:
        return movement.text
    if movement.kind == "cash_deposit":
        return f"ATM deposit {movement.place}"
    if movement.kind == "cash_withdrawal":
        return f"ATM withdrawal {movement.place}"
    if movement.kind == "card_payment":
        shop = movement.debtor if movement.reverses else movement.creditor
        where = ("CARD", name_of(shop), movement.place) if movement.place else ("WEB", name_of(shop))
        return " ".join((*where, "MCC", movement.mcc))
    return "TERMINAL RECEIPT" if movement.kind == "card_receipts" else ""


def _entry(entry: Entry, account: Account) -> str:
    movement, extra = entry.movement, information(entry)
    parts = [
        f'<Ntry><Amt Ccy="{account.currency}">{decimal(entry.amount)}</Amt><CdtDbtInd>{entry.side}</CdtDbtInd>',
        "<RvslInd>true</RvslInd>" if movement.reverses else "",
        f"<Sts><Cd>BOOK</Cd></Sts><BookgDt><DtTm>{printed(entry.when)}</DtTm></BookgDt>",
        f"<ValDt><Dt>{entry.when.date()}</Dt></ValDt><AcctSvcrRef>{reference(entry)}</AcctSvcrRef>",
        _code(entry),
        f"<NtryDtls>{_details(entry)}</NtryDtls>",
        f"<AddtlNtryInf>{escape(extra)}</AddtlNtryInf>" if extra else "",
        "</Ntry>",
    ]
    return "".join(parts)


def _code(entry: Entry) -> str:
    movement = entry.movement
    family, sub = _CODES[movement.kind, entry.side]
    if movement.tag in _INSTANT:
        family = "RRCT" if entry.side == "CRDT" else "IRCT"
    elif movement.purpose == "SALA":
        sub = "SALA"
    return f"<BkTxCd><Domn><Cd>PMNT</Cd><Fmly><Cd>{family}</Cd><SubFmlyCd>{sub}</SubFmlyCd></Fmly></Domn></BkTxCd>"


def _details(entry: Entry) -> str:
    movement = entry.movement
    if movement.details:
        total = f"<Btch><NbOfTxs>{len(movement.details)}</NbOfTxs></Btch>"
        return total + "".join(_batch_detail(detail, movement.purpose) for detail in movement.details)
    purpose = f"<Purp><Cd>{movement.purpose}</Cd></Purp>" if movement.purpose else ""
    return f"<TxDtls>{_references(entry)}{_parties(entry)}{purpose}{_remittance(movement.text)}</TxDtls>"


def _batch_detail(detail: Detail, purpose: str) -> str:
    return (
        f'<TxDtls><Refs><EndToEndId>NOTPROVIDED</EndToEndId></Refs><Amt Ccy="EUR">{decimal(detail.amount)}</Amt>'
        f"<CdtDbtInd>DBIT</CdtDbtInd><RltdPties>{_party('Cdtr', detail.to)}</RltdPties>"
        f"<Purp><Cd>{purpose}</Cd></Purp>{_remittance(detail.text)}</TxDtls>"
    )


def _references(entry: Entry) -> str:
    if entry.movement.kind not in ("transfer", "direct_debit"):
        return ""
    return f"<Refs><EndToEndId>{entry.movement.reference or 'NOTPROVIDED'}</EndToEndId></Refs>"


def _parties(entry: Entry) -> str:
    if name_of(entry.other) == "":
        return ""
    return f"<RltdPties>{_party('Dbtr' if entry.side == 'CRDT' else 'Cdtr', entry.other)}</RltdPties>"


def _party(role: str, side: Side) -> str:
    number = iban_of(side)
    account = f"<{role}Acct><Id><IBAN>{number}</IBAN></Id></{role}Acct>" if number else ""
    return f"<{role}><Pty><Nm>{escape(name_of(side))}</Nm></Pty></{role}>{account}"


def name_of(side: Side) -> str:
    """Name of a side as banks print it; empty for cash."""
    return side.name if isinstance(side, Outside) else CAST[ACCOUNTS[side].holder].name


def iban_of(side: Side) -> str | None:
    """Account number of a side, when it has one."""
    return side.iban if isinstance(side, Outside) else ACCOUNTS[side].iban


def _remittance(text: str) -> str:
    return f"<RmtInf><Ustrd>{escape(text)}</Ustrd></RmtInf>" if text else ""

"""One OFX transaction (STMTTRN) as the parts of a record."""

import re
from datetime import datetime, timedelta, timezone

from finflow.load.clock import Clock
from finflow.load.ofx_tokens import Part
from finflow.load.records import StatementText

ENTRY_PARTS = (
    "locator", "statement", "account", "bank", "currency", "amount", "booking_date", "booked_at", "value_date",
    "counterparty_account", "counterparty_name", "counterparty_bank", "code", "default_kind", "merchant_category",
    "bank_reference", "instructed_currency", "narrative", "rule", "fault",
)  # fmt: skip

KINDS = {
    "INT": "interest", "FEE": "fee", "SRVCHG": "fee", "POS": "card_payment", "XFER": "transfer",
    "PAYMENT": "transfer", "DIRECTDEP": "transfer", "DIRECTDEBIT": "direct_debit", "REPEATPMT": "transfer",
}  # fmt: skip
CASH = ("ATM", "CASH")
NO_TIME = ("000000", "120000")  # printed for a day when the bank keeps no time
CORRECTED = "CORRECTACTION: it replaces or deletes another line; a person must settle which counts"

_TIME = re.compile(r"(\d{8})(\d{6})?(?:\d{0,4})(?:\.\d{0,6})?\s*(?:\[([+-]?\d{1,2}(?:\.\d{1,2})?)?(?::?[^\]]*)\])?")
_SPACES = re.compile("[\\s\u00a0\u202f]")


def read_entry(part: Part, own: StatementText, locator: str, clock: Clock) -> dict[str, str | None]:
    """The record of one STMTTRN, or of a pending STMTTRNP, which is left out by rule."""
    day, moment = read_time(part.text("DTPOSTED") or part.text("DTTRAN"), clock)
    due, _ = read_time(part.text("DTAVAIL"), clock)
    amount, code = plain_amount(part.text("TRNAMT")), (part.text("TRNTYPE") or "").upper()
    to = "BANKACCTTO" if "BANKACCTTO" in part.inside else "CCACCTTO"
    return {
        "locator": locator,
        "statement": own.locator,
        "account": own.account,
        "bank": own.bank,
        "currency": part.text_in("CURRENCY", "CURSYM") or own.currency,
        "amount": amount,
        "booking_date": day,
        "booked_at": moment,
        "value_date": due,
        "counterparty_account": part.text_in(to, "ACCTID"),
        "counterparty_bank": part.text_in(to, "BANKID"),
        "counterparty_name": part.text_in("PAYEE", "NAME") or part.text("EXTDNAME") or part.text("NAME"),
        "code": code or None,
        "default_kind": _kind(code, amount),
        "merchant_category": part.text("SIC"),
        "bank_reference": part.text("FITID"),
        "instructed_currency": part.text_in("ORIGCURRENCY", "CURSYM"),
        "narrative": _narrative(part),
        "rule": "pending entry" if part.name == "STMTTRNP" else None,
        "fault": CORRECTED if part.text("CORRECTACTION") else None,
    }


def read_time(printed: str | None, clock: Clock) -> tuple[str | None, str | None]:
    """ISO day as printed, and ISO moment in the zone of the case when a time and its zone are printed: a time without a
    zone is mostly one the bank made up. What cannot be read is given back as the day, to be rejected with its column.
    """
    found = _TIME.fullmatch(printed or "")
    if found is None:
        return printed, None
    day = f"{found[1][:4]}-{found[1][4:6]}-{found[1][6:]}"
    if found[2] in (None, *NO_TIME) or found[3] is None:
        return day, None
    try:
        zone = timezone(timedelta(minutes=int(60 * float(found[3]))))
        return clock.local(datetime.strptime(found[1] + found[2], "%Y%m%d%H%M%S").replace(tzinfo=zone))
    except (ValueError, OverflowError):
        return day, None


def plain_amount(printed: str | None) -> str | None:
    """An amount with a point, whichever sign stands before its decimals. A lone comma before three digits could be
    either, so it stays and the line is rejected.
    """
    if printed is None:
        return None
    text = _SPACES.sub("", printed)
    if re.fullmatch(r"[+-]?\d+,(\d{1,2}|\d{4,})", text):
        return text.replace(",", ".")
    if re.fullmatch(r"[+-]?\d{1,3}(,\d{3})+\.\d+", text):
        return text.replace(",", "")
    if re.fullmatch(r"[+-]?\d{1,3}(\.\d{3})+,\d+", text):
        return text.replace(".", "").replace(",", ".")
    return text


def _kind(code: str, amount: str | None) -> str | None:
    if code in CASH:
        return "cash_withdrawal" if (amount or "").startswith("-") else "cash_deposit"
    return KINDS.get(code)


def _narrative(part: Part) -> str | None:
    number = (part.text("CHECKNUM") or part.text("CHKNUM") or "").strip("0")
    cheque = f"cheque {part.text('CHECKNUM') or part.text('CHKNUM')}" if number else None
    return " ".join(filter(None, [part.text("MEMO"), cheque])) or None

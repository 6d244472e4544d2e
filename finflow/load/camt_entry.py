"""One camt entry (Ntry) as the parts of a record, with the payments it bundles."""

from dataclasses import dataclass, field

from finflow.load.camt_paths import Element, Found, Paths
from finflow.load.camt_payment import (
    CHARGES,
    CODES,
    OWN_CODE,
    PAYMENT_LISTED,
    PAYMENT_TEXTS,
    charges,
    decimal,
    paid_in,
    read_payment,
)
from finflow.load.clock import Clock
from finflow.load.records import StatementText

ENTRY_PARTS = (
    "locator", "statement", "account", "bank", "holder", "currency", "amount", "side", "booking_date", "booked_at",
    "value_date", "reversal", "counterparty_account", "counterparty_name", "counterparty_bank", "code", "other_code",
    "default_kind", "purpose_code", "end_to_end_id", "uetr", "instructed_amount", "instructed_currency",
    "ultimate_name", "bank_reference", "narrative", "additional", "details", "rule", "fault",
)  # fmt: skip

STATUS_RULES = {"PDNG": "pending entry", "INFO": "information entry", "FUTR": "future entry"}

KINDS = {  # ISO 20022 bank transaction codes: family and sub-family; the longest that fits decides
    "CNTR/CDPT": "cash_deposit", "CNTR/CWDL": "cash_withdrawal", "CCRD/CWDL": "cash_withdrawal",
    "CCRD/XBCW": "cash_withdrawal", "CCRD/CDPT": "cash_deposit", "CCRD": "card_payment", "MCRD": "card_receipts",
    "IDDT": "direct_debit", "RDDT": "direct_debit", "ICDT": "transfer", "RCDT": "transfer", "IRCT": "transfer",
    "RRCT": "transfer",
}  # fmt: skip
KINDS_BY_SUBFAMILY = {"CHRG": "fee", "FEES": "fee", "COMM": "fee", "INTR": "interest"}

_BUNDLED = ("NtryDtls/Btch/NbOfTxs", "Btch/NbOfTxs")
_PAYMENTS = ("NtryDtls/TxDtls", "TxDtls")  # the second in the first version
_TEXTS = (
    "CdtDbtInd", "Sts", "Sts/Cd", "RvslInd", "BookgDt/Dt", "BookgDt/DtTm", "ValDt/Dt", "ValDt/DtTm", "AcctSvcrRef",
    "AddtlNtryInf", *CODES, OWN_CODE, *_BUNDLED,
)  # fmt: skip


@dataclass(frozen=True)
class Entry:
    """Parts of one record, its payments when it bundles several, and what a person should know about it."""

    parts: dict[str, str | None]
    details: list[dict[str, str | None]] = field(default_factory=list)
    note: str | None = None


class Entries:
    """Reads the entries of a document, all in one namespace."""

    def __init__(self, uri: str, clock: Clock) -> None:
        self._entry = Paths(uri, _TEXTS, ("Amt", *CHARGES, *_PAYMENTS))
        self._payment = Paths(uri, PAYMENT_TEXTS, PAYMENT_LISTED)
        self._clock = clock

    def read(self, element: Element, own: StatementText, locator: str) -> Entry:
        """One Ntry. A single payment goes onto the entry; several become details when they add up to its amount."""
        found = self._entry.below(element)
        payments = [self._payment.below(tx) for path in _PAYMENTS for tx in found.listed.get(path, ())]
        parts = self._parts(found, payments)
        parts |= {
            "locator": locator,
            "statement": own.locator,
            "account": own.account,
            "bank": own.bank,
            "holder": own.holder,
        }
        if len(payments) > 1:
            return _bundle(payments, parts, own)
        note = _unlisted(found, payments, locator)
        return Entry(_single(payments[0], parts, own) if payments else parts, note=note)

    def _parts(self, found: Found, payments: list[Found]) -> dict[str, str | None]:
        printed, currency = found.amount("Amt")
        day, moment = self._clock.read(found.text("BookgDt/Dt"), found.text("BookgDt/DtTm"))
        due, _ = self._clock.read(found.text("ValDt/Dt"), found.text("ValDt/DtTm"))
        code, other_code = _codes([found, *payments] if len(payments) == 1 else [found])
        return {
            "amount": printed,
            "currency": currency,
            "side": found.text("CdtDbtInd"),
            "booking_date": day or due,  # a booked entry without BookgDt counts on its value date
            "booked_at": moment,
            "value_date": due,
            "reversal": found.text("RvslInd"),
            "code": code,
            "other_code": other_code,
            "default_kind": _kind(code),
            "bank_reference": found.text("AcctSvcrRef"),
            "additional": " ".join(filter(None, [found.text("AddtlNtryInf"), *charges(found)])) or None,
            **_judged(found),
        }


def _judged(found: Found) -> dict[str, str | None]:
    """The skip rule or the fault that the reader itself sees."""
    status = found.text("Sts/Cd", "Sts")
    rule = STATUS_RULES.get(status or "")
    return {"rule": rule, "fault": None if rule or status == "BOOK" else "Sts is not BOOK, PDNG, INFO or FUTR"}


def _codes(places: list[Found]) -> tuple[str | None, str | None]:
    """The ISO code and the bank's own code of the first of entry and payment that has one."""
    code = own = None
    for found in places:
        code = code or "/".join([part for part in (found.text(path) for path in CODES) if part])
        own = own or found.text(OWN_CODE)
    return code or None, own


def _kind(code: str | None) -> str | None:
    if code is None:
        return None
    _, _, family = code.partition("/")
    by_subfamily = KINDS_BY_SUBFAMILY.get(code.rsplit("/", 1)[-1])
    return by_subfamily or KINDS.get(family) or KINDS.get(family.split("/")[0])


def _payment(tx: Found, parts: dict[str, str | None], own: StatementText) -> dict[str, str | None]:
    reversal = parts["reversal"] in ("true", "1")
    return read_payment(tx, side=parts["side"], reversal=reversal, own_account=own.account)


def _single(tx: Found, parts: dict[str, str | None], own: StatementText) -> dict[str, str | None]:
    """The parts of an entry with its only payment."""
    additional, paid = parts["additional"], _payment(tx, parts, own)
    parts |= paid
    if additional:
        parts["additional"] = f"{additional} {paid['additional'] or ''}".strip()
    parts["bank_reference"] = parts["bank_reference"] or tx.text("Refs/AcctSvcrRef")
    return parts


def _unlisted(found: Found, payments: list[Found], locator: str) -> str | None:
    """What to say of an entry that stands for more payments than the file lists."""
    bundled = decimal(found.text(*_BUNDLED))
    if bundled is None or bundled <= max(1, len(payments)):
        return None
    return f"{locator}: it stands for {bundled:f} payments, of which the file lists {len(payments)}: ask for the others"


def _bundle(payments: list[Found], parts: dict[str, str | None], own: StatementText) -> Entry:
    """A batch entry: its payments as details when each moved money in its currency, on its side, and all add up."""
    amounts = [paid_in(tx, parts["currency"]) for tx in payments]
    sides = {tx.text("CdtDbtInd") or parts["side"] for tx in payments}
    moved = [value for value in amounts if value is not None]
    if len(moved) < len(payments) or sides != {parts["side"]} or sum(moved) != decimal(parts["amount"]):
        note = f"{parts['locator']}: its payments ({len(payments)}) do not add up to it, so it is kept as one entry"
        return Entry(parts, note=note)
    details = [
        _payment(tx, parts, own) | {"locator": parts["locator"], "detail_no": str(number), "amount": str(value)}
        for number, (tx, value) in enumerate(zip(payments, moved, strict=True), 1)
    ]
    return Entry(parts | {"details": str(len(details))}, details)

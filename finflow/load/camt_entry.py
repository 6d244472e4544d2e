"""One camt.053 entry (Ntry) as the parts of a record, with the payments it bundles."""

import re
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal, InvalidOperation
from functools import cache
from typing import Any
from zoneinfo import ZoneInfo

from finflow.load.records import StatementText

Element = Any  # lxml ships no types

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


class Namespace:
    """Finds elements by plain paths in the one namespace of a document."""

    def __init__(self, uri: str) -> None:
        self._path = cache(lambda path: "/".join(f"{{{uri}}}{step}" for step in path.split("/")))

    def find(self, element: Element, path: str) -> Element | None:
        """The first element at a path."""
        return element.find(self._path(path))

    def all(self, element: Element, path: str) -> list[Element]:
        """Every element at a path."""
        found: list[Element] = element.findall(self._path(path))
        return found

    def text(self, element: Element, path: str) -> str | None:
        """Text at a path without the spaces around it; None when there is none."""
        text = element.findtext(self._path(path))
        return (text.strip() or None) if text else None

    def first(self, element: Element, *paths: str) -> str | None:
        """Text at the first of several paths that has one."""
        return next((text for path in paths if (text := self.text(element, path))), None)


class Clock:
    """Days and moments as the bank prints them, moments brought to the zone of the case."""

    def __init__(self, zone: str, case_zone: str) -> None:
        self._zone, self._case_zone = ZoneInfo(zone), ZoneInfo(case_zone)

    def read(self, day: str | None, moment: str | None) -> tuple[str | None, str | None]:
        """ISO day as printed, and ISO moment in the zone of the case when a time is printed.

        What cannot be read is given back as the day, to be rejected with its column.
        """
        if moment is None:
            return (re.sub(r"(Z|[+-]\d\d:\d\d)$", "", day) if day else day), None
        try:
            at = datetime.fromisoformat(moment)
            local = at if at.tzinfo else at.replace(tzinfo=self._zone)
            kept = local.astimezone(self._case_zone).replace(tzinfo=None)
        except (ValueError, OverflowError):
            return moment, None
        return at.date().isoformat(), kept.isoformat(timespec="microseconds")


@dataclass(frozen=True)
class Entry:
    """Parts of one record, its payments when it bundles several, and what a person should know about it."""

    parts: dict[str, str | None]
    details: list[dict[str, str | None]] = field(default_factory=list)
    note: str | None = None


def read_entry(element: Element, names: Namespace, clock: Clock, own: StatementText, locator: str) -> Entry:
    """One Ntry. A single TxDtls goes onto the entry; several become details when they add up to its amount."""
    payments = names.all(element, "NtryDtls/TxDtls")
    parts = _entry_parts(element, names, clock) | {
        "locator": locator,
        "statement": own.locator,
        "account": own.account,
        "bank": own.bank,
        "holder": own.holder,
    }
    if len(payments) == 1:
        paid = _payment(payments[0], names, parts, own)
        texts = {"additional": " ".join(filter(None, [parts["additional"], paid.pop("additional")])) or None}
        reference = parts["bank_reference"] or names.text(payments[0], "Refs/AcctSvcrRef")
        return Entry(parts | paid | texts | {"bank_reference": reference})
    if len(payments) > 1:
        return _bundle(payments, names, parts, own)
    return Entry(parts)


def _entry_parts(element: Element, names: Namespace, clock: Clock) -> dict[str, str | None]:
    amount = names.find(element, "Amt")
    status = names.first(element, "Sts/Cd", "Sts")
    day, moment = clock.read(names.text(element, "BookgDt/Dt"), names.text(element, "BookgDt/DtTm"))
    due, _ = clock.read(names.text(element, "ValDt/Dt"), names.text(element, "ValDt/DtTm"))
    domain = [names.text(element, f"BkTxCd/Domn/{part}") for part in ("Cd", "Fmly/Cd", "Fmly/SubFmlyCd")]
    code = "/".join(filter(None, domain)) or None
    return {
        "amount": names.text(element, "Amt"),
        "currency": amount.get("Ccy") if amount is not None else None,
        "side": names.text(element, "CdtDbtInd"),
        "booking_date": day or due,  # a booked entry without BookgDt counts on its value date
        "booked_at": moment,
        "value_date": due,
        "reversal": names.text(element, "RvslInd"),
        "code": code,
        "other_code": names.text(element, "BkTxCd/Prtry/Cd"),
        "default_kind": _kind(code),
        "bank_reference": names.text(element, "AcctSvcrRef"),
        "additional": names.text(element, "AddtlNtryInf"),
        "rule": STATUS_RULES.get(status or ""),
        "fault": None if status in (*STATUS_RULES, "BOOK") else "Sts is not BOOK, PDNG, INFO or FUTR",
    }


def _kind(code: str | None) -> str | None:
    if code is None:
        return None
    _, _, family = code.partition("/")
    by_subfamily = KINDS_BY_SUBFAMILY.get(code.rsplit("/", 1)[-1])
    return by_subfamily or KINDS.get(family) or KINDS.get(family.split("/")[0])


def _payment(tx: Element, names: Namespace, parts: dict[str, str | None], own: StatementText) -> dict[str, str | None]:
    """The other side of one payment, and what was said about it."""
    side = names.text(tx, "CdtDbtInd") or parts["side"]
    end = _other_end(tx, names, incoming=(side == "CRDT") != (parts["reversal"] in ("true", "1")), own=own)
    words = [text for element in names.all(tx, "RmtInf/Ustrd") if (text := (element.text or "").strip())]
    structured = names.first(tx, "RmtInf/Strd/CdtrRefInf/Ref", "RmtInf/Strd/AddtlRmtInf")
    agent = f"RltdAgts/{end}Agt/FinInstnId"
    instructed = names.find(tx, "AmtDtls/InstdAmt/Amt")
    return {
        "counterparty_account": _account_of(tx, names, end),
        "counterparty_name": names.first(
            tx,
            *(
                f"RltdPties/{who}/{path}"
                for who in (end, f"Ultmt{end}")
                for path in ("Nm", "Pty/Nm", "Agt/FinInstnId/Nm")
            ),
        ),
        "counterparty_bank": names.first(tx, f"{agent}/BICFI", f"{agent}/BIC", f"{agent}/Nm"),
        "purpose_code": names.first(tx, "Purp/Cd", "Purp/Prtry"),
        "end_to_end_id": names.text(tx, "Refs/EndToEndId"),
        "uetr": names.text(tx, "Refs/UETR"),
        "ultimate_name": names.first(tx, *(f"RltdPties/Ultmt{end}/{path}" for path in ("Nm", "Pty/Nm"))),
        "instructed_amount": instructed.text if instructed is not None else None,
        "instructed_currency": instructed.get("Ccy") if instructed is not None else None,
        "narrative": " ".join(words) or structured,
        "additional": names.text(tx, "AddtlTxInf"),
    }


def _other_end(tx: Element, names: Namespace, *, incoming: bool, own: StatementText) -> str:
    """Dbtr or Cdtr: where incoming money came from, where outgoing money went; never the account of the statement."""
    likely, other = ("Dbtr", "Cdtr") if incoming else ("Cdtr", "Dbtr")
    if _account_of(tx, names, likely) == own.account and _account_of(tx, names, other) not in (None, own.account):
        return other
    return likely


def _account_of(tx: Element, names: Namespace, end: str) -> str | None:
    return names.first(tx, f"RltdPties/{end}Acct/Id/IBAN", f"RltdPties/{end}Acct/Id/Othr/Id")


def _bundle(payments: list[Element], names: Namespace, parts: dict[str, str | None], own: StatementText) -> Entry:
    """A batch entry: its payments as details when all are in its currency, on its side, and add up to it."""
    amounts = [_amount(tx, names) for tx in payments]
    sides = {names.text(tx, "CdtDbtInd") or parts["side"] for tx in payments}
    whole = all(amount is not None and amount[1] == parts["currency"] for amount in amounts)
    total = sum((amount[0] for amount in amounts if amount), Decimal(0))
    if not whole or sides != {parts["side"]} or total != _decimal(parts["amount"]):
        note = f"{parts['locator']}: its {len(payments)} payments do not add up to it, so it is kept as one entry"
        return Entry(parts, note=note)
    details = [
        _payment(tx, names, parts, own)
        | {"locator": parts["locator"], "detail_no": str(number), "amount": str(amount[0])}
        for number, (tx, amount) in enumerate(zip(payments, amounts, strict=True), 1)
        if amount
    ]
    return Entry(parts | {"details": str(len(details))}, details)


def _amount(tx: Element, names: Namespace) -> tuple[Decimal, str] | None:
    for path in ("Amt", "AmtDtls/TxAmt/Amt", "AmtDtls/InstdAmt/Amt"):
        found = names.find(tx, path)
        value = _decimal(found.text) if found is not None else None
        if found is not None and value is not None:
            return value, found.get("Ccy")
    return None


def _decimal(text: str | None) -> Decimal | None:
    try:
        value = Decimal((text or "").strip())
    except InvalidOperation:
        return None
    return value if value.is_finite() and abs(value) < 10**20 else None

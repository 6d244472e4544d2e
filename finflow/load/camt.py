"""ISO 20022 camt.053, any version: streamed, so that a file larger than memory loads in constant memory.

Entities, DTDs and the network stay switched off. Only booked entries count; a reversal keeps the side it moved the
balance to, which is never flipped again.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO

from lxml import etree

from finflow.errors import FinflowError
from finflow.load.camt_entry import ENTRY_PARTS, Clock, Element, Namespace, read_entry
from finflow.load.days import day_after, is_day
from finflow.load.mapping import Mapping
from finflow.load.records import DETAIL_PARTS, Batch, Readable, Reading, StatementText, before_it, numbered, text_frame

ENTRIES = 5_000
_END = re.compile(rb"</(?:[\w.-]+:)?Document\s*>\s*$")
PRINTED = {
    "amount": "Amt",
    "side": "CdtDbtInd",
    "currency": "Amt/@Ccy",
    "booking_date": "BookgDt",
    "booked_at": "BookgDt",
    "value_date": "ValDt",
    "account": "Acct/Id",
}


def open_camt(path: Path, name: str, mapping: Mapping | None, case_zone: str) -> Readable:
    """A camt.053 file as records. `name` is the file name for messages.

    Raises FinflowError while records are taken: for XML that is not well-formed or holds a DTD, and for other messages.
    """
    clock = Clock((mapping.time_zone if mapping else None) or case_zone, case_zone)
    reading = Reading(mapping=mapping, moments="%Y-%m-%dT%H:%M:%S.%f", printed=PRINTED)
    return Readable(reading, _Reader(path, name, mapping, clock).batches())


@dataclass
class _Taken:
    """What was read since the last batch; the elements are kept until it is judged, for the raw text of rejects."""

    elements: list[Element] = field(default_factory=list)
    entries: list[dict[str, str | None]] = field(default_factory=list)
    details: list[dict[str, str | None]] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    statements: list[StatementText] = field(default_factory=list)

    def batch(self, done: int) -> Batch:
        return Batch(
            records=numbered(text_frame(self.entries, ENTRY_PARTS)),
            raw=lambda indexes: [etree.tostring(self.elements[index], encoding="unicode").strip() for index in indexes],
            done=done,
            details=text_frame(self.details, DETAIL_PARTS),
            statements=self.statements,
            notes=self.notes,
        )

    def forget(self) -> None:
        """Let go of the elements, so that memory does not grow with the file."""
        for element in self.elements:
            parent = element.getparent()
            if parent is not None:
                parent.remove(element)


class _Reader:
    def __init__(self, path: Path, name: str, mapping: Mapping | None, clock: Clock) -> None:
        self._path, self._name, self._clock = path, name, clock
        self._bank = mapping.bank if mapping else None
        self._names: Namespace | None = None
        self._statements = self._entries = 0
        self._whole = (0, 0)  # bookings in statements that ended, and these
        self._own: StatementText | None = None
        self._days: tuple[str, ...] = ()

    def batches(self) -> Iterator[Batch]:
        """Every entry of every statement, in order; each statement with the batch in which it ends."""
        taken = _Taken()
        try:
            with self._path.open("rb") as stream:
                for event, element in _events(stream):
                    self._take(event, element, taken)
                    if len(taken.entries) >= ENTRIES:
                        yield taken.batch(stream.tell())
                        taken.forget()
                        taken = _Taken()
                yield taken.batch(stream.tell())
        except etree.XMLSyntaxError as error:
            why = (
                ", though its end is there: it may have been changed after the bank wrote it"
                if _END.search(_tail(self._path))
                else ": the file may be cut off"
            )
            raise FinflowError(
                f"{self._name} L{error.lineno or 1} is not well-formed XML{why}. Ask for it again. "
                f"{before_it(*self._whole)}"
            ) from None
        if not self._statements:
            found = "another kind of XML" if self._names is None else "camt.053 without a statement (Stmt)"
            raise FinflowError(f"{self._name} is {found}. Ask the bank for camt.053 statements.")

    def _take(self, event: str, element: Element, taken: _Taken) -> None:
        if self._names is None:
            self._names = _namespace(element, self._name)
        kind = etree.QName(element).localname
        if event == "start" and kind == "Stmt":
            self._statements += 1
            self._entries, self._own, self._days = 0, None, ()
        elif event == "end" and kind == "Ntry":
            self._entry(element, self._names, taken)
        elif event == "end" and kind == "Stmt":
            taken.statements.append(self._statement(element, self._names))
            self._whole = self._whole[0] + self._entries, self._whole[1] + 1

    def _entry(self, element: Element, names: Namespace, taken: _Taken) -> None:
        parent = element.getparent()
        self._own = self._own or self._statement(element if parent is None else parent, names)
        self._entries += 1
        locator = f"{self._own.locator}/Ntry[{self._entries}]"
        entry = read_entry(element, names, self._clock, self._own, locator)
        taken.elements.append(element)
        taken.entries.append(entry.parts)
        taken.details += entry.details
        taken.notes += [entry.note] if entry.note else []
        if entry.parts["rule"] is None:
            self._see(entry.parts["booking_date"])

    def _see(self, day: str | None) -> None:
        """Keep the first and the last day of the bookings of a statement."""
        if day is not None and is_day(day):
            self._days = (min(day, *self._days), max(day, *self._days)) if self._days else (day, day)

    def _statement(self, element: Element, names: Namespace) -> StatementText:
        account = names.text(element, "Acct/Id/IBAN") or names.text(element, "Acct/Id/Othr/Id")
        bank = names.first(element, *(f"Acct/Svcr/FinInstnId/{part}" for part in ("BICFI", "BIC", "Nm")))
        opening = _balance(names, element, ("OPBD", "PRCD"), self._clock)
        closing = _balance(names, element, ("CLBD",), self._clock)
        first, last = self._period(names, element, opening, closing)
        currencies = [names.text(element, "Acct/Ccy"), *(found.currency for found in (opening, closing) if found)]
        entry = names.find(element, "Ntry/Amt")
        currencies += [self._own.currency] if self._own else [entry.get("Ccy")] if entry is not None else []
        return StatementText(
            locator=f"Stmt[{self._statements}]",
            account=account,
            bank=bank or self._bank,
            holder=names.text(element, "Acct/Ownr/Nm") or names.text(element, "Acct/Nm"),
            currency=next(filter(None, currencies), None),
            from_date=first,
            until_date=last,
            opening=opening.signed if opening else None,
            closing=closing.signed if closing else None,
            bank_statement_id=names.text(element, "ElctrncSeqNb") or names.text(element, "Id"),
        )

    def _period(
        self, names: Namespace, element: Element, opening: "_Balance | None", closing: "_Balance | None"
    ) -> tuple[str | None, str | None]:
        """First day covered and the day after the last: as stated, else by the balances; every booking lies inside."""
        first, _ = self._clock.read(names.text(element, "FrToDt/FrDt"), names.text(element, "FrToDt/FrDtTm"))
        last, _ = self._clock.read(names.text(element, "FrToDt/ToDt"), names.text(element, "FrToDt/ToDtTm"))
        firsts = [day for day in (first or (opening and opening.day), *self._days[:1]) if day]
        lasts = [day for day in (last or (closing and closing.day), *self._days[-1:]) if day]
        return min(firsts, default=None), day_after(max(lasts, default=None))


@dataclass(frozen=True)
class _Balance:
    signed: str
    currency: str | None
    day: str | None


def _balance(names: Namespace, statement: Element, codes: tuple[str, ...], clock: Clock) -> _Balance | None:
    """The first balance of the first of these codes, with its sign."""
    found = {names.text(balance, "Tp/CdOrPrtry/Cd"): balance for balance in reversed(names.all(statement, "Bal"))}
    balance = next((found[code] for code in codes if code in found), None)
    if balance is None:
        return None
    amount = names.find(balance, "Amt")
    sign = "-" if names.text(balance, "CdtDbtInd") == "DBIT" else ""
    day, _ = clock.read(names.text(balance, "Dt/Dt"), names.text(balance, "Dt/DtTm"))
    return _Balance(f"{sign}{names.text(balance, 'Amt')}", amount.get("Ccy") if amount is not None else None, day)


def _events(stream: BinaryIO) -> Iterator[tuple[str, Element]]:
    found: Iterator[tuple[str, Element]] = etree.iterparse(
        stream,
        events=("start", "end"),
        tag=("{*}Document", "{*}Stmt", "{*}Ntry"),
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        huge_tree=False,
    )
    return found


def _tail(path: Path) -> bytes:
    """The last bytes of a file."""
    with path.open("rb") as stream:
        stream.seek(max(0, path.stat().st_size - 200))
        return stream.read()


def _namespace(root: Element, name: str) -> Namespace:
    """The namespace of a camt.053 document; anything else is refused."""
    if root.getroottree().docinfo.internalDTD is not None:
        raise FinflowError(f"{name} holds a DTD, which bank files do not. It is refused.")
    uri = etree.QName(root).namespace or ""
    if root.getparent() is not None or not re.search(r"camt\.053\.\d{3}\.\d\d", uri):
        found = re.search(r"(camt|pain|pacs)\.\d{3}", uri)
        raise FinflowError(
            f"{name} is {found.group() if found else 'another kind of XML'}, not camt.053. "
            "Ask the bank for camt.053 statements."
        )
    return Namespace(uri)

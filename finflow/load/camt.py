"""ISO 20022 camt.052, camt.053 and camt.054, any version: streamed, so that a file larger than memory loads in constant
memory.

Entities, DTDs and the network stay switched off; comments and processing instructions are left out, so that none can
cut a value short. Only booked entries count; a reversal keeps the side it moved the balance to, which is never flipped
again.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO

from lxml import etree

from finflow.errors import FinflowError
from finflow.load.camt_entry import ENTRY_PARTS, Entries
from finflow.load.camt_paths import Element
from finflow.load.camt_statement import Headers
from finflow.load.clock import Clock
from finflow.load.days import is_day
from finflow.load.decoding import is_utf8
from finflow.load.mapping import Mapping
from finflow.load.other_files import ASK, other_message
from finflow.load.records import DETAIL_PARTS, Batch, Readable, Reading, StatementText, before_it, numbered, text_frame

MESSAGES = {"camt.052": "Rpt", "camt.053": "Stmt", "camt.054": "Ntfctn"}
ENTRIES = 5_000
PRINTED = {
    "amount": "Amt",
    "side": "CdtDbtInd",
    "currency": "Amt/@Ccy",
    "booking_date": "BookgDt",
    "booked_at": "BookgDt",
    "value_date": "ValDt",
    "account": "Acct/Id",
}
_END = re.compile(rb"</(?:[\w.-]+:)?(?:Document|Envelope)\s*>\s*$")
_NAMESPACE = re.compile(r"[\w:./-]*(camt\.05[234])\.\d{3}\.\d\d")
_ONE_BYTE = re.compile(rb"encoding\s*=\s*[\"'](iso-?8859-?\d+|latin-?\d|windows-?125\d|cp-?125\d)[\"']", re.IGNORECASE)


def open_camt(message: str, path: Path, name: str, mapping: Mapping | None, case_zone: str) -> Readable:
    """A file of one of the MESSAGES as records. `name` is the file name for messages.

    Raises FinflowError while records are taken: for XML that is not well-formed or holds a DTD, and for other messages.
    """
    clock = Clock((mapping.time_zone if mapping else None) or case_zone, case_zone)
    reading = Reading(mapping=mapping, moments="%Y-%m-%dT%H:%M:%S.%f", printed=PRINTED)
    return Readable(reading, _Reader(message, path, name, mapping, clock).batches())


@dataclass
class _Taken:
    """What was read since the last batch; the elements are kept until it is judged, for the raw text of rejects."""

    elements: list[Element] = field(default_factory=list)
    ended: list[Element] = field(default_factory=list)
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
        for element in (*self.elements, *self.ended):
            parent = element.getparent()
            if parent is not None:
                parent.remove(element)


class _Reader:
    def __init__(self, message: str, path: Path, name: str, mapping: Mapping | None, clock: Clock) -> None:
        self._message, self._path, self._name, self._clock = message, path, name, clock
        self._bank = mapping.bank if mapping else None
        self._statement_tag = self._entry_tag = ""
        self._statements = self._entries = 0
        self._whole = (0, 0)  # bookings in statements that ended, and these
        self._own: StatementText | None = None
        self._days: tuple[str, ...] = ()

    def batches(self) -> Iterator[Batch]:
        """Every entry of every statement, in order; each statement with the batch in which it ends."""
        encoding, note = _encoding(self._path)
        taken = _Taken(notes=note)
        try:
            with self._path.open("rb") as stream:
                for event, element in _events(stream, encoding):
                    self._take(event, element, taken)
                    if len(taken.entries) >= ENTRIES:
                        yield taken.batch(stream.tell())
                        taken.forget()
                        taken = _Taken()
                yield taken.batch(stream.tell())
        except etree.XMLSyntaxError as error:
            raise FinflowError(
                f"{self._name} L{error.lineno or 1} {_why(error, self._path)} Ask for it again. "
                f"{before_it(*self._whole)}"
            ) from None
        if not self._statements:
            empty = f"{self._message} without {MESSAGES[self._message]}. {ASK}"
            raise FinflowError(f"{self._name} is {empty if self._entry_tag else other_message('')}.")

    def _take(self, event: str, element: Element, taken: _Taken) -> None:
        tag = element.tag
        if tag == self._entry_tag:
            if event == "end":
                self._entry(element, taken)
        elif tag == self._statement_tag:
            if event == "start":
                self._statements += 1
                self._entries, self._own, self._days = 0, None, ()
            else:
                currency = self._own.currency if self._own else None
                taken.statements.append(self._headers.read(element, self._locator, currency, self._days))
                taken.ended.append(element)
                self._whole = self._whole[0] + self._entries, self._whole[1] + 1
        elif event == "start" and tag.endswith("}Document"):
            self._begin(element)

    @property
    def _locator(self) -> str:
        return f"{MESSAGES[self._message]}[{self._statements}]"

    def _begin(self, document: Element) -> None:
        """Take up a message: its namespace says which it is; all messages of a file are of one kind."""
        if document.getroottree().docinfo.internalDTD is not None:
            raise FinflowError(f"{self._name} holds a DTD, which bank files do not. It is refused.")
        uri = document.tag.rpartition("}")[0].removeprefix("{")
        found = _NAMESPACE.fullmatch(uri)
        if found is None:
            raise FinflowError(f"{self._name} is {other_message(uri)}.")
        if found[1] != self._message:
            raise FinflowError(f"{self._name} holds {found[1]}, but begins like {self._message}: ask for one of each.")
        self._statement_tag, self._entry_tag = f"{{{uri}}}{MESSAGES[self._message]}", f"{{{uri}}}Ntry"
        self._read_entries, self._headers = Entries(uri, self._clock), Headers(uri, self._clock, self._bank)

    def _entry(self, element: Element, taken: _Taken) -> None:
        if self._own is None:
            self._own = self._first(element)
        self._entries += 1
        entry = self._read_entries.read(element, self._own, f"{self._own.locator}/Ntry[{self._entries}]")
        taken.elements.append(element)
        taken.entries.append(entry.parts)
        taken.details += entry.details
        taken.notes += [entry.note] if entry.note else []
        if entry.parts["rule"] is None:
            self._see(entry.parts["booking_date"])

    def _first(self, entry: Element) -> StatementText:
        """The statement that an entry begins."""
        statement = entry.getparent()
        if statement is None or statement.tag != self._statement_tag:
            raise FinflowError(f"{self._name} L{entry.sourceline} holds an entry (Ntry) outside a statement. {ASK}.")
        return self._headers.read(statement, self._locator, _currency(entry), ())

    def _see(self, day: str | None) -> None:
        """Keep the first and the last day of the bookings of a statement."""
        if self._days and day and self._days[0] <= day <= self._days[1]:
            return
        if day is not None and is_day(day):
            self._days = (min(day, *self._days), max(day, *self._days)) if self._days else (day, day)


def _currency(entry: Element) -> str | None:
    found: str | None = next((child.get("Ccy") for child in entry if child.tag.endswith("}Amt")), None)
    return found


def _events(stream: BinaryIO, encoding: str | None) -> Iterator[tuple[str, Element]]:
    found: Iterator[tuple[str, Element]] = etree.iterparse(
        stream,
        events=("start", "end"),
        tag=("{*}Document", *(f"{{*}}{name}" for name in MESSAGES.values()), "{*}Ntry"),
        encoding=encoding,
        remove_comments=True,
        remove_pis=True,
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        huge_tree=False,
    )
    return found


def _encoding(path: Path) -> tuple[str | None, list[str]]:
    """UTF-8 for a file that declares one byte a letter and yet is UTF-8: read as declared, its names would be garbled;
    None: as the file says.
    """
    with path.open("rb") as stream:
        declared = _ONE_BYTE.search(stream.read(200).split(b"?>")[0])
    if declared is None or not is_utf8(path):
        return None, []
    return "utf-8", [f"it declares {declared[1].decode().lower()}, but is UTF-8, and was read as that"]


def _why(error: etree.XMLSyntaxError, path: Path) -> str:
    if error.code in (etree.ErrorTypes.ERR_INVALID_ENCODING, etree.ErrorTypes.ERR_UNSUPPORTED_ENCODING):
        return "holds bytes that are not of the encoding it declares."
    if not _END.search(_tail(path)):
        return "is not well-formed XML: the file may be cut off."
    return "is not well-formed XML, though its end is there: it may have been changed after the bank wrote it."


def _tail(path: Path) -> bytes:
    """The last bytes of a file."""
    with path.open("rb") as stream:
        stream.seek(max(0, path.stat().st_size - 200))
        return stream.read()

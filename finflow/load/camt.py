"""ISO 20022 camt.052, camt.053 and camt.054, any version: streamed, so that a file larger than memory loads in constant
memory.

Entities, DTDs and the network stay switched off; comments and processing instructions are left out, so that none can
cut a value short. Only booked entries count; a reversal keeps the side it moved the balance to, which is never flipped
again.
"""

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path
from typing import BinaryIO

import numpy as np
import polars as pl
from lxml import etree

from finflow.errors import FinflowError
from finflow.load.camt_entry import Entries
from finflow.load.camt_paths import Element
from finflow.load.camt_statement import Headers
from finflow.load.camt_stubs import Stubs, is_markup_plain
from finflow.load.clock import Clock
from finflow.load.days import is_day
from finflow.load.decoding import is_utf8
from finflow.load.mapping import Mapping
from finflow.load.other_files import ASK, other_message
from finflow.load.records import Batch, Readable, Reading, StatementText, before_it, numbered

MESSAGES = {"camt.052": "Rpt", "camt.053": "Stmt", "camt.054": "Ntfctn"}
ENTRIES, BYTES = 10_000, 32 << 20  # of a batch
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
    return Readable(reading, _batches(lambda *, quick: _Reader(message, path, name, mapping, clock, quick=quick), path))


def _batches(reader: Callable[..., "_Reader"], path: Path) -> Iterator[Batch]:
    """What the reader finds; what a quick reading finds wrong is told by a thorough one, which knows lines."""
    quick = is_markup_plain(path)
    try:
        yield from reader(quick=quick).batches()
    except FinflowError:
        for _ in reader(quick=False).batches() if quick else ():
            pass
        raise


@dataclass(eq=False)
class _Statement:
    """A statement being read: as its first entry finds it, how many entries it has and the days of its bookings."""

    locator: str
    headers: Headers
    text: StatementText | None = None
    entries: int = 0
    days: tuple[str, ...] = ()

    def see(self, days: Iterable[str]) -> None:
        """Keep the first and the last day of its bookings."""
        found = [*self.days, *filter(is_day, days)]
        self.days = (min(found), max(found)) if found else ()

    def ended(self, element: Element) -> StatementText:
        """All of it, when its entries are read."""
        return self.headers.read(element, self.locator, self.text.currency if self.text else None, self.days)


@dataclass
class _Taken:
    """What was taken since the last batch: entries as lxml writes them; the statements they are of, each with the
    number of the first entry here and of the first there; elements of statements that ended.
    """

    entries: list[bytes] = field(default_factory=list)
    runs: list[tuple[_Statement, int, int]] = field(default_factory=list)
    ended: list[tuple[_Statement, Element]] = field(default_factory=list)
    size: int = 0

    def add(self, statement: _Statement, entry: bytes) -> None:
        """Take one more entry."""
        if not self.runs or self.runs[-1][0] is not statement:
            self.runs.append((statement, len(self.entries), statement.entries + 1))
        statement.entries += 1
        self.entries.append(entry)
        self.size += len(entry)

    def batch(self, entries: Entries, done: int, notes: list[str]) -> Batch:
        """All of it, read."""
        read = entries.read(self.entries, self._places())
        self._see(read.entries)
        statements = [statement.ended(element) for statement, element in self.ended]
        for _, element in self.ended:
            _forget(element)
        return Batch(
            records=numbered(read.entries),
            raw=lambda indexes: [self.entries[index].decode() for index in indexes],
            done=done,
            details=read.details,
            statements=statements,
            notes=[*notes, *read.notes],
        )

    def _bounds(self) -> list[int]:
        return [*(start for _, start, _ in self.runs), len(self.entries)]

    def _places(self) -> pl.DataFrame:
        rows = [
            (text.locator, text.account, text.bank, text.holder, first - start)
            for statement, start, first in self.runs
            if (text := statement.text)
        ]
        parts = dict.fromkeys(("statement", "account", "bank", "holder"), pl.String)
        runs = pl.DataFrame(rows, {**parts, "ahead": pl.Int64}, orient="row")
        each = runs[np.repeat(np.arange(runs.height), np.diff(self._bounds()))]
        number = pl.int_range(pl.len()) + pl.col("ahead")
        return each.select(pl.format("{}/Ntry[{}]", "statement", number).alias("locator"), *parts)

    def _see(self, entries: pl.DataFrame) -> None:
        """Tell statements the days of their bookings."""
        booked = entries.select(pl.when(pl.col("rule").is_null()).then("booking_date")).to_series().to_list()
        for (statement, *_), (start, end) in zip(self.runs, pairwise(self._bounds()), strict=True):
            statement.see(filter(None, set(booked[start:end])))


class _Reader:
    """One reading of a file; a quick one takes plain entries as they stand, without their elements."""

    def __init__(
        self, message: str, path: Path, name: str, mapping: Mapping | None, clock: Clock, *, quick: bool
    ) -> None:
        self._message, self._path, self._name, self._clock = message, path, name, clock
        self._bank = mapping.bank if mapping else None
        self._statement_tag = self._entry_tag = ""
        self._entries = Entries(clock)
        self._statements = 0
        self._whole = (0, 0)  # bookings in statements that ended, and these
        self._statement: _Statement | None = None
        self._quick = quick
        self._stubs: Stubs | None = None

    def batches(self) -> Iterator[Batch]:
        """Every entry of every statement, in order; each statement with the batch in which it ends."""
        encoding, notes = _encoding(self._path)
        taken = _Taken()
        try:
            with self._path.open("rb") as stream:
                self._stubs = Stubs(stream) if self._quick else None
                for event, element in _events(self._stubs or stream, encoding):
                    self._take(event, element, taken)
                    if len(taken.entries) >= ENTRIES or taken.size >= BYTES:
                        yield taken.batch(self._entries, stream.tell(), notes)
                        taken, notes = _Taken(), []
                yield taken.batch(self._entries, stream.tell(), notes)
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
                self._statement = _Statement(f"{MESSAGES[self._message]}[{self._statements}]", self._headers)
            elif self._statement is not None:
                taken.ended.append((self._statement, element))
                self._whole = self._whole[0] + self._statement.entries, self._whole[1] + 1
        elif event == "start" and tag.endswith("}Document"):
            self._begin(element)

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
        self._opening = f'<Ntry xmlns="{uri}">'.encode()
        self._statement_tag, self._entry_tag = f"{{{uri}}}{MESSAGES[self._message]}", f"{{{uri}}}Ntry"
        self._headers = Headers(uri, self._clock, self._bank)

    def _entry(self, element: Element, taken: _Taken) -> None:
        written, statement = self._written(element), self._statement
        if statement is None or statement.text is None:
            statement = self._first(element, written)
        taken.add(statement, written)
        if next(element.iterancestors(self._entry_tag), None) is None:  # else the entry around it is still to be read
            _forget(element)

    def _written(self, entry: Element) -> bytes:
        """An entry as lxml writes it."""
        content = self._stubs.content(entry) if self._stubs else None
        if content is None:
            return etree.tostring(entry, encoding="utf-8", with_tail=False)  # type: ignore[no-any-return]
        return self._opening + content + b"</Ntry>"

    def _first(self, entry: Element, written: bytes) -> _Statement:
        """The statement that an entry begins."""
        above = entry.getparent()
        if self._statement is None or above is None or above.tag != self._statement_tag:
            raise FinflowError(f"{self._name} L{entry.sourceline} holds an entry (Ntry) outside a statement. {ASK}.")
        currency = _currency(entry if len(entry) else etree.fromstring(written))
        self._statement.text = self._headers.read(above, self._statement.locator, currency, ())
        return self._statement


def _forget(element: Element) -> None:
    """Let go of an element, so that memory does not grow with the file."""
    above = element.getparent()
    if above is not None:
        above.remove(element)


def _currency(entry: Element) -> str | None:
    found: str | None = next((child.get("Ccy") for child in entry if child.tag.endswith("}Amt")), None)
    return found


def _events(stream: BinaryIO | Stubs, encoding: str | None) -> Iterator[tuple[str, Element]]:
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

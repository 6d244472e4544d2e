"""goAML reports, versions 4 and 5: transactions that a reporting entity told an FIU about, streamed.

Entities, DTDs and the network stay switched off. Each account of the reporting entity's own (`_my_client`) in a
transaction gives one record at its element path (`transaction[5]/t_from_my_client`); a transaction between two of them
gives two. Who reported, what kind of report it is, indicators, reasons and comments are never read into the case.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO

from lxml import etree

from finflow.counting import counted
from finflow.errors import FinflowError
from finflow.load.goaml_transaction import NEVER_KEPT, TRANSACTION_PARTS, Element, local, read_transaction, text
from finflow.load.mapping import Mapping
from finflow.load.records import Batch, Readable, Reading, numbered, text_frame

GOAML = re.compile(r"(?:<[?!][^<]*>\s*)*<(?:[\w.-]+:)?report[\s>].*?<(?:[\w.-]+:)?rentity_id[\s>/]", re.DOTALL)
RECORDS = 2_000
ASK = "Ask for the goAML report as XML."
RIGHT = (
    "goAML files are usually intelligence of an FIU: use them, and pass them on, only as that FIU agreed. Record "
    'it: obtained_by = "FIU" with use_limits and handling_code in sources.toml'
)
SELECTION = (
    "a report selects payments: others of the same accounts may be missing, and one that a bank statement prints too "
    "may count twice, so compare before adding up"
)
PRINTED = {
    "amount": "amount_local or foreign_amount",
    "currency": "currency_code_local or foreign_currency_code",
    "booking_date": "date_transaction",
    "booked_at": "date_transaction",
    "value_date": "value_date",
    "account": "account",
}


def open_goaml(path: Path, name: str, mapping: Mapping | None, case_zone: str) -> Readable:
    """A goAML report as records. `name` is the file name for messages.

    Raises FinflowError while records are taken: for XML that is not well-formed or holds a DTD, for other XML, and for
    a report of an activity, which holds no payment.
    """
    zone = (mapping.time_zone if mapping else None) or case_zone
    moments = "%Y-%m-%dT%H:%M:%S"
    reading = Reading(mapping=mapping, moments=moments, zone=zone, case_zone=case_zone, printed=PRINTED)
    return Readable(reading, _Reader(path, name, mapping, zone).batches())


@dataclass
class _Taken:
    """What was read since the last batch."""

    records: list[dict[str, str | None]] = field(default_factory=list)
    texts: list[Element] = field(default_factory=list)

    def batch(self, done: int, notes: list[str]) -> Batch:
        return Batch(
            records=numbered(text_frame(self.records, TRANSACTION_PARTS)),
            raw=lambda indexes: [_raw(self.texts[index]) for index in indexes],
            done=done,
            notes=notes,
        )


class _Reader:
    def __init__(self, path: Path, name: str, mapping: Mapping | None, zone: str) -> None:
        self._path, self._name, self._mapping, self._zone = path, name, mapping, zone
        self._root: Element | None = None
        self._last: Element | None = None
        self._transactions = 0

    def batches(self) -> Iterator[Batch]:
        """Every transaction of the report, in order."""
        taken = _Taken()
        try:
            with self._path.open("rb") as stream:
                for event, element in _events(stream):
                    self._take(event, element, taken)
                    if len(taken.records) >= RECORDS:
                        yield taken.batch(stream.tell(), [])
                        taken = _Taken()
                yield taken.batch(stream.tell(), self._notes())
        except etree.XMLSyntaxError as error:
            raise FinflowError(
                f"{self._name} L{error.lineno or 1} is not well-formed XML: it is cut off or damaged. {ASK}"
            ) from None

    def _take(self, event: str, element: Element, taken: _Taken) -> None:
        if self._root is None:
            self._root = _root(element, self._name)
        if event == "start" or local(element) != "transaction":
            return
        self._forget_last(element)
        self._transactions += 1
        locator, currency = f"transaction[{self._transactions}]", text(self._root, "currency_code_local")
        found = read_transaction(element, locator, currency, self._mapping, self._zone)
        taken.records += found
        taken.texts += [element] * len(found)

    def _forget_last(self, element: Element) -> None:
        """Let go of the transaction before this one, so that memory does not grow with the file."""
        last, self._last = self._last, element
        parent = last.getparent() if last is not None else None
        if parent is not None:
            parent.remove(last)

    def _notes(self) -> list[str]:
        """What a person should know. Raises FinflowError for a report without transactions."""
        if self._root is None:
            raise FinflowError(f"{self._name} is another kind of XML, not a goAML report. {ASK}")
        activities = len(self._root.findall("{*}activity"))
        if not self._transactions:
            what = "reports an activity, so it holds no payment" if activities else "holds no transaction"
            raise FinflowError(f"{self._name} {what}. Ask for the reports on transactions, or for account statements.")
        left_out = sum(local(part) in NEVER_KEPT for part in self._root)
        head = f"left out on purpose: {counted(left_out, 'part')} of its head, such as who reported and under what code"
        return [SELECTION, head, *([f"{counted(activities, 'activity')}, which hold no payment"] if activities else [])]


def _root(element: Element, name: str) -> Element:
    """The root of a goAML report; anything else is refused."""
    if element.getroottree().docinfo.internalDTD is not None:
        raise FinflowError(f"{name} holds a DTD, which goAML files do not. It is refused.")
    if local(element) != "report" or element.getparent() is not None:
        raise FinflowError(f"{name} is another kind of XML, not a goAML report. {ASK}")
    return element


def _events(stream: BinaryIO) -> Iterator[tuple[str, Element]]:
    found: Iterator[tuple[str, Element]] = etree.iterparse(
        stream,
        events=("start", "end"),
        tag=("{*}report", "{*}transaction"),
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        huge_tree=False,
        remove_comments=True,
        remove_pis=True,
    )
    return found


def _raw(element: Element) -> str:
    """A transaction as it stands in the file, without what is never kept."""
    kept = etree.fromstring(etree.tostring(element, with_tail=False), etree.XMLParser(resolve_entities=False))
    for part in list(kept.iter("{*}*")):
        if local(part) in NEVER_KEPT and part.getparent() is not None:
            part.getparent().remove(part)
    found: str = etree.tostring(kept, encoding="unicode")
    return found

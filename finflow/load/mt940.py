"""MT940 statements: cut into statements and `:61:` blocks here, so that each record has its lines; the grammar of a
line is the mt-940 library's.

Days only, no times. A statement must have its balances `:60F:` (or M) and `:62F:` (or M): a file without them is cut
off or is another message.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path

from mt940.tags import BalanceBase

from finflow.errors import FinflowError
from finflow.load.cells import Money
from finflow.load.days import day_after, is_day, year_of
from finflow.load.decoding import is_utf8, numbered_lines
from finflow.load.mapping import Mapping
from finflow.load.mt940_line import LINE_PARTS, Field, Line, read_line
from finflow.load.records import Batch, Readable, Reading, StatementText, before_it, numbered, text_frame

LINES = 5_000
TAG = re.compile(r":(20|21|25P?|28C?|60[FM]|61|62[FM]|64|65|86|34F|13D?|90[CD]|NS):(.*)", re.DOTALL)
ENTRIES_AND_BALANCES = ("60F", "60M", "61", "62F", "62M")
PRINTED = {
    "amount": ":61: amount",
    "booking_date": ":61: entry date",
    "value_date": ":61: value date",
    "currency": ":60F: currency",
    "account": ":25:",
    "side": ":61: debit or credit mark",
}
_BALANCE = BalanceBase().re
_SENDER = re.compile(r"\{1:F\d\d([A-Z]{6}[A-Z0-9]{2})")


def open_mt940(path: Path, name: str, mapping: Mapping | None, case_zone: str) -> Readable:
    """An MT940 file as records. `name` is the file name for messages; no times are printed, so no zone matters.

    Raises FinflowError while records are taken: for a file that holds no whole statement, or breaks off inside one.
    """
    reading = Reading(mapping=mapping, money=Money(decimal=","), printed=PRINTED, case_zone=case_zone)
    return Readable(reading, _batches(path, name, mapping))


@dataclass
class _Taken:
    """What was read since the last batch."""

    lines: list[Line] = field(default_factory=list)
    statements: list[StatementText] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    def batch(self, done: int) -> Batch:
        return Batch(
            records=numbered(text_frame([line.parts for line in self.lines], LINE_PARTS)),
            raw=lambda indexes: [self.lines[index].raw for index in indexes],
            done=done,
            statements=self.statements,
            notes=self.notes + [line.note for line in self.lines if line.note],
        )


def _batches(path: Path, name: str, mapping: Mapping | None) -> Iterator[Batch]:
    encoding, note = _encoding(path, mapping)
    taken, previous = _Taken(notes=note), None
    done = [0]
    bookings = whole = 0
    bank = (mapping.bank if mapping else None) or _sender(path) or (mapping.name if mapping else None)
    for fields in _statements(_fields(numbered_lines(path, name, encoding, done))):
        if not any(found.tag in ENTRIES_AND_BALANCES for found in fields):
            continue
        own = _whole(fields, name, bank, bookings, whole)
        lines = [read_line(line, details, own) for line, details in _entries(fields)]
        previous = _with_period(own, lines, previous)
        bookings, whole = bookings + len(lines), whole + 1
        taken.lines += lines
        taken.statements.append(previous)
        if len(taken.lines) >= LINES:
            yield taken.batch(done[0])
            taken = _Taken()
    yield taken.batch(done[0])
    if previous is None:
        raise FinflowError(f"{name} holds no MT940 statement (:20: to :62F:). Ask the bank for MT940 statements.")


def _encoding(path: Path, mapping: Mapping | None) -> tuple[str, list[str]]:
    """The encoding of the mapping, else UTF-8; else ISO-8859-1, which reads any byte, so a person must be told."""
    if mapping is not None and "encoding" in mapping.table.model_fields_set:
        return mapping.table.encoding, []
    if is_utf8(path):
        return "utf-8", []
    return "iso-8859-1", ["letters beyond ASCII were read as iso-8859-1; name another encoding in a mapping"]


def _sender(path: Path) -> str | None:
    """BIC of the bank that sent the file, from its SWIFT envelope."""
    with path.open("rb") as stream:
        found = _SENDER.search(stream.read(4096).decode("latin-1"))
    return found[1] if found else None


def _fields(lines: Iterator[tuple[int, str]]) -> Iterator[Field]:
    """Fields with the lines they stand on; what stands outside fields (envelopes, bank headers) belongs to none."""
    current: Field | None = None
    for number, line in lines:
        found = TAG.match((line.rpartition("{4:")[2] if line.startswith("{") else line).lstrip())
        if found:
            if current:
                yield current
            current = Field(found[1], [found[2]], number, number, [line])
        elif line.strip() in ("-", "-}", "--"):
            if current:
                yield current
            current = None
        elif current and line.strip():
            current.add(number, line)
    if current:
        yield current


def _statements(fields: Iterator[Field]) -> Iterator[list[Field]]:
    """The fields of each statement: from one :20: to the next, or to what follows a closing balance."""
    current: list[Field] = []
    closed = False
    for found in fields:
        if current and (found.tag == "20" or (closed and found.tag in ("25", "25P", "60F", "60M", "61"))):
            yield current
            current, closed = [], False
        current.append(found)
        closed = closed or found.tag in ("62F", "62M")
    if current:
        yield current


def _entries(fields: list[Field]) -> Iterator[tuple[Field, Field | None]]:
    """Each :61: with the :86: that follows it."""
    for found, following in zip(fields, [*fields[1:], None], strict=True):
        if found.tag == "61":
            yield found, following if following is not None and following.tag == "86" else None


def _whole(fields: list[Field], name: str, sender: str | None, bookings: int, statements: int) -> StatementText:
    """As `_own`; where the file breaks off, it is said what it holds before that."""
    try:
        return _own(fields, name, sender)
    except FinflowError as error:
        raise FinflowError(f"{error} {before_it(bookings, statements)}") from None


def _own(fields: list[Field], name: str, sender: str | None) -> StatementText:
    """Account, currency and balances of a statement."""
    first, last = fields[0].first_line, fields[-1].last_line
    by_tag = {found.tag: found for found in reversed(fields)}
    opening = _balance(by_tag.get("60F") or by_tag.get("60M"), ":60F:", name, first)
    closing = _balance(by_tag.get("62F") or by_tag.get("62M"), ":62F:", name, last)
    printed = by_tag.get("25") or by_tag.get("25P")
    account, bank = _account(printed.text if printed else "", opening.currency)
    number = by_tag.get("28C") or by_tag.get("28")
    return StatementText(
        locator=f"L{first}-{last}",
        account=account,
        bank=bank or sender,
        holder=None,
        currency=opening.currency,
        from_date=opening.day,
        until_date=closing.day,
        opening=opening.signed,
        closing=closing.signed,
        bank_statement_id=number.text.strip() if number else None,
    )


@dataclass(frozen=True)
class _Balance:
    signed: str
    currency: str
    day: str


def _balance(found: Field | None, tag: str, name: str, line: int) -> _Balance:
    parts = _BALANCE.match(found.text) if found else None
    if parts is None:
        raise FinflowError(
            f"{name} L{found.first_line if found else line}: the statement has no balance {tag}: the file is cut off "
            "or is another message (MT942 is intraday). Ask the bank for whole MT940 statements."
        )
    sign = "-" if parts["status"].upper() == "D" else ""
    amount = parts["amount"].replace(",", ".").rstrip(".")
    day = f"{year_of(parts['year'])}-{parts['month']}-{parts['day']}"
    return _Balance(f"{sign}{amount}", parts["currency"].upper(), day)


def _account(text: str, currency: str) -> tuple[str | None, str | None]:
    """Account and bank of :25: BANK/NUMBER, or an account alone, without the currency some banks write behind it."""
    text = re.sub(r"\s", "", text).removesuffix(currency).rstrip("/")
    bank, _, number = text.rpartition("/")
    return number or None, bank or None


def _with_period(own: StatementText, lines: list[Line], previous: StatementText | None) -> StatementText:
    """The statement with its period: from the day of the opening balance, or the day after it when the statement before
    closed on that day, to the day of the closing balance; every booking lies inside.
    """
    days = [day for line in lines if (day := line.parts["booking_date"]) and is_day(day)]
    opened, closed = own.from_date, own.until_date
    first = (
        day_after(opened)
        if previous and (previous.account, previous.until_date) == (own.account, day_after(opened))
        else opened
    )
    firsts = [day for day in (first, min(days, default=None)) if day and is_day(day)]
    lasts = [day for day in (closed, max(days, default=None)) if day and is_day(day)]
    return replace(own, from_date=min(firsts, default=None), until_date=day_after(max(lasts, default=None)))

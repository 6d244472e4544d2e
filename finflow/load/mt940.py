"""MT940: statements cut into `:61:` lines with the `:86:` text that follows, each with the lines it stands on.

The grammar of a field is the mt-940 library's; the lines are ours, because a court asks for them. MT940 prints days
only: no record has a moment.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from pathlib import Path

from mt940.tags import BalanceBase, Statement

from finflow.errors import FinflowError
from finflow.load.mapping import Mapping
from finflow.load.mt940_details import spoken
from finflow.load.records import Batch, Readable, Reading, StatementText, text_frame

PARTS = (
    "locator", "statement", "account", "bank", "holder", "currency", "amount", "side", "booking_date", "value_date",
    "reversal", "counterparty_account", "counterparty_name", "counterparty_bank", "code", "other_code", "default_kind",
    "end_to_end_id", "bank_reference", "narrative", "fault",
)  # fmt: skip
KINDS = {"NCHG": "fee", "NCOM": "fee", "NINT": "interest", "NDDT": "direct_debit"}
MALFORMED = "line :61: does not follow the form of MT940"

_TAG = re.compile(r"^:(\d{2}[A-Z]?):(.*)$", re.DOTALL)
_END = re.compile(r"^(-\}?|-)\s*$")
_GRAMMAR = re.VERBOSE | re.IGNORECASE | re.UNICODE
_LINE_61 = re.compile(Statement.pattern, _GRAMMAR)
_BALANCE = re.compile(BalanceBase.pattern, _GRAMMAR)


@dataclass(frozen=True)
class _Field:
    """One tag with its text; continuation lines are joined by line breaks."""

    tag: str
    text: str
    first: int
    last: int


@dataclass
class _Open:
    """The statement being read."""

    locator: str
    account: str | None = None
    bank: str | None = None
    number: str | None = None
    opening: dict[str, str] = field(default_factory=dict)
    days: list[str] = field(default_factory=list)


def open_mt940(path: Path, name: str, mapping: Mapping | None, case_zone: str) -> Readable:
    """An MT940 file as records. `name` is the file name for messages.

    Raises FinflowError when the file holds no statement, or a statement has no closing balance: then it was cut off.
    """
    text = _decoded(path)
    lines = text.split("\n")
    fields = list(_fields(lines))
    if not any(found.tag in ("61", "60F", "60M") for found in fields):
        raise FinflowError(
            f"{name} holds no MT940 statement (no line begins with :60F: or :61:). Is it another format?"
        )
    reading = Reading(mapping=mapping, dates="%Y-%m-%d", case_zone=case_zone, fixed=_fixed(mapping, text))
    return Readable(reading, iter([_batch(fields, lines, name, path.stat().st_size)]))


def _decoded(path: Path) -> str:
    data = path.read_bytes()
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = data.decode("latin-1")  # every byte has a meaning in it, so nothing is lost
    return text.replace("\r\n", "\n").replace("\r", "\n")


def _fixed(mapping: Mapping | None, text: str) -> dict[str, str | None]:
    """What is the same on every record: the mapping's word, else the sender's BIC from the envelope."""
    envelope = re.search(r"\{1:F\d\d([A-Z]{6}[A-Z0-9]{2})", text)
    sender = envelope.group(1) if envelope else None
    if mapping is None:
        return {"bank": sender} if sender else {}
    given = {"bank": mapping.bank or mapping.name, "account": mapping.account, "holder": mapping.holder}
    return {part: value for part, value in given.items() if value}


def _fields(lines: Iterable[str]) -> Iterator[_Field]:
    """The tags of a file in order; lines before the first tag and envelope lines belong to none."""
    found: _Field | None = None
    for number, line in enumerate(lines, start=1):
        start = _TAG.match(line.split("{4:")[-1])
        if start:
            if found:
                yield found
            found = _Field(start.group(1), start.group(2), number, number)
        elif _END.match(line) or line.startswith("{"):
            if found:
                yield found
            found = None
        elif found and line.strip():
            found = replace(found, text=f"{found.text}\n{line}", last=number)
    if found:
        yield found


def _batch(fields: list[_Field], lines: list[str], name: str, size: int) -> Batch:
    rows: list[dict[str, str | None]] = []
    spans: list[tuple[int, int]] = []
    statements: list[StatementText] = []
    for group in _groups(fields):
        now = _Open(f"L{group[0].first}")
        for place, found in enumerate(group):
            _note(now, found)
            if found.tag == "61":
                last, details = _details(group, place)
                rows.append(_record(now, found, last, details))
                spans.append((found.first, last))
        statements.extend(_closed(now, group, name))
    return Batch(text_frame(rows, PARTS).to_arrow(), _raw(lines, spans), size, statements=statements)


def _groups(fields: list[_Field]) -> Iterator[list[_Field]]:
    """The fields of one statement at a time: from one :20: to the next, or to what follows a closing balance."""
    group: list[_Field] = []
    closed = False
    for found in fields:
        if group and (found.tag == "20" or (closed and found.tag in ("25", "60F", "60M", "61"))):
            yield group
            group, closed = [], False
        group.append(found)
        closed = closed or found.tag in ("62F", "62M")
    if group:
        yield group


def _note(now: _Open, found: _Field) -> None:
    """Keep what a field says about the whole statement."""
    if found.tag == "25":
        now.account, now.bank = _account(found.text)
    elif found.tag in ("28", "28C"):
        now.number = found.text.strip() or None
    elif found.tag in ("60F", "60M"):
        now.opening = _balance(found.text)


def _raw(lines: list[str], spans: list[tuple[int, int]]) -> Callable[[Sequence[int]], list[str]]:
    return lambda positions: ["\n".join(lines[spans[place][0] - 1 : spans[place][1]]) for place in positions]


def _details(fields: list[_Field], place: int) -> tuple[int, str]:
    """The last line of a record and the text of the `:86:` that belongs to it."""
    following = fields[place + 1] if place + 1 < len(fields) else None
    if following and following.tag == "86":
        return following.last, following.text
    return fields[place].last, ""


def _account(text: str) -> tuple[str | None, str | None]:
    """Account and bank of `:25:`: BANK/NUMBER, or an account alone, perhaps with its currency behind it."""
    bank, _, number = text.strip().rpartition("/")
    number = re.sub(r"(?<=\d)\s*[A-Z]{3}$", "", number.strip())
    return number or None, bank.strip() or None


def _balance(text: str) -> dict[str, str]:
    """Date, currency and signed amount of a balance; empty when it does not follow the form."""
    found = _BALANCE.match(text.strip())
    if not found:
        return {}
    given = found.groupdict()
    sign = "-" if given["status"].upper() == "D" else ""
    day = f"20{given['year']}-{given['month']}-{given['day']}"
    return {"day": day, "currency": given["currency"].upper(), "amount": sign + _plain(given["amount"])}


def _plain(amount: str) -> str:
    return amount.replace(",", ".").rstrip(".") or "0"


def _record(now: _Open, found: _Field, last: int, details: str) -> dict[str, str | None]:
    row: dict[str, str | None] = {
        "locator": f"L{found.first}" if last == found.first else f"L{found.first}-{last}",
        "statement": now.locator, "account": now.account, "bank": now.bank, "currency": now.opening.get("currency"),
    }  # fmt: skip
    line = _LINE_61.match(found.text.rstrip())
    if not line:
        return {**row, "fault": MALFORMED}
    given = line.groupdict()
    value_day = f"20{given['year']}-{given['month']}-{given['day']}"
    booked = _booking_day(value_day, given["entry_month"], given["entry_day"])
    now.days.append(booked)
    code = (given["id"] or "").strip().upper() or None
    status = given["status"].upper()
    return {
        **row, "amount": _plain(given["amount"]), "side": "DBIT" if status in ("D", "RC") else "CRDT",
        "reversal": "true" if status.startswith("R") else None, "booking_date": booked, "value_date": value_day,
        "code": code, "default_kind": KINDS.get(code or ""),
        "bank_reference": _reference(given["bank_reference"]),
        "end_to_end_id": _reference(given["customer_reference"]),
        **spoken(details, given["extra_details"]),
    }  # fmt: skip


def _reference(text: str | None) -> str | None:
    """A reference, or None for the word that says there is none."""
    text = (text or "").strip()
    return None if text.upper() in ("", "NONREF", "NOREF") else text


def _booking_day(value_day: str, month: str | None, day: str | None) -> str:
    """The entry date in the year that brings it nearest to the value date."""
    if not (month and day and month.strip() and day.strip()):
        return value_day
    year = int(value_day[:4])
    if int(month) - int(value_day[5:7]) > 6:
        year -= 1
    elif int(value_day[5:7]) - int(month) > 6:
        year += 1
    return f"{year}-{month}-{day}"


def _closed(now: _Open, group: list[_Field], name: str) -> list[StatementText]:
    """The statement of a group; none for a group of envelope fields alone. A closing balance is required by MT940."""
    closings = [_balance(found.text) for found in group if found.tag in ("62F", "62M")]
    if not closings:
        if now.opening or now.days:
            raise FinflowError(
                f"{name}: the statement that begins on line {now.locator[1:]} has no closing balance (:62F:). "
                "The file looks cut off; ask for it again."
            )
        return []
    closing, booked = closings[-1], sorted(now.days)
    ended = closing.get("day") or (booked[-1] if booked else None)
    return [
        StatementText(
            now.locator, now.account, now.bank, None, now.opening.get("currency") or closing.get("currency"),
            from_date=_first_day(now.opening.get("day"), booked, ended), until_date=_next(ended),
            opening=now.opening.get("amount"), closing=closing.get("amount"), bank_statement_id=now.number,
        )
    ]  # fmt: skip


def _first_day(opened: str | None, booked: list[str], ended: str | None) -> str | None:
    """The first day covered. Many banks date the opening balance on the day before it: then nothing is booked on it."""
    if opened and ended and opened < ended and (not booked or opened < booked[0]):
        return _next(opened)
    return min([*filter(None, [opened]), *booked[:1]], default=ended)


def _next(day: str | None) -> str | None:
    try:
        return (date.fromisoformat(day) + timedelta(days=1)).isoformat() if day else None
    except ValueError:
        return day

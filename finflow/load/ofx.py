"""OFX and QFX, 1.x and 2.x: statements of bank accounts and cards.

The format has a closing balance (LEDGERBAL) and no opening one, so its months stay unverified.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path

from finflow.errors import FinflowError
from finflow.load.clock import Clock
from finflow.load.days import day_after, is_day
from finflow.load.decoding import is_utf8, numbered_lines
from finflow.load.mapping import Mapping
from finflow.load.ofx_entry import ENTRY_PARTS, plain_amount, read_entry, read_time
from finflow.load.ofx_tokens import Part, parts
from finflow.load.records import Batch, Readable, Reading, StatementText, numbered, text_frame

ENTRIES = 5_000
STATEMENTS = ("STMTRS", "CCSTMTRS")
ENTRY = ("STMTTRN", "STMTTRNP")
OTHERS = {"INVSTMTRS": "an investment statement", "LOANSTMTRS": "a loan statement"}
ASK = "Ask the bank for statements of the account, as OFX, camt.053 or CSV."
PRINTED = {
    "amount": "TRNAMT",
    "currency": "CURDEF",
    "booking_date": "DTPOSTED",
    "booked_at": "DTPOSTED",
    "value_date": "DTAVAIL",
    "account": "ACCTID",
}
_CHARSET = re.compile(r"(?:CHARSET:|encoding=[\"'])\s*(?:windows-|cp|ISO-?)?(125\d|8859-1?\d)", re.IGNORECASE)


def is_ofx(text: str) -> bool:
    """Whether a text begins like OFX."""
    begins = text[:4000].upper()
    return begins.startswith("OFXHEADER") or "<OFX>" in begins


def open_ofx(path: Path, name: str, mapping: Mapping | None, case_zone: str) -> Readable:
    """An OFX file as records. `name` is the file name for messages.

    Raises FinflowError while records are taken: for a file that breaks off, or holds no bank or card statement.
    """
    zone = (mapping.time_zone if mapping else None) or case_zone
    reading = Reading(mapping=mapping, moments="%Y-%m-%dT%H:%M:%S.%f", printed=PRINTED)
    return Readable(reading, _Reader(path, name, mapping, Clock(zone, case_zone)).batches())


@dataclass
class _Taken:
    """What was read since the last batch."""

    entries: list[dict[str, str | None]] = field(default_factory=list)
    raw: list[str] = field(default_factory=list)
    statements: list[StatementText] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    def batch(self, done: int) -> Batch:
        return Batch(
            records=numbered(text_frame(self.entries, ENTRY_PARTS)),
            raw=lambda indexes: [self.raw[index] for index in indexes],
            done=done,
            statements=self.statements,
            notes=self.notes,
        )


class _Reader:
    def __init__(self, path: Path, name: str, mapping: Mapping | None, clock: Clock) -> None:
        self._path, self._name, self._mapping, self._clock = path, name, mapping, clock
        self._statements = 0
        self._bank = mapping.bank if mapping else None
        self._own: StatementText | None = None
        self._days: list[str] = []
        self._last_line, self._on_line = 0, 1

    def batches(self) -> Iterator[Batch]:
        """Every transaction of every statement, in order; each statement with the batch in which it ends."""
        encoding, notes = _encoding(self._path, self._mapping)
        taken, done, whole = _Taken(notes=notes), [0], False
        for opened, stack in parts(numbered_lines(self._path, self._name, encoding, done)):
            whole = not opened and stack[-1].name == "OFX"
            self._take(opened=opened, stack=stack, taken=taken)
            if len(taken.entries) >= ENTRIES:
                yield taken.batch(done[0])
                taken = _Taken()
        if not whole:
            raise FinflowError(f"{self._name} has no end (</OFX>): the file may be cut off. Ask for it again.")
        if not self._statements:
            raise FinflowError(
                f"{self._name} is OFX without a statement (STMTRS or CCSTMTRS), such as the answer to a sign-on or a "
                f"list of accounts. {ASK}"
            )
        yield taken.batch(done[0])

    def _take(self, *, opened: bool, stack: list[Part], taken: _Taken) -> None:
        part = stack[-1]
        if opened:
            if part.name in OTHERS:
                raise FinflowError(f"{self._name} L{part.first_line} is {OTHERS[part.name]} ({part.name}). {ASK}")
            if part.name in STATEMENTS:
                self._statements += 1
                self._own, self._days = None, []
        elif part.name in ENTRY and len(stack) > 1:
            self._entry(part, stack, taken)
        elif part.name in STATEMENTS:
            taken.statements.append(self._ended(part, taken))
        elif part.name == "FI":
            self._bank = self._bank or part.text("ORG")

    def _entry(self, part: Part, stack: list[Part], taken: _Taken) -> None:
        if self._own is None:
            statement = next((above for above in stack if above.name in STATEMENTS), None)
            if statement is None:
                raise FinflowError(f"{self._name} L{part.first_line} is a transaction outside a statement. {ASK}")
            self._own = self._begun(statement, part.text_in("CURRENCY", "CURSYM"))
        entry = read_entry(part, self._own, self._locator(part), self._clock)
        taken.entries.append(entry)
        taken.raw.append("\n".join([f"<{part.name}>", *part.raw]))
        day = entry["booking_date"]
        if day and is_day(day) and entry["rule"] is None:
            self._days = sorted({*self._days[:1], *self._days[-1:], day})

    def _locator(self, part: Part) -> str:
        """Its lines; from the second on that begins on one line, its number on that line too."""
        again = part.first_line == self._last_line
        self._last_line, self._on_line = part.first_line, self._on_line + 1 if again else 1
        lines = f"L{part.first_line}" + (f"-{part.last_line}" if part.last_line > part.first_line else "")
        return f"{lines}/{part.name}[{self._on_line}]" if again else lines

    def _begun(self, statement: Part, currency: str | None) -> StatementText:
        """Account and currency of a statement; a currency left empty is that of its first transaction."""
        of = "BANKACCTFROM" if "BANKACCTFROM" in statement.inside else "CCACCTFROM"
        return StatementText(
            locator=f"{statement.name}[{self._statements}]",
            account=statement.text_in(of, "ACCTID"),
            bank=statement.text_in(of, "BANKID") or self._bank,
            holder=None,
            currency=statement.text("CURDEF") or currency,
        )

    def _ended(self, statement: Part, taken: _Taken) -> StatementText:
        """A statement with its period and its closing balance, which counts when it is of the last booking or later."""
        own = self._own or self._begun(statement, None)
        amount = plain_amount(statement.text_in("LEDGERBAL", "BALAMT"))
        at, _ = read_time(statement.text_in("LEDGERBAL", "DTASOF"), self._clock)
        period = [read_time(statement.text_in("BANKTRANLIST", name), self._clock)[0] for name in ("DTSTART", "DTEND")]
        first, last = (day if day and is_day(day) else None for day in period)
        if amount and not (at and is_day(at) and at >= max(self._days, default=at)):
            taken.notes.append(
                f"{own.locator}: its balance is of no day, or of one before its last line, and is left out"
            )
            amount = None
        firsts, lasts = [first, *self._days[:1]], [last, *self._days[-1:]]
        days = [at] if amount and not any((*firsts, *lasts)) else []
        return replace(
            own,
            from_date=min(filter(None, [*firsts, *days]), default=None),
            until_date=day_after(max(filter(None, [*lasts, *days]), default=None)),
            closing=amount,
        )


def _encoding(path: Path, mapping: Mapping | None) -> tuple[str, list[str]]:
    """The encoding of the mapping; else UTF-8 when it is that, whatever it declares; else the one it declares."""
    if mapping is not None and "encoding" in mapping.table.model_fields_set:
        return mapping.table.encoding, []
    if is_utf8(path):
        return "utf-8", []
    with path.open("rb") as stream:
        found = _CHARSET.search(stream.read(4096).decode("latin-1"))
    if found:
        return f"cp{found[1]}" if found[1].startswith("125") else f"iso-{found[1]}", []
    return "cp1252", ["letters beyond ASCII were read as cp1252; name another encoding in a mapping"]

"""One MT940 entry: its `:61:` line and the `:86:` text behind it, as the parts of a record."""

import re
from dataclasses import dataclass, field

from mt940.tags import StatementGLS

from finflow.load.days import is_day, year_of
from finflow.load.mt940_details import spoken
from finflow.load.records import StatementText

LINE_PARTS = (
    "locator", "statement", "account", "bank", "currency", "amount", "side", "booking_date", "value_date", "reversal",
    "counterparty_account", "counterparty_name", "counterparty_bank", "code", "other_code", "default_kind",
    "end_to_end_id", "bank_reference", "narrative", "additional", "fault",
)  # fmt: skip

# Business transaction codes that open a German :86:, then the SWIFT codes of :61:.
KINDS = {
    "004": "direct_debit", "005": "direct_debit", "104": "direct_debit", "105": "direct_debit", "107": "direct_debit",
    "082": "cash_deposit", "083": "cash_withdrawal", "106": "card_payment", "116": "transfer", "117": "transfer",
    "153": "transfer", "166": "transfer", "177": "transfer", "808": "fee", "809": "fee", "814": "interest",
    "NDDT": "direct_debit", "NCHG": "fee", "NCOM": "fee", "NINT": "interest",
}  # fmt: skip

NO_REFERENCE = ("", "NONREF", "EREF", "KREF", "MREF", "PREF")
MALFORMED = "line :61: does not follow the form of MT940"

_LINE = StatementGLS().re  # takes references of any length; a superset of the plain line


@dataclass
class Field:
    """One field of a statement: tag, its lines without the tag, and where they stand."""

    tag: str
    lines: list[str]
    first_line: int
    last_line: int
    raw: list[str] = field(default_factory=list)

    def add(self, number: int, line: str) -> None:
        """Take one more line."""
        self.lines.append(line)
        self.raw.append(line)
        self.last_line = number

    @property
    def text(self) -> str:
        """The first line."""
        return self.lines[0]


@dataclass(frozen=True)
class Line:
    """Parts of one record, its text as it stands in the file, and what a person should know about it."""

    parts: dict[str, str | None]
    raw: str
    note: str | None = None


def read_line(line: Field, details: Field | None, own: StatementText) -> Line:
    """One record: a line that does not keep to the grammar leaves with a fault."""
    last = details.last_line if details else line.last_line
    locator = f"L{line.first_line}" + (f"-{last}" if last > line.first_line else "")
    parts: dict[str, str | None] = {
        "locator": locator,
        "statement": own.locator,
        "account": own.account,
        "bank": own.bank,
        "currency": own.currency,
        "booking_date": None,
    }
    raw = "\n".join(line.raw + (details.raw if details else []))
    found = _LINE.match("\n".join(line.lines))
    if found is None:
        return Line(parts | {"fault": MALFORMED}, raw)
    value_date, booking_date = _days(found)
    note = (
        None
        if value_date is None or is_day(value_date)
        else f"{locator}: its value date does not exist and is left out"
    )
    said = spoken("\n".join(details.lines) if details else "", found["extra_details"])
    parts |= said | _line(found) | {"booking_date": booking_date, "value_date": None if note else value_date}
    parts["end_to_end_id"] = said.get("end_to_end_id") or _reference(found["customer_reference"])
    parts["default_kind"] = KINDS.get(said.get("other_code") or "") or KINDS.get(parts["code"] or "")
    return Line(parts, raw, note)


def _line(found: re.Match[str]) -> dict[str, str | None]:
    reversal, mark = found["status"].upper()[:-1] == "R", found["status"].upper()[-1]
    return {
        "amount": found["amount"].rstrip(","),
        # RC takes a credit back, so it moves the balance as a debit does.
        "side": "CRDT" if (mark == "C") != reversal else "DBIT",
        "reversal": "true" if reversal else None,
        "code": (found["id"] or "").strip() or None,
        "bank_reference": _reference(found["bank_reference"]),
    }


def _reference(text: str | None) -> str | None:
    text = (text or "").strip()
    return None if text.upper() in NO_REFERENCE else text


def _days(found: re.Match[str]) -> tuple[str, str]:
    """Value date and booking date; the entry date has no year and may lie across New Year from the value date."""
    year = year_of(found["year"])
    value = f"{year}-{found['month']}-{found['day']}"
    month, day = (found["entry_month"] or "").strip(), (found["entry_day"] or "").strip()
    if not (month and day):
        return value, value
    booked = f"{year}-{month}-{day}"
    apart = int(month) - int(found["month"])
    if abs(apart) > 6:
        booked = f"{year + (1 if apart < 0 else -1)}-{month}-{day}"
    return value, booked

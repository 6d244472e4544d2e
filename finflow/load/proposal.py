"""What was seen of a file, written as a mapping for a person to check."""

import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import tomlkit

from finflow.load.shapes import Answer, date_form, decimal_and_thousands
from finflow.load.words import CODES, CREDIT, DEBIT, listed, plain

AMOUNTS = ("amount", "debit", "credit", "balance")
IBAN = re.compile(r"\b[A-Z]{2}\d{2}(?: ?[A-Z0-9]{4}){2,7}(?: ?[A-Z0-9]{1,4})?\b")


@dataclass(frozen=True)
class Proposal:
    """A mapping as TOML text; `unsure`: what a person has to settle, in words. Empty = it can be used as it is.
    `unused`: columns that nothing reads.
    """

    text: str
    unsure: list[str]
    unused: list[str] = field(default_factory=list)


@dataclass
class Seen:
    """What was found out about a file so far."""

    name: str
    form: str = "csv"
    sheet: str | None = None
    encoding: str = "utf-8"
    delimiter: str = ","
    skip_lines: int = 0
    preamble: str = ""
    header: list[str] = field(default_factory=list)
    columns: dict[str, list[str]] = field(default_factory=dict)  # part -> columns
    cells: dict[str, set[str]] = field(default_factory=dict)  # part -> what its column holds
    shapes: dict[str, set[str]] = field(default_factory=dict)  # part -> the same with every digit as 9
    dated: set[bool] = field(default_factory=set)  # whether cells of booking dates are dates, or text
    nested: set[str] = field(default_factory=set)  # columns that hold neither texts nor numbers nor dates
    currency: str | None = None
    unsure: list[str] = field(default_factory=list)

    def ask(self, key: str, why: str) -> None:
        """Note a doubt."""
        self.unsure.append(f"{key}: {why}")

    def unused(self) -> list[str]:
        """The columns that no part is read from."""
        used = {name for part, names in self.columns.items() for name in (names if part == "narrative" else names[:1])}
        return [column for column in self.header if column not in used]

    def take(self, key: str, answer: Answer) -> str:
        """The value of an answer; its doubt is noted."""
        if answer.unsure:
            self.ask(key, answer.unsure)
        return answer.value


def written(seen: Seen) -> str:
    """The proposal as TOML, its doubts on top."""
    parts = {part: columns if part == "narrative" else columns[0] for part, columns in seen.columns.items()}
    top, table = _top(seen, parts), _table(seen, parts)
    sides = _sides(seen)
    table["unused"] = seen.unused()
    document = tomlkit.document()
    for line in (f"Proposed for {seen.name}. Check it; then it reads every export of this form.", *seen.unsure):
        document.add(tomlkit.comment(line))
    if seen.unsure:
        top["unsure"] = seen.unsure
        document.add(tomlkit.comment("Settle each doubt below, then delete the key `unsure`."))
    for content in (top, {"table": table}, {"columns": parts}, {"sides": sides} if sides else {}):
        document.update(content)
    return tomlkit.dumps(document)


def _top(seen: Seen, parts: dict[str, Any]) -> dict[str, Any]:
    """Name, account and currency: from columns, else from the lines above the header."""
    top: dict[str, Any] = {"name": Path(seen.name).stem, "files": [seen.name], "format": seen.form}
    if "account" not in parts:
        printed = {match.replace(" ", "") for match in IBAN.findall(seen.preamble)}
        top["account"] = printed.pop() if len(printed) == 1 else "?"
        if top["account"] == "?":
            seen.ask("account", "no column and no line above the header names the account")
    if "currency" not in parts:
        codes = (
            {seen.currency}
            if seen.currency
            else {word for word in re.findall(r"\b[A-Z]{3}\b", seen.preamble) if word in CODES}
        )
        top["currency"] = codes.pop() if len(codes) == 1 else "XXX"
        if top["currency"] == "XXX":
            seen.ask("currency", "no column and no line above the header names the currency")
    return top


def _table(seen: Seen, parts: dict[str, Any]) -> dict[str, Any]:
    """How text becomes values, by the columns of dates and amounts."""
    money = set().union(*(seen.shapes.get(part, set()) for part in AMOUNTS))
    decimal, thousands = decimal_and_thousands(money)
    table = _cut(seen) | {
        "decimal": seen.take("table.decimal", decimal),
        "thousands": thousands,
        "dates": _dates(seen, parts),
    }
    if "booking_time" in parts:
        table["times"] = _times(seen, "booking_time")
    debits = seen.shapes.get("debit", set()) if "debit" in parts else set()
    if debits and all(shape.startswith("-") for shape in debits if shape.strip("09.,")):
        table["negative_debits"] = any(shape.startswith("-") for shape in debits)
    _check_amounts(seen, parts)
    return table


def _cut(seen: Seen) -> dict[str, Any]:
    """How the file is cut into rows and columns."""
    if seen.form == "parquet":
        return {}
    if seen.form == "csv":
        return {"encoding": seen.encoding, "delimiter": seen.delimiter, "skip_lines": seen.skip_lines}
    return ({"sheet": seen.sheet} if seen.sheet else {}) | {"skip_lines": seen.skip_lines}


def _dates(seen: Seen, parts: dict[str, Any]) -> str:
    form = date_form(seen.cells.get("booking_date", set()))
    if seen.dated == {True, False}:
        seen.ask("table.dates", "some cells are dates and some are text, so days and months may have changed places")
    if "booking_date" not in parts or form is None:
        parts.setdefault("booking_date", "?")
        seen.ask("table.dates", "no column is known to hold the booking dates")
        return "%Y-%m-%d"
    behind = {shape[len(_day_shape(shape)) :] for shape in seen.shapes["booking_date"]}
    times = {"": "", " 99:99": " %H:%M", " 99:99:99": " %H:%M:%S", "T99:99:99": "T%H:%M:%S", "T99:99": "T%H:%M"}
    if seen.form != "csv" and " 99:99:99" in behind:
        behind.discard("")  # a moment at midnight
    if len(behind) != 1 or not behind <= times.keys():
        seen.ask("table.dates", "the times behind the dates have several forms")
    return seen.take("table.dates", form) + times.get(min(behind), "")


def _day_shape(shape: str) -> str:
    return re.match(r"[9./-]*", shape)[0]  # type: ignore[index]


def _times(seen: Seen, part: str) -> str:
    forms = {"99:99": "%H:%M", "99:99:99": "%H:%M:%S", "9:99": "%H:%M", "9:99:99": "%H:%M:%S"}
    found = {forms.get(shape) for shape in seen.shapes.get(part, set())}
    if len(found) == 1 and None not in found:
        return str(found.pop())
    seen.ask("table.times", "the times have several forms, or none that is known")
    return "%H:%M:%S"


def _check_amounts(seen: Seen, parts: dict[str, Any]) -> None:
    """A doubt when nothing tells which way the money went."""
    if {"debit", "credit"} <= parts.keys():
        return
    if "amount" not in parts:
        parts["amount"] = "?"
        seen.ask("columns.amount", "no column is known to hold the amounts")
    elif "side" not in parts and not any(re.search(r"[-(\u2212]", shape) for shape in seen.shapes.get("amount", set())):
        seen.ask(
            "columns.side", "no amount has a minus and no column says debit or credit: which way did the money go?"
        )


def _sides(seen: Seen) -> dict[str, list[str]] | None:
    if "side" not in seen.columns:
        return None
    found: dict[str, list[str]] = {"credit": [], "debit": []}
    for value in sorted(seen.cells.get("side", set())):
        word = plain(value)
        side = "credit" if word in listed(CREDIT) else "debit" if word in listed(DEBIT) else None
        if side is None:
            seen.ask("sides", "a value of the column for the side is not known")
            return found
        found[side].append(value)
    return found

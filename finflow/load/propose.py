"""A mapping proposed for a CSV file that has none: decided on whole columns, and saying what it is unsure about.

Money is never guessed silently: a proposal with a doubt is written for a person to edit, and load refuses until then.
"""

import codecs
import re
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pyarrow.compute as pc
import tomlkit
from iso4217 import Currency

from finflow.errors import FinflowError
from finflow.load.cutting import cut
from finflow.load.decoding import is_utf8, pieces
from finflow.load.header import DELIMITERS, distinct, split
from finflow.load.parsing import parsed, trimmed
from finflow.load.shapes import Answer, date_form, decimal_and_thousands
from finflow.load.words import CREDIT, DEBIT, PART_OF, listed, plain

LINES_LOOKED_AT = 200
FEWEST_COLUMNS = 3
AMOUNTS = ("amount", "debit", "credit", "balance")
LOOKED_AT = ("booking_date", "booking_time", "value_date", "side", *AMOUNTS)
IBAN = re.compile(r"\b[A-Z]{2}\d{2}(?: ?[A-Z0-9]{4}){2,7}(?: ?[A-Z0-9]{1,4})?\b")
DAY_LENGTH = 11
CODES = {currency.code for currency in Currency}


@dataclass(frozen=True)
class Proposal:
    """A mapping as TOML text; `unsure`: what a person has to settle, in words. Empty = it can be used as it is."""

    text: str
    unsure: list[str]


@dataclass
class _Seen:
    """What was found out about a file so far."""

    name: str
    encoding: str = "utf-8"
    delimiter: str = ","
    skip_lines: int = 0
    preamble: str = ""
    header: list[str] = field(default_factory=list)
    columns: dict[str, list[str]] = field(default_factory=dict)  # part -> columns
    cells: dict[str, set[str]] = field(default_factory=dict)  # part -> what its column holds
    shapes: dict[str, set[str]] = field(default_factory=dict)  # part -> the same with every digit as 9
    currency: str | None = None
    unsure: list[str] = field(default_factory=list)

    def ask(self, key: str, why: str) -> None:
        """Note a doubt."""
        self.unsure.append(f"{key}: {why}")

    def take(self, key: str, answer: Answer) -> str:
        """The value of an answer; its doubt is noted."""
        if answer.unsure:
            self.ask(key, answer.unsure)
        return answer.value


def propose_mapping(path: Path, name: str | None = None) -> Proposal:
    """Propose a mapping for a CSV file. `name`: the file name for the proposal and messages.

    Delimiter, encoding, decimal sign and the order of dates are decided on whole columns; what a column is by the words
    of its header, in several languages. Raises FinflowError for a file that is no table.
    """
    seen = _Seen(name or path.name)
    seen.encoding = seen.take("table.encoding", _encoding(path))
    _layout(path, seen)
    _name_columns(seen)
    _read_columns(path, seen)
    text = _written(seen)
    return Proposal(text, seen.unsure)


def _encoding(path: Path) -> Answer:
    """UTF-8 when every byte agrees; else one of the two usual ones, sure when the letters used are the same in both."""
    with path.open("rb") as stream:
        start = stream.read(2)
    if start in (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE):
        return Answer("utf-16")
    if is_utf8(path):
        return Answer("utf-8")
    letters = bytes(sorted({byte for byte in path.read_bytes() if byte > 127}))
    western, central = (letters.decode(encoding, "replace") for encoding in ("cp1252", "cp1250"))
    if western == central and "\ufffd" not in western:
        return Answer("cp1252")
    return Answer("cp1250", "the letters beyond ASCII may be cp1250 (central Europe) or cp1252 (western Europe)")


def _layout(path: Path, seen: _Seen) -> None:
    """Delimiter, header and the lines above it: the reading in which most header words are known."""
    text = next(pieces(path, seen.name, seen.encoding))[0].decode()
    lines = text.split("\n")[:LINES_LOOKED_AT]
    found = [layout for delimiter in DELIMITERS if (layout := _layout_with(lines, delimiter))]
    if not found:
        raise FinflowError(
            f"{seen.name} is no table: separated by none of ; , tab | do its lines have three or more columns alike. "
            "If it is CSV, write a mapping for it (finflow/load/mapping.py shows one) and name it with --mapping."
        )
    known, width, at, seen.delimiter = max(found)
    seen.skip_lines, seen.preamble = at, "\n".join(lines[:at])
    seen.header = distinct(split(lines[at], seen.delimiter, '"'))
    if [layout for layout in found if layout[:2] == (known, width) and layout[3] != seen.delimiter]:
        seen.ask("table.delimiter", "the lines can be separated in two ways")


def _layout_with(lines: list[str], delimiter: str) -> tuple[int, int, int, str] | None:
    """Known header words, width, line of the header: the best reading with one delimiter."""
    cells = [split(line, delimiter, '"') for line in lines]
    widths = Counter(len(row) for row in cells if len(row) >= FEWEST_COLUMNS)
    if not widths:
        return None
    width = widths.most_common(1)[0][0]
    at = max((n for n, row in enumerate(cells) if len(row) == width), key=lambda n: (_known(cells[n]), -n))
    return _known(cells[at]), width, at, delimiter


def _known(cells: list[str]) -> int:
    return sum(_part(cell)[0] is not None for cell in cells)


def _part(cell: str) -> tuple[str | None, str | None]:
    """The part a header cell stands for, and the currency named behind it."""
    word = plain(cell)
    if word in PART_OF:
        return PART_OF[word], None
    head, _, last = word.rpartition(" ")
    return (PART_OF.get(head), last.upper()) if last.upper() in CODES else (None, None)


def _name_columns(seen: _Seen) -> None:
    for column in seen.header:
        part, currency = _part(re.sub(r" \(\d+\)$", "", column))
        if part is None:
            continue
        seen.currency = seen.currency or currency
        seen.columns.setdefault(part, []).append(column)
    for part, columns in seen.columns.items():
        if len(columns) > 1 and part != "narrative":
            seen.ask(f"columns.{part}", f"it may be any of the columns {', '.join(columns)}")
    if {"debit", "credit"} <= seen.columns.keys():
        seen.columns.pop("amount", None)
        seen.columns.pop("side", None)
    else:
        for part in ("debit", "credit"):
            seen.columns.pop(part, None)


def _read_columns(path: Path, seen: _Seen) -> None:
    """What the columns of dates, sides and amounts hold, over the whole file."""
    left, skip = b"", seen.skip_lines + 1
    for data, _ in pieces(path, seen.name, seen.encoding):
        for _ in range(skip):
            data = data.partition(b"\n")[2]
        skip, left = 0, _collect(left + data, seen)
    if left:
        _collect(left + b"\n", seen)


def _collect(text: bytes, seen: _Seen) -> bytes:
    """Take in the whole records of a text; the rest of it."""
    found = cut(text, 1, seen.delimiter, '"')
    if found is None:
        seen.ask("table.quote", "quotes follow no rule of CSV")
        return b""
    cells = trimmed(parsed(found, len(seen.header), seen.delimiter, '"')[0])
    for part in (part for part in LOOKED_AT if part in seen.columns):
        column = cells.column(seen.header.index(seen.columns[part][0]))
        shape = pc.replace_substring_regex(column, r"\d", "9")
        values = pc.utf8_slice_codeunits(column, 0, DAY_LENGTH) if part.endswith("date") else column
        seen.shapes.setdefault(part, set()).update(filter(None, pc.unique(shape).to_pylist()))
        if part not in AMOUNTS:
            seen.cells.setdefault(part, set()).update(filter(None, pc.unique(values).to_pylist()))
    return text[found.rest :]


def _written(seen: _Seen) -> str:
    """The proposal as TOML, its doubts on top."""
    parts = {part: columns if part == "narrative" else columns[0] for part, columns in seen.columns.items()}
    top, table = _top(seen, parts), _table(seen, parts)
    sides = _sides(seen)
    used = {name for value in parts.values() for name in (value if isinstance(value, list) else [value])}
    table["unused"] = [column for column in seen.header if column not in used]
    document = tomlkit.document()
    for line in (f"Proposed for {seen.name}. Check it; then it reads every export of this form.", *seen.unsure):
        document.add(tomlkit.comment(line))
    if seen.unsure:
        top["unsure"] = seen.unsure
        document.add(tomlkit.comment("Settle each doubt below, then delete the key `unsure`."))
    for content in (top, {"table": table}, {"columns": parts}, {"sides": sides} if sides else {}):
        document.update(content)
    return tomlkit.dumps(document)


def _top(seen: _Seen, parts: dict[str, Any]) -> dict[str, Any]:
    """Name, account and currency: from columns, else from the lines above the header."""
    top: dict[str, Any] = {"name": Path(seen.name).stem, "files": [seen.name], "format": "csv"}
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


def _table(seen: _Seen, parts: dict[str, Any]) -> dict[str, Any]:
    """How text becomes values, by the columns of dates and amounts."""
    money = set().union(*(seen.shapes.get(part, set()) for part in AMOUNTS))
    decimal, thousands = decimal_and_thousands(money)
    table: dict[str, Any] = {
        "encoding": seen.encoding,
        "delimiter": seen.delimiter,
        "skip_lines": seen.skip_lines,
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


def _dates(seen: _Seen, parts: dict[str, Any]) -> str:
    form = date_form(seen.cells.get("booking_date", set()))
    if "booking_date" not in parts or form is None:
        parts.setdefault("booking_date", "?")
        seen.ask("table.dates", "no column is known to hold the booking dates")
        return "%Y-%m-%d"
    behind = {shape[len(_day_shape(shape)) :] for shape in seen.shapes["booking_date"]}
    times = {"": "", " 99:99": " %H:%M", " 99:99:99": " %H:%M:%S", "T99:99:99": "T%H:%M:%S", "T99:99": "T%H:%M"}
    if len(behind) != 1 or not behind <= times.keys():
        seen.ask("table.dates", "the times behind the dates have several forms")
    return seen.take("table.dates", form) + times.get(min(behind), "")


def _day_shape(shape: str) -> str:
    return re.match(r"[9./-]*", shape)[0]  # type: ignore[index]


def _times(seen: _Seen, part: str) -> str:
    forms = {"99:99": "%H:%M", "99:99:99": "%H:%M:%S", "9:99": "%H:%M", "9:99:99": "%H:%M:%S"}
    found = {forms.get(shape) for shape in seen.shapes.get(part, set())}
    if len(found) == 1 and None not in found:
        return str(found.pop())
    seen.ask("table.times", "the times have several forms, or none that is known")
    return "%H:%M:%S"


def _check_amounts(seen: _Seen, parts: dict[str, Any]) -> None:
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


def _sides(seen: _Seen) -> dict[str, list[str]] | None:
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

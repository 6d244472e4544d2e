"""A mapping proposed for a CSV file that has none: decided on whole columns, and saying what it is unsure about.

Money is never guessed silently: a proposal with a doubt is written for a person to edit, and load refuses until then.
"""

import codecs
import contextlib
import csv
import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pyarrow.compute as pc

from finflow.errors import FinflowError
from finflow.load.cutting import cut
from finflow.load.decoding import is_utf8, pieces
from finflow.load.header import DELIMITERS, distinct, split
from finflow.load.parsing import parsed, trimmed
from finflow.load.proposal import AMOUNTS, CODES, Proposal, Seen, written
from finflow.load.shapes import Answer
from finflow.load.words import PART_OF, plain

LINES_LOOKED_AT = 200
FEWEST_COLUMNS = 3
LOOKED_AT = ("booking_date", "booking_time", "value_date", "side", *AMOUNTS)
DAY_LENGTH = 11


def propose_mapping(path: Path, name: str | None = None) -> Proposal:
    """Propose a mapping for a CSV file. `name`: the file name for the proposal and messages.

    Delimiter, encoding, decimal sign and the order of dates are decided on whole columns; what a column is by the words
    of its header, in several languages. Raises FinflowError for a file that is no table.
    """
    seen = Seen(name or path.name)
    seen.encoding = seen.take("table.encoding", _encoding(path))
    _layout(path, seen)
    _name_columns(seen)
    _read_columns(path, seen)
    text = written(seen)
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


def _layout(path: Path, seen: Seen) -> None:
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
    rows = list(_rows(lines, delimiter))
    widths = Counter(len(cells) for _, cells in rows if len(cells) >= FEWEST_COLUMNS)
    if not widths:
        return None
    width = widths.most_common(1)[0][0]
    known, at = max((_known(cells), -line) for line, cells in rows if len(cells) == width)
    return known, width, -at, delimiter


def _rows(lines: list[str], delimiter: str) -> Iterator[tuple[int, list[str]]]:
    """The first rows with the line each starts on, from 0."""
    reader, line = csv.reader((f"{line}\n" for line in lines), delimiter=delimiter), 0
    with contextlib.suppress(csv.Error):
        for cells in reader:
            yield line, cells
            line = reader.line_num


def _known(cells: list[str]) -> int:
    return sum(_part(cell)[0] is not None for cell in cells)


def _part(cell: str) -> tuple[str | None, str | None]:
    """The part a header cell stands for, and the currency named behind it."""
    word = plain(cell)
    if word in PART_OF:
        return PART_OF[word], None
    head, _, last = word.rpartition(" ")
    return (PART_OF.get(head), last.upper()) if last.upper() in CODES else (None, None)


def _name_columns(seen: Seen) -> None:
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


def _read_columns(path: Path, seen: Seen) -> None:
    """What the columns of dates, sides and amounts hold, over the whole file."""
    left, skip = b"", seen.skip_lines + 1
    for data, _ in pieces(path, seen.name, seen.encoding):
        for _ in range(skip):
            data = data.partition(b"\n")[2]
        skip, left = 0, _collect(left + data, seen)
    if left:
        _collect(left + b"\n", seen)


def _collect(text: bytes, seen: Seen) -> bytes:
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

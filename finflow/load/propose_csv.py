"""What a CSV file without a mapping is: its encoding, delimiter and header, and the texts of its columns."""

import codecs
import contextlib
import csv
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pyarrow as pa

from finflow.errors import FinflowError
from finflow.load.cutting import Cut, cut
from finflow.load.decoding import is_utf8, pieces
from finflow.load.header import DELIMITERS, distinct, split
from finflow.load.parsing import parsed, trimmed
from finflow.load.proposal import Seen
from finflow.load.shapes import Answer
from finflow.load.words import known

LINES_LOOKED_AT = 200
FEWEST_COLUMNS = 3


def layout(path: Path, seen: Seen) -> None:
    """Encoding, delimiter, header and the lines above it: the reading in which most header words are known."""
    seen.encoding = seen.take("table.encoding", _encoding(path))
    text = next(pieces(path, seen.name, seen.encoding))[0].decode()
    lines = text.split("\n")[:LINES_LOOKED_AT]
    found = [fitting for delimiter in DELIMITERS if (fitting := _layout_with(lines, delimiter))]
    if not found:
        raise FinflowError(
            f"{seen.name} is no table: separated by none of ; , tab | do its lines have three or more columns alike. "
            "If it is CSV, write a mapping for it (finflow/load/mapping.py shows one) and name it with --mapping."
        )
    words, width, at, seen.delimiter = max(found)
    seen.skip_lines, seen.preamble = at, "\n".join(lines[:at])
    seen.header = distinct(split(lines[at], seen.delimiter, '"'))
    if [other for other in found if other[:2] == (words, width) and other[3] != seen.delimiter]:
        seen.ask("table.delimiter", "the lines can be separated in two ways")


def texts(path: Path, seen: Seen, columns: list[str]) -> Iterator[list[pa.Array]]:
    """The texts of some columns, over the whole file."""
    left, skip = b"", seen.skip_lines + 1
    for data, _ in pieces(path, seen.name, seen.encoding):
        for _ in range(skip):
            data = data.partition(b"\n")[2]
        skip, left = 0, left + data
        found = cut(left, 1, seen.delimiter, '"')
        if found is None:
            break
        yield _picked(found, seen, columns)
        left = left[found.rest :]
    found = cut(left + b"\n", 1, seen.delimiter, '"')
    if found is None:
        seen.ask("table.quote", "quotes follow no rule of CSV")
    else:
        yield _picked(found, seen, columns)


def _picked(found: Cut, seen: Seen, columns: list[str]) -> list[pa.Array]:
    cells = trimmed(parsed(found, len(seen.header), seen.delimiter, '"')[0])
    return [cells.column(seen.header.index(column)) for column in columns]


def _layout_with(lines: list[str], delimiter: str) -> tuple[int, int, int, str] | None:
    """Known header words, width, line of the header: the best reading with one delimiter."""
    rows = list(_rows(lines, delimiter))
    widths = Counter(len(cells) for _, cells in rows if len(cells) >= FEWEST_COLUMNS)
    if not widths:
        return None
    width = widths.most_common(1)[0][0]
    words, at = max((known(cells), -line) for line, cells in rows if len(cells) == width)
    return words, width, -at, delimiter


def _rows(lines: list[str], delimiter: str) -> Iterator[tuple[int, list[str]]]:
    """The first rows with the line each starts on, from 0."""
    reader, line = csv.reader((f"{line}\n" for line in lines), delimiter=delimiter), 0
    with contextlib.suppress(csv.Error):
        for cells in reader:
            yield line, cells
            line = reader.line_num


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

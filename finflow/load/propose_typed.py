"""What a workbook or a Parquet file without a mapping is: its header, and what its columns hold.

Cells that are numbers say nothing of decimal signs, only which way the money went; cells that are dates are days in the
order of ISO, with the time behind when there is one.
"""

from collections.abc import Iterator
from datetime import datetime
from itertools import islice
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from finflow.errors import FinflowError
from finflow.load.header import distinct
from finflow.load.mapping import Table
from finflow.load.parquet import Texts, columns_of, is_plain, pieces
from finflow.load.proposal import AMOUNTS, Seen
from finflow.load.words import known
from finflow.load.workbook import printed
from finflow.load.workbook_file import Book

ROWS_LOOKED_AT = 200
ROWS = 20_000
FEWEST_COLUMNS = 3
MIDNIGHT = " 00:00:00"
MOMENTS = Table(dates="%Y-%m-%d %H:%M:%S")


def sheet_layout(path: Path, seen: Seen) -> None:
    """The sheet and the row in which most header words are known, and the rows above it."""
    book = Book(path, seen.name)
    found = [(*best, title) for title in book.filled() if (best := _header(book, title))]
    if not found:
        raise FinflowError(f"{seen.name} holds no table: no sheet has a row of three or more cells.")
    _, above, seen.sheet = max(found, key=lambda header: header[:2])
    rows = list(islice(book.rows(seen.sheet), ROWS_LOOKED_AT))
    seen.skip_lines = -above - 1
    seen.preamble = "\n".join(" ".join(map(_text, cells)) for number, cells in rows if number < -above)
    seen.header = distinct([_text(cell) for number, cells in rows if number == -above for cell in cells])
    if len(book.filled()) > 1:
        seen.ask("table.sheet", f"there are data on the sheets {', '.join(book.filled())}")


def _header(book: Book, title: str) -> tuple[int, int] | None:
    """Known words and, negative, the number of the row that has most of them."""
    rows = islice(book.rows(title), ROWS_LOOKED_AT)
    wide = [(known(map(_text, cells)), -number) for number, cells in rows if len(cells) >= FEWEST_COLUMNS]
    return max(wide, default=None)


def sheet_texts(path: Path, seen: Seen, columns: list[str]) -> Iterator[list[pa.Array]]:
    """The texts of some columns, over the whole sheet."""
    rows = Book(path, seen.name).rows(str(seen.sheet))
    places = [seen.header.index(column) for column in columns]
    body = ([cells[at] if at < len(cells) else None for at in places] for n, cells in rows if n > seen.skip_lines + 1)
    money = [column in _money(seen) for column in columns]
    dates = [at for at, column in enumerate(columns) if column in seen.columns.get("booking_date", [])]
    while some := list(islice(body, ROWS)):
        seen.dated |= {isinstance(row[at], datetime) for row in some for at in dates if row[at] not in (None, "")}
        yield [
            pa.array([_sign(row[at]) if money[at] else _text(row[at]) for row in some], pa.string())
            for at in range(len(columns))
        ]


def parquet_layout(path: Path, seen: Seen) -> None:
    """The columns; one that holds no texts, numbers or dates is as if it had no name."""
    columns = columns_of(path, seen.name)
    seen.header = [column for column, _ in columns]
    seen.nested = {column for column, kind in columns if not is_plain(kind)}


def parquet_texts(path: Path, seen: Seen, columns: list[str]) -> Iterator[list[pa.Array]]:
    """The texts of some columns, over the whole file."""
    kinds = dict(columns_of(path, seen.name))
    for column in columns:
        if column in seen.nested:
            seen.ask("columns", f"column {column} holds neither texts nor numbers nor dates")
            return
    numbers = [column in _money(seen) and not _is_text(kinds[column]) for column in columns]
    texts = Texts([(column, kinds[column]) for column in columns], MOMENTS, "UTC")
    for _, batch in pieces(path, seen.name, columns):
        table = texts.of(batch)
        found = [table.column(at) for at in range(len(columns))]
        yield [_signs(cells) if number else _days(cells) for cells, number in zip(found, numbers, strict=True)]


def _money(seen: Seen) -> set[str]:
    return {column for part in AMOUNTS for column in seen.columns.get(part, [])}


def _is_text(kind: pa.DataType) -> bool:
    return "string" in str(kind)


def _text(cell: Any) -> str:
    """A cell as text, the time of a date only when it has one."""
    return (printed(cell, MOMENTS) or "").removesuffix(MIDNIGHT if isinstance(cell, datetime) else "\0")


def _sign(cell: Any) -> str:
    """A number by its sign alone, a text whole."""
    if isinstance(cell, int | float) and not isinstance(cell, bool):
        return "-9" if cell < 0 else "9"
    return _text(cell)


def _signs(cells: pa.ChunkedArray) -> pa.ChunkedArray:
    return pc.replace_substring_regex(cells, r"[^-].*", "9")


def _days(cells: pa.ChunkedArray) -> pa.ChunkedArray:
    return pc.replace_substring_regex(cells, f"^([0-9-]{{10}}){MIDNIGHT}$", r"\1")

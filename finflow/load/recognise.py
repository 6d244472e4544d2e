"""Side evidence without a mapping: a table whose header names exactly the columns of one template, in any order."""

from collections.abc import Iterator
from pathlib import Path

from finflow.errors import FinflowError
from finflow.load.decoding import pieces
from finflow.load.header import DELIMITERS, split
from finflow.load.mapping import Table
from finflow.load.parquet import columns_of
from finflow.load.workbook import printed
from finflow.load.workbook_file import Book
from finflow.side import templates
from finflow.side.sheet import mapping_text


def recognised(path: Path, name: str, form: str) -> str | None:
    """The text of the mapping to read it with; None when it is no such table. `name`: its name for messages."""
    for delimiter, names in _HEADERS[form](path, name):
        for template in templates().values():
            if sorted(names) == sorted(template.columns):
                return mapping_text(template, form, delimiter)
    return None


def _of_text(path: Path, name: str) -> Iterator[tuple[str, list[str]]]:
    try:
        data, _ = next(pieces(path, name, "utf-8"))
    except FinflowError:
        return
    line = data.lstrip(b"\n").split(b"\n", 1)[0].decode()
    for delimiter in DELIMITERS:
        yield delimiter, [cell.strip() for cell in split(line, delimiter, '"')]


def _of_workbook(path: Path, name: str) -> Iterator[tuple[str, list[str]]]:
    book = Book(path, name)
    for title in book.filled()[:1]:
        _, cells = next(book.rows(title))
        yield "", [printed(cell, Table()) or "" for cell in cells]


def _of_parquet(path: Path, name: str) -> Iterator[tuple[str, list[str]]]:
    yield "", [column for column, _ in columns_of(path, name)]


_HEADERS = {"csv": _of_text, "xlsx": _of_workbook, "parquet": _of_parquet}

"""An XLSX file as an archive of XML parts: checked before it is read, then a sheet row by row.

A part that would unpack to far more than its size, or that declares entities of its own, is refused. A cell with a
formula counts only with the value that the program which wrote the file stored beside it.
"""

import io
import re
import warnings
import zipfile
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import openpyxl  # type: ignore[import-untyped]

from finflow.errors import FinflowError

PIECE = 1 << 20
LARGEST_SHEET, LARGEST_PART = 4 << 30, 512 << 20  # a sheet streams; other parts are held in memory
HIGHEST_RATIO = 250  # rows that are all alike pack about a hundredfold
LAST_ROW = 1_048_576
FORMULA = object()  # stands for a cell whose formula has no stored value

_SHEETS = "xl/worksheets/"
_TAG = re.compile(rb"<(?:\w+:)?(f|row|col|mergeCell)[\s/>][^>]*")
_HIDDEN = re.compile(rb"""\shidden\s*=\s*["'](?:1|true)["']""")

warnings.filterwarnings("ignore", module="openpyxl")  # they quote values of cells


def is_workbook(path: Path) -> bool:
    """Whether a file is an XLSX workbook, by what it holds."""
    try:
        with path.open("rb") as stream:
            if stream.read(2) != b"PK":
                return False
        with zipfile.ZipFile(path) as archive:
            return "xl/workbook.xml" in archive.namelist()
    except (zipfile.BadZipFile, OSError, ValueError):
        return False


class Book:
    """A workbook held in memory: no file stays open. `name` is the file name for messages.

    Raises FinflowError for an archive that is damaged, protected by a password, or made to exhaust the machine.
    """

    def __init__(self, path: Path, name: str) -> None:
        self.name = name
        self._data = path.read_bytes()
        try:
            with zipfile.ZipFile(io.BytesIO(self._data)) as archive:
                _check_sizes(archive, name)
                self._tags = {part: _tags(archive, part, name) for part in archive.namelist()}
            self._values = self._opened(data_only=True)
        except FinflowError:
            raise
        except Exception:  # the library raises whatever it stumbles over, and quotes what the file holds
            raise _damaged(name) from None

    def sheet(self, wanted: str | None) -> str:
        """The sheet of that name; None: the only one that holds anything. Raises FinflowError naming the sheets."""
        found = self.filled()
        if wanted in self._values:
            return str(wanted)
        if wanted is None and len(found) == 1:
            return found[0]
        if not found:
            raise FinflowError(f"{self.name} holds nothing on any sheet. Ask for the file again.")
        named = f"no sheet {wanted}" if wanted else "data on several sheets"
        raise FinflowError(
            f"{self.name} has {named}. Write one of these as `sheet` under [table] of its mapping: {', '.join(found)}."
        )

    def filled(self) -> list[str]:
        """The sheets that hold anything."""
        return [title for title in self._values if next(self.rows(title), None)]

    def rows(self, title: str) -> Iterator[tuple[int, list[Any]]]:
        """The rows of a sheet that hold anything, with their numbers: values of cells up to the last one that has any.

        Raises FinflowError when the sheet is damaged.
        """
        try:
            for number, cells in enumerate(self._whole_rows(title), 1):
                if number > LAST_ROW:
                    raise _damaged(self.name)
                last = max((at for at, cell in enumerate(cells, 1) if cell not in (None, "")), default=0)
                if last:
                    yield number, list(cells[:last])
        except FinflowError:
            raise
        except Exception:
            raise _damaged(self.name) from None

    def row_count(self, title: str) -> int:
        """How many rows are written in a sheet."""
        return self._of(title)["row"]

    def notes(self, title: str) -> list[str]:
        """What a person should know of a sheet."""
        tags = self._of(title)
        told = {
            "cells hold formulas: the value stored by the program that wrote the file is taken": tags["f"],
            "ranges of cells are merged: what they say stands in their first cell alone": tags["mergeCell"],
            "rows are hidden, and read like the others": tags["hidden row"],
            "columns or groups of columns are hidden, and read like the others": tags["hidden col"],
        }
        found = [f"sheet {title}: {count} {words}" for words, count in told.items() if count]
        return found if self._values[title].sheet_state == "visible" else [*found, f"sheet {title} is hidden"]

    def _whole_rows(self, title: str) -> Iterator[Sequence[Any]]:
        values = self._values[title].iter_rows(values_only=True)
        if not self._of(title)["f"]:
            yield from values
            return
        for stored, cells in zip(values, self._opened(data_only=False)[title].iter_rows(), strict=True):
            yield [
                FORMULA if value is None and cell.data_type == "f" else value
                for value, cell in zip(stored, cells, strict=True)
            ]

    def _opened(self, *, data_only: bool) -> dict[str, Any]:
        """The sheets by name: with `data_only` values that are stored, else formulas."""
        book = openpyxl.load_workbook(io.BytesIO(self._data), read_only=True, data_only=data_only, keep_links=False)
        for sheet in book.worksheets:
            sheet.reset_dimensions()  # what a file says of its size may be wrong
        return {sheet.title: sheet for sheet in book.worksheets}

    def _of(self, title: str) -> Counter[str]:
        return self._tags[self._values[title]._worksheet_path]


def _check_sizes(archive: zipfile.ZipFile, name: str) -> None:
    """Refuse, by the archive's directory alone, what is locked or would unpack to more than it should."""
    for part in archive.infolist():
        if part.flag_bits & 1:
            raise FinflowError(f"{name} is protected by a password. Save it without one, or ask for it without one.")
        largest = LARGEST_SHEET if part.filename.startswith(_SHEETS) else LARGEST_PART
        packed = part.file_size > 16 * PIECE and part.file_size > HIGHEST_RATIO * part.compress_size
        if part.file_size > largest or packed:
            raise FinflowError(
                f"{name} would unpack to far more than a bank's workbook holds, so it is not read. Ask for CSV."
            )


def _tags(archive: zipfile.ZipFile, part: str, name: str) -> Counter[str]:
    """How often the tags that matter stand in a part. Raises FinflowError for entities declared in it."""
    found: Counter[str] = Counter()
    if not part.endswith((".xml", ".rels")):
        return found
    left = b""
    with archive.open(part) as stream:
        while piece := stream.read(PIECE):
            text = left + piece
            if b"<!DOCTYPE" in text or b"<!ENTITY" in text:
                raise FinflowError(f"{name} declares XML entities, which no workbook needs, so it is not read.")
            end = max(text.rfind(b"<"), 0)
            left = text[end:] if len(text) - end < PIECE else b""
            _count(text[:end], found)
    _count(left, found)
    return found


def _count(text: bytes, found: Counter[str]) -> None:
    for tag in _TAG.finditer(text):
        name = tag[1].decode()
        found[name] += 1
        if _HIDDEN.search(tag[0]):
            found[f"hidden {name}"] += 1


def _damaged(name: str) -> FinflowError:
    return FinflowError(
        f"{name} cannot be read as a workbook: it is damaged or not whole. Ask for it again, or save it anew as XLSX."
    )

"""XLSX by a mapping: the rows of one sheet as text, each cell printed the way the mapping says its bank prints.

Numbers in cells are binary fractions: each is taken with the 15 digits that spreadsheet programs themselves keep, and a
number that needs more is no amount and no account. Cells that are dates are printed in the form of the mapping.
"""

from collections.abc import Iterator, Sequence
from datetime import date, datetime, time
from decimal import Decimal
from itertools import chain, islice
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from finflow.counting import counted
from finflow.errors import FinflowError
from finflow.load.fees import charged
from finflow.load.header import check_columns, distinct
from finflow.load.mapping import Mapping, Table
from finflow.load.naming import moments, reading_by
from finflow.load.odd_table import rule_for
from finflow.load.records import Batch, Readable
from finflow.load.rows import built_in_rules, record_table
from finflow.load.workbook_file import FORMULA, Book

ROWS = 20_000
DIGITS = 15
UNREADABLE = {
    True: "column {} holds a formula without a stored value",
    False: "column {} holds a number of more than 15 digits, which a workbook does not keep exactly",
}
Row = tuple[int, list[Any]]


def open_workbook(path: Path, name: str, mapping: Mapping | None, case_zone: str) -> Readable:
    """A sheet of an XLSX file as records, by its mapping. `name` is the file name for messages.

    Raises FinflowError for a damaged file, when the sheet is not clear, or the header does not go with the mapping.
    """
    assert mapping is not None
    sheet = _Sheet(Book(path, name), mapping, path.stat().st_size)
    return charged(Readable(reading_by(mapping, sheet.columns, case_zone, f"{sheet.title}!R"), sheet.batches()))


def printed(cell: Any, form: Table, *, as_time: bool = False) -> str | None:
    """A cell as text in the forms of the mapping, without white space around it; None when it cannot be known."""
    if cell is None or cell is FORMULA:
        return None if cell else ""
    if isinstance(cell, bool):
        return str(cell).lower()
    if isinstance(cell, int | float):
        number = digits(cell)
        return None if number is None else number.replace(".", form.decimal)
    if isinstance(cell, date | time):
        return cell.strftime(form.times if as_time or isinstance(cell, time) else form.dates)
    return str(cell).strip()


def joined(cells: Sequence[Any], form: Table) -> str:
    """The cells of a row as one text, a tab between them."""
    return "\t".join("?" if (text := printed(cell, form)) is None else text for cell in cells)


def digits(number: float) -> str | None:
    """A number with its 15 significant digits; None when it has more than those: then it is not known."""
    if abs(number) >= 10**DIGITS:
        return None
    kept = Decimal(f"{number:.{DIGITS}g}")
    cut_off = len(kept.normalize().as_tuple().digits) == DIGITS and kept != Decimal(repr(number))
    return None if cut_off else f"{kept:f}"


class _Sheet:
    """One sheet being read."""

    def __init__(self, book: Book, mapping: Mapping, size: int) -> None:
        self._book, self._mapping, self._form, self._size = book, mapping, mapping.table, size
        self.title = book.sheet(mapping.table.sheet)
        self._rows = book.rows(self.title)
        self.columns = self._header()
        self._used = [column in mapping.used_columns() for column in self.columns]
        timed = mapping.columns.booking_time if mapping.columns else None
        self._times = [column == timed for column in self.columns]

    def batches(self) -> Iterator[Batch]:
        """Every record of the sheet, in order."""
        notes: list[str] | None = None
        while rows := list(islice(self._rows, ROWS)):
            notes = self._book.notes(self.title) + self._lost_times(rows) if notes is None else []
            yield self._batch(rows, notes)

    def _header(self) -> list[str]:
        above = self._form.skip_lines
        number, cells = next(((number, cells) for number, cells in self._rows if number > above), (above + 1, []))
        place = f"{self._book.name} {self.title}!R{number}"
        if not cells:
            raise FinflowError(f"{place}: there is no header, so the sheet holds no records.")
        names = distinct([printed(cell, self._form) or "" for cell in cells])
        if not self._form.header:
            names = [str(at) for at in range(1, len(cells) + 1)]
            self._rows = chain([(number, cells)], self._rows)
        check_columns(place, names, self._mapping)
        return names

    def _batch(self, rows: list[Row], notes: list[str]) -> Batch:
        read = [self._read(cells) for _, cells in rows]
        numbers = np.array([number for number, _ in rows])
        cells = {f"c{at}": pa.array([row[0][at] for row in read], pa.string()) for at in range(len(self.columns))}
        table = pa.table(cells)
        rules = pc.coalesce(
            pa.array([rule for _, rule, _ in read], pa.string()),
            built_in_rules(table, self.columns if self._form.header else []),
        )
        faults = pa.array([fault for *_, fault in read], pa.string())
        records = record_table(np.arange(len(rows)), numbers, numbers, table, rules, faults)
        done = self._size * int(numbers[-1]) // max(self._book.row_count(self.title), int(numbers[-1]))
        return Batch(records, lambda indexes: [joined(rows[at][1], self._form) for at in indexes], done, notes=notes)

    def _read(self, cells: list[Any]) -> tuple[list[str | None], str | None, str | None]:
        """The texts of a row, the rule that leaves it out, and why it is rejected."""
        width = len(self.columns)
        rule = None if len(cells) == width else rule_for(joined(cells, self._form), self._mapping)
        if len(cells) > width:
            fault = None if rule else f"{counted(len(cells), 'column')} where the header has {width}"
            return [None] * width, rule, fault
        texts = [printed(cell, self._form, as_time=timed) for cell, timed in zip(cells, self._times, strict=False)]
        faults = [
            UNREADABLE[cell is FORMULA].format(column)
            for column, used, cell, text in zip(self.columns, self._used, cells, texts, strict=False)
            if used and text is None
        ]
        return [*texts, *[""] * (width - len(cells))], rule, None if rule else "; ".join(faults) or None

    def _lost_times(self, rows: list[Row]) -> list[str]:
        """A note when cells of booking dates hold times that the mapping does not ask for."""
        columns = self._mapping.columns
        if columns is None or columns.booking_time or moments(self._mapping):
            return []
        at = self.columns.index(columns.booking_date)
        days = [cells[at] for _, cells in rows if len(cells) > at and isinstance(cells[at], datetime)]
        if all(day.time() == time() for day in days):
            return []
        form = f'dates = "{self._form.dates} %H:%M:%S"'
        return [f"column {columns.booking_date} also holds times, which are not read: write {form} under [table]"]

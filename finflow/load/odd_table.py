"""Rows that do not keep to the form: too many or too few columns, or quotes that follow no rule of CSV."""

import csv
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from finflow.counting import counted
from finflow.errors import FinflowError
from finflow.load.header import dialect, split
from finflow.load.mapping import Mapping
from finflow.load.records import WHOLE_OR_NOTHING, Batch
from finflow.load.rows import record_table

ROWS = 50_000
BEFORE = f"The records before it can be read. {WHOLE_OR_NOTHING}"


@dataclass(frozen=True)
class Short:
    """Judges records that have not the header's number of columns."""

    name: str
    mapping: Mapping
    width: int

    def judge(self, raw: str, line: int, *, last: bool) -> tuple[str | None, str | None]:
        """The rule that leaves the record out, and else why it is rejected. `last`: the file stops in it.

        Raises FinflowError when the file breaks off inside the record.
        """
        rule = rule_for(raw, self.mapping)
        if rule is not None:
            return rule, None
        if last:
            raise FinflowError(
                f"{self.name} L{line}: the file ends inside this record, so it may be cut off. Ask for it again; "
                f"if this line is no record, give it a [skip] rule with `line` in the mapping. {BEFORE}"
            )
        found = len(split(raw, self.mapping.table.delimiter, self.mapping.table.quote))
        return None, f"{counted(found, 'column')} where the header has {self.width}"


def rule_for(raw: str, mapping: Mapping) -> str | None:
    """The rule of [skip] for lines that this one falls under; None when there is none."""
    return next((name for name, rule in mapping.skip.items() if rule.line and re.search(rule.line, raw)), None)


def odd_batches(lines: Iterator[str], line: int, short: Short, done: Callable[[], int]) -> Iterator[Batch]:
    """The rest of a file, row by row. `line`: number of its first line. `done`: bytes read so far.

    Raises FinflowError for a quote that never closes.
    """
    rows: list[_Row] = []
    for row in _rows(lines, line, short):
        rows.append(row)
        if len(rows) == ROWS:
            yield _batch(rows, short.width, done())
            rows = []
    if rows:
        yield _batch(rows, short.width, done())


@dataclass(frozen=True)
class _Row:
    raw: str
    first_line: int
    last_line: int
    cells: list[str] | None = None
    rule: str | None = None
    fault: str | None = None


def _rows(lines: Iterator[str], line: int, short: Short) -> Iterator[_Row]:
    form = short.mapping.table
    taken: list[str] = []
    reader = csv.reader(_noting(lines, taken), **dialect(form.delimiter, form.quote))
    while True:
        first = line + reader.line_num
        taken.clear()
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            if "end of data" in str(error) or "field limit" in str(error):
                raise _never_closes(short.name, first) from None
            cells = None
        raw = "".join(taken)
        if raw.strip("\n"):
            yield _row(raw, first, line + reader.line_num - 1, cells, short)


def _noting(lines: Iterator[str], taken: list[str]) -> Iterator[str]:
    for line in lines:
        taken.append(line)
        yield line


def _row(raw: str, first: int, last: int, cells: list[str] | None, short: Short) -> _Row:
    text = raw.removesuffix("\n")
    if cells is None:
        return _Row(text, first, last, fault="quotes inside a value that follow no rule of CSV")
    if len(cells) == short.width:
        return _Row(text, first, last, cells, rule=None if any(map(str.strip, cells)) else "empty record")
    rule, fault = short.judge(text, first, last=not raw.endswith("\n"))
    return _Row(text, first, last, rule=rule, fault=fault)


def _batch(rows: list[_Row], width: int, done: int) -> Batch:
    cells = {
        f"c{index}": pa.array([row.cells[index].strip() if row.cells else None for row in rows], pa.string())
        for index in range(width)
    }
    table = record_table(
        np.arange(len(rows)),
        np.array([row.first_line for row in rows]),
        np.array([row.last_line for row in rows]),
        pa.table(cells),
        pa.array([row.rule for row in rows], pa.string()),
        pa.array([row.fault for row in rows], pa.string()),
    )
    return Batch(table, lambda indexes: [rows[index].raw for index in indexes], done)


def _never_closes(name: str, line: int) -> FinflowError:
    return FinflowError(
        f"{name} L{line}: a quote opens here and never closes: the file may be cut off. Ask for it again; "
        f'if the export never quotes, write quote = "" under [table] of the mapping. {BEFORE}'
    )

"""Parquet by a mapping: the columns that have a use, as text in the forms of the mapping; no row looked at on its own.

Decimals and whole numbers are exact. A floating-point number is taken when the digits such a form always keeps say it
whole: an amount that needs more was computed, not booked. Moments with a zone are brought to the zone of the mapping.
"""

import re
from collections import Counter
from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import duckdb
import numpy as np
import pyarrow as pa
from pyarrow import parquet

from finflow.errors import FinflowError
from finflow.load.fees import charged
from finflow.load.header import check_columns
from finflow.load.mapping import Mapping, Table
from finflow.load.naming import moments, reading_by
from finflow.load.parsing import trimmed
from finflow.load.records import Batch, Readable, Reading
from finflow.load.rows import record_table
from finflow.load.settle import engine

ROWS = 491_520  # four of the groups of rows that DuckDB packs together
DIGITS = {"float": 6, "double": 15}  # decimal digits that a floating-point form always keeps
INEXACT = "column {} holds a number of more digits than its floating-point form keeps exactly"
_EXACT = r"u?int\d+|decimal\d+\(\d+, [0-8]\)"  # types of Arrow that fit an amount to the last decimal
_NUMBER = "replace({cell}::VARCHAR, '.', $decimal)"
_WHOLE = "{cell} = trunc({cell}) AND abs({cell}) < 1e15"
_SAID = {  # types of Arrow -> SQL for the text of a cell
    r"(large_)?string(_view)?": "{cell}",
    r"dictionary<values=(large_)?string,.*": "{cell}::VARCHAR",
    r"u?int\d+|decimal(32|64|128)\(.*": _NUMBER,
    r"float|double": f"CASE WHEN {_WHOLE} THEN {{cell}}::BIGINT::VARCHAR ELSE {_NUMBER} END",
    r"bool": "{cell}::VARCHAR",
    r"date\d\d\[.*|timestamp\[\w+\]": "strftime({cell}::TIMESTAMP, ${form})",
    r"timestamp\[\w+, tz=.*": "strftime(timezone($zone, {cell})::TIMESTAMP, ${form})",
    r"time\d\d\[.*": "strftime(DATE '2000-01-01' + {cell}::TIME, $times)",
    r"null": "NULL::VARCHAR",
}
Column = tuple[str, pa.DataType]


def open_parquet(path: Path, name: str, mapping: Mapping | None, case_zone: str) -> Readable:
    """A Parquet file as records, by its mapping. `name` is the file name for messages.

    Raises FinflowError for a damaged file, for columns that do not go with the mapping, and for a column with a use
    that holds lists, structures or bytes.
    """
    assert mapping is not None
    found = columns_of(path, name)
    check_columns(name, [column for column, _ in found], mapping)
    used = [(column, kind) for column, kind in found if column in mapping.used_columns()]
    for column, kind in used:
        if not is_plain(kind):
            raise FinflowError(
                f"{name}: column {column} holds neither texts nor numbers nor dates (its type is {_outer(kind)}). Ask "
                "for its parts as columns of their own, or list it under [table] unused."
            )
    reading = reading_by(mapping, [column for column, _ in used], case_zone, "R")
    reading = replace(reading, typed=_typed(used, mapping))
    return charged(Readable(reading, _batches(path, name, used, mapping, reading)))


def columns_of(path: Path, name: str) -> list[Column]:
    """The columns of a Parquet file with their types. Raises FinflowError for a damaged file, and for a name twice."""
    with _opened(path, name) as file:
        schema = file.schema_arrow
    twice = next((column for column in schema.names if schema.names.count(column) > 1), None)
    if twice is not None:
        raise FinflowError(f"{name} has two columns called {twice}. Ask for the file with names that differ.")
    return list(zip(schema.names, schema.types, strict=True))


def is_plain(kind: pa.DataType) -> bool:
    """Whether a column of this type holds texts, numbers, dates or times."""
    return _form_of(kind) is not None


class Texts:
    """The columns `used` of a file as texts c0, c1, ... in the forms of a mapping, and `fault`, why a row is not known.

    `time`: the column of which the time of the day is wanted. `typed`: columns that keep their type.
    """

    def __init__(
        self, used: Sequence[Column], form: Table, zone: str, time: str | None = None, typed: Collection[str] = ()
    ) -> None:
        self._con = engine().cursor()
        self._kept = {at for at, (column, kind) in enumerate(used) if column in typed or kind == pa.string()}
        said = [
            _said(at, kind, "times" if column == time else "dates")
            for at, (column, kind) in enumerate(used)
            if at not in self._kept
        ]
        inexact = ", ".join(_inexact(at, kind) for at, (_, kind) in enumerate(used))
        said.append(f"nullif(concat_ws('; ', {inexact}), '') AS fault")
        self._query = f"SELECT {', '.join(said)} FROM given"
        values = {"dates": form.dates, "times": form.times, "decimal": form.decimal, "zone": zone}
        values |= {f"fault{at}": INEXACT.format(column) for at, (column, _) in enumerate(used)}
        self._values = {key: value for key, value in values.items() if re.search(rf"\${key}\b", self._query)}

    def of(self, batch: pa.RecordBatch) -> pa.Table:
        """The texts of some rows."""
        given = pa.table(batch.columns, [f"c{at}" for at in range(batch.num_columns)])
        self._con.register("given", given)
        said = self._con.sql(self._query, params=self._values).to_arrow_table()
        self._con.unregister("given")
        columns = [(given if at in self._kept else said).column(f"c{at}") for at in range(batch.num_columns)]
        return pa.table([*columns, said.column("fault")], [*given.column_names, "fault"])


def pieces(path: Path, name: str, columns: Sequence[str]) -> Iterator[tuple[int, pa.RecordBatch]]:
    """Some rows at a time of some columns, with the part of the file read so far in bytes.

    Raises FinflowError for a damaged file.
    """
    size, seen = path.stat().st_size, 0
    with _opened(path, name) as file:
        for batch in file.iter_batches(ROWS, columns=list(columns)):
            seen += len(batch)
            batch.validate(full=True)  # neither reader looks whether texts are UTF-8
            yield size * seen // file.metadata.num_rows, batch


def _batches(path: Path, name: str, used: list[Column], mapping: Mapping, reading: Reading) -> Iterator[Batch]:
    time = mapping.columns.booking_time if mapping.columns else None
    kept, whole = (Texts(used, mapping.table, reading.zone, time, typed) for typed in (reading.typed, ()))
    seen = 0
    for done, batch in pieces(path, name, [column for column, _ in used]):
        table = kept.of(batch)
        cells = trimmed(table.drop_columns(["fault"]))
        numbers = np.arange(seen + 1, seen + 1 + len(table))
        rules = pa.nulls(len(table), pa.string())
        records = record_table(numbers - seen - 1, numbers, numbers, cells, rules, table["fault"])
        yield Batch(records, _raw(whole, batch), done)
        seen += len(table)


def _typed(used: list[Column], mapping: Mapping) -> frozenset[str]:
    """Columns that are judged as the numbers and days they are, without becoming texts: they have one use, and no word
    of the mapping may stand for nothing in them.
    """
    columns, kinds = mapping.columns, dict(used)
    if columns is None or columns.fee or any(re.search(r"\d", word) for word in mapping.table.null_values):
        return frozenset()
    forms = dict.fromkeys(("amount", "debit", "credit", "balance"), _EXACT)
    if moments(mapping) is None:
        forms |= dict.fromkeys(("booking_date", "value_date"), r"date32\[.*")
    once = {column for column, uses in Counter(mapping.uses()).items() if uses == 1}
    named = {getattr(columns, part): form for part, form in forms.items()}
    return frozenset(
        column for column, form in named.items() if column in once and re.fullmatch(form, str(kinds[column]))
    )


def _raw(texts: Texts, batch: pa.RecordBatch) -> Callable[[Sequence[int]], list[str]]:
    """The columns read of a row as one text, a tab between them."""

    def raw(indexes: Sequence[int]) -> list[str]:
        cells = trimmed(texts.of(batch.take(pa.array(indexes))).drop_columns(["fault"]))
        return ["\t".join(value or "" for value in row.values()) for row in cells.to_pylist()]

    return raw


def _said(at: int, kind: pa.DataType, form: str) -> str:
    return f"{str(_form_of(kind)).format(cell=f'c{at}', form=form)} AS c{at}"


def _form_of(kind: pa.DataType) -> str | None:
    return next((form for pattern, form in _SAID.items() if re.fullmatch(pattern, str(kind))), None)


def _inexact(at: int, kind: pa.DataType) -> str:
    """SQL: the fault when a floating-point number has more digits than are certain."""
    certain = DIGITS.get(str(kind))
    if certain is None:
        return "NULL"
    digits = f"length(trim(regexp_replace(split_part(c{at}::VARCHAR, 'e', 1), '[-.]', '', 'g'), '0'))"
    return f"CASE WHEN abs(c{at}) >= 1e{certain} OR {digits} > {certain} THEN $fault{at} END"


def _outer(kind: pa.DataType) -> str:
    """The type without the names of what it holds."""
    return re.split(r"[<(\[]", str(kind))[0]


@contextmanager
def _opened(path: Path, name: str) -> Iterator[parquet.ParquetFile]:
    try:
        with parquet.ParquetFile(path) as file:
            yield file
    except (pa.ArrowException, OSError, duckdb.Error, UnicodeDecodeError):  # they quote what the file holds
        raise FinflowError(f"{name} cannot be read as Parquet: it is damaged or not whole. Ask for it again.") from None

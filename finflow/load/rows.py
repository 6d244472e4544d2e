"""Rows of a table, in whatever format, as records: where they stand, their cells, and the rules every table has."""

from collections.abc import Sequence

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray


def record_table(
    ordinals: NDArray[np.int64],
    first_lines: NDArray[np.int64],
    last_lines: NDArray[np.int64],
    cells: pa.Table,
    rules: pa.Array | pa.ChunkedArray,
    faults: pa.Array | None = None,
) -> pa.Table:
    """Records as the query that judges them takes them: where they stand, their cells, what the reader saw."""
    found = {
        "ordinal": ordinals,
        "first_line": first_lines,
        "last_line": last_lines,
        "rule": rules,
        "fault": pa.nulls(len(ordinals), pa.string()) if faults is None else faults,
    }
    return pa.table(found | dict(zip(cells.column_names, cells.columns, strict=True)))


def built_in_rules(cells: pa.Table, header: Sequence[str]) -> pa.Array:
    """Rules of every table: a record without any value, and the header printed again. `header` empty: there is none."""
    empty = _all_equal(cells, [""] * cells.num_columns)
    again = _all_equal(cells, header) if header else pa.scalar(False)
    return pc.if_else(empty, "empty record", pc.if_else(again, "repeated header", pa.scalar(None, pa.string())))


def _all_equal(cells: pa.Table, values: Sequence[str]) -> pa.ChunkedArray:
    found = pc.equal(cells.column(0), values[0])
    if not pc.any(found).as_py():
        return found
    for column, value in zip(cells.columns[1:], values[1:], strict=True):
        found = pc.and_(found, pc.equal(column, value))
    return found

"""Tables the engine reads under a name while one transaction is open, batch after batch."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Self

import duckdb
import polars as pl
import pyarrow as pa


class Shown:
    """Names under which a connection reads tables of Python.

    What a transaction registers it holds in memory until it ends. So each name is registered once, for something whose
    rows change.
    """

    def __init__(self, con: duckdb.DuckDBPyConnection) -> None:
        self.con = con
        self._rows: dict[str, _Rows] = {}

    def __enter__(self) -> Self:
        return self

    def __exit__(self, error: type[BaseException] | None, *_: object) -> None:
        for name in self._rows if error is None else ():  # after an error the engine would only say that there was one
            self.con.unregister(name)

    @contextmanager
    def shown(self, name: str, table: pa.Table | pl.DataFrame) -> Iterator[None]:
        """Read `table` under `name`; afterwards, a table of no rows."""
        given = table.to_arrow() if isinstance(table, pl.DataFrame) else table
        if name not in self._rows or self._rows[name].table.schema != given.schema:
            self._rows[name] = _Rows(given.schema.empty_table())
            self.con.register(name, self._rows[name])
        rows = self._rows[name]
        nothing, rows.table = rows.table, given
        try:
            yield
        finally:
            rows.table = nothing


class _Rows:
    """The rows of a name, as the Arrow PyCapsule interface hands them over."""

    def __init__(self, table: pa.Table) -> None:
        self.table = table

    def __arrow_c_stream__(self, requested_schema: Any = None) -> Any:
        return self.table.__arrow_c_stream__(requested_schema)

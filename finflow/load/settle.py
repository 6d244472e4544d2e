"""Judge records: parts that are text become amounts, dates, accounts and kinds, or a reason why not.

One query for every format. A record leaves with `rule` (left out on purpose), with `fault` (rejected, in words that
name the column and never its value), or as an entry.
"""

from collections.abc import Iterable, Iterator
from functools import cache, cached_property

import duckdb
import numpy as np
import polars as pl
import pyarrow as pa
from iso4217 import Currency

from finflow.load import cells
from finflow.load.judgement import Query
from finflow.load.records import Batch, Judged, Reading, judged
from finflow.money import UNITS, unit_of

SHORT = 10_000
"""Rows up to which an answer is asked for in the way that plans its query once, and holds each row twice."""


class Settler:
    """Judges the records of one file, in an engine apart from the case."""

    def __init__(self, reading: Reading) -> None:
        self._con = engine().cursor()
        self._reading = reading

    def judged(self, name: str, batches: Iterable[Batch]) -> Iterator[Judged]:
        """Batches of the file `name`, each with its records judged."""
        for batch in batches:
            details = self.details(batch.details) if batch.details is not None and batch.details.height else None
            yield judged(name, batch, self.settle(batch.records), details)

    def settle(self, records: pa.Table) -> pa.Table:
        """Judged records, one row each: `ordinal`, the columns of entry, holder and bank, `rule`, `fault`."""
        query = Query(self._reading, records.column_names)
        found = self._ask(query, query.text(), "record", records)
        for name, part in query.same().items():
            value = self._account if name == "account_id" else self._reading.fixed.get(part)
            found = found.append_column(name, _repeated(value, found.num_rows))
        return found

    @cached_property
    def _account(self) -> str | None:
        """The id of the account whose lines all records are, when the mapping names one."""
        printed = {part: [self._reading.fixed.get(part)] for part in ("account", "bank")}
        return self.accounts(pl.DataFrame(printed, schema=dict.fromkeys(printed, pl.String)))[0]

    def accounts(self, printed: pl.DataFrame) -> list[str | None]:
        """Account ids of rows `account`, `bank` as a file prints them."""
        query = Query(self._reading)
        text = f"SELECT {query.account_id('account', 'bank')} AS account_id FROM printed_account"
        ids: list[str | None] = self._ask(query, text, "printed_account", printed).column("account_id").to_pylist()
        return ids

    def details(self, details: pl.DataFrame) -> pa.Table:
        """Payments inside batch records, with amounts as decimals and accounts as ids."""
        query = Query(self._reading)
        return self._ask(query, query.details(), "payment", details)

    def _ask(self, query: Query, text: str, name: str, frame: pa.Table | pl.DataFrame) -> pa.Table:
        self._con.register(name, frame)
        try:
            if len(frame) <= SHORT:
                return self._con.execute(text, query.values).to_arrow_table()
            return self._con.sql(text, params=query.values).to_arrow_table()
        finally:
            self._con.unregister(name)


def _repeated(value: str | None, count: int) -> pa.Array:
    """One text so many times, held once: an engine writes it and reads it again in less time than as many texts."""
    if value is None:
        return pa.nulls(count, pa.string())
    return pa.DictionaryArray.from_arrays(pa.array(np.zeros(count, np.int8)), pa.array([value], pa.string()))


@cache
def engine() -> duckdb.DuckDBPyConnection:
    """An engine in memory that knows the macros and the smallest unit of every currency and chain."""
    con = duckdb.connect()
    cells.install(con)
    codes = [*(currency.code for currency in Currency), *UNITS]
    units = [f"{unit_of(code):f}" for code in codes]
    con.register("printed_unit", pl.DataFrame({"unit_currency": codes, "unit": units}))
    con.execute("CREATE TABLE unit_of AS SELECT unit_currency, unit::DECIMAL(18, 8) AS unit FROM printed_unit")
    con.unregister("printed_unit")
    return con

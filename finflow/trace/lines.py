"""Where a figure of a trace stands printed: exhibit and place in the file, and what pages call the accounts."""

import duckdb
import polars as pl

from finflow import store
from finflow.labels import labels

_LINES = """
    SELECT DISTINCT leg.leg_id, exhibit.exhibit,
        entry.locator || CASE WHEN leg.detail_no > 0 THEN ', payment ' || CAST(leg.detail_no AS VARCHAR) ELSE '' END
            AS locator
    FROM leg
    INNER JOIN entry ON leg.entry_id = entry.entry_id
    INNER JOIN exhibit ON entry.file_id = exhibit.file_id
    WHERE leg.leg_id IN (SELECT leg_id FROM cited)
"""


def with_lines(con: duckdb.DuckDBPyConnection, frame: pl.DataFrame) -> pl.DataFrame:
    """A frame with leg_id and account ids, with exhibit and locator of the line, and what pages call each account."""
    con.register("cited", frame.select("leg_id").drop_nulls().unique())
    lines = store.frame(con, _LINES)
    con.unregister("cited")
    called = labels(con)
    named = [
        pl.col(name).replace_strict(called, default=None, return_dtype=pl.String).alias(name.removesuffix("_id"))
        for name in frame.columns
        if name.endswith("account_id")
    ]
    return frame.join(lines, on="leg_id", how="left", maintain_order="left").with_columns(named)

"""What keeping a file shares, whatever its rows are: the file as received, its outcome, the records left out."""

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import duckdb
import polars as pl
import pyarrow as pa

from finflow.load.records import Batch

Advance = Callable[[int], None]


@dataclass(frozen=True)
class Received:
    """A file as received: its name without folders, its SHA-256 and size, and a copy inside the case."""

    name: str
    file_id: str
    size: int
    copy: Path


@dataclass
class Outcome:
    """What became of the records of one file."""

    records: int = 0
    entries: int = 0
    rejected: dict[str, int] = field(default_factory=dict)
    skipped: dict[str, int] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)


def keep_left_out(
    con: duckdb.DuckDBPyConnection, received: Received, settled: pa.Table, batch: Batch, outcome: Outcome
) -> None:
    """Keep what is no row of a batch, and count all of it. `settled` is registered under its name."""
    skipped, rejected = _count(outcome.skipped, settled, "rule"), _count(outcome.rejected, settled, "fault")
    if skipped:
        con.execute(_SKIPPED, {"file": received.file_id})
    if rejected:
        _keep_rejected(con, received, settled, batch)
    left = skipped + rejected
    outcome.records += settled.num_rows
    outcome.entries += settled.num_rows - left
    outcome.notes += batch.notes


def _count(counts: dict[str, int], settled: pa.Table, column: str) -> int:
    """Add the values of a column to counts; how many there were."""
    said = settled.column(column).drop_null()
    for found in said.value_counts().to_pylist():
        counts[found["values"]] = counts.get(found["values"], 0) + found["counts"]
    return len(said)


def _keep_rejected(con: duckdb.DuckDBPyConnection, received: Received, settled: pa.Table, batch: Batch) -> None:
    rejected = pl.DataFrame(settled.select(["ordinal", "locator", "fault"])).filter(pl.col("fault").is_not_null())
    raw = pl.Series("raw", batch.raw(rejected["ordinal"].to_list()), dtype=pl.String)
    con.register("rejected", rejected.with_columns(raw))
    con.execute(
        "INSERT INTO evidence.rejected_row BY NAME "
        "SELECT $file AS file_id, locator, fault AS reason, raw FROM rejected",
        {"file": received.file_id},
    )
    con.unregister("rejected")


_SKIPPED = """
    INSERT INTO evidence.skipped_row BY NAME SELECT $file AS file_id, locator, rule FROM settled WHERE rule IS NOT NULL
"""

"""What keeping a file shares, whatever its rows are: the file as received, its outcome, the records left out."""

from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass, field
from pathlib import Path

import pyarrow as pa

from finflow.load.records import Judged
from finflow.load.shown import Shown

Advance = Callable[[int], None]


@dataclass(frozen=True)
class Received:
    """A file as received: its name without folders, its SHA-256 and size, a copy inside the case, and whether the disk
    has the copy already.
    """

    name: str
    file_id: str
    size: int
    copy: Path
    flushed: "Future[None]"


@dataclass
class Outcome:
    """What became of the records of one file."""

    records: int = 0
    entries: int = 0
    rejected: dict[str, int] = field(default_factory=dict)
    skipped: dict[str, int] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)


def keep_left_out(shown: Shown, received: Received, judged: Judged, outcome: Outcome) -> None:
    """Keep what is no row of a batch, and count all of it. Its records are shown as `settled`."""
    skipped = _count(outcome.skipped, judged.records, "rule")
    rejected = _count(outcome.rejected, judged.records, "fault")
    if skipped:
        shown.con.execute(_SKIPPED, {"file": received.file_id})
    if rejected:
        with shown.shown("rejected", judged.rejected):
            shown.con.execute(_REJECTED, {"file": received.file_id})
    outcome.records += judged.records.num_rows
    outcome.entries += judged.records.num_rows - skipped - rejected
    outcome.notes += judged.notes


def _count(counts: dict[str, int], settled: pa.Table, column: str) -> int:
    """Add the values of a column to counts; how many there were."""
    said = settled.column(column).drop_null()
    for found in said.value_counts().to_pylist():
        counts[found["values"]] = counts.get(found["values"], 0) + found["counts"]
    return len(said)


_REJECTED = "INSERT INTO evidence.rejected_row BY NAME SELECT $file AS file_id, * FROM rejected"
_SKIPPED = """
    INSERT INTO evidence.skipped_row BY NAME SELECT $file AS file_id, locator, rule FROM settled WHERE rule IS NOT NULL
"""

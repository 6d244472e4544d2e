"""The one place where bytes enter a case: received, judged, kept.

A whole file is in or nothing of it: its rows are one transaction, and the file as received lies in `originals/` under
its SHA-256, read-only, before that transaction is committed.
"""

import getpass
import hashlib
import os
import uuid
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import BinaryIO

import duckdb
import pyarrow as pa
import pyarrow.compute as pc

from finflow.counting import counted
from finflow.errors import FinflowError
from finflow.files import refuse_expunged
from finflow.load.ahead import ahead
from finflow.load.goaml import RIGHT
from finflow.load.keeping import Advance, Outcome, Received, keep_left_out
from finflow.load.mapping import TABLES, mapping_id
from finflow.load.plan import Plan
from finflow.load.records import Judged
from finflow.load.settle import Settler
from finflow.load.shown import Shown
from finflow.load.side_rows import keep_rows
from finflow.load.sources import Right
from finflow.load.statements import Statements
from finflow.privileged import quarantine
from finflow.side.tables import evidence_tables
from finflow.store import whole

PIECE = 4 << 20
ROW_GROUP = 122_880  # rows DuckDB packs together
ROWS_AT_ONCE = 8 * ROW_GROUP
BYTES_AT_ONCE = 160 << 20  # of rows with much text, fewer


@contextmanager
def receive(folder: Path, path: Path, advance: Advance) -> Iterator[Received]:
    """Copy a file into the case folder while hashing it; the copy is gone afterwards unless it was kept."""
    copy = folder / "tmp" / f"received-{uuid.uuid4().hex[:12]}"
    try:
        with ThreadPoolExecutor(1) as worker:  # the disk takes the copy while its records are read
            yield Received(path.name, *_copied(path, copy, advance), copy, worker.submit(_flush, copy))
    finally:
        copy.unlink(missing_ok=True)


def _copied(path: Path, copy: Path, advance: Advance) -> tuple[str, int]:
    """SHA-256 and size of a file, copied on the way."""
    digest, size = hashlib.sha256(), 0
    try:
        with path.open("rb") as source, copy.open("xb") as target, closing(ahead(_hashed(source, digest))) as pieces:
            for piece in pieces:
                target.write(piece)
                size += len(piece)
                advance(len(piece))
    except OSError as error:
        raise _no_copy(path.name, error) from None
    return digest.hexdigest(), size


def _hashed(source: BinaryIO, digest: "hashlib._Hash") -> Iterator[bytes]:
    while piece := source.read(PIECE):
        digest.update(piece)
        yield piece


def _flush(copy: Path) -> None:
    with copy.open("rb+") as file:
        os.fsync(file.fileno())


def _no_copy(name: str, error: OSError) -> FinflowError:
    return FinflowError(
        f"{name} cannot be copied into the case ({error.strerror}). Check its path, permissions and the disk."
    )


@dataclass(frozen=True)
class Known:
    """How a file of the same bytes was read before: format, mapping, what became of its records, is it withdrawn."""

    form: str
    mapping_id: str | None
    records: int
    entries: int
    rejected: int
    skipped: int
    withdrawn: bool


def known(con: duckdb.DuckDBPyConnection, received: Received) -> Known | None:
    """How a file of these bytes was loaded before; None when it was not. Raises FinflowError when it was expunged."""
    refuse_expunged(con, received.name, received.file_id)
    rows = con.execute(_KNOWN, {"file_id": received.file_id}).fetchall()
    return Known(*rows[0]) if rows else None


def keep(
    folder: Path,
    con: duckdb.DuckDBPyConnection,
    received: Received,
    plan: Plan,
    right: Right | None,
    advance: Advance,
    *,
    again: bool = False,
) -> Outcome:
    """Judge every record of a received file and keep all of it in the case in `folder`, in one transaction.

    `again`: in the place of how it was read before. Raises what the reader raises, and FinflowError when every record
    is at fault; then nothing of the file is kept, and an earlier reading stands.
    """
    outcome = Outcome()
    with whole(con):
        if again:
            refuse_expunged(con, received.name, received.file_id, again=True)
            _set_aside(con, received.file_id)
        (keep_rows if plan.template else _keep_entries)(con, received, plan, outcome, advance)
        if plan.form in TABLES and not outcome.records:
            outcome.notes.append("it holds a header and no record. If bookings are expected, ask for it again")
        if plan.form == "goaml" and right is None:
            outcome.notes.append(RIGHT)
        _refuse_nothing(received, plan, outcome)
        _keep_file(con, received, plan, outcome, right)
        quarantine(con, received.file_id)
        _keep_original(folder / "originals" / received.file_id, received)
    return outcome


def _keep_entries(
    con: duckdb.DuckDBPyConnection, received: Received, plan: Plan, outcome: Outcome, advance: Advance
) -> None:
    settler = Settler(plan.readable.reading)
    with Shown(con) as shown, closing(ahead(settler.judged(received.name, plan.readable.batches))) as batches:
        statements = Statements(shown, received, plan.readable.reading.mapping)
        done, waiting = 0, _Waiting(shown, received, statements)
        for judged in batches:
            waiting.add(_keep_batch(shown, received, statements, judged, outcome))
            advance(judged.done - done)
            done = judged.done
        waiting.write(waiting.rows)
        outcome.notes += statements.write(settler)


def _keep_batch(shown: Shown, received: Received, statements: Statements, judged: Judged, outcome: Outcome) -> pa.Table:
    """Keep what is no entry of a batch; all of it, entries to be written with others."""
    seq = pc.add(judged.records.column("ordinal"), outcome.records + 1)
    with shown.shown("settled", judged.records):
        statements.see(judged.records, judged.statements)
        keep_left_out(shown, received, judged, outcome)
        if judged.details is not None:
            with shown.shown("payment", judged.details):
                shown.con.execute(_DETAILS, {"prefix": received.file_id[:16]})
    return judged.records.append_column("seq", seq)


class _Waiting:
    """Judged records whose entries wait to be written, many at a time: the engine packs whole groups of rows best."""

    def __init__(self, shown: Shown, received: Received, statements: Statements) -> None:
        self._shown, self._received, self._statements = shown, received, statements
        self._tables: list[pa.Table] = []
        self.rows = self._bytes = 0

    def add(self, settled: pa.Table) -> None:
        """Take records; write whole groups when enough wait."""
        self._tables.append(settled)
        self.rows += settled.num_rows
        self._bytes += settled.nbytes
        if self.rows >= ROWS_AT_ONCE or (self.rows >= ROW_GROUP and self._bytes >= BYTES_AT_ONCE):
            self.write(self.rows - self.rows % ROW_GROUP)

    def write(self, count: int) -> None:
        """Write the first `count` of them."""
        if not self._tables:
            return
        waiting = pa.concat_tables(self._tables, promote_options="default")
        values = {"file": self._received.file_id, "prefix": self._received.file_id[:16]}
        show = self._shown.shown
        with show("statement_of", self._statements.places()), show("waiting", waiting.slice(0, count)):
            table = "short_entry" if _SHORT.issuperset(waiting.column_names) else "long_entry"
            self._shown.con.execute(_WRITE.format(table=table), values)
        self._tables, self.rows = [waiting.slice(count)], self.rows - count
        self._bytes = self._tables[0].nbytes


def _keep_file(
    con: duckdb.DuckDBPyConnection,
    received: Received,
    plan: Plan,
    outcome: Outcome,
    right: Right | None,
) -> None:
    named = plan.named
    if named is not None:
        con.execute(
            "INSERT OR IGNORE INTO evidence.mapping VALUES ($id, $name, $text)",
            {"id": mapping_id(named.text), "name": named.name, "text": named.text},
        )
    rejected, skipped = sum(outcome.rejected.values()), sum(outcome.skipped.values())
    if outcome.records != outcome.entries + rejected + skipped:
        raise FinflowError(f"{received.name}: records were lost between reading and keeping. Nothing was loaded.")
    row = {
        "file_id": received.file_id,
        "name": received.name,
        "size_bytes": received.size,
        "format": plan.called,
        "mapping_id": mapping_id(named.text) if named else None,
        "records": outcome.records,
        "entries": outcome.entries,
        "rejected": rejected,
        "skipped": skipped,
        "loaded_by": getpass.getuser(),
        "loaded_at": datetime.now(UTC).replace(tzinfo=None),
        **(right.model_dump(exclude={"files"}) if right else {}),
    }
    columns = ", ".join(f"${name} AS {name}" for name in row)
    con.execute(f"INSERT INTO evidence.source_file BY NAME SELECT {columns}", row)


def _refuse_nothing(received: Received, plan: Plan, outcome: Outcome) -> None:
    """A table none of whose records can be read was read in a wrong way; other formats say themselves what is what."""
    by_columns = plan.named is not None and plan.named.mapping.columns is not None
    if by_columns and outcome.records and sum(outcome.rejected.values()) == outcome.records:
        reason = max(outcome.rejected, key=lambda reason: outcome.rejected[reason])
        raise FinflowError(
            f"{received.name}: every record is at fault ({counted(outcome.records, 'record')}), most often: "
            f"{reason}. Nothing was loaded. If the bank prints them so, mend the mapping and load it again."
        )


def _set_aside(con: duckdb.DuckDBPyConnection, file_id: str) -> None:
    """Take out what an earlier reading of a file gave; that it was read so, and with which mapping, stays."""
    con.execute(_EARLIER, {"file": file_id, "user": getpass.getuser(), "now": datetime.now(UTC).replace(tzinfo=None)})
    for table in [*(f"evidence.{name}" for name in _BY_FILE), *evidence_tables()]:
        con.execute(f"DELETE FROM {table} WHERE file_id = $file", {"file": file_id})
    con.execute("DELETE FROM evidence.detail WHERE split_part(entry_id, ':', 1) = $prefix", {"prefix": file_id[:16]})


def _keep_original(target: Path, received: Received) -> None:
    """Move the copy to its place; a file of that name left by a load that did not end holds the same bytes."""
    try:
        received.flushed.result()
    except OSError as error:
        raise _no_copy(received.name, error) from None
    if target.exists():
        target.chmod(0o600)
    received.copy.replace(target)
    target.chmod(0o400)


_BY_FILE = ("short_entry", "long_entry", "statement", "rejected_row", "skipped_row", "source_file")

_SHORT = {  # columns that lead to short_entry, when there are no others
    "ordinal", "locator", "statement", "holder_name", "bank", "rule", "fault", "seq", "account_id", "side", "amount",
    "currency", "booking_date", "booked_at", "value_date", "balance_after", "is_reversal", "counterparty_account_id",
    "counterparty_name", "counterparty_bank", "kind", "bank_reference", "narrative",
}  # fmt: skip

_KNOWN = """
    SELECT format, mapping_id, records, entries, rejected, skipped, file_id IN (SELECT file_id FROM withdrawn)
    FROM evidence.source_file WHERE file_id = $file_id
"""

_EARLIER = """
    INSERT INTO evidence.earlier_reading BY NAME
    SELECT file_id, mapping_id, records, entries, rejected, skipped, loaded_by, loaded_at, $user AS read_again_by,
        $now AS read_again_at
    FROM evidence.source_file WHERE file_id = $file
"""

_WRITE = """
    INSERT INTO evidence.{table} BY NAME
    SELECT
        concat($prefix::VARCHAR, ':', waiting.locator) AS entry_id, $file AS file_id,
        concat($prefix::VARCHAR, ':', coalesce(waiting.statement, statement_of.locator)) AS statement_id,
        waiting.* EXCLUDE (ordinal, locator, statement, holder_name, bank, rule, fault)
    FROM waiting
    LEFT JOIN statement_of ON statement_of.account_id = waiting.account_id AND statement_of.currency = waiting.currency
    WHERE rule IS NULL AND fault IS NULL
"""

_DETAILS = """
    INSERT INTO evidence.detail BY NAME
    SELECT concat($prefix::VARCHAR, ':', payment.locator) AS entry_id, payment.* EXCLUDE (locator)
    FROM payment SEMI JOIN settled
        ON settled.locator = payment.locator AND settled.rule IS NULL AND settled.fault IS NULL
"""

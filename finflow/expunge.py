"""Expunge by order: a file or a bank line goes, with everything that rests on it; a tombstone says that it went.

Rows are deleted and the database is written anew, so that their bytes are gone; the original goes, also when a single
line of it was expunged; so do all results, the packages and the runs that rest on it. What persons typed stays and is
named. Begun again after a crash, it ends what was left.
"""

import json
from dataclasses import dataclass
from pathlib import Path
from shutil import rmtree
from typing import TYPE_CHECKING, Any, ClassVar

import duckdb
import polars as pl

from finflow import store
from finflow.custody import TOMBSTONE, manifests, resting_on
from finflow.errors import FinflowError
from finflow.files import file_of
from finflow.resolve import rebuild
from finflow.results import Result
from finflow.rights import today
from finflow.side.tables import evidence_tables, free_texts

if TYPE_CHECKING:
    from finflow.case import Case

SHORT = 6  # a shorter text says nothing of where it comes from
_PRINTED = ("counterparty_account_id", "counterparty_name", "ultimate_name", "narrative", "end_to_end_id", "uetr")
_COLUMNS = {
    "evidence.statement": ["account_id", "holder_name"],
    "evidence.entry": ["account_id", *_PRINTED, "bank_reference"],
    "evidence.detail": list(_PRINTED),
}
_LINES = ("evidence.entry", "evidence.detail")
_TYPED = {
    "decision": "decision_no || ' ' || concat_ws(chr(10), subject, object, label, why, evidence)",
    "proposal": "proposal_no || ' ' || concat_ws(chr(10), why, override_why)",
    "asset": "asset_id || ' ' || concat_ws(chr(10), description, value_source, account_id, use_note)",
}


@dataclass(frozen=True)
class Expunged(Result):
    """What went: columns `what` and `pieces`.

    `recall`: who holds a copy: run or package, and its recipient. `quoted_in`: where persons typed something that the
    expunged lines printed: decisions, proposals and assets by number, files of the case by path.
    """

    recall: tuple[str, ...]
    quoted_in: tuple[str, ...]

    element: ClassVar[str] = "finflow-expunged"
    caption: ClassVar[str] = "Expunged"

    @property
    def told(self) -> list[str]:
        """Whom to ask for copies, and what a person still has to change."""
        recall = [f"Recall from {copy}." for copy in self.recall] or ["No run or package with it names a recipient."]
        quoted = f"Persons typed what it printed, and it stays there until they change it: {', '.join(self.quoted_in)}."
        return [*recall, *([quoted] if self.quoted_in else [])]


@dataclass(frozen=True)
class _Order:
    """What is to go, and why: the file, one entry of it or None for all of it, who asked, under which order."""

    file_id: str
    entry_id: str | None
    by: str
    why: str
    reference: str

    @property
    def ids(self) -> dict[str, str | None]:
        """What queries take."""
        return {"file": self.file_id, "entry": self.entry_id}


def expunge(case: "Case", subject: str, *, by: str, why: str, order: str) -> Expunged:
    """Delete a file (its name or the first digits of its SHA-256) or an entry (its id) for good, under an order.

    The same bytes are refused when they are loaded again. Raises FinflowError for what is not known.
    """
    if not all(text.strip() for text in (by, why, order)):
        raise FinflowError("Say who expunges, why, and under which order: --by, --why, --order.")
    with case.logged("expunge") as outcome:
        with store.rewriting(case.folder, "expunge") as con:
            found = _order(con, subject, by, why, order)
            outcome.update(file=found.file_id, entry=found.entry_id)
            con.execute(f"CREATE TEMP TABLE gone_value AS {_values(found)}", found.ids)
            with store.whole(con):
                rows = _delete(con, found)
            values = {text for (text,) in con.execute(f"FROM gone_value EXCEPT ({_values(None)})").fetchall()}
            typed = _typed(con, values)
        counts, recall = _remove(case.folder, found)
    counts = {"rows of the database": rows} | counts
    frame = pl.DataFrame({"what": list(counts), "pieces": list(counts.values())})
    return Expunged(frame, tuple(recall), (*typed, *_quoting(case.folder, values)))


def _order(con: duckdb.DuckDBPyConnection, subject: str, by: str, why: str, order: str) -> _Order:
    said, entry_id = subject.strip(), None
    query = "SELECT file_id, entry_id FROM evidence.{} WHERE entry_id = $said"
    for table in ("entry", "tombstone"):
        for file_id, entry_id in con.execute(query.format(table), {"said": said}).fetchall():
            return _Order(file_id, entry_id, by, why, order)
    if ":" in said:
        raise FinflowError("No bank line of the case has this id. Give that of an entry, or the name of a file.")
    begun = "SELECT file_id FROM evidence.tombstone WHERE entry_id IS NULL AND starts_with(file_id, lower($said))"
    rows = con.execute(begun, {"said": said}).fetchall() if len(said) >= 8 else []
    return _Order(rows[0][0] if rows else file_of(con, said), None, by, why, order)


def _values(order: _Order | None) -> str:
    """SQL: what the lines to be expunged print; without an order, what all lines print."""
    parts = []
    for table, columns in (_COLUMNS | free_texts()).items():
        where = "TRUE" if order is None else _where(order) if table in _LINES else _FILE
        listed = f"unnest([{', '.join(columns)}])"
        parts.append(f"SELECT * FROM (SELECT {listed} AS said FROM {table} WHERE {where})")
    return f"SELECT DISTINCT said FROM ({' UNION ALL '.join(parts)}) WHERE length(said) >= {SHORT}"


def _where(order: _Order) -> str:
    """SQL: which rows of entry and detail go."""
    if order.entry_id is not None:
        return "entry_id = $entry AND $file IS NOT NULL"
    return "split_part(entry_id, ':', 1) = substr($file, 1, 16) AND $entry IS NULL"


def _delete(con: duckdb.DuckDBPyConnection, order: _Order) -> int:
    """Delete the rows, derive anew, and write the tombstone; the number of rows of evidence that went."""
    holders = con.execute(_HOLDERS, order.ids).fetchall()
    tables = dict.fromkeys(("evidence.detail", "evidence.short_entry", "evidence.long_entry"), _where(order))
    tables |= dict.fromkeys([*(f"evidence.{name}" for name in _BY_FILE), *evidence_tables()], _FILE)
    gone = sum(
        con.execute(f"DELETE FROM {table} WHERE {where}", order.ids).fetchall()[0][0] for table, where in tables.items()
    )
    con.execute(f"DELETE FROM privileged WHERE {_where(order)}", order.ids)
    con.execute(_UNUSED_MAPPINGS)
    con.execute(_TOMBSTONE, {**order.ids, "order": order.reference, "by": order.by, "why": order.why, "day": today()})
    for holder in holders:
        con.execute(_FORGET, holder)
    if con.execute("SELECT 1 FROM leg LIMIT 1").fetchall():
        rebuild(con)
    return int(gone)


def _typed(con: duckdb.DuckDBPyConnection, values: set[str]) -> list[str]:
    """Decisions, proposals and assets whose words hold one of the values, by number."""
    found = []
    for table, words in _TYPED.items():
        for (text,) in con.execute(f"SELECT {words} FROM {table}").fetchall():
            if any(value in text for value in values):
                found.append(f"{table} {text.partition(' ')[0]}")
    return found


def _remove(folder: Path, order: _Order) -> tuple[dict[str, int], list[str]]:
    """Remove original, results, packages and runs; how many of each, and who holds copies."""
    runs = manifests(folder)
    resting = resting_on(runs, order.file_id)
    packages = [path for path in (folder / "packages").iterdir() if not path.name.endswith(TOMBSTONE)]
    recall = [f"{partner} (runs/{name})" for name in resting if (partner := _partner(runs[name]))]
    recall += [f"the recipient of packages/{package.name}" for package in packages]
    originals, results = list((folder / "originals").glob(f"{order.file_id}*")), list((folder / "results").iterdir())
    for path in (*originals, *results, *packages):
        _erase(path)
    for package in packages:
        _mark(package.with_name(f"{package.name}.{TOMBSTONE}"), order)
    for name in resting:
        for file in (folder / "runs" / name).iterdir():
            _erase(file)
        _mark(folder / "runs" / name / TOMBSTONE, order)
    return {
        "originals": len(originals), "results": len(results), "runs": len(resting), "packages": len(packages),
    }, recall  # fmt: skip


def _partner(manifest: dict[str, Any] | None) -> str:
    """Whom a run was for; empty when it names nobody."""
    return str((manifest or {}).get("parameters", {}).get("partner") or "").strip()


def _erase(path: Path) -> None:
    for file in (path, *path.rglob("*")):  # what is kept is read-only
        file.chmod(0o700)
    if path.is_dir():
        rmtree(path)
    else:
        path.unlink()


def _mark(path: Path, order: _Order) -> None:
    said = {"expunged": order.file_id, "entry": order.entry_id, "order": order.reference, "on": today().isoformat()}
    path.write_text(json.dumps(said, indent=1, ensure_ascii=False) + "\n", encoding="utf-8", newline="\n")


def _quoting(folder: Path, values: set[str]) -> list[str]:
    """Files of the case that persons write and that hold one of the values, as UTF-8."""
    written = [path for name in ("notebooks", "mappings") for path in sorted((folder / name).rglob("*"))]
    files = [path for path in (folder / "case.toml", *written) if path.is_file()]
    return [path.relative_to(folder).as_posix() for path in files if _holds(path, values)]


def _holds(path: Path, values: set[str]) -> bool:
    text = path.read_bytes().decode("utf-8", "replace")
    return any(value in text for value in values)


_BY_FILE = ("statement", "rate", "rejected_row", "skipped_row", "earlier_reading", "source_file")
_FILE = "file_id = $file AND $entry IS NULL"
_UNUSED_MAPPINGS = """
    DELETE FROM evidence.mapping WHERE mapping_id NOT IN (
        SELECT mapping_id FROM evidence.source_file WHERE mapping_id IS NOT NULL
        UNION SELECT mapping_id FROM evidence.earlier_reading WHERE mapping_id IS NOT NULL)
"""
_HOLDERS = """
    SELECT DISTINCT 'name:' || upper(trim(holder_name)) FROM evidence.statement
    WHERE file_id = $file AND $entry IS NULL AND holder_name IS NOT NULL
      AND upper(trim(holder_name)) NOT IN (
          SELECT upper(trim(holder_name)) FROM evidence.statement WHERE file_id <> $file AND holder_name IS NOT NULL)
"""
_FORGET = "UPDATE pseudonym SET party_id = 'expunged:' || number WHERE party_id = ?"
_TOMBSTONE = """
    INSERT INTO evidence.tombstone
    SELECT $file, $entry, $order, $by, $why, $day
    WHERE NOT EXISTS (SELECT 1 FROM evidence.tombstone WHERE file_id = $file AND entry_id IS NOT DISTINCT FROM $entry)
"""

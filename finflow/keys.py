"""Results named by what they rest on: the same question is answered from the same key.

A key is a hash of the evidence, the decisions, the query or method, its parameters and the version of finflow. Clock
times and user names are left out, so that two people who load the same files and decide the same get the same keys.
"""

import hashlib
import json
import shutil
import uuid
from collections.abc import Callable
from importlib.metadata import version
from pathlib import Path
from typing import Any

import duckdb
import polars as pl

import finflow
from finflow.errors import VerificationFailed
from finflow.side import tables

HASHES = "hashes.json"
_EVIDENCE = "SELECT file_id, coalesce(mapping_id, '') FROM source_file ORDER BY ALL"
_DECISIONS = """
    SELECT kind, subject, object, label, amount, valid_from, valid_until, decided_by, decided_on, why, evidence
    FROM decision ORDER BY decision_no
"""
_EXPUNGED = "SELECT file_id, coalesce(entry_id, '') FROM evidence.tombstone ORDER BY ALL"
_ASSETS = "SELECT file_id, locator FROM asset ORDER BY ALL"
_CONTENT: dict[str, tuple[str, ...]] = {
    "evidence.source_file": ("loaded_by", "loaded_at"),
    "evidence.earlier_reading": ("loaded_by", "loaded_at", "read_again_by", "read_again_at"),
    "evidence.statement": (),
    "evidence.entry": (),
    "evidence.detail": (),
    "evidence.rate": (),
    "evidence.rejected_row": (),
    "evidence.skipped_row": (),
    **dict.fromkeys(tables.evidence_tables(), ()),
    "evidence.tombstone": ("expunged_by", "why", "expunged_on"),
    "decision": ("recorded_by", "recorded_at"),
    "asset": (),
}


def basis(con: duckdb.DuckDBPyConnection) -> str:
    """Hash of what every result of a case rests on: files, what was expunged, mappings, decisions, register, software.

    Reference rates and business days decide which legs are joined, so the libraries that ship them count too.
    """
    parts = [con.execute(query).fetchall() for query in (_EVIDENCE, _EXPUNGED, _DECISIONS, _ASSETS)]
    return digest(finflow.__version__, [version(name) for name in ("currencyconverter", "holidays")], parts)


def evidence_basis(con: duckdb.DuckDBPyConnection) -> str:
    """Hash of the files that count and of what was expunged: while it stays, the lines of the case are the same."""
    return digest([con.execute(query).fetchall() for query in (_EVIDENCE, _EXPUNGED)])


def content_hash(con: duckdb.DuckDBPyConnection) -> str:
    """Hash of every row of evidence and decisions without clock times and user names, whatever order they came in.

    Values are hashed as text with its length before it, since engines write JSON differently from version to version.
    """
    parts = []
    for table, left_out in _CONTENT.items():
        columns = ", ".join(map(_netstring, (name for name in _columns(con, table) if name not in left_out)))
        query = f"SELECT count(*), bit_xor(md5_number(concat({columns}))) FROM {table}"
        parts.append((table, con.execute(query).fetchall()))
    return digest(parts)


def _columns(con: duckdb.DuckDBPyConnection, table: str) -> list[str]:
    schema, _, name = f"main.{table}".rpartition(".")
    query = """
        SELECT column_name FROM duckdb_columns() WHERE table_name = $name AND schema_name = $schema
        ORDER BY column_index
    """
    rows = con.execute(query, {"name": name, "schema": schema.rpartition(".")[2]}).fetchall()
    return [column for (column,) in rows]


def _netstring(column: str) -> str:
    """SQL: a value as its length and its text, so that two neighbours are never read as two others; '-' for NULL."""
    return f"""coalesce(length("{column}"::VARCHAR)::VARCHAR || ':' || "{column}"::VARCHAR, '-')"""


def digest(*parts: Any) -> str:
    """SHA-256 over the parts as canonical JSON; decimals and dates as text."""
    text = json.dumps(parts, sort_keys=True, default=str, ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


def stored(folder: Path, key: str, frames: Callable[[], dict[str, pl.DataFrame]]) -> dict[str, pl.DataFrame]:
    """The frames kept under `results/<key>`; computed by `frames` and kept when they are not there yet.

    Raises VerificationFailed when a kept file is not what was written.
    """
    place = folder / "results" / key
    if place.is_dir():
        return _read(place)
    computed = frames()
    draft = folder / "tmp" / f"result-{uuid.uuid4().hex[:12]}"
    draft.mkdir(parents=True)
    for name, frame in computed.items():
        frame.write_parquet(draft / f"{name}.parquet")
    (draft / HASHES).write_text(json.dumps(_hashes(draft), indent=1), encoding="utf-8", newline="\n")
    try:
        draft.rename(place)  # whole or not there: a crash leaves a draft, never half a result
    except OSError:
        shutil.rmtree(draft, ignore_errors=True)
        if not place.is_dir():  # else another process asked the same at the same time
            raise
    return computed


def changed_results(folder: Path) -> list[str]:
    """Keys of the results that are not what was written."""
    return [place.name for place in sorted((folder / "results").iterdir()) if place.is_dir() and not _is_whole(place)]


def _read(place: Path) -> dict[str, pl.DataFrame]:
    if not _is_whole(place):
        raise VerificationFailed(
            f"results/{place.name} is not what was kept: a file in it was changed, added or removed. "
            "Delete that folder and repeat: the result is computed anew from the evidence."
        )
    return {path.stem: pl.read_parquet(path) for path in sorted(place.glob("*.parquet"))}


def _is_whole(place: Path) -> bool:
    try:
        return bool(json.loads((place / HASHES).read_text(encoding="utf-8")) == _hashes(place))
    except (OSError, ValueError):
        return False


def _hashes(place: Path) -> dict[str, str]:
    return {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in sorted(place.glob("*.parquet"))}

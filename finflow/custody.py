"""Chain of custody: what is held, since when, by which right, and whether it is still what was received.

`case.custody` recomputes the hash of every original, checks the log, the kept results and the runs, and says which runs
rest on which file.
"""

import hashlib
import json
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

import duckdb
import polars as pl

from finflow import keys, log, rights, store
from finflow.counting import counted
from finflow.errors import VerificationFailed
from finflow.results import Result

if TYPE_CHECKING:
    from finflow.case import Case

TOMBSTONE = "TOMBSTONE"
_FILES = """
    SELECT exhibit, name, file_id AS sha256, size_bytes, loaded_at AS received_at, loaded_by AS received_by,
        coalesce(obtained_by, 'right not recorded') AS obtained_by, authority, reference, use_limits, expires_on,
        coalesce(handling_code, $default) AS handling_code, mapping_id, records, entries, rejected, skipped,
        CASE
            WHEN file_id IN (SELECT file_id FROM evidence.tombstone) THEN 'expunged in part'
            WHEN file_id IN (SELECT file_id FROM withdrawn) THEN 'withdrawn' ELSE 'held'
        END AS state
    FROM evidence.source_file JOIN exhibit USING (file_id)
    UNION ALL BY NAME
    SELECT printf('R-%03d', row_number() OVER (ORDER BY file_id)) AS exhibit, 'register of assets' AS name,
        file_id AS sha256, $default AS handling_code, 'held' AS state
    FROM (SELECT DISTINCT file_id FROM asset)
    UNION ALL BY NAME
    SELECT file_id AS sha256, 'expunged' AS state, order_reference AS reference
    FROM evidence.tombstone WHERE entry_id IS NULL
    ORDER BY exhibit NULLS LAST, sha256
"""
_UNFOUNDED = "SELECT reason, list(DISTINCT decision_no ORDER BY decision_no) FROM unfounded GROUP BY reason ORDER BY 1"


@dataclass(frozen=True)
class Custody(Result):
    """One row per file, also those withdrawn and expunged: exhibit, name, sha256, size_bytes, received_at and by whom,
    the right to use it, mapping_id, what became of its records, state (held, withdrawn, expunged in part, expunged),
    original (as received, changed, missing, removed, still there), runs that rest on it.

    `log_lines` and `log_head` say where the log stands; `faults` what is not as it was; `notes` what to know or to do.
    """

    log_lines: int
    log_head: str
    faults: tuple[str, ...]
    notes: tuple[str, ...]

    element: ClassVar[str] = "finflow-custody"
    caption: ClassVar[str] = "Chain of custody"

    def shown(self) -> pl.DataFrame:
        """What a page may carry: everything but names of files and of users."""
        return self.listed().drop("name", "received_by")

    def listed(self) -> pl.DataFrame:
        """The frame with the first digits of each hash."""
        return self.frame.with_columns(pl.col("sha256", "mapping_id").str.slice(0, 16))

    @property
    def told(self) -> list[str]:
        """Where the log stands, what is not as it was, what a person should know."""
        chain = f"Log: {counted(self.log_lines, 'line')}, each holds the hash of the one before; head {self.log_head}."
        return [chain if self.log_lines else "Log: it does not hold.", *self.faults, *self.notes]

    def refuse_faults(self) -> None:
        """Raise VerificationFailed when anything is not what it was."""
        if self.faults:
            raise VerificationFailed(" ".join(self.faults))


def custody(case: "Case") -> Custody:
    """Every file with its right, whether its original is as received, and the runs that rest on it.

    Reads every original once. What is not as it was stands under `faults`; nothing is raised for it here.
    """
    with case.logged("custody") as outcome:
        with case.reading("custody") as con:
            found = store.frame(con, _FILES, {"default": case.settings.handling_code})
            notes = [*rights.ending(con), *_unfounded(con)]
        runs, lines = manifests(case.folder), _chain(case.folder)
        frame = found.with_columns(
            pl.Series("original", [_original(case.folder, row) for row in found.to_dicts()], dtype=pl.String),
            pl.Series("runs", [resting_on(runs, file) for file in found["sha256"]], dtype=pl.List(pl.String)),
        )
        faults = [
            *lines.faults,
            *_faulty_files(frame),
            *_faulty_results(case.folder),
            *_faulty_runs(case.folder, runs, lines),
        ]
        outcome.update(files=frame.height, faults=len(faults))
    notes += _strangers(case.folder, frame)
    return Custody(frame, len(lines.hashes), log.head(case.folder), tuple(faults), tuple(notes))


def manifests(folder: Path) -> dict[str, dict[str, Any] | None]:
    """The manifest of each kept run by its name, None where it cannot be read; expunged runs are left out."""
    places = sorted(path for path in (folder / "runs").glob("*") if path.is_dir())
    return {place.name: _manifest(place) for place in places if not (place / TOMBSTONE).exists()}


def resting_on(runs: dict[str, dict[str, Any] | None], file_id: str) -> list[str]:
    """Names of the runs that rest on a file; one whose manifest does not say counts as resting on it."""
    return [name for name, held in runs.items() if file_id in (held or {}).get("evidence", [file_id])]


def sha256(path: Path) -> str:
    """SHA-256 of a file."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


@dataclass(frozen=True)
class _Chain:
    """The hashes of the log's lines when it holds; else what is wrong with it."""

    hashes: frozenset[str]
    faults: tuple[str, ...]


def _chain(folder: Path) -> _Chain:
    try:
        log.verify(folder)
    except VerificationFailed as fault:
        return _Chain(frozenset(), (str(fault),))
    return _Chain(frozenset(line["hash"] for line in log.lines(folder)), ())


def _manifest(place: Path) -> dict[str, Any] | None:
    try:
        found: dict[str, Any] = json.loads((place / "manifest.json").read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    return found


def _original(folder: Path, row: dict[str, Any]) -> str:
    register = str(row["exhibit"]).startswith("R-")
    path = folder / "originals" / (row["sha256"] + (".csv" if register else ""))
    gone = row["state"].startswith("expunged")
    if not path.exists():
        return "removed" if gone else "missing"
    if gone:
        return "still there"
    return "as received" if sha256(path) == row["sha256"] else "changed"


def _faulty_files(frame: pl.DataFrame) -> list[str]:
    wrong = frame.filter(pl.col("original").is_in(["changed", "missing", "still there"]))
    advice = {
        "changed": "Put back the file as it was received", "missing": "Put back the file as it was received",
        "still there": "Finish with the same line as before: finflow expunge CASE",
    }  # fmt: skip
    return [
        f"originals/{file[:16]}…: {state}. {advice[state]}."
        for file, state in wrong.select("sha256", "original").iter_rows()
    ]


def _faulty_results(folder: Path) -> list[str]:
    return [
        f"results/{key} is not what was kept. Delete that folder; it is computed anew when it is asked for."
        for key in keys.changed_results(folder)
    ]


def _faulty_runs(folder: Path, runs: dict[str, dict[str, Any] | None], chain: _Chain) -> list[str]:
    faults = []
    for name, held in runs.items():
        if held is None or not _as_kept(folder / "runs" / name, held["files"]):
            faults.append(f"runs/{name} is not what was kept. Run the notebook again; use this run for nothing.")
        elif chain.hashes and held["log_head"] not in chain.hashes:
            faults.append(f"runs/{name} names a head that the log does not hold: lines of log.jsonl were cut off.")
    return faults


def _as_kept(place: Path, files: dict[str, str]) -> bool:
    return all((place / name).exists() and sha256(place / name) == stated for name, stated in files.items())


def _strangers(folder: Path, frame: pl.DataFrame) -> list[str]:
    """Originals that no file of the case stands for: their load did not end."""
    known = set(frame["sha256"])
    left = [path.name[:16] for path in sorted((folder / "originals").iterdir()) if path.stem not in known]
    return [
        f"originals/{name}… belongs to a load that did not end. Load that file again, or delete it." for name in left
    ]


def _unfounded(con: duckdb.DuckDBPyConnection) -> list[str]:
    rows = con.execute(_UNFOUNDED).fetchall()
    return [
        f"Decisions that cite lines which are {reason}: {', '.join(map(str, numbers))}." for reason, numbers in rows
    ]

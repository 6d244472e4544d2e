"""Bank files go in, entries come out: `case.load`."""

import sys
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime
from functools import partial
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

import duckdb
import polars as pl
from rich.console import Console
from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn

from finflow import store
from finflow.errors import FinflowError
from finflow.load import finding
from finflow.load.keeping import Outcome
from finflow.load.mapping import mapping_id
from finflow.load.plan import PROPOSED, Named, Plan, mapping_for, named, plan
from finflow.load.propose import propose_mapping
from finflow.load.sources import FILE_NAME, Right, right_for
from finflow.load.unused import not_used
from finflow.load.write import Known, keep, known, receive
from finflow.results import Result

if TYPE_CHECKING:
    from finflow.case import Case

__all__ = ["Loaded", "load", "propose_mapping"]

NOT_RECORDED = "right not recorded"
_COLUMNS: dict[str, Any] = {
    "name": pl.String, "file_id": pl.String, "format": pl.String, "records": pl.Int64, "entries": pl.Int64,
    "rejected": pl.Int64, "skipped": pl.Int64, "status": pl.String, "right": pl.String,
}  # fmt: skip
_LEFT_OUT = {"name": pl.String, "outcome": pl.String, "reason": pl.String, "records": pl.Int64}


@dataclass(frozen=True)
class Loaded(Result):
    """What became of each file: name, file_id (SHA-256), format, records = entries + rejected + skipped, status
    (loaded, read again; loaded before, or withdrawn: nothing changed), right (how it was obtained, or not recorded).

    `left_out`: name, outcome (rejected or skipped), reason, records. `notes`: what a person should know. `aside`: names
    of what lay among the files and is no bank file. A terminal prints names of files; a page names a file by the first
    digits of its id, since names may hold names of persons.
    """

    left_out: pl.DataFrame = field(default_factory=lambda: pl.DataFrame(schema=_LEFT_OUT))
    notes: tuple[str, ...] = ()
    aside: tuple[str, ...] = ()

    element: ClassVar[str] = "finflow-loaded"
    caption: ClassVar[str] = "Files and what became of their records"

    def shown(self) -> pl.DataFrame:
        """The frame with the first digits of each file id, without names."""
        return self.listed().drop("name")

    def listed(self) -> pl.DataFrame:
        """The frame with the first digits of each file id."""
        return self.frame.with_columns(pl.col("file_id").str.slice(0, 16))

    @property
    def told(self) -> list[str]:
        """What was left out and left aside, and what a person should know, a line each."""
        left = [
            f"{row['name']}: {row['records']} {row['outcome']}: {row['reason']}"
            for row in self.left_out.iter_rows(named=True)
        ]
        aside = [f"Left aside: {', '.join(self.aside)}. Name one itself to have it read."] if self.aside else []
        return [*left, *self.notes, *aside]

    def _for_a_page(self) -> list[str]:
        """What is told, each file by the first digits of its id."""
        ids = dict(self.frame.select("name", pl.col("file_id").str.slice(0, 16)).rows())
        split = [line.partition(": ") for line in replace(self, aside=()).told]
        aside = [f"Left aside, no bank files by their names: {len(self.aside)}."] if self.aside else []
        return [ids.get(name, name) + colon + rest for name, colon, rest in split] + aside

    def _repr_html_(self) -> str:
        lines = "".join(f"<li>{escape(line)}</li>" for line in self._for_a_page())
        return super()._repr_html_() + (f"<ul>{lines}</ul>" if lines else "")

    def __str__(self) -> str:
        """The table for a terminal, then what was left out and the notes."""
        return "\n".join([super().__str__(), *self._for_a_page()])


@dataclass(frozen=True)
class _File:
    """One file and what became of it. `before`: how it was read when it was loaded before."""

    name: str
    file_id: str
    form: str
    right: Right | None
    outcome: Outcome | None
    before: Known | None = None
    other_mapping: bool = False

    def row(self) -> dict[str, Any]:
        return {
            "name": self.name, "file_id": self.file_id, "format": self.form, **self._counts(), "status": self._status(),
            "right": self.right.obtained_by if self.right else NOT_RECORDED,
        }  # fmt: skip

    def _counts(self) -> dict[str, int]:
        if self.outcome is None:
            held = self.before
            return {name: getattr(held, name, 0) for name in ("records", "entries", "rejected", "skipped")}
        rejected, skipped = sum(self.outcome.rejected.values()), sum(self.outcome.skipped.values())
        return {
            "records": self.outcome.records, "entries": self.outcome.entries, "rejected": rejected, "skipped": skipped
        }  # fmt: skip

    def _status(self) -> str:
        if self.before and self.before.withdrawn:
            return "withdrawn by a person: nothing changed"
        if self.outcome is None:
            return "loaded before: nothing changed"
        return "read again" if self.before else "loaded"

    def left_out(self) -> list[dict[str, Any]]:
        outcome = self.outcome or Outcome()
        return [
            {"name": self.name, "outcome": kind, "reason": reason, "records": records}
            for kind, counts in (("rejected", outcome.rejected), ("skipped", outcome.skipped))
            for reason, records in sorted(counts.items())
        ]

    def notes(self, today: date) -> list[str]:
        ends = self.right.warning(today) if self.right else ""
        again = f"to count it again: finflow withdraw CASE {self.file_id[:16]} --back"
        back = again if self.before and self.before.withdrawn else ""
        other = (
            "it was loaded before with another mapping, and stays as it was read then. To read it again with this "
            "one: finflow load CASE FILE --again, or case.load(..., again=True)"
            if self.other_mapping and self.outcome is None
            else ""
        )
        notes = (*(self.outcome.notes if self.outcome else ()), ends, back, other)
        return [f"{self.name}: {note}" for note in notes if note]


def load(case: "Case", *patterns: str | Path, mapping: str | Path | None = None, again: bool = False) -> Loaded:
    """Load bank files and side evidence: paths, folders or glob patterns. Bytes loaded before change nothing.

    With `again`, a file that was read with another mapping is read anew with this one, in the place of the earlier
    reading, of which a note stays: what was misread is no evidence.

    camt.053 and MT940 are recognised; a CSV file is read by `mapping`, else by the `*.mapping.toml` that names it,
    beside it or in the case's folder `mappings`, else as side evidence when its header is that of a template, else by a
    proposal that leaves no doubt. The right to use each file comes from `sources.toml` beside it. A whole file is in or
    nothing of it; files before one that fails stay loaded.

    Returns Loaded. Raises FinflowError naming file, place and column for whatever cannot be read.
    """
    paths, aside = finding.found(patterns)
    given = named(Path(mapping)) if mapping is not None else None
    files: list[_File] = []
    with (
        case.logged("load", files=len(paths)) as outcome,
        store.held(case.folder, "load", write=True) as con,  # once: opening and closing takes longer than a small file
        _progress() as progress,
    ):
        for path in paths:
            try:
                files.append(_load_one(case, con, path, given, progress, again=again))
            except FinflowError as error:
                raise type(error)(_with_loaded(str(error), files)) from None
            outcome["files"] = [_logged(file) for file in files]
    return _loaded(files, tuple(path.name for path in aside))


def _load_one(
    case: "Case", con: duckdb.DuckDBPyConnection, path: Path, given: Named | None, progress: Progress, *, again: bool
) -> _File:
    right = right_for(path)
    task = progress.add_task(path.name, total=2 * path.stat().st_size)
    with receive(case.folder, path, lambda size: progress.advance(task, size)) as received:
        before = known(con, received)
        found = given or mapping_for(path, case.folder)
        other = before is not None and found is not None and mapping_id(found.text) != before.mapping_id
        if before and (before.withdrawn or not (again and other)):
            return _File(path.name, received.file_id, before.form, right, None, before, other)
        planned = plan(received.copy, path.name, found, case.folder, case.settings.time_zone)
        outcome = keep(
            case.folder, con, received, planned, right, partial(progress.advance, task), again=before is not None
        )
        outcome.notes += _of_a_proposal(planned)
    return _File(path.name, received.file_id, planned.called, right, outcome, before)


def _of_a_proposal(planned: Plan) -> list[str]:
    """What a proposed mapping that left no doubt does not read."""
    mapping = planned.named if planned.named and planned.named.name == PROPOSED else None
    return [f"read by a proposed mapping. {said}" for said in not_used(mapping.mapping.table.unused)] if mapping else []


def _with_loaded(message: str, files: list[_File]) -> str:
    """A refusal, and which files before it stay loaded."""
    loaded = [file.name for file in files if file.outcome]
    return f"{message} Loaded before it, and kept: {', '.join(loaded)}." if loaded else message


def _progress() -> Progress:
    """A bar of bytes; silent where nobody watches a terminal."""
    console = Console(stderr=True)
    columns = (TextColumn("{task.description}"), BarColumn(), DownloadColumn())
    return Progress(*columns, console=console, transient=True, disable=not sys.stderr.isatty())


def _logged(file: _File) -> dict[str, Any]:
    row = file.row()
    return {
        name: row[name]
        for name in ("file_id", "format", "records", "entries", "rejected", "skipped", "status", "right")
    }


def _loaded(files: list[_File], aside: tuple[str, ...]) -> Loaded:
    today = datetime.now(UTC).date()
    notes = [note for file in files for note in file.notes(today)]
    if any(file.right is None for file in files):
        notes.append(f"The right to use a file is not recorded: write {FILE_NAME} beside it before it is first loaded.")
    return Loaded(
        pl.DataFrame([file.row() for file in files], schema=_COLUMNS),
        left_out=pl.DataFrame([row for file in files for row in file.left_out()], schema=_LEFT_OUT),
        notes=tuple(notes),
        aside=aside,
    )

"""Run a notebook on a case and keep what came out: `finflow.run`.

Each run is a folder under `runs/` of the case that nothing changes afterwards: the executed notebook, its report as one
HTML file, and a manifest that says what it rests on. A run that stops half-way is kept too, with a banner.
"""

import hashlib
import json
import platform
import shutil
import stat
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from html import escape
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any

import finflow
from finflow import keys, log, rights
from finflow.case import Case, existing_case
from finflow.errors import FinflowError
from finflow.parameters import Parameter, checked, declared_in
from finflow.places import shipped

if TYPE_CHECKING:
    from finflow.kernel import Failure

Told = Callable[[str, int, int], None]
"""Told the notebook, the number of the cell that starts and how many there are."""


@dataclass(frozen=True)
class Run:
    """One run: its folder, and in it the executed notebook, the report and the manifest."""

    folder: Path
    notebook: str

    @property
    def executed(self) -> Path:
        """The notebook with its outputs."""
        return self.folder / f"{self.notebook}.ipynb"

    @property
    def report(self) -> Path:
        """The outputs as one HTML file that loads nothing."""
        return self.folder / f"{self.notebook}.html"

    @property
    def manifest(self) -> dict[str, Any]:
        """What the run rests on: notebook, parameters, evidence, results, software, log head; and its files' hashes."""
        found: dict[str, Any] = json.loads((self.folder / "manifest.json").read_text(encoding="utf-8"))
        return found

    @property
    def headlines(self) -> list[str]:
        """The lines printed by its cells tagged `headline`: what it says first."""
        cells = [cell for cell in read_notebook(self.executed).cells if "headline" in cell.metadata.get("tags", [])]
        outputs = [output for cell in cells for output in cell.get("outputs", [])]
        return [line for output in outputs for line in _printed(output).splitlines() if line.strip()]

    def __str__(self) -> str:
        return f"{self.notebook}: kept in runs/{self.folder.name}, report {self.report.name}"

    def _repr_html_(self) -> str:
        return f'<p id="finflow-run">{escape(str(self))}</p>'


def run(notebook: str | Path, case: Case | str | Path, *, progress: Told | None = None, **parameters: Any) -> Run:
    """Execute `notebook` (a path, or the name of a shipped one) on `case` and keep the run.

    Parameters are checked against the notebook's parameters cell before anything runs; its parameter `case`, when it
    has one, is the name of the case folder, beside which it runs. A parameter `partner` that is filled makes the run a
    copy for that partner: LeakRefused when a file must not go there. Raises what the notebook raised, with its exit
    code, after the run is kept; NotebookFailed when that was no error of finflow; VerificationFailed when the log of
    the case was changed.
    """
    path = find_notebook(notebook)
    held = case if isinstance(case, Case) else existing_case(case)
    declared = declared_parameters(path)
    own = {"case": held.folder.name} if any(parameter.name == "case" for parameter in declared) else {}
    values = checked(declared, parameters | own, path.stem)
    log.verify(held.folder)
    with held.logged(
        "run", notebook=path.stem, notebook_sha256=_sha256(path), parameters=keys.digest(values)
    ) as outcome:
        if str(values.get("partner", "")).strip():
            rights.refuse_sharing(held, values["partner"])
        return _run(path, held, values, progress or (lambda notebook, cell, cells: None), outcome)


def find_notebook(name: str | Path) -> Path:
    """The notebook at a path, or the shipped one of that name. Raises FinflowError naming the shipped ones."""
    for path in (Path(name), shipped("notebooks") / Path(name).name):
        for candidate in (path, path.with_name(path.name + ".ipynb")):
            if candidate.is_file():
                return candidate.resolve()
    known = ", ".join(path.stem for path in shipped_notebooks()) or "none"
    raise FinflowError(f"There is no notebook {Path(name).name}. Give a path, or one of: {known}.")


def shipped_notebooks() -> list[Path]:
    """The numbered notebooks that come with finflow, in the order they are run."""
    return sorted(shipped("notebooks").glob("[0-9][0-9]_*.ipynb"))


def declared_parameters(path: Path) -> tuple[Parameter, ...]:
    """What the notebook at `path` takes. Raises FinflowError for a file that is none, or a cell of another form."""
    for cell in read_notebook(path).cells:
        if "parameters" in cell.metadata.get("tags", []):
            return declared_in(cell.source, path.stem)
    return ()


def read_notebook(path: Path) -> Any:
    """The notebook at `path`. Raises FinflowError when it is none."""
    import nbformat

    try:
        return nbformat.read(path, as_version=4)
    except Exception:  # nbformat lets errors of several libraries through
        raise FinflowError(f"{path.name} is not a Jupyter notebook. Give an .ipynb file.") from None


def _run(path: Path, case: Case, values: dict[str, Any], told: Told, outcome: dict[str, Any]) -> Run:
    from finflow.kernel import execute

    before, started = _log_length(case), datetime.now(UTC)
    cells = _cells(path) + bool(values)
    draft = case.folder / "tmp" / f"run-{uuid.uuid4().hex[:12]}"
    draft.mkdir(parents=True)
    try:
        output = draft / f"{path.stem}.ipynb"
        failure = execute(path, output, values, case.folder.parent, lambda number: told(path.stem, number, cells))
        basis = _basis(case)
        _keep_outputs(output, failure, case, str(basis["handling_code"]))
        manifest = {
            "notebook": path.stem, "notebook_sha256": _sha256(path), "parameters": values,
            "state": "stopped" if failure else "done", "stopped": _stopped(failure),
            "started": started.isoformat(), "ended": datetime.now(UTC).isoformat(), **basis,
            "results": _result_keys(case, before), "log_head": log.head(case.folder), "software": software(),
            "files": _hashes(draft),
        }  # fmt: skip
        _write(draft / "manifest.json", json.dumps(manifest, indent=1, ensure_ascii=False) + "\n")
        kept = Run(_publish(draft, case.folder / "runs", path.stem, started), path.stem)
    finally:
        shutil.rmtree(draft, ignore_errors=True)
    outcome["run"] = kept.folder.name
    if failure:
        raise type(failure.error)(f"{path.stem} stopped in cell {failure.number}: {failure.error}\n{kept}.")
    return kept


def _keep_outputs(output: Path, failure: "Failure | None", case: Case, handling_code: str) -> None:
    """Rewrite the executed notebook so that it can be kept, and put the report beside it."""
    import nbformat

    from finflow.page import cleaned, render

    kept = cleaned(read_notebook(output), failure, [case.folder.parent])
    _write(output, nbformat.writes(kept))
    _write(output.with_suffix(".html"), render(kept, handling_code))


def _stopped(failure: "Failure | None") -> dict[str, Any] | None:
    if failure is None:
        return None
    kind, code = type(failure.error).__name__, failure.error.exit_code
    return {"cell": failure.number, "error": kind, "exit_code": code}


def _publish(draft: Path, runs: Path, name: str, started: datetime) -> Path:
    """Move the draft to its own new folder and make its files read-only."""
    for file in draft.iterdir():
        file.chmod(stat.S_IREAD | stat.S_IRGRP | stat.S_IROTH)
    for place in _free(runs, f"{started:%Y%m%dT%H%M%SZ}-{name}"):
        try:
            return draft.rename(place)
        except OSError:
            if not place.exists():
                raise
    raise AssertionError("unreachable: there is always another name")


def _free(runs: Path, name: str) -> Iterator[Path]:
    runs.mkdir(exist_ok=True)
    number = 1
    while True:
        place = runs / (name if number == 1 else f"{name}-{number}")
        if not place.exists():
            yield place
        number += 1


def _basis(case: Case) -> dict[str, Any]:
    with case.reading("run") as con:
        files = con.execute("SELECT file_id FROM source_file ORDER BY file_id").fetchall()
        return {
            "basis": keys.basis(con), "content": keys.content_hash(con), "evidence": [file for (file,) in files],
            "handling_code": rights.strictest(con, case.settings),
        }  # fmt: skip


def _result_keys(case: Case, before: int) -> list[str]:
    """Keys of the results that verbs used while the run lasted, as their log lines name them."""
    details = [line["detail"] for line in log.lines(case.folder) if line["n"] > before]
    return sorted({detail[name] for detail in details for name in ("key", "trail") if detail.get(name)})


def _printed(output: Any) -> str:
    return str(output.get("text") or output.get("data", {}).get("text/plain", ""))


def _cells(path: Path) -> int:
    return sum(cell.cell_type == "code" and bool(cell.source.strip()) for cell in read_notebook(path).cells)


def _log_length(case: Case) -> int:
    return sum(1 for _ in log.lines(case.folder))


def software() -> dict[str, str]:
    """Versions of finflow, of Python and of the libraries that results rest on."""
    names = ("duckdb", "polars", "numba", "networkx", "papermill", "nbconvert")
    return {
        "finflow": finflow.__version__,
        "python": platform.python_version(),
        **{name: version(name) for name in names},
    }


def _hashes(folder: Path) -> dict[str, str]:
    return {file.name: _sha256(file) for file in sorted(folder.iterdir())}


def _sha256(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def _write(path: Path, text: str) -> None:
    path.write_text(text, encoding="utf-8", newline="\n")

"""One investigation is one folder, and that folder is a `Case`."""

import sys
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Any

import duckdb

from finflow import leftovers, log, store
from finflow.assets import assets, over_freezing, proposals, propose, propose_from, register
from finflow.check import check
from finflow.custody import custody
from finflow.decision_files import decide_from
from finflow.detect import detect
from finflow.errors import FinflowError
from finflow.expunge import expunge
from finflow.load import load
from finflow.mandate import sources
from finflow.people import decide
from finflow.pictures import network, sankey, timeline
from finflow.rates import rates
from finflow.requests import requests
from finflow.resolve import resolve
from finflow.settings import TEMPLATE, Settings, read_settings
from finflow.sql import sql
from finflow.trace.chain import reach_outputs, trace_outputs
from finflow.trace.claims import claims
from finflow.trace.composition import composition
from finflow.trace.earlier import earlier_debits
from finflow.trace.proceeds import proceeds
from finflow.trace.reach import reach
from finflow.trace.verbs import compare, trace
from finflow.withdraw import withdraw

FOLDERS = ("originals", "results", "runs", "notebooks", "packages", "tmp")


class Case:
    """A folder that holds one investigation. The class body is its table of contents.

    Verbs are written in their own modules and bound here by name. Between verbs nothing is held open.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    # The way of the data; each verb in the module of its name.
    load = load
    sources = sources
    rates = rates
    custody = custody
    withdraw = withdraw
    expunge = expunge
    check = check
    resolve = resolve
    decide = decide
    decide_from = decide_from
    register = register
    detect = detect
    requests = requests
    proceeds = proceeds
    trace = trace
    compare = compare
    claims = claims
    composition = composition
    reach = reach
    earlier_debits = earlier_debits
    trace_outputs = trace_outputs
    reach_outputs = reach_outputs
    network = network
    sankey = sankey
    timeline = timeline
    assets = assets
    propose = propose
    propose_from = propose_from
    proposals = proposals
    over_freezing = over_freezing
    sql = sql

    @property
    def settings(self) -> Settings:
        """The facts of `case.toml`, read afresh."""
        return read_settings(self.folder / "case.toml")

    def reading(self, verb: str = "read") -> AbstractContextManager[duckdb.DuckDBPyConnection]:
        """A read-only connection for one verb. Raises CaseHeld when a writer holds the file."""
        return store.connected(self.folder, verb, write=False)

    def writing(self, verb: str = "write") -> AbstractContextManager[duckdb.DuckDBPyConnection]:
        """A read-write connection in one transaction. Raises CaseHeld when another process holds the file."""
        return store.connected(self.folder, verb, write=True)

    @contextmanager
    def logged(self, verb: str, **detail: Any) -> Iterator[dict[str, Any]]:
        """Intent and outcome lines around one verb; details are ids, counts and hashes only."""
        with log.logged(self.folder, verb, **detail) as outcome:
            yield outcome

    def __repr__(self) -> str:
        return f"Case({self.folder.name!r})"


def open_case(folder: str | Path) -> Case:
    """Open the case in `folder`; it is created when new, and that is said on the screen, since a path may be mistyped.

    Raises FinflowError for a folder that holds something else, for a network share, or a case of a newer finflow;
    VerificationFailed when the end of its log was changed. What dead processes left in its folder tmp is removed.
    """
    path = _place(folder)
    is_new = not _is_begun(path)
    if is_new or store.is_begun_only(path):  # creating a case begins with its log
        _create(path)
    if is_new:
        print(f"{path.name} is a new case.", file=sys.stderr)
    return _opened(path)


def existing_case(folder: str | Path) -> Case:
    """Open the case in `folder`. Raises FinflowError where there is none, so that a mistyped path makes none."""
    if not _is_begun(_place(folder)):
        raise FinflowError(
            f"There is no case at {folder}. Check the path. To begin a case there, load files into it: finflow load "
            f"{folder} FILES, or finflow.open_case in Python."
        )
    return open_case(folder)


def _place(folder: str | Path) -> Path:
    if not isinstance(folder, str | Path):
        raise FinflowError("Give the folder of the case as text, for example finflow.open_case('mycase').")
    path = Path(folder).resolve()
    if path.is_file():
        raise FinflowError(f"{path.name} is a file. A case is a folder: name the folder, then load files into it.")
    store.refuse_network_share(path)
    return path


def _is_begun(path: Path) -> bool:
    return (path / "log.jsonl").exists() or (path / "case.duckdb").exists()


def _opened(path: Path) -> Case:
    log.verify_end(path)
    log.close_orphans(path)
    leftovers.purge(path)
    case = Case(path)
    _ = case.settings
    return case


def _create(path: Path) -> None:
    if path.exists() and not all(map(_is_of_a_beginning, path.iterdir())):
        raise FinflowError(f"{path.name} is not a case and not empty. Name a new folder for a new case.")
    for name in FOLDERS:
        (path / name).mkdir(parents=True, exist_ok=True)
    if not (path / "case.toml").exists():
        (path / "case.toml").write_text(TEMPLATE, encoding="utf-8", newline="\n")
    database = path / "case.duckdb"
    if database.exists() and not database.stat().st_size and log.is_quiet(path):
        database.unlink()  # whoever began it died before he wrote to it
    with log.logged(path, "create"):
        store.create(path)


def _is_of_a_beginning(item: Path) -> bool:
    """Whether it is what a case begins with, also when its creation was cut off."""
    if item.is_dir():
        return item.name == "tmp" or (item.name in FOLDERS and not any(item.iterdir()))
    return item.name in ("case.toml", "log.jsonl", "log.lock", "case.duckdb", "case.duckdb.wal", "case.owner.json")

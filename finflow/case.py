"""One investigation is one folder, and that folder is a `Case`."""

from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Any

import duckdb

from finflow import log, store
from finflow.assets import assets, over_freezing, proposals, propose, propose_from, register
from finflow.check import check
from finflow.decision_files import decide_from
from finflow.detect import detect
from finflow.errors import FinflowError
from finflow.load import load
from finflow.mandate import sources
from finflow.people import decide
from finflow.pictures import network, sankey, timeline
from finflow.rates import rates
from finflow.requests import requests
from finflow.resolve import resolve
from finflow.settings import TEMPLATE, Settings, read_settings
from finflow.sql import sql
from finflow.trace.proceeds import proceeds
from finflow.trace.verbs import compare, trace

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
    """Open the case in `folder`; a new one is created when the folder is new or empty.

    Raises FinflowError for a folder that holds something else, a network share, or a case of a newer finflow.
    """
    if not isinstance(folder, str | Path):
        raise FinflowError("Give the folder of the case as text, for example finflow.open_case('mycase').")
    path = Path(folder).resolve()
    if path.is_file():
        raise FinflowError(f"{path.name} is a file. A case is a folder: name the folder, then load files into it.")
    store.refuse_network_share(path)
    if not (path / "case.duckdb").exists():
        _create(path)
    else:
        store.check_version(path)
    log.close_orphans(path)
    case = Case(path)
    _ = case.settings
    return case


def _create(path: Path) -> None:
    strangers = [item.name for item in path.iterdir() if item.name != "case.toml"] if path.exists() else []
    if strangers:
        raise FinflowError(f"{path.name} is not a case and not empty. Name a new folder for a new case.")
    for name in FOLDERS:
        (path / name).mkdir(parents=True, exist_ok=True)
    if not (path / "case.toml").exists():
        (path / "case.toml").write_text(TEMPLATE, encoding="utf-8", newline="\n")
    with log.logged(path, "create"):
        store.create(path)

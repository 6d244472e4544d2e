"""The first five minutes: the sample case loaded, its notebooks run, or opened in JupyterLab."""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from finflow.case import Case, existing_case, open_case
from finflow.errors import FinflowError
from finflow.run import Run, Told, run, shipped_notebooks
from finflow.sample import sample_folder
from finflow.settings import read_settings

SAMPLE = "saltmarsh"


def run_demo(folder: Path) -> Run:
    """Load the sample case into `folder`, run the shipped notebooks in order, and give the last run, the report's.

    Done again, it adds nothing to the case and makes new runs. Raises FinflowError for a folder with another case.
    """
    load_sample(folder)
    with steps() as told:
        runs = [run(notebook, folder, progress=told) for notebook in shipped_notebooks()]
    if not runs:
        raise FinflowError("No notebooks came with this finflow. Install it again.")
    return runs[-1]


def load_sample(folder: Path) -> Case:
    """The sample case in `folder`: files with their rights, what its invented investigator decided and proposed."""
    files = sample_folder()
    case = _sample_case(folder, files)
    case.load(files / "bank")
    case.decide_from(files / "decisions")
    case.register(files / "assets.csv")
    case.resolve()
    case.propose_from(files / "proposals.csv", case.trace(case.proceeds(), method="fifo"))
    return case


def open_lab(folder: Path) -> int:
    """Open JupyterLab on working copies of the notebooks of the case in `folder`; its exit code when it ends.

    A folder of the name of the sample case that is not there yet becomes the sample case. JupyterLab listens on this
    machine only and asks no server for news or updates.
    """
    is_sample = folder.name == SAMPLE and not (folder / "case.duckdb").exists()
    case = load_sample(folder) if is_sample else existing_case(folder)
    working = working_copies(case)
    command = [
        sys.executable, "-m", "jupyterlab", f"--ServerApp.root_dir={working}", "--ServerApp.ip=127.0.0.1",
        f"--LabApp.default_url=/lab/tree/{shipped_notebooks()[0].name}", "--LabApp.extension_manager=readonly",
        "--allow-root",
    ]  # fmt: skip
    environment = {
        **os.environ,
        "PYTHONPATH": _with(str(Path(__file__).parent.parent), "PYTHONPATH"),
        "JUPYTER_CONFIG_PATH": _with(str(_no_announcements(case)), "JUPYTER_CONFIG_PATH"),
    }
    return subprocess.run(command, env=environment, check=False).returncode  # noqa: S603 - all of it is ours


def _no_announcements(case: Case) -> Path:
    """A configuration of JupyterLab for this start alone, without the part that asks for news and updates."""
    folder = case.folder / "tmp" / "lab"
    (folder / "labconfig").mkdir(parents=True, exist_ok=True)
    content = json.dumps({"disabledExtensions": {"@jupyterlab/apputils-extension:announcements": True}})
    (folder / "labconfig" / "page_config.json").write_text(content, encoding="utf-8")
    return folder


def _with(first: str, variable: str) -> str:
    return os.pathsep.join(filter(None, [first, os.environ.get(variable)]))


def working_copies(case: Case) -> Path:
    """Copy the shipped notebooks into the case where they are not yet; they name the case by its place, `..`."""
    folder = case.folder / "notebooks"
    for notebook in shipped_notebooks():
        copy = folder / notebook.name
        if not copy.exists():
            text = notebook.read_text(encoding="utf-8").replace(f'case: str = \\"{SAMPLE}\\"', 'case: str = \\"..\\"')
            copy.write_text(text, encoding="utf-8", newline="\n")
    return folder


@contextmanager
def steps() -> Iterator[Told]:
    """Progress of runs on standard error, one line a notebook."""
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

    columns = (TextColumn("{task.description:<24}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    tasks = {}
    with Progress(*columns, console=Console(stderr=True)) as bars:

        def told(notebook: str, cell: int, cells: int) -> None:
            if notebook not in tasks:
                tasks[notebook] = bars.add_task(notebook, total=cells)
            bars.update(tasks[notebook], completed=cell)

        yield told


def _sample_case(folder: Path, files: Path) -> Case:
    if (folder / "case.duckdb").exists():
        case = open_case(folder)
        if case.settings.number != read_settings(files / "case.toml").number:
            raise FinflowError(f"{folder.name} holds another case. Name a new folder for the sample: --folder NAME")
        return case
    folder.mkdir(parents=True, exist_ok=True)
    if not any(folder.iterdir()):
        shutil.copyfile(files / "case.toml", folder / "case.toml")
    return open_case(folder)

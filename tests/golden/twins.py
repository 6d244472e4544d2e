"""Execute the shipped notebooks on a fresh sample case, in order, and keep what comes out."""

from collections.abc import Iterable
from pathlib import Path

import nbformat

from finflow.demo import load_sample
from finflow.kernel import execute
from finflow.page import cleaned
from finflow.run import read_notebook

HERE = Path(__file__).parent


def rebuild(notebooks: Iterable[Path], place: Path, target: Path = HERE) -> None:
    """Write the executed twin of each notebook to `target`; `place` is an empty folder for the case they run on."""
    load_sample(place / "saltmarsh")
    for notebook in notebooks:
        write_twin(notebook, place, target)


def write_twin(notebook: Path, place: Path, target: Path) -> None:
    """Execute one notebook beside the case in `place` with its own defaults and keep it without what varies."""
    output = place / f"executed_{notebook.name}"
    failure = execute(notebook, output, {}, place, lambda number: None)
    if failure:
        raise failure.error
    kept = cleaned(read_notebook(output), None, [place])
    kept.metadata.language_info = {"name": "python"}
    (target / notebook.name).write_text(nbformat.writes(kept) + "\n", encoding="utf-8", newline="\n")

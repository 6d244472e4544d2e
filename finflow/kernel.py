"""Executes a notebook by papermill, in a kernel of the Python that finflow itself runs in."""

import asyncio
import logging
import os
import shutil
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from finflow.errors import FinflowError

Progress = Callable[[int], None]
"""Told the number of each code cell, from 1, as it starts."""


class NotebookFailed(FinflowError):
    """A notebook stopped at something that is no mistake of its user."""

    exit_code = 1


class Interrupted(FinflowError, KeyboardInterrupt):
    """A person or a scheduler stopped the run; what it had done is kept."""

    exit_code = 130


@dataclass(frozen=True)
class Failure:
    """The place (from 0) and the number (as printed) of the cell that stopped, and what to raise for it.

    The message never repeats a value from the data.
    """

    index: int
    number: int
    error: FinflowError


@dataclass
class _Place:
    """The code cell that is running."""

    told: Progress
    index: int = 0
    number: int = 0

    def __call__(self, cell: Any, cell_index: int) -> None:
        self.index, self.number = cell_index, self.number + 1
        self.told(self.number)

    def stopped_by(self, error: FinflowError) -> Failure:
        return Failure(self.index, self.number, error)


def execute(
    notebook: Path, output: Path, values: Mapping[str, Any], folder: Path, progress: Progress
) -> Failure | None:
    """Run every cell of `notebook` inside `folder` and write it, executed, to `output`; where it stopped, if it did."""
    import papermill
    from nbclient.exceptions import DeadKernelError

    logging.getLogger("papermill").setLevel(logging.ERROR)
    place = _Place(progress)
    with _kernel() as manager:
        try:
            papermill.execute_notebook(
                _literal(notebook), _literal(output), parameters=dict(values), kernel_name="python3", language="python",
                progress_bar=False, km=manager, on_cell_execute=place, resources={"metadata": {"path": str(folder)}},
            )  # fmt: skip
        except papermill.PapermillExecutionError as error:
            return place.stopped_by(error_for(error.ename, error.evalue))
        except DeadKernelError:
            return place.stopped_by(NotebookFailed("Python ended while it ran, for example for want of memory."))
        except KeyboardInterrupt:
            return place.stopped_by(Interrupted("stopped by the user or by a scheduler."))
    return None


def error_for(ename: str, evalue: str) -> FinflowError:
    """The error a kernel reported: finflow's own with its sentence and exit code, any other by its type alone."""
    known: list[type[FinflowError]] = [FinflowError, *_subclasses(FinflowError)]
    kinds = {kind.__name__: kind for kind in known}
    if ename in kinds:
        return kinds[ename](evalue)
    return NotebookFailed(f"{ename} was raised; its text is left out because it may quote data.")


def _subclasses(kind: type[FinflowError]) -> Iterator[type[FinflowError]]:
    for child in kind.__subclasses__():
        yield child
        yield from _subclasses(child)


def _literal(path: Path) -> str:
    """A path that papermill, which fills in `{}`, takes as it is."""
    return str(path).replace("{", "{{").replace("}", "}}")


@contextmanager
def _kernel() -> Iterator[Any]:
    """A kernel manager for `sys.executable`: no kernel installed elsewhere, no start-up files and history of the user.

    Its messages go through files of this user where the platform has them, so that nothing listens on a port.
    """
    from jupyter_client.kernelspec import KernelSpec, KernelSpecManager
    from jupyter_client.manager import AsyncKernelManager
    from jupyter_core.utils import ensure_event_loop, run_sync

    scratch = Path(tempfile.mkdtemp(prefix="finflow-"))
    beside = [str(Path(__file__).parent.parent), *filter(None, [os.environ.get("PYTHONPATH")])]

    class ThisPython(KernelSpecManager):
        def get_kernel_spec(self, kernel_name: str) -> KernelSpec:
            return KernelSpec(
                argv=[sys.executable, "-m", "ipykernel_launcher", "-f", "{connection_file}"],
                env={"PYTHONPATH": os.pathsep.join(beside), "IPYTHONDIR": str(scratch)},
                display_name=kernel_name,
                language="python",
            )

    manager = AsyncKernelManager(
        kernel_name="python3",
        kernel_spec_manager=ThisPython(),
        connection_file=str(scratch / "kernel.json"),
        transport="tcp" if sys.platform == "win32" else "ipc",
    )
    loop = ensure_event_loop()
    others = asyncio.all_tasks(loop)
    try:
        yield manager
    finally:
        _end(loop, asyncio.all_tasks(loop) - others)
        if manager.has_kernel:
            run_sync(manager.shutdown_kernel)(now=True)
        shutil.rmtree(scratch, ignore_errors=True)


def _end(loop: asyncio.AbstractEventLoop, tasks: set["asyncio.Task[Any]"]) -> None:
    """End what a run stopped by hand left waiting: it would hold on to connections until Python ends."""
    if tasks and not loop.is_running():
        for task in tasks:
            task.cancel()
        loop.run_until_complete(asyncio.gather(*tasks, return_exceptions=True))

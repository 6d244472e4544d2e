"""Undo: a file that should not count is withdrawn, kept as it is and left out of everything. `case.withdraw`."""

from typing import TYPE_CHECKING

from finflow.people import Decisions, decide

if TYPE_CHECKING:
    from finflow.case import Case


def withdraw(case: "Case", file: str, *, by: str, why: str, back: bool = False) -> Decisions:
    """Leave a file out of everything, as if it had never been loaded; with `back`, count it again.

    `file` is its name or the first digits of its SHA-256. What is derived is rebuilt at once. The original and its
    rows stay; runs made before stay as they are. Raises FinflowError for a file that is not known.
    """
    return decide(case, file, "withdrawn", by=by, why=why, amount="0" if back else None)

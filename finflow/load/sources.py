"""The right to use a file: `sources.toml` beside the files says how each was obtained and what may be done with it.

    [[source]]
    files = ["noordkade_*.xml"]             # which files of this folder
    obtained_by = "EIO"                     # one of OBTAINED_BY
    authority = "Rechtbank Oost-Nederland"  # who obtained it
    reference = "EIO-2026-0117"             # its reference for the measure
    obtained_on = 2026-02-11
    use_limits = "evidence in this case only"
    expires_on = 2027-02-11                 # first day it may no longer be used
    handling_code = "H1"                    # Europol handling code, H0 to H3
    evaluation = "A1"                       # 4x4: source A to D or X, information 1 to 4

Only `files` and `obtained_by` are needed. A file that no `[[source]]` names is loaded with its right not recorded.
"""

import datetime
import fnmatch
from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from finflow.errors import FinflowError
from finflow.toml_file import parse_toml, read_text

FILE_NAME = "sources.toml"
DAYS_OF_WARNING = 30

ObtainedBy = Literal[
    "JIT measure", "production order", "EIO", "MLA", "account register", "FIU", "voluntary", "seizure", "open source"
]


class Right(BaseModel):
    """How files were obtained and how they may be used; the module's text shows every key."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)

    files: Annotated[list[str], Field(min_length=1)]
    obtained_by: ObtainedBy
    authority: str | None = None
    reference: str | None = None
    obtained_on: datetime.date | None = None
    use_limits: str | None = None
    expires_on: datetime.date | None = None
    handling_code: Literal["H0", "H1", "H2", "H3"] | None = None
    evaluation: Annotated[str, Field(pattern="^[ABCDX][1-4]$")] | None = None

    def expired(self, today: datetime.date) -> bool:
        """Whether the right has ended on that day."""
        return self.expires_on is not None and self.expires_on <= today

    def warning(self, today: datetime.date) -> str:
        """That the right has ended, or ends within DAYS_OF_WARNING days; empty when it does neither."""
        if self.expires_on is None or self.expires_on >= today + datetime.timedelta(DAYS_OF_WARNING):
            return ""
        return f"the right to use it {'ended' if self.expired(today) else 'ends'} on {self.expires_on}"


class _Sources(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)

    source: list[Right]


def right_for(path: Path) -> Right | None:
    """The right recorded for a file in the `sources.toml` of its folder; None when none is recorded.

    Raises FinflowError when that file is faulty, or names the file under two different rights.
    """
    matching = [right for right in _rights(path.parent / FILE_NAME) if _names(right, path)]
    if len({right.model_dump_json(exclude={"files"}) for right in matching}) > 1:
        raise FinflowError(
            f"{FILE_NAME} gives {path.name} more than one right. "
            "Make the `files` of its [[source]] tables tell them apart."
        )
    return matching[0] if matching else None


def _names(right: Right, path: Path) -> bool:
    return any(fnmatch.fnmatch(path.name, glob) for glob in right.files)


def _rights(path: Path) -> list[Right]:
    if not path.is_file():
        return []
    return parse_toml(read_text(path), FILE_NAME, _Sources).source

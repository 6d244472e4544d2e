"""Which files are meant by the paths, folders and patterns a person names."""

import glob
from fnmatch import fnmatchcase
from pathlib import Path

from finflow.errors import FinflowError

ASIDE = (
    "*.toml", "readme*", "*.md", "*.md5", "*.sha1", "*.sha256", "*.sha512", "md5sums*", "sha*sums*", "checksum*",
    "*.asc", "*.sig", "answers.json", ".*", "thumbs.db", "desktop.ini",
)  # fmt: skip
"""Names of what lies beside bank files and is none: left aside, unless it is named itself."""


def found(patterns: tuple[str | Path, ...]) -> tuple[list[Path], list[Path]]:
    """The files that paths, folders and patterns name, each once; and what lies among them and is left aside.

    Raises FinflowError for a pattern that names no file to load.
    """
    files: dict[Path, None] = {}
    aside: dict[Path, None] = {}
    for pattern in patterns or ("",):
        meant, left = _sorted_out(pattern)
        if not meant:
            raise FinflowError(
                f"No file found for {str(pattern)!r}. Check the path; name files, folders or patterns to load."
                + (f" Left aside: {', '.join(path.name for path in left)}." if left else "")
            )
        files |= dict.fromkeys(meant)
        aside |= dict.fromkeys(left)
    return list(files), [path for path in aside if path not in files]


def _sorted_out(pattern: str | Path) -> tuple[list[Path], list[Path]]:
    """What one pattern means, and what it leaves aside."""
    if not isinstance(pattern, str | Path):
        raise FinflowError("Name the files to load as text, for example case.load('bank_a/*.xml').")
    path = Path(pattern)
    if path.is_file():
        return [path], []
    inside = path.iterdir() if path.is_dir() and str(pattern) else filter(Path.is_file, _globbed(str(pattern)))
    matches = sorted(inside)
    left = [path for path in matches if path.is_dir() or _is_beside(path)]
    return [path for path in matches if path not in left], left


def _is_beside(path: Path) -> bool:
    return any(fnmatchcase(path.name.lower(), name) for name in ASIDE)


def _globbed(pattern: str) -> list[Path]:
    return [Path(match) for match in glob.glob(pattern, recursive=True)]  # noqa: PTH207 - patterns may be absolute

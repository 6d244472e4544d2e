"""What a killed process left in `tmp/`: copies of bank files, drafts, spilled rows. Removed when the case is opened."""

import shutil
from contextlib import suppress
from pathlib import Path

from finflow import log


def purge(folder: Path) -> int:
    """Remove what dead processes left in `tmp/`; how many pieces.

    What lies there is listed before anybody is asked whether he works: who works held his lock before he wrote.
    """
    left = [path for path in (folder / "tmp").iterdir() if path.name not in ("running", "lab")]
    if not left or not log.is_quiet(folder):
        return 0
    for path in left:
        _remove(path)
    return len(left)


def _remove(path: Path) -> None:
    with suppress(OSError):  # Windows keeps what a reader of the case still has open; the next opening removes it
        if path.is_dir():
            shutil.rmtree(path, ignore_errors=True)
        else:
            path.chmod(0o600)
            path.unlink()

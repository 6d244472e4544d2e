"""Who did what, when: `log.jsonl`, append-only and hash-chained.

Each verb writes an intent line before it works and an outcome line after, so that a crash leaves a trace. Lines carry
ids, counts and hashes, no personal values. Each line holds the SHA-256 of the line before it: a changed or removed line
shows. Cutting off the end shows only against a chain head kept elsewhere, which is why runs and packages carry it.
"""

import getpass
import hashlib
import json
import os
import uuid
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from filelock import FileLock, Timeout

from finflow.errors import FinflowError, VerificationFailed

GENESIS = "0" * 64
TAIL = 65_536


@contextmanager
def logged(folder: Path, verb: str, **detail: Any) -> Iterator[dict[str, Any]]:
    """Log an intent, let the verb work, log its outcome with what it put into the yielded dict.

    A verb that cannot log refuses to run.
    """
    work = uuid.uuid4().hex[:12]
    outcome: dict[str, Any] = {}
    with _running(folder, work):
        append(folder, verb, "intent", work, detail)
        try:
            yield outcome
        except KeyboardInterrupt:
            append(folder, verb, "interrupted", work, outcome)
            raise
        except BaseException as error:
            append(folder, verb, "failed", work, {**outcome, "error": type(error).__name__})
            raise
        append(folder, verb, "done", work, outcome)


def append(folder: Path, verb: str, phase: str, work: str, detail: dict[str, Any]) -> None:
    """Append one line under the log's file lock."""
    try:
        with FileLock(folder / "log.lock", timeout=10):
            _set_torn_line_aside(folder)
            _chain(folder, verb, phase, work, detail)
    except (OSError, Timeout):
        raise FinflowError(
            f"The log of {folder.name} cannot be written, so nothing was done. "
            "Check that the folder is writable and no other program keeps log.jsonl open."
        ) from None


def head(folder: Path) -> str:
    """Hash of the last line: what a run or a package carries so that cutting off the end shows."""
    return str(_last_line(folder).get("hash", GENESIS))


def verify(folder: Path) -> int:
    """Number of lines when the chain holds; VerificationFailed naming the first line that breaks it."""
    return _verified(folder, lines(folder), {})


def verify_end(folder: Path) -> None:
    """Check what stands in the last 64 KiB, so that opening a case stays quick; raises as `verify`."""
    tail = _tail(folder / "log.jsonl")
    texts = tail[: tail.rfind(b"\n") + 1].splitlines()
    if len(tail) == TAIL:  # the first line may be cut: what follows it is checked against the line after
        texts = texts[1:]
    found = list(_parsed(folder, texts))
    before = found[0] if len(tail) == TAIL and found else {}
    _verified(folder, iter(found[1:] if before else found), before)


def _verified(folder: Path, found: Iterator[dict[str, Any]], before: dict[str, Any]) -> int:
    """The number of the last line, when each of the lines found follows the one before it."""
    number, expected = before.get("n", 0), before.get("hash", GENESIS)
    for line in found:
        number += 1
        stated = line.pop("hash", None)
        if line.get("previous") != expected or stated != _hash(line) or line.get("n") != number:
            raise VerificationFailed(
                f"log.jsonl of {folder.name} was changed at or before line {number}. Put back a copy of it that holds; "
                "each runs/*/manifest.json keeps the head it had then."
            )
        expected = stated
    return int(number)


def _parsed(folder: Path, texts: Iterable[bytes | str]) -> Iterator[dict[str, Any]]:
    for number, text in enumerate(texts, start=1):
        try:
            line = json.loads(text)
        except ValueError:
            line = None
        if not isinstance(line, dict):
            raise VerificationFailed(
                f"log.jsonl of {folder.name} is damaged at line {number}. Put back a copy of it that holds."
            )
        yield line


def lines(folder: Path) -> Iterator[dict[str, Any]]:
    """Every line of the log, oldest first. Raises VerificationFailed for a line that is not whole."""
    path = folder / "log.jsonl"
    if not path.exists():
        return
    with path.open("rb") as stream:
        yield from _parsed(folder, stream)


def close_orphans(folder: Path) -> int:
    """Log as interrupted every intent whose process is gone; how many there were."""
    with FileLock(folder / "log.lock", timeout=10):
        _set_torn_line_aside(folder)
    open_work = {}
    for line in lines(folder):
        if line["phase"] == "intent":
            open_work[line["work"]] = line["verb"]
        else:
            open_work.pop(line["work"], None)
    orphans = [(work, verb) for work, verb in open_work.items() if _is_dead(folder, work)]
    for work, verb in orphans:
        append(folder, verb, "interrupted", work, {})
    return len(orphans)


def is_quiet(folder: Path) -> bool:
    """Whether no verb works in the case: every lock of work going on is let go of."""
    running = folder / "tmp" / "running"
    return all(_is_free(FileLock(lock)) for lock in list(running.glob("*.lock")))


@contextmanager
def _running(folder: Path, work: str) -> Iterator[None]:
    """Work that is going on: its lock is held, and gone when the work ends in whatever way."""
    alive = _running_lock(folder, work)
    try:
        with alive:
            yield
    finally:
        Path(alive.lock_file).unlink(missing_ok=True)


def _running_lock(folder: Path, work: str) -> FileLock:
    """A lock the operating system lets go of when the process dies: how others know that work is still going on."""
    running = folder / "tmp" / "running"
    running.mkdir(parents=True, exist_ok=True)
    return FileLock(running / f"{work}.lock")


def _is_dead(folder: Path, work: str) -> bool:
    lock = _running_lock(folder, work)
    free = _is_free(lock)
    if free:
        Path(lock.lock_file).unlink(missing_ok=True)
    return free


def _is_free(lock: FileLock) -> bool:
    try:
        with lock.acquire(timeout=0):
            return True
    except Timeout:
        return False


def _chain(folder: Path, verb: str, phase: str, work: str, detail: dict[str, Any]) -> None:
    previous = _last_line(folder)
    line = {
        "n": previous.get("n", 0) + 1,
        "time": datetime.now(UTC).isoformat(timespec="milliseconds"),
        "user": getpass.getuser(),
        "work": work,
        "verb": verb,
        "phase": phase,
        "detail": detail,
        "previous": previous.get("hash", GENESIS),
    }
    _write(folder / "log.jsonl", {**line, "hash": _hash(line)})


def _hash(line: dict[str, Any]) -> str:
    text = json.dumps(line, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


def _write(path: Path, line: dict[str, Any]) -> None:
    with path.open("a", encoding="utf-8", newline="\n") as stream:
        stream.write(json.dumps(line, ensure_ascii=False, separators=(",", ":")) + "\n")
        stream.flush()
        os.fsync(stream.fileno())


def _last_line(folder: Path) -> dict[str, Any]:
    tail = _tail(folder / "log.jsonl")
    whole = tail[: tail.rfind(b"\n") + 1].splitlines()
    return json.loads(whole[-1]) if whole else {}


def _tail(path: Path, size: int = TAIL) -> bytes:
    if not path.exists():
        return b""
    with path.open("rb") as stream:
        stream.seek(max(0, path.stat().st_size - size))
        return stream.read()


def _set_torn_line_aside(folder: Path) -> None:
    """Move what a crash left after the last line break into its own file, and log that it happened."""
    path = folder / "log.jsonl"
    tail = _tail(path)
    torn = tail[tail.rfind(b"\n") + 1 :]
    if not torn:
        return
    (folder / f"log.torn-{uuid.uuid4().hex[:8]}.txt").write_bytes(torn)
    with path.open("r+b") as stream:
        stream.truncate(path.stat().st_size - len(torn))
    _chain(folder, "log", "torn line set aside", "log", {"bytes": len(torn)})

"""The engine of a case folder: started once in a process, because starting it takes longer than most verbs do.

The case file is attached for as long as a verb works and no longer. The engine is shut in: it reads and writes nothing
outside the case folder, and its configuration is locked.
"""

import os
import threading
from pathlib import Path
from weakref import WeakSet

import duckdb

CASE = "case"
"""The name under which the case file is attached."""
MEMORY_LIMIT = "3GB"  # leaves a laptop of 8 GB room to breathe; larger work spills into the case's own tmp folder

_CONFIG: dict[str, str | bool | int | float | list[str]] = {
    "storage_compatibility_version": "latest",
    "memory_limit": MEMORY_LIMIT,
    "autoinstall_known_extensions": False,
    "autoload_known_extensions": False,
    "python_enable_replacements": False,
}


class Engine:
    """One engine and the connections that use it; at most one case file is attached to it."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._users: WeakSet[duckdb.DuckDBPyConnection] = WeakSet()  # one that was lost on the way holds nothing
        self._own = duckdb.connect(config={**_CONFIG, "temp_directory": (folder / "tmp").as_posix()})
        self._own.execute("SET GLOBAL TimeZone = 'UTC'")
        self._own.execute("SET allowed_directories = $folders", {"folders": [folder.as_posix()]})
        self._own.execute("SET enable_external_access = false")
        self._own.execute("SET lock_configuration = true")

    def connect(self, *, write: bool) -> duckdb.DuckDBPyConnection:
        """A connection to the case, attached when nobody uses it yet. Raises what the engine raises."""
        self._detach_unused()
        writable = self._writable()
        if writable is None:
            path = (self._folder / "case.duckdb").as_posix().replace("'", "''")
            self._own.execute(f"ATTACH '{path}' AS \"{CASE}\"{'' if write else ' (READ_ONLY)'}")
        elif writable != write:
            raise duckdb.ConnectionException("The case is open in this process with a different configuration.")
        con = self._own.cursor()
        self._users.add(con)
        con.execute(f'USE "{CASE}"')
        return con

    def release(self, con: duckdb.DuckDBPyConnection) -> None:
        """Close a connection, which rolls back what is open in it; detach the case when it was the last."""
        con.close()
        self._users.discard(con)
        self._detach_unused()

    def _detach_unused(self) -> None:
        if self.is_idle and self._writable() is not None:
            self._own.execute(f'DETACH "{CASE}"')

    def _writable(self) -> bool | None:
        """How the case file is attached, None = not at all. The engine is asked: Ctrl-C may have ended it half-way."""
        query = "SELECT NOT readonly FROM duckdb_databases() WHERE database_name = $case"
        found = self._own.execute(query, {"case": CASE}).fetchone()
        return None if found is None else bool(found[0])

    @property
    def is_idle(self) -> bool:
        """Whether no connection uses it."""
        return not self._users

    @property
    def has_spilled(self) -> bool:
        """Whether it keeps files of its own in the case folder, which stay until it is stopped."""
        return any((self._folder / "tmp").glob("duckdb_temp*"))

    def stop(self) -> None:
        """End it."""
        self._own.close()


_engines: dict[tuple[int, Path], Engine] = {}
_turn = threading.RLock()


def connect(folder: Path, *, write: bool) -> duckdb.DuckDBPyConnection:
    """A connection to the case in `folder`. Raises what the engine raises, also when the file is held."""
    key = (os.getpid(), folder)  # a forked process starts its own
    with _turn:
        if key not in _engines:
            _stop_idle()
            _engines[key] = Engine(folder)
        return _engines[key].connect(write=write)


def release(folder: Path, con: duckdb.DuckDBPyConnection) -> None:
    """Close a connection that `connect` gave."""
    key = (os.getpid(), folder)
    with _turn:
        engine = _engines[key]
        engine.release(con)
        if engine.is_idle and engine.has_spilled:
            _engines.pop(key).stop()


def _stop_idle() -> None:
    for key in [key for key, engine in _engines.items() if engine.is_idle and key[0] == os.getpid()]:
        _engines.pop(key).stop()

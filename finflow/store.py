"""Holding the case file: opened by each verb for as long as it works, never between verbs.

DuckDB lets one writer or many readers hold a file, never both. A verb that finds it held waits a little, then says who
holds it. Each connection is shut in: it reads and writes nothing outside the case folder, and its configuration is
locked. Engine errors quote data; they are raised again without it.
"""

import json
import os
import sys
import time
import uuid
import warnings
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from importlib import resources
from pathlib import Path
from typing import Any

import duckdb
import polars as pl

from finflow import engine
from finflow.errors import CaseHeld, FinflowError
from finflow.side import tables

SCHEMA_VERSION = 6
WAIT_SECONDS = 5.0

# What is asked for so is short: two copies of its rows cost less than a second plan of the query.
warnings.filterwarnings("ignore", "Arrow output on a DB-API result", UserWarning, r"finflow\.")

_SAFE_TO_QUOTE = (duckdb.ParserException, duckdb.BinderException, duckdb.CatalogException)
_INTERRUPTED = "Query interrupted"  # what the engine calls Ctrl-C
_NO_MEMORY = (
    "This needs more memory than there is. Close other programs, ask for fewer origins at once or for a shorter time, "
    "or use a machine with more memory."
)
_NETWORK_FILE_SYSTEMS = {"nfs", "nfs4", "cifs", "smb3", "smbfs", "fuse.sshfs", "9p", "afs"}


@contextmanager
def connected(folder: Path, verb: str, *, write: bool) -> Iterator[duckdb.DuckDBPyConnection]:
    """A connection to the case database in `folder`; with `write`, one transaction that is all or nothing.

    Raises CaseHeld when another process keeps holding the file, FinflowError for anything the engine refuses.
    """
    with held(folder, verb, write=write) as con:
        if write:
            with whole(con):
                yield con
        else:
            yield con


@contextmanager
def held(folder: Path, verb: str, *, write: bool) -> Iterator[duckdb.DuckDBPyConnection]:
    """A connection to the case database in `folder`, for a verb that says itself what is one transaction.

    Raises as `connected` does.
    """
    owner = folder / "case.owner.json"
    with _in_words():
        con = _connect_patiently(folder, write=write)
        try:
            if write:
                owner.write_text(json.dumps({"pid": os.getpid(), "verb": verb}), encoding="utf-8")
            yield con
        finally:
            engine.release(folder, con)
            if write:
                owner.unlink(missing_ok=True)


@contextmanager
def _in_words() -> Iterator[None]:
    """What the engine raises, as finflow says it; Ctrl-C comes from it under other names."""
    try:
        yield
    except duckdb.Error as error:
        if isinstance(error, duckdb.InterruptException) or KeyboardInterrupt.__name__ in str(error):
            raise KeyboardInterrupt from None
        raise cleaned(error) from None
    except MemoryError:
        raise FinflowError(_NO_MEMORY) from None
    except RuntimeError as error:
        if _INTERRUPTED not in str(error):
            raise
        raise KeyboardInterrupt from None


@contextmanager
def rewriting(folder: Path, verb: str) -> Iterator[duckdb.DuckDBPyConnection]:
    """A connection for a verb that deletes for good: afterwards the file is written anew, without what was deleted.

    Nobody else gets in before the new file has taken the place of the old one. Raises as `connected` does.
    """
    fresh, path = folder / "tmp" / f"fresh-{uuid.uuid4().hex[:12]}.duckdb", folder / "case.duckdb"
    with held(folder, verb, write=True) as con:
        yield con
        _copy(con, fresh)
        if sys.platform != "win32":
            fresh.replace(path)
    if fresh.exists():  # Windows replaces no open file
        fresh.replace(path)
    path.with_name(f"{path.name}.wal").unlink(missing_ok=True)


def _copy(con: duckdb.DuckDBPyConnection, fresh: Path) -> None:
    """All tables of the case, with the schema as it stands, into a new file."""
    held = con.execute(
        "SELECT database_name, schema_name, table_name FROM duckdb_tables() WHERE NOT temporary AND NOT internal"
    ).fetchall()
    con.execute("CHECKPOINT")
    con.execute(f"ATTACH '{str(fresh).replace(chr(39), chr(39) * 2)}' AS fresh")
    con.execute(f"USE fresh; {_schema()}")
    for database, schema, table in held:
        con.execute(f'INSERT INTO fresh.{schema}."{table}" SELECT * FROM "{database}".{schema}."{table}"')
    con.execute(f'USE "{engine.CASE}"')
    con.execute("DETACH fresh")


@contextmanager
def whole(con: duckdb.DuckDBPyConnection) -> Iterator[None]:
    """One transaction: all of it, or nothing when something is raised; then the connection is to be closed."""
    con.execute("BEGIN")
    yield
    con.execute("COMMIT")


def frame(con: duckdb.DuckDBPyConnection, query: str, values: Mapping[str, Any] | None = None) -> pl.DataFrame:
    """The rows of a short answer.

    `con.sql(query).pl()` plans a query twice, which takes longer than a short answer does; it holds each row once, so
    long answers keep to it.
    """
    con.execute(query, values)
    return pl.DataFrame(con.to_arrow_table())


def create(folder: Path) -> None:
    """Create the case database with its tables and comments, whole or not at all; one that is whole stays as it is."""
    with connected(folder, "create", write=True) as con:
        if con.execute("SELECT 1 FROM duckdb_tables() WHERE table_name = 'meta'").fetchall():
            return
        con.execute(_schema())
        con.execute("INSERT INTO meta VALUES ('schema_version', $version)", {"version": str(SCHEMA_VERSION)})


def _schema() -> str:
    own = resources.files("finflow").joinpath("schema.sql").read_text(encoding="utf-8")
    return f"{own}\n{tables.schema()}"


def is_begun_only(folder: Path) -> bool:
    """Whether creating the case database did not come to its end. Refuse a case made by a finflow with other tables,
    and a file that is not a case.
    """
    path, logged = folder / "case.duckdb", (folder / "log.jsonl").exists()
    if logged and (not path.exists() or not path.stat().st_size):
        return True
    with connected(folder, "open", write=False) as con:
        try:
            rows = con.execute("SELECT value FROM meta WHERE key = 'schema_version'").fetchall()
        except duckdb.CatalogException:
            if logged and not con.execute("SELECT 1 FROM duckdb_tables() LIMIT 1").fetchall():
                return True
            raise FinflowError(f"{folder.name}/case.duckdb is not a finflow case. Give the folder of a case.") from None
    _refuse_version(folder, int(rows[0][0]))
    return False


def _refuse_version(folder: Path, found: int) -> None:
    if found > SCHEMA_VERSION:
        raise FinflowError(
            f"{folder.name} was made by a newer finflow (schema {found}; this one knows {SCHEMA_VERSION}). "
            "Update finflow, then open the case again."
        )
    if found < SCHEMA_VERSION:
        raise FinflowError(
            f"{folder.name} was made by an earlier finflow (schema {found}; this one knows {SCHEMA_VERSION}). "
            "Load its files into a new case; they lie in its folder originals."
        )


def refuse_network_share(folder: Path) -> None:
    """Refuse a folder on a network share: file locks do not hold there, and two writers would break the case."""
    if str(folder).startswith(("\\\\", "//")) or _file_system(folder) in _NETWORK_FILE_SYSTEMS:
        raise FinflowError(f"{folder.name} is on a network share. Copy the case to a local disk and open it there.")


def cleaned(error: duckdb.Error) -> FinflowError:
    """The engine's error without anything it may quote from the data."""
    if isinstance(error, _SAFE_TO_QUOTE):  # these speak of the query alone
        return FinflowError(f"The query cannot run: {str(error).splitlines()[0]}")
    if isinstance(error, duckdb.OutOfMemoryException):
        return FinflowError(
            "Memory and the temporary disk space of the case are used up. Free disk space, then repeat."
        )
    if isinstance(error, duckdb.ConversionException | duckdb.InvalidInputException):
        return FinflowError(
            "The query meets a value that does not fit the type it asks for. Compare like with like, or write "
            "TRY_CAST(column AS type), which gives NULL where a value does not fit."
        )
    return FinflowError(f"The case database refused the work ({type(error).__name__}). Nothing was changed.")


def _connect_patiently(folder: Path, *, write: bool) -> duckdb.DuckDBPyConnection:
    deadline = time.monotonic() + WAIT_SECONDS
    while True:
        try:
            return engine.connect(folder, write=write)
        except (duckdb.IOException, duckdb.ConnectionException) as error:
            if not _is_held(error):
                raise FinflowError(f"{folder.name}/case.duckdb cannot be opened: is the file whole?") from None
            if time.monotonic() > deadline:
                raise CaseHeld(_who_holds(folder)) from None
            time.sleep(0.1)


def _is_held(error: duckdb.Error) -> bool:
    words = ("lock", "being used by another process", "different configuration")
    return any(word in str(error).lower() for word in words)


def _who_holds(folder: Path) -> str:
    try:
        owner = json.loads((folder / "case.owner.json").read_text(encoding="utf-8"))
        holder = f"process {owner['pid']} (finflow {owner['verb']})"
    except (OSError, ValueError, KeyError):
        holder = "another process"
    return f"{folder.name} is held by {holder}. Wait until it ends, or end it, then repeat."


def _file_system(folder: Path) -> str:
    """Type of the file system `folder` is on, where the platform tells; else an empty string."""
    mounts = Path("/proc/self/mounts")
    if sys.platform == "win32" or not mounts.exists():
        return ""
    best, kind = "", ""
    for line in mounts.read_text(encoding="utf-8").splitlines():
        point, file_system = line.split()[1:3]
        if folder.is_relative_to(point) and len(point) >= len(best):
            best, kind = point, file_system
    return kind

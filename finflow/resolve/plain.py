"""Evidence as it lies there, for as long as a person kept nothing of it back; decisions that hold, found once."""

from collections.abc import Iterator
from contextlib import contextmanager

import duckdb

from finflow.engine import CASE

_KEPT_BACK = "SELECT EXISTS (FROM withdrawn) OR EXISTS (FROM privileged)"
VIEWS = ("statement", "entry", "detail")
_DECISIONS = ("decision_holding", "mirror_decision")


def schema_of(con: duckdb.DuckDBPyConnection) -> str:
    """Where VIEWS are read: from evidence itself, or through what a person kept back."""
    return f'"{CASE}".main' if con.execute(_KEPT_BACK).fetchall()[0][0] else "evidence"


@contextmanager
def plainly(con: duckdb.DuckDBPyConnection) -> Iterator[None]:
    """While no file is withdrawn and no payment privileged, let VIEWS be the tables of evidence themselves.

    The rows are the same; they are only not looked up, one by one and in every query, in lists that are empty.
    """
    names = VIEWS if schema_of(con) == "evidence" else ()
    for name in names:
        con.execute(f"CREATE TEMP VIEW {name} AS FROM evidence.{name}")
    yield
    for name in names:
        con.execute(f"DROP VIEW temp.{name}")


@contextmanager
def decided(con: duckdb.DuckDBPyConnection) -> Iterator[None]:
    """While nothing is decided, let the views of what holds be tables: a dozen queries ask which is the last."""
    for name in _DECISIONS:
        con.execute(f'CREATE TEMP TABLE {name} AS FROM "{CASE}".main.{name}')
    yield
    for name in _DECISIONS:
        con.execute(f"DROP TABLE temp.{name}")

"""Evidence as it lies there, for as long as a person kept nothing of it back."""

from collections.abc import Iterator
from contextlib import contextmanager

import duckdb

KEPT_BACK = "SELECT EXISTS (FROM withdrawn) OR EXISTS (FROM privileged)"
VIEWS = ("statement", "entry", "detail")


@contextmanager
def plainly(con: duckdb.DuckDBPyConnection) -> Iterator[None]:
    """While no file is withdrawn and no payment privileged, let VIEWS be the tables of evidence themselves.

    The rows are the same; they are only not looked up, one by one and in every query, in lists that are empty.
    """
    (kept_back,) = con.execute(KEPT_BACK).fetchall()[0]
    names = () if kept_back else VIEWS
    for name in names:
        con.execute(f"CREATE TEMP VIEW {name} AS FROM evidence.{name}")
    yield
    for name in names:
        con.execute(f"DROP VIEW temp.{name}")

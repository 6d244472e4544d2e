"""Tables shown to the engine in a transaction: read as they are, and let go of when they are no longer shown."""

import weakref

import duckdb
import polars as pl
import pyarrow as pa
import pytest

from finflow.load.shown import Shown


@pytest.fixture
def con(tmp_path):
    with duckdb.connect(tmp_path / "x.duckdb") as con:
        con.execute("CREATE TABLE kept (n BIGINT, t VARCHAR); BEGIN")
        yield con


def test_a_name_shows_one_table_after_another_and_then_nothing(con) -> None:
    with Shown(con) as shown:
        for table in (
            pa.table({"n": [1, 2], "t": ["a", None]}),
            pl.DataFrame({"n": [3], "t": ["b"]}),
            pa.table({"n": [4]}),
        ):
            with shown.shown("rows", table):
                con.execute("INSERT INTO kept BY NAME SELECT * FROM rows")
            assert con.execute("SELECT count(*) FROM rows").fetchall() == [(0,)]
    assert con.execute("SELECT * FROM kept").fetchall() == [(1, "a"), (2, None), (3, "b"), (4, None)]
    with pytest.raises(duckdb.CatalogException):
        con.execute("FROM rows")


def test_rows_are_let_go_of_before_the_transaction_ends(con) -> None:
    held = []
    with Shown(con) as shown:
        for n in range(3):
            table = pa.table({"n": [n], "t": ["x"]})
            held.append(weakref.ref(table))
            with shown.shown("rows", table):
                con.execute("INSERT INTO kept SELECT * FROM rows")
            del table
        assert [table() for table in held] == [None] * 3
    assert con.execute("SELECT count(*) FROM kept").fetchall() == [(3,)]


def test_what_is_raised_while_it_is_shown_hides_it(con) -> None:
    with Shown(con) as shown:
        with pytest.raises(ValueError, match="stop"), shown.shown("rows", pa.table({"n": [1]})):
            raise ValueError("stop")
        assert con.execute("SELECT count(*) FROM rows").fetchall() == [(0,)]


def test_an_error_of_the_engine_is_told_as_it_is(con) -> None:
    con.execute("ALTER TABLE kept ADD COLUMN d DATE")
    with (
        pytest.raises(duckdb.ConversionException),
        Shown(con) as shown,
        shown.shown("rows", pa.table({"d": ["no day"]})),
    ):
        con.execute("INSERT INTO kept BY NAME SELECT * FROM rows")

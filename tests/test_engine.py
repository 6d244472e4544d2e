"""One engine for a case in a process, which holds the file only while a verb works."""

import subprocess
import sys

import pytest

import finflow
from finflow import engine, store
from finflow.errors import CaseHeld

TAKE = "import duckdb, sys; duckdb.connect(sys.argv[1]).execute('CREATE TABLE mine (a INT)'); print('taken')"


@pytest.fixture
def case(tmp_path):
    return finflow.open_case(tmp_path / "case")


def engines():
    return list(engine._engines.values())


def test_it_is_started_once_for_many_verbs(case):
    with case.reading():
        (first,) = engines()
    with case.writing():
        assert engines() == [first]
    assert first.is_idle


def test_nothing_is_held_between_verbs(case):
    with case.writing() as con:
        con.execute("INSERT INTO meta VALUES ('a', 'b')")
    path = case.folder / "case.duckdb"
    took = subprocess.run([sys.executable, "-c", TAKE, str(path)], capture_output=True, text=True, check=False)
    assert took.stdout.strip() == "taken"
    assert case.sql("SELECT count(*) AS n FROM mine")["n"].item() == 0  # and what another process wrote is seen


def test_another_case_ends_the_one_that_rests_and_no_other(case, tmp_path):
    other = finflow.open_case(tmp_path / "other")
    assert len(engines()) == 1
    with other.reading() as con, case.reading() as own:
        assert len(engines()) == 2
        assert con.execute("SELECT 1").fetchall() == own.execute("SELECT 1").fetchall()


def test_readers_of_one_process_share_it_and_a_writer_waits_for_them(case, monkeypatch):
    monkeypatch.setattr(store, "WAIT_SECONDS", 0.2)
    with case.reading() as one:
        with case.reading() as other:
            other.execute("CREATE TEMP TABLE own AS SELECT 1 AS a")
        with pytest.raises(CaseHeld), case.writing():
            pass
        assert one.execute("SELECT count(*) FROM duckdb_tables() WHERE table_name = 'own'").fetchall() == [(0,)]
    with case.writing():
        pass


def test_one_that_spilled_is_ended_so_that_its_files_go(case):
    with case.reading():
        (case.folder / "tmp" / "duckdb_temp_1").touch()
        assert len(engines()) == 1
    assert engines() == []


def test_what_is_open_when_something_is_raised_is_rolled_back_and_let_go(case):
    with pytest.raises(ValueError, match="stop"), case.writing() as con:
        con.execute("INSERT INTO meta VALUES ('a', 'b')")
        raise ValueError("stop")
    assert case.sql("SELECT count(*) AS n FROM meta WHERE key = 'a'")["n"].item() == 0


def test_a_connection_lost_by_an_interruption_holds_nothing(case):
    lost = engine.connect(case.folder, write=True)
    lost.execute("BEGIN; INSERT INTO meta VALUES ('a', 'b')")
    del lost
    assert case.sql("SELECT count(*) AS n FROM meta WHERE key = 'a'")["n"].item() == 0


@pytest.mark.parametrize(
    "statement",
    ["SET lock_configuration = false", "SET allowed_directories = ['/']", "SET python_enable_replacements = true"],
)
def test_every_connection_is_locked(case, statement):
    with case.reading(), case.reading() as con, pytest.raises(Exception, match="locked"):
        con.execute(statement)

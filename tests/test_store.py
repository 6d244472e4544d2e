"""Opening, holding and shutting in the case file."""

import json
import os
import subprocess
import sys
import textwrap

import duckdb
import polars as pl
import pytest

import finflow
from finflow import engine, store
from finflow.errors import CaseHeld, FinflowError


@pytest.fixture
def case(tmp_path):
    return finflow.open_case(tmp_path / "case")


@pytest.mark.parametrize("wrong", [None, 5])
def test_a_case_is_named_as_text(wrong):
    with pytest.raises(FinflowError, match="folder of the case as text"):
        finflow.open_case(wrong)


def test_a_file_is_no_case_and_a_number_no_file(tmp_path):
    (tmp_path / "a.csv").write_text("x", encoding="utf-8")
    with pytest.raises(FinflowError, match=r"a\.csv is a file\. A case is a folder"):
        finflow.open_case(tmp_path / "a.csv")
    with pytest.raises(FinflowError, match="files to load as text"):
        finflow.open_case(tmp_path / "case").load(5)


def test_a_new_folder_becomes_a_case_with_every_table_and_column_explained(case):
    unexplained = case.sql("""
        SELECT table_name, column_name FROM duckdb_columns()
        WHERE NOT internal AND comment IS NULL AND table_name NOT IN ('short_entry', 'long_entry') -- evidence.entry is both
            AND (schema_name = 'evidence' OR table_name NOT IN (SELECT view_name FROM duckdb_views()))
        UNION ALL SELECT table_name, '' FROM duckdb_tables() WHERE comment IS NULL
    """)
    assert unexplained.is_empty()
    assert case.sql("SELECT count(*) AS n FROM duckdb_tables()")["n"][0] >= 15
    assert (case.folder / "case.toml").exists()


def test_a_case_is_created_when_new_and_it_is_said(tmp_path, capsys):
    finflow.open_case(tmp_path / "reed")
    assert capsys.readouterr().err == "reed is a new case.\n"
    finflow.open_case(tmp_path / "reed")
    assert capsys.readouterr().err == ""


def test_opening_twice_keeps_what_is_there(case):
    case.decide("X1", "party", "A Firm", label="legal", by="prosecutor", why="register")
    again = finflow.open_case(case.folder)
    assert again.sql("SELECT count(*) AS n FROM decision")["n"][0] == 1


def test_a_folder_with_something_else_is_refused(tmp_path):
    (tmp_path / "letter.txt").write_text("x", encoding="utf-8")
    with pytest.raises(FinflowError, match="not a case and not empty"):
        finflow.open_case(tmp_path)
    assert sorted(item.name for item in tmp_path.iterdir()) == ["letter.txt"]


def test_a_case_of_a_newer_finflow_is_refused(case):
    with case.writing() as con:
        con.execute("UPDATE meta SET value = '999' WHERE key = 'schema_version'")
    with pytest.raises(FinflowError, match=r"newer finflow \(schema 999"):
        finflow.open_case(case.folder)


def test_a_network_share_is_refused(tmp_path, monkeypatch):
    monkeypatch.setattr(store, "_file_system", lambda folder: "nfs4")
    with pytest.raises(FinflowError, match="network share"):
        finflow.open_case(tmp_path / "case")
    assert not (tmp_path / "case").exists()


@pytest.mark.parametrize(
    "query",
    [
        "SELECT * FROM read_csv('{outside}')",
        "COPY (SELECT 1) TO '{outside}.out'",
        "ATTACH '{outside}.db'",
        "SET enable_external_access = true",
    ],
)
def test_the_connection_is_shut_in(case, tmp_path, query):
    outside = tmp_path / "outside.csv"
    outside.write_text("a\n1\n", encoding="utf-8")
    with pytest.raises(FinflowError):
        case.sql(query.format(outside=outside.as_posix()))
    assert sorted(item.name for item in tmp_path.iterdir()) == ["case", "outside.csv"]


def test_a_query_without_rows_says_what_to_do(case):
    with pytest.raises(FinflowError):
        case.sql("CREATE TABLE mine (a INT)")


def test_engine_errors_lose_the_values_they_quote(case):
    with pytest.raises(FinflowError) as caught:
        case.sql("SELECT CAST('Jane Doe NL00BANK' AS INTEGER)")
    assert "Jane" not in str(caught.value)
    assert caught.value.__cause__ is None
    assert caught.value.__suppress_context__


@pytest.mark.parametrize("told", [RuntimeError("Query interrupted"), duckdb.InterruptException("INTERRUPT Error")])
def test_the_engine_at_work_is_interrupted_as_everything_else_is(case, told):
    """What the engine raises when Ctrl-C is pressed while it works."""
    with pytest.raises(KeyboardInterrupt), case.logged("sql"), case.reading():
        raise told
    last = (case.folder / "log.jsonl").read_text(encoding="utf-8").splitlines()[-1]
    assert json.loads(last)["phase"] == "interrupted"


def test_an_interruption_while_a_frame_is_handed_over_is_one(case, monkeypatch):
    def stopped(*_, **__):
        raise KeyboardInterrupt

    monkeypatch.setattr(pl.DataFrame, "to_arrow", stopped)
    monkeypatch.setattr(pl.DataFrame, "__arrow_c_stream__", stopped)
    with pytest.raises(KeyboardInterrupt), case.reading() as con:
        con.register("asked", pl.DataFrame({"a": [1]}))
        con.execute("FROM asked").fetchall()


def test_a_case_whose_opening_was_interrupted_can_be_opened_again(case):
    """The engine has attached the file, and nobody was told."""
    with case.reading():
        own = engine._engines[os.getpid(), case.folder]._own
    path = (case.folder / "case.duckdb").as_posix()
    own.execute(f"ATTACH '{path}' AS \"{engine.CASE}\"")
    with case.reading() as con:
        assert con.execute("SELECT 1").fetchall() == [(1,)]
    with case.writing() as con:
        assert con.execute("SELECT 1").fetchall() == [(1,)]


def test_a_typing_error_in_a_query_is_explained(case):
    with pytest.raises(FinflowError, match="cannot run"):
        case.sql("SELEC 1")


def test_writing_is_all_or_nothing(case):
    with pytest.raises(RuntimeError), case.writing() as con:
        con.execute("INSERT INTO meta VALUES ('half', 'done')")
        raise RuntimeError
    assert case.sql("SELECT * FROM meta WHERE key = 'half'").is_empty()


def test_a_case_held_by_another_process_names_the_holder(case, monkeypatch):
    monkeypatch.setattr(store, "WAIT_SECONDS", 0.3)
    script = textwrap.dedent(f"""
        import sys, finflow
        case = finflow.Case(__import__("pathlib").Path({str(case.folder)!r}))
        with case.writing("load"):
            print("held", flush=True)
            sys.stdin.read()
    """)
    with subprocess.Popen(
        [sys.executable, "-c", script], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as holder:
        assert holder.stdout.readline().strip() == "held"
        with pytest.raises(CaseHeld, match=rf"held by process {holder.pid} \(finflow load\)"):
            case.sql("SELECT 1")
        holder.stdin.close()
    assert case.sql("SELECT 1 AS one")["one"][0] == 1


def test_many_readers_hold_it_together(case):
    with case.reading() as first, case.reading() as second:
        assert first.execute("SELECT 1").fetchall() == second.execute("SELECT 1").fetchall()


def test_a_file_that_is_no_database_is_refused(tmp_path):
    (tmp_path / "case.duckdb").write_bytes(b"not a database at all" * 100)
    with pytest.raises(FinflowError, match="cannot be opened"):
        finflow.open_case(tmp_path)


def test_a_database_that_is_no_case_is_refused(tmp_path):
    duckdb.connect(str(tmp_path / "case.duckdb")).close()
    with pytest.raises(FinflowError, match="not a finflow case"):
        finflow.open_case(tmp_path)


def test_case_toml_names_the_wrong_key(case):
    path = case.folder / "case.toml"
    path.write_text(path.read_text(encoding="utf-8").replace("currency =", "curency ="), encoding="utf-8")
    with pytest.raises(FinflowError, match=r"case\.toml: unknown key curency: did you mean currency\?"):
        finflow.open_case(case.folder)


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ('"EUR"', '"XQQ"', "currency"),
        ('"UTC"', '"Mars/Base"', "time_zone"),
        ("[]", "[", r"case\.toml is not TOML at line 7, column 1\."),
    ],
)
def test_case_toml_is_checked(case, old, new, said):
    path = case.folder / "case.toml"
    path.write_text(path.read_text(encoding="utf-8").replace(old, new), encoding="utf-8")
    with pytest.raises(FinflowError, match=said):
        finflow.open_case(case.folder)


def test_no_progress_bar_is_drawn_where_no_terminal_watches(case):
    """DuckDB draws one wherever it takes Python for interactive, as for python -c, also when that prints into a file."""
    asks = textwrap.dedent("""
        import sys, finflow
        with finflow.open_case(sys.argv[1]).reading() as con:
            print(con.execute("SELECT current_setting('enable_progress_bar')").fetchall()[0][0])
    """)
    told = subprocess.run([sys.executable, "-c", asks, case.folder], capture_output=True, text=True, check=True)
    assert told.stdout.strip() == "False"


def test_used_up_memory_is_told_in_words_and_nothing_is_written(case):
    with pytest.raises(FinflowError, match="more memory than there is"), case.writing() as con:
        con.execute("INSERT INTO meta VALUES ('a', 'b')")
        raise MemoryError
    assert case.sql("SELECT * FROM meta WHERE key = 'a'").is_empty()

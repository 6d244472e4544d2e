"""The log: two lines a verb, chained, mended after a crash, free of personal values."""

import json
import subprocess
import sys
import textwrap

import pytest

import finflow
from finflow import log
from finflow.errors import FinflowError, VerificationFailed


@pytest.fixture
def folder(tmp_path):
    return finflow.open_case(tmp_path / "case").folder


def phases(folder):
    return [(line["verb"], line["phase"]) for line in log.lines(folder)]


def test_each_verb_writes_an_intent_and_an_outcome(folder):
    finflow.open_case(folder).check()
    assert phases(folder) == [("create", "intent"), ("create", "done"), ("check", "intent"), ("check", "done")]
    assert log.verify(folder) == 4


def test_a_failing_verb_is_logged_as_failed_without_its_message(folder):
    with pytest.raises(FinflowError):
        finflow.open_case(folder).sql("SELECT CAST('Jane Doe' AS INT)")
    assert phases(folder)[-1] == ("sql", "failed")
    assert "Jane" not in (folder / "log.jsonl").read_text(encoding="utf-8")


def test_interruption_is_logged(folder):
    with pytest.raises(KeyboardInterrupt), log.logged(folder, "load"):
        raise KeyboardInterrupt
    assert phases(folder)[-1] == ("load", "interrupted")


@pytest.mark.parametrize(
    "change", [lambda text: text.replace('"done"', '"fail"', 1), lambda text: "\n".join(text.split("\n")[1:])]
)
def test_a_changed_or_removed_line_shows(folder, change):
    path = folder / "log.jsonl"
    path.write_text(change(path.read_text(encoding="utf-8")), encoding="utf-8")
    with pytest.raises(VerificationFailed, match=r"line 1|line 2"):
        log.verify(folder)


def test_cutting_off_the_end_shows_against_the_head(folder):
    head = log.head(folder)
    path = folder / "log.jsonl"
    path.write_text(path.read_text(encoding="utf-8").split("\n")[0] + "\n", encoding="utf-8")
    assert log.verify(folder) == 1
    assert log.head(folder) != head


def test_a_torn_last_line_is_set_aside_and_reported(folder):
    with (folder / "log.jsonl").open("a", encoding="utf-8") as stream:
        stream.write('{"n": 3, "ti')
    finflow.open_case(folder)
    assert phases(folder)[-1] == ("log", "torn line set aside")
    assert log.verify(folder) == 3
    assert [path.read_text(encoding="utf-8") for path in folder.glob("log.torn-*")] == ['{"n": 3, "ti']


def test_an_intent_whose_process_died_is_closed_as_interrupted(folder):
    script = textwrap.dedent(f"""
        import os, pathlib
        from finflow import log
        work = log.logged(pathlib.Path({str(folder)!r}), "load")
        work.__enter__()
        os._exit(9)
    """)
    subprocess.run([sys.executable, "-c", script], check=False)
    assert phases(folder)[-1] == ("load", "intent")
    finflow.open_case(folder)
    assert phases(folder)[-1] == ("load", "interrupted")
    assert log.verify(folder) == 4


def test_work_that_is_still_going_on_is_not_closed(folder):
    with log.logged(folder, "load"):
        finflow.open_case(folder)
        assert phases(folder)[-1] == ("load", "intent")


def test_a_verb_that_cannot_log_refuses_to_run(folder, monkeypatch):
    def full(*_):
        raise OSError("no space")

    monkeypatch.setattr(log, "_write", full)
    done = []
    with pytest.raises(FinflowError, match="cannot be written, so nothing was done"), log.logged(folder, "load"):
        done.append(1)
    assert not done


def test_two_processes_keep_one_chain(folder):
    script = f"import pathlib\nfrom finflow import log\nfor n in range(20):\n log.append(pathlib.Path({str(folder)!r}), 'x', 'done', 'w', {{'n': n}})"
    workers = [subprocess.Popen([sys.executable, "-c", script]) for _ in range(2)]
    assert [worker.wait() for worker in workers] == [0, 0]
    assert log.verify(folder) == 42


def test_every_line_is_json_with_the_hash_of_the_line_before(folder):
    lines = [json.loads(text) for text in (folder / "log.jsonl").read_text(encoding="utf-8").splitlines()]
    assert [line["previous"] for line in lines] == [log.GENESIS, lines[0]["hash"]]

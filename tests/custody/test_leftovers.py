"""What a killed process left in tmp/ is removed when the case is next opened, and nothing of one that works."""

import subprocess
import sys

import pytest

import finflow
from finflow import log


@pytest.fixture
def case(tmp_path):
    return finflow.open_case(tmp_path / "case")


def left(case):
    return sorted(path.name for path in (case.folder / "tmp").iterdir() if path.name != "running")


def leave(case):
    (case.folder / "tmp" / "received-1").write_bytes(b"a bank file")
    (case.folder / "tmp" / "run-1").mkdir()
    (case.folder / "tmp" / "run-1" / "draft.ipynb").write_bytes(b"a draft")
    (case.folder / "tmp" / "lab").mkdir()


def test_what_the_dead_left_is_removed_and_the_settings_of_jupyterlab_stay(case):
    leave(case)
    finflow.open_case(case.folder)
    assert left(case) == ["lab"]


def test_nothing_is_removed_while_a_verb_works(case):
    leave(case)
    with log.logged(case.folder, "load"):
        finflow.open_case(case.folder)
        assert left(case) == ["lab", "received-1", "run-1"]
    finflow.open_case(case.folder)
    assert left(case) == ["lab"]


def test_a_lock_of_a_process_that_died_keeps_nothing(case):
    leave(case)
    script = (
        "import os, pathlib, sys\nfrom finflow import log\n"
        "work = log.logged(pathlib.Path(sys.argv[1]), 'load')\nwork.__enter__()\nos._exit(9)"
    )
    subprocess.run([sys.executable, "-c", script, str(case.folder)], check=False)
    assert list((case.folder / "tmp" / "running").iterdir())
    finflow.open_case(case.folder)
    assert left(case) == ["lab"]


def test_a_case_whose_creation_was_cut_off_is_created_when_it_is_opened_again(tmp_path):
    folder = tmp_path / "case"
    (folder / "originals").mkdir(parents=True)
    (folder / "tmp" / "running").mkdir(parents=True)
    (folder / "case.duckdb").write_bytes(b"")
    (folder / "log.jsonl").write_bytes(b"")
    assert finflow.open_case(folder).sql("SELECT count(*) AS n FROM source_file")["n"].item() == 0

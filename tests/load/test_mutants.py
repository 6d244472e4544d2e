"""Damaged files of every format: read with every record accounted for, or refused in words that name the file."""

import subprocess
import sys
from importlib.util import find_spec

import pytest

from tests.load.mutants import WHOLE, examine, failures, mutant


@pytest.mark.parametrize("form", WHOLE)
def test_the_whole_file_is_read(tmp_path, form) -> None:
    assert examine(form, mutant(form, 0), tmp_path, judge=True) == "read"


@pytest.mark.parametrize(
    ("form", "number"),
    [
        ("csv", 898),
        ("csv", 8_055),
        ("parquet", 648),
        ("parquet", 1_649),
        ("parquet", 8_366),
        ("parquet", 9_802),
        ("parquet", 15_740),
    ],
)
def test_damage_that_once_got_through_is_refused(tmp_path, form, number) -> None:
    assert examine(form, mutant(form, number), tmp_path, judge=True) == "refused"


def test_damaged_files() -> None:
    told, wrong = failures(5_000)
    assert wrong == []
    assert all(counts["read"] and counts["refused"] for counts in told.values())


@pytest.mark.long
def test_a_million_damaged_files() -> None:
    assert failures(1_000_000)[1] == []


def guided(form: str, runs: int) -> str:
    """What the fuzzer said at its end; the test fails when an input went wrong."""
    command = [sys.executable, "-m", "tests.load.guided", form, str(runs)]
    told = subprocess.run(command, capture_output=True, text=True, encoding="utf-8", errors="replace")
    assert told.returncode == 0, told.stdout[-3_000:] + told.stderr[-3_000:]
    return told.stderr


needs_atheris = pytest.mark.skipif(find_spec("atheris") is None, reason="atheris is there for Linux alone")


@needs_atheris
def test_inputs_that_coverage_guides() -> None:
    assert "Done 300 runs" in guided("mt940", 300)


@needs_atheris
@pytest.mark.long
@pytest.mark.parametrize("form", WHOLE)
def test_many_inputs_that_coverage_guides(form) -> None:
    assert "Done" in guided(form, 20_000)

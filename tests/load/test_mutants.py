"""Damaged files of every format: read with every record accounted for, or refused in words that name the file."""

import pytest

from tests.load.mutants import WHOLE, examine, failures, mutant


@pytest.mark.parametrize("form", WHOLE)
def test_the_whole_file_is_read(tmp_path, form) -> None:
    assert examine(form, mutant(form, 0), tmp_path, judge=True) == "read"


def test_damaged_files() -> None:
    told, wrong = failures(5_000)
    assert wrong == []
    assert all(counts["read"] and counts["refused"] for counts in told.values())


@pytest.mark.long
def test_a_million_damaged_files() -> None:
    assert failures(1_000_000)[1] == []

"""Counts in words: no page and no line says 1 observations."""

import re
import tomllib
from pathlib import Path

import pytest

import finflow
from finflow.counting import counted
from finflow.report.page import few

PACKAGE = Path(finflow.__file__).parent


@pytest.mark.parametrize(
    ("count", "words", "said"),
    [
        (1, ("line",), "1 line"), (0, ("line",), "0 lines"), (2, ("activity",), "2 activities"), (1, ("day",), "1 day"),
        (3, ("day",), "3 days"), (1, ("payment or part of one", "payments or parts of payments"), "1 payment or part of one"),
        (1234, ("record",), "1\u202f234 records"),
    ],
)  # fmt: skip
def test_a_count_takes_the_word_that_fits_it(count, words, said):
    assert counted(count, *words) == said


def test_small_numbers_of_persons_take_the_word_too():
    assert [few(count, "account") for count in (0, 1, 5)] == ["0 accounts", "fewer than 5 accounts", "5 accounts"]
    assert [few(count) for count in (0, 1, 5)] == ["0", "fewer than 5", "5"]


@pytest.mark.parametrize("name", ["report/sentences.toml", "assets/words.toml"])
def test_no_sentence_puts_a_bare_count_before_a_plural(name):
    """A sentence that names its count first would say 1 payments; names of amounts and of text may stand there."""
    counts = (
        "count|total|payments|candidates|questions|missing|outside|duplicates|records|entries|rejected|skipped|hits"
    )
    texts = re.findall(r'"[^"]*"', (PACKAGE / name).read_text(encoding="utf-8"))
    assert tomllib.loads((PACKAGE / name).read_text(encoding="utf-8"))
    assert [text for text in texts if re.search(rf"\{{({counts})\}} [a-z-]+s\b", text)] == []

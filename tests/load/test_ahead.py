"""A file is read ahead of what is kept of it: the same pieces in the same order, errors where they belong."""

import threading

import pytest

from finflow.load import load
from finflow.load.ahead import ahead
from tests.load.support import mapping_text, new_case, rows, write


def test_pieces_come_in_their_order() -> None:
    assert list(ahead(iter([1, 2, 3]))) == [1, 2, 3]
    assert list(ahead(iter([]))) == []


def test_the_next_piece_is_made_while_one_is_used() -> None:
    made = threading.Event()

    def pieces():
        yield 1
        made.set()
        yield 2

    found = ahead(pieces())
    assert next(found) == 1
    assert made.wait(10)
    assert next(found) == 2


def test_an_error_comes_where_its_piece_would_have_come() -> None:
    def pieces():
        yield 1
        yield 2
        raise ValueError("the third")

    found = ahead(pieces())
    assert [next(found), next(found)] == [1, 2]
    with pytest.raises(ValueError, match="the third"):
        next(found)


def test_who_stops_early_leaves_no_thread_behind() -> None:
    before = threading.active_count()
    found = ahead(iter(range(100)))
    next(found)
    assert threading.active_count() > before
    found.close()
    assert threading.active_count() == before


def test_raw_text_of_rejects_is_that_of_their_own_batch(tmp_path, monkeypatch) -> None:
    """Many small pieces of a file: the raw text is asked for before the reader goes on."""
    monkeypatch.setattr("finflow.load.decoding.PIECE", 64)
    lines = [f"2025-01-{day:02};{'x' if day % 3 == 0 else day}.00" for day in range(1, 29)]
    write(tmp_path, "test.mapping.toml", mapping_text())
    case = new_case(tmp_path)
    load(case, write(tmp_path, "a.csv", "\n".join(["Date;Amount", *lines]) + "\n"))
    found = rows(case, "SELECT locator, raw FROM rejected_row ORDER BY raw")
    assert found == [(f"L{day + 1}", f"2025-01-{day:02};x.00") for day in range(3, 29, 3)]
    assert rows(case, "SELECT count(*), count(DISTINCT seq), max(seq) FROM entry") == [(19, 19, 28)]

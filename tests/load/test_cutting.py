"""Cutting without looking at rows gives what a reader of rows gives, with the right lines."""

import csv
import io

from hypothesis import given
from hypothesis import strategies as st

from finflow.load.cutting import cut
from finflow.load.parsing import parsed

CELL = st.text(alphabet='ab";,\n x\u00e9', max_size=6)
ROWS = st.lists(st.lists(CELL, min_size=3, max_size=3), min_size=1, max_size=8)


def written(rows: list[list[str]]) -> str:
    stream = io.StringIO()
    csv.writer(stream, delimiter=";", lineterminator="\n").writerows(rows)
    return stream.getvalue()


def spans(text: str) -> list[tuple[int, int]]:
    """First and last line of each row, by a reader that goes row by row."""
    reader, found, before = csv.reader(io.StringIO(text, newline="")), [], 0
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=";", strict=True)
    for row in reader:
        if row:
            found.append((before + 1, reader.line_num))
        before = reader.line_num
    return found


@given(ROWS, st.integers(0, 2))
def test_records_and_lines_are_those_of_a_reader_of_rows(rows, blank) -> None:
    text = "\n" * blank + written(rows)
    found = cut(text.encode(), 1, ";", '"')
    assert found is not None
    assert list(zip(found.first_lines.tolist(), found.last_lines.tolist(), strict=True)) == spans(text)
    table, short = parsed(found, 3, ";", '"')
    assert ([list(row.values()) for row in table.to_pylist()], short) == (rows, [])
    assert "".join(f"{found.raw(n)}\n" for n in range(len(found))) == written(rows)


def test_the_rest_after_the_last_whole_record_is_left() -> None:
    found = cut(b'a;b\n"c\n', 7, ";", '"')
    assert found is not None
    assert (len(found), found.rest, found.lines, found.raw(0)) == (1, 4, 1, "a;b")


def test_lines_go_on_from_the_number_given() -> None:
    found = cut(b'a;b\n\n"c\nd";e\n', 10, ";", '"')
    assert found is not None
    assert (found.first_lines.tolist(), found.last_lines.tolist(), found.lines) == ([10, 12], [10, 13], 4)


def test_quotes_outside_their_place_are_told() -> None:
    for text in (b'5" pipe;b\n', b'"a"b;c\n', b'"a" ;c\n', b'x"y"z;c\n'):
        assert cut(text, 1, ";", '"') is None
    assert cut(b'5" pipe;b\n', 1, ";", "") is not None


def test_rows_of_another_width_are_numbered() -> None:
    found = cut(b"a;b\n\nc\nd;e;f\ng;h\n", 1, ";", '"')
    assert found is not None
    table, short = parsed(found, 2, ";", '"')
    assert (table.num_rows, short) == (2, [1, 2])
    assert [found.raw(n) for n in short] == ["c", "d;e;f"]


def test_a_record_longer_than_a_block_is_one_record() -> None:
    long = "x" * 3_000_000
    found = cut(f"a;b\n{long};c\nd\n".encode(), 1, ";", '"')
    assert found is not None
    table, short = parsed(found, 2, ";", '"')
    assert (table.column(0).to_pylist(), short) == (["a", long], [2])

"""What the command line prints: results laid out for the width of a terminal, and JSON for machines."""

import json
import re
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from itertools import zip_longest
from shutil import get_terminal_size
from textwrap import wrap
from typing import Any

import polars as pl
from rich.cells import cell_len

from finflow.results import ROWS_SHOWN, Result, text

WIDE = 40  # a text longer than this is easier to read below its row than in a column
NARROW = 26  # the first column is broken at words rather than another moved below
GAP = "  "
THIN = "\u202f"  # between the digits of an amount, where no line may break
NO_BREAK = "\u00a0"
AMOUNT = re.compile(r"\b([A-Z]{3}) (?=[\d\u2212])")
NOT_A_TERMINAL = (150, 50)


@dataclass
class _Column:
    """A column: where its values stand in a row, and how many letters wide it is printed."""

    at: int
    name: str
    numeric: bool
    width: int

    @property
    def rank(self) -> int:
        """What gets room first: currencies, without which no amount can be read, then numbers."""
        return 0 if self.name == "currency" else 1 if self.numeric else 2

    def padded(self, word: str) -> str:
        """The word on its side of the column."""
        blank = " " * (self.width - cell_len(word))
        return blank + word if self.numeric else word + blank


def told(result: Result, *more: str) -> str:
    """What a result says: its sentences, and its rows as `laid_out` gives them."""
    after = [*getattr(result, "told", ()), getattr(result, "left_out_sentence", ""), *more]
    if hasattr(result, "sentences"):
        return sentences(*result.sentences, *after)
    before = sentences(getattr(result, "statement", ""), result.caption)
    tables = [before, laid_out(spoken(result.listed()))]
    for caption, frame in getattr(result, "beside", {}).items():
        tables += [sentences(caption), laid_out(spoken(frame))]
    return "\n".join(filter(None, [*tables, sentences(*after)]))


def sentences(*lines: str) -> str:
    """The lines, each broken at words where the terminal ends."""
    return "\n".join(piece for line in lines for piece in _broken(line))


def spoken(frame: pl.DataFrame) -> pl.DataFrame:
    """The frame with blanks in its columns' names, as they are read; a query's names stay as they were asked for."""
    return frame.rename(lambda name: name.replace("_", " "))


def laid_out(frame: pl.DataFrame) -> str:
    """The first rows in columns as far as there is room; what has none stands below its row, with its name.

    Numbers stand on the right of their columns, and no number or day is broken.
    """
    if frame.is_empty():
        return f"\n{GAP}No rows.\n"
    rows = [[_one_line(text(value)) for value in row] for row in frame.head(ROWS_SHOWN).rows()]
    every = [
        _Column(at, name, kind.is_numeric(), max(map(cell_len, [*name.split(), *cells])))
        for at, ((name, kind), cells) in enumerate(zip(_named(frame), zip(*rows, strict=True), strict=True))
    ]
    columns = _fitting(every)
    lines = _header(columns)
    for row in rows:
        lines += _row(row, columns, every)
    if frame.height > len(rows):
        lines += ["", f"Rows not shown: {frame.height - len(rows)} of {frame.height}; --json prints every row."]
    return "\n".join(["", *lines, ""])


def as_json(value: Any) -> str:
    """JSON with amounts and days as text, so that no digit is lost."""
    return json.dumps(value, default=_as_text, ensure_ascii=False, indent=1)


def _as_text(value: Any) -> str:
    return f"{value:f}" if isinstance(value, Decimal) else str(value)


def _named(frame: pl.DataFrame) -> list[tuple[str, pl.DataType]]:
    return [(_one_line(name), kind) for name, kind in frame.schema.items()]


def _fitting(every: list[_Column]) -> list[_Column]:
    """The columns there is room for, in their order; the first always, narrower when that makes room for the others."""
    first, *others = every
    room = _width() - len(GAP)
    beside = sum(column.width + len(GAP) for column in others)
    if room - beside >= min(first.width, NARROW):
        first.width = min(first.width, room - beside)
        return every
    first.width = min(first.width, NARROW)
    room, chosen = room - first.width, [first]
    for column in sorted(others, key=lambda column: column.rank):
        if column.width <= min(WIDE, room - len(GAP)):
            chosen.append(column)
            room -= column.width + len(GAP)
    return sorted(chosen, key=lambda column: column.at)


def _header(columns: list[_Column]) -> list[str]:
    """The names over a rule, the last word of each right above it."""
    broken = [wrap(column.name, column.width)[::-1] for column in columns]
    lines = [_joined(words, columns) for words in zip_longest(*broken, fillvalue="")]
    return [*lines[::-1], GAP + "─" * (sum(column.width + len(GAP) for column in columns) - len(GAP))]


def _row(row: list[str], columns: list[_Column], every: list[_Column]) -> list[str]:
    broken = [wrap(row[column.at], column.width) or [""] for column in columns]
    below = [f"{column.name}: {row[column.at]}" for column in every if column not in columns and row[column.at]]
    lines = [_joined(words, columns) for words in zip_longest(*broken, fillvalue="")]
    return lines + _broken(" · ".join(below), GAP * 3)


def _joined(words: Iterable[str], columns: list[_Column]) -> str:
    return (GAP + GAP.join(column.padded(word) for word, column in zip(words, columns, strict=True))).rstrip()


def _broken(line: str, indent: str = "") -> list[str]:
    """The line broken at blanks; a path, a number with its currency or a day stays whole."""
    begins = line[: len(line) - len(line.lstrip())]
    further = indent + (begins + GAP if begins else "")
    whole = AMOUNT.sub(f"\\1{NO_BREAK}", line)
    lines = wrap(
        whole, _width(), initial_indent=indent, subsequent_indent=further, break_long_words=False,
        break_on_hyphens=False,
    )  # fmt: skip
    return [one.replace(NO_BREAK, " ") for one in lines]


def _one_line(cell: str) -> str:
    """A cell without what could move the cursor of a terminal: values come from files of strangers."""
    return "".join(letter if letter.isprintable() or letter == THIN else " " for letter in cell).strip()


def _width() -> int:
    return get_terminal_size(NOT_A_TERMINAL).columns

"""What the command line prints: results laid out for the width of a terminal, and JSON for machines."""

import json
from decimal import Decimal
from io import StringIO
from shutil import get_terminal_size
from textwrap import wrap
from typing import Any

import polars as pl
from rich.cells import cell_len
from rich.console import Console
from rich.table import Table
from rich.text import Text

from finflow.results import ROWS_SHOWN, Result, text

WIDE = 40  # a text longer than this is read better below its row than in a column
GAP = 2
NOT_A_TERMINAL = (150, 50)


def told(result: Result, *more: str) -> str:
    """What a result says, for a terminal: its sentences, and its rows as `laid_out` gives them."""
    after = [*getattr(result, "told", ()), getattr(result, "left_out_sentence", ""), *more]
    if hasattr(result, "sentences"):
        return _lines(*result.sentences, *after)
    before = _lines(_words(getattr(result, "statement", "")), result.caption)
    return "\n".join(filter(None, [before, laid_out(result.shown()), _lines(*after)]))


def laid_out(frame: pl.DataFrame) -> str:
    """The first rows in columns as far as the terminal has room, what has none below its row by name.

    Amounts and other numbers stand on the right of their columns, and no number or day is broken.
    """
    shown = [[text(value) for value in row] for row in frame.head(ROWS_SHOWN).rows()]
    if not shown:
        return "\n No rows.\n"
    names = [name.replace("_", " ") for name in frame.columns]
    numeric = [kind.is_numeric() for kind in frame.dtypes]
    needed = [
        max(_longest_word(name), *(cell_len(row[at]) for row in shown))
        for at, name in enumerate(names)
    ]  # fmt: skip
    columns = _fitting(needed, numeric, _width())
    lines = _table(shown, names, numeric, needed, columns)
    if frame.height > ROWS_SHOWN:
        lines += ["", f" {frame.height - ROWS_SHOWN} of {frame.height} rows are not shown; --json prints every row."]
    return "\n".join(["", *lines, ""])


def as_json(value: Any) -> str:
    """JSON with amounts and days as text, so that no digit is lost."""
    return json.dumps(value, default=_as_text, ensure_ascii=False, indent=1)


def _as_text(value: Any) -> str:
    return f"{value:f}" if isinstance(value, Decimal) else str(value)


def _fitting(needed: list[int], numeric: list[bool], width: int) -> list[int]:
    """The columns there is room for, in their order: all, else the first and the numbers before any other."""
    if sum(needed) + GAP * len(needed) <= width:
        return list(range(len(needed)))
    room, chosen = width - GAP - min(needed[0], WIDE), [0]
    for at in sorted(range(1, len(needed)), key=lambda at: not numeric[at]):
        if needed[at] <= WIDE and needed[at] + GAP <= room:
            chosen.append(at)
            room -= needed[at] + GAP
    return sorted(chosen)


def _table(
    shown: list[list[str]], names: list[str], numeric: list[bool], needed: list[int], columns: list[int]
) -> list[str]:
    below = [at for at in range(len(names)) if at not in columns]
    grid = Table(box=None, padding=(0, 0, 0, GAP), pad_edge=False)
    for at in columns:
        right, width = numeric[at], needed[at] if at or not below else min(needed[at], WIDE)
        grid.add_column(names[at], justify="right" if right else "left", overflow="fold", width=width)
    rows = [[Text(row[at]) for at in columns] for row in shown]
    return grid, rows


def _width() -> int:
    return get_terminal_size(NOT_A_TERMINAL).columns

"""A mapping proposed for a table that has none: decided on whole columns, and saying what it is unsure about.

Money is never guessed silently: a proposal with a doubt is written for a person to edit, and load refuses until then.
"""

import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc

from finflow.errors import FinflowError
from finflow.load import propose_csv, propose_typed
from finflow.load.formats import format_of
from finflow.load.proposal import AMOUNTS, Proposal, Seen, written
from finflow.load.unused import ask_about
from finflow.load.words import part_of

Columns = dict[str, pa.Array]
LOOKED_AT = ("booking_date", "booking_time", "value_date", "side", *AMOUNTS)
DAY_LENGTH = 11
# format -> what finds the header, and what reads the texts of the columns that the parts LOOKED_AT stand in
_WAYS: dict[str, tuple[Callable[[Path, Seen], None], Callable[[Path, Seen, list[str]], Iterator[list[pa.Array]]]]] = {
    "csv": (propose_csv.layout, propose_csv.texts),
    "xlsx": (propose_typed.sheet_layout, propose_typed.sheet_texts),
    "parquet": (propose_typed.parquet_layout, propose_typed.parquet_texts),
}


def propose_mapping(path: Path, name: str | None = None) -> Proposal:
    """Propose a mapping for a CSV, XLSX or Parquet file. `name`: the file name for the proposal and messages.

    Delimiter, encoding, decimal sign and the order of dates are decided on whole columns; what a column is by the words
    of its header, in several languages. Raises FinflowError for a file that is no table.
    """
    seen = Seen(name or path.name)
    seen.form = format_of(path, seen.name).name
    if seen.form not in _WAYS:
        raise FinflowError(f"{seen.name} is {seen.form}, which says itself what it holds: load it without a mapping.")
    layout, texts = _WAYS[seen.form]
    layout(path, seen)
    _name_columns(seen)
    parts = [part for part in LOOKED_AT if part in seen.columns]
    for columns in texts(path, seen, [seen.columns[part][0] for part in parts]):
        _collect(dict(zip(parts, columns, strict=True)), seen)
    unread = [column for column in seen.unused() if column not in seen.nested]
    if unread:
        ask_about(unread, seen, next(texts(path, seen, unread), None))
    text = written(seen)
    return Proposal(text, seen.unsure, seen.unused())


def _name_columns(seen: Seen) -> None:
    for column in seen.header:
        part, currency = part_of(re.sub(r" \(\d+\)$", "", column))
        if part is None:
            continue
        seen.currency = seen.currency or currency
        seen.columns.setdefault(part, []).append(column)
    for part, columns in seen.columns.items():
        if len(columns) > 1 and part != "narrative":
            seen.ask(f"columns.{part}", f"it may be any of the columns {', '.join(columns)}")
    if {"debit", "credit"} <= seen.columns.keys():
        seen.columns.pop("amount", None)
        seen.columns.pop("side", None)
    else:
        for part in ("debit", "credit"):
            seen.columns.pop(part, None)


def _collect(columns: Columns, seen: Seen) -> None:
    """What the columns of dates, sides and amounts hold."""
    for part, column in columns.items():
        shape = pc.replace_substring_regex(column, r"\d", "9")
        values = pc.utf8_slice_codeunits(column, 0, DAY_LENGTH) if part.endswith("date") else column
        seen.shapes.setdefault(part, set()).update(filter(None, pc.unique(shape).to_pylist()))
        if part not in AMOUNTS:
            seen.cells.setdefault(part, set()).update(filter(None, pc.unique(values).to_pylist()))

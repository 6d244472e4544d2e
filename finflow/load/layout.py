"""The layout of a printed statement: where on a page each column stands, and what stands around the table.

format = "pdf"
[table]                                   # as for CSV: decimal, thousands, dates, negative_debits, null_values
decimal = ","
dates = "%d.%m.%Y"
[layout]
top = '^Datum +Tekst'                     # the line above the first booking of a page; RE2 like every expression
bottom = '^Pagina'                        # the first line below the last booking of a page
opening = 'Beginsaldo +(-?[0-9.,]+)'      # booked balances of a statement; a further `opening` begins another one
closing = 'Eindsaldo +(-?[0-9.,]+)'
account = 'IBAN +([A-Z]{2}[0-9A-Z ]+)'    # when the mapping names no account
dates_once = false                        # true: a day is printed on its first line only
[layout.columns]                          # left and right edge in points; `finflow mapping suggest FILE` shows them
booking_date = [40, 100]
narrative = [100, 330]
debit = [330, 410]
credit = [410, 480]
balance = [480, 560]
"""

import re
from dataclasses import dataclass
from itertools import pairwise
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, model_validator

COLUMNS = (
    "booking_date", "value_date", "amount", "side", "debit", "credit", "balance", "counterparty_account",
    "counterparty_name", "narrative", "bank_reference",
)  # fmt: skip
SAME_LINE = 2.5  # points that the tops of words of one line differ by at most; print is ten points high
Edges = Annotated[tuple[float, float], Field(strict=False)]


def _compiled(text: str) -> None:
    try:
        re.compile(text)
    except re.error:
        raise ValueError("is not a regular expression") from None


class Layout(BaseModel):
    """Where a printed statement has what; the module's text shows every key."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)

    top: str
    bottom: str | None = None
    opening: str | None = None
    closing: str | None = None
    account: str | None = None
    dates_once: bool = False
    columns: dict[str, Edges]

    @model_validator(mode="after")
    def _whole(self) -> "Layout":
        for expression in (self.top, self.bottom, self.opening, self.closing, self.account):
            if expression is not None:
                _compiled(expression)
        for fault in _faults(self):
            raise ValueError(fault)
        return self


def _faults(layout: Layout) -> list[str]:
    columns = layout.columns
    faults = [f"layout.columns has no column {name}: it knows {', '.join(COLUMNS)}" for name in {*columns} - {*COLUMNS}]
    if "booking_date" not in columns:
        faults.append("layout.columns needs booking_date")
    if ("amount" in columns) == ("debit" in columns) or ("debit" in columns) != ("credit" in columns):
        faults.append("layout.columns needs amount, or both debit and credit")
    if "balance" not in columns and not (layout.opening and layout.closing):
        faults.append("a layout needs the column balance, or opening and closing: figures prove that it reads right")
    edges = sorted(columns.values())
    if any(left >= right for left, right in edges) or any(a[1] > b[0] for a, b in pairwise(edges)):
        faults.append("the edges of layout.columns overlap, or one has its right edge left of its left one")
    return faults


@dataclass(frozen=True)
class Word:
    """A word on a page: its left and right edge in points, and its text."""

    left: float
    right: float
    text: str


@dataclass(frozen=True)
class PrintedLine:
    """A line of a page, with its place: page and line from the top, `p2L14`."""

    locator: str
    words: tuple[Word, ...]

    @property
    def text(self) -> str:
        """Its words with blanks between them."""
        return " ".join(word.text for word in self.words)

    def cells(self, layout: Layout) -> dict[str, str]:
        """Its words by the column in which their middle stands; those in none under the empty name."""
        found: dict[str, list[str]] = {}
        for word in self.words:
            found.setdefault(_column(word, layout), []).append(word.text)
        return {name: " ".join(words) for name, words in found.items()}


def _column(word: Word, layout: Layout) -> str:
    middle = (word.left + word.right) / 2
    return next((name for name, (left, right) in layout.columns.items() if left <= middle < right), "")

"""What verbs give back: a frame that shows itself as a table, escaped, with words for what it leaves out."""

from dataclasses import dataclass
from decimal import Decimal
from html import escape
from io import StringIO
from shutil import get_terminal_size
from typing import Any, ClassVar

import polars as pl
from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.table import Table
from rich.text import Text

from finflow.errors import FinflowError

ROWS_SHOWN = 50


@dataclass(frozen=True)
class Result:
    """A frozen result over a Polars frame. Subclasses say what the rows are; no verb changes one."""

    frame: pl.DataFrame

    element: ClassVar[str] = "finflow-result"
    caption: ClassVar[str] = ""

    def shown(self) -> pl.DataFrame:
        """The frame as a page shows it; subclasses hide what a page must not carry."""
        return self.frame

    def listed(self) -> pl.DataFrame:
        """The frame as a terminal prints it; subclasses add what the user of the case may see and a page must not."""
        return self.shown()

    def _repr_html_(self) -> str:
        return table(self.shown(), element=self.element, caption=self.caption)

    def __init_subclass__(cls) -> None:
        """A notebook keeps what an object prints beside its table: the page's words, never the raw frames."""
        super().__init_subclass__()
        cls.__repr__ = cls.__repr__  # type: ignore[method-assign]  # a dataclass writes its own only where none stands

    def __repr__(self) -> str:
        try:
            return str(self)
        except FinflowError as refusal:
            return str(refusal)

    def __str__(self) -> str:
        """Caption and rows for a terminal, each value as a page prints it."""
        return "\n".join(filter(None, [self.caption, plain(self.shown())]))


@dataclass(frozen=True)
class Shown(Result):
    """A frame of one's own, shown as results are."""

    title: str = ""

    def _repr_html_(self) -> str:
        return table(self.frame, element="finflow-shown", caption=self.title)

    def __str__(self) -> str:
        """Title and rows for a terminal."""
        return f"{self.title}\n{plain(self.frame)}"


def show(frame: pl.DataFrame, title: str = "") -> Shown:
    """Show a frame as a page shows results: escaped, amounts whole, with words for the rows left out."""
    return Shown(frame, title)


def plain(frame: pl.DataFrame, rows: int = ROWS_SHOWN) -> str:
    """The first rows as text in columns, and a sentence for the rows left out."""
    grid = Table(box=SIMPLE_HEAD, pad_edge=False)
    for name, kind in frame.schema.items():
        grid.add_column(
            name.replace("_", " "),
            justify="right" if kind.is_numeric() else "left",
            overflow="fold",
            no_wrap=kind.is_numeric(),
        )
    for row in frame.head(rows).rows():
        grid.add_row(*(Text(text(value)) for value in row))
    console = Console(width=max(150, get_terminal_size().columns), no_color=True, file=StringIO())
    console.print(grid)
    left_out = f"Rows not shown: {frame.height - rows} of {frame.height}.\n" if frame.height > rows else ""
    return "\n".join(line.rstrip() for line in console.file.getvalue().splitlines()) + "\n" + left_out  # type: ignore[attr-defined]


def table(frame: pl.DataFrame, *, element: str, caption: str, rows: int = ROWS_SHOWN) -> str:
    """An HTML table of the first rows, every value escaped, and a sentence for the rows left out."""
    names = [escape(name.replace("_", " ")) for name in frame.columns]
    kinds = [_class(kind) for kind in frame.dtypes]
    header = "".join(f"<th{kind}>{name}</th>" for name, kind in zip(names, kinds, strict=True))
    body = "".join(
        "<tr>"
        + "".join(f"<td{kind}>{escape(text(value))}</td>" for value, kind in zip(row, kinds, strict=True))
        + "</tr>"
        for row in frame.head(rows).rows()
    )
    return (
        f'<figure class="finflow" id="{escape(element)}"><figcaption>{escape(caption)}</figcaption>'
        f"<table><thead><tr>{header}</tr></thead><tbody>{body}</tbody></table>{_left_out(frame.height, rows)}</figure>"
    )


def text(value: Any) -> str:
    """One value as a page prints it: money with thin groups, dates in ISO form, nothing for NULL."""
    if value is None:
        return ""
    if isinstance(value, Decimal):
        return money(value)
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, list | tuple):
        return ", ".join(text(item) for item in value)
    return str(value)


def money(value: Decimal, places: int = 2) -> str:
    """An amount with grouped digits and at least `places` decimals; further zeros are dropped."""
    fraction = f"{value:f}".partition(".")[2].rstrip("0").ljust(places, "0")
    whole = f"{int(abs(value)):,}".replace(",", "\u202f")
    return ("\u2212" if value < 0 else "") + whole + (f".{fraction}" if fraction else "")


def without_zeros(frame: pl.DataFrame, *always: str) -> tuple[pl.DataFrame, str]:
    """The frame without the amounts that are zero in every row, and a sentence that names them; `always` stay."""
    amounts = [name for name, kind in frame.schema.items() if kind.is_decimal() and name not in always]
    zero = [name for name in amounts if frame.height and (frame[name] == 0).fill_null(False).all()]
    said = f"Zero in every row, so without a column: {', '.join(name.replace('_', ' ') for name in zero)}."
    return frame.drop(zero), said if zero else ""


def _left_out(height: int, rows: int) -> str:
    if height == 0:
        return "<p>No rows.</p>"
    return f"<p>Rows not shown: {height - rows} of {height}.</p>" if height > rows else ""


def _class(kind: pl.DataType) -> str:
    """How a column is set: numbers to the right, numbers and dates in one piece."""
    return ' class="number"' if kind.is_numeric() else ' class="date"' if kind.is_temporal() else ""

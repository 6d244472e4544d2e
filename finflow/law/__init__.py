"""Legal bases as dated data: what has to be shown for each, where that was read, and whether anyone verified it.

Law changes and differs by State, so none of it stands in code: `basis.toml` carries code, article, date, source, mark.
"""

import tomllib
from dataclasses import dataclass
from datetime import date
from functools import cache
from importlib import resources
from typing import Any, ClassVar

import polars as pl

from finflow.errors import FinflowError
from finflow.results import Result


@dataclass(frozen=True)
class Basis:
    """One legal basis as of one day. `amount` says what may be proposed on it: linked, up to value, value or none."""

    code: str
    title: str
    instrument: str
    article: str
    as_of: date
    source: str
    mark: str
    verified_by: str
    note: str
    measures: tuple[str, ...]
    amount: str
    conditions: tuple[str, ...]

    def __str__(self) -> str:
        """The basis as a page prints it: with its date and its mark, and what was not checked."""
        checked = f"{self.mark} by {self.verified_by}" if self.verified_by else self.mark
        return (
            f"{self.code}: {self.title} ({self.instrument}, article {self.article}; as of {self.as_of}, {checked}; "
            "the national law of the State that decides applies)"
        )


@dataclass(frozen=True)
class Law(Result):
    """One row per legal basis: code, title, instrument, article, as_of, mark, verified_by, to_be_shown, source."""

    element: ClassVar[str] = "finflow-law"
    caption: ClassVar[str] = "Table of law: what each basis asks to be shown"


def law() -> Law:
    """The whole table, as the annex of a report prints it."""
    rows = [
        (b.code, b.title, b.instrument, b.article, b.as_of, b.mark, b.verified_by or "nobody yet",
         "; ".join(b.conditions), b.source, b.note)
        for b in _bases().values()
    ]  # fmt: skip
    names = ("code", "title", "instrument", "article", "as_of", "mark", "verified_by", "to_be_shown", "source", "note")
    return Law(pl.DataFrame(rows, schema=list(names), orient="row"))


def basis(code: str | None) -> Basis:
    """The basis of this code. Raises FinflowError listing the codes when there is none."""
    found = _bases().get(code or "")
    if found is None:
        known = ", ".join(_bases())
        raise FinflowError(f"A proposal needs a legal basis. Name one by its code, for example basis='STD': {known}.")
    return found


@cache
def _bases() -> dict[str, Basis]:
    text = resources.files("finflow.law").joinpath("basis.toml").read_text(encoding="utf-8")
    table = tomllib.loads(text)
    return {row["code"]: _basis(table["common"] | row) for row in table["basis"]}


def _basis(row: dict[str, Any]) -> Basis:
    values: dict[str, Any] = {name: tuple(value) if isinstance(value, list) else value for name, value in row.items()}
    return Basis(**values)

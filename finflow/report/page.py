"""Sentences, headings and tables of a report page; every value from the data is text."""

import tomllib
from dataclasses import dataclass
from functools import cache
from html import escape
from importlib import resources
from re import sub
from typing import Any

import polars as pl

from finflow.counting import counted
from finflow.results import money, text

NOT_COMPLETED = "NOT COMPLETED"


@dataclass(frozen=True)
class Section:
    """One section of a report, shown by the notebook cell that ends with it."""

    heading: str
    body: tuple[str, ...]
    element: str

    def _repr_html_(self) -> str:
        return f'<section id="{self.element}"><h2>{escape(self.heading)}</h2>{"".join(self.body)}</section>'

    def __repr__(self) -> str:
        return str(self)

    def __str__(self) -> str:
        """The section without its markup."""
        return sub(r"\s+", " ", sub(r"<[^>]+>", " ", f"{self.heading}. {' '.join(self.body)}")).strip()


def section(heading: str, *body: str | None) -> Section:
    """A section from its parts; parts that are None are left out."""
    name = "finflow-" + sub(r"[^a-z]+", "-", heading.lower()).strip("-")
    return Section(heading, tuple(part for part in body if part), name)


def say(key: str, **values: Any) -> str:
    """The numbered paragraph `group.name` of sentences.toml, filled; a [part for a person] prints as not completed."""
    group, name = key.split(".")
    sentence = _sentences()[group][name]
    marked = sub(r"\[([^\]]+)\]", rf'<span class="open">[\1: {NOT_COMPLETED}]</span>', escape(sentence["text"]))
    filled = marked.format(**{name: escape(_said(value)) for name, value in values.items()})
    return f'<p class="paragraph">{filled} <span class="mark">({sentence["mark"]})</span></p>'


def _said(value: Any) -> str:
    """A value inside a sentence: counts are grouped as amounts are."""
    return f"{value:,}".replace(",", "\u202f") if isinstance(value, int) else text(value)


def amounts(frame: pl.DataFrame, value: str, currency: str = "currency") -> str:
    """Sums by currency in words; currencies are never added to each other."""
    sums = frame.group_by(currency).agg(pl.col(value).sum()).sort(currency)
    return " and ".join(f"{code} {money(total)}" for code, total in sums.rows()) or "nothing"


def heading(words: str) -> str:
    """A heading inside a section."""
    return f"<h3>{escape(words)}</h3>"


def few(count: int, word: str = "") -> str:
    """A count of persons or of what is theirs, with a word behind it, as a page may print it: no small numbers."""
    if count >= 5 or count == 0:
        return counted(count, word).strip() if word else str(count)
    return f"fewer than 5 {word}s" if word else "fewer than 5"


def style() -> str:
    """The style sheet of a report, for screen and print."""
    return f"<style>{resources.files('finflow.report').joinpath('style.css').read_text(encoding='utf-8')}</style>"


@cache
def _sentences() -> dict[str, dict[str, dict[str, str]]]:
    return tomllib.loads(resources.files("finflow.report").joinpath("sentences.toml").read_text(encoding="utf-8"))

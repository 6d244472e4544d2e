"""What every picture is: a result that draws itself, says what it leaves out, and can be read as a table."""

import textwrap
from collections.abc import Iterable
from dataclasses import dataclass, replace
from functools import cached_property
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

import polars as pl

from finflow.pictures.flows import LINKED, graph_of, with_share
from finflow.results import Result, table

if TYPE_CHECKING:
    import networkx as nx

POLICY = (
    "default-src 'none'; script-src 'unsafe-inline'; style-src 'unsafe-inline'; img-src data:; "
    "base-uri 'none'; form-action 'none'"
)


@dataclass(frozen=True)
class Looks:
    """How an account is drawn, and what the drawing says about it; `assets` were paid for with money it received."""

    shape: str
    fill: str
    border: str
    words: str
    assets: tuple[str, ...] = ()


LOOKS = {  # by where the account is; colours that stay apart for colour-blind readers and on grey paper
    "inside": Looks("dot", "#0072b2", "#004c78", "account held in the case"),
    "outside": Looks("square", "#ffffff", "#b35c00", "account outside the case"),
    "none": Looks("triangle", "#9aa4ae", "#57606a", "cash or bank, or not printed"),
    "asset": Looks("diamond", "#009e73", "#006b4e", "was paid for an asset"),
}


_MARKS = {
    "dot": '<circle cx="7" cy="7" r="6"/>', "square": '<path d="M2 2h10v10H2z"/>',
    "triangle": '<path d="M7 1l6 11H1z"/>', "diamond": '<path d="M7 0l7 7-7 7-7-7z"/>',
}  # fmt: skip


@dataclass(frozen=True, repr=False)
class Picture(Result):
    """A picture over a frame of transfers, as `finflow.pictures.flows.read_flows` describes it.

    `drawing` is the picture as HTML that needs nothing from outside; `basis` says in words what it rests on, and
    `left_out` what and how much it does not show.
    """

    drawing: str
    basis: str
    left_out: str

    rows_are: ClassVar[str] = "Transfers of the picture"

    @cached_property
    def graph(self) -> "nx.MultiDiGraph[str]":
        """Everything the picture draws from, also what it leaves out: an edge a transfer, amounts in minor units.

        Points are called as on the picture, so names of protected persons are not in it.
        """
        return graph_of(self.frame)

    def shown(self) -> pl.DataFrame:
        """The largest transfers first, under the words a page uses."""
        rows = with_share(self.frame).sort("share", "date", "transfer_id", descending=[True, False, False])
        traced = [pl.col("traced").alias(LINKED)] if "traced" in rows.columns else []
        return rows.select("date", "from", "to", "amount", *traced, "currency", "paid_for", "bank_line")

    def __repr__(self) -> str:
        return f"{self.caption}. {self.left_out}"

    def _repr_html_(self) -> str:
        rows = table(self.shown(), element=f"{self.element}-table", caption=self.rows_are)
        return (
            f'<figure class="finflow" id="{self.element}"><figcaption>{escape(self.caption)}</figcaption>'
            f"{self.drawing}<p>{escape(self.basis)} {escape(self.left_out)}</p>"
            f"<details><summary>The same as a table</summary>{rows}</details></figure>"
        )

    def html(self) -> str:
        """The picture as one whole file, to be written as UTF-8. It loads nothing from anywhere."""
        rows = table(self.shown(), element=f"{self.element}-table", caption=self.rows_are)
        body = (
            f"<h1>{escape(self.caption)}</h1><p>{escape(self.basis)}</p>{self.drawing}"
            f'<p class="left-out">{escape(self.left_out)}</p>{rows}'
        )
        return document(self.caption, body)


def document(title: str, body: str, *, kind: str = "page") -> str:
    """A whole HTML page around a body; its policy forbids it to load anything."""
    style = Path(__file__).with_name("picture.css").read_text(encoding="utf-8")
    return (
        '<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        f'<meta http-equiv="Content-Security-Policy" content="{POLICY}">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>{escape(title)}</title>\n<style>\n{style}</style>\n</head>\n"
        f'<body class="{kind}">\n{body}\n</body>\n</html>\n'
    )


def framed(page: str, *, title: str, height: int) -> str:
    """A whole page inside another: shut off from it, and without a request."""
    return (
        f'<iframe sandbox="allow-scripts" title="{escape(title)}" width="100%" height="{height}" '
        f'style="border:1px solid #d0d7de;background:#fff" srcdoc="{escape(page)}"></iframe>'
    )


def is_what(flows: pl.DataFrame) -> dict[str, Looks]:
    """Label -> how to draw it."""
    sides = [flows.select(label=side, whereabouts=f"{side}_is") for side in ("from", "to")]
    found = pl.concat(sides).unique().sort("label", "whereabouts", descending=True)
    looks = {label: LOOKS[whereabouts] for label, whereabouts in found.rows()}
    for label, assets in flows.filter(pl.col("paid_for") != "").group_by("to").agg(pl.col("paid_for").unique()).rows():
        named = tuple(f"for {asset}" for asset in sorted(assets))
        looks[label] = replace(LOOKS["asset"], assets=named)
    return looks


def legend(*words: str) -> str:
    """What the looks mean, and further words."""
    marks = [
        f'<svg width="14" height="14" fill="{looks.fill}" stroke="{looks.border}" aria-hidden="true">'
        f"{_MARKS[looks.shape]}</svg> {looks.words}"
        for looks in LOOKS.values()
    ]
    return listed([*marks, *map(escape, words)])


def listed(items: Iterable[str]) -> str:
    """Items of HTML beside each other, for a legend."""
    shown = "".join(f'<li style="display:inline-block;margin-right:1.2em">{item}</li>' for item in items)
    return f'<ul style="list-style:none;margin:0;padding:0;font-size:.85rem">{shown}</ul>'


def on_lines(label: str, width: int) -> list[str]:
    """A label on at most three lines: two of the name, one of the account."""
    name, bracket, account = label.partition(" (")
    return [*textwrap.wrap(name, width, max_lines=2, placeholder="…"), *([f"({account}"] if bracket else [])]

"""The months that are held, as a picture: accounts down, months across, a sign and a colour for each state."""

from collections.abc import Mapping
from dataclasses import dataclass
from html import escape
from typing import Any, ClassVar

import polars as pl

from finflow.counting import counted
from finflow.pictures.picture import document, listed
from finflow.results import Result, table

ROWS = 60
_COLOURS = {
    "reconciled": "#cfe8dc", "unverified": "#eaeef2", "gap": "#d98200", "overlap": "#cc79a7", "missing": "#57606a",
}  # fmt: skip


@dataclass(frozen=True, repr=False)
class Months(Result):
    """A picture over a frame of account, currency, month, status, accounts as pages call them.

    `drawing` is an SVG that needs nothing from outside; `left_out` says how much it does not show.
    """

    drawing: str
    left_out: str

    element: ClassVar[str] = "finflow-months"
    caption: ClassVar[str] = "Months held, by account"

    def __str__(self) -> str:
        return f"{self.caption}. {self.left_out}"

    def _repr_html_(self) -> str:
        rows = table(self.frame, element=f"{self.element}-table", caption=self.caption)
        return (
            f'<figure class="finflow" id="{self.element}"><figcaption>{escape(self.caption)}</figcaption>'
            f"{self.drawing}<p>{escape(self.left_out)}</p>"
            f"<details><summary>The same as a table</summary>{rows}</details></figure>"
        )

    def html(self) -> str:
        """The picture as one whole file, to be written as UTF-8. It loads nothing from anywhere."""
        return document(self.caption, f"<h1>{escape(self.caption)}</h1>{self._repr_html_()}")


def months(frame: pl.DataFrame, signs: Mapping[str, str], signs_read: str) -> Months:
    """Draw account, currency, month, status: accounts with a month in doubt first, and what does not fit left out in
    words. The same every time.
    """
    doubtful = ~pl.col("status").is_in(["reconciled", "unverified"])
    ranked = (
        frame.group_by("account", "currency")
        .agg(doubtful.sum().alias("doubtful"))
        .sort(pl.col("doubtful") == 0, "account", "currency")
    )
    shown, rest = ranked.head(ROWS), ranked.tail(-ROWS)
    cells = frame.join(shown, on=["account", "currency"]).select(
        _row(), pl.col("month").dt.strftime("%Y-%m"), "status", sign=pl.col("status").replace_strict(dict(signs))
    )
    left_out = "Nothing is left out." if rest.is_empty() else (
        f"Shown: {shown.height} of {ranked.height} accounts and currencies, those with a month in doubt first. "
        f"Left out: {rest.height}, with {counted(int(rest['doubtful'].sum()), 'month')} in doubt."
    )  # fmt: skip
    return Months(frame, _drawn(cells, shown.select(_row())["row"].to_list(), signs, signs_read), left_out)


def _drawn(cells: pl.DataFrame, rows: list[str], signs: Mapping[str, str], signs_read: str) -> str:
    if cells.is_empty():
        return "<p>No statements.</p>"
    from vl_convert import vegalite_to_svg

    svg = vegalite_to_svg(_chart(cells, rows)).replace(
        "<svg ", '<svg style="display:block;max-width:100%;height:auto" ', 1
    )
    doubtful = cells.filter(~pl.col("status").is_in(["reconciled", "unverified"])).height
    said = f"Grid of accounts and currencies ({len(rows)}) by month; months in doubt: {doubtful}. {signs_read}."
    words = listed(
        f'<b style="background:{_COLOURS[status]};padding:0 .4em">{sign}</b> {status}' for status, sign in signs.items()
    )
    return f'{words}<div role="img" aria-label="{escape(said)}">{svg}</div>'


def _chart(cells: pl.DataFrame, rows: list[str]) -> dict[str, Any]:
    """The chart in Vega-Lite, as finflow.pictures.timeline writes it."""
    every = pl.date_range(
        pl.lit(cells["month"].min()).str.to_date("%Y-%m"), pl.lit(cells["month"].max()).str.to_date("%Y-%m"), "1mo",
        eager=False,
    )  # fmt: skip
    across = pl.select(every.dt.strftime("%Y-%m")).to_series().to_list()
    place = {
        "x": {"field": "month", "type": "ordinal", "title": None, "scale": {"domain": across},
              "axis": {"orient": "top", "labelAngle": -45, "labelOverlap": True}},
        "y": {"field": "row", "type": "nominal", "title": None, "scale": {"domain": rows},
              "axis": {"labelLimit": 320, "ticks": False}},
    }  # fmt: skip
    colour = {"field": "status", "type": "nominal", "legend": None,
              "scale": {"domain": list(_COLOURS), "range": list(_COLOURS.values())}}  # fmt: skip
    ink = {"condition": {"test": "datum.status === 'missing'", "value": "#ffffff"}, "value": "#1f2328"}
    square = {"mark": {"type": "rect", "stroke": "#ffffff"}, "encoding": {**place, "color": colour}}
    sign = {"mark": {"type": "text", "fontSize": 10},
            "encoding": {**place, "text": {"field": "sign"}, "color": ink}}  # fmt: skip
    return {
        "data": {"values": cells.to_dicts()},
        "width": {"step": 17},
        "height": {"step": 17},
        "layer": [square, sign],
        "padding": {"left": 24, "top": 5, "right": 5, "bottom": 5},  # another font than the measured one may be wider
        "config": {"font": "Segoe UI, system-ui, Helvetica Neue, Arial, sans-serif", "axis": {"labelFontSize": 11}},
    }


def _row() -> pl.Expr:
    return pl.concat_str("account", pl.lit(", "), "currency").alias("row")

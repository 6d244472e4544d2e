"""The timeline of a trail: month by month, what came to each account and left it, and how much of it is linked."""

from dataclasses import dataclass
from decimal import Decimal
from html import escape
from typing import TYPE_CHECKING, Any, ClassVar

import polars as pl

from finflow.errors import FinflowError
from finflow.pictures.flows import FIRST, LINKED, count, in_words, read_flows, totals
from finflow.pictures.picture import Picture, listed
from finflow.results import money

if TYPE_CHECKING:
    from finflow.case import Case
    from finflow.trace.trail import Trail

ACCOUNTS = 10
MOST_ACCOUNTS = 40
_COLOURS = {"all money": "#d0d7de", f"{LINKED}, came in": "#0072b2", f"{LINKED}, went out": "#d98200"}
_SUMS = ("came_in", "went_out", "came_in_linked", "went_out_linked")


@dataclass(frozen=True, repr=False)
class Timeline(Picture):
    """`months` has one row per account, currency and month.

    Columns: account, currency, month, came_in, went_out, came_in_linked, went_out_linked; exact amounts in currency.
    """

    months: pl.DataFrame

    element: ClassVar[str] = "finflow-timeline"
    caption: ClassVar[str] = "Month by month on the accounts held in the case"
    rows_are: ClassVar[str] = "Months of the picture"

    def shown(self) -> pl.DataFrame:
        """The months under the words a page uses."""
        return self.months.rename({name: f"{name[:-7].replace('_', ' ')}: {LINKED}" for name in _SUMS[2:]})


def timeline(case: "Case", trail: "Trail", *, accounts: int = ACCOUNTS) -> Timeline:
    """Draw months of the accounts that money linked to the source reached; the largest amounts when there are more.

    Every account and currency has its own scale; currencies are never added. A still picture.
    Raises FinflowError when more accounts are asked for than a page can hold.
    """
    if not 1 <= accounts <= MOST_ACCOUNTS:
        raise FinflowError(
            f"A timeline shows 1 to {MOST_ACCOUNTS} accounts. Ask for fewer, or read .months as a table."
        )
    everything, basis = read_flows(case, trail, "timeline", untraced=True)
    flows = everything.filter(pl.col("traced").is_not_null())
    months, ranked = _months(everything)
    shown, rest = ranked.head(accounts), ranked.tail(-accounts)
    left_out = "Nothing is left out." if rest.is_empty() else (
        f"Shown: {money(Decimal(shown.height), 0)} of {count(ranked.height, 'account')}, {FIRST} first. "
        f"Left out: {LINKED} that came in there, {totals(rest, 'came_in_linked')}, "
        f"and went out, {totals(rest, 'went_out_linked')}."
    )  # fmt: skip
    drawing = _drawn(months.join(shown, on=["account", "currency"], how="semi"), shown)
    return Timeline(flows, drawing, basis, left_out, months)


def _months(flows: pl.DataFrame) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Sums per account, currency and month; and per account and currency, the largest linked amounts first."""
    both = pl.concat([_side(flows, "to", "came_in"), _side(flows, "from", "went_out")], how="diagonal").fill_null(0)
    months = both.group_by("account", "currency", "month").agg(pl.col(*_SUMS).sum())
    whole = months.group_by("account", "currency").agg(pl.col(*_SUMS).sum())
    linked = pl.col("came_in_linked") + pl.col("went_out_linked")
    share = (linked.cast(pl.Float64) / linked.sum().over("currency").cast(pl.Float64)).alias("share")
    ranked = (
        whole.filter(linked > 0)
        .with_columns(share)
        .sort("share", "account", "currency", descending=[True, False, False])
    )
    months = months.join(ranked, on=["account", "currency"], how="semi").sort("account", "currency", "month")
    return months.select("account", "currency", "month", *_SUMS), ranked


def _side(flows: pl.DataFrame, side: str, name: str) -> pl.DataFrame:
    """Movements on accounts held in the case, as far as it is held by the account's own bank line."""
    own = pl.when(pl.col("arrived_currency").is_not_null() if side == "to" else pl.lit(False))
    rows = flows.filter(pl.col(f"{side}_is") == "inside")
    return rows.select(
        pl.col(side).alias("account"), own.then("arrived_currency").otherwise("currency").alias("currency"),
        own.then("arrived_on").otherwise("date").str.slice(0, 7).alias("month"),
        own.then("arrived_amount").otherwise("amount").alias(name),
        own.then("arrived_traced").otherwise("traced").alias(f"{name}_linked"),
    )  # fmt: skip


def _drawn(months: pl.DataFrame, ranked: pl.DataFrame) -> str:
    if months.is_empty():
        return "<p>No transfers.</p>"
    from vl_convert import vegalite_to_svg

    svg = vegalite_to_svg(_chart(_bars(months), ranked.select(_row())["row"].to_list()))
    words = listed(f'<b style="color:{colour}">\u25a0</b> {words}' for words, colour in _COLOURS.items())
    drawing = svg.replace("<svg ", '<svg style="display:block;max-width:100%;height:auto" ', 1)
    return f'{words}<div role="img" aria-label="{escape(_described(ranked))}">{drawing}</div>'


def _chart(bars: pl.DataFrame, rows: list[str]) -> dict[str, Any]:
    """The chart in Vega-Lite: a row of bars for each account and currency, what went out below the line.

    Written as it stands, since importing altair takes seconds and would only write the same.
    """
    bar = {
        "mark": {"type": "bar", "width": {"band": 0.8}},
        "encoding": {
            "x": {"field": "month", "type": "ordinal", "title": None, "axis": {"labelAngle": -45, "labelOverlap": True},
                  "scale": {"domain": _every_month(bars)}},
            "y": {"field": "value", "type": "quantitative", "title": None, "stack": None,
                  "axis": {"labelExpr": _AMOUNT, "tickCount": 3}},
            "color": {"field": "what", "type": "nominal", "legend": None,
                      "scale": {"domain": list(_COLOURS), "range": list(_COLOURS.values())}},
            "order": {"field": "what"},
        },
    }  # fmt: skip
    middle = {"mark": {"type": "rule", "color": "#57606a"}, "encoding": {"y": {"datum": 0}}}
    header = {"title": None, "labelOrient": "top", "labelAnchor": "start", "labelPadding": 4, "labelFontSize": 12}
    return {
        "data": {"values": bars.to_dicts()},
        "facet": {"field": "row", "type": "nominal", "sort": rows, "header": header},
        "columns": 1,
        "spec": {"width": 760, "height": 64, "layer": [bar, middle]},
        "resolve": {"scale": {"y": "independent"}},
        "padding": {"left": 24, "top": 5, "right": 5, "bottom": 5},  # another font than the measured one may be wider
        "config": {"font": "Segoe UI, system-ui, Helvetica Neue, Arial, sans-serif", "axis": {"labelFontSize": 11}},
    }


_AMOUNT = "replace(format(abs(datum.value), ',.0f'), /,/g, '\u202f')"


def _every_month(bars: pl.DataFrame) -> list[str]:
    """All months from the first to the last, also those without a bar, as YYYY-MM."""
    there = sorted(bars["month"].to_list())
    first, last = (int(month[:4]) * 12 + int(month[5:]) - 1 for month in (there[0], there[-1]))
    return [f"{n // 12}-{n % 12 + 1:02}" for n in range(first, last + 1)]


def _row() -> pl.Expr:
    return pl.concat_str("account", pl.lit(", "), "currency").alias("row")


def _bars(months: pl.DataFrame) -> pl.DataFrame:
    linked_in, linked_out = list(_COLOURS)[1:]
    bars = zip(_SUMS, ("all money", "all money", linked_in, linked_out), (1, -1, 1, -1), strict=True)
    return pl.concat(
        months.select(
            _row(), "month", pl.lit(words).alias("what"),
            (pl.col(name).cast(pl.Float64) * sign).alias("value"),  # places on a picture, never a printed amount
        )
        for name, words, sign in bars
    )  # fmt: skip


def _described(ranked: pl.DataFrame) -> str:
    most = [
        f"{row['account']} ({money(row['came_in_linked'])} {row['currency']} came in)"
        for row in ranked.head(3).to_dicts()
    ]
    return f"Timeline of {count(ranked.height, 'account')}. Most of the {LINKED} was on {in_words(most)}."

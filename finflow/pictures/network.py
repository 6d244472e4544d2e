"""The network of a trail: accounts as points, each transfer as a line between them."""

from collections import Counter
from dataclasses import dataclass
from decimal import Decimal
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

import polars as pl

from finflow.errors import FinflowError
from finflow.pictures.flows import (
    FIRST,
    LINKED,
    count,
    in_words,
    measure,
    read_flows,
    totals,
    with_share,
)
from finflow.pictures.layout import grid, layers
from finflow.pictures.picture import Picture, document, framed, is_what, legend, on_lines
from finflow.results import money, table

if TYPE_CHECKING:
    from finflow.case import Case
    from finflow.trace.trail import Trail

POINTS = 300
MOST_POINTS = 1000  # above it nobody can tell lines apart, and the file grows slow to open
SINGLY = (6, 3, 1)  # parallel transfers drawn as lines of their own, the others of the pair as one dashed line
MOST_LINES = 700  # the first of SINGLY that stays below is taken
LABELLED = 12  # pairs whose total stands beside the line, so that it can be read on paper
HEIGHT = 660
ROOM = (230, 110)  # of a point with its label, in pixels at scale 1

_OPTIONS = {
    "physics": {"enabled": False},
    "interaction": {"hover": True, "tooltipDelay": 80, "keyboard": {"enabled": True, "bindToWindow": False}},
    "clickToUse": True,  # else a page that holds the picture cannot be scrolled past it
    "edges": {
        "arrows": {"to": {"enabled": True, "scaleFactor": 0.5}},
        "arrowStrikethrough": False,
        "color": {"color": "rgba(60,72,88,0.45)", "hover": "#d55e00", "highlight": "#d55e00"},
        "font": {"size": 13, "color": "#1b1f24", "strokeWidth": 4, "strokeColor": "#ffffff", "align": "middle"},
    },
    "nodes": {"font": {"size": 15, "color": "#1b1f24", "strokeWidth": 3, "strokeColor": "#ffffff"}, "borderWidth": 2},
}


@dataclass(frozen=True, repr=False)
class Network(Picture):
    """Accounts and the transfers between them, every parallel transfer apart."""

    element: ClassVar[str] = "finflow-network"
    caption: ClassVar[str] = "Network of accounts and transfers"


def network(case: "Case", trail: "Trail | None" = None, *, points: int = POINTS) -> Network:
    """Draw a trail, or without one every transfer of the case; the largest amounts when there are too many points.

    Interactive, without a network request. Accounts are called as `finflow.labels` says. Amounts are exact, in the
    currency of each transfer. Raises FinflowError when more points are asked for than a picture can hold.
    """
    if not 2 <= points <= MOST_POINTS:
        raise FinflowError(f"A network shows 2 to {MOST_POINTS} points. Ask for fewer, or use all of them as .graph.")
    flows, basis = read_flows(case, trail, "network")
    drawn, left_out = largest(flows, points)
    singly = next((n for n in SINGLY if len(_lines(drawn, n)) <= MOST_LINES), SINGLY[-1])
    lines = _lines(drawn, singly)
    together = [line["transfers"] for line in lines if line["transfers"] > 1]
    if together:
        largest_ones = "largest is" if singly == 1 else f"largest {singly} are"
        left_out += (
            f" Of the transfers from one point to another the {largest_ones} drawn singly; the other "
            f"{money(Decimal(sum(together)), 0)} stand together in {count(len(together), 'dashed line')}."
        )
    if drawn.is_empty():
        return Network(flows, "<p>No transfers.</p>", basis, left_out)
    page = document("Network", _body(drawn, lines), kind="framed")
    return Network(flows, framed(page, title=_described(drawn), height=HEIGHT), basis, left_out)


def largest(flows: pl.DataFrame, points: int) -> tuple[pl.DataFrame, str]:
    """The transfers between at most so many points, largest amounts first, and what was left out in words."""
    pairs = (
        with_share(flows)
        .group_by("from", "to")
        .agg(pl.col("share").sum())
        .sort("share", "from", "to", descending=[True, False, False])
    )
    kept: set[str] = set()
    for debtor, creditor, _ in pairs.iter_rows():
        if len(kept | {debtor, creditor}) <= points:
            kept |= {debtor, creditor}
    drawn = flows.filter(pl.col("from").is_in(kept) & pl.col("to").is_in(kept))
    rest = flows.join(drawn, on="transfer_id", how="anti")
    if rest.is_empty():
        return drawn, f"Nothing is left out: {count(drawn.height, 'transfer')} between {count(len(kept), 'point')}."
    everyone = flows["from"].append(flows["to"]).n_unique()
    return drawn, (
        f"Shown: {money(Decimal(len(kept)), 0)} of {count(everyone, 'point')}, {FIRST} first. "
        f"Left out: {count(rest.height, 'transfer')} of {totals(rest, measure(rest))}."
    )


def _lines(drawn: pl.DataFrame, singly: int) -> list[dict[str, Any]]:
    """Lines of the picture: the largest transfers of each pair singly, its others together, by currency."""
    by = measure(drawn)
    pair = ("from", "to", "currency")
    rank = pl.col("share").rank("ordinal", descending=True).over("from", "to")
    ranked = with_share(drawn).sort("share", "transfer_id", descending=[True, False], maintain_order=True)
    ranked = ranked.with_columns(single=rank <= singly)
    line = pl.when("single").then("transfer_id")
    found = ranked.group_by(*pair, line.alias("line"), maintain_order=True).agg(
        pl.len().alias("transfers"), pl.col("amount").sum(), *([pl.col("traced").sum()] if by == "traced" else []),
        pl.col("share").sum(), pl.col("date").min().alias("first"), pl.col("date").max().alias("last"),
        pl.col("bank_line", "arrived_on", "arrived_amount", "arrived_currency").first(),
    )  # fmt: skip
    return found.sort("from", "to", "currency", "first", "bank_line").to_dicts()


def _body(drawn: pl.DataFrame, lines: list[dict[str, Any]]) -> str:
    by = LINKED if measure(drawn) == "traced" else "amount"
    words = legend(
        f"width of a line: {by}, within its currency; dashed: several transfers",
        "click to move and enlarge; point at a line for its bank line",
    )
    return (
        f'{words}<div class="canvas" role="img" aria-label="{escape(_described(drawn))}">{_canvas(drawn, lines)}</div>'
    )


def _by_pair(drawn: pl.DataFrame) -> pl.DataFrame:
    """One row per pair of points and currency, largest first: the picture for those who cannot see it."""
    sums = [pl.col(name).sum() for name in ("amount", "traced") if name in drawn.columns]
    pairs = (
        with_share(drawn)
        .group_by("from", "to", "currency")
        .agg(pl.len().alias("transfers"), *sums, pl.col("share").sum())
    )
    return (
        pairs.sort("share", "from", "to", descending=[True, False, False])
        .drop("share")
        .rename({"traced": LINKED}, strict=False)
    )


def _described(drawn: pl.DataFrame) -> str:
    points = drawn["from"].append(drawn["to"]).n_unique()
    most = [f"{row['from']} to {row['to']}" for row in _by_pair(drawn).head(3).to_dicts()]
    size = f"{count(points, 'point')} and {count(drawn.height, 'transfer')}"
    return f"Network of {size}. Most money went from {in_words(most)}."


def _canvas(drawn: pl.DataFrame, lines: list[dict[str, Any]]) -> str:
    from pyvis.network import Network as Drawing

    drawing = Drawing(height="100%", directed=True)
    drawing.templateEnv.loader.searchpath.append(str(Path(__file__).parent))
    drawing.path = "network.html"
    drawing.templateEnv.policies["json.dumps_kwargs"] = {"ensure_ascii": False}  # names stay readable to a search
    drawing.templateEnv.globals["frame"] = _add_points(drawing, drawn)
    rows = table(_by_pair(drawn), element="finflow-network-pairs", caption="Who paid whom")
    drawing.templateEnv.globals["table"] = rows
    most = _by_pair(drawn).head(LABELLED)
    by = LINKED if LINKED in most.columns else "amount"
    _add_lines(drawing, lines, {(r["from"], r["to"]): f"{money(r[by])} {r['currency']}" for r in most.to_dicts()})
    drawing.options = _OPTIONS
    page: str = drawing.generate_html()
    return page


def _add_points(drawing: Any, drawn: pl.DataFrame) -> dict[str, float]:
    """Add the points; returns the middle and the size of the room they take with their labels."""
    shares = with_share(drawn).group_by("from", "to").agg(pl.col("share").sum()).sort("from", "to")
    pairs = {(debtor, creditor): share for debtor, creditor, share in shares.rows()}
    layer, _ = layers(pairs)
    places = grid(layer, pairs, width=ROOM[0], height=ROOM[1])
    for point, looks in sorted(is_what(drawn).items()):
        x, y = places[point]
        plain = {"background": looks.fill, "border": looks.border}
        drawing.add_node(
            point, label="\n".join([*on_lines(point, 22), *looks.assets]), shape=looks.shape, size=14, x=x, y=y,
            title="\n".join([point, looks.words, *looks.assets]),
            color={**plain, "highlight": {**plain, "border": "#d55e00"}},
        )  # fmt: skip
    xs, ys = [x for x, _ in places.values()], [y for _, y in places.values()]
    return {
        "x": (min(xs) + max(xs)) / 2, "y": (min(ys) + max(ys)) / 2 + ROOM[1] / 4,
        "width": max(xs) - min(xs) + ROOM[0], "height": max(ys) - min(ys) + ROOM[1],
    }  # fmt: skip


def _add_lines(drawing: Any, lines: list[dict[str, Any]], beside: dict[tuple[str, str], str]) -> None:
    pairs = {(line["from"], line["to"]) for line in lines}
    most: dict[str, int] = {}
    for line in lines:
        most[line["currency"]] = max(line["share"], most.get(line["currency"], 1))
    drawn: Counter[tuple[str, str]] = Counter()
    for line in sorted(lines, key=lambda line: (line["from"], line["to"], -line["transfers"], line["first"])):
        pair = (line["from"], line["to"])
        drawing.add_edge(
            *pair, title=_said(line), width=round(1 + 9 * line["share"] / most[line["currency"]], 2),
            dashes=[14, 7] if line["transfers"] > 1 else False, smooth=_bend(drawn[pair], pair[::-1] in pairs),
            **({} if drawn[pair] else {"label": beside.get(pair, " ")}),
        )  # fmt: skip
        drawn[pair] += 1


def _bend(nth: int, both_ways: bool) -> dict[str, Any]:
    """Parallel lines fan out to both sides, or to one when money also goes the other way."""
    steps = nth + 1 if both_ways else (nth + 1) // 2
    side = "curvedCW" if both_ways or nth % 2 else "curvedCCW"
    return {"type": side, "roundness": round(0.09 * steps, 2)}


def _said(line: dict[str, Any]) -> str:
    """What a line says when pointed at: as text, never as HTML."""
    several = line["transfers"] > 1
    when = f"{line['first']} to {line['last']}" if several else line["first"]
    said = [f"{line['from']} → {line['to']}", when, f"amount {money(line['amount'])} {line['currency']}"]
    if "traced" in line:
        said.append(f"{LINKED} {money(line['traced'])} {line['currency']}")
    arrived = (line["arrived_amount"], line["arrived_currency"])
    if not several and arrived[0] is not None and arrived != (line["amount"], line["currency"]):
        said.append(f"arrived {line['arrived_on']}: {money(arrived[0])} {arrived[1]}")
    said.append(count(line["transfers"], "transfer") if several else f"bank line {line['bank_line']}")
    return "\n".join(said)

"""The Sankey of a trail: how much money linked to the source went from whom to whom, in the order of the flow.

The drawing is SVG written here. Libraries that draw Sankeys bring a JavaScript engine of a megabyte and more into each
page, most of them from the network; those that draw still pictures show nothing at the pointer. The layout is the one
the network uses, and a browser shows the titles by itself.
"""

import textwrap
from collections import defaultdict
from dataclasses import dataclass, field
from decimal import Decimal
from html import escape
from itertools import pairwise
from typing import TYPE_CHECKING, ClassVar

import polars as pl

from finflow.pictures.flows import LINKED, Traced, count, in_words, read_flows, totals, with_share
from finflow.pictures.layout import columns, layers, spread
from finflow.pictures.picture import Looks, Picture, is_what, legend
from finflow.results import money

if TYPE_CHECKING:
    from finflow.case import Case

LINKS = 60
WIDTH, BAR, LINE = 215, 12, 32  # between layers, of a box, and from one label to the next
HEIGHT = 420  # all boxes of the fullest layer together
LABELLED_FROM = 9  # thinner links carry their amount in the title alone


@dataclass(frozen=True)
class Sankey(Picture):
    """Links between accounts, one per pair and currency; each currency a drawing of its own."""

    element: ClassVar[str] = "finflow-sankey"
    caption: ClassVar[str] = "How the amount linked to the source flowed"


@dataclass
class _Box:
    """One account in the drawing of one currency; `back_to` when it only stands for money that goes back."""

    name: str
    looks: Looks
    back_to: bool = False
    came: Decimal = Decimal(0)
    went: Decimal = Decimal(0)
    left: float = 0
    top: float = 0
    height: float = 0
    filled: dict[str, float] = field(default_factory=lambda: {"came": 0.0, "went": 0.0})


@dataclass(frozen=True)
class _Link:
    debtor: str
    creditor: str
    currency: str
    traced: Decimal
    transfers: int
    first: str
    last: str


def sankey(case: "Case", trail: Traced, *, links: int = LINKS) -> Sankey:
    """Draw what the trail moved between accounts; the largest links when there are more than `links`.

    Widths go by the exact traced amounts, each currency in a drawing of its own. Money that goes in a circle is shown
    as a link to a box `back to …` and said in words. Accounts are called as `finflow.labels` says.
    """
    flows, basis = read_flows(case, trail, "sankey")
    found = _links(flows)
    drawn, rest = found.head(links), found.tail(-links)
    left_out = "Nothing is left out." if rest.is_empty() else (
        f"Shown: {money(Decimal(drawn.height), 0)} of {count(found.height, 'link')}, the largest amounts first. "
        f"Left out: {count(int(rest['transfers'].sum()), 'transfer')} of {totals(rest, 'traced')}."
    )  # fmt: skip
    drawings, back = [], []
    for currency in drawn.group_by("currency").len().sort("len", "currency", descending=[True, False])["currency"]:
        rows = drawn.filter(pl.col("currency") == currency).drop("share").rows()
        drawing, against = _drawn(currency, [_Link(*row) for row in rows], is_what(flows))
        drawings.append(drawing)
        back += against
    if flows["arrived_currency"].is_not_null().any():
        left_out += " What was changed into another currency goes on in the drawing of that currency."
    drawing = legend(f"width: {LINKED}") + "".join(drawings) if drawings else "<p>No transfers.</p>"
    return Sankey(flows, drawing, basis, left_out + _in_circles(back))


def _links(flows: pl.DataFrame) -> pl.DataFrame:
    found = with_share(flows).group_by("from", "to", "currency").agg(
        pl.col("traced").sum(), pl.len().alias("transfers"),
        pl.col("date").min().alias("first"), pl.col("date").max().alias("last"), pl.col("share").sum(),
    )  # fmt: skip
    return found.sort("share", "currency", "from", "to", descending=[True, False, False, False])


def _in_circles(back: list[_Link]) -> str:
    if not back:
        return ""
    said = [f"{money(link.traced)} {link.currency} from {link.debtor} to {link.creditor}" for link in back]
    return (
        " Some money goes in a circle: against the order of the picture went "
        f"{in_words(said)}; it ends in a box “back to”, and is not drawn again where it arrives."
    )


def _drawn(currency: str, links: list[_Link], looks: dict[str, Looks]) -> tuple[str, list[_Link]]:
    """The drawing of one currency, and the links that run back."""
    shares = {(link.debtor, link.creditor): float(link.traced) for link in links}
    _, against = layers(shares)
    back = [link for link in links if (link.debtor, link.creditor) in against]
    boxes = {name: _Box(name, looks[name]) for link in links for name in (link.debtor, link.creditor)}
    ends = {}
    for link in links:
        end = link.creditor
        if link in back:
            end = f"\0{link.debtor}\0{link.creditor}"
            boxes[end] = _Box(link.creditor, looks[link.creditor], back_to=True)
        ends[link] = end
        boxes[link.debtor].went += link.traced
        boxes[end].came += link.traced
    pairs = {(link.debtor, end): float(link.traced) for link, end in ends.items()}
    width, height, scale = _place(boxes, pairs)
    body = "".join(_band(link, boxes[link.debtor], boxes[end], scale) for link, end in _outermost_first(ends, boxes))
    body += "".join(_box(box, currency) for box in boxes.values())
    said = f"Sankey of {count(len(links), 'link')} in {currency}. The largest went from {_most(links)}."
    return (
        f'<svg role="img" aria-label="{escape(said)}" viewBox="0 0 {width} {height}" width="{width}" '
        f'style="max-width:100%;height:auto" xmlns="http://www.w3.org/2000/svg" font-size="12" '
        f'font-family="Segoe UI, system-ui, Helvetica Neue, Arial, sans-serif" fill="#1b1f24">'
        f'<rect width="{width}" height="{height}" fill="#fff"/>'
        f'<text x="8" y="18" font-weight="600">{escape(currency)}</text>{body}</svg>'
    ), back


def _most(links: list[_Link]) -> str:
    link = max(links, key=lambda link: link.traced)
    return f"{link.debtor} to {link.creditor}: {money(link.traced)} {link.currency}"


def _place(boxes: dict[str, _Box], pairs: dict[tuple[str, str], float]) -> tuple[int, int, float]:
    """Give every box its place and height; returns width and height of the drawing and pixels a unit of money."""
    layer, _ = layers(pairs)
    found = columns(layer, pairs)
    size = {name: float(max(box.came, box.went)) for name, box in boxes.items()}
    scale = min(HEIGHT, 60 * len(pairs)) / max(sum(size[name] for name in column) for column in found)
    for n, column in enumerate(found):
        for name in column:
            boxes[name].left, boxes[name].height = 8 + n * WIDTH, max(2.0, size[name] * scale)
    partners = defaultdict(list)
    for (debtor, creditor), weight in pairs.items():
        partners[debtor].append((boxes[creditor], weight))
        partners[creditor].append((boxes[debtor], weight))
    for _ in range(8):
        for column in [*found, *found[::-1]]:
            _settle([boxes[name] for name in column], [partners[name] for name in column])
    highest = min(box.top for box in boxes.values())
    for box in boxes.values():
        box.top += 44 - highest
    lowest = max(max(box.top + box.height, box.top + box.height / 2 + LINE / 2) for box in boxes.values())
    return 8 + len(found) * WIDTH, round(lowest + 12), scale


def _settle(column: list[_Box], partners: list[list[tuple[_Box, float]]]) -> None:
    wishes = []
    for box, others in zip(column, partners, strict=True):
        total = sum(weight for _, weight in others)
        middle = sum((other.top + other.height / 2) * weight for other, weight in others) / total
        wishes.append(middle - box.height / 2)
    gaps = [max(upper.height + 8, LINE + (upper.height - lower.height) / 2) for upper, lower in pairwise(column)]
    for box, top in zip(column, spread(wishes, gaps), strict=True):
        box.top = top


def _outermost_first(ends: dict[_Link, str], boxes: dict[str, _Box]) -> list[tuple[_Link, str]]:
    """Links from top to bottom, so that they leave and reach a box without crossing each other there."""
    return sorted(ends.items(), key=lambda item: (boxes[item[0].debtor].top, boxes[item[1]].top, item[1]))


def _band(link: _Link, debtor: _Box, creditor: _Box, scale: float) -> str:
    width = max(1.0, float(link.traced) * scale)
    start, end = debtor.left + BAR, creditor.left
    out, into = debtor.top + debtor.filled["went"] + width / 2, creditor.top + creditor.filled["came"] + width / 2
    debtor.filled["went"] += width
    creditor.filled["came"] += width
    middle = (start + end) / 2
    days = link.first if link.first == link.last else f"{link.first} to {link.last}"
    amount = f"{money(link.traced)} {link.currency}"
    said = f"{link.debtor} → {link.creditor}\n{LINKED} {amount}\n{count(link.transfers, 'transfer')}, {days}"
    path = f"M{start:.1f} {out:.1f}C{middle:.1f} {out:.1f} {middle:.1f} {into:.1f} {end:.1f} {into:.1f}"
    beside = f'<text x="{end - 5:.1f}" y="{into + 4:.1f}" text-anchor="end">{money(link.traced)}</text>'
    return (
        f'<g><title>{escape(said)}</title><path d="{path}" fill="none" stroke="{debtor.looks.border}" '
        f'stroke-opacity=".3" stroke-width="{width:.1f}"/>{beside if width >= LABELLED_FROM else ""}</g>'
    )


def _box(box: _Box, currency: str) -> str:
    name = f"back to {box.name}" if box.back_to else box.name
    came, went = (f"{money(value)} {currency}" for value in (box.came, box.went))
    said = [name, box.looks.words, *([f"in {came}"] if box.came else []), *([f"out {went}"] if box.went else [])]
    lines = [*textwrap.wrap(name, 26, max_lines=2, placeholder="…"), came if box.came else went, *box.looks.assets]
    top = box.top + box.height / 2 + 4 - 13 * (len(lines) - 1) / 2
    halo = 'stroke="#fff" stroke-width="3" stroke-opacity=".85" paint-order="stroke"'
    text = "".join(
        f'<text x="{box.left + BAR + 5:.1f}" y="{top + 13 * n:.1f}" {halo}>{escape(line)}</text>'
        for n, line in enumerate(lines)
    )
    dashes = ' stroke-dasharray="3 2"' if box.back_to else ""
    return (
        f'<g><title>{escape(chr(10).join(said))}</title><rect x="{box.left}" y="{box.top:.1f}" width="{BAR}" '
        f'height="{box.height:.1f}" fill="{box.looks.fill}" stroke="{box.looks.border}"{dashes}/>{text}</g>'
    )

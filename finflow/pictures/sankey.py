"""The Sankey of a trail: how much money linked to the source went from whom to whom, in the order of the flow.

The drawing is SVG written here. Libraries that draw Sankeys bring a JavaScript engine of a megabyte and more into each
page, most of them from the network; those that draw still pictures show nothing at the pointer. The layout is the one
the network uses, and a browser shows the titles by itself.
"""

from collections import defaultdict
from dataclasses import dataclass, field
from decimal import Decimal
from html import escape
from itertools import pairwise
from typing import TYPE_CHECKING, ClassVar

import polars as pl

from finflow.pictures.flows import FIRST, LINKED, count, in_words, read_flows, totals, with_share
from finflow.pictures.layout import columns, layers, parts, spread
from finflow.pictures.picture import Looks, Picture, is_what, legend, on_lines
from finflow.results import money

if TYPE_CHECKING:
    from finflow.case import Case
    from finflow.trace.trail import Trail

LINKS = 60
WIDTH, BAR, LINE = 200, 12, 13  # from layer to layer, of a box, and of a line of text
HEIGHT = 420  # all boxes of the fullest layer together
LABELLED_FROM = 9  # thinner links carry their amount in the title alone; a sole link has it beside its box


@dataclass(frozen=True, repr=False)
class Sankey(Picture):
    """Links between accounts, one per pair and currency; each currency a drawing of its own."""

    element: ClassVar[str] = "finflow-sankey"
    caption: ClassVar[str] = "How the amount linked to the source flowed"


@dataclass
class _Box:
    """One account in the drawing of one currency; `back_to` when it only stands for money that goes back."""

    name: str
    looks: Looks
    currency: str
    back_to: bool = False
    came: Decimal = Decimal(0)
    went: Decimal = Decimal(0)
    left: float = 0
    top: float = 0
    height: float = 0
    filled: dict[str, float] = field(default_factory=lambda: {"came": 0.0, "went": 0.0})

    @property
    def called(self) -> str:
        return f"back to {self.name}" if self.back_to else self.name

    @property
    def lines(self) -> list[str]:
        """Name, amount and asset as they stand beside the box."""
        amount = f"{money(self.came or self.went)} {self.currency}"
        return [*on_lines(self.called, 19), amount, *self.looks.assets]

    @property
    def text_height(self) -> int:
        return LINE * len(self.lines)


@dataclass(frozen=True)
class _Drawing:
    """One currency, drawn; and what runs back in it."""

    currency: str
    said: str
    body: str
    width: int
    height: int
    back: "list[_Link]"

    def svg(self, width: int) -> str:
        """The drawing on a ground as wide as its neighbours', so that letters are of one size."""
        return (
            f'<svg role="img" aria-label="{escape(self.said)}" viewBox="0 0 {width} {self.height}" width="{width}" '
            f'style="display:block;max-width:100%;height:auto" xmlns="http://www.w3.org/2000/svg" font-size="12" '
            f'font-family="Segoe UI, system-ui, Helvetica Neue, Arial, sans-serif" fill="#1b1f24">'
            f'<rect width="{width}" height="{self.height}" fill="#fff"/>'
            f'<text x="8" y="18" font-weight="600">{escape(self.currency)}</text>{self.body}</svg>'
        )


@dataclass(frozen=True)
class _Link:
    debtor: str
    creditor: str
    currency: str
    traced: Decimal
    transfers: int
    first: str
    last: str


def sankey(case: "Case", trail: "Trail", *, links: int = LINKS) -> Sankey:
    """Draw what the trail moved between accounts; the largest links when there are more than `links`.

    Widths go by the exact traced amounts, each currency in a drawing of its own. Money that goes in a circle is shown
    as a link to a box `back to …` and said in words. Accounts are called as `finflow.labels` says.
    """
    flows, basis = read_flows(case, trail, "sankey")
    found = _links(flows)
    drawn, rest = found.head(links), found.tail(-links)
    left_out = "Nothing is left out." if rest.is_empty() else (
        f"Shown: {money(Decimal(drawn.height), 0)} of {count(found.height, 'link')}, {FIRST} first. "
        f"Left out: {count(int(rest['transfers'].sum()), 'transfer')} of {totals(rest, 'traced')}."
    )  # fmt: skip
    drawings, back = [], []
    for currency in drawn.group_by("currency").len().sort("len", "currency", descending=[True, False])["currency"]:
        rows = drawn.filter(pl.col("currency") == currency).drop("share").rows()
        drawing = _draw([_Link(*row) for row in rows], is_what(flows))
        drawings.append(drawing)
        back += drawing.back
    if flows["arrived_currency"].is_in(drawn["currency"].unique().to_list()).any() and len(drawings) > 1:
        left_out += " What was changed into another currency goes on in the drawing of that currency."
    width = max((drawing.width for drawing in drawings), default=0)
    pictures = legend(f"width: {LINKED}") + "".join(drawing.svg(width) for drawing in drawings)
    return Sankey(flows, pictures if drawings else "<p>No transfers.</p>", basis, left_out + _in_circles(back))


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


def _draw(links: list[_Link], looks: dict[str, Looks]) -> _Drawing:
    currency = links[0].currency
    _, against = layers({(link.debtor, link.creditor): float(link.traced) for link in links})
    back = [link for link in links if (link.debtor, link.creditor) in against]
    boxes = {name: _Box(name, looks[name], currency) for link in links for name in (link.debtor, link.creditor)}
    ends = {link: link.creditor for link in links}
    for link in back:
        ends[link] = f"\0{link.debtor}\0{link.creditor}"
        boxes[ends[link]] = _Box(link.creditor, looks[link.creditor], currency, back_to=True)
    for link, end in ends.items():
        boxes[link.debtor].went += link.traced
        boxes[end].came += link.traced
    boxes = {name: box for name, box in boxes.items() if box.came or box.went}
    width, height, scale = _place(boxes, {(link.debtor, end): float(link.traced) for link, end in ends.items()})
    body = "".join(_band(link, boxes[link.debtor], boxes[end], scale) for link, end in _outermost_first(ends, boxes))
    body += "".join(_box(box) for box in boxes.values())
    said = f"Sankey of {count(len(links), 'link')} in {currency}. The largest went from {_most(links)}."
    return _Drawing(currency, said, body, width, height, back)


def _most(links: list[_Link]) -> str:
    link = max(links, key=lambda link: link.traced)
    return f"{link.debtor} to {link.creditor}: {money(link.traced)} {link.currency}"


def _place(boxes: dict[str, _Box], pairs: dict[tuple[str, str], float]) -> tuple[int, int, float]:
    """Give every box its place and height; returns width and height of the drawing and pixels a unit of money."""
    layer, _ = layers(pairs)
    size = {name: float(max(box.came, box.went)) for name, box in boxes.items()}
    fullest = max(sum(size[name] for name in column) for column in columns(layer, pairs))
    scale = min(HEIGHT, 60 * len(pairs)) / fullest
    for name, box in boxes.items():
        box.left, box.height = 8 + layer[name] * WIDTH, max(2.0, size[name] * scale)
    lowest = 30.0
    for part in parts(pairs):
        lowest = _place_part(boxes, part, lowest + 14)
    return 8 + (max(layer.values()) + 1) * WIDTH, round(lowest + 12), scale


def _place_part(boxes: dict[str, _Box], pairs: dict[tuple[str, str], float], top: float) -> float:
    """Place boxes that hang together below `top`; returns where they end."""
    layer, _ = layers(pairs)
    found = [[boxes[name] for name in column] for column in columns(layer, pairs)]
    partners = defaultdict(list)
    for (debtor, creditor), weight in pairs.items():
        partners[id(boxes[debtor])].append((boxes[creditor], weight))
        partners[id(boxes[creditor])].append((boxes[debtor], weight))
    for _ in range(8):
        for column in [*found, *found[::-1]]:
            _settle(column, [partners[id(box)] for box in column])
    everyone = [box for column in found for box in column]
    highest = min(box.top + min(0, box.height - box.text_height) / 2 for box in everyone)
    for box in everyone:
        box.top += top - highest
    return max(box.top + max(box.height, (box.height + box.text_height) / 2) for box in everyone)


def _settle(column: list[_Box], partners: list[list[tuple[_Box, float]]]) -> None:
    wishes = []
    for box, others in zip(column, partners, strict=True):
        total = sum(weight for _, weight in others)
        middle = sum((other.top + other.height / 2) * weight for other, weight in others) / total
        wishes.append(middle - box.height / 2)
    gaps = [
        upper.height / 2
        + max(upper.height + lower.height, upper.text_height + lower.text_height) / 2
        + 8
        - lower.height / 2
        for upper, lower in pairwise(column)
    ]
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
    shown = width >= LABELLED_FROM and link.traced < creditor.came
    beside = f'<text x="{end - 5:.1f}" y="{into + 4:.1f}" text-anchor="end">{money(link.traced)}</text>'
    return (
        f'<g><title>{escape(said)}</title><path d="{path}" fill="none" stroke="{debtor.looks.border}" '
        f'stroke-opacity=".3" stroke-width="{width:.1f}"/>{beside if shown else ""}</g>'
    )


def _box(box: _Box) -> str:
    came, went = (f"{money(value)} {box.currency}" for value in (box.came, box.went))
    said = [box.called, box.looks.words, *([f"in {came}"] if box.came else []), *([f"out {went}"] if box.went else [])]
    top = box.top + (box.height - box.text_height) / 2 + LINE - 3
    halo = 'stroke="#fff" stroke-width="3" stroke-opacity=".85" paint-order="stroke"'
    text = "".join(
        f'<text x="{box.left + BAR + 5:.1f}" y="{top + LINE * n:.1f}" {halo}>{escape(line)}</text>'
        for n, line in enumerate(box.lines)
    )
    dashes = ' stroke-dasharray="3 2"' if box.back_to else ""
    return (
        f'<g><title>{escape(chr(10).join(said))}</title><rect x="{box.left}" y="{box.top:.1f}" width="{BAR}" '
        f'height="{box.height:.1f}" fill="{box.looks.fill}" stroke="{box.looks.border}"{dashes}/>{text}</g>'
    )

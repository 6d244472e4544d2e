"""Where points go: layers in the order of the flow, computed here so that a picture is the same on every machine."""

from collections.abc import Iterable, Mapping
from itertools import pairwise
from math import log

Pairs = Mapping[tuple[str, str], float]
SHAPE = 1.8  # width of a picture to its height


def layers(pairs: Pairs) -> tuple[dict[str, int], set[tuple[str, str]]]:
    """Layer of each point from 0, and the pairs that run back against the order of the flow.

    Only money that goes in a circle runs back. Of each circle as little as possible does, by a greedy choice (Eades,
    Lin and Smyth 1993). A point stands one layer behind the last that pays it; who is never
    paid stands one before the first it pays.
    """
    order = _order(pairs)
    place = {point: n for n, point in enumerate(order)}
    forward = [pair for pair in pairs if place[pair[0]] < place[pair[1]]]
    layer = dict.fromkeys(order, 0)
    for debtor, creditor in sorted(forward, key=lambda pair: place[pair[0]]):
        layer[creditor] = max(layer[creditor], layer[debtor] + 1)
    paid = {creditor for _, creditor in forward}
    for debtor in order:
        nexts = [layer[creditor] for payer, creditor in forward if payer == debtor]
        if nexts and debtor not in paid:
            layer[debtor] = min(nexts) - 1
    return layer, set(pairs) - set(forward)


def _order(pairs: Pairs) -> list[str]:
    import networkx as nx

    graph: nx.DiGraph[str] = nx.DiGraph(sorted(pairs))
    circles = nx.condensation(graph, sorted(map(sorted, nx.strongly_connected_components(graph))))
    members = nx.get_node_attributes(circles, "members")
    in_order = nx.lexicographical_topological_sort(circles, key=lambda circle: min(members[circle]))
    return [point for circle in in_order for point in _cut(members[circle], pairs)]


def _cut(points: Iterable[str], pairs: Pairs) -> list[str]:
    """Points of one circle in an order against which little money runs."""
    left = sorted(points)
    inner = {pair: weight for pair, weight in sorted(pairs.items()) if {*pair} <= set(left) and pair[0] != pair[1]}
    first: list[str] = []
    last: list[str] = []
    while left:
        net = dict.fromkeys(left, 0.0)
        out, into = dict(net), dict(net)
        for (debtor, creditor), weight in inner.items():
            out[debtor] += weight
            into[creditor] += weight
        sink = next((point for point in left if not out[point]), None)
        point = sink or next((p for p in left if not into[p]), None) or max(left, key=lambda p: out[p] - into[p])
        (last if sink else first).append(point)
        left.remove(point)
        inner = {pair: weight for pair, weight in inner.items() if point not in pair}
    return first + last[::-1]


def columns(layer: Mapping[str, int], pairs: Pairs) -> list[list[str]]:
    """Points of each layer from top to bottom: near those they deal with, so that few lines cross."""
    found = [sorted(p for p in layer if layer[p] == n) for n in range(max(layer.values(), default=-1) + 1)]
    neighbours: dict[str, list[tuple[str, float]]] = {point: [] for point in layer}
    for (debtor, creditor), weight in sorted(pairs.items()):
        neighbours[debtor].append((creditor, weight))
        neighbours[creditor].append((debtor, weight))
    height = {point: n / len(column) for column in found for n, point in enumerate(column)}
    for _ in range(12):
        for column in [*found, *found[::-1]]:
            wish = {point: _mean(neighbours[point], height, height[point]) for point in column}
            column.sort(key=lambda point, wish=wish: (wish[point], point))  # type: ignore[misc]
            height.update({point: (n + 0.5) / len(column) for n, point in enumerate(column)})
    return found


def _mean(neighbours: list[tuple[str, float]], height: Mapping[str, float], own: float) -> float:
    total = sum(weight for _, weight in neighbours)
    return sum(height[point] * weight for point, weight in neighbours) / total if total else own


def spread(wishes: list[float], gaps: list[float]) -> list[float]:
    """Heights as near to the wishes as the least gap between each and the next allows; the order stays."""
    tops = list(wishes)
    for _ in range(40):
        for n, gap in enumerate(gaps):
            overlap = tops[n] + gap - tops[n + 1]
            if overlap > 0:
                tops[n] -= overlap / 2
                tops[n + 1] += overlap / 2
    for n, (upper, lower) in enumerate(pairwise(tops)):
        tops[n + 1] = max(lower, upper + gaps[n], tops[n] + gaps[n])
    return tops


def grid(layer: Mapping[str, int], pairs: Pairs, *, width: int, height: int) -> dict[str, tuple[int, int]]:
    """Places for a picture in the shape of a page: columns by layer, a long one folded into several beside each other.

    `width` and `height` are the room one point takes.
    """
    found = columns(layer, pairs)
    longest = max(map(len, found))
    rows = min(range(1, longest + 1), key=lambda rows: abs(log(_aspect(found, rows) * width / height / SHAPE)))
    places = {}
    at = 0
    for column in found:
        parts = -(-len(column) // rows)
        for n, point in enumerate(column):
            down = n // parts - (-(-len(column) // parts) - 1) / 2
            shift = (n % parts) / parts  # neighbours in a fold stand a little lower, so that labels do not meet
            places[point] = (round((at + n % parts) * width), round((down + shift) * height))
        at += parts
    return places


def _aspect(found: list[list[str]], rows: int) -> float:
    """Columns a row when no column is longer than so many rows."""
    return sum(-(-len(column) // rows) for column in found) / rows


def parts(pairs: Pairs) -> list[dict[tuple[str, str], float]]:
    """The pairs split into parts that have no point in common, the heaviest part first."""
    import networkx as nx

    graph: nx.Graph[str] = nx.Graph(sorted(pairs))
    found = [{pair: w for pair, w in pairs.items() if pair[0] in part} for part in nx.connected_components(graph)]
    return sorted(found, key=lambda part: (-sum(part.values()), min(part)))

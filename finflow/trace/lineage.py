"""How a euro got here: chains of transfers from a mark to where the money is.

fifo and lifo know the very lot each piece came from, so their chains are exact. The other methods keep totals: the
chains shown for them are one way to read the same amounts, in which money of one origin leaves an account in the order
in which it came.
"""

import heapq
from collections import deque
from dataclasses import dataclass, field
from typing import NamedTuple

import polars as pl

from finflow.trace.state import NONE

LOT_METHODS = ("fifo", "lifo", "libr fifo", "tainted_first fifo")
WORK = 200_000  # chains are followed largest first; after so many steps the rest is counted as not covered

Account = tuple[str, str, str]  # account, currency, origin
Chain = tuple[tuple[str, int, str], ...]


class Step(NamedTuple):
    """Marked money of one origin on one leg, in minor units. source: the row it came from; negative: marked here."""

    kind: str
    transfer_id: str
    asset_id: str | None
    account: Account
    units: int
    source: int
    gone: int


class Part(NamedTuple):
    """Units from `start` on of what left or arrived in one row."""

    row: int
    start: int
    units: int


@dataclass
class _Walk:
    """One piece of the money at the target, followed back to `row`."""

    target: int
    row: int
    start: int
    units: int
    chain: Chain = ()


@dataclass
class Lineage:
    """Steps by row, and for each debit the parts of arrivals that it took."""

    steps: dict[int, Step]
    took: dict[int, list[Part]] = field(default_factory=dict)
    lying: dict[Account, list[Part]] = field(default_factory=dict)

    def chains(self, targets: list[Part]) -> dict[Chain, int]:
        """Chains (transfer, units, currency) from the mark on, with the units of the target they explain.

        A target is a part of what left or arrived in a row. Largest pieces first; what exceeds WORK is left out.
        """
        heap: list[tuple[int, int, _Walk]] = []
        for part in targets:
            walk = _Walk(part.units, part.row, part.start, part.units)
            heapq.heappush(heap, (-walk.target, len(heap), walk))
        found: dict[Chain, int] = {}
        for number in range(WORK):
            if not heap:
                break
            walk = heapq.heappop(heap)[2]
            onward = self._back(walk)
            if not onward:
                found[walk.chain] = found.get(walk.chain, 0) + walk.target
            for i, further in enumerate(onward):
                heapq.heappush(heap, (-further.target, (number + 1) * WORK + i, further))
        return found

    def _back(self, walk: _Walk) -> list[_Walk]:
        """The pieces that a piece came from; none when it was marked here."""
        step = self.steps[walk.row]
        if step.kind == "out":
            walk.chain = ((step.transfer_id, walk.units, step.account[1]), *walk.chain)
            return self._before_debit(walk)
        came_back = step.source >= 0 and self.steps[step.source].transfer_id != step.transfer_id
        if step.source < 0 or came_back:
            walk.chain = ((step.transfer_id, walk.units, step.account[1]), *walk.chain)
        if step.source < 0:
            return []
        sent = self.steps[step.source].units
        low = walk.start * sent // step.units
        high = -(-(walk.start + walk.units) * sent // step.units)
        return [_Walk(walk.target, step.source, low, high - low, walk.chain)]

    def _before_debit(self, walk: _Walk) -> list[_Walk]:
        parts, position = [], 0
        for part in self.took.get(walk.row, []):
            low = max(position, walk.start)
            high = min(position + part.units, walk.start + walk.units)
            if low < high:
                before = walk.target * (low - walk.start) // walk.units
                until = walk.target * (high - walk.start) // walk.units
                start = part.start + low - position
                if until > before:
                    parts.append(_Walk(until - before, part.row, start, high - low, walk.chain))
            position += part.units
        return parts


def lineage(steps: pl.DataFrame, lying: pl.DataFrame, method: str) -> Lineage:
    """The lineage of a trail from its frames."""
    columns = ("row", "kind", "transfer_id", "asset_id", "account_id", "currency", "origin", "units", "source", "gone")
    by_row = {
        row: Step(kind, transfer, asset, (account, currency, origin), units, source, gone)
        for row, kind, transfer, asset, account, currency, origin, units, source, gone in steps.select(columns).rows()
    }
    known = Lineage(by_row)
    if method in LOT_METHODS:
        known.took = {r: [Part(s.source, 0, s.units)] for r, s in by_row.items() if s.kind == "out" and s.source >= 0}
        for account, currency, origin, units, source in lying.select(columns[4:9]).rows():
            known.lying.setdefault((account, currency, origin), []).append(Part(source, 0, units))
    else:
        _in_order_of_arrival(known)
    return known


def _in_order_of_arrival(known: Lineage) -> None:
    queues: dict[Account, deque[Part]] = {}
    for row, step in known.steps.items():
        queue = queues.setdefault(step.account, deque())
        if step.kind == "arrived":
            queue.append(Part(row, step.gone, step.units - step.gone))
        elif step.source == NONE:
            known.took[row] = _take(queue, step.units)
    known.lying = {account: [part for part in queue if part.units] for account, queue in queues.items()}


def _take(queue: deque[Part], units: int) -> list[Part]:
    taken = []
    while units > 0:
        part = queue.popleft()
        x = min(part.units, units)
        if x:
            taken.append(Part(part.row, part.start, x))
        if x < part.units:
            queue.appendleft(Part(part.row, part.start + x, part.units - x))
        units -= x
    return taken

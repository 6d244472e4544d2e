"""Tracing, written once more and apart from the product: plain lists of lots, exact fractions, five rules.

It makes the golden figures of HU-31 and the figures traced from upstream, which stand in answers.json.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable
from fractions import Fraction

from finflow.sample import figures as f
from finflow.sample.ledger import Entry

METHODS = ("fifo", "lifo", "pro_rata", "libr", "tainted_first")
Lot = tuple[str, Fraction]
PROCEEDS, OTHER = "proceeds", "other"


def take(lots: list[Lot], amount: Fraction, method: str) -> tuple[list[Lot], list[Lot]]:
    """(taken, left) of the lots of an account when an amount leaves it; both keep the order in which they lay."""
    if method == "pro_rata":
        whole = sum((held for _, held in lots), Fraction(0))
        share = min(amount / whole, Fraction(1)) if whole else Fraction(0)
        return [(label, held * share) for label, held in lots], _merged(
            (label, held * (1 - share)) for label, held in lots
        )
    parts: dict[int, Fraction] = {}
    for place in _order(lots, method):
        parts[place] = min(lots[place][1], amount)
        amount -= parts[place]
    taken = [(lots[place][0], parts[place]) for place in sorted(parts) if parts[place]]
    left = [(label, held - parts[place]) for place, (label, held) in enumerate(lots)]
    return taken, [lot for lot in left if lot[1]]


def _order(lots: list[Lot], method: str) -> list[int]:
    places = list(range(len(lots)))
    if method == "lifo":
        return places[::-1]
    if method in ("libr", "tainted_first"):
        first = OTHER if method == "libr" else PROCEEDS
        return sorted(places, key=lambda place: lots[place][0] != first)
    return places


def _merged(lots: Iterable[Lot]) -> list[Lot]:
    sums: dict[str, Fraction] = defaultdict(Fraction)
    for label, held in lots:
        sums[label] += held
    return [(label, held) for label, held in sums.items() if held]


def proceeds_in(lots: Iterable[Lot]) -> Fraction:
    """Sum of the lots that are proceeds."""
    return sum((held for label, held in lots if label == PROCEEDS), Fraction(0))


def replay(
    entries: list[Entry], opening: int, is_proceeds: Callable[[Entry], bool], method: str
) -> tuple[Fraction, Fraction]:
    """(proceeds in the flat, proceeds left) of one account alone, in minor units."""
    lots: list[Lot] = [(OTHER, Fraction(opening))]
    flat = Fraction(0)
    for entry in entries:
        if entry.side == "CRDT":
            lots.append((PROCEEDS if is_proceeds(entry) else OTHER, Fraction(entry.amount)))
        else:
            taken, lots = take(lots, Fraction(entry.amount), method)
            flat += proceeds_in(taken) if entry.movement.tag == "flat" else 0
    return flat, proceeds_in(lots)


def arithmetic(entries: list[Entry], opening: int, is_proceeds: Callable[[Entry], bool]) -> tuple[int, int]:
    """(least, most) proceeds in the flat, whatever the rule: price less all other money that could have been there."""
    last = max(place for place, entry in enumerate(entries) if entry.movement.tag == "flat")
    price = sum(entry.amount for entry in entries if entry.movement.tag == "flat")
    before = [entry for entry in entries[:last] if entry.side == "CRDT"]
    marked = sum(entry.amount for entry in before if is_proceeds(entry))
    other = opening + sum(entry.amount for entry in before if not is_proceeds(entry))
    return max(price - other, 0), min(price, marked)


class Upstream:
    """All accounts together until the flat is paid: money carries its composition from account to account.

    `held` are the entries that were delivered, by account and in order; `openings` what stood there before the first.
    Amounts between accounts are exact fractions, so no rounding enters.
    """

    def __init__(
        self, held: dict[str, list[Entry]], openings: dict[str, int], marks: set[tuple[str, int]], method: str
    ) -> None:
        self.queues = {label: list(entries) for label, entries in held.items()}
        self.lots: dict[str, list[Lot]] = {label: [(OTHER, Fraction(openings[label]))] for label in held}
        self.marks, self.method = marks, method
        self.debits = {e.number for entries in held.values() for e in entries if e.side == "DBIT"}
        self.transit: dict[int, list[Lot]] = {}
        self.flat = Fraction(0)

    def run(self) -> Fraction:
        """Proceeds in the flat, in minor units of its currency."""
        moved = True
        while moved:
            moved = sum(self._advance(label) for label in self.queues) > 0
        if any(self.queues.values()):
            raise ValueError("money goes in a circle within one moment")
        return self.flat

    def _advance(self, label: str) -> bool:
        queue, moved = self.queues[label], False
        while queue and self._ready(queue[0]):
            self._step(label, queue.pop(0))
            moved = True
        return moved

    def _ready(self, entry: Entry) -> bool:
        return entry.side == "DBIT" or entry.number not in self.debits or entry.number in self.transit

    def _step(self, label: str, entry: Entry) -> None:
        if entry.side == "DBIT":
            taken, self.lots[label] = take(self.lots[label], Fraction(entry.amount), self.method)
            self.transit[entry.number] = taken
            self.flat += proceeds_in(taken) if entry.movement.tag == "flat" else 0
        else:
            self.lots[label] = _joined([*self.lots[label], *self._arriving(entry)])

    def _arriving(self, entry: Entry) -> list[Lot]:
        if (entry.label, entry.position) in self.marks:
            return [(PROCEEDS, Fraction(entry.amount))]
        if entry.number not in self.transit:
            return [(OTHER, Fraction(entry.amount))]
        parcel = self.transit[entry.number]
        scale = Fraction(entry.amount) / sum(held for _, held in parcel)
        return [(label, held * scale) for label, held in parcel]


def _joined(lots: list[Lot]) -> list[Lot]:
    """Neighbouring lots of one label as one."""
    joined: list[Lot] = []
    for label, held in lots:
        if joined and joined[-1][0] == label:
            joined[-1] = (label, joined[-1][1] + held)
        else:
            joined.append((label, held))
    return joined


def before_the_flat(entries: list[Entry]) -> list[Entry]:
    """Entries up to the day the flat was paid; later ones cannot matter to it."""
    return [entry for entry in entries if entry.when.date() <= f.HU_FLAT[1][0]]

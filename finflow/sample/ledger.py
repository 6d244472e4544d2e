"""The ledger under the case: every movement is written once and books both its sides, in whole minor units.

Accounts inside the case are named by their label (NL-20); whoever is outside is an `Outside`.
"""

import datetime as dt
from bisect import bisect_left
from collections import defaultdict
from dataclasses import dataclass, field, replace
from itertools import accumulate

Moment = dt.datetime


@dataclass(frozen=True, slots=True)
class Outside:
    """The other side of a payment when the case holds no account of it."""

    name: str
    iban: str | None = None


Side = str | Outside


@dataclass(frozen=True, slots=True)
class Detail:
    """One payment inside a batch."""

    to: Outside
    amount: int
    text: str


@dataclass(frozen=True, slots=True)
class Movement:
    """One movement of money. `tag` says what it truly is; `origin` whose work it came from. Neither is printed."""

    when: Moment
    debtor: Side
    creditor: Side
    amount: int
    kind: str
    tag: str
    text: str = ""
    place: str = ""
    mcc: str = ""
    origin: str = ""
    purpose: str = ""
    reference: str = ""
    reverses: bool = False
    arrives: tuple[Moment, int] | None = None
    details: tuple[Detail, ...] = ()


@dataclass(slots=True)
class Entry:
    """One side of a movement as it stands on an account."""

    movement: Movement
    number: int
    label: str
    side: str
    when: Moment
    amount: int
    balance: int = 0
    position: int = 0

    @property
    def other(self) -> Side:
        """Who stands on the other side."""
        return self.movement.creditor if self.side == "DBIT" else self.movement.debtor

    @property
    def signed(self) -> int:
        """Amount as it moves the balance."""
        return self.amount if self.side == "CRDT" else -self.amount


@dataclass
class Ledger:
    """All movements, and the balance each account opened with (minor units)."""

    openings: dict[str, int] = field(default_factory=dict)
    movements: list[Movement] = field(default_factory=list)

    def add(self, movement: Movement) -> None:
        """Write a movement."""
        if movement.amount <= 0:
            raise ValueError(f"{movement.tag}: a movement has a positive amount")
        self.movements.append(movement)

    def signed(self, label: str) -> list[tuple[Moment, int]]:
        """What moved one account so far, in time order."""
        moved = [(e.when, e.signed) for n, m in enumerate(self.movements) for e in _sides(n, m) if e.label == label]
        return sorted(moved, key=lambda item: item[0])

    def balance(self, label: str, before: Moment | None = None) -> int:
        """Balance of one account before a moment, or at the end."""
        moved = (amount for when, amount in self.signed(label) if before is None or when < before)
        return self.openings.get(label, 0) + sum(moved)

    def entries(self) -> dict[str, list[Entry]]:
        """Every account's entries in order, numbered from 1 and with the balance after each.

        Raises ValueError when an account would be overdrawn: this case has no credit.
        """
        books: dict[str, list[Entry]] = defaultdict(list)
        for number, movement in enumerate(self.movements):
            for entry in _sides(number, movement):
                books[entry.label].append(entry)
        for label in sorted(books):
            _run(label, books[label], self.openings.get(label, 0))
        return {label: books[label] for label in sorted(books)}


def _sides(number: int, movement: Movement) -> list[Entry]:
    sides = []
    if isinstance(movement.debtor, str):
        sides.append(Entry(movement, number, movement.debtor, "DBIT", movement.when, movement.amount))
    if isinstance(movement.creditor, str):
        when, amount = movement.arrives or (movement.when, movement.amount)
        sides.append(Entry(movement, number, movement.creditor, "CRDT", when, amount))
    return sides


def _run(label: str, entries: list[Entry], balance: int) -> None:
    entries.sort(key=lambda entry: (entry.when, entry.number))
    for position, entry in enumerate(entries, 1):
        balance += entry.signed
        if balance < 0:
            raise ValueError(f"{label} would be overdrawn by {-balance} on {entry.when}: {entry.movement.tag}")
        entry.position, entry.balance = position, balance


class Purse:
    """Places payments an account can afford: never more than the lowest balance still to come.

    `keep` minor units stay untouched. A payment that cannot be afforded waits, day by day, at the same hour.
    """

    def __init__(self, ledger: Ledger, label: str, until: Moment, keep: int = 0) -> None:
        self.ledger, self.label, self.until, self.keep = ledger, label, until, keep
        self.times = [when for when, _ in ledger.signed(label)]
        self.amounts = [amount for _, amount in ledger.signed(label)]

    def pay(self, movement: Movement) -> Movement:
        """Write the movement on the first day it can be afforded, and return it as written.

        Raises ValueError when that day never comes.
        """
        lowest = self._lowest()
        when = movement.when
        while when <= self.until:
            place = bisect_left(self.times, when)
            if lowest[place] - self.keep >= movement.amount:
                return self._book(replace(movement, when=when), place)
            when += dt.timedelta(days=1)
        raise ValueError(f"{self.label} never affords {movement.amount} for {movement.tag}")

    def _lowest(self) -> list[int]:
        running = list(accumulate(self.amounts, initial=self.ledger.openings.get(self.label, 0)))
        backwards = list(accumulate(reversed(running), min))
        return backwards[::-1]

    def _book(self, movement: Movement, place: int) -> Movement:
        self.times.insert(place, movement.when)
        self.amounts.insert(place, -movement.amount)
        self.ledger.add(movement)
        return movement

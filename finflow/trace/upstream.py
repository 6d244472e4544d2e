# mypy: disable-error-code="no-any-return"
# (inside a kernel numba decides the types of integers)
"""From which credits the money of one payment comes: a replay in which every credit from outside is a source by itself.

Only what can have come to the payment is replayed: its account before it, whoever paid into that account before, and
so on against time. Marked money keeps its origins; other money counts as one in every split, as in every trace, and is
told apart by the line it came with. So the origins of a payment are those of the trail, to the minor unit.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from finflow.trace.compiled import compiled
from finflow.trace.engine import replay
from finflow.trace.exact import Integers
from finflow.trace.ledger import Ledger
from finflow.trace.order import NONE, Calendar, Ordered
from finflow.trace.plan import Marks, events_of
from finflow.trace.progress import Progress
from finflow.trace.state import BRINGS, DEBIT, FLAGS, OTHER, OTHER_LABELS, PAIR, PAIRED, POCKET, Legs


class Source(NamedTuple):
    """Money of a payment from one source, in minor units. what: marked, or a label of other money."""

    what: str
    origin: str | None  # of marked money
    leg: int  # leg of the ledger it came with, NONE for marked money, bank credit, and the rest of a larger credit
    units: int


def sources_of(
    ledger: Ledger, marks: Marks, ordered: Ordered, payment: int, method: str, elected: Integers, progress: Progress
) -> tuple[list[Source], set[int]]:
    """What a debit consists of, in the order in which it was taken, and the pockets it can have come from."""
    kept, needed = _upstream(ledger.calendar, ordered.legs, payment)
    own = marks.leg != payment  # a mark on the payment itself names its money anew, it is no source of it
    marks = Marks(marks.origins, marks.leg[own], marks.label[own], marks.amount[own])
    pockets = np.flatnonzero(needed)
    legs, brought = _told_apart(events_of(ledger, marks, kept, needed, elected), pockets.size)
    owed = np.append(ledger.pockets["owed"].to_numpy()[pockets], 0)
    found = replay(legs, pockets.size + 1, len(marks.origins), method, owed, progress, sources=brought.size)
    taken = found.held[found.held[:, 0] == pockets.size]
    return [_source(marks, kept, brought, int(label), int(units)) for _, label, units, _ in taken], set(pockets)


def _source(marks: Marks, kept: Integers, brought: Integers, label: int, units: int) -> Source:
    other = label - len(marks.origins)
    if other < 0:
        return Source("marked", marks.origins[label], NONE, units)
    if other < len(OTHER_LABELS):
        return Source(OTHER_LABELS[other], None, NONE, units)
    return Source("", None, int(kept[brought[other - len(OTHER_LABELS)]]), units)


def _told_apart(legs: Legs, pockets: int) -> tuple[Legs, Integers]:
    """The events with a label for each credit from outside, and the payment, the last, sent to an account of its own.

    Returns also the events that bring the labels beyond OTHER_LABELS.
    """
    payment = legs.amount.size - 1
    about = np.vstack([legs.about, np.array([[pockets, payment, PAIRED, OTHER]], np.int32)])
    brought = np.flatnonzero((about[:, FLAGS] & DEBIT == 0) & (about[:, PAIR] == NONE))
    about[brought, BRINGS] = len(OTHER_LABELS) + np.arange(brought.size)
    about[payment, PAIR] = payment + 1
    about[payment, FLAGS] |= PAIRED
    amount = np.append(legs.amount, legs.amount[payment])
    currency = np.append(legs.currency, legs.currency[about[payment, POCKET]])
    return legs._replace(amount=amount, about=np.ascontiguousarray(about), currency=currency), brought


def _upstream(calendar: Calendar, legs: Integers, payment: int) -> tuple[Integers, NDArray[np.bool_]]:
    """The legs, in order, whose money can have come to a payment, which is the last; per pocket whether it has any."""
    needed = np.zeros(int(calendar.pocket.max(initial=-1)) + 1, np.bool_)
    kept = np.zeros(calendar.pocket.size, np.bool_)
    until = int(np.flatnonzero(legs == payment)[0]) + 1
    _against_time(calendar, legs[:until], needed, kept)
    return np.ascontiguousarray(legs[:until][kept[legs[:until]]]), needed


@compiled
def _against_time(c: Calendar, legs: Integers, needed: NDArray[np.bool_], kept: NDArray[np.bool_]) -> None:
    needed[c.pocket[legs[legs.size - 1]]] = True
    for place in range(legs.size - 1, -1, -1):
        leg = legs[place]
        if c.is_debit[leg] and c.pair[leg] != NONE and kept[c.pair[leg]]:
            needed[c.pocket[leg]] = True
        kept[leg] = needed[c.pocket[leg]]

"""From a ledger and marks to what is replayed: legs in order, of accounts that marked money can have reached."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from finflow.trace.engine import Progress, Replayed, replay
from finflow.trace.exact import Integers
from finflow.trace.ledger import Ledger
from finflow.trace.order import NONE, Ordered, order_legs, reachable
from finflow.trace.state import BRINGS, CASH_LINK, DEBIT, ELECTED, FLAGS, KEPT, MARKED, PAIR, PAIRED, POCKET, UNDO, Legs


@dataclass(frozen=True)
class Marks:
    """Marks on legs of a ledger, in the order in which they act; label n is origins[n]; amounts in minor units."""

    origins: tuple[str, ...]
    leg: Integers
    label: Integers
    amount: Integers


@dataclass(frozen=True)
class Plan:
    """What is replayed. Event n is leg legs[n] of the ledger; pocket n is pockets[n]; rings are legs of the ledger."""

    ledger: Ledger
    marks: Marks
    events: Legs
    legs: Integers
    pockets: Integers
    rings: Integers

    def replay(self, method: str, progress: Progress | None = None) -> Replayed:
        """Replay the plan under one method."""
        owed = np.ascontiguousarray(self.ledger.pockets["owed"].to_numpy()[self.pockets])
        return replay(self.events, self.pockets.size, len(self.marks.origins), method, owed, progress)


def plan(
    ledger: Ledger, marks: Marks, same_day: str, everywhere: bool = False, elected: Integers | None = None
) -> Plan:
    """Put the legs in order and leave out accounts that marked money cannot have reached in time.

    everywhere: leave none out (the same figures, more work). elected: debits that take linked money first under libr.
    """
    elected = np.empty(0, np.int64) if elected is None else elected
    ordered = order_legs(ledger.calendar, same_day)
    reached = _reached(ledger, marks, ordered) | everywhere
    legs = ordered.legs[reached[ledger.calendar.pocket[ordered.legs]]]
    return Plan(
        ledger=ledger,
        marks=marks,
        events=events_of(ledger, marks, legs, reached, elected),
        legs=legs,
        pockets=np.flatnonzero(reached),
        rings=ordered.rings[reached[ledger.calendar.pocket[ordered.rings]]],
    )


def _reached(ledger: Ledger, marks: Marks, ordered: Ordered) -> NDArray[np.bool_]:
    c = ledger.calendar
    marked = np.zeros(c.pocket.size, np.bool_)
    marked[marks.leg] = True
    return reachable(c, ordered.legs, marked)


def events_of(ledger: Ledger, marks: Marks, legs: Integers, reached: NDArray[np.bool_], elected: Integers) -> Legs:
    """What a kernel replays of some legs in their order, on the pockets reached."""
    c = ledger.calendar
    event_of = np.full(c.pocket.size + 1, NONE, np.int64)  # the last is for NONE
    event_of[legs] = np.arange(legs.size)
    undo = _undo(ledger, legs, event_of)
    kept = np.unique(undo[:, 1])
    marked = _marks_by_event(marks, event_of)
    links = np.flatnonzero(ledger.linked[legs] != NONE)
    about = np.empty((legs.size, 4), np.int32)
    about[:, POCKET] = (np.cumsum(reached) - 1)[c.pocket[legs]]
    about[:, PAIR] = event_of[c.pair[legs]]
    about[:, BRINGS] = ledger.brings[legs]
    about[:, FLAGS] = DEBIT * c.is_debit[legs] + PAIRED * (c.pair[legs] != NONE)
    by_election = event_of[elected][event_of[elected] != NONE]
    bits = ((MARKED, marked[:, 0]), (UNDO, undo[:, 0]), (KEPT, kept), (CASH_LINK, links), (ELECTED, by_election))
    for bit, events in bits:
        about[events, FLAGS] |= bit
    currencies = ledger.pockets["currency"].rank("dense").cast(int).to_numpy()
    return Legs(
        amount=ledger.amount[legs],
        about=about,
        currency=np.ascontiguousarray(currencies[reached], np.int64),
        marks=marked,
        undo=undo,
        kept=kept.reshape(-1, 1),
        links=np.column_stack([links, ledger.linked[legs[links]]]),
    )


def _undo(ledger: Ledger, legs: Integers, event_of: Integers) -> Integers:
    """Events that reverse an earlier one. What would be replayed before its original is an ordinary leg."""
    originals = event_of[ledger.reverses[legs]]
    events = np.flatnonzero((originals != NONE) & (originals < np.arange(legs.size)))
    return np.column_stack([events, originals[events]])


def _marks_by_event(marks: Marks, event_of: Integers) -> Integers:
    events = event_of[marks.leg]
    by_event = np.argsort(events, kind="stable")
    return np.column_stack([events, marks.label, marks.amount])[by_event][np.count_nonzero(events == NONE) :]

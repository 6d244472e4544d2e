"""From a ledger and marks to what is replayed: legs in order, of accounts that marked money can have reached."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import ROUND_CEILING, Decimal

import numpy as np
from numpy.typing import NDArray

from finflow.errors import FinflowError
from finflow.trace.engine import Progress, Replayed, replay
from finflow.trace.exact import Integers
from finflow.trace.ledger import LARGEST, Ledger
from finflow.trace.order import NONE, Ordered, order_legs, reachable
from finflow.trace.policies import parted, policies, rule_of
from finflow.trace.state import (
    AS_NEW,
    BRINGS,
    CASH_LINK,
    DEBIT,
    ELECTED,
    FEE_OF_MARKED,
    FEE_OF_OTHER,
    FLAGS,
    INTEREST,
    KEPT,
    MARKED,
    OWN,
    PAIR,
    PAIRED,
    POCKET,
    UNDO,
    Legs,
)


@dataclass(frozen=True)
class Marks:
    """Marks on legs of a ledger, in the order in which they act; label n is origins[n]; amounts in minor units."""

    origins: tuple[str, ...]
    leg: Integers
    label: Integers
    amount: Integers


@dataclass(frozen=True)
class Plan:
    """What is replayed. Event n is leg legs[n] of the ledger; pocket n is pockets[n]; rings are legs of the ledger.

    policies: every policy the plan was made under; the method is chosen with the replay.
    """

    ledger: Ledger
    marks: Marks
    events: Legs
    legs: Integers
    pockets: Integers
    rings: Integers
    policies: dict[str, str]

    def replay(self, method: str, progress: Progress | None = None) -> Replayed:
        """Replay the plan under one method."""
        owed = np.ascontiguousarray(self.ledger.pockets["owed"].to_numpy()[self.pockets])
        rule, dust = rule_of({**self.policies, "method": method}), self._dust()
        return replay(self.events, self.pockets.size, len(self.marks.origins), rule, owed, progress, dust)

    def _dust(self) -> Integers:
        """Per pocket, the least amount of an origin that is followed into it, in minor units; 0 = any."""
        least = parted("dust", self.policies["dust"])[1]
        places = self.ledger.units
        units = {currency: _units(amount, places[currency]) for currency, amount in least.items() if currency in places}
        currencies = self.ledger.pockets["currency"].gather(self.pockets)
        return np.array([units.get(currency, 0) for currency in currencies], np.int64)


def plan(
    ledger: Ledger,
    marks: Marks,
    same_day: str = "printed",
    chosen: Mapping[str, str] | None = None,
    everywhere: bool = False,
    elected: Integers | None = None,
) -> Plan:
    """Put the legs in order and leave out accounts that marked money cannot have reached in time.

    chosen: other policies. everywhere: leave no account out (the same figures, more work). elected: debits that take
    linked money first under libr. Raises FinflowError for an unknown policy, or a same-day order of an account without
    a line.
    """
    none = np.empty(0, np.int64)
    values = policies(**{**(chosen or {}), "same_day": same_day})
    ledger = ledger.without_links() if values["cash"] == "stops" else ledger
    in_order = ordered(ledger, values["same_day"])
    reached = _reached(ledger, marks, in_order) | everywhere
    legs = in_order.legs[reached[ledger.calendar.pocket[in_order.legs]]]
    return Plan(
        ledger=ledger,
        marks=marks,
        events=events_of(ledger, marks, legs, reached, none if elected is None else elected, values),
        legs=legs,
        pockets=np.flatnonzero(reached),
        rings=in_order.rings[reached[ledger.calendar.pocket[in_order.rings]]],
        policies=values,
    )


def _units(amount: str, places: int) -> int:
    """Minor units, rounded up; beyond every sum of a ledger the size no longer matters."""
    return min(int((Decimal(amount).scaleb(places)).to_integral_value(ROUND_CEILING)), LARGEST)


def ordered(ledger: Ledger, same_day: str) -> Ordered:
    """The legs of a ledger in the order of replay. Raises FinflowError for an own order of an account without lines."""
    if ledger.turn is not None and same_day == "printed":  # resolve found this order, and the rings in it
        return Ordered(np.argsort(ledger.turn, kind="stable"), ledger.rings)
    value, by_account = parted("same_day", same_day)
    unknown = by_account.keys() - set(ledger.pockets["account_id"])
    if unknown:
        raise FinflowError(
            f"same_day names {len(unknown)} accounts without a line in the case. Give account ids as in table account."
        )
    pockets = ledger.pockets.select("pocket", "account_id").rows()
    return order_legs(ledger.calendar, value, {p: by_account[name] for p, name in pockets if name in by_account})


def _reached(ledger: Ledger, marks: Marks, in_order: Ordered) -> NDArray[np.bool_]:
    c = ledger.calendar
    marked = np.zeros(c.pocket.size, np.bool_)
    marked[marks.leg] = True
    return reachable(c, in_order.legs, marked)


def events_of(
    ledger: Ledger,
    marks: Marks,
    legs: Integers,
    reached: NDArray[np.bool_],
    elected: Integers,
    values: Mapping[str, str] | None = None,
) -> Legs:
    """What a kernel replays of some legs in their order, on the pockets reached, under some policies (none = all by
    default)."""
    values = policies() if values is None else values
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
    about[:, FLAGS] = DEBIT * c.is_debit[legs] + PAIRED * ledger.paired[legs]
    by_election = event_of[elected][event_of[elected] != NONE]
    bits = ((MARKED, marked[:, 0]), (UNDO, undo[:, 0]), (KEPT, kept), (CASH_LINK, links), (ELECTED, by_election))
    for bit, events in bits:
        about[events, FLAGS] |= bit
    about[:, FLAGS] |= _decided(ledger, legs, values)
    if values["opening"] == "own_money":
        about[ledger.is_opening[legs], BRINGS] = OWN
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


def _decided(ledger: Ledger, legs: Integers, values: Mapping[str, str]) -> NDArray[np.int32]:
    """What the policies decide about each credit, as bits."""
    credits = ~ledger.calendar.is_debit[legs]
    fee = {"other_money_first": FEE_OF_OTHER, "linked_money_first": FEE_OF_MARKED}.get(values["fee"], 0)
    bits = credits * (fee | AS_NEW * (values["reversal"] == "new_deposit"))
    bits[ledger.linked[legs] != NONE] &= ~(FEE_OF_OTHER | FEE_OF_MARKED)
    if values["interest"] == "in_proportion":
        bits |= INTEREST * (ledger.is_interest[legs] & credits & (ledger.reverses[legs] == NONE))
    return bits.astype(np.int32)


def _undo(ledger: Ledger, legs: Integers, event_of: Integers) -> Integers:
    """Events that reverse an earlier one. What would be replayed before its original is an ordinary leg."""
    originals = event_of[ledger.reverses[legs]]
    events = np.flatnonzero((originals != NONE) & (originals < np.arange(legs.size)))
    return np.column_stack([events, originals[events]])


def _marks_by_event(marks: Marks, event_of: Integers) -> Integers:
    events = event_of[marks.leg]
    by_event = np.argsort(events, kind="stable")
    return np.column_stack([events, marks.label, marks.amount])[by_event][np.count_nonzero(events == NONE) :]

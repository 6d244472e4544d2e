"""From a ledger and marks to what is replayed: legs in order, of accounts that marked money can have reached."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import ROUND_CEILING, Decimal

import numpy as np
import polars as pl
from numpy.typing import NDArray

from finflow.errors import FinflowError
from finflow.trace.engine import Replayed, replay
from finflow.trace.exact import Integers
from finflow.trace.ledger import LARGEST, Flags, Ledger
from finflow.trace.order import NONE, Ordered, order_legs, reachable
from finflow.trace.policies import parted, policies, rule_of
from finflow.trace.progress import Progress
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
class Cited:
    """The legs that the rows of a replay speak of: event n is leg legs[n] of the ledger, pocket n is pockets[n].

    undo: events that reverse an earlier one, and that one. rings are legs of the ledger.
    """

    ledger: Ledger
    origins: tuple[str, ...]
    legs: Integers
    pockets: Integers
    undo: Integers
    rings: Integers


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

    @property
    def cited(self) -> Cited:
        """All of its legs, any of which a replay can speak of."""
        return Cited(self.ledger, self.marks.origins, self.legs, self.pockets, self.events.undo, self.rings)

    def replay(self, method: str, progress: Progress | None = None) -> Replayed:
        """Replay the plan under one method."""
        owed = np.ascontiguousarray(self.ledger.pockets["owed"].to_numpy()[self.pockets])
        dust = dust_of(self.ledger.pockets["currency"].gather(self.pockets), self.ledger.units, self.policies)
        rule = rule_of({**self.policies, "method": method})
        return replay(self.events, self.pockets.size, len(self.marks.origins), rule, owed, progress, dust)


def plan(
    ledger: Ledger,
    marks: Marks,
    same_day: str = "printed",
    chosen: Mapping[str, str] | None = None,
    everywhere: bool = False,
    elected: Integers | None = None,
    through_rings: bool = False,
) -> Plan:
    """Put the legs in order and leave out accounts that marked money cannot have reached in time.

    chosen: other policies. everywhere: leave no account out (the same figures, more work); through_rings: none where a
    ring was opened, since in another order of the day marked money can have reached more. elected: debits that take
    linked money first under libr. Raises FinflowError for an unknown policy, or a same-day order of an account without
    a line.
    """
    none = np.empty(0, np.int64)
    values = policies(**{**(chosen or {}), "same_day": same_day})
    ledger = under(ledger, values)
    in_order = ordered(ledger, values["same_day"])
    reached = _reached(ledger, marks, in_order) | everywhere | (through_rings and in_order.rings.size > 0)
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


def under(ledger: Ledger, values: Mapping[str, str]) -> Ledger:
    """The ledger as policies let it be read."""
    return ledger.without_links() if values["cash"] == "stops" else ledger


def dust_of(currencies: pl.Series, places: dict[str, int], values: Mapping[str, str]) -> Integers:
    """Per pocket of these currencies, the least amount of an origin that is followed into it, in minor units."""
    least = parted("dust", values["dust"])[1]
    units = {currency: _units(amount, places[currency]) for currency, amount in least.items() if currency in places}
    return np.array([units.get(currency, 0) for currency in currencies], np.int64)


def _units(amount: str, places: int) -> int:
    """Minor units, rounded up; beyond every sum of a ledger the size no longer matters."""
    return min(int((Decimal(amount).scaleb(places)).to_integral_value(ROUND_CEILING)), LARGEST)


def ordered(ledger: Ledger, same_day: str) -> Ordered:
    """The legs of a ledger in the order of replay. Raises FinflowError for an own order of an account without lines."""
    if ledger.turn is not None and same_day == "printed":  # resolve found this order, and the rings in it
        return Ordered(np.argsort(ledger.turn, kind="stable"), ledger.rings)
    return order_legs(ledger.calendar, *by_pocket(ledger, same_day))


def by_pocket(ledger: Ledger, same_day: str) -> tuple[str, dict[int, str]]:
    """The order of a day, and by pocket where another was chosen. Raises as ordered does."""
    value, by_account = parted("same_day", same_day)
    unknown = by_account.keys() - set(ledger.pockets["account_id"])
    if unknown:
        raise FinflowError(
            f"same_day names {len(unknown)} accounts without a line in the case. Give account ids as in table account."
        )
    pockets = ledger.pockets.select("pocket", "account_id").rows()
    return value, {pocket: by_account[name] for pocket, name in pockets if name in by_account}


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
    links = np.flatnonzero(ledger.linked[legs] != NONE)
    about = np.empty((legs.size, 4), np.int32)
    about[:, POCKET] = (np.cumsum(reached) - 1)[c.pocket[legs]]
    about[:, PAIR] = event_of[c.pair[legs]]
    about[:, BRINGS] = ledger.brings[legs]
    about[:, FLAGS] = DEBIT * c.is_debit[legs] + PAIRED * ledger.paired[legs]
    earns = ledger.is_interest[legs] & (ledger.reverses[legs] == NONE)
    about[:, FLAGS] |= decided(c.is_debit[legs], earns, values)
    if values["opening"] == "own_money":
        about[ledger.is_opening[legs], BRINGS] = OWN
    currencies = ledger.pockets["currency"].rank("dense").cast(int).to_numpy()
    return singled_out(
        Legs(
            amount=ledger.amount[legs],
            about=about,
            currency=np.ascontiguousarray(currencies[reached], np.int64),
            marks=by_event(event_of[marks.leg], marks),
            undo=undone(np.arange(legs.size), event_of[ledger.reverses[legs]]),
            kept=np.empty((0, 1), np.int64),
            links=np.column_stack([links, ledger.linked[legs[links]]]),
        ),
        event_of[elected],
    )


def singled_out(legs: Legs, elected: Integers) -> Legs:
    """The legs, with what is asked of single ones told in `about`; elected: some may be NONE."""
    kept = np.unique(legs.undo[:, 1])
    legs.about[legs.links[:, 0], FLAGS] &= ~(FEE_OF_OTHER | FEE_OF_MARKED)
    bits = ((MARKED, legs.marks[:, 0]), (UNDO, legs.undo[:, 0]), (KEPT, kept), (CASH_LINK, legs.links[:, 0]))
    for bit, events in (*bits, (ELECTED, elected[elected != NONE])):
        legs.about[events, FLAGS] |= bit
    return legs._replace(kept=kept.reshape(-1, 1))


def decided(is_debit: Flags, earns: Flags, values: Mapping[str, str]) -> NDArray[np.int32]:
    """What the policies decide about each credit, as bits. earns: is interest."""
    fee = {"other_money_first": FEE_OF_OTHER, "linked_money_first": FEE_OF_MARKED}.get(values["fee"], 0)
    bits = ~is_debit * (fee | AS_NEW * (values["reversal"] == "new_deposit"))
    if values["interest"] == "in_proportion":
        bits |= INTEREST * (earns & ~is_debit)
    return bits.astype(np.int32)


def undone(events: Integers, originals: Integers) -> Integers:
    """Events that reverse an earlier one, and that one. One that would come before its original is an ordinary leg."""
    undo = np.flatnonzero((originals != NONE) & (originals < events))
    return np.column_stack([events[undo], originals[undo]])


def by_event(events: Integers, marks: Marks) -> Integers:
    """event, label, amount of the marks on these events, in the order in which they act; some events may be NONE."""
    order = np.argsort(events, kind="stable")
    return np.column_stack([events, marks.label, marks.amount])[order][np.count_nonzero(events == NONE) :]

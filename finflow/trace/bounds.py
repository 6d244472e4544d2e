"""What payments owe to proceeds by arithmetic alone, whatever rule says which money left first.

At least: the price less all other money that could have been there. At most: the proceeds that could have been there.
Other money is also what no line shows: where the records of an account break off, all that lies there when they begin
again may be other money, and without an opening balance nobody knows how much there was.
Both count gross, without deducting what left. Money from an account inside the case may be proceeds up to the marked
money that could have reached that account, and *may equally be other money* up to the other money that could have
reached it: to call the rest of it other (or the rest of it proceeds) would already choose who got which.
Over several payments, and over several transfers between the same two accounts, no more can have passed than had
arrived by then: W(k) = min(W(k-1) + p(k), proceeds so far).

Where the records leave the order of a day open, each account may have had an order of its own: the bank lends as if
debits came first, and in the widest of the orders that are replayed money arrives as if credits did. A debit that had
to go first, because accounts wait for each other, may have carried money that is replayed after it: it passes on up to
its amount, and what has entered a currency by then counts as all that ever does.
"""

from typing import NamedTuple

import numpy as np

from finflow.trace.exact import Integers
from finflow.trace.gross import MARKED_MONEY, OTHER_MONEY, TOO_MUCH, Could, count
from finflow.trace.ledger import Ledger
from finflow.trace.order import on_day, sorted_by
from finflow.trace.plan import Plan, by_pocket
from finflow.trace.state import DEBIT, FLAGS, NONE, PAIR, POCKET, Legs


class Payments(NamedTuple):
    """Payments for assets: rows of event, slot, amount, by event. A slot is one asset paid from one account."""

    rows: Integers
    slots: int


class Bounds(NamedTuple):
    """What arithmetic shows, in minor units; TOO_MUCH = nobody knows how much.

    slots: price, other money that could have been there, at least, at most, proceeds that could have been there.
    reached, entered: per kind of money and event, what could have come to its account, and into its currency, by then.
    unseen: per event, what of it no line shows.
    """

    slots: Integers
    reached: Integers
    entered: Integers
    unseen: Integers


def bounds(plan: Plan, payments: Payments) -> Bounds:
    """What arithmetic shows for payments, and how much money of each kind could have been where."""
    legs = plan.events
    pair_of, pairs = _pair_numbers(legs)
    pockets, n = plan.pockets.size, legs.amount.size
    could = Could(
        reached=np.zeros((2, pockets), np.int64),
        snapshot=np.zeros((2, n), np.int64),
        entered=np.zeros((2, n), np.int64),
        pairs=np.zeros((2, pairs, 6), np.int64),
        paid=np.zeros((2, payments.slots), np.int64),
        paid_marked=np.zeros(payments.slots, np.int64),
        total=np.zeros((2, int(legs.currency.max(initial=0)) + 1), np.int64),
        ceiling=np.full((2, payments.slots), TOO_MUCH, np.int64),
        gross=np.zeros((2, payments.slots), np.int64),
        short=_lent(plan),
        opens_ring=np.isin(plan.legs, plan.rings),
        waiting=np.zeros(legs.kept.shape[0], np.int64),
        marked=marked_on(legs),
        unseen=_unseen(plan),
    )
    paid_once = np.ones(payments.slots, np.bool_)
    came_or_went = (legs.about[payments.rows[:, 0], PAIR] != NONE) | np.isin(payments.rows[:, 0], legs.kept)
    paid_once[payments.rows[came_or_went, 1]] = False
    count(could, legs, pair_of, payments.rows, paid_once)
    _enter_all_at_rings(could, legs, payments)
    return Bounds(_slots(could, payments), could.snapshot, could.entered, could.unseen)


def _pair_numbers(legs: Legs) -> tuple[Integers, int]:
    """Per credit of a transfer inside: the number of the pair (paying account, receiving account)."""
    arriving = np.flatnonzero((legs.about[:, PAIR] != NONE) & (legs.about[:, FLAGS] & DEBIT == 0))
    sides = np.column_stack([legs.about[legs.about[arriving, PAIR], POCKET], legs.about[arriving, POCKET]])
    found, number = np.unique(sides, axis=0, return_inverse=True)
    pair_of = np.full(legs.amount.size, NONE, np.int64)
    pair_of[arriving] = number.reshape(-1)
    return pair_of, found.shape[0]


def marked_on(legs: Legs) -> Integers:
    """Per event: the sum of its marks, at most its amount."""
    sums = np.zeros(legs.amount.size, np.int64)
    np.add.at(sums, legs.marks[:, 0], legs.marks[:, 2])
    return np.minimum(sums, legs.amount)


def _lent(plan: Plan) -> Integers:
    """Per event: what the bank lent on a debit, where it is most: debits first, wherever the records leave that open,
    or as replayed, where a debit went before its turn."""
    c = plan.ledger.calendar
    _, slot = on_day(c, *by_pocket(plan.ledger, plan.policies["same_day"]))
    lent = _lent_in(plan.ledger, sorted_by((c.position, ~c.is_debit, slot, c.day, c.pocket)))[plan.legs]
    if not plan.rings.size:
        return lent
    return np.maximum(lent, _lent_in(plan.ledger, plan.legs[np.argsort(c.pocket[plan.legs], kind="stable")])[plan.legs])


def _lent_in(ledger: Ledger, order: Integers) -> Integers:
    """Per leg: what the bank lent on a debit, when legs come in this order, each account in one piece."""
    is_debit, pockets = ledger.calendar.is_debit, ledger.calendar.pocket[order]
    moved = np.where(is_debit, -ledger.amount, ledger.amount)[order]
    run, begins = np.cumsum(moved), np.flatnonzero(np.diff(pockets, prepend=NONE))
    at_start = (run - moved)[begins] + ledger.pockets["owed"].to_numpy()[pockets[begins]]
    before = run - moved - np.repeat(at_start, np.diff(begins, append=order.size))
    lent = np.zeros_like(ledger.amount)
    lent[order] = np.maximum(0, -moved - np.maximum(0, before))
    return lent


def _enter_all_at_rings(could: Could, legs: Legs, payments: Payments) -> None:
    """From the first debit that went before its turn, all money of the ledger may have entered: what came before that
    debit may be replayed after it."""
    first = np.flatnonzero(could.opens_ring)
    if not first.size:
        return
    could.entered[:, first[0] :] = could.total[:, legs.currency[legs.about[first[0] :, POCKET]]]
    event, slot, _ = payments.rows[payments.rows[:, 0] >= first[0]].T
    currency = legs.currency[legs.about[event, POCKET]]
    for kind in (MARKED_MONEY, OTHER_MONEY):
        known = could.ceiling[kind, slot] < TOO_MUCH
        could.ceiling[kind, slot[known]] = could.total[kind, currency[known]]


def _unseen(plan: Plan) -> Integers:
    """Per event: what may have come unseen, at the first event of its account on or after the day of the break."""
    sums = np.zeros(plan.legs.size, np.int64)
    pockets, days = (values[plan.legs] for values in (plan.ledger.calendar.pocket, plan.ledger.calendar.day))
    order = sorted_by((days, pockets))
    when = (pockets[order] << 32) + days[order]
    for pocket, day, amount in plan.ledger.unseen:
        begin, end = np.searchsorted(when, ((pocket << 32) + day, (pocket + 1) << 32))
        if begin < end:
            event = order[begin:end].min()
            sums[event] = min(TOO_MUCH, int(sums[event]) + int(amount))
    return sums


def _slots(could: Could, payments: Payments) -> Integers:
    price = np.zeros(payments.slots, np.int64)
    np.add.at(price, payments.rows[:, 1], payments.rows[:, 2])
    marked, other = paid = np.minimum(could.paid, could.ceiling)
    came_before = np.where(paid < price, paid, np.minimum(could.gross, could.ceiling))
    return np.column_stack([price, came_before[OTHER_MONEY], price - other, marked, came_before[MARKED_MONEY]])

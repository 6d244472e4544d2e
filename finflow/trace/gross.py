# mypy: disable-error-code="no-any-return, return-value"
# (inside a kernel numba decides the types of integers)
"""How much money of each kind could have been where by now, counted gross: the replay behind the arithmetic bounds.

A line raises what could have been on its account; nothing that leaves ever lowers it.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from finflow.trace.compiled import compiled, part_of_kernel
from finflow.trace.exact import Integers, multiply, multiply_divide
from finflow.trace.state import CASH_LINK, DEBIT, FLAGS, INTEREST, NONE, PAIR, PAIRED, POCKET, UNDO, Legs, first_row

MARKED_MONEY, OTHER_MONEY = range(2)  # the two kinds that are bounded; first axis of every table below
SENT, MOST_SENT, ADDED, COUNT, RATE_UP, RATE_DOWN = range(6)  # what a pair of accounts remembers
TOO_MUCH = 1 << 61  # more than all money of a ledger: gross sums stop growing here instead of running over


class Could(NamedTuple):
    """How much money of each kind could have been where by now, gross. First axis: marked, other."""

    reached: Integers  # per pocket
    snapshot: Integers  # per event: reached on its account by then
    entered: Integers  # per event: total by then
    pairs: Integers  # per pair of accounts: SENT …
    paid: Integers  # per slot
    paid_marked: Integers  # per slot: marks on the payments themselves
    total: Integers  # per currency: what entered it at all
    ceiling: Integers  # per slot: total when it was last paid from
    gross: Integers  # per slot: reached when it was last paid from
    short: Integers  # per leg: what the bank lends at most, whichever order the records leave open
    opens_ring: NDArray[np.bool_]  # per leg: a debit that went before its turn; more can have come by then
    waiting: Integers  # per reversed leg: what can still come back
    marked: Integers  # per leg: sum of its marks, at most its amount
    unseen: Integers  # per leg: other money that may have come to its account before it and that no leg shows


@part_of_kernel
def _scaled_up(amount: int, up: int, down: int) -> int:
    """amount × up ÷ down, rounded up; a figure too large to matter stays at the ceiling."""
    high, _ = multiply(amount, up)
    if high >= np.uint64(down) >> np.uint64(2):
        return TOO_MUCH
    quotient, rest = multiply_divide(amount, up, down)
    return _plus(quotient, 1 if rest > 0 else 0)


@part_of_kernel
def _plus(a: int, b: int) -> int:
    return min(TOO_MUCH, a + b)


@part_of_kernel
def _is_better_rate(up: int, down: int, best_up: int, best_down: int) -> bool:
    if best_down == 0:
        return True
    high, low = multiply(up, best_down)
    best_high, best_low = multiply(best_up, down)
    return high > best_high or (high == best_high and low > best_low)


@part_of_kernel
def _enter(c: Could, kind: int, pocket: int, currency: int, amount: int) -> None:
    """New money: counted for the account and for its currency."""
    c.reached[kind, pocket] = _plus(c.reached[kind, pocket], amount)
    c.total[kind, currency] = _plus(c.total[kind, currency], amount)


@part_of_kernel
def _arrive(c: Could, kind: int, pair: int, pocket: int, debit: int, alone: int, added: int, up: int, down: int) -> int:
    """Money of one kind arrives over a pair of accounts; returns by how much the bound of the pair rose.

    alone: the most this one transfer can bring, which a debit that opens a ring may have brought. added: what needs no
    money at the payer (marks, the rest of a larger credit). up ÷ down: the exchange, whose rounding may add a unit each
    time; 0 ÷ 0 without one.
    """
    p = c.pairs[kind, pair]
    p[MOST_SENT] = max(p[MOST_SENT], c.snapshot[kind, debit])
    p[ADDED] = _plus(p[ADDED], added)
    p[COUNT] += 1
    together = p[MOST_SENT]
    if down > 0:
        if _is_better_rate(up, down, p[RATE_UP], p[RATE_DOWN]):
            p[RATE_UP], p[RATE_DOWN] = up, down
        together = _plus(_scaled_up(p[MOST_SENT], p[RATE_UP], p[RATE_DOWN]), p[COUNT])
    most = TOO_MUCH if c.opens_ring[debit] else _plus(together, p[ADDED])
    rise = max(0, min(_plus(p[SENT], alone), most) - p[SENT])
    p[SENT] += rise
    c.reached[kind, pocket] = _plus(c.reached[kind, pocket], rise)
    return rise


@part_of_kernel
def _could_have_been(c: Could, kind: int, debit: int) -> int:
    return TOO_MUCH if c.opens_ring[debit] else c.snapshot[kind, debit]


@part_of_kernel
def _transfer(c: Could, legs: Legs, leg: int, pair: int, was_payment: bool) -> None:
    """The credit of a transfer between two accounts of the same currency."""
    pocket, debit, amount = legs.about[leg, POCKET], legs.about[leg, PAIR], legs.amount[leg]
    sent, before, here = legs.amount[debit], c.marked[debit], c.marked[leg]
    passed = min(amount, sent)
    if legs.about[leg, FLAGS] & CASH_LINK:
        passed = min(passed, legs.links[first_row(legs.links, leg), 1])
    rest, currency = amount - passed, legs.currency[pocket]
    c.total[MARKED_MONEY, currency] = _plus(c.total[MARKED_MONEY, currency], here)
    c.total[OTHER_MONEY, currency] = _plus(c.total[OTHER_MONEY, currency], rest)
    if legs.about[debit, POCKET] == pocket and not was_payment:  # the same money on the same account again
        c.reached[MARKED_MONEY, pocket] = _plus(c.reached[MARKED_MONEY, pocket], before + here)
        c.reached[OTHER_MONEY, pocket] = _plus(c.reached[OTHER_MONEY, pocket], rest)
        return
    _arrive(c, MARKED_MONEY, pair, pocket, debit, min(amount, passed + here), before + here, 0, 0)
    other = max(0, min(passed, sent - before) + rest - here)
    _arrive(c, OTHER_MONEY, pair, pocket, debit, other, rest, 0, 0)


@part_of_kernel
def _exchange(c: Could, legs: Legs, leg: int, pair: int) -> None:
    """The credit of a transfer that changed currency on the way."""
    pocket, debit, amount = legs.about[leg, POCKET], legs.about[leg, PAIR], legs.amount[leg]
    sent, before, here = legs.amount[debit], c.marked[debit], c.marked[leg]
    passed = 0 if sent == 0 else amount
    if legs.about[leg, FLAGS] & CASH_LINK and sent > 0:
        passed = legs.links[first_row(legs.links, leg), 1]
    rest, currency, down = amount - passed, legs.currency[pocket], max(sent, 1)
    could_be = _scaled_up(min(sent, _plus(_could_have_been(c, MARKED_MONEY, debit), before)), passed, down)
    marked_before = _scaled_up(before, passed, down)
    rise = _arrive(
        c,
        MARKED_MONEY,
        pair,
        pocket,
        debit,
        min(amount, _plus(could_be, here)),
        _plus(marked_before, here),
        passed,
        down,
    )
    c.total[MARKED_MONEY, currency] = _plus(c.total[MARKED_MONEY, currency], rise)
    could_be = _scaled_up(min(sent - before, _could_have_been(c, OTHER_MONEY, debit)), passed, down)
    rise = _arrive(c, OTHER_MONEY, pair, pocket, debit, max(0, _plus(could_be, rest) - here), rest, passed, down)
    c.total[OTHER_MONEY, currency] = _plus(c.total[OTHER_MONEY, currency], rise)


@part_of_kernel
def _come_back(c: Could, legs: Legs, leg: int, original: int, was_payment: bool) -> int:
    """Money of a debit that left the case returns: it was counted before, unless it paid for an asset. Returns it."""
    kept = first_row(legs.kept, original)
    pocket, currency = legs.about[leg, POCKET], legs.currency[legs.about[leg, POCKET]]
    back = min(c.waiting[kept], legs.amount[leg])
    c.waiting[kept] -= back
    _enter(c, MARKED_MONEY, pocket, currency, min(legs.amount[leg], c.marked[original]))
    if was_payment:
        for kind in (MARKED_MONEY, OTHER_MONEY):
            _enter(c, kind, pocket, currency, min(back, c.reached[kind, pocket]))
    return back


@part_of_kernel
def _is_payment(payments: Integers, leg: int) -> bool:
    row = first_row(payments, leg)
    return row < payments.shape[0] and payments[row, 0] == leg


@part_of_kernel
def _credit(c: Could, legs: Legs, leg: int, pair: int, payments: Integers) -> None:
    pocket, amount, flags = legs.about[leg, POCKET], legs.amount[leg], legs.about[leg, FLAGS]
    original = legs.undo[first_row(legs.undo, leg), 1] if flags & UNDO else NONE
    if pair != NONE:
        if legs.currency[pocket] == legs.currency[legs.about[legs.about[leg, PAIR], POCKET]]:
            _transfer(c, legs, leg, pair, _is_payment(payments, legs.about[leg, PAIR]))
        else:
            _exchange(c, legs, leg, pair)
        if original != NONE:  # it may have filled the places of the original; what comes back later counts again
            c.waiting[first_row(legs.kept, original)] = 0
        return
    back = 0
    if original != NONE and not flags & PAIRED and not legs.about[original, FLAGS] & PAIRED:
        back = _come_back(c, legs, leg, original, _is_payment(payments, original))
    marked = c.marked[leg]
    if flags & INTEREST and c.reached[MARKED_MONEY, pocket] > 0:  # it may all have been paid on marked money
        marked = amount
    _enter(c, MARKED_MONEY, pocket, legs.currency[pocket], marked)
    _enter(c, OTHER_MONEY, pocket, legs.currency[pocket], amount - c.marked[leg] - back)


@part_of_kernel
def _remember(c: Could, legs: Legs, leg: int) -> None:
    pocket = legs.about[leg, POCKET]
    for kind in (MARKED_MONEY, OTHER_MONEY):
        c.snapshot[kind, leg] = c.reached[kind, pocket]
        c.entered[kind, leg] = c.total[kind, legs.currency[pocket]]


@part_of_kernel
def _debit(c: Could, legs: Legs, leg: int) -> None:
    pocket, amount = legs.about[leg, POCKET], legs.amount[leg]
    _enter(c, OTHER_MONEY, pocket, legs.currency[pocket], c.short[leg])
    total = c.total[MARKED_MONEY, legs.currency[pocket]]
    c.total[MARKED_MONEY, legs.currency[pocket]] = _plus(total, c.marked[leg])
    _remember(c, legs, leg)
    kept = first_row(legs.kept, leg)
    if kept < legs.kept.shape[0] and legs.kept[kept, 0] == leg:
        c.waiting[kept] = amount


@part_of_kernel
def _pay(c: Could, legs: Legs, leg: int, slot: int, amount: int, paid_once: bool) -> None:
    pocket = legs.about[leg, POCKET]
    c.paid_marked[slot] += c.marked[leg]
    for kind in (MARKED_MONEY, OTHER_MONEY):
        part = amount if kind == MARKED_MONEY else min(amount, legs.amount[leg] - c.marked[leg])
        came = TOO_MUCH if c.opens_ring[leg] else c.reached[kind, pocket]
        c.gross[kind, slot] = _plus(came, c.paid_marked[slot] if kind == MARKED_MONEY else 0)
        c.paid[kind, slot] = min(c.paid[kind, slot] + part, c.gross[kind, slot])
        if paid_once:
            c.ceiling[kind, slot] = c.total[kind, legs.currency[pocket]]


@compiled
def count(c: Could, legs: Legs, pair_of: Integers, payments: Integers, paid_once: NDArray[np.bool_]) -> None:
    """Replay all legs in their order. payments: event, slot, amount, by event; pair_of: per event, see `Could.pairs`;
    paid_once: per slot, whether nothing it paid can come back.
    """
    next_payment = 0
    for leg in range(legs.amount.size):
        pocket = legs.about[leg, POCKET]
        if c.unseen[leg] > 0:
            _enter(c, OTHER_MONEY, pocket, legs.currency[pocket], c.unseen[leg])
        if not legs.about[leg, FLAGS] & DEBIT:
            _credit(c, legs, leg, pair_of[leg], payments)
            _remember(c, legs, leg)
            continue
        _debit(c, legs, leg)
        while next_payment < payments.shape[0] and payments[next_payment, 0] == leg:
            slot = payments[next_payment, 1]
            _pay(c, legs, leg, slot, payments[next_payment, 2], paid_once[slot])
            next_payment += 1

# mypy: disable-error-code="no-any-return, assignment"
# (inside a kernel numba decides the types of integers)
"""Legs on which no marked money moves and nothing else is asked: most of a ledger, replayed by adding and taking away.

Other money of one label needs no piece: a number below NONE says which label it is, in State.transit for a parcel (all
of its debit), at the head of an account for all that lies there (State.lists holds how much; its tail, the place).
Each function does what the long way does, or nothing and says so.
"""

from finflow.trace.compiled import part_of_kernel
from finflow.trace.shares import FIFO, LIFO, by_shares
from finflow.trace.state import (
    AFTER,
    AMOUNT,
    BANK,
    BEFORE,
    BRINGS,
    COUNT,
    DEBIT,
    FLAGS,
    HEAD,
    LABEL,
    MERGES,
    NEXT_PLACE,
    NONE,
    ORIGINS,
    OWED,
    PAIR,
    PAIRED,
    POCKET,
    TAIL,
    TOTAL,
    Legs,
    State,
    is_marked,
    new_piece,
)


@part_of_kernel
def sealed(label: int) -> int:
    """A parcel of one label of other money, as State.transit holds it."""
    return NONE - 1 - label


@part_of_kernel
def label_of(parcel: int) -> int:
    """The label of a sealed parcel."""
    return NONE - 1 - parcel


@part_of_kernel
def is_sealed(parcel: int) -> bool:
    """Whether a parcel is one of other money that no piece stands for."""
    return parcel < NONE


@part_of_kernel
def goes_plainly(s: State, legs: Legs, leg: int, method: int) -> bool:
    """Replay a leg the short way where that is the same; returns whether it did."""
    flags = legs.about[leg, FLAGS]
    if flags & ~(DEBIT | PAIRED) or legs.amount[leg] == 0:
        return False
    return _debit(s, legs, leg, method) if flags & DEBIT else _credit(s, legs, leg, method)


@part_of_kernel
def unseal(s: State, q: int) -> None:
    """What lies on an account as a piece, for the long way."""
    head = s.lists[q, HEAD]
    if not is_sealed(head):
        return
    piece = new_piece(s, label_of(head), s.lists[q, TOTAL], s.lists[q, TAIL], NONE)
    s.pieces[piece, BEFORE] = s.pieces[piece, AFTER] = NONE
    s.lists[q, HEAD] = s.lists[q, TAIL] = piece


@part_of_kernel
def _debit(s: State, legs: Legs, leg: int, method: int) -> bool:
    q, amount = legs.about[leg, POCKET], legs.amount[leg]
    head, total = s.lists[q, HEAD], s.lists[q, TOTAL]
    if is_sealed(head) and total > amount:
        parcel = head
        s.lists[q, TOTAL] = total - amount
    elif is_sealed(head) and total == amount:
        parcel = head
        s.lists[q, HEAD] = s.lists[q, TAIL] = NONE
        s.lists[q, COUNT] = s.lists[q, TOTAL] = 0
    elif head == NONE:  # the bank's own money
        parcel = sealed(s.tally[ORIGINS] + BANK)
        s.lists[q, OWED] += amount
    elif not is_sealed(head) and (method in (FIFO, LIFO) or s.lists[q, COUNT] == 1):
        lot = s.lists[q, TAIL] if method == LIFO else head
        if is_marked(s, lot) or s.pieces[lot, AMOUNT] <= amount:
            return False
        parcel = sealed(s.pieces[lot, LABEL])
        s.pieces[lot, AMOUNT] -= amount
        s.lists[q, TOTAL] -= amount
    else:
        return False
    if legs.about[leg, PAIR] != NONE:
        s.transit[leg] = parcel
    return True


@part_of_kernel
def _credit(s: State, legs: Legs, leg: int, method: int) -> bool:
    q, amount, debit = legs.about[leg, POCKET], legs.amount[leg], legs.about[leg, PAIR]
    parcel = sealed(s.tally[ORIGINS] + legs.about[leg, BRINGS])
    if debit != NONE:
        parcel = s.transit[debit]
        exchanged = legs.currency[q] != legs.currency[legs.about[debit, POCKET]]
        if not is_sealed(parcel) or exchanged or legs.amount[debit] != amount:
            return False
    if s.lists[q, OWED] >= amount:
        s.lists[q, OWED] -= amount
    elif s.lists[q, OWED] > 0 or not _laid(s, q, parcel, amount, method):
        return False
    if debit != NONE:
        s.transit[debit] = NONE
    return True


@part_of_kernel
def _laid(s: State, q: int, parcel: int, amount: int, method: int) -> bool:
    """Lay an amount of one label on an account where nothing lies, or beside money of that label that lies there."""
    head, lots = s.lists[q, HEAD], not by_shares(method)
    if head == NONE:
        s.lists[q, HEAD], s.lists[q, TAIL], s.lists[q, COUNT] = parcel, s.lists[q, NEXT_PLACE], 1
        s.lists[q, NEXT_PLACE] += 1
    elif (lots and not s.lists[q, MERGES]) or (not lots and s.lists[q, COUNT] > 1):
        return False
    elif is_sealed(head):
        if head != parcel:
            return False
        s.lists[q, NEXT_PLACE] += lots
    else:
        last = s.lists[q, TAIL]
        if sealed(s.pieces[last, LABEL]) != parcel:
            return False
        s.pieces[last, AMOUNT] += amount
        s.lists[q, NEXT_PLACE] += lots
    s.lists[q, TOTAL] += amount
    return True

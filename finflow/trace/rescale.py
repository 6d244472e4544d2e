# mypy: disable-error-code="no-any-return"
# (inside a kernel numba decides the types of integers)
"""The parcel at another amount: after a fee or an exchange, by origin, then by run, then by piece."""

from finflow.trace.compiled import part_of_kernel
from finflow.trace.exact import PARTS, RANKS, WEIGHTS, apportion, order_by
from finflow.trace.parcels import say_marked
from finflow.trace.state import (
    AFTER,
    AMOUNT,
    COUNT,
    EXCHANGED_IN,
    EXCHANGED_OUT,
    FEE,
    FEE_OF_MARKED,
    HEAD,
    LABEL,
    NONE,
    ORIGINS,
    PIECE_AMOUNT,
    PIECE_PART,
    RUN_FIRST,
    RUN_GROUP,
    RUN_NUMBER,
    RUN_ORDER,
    RUN_PART,
    RUN_SUM,
    SOURCE,
    State,
    change,
    group_of,
    is_marked,
    write,
)


@part_of_kernel
def _list_runs(s: State, hand: int) -> int:
    """Pieces and runs of the hand into the scratch; returns the number of runs."""
    t, runs, last = s.scratch, 0, NONE
    piece = s.lists[hand, HEAD]
    for i in range(s.lists[hand, COUNT]):
        amount, group = s.pieces[piece, AMOUNT], group_of(s, piece)
        t[PIECE_AMOUNT, i] = amount
        if group != last:
            t[RUN_FIRST, runs], t[RUN_GROUP, runs], t[RUN_NUMBER, runs], t[RUN_SUM, runs] = i, group, runs, 0
            runs += 1
            last = group
        t[RUN_SUM, runs - 1] += amount
        piece = s.pieces[piece, AFTER]
    t[RUN_FIRST, runs] = s.lists[hand, COUNT]
    return runs


@part_of_kernel
def _share(s: State, groups: int, amount: int, fee_of: int) -> None:
    """Parts of an amount by origin; a fee may be taken of other money (the last group) or of marked money first."""
    t, shared, other = s.scratch, groups, 0
    if fee_of > 0 and t[RANKS, groups - 1] == s.tally[ORIGINS]:
        shared = groups - 1
        other = t[WEIGHTS, shared]
        marked = 0
        for i in range(shared):
            marked += t[WEIGHTS, i]
        other = min(other, amount) if fee_of == FEE_OF_MARKED else max(0, amount - marked)
        t[PARTS, shared] = other
    apportion(amount - other, shared, t)


@part_of_kernel
def _part_groups(s: State, runs: int, amount: int, fee_of: int) -> None:
    """Parts of an amount by origin, other money as one: into RUN_PART of the first run of each, in RUN_ORDER."""
    t = s.scratch
    order_by(t[RUN_GROUP], t[RUN_NUMBER], runs, t[RUN_ORDER])
    groups = 0
    for i in range(runs):
        run = t[RUN_ORDER, i]
        if i == 0 or t[RUN_GROUP, run] != t[RUN_GROUP, t[RUN_ORDER, i - 1]]:
            t[WEIGHTS, groups], t[RANKS, groups] = 0, t[RUN_GROUP, run]
            groups += 1
        t[WEIGHTS, groups - 1] += t[RUN_SUM, run]
    _share(s, groups, amount, fee_of)
    groups = 0
    for i in range(runs):
        run = t[RUN_ORDER, i]
        if i == 0 or t[RUN_GROUP, run] != t[RUN_GROUP, t[RUN_ORDER, i - 1]]:
            t[RUN_PART, run] = t[PARTS, groups]
            groups += 1


@part_of_kernel
def _part_runs(s: State, runs: int) -> None:
    """Share what each origin got among its runs."""
    t, start = s.scratch, 0
    while start < runs:
        first, n = t[RUN_ORDER, start], 0
        while start + n < runs and t[RUN_GROUP, t[RUN_ORDER, start + n]] == t[RUN_GROUP, first]:
            t[WEIGHTS, n], t[RANKS, n] = t[RUN_SUM, t[RUN_ORDER, start + n]], n
            n += 1
        apportion(t[RUN_PART, first], n, t)
        for i in range(n):
            t[RUN_PART, t[RUN_ORDER, start + i]] = t[PARTS, i]
        start += n


@part_of_kernel
def _part_pieces(s: State, hand: int, amount: int, fee_of: int) -> None:
    """Parts of an amount into PIECE_PART: by origin (other money as one), then by run, then by piece."""
    t, runs = s.scratch, _list_runs(s, hand)
    _part_groups(s, runs, amount, fee_of)
    _part_runs(s, runs)
    for run in range(runs):
        first, n = t[RUN_FIRST, run], t[RUN_FIRST, run + 1] - t[RUN_FIRST, run]
        for i in range(n):
            t[WEIGHTS, i], t[RANKS, i] = t[PIECE_AMOUNT, first + i], i
        apportion(t[RUN_PART, run], n, t)
        for i in range(n):
            t[PIECE_PART, first + i] = t[PARTS, i]


@part_of_kernel
def rescale(s: State, leg: int, hand: int, amount: int, exchanged: bool, fee_of: int) -> None:
    """Give the hand another total, shares kept. Says what was exchanged, or what stayed behind as a fee."""
    _part_pieces(s, hand, amount, fee_of)
    if exchanged:
        say_marked(s, EXCHANGED_OUT, leg, hand)
    i = 0
    piece = s.lists[hand, HEAD]
    while piece != NONE:
        after = s.pieces[piece, AFTER]
        by = s.scratch[PIECE_PART, i] - s.pieces[piece, AMOUNT]
        if by < 0 and not exchanged and is_marked(s, piece):
            write(s, FEE, leg, s.pieces[piece, LABEL], -by, s.pieces[piece, SOURCE])
        change(s, hand, piece, by)
        i += 1
        piece = after
    if exchanged:
        say_marked(s, EXCHANGED_IN, leg, hand)

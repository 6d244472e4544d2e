# mypy: disable-error-code="no-any-return"
# (inside a kernel numba decides the types of integers)
"""pro_rata, libr and tainted_first: an account is one total a label; money leaves in proportion.

Other money counts as one in a split and is divided among its labels afterwards, so that how finely it is labelled
never moves a unit of a marked origin.
"""

from finflow.trace.compiled import part_of_kernel
from finflow.trace.exact import PARTS, RANKS, WEIGHTS, apportion
from finflow.trace.state import (
    AFTER,
    AMOUNT,
    HEAD,
    LABEL,
    NEXT_PLACE,
    NONE,
    ORIGINS,
    PLACE,
    WHERE,
    State,
    append,
    change,
    insert_by_place,
    is_marked,
    new_piece,
    split_off,
    unlink,
)

FIFO, LIFO, PRO_RATA, LIBR, TAINTED_FIRST, LIBR_FIFO, TAINTED_FIRST_FIFO = range(7)
METHODS = ("fifo", "lifo", "pro_rata", "libr", "tainted_first")
RULES = (*METHODS, "libr fifo", "tainted_first fifo")
"""What a kernel replays: a method, and its sub-rule where that changes what it does."""


@part_of_kernel
def by_shares(rule: int) -> bool:
    """Whether an account is one total a label; else it is a row of lots."""
    return PRO_RATA <= rule <= TAINTED_FIRST


@part_of_kernel
def _weigh(s: State, q: int, marked: bool) -> int:
    """Weights of the marked (or other) labels of a list into the scratch; returns how many."""
    n = 0
    piece = s.lists[q, HEAD]
    while piece != NONE:
        if is_marked(s, piece) == marked:
            s.scratch[WEIGHTS, n], s.scratch[RANKS, n] = s.pieces[piece, AMOUNT], s.pieces[piece, LABEL]
            n += 1
        piece = s.pieces[piece, AFTER]
    return n


@part_of_kernel
def _sum(s: State, n: int) -> int:
    total = 0
    for i in range(n):
        total += s.scratch[WEIGHTS, i]
    return total


@part_of_kernel
def _hand_over(s: State, q: int, marked: bool, hand: int) -> None:
    """Move the parts of the marked (or other) labels to the hand, which keeps the order in which they lay."""
    i = 0
    piece = s.lists[q, HEAD]
    while piece != NONE:
        after = s.pieces[piece, AFTER]
        if is_marked(s, piece) == marked:
            if s.scratch[PARTS, i] > 0:
                insert_by_place(s, hand, split_off(s, q, piece, s.scratch[PARTS, i]))
            i += 1
        piece = after


@part_of_kernel
def _take_group(s: State, q: int, amount: int, marked: bool, hand: int) -> None:
    if amount > 0:
        n = _weigh(s, q, marked)
        apportion(amount, n, s.scratch)
        _hand_over(s, q, marked, hand)


@part_of_kernel
def _take_in_proportion(s: State, q: int, amount: int, hand: int) -> None:
    other = _sum(s, _weigh(s, q, False))
    n = _weigh(s, q, True)
    s.scratch[WEIGHTS, n], s.scratch[RANKS, n] = other, s.tally[ORIGINS]
    apportion(amount, n + 1, s.scratch)
    from_other = s.scratch[PARTS, n]
    _hand_over(s, q, True, hand)
    _take_group(s, q, from_other, False, hand)


@part_of_kernel
def take_shares(s: State, q: int, amount: int, method: int, hand: int) -> None:
    """Move an amount, at most what the account holds, to the hand by the method."""
    first = s.lists[q, HEAD]
    if amount == 0:
        return
    if s.pieces[first, AFTER] == NONE:
        append(s, hand, split_off(s, q, first, amount))
    elif method == PRO_RATA:
        _take_in_proportion(s, q, amount, hand)
    else:
        marked_first = method == TAINTED_FIRST
        from_first = min(amount, _sum(s, _weigh(s, q, marked_first)))
        _take_group(s, q, from_first, marked_first, hand)
        _take_group(s, q, amount - from_first, not marked_first, hand)


@part_of_kernel
def take_of_group(s: State, q: int, label: int, amount: int, hand: int) -> int:
    """Move up to an amount of one origin (or, in proportion, of other money) to the hand; returns how much it was."""
    if label >= s.tally[ORIGINS]:
        amount = min(amount, _sum(s, _weigh(s, q, False)))
        _take_group(s, q, amount, False, hand)
        return amount
    share = s.lists[q, HEAD]
    while share != NONE and s.pieces[share, LABEL] != label:
        share = s.pieces[share, AFTER]
    if share == NONE:
        return 0
    amount = min(amount, s.pieces[share, AMOUNT])
    insert_by_place(s, hand, split_off(s, q, share, amount))
    return amount


@part_of_kernel
def put_shares(s: State, q: int, hand: int) -> None:
    """Lay down what is in hand, each piece where its origin (or other money) lies. Leaves copies in hand, placed."""
    other, share = NONE, s.lists[q, HEAD]
    while share != NONE:
        s.scratch[WHERE, s.pieces[share, LABEL]] = share
        if not is_marked(s, share):
            other = share
        share = s.pieces[share, AFTER]
    piece = s.lists[hand, HEAD]
    while piece != NONE:
        share = _put_share(s, q, piece, other)
        if not is_marked(s, share):
            other = share
        piece = s.pieces[piece, AFTER]
    share = s.lists[q, HEAD]
    while share != NONE:
        s.scratch[WHERE, s.pieces[share, LABEL]] = NONE
        share = s.pieces[share, AFTER]


@part_of_kernel
def _put_share(s: State, q: int, piece: int, other: int) -> int:
    """Lay down one piece beside a share of its origin (other: a share of other money, or NONE); returns the share."""
    label, place = s.pieces[piece, LABEL], s.pieces[piece, PLACE]
    neighbour = s.scratch[WHERE, label] if is_marked(s, piece) else other
    if neighbour != NONE:
        lies = s.pieces[neighbour, PLACE]
        if place != NONE and place < lies:
            _move_group(s, q, lies, place)
        else:
            place = lies
    elif place == NONE:
        place = s.lists[q, NEXT_PLACE]
        s.lists[q, NEXT_PLACE] += 1
    s.pieces[piece, PLACE] = place
    if s.scratch[WHERE, label] != NONE:
        change(s, q, s.scratch[WHERE, label], s.pieces[piece, AMOUNT])
    else:
        share = new_piece(s, label, s.pieces[piece, AMOUNT], place, NONE)
        insert_by_place(s, q, share)
        s.scratch[WHERE, label] = share
    return s.scratch[WHERE, label]


@part_of_kernel
def _move_group(s: State, q: int, lies: int, place: int) -> None:
    """Money that came back takes its group along to the place where it lay."""
    share = s.lists[q, HEAD]
    while share != NONE:
        after = s.pieces[share, AFTER]
        if s.pieces[share, PLACE] == lies:
            unlink(s, q, share)
            s.pieces[share, PLACE] = place
            insert_by_place(s, q, share)
        share = after

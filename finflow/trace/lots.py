# mypy: disable-error-code="no-any-return"
# (inside a kernel numba decides the types of integers)
"""fifo, lifo and the sub-rule fifo: an account is a row of lots; money leaves from its front or its back."""

from finflow.trace.compiled import part_of_kernel
from finflow.trace.state import (
    AFTER,
    AMOUNT,
    BEFORE,
    HEAD,
    LABEL,
    MERGES,
    NEXT_PLACE,
    NONE,
    PLACE,
    SOURCE,
    TAIL,
    State,
    append,
    change,
    insert,
    insert_by_place,
    is_marked,
    new_piece,
    split_off,
    unlink,
)


@part_of_kernel
def take_front(s: State, q: int, amount: int, hand: int) -> None:
    """fifo: move an amount from the front of the account to the hand."""
    while amount > 0:
        lot = s.lists[q, HEAD]
        part = split_off(s, q, lot, min(amount, s.pieces[lot, AMOUNT]))
        amount -= s.pieces[part, AMOUNT]
        append(s, hand, part)


@part_of_kernel
def take_back(s: State, q: int, amount: int, hand: int) -> None:
    """lifo: move an amount from the back of the account to the hand, which keeps the order in which it lay."""
    while amount > 0:
        lot = s.lists[q, TAIL]
        part = split_off(s, q, lot, min(amount, s.pieces[lot, AMOUNT]))
        amount -= s.pieces[part, AMOUNT]
        insert(s, hand, part, NONE)


@part_of_kernel
def take_kinds(s: State, q: int, amount: int, marked_first: bool, hand: int) -> None:
    """Move all marked (or other) money before the rest, of each what lies in front first; the hand keeps its order."""
    for turn in range(2):
        marked = marked_first == (turn == 0)
        lot = s.lists[q, HEAD]
        while lot != NONE and amount > 0:
            after = s.pieces[lot, AFTER]
            if is_marked(s, lot) == marked:
                part = split_off(s, q, lot, min(amount, s.pieces[lot, AMOUNT]))
                amount -= s.pieces[part, AMOUNT]
                insert_by_place(s, hand, part)
            lot = after


@part_of_kernel
def find_lot(s: State, q: int, label: int, place: int) -> int:
    """The lot of this label at this place, or NONE."""
    lot = s.lists[q, TAIL]
    while lot != NONE and s.pieces[lot, PLACE] >= place:
        if s.pieces[lot, PLACE] == place and s.pieces[lot, LABEL] == label:
            return lot
        lot = s.pieces[lot, BEFORE]
    return NONE


@part_of_kernel
def put_lots(s: State, q: int, hand: int, copies: bool) -> None:
    """Lay down what is in hand: what came back at its place, the rest behind all others.

    copies: all of it stays in hand too, placed. Neighbours of one label of other money merge, except on an account
    where a reversal may come to lie between them.
    """
    piece = s.lists[hand, HEAD]
    while piece != NONE:
        after = s.pieces[piece, AFTER]
        if s.pieces[piece, PLACE] != NONE:
            _refill(s, q, piece)
        else:
            s.pieces[piece, PLACE] = s.lists[q, NEXT_PLACE]
            s.lists[q, NEXT_PLACE] += 1
            _lay_behind(s, q, piece, hand, copies)
        piece = after


@part_of_kernel
def _copy(s: State, piece: int) -> int:
    p = s.pieces[piece]
    return new_piece(s, p[LABEL], p[AMOUNT], p[PLACE], p[SOURCE])


@part_of_kernel
def _lay_behind(s: State, q: int, piece: int, hand: int, copies: bool) -> None:
    last = s.lists[q, TAIL]
    if (
        s.lists[q, MERGES]
        and last != NONE
        and not is_marked(s, piece)
        and s.pieces[last, LABEL] == s.pieces[piece, LABEL]
    ):
        change(s, q, last, s.pieces[piece, AMOUNT])
    elif copies:
        append(s, q, _copy(s, piece))
    else:
        unlink(s, hand, piece)
        append(s, q, piece)


@part_of_kernel
def _refill(s: State, q: int, piece: int) -> None:
    lot = find_lot(s, q, s.pieces[piece, LABEL], s.pieces[piece, PLACE])
    if lot != NONE:
        change(s, q, lot, s.pieces[piece, AMOUNT])
    else:
        insert_by_place(s, q, _copy(s, piece))

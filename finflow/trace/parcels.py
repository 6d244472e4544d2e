# mypy: disable-error-code="no-any-return"
# (inside a kernel numba decides the types of integers)
"""The parcel in hand: marking it, saying what it holds, cutting it off, and giving back what a reversed leg took."""

from finflow.trace.compiled import part_of_kernel
from finflow.trace.exact import PARTS, RANKS, WEIGHTS, apportion
from finflow.trace.state import (
    AFTER,
    ALREADY_LINKED,
    AMOUNT,
    BACK,
    BEFORE,
    COUNT,
    CUT,
    CUT_OFF,
    EARNED,
    ENTERED,
    EXTINGUISHED,
    HEAD,
    LABEL,
    LONGEST,
    MARK,
    NONE,
    ORIGINS,
    OWED,
    PLACE,
    SOURCE,
    TOTAL,
    Legs,
    State,
    append,
    change,
    first_row,
    group_of,
    insert,
    is_marked,
    new_piece,
    split_off,
    write,
)


@part_of_kernel
def carries_origin(s: State, hand: int) -> bool:
    """Whether any piece of a list is marked."""
    piece = s.lists[hand, HEAD]
    while piece != NONE:
        if is_marked(s, piece):
            return True
        piece = s.pieces[piece, AFTER]
    return False


@part_of_kernel
def mark_part(s: State, hand: int, label: int, amount: int) -> int:
    """Label unmarked money of the hand, front first; returns how much of the amount found none."""
    piece = s.lists[hand, HEAD]
    while piece != NONE and amount > 0:
        after = s.pieces[piece, AFTER]
        if not is_marked(s, piece):
            before = s.pieces[piece, BEFORE]
            part = split_off(s, hand, piece, min(amount, s.pieces[piece, AMOUNT]))
            s.pieces[part, LABEL], s.pieces[part, PLACE], s.pieces[part, SOURCE] = label, NONE, MARK
            insert(s, hand, part, before)
            amount -= s.pieces[part, AMOUNT]
        piece = after
    return amount


@part_of_kernel
def mark(s: State, legs: Legs, leg: int, hand: int) -> None:
    """Apply the marks of a leg in their order. What already carries an origin is reported, never counted twice."""
    i = first_row(legs.marks, leg)
    while i < legs.marks.shape[0] and legs.marks[i, 0] == leg:
        label, amount = legs.marks[i, 1], legs.marks[i, 2]
        missing = mark_part(s, hand, label, amount)
        write(s, ENTERED, leg, label, amount - missing, NONE)
        write(s, ALREADY_LINKED, leg, label, missing, NONE)
        i += 1


@part_of_kernel
def say(s: State, kind: int, leg: int, hand: int, came_back: bool) -> None:
    """One row for each piece in hand, when any is marked.

    The row becomes the source of a marked piece, but money that came back keeps the lot it was.
    """
    if not carries_origin(s, hand):
        return
    piece = s.lists[hand, HEAD]
    while piece != NONE:
        source = s.pieces[piece, SOURCE]
        row = write(s, kind, leg, s.pieces[piece, LABEL], s.pieces[piece, AMOUNT], source)
        if is_marked(s, piece) and (not came_back or source < 0):
            s.pieces[piece, SOURCE] = row
        piece = s.pieces[piece, AFTER]


@part_of_kernel
def say_marked(s: State, kind: int, leg: int, hand: int) -> None:
    """One row for each marked piece in hand."""
    piece = s.lists[hand, HEAD]
    while piece != NONE:
        if is_marked(s, piece):
            write(s, kind, leg, s.pieces[piece, LABEL], s.pieces[piece, AMOUNT], s.pieces[piece, SOURCE])
        piece = s.pieces[piece, AFTER]


@part_of_kernel
def merge_other(s: State, hand: int) -> None:
    """Neighbours of one label of other money become one piece."""
    piece = s.lists[hand, HEAD]
    while piece != NONE:
        after = s.pieces[piece, AFTER]
        if after != NONE and not is_marked(s, piece) and s.pieces[piece, LABEL] == s.pieces[after, LABEL]:
            amount = s.pieces[after, AMOUNT]
            change(s, hand, after, -amount)
            change(s, hand, piece, amount)
        else:
            piece = after


@part_of_kernel
def _weigh_groups(s: State, q: int) -> int:
    groups = s.tally[ORIGINS] + 1
    for g in range(groups):
        s.scratch[WEIGHTS, g], s.scratch[RANKS, g] = 0, g
    piece = s.lists[q, HEAD]
    while piece != NONE:
        s.scratch[WEIGHTS, group_of(s, piece)] += s.pieces[piece, AMOUNT]
        piece = s.pieces[piece, AFTER]
    return groups


@part_of_kernel
def earn(s: State, leg: int, q: int, hand: int, amount: int) -> None:
    """Interest counts as the origins on the account, in proportion. What falls to other money is left to add."""
    groups = _weigh_groups(s, q)
    apportion(amount if s.lists[q, TOTAL] > 0 else 0, groups, s.scratch)
    for label in range(groups - 1):
        part = s.scratch[PARTS, label]
        if part > 0:
            append(s, hand, new_piece(s, label, part, NONE, MARK))
            write(s, EARNED, leg, label, part, NONE)


@part_of_kernel
def cut_off(s: State, leg: int, hand: int, least: int) -> None:
    """Origins of which less than the least amount is in hand are no longer followed."""
    if least == 0:
        return
    _weigh_groups(s, hand)
    piece = s.lists[hand, HEAD]
    while piece != NONE:
        if is_marked(s, piece) and s.scratch[WEIGHTS, s.pieces[piece, LABEL]] < least:
            write(s, CUT_OFF, leg, s.pieces[piece, LABEL], s.pieces[piece, AMOUNT], s.pieces[piece, SOURCE])
            s.pieces[piece, LABEL], s.pieces[piece, SOURCE] = s.tally[ORIGINS] + CUT, NONE
        piece = s.pieces[piece, AFTER]


@part_of_kernel
def bring_back(s: State, leg: int, kept: int, hand: int, amount: int, as_new: bool) -> None:
    """Money of a debit that left the case returns: in proportion of labels, of each what lay in front first."""
    amount = min(amount, s.lists[kept, TOTAL])
    groups = _weigh_groups(s, kept)
    apportion(amount, groups, s.scratch)
    piece = s.lists[kept, HEAD]
    while piece != NONE:
        after = s.pieces[piece, AFTER]
        part = min(s.pieces[piece, AMOUNT], s.scratch[PARTS, group_of(s, piece)])
        if part > 0:
            s.scratch[PARTS, group_of(s, piece)] -= part
            returned = split_off(s, kept, piece, part)
            append(s, hand, returned)
            if as_new:
                s.pieces[returned, PLACE] = NONE
        piece = after
    say_marked(s, BACK, leg, hand)


@part_of_kernel
def to_original_places(s: State, kept: int, hand: int) -> None:
    """Money that returns in a parcel lies where money of its origin (or other money) lay; the rest is new."""
    piece = s.lists[hand, HEAD]
    while piece != NONE:
        gap = s.lists[kept, HEAD]
        while gap != NONE and s.pieces[piece, PLACE] == NONE:
            after = s.pieces[gap, AFTER]
            if group_of(s, gap) == group_of(s, piece) and s.pieces[gap, PLACE] != NONE:
                piece = _fill_gap(s, kept, gap, hand, piece)
            gap = after
        piece = s.pieces[piece, AFTER]


@part_of_kernel
def _fill_gap(s: State, kept: int, gap: int, hand: int, piece: int) -> int:
    """Give the front of a piece the place of the gap; returns what is left of the piece, or all of it when placed."""
    amount = min(s.pieces[gap, AMOUNT], s.pieces[piece, AMOUNT])
    place, source = s.pieces[gap, PLACE], s.pieces[gap, SOURCE]
    change(s, kept, gap, -amount)
    placed = piece
    if s.pieces[piece, AMOUNT] > amount:
        before = s.pieces[piece, BEFORE]
        placed = split_off(s, hand, piece, amount)
        insert(s, hand, placed, before)
    else:
        piece = placed
    s.pieces[placed, PLACE] = place
    if source >= 0:
        s.pieces[placed, SOURCE] = source
    return piece


@part_of_kernel
def repay(s: State, leg: int, q: int, hand: int, came_back: bool) -> None:
    """Money first repays what the account owes, in its order.

    When money comes back, what never lay on the account (the bank's own credit) repays before the rest.
    """
    if came_back:
        _repay_with(s, leg, q, hand, True)
    _repay_with(s, leg, q, hand, False)


@part_of_kernel
def _repay_with(s: State, leg: int, q: int, hand: int, unplaced_only: bool) -> None:
    piece = s.lists[hand, HEAD]
    while piece != NONE and s.lists[q, OWED] > 0:
        after = s.pieces[piece, AFTER]
        if not unplaced_only or s.pieces[piece, PLACE] == NONE:
            amount = min(s.pieces[piece, AMOUNT], s.lists[q, OWED])
            if is_marked(s, piece):
                write(s, EXTINGUISHED, leg, s.pieces[piece, LABEL], amount, s.pieces[piece, SOURCE])
            s.lists[q, OWED] -= amount
            change(s, hand, piece, -amount)
        piece = after


@part_of_kernel
def keep(s: State, hand: int, kept: int) -> None:
    """Remember what is in hand for a later reversal."""
    s.tally[LONGEST] = max(s.tally[LONGEST], s.lists[hand, COUNT])
    piece = s.lists[hand, HEAD]
    while piece != NONE:
        p = s.pieces[piece]
        append(s, kept, new_piece(s, p[LABEL], p[AMOUNT], p[PLACE], p[SOURCE]))
        piece = s.pieces[piece, AFTER]


@part_of_kernel
def add_other(s: State, hand: int, label: int, amount: int) -> None:
    """Other money of a label (OPENING, CASH, OTHER or BANK) behind what is in hand."""
    if amount > 0:
        append(s, hand, new_piece(s, s.tally[ORIGINS] + label, amount, NONE, NONE))

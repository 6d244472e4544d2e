# mypy: disable-error-code="no-any-return, assignment"
# (inside a kernel numba decides the types of integers)
"""The replay: legs in order, a debit takes money by the method, a credit lays it down."""

from finflow.trace.ahead import fetch_ahead
from finflow.trace.compiled import called_by_kernel, compiled, part_of_kernel
from finflow.trace.lots import find_lot, put_lots, take_back, take_front, take_kinds
from finflow.trace.parcels import (
    add_other,
    bring_back,
    cut_off,
    earn,
    keep,
    mark,
    merge_other,
    repay,
    say,
    say_marked,
    to_original_places,
)
from finflow.trace.plain import goes_plainly, is_sealed, label_of, unseal
from finflow.trace.rescale import rescale
from finflow.trace.shares import (
    FIFO,
    LIBR,
    LIBR_FIFO,
    LIFO,
    TAINTED_FIRST,
    TAINTED_FIRST_FIFO,
    by_shares,
    put_shares,
    take_of_group,
    take_shares,
)
from finflow.trace.state import (
    AFTER,
    AMOUNT,
    ARRIVED,
    AS_NEW,
    BANK,
    BRINGS,
    CASH,
    CASH_LINK,
    COUNT,
    DEBIT,
    DUST,
    ELECTED,
    FEE_OF_MARKED,
    FEE_OF_OTHER,
    FLAGS,
    FREE_COUNT,
    HEAD,
    INTEREST,
    KEPT,
    LABEL,
    LONGEST,
    MARKED,
    NONE,
    OTHER,
    OUT,
    OWED,
    PAIR,
    PAIRED,
    PLACE,
    POCKET,
    POCKETS,
    ROWS,
    SHORTFALL,
    TAIL,
    TOTAL,
    UNDO,
    UNUSED,
    Legs,
    State,
    append,
    change,
    clear,
    first_row,
    insert_by_place,
    new_piece,
    split_off,
    unlink,
)

AHEAD = 16


@part_of_kernel
def _take(s: State, q: int, amount: int, method: int, hand: int) -> None:
    if method == FIFO:
        take_front(s, q, amount, hand)
    elif method == LIFO:
        take_back(s, q, amount, hand)
    elif by_shares(method):
        take_shares(s, q, amount, method, hand)
    else:
        take_kinds(s, q, amount, method == TAINTED_FIRST_FIFO, hand)


@part_of_kernel
def _take_of(s: State, q: int, piece: int, amount: int, method: int, hand: int) -> int:
    """Take what remains of money that a credit brought, up to an amount; returns how much it was."""
    amount = min(amount, s.pieces[piece, AMOUNT])
    if by_shares(method):
        return take_of_group(s, q, s.pieces[piece, LABEL], amount, hand)
    lot = find_lot(s, q, s.pieces[piece, LABEL], s.pieces[piece, PLACE])
    if lot == NONE:
        return 0
    amount = min(amount, s.pieces[lot, AMOUNT])
    insert_by_place(s, hand, split_off(s, q, lot, amount))
    return amount


@part_of_kernel
def _join(s: State, source: int, target: int) -> None:
    """Move pieces by place; parts of one lot become one piece again."""
    piece = s.lists[source, HEAD]
    while piece != NONE:
        unlink(s, source, piece)
        same = find_lot(s, target, s.pieces[piece, LABEL], s.pieces[piece, PLACE])
        insert_by_place(s, target, piece)
        if same != NONE:
            amount = s.pieces[piece, AMOUNT]
            change(s, target, piece, -amount)
            change(s, target, same, amount)
        piece = s.lists[source, HEAD]


@part_of_kernel
def _take_reversed(s: State, leg: int, q: int, amount: int, method: int, kept: int, hand: int) -> None:
    """A credit is reversed: what remains of it goes first, in its order; the rest by the method, and is flagged."""
    aside = hand + 1
    piece = s.lists[kept, HEAD]
    while piece != NONE and amount > 0:
        after = s.pieces[piece, AFTER]
        taken = _take_of(s, q, piece, amount, method, aside)
        _join(s, aside, hand)
        change(s, kept, piece, -taken)
        amount -= taken
        piece = after
    _take(s, q, min(amount, s.lists[q, TOTAL]), method, aside)
    say_marked(s, SHORTFALL, leg, aside)
    _join(s, aside, hand)


@part_of_kernel
def _kept_list(s: State, legs: Legs, leg: int) -> int:
    return s.tally[POCKETS] + 2 + first_row(legs.kept, leg)


@part_of_kernel
def _reversed_leg(legs: Legs, leg: int) -> int:
    return legs.undo[first_row(legs.undo, leg), 1]


@part_of_kernel
def _debit(s: State, legs: Legs, leg: int, method: int, hand: int) -> None:
    q, amount, flags = legs.about[leg, POCKET], legs.amount[leg], legs.about[leg, FLAGS]
    available = min(amount, s.lists[q, TOTAL])
    if flags & ELECTED and method in (LIBR, LIBR_FIFO):
        method += TAINTED_FIRST - LIBR
    if flags & UNDO:
        _take_reversed(s, leg, q, available, method, _kept_list(s, legs, _reversed_leg(legs, leg)), hand)
    else:
        _take(s, q, available, method, hand)
    add_other(s, hand, BANK, amount - available)
    s.lists[q, OWED] += amount - available
    if flags & MARKED:
        mark(s, legs, leg, hand)
    if flags & KEPT:
        keep(s, hand, _kept_list(s, legs, leg))
    say(s, OUT, leg, hand, False)
    if legs.about[leg, PAIR] == NONE:
        clear(s, hand)
    else:
        _send(s, leg, hand)


@part_of_kernel
def _send(s: State, leg: int, hand: int) -> None:
    merge_other(s, hand)
    s.transit[leg] = s.lists[hand, HEAD]
    s.tally[LONGEST] = max(s.tally[LONGEST], s.lists[hand, COUNT])
    s.lists[hand, HEAD], s.lists[hand, TAIL], s.lists[hand, COUNT], s.lists[hand, TOTAL] = NONE, NONE, 0, 0


@part_of_kernel
def _unpack(s: State, piece: int, hand: int) -> None:
    """Take a parcel, linked as it was sent, into the empty hand; its money has no place yet."""
    s.lists[hand, HEAD] = piece
    while piece != NONE:
        s.pieces[piece, PLACE] = NONE
        s.lists[hand, TAIL] = piece
        s.lists[hand, COUNT] += 1
        s.lists[hand, TOTAL] += s.pieces[piece, AMOUNT]
        piece = s.pieces[piece, AFTER]


@part_of_kernel
def _receive(s: State, legs: Legs, leg: int, hand: int) -> None:
    """Unpack the parcel of the debit leg and fit it to what the bank credited."""
    debit, flags, pocket = legs.about[leg, PAIR], legs.about[leg, FLAGS], legs.about[leg, POCKET]
    if is_sealed(s.transit[debit]):
        append(s, hand, new_piece(s, label_of(s.transit[debit]), legs.amount[debit], NONE, NONE))
    else:
        _unpack(s, s.transit[debit], hand)
    s.transit[debit] = NONE
    amount, label = legs.amount[leg], OTHER
    if flags & CASH_LINK:
        amount, label = legs.links[first_row(legs.links, leg), 1], CASH
    exchanged = legs.currency[pocket] != legs.currency[legs.about[debit, POCKET]]
    if s.lists[hand, COUNT] > 0 and (exchanged or amount < s.lists[hand, TOTAL]):
        fee_of = 0 if exchanged else flags & (FEE_OF_OTHER | FEE_OF_MARKED)
        rescale(s, leg, hand, amount, exchanged, fee_of)
    cut_off(s, leg, hand, s.lists[pocket, DUST])
    add_other(s, hand, label, legs.amount[leg] - s.lists[hand, TOTAL])


@part_of_kernel
def _credit(s: State, legs: Legs, leg: int, method: int, hand: int) -> None:
    q, flags = legs.about[leg, POCKET], legs.about[leg, FLAGS]
    original = _reversed_leg(legs, leg) if flags & UNDO else NONE
    came_back, as_new = False, flags & AS_NEW != 0
    if legs.about[leg, PAIR] != NONE:
        _receive(s, legs, leg, hand)
    elif original != NONE and not flags & PAIRED and not legs.about[original, FLAGS] & PAIRED:
        bring_back(s, leg, _kept_list(s, legs, original), hand, legs.amount[leg], as_new)
        came_back = True
    elif flags & INTEREST:
        earn(s, leg, q, hand, legs.amount[leg])
    add_other(s, hand, legs.about[leg, BRINGS], legs.amount[leg] - s.lists[hand, TOTAL])
    if flags & MARKED:
        mark(s, legs, leg, hand)
    say(s, ARRIVED, leg, hand, came_back)
    if original != NONE and flags & PAIRED and not as_new:
        to_original_places(s, _kept_list(s, legs, original), hand)
        came_back = True
    repay(s, leg, q, hand, came_back and not as_new)
    _put(s, legs, leg, method, hand)


@part_of_kernel
def _put(s: State, legs: Legs, leg: int, method: int, hand: int) -> None:
    q, kept = legs.about[leg, POCKET], legs.about[leg, FLAGS] & KEPT != 0
    if by_shares(method):
        put_shares(s, q, hand)
    else:
        put_lots(s, q, hand, kept)
    if kept:
        keep(s, hand, _kept_list(s, legs, leg))
    clear(s, hand)


@part_of_kernel
def _room(s: State, legs: Legs, leg: int) -> int:
    """An upper bound of the pieces a leg can make, so that no kernel ever runs out half-way through one."""
    marks = 0
    if legs.about[leg, FLAGS] & MARKED:
        marks = first_row(legs.marks, leg + 1) - first_row(legs.marks, leg)
    return 6 * (s.lists[legs.about[leg, POCKET], COUNT] + s.tally[LONGEST] + marks) + 16


@called_by_kernel
def _replay_leg(s: State, legs: Legs, leg: int, method: int) -> bool:
    """Replay a leg; returns whether there was room for it."""
    room = _room(s, legs, leg)
    pieces_left = s.pieces.shape[0] - s.tally[UNUSED] + s.tally[FREE_COUNT]
    rows_left = s.rows.shape[0] - s.tally[ROWS]
    if pieces_left < room or rows_left < 2 * room or s.scratch.shape[1] < s.tally[LONGEST] + 2:
        return False
    unseal(s, legs.about[leg, POCKET])
    hand = s.tally[POCKETS]
    if legs.about[leg, FLAGS] & DEBIT:
        _debit(s, legs, leg, method, hand)
    else:
        _credit(s, legs, leg, method, hand)
    return True


@compiled
def replay_legs(s: State, legs: Legs, start: int, stop: int, method: int) -> int:
    """Replay legs[start:stop] into the state; returns the first leg not replayed: stop, unless room runs short."""
    for leg in range(start, stop):
        if leg + AHEAD < stop:
            fetch_ahead(s.lists, legs.about[leg + AHEAD, POCKET])
        if goes_plainly(s, legs, leg, method):
            continue
        if not _replay_leg(s, legs, leg, method):
            return leg
    return stop

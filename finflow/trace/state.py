# mypy: disable-error-code="no-any-return"
# (inside a kernel numba decides the types of integers)
"""What a kernel works on: money as linked lists of pieces in flat integer arrays.

A *piece* is money of one label. Pieces hang in lists: one list per account and currency (what lies there), one per
parcel under way, one per leg that a later leg reverses (what to give back), and two for the parcel in hand.
Labels below tally[ORIGINS] are marked origins, in the order the person gave them; the others are other money.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from finflow.trace.compiled import part_of_kernel
from finflow.trace.exact import Integers

# columns of State.pieces
LABEL, AMOUNT, PLACE, SOURCE, BEFORE, AFTER = range(6)
# columns of State.lists
HEAD, TAIL, COUNT, TOTAL, OWED, NEXT_PLACE, MERGES, DUST = range(8)
# columns of State.tally
FREE, FREE_COUNT, UNUSED, ROWS, LONGEST, ORIGINS, POCKETS = range(7)
# kinds of rows, the first column of State.rows; then leg, label, amount, reference
OUT, ARRIVED, BACK, EXTINGUISHED, FEE, EXCHANGED_OUT, EXCHANGED_IN, ENTERED, ALREADY_LINKED, SHORTFALL = range(10)
EARNED, CUT_OFF = 10, 11
# labels of other money, counted from tally[ORIGINS]
OPENING, CASH, OTHER, BANK, CUT, OWN = range(6)
OTHER_LABELS = ("opening balance", "cash", "other credit", "bank credit", "no longer followed", "own money")

NONE = -1
MARK = -2  # the source of a piece that a mark labelled just now


class State(NamedTuple):
    """Everything that lives from one chunk of legs to the next. Few arrays: each one costs compile time."""

    pieces: Integers  # one row a piece
    lists: Integers  # one row a list: pockets, the hand, the second hand, then kept legs
    transit: Integers  # per debit leg: first piece of its parcel, NONE, or below it a label (see plain.py)
    rows: Integers  # what the replay says: kind, leg, label, amount, reference
    tally: Integers
    scratch: Integers  # at least one column a label and a piece of the longest parcel


class Legs(NamedTuple):
    """Legs in the order of replay. Amounts in minor units of the pocket's currency."""

    amount: Integers
    about: NDArray[np.int32]  # one row a leg: POCKET, PAIR, FLAGS, BRINGS
    currency: Integers  # per pocket
    marks: Integers  # leg, label, amount; by leg, and in the order in which they act on it
    undo: Integers  # leg that reverses an earlier one, the leg it reverses; by leg
    kept: Integers  # legs that are reversed later, in one column; ascending
    links: Integers  # credits over a cash link, the part of them that is linked; by leg


# columns of Legs.about: pair is the other leg of the transfer, or NONE when it is not replayed; a credit without a held
# debit brings OPENING, CASH or OTHER
POCKET, PAIR, FLAGS, BRINGS = range(4)
# rows of State.scratch behind those of exact.py: the piece of a label on the account in hand; and to rescale a parcel
# one column a piece, or one a run (neighbours of one origin)
WHERE, PIECE_AMOUNT, PIECE_PART, RUN_FIRST, RUN_GROUP, RUN_NUMBER, RUN_ORDER, RUN_SUM, RUN_PART, SCRATCH_ROWS = range(
    5, 15
)
# bits of Legs.flags; the second row is what policies decide about a credit, the third what a person elected for a debit
DEBIT, MARKED, UNDO, KEPT, CASH_LINK, PAIRED = 1, 2, 4, 8, 16, 32
INTEREST, AS_NEW, FEE_OF_OTHER, FEE_OF_MARKED = 64, 128, 256, 512
ELECTED = 1024


@part_of_kernel
def first_row(table: Integers, leg: int) -> int:
    """The first row of a table, ascending in its first column, that is not before a leg."""
    low, high = 0, table.shape[0]
    while low < high:
        middle = (low + high) // 2
        if table[middle, 0] < leg:
            low = middle + 1
        else:
            high = middle
    return low


@part_of_kernel
def new_piece(s: State, label: int, amount: int, place: int, source: int) -> int:
    """A piece in no list. The caller has made sure that there is room."""
    if s.tally[FREE] >= 0:
        piece = s.tally[FREE]
        s.tally[FREE] = s.pieces[piece, AFTER]
        s.tally[FREE_COUNT] -= 1
    else:
        piece = s.tally[UNUSED]
        s.tally[UNUSED] += 1
    s.pieces[piece, LABEL], s.pieces[piece, AMOUNT] = label, amount
    s.pieces[piece, PLACE], s.pieces[piece, SOURCE] = place, source
    return piece


@part_of_kernel
def drop_piece(s: State, piece: int) -> None:
    """Give the room of a piece that hangs in no list back."""
    s.pieces[piece, AFTER] = s.tally[FREE]
    s.tally[FREE] = piece
    s.tally[FREE_COUNT] += 1


@part_of_kernel
def insert(s: State, q: int, piece: int, before: int) -> None:
    """Hang a piece into list q behind the piece `before`; NONE = at the front."""
    after = s.lists[q, HEAD] if before == NONE else s.pieces[before, AFTER]
    s.pieces[piece, BEFORE], s.pieces[piece, AFTER] = before, after
    if before == NONE:
        s.lists[q, HEAD] = piece
    else:
        s.pieces[before, AFTER] = piece
    if after == NONE:
        s.lists[q, TAIL] = piece
    else:
        s.pieces[after, BEFORE] = piece
    s.lists[q, COUNT] += 1
    s.lists[q, TOTAL] += s.pieces[piece, AMOUNT]


@part_of_kernel
def append(s: State, q: int, piece: int) -> None:
    """Hang a piece at the end of list q."""
    insert(s, q, piece, s.lists[q, TAIL])


@part_of_kernel
def unlink(s: State, q: int, piece: int) -> None:
    """Take a piece out of list q."""
    before, after = s.pieces[piece, BEFORE], s.pieces[piece, AFTER]
    if before == NONE:
        s.lists[q, HEAD] = after
    else:
        s.pieces[before, AFTER] = after
    if after == NONE:
        s.lists[q, TAIL] = before
    else:
        s.pieces[after, BEFORE] = before
    s.lists[q, COUNT] -= 1
    s.lists[q, TOTAL] -= s.pieces[piece, AMOUNT]


@part_of_kernel
def insert_by_place(s: State, q: int, piece: int) -> None:
    """Hang a piece behind the last one whose place is not greater."""
    before = s.lists[q, TAIL]
    while before != NONE and s.pieces[before, PLACE] > s.pieces[piece, PLACE]:
        before = s.pieces[before, BEFORE]
    insert(s, q, piece, before)


@part_of_kernel
def change(s: State, q: int, piece: int, by: int) -> None:
    """Add to (or take from) a piece of list q; an empty piece disappears."""
    s.pieces[piece, AMOUNT] += by
    s.lists[q, TOTAL] += by
    if s.pieces[piece, AMOUNT] == 0:
        unlink(s, q, piece)
        drop_piece(s, piece)


@part_of_kernel
def split_off(s: State, q: int, piece: int, amount: int) -> int:
    """Part of a piece of list q as a piece in no list; all of it when the amounts are equal."""
    if s.pieces[piece, AMOUNT] == amount:
        unlink(s, q, piece)
        return piece
    part = new_piece(s, s.pieces[piece, LABEL], amount, s.pieces[piece, PLACE], s.pieces[piece, SOURCE])
    change(s, q, piece, -amount)
    return part


@part_of_kernel
def move_all(s: State, source: int, target: int) -> None:
    """Hang every piece of one list behind another."""
    piece = s.lists[source, HEAD]
    while piece != NONE:
        unlink(s, source, piece)
        append(s, target, piece)
        piece = s.lists[source, HEAD]


@part_of_kernel
def clear(s: State, q: int) -> None:
    """Empty a list."""
    piece = s.lists[q, HEAD]
    while piece != NONE:
        unlink(s, q, piece)
        drop_piece(s, piece)
        piece = s.lists[q, HEAD]


@part_of_kernel
def is_marked(s: State, piece: int) -> bool:
    """Whether a piece carries an origin."""
    return s.pieces[piece, LABEL] < s.tally[ORIGINS]


@part_of_kernel
def group_of(s: State, piece: int) -> int:
    """The origin of a piece; all other money is one group, behind the origins."""
    return min(s.pieces[piece, LABEL], s.tally[ORIGINS])


@part_of_kernel
def write(s: State, kind: int, leg: int, label: int, amount: int, reference: int) -> int:
    """Say something; returns the number of the row."""
    row = s.tally[ROWS]
    s.rows[row, 0], s.rows[row, 1], s.rows[row, 2], s.rows[row, 3], s.rows[row, 4] = kind, leg, label, amount, reference
    s.tally[ROWS] += 1
    return row

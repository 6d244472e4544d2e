"""Runs a replay: room for the kernel, chunk by chunk, so that it can grow, be watched and be interrupted."""

from typing import NamedTuple

import numpy as np

from finflow.trace.compiled import compiled
from finflow.trace.exact import Integers
from finflow.trace.plain import is_sealed, label_of
from finflow.trace.progress import Progress
from finflow.trace.replay import replay_legs
from finflow.trace.shares import RULES
from finflow.trace.state import (
    AFTER,
    AMOUNT,
    COUNT,
    DUST,
    FREE,
    HEAD,
    LABEL,
    LONGEST,
    MERGES,
    NONE,
    ORIGINS,
    OTHER_LABELS,
    OWED,
    POCKET,
    POCKETS,
    ROWS,
    SCRATCH_ROWS,
    SOURCE,
    TAIL,
    TOTAL,
    UNUSED,
    WHERE,
    Legs,
    State,
)

CHUNK = 1 << 19
"""Legs a kernel call: between two calls Ctrl-C and the progress bar get their turn."""

ROOM = 1 << 12


class Replayed(NamedTuple):
    """What a replay says. Labels below the number of origins are origins, then the labels of other money."""

    rows: Integers  # kind, leg, label, amount, reference (see state.py)
    held: Integers  # pocket, label, amount, source row: what lies on the accounts in the end
    owed: Integers  # per pocket: the overdraft in the end


def replay(
    legs: Legs,
    pockets: int,
    origins: int,
    rule: str,
    owed: Integers,
    progress: Progress | None = None,
    dust: Integers | None = None,
    sources: int = 0,
    transit: Integers | None = None,
) -> Replayed:
    """Replay all legs under one rule of RULES. Per pocket and in minor units: owed, the overdraft at the start; dust,
    the least amount of an origin that is followed into it (none = everything is).

    sources: how many labels of other money there are beside OTHER_LABELS. transit: room for one number a leg, where it
    is not to be memory.
    """
    transit = np.empty(legs.amount.size, np.int64) if transit is None else transit
    transit.fill(NONE)
    s = _new_state(legs, pockets, origins + len(OTHER_LABELS) + sources, owed, transit)
    s.lists[:pockets, DUST] = 0 if dust is None else dust
    s.tally[ORIGINS] = origins
    code, done, total = RULES.index(rule), 0, legs.amount.size
    while done < total:
        stop = min(total, done + CHUNK)
        reached = replay_legs(s, legs, done, stop, code)
        if reached < stop:
            s = _grown(s)
        done = reached
        if progress is not None:
            progress(done, total)
    return Replayed(s.rows[: s.tally[ROWS]], _lying(s, pockets), s.lists[:pockets, OWED].copy())


def _new_state(legs: Legs, pockets: int, labels: int, owed: Integers, transit: Integers) -> State:
    lists = _aligned(pockets + 2 + legs.kept.shape[0])
    lists[:, HEAD] = lists[:, TAIL] = NONE
    lists[:pockets, OWED], lists[:, MERGES] = owed, 1
    lists[legs.about[legs.kept[:, 0], POCKET], MERGES] = 0
    tally = np.zeros(7, np.int64)
    tally[FREE], tally[POCKETS] = NONE, pockets
    return State(
        pieces=np.empty((ROOM, 6), np.int64),
        lists=lists,
        transit=transit,
        rows=np.empty((ROOM, 5), np.int64),
        tally=tally,
        scratch=_scratch(labels + 1),
    )


def _aligned(rows: int) -> Integers:
    """Rows of eight zeros, each in one cache line of the processor."""
    room = np.zeros(8 * (rows + 1), np.int64)
    first = -room.ctypes.data // room.itemsize % 8
    return room[first : first + 8 * rows].reshape(rows, 8)


def _scratch(columns: int) -> Integers:
    scratch = np.zeros((SCRATCH_ROWS, columns), np.int64)
    scratch[WHERE] = NONE
    return scratch


def _grown(s: State) -> State:
    """More room: double what is more than half full, and both tables when a single large leg is the reason."""
    pieces = 2 * s.tally[UNUSED] > s.pieces.shape[0]
    rows = 2 * s.tally[ROWS] > s.rows.shape[0]
    return s._replace(
        pieces=_doubled(s.pieces) if pieces or not rows else s.pieces,
        rows=_doubled(s.rows) if rows or not pieces else s.rows,
        scratch=_scratch(max(s.scratch.shape[1], 2 * int(s.tally[LONGEST]) + 2)),
    )


def _doubled(table: Integers) -> Integers:
    larger = np.empty((2 * table.shape[0], table.shape[1]), np.int64)
    larger[: table.shape[0]] = table
    return larger


def _lying(s: State, pockets: int) -> Integers:
    held = np.empty((int(s.lists[:pockets, COUNT].sum()), 4), np.int64)
    _list_lying(s, pockets, held)
    return held


@compiled
def _list_lying(s: State, pockets: int, held: Integers) -> None:
    n = 0
    for q in range(pockets):
        piece = s.lists[q, HEAD]
        if is_sealed(piece):
            held[n, 0], held[n, 1], held[n, 2], held[n, 3] = q, label_of(piece), s.lists[q, TOTAL], NONE
            n += 1
            continue
        while piece != NONE:
            p = s.pieces[piece]
            held[n, 0], held[n, 1], held[n, 2], held[n, 3] = q, p[LABEL], p[AMOUNT], p[SOURCE]
            n += 1
            piece = p[AFTER]

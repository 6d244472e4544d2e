# mypy: disable-error-code="no-any-return"
# (inside a kernel numba decides the types of integers)
"""One order of all legs in which every account keeps its own and every debit comes before its credit.

The result of a replay depends on nothing else: any two such orders give the same figures.
"""

from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from finflow.errors import FinflowError
from finflow.trace.compiled import compiled, part_of_kernel
from finflow.trace.exact import Integers

SAME_DAY = ("printed", "ledger", "credits_first", "debits_first")
NONE = -1
FAR = 1 << 30  # days


class Calendar(NamedTuple):
    """When legs happened and what joins them; one value a leg."""

    pocket: Integers
    day: Integers
    slot: Integers  # legs of one pocket, day and slot have no known order among themselves; slots are ordered
    moment: Integers  # time of day where printed, else 0: an order between accounts, for memory's sake
    position: Integers  # the order of the ledger on the account
    is_debit: NDArray[np.bool_]
    pair: Integers  # the other leg of the transfer, or NONE
    timed: NDArray[np.bool_]  # each leg of its pocket and day has its moment printed


def calendar_of(
    pocket: Integers,
    day: Integers,
    booked: tuple[Integers, NDArray[np.bool_]],
    chained: NDArray[np.bool_],
    position: Integers,
    is_debit: NDArray[np.bool_],
    pair: Integers,
) -> Calendar:
    """The calendar of legs: their printed balances decide a day where all of it is chained, else their moments.

    booked: microseconds, and whether a leg has its moment printed.
    """
    moment, has_moment = booked
    timed = _all_on_day(pocket, day, has_moment)
    slot = np.where(_all_on_day(pocket, day, chained), position, np.where(timed, moment, 0))
    return Calendar(pocket, day, slot, moment, position, np.ascontiguousarray(is_debit), pair, timed)


def _all_on_day(pocket: Integers, day: Integers, true: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Per leg: whether something is true of every leg of its pocket and day."""
    if true.all() or not true.any():
        return true
    keys = (pocket << 32) + day  # the days of one account ascend, as a rule: then nothing is moved
    order = np.argsort(keys, kind="stable")
    begins = np.flatnonzero(np.diff(keys[order], prepend=keys[order[0]] - 1))
    found = np.empty_like(true)
    found[order] = np.repeat(np.logical_and.reduceat(true[order], begins), np.diff(begins, append=order.size))
    return found


class Ordered(NamedTuple):
    """legs: numbers of legs in the order of replay. rings: debits that had to go first to open a ring."""

    legs: Integers
    rings: Integers


def order_legs(calendar: Calendar, same_day: str, by_pocket: Mapping[int, str] | None = None) -> Ordered:
    """Order all legs. same_day says what decides where an account's day has no known order; by_pocket, where else.

    Raises FinflowError for an unknown same_day.
    """
    c = calendar
    later, slot = on_day(c, same_day, by_pocket or {})
    on_account = sorted_by((c.position, later, slot, c.day, c.pocket))
    by_time = _in_time(c, on_account)
    ledger = np.empty_like(on_account)
    ledger[_in_time(c, sorted_by((c.position, c.pocket)))] = np.arange(on_account.size)
    legs, rings, heap = np.empty((3, on_account.size), np.int64)
    opened = _extend(_links(c, on_account, by_time, ledger), by_time, legs, rings, heap)
    return Ordered(legs, rings[:opened])


def on_day(c: Calendar, same_day: str, by_pocket: Mapping[int, str]) -> tuple[NDArray[np.bool_], Integers]:
    """Per leg whether it comes after the others of its slot, and its slot. Raises FinflowError as order_legs does."""
    for one in (same_day, *by_pocket.values()):
        if one not in SAME_DAY:
            raise FinflowError(f"same_day {one!r} is not known. Use one of: {', '.join(SAME_DAY)}.")
    later, slot = _on_day(c, same_day)
    for pocket, other in by_pocket.items():
        mine = c.pocket == pocket
        later, slot = (np.where(mine, one, all_) for one, all_ in zip(_on_day(c, other), (later, slot), strict=True))
    return later, slot


def _on_day(c: Calendar, same_day: str) -> tuple[NDArray[np.bool_], Integers]:
    comes_later = {"credits_first": c.is_debit, "debits_first": ~c.is_debit}
    later = comes_later.get(same_day, np.zeros_like(c.is_debit))
    return later, np.where(c.timed, 0, c.slot) if same_day == "ledger" else c.slot


def sorted_by(keys: tuple[NDArray[Any], ...]) -> Integers:
    """As np.lexsort, the last key first; legs come sorted as a rule, which takes one look to see."""
    follows = np.ones(max(keys[0].size - 1, 0), np.bool_)
    for key in keys:  # from the least to the most important: later or equal, and then by what was found before
        follows = (key[:-1] < key[1:]) | ((key[:-1] == key[1:]) & follows)
    return np.arange(keys[0].size) if follows.all() else np.lexsort(keys)


def _in_time(c: Calendar, legs: Integers) -> Integers:
    """Legs by day and moment; those of one moment keep their order."""
    day = c.day[legs]
    days = day - day.min(initial=FAR)
    if not c.moment.any() and days.max(initial=0) < 1 << 16:
        return legs[np.argsort(days.astype(np.uint16), kind="stable")]  # numbers of 16 bits are sorted by digits
    return legs[np.lexsort((c.moment[legs], day))]


@part_of_kernel
def _push(heap: Integers, size: int, value: int) -> int:
    i = size
    while i > 0 and heap[(i - 1) // 2] > value:
        heap[i] = heap[(i - 1) // 2]
        i = (i - 1) // 2
    heap[i] = value
    return size + 1


@part_of_kernel
def _pop(heap: Integers, size: int) -> int:
    """Move the least value to heap[size - 1]; returns the new size."""
    least, last = heap[0], heap[size - 1]
    size -= 1
    i = 0
    while 2 * i + 1 < size:
        child = 2 * i + 1
        if child + 1 < size and heap[child + 1] < heap[child]:
            child += 1
        if heap[child] >= last:
            break
        heap[i] = heap[child]
        i = child
    heap[i] = last
    heap[size] = least
    return size


class Links(NamedTuple):
    """What each leg waits for, and what waits for it."""

    pocket: Integers
    pair: Integers
    is_debit: NDArray[np.bool_]
    rank: Integers  # place of a leg in time
    ledger: Integers  # place of a leg in the ledger
    following: Integers  # the next leg of the account, or NONE
    waits: Integers  # legs it waits for: the one before on the account, and its debit
    heads: Integers  # per pocket: its first leg, moved on as legs go
    done: NDArray[np.bool_]
    seen: Integers  # per pocket: when a walk last passed


def _links(c: Calendar, on_account: Integers, by_time: Integers, ledger: Integers) -> Links:
    n = on_account.size
    rank, following = np.empty(n, np.int64), np.full(n, NONE, np.int64)
    rank[by_time] = np.arange(n)
    starts = np.ones(n, np.bool_)
    starts[1:] = c.pocket[on_account[1:]] != c.pocket[on_account[:-1]]
    inner = np.flatnonzero(~starts)
    following[on_account[inner - 1]] = on_account[inner]
    waits = ((~c.is_debit) & (c.pair != NONE)).astype(np.int64)
    waits[on_account[inner]] += 1
    heads = np.full(int(c.pocket.max(initial=-1)) + 1, NONE, np.int64)
    heads[c.pocket[on_account[starts]]] = on_account[starts]
    done = np.zeros(n, np.bool_)
    return Links(c.pocket, c.pair, c.is_debit, rank, ledger, following, waits, heads, done, np.full_like(heads, NONE))


@part_of_kernel
def _head(k: Links, pocket: int) -> int:
    """The first leg of an account that has not gone yet."""
    while k.done[k.heads[pocket]]:
        k.heads[pocket] = k.following[k.heads[pocket]]
    return k.heads[pocket]


@part_of_kernel
def _debit_to_open_ring(k: Links, leg: int, turn: int) -> int:
    """Walk from an account that waits to the account it waits for until one repeats; the ring's first debit."""
    account = k.pocket[leg]
    while k.seen[account] != turn:
        k.seen[account] = turn
        account = k.pocket[k.pair[_head(k, account)]]
    start, best = account, NONE
    while True:
        debit = k.pair[_head(k, account)]
        if best == NONE or k.ledger[debit] < k.ledger[best]:
            best = debit
        account = k.pocket[debit]
        if account == start:
            return best


@part_of_kernel
def _tell(k: Links, leg: int, heap: Integers, size: int, scanned: int) -> int:
    """One thing that a leg waited for has gone. A leg that time has passed by and that is free joins the heap."""
    k.waits[leg] -= 1
    if k.waits[leg] == 0 and not k.done[leg] and k.rank[leg] < scanned:
        size = _push(heap, size, k.rank[leg])
    return size


@part_of_kernel
def _tell_all(k: Links, leg: int, heap: Integers, size: int, scanned: int) -> int:
    """A leg has gone: tell its credit, and the next on its account once all before that have gone."""
    if k.is_debit[leg] and k.pair[leg] != NONE:
        size = _tell(k, k.pair[leg], heap, size, scanned)
    while k.done[leg] and k.waits[leg] == 0 and k.following[leg] != NONE:
        leg = k.following[leg]
        size = _tell(k, leg, heap, size, scanned)
    return size


@compiled
def _extend(k: Links, by_time: Integers, order: Integers, rings: Integers, heap: Integers) -> int:
    """Legs in time order, each held back until what it waits for has gone. Returns how many rings were opened."""
    n = by_time.size
    size, gone, opened, scanned, first = 0, 0, 0, 0, 0
    while gone < n:
        if size > 0:
            size = _pop(heap, size)
            leg = by_time[heap[size]]
        elif scanned < n:
            leg = by_time[scanned]
            scanned += 1
            if k.waits[leg] > 0 or k.done[leg]:
                continue
        else:
            while k.done[by_time[first]]:
                first += 1
            leg = _debit_to_open_ring(k, by_time[first], opened)
            rings[opened] = leg
            opened += 1
        k.done[leg] = True
        order[gone] = leg
        gone += 1
        size = _tell_all(k, leg, heap, size, scanned)
    return opened


def reachable(c: Calendar, legs: Integers, marked: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Per pocket: whether marked money can have reached it, or left it, following legs in their order."""
    reached = np.zeros(int(c.pocket.max(initial=-1)) + 1, np.bool_)
    _reach(c, legs, marked, reached, np.zeros(c.pocket.size, np.bool_))
    return reached


@compiled
def _reach(
    c: Calendar, legs: Integers, marked: NDArray[np.bool_], reached: NDArray[np.bool_], carries: NDArray[np.bool_]
) -> None:
    for leg in legs:
        if marked[leg]:
            reached[c.pocket[leg]] = True
        if c.is_debit[leg]:
            carries[leg] = reached[c.pocket[leg]]
        elif c.pair[leg] != NONE and carries[c.pair[leg]]:
            reached[c.pocket[leg]] = True

# mypy: disable-error-code="no-any-return"
# (inside a kernel numba decides the types of integers)
"""How marked money can spread: by which leg each account can first have been reached, and over which legs."""

import numpy as np
import polars as pl
from numpy.typing import NDArray

from finflow.trace.compiled import compiled
from finflow.trace.engine import CHUNK
from finflow.trace.exact import Integers
from finflow.trace.ledger import Ledger
from finflow.trace.order import NONE, Calendar
from finflow.trace.progress import Progress


def arrivals(ledger: Ledger, first: Integers, carries: NDArray[np.bool_], receivers: pl.DataFrame) -> pl.DataFrame:
    """By which leg money came to each account: where it arrived on a line, or where it was sent without one."""
    reached = np.flatnonzero(first != NONE)
    inside = pl.DataFrame({
        "account_id": ledger.pockets["account_id"].gather(reached), "inside": True, "leg": first[reached],
    }, schema_overrides={"account_id": pl.String, "inside": pl.Boolean, "leg": pl.Int64})  # fmt: skip
    gone = np.flatnonzero(carries & ledger.calendar.is_debit & (ledger.calendar.pair == NONE))
    sent = ledger.described(gone).select("leg", "transfer_id").join(receivers, on="transfer_id")
    return pl.concat([inside, sent.select("account_id", "inside", "leg")])


def way_to(calendar: Calendar, first: Integers, marked: NDArray[np.bool_], leg: int) -> list[int]:
    """The legs, one a transfer and from a mark on, by which money came to a leg. It passes no account twice."""
    path = [leg]
    while not marked[leg]:
        if len(path) > first.size:
            raise RuntimeError("The way to a leg passes an account twice: reach is at fault.")
        if not calendar.is_debit[leg]:
            leg = int(calendar.pair[leg])
        if marked[leg]:
            break
        leg = int(first[calendar.pocket[leg]])
        path.append(leg)
    return path[::-1]


def spread(
    calendar: Calendar, legs: Integers, marked: NDArray[np.bool_], progress: Progress
) -> tuple[Integers, NDArray[np.bool_]]:
    """Per pocket the credit that can first have brought marked money, or NONE; per leg whether it can have carried it.

    legs: all legs in the order of replay. A mark on a debit reaches whom it pays, not the account it left.
    """
    first = np.full(int(calendar.pocket.max(initial=-1)) + 1, NONE, np.int64)
    carries = np.zeros(calendar.pocket.size, np.bool_)
    for start in range(0, legs.size, CHUNK):
        _spread(calendar, legs[start : start + CHUNK], marked, first, carries)
        progress(min(legs.size, start + CHUNK), legs.size)
    return first, carries


@compiled
def _spread(
    c: Calendar, legs: Integers, marked: NDArray[np.bool_], first: Integers, carries: NDArray[np.bool_]
) -> None:
    for leg in legs:
        pocket = c.pocket[leg]
        if c.is_debit[leg]:
            carries[leg] = marked[leg] or first[pocket] != NONE
        elif marked[leg] or (c.pair[leg] != NONE and carries[c.pair[leg]]):
            carries[leg] = True
            if first[pocket] == NONE:
                first[pocket] = leg

"""Which accounts money can have passed: a ledger larger than memory is looked through day by day, and not held.

From marked lines on, or back from a payment. A day counts as a whole and no amount is asked, so no account is missing
whatever the order within a day, and some may be too many. The legs of these accounts are then read into memory.
"""

from collections.abc import Callable, Iterable, Iterator
from itertools import pairwise
from typing import NamedTuple

import duckdb
import numpy as np
import polars as pl
import pyarrow as pa
from numpy.typing import NDArray

from finflow.trace.exact import Integers
from finflow.trace.progress import progress_of
from finflow.trace.rows import CaseRecords

BATCH = 1 << 20  # legs
FAR = 1 << 30  # days


class Day(NamedTuple):
    """Legs of one day, or of days that follow each other, that have another leg inside: an item a leg."""

    day: Integers
    account: Integers  # account_no
    sends: NDArray[np.bool_]  # money goes on from here, in the direction of the search; else it comes here
    parcel: Integers  # the same number for both legs of a transfer, below `parcels`

    def chosen(self, legs: "slice | NDArray[np.bool_]") -> "Day":
        """Some of the legs."""
        return Day(self.day[legs], self.account[legs], self.sends[legs], self.parcel[legs])

    def with_more(self, more: "Day") -> "Day":
        """These legs and then others."""
        day, account, sends, parcel = (np.concatenate(pair) for pair in zip(self, more, strict=True))
        return Day(day, account, sends, parcel)


def accounts_for(
    con: duckdb.DuckDBPyConnection,
    records: CaseRecords,
    legs: pl.Series,
    *,
    backward: bool = False,
    beside: pl.Series | None = None,
    named: Iterable[str] = (),
) -> Integers:
    """account_no of every account whose lines can matter to money on legs of these ids: those it can have passed.

    beside: ids of legs that are spoken of too. named: ids of accounts that are.
    """
    found = passed(con, records.find(legs)["number"], backward=backward)
    others = records.find(pl.Series(dtype=pl.String) if beside is None else beside)["account_no"]
    ids = pl.DataFrame({"account_id": list(named)}, schema={"account_id": pl.String})
    con.register("asked", ids)
    asked = con.execute("SELECT account_no FROM account WHERE account_id IN (FROM asked)").fetchall()
    con.unregister("asked")
    return np.unique([*found, *others, *(number for (number,) in asked)]).astype(np.int64)


def passed(con: duckdb.DuckDBPyConnection, numbers: pl.Series, *, backward: bool = False) -> Integers:
    """account_no of every account that money can have passed from legs of these numbers on, in order.

    backward: from which it can have come to them.
    """
    sign = -1 if backward else 1
    con.register("asked", numbers.cast(pl.Int64).to_frame("number"))
    starts = con.execute(_STARTS, {"sign": sign}).fetchall()
    con.unregister("asked")
    accounts, parcels, legs = con.execute(
        "SELECT max(account_no) + 1, max(turn) + 1, count(pair_turn) FROM leg"
    ).fetchall()[0]
    search = Search(starts, accounts or 0, parcels or 0)
    query = _LEGS.format(sign=sign, sends="DBIT" if sign == 1 else "CRDT")
    with progress_of("accounts that money can have passed") as progress:

        def read() -> Iterator[Day]:
            done = 0
            for batch in con.sql(query).to_arrow_reader(BATCH):
                yield _arrays(batch)
                done += batch.num_rows
                progress(done, legs)

        return search.through(read)


class Search:
    """A search of legs by days. starts: account_no and day from which money lies there."""

    def __init__(self, starts: list[tuple[int, int]], accounts: int, parcels: int) -> None:
        self._since = np.full(accounts, FAR, np.int64)
        for account, day in starts:
            self._since[account] = min(self._since[account], day)
        self._carried, self._gone_by = (np.zeros(parcels, np.bool_) for _ in range(2))

    def through(self, read: Callable[[], Iterator[Day]]) -> Integers:
        """The accounts passed. read: the legs by day; they are read again while a transfer that arrived on a day before
        it left has more to tell.
        """
        late = [True]
        while any(late):
            self._gone_by[:] = False
            late = [self._through(day) for day in _by_day(read())]
        return np.flatnonzero(self._since < FAR)

    def _through(self, legs: Day) -> bool:
        """Whether a transfer that now carries money arrived on a day that has gone by."""
        sent, come = legs.chosen(legs.sends), legs.chosen(~legs.sends)
        late = False
        while True:
            goes = sent.parcel[(self._since[sent.account] <= sent.day) & ~self._carried[sent.parcel]]
            self._carried[goes] = True
            late |= bool(self._gone_by[goes].any())
            comes = self._carried[come.parcel] & (self._since[come.account] > come.day)
            if not comes.any():
                break
            self._since[come.account[comes]] = come.day[comes]
        self._gone_by[come.parcel] = ~self._carried[come.parcel]
        return late


def _by_day(batches: Iterator[Day]) -> Iterator[Day]:
    """The legs of each day together."""
    left: Day | None = None
    for batch in batches:
        legs = batch if left is None else left.with_more(batch)
        begins = [0, *np.flatnonzero(np.diff(legs.day)) + 1]
        for first, end in pairwise(begins):
            yield legs.chosen(slice(first, end))
        left = legs.chosen(slice(begins[-1], None))
    if left is not None:
        yield left


def _arrays(batch: pa.RecordBatch) -> Day:
    day, account, sends, parcel = (column.to_numpy(zero_copy_only=False) for column in batch.columns)
    return Day(day, account, sends, parcel)


_STARTS = "SELECT account_no, $sign * (booking_date - DATE '1970-01-01') FROM leg WHERE turn IN (FROM asked)"
_LEGS = """
    SELECT {sign} * (booking_date - DATE '1970-01-01') AS day, account_no, side = '{sends}' AS sends,
        CASE WHEN sends THEN turn ELSE pair_turn END AS parcel
    FROM leg WHERE pair_turn IS NOT NULL ORDER BY day
"""

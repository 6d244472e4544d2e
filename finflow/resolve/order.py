"""The order of legs on one account: day, moment, printed balances, ledger."""

from decimal import Decimal
from itertools import pairwise

import duckdb
import polars as pl

# Legs of the days on which the balances printed beside the lines do not follow from one line to the next as they stand.
_UNORDERED = """
    WITH chained AS (
        SELECT account_id, currency, booking_date, balance_after,
            CASE WHEN side = 'CRDT' THEN amount ELSE -amount END AS signed,
            lag(balance_after) OVER (PARTITION BY account_id, currency ORDER BY position) AS before
        FROM raw_leg WHERE balance_after IS NOT NULL
    ),
    unordered_day AS (
        SELECT DISTINCT account_id, currency, booking_date FROM chained WHERE before + signed <> balance_after
    )
    SELECT leg_id, side, account_id, currency, booking_date, balance_after, position,
        CASE WHEN side = 'CRDT' THEN amount ELSE -amount END AS signed
    FROM raw_leg JOIN unordered_day USING (account_id, currency, booking_date)
    ORDER BY account_id, position
"""


def order_legs(con: duckdb.DuckDBPyConnection) -> None:
    """Let the bank's running balances decide the positions in raw_leg inside a day; where they allow no order, the
    ledger's stays.
    """
    days = con.sql(_UNORDERED).pl()
    parts = days.partition_by("account_id", "currency", "booking_date", maintain_order=True)
    moved = [frame for day in parts if (frame := _by_balances(day)) is not None]
    if moved:
        _move(con, pl.concat(moved))


def _by_balances(day: pl.DataFrame) -> pl.DataFrame | None:
    """The legs of one account, currency and day with new positions, or None when the balances give no single chain."""
    rows = list(zip(day["signed"], day["balance_after"], strict=True))
    if any(balance is None for _, balance in rows):
        return None
    chain = chain_balances(rows)
    if chain is None:
        return None
    return day.select("leg_id", "side", pl.Series("position", day["position"])).with_columns(
        position=pl.Series([day["position"][chain.index(index)] for index in range(len(rows))])
    )


def chain_balances(rows: list[tuple[Decimal, Decimal]]) -> list[int] | None:
    """Order in which each (signed amount, balance after it) follows from the one before, or None.

    The first line is one whose balance before it no other line ends on. Ties keep the given order, so equal lines that
    return to the same balance stay as the ledger has them.
    """
    by_start: dict[Decimal, list[int]] = {}
    for index, (signed, balance) in enumerate(rows):
        by_start.setdefault(balance - signed, []).append(index)
    ends = [balance for _, balance in rows]
    firsts = [start for start in by_start if len(by_start[start]) > ends.count(start)] or [rows[0][1] - rows[0][0]]
    for start in firsts:
        chain = _walk(rows, {key: list(value) for key, value in by_start.items()}, start)
        if len(chain) == len(rows) and _follows(rows, chain):
            return chain
    return None


def _follows(rows: list[tuple[Decimal, Decimal]], chain: list[int]) -> bool:
    return all(rows[after][1] - rows[after][0] == rows[before][1] for before, after in pairwise(chain))


def _walk(rows: list[tuple[Decimal, Decimal]], by_start: dict[Decimal, list[int]], balance: Decimal) -> list[int]:
    """An Eulerian walk over balances (Hierholzer), so that loops back to the same balance are not missed."""
    stack: list[tuple[Decimal, int]] = [(balance, -1)]
    path: list[int] = []
    while stack:
        at, used = stack[-1]
        waiting = by_start.get(at)
        if waiting:
            index = waiting.pop(0)
            stack.append((rows[index][1], index))
        else:
            stack.pop()
            if used >= 0:
                path.append(used)
    return path[::-1]


def _move(con: duckdb.DuckDBPyConnection, moved: pl.DataFrame) -> None:
    con.register("moved", moved)
    con.execute("""
        UPDATE raw_leg SET position = moved.position FROM moved
        WHERE raw_leg.leg_id = moved.leg_id AND raw_leg.side = moved.side
    """)
    con.unregister("moved")

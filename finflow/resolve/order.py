"""The order of legs on one account: day, moment, printed balances, ledger."""

from decimal import Decimal
from itertools import pairwise

import duckdb
import polars as pl

_IN_LEDGER_ORDER = """
    SELECT leg_id, side, entry_id, detail_no, account_id, currency, booking_date, balance_after,
        CASE WHEN side = 'CRDT' THEN amount ELSE -amount END AS signed,
        row_number() OVER (
            PARTITION BY account_id
            ORDER BY booking_date, booked_at NULLS FIRST, substr(entry_id, 1, 16), ledger_order, detail_no, side DESC
        ) AS position
    FROM raw_leg
"""

# Days on which the balances printed beside the lines do not follow from one line to the next in ledger order.
_DISAGREE = """
    WITH chained AS (
        SELECT account_id, currency, booking_date, balance_after, signed,
            lag(balance_after) OVER (PARTITION BY account_id, currency ORDER BY position) AS before
        FROM leg_position WHERE balance_after IS NOT NULL
    )
    SELECT DISTINCT account_id, currency, booking_date FROM chained WHERE before + signed <> balance_after
"""


def order_legs(con: duckdb.DuckDBPyConnection) -> None:
    """Fill the temporary table leg_position: leg_id, side, position from 1 on each account.

    The bank's running balances decide the order inside a day; where they allow none, the ledger's order stays.
    """
    con.execute(f"CREATE OR REPLACE TEMP TABLE leg_position AS {_IN_LEDGER_ORDER}")
    con.execute(f"CREATE OR REPLACE TEMP TABLE unordered_day AS {_DISAGREE}")
    days = con.sql("""
        SELECT leg_position.* FROM leg_position JOIN unordered_day USING (account_id, currency, booking_date)
        ORDER BY account_id, position
    """).pl()
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
        UPDATE leg_position SET position = moved.position FROM moved
        WHERE leg_position.leg_id = moved.leg_id AND leg_position.side = moved.side
    """)
    con.unregister("moved")

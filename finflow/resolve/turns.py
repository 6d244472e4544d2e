"""One order of all legs of a case, kept with them, so that a trace of a few accounts need not look at the others."""

from typing import TYPE_CHECKING, Any

import duckdb
import numpy as np
import polars as pl
from numpy.typing import NDArray

from finflow.places import shipped

if TYPE_CHECKING:
    from finflow.trace.order import Calendar, Ordered

Columns = dict[str, NDArray[Any]]

_LEGS = """
    SELECT account_no, position,
        list_position((SELECT list(DISTINCT currency ORDER BY currency) FROM found_leg), currency) - 1 AS currency_no,
        date_diff('day', DATE '1970-01-01', booking_date) AS day, coalesce(epoch_us(booked_at), 0) AS moment,
        booked_at IS NOT NULL AS has_moment, chained, side = 'DBIT' AS is_debit
    FROM found_leg
"""
_PAIRS = """
    SELECT debit.account_no AS debit_account, debit.position AS debit_position, credit.account_no AS credit_account,
        credit.position AS credit_position
    FROM found_leg AS debit INNER JOIN found_leg AS credit ON debit.transfer_id = credit.transfer_id
    WHERE debit.side = 'DBIT' AND credit.side = 'CRDT'
"""
# Row for row, as found_leg was written in order; a row that did not meet its turn would be missing.
_WRITE = """
    INSERT INTO leg BY NAME
    SELECT found_leg.*, found_turn.turn, found_turn.opens_ring
    FROM found_leg POSITIONAL JOIN found_turn
    WHERE found_leg.account_no = found_turn.account_no AND found_leg.position = found_turn.position
"""


def write_legs(con: duckdb.DuckDBPyConnection) -> None:
    """Fill table leg, each leg with its turn."""
    from finflow.trace.order import order_legs  # the kernels' compiler takes a second to import

    query = (shipped("queries") / "resolve" / "leg.sql").read_text(encoding="utf-8")
    con.execute(f"CREATE OR REPLACE TEMP TABLE found_leg AS {query}")
    legs, pairs = con.execute(_LEGS).fetchnumpy(), con.execute(_PAIRS).fetchnumpy()
    turns = turns_of(legs, order_legs(_calendar(legs, pairs), "printed"))
    con.register("found_turn", turns)
    if con.execute(_WRITE).fetchall()[0][0] != turns.height:
        raise AssertionError("A leg did not meet its turn.")
    con.unregister("found_turn")
    con.execute("DROP TABLE found_leg")


def turns_of(legs: Columns, ordered: "Ordered") -> pl.DataFrame:
    """The turn of each leg: account_no, position, turn, opens_ring."""
    turn = np.empty(ordered.legs.size, np.int64)
    turn[ordered.legs] = np.arange(ordered.legs.size)
    opens_ring = np.zeros(ordered.legs.size, np.bool_)
    opens_ring[ordered.rings] = True
    return pl.DataFrame(
        {"account_no": legs["account_no"], "position": legs["position"], "turn": turn, "opens_ring": opens_ring}
    )


def _calendar(legs: Columns, pairs: Columns) -> "Calendar":
    from finflow.trace.order import NONE, calendar_of

    before = np.concatenate([[0], np.bincount(legs["account_no"]).cumsum()])  # how many legs stand on accounts before
    row_of = np.empty(legs["position"].size, np.int64)
    row_of[before[legs["account_no"]] + legs["position"] - 1] = np.arange(row_of.size)
    debit, credit = (
        row_of[before[pairs[f"{side}_account"]] + pairs[f"{side}_position"] - 1] for side in ("debit", "credit")
    )
    pair = np.full_like(row_of, NONE)
    pair[debit], pair[credit] = credit, debit
    currency = legs["currency_no"].astype(np.int64)
    return calendar_of(
        pocket=legs["account_no"].astype(np.int64) * (int(currency.max(initial=0)) + 1) + currency,
        day=legs["day"].astype(np.int64),
        booked=(legs["moment"].astype(np.int64), legs["has_moment"]),
        chained=legs["chained"],
        position=legs["position"].astype(np.int64),
        is_debit=legs["is_debit"],
        pair=pair,
    )

"""One order of all legs of a case, kept with them, so that a trace of a few accounts need not look at the others."""

from typing import TYPE_CHECKING

import duckdb
import numpy as np
import polars as pl

from finflow.places import shipped

if TYPE_CHECKING:
    from finflow.trace.ledger import Ledger
    from finflow.trace.order import Ordered

_READ = """
    SELECT leg_id, side, transfer_id, account_id, currency, position, amount, booking_date, booked_at, chained, kind,
        account_no
    FROM found_leg
"""
_WRITE = """
    INSERT INTO leg BY NAME
    SELECT found_leg.*, found_turn.turn, found_turn.opens_ring
    FROM found_leg
    INNER JOIN found_turn ON found_leg.account_no = found_turn.account_no AND found_leg.position = found_turn.position
    ORDER BY found_leg.account_id, found_leg.currency, found_leg.position, found_leg.side
"""


def write_legs(con: duckdb.DuckDBPyConnection) -> None:
    """Fill table leg, each leg with its turn."""
    from finflow.trace.ledger import ledger_of  # the kernels' compiler takes a second to import
    from finflow.trace.order import order_legs

    query = (shipped("queries") / "resolve" / "leg.sql").read_text(encoding="utf-8")
    con.execute(f"CREATE OR REPLACE TEMP TABLE found_leg AS {query}")
    ledger = ledger_of(con.sql(_READ).pl())
    con.register("found_turn", turns_of(ledger, order_legs(ledger.calendar, "printed")))
    con.execute(_WRITE)
    con.unregister("found_turn")
    con.execute("DROP TABLE found_leg")


def turns_of(ledger: "Ledger", ordered: "Ordered") -> pl.DataFrame:
    """The turn of each leg: account_no, position, turn, opens_ring."""
    turn = np.empty(ordered.legs.size, np.int64)
    turn[ordered.legs] = np.arange(ordered.legs.size)
    opens_ring = np.zeros(ordered.legs.size, np.bool_)
    opens_ring[ordered.rings] = True
    return ledger.legs.select("account_no", "position").with_columns(
        turn=pl.Series(turn), opens_ring=pl.Series(opens_ring)
    )

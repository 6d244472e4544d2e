"""One order of all legs of a case, kept with them, so that a trace of a few accounts need not look at the others."""

from typing import TYPE_CHECKING, Any

import duckdb
import numpy as np
import polars as pl
from numpy.typing import NDArray

from finflow.places import shipped

if TYPE_CHECKING:
    from finflow.trace.exact import Integers
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
# What a leg reverses: the leg of the reversed transfer on the same account, the other way.
# No reversal reverses another (reversal.sql), so such a leg is an ordinary one.
_REVERSALS = """
    SELECT own.account_no, own.position, original.position AS original_position
    FROM transfer AS undoing
    INNER JOIN found_leg AS own ON undoing.transfer_id = own.transfer_id
    INNER JOIN found_leg AS original
        ON
            undoing.reverses = original.transfer_id
            AND own.account_no = original.account_no
            AND own.currency = original.currency
            AND own.side <> original.side
"""
# Row for row, as found_leg was written in order; a row that did not meet its turn would be missing.
_WRITE = """
    INSERT INTO leg BY NAME
    SELECT found_leg.*, found_turn.turn, found_turn.opens_ring, found_turn.pair_turn, found_turn.reverses_turn
    FROM found_leg POSITIONAL JOIN found_turn
    WHERE found_leg.account_no = found_turn.account_no AND found_leg.position = found_turn.position
"""


def write_legs(con: duckdb.DuckDBPyConnection) -> None:
    """Fill table leg, each leg with its turn and those of its other leg and of the one it reverses."""
    from finflow.trace.order import order_legs  # the kernels' compiler takes a second to import

    query = (shipped("queries") / "resolve" / "leg.sql").read_text(encoding="utf-8")
    con.execute(f"CREATE OR REPLACE TEMP TABLE found_leg AS {query}")
    legs, pairs, reversals = (con.execute(asked).fetchnumpy() for asked in (_LEGS, _PAIRS, _REVERSALS))
    rows = _Rows(legs)
    calendar = _calendar(legs, rows.paired(pairs))
    turns = turns_of(legs, order_legs(calendar, "printed"), calendar.pair, rows.reversed_by(reversals))
    con.register("found_turn", turns)
    if con.execute(_WRITE).fetchall()[0][0] != turns.height:
        raise AssertionError("A leg did not meet its turn.")
    con.unregister("found_turn")
    con.execute("DROP TABLE found_leg")


def turns_of(legs: Columns, ordered: "Ordered", pair: "Integers", reverses: "Integers") -> pl.DataFrame:
    """The turn of each leg: account_no, position, turn, opens_ring, pair_turn, reverses_turn.

    pair, reverses: per leg another leg, or NONE = -1.
    """
    turn = np.empty(ordered.legs.size + 1, np.int64)
    turn[ordered.legs] = np.arange(ordered.legs.size)
    turn[-1] = -1
    opens_ring = np.zeros(ordered.legs.size, np.bool_)
    opens_ring[ordered.rings] = True
    others = {"pair_turn": turn[pair], "reverses_turn": turn[reverses]}
    return pl.DataFrame(
        {"account_no": legs["account_no"], "position": legs["position"], "turn": turn[:-1], "opens_ring": opens_ring}
        | others
    ).with_columns(pl.when(pl.col(name) >= 0).then(name) for name in others)


class _Rows:
    """Legs by account and position, which is how two queries speak of the same leg."""

    def __init__(self, legs: Columns) -> None:
        self.before = np.concatenate([[0], np.bincount(legs["account_no"]).cumsum()])  # legs on the accounts before
        self.row_of = np.empty(legs["position"].size, np.int64)
        self.row_of[self._place(legs["account_no"], legs["position"])] = np.arange(self.row_of.size)

    def paired(self, pairs: Columns) -> "Integers":
        """Per leg the other leg of its transfer, or NONE = -1."""
        debit, credit = (
            self._rows(pairs[f"{side}_account"], pairs[f"{side}_position"]) for side in ("debit", "credit")
        )
        found = np.full_like(self.row_of, -1)
        found[debit], found[credit] = credit, debit
        return found

    def reversed_by(self, reversals: Columns) -> "Integers":
        """Per leg the one it reverses, or NONE = -1."""
        own, original = (
            self._rows(reversals["account_no"], reversals[name]) for name in ("position", "original_position")
        )
        found = np.full_like(self.row_of, -1)
        found[own] = original
        return found

    def _rows(self, account: Any, position: Any) -> Any:
        return self.row_of[self._place(account, position)]

    def _place(self, account: Any, position: Any) -> Any:
        return self.before[account] + position - 1


def _calendar(legs: Columns, pair: "Integers") -> "Calendar":
    from finflow.trace.order import calendar_of

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

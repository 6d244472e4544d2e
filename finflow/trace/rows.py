"""The rows that tracing takes from a case: legs, opening balances, and where the records of an account break off."""

from typing import Any

import duckdb
import polars as pl

from finflow.places import shipped
from finflow.trace.exact import Integers

LEG_COLUMNS: dict[str, Any] = {
    "leg_id": pl.String, "side": pl.String, "transfer_id": pl.String, "account_id": pl.String, "currency": pl.String,
    "position": pl.Int64, "amount": pl.Decimal(28, 8), "booking_date": pl.Date, "booked_at": pl.Datetime("us"),
    "chained": pl.Boolean, "kind": pl.String, "is_reversal": pl.Boolean, "counterparty_inside": pl.Boolean,
    "rule": pl.String, "reverses": pl.String, "linked": pl.Decimal(28, 8), "account_no": pl.Int64,
    "other_no": pl.Int64, "turn": pl.Int64, "opens_ring": pl.Boolean,
}  # fmt: skip
OPENING_COLUMNS: dict[str, Any] = {"account_id": pl.String, "currency": pl.String, "opening": pl.Decimal(28, 8)}
BREAK_COLUMNS: dict[str, Any] = {
    "account_id": pl.String, "currency": pl.String, "day": pl.Date, "came": pl.Decimal(28, 8),
    "unseen": pl.Decimal(28, 8),
}  # fmt: skip


Rows = tuple[pl.DataFrame, pl.DataFrame, pl.DataFrame]
"""Legs, opening balances and breaks, as ledger_of takes them."""


def read_rows(con: duckdb.DuckDBPyConnection, accounts: Integers | None = None) -> Rows:
    """What ledger_of takes, as resolve left it: what may lie on an account unseen, beside what came in, is not in it.

    accounts: account_no of those to read; none = all.
    """
    queries = (query_of("leg"), "FROM opening", "SELECT *, 0 AS unseen FROM record_break")
    if accounts is None:
        return tuple(con.sql(query).pl() for query in queries)
    con.register("asked_account", pl.DataFrame({"account_no": accounts}))
    rows = tuple(con.sql(f"FROM ({query}) WHERE account_no IN (FROM asked_account)").pl() for query in queries)
    con.unregister("asked_account")
    return rows


def read_units(con: duckdb.DuckDBPyConnection) -> dict[str, int]:
    """Decimal places by currency, the same whichever accounts are read."""
    return dict(con.execute("SELECT currency, places FROM unit").fetchall())


def query_of(name: str) -> str:
    """The text of one query of the tracing step."""
    return (shipped("queries") / "trace" / f"{name}.sql").read_text(encoding="utf-8")


def as_known(frame: pl.DataFrame | None, columns: dict[str, Any]) -> pl.DataFrame:
    """The frame with these columns alone; nothing is known of those it does not have. None = no rows."""
    if frame is None:
        return pl.DataFrame(schema=columns)
    missing = [pl.lit(None).alias(name) for name in columns if name not in frame.columns]
    return frame.with_columns(missing).select(pl.col(name).cast(kind) for name, kind in columns.items())

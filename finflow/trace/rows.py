"""What tracing takes from a case: rows of numbers to replay, and what the records say of a leg once it matters.

Millions of legs are read as numbers alone; most of the work of reading a ledger would be its texts. A leg has a number,
its place in the order of all legs of the case; who asks for its texts asks by that number.
"""

from functools import cached_property
from typing import Any, NamedTuple, Protocol

import duckdb
import polars as pl

from finflow import store
from finflow.places import shipped
from finflow.trace.exact import Integers

LEG_COLUMNS: dict[str, Any] = {
    "number": pl.Int64, "pair_number": pl.Int64, "reverses_number": pl.Int64, "account_no": pl.Int64,
    "other_no": pl.Int64, "currency_no": pl.Int64, "position": pl.Int64, "is_debit": pl.Boolean,
    "amount": pl.Decimal(28, 8), "booking_date": pl.Date, "booked_at": pl.Datetime("us"), "chained": pl.Boolean,
    "is_cash": pl.Boolean, "is_interest": pl.Boolean, "opens_ring": pl.Boolean,
}  # fmt: skip
OPENING_COLUMNS: dict[str, Any] = {"account_no": pl.Int64, "currency": pl.String, "opening": pl.Decimal(28, 8)}
BREAK_COLUMNS: dict[str, Any] = {
    "account_no": pl.Int64, "currency": pl.String, "day": pl.Date, "came": pl.Decimal(28, 8),
    "unseen": pl.Decimal(28, 8),
}  # fmt: skip


class Rows(NamedTuple):
    """Legs, opening balances and breaks of some accounts, with the columns above. in_order: the numbers of the legs are
    their places in an order of replay."""

    legs: pl.DataFrame
    openings: pl.DataFrame
    breaks: pl.DataFrame
    in_order: bool = True


class Records(Protocol):
    """What a case says of its currencies, accounts and legs beyond the rows that are replayed."""

    @property
    def units(self) -> dict[str, int]:
        """Decimal places by currency, in the order of currency_no; the same whichever accounts are read."""

    @property
    def links(self) -> pl.DataFrame:
        """Legs that a person joined cash to cash: number, amount (part of the credit that is joined; NULL = whole)."""

    def accounts(self, numbers: pl.Series) -> pl.DataFrame:
        """account_no, account_id."""

    def find(self, leg_ids: pl.Series) -> pl.DataFrame:
        """leg_id, number, account_no of the legs of these ids; a line of a ledger of both sides has two."""

    def describe(self, numbers: pl.Series) -> pl.DataFrame:
        """number, leg_id, transfer_id, kind, is_reversal, counterparty_inside."""


class CaseRecords:
    """The records of the case behind an open connection."""

    def __init__(self, con: duckdb.DuckDBPyConnection) -> None:
        self._con = con
        self._found = pl.DataFrame(schema={"leg_id": pl.String, "number": pl.Int64, "account_no": pl.Int64})
        self._asked = pl.Series(dtype=pl.String)

    @cached_property
    def units(self) -> dict[str, int]:
        """As Records.units."""
        return dict(self._con.execute("SELECT currency, places FROM unit ORDER BY currency").fetchall())

    @cached_property
    def links(self) -> pl.DataFrame:
        """As Records.links."""
        return store.frame(self._con, query_of("link"))

    def accounts(self, numbers: pl.Series) -> pl.DataFrame:
        """As Records.accounts."""
        return self._among("SELECT account_no, account_id FROM account WHERE account_no IN (FROM asked)", numbers)

    def find(self, leg_ids: pl.Series) -> pl.DataFrame:
        """As Records.find. Each id is looked up once: it is a look at every leg of the case."""
        new = leg_ids.drop_nulls().unique()
        new = new.filter(~new.is_in(self._asked.implode()))
        if new.len():
            found = self._among(
                "SELECT leg_id, turn AS number, CAST(account_no AS BIGINT) AS account_no FROM leg "
                "WHERE leg_id IN (FROM asked) ORDER BY turn",
                new,
            )
            self._found, self._asked = pl.concat([self._found, found]), pl.concat([self._asked, new])
        return self._found.filter(pl.col("leg_id").is_in(leg_ids.implode()))

    def describe(self, numbers: pl.Series) -> pl.DataFrame:
        """As Records.describe."""
        return self._among(
            "SELECT turn AS number, leg_id, transfer_id, kind, is_reversal, counterparty_inside FROM leg "
            "WHERE turn IN (FROM asked)",
            numbers,
        )

    def _among(self, query: str, asked: pl.Series) -> pl.DataFrame:
        self._con.register("asked", asked.to_frame())
        found = store.frame(self._con, query)
        self._con.unregister("asked")
        return found


def read_rows(con: duckdb.DuckDBPyConnection, accounts: Integers | None = None) -> Rows:
    """What ledger_of takes, as resolve left it: what may lie on an account unseen, beside what came in, is not in it.

    accounts: account_no of those to read; none = all.
    """
    con.register("asked_account", pl.DataFrame({"account_no": [] if accounts is None else accounts}))
    among = "" if accounts is None else "WHERE account_no IN (FROM asked_account)"
    rows = Rows(
        con.sql(f"FROM ({query_of('leg')}) {among}").pl(),
        store.frame(con, f"FROM opening {among}"),
        store.frame(con, f"SELECT *, 0 AS unseen FROM record_break {among}"),
    )
    con.unregister("asked_account")
    return rows


def query_of(name: str) -> str:
    """The text of one query of the tracing step."""
    return (shipped("queries") / "trace" / f"{name}.sql").read_text(encoding="utf-8")


def as_known(frame: pl.DataFrame, columns: dict[str, Any]) -> pl.DataFrame:
    """The frame with these columns alone, in their types."""
    return frame.select(pl.col(name).cast(kind) for name, kind in columns.items())

"""What a trace is asked about: marks, given as they stand or as leads, and payments for assets."""

from collections.abc import Iterable, Mapping
from typing import Any

import duckdb
import polars as pl

from finflow import store
from finflow.errors import FinflowError
from finflow.places import shipped
from finflow.results import Result
from finflow.trace.proceeds import read_proceeds

Marked = Result | pl.DataFrame
MARK_COLUMNS: dict[str, Any] = {"leg_id": pl.String, "origin": pl.String, "amount": pl.Decimal(28, 8)}
GIVEN = tuple(MARK_COLUMNS)
_PAID = ("asset_id", "leg_id", "account_id", "currency", "booking_date", "amount", "leg_amount", "came_back")


def payments(con: duckdb.DuckDBPyConnection) -> pl.DataFrame:
    """Payments for assets that persons decided, on lines that are loaded; one that several assets claim with more than
    its amount counts for none until it is parted."""
    return _that_count(_every_payment(con))


def _that_count(every: pl.DataFrame) -> pl.DataFrame:
    return every.filter(pl.col("transfer_id").is_not_null(), ~pl.col("cited_twice")).select(_PAID)


def cited_twice(con: duckdb.DuckDBPyConnection) -> int:
    """How many bank lines count for none of the assets that claim them."""
    return _every_payment(con).filter("cited_twice")["leg_id"].n_unique()


def _every_payment(con: duckdb.DuckDBPyConnection) -> pl.DataFrame:
    return store.frame(con, (shipped("queries") / "assets" / "payment.sql").read_text(encoding="utf-8"))


def chosen_payments(con: duckdb.DuckDBPyConnection, assets: Any) -> pl.DataFrame:
    """Payments for some assets (none = all), or of names mapped to legs. Raises FinflowError when one is not known."""
    if isinstance(assets, Mapping):
        return _payments_by_legs(con, assets)
    every = _every_payment(con)
    paid, twice = _that_count(every), set(every.filter("cited_twice")["asset_id"])
    names = list(assets) if assets is not None else sorted(paid["asset_id"].unique())
    if twice & set(names or twice):
        raise FinflowError(
            "A payment for this asset is linked to several assets with more than its amount, so one amount would count "
            "twice. Decide the part for each: finflow decide CASE ASSET_ID asset_payment LEG_ID --amount PART."
        )
    unknown = [str(n) for n, name in enumerate(names, 1) if name not in set(paid["asset_id"])]
    if unknown or not names:
        which = f"number {', '.join(unknown)} of the assets named" if len(names) > 1 else "the asset named"
        raise FinflowError(
            f"No payment is known for {which if names else 'any asset'}. Decide which lines paid for it: finflow "
            "decide CASE ASSET_ID asset_payment LEG_ID --by NAME --why REASON, or case.decide in Python, which also "
            "takes a mapping of any name to legs."
        )
    return paid.filter(pl.col("asset_id").is_in(names))


def _payments_by_legs(con: duckdb.DuckDBPyConnection, assets: Mapping[str, Iterable[str]]) -> pl.DataFrame:
    rows = [(name, leg) for name, legs in assets.items() for leg in dict.fromkeys(legs)]
    con.register("named_leg", pl.DataFrame(rows, schema={"asset_id": pl.String, "leg_id": pl.String}, orient="row"))
    paid = store.frame(
        con,
        """
        SELECT asset_id, leg.leg_id, account_id, currency, booking_date, amount, amount AS leg_amount
        FROM named_leg INNER JOIN leg ON leg.side = 'DBIT' AND named_leg.leg_id = leg.leg_id
        ORDER BY asset_id, booking_date, leg.leg_id
    """,
    )
    con.unregister("named_leg")
    if paid.height < len(rows) or not rows:
        raise FinflowError("A payment that was named is no debit of the case. Give leg ids of debits: see table leg.")
    return paid


def given_marks(marks: Marked) -> tuple[pl.DataFrame, bool]:
    """The frame of marks, and whether they are hits of a red flag. Raises FinflowError for what is neither."""
    frame = marks.frame if isinstance(marks, Result) else marks
    if not isinstance(frame, pl.DataFrame) or not {"leg_id", "origin", "amount"} <= {*frame.columns}:
        if isinstance(frame, pl.DataFrame) and {"query", "transfers"} <= {*frame.columns}:
            return frame.select("query", "transfers"), True
        raise FinflowError(
            "What to follow is given as case.proceeds(), as hits of case.detect(), or as a frame with the columns "
            "leg_id, origin and amount."
        )
    try:
        given = frame.select(pl.col(name).cast(kind) for name, kind in MARK_COLUMNS.items())
    except pl.exceptions.PolarsError:
        raise FinflowError(
            "The marks are not what they should be: leg_id and origin are texts, amount a decimal or empty."
        ) from None
    if given.select(pl.col("leg_id", "origin").has_nulls()).row(0) != (False, False):
        raise FinflowError("A mark names its leg_id and its origin: the offence, victim or payment it stands for.")
    return given, False


def decided_marks(con: duckdb.DuckDBPyConnection, given: pl.DataFrame, are_hits: bool) -> tuple[pl.DataFrame, bool]:
    """What given_marks gave, as marks on legs, and whether they are leads: hits, or marks not all of which a person
    decided, as proceeds or as what linked money was to pay for: `EarlierDebits.marks`."""
    if are_hits:
        return as_legs(con, given), True
    decided = read_proceeds(con).frame.select(pl.col(name).cast(kind) for name, kind in MARK_COLUMNS.items())
    each, known = (frame.with_columns(n=pl.int_range(pl.len()).over(GIVEN)) for frame in (given, decided))
    left = each.join(known, on=[*GIVEN, "n"], how="anti", nulls_equal=True)  # a row given twice was decided once
    traced_back = left.join(store.frame(con, _TRACED_BACK), on="leg_id").filter(
        pl.col("origin").is_in(decided["origin"].implode()), pl.col("amount").sum().over("leg_id") <= pl.col("most"),
        pl.col("amount").null_count().over("leg_id") == 0,
    )  # fmt: skip
    return given, traced_back.height < left.height


_TRACED_BACK = """
    WITH decided AS (
        SELECT held.object AS leg_id, coalesce(held.amount, credit.amount) AS amount
        FROM decision_holding AS held INNER JOIN leg AS credit ON held.subject = credit.leg_id AND credit.side = 'CRDT'
        WHERE held.kind = 'earlier_debit'
    )
    SELECT leg_id, sum(amount) AS most FROM decided GROUP BY leg_id
"""


def as_legs(con: duckdb.DuckDBPyConnection, hits: pl.DataFrame) -> pl.DataFrame:
    """Every transfer that fired, whole, where it left or else where it came in; the rule is the origin."""
    fired = hits.explode("transfers").drop_nulls().unique(maintain_order=True)
    con.register("fired", fired.with_row_index("n").rename({"transfers": "transfer_id"}))
    marks = store.frame(
        con,
        """
        SELECT coalesce(debit_leg, credit_leg) AS leg_id, query AS origin, CAST(NULL AS DECIMAL(28, 8)) AS amount
        FROM fired INNER JOIN transfer ON fired.transfer_id = transfer.transfer_id ORDER BY n
    """,
    )
    con.unregister("fired")
    return marks

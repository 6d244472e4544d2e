"""What a payment consists of, followed back: `case.composition`.

Every credit it can have come from is listed, marked or not, and together they are the payment.
"""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

import duckdb
import polars as pl

from finflow.check import completeness
from finflow.keys import basis, digest, stored
from finflow.labels import labels
from finflow.resolve import refuse_unresolved
from finflow.results import Result
from finflow.trace.asked import GIVEN, chosen_payments, payments
from finflow.trace.policies import parted, policies, said, unnamed
from finflow.trace.proceeds import read_proceeds
from finflow.trace.progress import progress_of
from finflow.trace.trail import refuse_gaps
from finflow.trace.verbs import open_months

if TYPE_CHECKING:
    from finflow.case import Case
    from finflow.trace.ledger import Ledger

_FRAME: dict[str, Any] = {
    "payment": pl.String, "what": pl.String, "origin": pl.String, "account_id": pl.String, "booking_date": pl.Date,
    "leg_id": pl.String, "amount": pl.Int64, "currency": pl.String,
}  # fmt: skip


@dataclass(frozen=True)
class Composition(Result):
    """What payments consist of under one method. Amounts are decimals in the currency of the account that paid.

    frame: payment (its leg), what (marked, opening balance, cash, other credit, bank credit), origin (of marked money),
        account_id, booking_date and leg_id of the line with which other money came (NULL: bank credit, or the rest of
        a credit that was larger than its debit), amount, currency; the largest first
    payments: payment, amount, currency, marked, other, residue (must be 0)
    """

    key: str
    policies: dict[str, str]
    payments: pl.DataFrame
    called: dict[str, str]

    element: ClassVar[str] = "finflow-composition"
    caption: ClassVar[str] = "What the payment consists of, credit by credit"

    @property
    def statement(self) -> str:
        """Which rule was applied, in the words of a report."""
        method, same_day = (said(name, self.policies[name]) for name in ("method", "same_day"))
        return (
            f"Accounting rule: {method}; order within a day: {same_day}. Every part is listed, marked or not; "
            "together they are the payment. Another rule divides the same payment otherwise."
        )

    def shown(self) -> pl.DataFrame:
        """The parts as a page may call their accounts."""
        called = pl.col("account_id").replace(self.called).alias("account")
        return self.frame.select("payment", "what", "origin", called, "booking_date", "amount", "currency")

    def listed(self) -> pl.DataFrame:
        """Account ids and lines, for the user of the case."""
        return self.frame

    def __str__(self) -> str:
        """The parts for a terminal."""
        return f"{self.statement}\n{super().__str__()}"

    def _repr_html_(self) -> str:
        from finflow.results import table

        return table(self.shown(), element=self.element, caption=f"{self.caption}. {self.statement}")


def composition(case: "Case", paid: str, *, method: str = "fifo", same_day: str = "printed") -> Composition:
    """Divide a payment among all credits it can have come from, under one method. What is marked keeps its origin.

    paid: the id of a debit leg, or of an asset with payments that a person decided (each line as a whole). Raises
    FinflowError for an unknown payment or method, DataGap when it rests on a gap that nobody acknowledged.
    """
    values = policies(method=method, same_day=same_day)
    with case.logged("composition", method=method, same_day=unnamed(values)["same_day"]) as outcome:
        with case.reading("composition") as con:
            refuse_unresolved(con)
            legs = _payments(con, paid)
            marks = read_proceeds(con).frame.select(GIVEN)
            key = digest(basis(con), "composition", values, legs, marks.rows())
            kept = stored(case.folder, key, lambda: _composition(con, legs, marks, values))
            called = labels(con)
        outcome.update(key=key, payments=len(legs))
    refuse_gaps(kept["gaps"])
    return Composition(kept["parts"], key, values, kept["payments"], called)


def _payments(con: duckdb.DuckDBPyConnection, paid: str) -> list[str]:
    known = con.execute("SELECT 1 FROM leg WHERE leg_id = $paid AND side = 'DBIT'", {"paid": paid}).fetchall()
    return [paid] if known else chosen_payments(con, [paid])["leg_id"].to_list()


def _composition(
    con: duckdb.DuckDBPyConnection, paid: list[str], given: pl.DataFrame, values: dict[str, str]
) -> dict[str, pl.DataFrame]:
    import numpy as np

    from finflow.trace.elections import elected_legs, read_elections
    from finflow.trace.ledger import read_ledger
    from finflow.trace.marks import marks_on
    from finflow.trace.passed import accounts_for
    from finflow.trace.plan import Marks, ordered
    from finflow.trace.rows import CaseRecords
    from finflow.trace.upstream import sources_of

    months, records = completeness(con), CaseRecords(con)
    decided, legs = read_elections(con, payments(con)), pl.Series(paid, dtype=pl.String)
    beside = pl.concat([legs, given["leg_id"], decided["leg_id"]])
    named = parted("same_day", values["same_day"])[1]
    ledger = read_ledger(con, records, accounts_for(con, records, legs, backward=True, beside=beside, named=named))
    none = np.empty(0, np.int64)
    marks = marks_on(ledger, given) if given.height else Marks((), none, none, none)
    elected = elected_legs(ledger, decided)
    in_order = ordered(ledger, values["same_day"])
    debits = ledger.find(legs).filter(pl.col("side") == "DBIT").sort("leg")
    rows, reached = [], set()
    for payment in debits["leg"]:
        with progress_of(f"composition {values['method']}") as progress:
            parts, pockets = sources_of(ledger, marks, in_order, payment, values["method"], elected, progress)
        rows += [(payment, *part) for part in parts]
        reached |= {ledger.pockets["account_id"][int(pocket)] for pocket in pockets}
    until = ledger.described(debits["leg"].to_numpy())["booking_date"].max()
    months = months.filter(pl.col("account_id").is_in(reached) & (pl.col("month") <= until))
    return {**_frames(ledger, rows), "gaps": open_months(months)}


def _frames(ledger: "Ledger", rows: list[tuple[Any, ...]]) -> dict[str, pl.DataFrame]:
    columns = {"leg": pl.Int64, "what": pl.String, "origin": pl.String, "came": pl.Int64, "units": pl.Int64}
    parts = pl.DataFrame(rows, schema=columns, orient="row")
    told = pl.concat([parts["leg"], parts["came"]]).unique()
    about = ledger.described(told.filter(told >= 0).to_numpy())
    legs = about.select("leg", "leg_id", "currency", whole="units")
    came = about.select("account_id", "booking_date", "kind", came="leg", line="leg_id")
    by = ("leg", "what", "origin", "came")
    sums = parts.group_by(by, maintain_order=True).agg(pl.col("units").sum())
    found = sums.join(legs, on="leg").join(came, on="came", how="left").with_columns(what=_kind())
    frame = found.sort("leg", "units", "came", descending=[False, True, False], maintain_order=True).select(
        payment="leg_id", what="what", origin="origin", account_id="account_id", booking_date="booking_date",
        leg_id="line", amount="units", currency="currency",
    )  # fmt: skip
    marked = pl.col("units").filter(pl.col("what") == "marked").sum()
    totals = found.group_by("leg_id", "currency", "whole", maintain_order=True).agg(
        marked=marked, other=pl.col("units").sum() - marked
    )
    proof = totals.with_columns(residue=pl.col("whole") - pl.col("marked") - pl.col("other"))
    proof = proof.select("leg_id", "whole", "currency", "marked", "other", "residue")
    proof = proof.rename({"leg_id": "payment", "whole": "amount"})
    for name in ("amount", "marked", "other", "residue"):
        proof = ledger.decimals(proof, name, "currency")
    return {
        "parts": ledger.decimals(
            frame.select(pl.col(name).cast(kind) for name, kind in _FRAME.items()), "amount", "currency"
        ),
        "payments": proof,
    }


def _kind() -> pl.Expr:
    """The kind of other money of a source with a line, in the words of a trail."""
    by_line = (
        pl.when(pl.col("kind") == "opening").then(pl.lit("opening balance"))
        .when(pl.col("kind") == "cash_deposit").then(pl.lit("cash"))
        .otherwise(pl.lit("other credit"))
    )  # fmt: skip
    return pl.when(pl.col("what") == "").then(by_line).otherwise("what")

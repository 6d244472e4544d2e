"""Debits made before the linked money came, as if they had counted on it: `case.earlier_debits`.

Off unless asked for, and never part of a trail. Money that repays an overdraft is no longer followed. Where a person
decides, on evidence, that the payment before and the money after were one plan, as much of the payment as the account
owed for it and as the linked money repaid is stated apart: what is traced back never exceeds what was extinguished.
"""

from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Any, ClassVar

import duckdb
import polars as pl

from finflow import store
from finflow.errors import FinflowError
from finflow.people import amount_of
from finflow.places import shipped
from finflow.resolve import refuse_unresolved
from finflow.results import Result, money

if TYPE_CHECKING:
    from finflow.case import Case
    from finflow.trace.trail import Trail

_MONEY = pl.Decimal(28, 8)
_BACK: dict[str, Any] = {
    "credit_leg": pl.String, "debit_leg": pl.String, "origin": pl.String, "amount": _MONEY, "currency": pl.String,
    "decided_by": pl.String, "decided_on": pl.Date, "reason": pl.String, "evidence": pl.String,
}  # fmt: skip


@dataclass(frozen=True)
class EarlierDebits(Result):
    """Candidates, and what persons decided. Amounts are decimals in the currency of the account.

    frame: credit_leg, debit_leg, account_id, currency, credit_date, debit_date, credit_amount, debit_amount, owed (what
        the debit took beyond the balance), overdraft (what of it the credit repaid), why
    back: credit_leg, debit_leg, origin, amount (traced back), currency, decided_by, decided_on, reason, evidence
    extinguished: currency, amount of linked money that repaid overdrafts in the trail
    """

    method: str
    back: pl.DataFrame
    extinguished: pl.DataFrame

    element: ClassVar[str] = "finflow-earlier-debits"
    caption: ClassVar[str] = "Debits before linked money came, on the same account: candidates for a person to decide"

    @property
    def marks(self) -> pl.DataFrame:
        """What is traced back, to be followed on in a trail of its own: leg_id, origin, amount."""
        sums = self.back.group_by("debit_leg", "origin", maintain_order=True).agg(pl.col("amount").sum())
        return sums.rename({"debit_leg": "leg_id"})

    @property
    def statement(self) -> str:
        """What persons decided and what it comes to, beside the result without it."""
        gone = "; ".join(f"{money(amount)} {currency}" for currency, amount in self.extinguished.rows()) or "nothing"
        sums = self.back.group_by("currency", maintain_order=True).agg(pl.col("amount").sum())
        back = "; ".join(f"{money(amount)} {currency}" for currency, amount in sums.rows()) or "nothing"
        said = [
            f"{row['decided_by']} on {row['decided_on']}: {row['reason']} (evidence: {row['evidence']})"
            for row in self.back.unique(["credit_leg", "debit_leg"], maintain_order=True).iter_rows(named=True)
        ]
        return (
            f"Without earlier debits: {gone} of the linked money repaid overdrafts and is no longer followed. "
            f"Traced back to earlier debits by decision: {back}. {' '.join(f'{one}.' for one in said)}"
        ).strip()

    def shown(self) -> pl.DataFrame:
        """The candidates by their lines, which name no account."""
        return self.frame.drop("account_id")

    def listed(self) -> pl.DataFrame:
        """Account ids too, for the user of the case."""
        return self.frame

    def __str__(self) -> str:
        """The candidates for a terminal."""
        return f"{self.statement}\n{super().__str__()}"

    def _repr_html_(self) -> str:
        from finflow.results import table

        return table(self.shown(), element=self.element, caption=f"{self.caption}. {self.statement}")


def earlier_debits(
    case: "Case", trail: "Trail", *, days: int = 30, tolerance: Decimal | str = Decimal(0)
) -> EarlierDebits:
    """Candidates before each credit that brought linked money, and what of it decisions of persons trace back.

    days: how long before the credit a debit may stand. tolerance: by how much amounts may differ. A person confirms a
    pair with case.decide(credit, "earlier_debit", debit, by=..., why=..., evidence=...). Raises FinflowError for a
    trail of leads, DataGap when the trail rests on a gap that nobody acknowledged.
    """
    if trail.leads_only:
        raise FinflowError("Earlier debits rest on money that a person marked, never on leads. Trace case.proceeds().")
    trail.refuse_gaps()
    if not isinstance(days, int) or days < 0:
        raise FinflowError("days is a whole number: how long before the credit a debit may stand, for example 30.")
    allowed = amount_of(tolerance, "tolerance")
    with case.logged("earlier_debits", trail=trail.key, days=days) as outcome:
        with case.reading("earlier_debits") as con:
            refuse_unresolved(con)
            arrived = _arrived(trail)
            pairs = _pairs(con, arrived, days, allowed or Decimal(0))
            decided = store.frame(con, _query("earlier_debit_decided"))
        candidates = pairs.filter(pl.col("in_window") & (pl.col("why") != "")).drop("in_window")
        back = pl.DataFrame(_back(pairs, decided, arrived), schema=_BACK, orient="row")
        outcome.update(candidates=candidates.height, decided=decided.height)
    gone = arrived.group_by("currency").agg(amount=pl.col("gone").sum()).filter(pl.col("amount") > 0).sort("currency")
    return EarlierDebits(candidates, trail.policies["method"], back, gone)


def _query(name: str) -> str:
    return (shipped("queries") / "trace" / f"{name}.sql").read_text(encoding="utf-8")


def _arrived(trail: "Trail") -> pl.DataFrame:
    """Credits that brought linked money, in their order: leg_id, origin, currency, gone (repaid an overdraft)."""
    arrived = trail.steps.filter(pl.col("kind") == "arrived")
    sums = arrived.group_by("leg_id", "origin", "currency", maintain_order=True).agg(pl.col("gone").sum())
    exact = [Decimal(gone).scaleb(-trail.units[currency]) for gone, currency in sums.select("gone", "currency").rows()]
    return sums.with_columns(gone=pl.Series(exact, dtype=_MONEY))


def _pairs(con: duckdb.DuckDBPyConnection, arrived: pl.DataFrame, days: int, tolerance: Decimal) -> pl.DataFrame:
    con.register("arrived", arrived.select("leg_id").unique(maintain_order=True))
    found = store.frame(con, _query("earlier_debit"), {"days": days, "tolerance": tolerance})
    con.unregister("arrived")
    return found


def _back(pairs: pl.DataFrame, decided: pl.DataFrame, arrived: pl.DataFrame) -> list[tuple[Any, ...]]:
    """What each decided pair traces back: no more than the debit owed, nor than the credit's linked money repaid."""
    owed = {(row[0], row[1]): (row[2], row[3]) for row in pairs.select(_PAIR).rows()}
    left_of_debit: dict[str, Decimal] = {debit: amount for (_, debit), (amount, _) in owed.items()}
    gone = {(leg, origin): amount for leg, origin, amount in arrived.select("leg_id", "origin", "gone").rows()}
    rows = []
    for row in decided.iter_rows(named=True):
        credit, debit = row["credit_leg"], row["debit_leg"]
        if (credit, debit) not in owed:
            continue
        rest = left_of_debit[debit] if row["amount"] is None else min(row["amount"], left_of_debit[debit])
        for leg, origin in list(gone):
            part = min(rest, gone[leg, origin]) if leg == credit else Decimal(0)
            if part > 0:
                rest, gone[leg, origin] = rest - part, gone[leg, origin] - part
                left_of_debit[debit] -= part
                about = (row["decided_by"], row["decided_on"], row["reason"], row["evidence"])
                rows.append((credit, debit, origin, part, owed[credit, debit][1], *about))
    return rows


_PAIR = ("credit_leg", "debit_leg", "owed", "currency")

"""What payments owe to marked money: by arithmetic first, then under every method and same-day order actually run."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

import polars as pl

from finflow.results import Result
from finflow.trace.policies import ALLOWED

if TYPE_CHECKING:
    from finflow.trace.ledger import Ledger
    from finflow.trace.plan import Plan

MONEY = pl.Decimal(28, 8)


@dataclass(frozen=True)
class Comparison(Result):
    """One row per asset and currency of its payments. Amounts are decimals in the currency of the accounts that paid.

    frame: asset_id, currency, price (paid from accounts of the case), at_least, at_most (arithmetic: no rule whatever
        leaves them), lowest, highest (of the methods and same-day orders run; not bounds)
    bounds: asset_id, account_id (that paid), currency, price, other (money of other or unknown origin that came
        before; NULL where an opening balance is not known), at_least, at_most
    runs: asset_id, currency, method, same_day, amount
    """

    key: str
    leads_only: bool
    bounds: pl.DataFrame
    runs: pl.DataFrame

    element: ClassVar[str] = "finflow-comparison"
    caption: ClassVar[str] = (
        "Amounts linked to the source: at least and at most by arithmetic, whichever accounting rule is applied; "
        "lowest and highest of the rules that were run"
    )

    @property
    def methods(self) -> pl.DataFrame:
        """Per asset and method: asset_id, currency, method, lowest, highest over the same-day orders."""
        by = ("asset_id", "currency", "method")
        amount = pl.col("amount")
        grouped = self.runs.group_by(by, maintain_order=True)
        return grouped.agg(amount.min().alias("lowest"), amount.max().alias("highest"))


def compared(ledger: "Ledger", plans: Mapping[str, "Plan"], paid: pl.DataFrame) -> dict[str, pl.DataFrame]:
    """The frames of a Comparison: summary, bounds and runs. paid: asset_id, leg_id, amount, leg_amount, currency …"""
    numbered = _numbered(ledger, paid)
    bounds = _bounds(ledger, plans, numbered)
    runs = _runs(ledger, plans, numbered)
    by = ("asset_id", "currency")
    arithmetic = bounds.group_by(by).agg(pl.col("price", "at_least", "at_most").sum())
    rules = runs.group_by(by).agg(pl.col("amount").min().alias("lowest"), pl.col("amount").max().alias("highest"))
    return {"summary": arithmetic.join(rules, on=by).sort(by), "bounds": bounds, "runs": runs}


def _numbered(ledger: "Ledger", paid: pl.DataFrame) -> pl.DataFrame:
    """Payments with the number of their leg and the part of it, in minor units."""
    debits = ledger.legs.filter(pl.col("side") == "DBIT").select(
        "leg_id", "leg", "pocket", pl.col("amount").cast(pl.Int64).alias("whole")
    )
    found = paid.join(debits, on="leg_id", maintain_order="left")
    exact = pl.col("amount").cast(pl.Decimal(38, 8)).to_physical()
    step = pl.lit(10, pl.Int64).pow(8 - pl.col("currency").replace_strict(ledger.units, return_dtype=pl.Int64))
    return found.with_columns(part=pl.min_horizontal((exact // step).cast(pl.Int64), "whole"))


def _bounds(ledger: "Ledger", plans: Mapping[str, "Plan"], paid: pl.DataFrame) -> pl.DataFrame:
    """The widest bounds over every same-day order, per asset and account that paid."""
    from finflow.trace.bounds import TOO_MUCH, Payments, bounds

    slots = paid.group_by("asset_id", "account_id", "currency", "pocket").agg(pl.col("part").sum().alias("price"))
    slots = (
        slots.sort("asset_id", "account_id", "currency")
        .with_row_index("slot")
        .with_columns(pl.col("slot").cast(pl.Int64))
    )
    paid = paid.join(slots.select("asset_id", "pocket", "slot"), on=["asset_id", "pocket"])
    every = []
    for planned in plans.values():
        events = pl.DataFrame({"leg": planned.legs}).with_row_index("event")
        rows = paid.join(events, on="leg").sort("event", "slot").select(pl.col("event", "slot", "part").cast(pl.Int64))
        found = bounds(planned, Payments(rows.to_numpy(order="c"), slots.height))
        names = ("reached_price", "other", "at_least", "at_most")
        every.append(slots.hstack([pl.Series(name, found[:, i]) for i, name in enumerate(names)]))
    # a payment from an account that marked money cannot have reached is other money altogether
    unreached = pl.col("price") - pl.col("reached_price")
    by = ("asset_id", "account_id", "currency", "price")
    wide = pl.concat(every).with_columns(other=pl.col("other") + unreached)
    widest = wide.group_by(by).agg(pl.col("other").max(), pl.col("at_least").min(), pl.col("at_most").max()).sort(by)
    widest = widest.with_columns(pl.when(pl.col("other") < TOO_MUCH).then("other"))
    for name in ("price", "other", "at_least", "at_most"):
        widest = ledger.decimals(widest, name, "currency")
    return widest


def _runs(ledger: "Ledger", plans: Mapping[str, "Plan"], paid: pl.DataFrame) -> pl.DataFrame:
    """What each method and same-day order gives for each asset."""
    rows = []
    for method in ALLOWED["method"]:
        for same_day, planned in plans.items():
            linked = _linked(planned, method)
            of_payment = paid.join(linked, on="leg", how="left").with_columns(pl.col("units").fill_null(0))
            part = pl.col("units").cast(pl.Int128) * pl.col("part") // pl.max_horizontal("whole", 1)
            sums = of_payment.group_by("asset_id", "currency").agg(part.sum().cast(pl.Int64).alias("amount"))
            rows.append(sums.with_columns(method=pl.lit(method), same_day=pl.lit(same_day)))
    runs = pl.concat(rows).sort("asset_id", "currency", maintain_order=True)
    return ledger.decimals(runs, "amount", "currency").select("asset_id", "currency", "method", "same_day", "amount")


def _linked(planned: "Plan", method: str) -> pl.DataFrame:
    """Marked money on each debit, in minor units: leg, units."""
    from finflow.trace.state import OUT

    said = planned.replay(method).rows
    out = said[(said[:, 0] == OUT) & (said[:, 2] < len(planned.marks.origins))]
    frame = pl.DataFrame(
        {"leg": planned.legs[out[:, 1]], "units": out[:, 3]}, schema={"leg": pl.Int64, "units": pl.Int64}
    )
    return frame.group_by("leg").agg(pl.col("units").sum())

"""What of each asset is linked to proceeds: first by arithmetic, then under every accounting rule."""

from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import polars as pl

from finflow.trace.policies import with_value
from finflow.trace.verbs import compare

if TYPE_CHECKING:
    from finflow.case import Case
    from finflow.trace.trail import Trail

_MONEY = pl.Decimal(28, 8)
_BOUNDS: dict[str, Any] = {
    "asset_id": pl.String, "account_id": pl.String, "currency": pl.String, "price": _MONEY, "other": _MONEY,
    "at_least": _MONEY, "at_most": _MONEY,
}  # fmt: skip
_METHODS: dict[str, Any] = {
    "asset_id": pl.String, "currency": pl.String, "method": pl.String, "lowest": _MONEY, "highest": _MONEY,
}  # fmt: skip


@dataclass(frozen=True)
class Amounts:
    """One asset's share of proceeds, in the currency that was paid; rules_from to rules_to over all rules.

    other: None where the opening balance of an account that paid is not known.
    """

    currency: str
    paid: Decimal
    other: Decimal | None
    at_least: Decimal
    at_most: Decimal
    rules_from: Decimal
    rules_to: Decimal


@dataclass(frozen=True)
class Linked:
    """All amounts in the currency of the accounts that paid.

    bounds: asset_id, account_id (that paid), currency, price, other (NULL = not known), at_least, at_most.
    methods: asset_id, currency, method, lowest, highest (over the orders of one day that were run).
    """

    bounds: pl.DataFrame
    methods: pl.DataFrame

    def of(self, asset_id: str) -> Amounts | None:
        """The sums for one asset over the accounts that paid; None for nothing, or in several currencies."""
        bounds = self.bounds.filter(pl.col("asset_id") == asset_id)
        if bounds["currency"].n_unique() != 1:
            return None
        rules = self.methods.filter(pl.col("asset_id") == asset_id)
        price, least, most = (sum(bounds[name], Decimal(0)) for name in ("price", "at_least", "at_most"))
        other = None if bounds["other"].null_count() else sum(bounds["other"], Decimal(0))
        lowest, highest = min(rules["lowest"]), max(rules["highest"])
        return Amounts(bounds["currency"][0], price, other, least, most, rules_from=lowest, rules_to=highest)


def nothing_linked() -> Linked:
    """What is known without a trail."""
    return Linked(pl.DataFrame(schema=_BOUNDS), pl.DataFrame(schema=_METHODS))


def link(case: "Case", trail: "Trail") -> Linked:
    """What the marks of a trail link to the payments that persons decided, under every method and same-day order; its
    other policies hold for all of them.

    Raises DataGap when a figure rests on a gap that nobody acknowledged.
    """
    same = {name: value for name, value in trail.policies.items() if name not in ("method", "same_day", "dust")}
    found = compare(case, trail.marks, same_day=with_value("same_day", trail.policies["same_day"], "printed"), **same)
    return Linked(found.bounds.select(_as(_BOUNDS)), found.methods.select(_as(_METHODS)))


def _as(schema: dict[str, Any]) -> list[pl.Expr]:
    return [pl.col(name).cast(kind) for name, kind in schema.items()]

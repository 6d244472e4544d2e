"""What of each asset is linked to proceeds: first by arithmetic, then under every accounting rule."""

from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import polars as pl

if TYPE_CHECKING:
    from finflow.case import Case
    from finflow.trace import Trail

_BOUNDS: dict[str, Any] = {
    "asset_id": pl.String, "account_id": pl.String, "currency": pl.String, "price": pl.Decimal(28, 8),
    "other": pl.Decimal(28, 8), "at_least": pl.Decimal(28, 8), "at_most": pl.Decimal(28, 8),
}  # fmt: skip
_METHODS: dict[str, Any] = {
    "asset_id": pl.String, "currency": pl.String, "method": pl.String, "amount": pl.Decimal(28, 8),
}  # fmt: skip


@dataclass(frozen=True)
class Amounts:
    """One asset's share of proceeds, in the currency of the accounts that paid."""

    currency: str
    paid: Decimal
    other: Decimal
    at_least: Decimal
    at_most: Decimal
    rules: tuple[tuple[str, Decimal], ...]

    @property
    def most_by_rule(self) -> Decimal:
        """The most that any rule gives."""
        return max((amount for _, amount in self.rules), default=Decimal(0))

    @property
    def least_by_rule(self) -> Decimal:
        """The least that any rule gives."""
        return min((amount for _, amount in self.rules), default=Decimal(0))


@dataclass(frozen=True)
class Linked:
    """bounds: asset_id, account_id (that paid), currency, price, other, at_least, at_most. methods: asset_id, currency,
    method, amount. All amounts in the currency of the payment."""

    bounds: pl.DataFrame
    methods: pl.DataFrame

    def of(self, asset_id: str) -> Amounts | None:
        """The sums for one asset over the accounts that paid; None when nothing is linked or currencies differ."""
        bounds = self.bounds.filter(pl.col("asset_id") == asset_id)
        if bounds["currency"].n_unique() != 1:
            return None
        rules = self.methods.filter(pl.col("asset_id") == asset_id).select("method", "amount").rows()
        price, other, least, most = (
            sum(bounds[name], Decimal(0)) for name in ("price", "other", "at_least", "at_most")
        )
        return Amounts(bounds["currency"][0], price, other, least, most, tuple(rules))


def nothing_linked() -> Linked:
    """What is known without a trail."""
    return Linked(pl.DataFrame(schema=_BOUNDS), pl.DataFrame(schema=_METHODS))


def link(case: "Case", trail: "Trail", payments: pl.DataFrame) -> Linked:
    """What a trail links to the payments that persons decided."""
    raise NotImplementedError

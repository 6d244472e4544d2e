"""How much of an asset may be proposed: a range, never more than what remains after what ranks first."""

from decimal import Decimal

import polars as pl

from finflow.assets.facts import Asset
from finflow.assets.linked import Amounts
from finflow.assets.words import say
from finflow.errors import FinflowError
from finflow.law import Basis


def amount_range(
    law: Basis, asset: Asset, amounts: Amounts | None, payments: pl.DataFrame, *, traced: bool
) -> tuple[Decimal, Decimal]:
    """Lower and upper end in the currency of the asset, as the basis allows.

    linked: from the arithmetic minimum to the most any rule gives; up to value: from that minimum (0 when nothing is
    linked) to what remains; value: what remains. Raises FinflowError in words where nothing can be proposed.
    """
    if asset.remains == 0:
        raise FinflowError(say("refused", "nothing_remains"))
    if law.amount == "value":
        return asset.remains, asset.remains
    usable = amounts is not None and amounts.currency == asset.currency
    low = min(amounts.at_least, asset.remains) if amounts and usable else Decimal(0)
    if law.amount == "up to value":
        return low, asset.remains
    most = _linked(asset, amounts, payments, traced=traced).rules_to
    return low, max(low, min(most, asset.remains))  # a rule rounds down where only part of a payment counts


def _linked(asset: Asset, amounts: Amounts | None, payments: pl.DataFrame, *, traced: bool) -> Amounts:
    """The amounts of an asset that a trail links to proceeds; refused in words where it does not."""
    own = payments.filter(pl.col("asset_id") == asset.asset_id)
    checks = (
        (not traced, "no_trail"),
        (own.is_empty(), "balance" if asset.kind == "bank_balance" else "no_payment"),
        (own["transfer_id"].null_count() > 0, "not_held"),
        (own["cited_twice"].any(), "cited_twice"),
    )
    for wrong, words in checks:
        if wrong:
            raise FinflowError(say("refused", words))
    if amounts is None or amounts.rules_to == 0:
        raise FinflowError(say("refused", "not_linked"))
    if amounts.currency != asset.currency:
        raise FinflowError(say("refused", "other_currency"))
    return amounts

"""Exact money: decimals for people, integers of the minor unit for kernels, never a float."""

from collections.abc import Sequence
from decimal import Decimal
from functools import cache

from iso4217 import Currency

from finflow.errors import FinflowError

PLACES = 8
"""Decimal places every amount column carries: enough for ISO 4217 (0 to 4) and for BTC (8)."""

CHAINS = ("BTC", "BCH", "LTC", "DOGE", "ETH", "BNB", "POL", "TRX", "XRP", "XMR", "SOL")
"""Chains by the code of their own unit. An account on one is its chain and its address: BTC/bc1q..."""

UNITS = (*CHAINS, "USDT", "USDC", "DAI")
"""Units that are kept with all eight places; a chain that counts finer prints amounts that cannot be kept exactly."""


@cache
def minor_units(currency: str) -> int:
    """Decimal places of a currency: ISO 4217's minor units, 8 for the units of chains.

    Raises FinflowError for a code that neither ISO 4217 nor UNITS lists.
    """
    if currency in UNITS:
        return PLACES
    try:
        exponent = Currency(currency).exponent
    except ValueError:
        raise FinflowError(
            f"Currency code {currency[:4]!r} is not in ISO 4217. Correct it in the mapping (key currency)."
        ) from None
    return exponent or 0


def unit_of(currency: str) -> Decimal:
    """The smallest unit of a currency, 0.01 for the euro. Raises as `minor_units` does."""
    return Decimal(1).scaleb(-minor_units(currency))


def to_minor(amount: Decimal, currency: str) -> int:
    """Integer number of minor units. Raises FinflowError when the amount has more decimals than the currency."""
    scaled = amount.scaleb(minor_units(currency))
    if scaled != scaled.to_integral_value():
        raise FinflowError(f"An amount in {currency} has more than {minor_units(currency)} decimals.")
    return int(scaled)


def from_minor(units: int, currency: str) -> Decimal:
    """The decimal amount of an integer number of minor units."""
    return Decimal(units).scaleb(-minor_units(currency))


def in_proportion(amount: int, weights: Sequence[int]) -> list[int]:
    """An amount split by weights, in whole units by largest remainder; equal remainders to the one named first."""
    total = sum(weights)
    if total == 0:
        return [0] * len(weights)
    parts = [amount * weight // total for weight in weights]
    by_remainder = sorted(range(len(weights)), key=lambda i: (-(amount * weights[i] % total), i))
    for i in by_remainder[: amount - sum(parts)]:
        parts[i] += 1
    return parts

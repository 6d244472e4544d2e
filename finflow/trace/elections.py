"""Elections of persons: under libr the payments for one asset take linked money first, instead of other money.

The rule that money of others leaves last serves whose money it was; where the asset was paid before the rest was spent,
he may rather claim the asset. One election an asset, decided by a person and printed with who and when. A comparison
of rules has a run without them, and states what each changes, as it does for links.
"""

from collections.abc import Callable
from typing import Any

import duckdb
import numpy as np
import polars as pl

from finflow import store
from finflow.trace.comparison import Planned, linked_money, numbered_payments, of_payments_under
from finflow.trace.exact import Integers
from finflow.trace.ledger import Ledger

_ELECTED = """
    SELECT subject AS asset_id, decided_by, decided_on, why FROM decision_holding
    WHERE kind = 'election' ORDER BY decision_no
"""


def read_elections(con: duckdb.DuckDBPyConnection, payments: pl.DataFrame) -> pl.DataFrame:
    """Elections that hold, by payment: asset_id, leg_id (NULL = no payment known), decided_by, decided_on, why.

    payments: asset_id, leg_id.
    """
    found = store.frame(con, _ELECTED)
    joined = found.join(payments.select("asset_id", "leg_id"), on="asset_id", how="left", maintain_order="left")
    return joined.select("asset_id", "leg_id", "decided_by", "decided_on", "why")


def elected_legs(ledger: Ledger, elections: pl.DataFrame) -> Integers:
    """The debits of a ledger that elections are about."""
    return np.sort(ledger.find(elections["leg_id"]).filter(pl.col("side") == "DBIT")["leg"].to_numpy())


_EFFECTS: dict[str, Any] = {
    "election": pl.String, "decided_by": pl.String, "decided_on": pl.Date, "why": pl.String, "asset_id": pl.String,
    "currency": pl.String, "without": pl.Decimal(28, 8),
}  # fmt: skip


def effects(
    ledger: Ledger,
    elections: pl.DataFrame,
    chosen: dict[str, str],
    paid: pl.DataFrame,
    planned: Callable[[Integers], Planned],
) -> pl.DataFrame:
    """The amount of each asset under libr without each election, then without all of them (election NULL).

    planned: what is replayed when these debits are elected. Columns: election (its asset), decided_by, decided_on, why,
    asset_id, currency, without (decimals).
    """
    held = elections.join(ledger.find(elections["leg_id"]), on="leg_id", how="semi", maintain_order="left")
    each = held.drop("leg_id").unique(maintain_order=True).rename({"asset_id": "election"})
    together = pl.DataFrame([{}], schema=each.schema)
    numbered, under = numbered_payments(ledger, paid), chosen | {"method": "libr"}
    found = [pl.DataFrame(schema=_EFFECTS)]
    for one in [*each.iter_slices(1), *([together] if each.height > 1 else [])]:
        elected = one["election"][0]
        others = held.clear() if elected is None else held.filter(pl.col("asset_id") != elected)
        left = linked_money(planned(elected_legs(ledger, others))(under), "libr")
        amounts = ledger.decimals(of_payments_under(numbered, left), "amount", "currency")
        amounts = amounts.sort("asset_id", "currency").rename({"amount": "without"})
        found.append(one.join(amounts, how="cross").select(pl.col(name).cast(kind) for name, kind in _EFFECTS.items()))
    return pl.concat(found)

"""Elections of persons: under libr the payments for one asset take linked money first, instead of other money.

The rule that money of others leaves last serves whose money it was; where the asset was paid before the rest was spent,
he may rather claim the asset. One election an asset, decided by a person and printed with who and when. A comparison
of rules is run without elections, so that the result without them stands beside the trail.
"""

import duckdb
import numpy as np
import polars as pl

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
    found: pl.DataFrame = con.sql(_ELECTED).pl()
    joined = found.join(payments.select("asset_id", "leg_id"), on="asset_id", how="left", maintain_order="left")
    return joined.select("asset_id", "leg_id", "decided_by", "decided_on", "why")


def elected_legs(ledger: Ledger, elections: pl.DataFrame) -> Integers:
    """The debits of a ledger that elections are about."""
    legs = ledger.legs.filter(pl.col("side") == "DBIT").join(elections, on="leg_id", how="semi")
    return np.sort(legs["leg"].to_numpy())

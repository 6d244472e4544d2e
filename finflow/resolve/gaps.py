"""Where the records of an account do not follow: what stands between its statements and inside them."""

import duckdb

from finflow.places import shipped
from finflow.resolve.series import find_series

_STEPS = (
    ("printed_again", "duplicate_entry"), ("found_gap", "gap"), ("daily_balance", "daily_balance"),
    ("parting", "parting"),
)  # fmt: skip
_UNEXPLAINED = """
    INSERT INTO found_gap
    SELECT account_id, currency, day, CAST(day + INTERVAL 1 DAY AS DATE), 'within a day', difference
    FROM parting WHERE NOT explained
"""


def find_gaps(con: duckdb.DuckDBPyConnection) -> None:
    """Fill the temporary tables statement_series, printed_again, found_gap, daily_balance and parting from the
    evidence alone.
    """
    find_series(con)
    for name, query in _STEPS:
        text = (shipped("queries") / "resolve" / f"{query}.sql").read_text(encoding="utf-8")
        con.execute(f"CREATE OR REPLACE TEMP TABLE {name} AS {text}")
    con.execute(_UNEXPLAINED)

"""Where the records of an account do not follow: what stands between its statements and inside them."""

import duckdb

from finflow.places import shipped
from finflow.resolve.series import find_series

_UNEXPLAINED = """
    INSERT INTO found_gap
    SELECT account_id, currency, day, CAST(day + INTERVAL 1 DAY AS DATE), 'within a day', difference
    FROM parting WHERE NOT explained
"""


def compare_statements(con: duckdb.DuckDBPyConnection) -> None:
    """Fill the temporary tables statement_series, printed_again and found_gap from the evidence alone: what stands
    between statements, and inside each as a whole.
    """
    several = find_series(con)
    if several:
        _fill(con, "printed_again", "duplicate_entry")
    else:
        con.execute("CREATE OR REPLACE TEMP TABLE printed_again AS FROM duplicate_entry LIMIT 0")
    _fill(con, "found_gap", "gap")
    if several:
        con.execute(f"INSERT INTO found_gap ({_text('gap_of_series')}) EXCEPT FROM found_gap")


def find_gaps(con: duckdb.DuckDBPyConnection) -> None:
    """The same, and day by day: daily_balance, parting, and in found_gap what differs within a day."""
    compare_statements(con)
    _fill(con, "daily_balance", "daily_balance")
    _fill(con, "parting", "parting")
    con.execute(_UNEXPLAINED)


def _fill(con: duckdb.DuckDBPyConnection, table: str, query: str) -> None:
    con.execute(f"CREATE OR REPLACE TEMP TABLE {table} AS {_text(query)}")


def _text(query: str) -> str:
    return (shipped("queries") / "resolve" / f"{query}.sql").read_text(encoding="utf-8")

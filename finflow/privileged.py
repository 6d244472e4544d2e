"""Privileged payments: which bank lines nobody may read, in a table, so that every view can leave out their content.

The table follows decisions and list at once: it is written in the transaction that records a decision or loads a file,
before anything can be asked.
"""

import duckdb


def quarantine(con: duckdb.DuckDBPyConnection, file_id: str | None = None) -> None:
    """Write anew which payments are privileged; of one file alone after it was loaded."""
    begins = (file_id or "")[:16]
    if begins and not con.execute("SELECT 1 FROM listed WHERE list = 'privileged' LIMIT 1").fetchall():
        return
    con.execute("DELETE FROM privileged WHERE starts_with(entry_id, $begins)", {"begins": begins})
    con.execute(
        "INSERT INTO privileged BY NAME SELECT * FROM found_privileged WHERE starts_with(entry_id, $begins)",
        {"begins": begins},
    )

"""What the case holds and no figure rests on, by reason and number: never what it says."""

import duckdb

from finflow.counting import counted

_PRIVILEGED = """
    WITH held AS (
        SELECT DISTINCT privileged.entry_id, privileged.detail_no FROM privileged
        JOIN entry ON privileged.entry_id = entry.entry_id
        WHERE entry.entry_id NOT IN (SELECT entry_id FROM duplicate_entry)
    )
    SELECT count(*) FROM held
"""
_BY = """
    SELECT string_agg(DISTINCT decided_by, ', ' ORDER BY decided_by) FROM decision_holding
    WHERE (kind = 'privileged' OR (kind = 'listed' AND object = 'privileged')) AND coalesce(amount, 1) > 0
"""
_WITHDRAWN = """
    SELECT count(*), string_agg(DISTINCT decided_by, ', ' ORDER BY decided_by) FROM withdrawn
    WHERE file_id IN (SELECT file_id FROM evidence.source_file)
"""
_EXPUNGED = """
    SELECT count(*) FILTER (WHERE entry_id IS NULL), count(*) FILTER (WHERE entry_id IS NOT NULL),
        string_agg(DISTINCT order_reference, ', ' ORDER BY order_reference)
    FROM evidence.tombstone
"""


def excluded_in(con: duckdb.DuckDBPyConnection) -> str:
    """Privileged payments, withdrawn files and what was expunged, each counted, with who decided or the order."""
    payments = con.execute(_PRIVILEGED).fetchall()[0][0]
    files, withdrew = con.execute(_WITHDRAWN).fetchall()[0]
    whole, lines, orders = con.execute(_EXPUNGED).fetchall()[0]
    parts = []
    if payments:
        by = con.execute(_BY).fetchall()[0][0]
        parts.append(
            f"{counted(payments, 'payment')} as privileged by decision of {by}: day and amount stay, content does not"
        )
    if files:
        parts.append(f"{counted(files, 'file')} withdrawn by decision of {withdrew}")
    if whole or lines:
        parts.append(f"{counted(whole, 'file')} and {counted(lines, 'single line')} expunged under {orders}")
    return "; ".join(parts) or "none recorded"

"""Which source file a person means: by its name, or by the first digits of its SHA-256; and which may not come back."""

import duckdb

from finflow.errors import FinflowError

_FOUND = """
    SELECT file_id FROM evidence.source_file
    WHERE name = $said OR (length($said) >= 8 AND starts_with(file_id, lower($said)))
"""
_GONE = """
    SELECT file_id, order_reference FROM evidence.tombstone
    WHERE entry_id IS NULL AND length($said) >= 8 AND starts_with(file_id, lower($said))
"""
_EXPUNGED = """
    SELECT order_reference FROM evidence.tombstone WHERE file_id = $file_id AND (entry_id IS NULL OR $again) LIMIT 1
"""


def refuse_expunged(con: duckdb.DuckDBPyConnection, name: str, file_id: str, *, again: bool = False) -> None:
    """Raise FinflowError when these bytes were expunged; `again`, to be read anew: also when a line of them was."""
    for (order,) in con.execute(_EXPUNGED, {"file_id": file_id, "again": again}).fetchall():
        what = "lines of it were" if again else "it was"
        raise FinflowError(f"{name}: {what} expunged under {order}: these bytes are not read again.")


def file_of(con: duckdb.DuckDBPyConnection, said: str, where: str = "The file") -> str:
    """SHA-256 of the one file meant. Raises FinflowError when there is none, or more than one."""
    found = con.execute(_FOUND, {"said": said.strip()}).fetchall()
    if len(found) == 1:
        return str(found[0][0])
    if found:
        raise FinflowError(
            f"{where}: {len(found)} files have this name. Give the first digits of the SHA-256 instead; "
            "finflow custody CASE lists them."
        )
    for _, order in con.execute(_GONE, {"said": said.strip()}).fetchall():
        raise FinflowError(f"{where}: this file was expunged under {order}; nothing of it is left to decide about.")
    raise FinflowError(
        f"{where}: no file of the case has this name or a SHA-256 that begins so. Give the name, or at least 8 digits; "
        "finflow custody CASE lists the files."
    )

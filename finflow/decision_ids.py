"""Whether what a decision names is there: parties, accounts, legs, assets, months in doubt. Checked for all at once.

Only decisions that are new and not taken back are looked at: what stands stays, whatever was loaded or withdrawn since.
Parties that decisions of the same file declare count, in whatever order they stand. What may come later may be named
before: an account by an IBAN whose check digits are right, an asset to which a payment is linked.
"""

import difflib
import re
from collections.abc import Iterator
from typing import Any

import duckdb
from stdnum.iso7064 import mod_97_10

from finflow.decision_kinds import KINDS
from finflow.errors import FinflowError
from finflow.side import templates

_IBAN = re.compile(r"[A-Z]{2}\d{2}[A-Z0-9]{11,30}")
_CODE = re.compile(r"[A-Za-z]{1,3}-?\d{1,4}")  # an id of this form holds no personal value, so it may be printed


def _accounts() -> Iterator[str]:
    yield from (
        "SELECT account_id AS id FROM statement",
        "SELECT account_id FROM entry",
        "SELECT account_id FROM account",
    )
    yield from (f"SELECT counterparty_account_id FROM {table}" for table in ("entry", "detail"))
    for template in templates().values():
        open_columns = template.open_columns().items()
        yield from (f"SELECT {name} FROM {template.kind}" for name, column in open_columns if column.type == "account")


_PARTIES = """
    SELECT subject AS id FROM proposed WHERE kind = 'party' AND coalesce(amount, 1) > 0
    UNION ALL SELECT subject FROM decision_holding WHERE kind = 'party'
    UNION ALL SELECT party_id FROM party
    UNION ALL SELECT 'name:' || upper(trim(holder_name)) FROM statement
"""
KNOWN = {
    "party": _PARTIES,
    "account": " UNION ALL ".join(_accounts()),
    "leg": """
        SELECT entry_id AS id FROM entry
        UNION ALL SELECT entry_id || '/' || CAST(detail_no AS VARCHAR) FROM detail
        WHERE entry_id IN (SELECT regexp_replace(id, '/[0-9]+$', '') FROM asked)
    """,
    "party or asset": f"{_PARTIES} UNION ALL SELECT asset_id FROM asset",
}
"""What there is of each, as SQL with a column id."""

_LISTED = 'finflow sql CASE "SELECT party_id, name FROM party"'
FAULTS = {
    "party": "no party of this id is recorded. Declare it, in parties.csv or by finflow decide CASE ID party NAME "
    f"--label natural; or correct the id. Those there are: {_LISTED}",
    "account": "no bank line and no side evidence names this account, and it is no IBAN with right check digits. "
    "Correct it (no spaces), or load its file first. "
    'Those there are: finflow sql CASE "SELECT account_id FROM account"',
    "leg": "no bank line with this id is loaded. Load its file first: finflow load CASE FILE. "
    'Those there are: finflow sql CASE "SELECT leg_id, booking_date, amount FROM leg"',
    "party or asset": "no party is recorded and no asset registered under this id. Those there are: finflow assets "
    f"CASE, and {_LISTED}",
}


def _is_among(field: str) -> str:
    """SQL: kinds and what this field of theirs must be among."""
    pairs = [(name, getattr(kind, f"{field}_is")) for name, kind in KINDS.items()]
    return ", ".join(f"('{name}', '{what}')" for name, what in pairs if what)


_ASKED = "CREATE OR REPLACE TEMP TABLE asked AS " + " UNION ALL ".join(
    f"SELECT given, '{field}' AS field, {field} AS id, what FROM fresh "
    f"JOIN (VALUES {_is_among(field)}) AS must (kind, what) USING (kind) "
    f"WHERE {field} IS NOT NULL AND coalesce(amount, 1) > 0"  # what is taken back may name what is gone
    for field in ("subject", "object")
)


def refuse_unknown(con: duckdb.DuckDBPyConnection, rows: list[dict[str, Any]]) -> None:
    """Refuse the first row that names what is not there. Reads the table `fresh`: the rows that do not stand yet.

    Raises FinflowError naming the place and what to type next, never the id.
    """
    con.execute(_ASKED)
    for (what,) in con.execute("SELECT DISTINCT what FROM asked ORDER BY what").fetchall():
        missing = f"SELECT given, field, id FROM asked WHERE what = $what AND id NOT IN ({_ids(what)}) ORDER BY ALL"
        for given, field, said in con.execute(missing, {"what": what}).fetchall():
            if what != "account" or not _is_iban(said):
                raise FinflowError(f"{place(rows[given], field)}: {FAULTS[what]}.{_near(con, what, said)}")


def _is_iban(said: str) -> bool:
    """Whether its check digits are right: an account whose file may come later, and no typing error."""
    return bool(_IBAN.fullmatch(said)) and bool(mod_97_10.is_valid(said[4:] + said[:4]))


def _ids(what: str) -> str:
    return f"SELECT id FROM ({KNOWN[what]}) WHERE id IS NOT NULL"


def place(row: dict[str, Any], *fields: str) -> str:
    """Where a field of a decision stands: file, line and column, or its name."""
    columns = row.get("_columns", {})
    named = " and ".join(dict.fromkeys(columns.get(field, field) for field in fields))
    return f"{row['_where']}, column {named}" if "_where" in row else f"The decision, {named}"


def _near(con: duckdb.DuckDBPyConnection, what: str, said: str) -> str:
    """The nearest ids there are, of those that hold no personal value."""
    if what != "party":
        return ""
    codes = sorted({found for (found,) in con.execute(_ids(what)).fetchall() if _CODE.fullmatch(found)})
    near = difflib.get_close_matches(said, codes, n=3, cutoff=0.5)
    return f" Near it: {', '.join(near)}." if near else ""

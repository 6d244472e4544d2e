"""Whether what a decision names is there: parties, accounts, legs, assets, months in doubt. Checked for all at once.

Only decisions that are new and not taken back are looked at: what stands stays, whatever was loaded or withdrawn since.
Parties that decisions of the same file declare count, in whatever order they stand. What may come later may be named
before: an account by an IBAN whose check digits are right, an asset to which a payment is linked.
"""

import difflib
import re
from collections.abc import Iterator
from itertools import groupby
from typing import Any

import duckdb
from stdnum.iso7064 import mod_97_10

from finflow.decision_kinds import KINDS
from finflow.errors import FinflowError
from finflow.side import templates

_IBAN = re.compile(r"[A-Z]{2}\d{2}[A-Z0-9]{11,30}")
_CODE = re.compile(r"[A-Za-z]{1,3}-?\d{1,4}")  # an id of this form holds no personal value, so it may be printed


def _printed_accounts() -> Iterator[str]:
    yield "SELECT account_id AS id FROM entry"
    yield from (f"SELECT counterparty_account_id FROM {table}" for table in ("entry", "detail"))
    for template in templates().values():
        open_columns = template.open_columns().items()
        yield from (f"SELECT {name} FROM {template.kind}" for name, column in open_columns if column.type == "account")


_PARTIES = (
    "SELECT party_id AS id FROM party "
    "UNION ALL SELECT subject FROM proposed WHERE kind = 'party' AND coalesce(amount, 1) > 0",
    "SELECT subject AS id FROM decision_holding WHERE kind = 'party'",
    "SELECT 'name:' || upper(trim(holder_name)) AS id FROM statement",
)
KNOWN = {
    "party": _PARTIES,
    "account": (
        "SELECT account_id AS id FROM account UNION ALL SELECT account_id FROM statement",
        " UNION ALL ".join(_printed_accounts()),
    ),
    "leg": (
        "SELECT entry_id AS id FROM entry",
        """
        SELECT entry_id || '/' || CAST(detail_no AS VARCHAR) AS id FROM detail
        WHERE entry_id IN (SELECT regexp_replace(leg_id, '/[0-9]+$', '') FROM (SELECT unnest($asked) AS leg_id))
        """,
    ),
    "party or asset": ("SELECT asset_id AS id FROM asset", *_PARTIES),
}
"""Where each stands, as SQL with a column id: first where most are found, and soonest. $asked: the ids looked for."""

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


def refuse_unknown(con: duckdb.DuckDBPyConnection, rows: list[dict[str, Any]], fresh: list[int]) -> None:
    """Refuse the first row that names what is not there. `fresh`: the numbers of the rows that do not stand yet.

    Raises FinflowError naming the place and what to type next, never the id.
    """
    asked = sorted(_asked(rows, fresh), key=lambda each: each[:3])
    for what, group in groupby(asked, key=lambda each: each[0]):
        for _, given, field, said in _missing(con, what, list(group)):
            if what != "account" or not _is_iban(said):
                raise FinflowError(f"{place(rows[given], field)}: {FAULTS[what]}.{_near(con, what, said)}")


def _asked(rows: list[dict[str, Any]], fresh: list[int]) -> Iterator[tuple[str, int, str, str]]:
    """What is named, as what it must be among, number of the row, field and id."""
    for given in fresh:
        row, kind = rows[given], KINDS[rows[given]["kind"]]
        for field, what in (("subject", kind.subject_is), ("object", kind.object_is)):
            if what and row[field] is not None and row["amount"] != 0:  # what is taken back may name what is gone
                yield what, given, field, row[field]


def _missing(
    con: duckdb.DuckDBPyConnection, what: str, asked: list[tuple[str, int, str, str]]
) -> list[tuple[str, int, str, str]]:
    """Of what is asked for, what stands nowhere; no more places are read than it takes to find all."""
    for known in KNOWN[what]:
        if not asked:
            break
        query = f"SELECT DISTINCT id FROM ({known}) WHERE id IN (SELECT unnest($asked))"
        found = {held for (held,) in con.execute(query, {"asked": list({each[3] for each in asked})}).fetchall()}
        asked = [each for each in asked if each[3] not in found]
    return asked


def _is_iban(said: str) -> bool:
    """Whether its check digits are right: an account whose file may come later, and no typing error."""
    return bool(_IBAN.fullmatch(said)) and bool(mod_97_10.is_valid(said[4:] + said[:4]))


def place(row: dict[str, Any], *fields: str) -> str:
    """Where a field of a decision stands: file, line and column, or its name."""
    columns = row.get("_columns", {})
    named = " and ".join(dict.fromkeys(columns.get(field, field) for field in fields))
    return f"{row['_where']}, column {named}" if "_where" in row else f"The decision, {named}"


def _near(con: duckdb.DuckDBPyConnection, what: str, said: str) -> str:
    """The nearest ids there are, of those that hold no personal value."""
    if what != "party":
        return ""
    every = " UNION ALL ".join(KNOWN[what])
    known = con.execute(f"SELECT DISTINCT id FROM ({every}) WHERE id IS NOT NULL").fetchall()
    codes = sorted(found for (found,) in known if _CODE.fullmatch(found))
    near = difflib.get_close_matches(said, codes, n=3, cutoff=0.5)
    return f" Near it: {', '.join(near)}." if near else ""

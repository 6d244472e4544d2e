"""From entries to transfers: `case.resolve`.

The derived tables are dropped and rebuilt as a pure function of evidence, decisions and queries, whatever the order in
which files were loaded. Each step is one query in `queries/resolve/`.
"""

from dataclasses import dataclass
from html import escape
from typing import TYPE_CHECKING, ClassVar

import duckdb
import polars as pl
from schwifty import IBAN

from finflow.errors import FinflowError
from finflow.places import shipped
from finflow.resolve.mirrors import pair_legs
from finflow.resolve.order import order_legs
from finflow.resolve.parties import resolve_parties
from finflow.results import Result

if TYPE_CHECKING:
    from finflow.case import Case

DERIVED = ("duplicate_entry", "account", "transfer", "leg")


@dataclass(frozen=True)
class Resolved(Result):
    """What the entries amount to: one row per table or joining rule, with its count.

    `undecided`: accounts that print a name a person recorded or decided about, and whose holder nobody decided.
    """

    undecided: int = 0

    element: ClassVar[str] = "finflow-resolved"
    caption: ClassVar[str] = "What the bank lines amount to"

    @property
    def told(self) -> list[str]:
        """What a person has still to decide."""
        return [_UNDECIDED.format(count=self.undecided)] if self.undecided else []

    def _repr_html_(self) -> str:
        return super()._repr_html_() + "".join(f"<p>{escape(line)}</p>" for line in self.told)

    def __str__(self) -> str:
        """The table for a terminal, then what is still to be decided."""
        return "\n".join([super().__str__(), *self.told])


def resolve(case: "Case") -> Resolved:
    """Rebuild duplicates, accounts, parties, transfers and legs from the evidence and the decisions.

    Returns counts: column `what`, column `rows`. Running it again gives identical rows.
    """
    with case.logged("resolve") as outcome, case.writing("resolve") as con:
        undecided = rebuild(con)
        counts = con.sql(_COUNTS).pl()
        outcome.update(counts.select("what", "rows").rows())
    return Resolved(counts, undecided)


def rebuild(con: duckdb.DuckDBPyConnection) -> int:
    """Rebuild every derived table over an open connection; returns how many accounts wait for a `holder` decision."""
    for name in DERIVED:
        con.execute(f"DELETE FROM {name}")
    con.execute(f"INSERT INTO duplicate_entry BY NAME {text('duplicate_entry')}")
    con.execute(f"CREATE OR REPLACE TEMP TABLE raw_leg AS {text('raw_leg')}")
    pair_legs(con)
    con.execute(f"INSERT INTO transfer BY NAME {text('transfer')}")
    con.execute(f"CREATE OR REPLACE TEMP TABLE undone AS {text('reversal')}", {"days": 60})
    con.execute(
        "UPDATE transfer SET reverses = undone.reverses FROM undone WHERE transfer.transfer_id = undone.transfer_id"
    )
    order_legs(con)
    con.execute(f"INSERT INTO leg BY NAME {text('leg')}")
    _accounts(con)
    return resolve_parties(con)


def refuse_unresolved(con: duckdb.DuckDBPyConnection) -> None:
    """Raise FinflowError while bank lines stand for no transfer: nothing would be found in them, and it would look as
    if there were nothing to find."""
    left, held = con.execute(text("unresolved")).fetchall()[0]
    if not held:
        raise FinflowError("The case holds no bank lines yet. Type: finflow load CASE FILES, or case.load in Python.")
    if left:
        raise FinflowError(
            f"{left} bank lines are not resolved into transfers yet. Type: finflow resolve CASE, or in Python "
            "case.resolve(), then repeat."
        )


def text(name: str) -> str:
    """The text of one query of the resolve step."""
    return (shipped("queries") / "resolve" / f"{name}.sql").read_text(encoding="utf-8")


def _accounts(con: duckdb.DuckDBPyConnection) -> None:
    con.execute(f"CREATE OR REPLACE TEMP TABLE found_account AS {text('account')}")
    numbers = con.sql("SELECT account_id FROM found_account WHERE scheme = 'iban'").pl()["account_id"]
    checked = [IBAN(number, allow_invalid=True).is_valid for number in numbers]
    con.register("checked", pl.DataFrame({"account_id": numbers, "valid": pl.Series(checked, dtype=pl.Boolean)}))
    con.execute(
        "INSERT INTO account BY NAME SELECT found_account.* EXCLUDE (holder_name), valid FROM found_account "
        "LEFT JOIN checked USING (account_id)"
    )
    con.unregister("checked")


_UNDECIDED = (
    "Holder still to be decided for {count} of the accounts: each prints a name a person recorded or decided about. By "
    "name nobody is taken for another, so they are protected until a person decides each: finflow decide CASE "
    'ACCOUNT holder PARTY --by NAME --why REASON. Which they are: finflow sql CASE "SELECT account_id, holder_party_id '
    "FROM account WHERE holder_party_id LIKE 'name:%'\"."
)

_COUNTS = """
    SELECT 'lines printed again' AS what, count(*) AS rows FROM duplicate_entry
    UNION ALL SELECT 'accounts inside', count(*) FILTER (WHERE inside) FROM account
    UNION ALL SELECT 'accounts outside', count(*) FILTER (WHERE NOT inside) FROM account
    UNION ALL SELECT 'parties', count(*) FROM party
    UNION ALL SELECT 'legs', count(*) FROM leg
    UNION ALL SELECT 'transfers: ' || rule, count(*) FROM transfer GROUP BY rule
    UNION ALL SELECT 'reversals matched', count(*) FROM transfer WHERE reverses IS NOT NULL
    ORDER BY what
"""

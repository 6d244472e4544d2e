"""From entries to transfers: `case.resolve`.

The derived tables are dropped and rebuilt as a pure function of evidence, decisions and queries, whatever the order in
which files were loaded. Each step is one query in `queries/resolve/`.
"""

from dataclasses import dataclass, field
from decimal import Decimal
from html import escape
from typing import TYPE_CHECKING, Any, ClassVar

import duckdb
import polars as pl
from schwifty import BIC, IBAN
from stdnum import bitcoin

from finflow import store
from finflow.errors import FinflowError
from finflow.keys import evidence_basis
from finflow.money import minor_units
from finflow.places import shipped
from finflow.resolve.gaps import compare_statements
from finflow.resolve.mirrors import pair_legs
from finflow.resolve.order import order_legs
from finflow.resolve.parties import resolve_parties
from finflow.resolve.plain import decided, plainly
from finflow.resolve.turns import write_legs
from finflow.results import Result

if TYPE_CHECKING:
    from finflow.case import Case

SHOWN = 10
SETTLE = (
    'To settle one: case.decide(LEG, "mirror", LEG, by=..., why=...), or finflow decide CASE LEG mirror LEG --by ... '
    '--why ...; "not_mirror" keeps two apart, amount 0 takes either back. Then resolve again.'
)
DERIVED = ("duplicate_entry", "account", "transfer", "leg", "opening", "record_break", "unit")


@dataclass(frozen=True)
class Resolved(Result):
    """What the entries amount to: one row per table or joining rule, with its count.

    `candidates` lists the legs that may be one transfer and that a person must settle, as table mirror_candidate.
    `undecided`: accounts that print a name a person recorded or decided about, and whose holder nobody decided.
    """

    candidates: pl.DataFrame = field(default_factory=pl.DataFrame)
    undecided: int = 0

    element: ClassVar[str] = "finflow-resolved"
    caption: ClassVar[str] = "What the bank lines amount to"

    @property
    def told(self) -> list[str]:
        """What a person has still to settle or to decide, a line each, with what to type."""
        lines = [
            f"{row['debit_leg']} and {row['credit_leg']} may be one transfer. Agreed: {row['agreed']}. "
            f"Differed: {row['differed'] or 'nothing'}. Left apart: {row['why']}."
            for row in self.candidates.head(SHOWN).iter_rows(named=True)
        ]
        more = self.candidates.height - SHOWN
        lines += [f'{more} more: case.sql("SELECT * FROM mirror_candidate")'] if more > 0 else []
        lines += [SETTLE] if lines else []
        return [*lines, *([_UNDECIDED.format(count=self.undecided)] if self.undecided else [])]

    def _repr_html_(self) -> str:
        lines = "".join(f"<li>{escape(line)}</li>" for line in self.told)
        return super()._repr_html_() + (f"<ul>{lines}</ul>" if lines else "")

    def __str__(self) -> str:
        """The table for a terminal, then what a person has still to settle or to decide."""
        return "\n".join([super().__str__(), *self.told])


def resolve(case: "Case") -> Resolved:
    """Rebuild duplicates, accounts, parties, transfers and legs from the evidence and the decisions.

    Returns counts: column `what`, column `rows`. Running it again gives identical rows.
    """
    with case.logged("resolve") as outcome, case.writing("resolve") as con:
        undecided = rebuild(con)
        counts = store.frame(con, _COUNTS)
        outcome.update(counts.select("what", "rows").rows())
        candidates = store.frame(con, "SELECT * FROM mirror_candidate ORDER BY debit_leg, credit_leg")
    return Resolved(counts, candidates, undecided)


def rebuild(con: duckdb.DuckDBPyConnection) -> int:
    """Rebuild every derived table over an open connection; returns how many accounts wait for a `holder` decision."""
    for name in DERIVED:
        con.execute(f"DELETE FROM {name}")
    with plainly(con), decided(con):
        _derive(con)
        undecided = resolve_parties(con)
    con.execute("INSERT OR REPLACE INTO meta VALUES ('resolved', $evidence)", {"evidence": evidence_basis(con)})
    return undecided


def _derive(con: duckdb.DuckDBPyConnection) -> None:
    compare_statements(con)
    con.execute("INSERT INTO duplicate_entry BY NAME FROM printed_again")
    con.execute(f"CREATE OR REPLACE TEMP TABLE raw_leg AS {text('raw_leg')}")
    order_legs(con)
    pair_legs(con)
    con.execute(f"INSERT INTO transfer BY NAME {text('transfer')}")
    if not con.execute(_EACH_LEG_ONCE).fetchall()[0][0]:
        raise AssertionError("A leg stands in two transfers, or in none.")
    con.execute(f"CREATE OR REPLACE TEMP TABLE undone AS {text('reversal')}", {"days": 60})
    con.execute(
        "UPDATE transfer SET reverses = undone.reverses FROM undone WHERE transfer.transfer_id = undone.transfer_id"
    )
    _accounts(con)
    write_legs(con)
    con.execute(f"INSERT INTO opening BY NAME {text('opening')}")
    con.execute(_INSERT_BREAKS.format(query=(shipped("queries") / "trace" / "break.sql").read_text(encoding="utf-8")))
    _units(con)


def refuse_unresolved(con: duckdb.DuckDBPyConnection) -> None:
    """Raise FinflowError while bank lines stand for no transfer: nothing would be found in them, and it would look as
    if there were nothing to find."""
    if con.execute(_IS_RESOLVED, {"evidence": evidence_basis(con)}).fetchall():
        return
    left, held = con.execute(text("unresolved")).fetchall()[0]
    if not held:
        raise FinflowError("The case holds no bank lines yet. Type: finflow load CASE FILES, or case.load in Python.")
    if left:
        raise FinflowError(
            f"Bank lines not resolved into transfers yet: {left}. Type: finflow resolve CASE, or in Python "
            "case.resolve(), then repeat."
        )


def text(name: str) -> str:
    """The text of one query of the resolve step."""
    return (shipped("queries") / "resolve" / f"{name}.sql").read_text(encoding="utf-8")


def _units(con: duckdb.DuckDBPyConnection) -> None:
    asked = "SELECT currency FROM statement UNION SELECT currency FROM leg"
    currencies = [code for (code,) in con.execute(asked).fetchall()]
    rows = [(code, Decimal(1).scaleb(-minor_units(code)), minor_units(code)) for code in currencies]
    con.register("minor_unit", pl.DataFrame(rows, schema=_MINOR_UNIT, orient="row"))
    con.execute(f"INSERT INTO unit BY NAME {text('unit')}")
    con.unregister("minor_unit")


def _accounts(con: duckdb.DuckDBPyConnection) -> None:
    con.execute(f"CREATE OR REPLACE TEMP TABLE found_account AS {text('account')}")
    ibans = store.frame(con, "SELECT account_id FROM found_account WHERE scheme IN ('iban', 'address')")["account_id"]
    banks = store.frame(con, _BANK_CODES)["code"]
    _register(con, "checked_account", ibans, [_is_valid(number) for number in ibans])
    _register(con, "checked_bank", banks, [BIC(code, allow_invalid=True).is_valid for code in banks])
    con.execute(_INSERT_ACCOUNTS)
    con.unregister("checked_account")
    con.unregister("checked_bank")


def _is_valid(account: str) -> bool | None:
    """Whether the check digits of an IBAN or of an address hold; None for an address of a kind that is not checked."""
    chain, _, address = account.rpartition("/")
    if not chain:
        return IBAN(account, allow_invalid=True).is_valid
    return bitcoin.is_valid(address) if chain == "BTC" and not address.startswith("bc1p") else None


def _register(con: duckdb.DuckDBPyConnection, name: str, codes: pl.Series, valid: list[bool | None]) -> None:
    con.register(name, pl.DataFrame({"code": codes, "valid": pl.Series(valid, dtype=pl.Boolean)}))


_MINOR_UNIT: dict[str, Any] = {"currency": pl.String, "step": pl.Decimal(28, 8), "places": pl.Int64}
_INSERT_BREAKS = """
    INSERT INTO record_break BY NAME
    SELECT account.account_no, found.account_id, found.currency, found.day, found.came
    FROM ({query}) AS found
    INNER JOIN account ON found.account_id = account.account_id
    WHERE found.came > 0
    ORDER BY account.account_no, found.currency, found.day
"""
_BANK_CODE = "CASE WHEN scheme = 'bank' THEN coalesce(bank, split_part(account_id, '/', 1)) ELSE bank END"
_BANK_CODES = f"""
    SELECT DISTINCT {_BANK_CODE} AS code FROM found_account
    WHERE regexp_full_match({_BANK_CODE}, '[A-Z0-9]{{8}}([A-Z0-9]{{3}})?')
"""
_INSERT_ACCOUNTS = f"""
    INSERT INTO account BY NAME
    SELECT found_account.* EXCLUDE (holder_name), checked_account.valid, checked_bank.valid AS bank_valid
    FROM found_account
    LEFT JOIN checked_account
        ON found_account.scheme IN ('iban', 'address') AND checked_account.code = found_account.account_id
    LEFT JOIN checked_bank ON checked_bank.code = {_BANK_CODE}
"""


_UNDECIDED = (
    "Holder still to be decided for {count} of the accounts: each prints a name a person recorded or decided about. By "
    "name nobody is taken for another, so they are protected until a person decides each: finflow decide CASE ACCOUNT "
    "holder PARTY --by NAME --why REASON (where the printed name has a role that protects, that role is taken back "
    'first, or recorded for PARTY too). Which they are: finflow sql CASE "SELECT account_id, holder_party_id FROM '
    "account WHERE holder_party_id LIKE 'name:%'\"."
)

_EACH_LEG_ONCE = """
    SELECT (SELECT count(debit_leg) + count(credit_leg) FROM transfer) = (SELECT count(*) FROM raw_leg)
"""

_IS_RESOLVED = """
    SELECT 1 FROM meta WHERE key = 'resolved' AND value = $evidence AND EXISTS (SELECT 1 FROM transfer)
"""

_COUNTS = """
    SELECT 'lines printed again' AS what, count(*) AS rows FROM duplicate_entry
    UNION ALL SELECT 'accounts inside', count(*) FILTER (WHERE inside) FROM account
    UNION ALL SELECT 'accounts outside', count(*) FILTER (WHERE NOT inside) FROM account
    UNION ALL SELECT 'parties', count(*) FROM party
    UNION ALL SELECT 'legs', count(*) FROM leg
    UNION ALL SELECT 'transfers: ' || rule, count(*) FROM transfer GROUP BY rule
    UNION ALL SELECT 'pairs of lines a person must settle', count(*) FROM mirror_candidate
    UNION ALL SELECT 'reversals matched', count(*) FROM transfer WHERE reverses IS NOT NULL
    ORDER BY what
"""

"""What a case knows about each asset before any trace: who holds it, whose account it is, what ranks first."""

import hashlib
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any, NamedTuple

import duckdb
import polars as pl

from finflow import store
from finflow.assets.register_file import FOUND
from finflow.labels import NOT_ASSESSED, names
from finflow.people import unprotected
from finflow.places import shipped

WINDOW_DAYS = 366
"""How far from the day of its value a payment for an asset is looked for: a year, as contracts and values lie apart."""

_PARTIES = """
    SELECT party.party_id,
        list(DISTINCT role.role ORDER BY role.role) FILTER (WHERE role.role IS NOT NULL AND role.valid_until IS NULL)
    FROM party LEFT JOIN party_role AS role USING (party_id)
    GROUP BY ALL
"""


@dataclass(frozen=True)
class Person:
    """A party as far as assets go: the roles that hold, whether it is protected, what a page may call it."""

    party_id: str | None
    called: str
    roles: tuple[str, ...]
    protected: bool

    @property
    def suspect(self) -> bool:
        """Recorded as suspect or convicted."""
        return bool({"suspect", "convicted"} & {*self.roles})


@dataclass(frozen=True)
class Asset:
    """One asset, registered by a person or a balance found by the case. Amounts in `currency`."""

    asset_id: str
    origin: str
    kind: str
    description: str
    state: str | None
    holder: Person
    owner: Person | None
    account_id: str | None
    account: Person | None
    amount: Decimal
    currency: str
    valued_on: date
    value_source: str
    encumbrance: Decimal | None
    encumbrance_holder: str | None
    question: str | None
    use_note: str | None

    @property
    def remains(self) -> Decimal:
        """The value less what ranks first; never below nothing."""
        return max(self.amount - (self.encumbrance or Decimal(0)), Decimal(0))

    @property
    def protected(self) -> bool:
        """Whether a protected person holds it, stands behind it, or holds the account."""
        return any(person is not None and person.protected for person in (self.holder, self.owner, self.account))

    @property
    def of_suspect(self) -> bool:
        """Whether a suspect holds it or is thought to stand behind the holder."""
        return self.holder.suspect or (self.owner is not None and self.owner.suspect)

    @property
    def called(self) -> str:
        """The asset as a page may call it: what a protected person owns is not described."""
        if self.protected and self.origin == "register":
            return f"{self.kind.replace('_', ' ')}, not described"
        return self.description

    @property
    def reasons(self) -> tuple[str, ...]:
        """Why no measure is proposed unless a named lead or prosecutor overrides it: keys of words.toml."""
        found = {
            "account": self.account is not None and self.account.protected,
            "holder": self.holder.protected,
            "owner": self.owner is not None and self.owner.protected,
            "third_party": "third party" in self.holder.roles,
            "question": self.question is not None,
            "not_tied": not self.of_suspect,
        }
        return tuple(key for key, holds in found.items() if holds)

    @property
    def protects(self) -> set[str | None]:
        """Parties whose protection stands against a measure; None where it is nobody's alone, or nobody known."""
        whose = {"account": self.account, "holder": self.holder, "owner": self.owner, "third_party": self.holder}
        return {person.party_id if (person := whose.get(reason)) else None for reason in self.reasons}


@dataclass(frozen=True)
class Known:
    """Everything a case knows about its assets: the assets, what paid for them, what could have, and the accounts."""

    assets: list[Asset]
    payments: pl.DataFrame
    candidates: pl.DataFrame
    called: dict[str, str]
    suspects_accounts: set[str]
    unregistered: int  # payments a person linked to an asset that nobody registered


def gather(con: duckdb.DuckDBPyConnection) -> Known:
    """Registered assets by id, then the balances above nothing that stand on accounts nobody registered.

    Payments are as queries/assets/payment.sql gives them; candidates as candidate.sql, without what is decided.
    """
    called, parties = names(con)
    people = _people(con, parties)
    accounts = {account: _Account(*row) for account, *row in con.execute(_ACCOUNTS).fetchall()}
    decided = _ask(con, "payment")
    fitting = _ask(con, "candidate", days=WINDOW_DAYS).filter(~pl.col("leg_id").is_in(decided["leg_id"].implode()))
    rows = store.frame(con, "SELECT * FROM asset ORDER BY asset_id").to_dicts()
    registered = [_registered(row, people, accounts) for row in rows]
    taken = {asset.account_id for asset in registered}
    of_registered = pl.col("asset_id").is_in([asset.asset_id for asset in registered])
    found = [row for row in _ask(con, "balance").to_dicts() if row["account_id"] not in taken and row["balance"] > 0]
    return Known(
        registered + [_balance(row, people, accounts[row["account_id"]], called) for row in found],
        decided.filter(of_registered), fitting, called,
        {account for account, of in accounts.items() if of.holder in people and people[of.holder].suspect},
        decided.filter(~of_registered).height,
    )  # fmt: skip


class _Account(NamedTuple):
    holder: str | None
    inside: bool
    scheme: str


_ACCOUNTS = "SELECT account_id, holder_party_id, inside, scheme FROM account"


def _ask(con: duckdb.DuckDBPyConnection, name: str, **values: int) -> pl.DataFrame:
    query = (shipped("queries") / "assets" / f"{name}.sql").read_text(encoding="utf-8")
    return store.frame(con, query, values)


def _people(con: duckdb.DuckDBPyConnection, called: dict[str, str]) -> dict[str | None, Person]:
    free = unprotected(con)
    return {
        party: Person(party, called[party], tuple(roles or []), party not in free)
        for party, roles in con.execute(_PARTIES).fetchall()
    }


_NOBODY = Person(None, NOT_ASSESSED, (), protected=True)


def _registered(row: dict[str, Any], people: dict[str | None, Person], accounts: dict[str, _Account]) -> Asset:
    owner, of = row["beneficial_owner_party_id"], accounts.get(row["account_id"])
    return Asset(
        **{name: row[name] for name in _SAME},
        origin="register",
        holder=people.get(row["holder_party_id"], _NOBODY),
        owner=people.get(owner, _NOBODY) if owner else None,
        account=people.get(of.holder, _NOBODY) if of and (of.inside or of.holder) else None,
        question=row["good_faith_question"],
    )


_SAME = (
    "asset_id", "kind", "description", "state", "account_id", "amount", "currency", "valued_on", "value_source",
    "encumbrance", "encumbrance_holder", "use_note",
)  # fmt: skip


def _balance(row: dict[str, Any], people: dict[str | None, Person], of: _Account, called: dict[str, str]) -> Asset:
    account, currency = row["account_id"], row["currency"]
    holder = people.get(of.holder, _NOBODY)
    return Asset(
        asset_id=FOUND + hashlib.sha256(f"{account} {currency}".encode()).hexdigest()[:8],
        origin="found", kind="bank_balance", description=f"Balance of {called.get(account, 'an account')}",
        state=account[:2] if of.scheme == "iban" else None, holder=holder, owner=None, account_id=account,
        account=holder, amount=row["balance"], currency=currency, valued_on=row["printed_on"],
        value_source=f"{row['exhibit']}, {row['locator']}", encumbrance=None, encumbrance_holder=None, question=None,
        use_note=None,
    )  # fmt: skip

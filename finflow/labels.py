"""How an account is called on a page or a picture: by name only where nobody is endangered or exposed by it.

Whoever is not known to be safe to name is protected: no holder recorded, kind unknown, not assessed.

| account | called |
|---|---|
| holder is a suspect or convicted, and the role has not ended | name (short account) |
| holder is a firm a person assessed, and the case holds its statements | name (short account) |
| holder is any other firm, or one whose name could lead to a protected person | `company n` |
| holder is another person with a role and none that protects | `account` and short account |
| holder is protected, or not assessed | `P3 (account 1)` by the pseudonym of the person |
| inside, holder not recorded | `protected account n` |
| boundary of a source (declared in a mapping) | `boundary`, its word, `of`, the source |
| outside, name or account on a list of platforms | name as printed |
| outside, only ever paid into protected persons' accounts | `payers (third persons)`, all of them together |
| outside, lodging by list | `lodging n` |
| outside, agency by list, or a shop paid by card whose trade is in NAMED_TRADES | name as printed, \
where every account it deals with may itself be named |
| any other | `outside account n` |

A firm is assessed when a role is recorded for it, and it is not third party: third persons who are not needed are not
named. Its name could lead to a protected person when one of them pays it, or when it is on the list of shelters.
The short account is the country and the last four characters.

A party is called as its accounts are: a suspect by name, a firm by name only where each of its accounts may be named,
else by the label of its first account; a third party `a third party`; another person `holder of account` and short
account; whoever is protected by pseudonym.
"""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from typing import NamedTuple

import duckdb
import polars as pl

from finflow.people import unprotected

PAYERS = "payers (third persons)"
NOT_ASSESSED = "a person not assessed"
PLATFORMS = ("adult_adverts", "exchange", "money_service", "prepaid")
NAMED_TRADES = (  # ISO 18245 codes of trades in things of value, in money and in tickets: none tells where a person is
    (3000, 3441), (4511, 4511), (4722, 4723), (4829, 4829), (5094, 5094), (5511, 5521), (5551, 5571), (5592, 5599),
    (5931, 5933), (5944, 5944), (6050, 6051), (6211, 6211), (6540, 6540), (7512, 7513), (7995, 7995),
)  # fmt: skip

_NUMBER = "\0"  # stands for a number still to be given; no printed name can hold it

_ACCOUNTS = """
    SELECT account.account_id, account.inside, account.scheme, account.name, account.holder_party_id,
        party.name, coalesce(party.kind, 'unknown'), pseudonym.number
    FROM account
    LEFT JOIN party ON account.holder_party_id = party.party_id
    LEFT JOIN pseudonym ON account.holder_party_id = pseudonym.party_id
    ORDER BY account.account_id
"""
_PAID_BY_PROTECTED = """
    SELECT DISTINCT creditor_account_id FROM transfer
    WHERE creditor_account_id IS NOT NULL AND debtor_account_id IN (FROM protected_account)
"""
_DEALINGS = f"""
    WITH dealing AS (
        SELECT debtor_account_id, creditor_account_id, min(booking_date) AS first_on,
            bool_and(kind = 'card_payment' AND coalesce(
                {" OR ".join(f"merchant_category BETWEEN '{low:04}' AND '{high:04}'" for low, high in NAMED_TRADES)},
                FALSE
            )) AS named_trade
        FROM transfer WHERE debtor_account_id IS NOT NULL AND creditor_account_id IS NOT NULL
        GROUP BY debtor_account_id, creditor_account_id
    ),
    numbered AS (
        SELECT *, row_number() OVER (ORDER BY first_on, debtor_account_id, creditor_account_id) AS n FROM dealing
    ),
    side AS (
        SELECT debtor_account_id AS account_id, creditor_account_id AS other, n, TRUE AS pays, named_trade FROM numbered
        UNION ALL
        SELECT creditor_account_id, debtor_account_id, n, FALSE, named_trade FROM numbered
    )
    SELECT side.account_id, min(n) - 1, bool_and(pays AND protected.account_id IS NOT NULL),
        bool_or(named.account_id IS NULL), coalesce(bool_and(named_trade) FILTER (NOT pays), FALSE)
    FROM side
    LEFT JOIN protected_account AS protected ON other = protected.account_id
    LEFT JOIN named_account AS named ON other = named.account_id
    GROUP BY side.account_id
"""
"""Of each account: its first payment, whether it paid protected persons alone and did no more, whether it deals with an
account that may not be named, and whether it is a shop of a trade that may be."""
_PARTIES = """
    SELECT party.party_id, party.name, party.kind, pseudonym.number
    FROM party LEFT JOIN pseudonym USING (party_id) ORDER BY party.party_id
"""
_ROLES = """
    SELECT party_id, bool_or(role IN ('suspect', 'convicted') AND valid_until IS NULL), bool_or(role = 'third party')
    FROM party_role GROUP BY party_id
"""
_LISTS = "SELECT upper(trim(value)), list FROM listed"


@dataclass(frozen=True)
class _Account:
    account_id: str
    inside: bool
    scheme: str
    printed: str | None
    party_id: str | None
    holder: str | None
    kind: str
    number: int | None


class _Facts:
    """What the case knows about who may be named, read once."""

    def __init__(self, con: duckdb.DuckDBPyConnection) -> None:
        self.accounts = [_Account(*row) for row in con.execute(_ACCOUNTS).fetchall()]
        self.free = unprotected(con)
        self.parties: list[tuple[str, str, str, int | None]] = con.execute(_PARTIES).fetchall()
        roles = con.execute(_ROLES).fetchall()
        self.suspects = {party for party, suspect, _ in roles if suspect}
        self.third = {party for party, _, third in roles if third}
        self.assessed = {party for party, _, third in roles if not third}
        self.lists: dict[str, set[str]] = {}
        for value, name in con.execute(_LISTS).fetchall():
            self.lists.setdefault(value, set()).add(name)
        self._read_dealings(con)

    def _read_dealings(self, con: duckdb.DuckDBPyConnection) -> None:
        """What accounts paid each other: counted by the engine, since there may be millions of payments."""
        _register(con, "protected_account", filter(self.is_protected, self.accounts))
        self.paid_by_protected = {account for (account,) in con.execute(_PAID_BY_PROTECTED).fetchall()}
        _register(con, "named_account", filter(self.is_named, self.accounts))
        rows = con.execute(_DEALINGS).fetchall()
        for name in ("protected_account", "named_account"):
            con.unregister(name)
        self.first: dict[str, int] = {account: first for account, first, *_ in rows}
        self.mere_payers = {account for account, _, payer, _, _ in rows if payer}
        self.deals_with_unnamed = {account for account, _, _, unnamed, _ in rows if unnamed}
        self.shops = {account for account, *_, shop in rows if shop}

    def is_protected(self, account: _Account) -> bool:
        return account.party_id not in self.free if account.party_id else account.inside

    def is_named(self, account: _Account) -> bool:
        if account.party_id not in self.free:
            return False
        if account.party_id in self.suspects:
            return True
        known = account.kind == "legal" and account.inside and account.party_id in self.assessed
        return known and account.account_id not in self.paid_by_protected and "shelter" not in self.of(account)

    def of(self, account: _Account) -> set[str]:
        """Lists that carry the account or a name of it."""
        values = (account.account_id, account.account_id.removeprefix("name:"), account.printed, account.holder)
        return {name for value in values if value for name in self.lists.get(value.strip().upper(), ())}


def _register(con: duckdb.DuckDBPyConnection, name: str, accounts: Iterable[_Account]) -> None:
    ids = [account.account_id for account in accounts]
    con.register(name, pl.DataFrame({"account_id": ids}, schema={"account_id": pl.String}))


class Names(NamedTuple):
    """What pages call accounts and parties, by their ids."""

    accounts: dict[str, str]
    parties: dict[str, str]


def names(con: duckdb.DuckDBPyConnection) -> Names:
    """What to call each account and each party, by the rules of this module."""
    facts = _Facts(con)
    accounts = _accounts_called(facts)
    return Names(accounts, {row[0]: _party(*row, facts, accounts) for row in facts.parties})


def labels(con: duckdb.DuckDBPyConnection) -> dict[str, str]:
    """Account id -> what to call the account, by the rules of this module.

    Labels differ for different accounts, except PAYERS, which stands for all of them. Numbers follow the first payment
    (the number of a pseudonym stays for good); they may move when further files are loaded.
    """
    return _accounts_called(_Facts(con))


def _accounts_called(facts: _Facts) -> dict[str, str]:
    last = len(facts.first)
    order = sorted(facts.accounts, key=lambda account: (facts.first.get(account.account_id, last), account.account_id))
    counts: Counter[str] = Counter()
    called = {}
    for account in order:
        label = _label(account, facts)
        counts[label] += 1
        called[account.account_id] = label.replace(_NUMBER, str(counts[label]))
    return _told_apart(called)


def _party(party: str, name: str, kind: str, number: int | None, facts: _Facts, called: dict[str, str]) -> str:
    if party not in facts.free:
        return f"P{number}" if number else NOT_ASSESSED
    if party in facts.suspects:
        return _plain(name)
    if party in facts.third:
        return "a third party"
    own = [account for account in facts.accounts if account.party_id == party]
    if kind != "legal":
        return f"holder of account {_short(own[0])}" if own else "another person"
    if own and all(facts.is_named(account) for account in own):
        return _plain(name)
    return next((called[account.account_id] for account in own if not facts.is_named(account)), "a firm")


def _label(account: _Account, facts: _Facts) -> str:
    if facts.is_protected(account):
        return f"P{account.number} (account {_NUMBER})" if account.number else f"protected account {_NUMBER}"
    if account.party_id is None:
        return _of_outsider(account, facts)
    if facts.is_named(account):
        return f"{_plain(account.holder or '')} ({_short(account)})"
    return f"company {_NUMBER}" if account.kind == "legal" else f"account {_short(account)}"


def _of_outsider(account: _Account, facts: _Facts) -> str:
    if account.scheme == "boundary":  # named in a mapping by a person; no account of anybody
        source, _, word = account.account_id.removeprefix("boundary:").rpartition("/")
        return f"boundary {_plain(word)} of {_plain(source)}"
    lists, name = facts.of(account), _plain(account.printed or account.account_id.removeprefix("name:"))
    if "shelter" in lists:
        return f"outside account {_NUMBER}"
    if lists.intersection(PLATFORMS):
        return name
    if account.account_id in facts.mere_payers:
        return PAYERS
    if "lodging" in lists:
        return f"lodging {_NUMBER}"
    may_be_named = "agency" in lists or account.account_id in facts.shops
    if may_be_named and account.account_id not in facts.deals_with_unnamed:
        return name
    return f"outside account {_NUMBER}"


def _short(account: _Account) -> str:
    country = account.account_id[:2] if account.scheme == "iban" else ""
    return f"{country}\u2026{account.account_id[-4:]}"


def _plain(name: str) -> str:
    """A printed name on one line, without control characters and marks that turn the direction of writing."""
    return " ".join("".join(letter if letter.isprintable() else " " for letter in name).split())


def _told_apart(called: dict[str, str]) -> dict[str, str]:
    """The same labels by account id, with a number behind each further account that would be called the same."""
    used, taken = set(called.values()), set()
    for account in sorted(called):
        label, number = called[account], 2
        while label in taken and label != PAYERS:
            label, number = f"{called[account]} ({number})", number + 1
            if label in used:
                label = called[account]
        taken.add(label)
        called[account] = label
    return dict(sorted(called.items()))

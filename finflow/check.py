"""Completeness: which months of which account are held, and do the balances agree? `case.check`.

It reads the evidence alone, so it says the same before and after `case.resolve`.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property
from typing import TYPE_CHECKING, ClassVar

import duckdb
import polars as pl

from finflow import store
from finflow.counting import counted
from finflow.labels import labels
from finflow.pictures.months import Months, months
from finflow.resolve import text
from finflow.resolve.gaps import find_gaps
from finflow.resolve.plain import plainly, schema_of
from finflow.resolve.series import find_series
from finflow.results import Result, money, table

if TYPE_CHECKING:
    from finflow.case import Case

SIGNS = {"reconciled": "✓", "unverified": "–", "gap": "≠", "overlap": "≈", "missing": "×"}
SIGNS_READ = (
    "✓ balances agree · – no balances supplied · ≠ gap · ≈ printed differently by two statements · × not held · "
    ". outside the statements"
)
IN_DOUBT = ("gap", "overlap", "missing")  # what a printed figure may not rest on unless a person acknowledged it


@dataclass(frozen=True)
class Completeness(Result):
    """One row per account, currency and month between its first and its last statement.

    Columns: account_id, month (first day), status (reconciled, gap, overlap, missing, unverified), gap (sum of what
    differs in it, each without its sign), currency, acknowledged, state (what an acknowledgement is given for).
    A month on which anything differs is never reconciled.

    `gaps`: what differs, one by one, with its sign: account, currency, from_date, until_date, kind, amount.
    `days`: the first day on which an account parts from its printed balances: account, currency, day, computed,
    printed. `again`: which file prints again which lines of which other: account, currency, exhibit, counted_in,
    first_on, last_on, lines, rule.
    """

    called: dict[str, str]
    gaps: pl.DataFrame
    days: pl.DataFrame
    again: pl.DataFrame

    element: ClassVar[str] = "finflow-completeness"
    caption: ClassVar[str] = f"Completeness by account and month: {SIGNS_READ}"

    @property
    def grid(self) -> pl.DataFrame:
        """Accounts down, months across, the status in each cell; empty where no statement reaches."""
        return self.frame.pivot("month", index=["account_id", "currency"], values="status", sort_columns=True)

    def signs(self) -> pl.DataFrame:
        """The grid for a page: a row for each account, a column for each year, a sign for each month from January."""
        named = self.frame.with_columns(
            account=pl.col("account_id").replace(self.called),
            year=pl.col("month").dt.year(),
            sign=pl.col("status").replace_strict(SIGNS),
            of_year=pl.col("month").dt.month(),
        )
        years = named.group_by("account", "currency", "year").agg(
            pl.concat_str([_sign_of(number) for number in range(1, 13)]).alias("signs")
        )
        return years.pivot("year", index=["account", "currency"], values="signs", sort_columns=True).sort(
            "account", "currency"
        )

    @property
    def summary(self) -> str:
        """The sentence a report prints."""
        held = self.frame.filter(pl.col("status") != "missing").height
        agree = self.frame.filter(pl.col("status") == "reconciled").height
        gaps = self.frame.filter(pl.col("status") == "gap").height
        overlaps = self.frame.filter(pl.col("status") == "overlap").height
        return (
            f"Statements were held for {held} of {counted(self.frame.height, 'account-month')}. "
            f"Balances agree to the cent in {agree}; they differ in {gaps}; in {held - agree - gaps - overlaps} no "
            "balances were supplied."
            + (f" In {overlaps}, two statements print the same days differently." if overlaps else "")
        )

    @cached_property
    def picture(self) -> Months:
        """The grid drawn: accounts down, months across; those with a month in doubt first."""
        account = pl.col("account_id").replace(self.called).alias("account")
        return months(self.frame.select(account, "currency", "month", "status"), SIGNS, SIGNS_READ)

    @property
    def told(self) -> list[str]:
        """The first day on which each account parts from its printed balances, a sentence each."""
        return [
            f"{row['account']}, {row['currency']}: from {row['day']} on the lines do not give the printed balance: "
            f"{money(row['computed'])} by the lines, printed that day {_some(row['printed'])}."
            for row in self.days.to_dicts()
        ]

    def shown(self) -> pl.DataFrame:
        """Only the months that need attention; the reconciled ones are counted in the summary."""
        return self.frame.filter(pl.col("status") != "reconciled").with_columns(
            pl.col("account_id").replace(self.called)
        )

    @property
    def tables(self) -> dict[str, pl.DataFrame]:
        """What stands behind the months, by caption."""
        return {
            "What differs, one by one": self.gaps,
            "First day that parts from the printed balances": self.days,
            "Lines printed again, counted once": self.again,
        }

    def _repr_html_(self) -> str:
        return super()._repr_html_() + "".join(
            table(frame, element=f"{self.element}-{number}", caption=caption)
            for number, (caption, frame) in enumerate(self.tables.items(), 1)
        )


def _sign_of(month: int) -> pl.Expr:
    return pl.col("sign").filter(pl.col("of_year") == month).first().fill_null(".")


def _some(balances: list[Decimal], most: int = 3) -> str:
    """The balances of a day; of many, the first and how many more."""
    more = len(balances) - most
    return " or ".join(map(money, balances[:most])) + (f" or one of {more} more" if more > 0 else "")


def check(case: "Case") -> Completeness:
    """Compare statements, lines and balances for every account inside the case.

    A gap stops nothing but a printed traced figure that rests on it.
    """
    with case.logged("check") as outcome, case.reading("check") as con:
        frame = completeness(con)
        called = _called(frame["account_id"].unique().sort().to_list(), labels(con))
        found = {
            "gaps": store.frame(con, "SELECT * FROM found_gap ORDER BY ALL"),
            "days": store.frame(con, "SELECT * EXCLUDE (difference, explained) FROM parting ORDER BY ALL"),
            "again": store.frame(con, text("again")),
        }
        outcome.update({status: frame.filter(pl.col("status") == status).height for status in SIGNS})
    account = pl.col("account_id").replace(called).alias("account")
    labelled = {name: rows.select(account, pl.exclude("account_id")) for name, rows in found.items()}
    return Completeness(frame, called, **labelled)


def _called(accounts: list[str], known: dict[str, str]) -> dict[str, str]:
    """What pages call the accounts; those that `case.resolve` has not seen yet have no label, and show no number."""
    new = [account for account in accounts if account not in known]
    return known | {account: f"account {number}, not resolved yet" for number, account in enumerate(new, 1)}


def completeness(con: duckdb.DuckDBPyConnection, accounts: pl.Series | None = None) -> pl.DataFrame:
    """The frame of Completeness over an open connection; leaves its steps as temporary tables: statement_series,
    printed_again, found_gap, daily_balance, parting.

    accounts: account ids to look at; none = all.
    """
    with _narrowed(con, accounts):
        find_gaps(con)
        return store.frame(con, text("completeness"))


_ADDED = "entry_id, statement_id, account_id, currency, seq, side, amount, booking_date, balance_after"
_COMPARED = f"{_ADDED}, value_date, bank_reference, counterparty_account_id, counterparty_name, narrative, details"
"""What find_gaps reads of lines, and what it reads beside where an account has lines that may be printed again: a
column that no query needs is most of the work on millions of lines."""


@contextmanager
def _narrowed(con: duckdb.DuckDBPyConnection, accounts: pl.Series | None) -> Iterator[None]:
    """Statements and lines of these accounts alone, under the names of all; nothing is compared across accounts."""
    if accounts is None:
        with plainly(con):
            yield
        return
    con.register("asked_account", accounts.alias("account_id").to_frame())
    read, among = schema_of(con), "WHERE account_id IN (SELECT account_id FROM asked_account)"
    con.execute(f"CREATE TEMP TABLE statement AS FROM {read}.statement {among}")
    con.execute(f"CREATE TEMP TABLE entry AS SELECT {_ADDED} FROM {read}.entry {among}")
    if find_series(con):
        con.execute(f"CREATE OR REPLACE TEMP TABLE entry AS SELECT {_COMPARED} FROM {read}.entry {among}")
    yield
    con.execute("DROP TABLE temp.statement")
    con.execute("DROP TABLE temp.entry")
    con.unregister("asked_account")


def unacknowledged(con: duckdb.DuckDBPyConnection) -> pl.DataFrame:
    """Account-months in doubt that no person has acknowledged: account_id, month, status."""
    return (
        completeness(con)
        .filter(pl.col("status").is_in(IN_DOUBT) & ~pl.col("acknowledged"))
        .select("account_id", "month", "status")
        .unique(maintain_order=True)
    )


def doubts(con: duckdb.DuckDBPyConnection) -> dict[tuple[str, str], str]:
    """What an acknowledgement may be given for, by account and YYYY-MM: what is in doubt in all currencies of it.

    Empty for a month outside the statements of the account and inside those of the case: nothing is held of it.
    """
    frame = completeness(con).with_columns(pl.col("month").dt.strftime("%Y-%m"))
    every = frame.select("account_id").unique().join(frame.select("month").unique(), how="cross")
    found = dict.fromkeys(every.join(frame, on=["account_id", "month"], how="anti").iter_rows(), "")
    for account, month, state in frame.filter(pl.col("status").is_in(IN_DOUBT)).select(_QUESTION).iter_rows():
        found[account, month] = "; ".join(filter(None, [found.get((account, month)), state]))
    return found


_QUESTION = ("account_id", "month", "state")

"""Completeness: which months of which account are held, and do the balances agree? `case.check`."""

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, ClassVar

import duckdb
import polars as pl

from finflow.labels import labels
from finflow.places import shipped
from finflow.results import Result

if TYPE_CHECKING:
    from finflow.case import Case

SIGNS = {"reconciled": "✓", "unverified": "–", "gap": "≠", "missing": "×"}
SIGNS_READ = "✓ balances agree · – no balances supplied · ≠ gap · × not held · . outside the statements"
STATUSES = ("reconciled", "gap", "missing", "unverified")


@dataclass(frozen=True)
class Completeness(Result):
    """One row per account, currency and month between its first and its last statement.

    Columns: account_id, month (first day), status (reconciled, gap, missing, unverified), gap (signed amount by which
    the printed balances and the lines differ), currency, acknowledged. A month on which a gap lies is never reconciled.
    """

    called: dict[str, str] = field(default_factory=dict)

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
        return (
            f"Statements were held for {held} of {self.frame.height} account-months. Balances agree to the cent in "
            f"{agree}; they differ in {gaps}; in {held - agree - gaps} no balances were supplied."
        )

    def shown(self) -> pl.DataFrame:
        """Only the months that need attention; the reconciled ones are counted in the summary."""
        return self.frame.filter(pl.col("status") != "reconciled").with_columns(
            pl.col("account_id").replace(self.called)
        )


def _sign_of(month: int) -> pl.Expr:
    return pl.col("sign").filter(pl.col("of_year") == month).first().fill_null(".")


def check(case: "Case") -> Completeness:
    """Compare statements, lines and balances for every account inside the case.

    A gap stops nothing but a printed traced figure that rests on it.
    """
    with case.logged("check") as outcome, case.reading("check") as con:
        frame, called = completeness(con), labels(con)
        outcome.update({status: frame.filter(pl.col("status") == status).height for status in STATUSES})
    return Completeness(frame, called)


def completeness(con: duckdb.DuckDBPyConnection) -> pl.DataFrame:
    """The frame of Completeness over an open connection."""
    query = (shipped("queries") / "resolve" / "completeness.sql").read_text(encoding="utf-8")
    frame: pl.DataFrame = con.sql(query).pl()
    return frame


def unacknowledged(con: duckdb.DuckDBPyConnection) -> pl.DataFrame:
    """Account-months with a gap or no statement that no person has acknowledged: account_id, month, status."""
    frame = completeness(con)
    return (
        frame.filter(pl.col("status").is_in(["gap", "missing"]) & ~pl.col("acknowledged"))
        .select("account_id", "month", "status")
        .unique(maintain_order=True)
    )

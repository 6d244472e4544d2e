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

SIGNS = {"reconciled": "✓", "unverified": "–", "gap": "gap", "missing": "not held"}
STATUSES = ("reconciled", "gap", "missing", "unverified")


@dataclass(frozen=True)
class Completeness(Result):
    """One row per account, currency and month between its first and its last statement.

    Columns: account_id, month (first day), status (reconciled, gap, missing, unverified), gap (signed amount by which
    the printed balances and the lines differ), currency, acknowledged. A month on which a gap lies is never reconciled.
    """

    called: dict[str, str] = field(default_factory=dict)

    element: ClassVar[str] = "finflow-completeness"
    caption: ClassVar[str] = "Completeness by account and month"

    @property
    def grid(self) -> pl.DataFrame:
        """Accounts down, months across, the status in each cell; empty where no statement reaches."""
        return self.frame.pivot("month", index=["account_id", "currency"], values="status", sort_columns=True)

    def signs(self) -> pl.DataFrame:
        """The grid for a page: a sign a month, accounts as they may be called."""
        grid = self.grid.with_columns(pl.col("account_id").replace(self.called)).rename({"account_id": "account"})
        return grid.rename({name: name[:7] for name in grid.columns[2:]}).with_columns(pl.col(pl.String).replace(SIGNS))

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

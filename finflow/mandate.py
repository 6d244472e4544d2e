"""The material and the right to use it: `case.sources`."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

import duckdb
import polars as pl

from finflow import store
from finflow.labels import labels
from finflow.results import Result
from finflow.rights import strictest

if TYPE_CHECKING:
    from finflow.case import Case

_SOURCES = """
    SELECT exhibit, name AS file, format, records, entries, rejected, skipped,
        coalesce(obtained_by, 'right not recorded') AS obtained_by, authority, reference, obtained_on, use_limits,
        expires_on, coalesce(handling_code, $handling) AS handling_code, evaluation, file_id AS sha256
    FROM source_file JOIN exhibit USING (file_id) ORDER BY name, file_id
"""
_STATEMENTS = "SELECT DISTINCT file_id AS sha256, account_id, bank FROM statement ORDER BY ALL"
_REJECTED = """
    SELECT exhibit, rejected_row.locator, rejected_row.reason
    FROM rejected_row JOIN exhibit USING (file_id) ORDER BY ALL
"""


@dataclass(frozen=True)
class Sources(Result):
    """One row per source file: exhibit number, name, counts of its records, the right to use it, its SHA-256, and as
    pages call them `provider` and `account`. Names of files may hold names of persons: pages give the exhibit.

    `rejected` lists the records that could not become an entry: exhibit, locator, reason, never their content.
    `strictest` is the strictest handling code of any file; everything derived from the case inherits it.
    """

    rejected: pl.DataFrame
    strictest: str

    element: ClassVar[str] = "finflow-sources"
    caption: ClassVar[str] = "The material and the right to use it"

    def shown(self) -> pl.DataFrame:
        """What fits on a page: counts, how it was obtained, handling code, the first 16 digits of the SHA-256."""
        return self.frame.select(
            "exhibit", "format", "provider", "account", "records", "entries", "rejected", "skipped", "obtained_by",
            "handling_code", pl.col("sha256").str.slice(0, 16),
        )  # fmt: skip

    @property
    def rights(self) -> pl.DataFrame:
        """The rights, once each, with the exhibits they cover."""
        names = ["obtained_by", "authority", "reference", "obtained_on", "use_limits", "expires_on", "evaluation"]
        exhibits = pl.col("exhibit").str.join(", ").alias("exhibits")
        return self.frame.group_by(names, maintain_order=True).agg(exhibits).select("exhibits", *names)

    @property
    def without_right(self) -> pl.DataFrame:
        """Files for which no right to use them is recorded."""
        return self.frame.filter(pl.col("obtained_by") == "right not recorded")


def sources(case: "Case") -> Sources:
    """What was loaded, how it was obtained, and what became of each record."""
    with case.logged("sources"), case.reading("sources") as con:
        frame = store.frame(con, _SOURCES, {"handling": case.settings.handling_code})
        named = frame.join(_called(con), on="sha256", how="left", maintain_order="left")
        return Sources(named, store.frame(con, _REJECTED), strictest(con, case.settings))


def _called(con: duckdb.DuckDBPyConnection) -> pl.DataFrame:
    """SHA-256, provider and account of each file as pages call them; several accounts of one file are counted."""
    known = labels(con)
    held = store.frame(con, _STATEMENTS).with_columns(pl.col("account_id").replace_strict(known, default="1 account"))
    account, many = pl.col("account_id").first(), pl.len().cast(pl.String) + " accounts"
    called: pl.DataFrame = held.group_by("sha256").agg(
        provider=pl.col("bank").unique().sort().drop_nulls().str.join(", "),
        account=pl.when(pl.len() == 1).then(account).otherwise(many),
    )
    return called

"""The material and the right to use it: `case.sources`."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

import polars as pl

from finflow.results import Result

if TYPE_CHECKING:
    from finflow.case import Case

_SOURCES = """
    SELECT 'E-' || lpad(CAST(row_number() OVER (ORDER BY name, file_id) AS VARCHAR), 3, '0') AS exhibit,
        name AS file, format, records, entries, rejected, skipped,
        coalesce(obtained_by, 'right not recorded') AS obtained_by, authority, reference, obtained_on, use_limits,
        expires_on, coalesce(handling_code, $handling) AS handling_code, evaluation, file_id AS sha256
    FROM source_file ORDER BY exhibit
"""
_REJECTED = """
    SELECT source_file.name AS file, rejected_row.locator, rejected_row.reason
    FROM rejected_row JOIN source_file USING (file_id) ORDER BY ALL
"""


@dataclass(frozen=True)
class Sources(Result):
    """One row per source file: exhibit number, counts of its records, the right to use it, its SHA-256.

    `rejected` lists the records that could not become an entry: file, locator, reason, never their content.
    """

    rejected: pl.DataFrame

    element: ClassVar[str] = "finflow-sources"
    caption: ClassVar[str] = "The material and the right to use it"

    def shown(self) -> pl.DataFrame:
        """What fits on a page: counts, how it was obtained, handling code, the first 16 digits of the SHA-256."""
        return self.frame.select(
            "exhibit", "file", "records", "entries", "rejected", "skipped", "obtained_by", "handling_code",
            pl.col("sha256").str.slice(0, 16),
        )  # fmt: skip

    @property
    def rights(self) -> pl.DataFrame:
        """The rights, once each, with the exhibits they cover."""
        names = ["obtained_by", "authority", "reference", "obtained_on", "use_limits", "expires_on", "evaluation"]
        exhibits = pl.col("exhibit").str.join(", ").alias("exhibits")
        return self.frame.group_by(names, maintain_order=True).agg(exhibits).select("exhibits", *names)

    @property
    def strictest(self) -> str:
        """The strictest handling code of any file; everything derived from the case inherits it."""
        return str(self.frame["handling_code"].max() or "")

    @property
    def without_right(self) -> pl.DataFrame:
        """Files for which no right to use them is recorded."""
        return self.frame.filter(pl.col("obtained_by") == "right not recorded")


def sources(case: "Case") -> Sources:
    """What was loaded, how it was obtained, and what became of each record."""
    with case.logged("sources"), case.reading("sources") as con:
        frame = con.sql(_SOURCES, params={"handling": case.settings.handling_code}).pl()
        rejected = con.sql(_REJECTED).pl()
    return Sources(frame, rejected)

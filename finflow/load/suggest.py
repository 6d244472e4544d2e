"""A mapping suggested for a file of tables, with what its first rows would become: `finflow mapping suggest`.

The sample is for the person who owns the file: it is shown and never logged.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import polars as pl

from finflow.counting import counted
from finflow.errors import FinflowError
from finflow.load.formats import format_named, format_of
from finflow.load.mapping import parse_mapping
from finflow.load.propose import propose_mapping
from finflow.load.propose_print import propose_layout
from finflow.load.settle import Settler
from finflow.load.unused import not_used

SHOWN = 10
_COLUMNS: dict[str, Any] = {
    "place": pl.String, "day": pl.Date, "side": pl.String, "amount": pl.Decimal(28, 8), "currency": pl.String,
    "counterparty": pl.String,
}  # fmt: skip


@dataclass(frozen=True)
class Suggestion:
    """A mapping as TOML text; `unsure`: what a person has to settle; `left_out`: why some rows would be no entries.
    `unused`: columns that nothing reads. `sample`: the first entries as they would be booked (place, day, side, amount,
    currency, counterparty yes or no).
    """

    text: str
    unsure: list[str]
    sample: pl.DataFrame
    left_out: list[str]
    unused: list[str]

    @property
    def told(self) -> list[str]:
        """What the sample leaves out, which columns are not used and what is in doubt, a line each."""
        doubts = [f"In doubt: {doubt}." for doubt in self.unsure]
        settle = "Settle each doubt in the mapping, delete its key `unsure`, then load."
        return [*self.left_out, *not_used(self.unused), *doubts, settle if doubts else "No doubt is left."]

    def write(self, path: Path) -> None:
        """Write the mapping into a new file. Raises FinflowError when it is there, or cannot be written."""
        try:
            with path.open("x", encoding="utf-8", newline="\n") as stream:
                stream.write(self.text)
        except FileExistsError:
            raise FinflowError(f"{path.name} is there already. Name a new file.") from None
        except OSError as error:
            raise FinflowError(f"{path.name} cannot be written ({error.strerror}). Check its path.") from None


def suggest(path: Path) -> Suggestion:
    """Suggest a mapping for a CSV, XLSX or Parquet file or a printed PDF, and try it on its first rows.

    Raises FinflowError for a file that cannot be read or is no table.
    """
    if not path.is_file():
        raise FinflowError(f"{path.name} is no file. Check its path.")
    printed = format_of(path, path.name).name == "pdf"
    proposal = propose_layout(path, path.name) if printed else propose_mapping(path)
    try:
        sample, left_out = _tried(path, proposal.text)
    except FinflowError as error:  # the mapping is not whole yet
        sample, left_out = pl.DataFrame(schema=_COLUMNS), [f"No sample: {error}"]
    return Suggestion(proposal.text, proposal.unsure, sample, left_out, proposal.unused)


def _tried(path: Path, text: str) -> tuple[pl.DataFrame, list[str]]:
    """The first entries, and how many of the rows looked at would be none, with the reason."""
    mapping = parse_mapping(text, "the mapping suggested")
    readable = format_named(mapping.format).reader(path, path.name, mapping, "UTC")
    batch = next(readable.batches, None)
    if batch is None:
        return pl.DataFrame(schema=_COLUMNS), ["The file holds a header and no record."]
    found = pl.DataFrame(Settler(readable.reading).settle(batch.records)).sort("ordinal")
    counts = found.select(pl.coalesce("fault", "rule").alias("why")).drop_nulls().group_by("why").len().sort("why")
    left_out = [
        f"No entries among the first {counted(found.height, 'record')}: {count}, {why}" for why, count in counts.rows()
    ]
    return _shown(found.filter(pl.col("fault").is_null() & pl.col("rule").is_null()).head(SHOWN)), left_out


def _shown(entries: pl.DataFrame) -> pl.DataFrame:
    named = pl.coalesce("counterparty_account_id", "counterparty_name").is_not_null()
    counterparty = pl.when(named).then(pl.lit("yes")).otherwise(pl.lit("no")).alias("counterparty")
    day = pl.col("booking_date").alias("day")
    currency = pl.col("currency").cast(pl.String)  # the same on all, it comes as a category
    return entries.select(pl.col("locator").alias("place"), day, "side", "amount", currency, counterparty)

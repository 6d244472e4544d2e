"""Marks on legs: which money a person says comes from an offence, checked against the ledger."""

import polars as pl

from finflow.errors import FinflowError
from finflow.money import PLACES
from finflow.trace.asked import MARK_COLUMNS
from finflow.trace.ledger import Ledger
from finflow.trace.order import NONE
from finflow.trace.plan import Marks


def marks_on(ledger: Ledger, frame: pl.DataFrame) -> Marks:
    """Marks of a frame (leg_id, origin, amount; none = the whole; 0 = taken back) on the legs of a ledger.

    Origins keep the order in which they first appear. A row of a two-sided ledger is marked where the money leaves.
    Raises FinflowError: no marks, an unknown leg, a negative part, a part larger than the leg, or a mark on money that
    came back.
    """
    frame = frame.select(pl.col(name).cast(kind) for name, kind in MARK_COLUMNS.items())
    frame = frame.filter(pl.col("amount").is_null() | (pl.col("amount") != 0)).with_row_index("n")
    if frame.is_empty():
        raise FinflowError(
            "No proceeds are marked, so there is nothing to follow. Mark some: finflow decide CASE "
            "LEG_ID proceeds --label ORIGIN --by NAME --why REASON, or case.decide in Python; many at once from a "
            "folder with a proceeds.csv: finflow decide CASE FOLDER."
        )
    found = frame.join(_markable(ledger, frame["leg_id"]), on="leg_id", how="left", maintain_order="left")
    found = found.unique("n", keep="first", maintain_order=True)
    parts = _parts(found)
    _refuse(found, parts)
    origins = tuple(frame["origin"].unique(maintain_order=True))
    labels = found["origin"].replace_strict({name: i for i, name in enumerate(origins)}, return_dtype=pl.Int64)
    return Marks(origins, found["leg"].to_numpy(), labels.to_numpy(), parts.to_numpy())


def _markable(ledger: Ledger, named: pl.Series) -> pl.DataFrame:
    legs = ledger.find(named)
    rows = legs["leg"].to_numpy()
    currencies = ledger.pockets["currency"].gather(ledger.calendar.pocket[rows])
    return legs.with_columns(
        units=pl.Series(ledger.amount[rows]), original=pl.Series(ledger.reverses[rows]),
        places=currencies.replace_strict(ledger.units, return_dtype=pl.Int64),
    )  # fmt: skip


def _parts(found: pl.DataFrame) -> pl.Series:
    """Minor units of each mark; NONE for a part that the currency cannot express."""
    step = pl.lit(10, pl.Int64).pow(PLACES - pl.col("places"))
    exact = pl.col("amount").cast(pl.Decimal(38, 8)).to_physical()
    part = pl.when(exact % step == 0).then(exact // step).otherwise(NONE)
    whole = pl.col("amount").is_null()
    return found.select(pl.when(whole).then("units").otherwise(part).cast(pl.Int64).alias("part"))["part"]


def _refuse(found: pl.DataFrame, parts: pl.Series) -> None:
    came_back = (found["side"] == "CRDT") & (found["original"] != NONE)
    checks = (
        (
            found["leg"].is_null(),
            "cites no leg of the case. Resolve it again, or cite the payment inside the line.",
        ),
        ((parts < 0).fill_null(True), "marks a part that is negative or finer than the currency. Correct the amount."),
        (
            (parts > found["units"]).fill_null(True),
            "marks more than the line holds. Give a part of it, or none for all.",
        ),
        (came_back.fill_null(False), "marks money that came back. Mark the line that it reverses instead."),
    )
    for wrong, words in checks:
        if wrong.any():
            raise FinflowError(f"The mark on {found.filter(wrong)['leg_id'][0]} {words}")

"""Which accounts marked money can have reached at all, when first and over which lines: `case.reach`. Leads only.

This is the rule that law books call poison: whatever passed an account that marked money had reached counts as
reached. It creates money out of nothing, so it says no amount, and no measure can rest on it. A path follows time: no
line on it stands before the one that brought the money. Where a day has no known order credits count first, which
reaches most.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

import duckdb
import numpy as np
import polars as pl

from finflow.errors import FinflowError
from finflow.keys import basis, digest, stored
from finflow.labels import labels
from finflow.resolve import refuse_unresolved
from finflow.results import Result
from finflow.trace.asked import GIVEN, Marked, decided_marks, given_marks
from finflow.trace.progress import progress_of

if TYPE_CHECKING:
    from finflow.case import Case
    from finflow.trace.ledger import Ledger
    from finflow.trace.order import Ordered
    from finflow.trace.plan import Marks

NO_AMOUNT = (
    "This says which accounts marked money can have reached, without any amount, so nothing can be drawn, asked or "
    "proposed from it. Use a trail: case.trace(case.proceeds())."
)
_FRAME: dict[str, Any] = {
    "origin": pl.String, "account_id": pl.String, "inside": pl.Boolean, "first_on": pl.Date, "steps": pl.Int64,
    "transfers": pl.List(pl.String),
}  # fmt: skip


@dataclass(frozen=True)
class Reach(Result):
    """Accounts that marked money can have reached: leads, without any amount.

    Columns: origin, account_id, inside, first_on (day of the first line that can have brought it), steps (transfers on
    that path), transfers (their ids, from the mark on). rings: how often accounts waited for each other within a day.
    """

    key: str
    rings: int
    called: dict[str, str]

    leads_only: ClassVar[bool] = True  # what assets and proposals ask of a trail before they refuse it
    element: ClassVar[str] = "finflow-reach"
    caption: ClassVar[str] = "Accounts that marked money can have reached, earliest first: leads, not amounts"

    @property
    def statement(self) -> str:
        """What this can and cannot say, in the words of a report."""
        rings = f" Accounts waited for each other within a day {self.rings} times: a reach may be missing there."
        return (
            "Leads only: an account is listed when some order of lines can have brought marked money there, however "
            "little. No amount follows from it, and no measure may rest on it. Where a day has no known order, credits "
            f"count first.{rings if self.rings else ''}"
        )

    @property
    def transfers(self) -> pl.DataFrame:
        """Refused: what asks a trail for its transfers wants amounts."""
        raise FinflowError(NO_AMOUNT)

    def refuse_gaps(self) -> None:
        """Refused: what asks a trail for its gaps is about to print or draw amounts."""
        raise FinflowError(NO_AMOUNT)

    def shown(self) -> pl.DataFrame:
        """Accounts as a page may call them, without the lines."""
        called = pl.col("account_id").replace(self.called).alias("account")
        return self.frame.select("origin", called, "inside", "first_on", "steps")

    def listed(self) -> pl.DataFrame:
        """Account ids and paths, for the user of the case."""
        return self.frame

    def __str__(self) -> str:
        """The accounts for a terminal."""
        return f"{self.statement}\n{super().__str__()}"

    def _repr_html_(self) -> str:
        from finflow.results import table

        return table(self.shown(), element=self.element, caption=f"{self.caption}. {self.statement}")


def reach(case: "Case", marks: Marked) -> Reach:
    """Every account that marked money can have reached in time, with the earliest path to it. For leads, no amounts.

    marks: case.proceeds(), a frame of leg_id, origin, amount, or hits of case.detect(). Raises FinflowError as
    case.trace does.
    """
    given, are_hits = given_marks(marks)
    with case.logged("reach", marks=given.height) as outcome:
        with case.reading("reach") as con:
            refuse_unresolved(con)
            given, _ = decided_marks(con, given, are_hits)
            key = digest(basis(con), "reach", given.select(GIVEN).rows())
            kept = stored(case.folder, key, lambda: _reach(con, given))
            called = labels(con)
        outcome.update(key=key, accounts=kept["reach"].height)
    return Reach(kept["reach"], key, int(kept["rings"].item()), called)


def _reach(con: duckdb.DuckDBPyConnection, given: pl.DataFrame) -> dict[str, pl.DataFrame]:
    from finflow.trace.ledger import ledger_of
    from finflow.trace.marks import marks_on
    from finflow.trace.order import order_legs
    from finflow.trace.passed import accounts_for
    from finflow.trace.rows import CaseRecords, read_rows

    records = CaseRecords(con)
    ledger = ledger_of(read_rows(con, accounts_for(con, records, given["leg_id"], beside=given["leg_id"])), records)
    marks, ordered = marks_on(ledger, given), order_legs(ledger.calendar, "credits_first")
    receivers = _receivers(con, ledger)
    rows = [row for label in range(len(marks.origins)) for row in _of_origin(ledger, marks, label, ordered, receivers)]
    passed = ledger.described(np.array(sorted({leg for *_, path in rows for leg in path}), np.int64))
    transfer_of, day_of = (dict(passed.select("leg", name).rows()) for name in ("transfer_id", "booking_date"))
    told = [(*row, day_of[path[-1]], len(path), [transfer_of[leg] for leg in path]) for *row, path in rows]
    frame = pl.DataFrame(told, schema=_FRAME, orient="row").sort("first_on", "steps", "origin", "account_id")
    return {"reach": frame, "rings": pl.DataFrame({"rings": [ordered.rings.size]})}


def _receivers(con: duckdb.DuckDBPyConnection, ledger: "Ledger") -> pl.DataFrame:
    """Who was paid by accounts of a ledger: transfer_id, account_id, inside."""
    con.register("payer", ledger.pockets.select("account_id").unique())
    found: pl.DataFrame = con.sql("""
        SELECT transfer_id, account_id, inside
        FROM transfer INNER JOIN account ON creditor_account_id = account_id
        WHERE scheme <> 'boundary' AND debtor_account_id IN (FROM payer)
    """).pl()
    con.unregister("payer")
    return found


def _of_origin(
    ledger: "Ledger", marks: "Marks", label: int, ordered: "Ordered", receivers: pl.DataFrame
) -> Iterator[tuple[Any, ...]]:
    """Rows of one origin: origin, account, whether it is inside, legs of the earliest of several ways to it."""
    from finflow.trace.spread import arrivals, spread, way_to

    marked = np.zeros(ledger.amount.size, np.bool_)
    marked[marks.leg[marks.label == label]] = True
    with progress_of("reach") as progress:
        first, carries = spread(ledger.calendar, ordered.legs, marked, progress)
    place = np.empty_like(ordered.legs)
    place[ordered.legs] = np.arange(place.size)
    arrived = arrivals(ledger, first, carries, receivers)
    arrived = arrived.with_columns(place=pl.Series("place", place[arrived["leg"].to_numpy()]))
    for account, inside, leg, _ in arrived.sort("place").unique("account_id", keep="first", maintain_order=True).rows():
        yield marks.origins[label], account, inside, way_to(ledger.calendar, first, marked, leg)

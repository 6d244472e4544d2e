"""`case.trace` and `case.compare`: what was marked, followed under one method, or under all of them side by side."""

import sys
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import duckdb
import polars as pl

from finflow.check import IN_DOUBT, completeness
from finflow.errors import FinflowError
from finflow.keys import basis, digest, stored
from finflow.places import shipped
from finflow.resolve import refuse_unresolved
from finflow.results import Result
from finflow.trace.comparison import Comparison, compared
from finflow.trace.policies import ALLOWED, policies
from finflow.trace.trail import STORED, Trail, refuse_gaps

if TYPE_CHECKING:
    from finflow.case import Case

Marked = Result | pl.DataFrame


def trace(case: "Case", marks: Marked, *, method: str = "fifo", same_day: str = "printed", **chosen: str) -> Trail:
    """Follow marked money from account to account under one method.

    marks: case.proceeds(), or a frame of leg_id, origin, amount; hits of case.detect() give a trail of leads only.
    method: fifo, lifo, pro_rata, libr or tainted_first. same_day: printed, credits_first or debits_first, where the
    records show no order. Other policies by name: see finflow.trace.policies. The same question is answered from the
    same stored result. Raises FinflowError for no marks, an unknown line, a part larger than its line.
    """
    if method == "poison":
        raise FinflowError("Poison says where money can have been, never how much, so there is no trail: case.reach.")
    values = policies(method=method, same_day=same_day, **chosen)
    given, leads_only = given_marks(marks)
    with case.logged("trace", **values, marks=given.height, leads_only=leads_only) as outcome:
        with case.reading("trace") as con:
            refuse_unresolved(con)
            given = as_legs(con, given) if leads_only else given
            key = digest(basis(con), "trace", STORED, values, leads_only, given.select(GIVEN).rows())
            kept = stored(case.folder, key, lambda: _trace(con, given, values))
        outcome.update(key=key, transfers=kept["transfers"].height)
    return _trail(kept, key, values, leads_only)


def compare(
    case: "Case", marks: Marked, assets: Iterable[str] | Mapping[str, Iterable[str]] | None = None, **chosen: str
) -> Comparison:
    """What payments for assets owe to the marked money: by arithmetic, then under every method and same-day order.

    assets: ids of assets with payments that a person decided (none = all of them), or a mapping of any name to legs.
    Raises FinflowError when no payment is known, DataGap when a figure rests on a gap that nobody acknowledged.
    """
    values = policies(**chosen)
    given, leads_only = given_marks(marks)
    with case.logged("compare", marks=given.height, leads_only=leads_only) as outcome:
        with case.reading("compare") as con:
            refuse_unresolved(con)
            given = as_legs(con, given) if leads_only else given
            paid = chosen_payments(con, assets)
            key = digest(basis(con), "compare", values, given.select(GIVEN).rows(), paid.rows())
            kept = stored(case.folder, key, lambda: _compare(con, given, paid))
        outcome.update(key=key, runs=kept["runs"].height)
    refuse_gaps(kept["gaps"])
    return Comparison(kept["summary"], key, leads_only, kept["bounds"], kept["runs"])


def _trail(kept: dict[str, pl.DataFrame], key: str, values: dict[str, str], leads_only: bool) -> Trail:
    units = dict(kept["units"].rows())
    rest = {name: kept[name] for name in STORED if name != "transfers"}
    return Trail(frame=kept["transfers"], key=key, policies=values, leads_only=leads_only, units=units, **rest)


def _trace(con: duckdb.DuckDBPyConnection, given: pl.DataFrame, values: dict[str, str]) -> dict[str, pl.DataFrame]:
    from finflow.trace.elections import elected_legs, read_elections
    from finflow.trace.ledger import read_ledger  # the kernels' compiler takes a second to import
    from finflow.trace.marks import marks_on
    from finflow.trace.outcome import frames
    from finflow.trace.plan import plan

    months = completeness(con)
    ledger = read_ledger(con)
    payments = decided_payments(con).select("asset_id", "leg_id")
    elections = read_elections(con, payments)
    planned = plan(ledger, marks_on(ledger, given), values["same_day"], elected=elected_legs(ledger, elections))
    with progress_of(values["method"]) as progress:
        found = frames(planned, planned.replay(values["method"], progress), payments)
    units = pl.DataFrame(list(ledger.units.items()), schema={"currency": pl.String, "places": pl.Int64}, orient="row")
    rests_on = _rests_on(months, found)
    return {
        **found,
        "payments": payments,
        "rests_on": rests_on,
        "marks": given.select(GIVEN),
        "units": units,
        "elections": elections,
    }


def _compare(con: duckdb.DuckDBPyConnection, given: pl.DataFrame, paid: pl.DataFrame) -> dict[str, pl.DataFrame]:
    from finflow.trace.ledger import read_ledger
    from finflow.trace.marks import marks_on
    from finflow.trace.plan import plan

    months = completeness(con)
    ledger = read_ledger(con)
    marks = marks_on(ledger, given)
    plans = {same_day: plan(ledger, marks, same_day) for same_day in ALLOWED["same_day"]}
    found = compared(ledger, plans, paid)
    until = paid["booking_date"].max()
    accounts = {plan_.ledger.pockets["account_id"][int(p)] for plan_ in plans.values() for p in plan_.pockets}
    reached = months.filter(pl.col("account_id").is_in(accounts) & (pl.col("month") <= until))
    return {**found, "gaps": open_months(reached)}


def open_months(months: pl.DataFrame) -> pl.DataFrame:
    """Account-months in doubt that nobody acknowledged: account_id, month, status."""
    unacknowledged = pl.col("status").is_in(IN_DOUBT) & ~pl.col("acknowledged")
    return months.filter(unacknowledged).select("account_id", "month", "status")


def _rests_on(every: pl.DataFrame, found: dict[str, pl.DataFrame]) -> pl.DataFrame:
    """Account-months that traced money passed: of each account up to its last traced leg, or all while money lies."""
    passed = found["steps"].group_by("account_id").agg(pl.col("booking_date").max().alias("until"))
    lying = found["lying"]["account_id"].unique().implode()
    months = every.join(passed, on="account_id")
    kept = months.filter((pl.col("month") <= pl.col("until")) | pl.col("account_id").is_in(lying))
    return kept.select("account_id", "month", "status", "acknowledged").sort("account_id", "month")


def decided_payments(con: duckdb.DuckDBPyConnection) -> pl.DataFrame:
    """Payments for assets that persons decided, on lines that are loaded."""
    query = (shipped("queries") / "assets" / "payment.sql").read_text(encoding="utf-8")
    paid: pl.DataFrame = con.sql(query).pl().filter(pl.col("transfer_id").is_not_null()).select(_PAID)
    return paid


GIVEN = ("leg_id", "origin", "amount")
_PAID = ("asset_id", "leg_id", "account_id", "currency", "booking_date", "amount", "leg_amount")


def chosen_payments(con: duckdb.DuckDBPyConnection, assets: Any) -> pl.DataFrame:
    """Payments for some assets (none = all), or of names mapped to legs. Raises FinflowError when one is not known."""
    if isinstance(assets, Mapping):
        return _payments_by_legs(con, assets)
    paid = decided_payments(con)
    names = list(assets) if assets is not None else sorted(paid["asset_id"].unique())
    unknown = [name for name in names if name not in set(paid["asset_id"])]
    if unknown or not names:
        raise FinflowError(
            f"No payment is known for {', '.join(unknown) or 'any asset'}. Decide which lines paid for it: finflow "
            "decide CASE ASSET_ID asset_payment LEG_ID --by NAME --why REASON, or case.decide in Python, which also "
            "takes a mapping of any name to legs."
        )
    return paid.filter(pl.col("asset_id").is_in(names))


def _payments_by_legs(con: duckdb.DuckDBPyConnection, assets: Mapping[str, Iterable[str]]) -> pl.DataFrame:
    rows = [(name, leg) for name, legs in assets.items() for leg in legs]
    con.register("named_leg", pl.DataFrame(rows, schema={"asset_id": pl.String, "leg_id": pl.String}, orient="row"))
    paid: pl.DataFrame = con.sql("""
        SELECT asset_id, leg.leg_id, account_id, currency, booking_date, amount, amount AS leg_amount
        FROM named_leg INNER JOIN leg ON leg.side = 'DBIT' AND named_leg.leg_id = leg.leg_id
        ORDER BY asset_id, booking_date, leg.leg_id
    """).pl()
    con.unregister("named_leg")
    if paid.height < len(rows) or not rows:
        raise FinflowError("A payment that was named is no debit of the case. Give leg ids of debits: see table leg.")
    return paid


def given_marks(marks: Marked) -> tuple[pl.DataFrame, bool]:
    """The frame of marks, and whether they are only leads."""
    frame = marks.frame if isinstance(marks, Result) else marks
    if not isinstance(frame, pl.DataFrame) or not {"leg_id", "origin", "amount"} <= {*frame.columns}:
        if isinstance(frame, pl.DataFrame) and {"query", "transfers"} <= {*frame.columns}:
            return frame.select("query", "transfers"), True
        raise FinflowError(
            "What to follow is given as case.proceeds(), as hits of case.detect(), or as a frame with the columns "
            "leg_id, origin and amount."
        )
    return frame, False


def as_legs(con: duckdb.DuckDBPyConnection, hits: pl.DataFrame) -> pl.DataFrame:
    """Every transfer that fired, whole, where it left or else where it came in; the rule is the origin."""
    fired = hits.explode("transfers").drop_nulls().unique(maintain_order=True)
    con.register("fired", fired.with_row_index("n").rename({"transfers": "transfer_id"}))
    marks: pl.DataFrame = con.sql("""
        SELECT coalesce(debit_leg, credit_leg) AS leg_id, query AS origin, CAST(NULL AS DECIMAL(28, 8)) AS amount
        FROM fired INNER JOIN transfer ON fired.transfer_id = transfer.transfer_id ORDER BY n
    """).pl()
    con.unregister("fired")
    return marks


@contextmanager
def progress_of(what: str) -> Iterator[Callable[[int, int], None]]:
    """A bar on the terminal for replays that take a while; nothing where no person is watching."""
    if not sys.stderr.isatty():
        yield lambda done, total: None
        return
    from rich.console import Console
    from rich.progress import Progress

    with Progress(console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task(f"trace {what}")
        yield lambda done, total: bar.update(task, completed=done, total=total)

"""`case.trace` and `case.compare`: what was marked, followed under one method, or under all of them side by side."""

from collections.abc import Iterable, Mapping
from datetime import date
from functools import cache
from typing import TYPE_CHECKING

import duckdb
import polars as pl

from finflow.check import IN_DOUBT, completeness
from finflow.errors import FinflowError
from finflow.keys import basis, digest, stored
from finflow.resolve import refuse_unresolved
from finflow.trace.asked import GIVEN, Marked, chosen_payments, cited_twice, decided_marks, given_marks, payments
from finflow.trace.comparison import ABOUT, Comparison, Planned, compared, every_plan
from finflow.trace.lines import with_lines
from finflow.trace.policies import parted, policies, unnamed
from finflow.trace.proceeds import read_proceeds
from finflow.trace.trail import STORED, Trail, refuse_gaps

if TYPE_CHECKING:
    from finflow.case import Case
    from finflow.trace.exact import Integers
    from finflow.trace.ledger import Ledger
    from finflow.trace.plan import Plan


def trace(case: "Case", marks: Marked, *, method: str = "fifo", same_day: str = "printed", **chosen: str) -> Trail:
    """Follow marked money from account to account under one method.

    marks: case.proceeds(), or some of its rows (leg_id, origin, amount); hits of case.detect(), and marks that no
    person decided, give a trail of leads only. method: fifo, lifo, pro_rata, libr or tainted_first. same_day: printed,
    ledger, credits_first or debits_first, where balances show no order; by account "printed, ACCOUNT_ID=credits_first".
    Other policies by name: see finflow.trace.policies. The same question is answered from the same stored result.
    Raises FinflowError for no marks, an unknown line, a part larger than its line.
    """
    if method == "poison":
        raise FinflowError("Poison says where money can have been, never how much, so there is no trail: case.reach.")
    values = policies(method=method, same_day=same_day, **chosen)
    given, are_hits = given_marks(marks)
    with case.logged("trace", **unnamed(values), marks=given.height) as outcome:
        with case.reading("trace") as con:
            refuse_unresolved(con)
            given, leads_only = decided_marks(con, given, are_hits)
            key = key_of(con, values, given, leads_only)
            kept = stored(case.folder, key, lambda: _trace(con, given, values))
        outcome.update(key=key, leads_only=leads_only, transfers=kept["transfers"].height)
    return _trail(case, kept, key, values, leads_only)


def compare(
    case: "Case",
    marks: Marked,
    assets: Iterable[str] | Mapping[str, Iterable[str]] | None = None,
    *,
    accounts: Mapping[str, date] | None = None,
    **chosen: str,
) -> Comparison:
    """What payments for assets owe to the marked money: by arithmetic, then under every method, order of a day and
    other value of a policy, and without each link that a person made.

    assets: ids of assets with payments that a person decided (none = all of them), or a mapping of any name to legs.
    accounts: account ids with a day: what arithmetic shows of the money that lay there when the day ended.
    Raises FinflowError when no payment is known, DataGap when a figure rests on a gap that nobody acknowledged.
    """
    if "method" in chosen:
        raise FinflowError("A comparison runs every method. Leave method out, or give it to a trace.")
    values = policies(**chosen)
    assets = [assets] if isinstance(assets, str) else assets
    if parted("dust", values["dust"])[1]:
        raise FinflowError("A comparison follows every amount, however small. Leave dust out here; give it to a trace.")
    given, are_hits = given_marks(marks)
    with case.logged("compare", **unnamed(values), marks=given.height) as outcome:
        with case.reading("compare") as con:
            refuse_unresolved(con)
            given, leads_only = decided_marks(con, given, are_hits)
            days = _days(con, accounts or {})
            paid = payments(con).clear() if accounts and assets is None else chosen_payments(con, assets)
            key = digest(basis(con), "compare", COMPARED, values, given.select(GIVEN).rows(), paid.rows(), days.rows())
            kept = stored(case.folder, key, lambda: _compare(con, given, paid, days, values))
            left_out = cited_twice(con) if assets is None and not accounts else 0
        outcome.update(key=key, leads_only=leads_only, runs=kept["runs"]["run"].n_unique())
    refuse_gaps(kept["gaps"])
    rest = {name: kept[name] for name in COMPARED if name != "summary"}
    return Comparison(kept["summary"], key, leads_only, left_out=left_out, **rest)


def key_of(con: duckdb.DuckDBPyConnection, values: dict[str, str], given: pl.DataFrame, leads_only: bool) -> str:
    """The key of a trail of these marks in the case as it is now."""
    return digest(basis(con), "trace", STORED, values, leads_only, given.select(GIVEN).rows())


def _trail(case: "Case", kept: dict[str, pl.DataFrame], key: str, values: dict[str, str], leads_only: bool) -> Trail:
    units = dict(kept["units"].rows())
    rest = {name: kept[name] for name in STORED if name != "transfers"}
    return Trail(
        frame=kept["transfers"], key=key, policies=values, leads_only=leads_only, units=units, case=case, **rest
    )


def _trace(con: duckdb.DuckDBPyConnection, given: pl.DataFrame, values: dict[str, str]) -> dict[str, pl.DataFrame]:
    from finflow.trace.elections import read_elections
    from finflow.trace.near import replay_near  # the kernels' compiler takes a second to import
    from finflow.trace.outcome import frames

    paid = payments(con).select("asset_id", "leg_id", remains=pl.col("leg_amount") - pl.col("came_back"))
    elections = read_elections(con, paid)
    cited, replayed = replay_near(con, given, values, elections)
    found = frames(cited, replayed, paid)
    units = pl.DataFrame(list(cited.ledger.units.items()), schema=_UNITS, orient="row")
    kept = {"payments": paid, "marks": given.select(GIVEN), "units": units, "elections": elections}
    return {**found, **kept, "rests_on": _rests_on(con, found)}


_UNITS = {"currency": pl.String, "places": pl.Int64}
COMPARED = ("summary", "bounds", "held", "counted", "runs", "links", "link_runs", "elections", "partings", "rests_on")


def _compare(
    con: duckdb.DuckDBPyConnection, given: pl.DataFrame, paid: pl.DataFrame, days: pl.DataFrame, values: dict[str, str]
) -> dict[str, pl.DataFrame]:
    from finflow.trace import elections, links
    from finflow.trace.arithmetic import of_accounts
    from finflow.trace.ledger import read_ledger
    from finflow.trace.passed import accounts_for
    from finflow.trace.rows import CaseRecords

    months, records = completeness(con), CaseRecords(con)
    decided = elections.read_elections(con, payments(con))
    beside = pl.concat([given["leg_id"], paid["leg_id"], decided["leg_id"]])
    named = {*days["account_id"], *parted("same_day", values["same_day"])[1]}
    accounts = accounts_for(con, records, given["leg_id"], beside=beside, named=named)
    ledger = read_ledger(con, records, accounts)
    elected = elections.elected_legs(ledger, decided)
    planned = _planned(ledger, given, elected)
    found = compared(ledger, planned, values, paid, _planned(ledger, given) if elected.size else None)
    plans = every_plan(planned, values)
    lying = of_accounts(ledger, plans, days)
    without, under = links.effects(
        ledger, given, links.read_links(con, read_proceeds(con).frame, given), values, paid,
        lambda cut, left: _planned(cut, left, elected),
    )  # fmt: skip
    unelected = elections.effects(ledger, decided, values, paid, lambda others: _planned(ledger, given, others))
    until = max([*paid["booking_date"], *days["day"]])
    replayed = {plan_.ledger.pockets["account_id"][int(p)] for plan_ in plans.values() for p in plan_.pockets}
    reached = months.filter(pl.col("account_id").is_in(replayed) & (pl.col("month") <= until))
    return found | {
        "held": lying["held"],
        "counted": with_lines(con, pl.concat([found["counted"], lying["counted"]])),
        "links": without,
        "link_runs": _effect(under, found["runs"]),
        "elections": _effect(unelected.with_columns(method=pl.lit("libr")), found["runs"]).drop("method"),
        "partings": _shown(with_lines(con, found["partings"])),
        "rests_on": reached.select("account_id", "month", "status", "acknowledged"),
        "gaps": open_months(reached),
    }


def _planned(ledger: "Ledger", given: pl.DataFrame, elected: "Integers | None" = None) -> Planned:
    """What is replayed under some policies; made once for all methods."""
    from finflow.trace.marks import marks_on
    from finflow.trace.plan import plan

    marks = marks_on(ledger, given)

    @cache
    def of(same_day: str, others: tuple[tuple[str, str], ...]) -> "Plan":
        return plan(ledger, marks, same_day, dict(others), elected=elected, through_rings=True)

    return lambda values: of(values["same_day"], tuple(x for x in values.items() if x[0] not in ("method", "same_day")))


def _effect(under: pl.DataFrame, runs: pl.DataFrame) -> pl.DataFrame:
    """Amounts with and without each link or election, under each method alone."""
    plain = runs.filter(pl.col("run") == pl.col("method")).select("asset_id", "currency", "method", "amount")
    both = under.join(plain, on=["asset_id", "currency", "method"], maintain_order="left")
    return both.with_columns(effect=pl.col("amount") - pl.col("without"))


def _shown(partings: pl.DataFrame) -> pl.DataFrame:
    return partings.select(*ABOUT, pl.exclude(*ABOUT, "account_id", "leg_id"))


def _days(con: duckdb.DuckDBPyConnection, accounts: Mapping[str, date]) -> pl.DataFrame:
    if not all(isinstance(day, date) for day in accounts.values()):
        raise FinflowError("Each account comes with a day: accounts={ACCOUNT_ID: datetime.date(2026, 1, 31)}.")
    days = pl.DataFrame(list(accounts.items()), schema={"account_id": pl.String, "day": pl.Date}, orient="row")
    con.register("asked", days)
    unknown = con.execute("""
        SELECT count(*) FROM asked WHERE NOT EXISTS (
            SELECT 1 FROM leg WHERE leg.account_id = asked.account_id AND leg.booking_date <= asked.day
        )
    """).fetchall()[0][0]
    con.unregister("asked")
    if unknown:
        raise FinflowError(
            f"{unknown} accounts that were named have no bank line on that day or before. Give ids of accounts inside "
            "the case, each with a day inside its statements: finflow check CASE shows them."
        )
    return days.sort("account_id")


def open_months(months: pl.DataFrame) -> pl.DataFrame:
    """Account-months in doubt that nobody acknowledged: account_id, month, status."""
    unacknowledged = pl.col("status").is_in(IN_DOUBT) & ~pl.col("acknowledged")
    return months.filter(unacknowledged).select("account_id", "month", "status")


def _rests_on(con: duckdb.DuckDBPyConnection, found: dict[str, pl.DataFrame]) -> pl.DataFrame:
    """Account-months that traced money passed: of each account up to its last traced leg, or all while money lies."""
    passed = found["steps"].group_by("account_id").agg(pl.col("booking_date").max().alias("until"))
    every = completeness(con, passed["account_id"])
    lying = found["lying"]["account_id"].unique().implode()
    months = every.join(passed, on="account_id")
    kept = months.filter((pl.col("month") <= pl.col("until")) | pl.col("account_id").is_in(lying))
    return kept.select("account_id", "month", "status", "acknowledged").sort("account_id", "month")

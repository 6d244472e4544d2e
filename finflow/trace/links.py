"""What persons joined that the records leave apart, and the same ledger without one of these links.

A link is a cash deposit joined to a withdrawal, cash marked where it was paid in though it never lay on an account, or
two bank lines that a person said are one transfer. Without it each line stands alone: the debit leaves the case, the
credit brings other money.
"""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import duckdb
import polars as pl

from finflow import store
from finflow.trace.arithmetic import of_payments
from finflow.trace.comparison import Planned, every_plan, linked_money, numbered_payments, of_payments_under
from finflow.trace.exact import Integers
from finflow.trace.ledger import Ledger
from finflow.trace.order import NONE
from finflow.trace.policies import ALLOWED

MARKED_CASH = "cash marked where it was paid in"
ALL = "all links"

_JOINED = """
    SELECT CASE decided.kind WHEN 'cash_link' THEN 'cash link' ELSE 'lines joined' END AS link,
        transfer.debit_leg, transfer.credit_leg,
        decided.decided_by, decided.decided_on, decided.why, decided.evidence, decided.decision_no
    FROM transfer
    INNER JOIN decision_holding AS decided ON (
        transfer.rule = 'cash link' AND decided.kind = 'cash_link'
        AND transfer.credit_leg = decided.subject AND transfer.debit_leg = decided.object
    ) OR (
        transfer.rule = 'mirror: decided' AND decided.kind = 'mirror'
        AND transfer.debit_leg IN (decided.subject, decided.object)
        AND transfer.credit_leg IN (decided.subject, decided.object)
    )
    QUALIFY row_number() OVER (PARTITION BY transfer.debit_leg ORDER BY decided.decision_no DESC) = 1
"""
LINKS: dict[str, Any] = {
    "link": pl.String, "debit_leg": pl.String, "credit_leg": pl.String, "origin": pl.String, "decided_by": pl.String,
    "decided_on": pl.Date, "why": pl.String, "evidence": pl.String, "decision_no": pl.Int64,
}  # fmt: skip


def read_links(con: duckdb.DuckDBPyConnection, proceeds: pl.DataFrame, given: pl.DataFrame) -> pl.DataFrame:
    """The links of a case with who made them, in the order of their decisions; columns as LINKS.

    proceeds: the marks that hold; given: the marks that are followed, of which those on cash count.
    """
    cash = proceeds.filter(pl.col("kind") == "cash_link").join(given, on=["leg_id", "origin"], how="semi")
    marked = cash.with_columns(link=pl.lit(MARKED_CASH), credit_leg="leg_id", debit_leg=pl.lit(None, pl.String))
    every = pl.concat([store.frame(con, _JOINED), marked], how="diagonal_relaxed")
    return _as(every, LINKS).sort("decision_no", "credit_leg")


def without(ledger: Ledger, given: pl.DataFrame, links: pl.DataFrame) -> tuple[Ledger, pl.DataFrame]:
    """The ledger and the marks as if nobody had made these links."""
    cash = links.filter(pl.col("link") == MARKED_CASH).select(pl.col("credit_leg").alias("leg_id"), "origin")
    left = given.join(cash, on=["leg_id", "origin"], how="anti", maintain_order="left")
    joined = links.filter(pl.col("link") != MARKED_CASH)["credit_leg"]
    return _apart(ledger, ledger.find(joined).filter(pl.col("side") == "CRDT")["leg"].to_numpy()), left


def _apart(ledger: Ledger, arrived: Integers) -> Ledger:
    pair, paired, linked = ledger.calendar.pair.copy(), ledger.paired.copy(), ledger.linked.copy()
    left = pair[arrived][pair[arrived] != NONE]
    paired[left] = paired[arrived] = False
    pair[left] = pair[arrived] = linked[arrived] = NONE
    return replace(ledger, calendar=ledger.calendar._replace(pair=pair), paired=paired, linked=linked, turn=None)


def effects(
    ledger: Ledger, given: pl.DataFrame, links: pl.DataFrame, chosen: dict[str, str], paid: pl.DataFrame,
    planned: Callable[[Ledger, pl.DataFrame], Planned],
) -> tuple[pl.DataFrame, pl.DataFrame]:  # fmt: skip
    """Bounds of each asset, and its amounts under each method, without each link, then without all of them.

    Both begin with the columns of LINKS; then asset_id, currency, and at_least, at_most, or method, without (decimals).
    """
    together = pl.DataFrame([{"link": ALL}], schema=LINKS)
    bounds, amounts = [pl.DataFrame(schema=LINKS | _BOUNDS)], [pl.DataFrame(schema=LINKS | _AMOUNTS)]
    for link in [*links.iter_slices(1), *([together] if links.height > 1 else [])]:
        cut, left = without(ledger, given, links if link["link"][0] == ALL else link)
        least, under = _without(cut, left, chosen, paid, planned(cut, left)) if left.height else _nothing(paid)
        bounds.append(link.join(least, how="cross"))
        amounts.append(link.join(under, how="cross"))
    return pl.concat(bounds), pl.concat(amounts)


_MONEY = pl.Decimal(28, 8)
_BOUNDS: dict[str, Any] = {"asset_id": pl.String, "currency": pl.String, "at_least": _MONEY, "at_most": _MONEY}
_AMOUNTS: dict[str, Any] = {"asset_id": pl.String, "currency": pl.String, "method": pl.String, "without": _MONEY}


def _without(
    ledger: Ledger, given: pl.DataFrame, chosen: dict[str, str], paid: pl.DataFrame, planned: Planned
) -> tuple[pl.DataFrame, pl.DataFrame]:
    numbered = numbered_payments(ledger, paid)
    found = of_payments(ledger, every_plan(planned, chosen), numbered)["bounds"]
    least = found.group_by("asset_id", "currency").agg(pl.col("at_least", "at_most").sum())
    under = [
        of_payments_under(numbered, linked_money(planned(chosen | {"method": method}), method)).with_columns(
            method=pl.lit(method)
        )
        for method in ALLOWED["method"]
    ]
    amounts = ledger.decimals(pl.concat(under), "amount", "currency").rename({"amount": "without"})
    return _as(least.sort("asset_id", "currency"), _BOUNDS), _as(amounts, _AMOUNTS)


def _nothing(paid: pl.DataFrame) -> tuple[pl.DataFrame, pl.DataFrame]:
    """No mark is left, so nothing is linked to anything."""
    assets = paid.select("asset_id", "currency").unique().sort("asset_id", "currency")
    zero = {name: pl.lit(0) for name in ("at_least", "at_most", "without")}
    amounts = assets.join(pl.DataFrame({"method": ALLOWED["method"]}), how="cross")
    return _as(assets.with_columns(**zero), _BOUNDS), _as(amounts.with_columns(**zero), _AMOUNTS)


def _as(frame: pl.DataFrame, schema: dict[str, Any]) -> pl.DataFrame:
    return frame.select(pl.col(name).cast(kind) for name, kind in schema.items())

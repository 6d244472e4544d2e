"""From the money to the assets: what was marked, what arithmetic alone shows, then every accounting rule."""

from decimal import Decimal
from typing import TYPE_CHECKING

import polars as pl

from finflow.report.page import Section, say, section
from finflow.results import money, table

if TYPE_CHECKING:
    from finflow.case import Case
    from finflow.trace.comparison import Comparison
    from finflow.trace.trail import Trail

RULES = {
    "fifo": "first in first out",
    "lifo": "last in first out",
    "pro_rata": "pro rata",
    "libr": "lowest balance",
    "tainted_first": "linked money first",
}
"""Accounting rules as a judge reads them."""


def linked(case: "Case", trail: "Trail", comparison: "Comparison | None" = None) -> Section:
    """What persons marked, where it went, and what it left in assets: arithmetic first, then the table of rules.

    Raises DataGap when a figure rests on a gap that nobody acknowledged.
    """
    trail.refuse_gaps()
    return section(
        "From the money to the assets",
        *_marked(case, trail),
        say(
            "money.chosen",
            method=RULES[trail.policies["method"]],
            same_day=trail.policies["same_day"].replace("_", " "),
        ),
        table(by_end(trail), element="finflow-ends", caption="Where the amounts linked to each source are"),
        say("money.residue", residue=money(sum(map(abs, trail.proof["residue"]), Decimal(0)))),
        *(_of_assets(comparison) if comparison else []),
        say("money.rules"),
    )


def by_end(trail: "Trail") -> pl.DataFrame:
    """Amounts by source and end, one column a kind of end, one row a source and currency."""
    return trail.ends.pivot("end", index=["origin", "currency"], values="amount", aggregate_function="sum").sort(
        "origin", "currency"
    )


def by_rule(comparison: "Comparison") -> pl.DataFrame:
    """Per asset: price, at least, at most, then each rule; where same-day orders differ, the lowest and the highest."""
    both = pl.when(pl.col("lowest") == pl.col("highest")).then(_said("lowest"))
    said = both.otherwise(pl.concat_str([_said("lowest"), pl.lit(" – "), _said("highest")])).alias("said")
    rules = comparison.methods.with_columns(said, pl.col("method").replace_strict(RULES))
    wide = rules.pivot("method", index=["asset_id", "currency"], values="said")
    amounts = comparison.frame.select("asset_id", "currency", "price", "at_least", "at_most")
    return amounts.join(wide, on=["asset_id", "currency"], maintain_order="left").rename({"asset_id": "asset"})


def _of_assets(comparison: "Comparison") -> list[str]:
    rules = table(by_rule(comparison), element="finflow-rules", caption="Amount linked to the source, by rule")
    return [*(_arithmetic(row) for row in comparison.bounds.to_dicts()), rules]


def _words(policy: str) -> str:
    return policy.replace("_", " ")


def _said(column: str) -> pl.Expr:
    return pl.col(column).map_elements(money, return_dtype=pl.String)


def _marked(case: "Case", trail: "Trail") -> list[str]:
    query = """
        SELECT kind, decided_by FROM decision_holding
        WHERE list_contains($legs, subject) AND kind IN ('proceeds', 'cash_link') AND coalesce(amount, 1) > 0
    """
    with case.reading("report") as con:
        found = con.sql(query, params={"legs": trail.marks["leg_id"].to_list()}).pl()
    sums = trail.proof.group_by("currency").agg(pl.col("marked").sum()).sort("currency").filter(pl.col("marked") > 0)
    amount = " and ".join(f"{currency} {money(total)}" for currency, total in sums.rows())
    authors = ", ".join(sorted(found["decided_by"].unique())) or "nobody"
    cash = found.filter(pl.col("kind") == "cash_link").height
    acknowledged = trail.rests_on.filter(pl.col("status").is_in(["gap", "missing"])).height
    return [
        say("money.traced", count=trail.marks.height, amount=amount, authors=authors),
        *([say("money.links", count=cash)] if cash else []),
        *([say("money.gaps", count=acknowledged)] if acknowledged else []),
    ]


def _arithmetic(row: dict[str, object]) -> str:
    values = {
        name: f"{row['currency']} {money(_decimal(row[name]))}" for name in ("price", "other", "at_least", "at_most")
    }
    return say(
        "money.arithmetic", asset=row["asset_id"], price=values["price"], other=values["other"],
        least=values["at_least"], most=values["at_most"],
    )  # fmt: skip


def _decimal(value: object) -> Decimal:
    return value if isinstance(value, Decimal) else Decimal(str(value))

"""From the money to the assets: what was marked, what arithmetic alone shows, then every accounting rule."""

from decimal import Decimal
from typing import TYPE_CHECKING, Any

import polars as pl

from finflow import store
from finflow.assets.sheet import arithmetic_of
from finflow.check import IN_DOUBT
from finflow.counting import counted
from finflow.report.page import Section, amounts, heading, say, section
from finflow.results import money, table, text
from finflow.trace.policies import SAID, said

if TYPE_CHECKING:
    from finflow.assets import Assets
    from finflow.case import Case
    from finflow.trace.trail import Trail


def linked(case: "Case", trail: "Trail", found: "Assets | None" = None) -> Section:
    """What persons marked, where it went, and what it left in assets: arithmetic first, then the table of rules.

    Raises DataGap when a figure rests on a gap that nobody acknowledged.
    """
    trail.refuse_gaps()
    return section(
        "From the money to the assets",
        *_marked(case, trail),
        *(_of_assets(found) if found and not found.bounds.is_empty() else []),
        heading("Where the amounts linked to each source are"),
        say(
            "money.chosen",
            method=SAID["method"][trail.policies["method"]],
            same_day=said("same_day", trail.policies["same_day"]),
        ),
        table(by_end(trail), element="finflow-ends", caption="Under the rule chosen, by source"),
        say("money.residue", residue=money(sum(map(abs, trail.proof["residue"]), Decimal(0)))),
        say("money.rules"),
    )


def by_end(trail: "Trail") -> pl.DataFrame:
    """Amounts by source and end, one column a kind of end, one row a source and currency."""
    return trail.ends.pivot("end", index=["origin", "currency"], values="amount", aggregate_function="sum").sort(
        "origin", "currency"
    )


def by_rule(found: "Assets") -> pl.DataFrame:
    """Per asset: at least, at most, then each rule; where same-day orders differ, the lowest and the highest."""
    both = pl.when(pl.col("lowest") == pl.col("highest")).then(_said("lowest"))
    said = both.otherwise(pl.concat_str([_said("lowest"), pl.lit(" – "), _said("highest")])).alias("said")
    rules = found.methods.with_columns(said, pl.col("method").replace_strict(SAID["method"]))
    wide = rules.pivot("method", index="asset_id", values="said")
    amounts = found.frame.drop_nulls("paid").select(
        "asset_id", "asset", pl.col("paid_currency").alias("currency"), "at_least", "at_most"
    )
    return amounts.join(wide, on="asset_id", maintain_order="left").drop("asset_id")


def _of_assets(found: "Assets") -> list[str]:
    rules = table(by_rule(found), element="finflow-rules", caption="Amount linked to the source, by rule")
    named = dict(found.frame.select("asset_id", "asset").rows())
    bounds = [row | {"asset": named[row["asset_id"]]} for row in found.bounds.to_dicts()]
    return [heading("What arithmetic alone shows"), *map(_arithmetic, bounds), heading("The accounting rules"), rules]


def _said(column: str) -> pl.Expr:
    return pl.col(column).map_elements(money, return_dtype=pl.String)


def _marked(case: "Case", trail: "Trail") -> list[str]:
    query = """
        SELECT kind, decided_by FROM decision_holding
        WHERE list_contains($legs, subject) AND kind IN ('proceeds', 'cash_link')
    """
    with case.reading("report") as con:
        found = store.frame(con, query, {"legs": trail.marks["leg_id"].to_list()})
    marked = trail.proof.with_columns(entered=pl.col("marked") - pl.col("already_linked"))
    twice = marked.filter(pl.col("already_linked") > 0)
    authors = ", ".join(sorted(found["decided_by"].unique())) or "nobody"
    cash = found.filter(pl.col("kind") == "cash_link").height
    acknowledged = trail.rests_on.filter(pl.col("status").is_in(IN_DOUBT)).height
    return [
        say(
            "money.traced",
            count=counted(trail.marks.height, "payment or part of one", "payments or parts of payments"),
            authors=authors,
            amount=amounts(marked.filter(pl.col("entered") > 0), "entered"),
        ),
        *([say("money.twice", amount=amounts(twice, "already_linked"))] if twice.height else []),
        *([say("money.links", count=cash)] if cash else []),
        *([say("money.gaps", count=acknowledged)] if acknowledged else []),
    ]


def _arithmetic(row: dict[str, Any]) -> str:
    values = {name: f"{row['currency']} {text(row[name])}" for name in ("price", "other", "at_least", "at_most")}
    return say(
        f"money.{arithmetic_of(row)}",
        asset=row["asset"], account=row["account"], price=values["price"], other=values["other"],
        least=values["at_least"], most=values["at_most"],
    )  # fmt: skip

"""What the rules observed, with the innocent explanations beside them, and what passed through protected accounts."""

from decimal import Decimal
from typing import TYPE_CHECKING

import polars as pl

from finflow import store
from finflow.counting import counted
from finflow.people import unprotected
from finflow.queries import Query, red_flags
from finflow.report.page import Section, few, say, section
from finflow.results import money, table

if TYPE_CHECKING:
    from finflow.case import Case
    from finflow.detect import Hits

_PASSED_ON = """
    WITH protected AS (
        SELECT account_id FROM account WHERE inside AND NOT list_contains($free, coalesce(holder_party_id, ''))
          AND holder_party_id IN (SELECT party_id FROM party_role)
    ),
    moved AS (
        SELECT leg.*, receiver.account_id IS NOT NULL AS to_named FROM leg
        JOIN protected ON leg.account_id = protected.account_id
        LEFT JOIN account AS receiver ON leg.counterparty_account_id = receiver.account_id
            AND receiver.inside AND list_contains($free, receiver.holder_party_id)
    )
    SELECT currency, count(DISTINCT account_id) AS accounts, min(booking_date) AS first, max(booking_date) AS last,
        count(*) FILTER (WHERE side = 'CRDT') AS count,
        sum(amount) FILTER (WHERE side = 'CRDT') AS received,
        coalesce(sum(amount) FILTER (WHERE side = 'DBIT'), 0) AS sent,
        coalesce(sum(amount) FILTER (WHERE side = 'DBIT' AND to_named), 0) AS onward
    FROM moved GROUP BY currency HAVING count(*) FILTER (WHERE side = 'CRDT') > 0 ORDER BY currency
"""


def observations(case: "Case", hits: "Hits") -> Section:
    """The chain of the money as far as the rules see it: what each counts, and what else it fits."""
    queries = red_flags()
    counted = (
        hits.frame.group_by("query", "indicator").agg(pl.len(), pl.col("subject").n_unique()).sort("indicator", "query")
    )
    return section(
        "What the records show: observations by rule",
        *_through_protected(case),
        *(part for name, _, found, accounts in counted.rows() for part in _rule(queries[name], found, accounts)),
        table(hits.shown(), element=hits.element, caption=hits.caption),
        say("links.left_out", left_out=hits.left_out_sentence),
        table(_sheet(hits), element="finflow-welfare", caption="Accounts for welfare review: no order, no measure"),
    )


def _rule(query: Query, found: int, accounts: int) -> tuple[str, str]:
    return (
        say(
            "links.observed", query=query.title, indicator=query.indicator, hits=counted(found, "observation"),
            subjects=few(accounts, "account"), question=query.header["Question"],
        ),
        say("links.reading", reasons=query.header["Innocent reasons"]),
    )  # fmt: skip


def _sheet(hits: "Hits") -> pl.DataFrame:
    """The welfare list as a shared page may carry it: pseudonyms and the number of rules, no days, no receivers."""
    return hits.welfare.select(
        account=pl.col("subject").replace_strict(hits.called, default="outside account"),
        rules=pl.col("rules").list.len(),
    ).sort("account")


def _through_protected(case: "Case") -> list[str]:
    with case.reading("report") as con:
        rows = store.frame(con, _PASSED_ON, {"free": sorted(unprotected(con))}).to_dicts()
    told = [
        say(
            "links.received", first=f"{row['first']:%Y-%m}", last=f"{row['last']:%Y-%m}",
            count=counted(row["count"], "payment"),
            amount=f"{row['currency']} {money(row['received'])}", accounts=few(row["accounts"], "account"),
            share=_percent(row["sent"], row["received"]), onward=_percent(row["onward"], row["sent"]),
        )
        for row in rows
    ]  # fmt: skip
    return [*told, say("links.innocent")] if told else []


def _percent(part: Decimal, whole: Decimal) -> int:
    return round(100 * part / whole) if whole else 0

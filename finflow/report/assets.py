"""What is asked and of whom, and a sheet for each asset: every measure is a proposal, for review by a person."""

from datetime import timedelta
from typing import TYPE_CHECKING

import polars as pl

from finflow import store
from finflow.assets import Assets, over_freezing, proposals
from finflow.counting import counted
from finflow.law import basis, law
from finflow.people import unprotected
from finflow.report.page import Section, amounts, say, section
from finflow.results import table

if TYPE_CHECKING:
    from finflow.case import Case

DAYS = 30
"""How far back from the data cut-off the report counts what left: as long as a bank's monthly statement."""

_MOVED = """
    SELECT transfer.currency, sum(transfer.amount) AS amount FROM transfer
    JOIN account AS payer ON transfer.debtor_account_id = payer.account_id AND payer.inside
    LEFT JOIN account AS receiver ON transfer.creditor_account_id = receiver.account_id
    WHERE payer.holder_party_id IN (
        SELECT party_id FROM party_role WHERE role IN ('suspect', 'convicted') AND valid_until IS NULL
      )
      AND list_contains($free, payer.holder_party_id) AND NOT coalesce(receiver.inside, false)
      AND transfer.booking_date >= $first AND transfer.booking_date < $end
    GROUP BY ALL ORDER BY ALL
"""


def asked(case: "Case", found: Assets) -> Section:
    """What is proposed for which asset, and the figures a reader asks for first: side by side, never added."""
    standing = proposals(case).frame.filter("stands")
    rows = standing.select(
        "measure", "asset", "state", "currency", pl.col("amount_low").alias("from"), pl.col("amount_high").alias("to"),
        "basis", pl.col("why").alias("reason given"),
    )  # fmt: skip
    return section(
        "What is asked",
        table(rows, element="finflow-asked", caption="Measures proposed, each for review by a person")
        if rows.height
        else say("assets.none"),
        _codes(rows["basis"].to_list()),
        say("asked.figures"),
        say("asked.benefit"),
        *_shown_to_be_there(found),
        *_identified(found),
        *_moved(case),
        say("asked.unknown", questions=counted(case_questions(case), "asset")),
    )


def _codes(named: list[str]) -> str | None:
    """The legal bases of the table in words, by their codes."""
    said = [f"{code} = {basis(code).title}" for code in sorted(set(named))]
    return say("asked.codes", codes="; ".join(said)) if said else None


def assets(case: "Case", found: Assets) -> Section:
    """One sheet for each registered asset, then the sums proposed beside the value known, then the table of law."""
    registered = found.frame.filter(pl.col("origin") == "register")["asset_id"]
    return section(
        "Assets",
        say("assets.review"),
        *(found.sheet(asset_id).html(law=False) for asset_id in registered),
        say("assets.over_freezing"),
        table(over_freezing(case).frame, element="finflow-over-freezing", caption="Proposed, beside the value known"),
        table(
            law().frame.drop("verified_by", "source", "note"),
            element="finflow-law",
            caption="Legal bases named, none decided",
        ),
    )


def case_questions(case: "Case") -> int:
    """How many registered assets have an open question about the good faith of a third party."""
    with case.reading("report") as con:
        found = con.execute("SELECT count(*) FROM asset WHERE good_faith_question IS NOT NULL").fetchall()
    return int(found[0][0])


def _shown_to_be_there(found: Assets) -> list[str]:
    least = found.frame.filter(pl.col("at_least") > 0)
    return [say("asked.at_least", amounts=amounts(least, "at_least", "paid_currency"))]


def _identified(found: Assets) -> list[str]:
    held = found.frame.filter((pl.col("origin") == "register") & pl.col("of_suspect"))
    ranks_first = held.filter(pl.col("encumbrance") > 0)
    return [
        say("asked.identified", amounts=amounts(held, "amount"), encumbrances=amounts(ranks_first, "encumbrance")),
    ]


def _moved(case: "Case") -> list[str]:
    cut_off = case.settings.data_cut_off
    if not cut_off:
        return []
    end = cut_off + timedelta(days=1)
    with case.reading("report") as con:
        free = sorted(unprotected(con))
        frame = store.frame(con, _MOVED, {"free": free, "first": end - timedelta(days=DAYS), "end": end})
    return [say("asked.moved", days=DAYS, amounts=amounts(frame, "amount"))]

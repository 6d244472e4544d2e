"""The end of the report: what to ask for next, and the exhibits and bank lines behind its figures."""

from typing import TYPE_CHECKING

import polars as pl

from finflow import store
from finflow.assets import Assets
from finflow.report.page import Section, heading, say, section
from finflow.requests import requests
from finflow.results import table

if TYPE_CHECKING:
    from finflow.case import Case
    from finflow.trace.trail import Trail

_REGISTERS = """
    SELECT printf('R-%03d', row_number() OVER (ORDER BY file_id)) AS exhibit,
        'register of assets' AS what, file_id AS sha256
    FROM (SELECT DISTINCT file_id FROM asset) ORDER BY exhibit
"""
_MARKED = """
    WITH line AS (
        SELECT leg.entry_id, leg.transfer_id, leg.account_id, leg.currency, marked.origin,
            sum(coalesce(marked.amount, leg.amount)) AS amount
        FROM marked JOIN leg USING (leg_id)
        WHERE leg.side = 'DBIT' OR leg.leg_id NOT IN (SELECT leg_id FROM leg WHERE side = 'DBIT')
        GROUP BY ALL
    ),
    again AS (
        SELECT transfer_id, account_id, origin, sum(amount) AS amount
        FROM remarks WHERE what = 'already linked' GROUP BY ALL
    )
    SELECT exhibits.exhibit, line.origin AS source, line.currency, count(*) AS lines,
        sum(line.amount - coalesce(again.amount, 0)) AS amount, sum(coalesce(again.amount, 0)) AS marked_again
    FROM line LEFT JOIN again USING (transfer_id, account_id, origin)
    JOIN entry ON line.entry_id = entry.entry_id JOIN exhibits ON entry.file_id = exhibits.sha256
    GROUP BY ALL ORDER BY ALL
"""


def inquiries(case: "Case", trail: "Trail") -> Section:
    """What to ask for next: first where the money of this trail left the records held."""
    asked = requests(case, trail)
    return section(
        "Next inquiries",
        say("inquiries.why"),
        table(asked.shown(), element=asked.element, caption=asked.caption),
        say("inquiries.left_out", left_out=asked.left_out_sentence),
    )


def annexes(case: "Case", trail: "Trail", found: Assets) -> Section:
    """Annex A, the exhibits with their hashes; annex C, the bank lines behind the figures of marks and assets."""
    files = case.sources().frame.select("exhibit", pl.col("format").alias("what"), "sha256")
    with case.reading("report") as con:
        exhibits = pl.concat([files, store.frame(con, _REGISTERS)])
        con.register("exhibits", exhibits)
        con.register("marked", trail.marks)
        con.register("remarks", trail.remarks)
        marked = store.frame(con, _MARKED)
        for name in ("exhibits", "marked", "remarks"):
            con.unregister(name)
    if not (marked["marked_again"] > 0).any():
        marked = marked.drop("marked_again")
    return section(
        "Annexes",
        heading("A. Exhibits"),
        say("annexes.exhibits"),
        table(exhibits, element="finflow-exhibits", caption="Files as received", rows=500),
        heading("C. Bank lines behind the figures"),
        table(marked, element="finflow-marked", caption="Lines marked as proceeds, by exhibit and source", rows=500),
        table(_paid(found), element="finflow-paid", caption="Lines that paid for assets", rows=500),
    )


def _paid(found: Assets) -> pl.DataFrame:
    """Lines a person linked to an asset, each with its exhibit and place in the file."""
    names = found.frame.select("asset_id", "asset")
    lines = found.payments.filter(pl.col("standing") == "linked by a person")
    return lines.join(names, on="asset_id", maintain_order="left").select(
        "asset", "booking_date", "currency", "amount", "account", "exhibit", "locator", "said"
    )

"""Pictures of a trail as `case.trace` gives it: the same amounts, down to the asset."""

import polars as pl
import pytest

from tests.pictures.support import VICTIMS, WHO, chain


@pytest.fixture(scope="module")
def traced(tmp_path_factory):
    case = chain(tmp_path_factory.mktemp("traced") / "case", victims=2, payments=4)
    for leg in case.sql(
        "SELECT leg_id FROM leg WHERE side = 'CRDT' AND list_contains($accounts, account_id)", accounts=VICTIMS
    )["leg_id"]:
        case.decide(leg, "proceeds", label="payments", **WHO)
    return case, case.trace(case.proceeds())


def test_the_network_carries_what_the_trail_carries(traced):
    case, trail = traced
    network = case.network(trail)
    expected = dict(trail.transfers.group_by("transfer_id").agg(pl.col("traced").sum()).rows())
    assert dict(network.frame.select("transfer_id", "traced").rows()) == expected
    assert sum(edge["traced"] for *_, edge in network.graph.edges(data=True)) == sum(
        int(x * 100) for x in expected.values()
    )
    assert trail.statement in network.html().replace("&#x27;", "'")


def test_the_money_reaches_the_asset(traced):
    case, trail = traced
    asset = trail.transfers.filter(pl.col("asset_id") == "A-1")["traced"].sum()
    assert asset > 0
    sankey = case.sankey(trail)
    assert sankey.frame.filter(pl.col("paid_for") == "A-1, real estate")["traced"].sum() == asset
    assert "for A-1, real estate" in sankey.drawing


def test_months_carry_what_the_trail_carries(traced):
    case, trail = traced
    months = case.timeline(trail).months
    out = trail.transfers.filter(pl.col("currency") == "HUF")["traced"].sum()
    assert months.filter(pl.col("currency") == "HUF")["went_out_linked"].sum() == out
    arrived = trail.transfers.filter(pl.col("arrived_currency") == "HUF")["arrived"].sum()
    assert months.filter(pl.col("currency") == "HUF")["came_in_linked"].sum() == arrived > 0


def test_leads_are_said_to_be_leads(traced):
    case, _ = traced
    from dataclasses import replace

    assert "Leads only" in case.network(replace(case.trace(case.proceeds()), leads_only=True)).basis

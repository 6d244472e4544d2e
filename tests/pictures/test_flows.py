"""What pictures draw from: exact amounts, one row a transfer, nobody exposed."""

from decimal import Decimal

import networkx as nx
import polars as pl
import pytest

import finflow
from finflow.errors import DataGap, FinflowError
from finflow.pictures.flows import WHOLE, count, graph_of, in_words, read_flows, totals, with_share
from tests.pictures.support import FIRM, MOTHER, SELLER, SUSPECT, VICTIMS, made, trail_of


@pytest.fixture(scope="module")
def flows(case, trail):
    return read_flows(case, trail, "network")[0]


def test_every_transfer_of_the_trail_is_one_row(case, trail, flows):
    assert flows.height == trail.transfers.height == case.sql("SELECT count(*) AS n FROM transfer")["n"][0]
    assert flows["transfer_id"].is_unique().all()
    assert flows["date"].is_sorted()


def test_amounts_are_exact(case, flows):
    sums = dict(case.sql("SELECT currency, sum(amount) FROM transfer GROUP BY currency").rows())
    assert dict(flows.group_by("currency").agg(pl.col("amount").sum()).rows()) == sums
    assert flows["amount"].dtype.is_decimal()


def test_origins_of_one_transfer_are_added(case, trail):
    twice = made(pl.concat([trail.transfers, trail.transfers.with_columns(origin=pl.lit("T2"))]))
    one, two = (read_flows(case, t, "network")[0]["traced"].to_list() for t in (trail, twice))
    assert two == [2 * value for value in one]


def test_without_a_trail_nothing_is_said_to_be_traced(case):
    flows, basis = read_flows(case, None, "network")
    assert "traced" not in flows.columns
    assert "no money is traced" in basis


def test_a_part_of_the_case_gives_a_part_of_the_rows(case, trail):
    only = trail.transfers["transfer_id"][:3].to_list()
    assert read_flows(case, trail_of(case, only=only), "network")[0]["transfer_id"].sort().to_list() == only
    everything = read_flows(case, trail_of(case, only=only), "network", untraced=True)[0]
    assert everything.height == trail.transfers.height
    assert everything["traced"].is_not_null().sum() == 3


def test_an_empty_trail_has_no_rows(case, trail):
    nothing = made(trail.transfers.head(0))
    assert read_flows(case, nothing, "network")[0].is_empty()


def test_a_trail_over_other_records_is_refused(case, trail):
    changed = made(trail.transfers.with_columns(transfer_id="x" + pl.col("transfer_id")))
    with pytest.raises(FinflowError, match="Trace again"):
        read_flows(case, changed, "network")


def between(case, debtor, creditor):
    return case.sql(
        "SELECT transfer_id, amount, currency, credit_amount, credit_currency FROM transfer "
        "WHERE debtor_account_id = $d AND creditor_account_id = $c", d=debtor, c=creditor,
    )  # fmt: skip


def test_another_currency_that_arrives_is_kept_beside(case, trail):
    sent = between(case, SUSPECT, MOTHER)
    row = trail.transfers.filter(pl.col("transfer_id") == sent["transfer_id"][0])
    both = read_flows(case, made(row), "network")[0].row(0, named=True)
    assert (both["amount"], both["currency"], both["traced"]) == (Decimal(900), "EUR", Decimal(720))
    assert (both["arrived_amount"], both["arrived_currency"], both["arrived_traced"]) == (
        Decimal(350000),
        "HUF",
        Decimal(280000),
    )


def test_what_was_marked_only_where_it_arrived_counts_in_that_currency(case, trail):
    sent = between(case, SUSPECT, MOTHER)
    row = trail.transfers.filter(pl.col("transfer_id") == sent["transfer_id"][0])
    marked = row.with_columns(traced=pl.col("arrived"), currency=pl.col("arrived_currency"))
    only = read_flows(case, made(marked), "network")[0].row(0, named=True)
    assert (only["amount"], only["currency"], only["traced"]) == (Decimal(350000), "HUF", Decimal(280000))


def test_an_origin_marked_on_arrival_joins_one_that_left(case, trail):
    sent = between(case, SUSPECT, MOTHER)
    row = trail.transfers.filter(pl.col("transfer_id") == sent["transfer_id"][0])
    more = row.with_columns(traced=pl.col("arrived"), currency=pl.col("arrived_currency"), origin=pl.lit("T2"))
    both = read_flows(case, made(pl.concat([row, more])), "network")[0]
    assert both.height == 1
    assert (both["traced"][0], both["currency"][0], both["arrived_traced"][0]) == (Decimal(720), "EUR", Decimal(560000))


def test_a_gap_that_nobody_acknowledged_is_not_drawn(case, trail):
    from datetime import date

    open_month = made(trail.transfers, [(SUSPECT, date(2024, 6, 1), "missing", False)])
    for draw in (case.network, case.sankey, case.timeline):
        with pytest.raises(DataGap, match="2024-06"):
            draw(open_month)
    known = made(trail.transfers, [(SUSPECT, date(2024, 6, 1), "missing", True)])
    assert "acknowledged" in case.network(known).basis


def test_rule_and_policies_are_said(case, trail):
    assert "Accounting rule: first in first out." in read_flows(case, trail, "network")[1]


def test_ends_without_an_account_have_a_name_of_their_own(flows):
    ends = set(flows.filter(pl.col("from_is") == "none")["from"]) | set(flows.filter(pl.col("to_is") == "none")["to"])
    assert ends == {"cash paid in", "cash taken out", "bank charges"}  # cash in and out stay apart: nothing links them


def test_accounts_are_inside_outside_or_paid_for_an_asset(case, flows):
    assert set(flows.filter(pl.col("to") == "P4 (account 1)")["to_is"]) == {"inside"}
    assert set(flows.filter(pl.col("from") == "payers (third persons)")["from_is"]) == {"outside"}
    assert flows.filter(pl.col("paid_for") != "")["paid_for"].to_list() == ["A-1, real estate"]


def test_an_asset_payment_taken_back_is_no_end(tmp_path):
    from tests.pictures.support import WHO, chain

    case = chain(tmp_path / "case", victims=1, payments=1)
    leg = case.sql("SELECT object FROM decision_holding WHERE kind = 'asset_payment'")["object"][0]
    case.decide("A-1", "asset_payment", leg, amount=0, **WHO)
    assert set(read_flows(case, trail_of(case), "network")[0]["paid_for"]) == {""}


SECRETS = (
    "Corina",
    "Secret",
    "Bosch",
    "thx",
    "Ilona",
    "Dealer",
    "third floor",
    "street",
    *VICTIMS,
    MOTHER,
    SELLER,
    SUSPECT,
    FIRM,
)


def test_nobody_protected_and_no_text_of_a_payment_is_in_rows_or_graph(flows, tmp_path):
    nx.write_graphml(graph_of(flows), tmp_path / "g.graphml")
    exported = (tmp_path / "g.graphml").read_text(encoding="utf-8")
    for secret in SECRETS:
        assert secret.lower() not in flows.write_csv().lower()
        assert secret.lower() not in exported.lower()


def test_parallel_transfers_stay_parallel_edges(flows):
    graph = graph_of(flows)
    assert graph.number_of_edges() == flows.height
    assert graph.number_of_edges("payers (third persons)", "P4 (account 1)") == 18


def test_the_graph_counts_minor_units_and_survives_graphml(flows, tmp_path):
    graph = graph_of(flows)
    nx.write_graphml(graph, tmp_path / "g.graphml")
    again = nx.read_graphml(tmp_path / "g.graphml")
    edges = {data["transfer_id"]: data for *_, data in graph.edges(data=True)}
    assert {data["transfer_id"]: data for *_, data in again.edges(data=True)} == edges
    assert dict(again.nodes(data=True)) == dict(graph.nodes(data=True))
    for row in flows.iter_rows(named=True):
        edge = edges[row["transfer_id"]]
        assert edge["amount"] == int(row["amount"] * 100)
        assert edge["traced"] == int(row["traced"] * 100)
        assert isinstance(edge["amount"], int)
    assert graph.nodes["outside account 2"]["paid_for"] == "A-1, real estate"


def test_shares_never_add_currencies(flows):
    sums = with_share(flows).group_by("currency").agg(pl.col("share").sum())
    assert all(WHOLE <= total <= WHOLE + flows.height for total in sums["share"])


def test_shares_are_whole_numbers_whatever_the_order(flows):
    assert with_share(flows).schema["share"] == pl.Int64
    sums = [
        with_share(ordered).group_by("from", "to").agg(pl.col("share").sum()).sort("from", "to")
        for ordered in (flows, flows.reverse())
    ]
    assert sums[0].equals(sums[1])
    assert with_share(flows.with_columns(pl.col("amount", "traced") * 0))["share"].unique().to_list() == [0]


def test_totals_and_lists_read_as_sentences(flows):
    assert totals(flows.filter(pl.col("kind") == "fee"), "amount") == "1.50 EUR"
    assert totals(flows, "traced").endswith(" HUF")
    assert totals(flows.head(0), "amount") == "nothing"
    assert in_words(["a"]) == "a"
    assert in_words(["a", "b", "c"]) == "a, b and c"
    assert count(1, "transfer") == "1 transfer"
    assert count(1200, "transfer") == "1\u202f200 transfers"


def test_the_basis_names_case_and_strictest_handling_code(tmp_path):
    from tests.pictures.support import lines

    case = finflow.open_case(tmp_path / "case")
    lines(case, SUSPECT, ["2025-01-02 | 5 | | | | | | | "])
    case.resolve()
    assert "Handling code H1" in read_flows(case, None, "network")[1]
    with case.writing() as con:
        con.execute("UPDATE evidence.source_file SET handling_code = 'H3'")
    assert read_flows(case, None, "network")[1].startswith("Case without a number. Handling code H3.")

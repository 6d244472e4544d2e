"""Every run is made, each policy one at a time; the transfer at which two runs part is found; links apart from rules."""

from decimal import Decimal

import polars as pl
import pytest

import finflow
from finflow import terminal
from finflow.errors import FinflowError
from finflow.trace import comparison
from finflow.trace.comparison import every_run, said
from finflow.trace.policies import ALLOWED, policies
from tests.core_support import book

WHO = {"by": "investigator", "why": "shown by the notebook"}


@pytest.fixture
def case(tmp_path):
    return finflow.open_case(tmp_path / "case")


def booked(case, **files):
    with case.writing() as con:
        prefixes = {name: book(con, text, file=f"{name}.csv", opening=0) for name, text in files.items()}
    case.resolve()
    return prefixes


# Own money first, marked money last: fifo pays the shop and half of the car with own money, lifo with marked money.
PART = """
    account | date       | amount | name     | kind
    A       | 2025-01-01 |    100 | EMPLOYER | transfer
    A       | 2025-01-02 |    100 | PAYER    | transfer
    A       | 2025-01-03 |   -200 | BACK     | transfer
    A       | 2025-01-04 |    100 | EMPLOYER | transfer
    A       | 2025-01-05 |    100 | PAYER    | transfer
    A       | 2025-01-06 |    -60 | SHOP     | transfer
    A       | 2025-01-07 |    -80 | DEALER   | transfer
"""


@pytest.fixture
def parted(case):
    a = booked(case, a=PART)["a"]
    for line in ("L2", "L5"):
        case.decide(f"{a}:{line}", "proceeds", label="T", **WHO)
    return a


def test_a_comparison_of_leads_says_so(case, parted):
    hits = pl.DataFrame({"query": ["q"], "transfers": [[f"{parted}:L2"]]})
    for marks, is_said in ((hits, True), (case.proceeds(), False)):
        found = case.compare(marks, {"car": [f"{parted}:L7"]})
        assert found.leads_only is is_said
        for page in (str(found), found._repr_html_(), terminal.told(found)):
            assert ("Leads only: no person marked this money" in page) is is_said


def test_what_a_comparison_is_given_wrongly_is_told(case, parted):
    with pytest.raises(FinflowError, match="runs every method"):
        case.compare(case.proceeds(), {"car": [f"{parted}:L7"]}, method="lifo")
    with pytest.raises(FinflowError, match="comes with a day"):
        case.compare(case.proceeds(), accounts={"A": "2025-01-07"})
    with pytest.raises(FinflowError, match="for the asset named"):
        case.compare(case.proceeds(), "car")
    with pytest.raises(FinflowError, match="dust takes one of"):
        case.trace(case.proceeds(), dust=50)


def test_two_runs_part_at_the_first_transfer_whose_amounts_differ(case, parted):
    found = case.compare(case.proceeds(), {"car": [f"{parted}:L7"]})
    parting = found.parting("fifo", "lifo")
    rows = parting.frame.select(
        "booking_date", "transfer_id", "exhibit", "locator", "fifo", "lifo", "difference"
    ).rows()
    # L3 takes everything under either rule: they part at the shop, not there
    assert [(str(day), *rest) for day, *rest in rows] == [
        ("2025-01-06", f"{parted}:L6", "E-001", "L6", 0, 60, 60),
        ("2025-01-07", f"{parted}:L7", "E-001", "L7", 40, 40, 0),
    ][:1]  # fmt: skip
    assert "protected account 1" in str(parting)
    assert found.parting("fifo", "fifo").frame.is_empty()
    with pytest.raises(FinflowError, match="Runs: fifo"):
        found.parting("fifo", "poison")


def test_the_run_that_gives_the_lowest_and_the_highest_is_named(case, parted):
    found = case.compare(case.proceeds(), {"shop": [f"{parted}:L6"]})
    row = found.frame.row(0, named=True)
    assert (row["lowest"], row["lowest_run"]) == (0, "fifo")
    assert (row["highest"], row["highest_run"]) == (60, "lifo")
    assert found.shown()["lowest_run"].to_list() == ["first in first out"]


def test_every_alternative_is_run_one_at_a_time_against_the_default(monkeypatch):
    monkeypatch.setattr(comparison, "ALLOWED", ALLOWED | {"overdraft": ("extinguishes", "goes_on")})
    runs = every_run(policies())
    assert runs["libr, overdraft goes_on"]["overdraft"] == "goes_on"
    assert runs["libr, overdraft goes_on"]["same_day"] == "printed"
    assert "fifo, same_day credits_first" in runs
    for name, values in runs.items():
        differs = [policy for policy, value in values.items() if policy != "method" and value != policies()[policy]]
        assert len(differs) <= 1, name
    assert "fifo, same_day ledger" not in runs
    assert {"fifo, same_day printed"} <= {*every_run(policies(same_day="ledger"))}
    one_at_a_time = sum(len(allowed) - 1 for policy, allowed in comparison.ALLOWED.items() if policy != "method") - 1
    assert len(runs) == len(ALLOWED["method"]) * (1 + one_at_a_time)
    assert said("libr, overdraft goes_on") == "lowest balance, money that repays the bank: goes on"


def test_the_order_of_one_account_stays_while_the_others_change():
    runs = every_run(policies(same_day="printed, A=debits_first"))
    assert runs["lifo, same_day credits_first"]["same_day"] == "credits_first, A=debits_first"


def test_only_runs_that_are_policies_are_made(case, parted):
    found = case.compare(case.proceeds(), {"car": [f"{parted}:L7"]})
    assert found.runs["run"].to_list() == list(every_run(policies()))


CASH = """
    account | date       | amount | kind
    A       | 2025-01-01 |    500 | transfer
    A       | 2025-01-02 |   -400 | cash_withdrawal
"""
PAID_IN = """
    account | date       | amount | name   | kind
    B       | 2025-01-08 |     50 | WORK   | transfer
    B       | 2025-01-09 |    450 |        | cash_deposit
    B       | 2025-01-10 |    300 |        | cash_deposit
    B       | 2025-01-11 |   -600 | DEALER | transfer
"""


@pytest.fixture
def linked(case):
    files = booked(case, a=CASH, b=PAID_IN)
    case.decide(f"{files['a']}:L1", "proceeds", label="T", **WHO)
    case.decide(f"{files['b']}:L2", "cash_link", f"{files['a']}:L2", evidence="receipt", **WHO)
    case.decide(f"{files['b']}:L3", "cash_link", label="street", **WHO)
    case.resolve()
    return files


def test_bounds_without_each_link_and_without_all(case, linked):
    found = case.compare(case.proceeds(), {"car": [f"{linked['b']}:L4"]})
    # of 600: other money 50 and the 50 that the deposit exceeds the withdrawal by
    assert found.frame.select("at_least", "at_most").rows() == [(500, 600)]
    links = found.links.select("link", "debit_leg", "credit_leg", "decided_by", "at_least", "at_most").rows()
    b = linked["b"]
    assert links == [
        ("cash link", f"{linked['a']}:L2", f"{b}:L2", "investigator", 100, 300),
        ("cash marked where it was paid in", None, f"{b}:L3", "investigator", 200, 400),
        ("all links", None, None, None, 0, 0),
    ]


def test_the_effect_of_a_link_is_told_apart_from_the_effect_of_the_rule(case, linked):
    found = case.compare(case.proceeds(), {"car": [f"{linked['b']}:L4"]})
    by_rule = (
        found.link_runs.filter(pl.col("link") == "cash link").select("method", "amount", "without", "effect").rows()
    )
    # on B: 50 own, then 400 linked and 50 that exceed it, then 300 linked; the car costs 600
    assert ("fifo", 500, 100, 400) in by_rule
    assert ("tainted_first", 600, 300, 300) in by_rule
    assert all(amount - without == effect for _, amount, without, effect in by_rule)
    alone = found.runs.filter(pl.col("run") == "fifo")["amount"].to_list()
    assert alone == [500]


def test_lines_that_a_person_joined_are_a_link(case):
    files = booked(
        case,
        a="account | date | amount | kind\nA | 2025-01-01 | 500 | transfer\nA | 2025-01-02 | -400 | transfer",
        b="account | date | amount | kind\nB | 2025-01-09 | 400 | transfer\nB | 2025-01-10 | -400 | transfer",
    )
    case.decide(f"{files['a']}:L1", "proceeds", label="T", **WHO)
    case.decide(f"{files['a']}:L2", "mirror", f"{files['b']}:L1", **WHO)
    case.resolve()
    found = case.compare(case.proceeds(), {"car": [f"{files['b']}:L2"]})
    assert found.frame.select("at_least", "at_most").rows() == [(400, 400)]
    assert found.links.select("link", "at_least", "at_most").rows() == [("lines joined", 0, 0)]


def test_accounts_at_a_day(case, parted):
    from datetime import date

    found = case.compare(case.proceeds(), accounts={"A": date(2025, 1, 6)})
    assert found.frame.is_empty()
    row = found.held.row(0, named=True)
    assert (row["balance"], row["other"], row["at_least"], row["at_most"]) == (140, 200, 0, 140)
    counted = found.counted.filter(pl.col("money") == "other").select("exhibit", "locator", "amount").rows()
    assert counted == [("E-001", "L1", Decimal(100)), ("E-001", "L4", Decimal(100))]
    with pytest.raises(FinflowError, match="no bank line on that day"):
        case.compare(case.proceeds(), accounts={"A": date(2024, 1, 1)})


def test_runs_without_the_links_are_no_extremes_beside_bounds_that_rest_on_them(case, linked):
    found = case.compare(case.proceeds(), {"car": [f"{linked['b']}:L4"]})
    stopped = found.runs.filter(pl.col("run") == "fifo, cash stops").row(0, named=True)
    assert (stopped["amount"], stopped["with_links"]) == (100, False)  # what the joined withdrawal would bring is gone
    row = found.frame.row(0, named=True)
    assert row["at_least"] <= row["lowest"] <= row["highest"] <= row["at_most"]
    assert found.methods.filter(pl.col("method") == "fifo")["lowest"].to_list() == [500]


def test_what_counts_as_linked_under_a_policy_that_was_run_is_inside_the_bounds(case):
    """Interest on marked money: other money by default, linked money under the other value, so it may be either."""
    a = booked(case, a="""
        account | date       | amount | name   | kind
        A       | 2025-01-01 |    100 | PAYER  | transfer
        A       | 2025-01-02 |     10 |        | interest
        A       | 2025-01-03 |   -110 | DEALER | transfer
    """)["a"]  # fmt: skip
    case.decide(f"{a}:L1", "proceeds", label="T", **WHO)
    found = case.compare(case.proceeds(), {"car": [f"{a}:L3"]})
    assert found.frame.select("at_least", "at_most", "lowest", "highest").rows() == [(100, 110, 100, 110)]
    assert found.frame["highest_run"].to_list() == ["fifo, interest in_proportion"]
    both = found.counted.filter(pl.col("locator") == "L2").select("money", "amount").sort("money").rows()
    assert both == [("other", 10), ("proceeds", 10)]


def test_a_terminal_prints_each_rule_what_links_change_and_where_rules_part(case):
    files = booked(
        case,
        a=CASH,
        b="""
        account | date       | amount | kind
        B       | 2025-01-01 |    300 | transfer
        B       | 2025-01-04 |    400 | cash_deposit
        B       | 2025-01-05 |   -600 | transfer
        """,
    )
    case.decide(f"{files['a']}:L1", "proceeds", label="T", **WHO)
    case.decide(f"{files['b']}:L2", "cash_link", f"{files['a']}:L2", evidence="receipt", **WHO)
    case.decide("car", "asset_payment", f"{files['b']}:L3", **WHO)
    case.resolve()
    said = " ".join(terminal.told(case.compare(case.proceeds())).split())
    rules = said[said.index("Lowest and highest of each rule") : said.index("Links made by persons")]
    assert "car EUR first in first out 300.00 300.00 car EUR last in first out 400.00 400.00" in rules
    assert "car cash link 2 EUR 0.00 0.00 300.00 400.00" in said
    parted = said[said.index("at which two rules part") :]
    assert "L3 EUR 300.00 400.00 rules: first in first out / last in first out" in parted
    alone = " ".join(terminal.told(case.compare(case.proceeds(), {"car": [f"{files['a']}:L2"]})).split())
    assert "Links made by persons" not in alone  # of the withdrawal itself they change nothing

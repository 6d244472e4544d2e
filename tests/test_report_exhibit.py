"""The exhibit of a trace: who chose the rule and whether before results, every run, links, partings, conservation."""

import re

import polars as pl
import pytest

import finflow
from finflow import report
from finflow.errors import DataGap, FinflowError
from finflow.report.page import NOT_COMPLETED
from tests.assets.support import register_file
from tests.core_support import book, copied
from tests.test_report import FORBIDDEN

WHO = {"by": "A. Jansen, prosecutor", "why": "decided for the case"}
A = """
    account | date       | amount | name     | kind
    A       | 2025-01-01 |    100 | EMPLOYER | transfer
    A       | 2025-01-02 |    100 | PAYER    | transfer
    A       | 2025-01-03 |     50 |          | cash_deposit
    A       | 2025-01-04 |    -60 | SHOP     | transfer
    A       | 2025-01-05 |   -150 | DEALER   | transfer
"""


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    folder = tmp_path_factory.mktemp("made")
    case = finflow.open_case(folder / "case")
    with case.writing() as con:
        a = book(con, A, opening=0)
    case.resolve()
    case.decide(f"{a}:L2", "proceeds", label="T", **WHO)
    case.decide(f"{a}:L3", "cash_link", label="street", **WHO)
    case.decide("car", "asset_payment", f"{a}:L5", **WHO)
    case.decide("S1", "party", "Sam Suspect", label="natural", **WHO)
    case.decide("S1", "role", "suspect", **WHO)
    case.register(register_file(folder, rows=["car,vehicle,Car XX-1,NL,S1,,150.00,EUR,2025-01-05,bill,,,,,,,,,,"]))
    case.resolve()
    return folder


@pytest.fixture
def case(made, tmp_path):
    return copied(made, tmp_path)


def page(case, **policies):
    trail = case.trace(case.proceeds(), **policies)
    return str(report.exhibit(case, trail, case.assets(trail))).replace("\u202f", " ")


def test_a_choice_recorded_before_any_result_is_told_so(case):
    case.decide("method", "policy", "libr", **WHO)
    said = page(case, method="libr")
    assert re.search(r"lowest balance .{0,90}A\. Jansen, prosecutor on \S+, recorded before the first results", said)
    assert NOT_COMPLETED not in said
    assert "as the software proposes; nobody recorded a choice" in said  # of the other policies


def test_a_choice_recorded_after_a_result_is_told_so_too(case):
    case.trace(case.proceeds(), method="lifo")
    case.decide("method", "policy", "libr", **WHO)
    assert "recorded after the first results" in page(case, method="libr")


def test_a_rule_other_than_the_one_chosen_shows(case):
    case.decide("method", "policy", "libr", **WHO)
    assert "recorded before the first results, for another value than the one shown" in page(case, method="fifo")


@pytest.mark.parametrize("looked", ["composition", "claims"])
def test_other_questions_that_show_amounts_are_results_too(case, looked):
    if looked == "composition":
        case.composition("car", method="lifo")
    else:
        case.claims("A", case.proceeds().frame.filter(pl.col("origin") == "T"))
    case.decide("method", "policy", "libr", **WHO)
    said = page(case, method="libr")
    assert "recorded after the first results" in said
    assert "recorded before the first results" not in said
    told = {"composition": "what one payment was made of", "claims": "a balance shared among claimants"}[looked]
    assert said.count(told) == 1
    assert {"composition": "accounting rule: last in first out", "claims": "rule: pari passu"}[looked] in said


def test_questions_about_other_marks_or_lines_are_listed_each(case):
    from finflow.report.exhibit import runs

    for origin in ("T", "street"):
        case.trace(case.proceeds().frame.filter(pl.col("origin") == origin))
    legs = dict(case.sql("SELECT amount, leg_id FROM leg WHERE side = 'DBIT'").rows())
    for amount in (60, 150, 60):
        case.composition(legs[amount])
    assert runs(case)["what"].to_list() == [*["one rule"] * 2, *["what one payment was made of"] * 2]


def test_a_choice_that_says_the_same_in_other_words_is_the_one_shown(case):
    case.decide("dust", "policy", "EUR=0.50", **WHO)
    case.decide("same_day", "policy", "A=credits_first", **WHO)
    trail = case.trace(case.proceeds(), dust="none,EUR=0.50", same_day="printed,A=credits_first")
    assert "for another value" not in str(report.exhibit(case, trail))
    assert trail.told == []
    other = case.trace(case.proceeds(), dust="EUR=0.60")
    assert "for another value" in str(report.exhibit(case, other))
    assert len(other.told) == 2


def test_a_mind_that_was_changed_shows(case):
    case.decide("method", "policy", "lifo", **WHO)
    case.trace(case.proceeds(), method="lifo")
    case.decide("method", "policy", "libr", by="B. Vos, lead", why="decided for the case")
    said = page(case, method="libr")
    chosen = said[said.index("B. Vos, lead") :]
    assert re.match(
        r"B\. Vos, lead on \S+, recorded after the first results; before that last in first out: "
        r"A\. Jansen, prosecutor on \S+, recorded before the first results ", chosen
    )  # fmt: skip
    case.decide("method", "policy", "libr", amount=0, by="B. Vos, lead", why="decided for the case")
    assert "took the choice back; before that lowest balance: B. Vos, lead" in page(case, method="libr")


def test_a_trail_of_leads_is_told_as_one_in_the_list_of_runs(case):
    leg = case.sql("SELECT leg_id FROM leg WHERE amount = 100 ORDER BY leg_id LIMIT 1").item()
    case.trace(pl.DataFrame({"leg_id": [leg], "origin": ["T"], "amount": [None]}))
    assert "leads only" in page(case)


def test_without_a_choice_the_page_stays_open(case):
    assert f"[before / after: {NOT_COMPLETED}]" in page(case)


def test_a_policy_that_does_not_exist_is_no_decision(case):
    with pytest.raises(FinflowError, match="fifo, lifo"):
        case.decide("method", "policy", "first", **WHO)
    with pytest.raises(FinflowError, match="no policy"):
        case.decide("gut feeling", "policy", "fifo", **WHO)


def test_every_run_is_listed_also_those_not_used_and_no_user_is_named(case, monkeypatch):
    monkeypatch.setattr("getpass.getuser", lambda: "jane.roe")
    case.trace(case.proceeds(), method="lifo")
    case.trace(case.proceeds(), method="lifo")
    said = page(case)
    runs = said[said.index("Every run made") : said.index("What arithmetic counts")]
    assert runs.count("last in first out") == 1
    assert runs.count("user 1") == 3  # lifo, fifo, and the comparison behind the assets
    assert "jane.roe" not in said


def test_a_run_that_failed_is_none(case):
    with pytest.raises(FinflowError):
        case.compare(case.proceeds(), ["no such asset"])
    case.trace(case.proceeds())
    from finflow.report.exhibit import runs

    assert runs(case)["what"].to_list() == ["one rule"]


def test_links_partings_and_what_counts_are_told(case):
    said = page(case)
    # of 150: other money 100; without the cash that a person marked 150
    assert "other credit 1 100.00" in said.replace("Car XX-1", "")
    assert "proceeds cash 1 50.00" in said
    assert "cash marked where it was paid in street A. Jansen" in said
    assert "EUR 50.00 0.00 150.00 100.00" in said  # at least with and without, at most with and without
    assert "2025-01-04 protected account 1 E-001 L4 EUR 0.00 last in first out 60.00" in said
    assert "Residue 0.00" in said


def test_what_is_zero_everywhere_is_said_and_gets_no_column(case):
    said = page(case)
    proof = said[said.index("Conservation") :]
    assert "Zero in every row, so without a column: interest, exchanged in," in proof
    assert re.search(r"origin currency marked [^E]* residue ", proof)
    shown = case.trace(case.proceeds()).conservation
    assert "without a column: interest, exchanged in," in str(shown)
    assert "residue" in shown.frame.columns


def test_an_election_is_told_with_who_made_it_and_what_it_changes(case):
    assert "Elections of persons" not in page(case)
    case.decide("car", "election", label="linked_first", **WHO)
    said = page(case, method="libr")
    told = said[said.index("Elections of persons") : said.index("Where the rules part")]
    # of 150 of the car: libr pays it with the 40 of other money that the shop left, else linked money comes first
    assert "Amounts under the rule of the lowest balance, with the elections and without each" in told
    assert re.search(
        r"Car XX-1 A\. Jansen, prosecutor \S+ decided for the case Car XX-1 EUR 150\.00 110\.00 40\.00", told
    )


def test_it_names_nobody_and_decides_no_guilt(case):
    said = page(case)
    assert not [name for name in ("PAYER", "EMPLOYER", "SHOP", "DEALER") if name in said]
    assert not [word for word in FORBIDDEN if word in said.lower()]


def two_accounts(tmp_path, months):
    """Under libr nothing goes on to B, whose records break off; and a credit of B names A, which shows no debit."""
    case = finflow.open_case(tmp_path / "two")
    with case.writing() as con:
        a = book(con, """
            account | date       | amount | other | name
            A       | 2025-01-01 |    500 |       | EMPLOYER
            A       | 2025-01-02 |    100 |       | PAYER
            A       | 2025-01-04 |   -300 | B     | FRIEND
        """, file="a.csv", opening=0, closing=300)  # fmt: skip
        book(con, "account | date | amount | other\nB | 2025-01-04 | 300 | A", file="b.csv", opening=0, closing=300)
        book(con, """
            account | date       | amount | other
            B       | 2025-03-04 |     77 | A
            B       | 2025-03-05 |   -250 | Z
        """, file="c.csv", opening=300, closing=127)  # fmt: skip
    case.resolve()
    case.decide(f"{a}:L2", "proceeds", label="T", **WHO)
    paid = case.sql("SELECT leg_id FROM leg WHERE amount = 250").item()
    case.decide("car", "asset_payment", paid, **WHO)
    case.decide("S1", "party", "Sam Suspect", label="natural", **WHO)
    case.decide("S1", "role", "suspect", **WHO)
    case.register(register_file(tmp_path, rows=["car,vehicle,Car XX-1,NL,S1,,250.00,EUR,2025-01-05,bill,,,,,,,,,,"]))
    case.resolve()
    for month in months:
        case.decide("B", "gap_acknowledged", month, **WHO)
    return case


def test_what_the_comparison_rests_on_counts_too(tmp_path):
    case = two_accounts(tmp_path, ["2025-02"])
    trail = case.trace(case.proceeds(), method="libr")
    assert set(trail.rests_on["account_id"]) == {"A"}
    with pytest.raises(DataGap):
        case.assets(trail)
    for month in ("2025-01", "2025-03"):
        case.decide("B", "gap_acknowledged", month, **WHO)
    said = page(case, method="libr")
    behind = said[said.index("What the figures rest on") :]
    assert "acknowledged by a person: 3." in behind
    assert "2025-02 missing A. Jansen, prosecutor" in behind
    assert "to which no debit held was joined: 1." in behind
    credit = case.sql("SELECT leg_id FROM leg WHERE amount = 77").item()
    case.decide(credit, "proceeds", label="T", **WHO)  # so it does not count as money of other origin
    assert "no debit held was joined" not in page(case, method="libr")


def test_earlier_debits_that_persons_decided_are_told_beside_the_trail(case):
    assert "Earlier debits" not in page(case)
    legs = dict(case.sql("SELECT amount, leg_id FROM leg WHERE amount IN (50, 60)").rows())
    credit, debit = legs[50], legs[60]
    case.decide(credit, "earlier_debit", debit, evidence="E-7", **WHO)
    told = page(case)
    told = told[told.index("Earlier debits") :]
    assert "stated beside the trail, never in it" in told
    assert "Traced back to earlier debits by decision: nothing." in told


def test_without_assets_it_tells_of_the_trail_alone(case):
    trail = case.trace(case.proceeds())
    said = str(report.exhibit(case, trail))
    assert "Conservation" in said
    assert "What arithmetic counts" not in said


def test_leads_state_no_amounts_of_assets(case):
    leg = case.sql("SELECT leg_id FROM leg WHERE amount = 100 ORDER BY leg_id LIMIT 1")["leg_id"][0]
    trail = case.trace(pl.DataFrame({"query": ["funnel_account"], "transfers": [[leg]]}))
    assert "no figure may be stated from it" in str(report.exhibit(case, trail))


def test_a_gap_nobody_acknowledged_stops_it(tmp_path):
    case = finflow.open_case(tmp_path / "gapped")
    with case.writing() as con:
        first = book(con, "account | date | amount\nA | 2025-01-05 | 100", file="a.csv", opening=0, closing=100)
        book(con, "account | date | amount\nA | 2025-03-05 | -60", file="b.csv", opening=100, closing=40)
    case.resolve()
    case.decide(f"{first}:L1", "proceeds", label="T", **WHO)
    trail = case.trace(case.proceeds())
    with pytest.raises(DataGap):
        report.exhibit(case, trail)
    case.decide("A", "gap_acknowledged", "2025-02", **WHO)
    for month in case.trace(case.proceeds()).gaps["month"].dt.strftime("%Y-%m"):
        case.decide("A", "gap_acknowledged", month, **WHO)
    said = str(report.exhibit(case, case.trace(case.proceeds())))
    assert "2025-02 missing A. Jansen, prosecutor" in said

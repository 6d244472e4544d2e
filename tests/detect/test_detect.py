"""What `detect` makes of hits: protection, independent observations, parameters, words."""

import itertools
import json
import re
from decimal import Decimal

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from finflow.detect import hits_of, independent
from finflow.errors import FinflowError
from finflow.queries import chosen, red_flags, run_query
from finflow.settings import Settings
from tests.detect.ledger import build, empty, hold, tables

SETTINGS = Settings(state="NL", members=("NL", "DE"))

LEDGER = """
| line | account | on | times | time | in | out | with | kind | place | category |
|---|---|---|---|---|---|---|---|---|---|---|
| 1 | A | 2025-03-01 to 2025-04-30 | | 23:00 | 100 | | payer # | | | |
| 2 | A | 2025-03-02 to 2025-05-01 | | 06:00 | | 96 | R | | | |
| 3 | B | 2025-03-01 to 2025-04-30 | | 23:00 | 100 | | payer 2# | | | |
| 4 | B | 2025-03-02 to 2025-05-01 | | 06:00 | | 96 | R | | | |
| 5 | R | 2025-03-10 to 2025-03-12 | | 12:00 | 2500 | | | cash_deposit | Town A | |
| 6 | F | 2025-03-01 to 2025-03-20 | | 23:00 | 100 | | | card_receipts | | |
| 7 | F | 2025-03-04 to 2025-03-06 | | 12:00 | 2500 | | | cash_deposit | Town A | |
| 8 | R | 2025-03-20 | | | | 5000 | X | | | |
| 9 | R | 2025-03-21 | 4 | | | 80 | Air | card_payment | | 4511 |
"""
PEOPLE = """
| account | party | kind | role |
|---|---|---|---|
| A | V1 | natural | |
| B | V2 | natural | victim |
| R | C2 | natural | suspect |
| F | B1 | legal | |
"""


def case(people=PEOPLE, ledger=LEDGER, listed=()):
    con, _ = build(next(tables(ledger)), list(listed))
    hold(con, next(tables(people), []))
    return con


def found(names=(), people=PEOPLE, **parameters):
    return hits_of(case(people), SETTINGS, names, parameters)


def test_a_row_says_which_rule_saw_what():
    hits = found(("amounts_under_a_limit",))
    firm, suspect = hits.frame.to_dicts()
    assert (firm["query"], firm["indicator"], firm["subject"]) == ("amounts_under_a_limit", "HT35", "F")
    assert (firm["amount"], firm["currency"]) == (Decimal(7500), "EUR")
    assert suspect["transfers"] == ["5.01.01", "5.02.01", "5.03.01"]
    assert json.loads(suspect["values"]) == {"payments": 3}
    assert suspect["handling"] == ["normal"]


def test_what_the_list_leaves_out_is_said_in_words():
    said = found().left_out_sentence
    assert said.startswith("0 accounts with one observation alone")
    assert said.endswith("The rules looked at lines in EUR, the currency their limits are set in. "
                         "There are no lines in another.")  # fmt: skip
    con = case()
    con.execute("UPDATE leg SET currency = 'HUF' WHERE account_id = 'B'")
    ((lines,),) = con.execute("SELECT count(*) FROM leg WHERE currency = 'HUF'").fetchall()
    hits = hits_of(con, SETTINGS, (), {})
    assert hits.left_out_sentence.endswith(f"Not looked at, lines in other currencies: {lines} in HUF.")
    assert hits.left_out_sentence in str(hits)
    assert hits.left_out_sentence in hits._repr_html_()
    assert hits_of(con, SETTINGS, (), {"currency": "HUF"}).left_out_sentence.count("lines in HUF, the currency") == 1


def test_an_empty_list_says_how_many_stood_alone():
    hits = found(("amounts_under_a_limit",))
    assert hits.subjects.is_empty()
    assert hits.left_out_sentence.startswith("2 accounts with one observation alone")


OPENED = [
    ("kyc", {"kyc": str(n), "account": account, "holder": f"Holder {n}", "opened_on": "2025-03-03", "phone": "+31600000001"})
    for n, account in enumerate(("A", "R", "F", "X"), start=1)
]  # fmt: skip


def test_who_side_evidence_alone_names_is_on_the_welfare_list_alone():
    con, _ = build(next(tables(LEDGER)), [], side=OPENED)
    hold(con, next(tables(PEOPLE)))
    hits = hits_of(con, SETTINGS, ("accounts_opened_with_same_details",), {})
    assert hits.frame["subject"].to_list() == ["A", "F", "R", "X"]
    assert hits.welfare["subject"].to_list() == ["A", "X"]  # R is a suspect, F a firm
    assert hits.single["subject"].to_list() == ["F", "R"]
    assert json.loads(hits.frame["values"][0])["side_rows"] == ["kyc 1"]
    assert hits.left_out_sentence.endswith("The rules looked at side evidence, not at bank lines.")


def test_side_evidence_adds_an_observation_of_its_own():
    con, _ = build(next(tables(LEDGER)), [], side=OPENED)
    hold(con, next(tables(PEOPLE)))
    with_it = dict(hits_of(con, SETTINGS, (), {}).subjects.select("subject", "observations").rows())
    without = dict(found().subjects.select("subject", "observations").rows())
    assert with_it == {"F": without["F"] + 1, "R": without["R"] + 1}


def test_amounts_stay_exact():
    assert found().frame.schema["amount"] == pl.Decimal(28, 8)


def test_ordered_by_independent_observations_and_never_by_a_score():
    hits = found()
    assert hits.subjects.select("subject", "observations").rows() == [("R", 3), ("F", 2)]
    assert hits.subjects.columns == ["subject", "observations", "indicators", "first_on", "last_on"]
    assert not re.search(r"score|rank|probab|suspicious|red flag|risk", hits._repr_html_().lower())


def test_rules_that_saw_the_same_payments_count_once():
    by_subject = dict(found().observations.rows())
    rules = dict(found().frame.group_by("subject").agg(pl.col("indicator").n_unique()).rows())
    assert rules["A"] > by_subject["A"] == 1  # night credits, pass-through, many payers: the same credits
    assert by_subject["F"] == 2  # two rules on cash, one on card sales


def test_possible_victims_are_on_the_welfare_list_alone():
    hits = found()
    assert hits.welfare["subject"].to_list() == ["A", "B"]
    assert hits.welfare["receivers"].to_list() == [["R"], ["R"]]
    assert {"A", "B"}.isdisjoint([*hits.subjects["subject"], *hits.single["subject"]])
    assert "observations" not in hits.welfare.columns


@pytest.mark.parametrize(
    ("role", "listed"),
    [("", False), ("third party", False), ("suspect", True), ("victim", False), ("child", False), ("witness", False)],
)
def test_who_is_listed_when_a_rule_of_victim_type_fired(role, listed):
    hits = found(people=f"| account | party | kind | role |\n|---|---|---|---|\n| A | P | natural | {role} |\n")
    assert ("A" in [*hits.subjects["subject"], *hits.single["subject"]]) == listed
    assert ("A" in hits.welfare["subject"].to_list()) != listed


def test_victim_and_suspect_at_once_is_protected():
    people = PEOPLE + "| R | C2 | natural | possible victim |\n"
    hits = found(people=people)
    assert "R" not in hits.subjects["subject"].to_list()
    assert "R" in hits.welfare["subject"].to_list()


def test_a_firm_in_a_victims_name_is_no_lead():
    people = "| account | party | kind | role |\n|---|---|---|---|\n| R | B1 | legal | {role} |\n"
    assert "R" in found(people=people.format(role="other")).subjects["subject"].to_list()
    protected = found(people=people.format(role="possible victim"))
    assert "R" not in protected.subjects["subject"].to_list()
    assert dict(protected.standings.select("subject", "standing").rows())["R"] == "protected"


def test_a_suspicion_that_ended_lists_nobody_as_a_suspect():
    con = case()
    con.execute("UPDATE party_role SET valid_until = DATE '2021-01-01' WHERE role = 'suspect'")
    standings = hits_of(con, SETTINGS, (), {}).standings
    assert dict(standings.select("subject", "standing").rows())["R"] == "not assessed"


def test_a_role_that_ended_still_protects():
    con = case()
    con.execute("INSERT INTO party_role VALUES ('C2', 'victim', DATE '2020-01-01', DATE '2021-01-01', 'p', 'w')")
    assert "R" in hits_of(con, SETTINGS, (), {}).welfare["subject"].to_list()


def test_protection_holds_for_every_account_of_the_person():
    people = PEOPLE.replace("| R | C2 | natural | suspect |", "| R | V1 | natural | |")
    hits = found(people=people)
    assert "R" not in hits.subjects["subject"].to_list()


def test_not_assessed_and_unknown_may_be_listed_when_no_rule_of_victim_type_fired():
    people = PEOPLE.replace("| R | C2 | natural | suspect |", "| R | C2 | natural | |")
    assert "R" in found(people=people).subjects["subject"].to_list()


def test_a_firm_is_never_a_victim():
    people = PEOPLE.replace("| A | V1 | natural | |", "| A | V1 | legal | |")
    hits = found(people=people)
    assert "A" in hits.single["subject"].to_list()
    assert "A" not in hits.welfare["subject"].to_list()


def test_one_observation_alone_is_no_lead():
    hits = found(("amounts_under_a_limit",))
    assert hits.subjects.is_empty()
    assert hits.single["subject"].to_list() == ["F", "R"]


def test_platforms_are_asked_not_listed():
    ledger = """
| line | account | on | times | out | with | text |
|---|---|---|---|---|---|---|
| 1 | S# | 2025-03-03 | 5 | 500 | QuickSend | to 17 |
"""
    con = case("", ledger, [{"value": "quicksend", "list": "money_service"}])
    hits = hits_of(con, SETTINGS, ("many_senders_one_beneficiary",), {})
    assert hits.frame["subject"].to_list() == ["QuickSend"]
    assert hits.subjects.is_empty()
    assert hits.single.is_empty()
    assert hits.requests.select("about", "account_id", "provider_kind").rows() == [
        ("QuickSend", "QuickSend", "money_service")
    ]


@pytest.mark.parametrize(("role", "days"), [("", False), ("suspect", True), ("victim", False)])
def test_suppress_leaves_the_days_out(role, days):
    ledger = """
| line | account | on | out | with | kind | place | category |
|---|---|---|---|---|---|---|---|
| 1 | A | 2025-03-03 | 120 | Inn | card_payment | Town A | 7011 |
| 2 | A | 2025-03-08 | 130 | Inn | card_payment | Town B | 7011 |
| 3 | A | 2025-03-14 | 110 | Inn | card_payment | Town C | 7011 |
"""
    con = case(f"| account | party | kind | role |\n|---|---|---|---|\n| A | P | natural | {role} |\n", ledger)
    (row,) = hits_of(con, SETTINGS, ("short_stays_in_several_places",), {}).frame.to_dicts()
    assert (row["first_on"] is not None, row["last_on"] is not None) == (days, days)
    assert not re.search("Town|Inn", str(row))


def test_a_page_shows_labels_and_leads_alone():
    page = found()._repr_html_()
    assert "payer" not in page
    assert re.search(r"2500|7500", page) is None
    assert '<figure class="finflow" id="finflow-hits">' in page


def test_requests_of_a_subject_name_where_its_money_went():
    rows = (
        found().requests.filter(pl.col("about") == "R").select("kind", "account_id", "place", "sent", "received").rows()
    )
    assert ("cash_machine", None, "Town A", Decimal(0), Decimal(7500)) in rows


def test_only_the_named_rules_are_in_the_result():
    hits = found(("outflows_converge",))
    assert set(hits.frame["query"]) == {"outflows_converge"}
    assert [query.name for query in chosen(("outflows_converge",), {})][-1] == "outflows_converge"


def test_parameters_reach_the_rules_and_those_they_use():
    assert found(("outflows_converge",), min_accounts=3).frame.is_empty()
    assert found(("outflows_converge",), min_payers=99, min_days=32).frame.is_empty()
    assert found(("amounts_under_a_limit",), ceiling="2500").frame.is_empty()


@pytest.mark.parametrize(
    ("names", "parameters", "message"),
    [
        (("funnel_acount",), {}, "There is no rule 'funnel_acount'. Did you mean funnel_account"),
        (("funnel_account",), {"min_place": 2}, "There is no parameter 'min_place'. Did you mean min_places"),
        (("funnel_account",), {"min_payers": 2}, "There is no parameter 'min_payers'"),
        (("funnel_account",), {"min_places": "three"}, "min_places is of type INTEGER .*Give it like min_places=3"),
        (("funnel_account",), {"below": "much"}, "below is of type DECIMAL"),
    ],
)
def test_what_is_mistyped_is_told(names, parameters, message):
    with pytest.raises(FinflowError, match=message):
        hits_of(empty(), SETTINGS, names, parameters)


def test_an_empty_case_has_no_hits():
    hits = hits_of(empty(), SETTINGS, (), {})
    assert hits.frame.is_empty()
    assert hits.subjects.is_empty()
    assert hits.welfare.is_empty()
    assert hits.single.is_empty()


def test_a_query_leaves_the_connection_as_it_was():
    con = empty()
    before = con.execute("SELECT table_name FROM information_schema.tables ORDER BY 1").fetchall()
    query = red_flags()["funnel_account"]
    run_query(con, query, query.values({}), {})
    assert con.execute("SELECT table_name FROM information_schema.tables ORDER BY 1").fetchall() == before


@given(st.lists(st.sets(st.integers(0, 6), min_size=1), max_size=8))
def test_independent_is_the_largest_disjoint_choice(fired):
    best = max(
        size
        for size in range(len(fired) + 1)
        for choice in itertools.combinations(fired, size)
        if all(one.isdisjoint(other) for one, other in itertools.combinations(choice, 2))
    )
    assert independent(fired) == best


def test_independent_leaves_out_a_rule_that_stands_between_two():
    between, one, other = {0, 1}, {0, 2}, {1, 3}
    assert independent([between, one, other, {2, 3, 4}, {4}, {4}, {4}]) == 3


def test_independent_is_quick_for_many_disjoint_rules():
    assert independent([{number} for number in range(60)]) == 60

"""Every rule finds what its spec says, and nothing it must not find."""

from dataclasses import replace
from decimal import Decimal

import polars as pl
import pytest

from finflow.queries import HIT_COLUMNS, chosen, red_flags, run_query
from finflow.results import text
from tests.detect.ledger import build
from tests.detect.spec import KINDS, all_examples, cited, examples
from tests.detect.variants import glimpse, in_two_years, later, later_in, opposite, others, others_in


@pytest.mark.parametrize("name", list(red_flags()))
def test_every_rule_has_a_spec_with_a_near_miss_and_a_look_alike(name):
    found = list(examples(name))
    assert {example.kind for example in found} == set(KINDS)
    assert all(bool(example.hits) == (example.kind == "Found") for example in found)


@pytest.mark.parametrize("example", all_examples(), ids=lambda e: f"{e.rule}: {e.kind.lower()}: {e.title}")
def test_spec(example):
    con, payments = build(example.ledger, example.listed, side=example.side)
    found = hits_of(con, example)
    assert not found.select(red_flags()[example.rule].grain).is_duplicated().any()
    expected = [row | {"transfers": cited(row.pop("lines", ""), payments)} for row in map(dict, example.hits)]
    assert [printed(row) for row in found.to_dicts()] == expected
    if example.hits:
        assert set(expected[0]) | {"currency"} == set(found.columns) >= set(HIT_COLUMNS)


FOUND_ALL = [example for example in all_examples() if example.kind == "Found"]
FOUND = [example for example in FOUND_ALL if not example.side]
FOUND_IN_SIDE_EVIDENCE = [example for example in FOUND_ALL if example.side]
BOTH_WAYS = {"small_payments_both_ways", "pass_through_account"}  # money in and money out look the same to them
ONCE = {"loan_passed_on"}  # speaks of the first days of an account

ACROSS = {  # rules that look at many accounts at once
    "fee_before_first_wage", "rent_to_a_linked_landlord", "many_senders_one_beneficiary", "outflows_converge",
    "cards_one_after_another", "wages_of_several_into_one_account",
}  # fmt: skip
ALTERNATING = {  # rules whose examples hold no more than is needed
    "adverts_bought_often", "adverts_for_several_people", "short_stays_in_several_places", "tickets_bought_together",
    "amounts_under_a_limit",
}  # fmt: skip


def each(examples):
    return pytest.mark.parametrize("example", examples, ids=lambda e: f"{e.rule}: {e.title}")


@each(FOUND)
def test_reversals_are_not_counted(example):
    con, _ = build(example.ledger, example.listed, side=example.side)
    con.execute("UPDATE leg SET is_reversal = TRUE; UPDATE transfer SET reverses = 'another'")
    assert hits_of(con, example).is_empty()


@each(FOUND)
def test_amounts_are_compared_in_one_currency(example):
    con, _ = build(example.ledger, example.listed, currency="HUF")
    assert hits_of(con, example).is_empty()
    in_forint = replace(example, parameters=example.parameters | {"currency": "HUF"})
    assert hits_of(con, in_forint).height == len(example.hits)


@each([example for example in FOUND if example.rule not in BOTH_WAYS])
def test_payments_the_other_way_round_change_nothing(example):
    assert rows(example, opposite(example)) == rows(example)


@each(FOUND)
def test_others_who_do_the_same_are_found_apart(example):
    alone, both = rows(example), rows(example, others(example))
    assert [row for row in both if row in alone] == alone
    assert len(both) == 2 * len(alone)


@each([example for example in FOUND if red_flags()[example.rule].grain != ["subject"] and example.rule not in ONCE])
def test_the_same_people_who_do_it_again_are_found_again(example):
    alone, both = rows(example), rows(example, later(example))
    assert [row for row in both if row in alone] == alone
    assert [row["first_on"] for row in both if row not in alone] == [in_two_years(row["first_on"]) for row in alone]


@each([example for example in FOUND if example.rule not in ACROSS])
def test_one_payment_by_another_is_not_swept_in(example):
    assert rows(example, [glimpse(example)]) == rows(example)


@each([example for example in FOUND if example.rule in ALTERNATING])
def test_two_who_share_a_pattern_are_not_taken_for_one(example):
    con, _ = build(example.ledger, example.listed, side=example.side)
    con.execute("""
        UPDATE leg SET account_id = account_id || ' twin'
        WHERE (SELECT count(*) FROM leg AS before WHERE before.transfer_id < leg.transfer_id) % 2 = 1
    """)
    assert hits_of(con, example).is_empty()


@each(FOUND_IN_SIDE_EVIDENCE)
def test_a_withdrawn_file_of_side_evidence_is_not_counted(example):
    con, _ = build(example.ledger, example.listed, side=example.side)
    main = next(kind for kind, _ in example.side)
    con.execute(f"""
        INSERT INTO decision BY NAME SELECT 99 AS decision_no, 'withdrawn' AS kind, '{main}' AS subject, 'p' AS decided_by,
            DATE '2025-01-01' AS decided_on, 'w' AS why, 'p' AS recorded_by, TIMESTAMP '2025-01-01' AS recorded_at
    """)
    assert hits_of(con, example).is_empty()


@each(FOUND_IN_SIDE_EVIDENCE)
def test_others_in_side_evidence_are_found_apart(example):
    alone, both = side_rows(example), side_rows(example, others_in(example))
    assert [row for row in both if row in alone] == alone
    assert len(both) == 2 * len(alone)


@each([example for example in FOUND_IN_SIDE_EVIDENCE if red_flags()[example.rule].grain != ["subject"]])
def test_the_same_done_again_in_side_evidence_is_found_again(example):
    alone, both = side_rows(example), side_rows(example, later_in(example))
    assert [row for row in both if row in alone] == alone
    assert [row["first_on"] for row in both if row not in alone] == [in_two_years(row["first_on"]) for row in alone]


def side_rows(example, more=()):
    """The hits of an example beside further rows of side evidence."""
    con, _ = build([], example.listed, side=[*example.side, *more])
    return [without_payments(printed(row)) for row in hits_of(con, example).to_dicts()]


def without_payments(row):
    """What does not change with whom the numbers of a beneficiary follow."""
    return {name: value for name, value in row.items() if name not in ("transfers", "receiver", "beneficiary_no")}


def rows(example, more=()):
    """The hits of an example, beside further payments, as a spec writes them."""
    con, _ = build([*example.ledger, *more], example.listed)
    return [printed(row) for row in hits_of(con, example).to_dicts()]


def hits_of(con, example, query=None):
    """The rows of the rule of this example, after the rules it uses; `query` may stand in for the rule itself."""
    hits: dict[str, pl.DataFrame] = {}
    for rule in chosen((example.rule,), example.parameters):
        if query is not None and rule.name == query.name:
            rule = query
        hits[rule.name] = run_query(con, rule, rule.values(example.parameters), hits)
    return hits[example.rule]


def printed(row):
    """A row as a spec writes it: plain numbers, ISO dates; the currency of specs is always EUR."""
    assert row.pop("currency") in ("EUR", None)
    return {name: value if name == "transfers" else plain(value) for name, value in row.items()}


def plain(value):
    if isinstance(value, list):
        return ", ".join(value)
    return f"{value.normalize():f}" if isinstance(value, Decimal) else text(value)

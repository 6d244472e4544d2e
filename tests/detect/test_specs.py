"""Every rule finds what its spec says, and nothing it must not find."""

from decimal import Decimal

import polars as pl
import pytest

from finflow.queries import HIT_COLUMNS, chosen, red_flags, run_query
from finflow.results import text
from tests.detect.ledger import build
from tests.detect.spec import KINDS, all_examples, cited, examples


@pytest.mark.parametrize("name", list(red_flags()))
def test_every_rule_has_a_spec_with_a_near_miss_and_a_look_alike(name):
    found = list(examples(name))
    assert {example.kind for example in found} == set(KINDS)
    assert all(bool(example.hits) == (example.kind == "Found") for example in found)


@pytest.mark.parametrize("example", all_examples(), ids=lambda e: f"{e.rule}: {e.kind.lower()}: {e.title}")
def test_spec(example):
    con, payments = build(example.ledger, example.listed)
    found = hits_of(con, example)
    assert not found.select(red_flags()[example.rule].grain).is_duplicated().any()
    expected = [row | {"transfers": cited(row.pop("lines"), payments)} for row in map(dict, example.hits)]
    assert [printed(row) for row in found.to_dicts()] == expected
    if example.hits:
        assert set(expected[0]) | {"currency"} == set(found.columns) >= set(HIT_COLUMNS)


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
    assert row.pop("currency") == "EUR"
    return {name: value if name == "transfers" else plain(value) for name, value in row.items()}


def plain(value):
    return f"{value.normalize():f}" if isinstance(value, Decimal) else text(value)

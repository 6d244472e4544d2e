"""Kernels equal the oracle to the last minor unit, on the vectors and on random ledgers."""

import os
import random

import pytest

from tests.trace.build import Built, words_of_kernel, words_of_oracle
from tests.trace.ledgers import Maker
from tests.trace.vectors import GOLDEN, METHODS, VECTORS, golden_legs, vector_legs

BATCH = 100
BATCHES = int(os.environ.get("FINFLOW_LEDGERS", "200")) // BATCH


def assert_equal(built: Built, legs: list[dict], method: str, hint: object) -> None:
    wanted = words_of_oracle(built, legs, method)
    got = words_of_kernel(built, built.replay(method))
    for word in wanted:
        assert got[word] == wanted[word], (hint, method, word)


@pytest.mark.parametrize("name", VECTORS)
@pytest.mark.parametrize("method", METHODS.values())
def test_vectors(name: str, method: str) -> None:
    legs, origins, _, _ = vector_legs(name)
    assert_equal(Built(legs, origins), legs, method, name)


@pytest.mark.parametrize(("account", "variant", "method"), GOLDEN)
def test_golden_accounts(account: str, variant: str, method: str) -> None:
    legs, wanted, asset, units = golden_legs(account, variant)
    built = Built(legs, ["proceeds"])
    got = words_of_kernel(built, built.replay(method))
    paid = sum(x for leg in asset for label, x in got["out"].get(leg, []) if label == "proceeds")
    left = sum(x for label, x in got["lots"]["A", "EUR"] if label == "proceeds")
    units.check({"asset": paid, "left": left}, wanted[method], len(legs))


@pytest.mark.parametrize("batch", range(BATCHES))
def test_random_ledgers(batch: int) -> None:
    for seed in range(batch * BATCH, (batch + 1) * BATCH):
        made = Maker(seed)
        for rules in ({}, made.rules()):
            built = Built(made.legs, made.origins, made.opening, rules)
            for method in METHODS.values():
                assert_equal(built, made.legs, method, (seed, rules))


def test_an_elected_debit_takes_linked_money_first_under_libr_alone() -> None:
    moved = dict.fromkeys(METHODS.values(), 0)
    for seed in range(50_000, 50_100):
        made, chance = Maker(seed), random.Random(seed)
        rules = {"sub_rule": "fifo"} if seed % 2 else {}
        without = Built(made.legs, made.origins, made.opening, rules)
        plain = {method: words_of_kernel(without, without.replay(method)) for method in moved}
        for leg in made.legs:
            leg["elected"] = leg["side"] == "DBIT" and chance.random() < 0.4
        built = Built(made.legs, made.origins, made.opening, rules)
        for method in moved:
            assert_equal(built, made.legs, method, (seed, rules))
            moved[method] += words_of_kernel(built, built.replay(method)) != plain[method]
    assert moved.pop("libr") > 10
    assert not any(moved.values())

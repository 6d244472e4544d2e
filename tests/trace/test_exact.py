"""Proportions are exact beyond 64 bits, and the units that rounding leaves over go where the rule says."""

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from finflow.trace import exact
from finflow.trace.compiled import compiled


@compiled
def multiply(a, b):  # type: ignore[no-untyped-def]
    return exact.multiply(a, b)


@compiled
def multiply_divide(a, b, c):  # type: ignore[no-untyped-def]
    return exact.multiply_divide(a, b, c)


@compiled
def apportion(amount, n, scratch):  # type: ignore[no-untyped-def]
    exact.apportion(amount, n, scratch)


LARGE = st.one_of(st.integers(0, 100), st.integers(0, 10**10), st.integers(10**15, 2**62), st.integers(0, 2**63 - 1))


def split(amount: int, weights: list[int], ranks: list[int] | None = None) -> list[int]:
    n = len(weights)
    scratch = np.zeros((5, n), np.int64)
    scratch[exact.WEIGHTS], scratch[exact.RANKS] = weights, range(n) if ranks is None else ranks
    apportion(amount, n, scratch)
    return [int(x) for x in scratch[exact.PARTS]]


def largest_remainder(amount: int, weights: list[int], ranks: list[int]) -> list[int]:
    total = sum(weights)
    exact = [Fraction(amount * w, total) for w in weights]
    out = [int(x) for x in exact]
    by_rest = sorted(range(len(weights)), key=lambda i: (-(exact[i] - out[i]), ranks[i]))
    for i in by_rest[: amount - sum(out)]:
        out[i] += 1
    return out


@settings(max_examples=300, deadline=None)
@given(LARGE, LARGE)
def test_the_product_keeps_all_128_bits(a: int, b: int) -> None:
    high, low = multiply(a, b)
    assert (int(high) << 64) + int(low) == a * b


@settings(max_examples=300, deadline=None)
@given(LARGE, LARGE, LARGE.filter(bool))
def test_multiply_divide_is_exact(a: int, b: int, c: int) -> None:
    if a * b // c >= 2**63:
        a = min(a, c)
    assert tuple(int(x) for x in multiply_divide(a, b, c)) == divmod(a * b, c)


@pytest.mark.parametrize("c", [2**63 - 1, 2**62, 2**32, 2**32 - 1, 2**32 + 1, 10**15, 3])
def test_multiply_divide_at_the_edges(c: int) -> None:
    for a in (c, c - 1, c // 2 + 1, 1):
        for b in (2**63 - 1, 2**62 + 12345, 10**15, 2**32 - 1):
            assert tuple(int(x) for x in multiply_divide(a, b, c)) == divmod(a * b, c)


def test_largest_remainder_of_the_rule_book() -> None:
    assert split(100, [1, 1, 1]) == [34, 33, 33]
    assert split(1000, [466, 833]) == [359, 641]
    assert split(100, [1, 1, 1], ranks=[2, 1, 0]) == [33, 33, 34]
    assert split(0, [0, 0]) == [0, 0]


@settings(max_examples=200, deadline=None)
@given(st.data())
def test_splits_equal_fractions(data: st.DataObject) -> None:
    n = data.draw(st.integers(1, 40))
    top = data.draw(st.sampled_from([3, 50, 10**6, 10**15]))
    weights = data.draw(st.lists(st.integers(0, top), min_size=n, max_size=n).filter(any))
    ranks = data.draw(st.permutations(range(n)))
    amount = data.draw(st.integers(0, sum(weights) * 2))
    assert split(amount, weights, ranks) == largest_remainder(amount, weights, ranks)


def test_ten_to_the_fifteen() -> None:
    weights = [10**15 - 1, 10**15, 1]
    parts = split(10**15, weights)
    assert parts == largest_remainder(10**15, weights, [0, 1, 2])
    assert sum(parts) == 10**15

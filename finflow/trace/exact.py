# mypy: disable-error-code="arg-type, assignment, no-any-return, return-value"
# (inside a kernel numba decides the types of integers)
"""Exact proportions of 64-bit integers: products of two amounts need up to 128 bits, which numba does not have."""

import numpy as np
from numpy.typing import NDArray

from finflow.trace.compiled import part_of_kernel

Integers = NDArray[np.int64]

HALF = np.uint64(32)
LOW = np.uint64(0xFFFFFFFF)
ONE = np.uint64(1)
TOP = np.uint64(1) << np.uint64(63)
BASE = np.uint64(1) << HALF
SMALL = 1 << 31
FEW = 16

# rows of a scratch: apportion() reads the first two and writes the others
WEIGHTS, RANKS, RESTS, PARTS, ORDER = range(5)


@part_of_kernel
def multiply(a: int, b: int) -> tuple[int, int]:
    """High and low 64 bits of a product of two non-negative integers, by 32-bit halves."""
    x, y = np.uint64(a), np.uint64(b)
    x1, x0, y1, y0 = x >> HALF, x & LOW, y >> HALF, y & LOW
    low = x0 * y0
    middle = x1 * y0 + (low >> HALF)
    carry = x0 * y1 + (middle & LOW)
    return x1 * y1 + (middle >> HALF) + (carry >> HALF), (carry << HALF) | (low & LOW)


@part_of_kernel
def _digit(high: int, next_digit: int, divisor: int, d1: int, d0: int) -> int:
    quotient = high // d1
    rest = high - quotient * d1
    while quotient >= BASE or quotient * d0 > ((rest << HALF) | next_digit):
        quotient -= ONE
        rest += d1
        if rest >= BASE:
            break
    return quotient


@part_of_kernel
def _long_division(high: int, low: int, divisor: int) -> tuple[int, int]:
    """128 bits by 64, quotient below 2^64: schoolbook division with 32-bit digits (Knuth, algorithm D)."""
    shift = np.uint64(0)
    while (divisor & TOP) == np.uint64(0):
        divisor <<= ONE
        shift += ONE
    if shift > np.uint64(0):
        high = (high << shift) | (low >> (np.uint64(64) - shift))
        low <<= shift
    d1, d0 = divisor >> HALF, divisor & LOW
    first = _digit(high, low >> HALF, divisor, d1, d0)
    rest = ((high << HALF) | (low >> HALF)) - first * divisor
    second = _digit(rest, low & LOW, divisor, d1, d0)
    remainder = ((rest << HALF) | (low & LOW)) - second * divisor
    return (first << HALF) | second, remainder >> shift


@part_of_kernel
def multiply_divide(a: int, b: int, c: int) -> tuple[int, int]:
    """Floor of a × b ÷ c and the remainder, exact. Needs 0 ≤ a, b, 0 < c and a quotient below 2^63."""
    if a < SMALL and b < SMALL:
        product = a * b
        quotient = product // c
        return quotient, product - quotient * c
    high, low = multiply(a, b)
    divisor = np.uint64(c)
    if high == np.uint64(0):
        small = low // divisor
        return np.int64(small), np.int64(low - small * divisor)
    big, rest = _long_division(high, low, divisor)
    return np.int64(big), np.int64(rest)


@part_of_kernel
def _comes_before(i: int, j: int, first: Integers, then: Integers) -> bool:
    return first[i] < first[j] or (first[i] == first[j] and then[i] < then[j])


@part_of_kernel
def _sink(order: Integers, root: int, n: int, first: Integers, then: Integers) -> None:
    while 2 * root + 1 < n:
        child = 2 * root + 1
        if child + 1 < n and _comes_before(order[child], order[child + 1], first, then):
            child += 1
        if not _comes_before(order[root], order[child], first, then):
            return
        order[root], order[child] = order[child], order[root]
        root = child


@part_of_kernel
def order_by(first: Integers, then: Integers, n: int, order: Integers) -> None:
    """Numbers 0 … n-1 in ascending order of two keys. A heap sort: numba's own sorts take seconds to compile."""
    for i in range(n):
        order[i] = i
    for root in range(n // 2 - 1, -1, -1):
        _sink(order, root, n, first, then)
    for last in range(n - 1, 0, -1):
        order[0], order[last] = order[last], order[0]
        _sink(order, 0, last, first, then)


@part_of_kernel
def _give_few(left: int, n: int, s: Integers) -> None:
    for _ in range(left):
        best = 0
        for i in range(1, n):
            if s[RESTS, i] > s[RESTS, best] or (s[RESTS, i] == s[RESTS, best] and s[RANKS, i] < s[RANKS, best]):
                best = i
        s[PARTS, best] += 1
        s[RESTS, best] = -1


@part_of_kernel
def _give_many(left: int, n: int, s: Integers) -> None:
    for i in range(n):
        s[RESTS, i] = -s[RESTS, i]
    order_by(s[RESTS], s[RANKS], n, s[ORDER])
    for i in range(left):
        s[PARTS, s[ORDER, i]] += 1


@part_of_kernel
def apportion(amount: int, n: int, s: Integers) -> None:
    """Split an amount over n weights by largest remainder; equal remainders go to the lowest rank.

    Reads rows WEIGHTS and RANKS of the scratch s and writes PARTS, RESTS and ORDER. Exact: the parts sum to the amount.
    Needs a positive sum of weights, or amount 0.
    """
    total, left = 0, amount
    for i in range(n):
        total += s[WEIGHTS, i]
    for i in range(n):
        s[PARTS, i], s[RESTS, i] = (0, 0) if total == 0 else multiply_divide(amount, s[WEIGHTS, i], total)
        left -= s[PARTS, i]
    if left > 0 and n <= FEW:
        _give_few(left, n, s)
    elif left > 0:
        _give_many(left, n, s)

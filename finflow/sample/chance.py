"""Chance from one seed: a stream of its own for each part of the case, so that one part never moves another."""

import datetime as dt
from collections.abc import Mapping, Sequence
from itertools import accumulate
from random import Random


def stream(seed: int, name: str) -> Random:
    """The stream of one part. The same seed and name give the same numbers on every platform."""
    return Random(f"{seed}/{name}")  # noqa: S311 - the same numbers again are the point


def spread(rng: Random, total: int, count: int, low: int, high: int, step: int = 1) -> list[int]:
    """`count` amounts that add up to `total`: multiples of `step` between low and high, the first takes the remainder.

    Raises ValueError when no such amounts exist.
    """
    units, rest = divmod(total, step)
    least, most = -(-low // step), high // step
    if not least * count <= units <= most * count:
        raise ValueError(f"{count} amounts between {low} and {high} cannot add up to {total}")
    amounts = [rng.randint(least, most) for _ in range(count)]
    missing = units - sum(amounts)
    while missing:
        place = rng.randrange(count)
        room = most - amounts[place] if missing > 0 else amounts[place] - least
        move = min(room, abs(missing), 1 + abs(missing) // count)
        amounts[place] += move if missing > 0 else -move
        missing += -move if missing > 0 else move
    return [amount * step + (rest if place == 0 else 0) for place, amount in enumerate(amounts)]


def quota(rng: Random, count: int, shares: Mapping[int, int]) -> list[int]:
    """`count` values in the given shares, as exactly as whole numbers allow, in random order."""
    whole = sum(shares.values())
    edges = [round(part * count / whole) for part in accumulate(shares.values())]
    values = [value for value, start, end in zip(shares, [0, *edges], edges, strict=False) for _ in range(end - start)]
    rng.shuffle(values)
    return values


def weighted_days(rng: Random, days: Sequence[dt.date], weights: Sequence[float], count: int) -> list[dt.date]:
    """`count` different days in order, the heavier the likelier."""
    keys = [rng.random() ** (1 / weight) for weight in weights]
    chosen = sorted(range(len(days)), key=lambda place: (-keys[place], place))[:count]
    return [days[place] for place in sorted(chosen)]


def at(rng: Random, day: dt.date, first_hour: int, last_hour: int) -> dt.datetime:
    """A moment of that day from first_hour up to last_hour; hours above 24 fall on the next morning."""
    seconds = rng.randrange(first_hour * 3600, last_hour * 3600)
    return dt.datetime.combine(day, dt.time()) + dt.timedelta(seconds=seconds)

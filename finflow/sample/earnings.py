"""What each person's work brought in, day by day: the truth of the benefit calculation."""

import datetime as dt
from random import Random

from finflow.sample.chance import stream, weighted_days
from finflow.sample.days import every_day
from finflow.sample.figures import DAILY_NOISE, EARNERS, FAIR_WEEKS, FAIR_WEIGHT, MOVE_DIP_DAYS, WEEKDAY_WEIGHT, Earner

Day = dt.date
Earned = dict[str, dict[Day, int]]

_CHRISTMAS = {(12, 24), (12, 25), (12, 26)}
_MOVES = {"V4": (Day(2025, 2, 3),), "V7": (Day(2025, 10, 6),), "V3": (Day(2025, 5, 5),)}


def earnings(seed: int) -> Earned:
    """Person -> day worked -> whole euros; days and sums exactly as in figures.EARNERS."""
    return {earner.id: _days_of(stream(seed, f"earnings/{earner.id}"), earner) for earner in EARNERS}


def _days_of(rng: Random, earner: Earner) -> dict[Day, int]:
    ill = _illness(rng, earner)
    free = [day for day in every_day(earner.from_day, earner.to_day) if day not in ill and day not in earner.absent]
    days = weighted_days(rng, free, [_weight(day) for day in free], earner.days)
    weights = [_weight(day) * _dip(day, earner) * rng.lognormvariate(0, DAILY_NOISE) for day in days]
    return dict(zip(days, _shares(earner.gross, weights), strict=True))


def _illness(rng: Random, earner: Earner) -> set[Day]:
    """One week a year, kept clear of the ends so that a short stay still has its days."""
    ill: set[Day] = set()
    first = earner.from_day + dt.timedelta(days=30)
    while first + dt.timedelta(days=60) < earner.to_day:
        start = first + dt.timedelta(days=rng.randrange(200))
        ill |= {start + dt.timedelta(days=n) for n in range(7)}
        first += dt.timedelta(days=365)
    return ill


def _weight(day: Day) -> float:
    fair = any(0 <= (day - monday).days < 7 for monday in FAIR_WEEKS)
    christmas = 0.2 if (day.month, day.day) in _CHRISTMAS else 1.0
    return WEEKDAY_WEIGHT[day.weekday()] * (FAIR_WEIGHT if fair else 1.0) * christmas


def _dip(day: Day, earner: Earner) -> float:
    moves = (earner.from_day, *_MOVES.get(earner.id, ()))
    return 0.5 if any(0 <= (day - move).days < MOVE_DIP_DAYS for move in moves) else 1.0


def _shares(total: int, weights: list[float]) -> list[int]:
    """Whole euros in proportion, largest remainders first, so that they add up to the total."""
    whole = sum(weights)
    exact = [total * weight / whole for weight in weights]
    floors = [int(value) for value in exact]
    order = sorted(range(len(weights)), key=lambda place: (floors[place] - exact[place], place))
    for place in order[: total - sum(floors)]:
        floors[place] += 1
    return floors

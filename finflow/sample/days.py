"""Days, business days and local time without a time-zone database, which not every platform has."""

import datetime as dt
from collections.abc import Iterator

Day = dt.date

_HOLIDAYS = {(1, 1), (5, 1), (12, 25), (12, 26)}
_EASTER = {Day(2024, 3, 29), Day(2024, 4, 1), Day(2025, 4, 18), Day(2025, 4, 21), Day(2026, 4, 3), Day(2026, 4, 6)}


def is_business_day(day: Day) -> bool:
    """Whether banks settle on that day (TARGET calendar)."""
    return day.weekday() < 5 and (day.month, day.day) not in _HOLIDAYS and day not in _EASTER


def next_business_day(day: Day) -> Day:
    """The first business day after that day."""
    day += dt.timedelta(days=1)
    while not is_business_day(day):
        day += dt.timedelta(days=1)
    return day


def business_day_before(day: Day) -> Day:
    """The last business day before that day."""
    day -= dt.timedelta(days=1)
    while not is_business_day(day):
        day -= dt.timedelta(days=1)
    return day


def every_day(first: Day, last: Day) -> list[Day]:
    """All days from first to last, both included."""
    return [first + dt.timedelta(days=n) for n in range((last - first).days + 1)]


def months(first: Day, last: Day) -> Iterator[tuple[int, int]]:
    """(year, month) of every month that first to last touches."""
    year, month = first.year, first.month
    while (year, month) <= (last.year, last.month):
        yield year, month
        year, month = (year + 1, 1) if month == 12 else (year, month + 1)


def monthly(first: Day, count: int, day_of_month: int) -> list[Day]:
    """The same day of `count` months, from the month of first on."""
    start = first.year * 12 + first.month - 1
    return [Day(n // 12, n % 12 + 1, day_of_month) for n in range(start, start + count)]


def month_end(year: int, month: int) -> Day:
    """Last day of a month."""
    return Day(year + month // 12, month % 12 + 1, 1) - dt.timedelta(days=1)


def _last_sunday(year: int, month: int) -> Day:
    last = month_end(year, month)
    return last - dt.timedelta(days=(last.weekday() + 1) % 7)


def utc_offset(moment: dt.datetime) -> str:
    """Offset of central European time: summer time runs from the last Sunday of March to that of October."""
    start = dt.datetime.combine(_last_sunday(moment.year, 3), dt.time(2))
    end = dt.datetime.combine(_last_sunday(moment.year, 10), dt.time(3))
    return "+02:00" if start <= moment < end else "+01:00"


def printed(moment: dt.datetime) -> str:
    """ISO 8601 with offset, as banks of central Europe print a moment."""
    return f"{moment:%Y-%m-%dT%H:%M:%S}{utc_offset(moment)}"

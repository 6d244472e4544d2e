"""Business days of two States: how long a payment between them took, as banks count."""

import re
from datetime import date, timedelta
from functools import cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import holidays

SATURDAY = 5
_IBAN = re.compile(r"[A-Z]{2}[0-9]{2}[A-Z0-9]{8,30}")
_BIC = re.compile(r"([A-Z]{4}([A-Z]{2})[A-Z0-9]{2}(?:[A-Z0-9]{3})?)/.+")


def business_days(left: date, arrived: date, *accounts: str) -> int:
    """How many of the days after `left`, up to `arrived`, are business days in the States of all the accounts.

    Of an account that names no State, only the weekends are known.
    """
    days = (left + timedelta(days=n) for n in range(1, (arrived - left).days + 1))
    states = {state_of(account) for account in accounts}
    return sum(all(_is_open(state, day) for state in states) for day in days)


def state_of(account_id: str) -> str | None:
    """The State an account number names: first two letters of an IBAN, fifth and sixth of a BIC."""
    if _IBAN.fullmatch(account_id):
        return account_id[:2]
    bic = _BIC.fullmatch(account_id)
    return bic.group(2) if bic else None


@cache
def _is_open(state: str | None, day: date) -> bool:
    calendar = _calendar(state)
    return day.weekday() < SATURDAY if calendar is None else calendar.is_working_day(day)


@cache
def _calendar(state: str | None) -> "holidays.HolidayBase | None":
    import holidays  # a tenth of what it takes to start finflow, and most verbs ask for no day

    if state is None or state not in holidays.list_supported_countries():
        return None
    return holidays.country_holidays(state)

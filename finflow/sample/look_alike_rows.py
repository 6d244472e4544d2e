"""What the accounts of look-alikes are written with."""

import datetime as dt
from random import Random

from finflow.sample import outsiders as o
from finflow.sample import shops
from finflow.sample.chance import at
from finflow.sample.days import every_day, monthly
from finflow.sample.ledger import Detail, Movement, Outside, Side

YEAR = monthly(dt.date(2025, 1, 1), 12, 1)
"""First days of the months for which most look-alikes are held."""
DAYS = every_day(dt.date(2025, 1, 2), dt.date(2025, 12, 30))
_TAG = "look-alike"


def on(month: dt.date, day: int, hour: int = 8, minute: int = 15) -> dt.datetime:
    """A moment of that day of the month."""
    return dt.datetime.combine(month.replace(day=day), dt.time(hour, minute))


def some_day(rng: Random, month: dt.date, first_hour: int, last_hour: int) -> dt.datetime:
    """A moment on any day of the month from the 2nd to the 28th."""
    return at(rng, month.replace(day=rng.randint(2, 28)), first_hour, last_hour)


def pay(when: dt.datetime, debtor: Side, creditor: Side, cents: int, text: str, purpose: str = "") -> Movement:
    """A transfer."""
    return Movement(when, debtor, creditor, cents, "transfer", _TAG, text, purpose=purpose)


def batch(when: dt.datetime, label: str, people: tuple[Outside, ...], cents: tuple[int, ...], text: str) -> Movement:
    """One line with a payment for each of several people."""
    each = tuple(Detail(who, amount, text) for who, amount in zip(people, cents, strict=True))
    return Movement(when, label, o.NOBODY, sum(cents), "transfer", _TAG, text, purpose="SALA", details=each)


def card(label: str, when: dt.datetime, shop: str, town: str, cents: int, text: str = "") -> Movement:
    """A card payment in a shop."""
    return shops.card(label, when, shop, town, cents, _TAG, text)


def till(label: str, when: dt.datetime, town: str, cents: int, terminal: str, mcc: str) -> Movement:
    """A sale by card on the account holder's own terminal."""
    return Movement(when, o.CARD_ACQUIRER, label, cents, "card_receipts", _TAG, terminal, town, mcc)


def cash(label: str, when: dt.datetime, town: str, cents: int) -> Movement:
    """Notes at a machine: paid in, or drawn when the sum is negative."""
    if cents < 0:
        return shops.cash_out(label, when, town, -cents, _TAG)
    return shops.cash_in(label, when, town, cents, _TAG)

"""Accounts in Moldova: the recruiter's, and those of three families to whom small sums are sent home (protected)."""

import datetime as dt
from decimal import Decimal

from finflow.sample import figures as f
from finflow.sample import outsiders as o
from finflow.sample.chance import at, spread, stream
from finflow.sample.days import every_day, next_business_day
from finflow.sample.ledger import Ledger, Movement, Purse

FAMILIES = {"MD-41": "V1", "MD-43": "V3", "MD-48": "V8"}
_END = dt.datetime.combine(f.CUT_OFF, dt.time(20))


def rate(day: dt.date) -> Decimal:
    """Lei for a euro on that day."""
    return Decimal(f.MD_RATES[(day.year - 2024) * 4 + (day.month - 1) // 3 - 1])


def add_moldova(ledger: Ledger, seed: int) -> None:
    """Write the four accounts."""
    _recruiter(ledger, seed)
    for label, person in FAMILIES.items():
        _family(ledger, seed, label, person)


def _pay_out(label: str, when: dt.datetime, euros: int, tag: str, origin: str = "") -> Movement:
    bani = round(euros * rate(when.date()) * 100)
    return Movement(
        when, o.MONEY_SERVICE_MD, label, bani, "transfer", tag, f"RAPIDSEND PLATA {euros} EUR", origin=origin
    )


def _recruiter(ledger: Ledger, seed: int) -> None:
    """600 euros for every arrival within ten days, a car, and notes."""
    rng = stream(seed, "MD-40")
    ledger.openings["MD-40"] = 100 * f.MD_OPENING
    for earner in f.EARNERS:
        day = next_business_day(earner.from_day + dt.timedelta(days=rng.randint(2, 6)))
        ledger.add(_pay_out("MD-40", at(rng, day, 10, 16), f.RECRUITER_EACH, "recruiter", earner.id))
    day, lei = f.MD_CAR
    ledger.add(
        Movement(
            at(rng, day, 10, 16), "MD-40", o.CAR_SELLER_MD, 100 * lei, "transfer", "car of R1", "autoturism contract 88"
        )
    )
    rest = ledger.balance("MD-40") - 100 * f.MD_BALANCE
    purse = Purse(ledger, "MD-40", _END)
    for number, bani in enumerate(spread(rng, rest, 9, 50_000, 400_000, 5_000)):
        when = at(rng, dt.date(2024, 6, 20) + dt.timedelta(days=70 * number), 9, 18)
        purse.pay(
            Movement(when, "MD-40", o.NOBODY, bani, "cash_withdrawal", "cash of R1", "RETRAGERE NUMERAR CAHUL", "Cahul")
        )


def _family(ledger: Ledger, seed: int, label: str, person: str) -> None:
    rng = stream(seed, label)
    earner = next(e for e in f.EARNERS if e.id == person)
    ledger.openings[label] = 40_000
    day = earner.from_day + dt.timedelta(days=25)
    while day <= f.LAST_DAY:
        euros = 5 * rng.randint(f.HOME_EACH[0] // 5, f.HOME_EACH[1] // 5)
        ledger.add(_pay_out(label, at(rng, day, 10, 16), euros, "sent home", person))
        day += dt.timedelta(days=rng.randint(*f.HOME_EVERY))
    _groceries(ledger, seed, label, earner.from_day)


def _groceries(ledger: Ledger, seed: int, label: str, first: dt.date) -> None:
    rng = stream(seed, f"groceries/{label}")
    purse = Purse(ledger, label, _END, keep=5_000)
    days = [day for day in every_day(first, f.LAST_DAY) if day.weekday() == 5]
    rest = ledger.balance(label) - 30_000
    for day, bani in zip(days, spread(rng, rest, len(days), 1_000, 3 * rest // len(days)), strict=True):
        purse.pay(
            Movement(
                at(rng, day, 9, 18),
                label,
                o.GROCER_MD,
                bani,
                "card_payment",
                "groceries",
                "POS ALIMENTARA VATRA",
                "Vatra",
                "5411",
            )
        )

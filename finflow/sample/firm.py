"""NL-21, the tanning and hair studio: real sales by day, cards at night, cash on Tuesdays, a loan that bought a car."""

import datetime as dt
from random import Random

from finflow.sample import figures as f
from finflow.sample import outsiders as o
from finflow.sample.chance import at, quota, spread, stream
from finflow.sample.days import every_day, monthly
from finflow.sample.ledger import Detail, Ledger, Movement, Purse
from finflow.sample.shops import cash_in

_TERMINAL = "Terminal 44170 Lumenhaar"
_END = dt.datetime.combine(f.CUT_OFF, dt.time(20))
_BALANCE = 6_430
_LAST = dt.date(2026, 4, 30)


def add_firm(ledger: Ledger, seed: int) -> None:
    """Write the firm's account: first what comes in, then what must be paid, then the fee for what is left."""
    rng = stream(seed, "NL-21")
    for movement in (*_day_sales(rng), *_night_sales(rng), *_tuesdays(rng)):
        ledger.add(movement)
    purse = Purse(ledger, "NL-21", _END)
    for euros in f.SUV:
        when = dt.datetime.combine(f.SUV_DAY, dt.time(10, 30)) + dt.timedelta(minutes=euros // 10_000)
        purse.pay(Movement(when, "NL-21", o.SUV_DEALER, 100 * euros, "transfer", "SUV", "factuur 2025-0917 SUV"))
    for movement in sorted([*_rent(), *_wages(), *_pay_of_n2(), *_taxes(rng)], key=lambda m: m.when):
        purse.pay(movement)
    _management_fee(ledger, rng, purse)


def _open_days() -> list[dt.date]:
    """Six days a week, closed in August."""
    return [day for day in every_day(f.FIRM_FROM, _LAST) if day.weekday() < 6 and day.month != 8]


def _day_sales(rng: Random) -> list[Movement]:
    nights = sum(f.NIGHT_SALES.values())
    count = nights * (100 - f.NIGHT_SALES_PERCENT) // f.NIGHT_SALES_PERCENT
    sums = spread(rng, 100 * f.FIRM_REAL, count, 1_850, 8_995)
    return [_sale(at(rng, rng.choice(_open_days()), 10, 18), cents, "real sale") for cents in sums]


def _night_sales(rng: Random) -> list[Movement]:
    sizes = quota(rng, sum(f.NIGHT_SALES.values()), f.NIGHT_SALES)
    nights = every_day(f.FIRM_FROM, _LAST - dt.timedelta(days=1))
    return [_sale(at(rng, rng.choice(nights), 23, 27), 100 * euros, "night card", "terminal") for euros in sizes]


def _sale(when: dt.datetime, cents: int, tag: str, origin: str = "") -> Movement:
    return Movement(when, o.CARD_ACQUIRER, "NL-21", cents, "card_receipts", tag, _TERMINAL, "Breda", "7298", origin)


def _tuesdays(rng: Random) -> list[Movement]:
    tuesdays = [day for day in every_day(f.FIRM_FROM, _LAST) if day.weekday() == 1][: f.TUESDAYS]
    sums = spread(rng, f.FIRM_CASH, f.TUESDAYS, *f.TUESDAY_RANGE, 10)
    return [
        cash_in("NL-21", at(rng, day, 20, 23), "Breda", 100 * euros, "firm's cash", "cash")
        for day, euros in zip(tuesdays, sums, strict=True)
    ]


def _rent() -> list[Movement]:
    each = f.FIRM_RENT // f.FIRM_MONTHS
    return [
        Movement(
            _hour(day, 7), "NL-21", o.LANDLORD_SHOP, 100 * each, "transfer", "shop rent", f"huur winkel {day:%m-%Y}"
        )
        for day in monthly(f.FIRM_FROM, f.FIRM_MONTHS, 26)
    ]


def _wages() -> list[Movement]:
    """One line a month with both employees inside it."""
    made = []
    for day in monthly(f.FIRM_FROM, f.FIRM_MONTHS, 24):
        text = f"loon {day:%m-%Y}"
        each = tuple(Detail(who, 100 * euros, text) for who, euros in zip(o.EMPLOYEES, f.FIRM_WAGES, strict=True))
        made.append(
            Movement(_hour(day, 11), "NL-21", o.NOBODY, sum(d.amount for d in each), "transfer", "wages",
                     f"salarisbatch {day:%m-%Y}", purpose="SALA", details=each)
        )  # fmt: skip
    return made


def _pay_of_n2() -> list[Movement]:
    return [
        Movement(_hour(day, 12), "NL-21", "NL-25", 100 * f.N2_PAY, "transfer", "pay of N2",
                 f"bestuurdersvergoeding {day:%m-%Y}", purpose="SALA", reference=f"BV-{day:%Y%m}")
        for day in monthly(f.FIRM_FROM, f.FIRM_MONTHS, 25)
    ]  # fmt: skip


def _taxes(rng: Random) -> list[Movement]:
    days = [dt.date(2024, 9, 30), *(day for day in monthly(dt.date(2024, 10, 1), 19, 27) if day.month % 3 == 1)]
    return [
        Movement(
            _hour(day, 9), "NL-21", o.TAX_OFFICE, 100 * euros, "transfer", "taxes", f"btw en loonheffing {day:%m-%Y}"
        )
        for day, euros in zip(days, spread(rng, f.FIRM_TAXES, len(days), 5_000, 11_000), strict=True)
    ]


def _management_fee(ledger: Ledger, rng: Random, purse: Purse) -> None:
    rest = ledger.balance("NL-21") - 100 * _BALANCE
    days = monthly(f.FIRM_FROM, f.FIRM_MONTHS, 28)
    for day, cents in zip(days, spread(rng, rest, len(days), 60_000, 450_000, 500), strict=True):
        text = f"management fee {day:%m-%Y}"
        purse.pay(
            Movement(
                _hour(day, 15), "NL-21", "NL-22", cents, "transfer", "management fee", text, reference=f"MF-{day:%Y%m}"
            )
        )


def _hour(day: dt.date, hour: int) -> dt.datetime:
    return dt.datetime.combine(day, dt.time(hour, 3, 20))

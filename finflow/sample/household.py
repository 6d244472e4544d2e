"""NL-20, from which flats, adverts, rooms and tickets are paid, and NL-22, on which C1 lives."""

import datetime as dt
from random import Random

from finflow.sample import figures as f
from finflow.sample import outsiders as o
from finflow.sample.chance import at, spread, stream
from finflow.sample.days import every_day, months
from finflow.sample.days import monthly as each_month
from finflow.sample.ledger import Ledger, Movement, Outside, Purse
from finflow.sample.shops import card, cash_out

_END = dt.datetime.combine(f.CUT_OFF, dt.time(20))
_NL20_BALANCE, _NL22_BALANCE = 11_280, 940
_BEFORE_LAST_CASH = dt.date(2026, 4, 5)
_STAY_TOWNS = ("Utrecht", "Groningen", "Maastricht", "Nijmegen", "Arnhem", "Zwolle", "Antwerpen", "Köln")
CONTACTS = {e.id: f"07700 9005{number:02d}" for number, e in enumerate(f.EARNERS, 11)}
"""The telephone number in each person's advert, from the range kept for fiction."""


def add_nl20(ledger: Ledger, seed: int) -> None:
    """Write C2's account; what is left over is her living, so that the balances of the last weeks are as told."""
    rng = stream(seed, "NL-20")
    ledger.openings["NL-20"] = 100 * f.OPENING_NL20
    for movement in (*_wages(), *_rents(), *_van(), *_spanish_flat(), *_last_cash()):
        ledger.add(movement)
    _add_reversed_stay(ledger)
    purse = Purse(ledger, "NL-20", dt.datetime.combine(_BEFORE_LAST_CASH, dt.time(22)))
    wished = [*_tickets(rng), *_adverts(rng), *_stays(rng)]
    for movement in sorted(wished, key=lambda m: m.when):
        purse.pay(movement)
    _living(ledger, rng)


def _hour(day: dt.date, hour: int) -> dt.datetime:
    return dt.datetime.combine(day, dt.time(hour, 1, 12))


def _wages() -> list[Movement]:
    return [
        Movement(
            _hour(day, 8),
            o.C2_EMPLOYER,
            "NL-20",
            100 * f.C2_WAGE,
            "transfer",
            "wage of C2",
            f"salaris {day:%m-%Y}",
            purpose="SALA",
        )
        for day in each_month(f.FIRST_DAY, 24, 24)
    ]


def _rents() -> list[Movement]:
    flat_a = [
        Movement(
            _hour(day, 6),
            "NL-20",
            "NL-60",
            100 * f.RENT_A,
            "transfer",
            "rent A",
            f"huur Haagdijk {day:%m-%Y}",
            reference=f"HA-{day:%Y%m}",
        )
        for day in each_month(f.FIRST_DAY, 24, 1)
    ]
    flat_b = [
        Movement(
            _hour(day, 6),
            "NL-20",
            o.LANDLORD_B,
            100 * f.RENT_B,
            "transfer",
            "rent B",
            f"huur Lange Spoorlaan {day:%m-%Y}",
        )
        for day in each_month(f.RENT_B_FROM, 22, 1)
    ]
    return flat_a + flat_b


def _van() -> list[Movement]:
    return [
        Movement(
            _hour(day, 7), "NL-20", o.VAN_LESSOR, 100 * f.VAN, "direct_debit", "van", f"lease bestelbus {day:%m-%Y}"
        )
        for day in each_month(f.VAN_FROM, 19, 3)
    ]


def _spanish_flat() -> list[Movement]:
    return [
        Movement(_hour(day, 13), "NL-20", o.SPANISH_BANK, 100 * euros, "transfer", "flat in Spain", text)
        for day, euros, text in f.SPANISH_FLAT
    ]


def _last_cash() -> list[Movement]:
    return [cash_out("NL-20", _hour(day, 11), "Rotterdam", 100 * euros, "living of C2") for day, euros in f.LAST_CASH]


def _tickets(rng: Random) -> list[Movement]:
    """Two or three one-way tickets on one card before each arrival; then trains and coaches between towns."""
    arrivals = []
    for earner in f.EARNERS:
        bought = at(rng, earner.from_day - dt.timedelta(days=rng.randint(4, 9)), 19, 22)
        for seat in range(rng.choice((2, 3, 3))):
            shop = "air" if earner.id not in ("V4", "V5", "V7") else "coach"
            when = bought + dt.timedelta(minutes=3 * seat)
            arrivals.append(
                card("NL-20", when, shop, "", rng.randint(6_900, 10_900), "travel", f"one way passenger {seat + 1}")
            )
    rest = 100 * f.TRAVEL - sum(m.amount for m in arrivals)
    days = every_day(dt.date(2024, 6, 1), dt.date(2026, 3, 31))
    local = [
        card(
            "NL-20",
            at(rng, rng.choice(days), 8, 21),
            rng.choice(("rail", "coach")),
            "Rotterdam",
            cents,
            "travel",
            "ticket",
        )
        for cents in spread(rng, rest, 160, 2_500, 13_500)
    ]
    return arrivals + local


def _active(day: dt.date) -> list[str]:
    return [e.id for e in f.EARNERS if e.from_day <= day <= e.to_day]


def _adverts(rng: Random) -> list[Movement]:
    return [*_bumps(rng), *_premiums(rng)]


def _bumps(rng: Random) -> list[Movement]:
    """On some evenings several adverts are lifted to the top, each with another person's number."""
    days = [day for day in every_day(dt.date(2024, 7, 10), dt.date(2026, 3, 31)) if len(_active(day)) >= 3]
    made = []
    for day, count in zip(sorted(rng.sample(days, f.BUMP_DAYS)), spread(rng, f.BUMPS, f.BUMP_DAYS, 2, 6), strict=True):
        shown = rng.sample(_active(day), len(_active(day)))
        first = at(rng, day, 17, 18)
        for number in range(count):
            text = f"bump advert contact {CONTACTS[shown[number % len(shown)]]}"
            made.append(
                card("NL-20", first + dt.timedelta(minutes=7 * number), "adverts", "", 100 * f.BUMP, "advert", text)
            )
    return made


def _premiums(rng: Random) -> list[Movement]:
    person_months = [
        (dt.date(year, month, 6), earner.id)
        for earner in f.EARNERS
        for year, month in months(earner.from_day, min(earner.to_day, dt.date(2026, 3, 31)))
        if dt.date(year, month, 6) >= dt.date(2024, 6, 1)
    ]
    chosen = sorted(rng.sample(person_months, f.PREMIUMS))
    return [
        card(
            "NL-20",
            at(rng, day, 17, 19),
            "adverts",
            "",
            100 * f.PREMIUM,
            "advert",
            f"premium month contact {CONTACTS[who]}",
        )
        for day, who in chosen
    ]


def _stays(rng: Random) -> list[Movement]:
    """A room at each arrival, then tours of four towns in a week."""
    days = [(earner.from_day, "Rotterdam", rng.randint(2, 4)) for earner in f.EARNERS]
    tour = dt.date(2024, 7, 8)
    while len(days) < f.STAYS:
        towns = rng.sample(_STAY_TOWNS, 4)
        days += [(tour + dt.timedelta(days=2 * n), town, 2) for n, town in enumerate(towns)][: f.STAYS - len(days)]
        tour += dt.timedelta(days=rng.randint(42, 48))
    return [
        card("NL-20", at(rng, day, 14, 19), "hotel", town, 100 * f.STAY, "short stay", f"{nights} nights")
        for day, town, nights in days
    ]


def _add_reversed_stay(ledger: Ledger) -> None:
    """One room that the platform pays back."""
    paid = card(
        "NL-20",
        dt.datetime.combine(dt.date(2025, 6, 11), dt.time(15, 42)),
        "hotel",
        "Zwolle",
        100 * f.STAY,
        "reversed",
        "2 nights",
    )
    ledger.add(paid)
    back = dt.datetime.combine(dt.date(2025, 6, 13), dt.time(10, 5))
    ledger.add(
        Movement(back, Outside("StayLodge"), "NL-20", paid.amount, "card_payment", "reversal", "refund 2 nights",
                 "Zwolle", "7011", reverses=True)
    )  # fmt: skip


def _living(ledger: Ledger, rng: Random) -> None:
    """Her last wage is spent in the last days; before that she spends down to what stood there on 6 April."""
    after = every_day(dt.date(2026, 4, 25), dt.date(2026, 5, 3))
    for day, cents in zip(after, spread(rng, 100 * f.C2_WAGE, len(after), 4_000, 22_000), strict=True):
        ledger.add(card("NL-20", at(rng, day, 10, 20), "groceries", "Rotterdam", cents, "living of C2"))
    rest = ledger.balance("NL-20", dt.datetime.combine(_BEFORE_LAST_CASH, dt.time(23))) - 100 * f.NL20_BEFORE_LAST_CASH
    days = [
        day
        for day in every_day(dt.date(2024, 5, 4), dt.date(2026, 3, 30))
        if day.weekday() in (1, 5) or rng.random() < 0.05
    ]
    purse = Purse(ledger, "NL-20", _END)
    for day, cents in zip(days, spread(rng, rest, len(days), 600, 2 * rest // len(days)), strict=True):
        shop = rng.choice(("groceries", "groceries", "chemist", "clothes", "restaurant", "fuel"))
        purse.pay(card("NL-20", at(rng, day, 10, 20), shop, "Rotterdam", cents, "living of C2"))


def add_nl22(ledger: Ledger, seed: int) -> None:
    """Write C1's account: what he wears, drinks and drives, and his lawyer (privileged)."""
    rng = stream(seed, "NL-22")
    for day, euros in f.LAWYER:
        when = _hour(day, 16)
        ledger.add(
            Movement(when, "NL-22", o.LAWYER, 100 * euros, "transfer", "lawyer", f"declaratie dossier L.S. {day:%m-%Y}")
        )
    purse = Purse(ledger, "NL-22", _END)
    for number, (day, euros) in enumerate(f.WATCHES_AND_GOLD):
        shop = "gold" if number % 3 == 2 else "jeweller"
        purse.pay(card("NL-22", at(rng, day, 13, 17), shop, "Antwerpen", 100 * euros, "watches and gold"))
    rest = ledger.balance("NL-22") - 100 * _NL22_BALANCE
    days = [day for day in every_day(dt.date(2024, 7, 1), dt.date(2026, 4, 28)) if rng.random() < 0.75]
    for day, cents in zip(days, spread(rng, rest, len(days), 500, 2 * rest // len(days)), strict=True):
        shop = rng.choice(("restaurant", "fuel", "clothes", "sports", "groceries", "restaurant"))
        purse.pay(card("NL-22", at(rng, day, 11, 23), shop, rng.choice(("Rotterdam", "Breda")), cents, "living of C1"))

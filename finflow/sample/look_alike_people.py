"""Innocent persons: an independent sex worker, a student treasurer, four people under a guardian, a family of six."""

import datetime as dt
from random import Random

from finflow.sample import outsiders as o
from finflow.sample.chance import at
from finflow.sample.ledger import Movement, Outside
from finflow.sample.look_alike_rows import YEAR, card, on, pay, some_day
from finflow.sample.shops import bill


def worker(rng: Random) -> list[Movement]:
    """Guests pay late in the evening; what is earned stays, after rent, tax and adverts of her own."""
    made = []
    for month in YEAR:
        for _ in range(26):
            guest = Outside(f"Gast {rng.randrange(900):03d}")
            fee = 100 * rng.choice((80, 100, 120, 150, 200))
            made.append(pay(some_day(rng, month, 20, 27), guest, "NL-62", fee, rng.choice(("", "afspraak"))))
        for week in (3, 10, 17, 24):
            start = at(rng, month.replace(day=week), 16, 18)
            for n in range(5):
                advert = start + dt.timedelta(hours=24 * n)
                made.append(card("NL-62", advert, "adverts", "", 1_200 * (1 + n % 2), "own advert"))
        made.append(pay(on(month, 1, 7), "NL-62", o.LANDLORD_WORKER, 89_500, f"huur {month:%m-%Y}"))
        for _ in range(7):
            shop = rng.choice(("groceries", "chemist", "clothes"))
            made.append(card("NL-62", some_day(rng, month, 10, 20), shop, "Rotterdam", rng.randint(900, 6_000)))
        if month.month % 3 == 1:
            tax = f"btw en voorlopige aanslag {month:%m-%Y}"
            made.append(pay(on(month, 27, 9), "NL-62", o.TAX_OFFICE, 164_000, tax))
    return made


def students(rng: Random) -> list[Movement]:
    """Seventeen even sums on the 1st, one bill to the landlord on the 2nd, soap and light bulbs."""
    made = []
    for month in YEAR:
        for minute, student in enumerate(o.STUDENTS):
            made.append(pay(on(month, 1, 8, minute), student, "NL-63", 24_000, f"servicekosten {month:%m-%Y}"))
        bill_text = f"servicekosten Witte Singel {month:%m-%Y}"
        made.append(pay(on(month, 2, 9), "NL-63", o.LANDLORD_STUDENTS, 17 * 23_000, bill_text))
        made.append(card("NL-63", on(month, 14, 17), "groceries", "Leiden", rng.randint(9_000, 21_000)))
    return made


def wards(rng: Random) -> list[Movement]:
    """Four pensions; the care home and the guardian are paid, and the rest is visibly spent by its owner."""
    made = []
    for n in range(1, 5):
        label = f"NL-7{n}"
        for month in YEAR:
            pension = 141_000 + 3_000 * n
            made.append(pay(on(month, 23, 7, n), o.PENSION_BANK, label, pension, f"AOW {month:%m-%Y}", "PENS"))
            made.append(pay(on(month, 25, 9, n), label, "NL-66", 96_000, f"verblijf {month:%m-%Y}"))
            made.append(pay(on(month, 26, 9, n), label, o.GUARDIAN, 6_875, "bewind beschikking 25/1180"))
            for _ in range(4):
                shop = rng.choice(("groceries", "chemist", "clothes"))
                made.append(card(label, some_day(rng, month, 10, 17), shop, "Apeldoorn", rng.randint(600, 5_200)))
    return made


def families(rng: Random) -> list[Movement]:
    """Six wages, one house, and more than half sent to the same aunt in the same village."""
    made = []
    for n, employer in enumerate(o.FAMILY_EMPLOYERS, 1):
        label, wage = f"DE-8{n}", 2_500 * rng.randint(58, 72)
        home = wage * 55 // 100 // 500 * 500
        for month in YEAR:
            made.append(pay(on(month, 15), employer, label, wage, f"Lohn {month:%m/%Y}", "SALA"))
            made.append(pay(on(month, 17), label, o.FAMILY_LANDLORD, 21_000, f"Miete Anteil {month:%m/%Y}"))
            sent = at(rng, month.replace(day=rng.randint(18, 21)), 10, 18)
            made.append(pay(sent, label, o.MONEY_SERVICE, home, "RS transfer T. Ciobotar Vatra"))
            for _ in range(6):
                shopping = some_day(rng, month, 10, 19)
                made.append(card(label, shopping, "groceries DE", "Emden", bill(rng, "groceries DE")))
    return made

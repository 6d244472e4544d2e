"""Innocent firms and bodies: a letting agency, a shelter, a trader, a nail studio, a care home, a tour leader."""

import datetime as dt
from random import Random

from finflow.sample import figures as f
from finflow.sample import outsiders as o
from finflow.sample.chance import at
from finflow.sample.days import monthly
from finflow.sample.ledger import Movement
from finflow.sample.look_alike_rows import DAYS, YEAR, batch, card, cash, on, pay, some_day, till
from finflow.sample.shops import bill

_MARKETS = {1: "Gorinchem", 2: "Dordrecht", 4: "Gouda", 5: "Woerden"}
"""Weekday -> town of the trader's market."""


def agency(rng: Random) -> list[Movement]:
    """Rents come in every other day until the 17th; the day after, each owner is paid and the commission leaves."""
    rents = [f.RENT_A, *(25 * rng.randint(34, 62) for _ in o.TENANTS)]
    made = []
    for month in monthly(f.FIRST_DAY, 24, 1):
        for number, rent in enumerate(rents):
            day, text = 1 + number // 2 * 2, f"huur {month:%m-%Y}"
            if number:  # the first tenant is NL-20 itself
                made.append(pay(on(month, day, 9, number), o.TENANTS[number - 1], "NL-60", 100 * rent, text))
            made.append(
                pay(on(month, day + 1, 10, number), "NL-60", o.OWNERS[number], 95 * rent, f"doorbetaling {text}")
            )
            made.append(pay(on(month, day + 1, 11, number), "NL-60", o.AGENCY_OWN, 5 * rent, f"beheer {text}"))
    return made


def shelter(rng: Random) -> list[Movement]:
    """A subsidy and gifts in; clinic, telephones, food, an emergency bed and three wages out, for eleven women."""
    made = []
    for month in YEAR:
        made.append(pay(on(month, 3), o.CITY, "NL-61", 1_260_000, f"subsidie opvang {month:%m-%Y}"))
        for donor in rng.sample(o.DONORS, 4):
            made.append(pay(some_day(rng, month, 8, 22), donor, "NL-61", 100 * rng.choice((10, 25, 50)), "gift"))
        for woman in rng.sample(range(1, 12), 5):
            visit = some_day(rng, month, 9, 16)
            made.append(pay(visit, "NL-61", o.CLINIC, rng.randint(4_500, 18_900), f"consult client {woman:02d}"))
            later = visit + dt.timedelta(hours=1)
            made.append(card("NL-61", later, "telephone", "Utrecht", bill(rng, "telephone")))
        for _ in range(8):
            made.append(card("NL-61", some_day(rng, month, 9, 18), "groceries", "Utrecht", rng.randint(9_000, 24_000)))
        made.append(card("NL-61", some_day(rng, month, 15, 18), "hotel", "Utrecht", 21_200, "noodbed"))
        wages = (265_000, 248_000, 231_000)
        made.append(batch(on(month, 24, 11), "NL-61", o.SHELTER_STAFF, wages, f"salaris {month:%m-%Y}"))
    return made


def trader(rng: Random) -> list[Movement]:
    """Pays in the takings after each market, draws notes before dawn in the auction town, buys stock, keeps a till."""
    made = []
    for day in DAYS:
        town = _MARKETS.get(day.weekday())
        if town and rng.random() < 0.9:
            made.append(cash("NL-64", at(rng, day, 15, 18), town, 1_000 * rng.randint(70, 190)))
            sale = at(rng, day, 9, 15)
            made.append(till("NL-64", sale, town, rng.randint(9_000, 38_000), "Terminal 51200 Duikersloot", "5499"))
        if day.weekday() in (2, 5):
            made.append(cash("NL-64", at(rng, day, 5, 7), "Barendrecht", -1_000 * rng.randint(60, 120)))
            stock = rng.randint(120_000, 210_000)
            made.append(pay(at(rng, day, 8, 10), "NL-64", o.WHOLESALER, stock, "partij groente"))
    return made


def nails(rng: Random) -> list[Movement]:
    """Clients pay by transfer or card, many after 22:00: the studio is open until 23:00. Two partners, no staff."""
    made = []
    for day in DAYS:
        if day.weekday() < 6 and rng.random() < 0.7:
            client = rng.choice(o.NAIL_CLIENTS)
            made.append(pay(at(rng, day, 11, 22), client, "NL-65", 100 * rng.randint(28, 55), "nagels"))
            hours = (22, 23) if rng.random() < 0.45 else (11, 20)
            sale = 100 * rng.randint(18, 32)
            made.append(till("NL-65", at(rng, day, *hours), "Utrecht", sale, "Terminal 60310 Parelmoer", "7230"))
    for month in YEAR:
        for minute, partner in enumerate(o.NAIL_PARTNERS):
            made.append(pay(on(month, 26, 9, minute), "NL-65", partner, 48_000, "opname vennoot"))
        made.append(card("NL-65", on(month, 9, 12), "chemist", "Utrecht", rng.randint(6_000, 19_000), "nagellak"))
    return made


def care(rng: Random) -> list[Movement]:
    """Twelve residents' pensions on one account, four wages, meals."""
    made = []
    for month in YEAR:
        for resident in range(1, 13):
            text = f"AOW bewoner {resident:02d} {month:%m-%Y}"
            amount = 138_000 + 1_100 * resident
            made.append(pay(on(month, 23, 6, resident), o.PENSION_BANK, "NL-66", amount, text, "PENS"))
        wages = (241_000, 236_500, 229_000, 238_000)
        made.append(batch(on(month, 25, 11), "NL-66", o.CARE_STAFF, wages, f"loon {month:%m-%Y}"))
        for day in (5, 12, 19, 26):
            made.append(pay(on(month, day, 10), "NL-66", o.FOOD_SUPPLIER, rng.randint(190_000, 260_000), "maaltijden"))
    return made


def tours(rng: Random) -> list[Movement]:
    """Groups pay invoices, tickets go out and back, guides in four countries are paid through the money service."""
    made = []
    for number, month in enumerate(YEAR):
        client = o.TOUR_CLIENTS[number % len(o.TOUR_CLIENTS)]
        invoice = f"factuur 25{number + 1:03d} groepsreis"
        made.append(pay(on(month, 4), client, "NL-67", 100 * rng.randint(2_900, 4_400), invoice))
        for seat in range(1, 10):
            ticket = rng.randint(7_000, 9_900)
            made.append(card("NL-67", on(month, 8, 14, 4 * seat), "coach", "", ticket, f"return passenger {seat}"))
        for minute, country in enumerate(("HU", "RO", "BG", "RS")):
            fee = 100 * rng.randint(120, 190)
            made.append(pay(on(month, 16, 10, minute), "NL-67", o.MONEY_SERVICE, fee, f"RS transfer guide {country}"))
        made.append(card("NL-67", on(month, 18, 17), "hotel", "Arnhem", 2 * 21_200, "group rooms"))
    return made

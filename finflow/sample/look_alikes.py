"""Innocent look-alikes at Noordkade and Elbufer, outside every total of the case: each fires rules and must go no further."""

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass
from random import Random

from finflow.sample import figures as f
from finflow.sample import outsiders as o
from finflow.sample.accounts import ACCOUNTS
from finflow.sample.chance import at, spread, stream
from finflow.sample.days import every_day, monthly
from finflow.sample.ledger import Detail, Ledger, Movement, Outside, Side
from finflow.sample.shops import bill, card, cash_in, cash_out

_YEAR = monthly(dt.date(2025, 1, 1), 12, 1)
_DAYS = every_day(dt.date(2025, 1, 2), dt.date(2025, 12, 30))


@dataclass(frozen=True)
class LookAlike:
    """Who looks like what, the rules it fires, and what tells it apart; accounts are labels."""

    who: str
    accounts: tuple[str, ...]
    fires: tuple[str, ...]
    apart: str


LOOK_ALIKES = (
    LookAlike("independent sex worker, own adverts, pays tax", ("NL-62",), ("HT01", "HT08"),
              "keeps more than 70 %, own rent, no converging receiver"),
    LookAlike("women's shelter, not on the list of known shelters", ("NL-61",), ("HT20", "HT57"),
              "registered charity, grants in"),
    LookAlike("student house treasurer", ("NL-63",), ("HT46",), "even sums on the 1st, lease"),
    LookAlike("family remitters: six people, one address, one village", tuple(f"DE-8{n}" for n in range(1, 7)),
              ("HT36", "HT38"), "own wages, one family"),
    LookAlike("court-appointed guardian with proxy on four accounts", tuple(f"NL-7{n}" for n in range(1, 5)), ("HT21",),
              "court order, personal spending visible"),
    LookAlike("market trader", ("NL-64",), ("HT34", "HT40"), "daylight, stock purchases, no emptying"),
    LookAlike("tour leader", ("NL-67",), ("HT12", "HT37"), "returns booked, invoices"),
    LookAlike("real nail studio open until 23:00", ("NL-65",), ("HT10", "HT56"), "opening hours registered"),
    LookAlike("care home: residents' pensions to one account", ("NL-66",), ("HT20", "HT48"),
              "sector, contracts with residents"),
    LookAlike("letting agency (Havenzicht), client account", ("NL-60",), ("HT39",),
              "landlords of many unrelated houses"),
    LookAlike("payer with nine payments", (), (), "a buyer, not a suspect; knowing use is another question"),
)  # fmt: skip


def add_look_alikes(ledger: Ledger, seed: int) -> None:
    """Write the accounts of all look-alikes."""
    makers: dict[str, Callable[[Random], list[Movement]]] = {
        "agency": _agency, "shelter": _shelter, "worker": _worker, "students": _students, "trader": _trader,
        "nails": _nails, "care": _care, "tours": _tours, "wards": _wards, "families": _families,
    }  # fmt: skip
    for label, account in ACCOUNTS.items():
        if account.innocent:
            ledger.openings[label] = 180_000 if label.startswith("DE") else 950_000
    ledger.openings["NL-60"] = 4_210
    for name, make in makers.items():
        for movement in make(stream(seed, f"look-alike/{name}")):
            ledger.add(movement)


def _pay(when: dt.datetime, debtor: Side, creditor: Side, cents: int, text: str, purpose: str = "") -> Movement:
    return Movement(when, debtor, creditor, cents, "transfer", "look-alike", text, purpose=purpose)


def _on(day: dt.date, number: int, hour: int = 8, minute: int = 15) -> dt.datetime:
    """The `number`-th of that month."""
    return dt.datetime.combine(day.replace(day=number), dt.time(hour, minute))


def _agency(rng: Random) -> list[Movement]:
    """Eighteen rents come in on the 1st, eighteen owners are paid on the 2nd, the commission leaves with them."""
    rents = [f.RENT_A, *(25 * rng.randint(34, 62) for _ in o.TENANTS)]
    made = []
    for month in monthly(f.FIRST_DAY, 24, 1):
        for minute, (tenant, rent) in enumerate(zip(o.TENANTS, rents[1:], strict=True)):
            made.append(_pay(_on(month, 1, 9, minute), tenant, "NL-60", 100 * rent, f"huur {month:%m-%Y}"))
        for minute, (owner, rent) in enumerate(zip(o.OWNERS, rents, strict=True)):
            made.append(_pay(_on(month, 2, 10, minute), "NL-60", owner, 95 * rent, f"doorbetaling huur {month:%m-%Y}"))
        made.append(_pay(_on(month, 2, 11), "NL-60", o.AGENCY_OWN, 5 * sum(rents), f"beheervergoeding {month:%m-%Y}"))
    return made


def _shelter(rng: Random) -> list[Movement]:
    made = []
    for month in _YEAR:
        made.append(_pay(_on(month, 3), o.CITY, "NL-61", 1_260_000, f"subsidie opvang {month:%m-%Y}"))
        made += [
            _pay(at(rng, rng.choice(_in_month(month)), 8, 22), donor, "NL-61", 100 * rng.choice((10, 25, 50)), "gift")
            for donor in rng.sample(o.DONORS, 4)
        ]
        for woman in rng.sample(range(1, 12), 5):
            day = rng.choice(_in_month(month))
            made.append(
                _pay(at(rng, day, 9, 16), "NL-61", o.CLINIC, rng.randint(4_500, 18_900), f"consult client {woman:02d}")
            )
            made.append(
                card("NL-61", at(rng, day, 10, 17), "telephone", "Utrecht", bill(rng, "telephone"), "look-alike")
            )
        made += [
            card(
                "NL-61",
                at(rng, rng.choice(_in_month(month)), 9, 18),
                "groceries",
                "Utrecht",
                rng.randint(9_000, 24_000),
                "look-alike",
            )
            for _ in range(8)
        ]
        made.append(
            card(
                "NL-61",
                at(rng, rng.choice(_in_month(month)), 15, 18),
                "hotel",
                "Utrecht",
                21_200,
                "look-alike",
                "noodbed",
            )
        )
        made.append(
            _batch(_on(month, 24, 11), "NL-61", o.SHELTER_STAFF, (265_000, 248_000, 231_000), f"salaris {month:%m-%Y}")
        )
    return made


def _batch(when: dt.datetime, label: str, people: tuple[Outside, ...], cents: tuple[int, ...], text: str) -> Movement:
    each = tuple(Detail(who, amount, text) for who, amount in zip(people, cents, strict=True))
    return Movement(when, label, o.NOBODY, sum(cents), "transfer", "look-alike", text, purpose="SALA", details=each)


def _in_month(month: dt.date) -> list[dt.date]:
    return [month.replace(day=n) for n in range(2, 29)]


def _worker(rng: Random) -> list[Movement]:
    """Guests pay late in the evening; what is earned stays, after rent, tax and adverts."""
    made = []
    for month in _YEAR:
        for day in rng.choices(_in_month(month), k=26):
            guest = Outside(f"Gast {rng.randrange(900):03d}")
            made.append(
                _pay(
                    at(rng, day, 20, 27),
                    guest,
                    "NL-62",
                    100 * rng.choice((80, 100, 120, 150, 200)),
                    rng.choice(("", "afspraak")),
                )
            )
        for week in (3, 10, 17, 24):
            start = at(rng, month.replace(day=week), 16, 18)
            made += [
                card(
                    "NL-62",
                    start + dt.timedelta(hours=24 * n),
                    "adverts",
                    "",
                    1_200 * (1 + n % 2),
                    "look-alike",
                    "own advert",
                )
                for n in range(5)
            ]
        made.append(_pay(_on(month, 1, 7), "NL-62", o.LANDLORD_WORKER, 89_500, f"huur {month:%m-%Y}"))
        made += [
            card(
                "NL-62",
                at(rng, rng.choice(_in_month(month)), 10, 20),
                rng.choice(("groceries", "chemist", "clothes")),
                "Rotterdam",
                rng.randint(900, 6_000),
                "look-alike",
            )
            for _ in range(7)
        ]
        if month.month % 3 == 1:
            made.append(
                _pay(_on(month, 27, 9), "NL-62", o.TAX_OFFICE, 164_000, f"btw en voorlopige aanslag {month:%m-%Y}")
            )
    return made


def _students(rng: Random) -> list[Movement]:
    made = []
    for month in _YEAR:
        made += [
            _pay(_on(month, 1, 8, minute), student, "NL-63", 46_500, f"kamer {month:%m-%Y}")
            for minute, student in enumerate(o.STUDENTS)
        ]
        made.append(
            _pay(_on(month, 2, 9), "NL-63", o.LANDLORD_STUDENTS, 17 * 45_000, f"huur Witte Singel {month:%m-%Y}")
        )
        made.append(
            card(
                "NL-63",
                at(rng, month.replace(day=14), 16, 19),
                "groceries",
                "Leiden",
                rng.randint(9_000, 21_000),
                "look-alike",
            )
        )
    return made


_MARKETS = {1: "Gorinchem", 2: "Dordrecht", 4: "Gouda", 5: "Woerden"}


def _trader(rng: Random) -> list[Movement]:
    """Pays in the day's takings after each market, buys stock before dawn at the auction town, keeps a till."""
    made = []
    for day in _DAYS:
        if day.weekday() in _MARKETS and rng.random() < 0.9:
            town = _MARKETS[day.weekday()]
            made.append(cash_in("NL-64", at(rng, day, 15, 18), town, 1_000 * rng.randint(70, 190), "look-alike"))
            made += [
                Movement(
                    at(rng, day, 9, 15),
                    o.CARD_ACQUIRER,
                    "NL-64",
                    rng.randint(9_000, 38_000),
                    "card_receipts",
                    "look-alike",
                    "Terminal 51200 Duikersloot",
                    town,
                    "5499",
                )
            ]
        if day.weekday() in (2, 5):
            made.append(
                cash_out("NL-64", at(rng, day, 5, 7), "Barendrecht", 1_000 * rng.randint(60, 120), "look-alike")
            )
            made.append(
                _pay(at(rng, day, 8, 10), "NL-64", o.WHOLESALER, rng.randint(120_000, 210_000), "partij groente")
            )
    return made


def _nails(rng: Random) -> list[Movement]:
    made = []
    for day in _DAYS:
        if day.weekday() < 6 and rng.random() < 0.7:
            made.append(
                _pay(at(rng, day, 11, 22), rng.choice(o.NAIL_CLIENTS), "NL-65", 100 * rng.randint(28, 55), "nagels")
            )
            late = rng.random() < 0.45
            made.append(
                Movement(
                    at(rng, day, *((22, 23) if late else (11, 20))),
                    o.CARD_ACQUIRER,
                    "NL-65",
                    100 * rng.randint(18, 32),
                    "card_receipts",
                    "look-alike",
                    "Terminal 60310 Parelmoer",
                    "Utrecht",
                    "7230",
                )
            )
    for month in _YEAR:
        made += [
            _pay(_on(month, 26, 9, n), "NL-65", partner, 48_000, "opname vennoot")
            for n, partner in enumerate(o.NAIL_PARTNERS)
        ]
        made.append(
            card(
                "NL-65",
                at(rng, month.replace(day=9), 10, 16),
                "chemist",
                "Utrecht",
                rng.randint(6_000, 19_000),
                "look-alike",
            )
        )
    return made


def _care(rng: Random) -> list[Movement]:
    residents = [f"bewoner {n:02d}" for n in range(1, 13)]
    made = []
    for month in _YEAR:
        made += [
            _pay(_on(month, 23, 6, n), o.PENSION_BANK, "NL-66", 138_000 + 1_100 * n, f"AOW {who} {month:%m-%Y}", "PENS")
            for n, who in enumerate(residents)
        ]
        made.append(
            _batch(
                _on(month, 25, 11), "NL-66", o.CARE_STAFF, (241_000, 236_500, 229_000, 238_000), f"loon {month:%m-%Y}"
            )
        )
        made += [
            _pay(_on(month, n, 10), "NL-66", o.FOOD_SUPPLIER, rng.randint(190_000, 260_000), "maaltijden")
            for n in (5, 12, 19, 26)
        ]
    return made


def _tours(rng: Random) -> list[Movement]:
    """Groups pay invoices, tickets go out and back, guides in four countries are paid through the money service."""
    made = []
    for number, month in enumerate(_YEAR):
        client = o.TOUR_CLIENTS[number % len(o.TOUR_CLIENTS)]
        made.append(
            _pay(
                _on(month, 4),
                client,
                "NL-67",
                100 * rng.randint(2_900, 4_400),
                f"factuur 25{number + 1:03d} groepsreis",
            )
        )
        start = _on(month, 8, 14)
        made += [
            card(
                "NL-67",
                start + dt.timedelta(minutes=4 * n),
                "coach",
                "",
                rng.randint(7_000, 9_900),
                "look-alike",
                f"return passenger {n + 1}",
            )
            for n in range(9)
        ]
        made += [
            _pay(
                _on(month, 16, 10, n),
                "NL-67",
                o.MONEY_SERVICE,
                100 * rng.randint(120, 190),
                f"RS transfer guide {country}",
            )
            for n, country in enumerate(("HU", "RO", "BG", "RS"))
        ]
        made.append(card("NL-67", _on(month, 18, 17), "hotel", "Arnhem", 21_200 * 2, "look-alike", "group rooms"))
    return made


def _wards(rng: Random) -> list[Movement]:
    made = []
    for n in range(1, 5):
        label = f"NL-7{n}"
        for month in _YEAR:
            made.append(
                _pay(_on(month, 23, 7, n), o.PENSION_BANK, label, 141_000 + 3_000 * n, f"AOW {month:%m-%Y}", "PENS")
            )
            made.append(_pay(_on(month, 25, 9, n), label, "NL-66", 96_000, f"verblijf {month:%m-%Y}"))
            made.append(_pay(_on(month, 26, 9, n), label, o.GUARDIAN, 6_875, "bewind beschikking 25/1180"))
            made += [
                card(
                    label,
                    at(rng, rng.choice(_in_month(month)), 10, 17),
                    rng.choice(("groceries", "chemist", "clothes")),
                    "Apeldoorn",
                    rng.randint(600, 5_200),
                    "look-alike",
                )
                for _ in range(4)
            ]
    return made


def _families(rng: Random) -> list[Movement]:
    """Six wages, one house, and more than half sent to the same aunt in the same village."""
    made = []
    for n, employer in enumerate(o.FAMILY_EMPLOYERS, 1):
        label, wage = f"DE-8{n}", 2_500 * rng.randint(58, 72)
        for month in _YEAR:
            made.append(_pay(_on(month, 15), employer, label, wage, f"Lohn {month:%m/%Y}", "SALA"))
            made.append(_pay(_on(month, 17), label, o.FAMILY_LANDLORD, 21_000, f"Miete Anteil {month:%m/%Y}"))
            made.append(
                _pay(
                    at(rng, month.replace(day=rng.randint(18, 21)), 10, 18),
                    label,
                    o.MONEY_SERVICE,
                    wage * 55 // 100 // 500 * 500,
                    "RS transfer T. Ciobotar Vatra",
                )
            )
            made += [
                card(
                    label,
                    at(rng, rng.choice(_in_month(month)), 10, 19),
                    "groceries DE",
                    "Emden",
                    bill(rng, "groceries DE"),
                    "look-alike",
                )
                for _ in range(6)
            ]
    return made

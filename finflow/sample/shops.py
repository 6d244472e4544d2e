"""Where card money goes: invented shops, their merchant category (ISO 18245) and the size of a usual bill in cents."""

from dataclasses import dataclass
from datetime import datetime
from random import Random

from finflow.sample.ledger import Movement, Outside


@dataclass(frozen=True)
class Shop:
    """A shop or chain; `low` and `high` in cents."""

    name: str
    mcc: str
    low: int
    high: int


SHOPS = {
    "groceries": Shop("Korfmarkt", "5411", 420, 6890),
    "night shop": Shop("Avondshop Ster", "5499", 350, 2490),
    "snack": Shop("Snackpoint Hoek", "5814", 490, 2150),
    "chemist": Shop("Drogist Blauw", "5912", 390, 4420),
    "clothes": Shop("Modehuis Lente", "5651", 1499, 14990),
    "restaurant": Shop("Brasserie De Meerpaal", "5812", 1850, 18900),
    "fuel": Shop("Tankstation Lindeweg", "5541", 3500, 9800),
    "telephone": Shop("Belwinkel Nova", "4814", 1000, 4500),
    "sports": Shop("Sportclub Rivier", "7997", 2995, 8900),
    "jeweller": Shop("Juwelier Goudsbloem", "5944", 100000, 900000),
    "gold": Shop("Edelmetaal Kade", "5944", 100000, 900000),
    "hotel": Shop("StayLodge", "7011", 21200, 21200),
    "adverts": Shop("NocturnAds", "7311", 2400, 7900),
    "air": Shop("Skarabee Air", "4511", 5900, 24900),
    "coach": Shop("Balkanel Coach", "4131", 3900, 12900),
    "rail": Shop("Railpunt", "4112", 1890, 9800),
    "travel agency": Shop("Zonnewijzer Reizen", "4722", 90000, 390000),
    "casino": Shop("Casino Merelbaai", "7995", 15000, 90000),
    "prepaid": Shop("Kaartkiosk", "6540", 2400, 20000),
    "groceries DE": Shop("Marktkorb", "5411", 420, 5200),
    "chemist DE": Shop("Drogerie Uhl", "5912", 390, 2900),
    "kiosk DE": Shop("Trinkhalle Nord", "5499", 350, 1990),
}

TOWNS_NL = ("Breda", "Tilburg", "Rotterdam", "Eindhoven")
TOWNS_DE = ("Kleve", "Krefeld", "Duisburg", "Moers")


def card(debtor: str, when: datetime, shop: str, town: str, amount: int, tag: str, text: str = "") -> Movement:
    """A card payment in a shop."""
    known = SHOPS[shop]
    return Movement(when, debtor, Outside(known.name), amount, "card_payment", tag, text, town, known.mcc)


def bill(rng: Random, shop: str, most: int | None = None) -> int:
    """A usual bill in that shop, at most `most` cents."""
    known = SHOPS[shop]
    high = known.high if most is None else max(known.low, min(known.high, most))
    return rng.randint(known.low, high)


def cash_out(debtor: str, when: datetime, town: str, amount: int, tag: str) -> Movement:
    """Notes drawn at a machine."""
    return Movement(when, debtor, Outside(""), amount, "cash_withdrawal", tag, place=town)


def cash_in(creditor: str, when: datetime, town: str, amount: int, tag: str, origin: str = "") -> Movement:
    """Notes paid in at a machine."""
    return Movement(when, Outside(""), creditor, amount, "cash_deposit", tag, place=town, origin=origin)

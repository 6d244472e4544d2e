"""Innocent look-alikes at Noordkade and Elbufer, outside every total: each fires rules and must go no further."""

from collections.abc import Callable
from dataclasses import dataclass
from random import Random

from finflow.sample.accounts import ACCOUNTS
from finflow.sample.chance import stream
from finflow.sample.ledger import Ledger, Movement
from finflow.sample.look_alike_firms import agency, care, nails, shelter, tours, trader
from finflow.sample.look_alike_people import families, students, wards, worker


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


_OPENING, _OPENING_FAMILY, _OPENING_AGENCY = 1_900_000, 180_000, 4_210
_WRITERS: tuple[Callable[[Random], list[Movement]], ...] = (
    agency, shelter, worker, students, trader, nails, care, tours, wards, families,
)  # fmt: skip


def add_look_alikes(ledger: Ledger, seed: int) -> None:
    """Write the accounts of all look-alikes."""
    for label, account in ACCOUNTS.items():
        if account.innocent:
            ledger.openings[label] = _OPENING_FAMILY if label.startswith("DE") else _OPENING
    ledger.openings["NL-60"] = _OPENING_AGENCY
    for write in _WRITERS:
        for movement in write(stream(seed, f"look-alike/{write.__name__}")):
            ledger.add(movement)

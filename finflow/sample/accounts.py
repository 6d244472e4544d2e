"""The accounts whose statements the case holds, and their banks: IBANs have correct check digits of no real bank."""

import datetime as dt
from dataclasses import dataclass, replace

from finflow.sample.figures import CUT_OFF, FIRST_DAY

Day = dt.date
_HELD_UNTIL = CUT_OFF + dt.timedelta(days=1)
Address = tuple[str, str, str]
"""Street and number, postcode, town."""


@dataclass(frozen=True)
class Bank:
    """A bank that exists only here."""

    name: str
    bic: str


NOORDKADE = Bank("Noordkade Bank", "NOKDNL2R")
ELBUFER = Bank("Elbufer Sparbank", "ELBUDE3X")
DUNAPARTI = Bank("Dunaparti Takarék", "DUPAHUHB")
CODRUBANCA = Bank("Codrubanca", "CODRMD2X")
VEKTAPAY = Bank("Vektapay", "VEKTLT22")


@dataclass(frozen=True)
class Account:
    """One account inside the case. `holder` is an id of people.CAST; statements are held for [held_from, held_until).

    `innocent`: one of the look-alikes; `moved`: the day the bank was told another address, and that address.
    """

    label: str
    bank: Bank
    holder: str
    iban: str
    currency: str = "EUR"
    held_from: Day = FIRST_DAY
    held_until: Day = _HELD_UNTIL
    innocent: bool = False
    opened: Day | None = None
    phone: str = ""
    email: str = ""
    address: Address = ("", "", "")
    moved: tuple[Day, Address] | None = None
    branch: str = ""


def iban(country: str, number: str) -> str:
    """An IBAN for a national account number (BBAN): check digits by ISO 7064 mod 97-10."""
    digits = "".join(str(int(sign, 36)) for sign in f"{number}{country}00")
    return f"{country}{98 - int(digits) % 97:02d}{number}"


def hungarian(branch: str, account: str) -> str:
    """A Hungarian IBAN: branch of 4 digits, account of 15, and both national check digits (weights 9, 7, 3, 1)."""
    head = _weighted("793" + branch)
    return iban("HU", head + _weighted(account))


def _weighted(digits: str) -> str:
    total = sum(int(digit) * (9, 7, 3, 1)[place % 4] for place, digit in enumerate(digits))
    return f"{digits}{-total % 10}"


_SHARED_PHONE = "+44-7700900417"
_SHARED_BRANCH = "Breda Zuidmarkt"


def _team(label: str, holder: str, number: str, opened: Day, email: str, address: Address) -> Account:
    return Account(
        label, NOORDKADE, holder, iban("NL", f"NOKD{number}"), held_from=opened, opened=opened,
        phone=_SHARED_PHONE, email=email, address=address, branch=_SHARED_BRANCH,
    )  # fmt: skip


def _noordkade(label: str, holder: str, number: str, address: Address, held_from: Day = FIRST_DAY) -> Account:
    return Account(label, NOORDKADE, holder, iban("NL", f"NOKD{number}"), address=address, held_from=held_from)


def _look_alike(label: str, holder: str, number: str, address: Address) -> Account:
    """Held for 2025 only: these came with the answer to a wider order."""
    account = _noordkade(label, holder, number, address, Day(2025, 1, 1))
    return replace(account, held_until=Day(2026, 1, 1), innocent=True)


def _elbufer(label: str, holder: str, number: str, opened: Day) -> Account:
    return Account(label, ELBUFER, holder, iban("DE", f"39990022{number}"), held_from=opened, opened=opened)


_FLAT_A = ("Haagdijkstraat 118-2", "4811 SA", "Breda")
_FLAT_B = ("Lange Spoorlaan 40-B", "5042 SA", "Tilburg")
_SHELTER = ("Postbus 99701", "3599 SA", "Utrecht")
_INSIDE = (
    _team("NL-01", "V1", "0417220301", Day(2024, 5, 16), "c.baltescu24@post.example", _FLAT_A),
    replace(
        _team("NL-02", "V2", "0417220318", Day(2024, 5, 17), "r.tordai24@post.example", _FLAT_A),
        moved=(Day(2025, 2, 7), _SHELTER),
    ),
    _team("NL-03", "V3", "0417221904", Day(2024, 7, 4), "d.vulpasu24@post.example", _FLAT_A),
    _team("NL-05", "V5", "0417224417", Day(2024, 11, 5), "s.kuiperweg24@post.example", _FLAT_B),
    _team("NL-08", "V8", "0417230125", Day(2025, 9, 4), "n.grosulean25@post.example", _FLAT_B),
    _noordkade("NL-20", "C2", "0310055720", ("Nieuwe Parkkade 9", "3016 SA", "Rotterdam")),
    _noordkade("NL-21", "B1", "0310061121", ("Oude Vestgang 31", "4811 SA", "Breda"), held_from=Day(2024, 6, 1)),
    _noordkade("NL-22", "C1", "0310062222", ("Nieuwe Parkkade 9", "3016 SA", "Rotterdam")),
    _noordkade("NL-23", "K1", "0310070423", ("Molenwiekstraat 77", "5911 SA", "Venlo")),
    _noordkade("NL-25", "N2", "0310071525", ("Oude Vestgang 31", "4811 SA", "Breda"), held_from=Day(2024, 6, 1)),
    _elbufer("DE-04", "V4", "0551200404", Day(2024, 9, 20)),
    _elbufer("DE-07", "V7", "0551200707", Day(2025, 6, 20)),
    _elbufer("DE-24", "K2", "0551100024", Day(2024, 9, 2)),
    Account("HU-31", DUNAPARTI, "N1", hungarian("0117", "000003104417720"), "HUF", Day(2024, 8, 1), Day(2025, 6, 16)),
    Account("HU-32", DUNAPARTI, "B2", hungarian("0117", "000003204418831"), "HUF"),
    Account("MD-40", CODRUBANCA, "R1", iban("MD", "KD000022514417200040"[:20]), "MDL"),
    Account("MD-41", CODRUBANCA, "F1", iban("MD", "KD000022514417200041"[:20]), "MDL"),
    Account("MD-43", CODRUBANCA, "F3", iban("MD", "KD000022514417200043"[:20]), "MDL", Day(2024, 7, 1)),
    Account("MD-48", CODRUBANCA, "F8", iban("MD", "KD000022514417200048"[:20]), "MDL", Day(2025, 9, 1)),
    Account("E1", VEKTAPAY, "V3", iban("LT", "3999000441720001"), "EUR", Day(2025, 1, 1), Day(2026, 4, 1)),
)
_FAMILY_HOME = ("Am Emsdeichtor 5", "26999", "Emden")
_GUARDED = ("Zorglindelaan 3", "7399 SA", "Apeldoorn")
_LOOK_ALIKES = (
    replace(
        _noordkade("NL-60", "Q1", "0520010101", ("Havenkomlaan 60", "4811 SA", "Breda")),
        innocent=True,
   ),
    _look_alike("NL-61", "Q2", "0520010202", _SHELTER),
    _look_alike("NL-62", "Q3", "0520010303", ("Bergselbaan 12-3", "3037 SA", "Rotterdam")),
    _look_alike("NL-63", "Q4", "0520010404", ("Wittesingelpad 101", "2311 SA", "Leiden")),
    _look_alike("NL-64", "Q5", "0520010505", ("Arkelse Marktweg 8", "4241 SA", "Arkel")),
    _look_alike("NL-65", "Q6", "0520010606", ("Steenvoordeweg 19", "3511 SA", "Utrecht")),
    _look_alike("NL-66", "Q7", "0520010707", _GUARDED),
    _look_alike("NL-67", "Q8", "0520010808", ("Groepsreizenplein 2", "6811 SA", "Arnhem")),
    *(
        _look_alike(f"NL-7{n}", f"G{n}", f"05200109{n:02d}", _GUARDED)
        for n in range(1, 5)
   ),
    *(
        Account(
            f"DE-8{n}", ELBUFER, f"S{n}", iban("DE", f"3999002205521600{n:02d}"), innocent=True,
            held_from=Day(2025, 1, 1), held_until=Day(2026, 1, 1), address=_FAMILY_HOME,
        )
        for n in range(1, 7)
   ),
)  # fmt: skip
ACCOUNTS = {account.label: account for account in (*_INSIDE, *_LOOK_ALIKES)}

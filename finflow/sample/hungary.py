"""The two Hungarian accounts: HU-31, where proceeds, cash and an inheritance meet before a flat is bought, and HU-32.

HU-31 holds exactly the golden vector of the case: every day's sum to the thousand forint.
"""

import datetime as dt
from decimal import Decimal
from random import Random

from finflow.sample import figures as f
from finflow.sample import outsiders as o
from finflow.sample.chance import at, spread, stream
from finflow.sample.days import business_day_before, is_business_day, monthly
from finflow.sample.ledger import Ledger, Movement, Outside, Purse

THOUSAND = 100_000
"""Minor units in a thousand forint: ISO 4217 gives HUF two decimals."""
_SENDERS = ("NL-20", "NL-23", "DE-24")


def _noon(day: dt.date, minutes: int = 0) -> dt.datetime:
    return dt.datetime.combine(day, dt.time(12)) + dt.timedelta(minutes=minutes)


def add_hu31(ledger: Ledger, seed: int) -> None:
    """Write HU-31 with the debits of those who pay into it."""
    ledger.openings["HU-31"] = f.HU_OPENING * THOUSAND
    rng = stream(seed, "HU-31")
    for day, thousands, sent in f.HU_CREDITS:
        _add_credit_day(
            ledger, rng, day, thousands, [(who, euros) for who, euros in zip(_SENDERS, sent, strict=True) if euros]
        )
    for movement in (*_lawful(), *_cash_and_flat()):
        ledger.add(movement)


def _add_credit_day(ledger: Ledger, rng: Random, day: dt.date, thousands: int, sent: list[tuple[str, int]]) -> None:
    rate = rate_for([euros for _, euros in sent], thousands)
    for place, (sender, euros) in enumerate(sent):
        forint = arriving(euros, rate)
        ledger.add(
            Movement(
                at(rng, business_day_before(day), 10, 16), sender, "HU-31", 100 * euros, "transfer", "to HU-31",
                rng.choice(("for mama", "help", "family", "lakás")), arrives=(_noon(day, place), 100 * forint),
            )
        )  # fmt: skip


def arriving(euros: int, rate: int) -> int:
    """Whole forint that reach Hungary: net of the fee, at a rate in millionths of a forint."""
    return (100 * euros - f.HU_FEE_CENTS) * rate // 100_000_000


def rate_for(euros: list[int], thousands: int) -> int:
    """The rate (millionths of a forint a euro) at which the day's transfers add up exactly."""
    cents = sum(100 * each - f.HU_FEE_CENTS for each in euros)
    first = thousands * 1000 * 100_000_000 // cents
    for rate in range(first, first + 40_000):
        if sum(arriving(each, rate) for each in euros) == thousands * 1000:
            return rate
    raise ValueError(f"no rate makes {thousands} thousand forint")


def _lawful() -> list[Movement]:
    made = []
    for twelfth, fifteenth in zip(monthly(f.HU_FROM, 11, 12), monthly(f.HU_FROM, 11, 15), strict=True):
        made.append(
            _forint(twelfth, o.PENSION_OFFICE, "HU-31", f.HU_PENSION, "pension", "transfer", f"nyugdíj {twelfth:%Y.%m}")
        )
        made.append(
            _forint(fifteenth, "HU-31", o.UTILITIES_HU, -f.HU_LIVING, "living of N1", "direct_debit", "rezsi, élelem")
        )
    day, thousands = f.HU_INHERITANCE
    made.append(_forint(day, o.NOTARY_HU, "HU-31", thousands, "inheritance", "transfer", "hagyatéki végzés 11042/2024"))
    return made


def _cash_and_flat() -> list[Movement]:
    counter = [_cash(day, "HU-31", n, "cash of unknown origin", "Szeged") for day, n in f.HU_COUNTER]
    texts = ("foglaló lakás Tölgyes sor 8", "vételár lakás Tölgyes sor 8")
    flat = [
        _forint(day, "HU-31", o.FLAT_SELLER, -n, "flat", "transfer", text)
        for (day, n), text in zip(f.HU_FLAT, texts, strict=True)
    ]
    day, n = f.HU_BUILDER
    return [*counter, *flat, _forint(day, "HU-31", "HU-32", -n, "builder", "transfer", "felújítás 1. részlet")]


def _forint(
    day: dt.date, debtor: str | Outside, creditor: str | Outside, thousands: int, tag: str, kind: str, text: str
) -> Movement:
    return Movement(_noon(day), debtor, creditor, thousands * THOUSAND, kind, tag, text)


def _cash(day: dt.date, label: str, thousands: int, tag: str, town: str) -> Movement:
    return Movement(
        _noon(day), o.NOBODY, label, thousands * THOUSAND, "cash_deposit", tag, f"pénztári befizetés {town}", town
    )


def add_hu32(ledger: Ledger, seed: int) -> None:
    """Write the builder's account: real trade, cash paid in, and the loan that sends it back."""
    rng = stream(seed, "HU-32")
    ledger.openings["HU-32"] = 3_200_000 * 100
    for day, forint in f.HU32_CASH:
        ledger.add(_cash(day, "HU-32", forint // 1000, "loan-back cash", "Szeged"))
    ledger.add(_loan())
    for movement in _trade_in(rng):
        ledger.add(movement)
    purse = Purse(ledger, "HU-32", dt.datetime.combine(f.CUT_OFF, dt.time(18)))
    for movement in sorted([*_staff(), *_materials(rng, ledger)], key=lambda m: m.when):
        purse.pay(movement)


def _loan() -> Movement:
    """Leaves Hungary the business day before and arrives as a round sum."""
    forint = round((100 * f.LOAN + f.HU_FEE_CENTS) * Decimal(f.HU32_RATE) / 100)
    leaves = dt.datetime.combine(business_day_before(f.LOAN_DAY), dt.time(10, 20))
    arrives = dt.datetime.combine(f.LOAN_DAY, dt.time(9, 12, 41))
    return Movement(
        leaves, "HU-32", "NL-21", 100 * forint, "transfer", "loan-back", "tagi kölcsön / member loan 2025-01",
        arrives=(arrives, 100 * f.LOAN),
    )  # fmt: skip


def _business(rng: Random, month: dt.date) -> dt.date:
    day = month + dt.timedelta(days=rng.randrange(27))
    while not is_business_day(day):
        day += dt.timedelta(days=1)
    return day


def _trade_in(rng: Random) -> list[Movement]:
    made = []
    for month in monthly(f.FIRST_DAY, 24, 1):
        for number, thousands in enumerate(spread(rng, rng.randint(2600, 3600), 3, 400, 1800, 5)):
            bill = f"számla {month:%Y}/{month.month * 3 + number:03d}"
            made.append(
                _forint(
                    _business(rng, month),
                    rng.choice(o.CUSTOMERS_HU),
                    "HU-32",
                    thousands,
                    "real trade",
                    "transfer",
                    bill,
                )
            )
    return made


def _staff() -> list[Movement]:
    made = []
    for day in monthly(f.FIRST_DAY, 24, 28):
        for who, thousands in zip(o.BUILDERS_HU, (412, 398), strict=True):
            made.append(_forint(day, "HU-32", who, thousands, "wages", "transfer", f"munkabér {day:%Y.%m}"))
        made.append(_forint(day, "HU-32", o.TAX_OFFICE_HU, 446, "taxes", "transfer", f"járulék {day:%Y.%m}"))
    return made


def _materials(rng: Random, ledger: Ledger) -> list[Movement]:
    """Stone, timber and vans: whatever brings the account to its balance at the cut-off."""
    staff = sum(m.amount for m in _staff())
    rest = (ledger.balance("HU-32") - staff - 100 * f.HU32_BALANCE) // 100
    days = [_business(rng, month) for month in monthly(f.FIRST_DAY, 24, 1) for _ in range(4)]
    return [
        _forint_exact(day, "HU-32", o.SUPPLIER_HU, forint, "materials", "anyag")
        for day, forint in zip(days, spread(rng, rest, len(days), rest // 200, rest // 40), strict=True)
    ]


def _forint_exact(day: dt.date, debtor: str, creditor: Outside, forint: int, tag: str, text: str) -> Movement:
    return Movement(_noon(day), debtor, creditor, 100 * forint, "transfer", tag, text)

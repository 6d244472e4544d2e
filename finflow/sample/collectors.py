"""The collectors' accounts, NL-23 and DE-24: cash by machine, sent on within a day; and NL-25, which buys crypto."""

import datetime as dt
from random import Random

from finflow.sample import figures as f
from finflow.sample import outsiders as o
from finflow.sample.chance import at, spread, stream
from finflow.sample.days import every_day, monthly
from finflow.sample.ledger import Ledger, Movement, Purse
from finflow.sample.shops import TOWNS_DE, TOWNS_NL, card, cash_in, cash_out

_END = dt.datetime.combine(f.CUT_OFF, dt.time(20))
_BALANCE = {"NL-23": 1_960, "DE-24": 2_310, "NL-25": 85}


def add_deposits(ledger: Ledger, seed: int) -> None:
    """Write the cash both collectors pay in: Mondays and Thursdays, smaller after the bank's question."""
    _deposits(ledger, stream(seed, "cash/NL-23"), "NL-23", dt.date(2024, 5, 20), f.NL23_CASH, f.NL23_DEPOSITS, TOWNS_NL)
    _deposits(
        ledger, stream(seed, "cash/DE-24"), "DE-24", dt.date(2024, 10, 21), f.DE24_CASH, f.DE24_DEPOSITS, TOWNS_DE
    )


def _deposits(
    ledger: Ledger, rng: Random, label: str, first: dt.date, sums: tuple[int, int], counts: tuple[int, int],
    towns: tuple[str, ...],
) -> None:  # fmt: skip
    runs = f.RUNS[label]
    before = _collecting_days(rng, first, f.BANK_QUESTION - dt.timedelta(days=1), counts[0], ())
    after = _collecting_days(rng, f.BANK_QUESTION, dt.date(2026, 4, 27), counts[1] - 3 * len(runs), runs)
    in_runs = [day for monday in runs for day in (monday, monday + dt.timedelta(days=3), monday + dt.timedelta(days=3))]
    run_sums = spread(rng, 2_650 * len(in_runs), len(in_runs), *f.CASH_RUN, 50)
    made = [
        *zip(before, spread(rng, sums[0], len(before), *f.CASH_BEFORE, 50), strict=True),
        *zip(after, spread(rng, sums[1] - sum(run_sums), len(after), *f.CASH_AFTER, 10), strict=True),
        *zip(in_runs, run_sums, strict=True),
    ]
    for number, (day, euros) in enumerate(sorted(made)):
        town = towns[(number + rng.randrange(2)) % len(towns)]
        ledger.add(cash_in(label, at(rng, day, 9, 18), town, 100 * euros, "collectors' cash", "cash"))


def _collecting_days(
    rng: Random, first: dt.date, last: dt.date, count: int, runs: tuple[dt.date, ...]
) -> list[dt.date]:
    free = [
        day for day in every_day(first, last)
        if day.weekday() in (0, 3) and not any(-7 <= (day - monday).days < 11 for monday in runs)
    ]  # fmt: skip
    return sorted(rng.sample(free, count))


def _paid_in(ledger: Ledger, label: str) -> list[tuple[dt.datetime, int]]:
    """When and how much (cents) cash was paid in, in time order."""
    return sorted((m.when, m.amount) for m in ledger.movements if m.creditor == label and m.kind == "cash_deposit")


def _send_on(
    purse: Purse, rng: Random, deposits: list[tuple[dt.datetime, int]], to: str, euros: int, texts: tuple[str, ...]
) -> None:
    """Within hours of each deposit most of it goes to another account, in tens of euros, `euros` in all."""
    whole, left = sum(cents for _, cents in deposits), 100 * euros
    for number, (when, cents) in enumerate(deposits, 1):
        part = left if number == len(deposits) else 100 * euros * cents // whole // 1_000 * 1_000
        left -= part
        later = when + dt.timedelta(minutes=rng.randint(40, 300))
        purse.pay(Movement(later, purse.label, to, part, "transfer", f"to {to}", rng.choice(texts)))


def add_nl23(ledger: Ledger, seed: int) -> None:
    """Write what K1 does with the money: NL-25, his own cash, the casino, holidays."""
    rng = stream(seed, "NL-23")
    purse = Purse(ledger, "NL-23", _END)
    deposits = _paid_in(ledger, "NL-23")
    early = [paid for paid in deposits if dt.date(2024, 6, 3) <= paid[0].date() < dt.date(2026, 4, 1)]
    sent_on = [paid for number, paid in enumerate(early) if number // 4 % 2 == 0]
    _send_on(purse, rng, sent_on, "NL-25", f.TO_NL25, ("", "joris", "klus"))
    for (when, _), euros in zip(deposits, spread(rng, f.K1_CASH, len(deposits), 300, 700, 10), strict=True):
        later = when + dt.timedelta(hours=rng.randint(3, 14))
        purse.pay(cash_out("NL-23", later, rng.choice(("Venlo", "Roermond")), 100 * euros, "own cash of K1"))
    _spare_time(ledger, rng, purse)


def _spare_time(ledger: Ledger, rng: Random, purse: Purse) -> None:
    nights = [day for day in every_day(dt.date(2024, 9, 1), dt.date(2026, 4, 20)) if day.weekday() in (4, 5)]
    for day, euros in zip(sorted(rng.sample(nights, 80)), spread(rng, f.CASINO, 80, 150, 900, 10), strict=True):
        purse.pay(card("NL-23", at(rng, day, 20, 27), "casino", "Rotterdam", 100 * euros, "gambling"))
    rest = ledger.balance("NL-23") - 100 * _BALANCE["NL-23"]
    trips = monthly(dt.date(2024, 12, 1), 13, 14)
    for day, cents in zip(trips, spread(rng, rest, len(trips), 90_000, 390_000), strict=True):
        purse.pay(card("NL-23", at(rng, day, 10, 20), "travel agency", "Venlo", cents, "holidays"))


def add_de24(ledger: Ledger, seed: int) -> None:
    """Write what K2's account does: the flat in Germany, NL-22, her own cash, money sent abroad by Rapidsend."""
    rng = stream(seed, "DE-24")
    for day in monthly(f.RENT_C_FROM, 18, 1):
        when = dt.datetime.combine(day, dt.time(7))
        ledger.add(Movement(when, "DE-24", o.LANDLORD_C, 100 * f.RENT_C, "transfer", "rent C", f"Miete {day:%m/%Y}"))
    _add_reversed_transfer(ledger)
    purse = Purse(ledger, "DE-24", _END)
    sent_on = [paid for number, paid in enumerate(_paid_in(ledger, "DE-24")) if number % 6 != 5]
    _send_on(purse, rng, sent_on, "NL-22", f.DE24_TO_NL22, ("Auto", "", "Danke"))
    for day in monthly(f.RENT_C_FROM, 18, 3):
        purse.pay(cash_out("DE-24", at(rng, day, 9, 18), "Goch", 100 * f.K2_CASH, "own cash of K2"))
    _abroad(ledger, rng, purse)


def _abroad(ledger: Ledger, rng: Random, purse: Purse) -> None:
    fees = 100 * f.MSB_PAYMENTS * f.MSB_FEE
    rest = ledger.balance("DE-24") - 100 * _BALANCE["DE-24"] - fees
    wished = [dt.date(2024, 11, 11) + dt.timedelta(days=24 * n) for n in range(f.MSB_PAYMENTS)]
    for day, cents in zip(wished, spread(rng, rest, f.MSB_PAYMENTS, 30_000, 98_000, 500), strict=True):
        paid = purse.pay(
            Movement(at(rng, day, 10, 18), "DE-24", o.MONEY_SERVICE, cents, "transfer", "money service", "RS transfer")
        )
        fee = paid.when + dt.timedelta(seconds=1)
        purse.pay(
            Movement(fee, "DE-24", o.MONEY_SERVICE, 100 * f.MSB_FEE, "fee", "money service fee", "RS service fee")
        )


def _add_reversed_transfer(ledger: Ledger) -> None:
    """One order to Rapidsend that the bank reverses two days later."""
    sent = dt.datetime.combine(dt.date(2025, 9, 17), dt.time(11, 30))
    ledger.add(Movement(sent, "DE-24", o.MONEY_SERVICE, 41_000, "transfer", "reversed", "RS transfer"))
    back = sent + dt.timedelta(days=2)
    ledger.add(
        Movement(back, o.MONEY_SERVICE, "DE-24", 41_000, "transfer", "reversal", "Storno RS transfer", reverses=True)
    )


def add_nl25(ledger: Ledger, seed: int) -> None:
    """Write N2's account: purchases at the exchange as soon as there is enough, and a small life."""
    rng = stream(seed, "NL-25")
    purse = Purse(ledger, "NL-25", dt.datetime.combine(dt.date(2026, 4, 8), dt.time(20)))
    sums = spread(rng, f.TO_NL25, f.EXCHANGE_PURCHASES, 3_300, 4_900, 50)
    for number, euros in enumerate(sums):
        wished = at(rng, dt.date(2024, 8, 5) + dt.timedelta(days=52 * number), 12, 22)
        purse.pay(
            Movement(
                wished, "NL-25", o.EXCHANGE, 100 * euros, "transfer", "exchange", f"KRLX-{rng.randrange(10**6):06d}"
            )
        )
    _small_life(ledger, rng)


def _small_life(ledger: Ledger, rng: Random) -> None:
    purse = Purse(ledger, "NL-25", _END)
    for day in monthly(dt.date(2024, 7, 1), 22, 1):
        euros = 10 * rng.randint(38, 58)
        purse.pay(cash_out("NL-25", at(rng, day, 9, 12), "Breda", 100 * euros, "cash of N2"))
    days = [day for day in every_day(dt.date(2024, 7, 2), dt.date(2026, 4, 29)) if rng.random() < 0.3]
    rest = ledger.balance("NL-25") - 100 * _BALANCE["NL-25"]
    for day, cents in zip(days, spread(rng, rest, len(days), 300, 2 * rest // len(days)), strict=True):
        shop = rng.choice(("groceries", "snack", "chemist", "telephone"))
        purse.pay(card("NL-25", at(rng, day, 10, 20), shop, "Breda", cents, "living of N2"))

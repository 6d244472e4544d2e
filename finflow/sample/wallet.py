"""E1: the e-money wallet in a person's name that C2's device runs. It fills at night and is emptied every week."""

import datetime as dt
from random import Random

from finflow.sample import figures as f
from finflow.sample.chance import at, spread, stream
from finflow.sample.days import every_day
from finflow.sample.earnings import Earned
from finflow.sample.ledger import Ledger, Movement, Outside, Purse
from finflow.sample.shops import card

_CREDIT_COUNT = 1_520
_FEES = Outside("Vektapay fees")


def add_wallet(ledger: Ledger, seed: int, earned: Earned) -> None:
    """Write the wallet from its opening; what the provider did not deliver is left out when files are written."""
    rng = stream(seed, "wallet")
    _add_credits(ledger, rng, earned)
    until = dt.datetime.combine(f.WALLET_LAST, dt.time(23, 59))
    purse = Purse(ledger, "E1", until)
    cards = sorted(_cards(rng), key=lambda movement: movement.when)
    for payment in (*_weekly(ledger, rng), *cards):
        paid = purse.pay(payment)
        if paid.kind == "card_payment":
            purse.pay(
                Movement(
                    paid.when + dt.timedelta(seconds=2),
                    "E1",
                    _FEES,
                    f.WALLET_FEE_CENTS,
                    "fee",
                    "wallet fee",
                    "card fee",
                )
            )


def _add_credits(ledger: Ledger, rng: Random, earned: Earned) -> None:
    worked = sorted({day for days in earned.values() for day in days if f.WALLET_OPENED <= day < f.WALLET_LAST})
    weights = [sum(days.get(day, 0) for days in earned.values()) for day in worked]
    chosen = sorted(rng.choices(worked, weights, k=_CREDIT_COUNT))
    for day, euros in zip(chosen, spread(rng, f.WALLET, _CREDIT_COUNT, 20, 120), strict=True):
        handle = f"user{rng.randrange(10**6):06d}"
        text = rng.choice(("", "", "gift", "chat", "thx"))
        ledger.add(
            Movement(
                at(rng, day, 20, 28),
                Outside(handle),
                "E1",
                100 * euros,
                "transfer",
                "wallet payment",
                text,
                origin="wallet",
            )
        )


def _cards(rng: Random) -> list[Movement]:
    """Prepaid cards: for adverts in multiples of an advert's price, and others."""
    adverts = spread(rng, f.WALLET_ADVERT_CARDS, 140, 48, 144, f.BUMP)
    others = spread(rng, f.WALLET_OTHER_CARDS, f.WALLET_CARDS - 140, 25, 100, 5)
    days = every_day(f.WALLET_OPENED + dt.timedelta(days=7), f.WALLET_LAST - dt.timedelta(days=6))
    made = [(euros, "advert card") for euros in adverts] + [(euros, "other card") for euros in others]
    return [
        card("E1", at(rng, rng.choice(days), 15, 19), "prepaid", "", 100 * euros, tag, f"prepaid load {euros}")
        for euros, tag in made
    ]


def _weekly(ledger: Ledger, rng: Random) -> list[Movement]:
    """Every Monday morning to NL-20: the same part of what came in since the Monday before, in tens of euros."""
    mondays = [day for day in every_day(f.WALLET_OPENED + dt.timedelta(days=4), f.WALLET_LAST) if day.weekday() == 0]
    times = [at(rng, day, 6, 7) for day in mondays]
    came = [amount for when, amount in ledger.signed("E1") if when < times[-1]]
    made, left, since = [], 100 * f.WALLET_TO_NL20, dt.datetime.combine(f.WALLET_OPENED, dt.time())
    for number, when in enumerate(times, 1):
        week = sum(amount for moment, amount in ledger.signed("E1") if since <= moment < when)
        part = left if number == len(times) else 100 * f.WALLET_TO_NL20 * week // sum(came) // 1_000 * 1_000
        made.append(Movement(when, "E1", "NL-20", part, "transfer", "wallet emptied", "payout"))
        left, since = left - part, when
    return made

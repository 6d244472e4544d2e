"""Accounts in the names of the persons whose work was taken: what strangers pay in, what is left, what goes on."""

import datetime as dt
from collections import defaultdict
from dataclasses import dataclass
from itertools import accumulate
from random import Random

from finflow.sample import figures as f
from finflow.sample import outsiders as o
from finflow.sample.accounts import ACCOUNTS
from finflow.sample.chance import at, quota, spread, stream
from finflow.sample.days import monthly
from finflow.sample.earnings import Earned
from finflow.sample.ledger import Ledger, Movement, Outside
from finflow.sample.people import WORK_NAMES, payers
from finflow.sample.shops import TOWNS_NL, bill, card, cash_out

SWEEP_TEXTS = ("rent", "groceries", "back", "rent", "")
_SHOPS = {
    "NL": ("groceries", "night shop", "snack", "chemist", "clothes"),
    "DE": ("groceries DE", "kiosk DE", "chemist DE"),
}
_DE_TOWN = {"DE-04": "Kleve", "DE-07": "Duisburg"}


@dataclass
class Sweep:
    """What leaves a person's account one morning (euros in cents), before it is known where to."""

    label: str
    when: dt.datetime
    amount: int


def add_persons(ledger: Ledger, seed: int, earned: Earned) -> None:
    """Write payments in, card spending and sweeps of all seven accounts."""
    payments = _payments(seed, earned)
    sweeps: list[Sweep] = []
    for earner in f.EARNERS:
        if earner.account:
            lawful = _lawful(earner.account)
            kept = _kept_share(earner.account, payments)
            life = _Life(ledger, seed, earner.account, kept)
            sweeps += life.run(payments[earner.account], lawful)
    _add_sweeps(ledger, seed, sorted(sweeps, key=lambda sweep: (sweep.when, sweep.label)))
    _after_the_escape(ledger, seed)


def _country(label: str) -> str:
    return label[:2]


def _payments(seed: int, earned: Earned) -> dict[str, list[Movement]]:
    """Account -> payments of strangers, in time order."""
    counts = {e.account: round(e.days * float(f.PAYMENTS_A_DAY[_country(e.account)])) for e in f.EARNERS if e.account}
    who: dict[str, list[Outside]] = {}
    for country in ("NL", "DE"):
        labels = [label for label in counts if _country(label) == country]
        who |= _payers_of(stream(seed, f"payers/{country}"), country, {label: counts[label] for label in labels})
    return {
        e.account: _payments_to(stream(seed, f"payments/{e.account}"), e.account, e.id, earned[e.id], who[e.account])
        for e in f.EARNERS
        if e.account
    }


def _payers_of(rng: Random, country: str, counts: dict[str, int]) -> dict[str, list[Outside]]:
    times = {label: _times(rng, count) for label, count in counts.items()}
    everyone = iter(payers(rng, country, sum(len(each) for each in times.values())))
    shuffled = {}
    for label, each in times.items():
        who = [payer for n in each for payer in [next(everyone)] * n]
        rng.shuffle(who)
        shuffled[label] = who
    return shuffled


def _times(rng: Random, count: int) -> list[int]:
    """How often each payer comes: somebody nine times, most once, `count` payments in all."""
    times = [9]
    while sum(times) < count:
        drawn = rng.choices(list(f.PAYER_TIMES), list(f.PAYER_TIMES.values()))[0]
        times.append(min(drawn, count - sum(times)))
    return times


def _payments_to(rng: Random, label: str, person: str, days: dict[dt.date, int], who: list[Outside]) -> list[Movement]:
    opened = ACCOUNTS[label].held_from
    worked = [day for day in days if day >= opened]
    chosen = rng.choices(worked, [days[day] for day in worked], k=len(who))
    nights = quota(rng, len(who), {1: f.NIGHT_SHARE, 0: 100 - f.NIGHT_SHARE})
    sizes = quota(rng, len(who), f.PAYMENT_SIZES)
    texts = rng.choices(("", "massage", "thx", WORK_NAMES[person]), (50, 18, 17, 15), k=len(who))
    made = [
        Movement(at(rng, day, *((20, 28) if night else (11, 20))), payer, label, 100 * size, "transfer", "payment",
                 text, origin=person)
        for day, night, size, text, payer in zip(chosen, nights, sizes, texts, who, strict=True)
    ]  # fmt: skip
    return sorted(made, key=lambda movement: movement.when)


def _lawful(label: str) -> list[Movement]:
    if label == "NL-01":
        return [
            _income(day, label, o.CLEANING, f.V1_WAGE, "wage", "SALA")
            for day in monthly(dt.date(2024, 5, 1), f.V1_WAGE_MONTHS, 24)
        ]
    if label == "NL-05":
        return [
            _income(day, label, o.CHILD_BENEFIT, f.V5_BENEFIT, "benefit", "BENE")
            for day in monthly(f.V5_BENEFIT_FROM, 18, 20)
        ]
    return []


def _income(day: dt.date, label: str, payer: Outside, euros: int, tag: str, purpose: str) -> Movement:
    text = "salaris" if purpose == "SALA" else "kinderbijslag"
    when = dt.datetime.combine(day, dt.time(9, 4))
    return Movement(when, payer, label, 100 * euros, "transfer", tag, f"{text} {day:%m-%Y}", purpose=purpose)


def _kept_share(label: str, payments: dict[str, list[Movement]]) -> tuple[int, int]:
    """(kept, of all) of the payments in that country, so that the sweeps come to what the case says."""
    paid = sum(m.amount for other, made in payments.items() if _country(other) == _country(label) for m in made)
    taken = 100 * (f.TO_DE24 if _country(label) == "DE" else f.TO_NL20 + f.TO_NL23)
    return paid - taken, paid


class _Life:
    """One account through time: strangers pay, the person may spend a little, the rest goes the next morning."""

    def __init__(self, ledger: Ledger, seed: int, label: str, kept: tuple[int, int]) -> None:
        self.ledger, self.label, self.kept = ledger, label, kept
        self.rng = stream(seed, f"life/{label}")
        self.balance = self.paid = self.spent = 0
        self.patience = 2000

    def run(self, payments: list[Movement], lawful: list[Movement]) -> list[Sweep]:
        """Write the account and return what is swept from it."""
        days = defaultdict(list)
        for movement in sorted([*payments, *lawful], key=lambda m: m.when):
            days[(movement.when - dt.timedelta(hours=5)).date()].append(movement)
        sweeps = []
        for day in sorted(days):
            for movement in days[day]:
                self._receive(movement)
            sweeps += self._sweep(day + dt.timedelta(days=1), last=day == max(days))
        return sweeps

    def _receive(self, movement: Movement) -> None:
        self.ledger.add(movement)
        self.balance += movement.amount
        if movement.purpose:
            self._spend_income(movement)
            return
        self.paid += movement.amount
        budget = self.paid * self.kept[0] // self.kept[1] - self.spent
        if budget >= self.patience:
            self._spend(movement.when, budget)

    def _spend(self, after: dt.datetime, budget: int) -> None:
        shop = self.rng.choice(_SHOPS[_country(self.label)])
        amount = min(bill(self.rng, shop, budget), self.balance - 500)
        if amount > 0:
            self._book(card(self.label, self._soon(after), shop, self._town(after), amount, "left to the person"))
            self.spent += amount
        self.patience = self.rng.randint(900, 4500)

    def _spend_income(self, income: Movement) -> None:
        """Lawful income is used by the person the same day: insurance and cash from a wage, the shop from a benefit."""
        noon = income.when.replace(hour=12)
        if income.purpose == "SALA":
            self._book(
                Movement(noon, self.label, o.HEALTH_INSURER, 13850, "direct_debit", "lawful spending", "premie zorg")
            )
            self._book(cash_out(self.label, noon.replace(hour=13), "Breda", 36000, "lawful spending"))
            self._book(card(self.label, noon.replace(hour=14), "groceries", "Breda", 14150, "lawful spending"))
        else:
            self._book(card(self.label, noon, "clothes", "Tilburg", income.amount, "lawful spending"))

    def _soon(self, after: dt.datetime) -> dt.datetime:
        return min(after + dt.timedelta(minutes=self.rng.randint(6, 55)), _morning(after) - dt.timedelta(minutes=5))

    def _town(self, when: dt.datetime) -> str:
        return _DE_TOWN.get(self.label) or TOWNS_NL[(when.month // 2 + int(self.label[-1])) % len(TOWNS_NL)]

    def _book(self, movement: Movement) -> None:
        self.ledger.add(movement)
        self.balance -= movement.amount

    def _sweep(self, day: dt.date, last: bool) -> list[Sweep]:
        least, most = f.LEFT_ON_ACCOUNT
        left = self.rng.randint(100 * least, 100 * most - 99)
        amount = (self.balance - left) // 100 * 100
        if last and self.label in f.LAST_BALANCE:
            amount = self.balance - f.LAST_BALANCE[self.label]
        if amount <= 0:
            return []
        self.balance -= amount
        return [Sweep(self.label, at(self.rng, day, 5, 8).replace(minute=self.rng.randint(30, 59)), amount)]


def _morning(when: dt.datetime) -> dt.datetime:
    """05:30 of the morning that follows: the earliest sweep."""
    return dt.datetime.combine((when - dt.timedelta(hours=5)).date() + dt.timedelta(days=1), dt.time(5, 30))


def _add_sweeps(ledger: Ledger, seed: int, sweeps: list[Sweep]) -> None:
    rng = stream(seed, "sweeps")
    receivers = _receivers(sweeps)
    split = _split_ones(rng, sweeps)
    for number, sweep in enumerate(sweeps):
        parts = (
            spread(rng, sweep.amount, 2, sweep.amount // 4, sweep.amount, 100) if number in split else [sweep.amount]
        )
        tag = "sweep, split" if len(parts) > 1 else "sweep"
        starts = accumulate([0] + [rng.randint(4, 25) for _ in parts[1:]])
        for part, minutes in zip(parts, starts, strict=True):
            when = sweep.when + dt.timedelta(minutes=minutes)
            ledger.add(Movement(when, sweep.label, receivers[number], part, "transfer", tag, rng.choice(SWEEP_TEXTS)))


def _receivers(sweeps: list[Sweep]) -> list[str]:
    """NL-08 always and everyone after the bank's question pay NL-23; NL-05 does until NL-23 has its sum."""
    receivers = ["DE-24" if sweep.label.startswith("DE") else "NL-20" for sweep in sweeps]
    for number, sweep in enumerate(sweeps):
        if sweep.label == "NL-08" or (receivers[number] == "NL-20" and sweep.when.date() >= f.REDIRECTED_FROM):
            receivers[number] = "NL-23"
    room = 100 * f.TO_NL23 - sum(s.amount for s, to in zip(sweeps, receivers, strict=True) if to == "NL-23")
    for number, sweep in enumerate(sweeps):
        open_to_it = (
            sweep.label == "NL-05" and receivers[number] == "NL-20" and sweep.when.date() >= f.NL05_TO_NL23_FROM
        )
        if open_to_it and sweep.amount <= room:
            receivers[number] = "NL-23"
            room -= sweep.amount
    return receivers


def _split_ones(rng: Random, sweeps: list[Sweep]) -> set[int]:
    """Numbers of the sweeps that go in two parts: so many each month."""
    months = defaultdict(list)
    for number, sweep in enumerate(sweeps):
        if sweep.amount >= 8000 and sweep.amount % 100 == 0:
            months[sweep.when.year, sweep.when.month].append(number)
    picked = [
        number
        for month in sorted(months)
        for number in rng.sample(months[month], min(f.SWEEPS_SPLIT_A_MONTH, len(months[month])))
    ]
    return set(picked)


def _after_the_escape(ledger: Ledger, seed: int) -> None:
    """What V2 still spends from the few euros left: rows that must never show where she is."""
    rng = stream(seed, "escape")
    for day, shop, cents in ((dt.date(2025, 2, 10), "chemist", 165), (dt.date(2025, 2, 18), "groceries", 120)):
        ledger.add(card("NL-02", at(rng, day, 10, 16), shop, "Utrecht", cents, "after the escape"))

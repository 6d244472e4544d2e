"""The part of answers.json that is sums: accounts, flows, earnings, and what a freeze would have kept."""

import datetime as dt
from collections import defaultdict
from typing import Any

from finflow.sample import figures as f
from finflow.sample.accounts import ACCOUNTS
from finflow.sample.bank_files import Delivered
from finflow.sample.case import Story
from finflow.sample.chance import stream
from finflow.sample.earnings import Earned
from finflow.sample.ledger import Entry

Answers = dict[str, Any]


def accounts_truth(story: Story, delivered: Delivered) -> Answers:
    """Each account: who, where, what came in and went out (minor units), what stands there at the cut-off."""
    rows: Answers = {}
    for label, account in ACCOUNTS.items():
        entries = story.books[label]
        held = [entry for entry in entries if delivered.place(entry)]
        rows[label] = {
            "account_id": account.iban, "bank": account.bank.bic, "holder": account.holder,
            "currency": account.currency, "innocent": account.innocent, "files": delivered.accounts[label],
            "held": [str(account.held_from), str(account.held_until)],
            "opening": story.ledger.openings.get(label, 0), "balance": entries[-1].balance,
            "in": _sum(entries, "CRDT"), "out": _sum(entries, "DBIT"),
            "held_in": _sum(held, "CRDT"), "held_out": _sum(held, "DBIT"),
            "entries": len(held),
        }  # fmt: skip
    return rows


def _sum(entries: list[Entry], side: str) -> int:
    return sum(entry.amount for entry in entries if entry.side == side)


def flows(story: Story) -> list[Answers]:
    """Count and sum of every true kind of movement on every account (minor units), whether delivered or not."""
    sums: dict[tuple[str, str, str], list[int]] = defaultdict(list)
    for label, entries in story.books.items():
        if not ACCOUNTS[label].innocent:
            for entry in entries:
                sums[label, entry.side, entry.movement.tag].append(entry.amount)
    return [
        {"account": label, "side": side, "what": tag, "count": len(amounts), "amount": sum(amounts)}
        for (label, side, tag), amounts in sorted(sums.items())
    ]


def earned_truth(story: Story) -> Answers:
    """Days and euros by person and month, the means, and the evidence for the days."""
    people = {}
    for earner in f.EARNERS:
        days = story.earned[earner.id]
        months: dict[str, int] = defaultdict(int)
        for day, euros in days.items():
            months[f"{day:%Y-%m}"] += euros
        people[earner.id] = {"days": len(days), "gross": sum(days.values()), "months": dict(months)}
    return {
        "unit": "euros",
        "people": people,
        "gross": sum(row["gross"] for row in people.values()),
        "means": {"cash": f.CASH, "payments": f.P2P, "wallet": f.WALLET, "night card": f.NIGHT_CARD},
        "evidence": _evidence(story.earned),
        "notebook": f.NOTEBOOK,
        "expected_range": {"low": "2140 days x 390", "central": "evidenced days x notebook rate",
                           "high": "calendar days x advert price x 5"},
    }  # fmt: skip


def _evidence(earned: Earned) -> Answers:
    """How many of the days worked are shown by how many sources: exactly as many by two or more as the case says."""
    rng = stream(0, "evidence")
    total = sum(len(days) for days in earned.values())
    weak = total - f.DAYS_EVIDENCED_TWICE
    none = weak // 5
    three = f.DAYS_EVIDENCED_TWICE // 3
    four = rng.randint(200, 240)
    return {"0": none, "1": weak - none, "2": f.DAYS_EVIDENCED_TWICE - three - four, "3": three, "4": four}


def _balance(story: Story, label: str, day: dt.date) -> int:
    before = [entry for entry in story.books[label] if entry.when.date() < day]
    return before[-1].balance if before else 0


_ACCOUNTS = ("NL-20", "NL-21", "NL-22", "NL-23", "NL-25", "DE-24")


def freeze_truth(story: Story) -> list[Answers]:
    """What a measure at one hour would have kept in euros on each day, and what one account at a time would have.

    Assets stand at their value until the event that moves them out of reach; the safe is not known before the search.
    """
    rows = []
    for day in f.FREEZE_DAYS:
        balances = {label: _balance(story, label, day) // 100 for label in _ACCOUNTS}
        other = _other_assets(day)
        largest = max(balances.values())
        rest = sum(balances.values()) - largest
        warned = largest + rest * (100 - f.WARNED_FALL_PERCENT) // 100
        rows.append({
            "on": str(day), "balances": balances, "other_assets": other,
            "kept_at_one_hour": sum(balances.values()) + sum(other.values()),
            "kept_one_account_at_a_time": warned + sum(other.values()),
        })  # fmt: skip
    return rows


def _other_assets(day: dt.date) -> dict[str, int]:
    """Euros within reach of a freeze on that day; the flats as the owner's part after mortgages, forint at 400."""
    return {
        "flat in Hungary": 120_000 if day < dt.date(2026, 5, 8) else 48_000,
        "flat in Spain": 62_000 if day < dt.date(2026, 5, 15) else 22_000,
        "SUV": 47_000 if day < dt.date(2026, 5, 12) else 0,
        "crypto": 44_000 if day < dt.date(2026, 4, 11) else 0,
        "gold and watches": 50_600,
    }

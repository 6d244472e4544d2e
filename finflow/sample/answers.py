"""answers.json: what is true in the case, for tests. Money is integers of minor units or text, never a float."""

import json
from collections import defaultdict
from decimal import Decimal
from fractions import Fraction
from typing import Any

from finflow.sample import figures as f
from finflow.sample.accounts import ACCOUNTS
from finflow.sample.answers_money import accounts_truth, earned_truth, flows, freeze_truth
from finflow.sample.assets import assets
from finflow.sample.bank_files import Delivered
from finflow.sample.case import Story
from finflow.sample.golden import METHODS, Upstream, arithmetic, before_the_flat, replay
from finflow.sample.ledger import Entry
from finflow.sample.look_alikes import LOOK_ALIKES
from finflow.sample.marks import cash_linked, golden_credits, marked
from finflow.sample.outsiders import MONEY_SERVICE
from finflow.sample.people import CAST

_THOUSAND = 100_000
Answers = dict[str, Any]


def answers(story: Story, delivered: Delivered, seed: int) -> bytes:
    """The whole file, one line for each row of a list: a change shows as a change of lines."""
    parts: Answers = {
        "seed": seed,
        "cut_off": str(f.CUT_OFF),
        "period": [str(f.FIRST_DAY), str(f.LAST_DAY)],
        "people": {person.id: {"name": person.name, "kind": person.kind} for person in CAST.values()},
        "accounts": accounts_truth(story, delivered),
        "flows": flows(story),
        "earned": earned_truth(story),
        "costs_and_uses_euros": {"costs": f.COSTS, "costs_total": f.COSTS_TOTAL, "uses_of_net": f.USES, "net": f.NET,
                                 "sent_home": f.SENT_HOME, "cash_never_banked_about": f.CASH_NEVER_BANKED},
        "internal_transfers": _internal(story, delivered),
        "split_sweeps": _places(story, delivered, "sweep, split"),
        "reversals": _reversals(story, delivered),
        "duplicates": [{"again": list(again), "first": list(first)} for again, first in delivered.repeated],
        "dirty_rows": [{"file": place[0], "locator": place[1], "fault": fault} for place, fault in delivered.faults],
        "look_alikes": _look_alikes(story),
        "expected_hits": _expected(),
        "hu31": _hu31(story),
        "hu31_from_upstream": _hu31_from_upstream(story, delivered),
        "proceeds": _proceeds(story, delivered),
        "assets": _assets(story, delivered),
        "dissipation": [{"on": day, "what": what} for day, what in _DISSIPATION],
        "freeze": freeze_truth(story),
        "must_not_show": _must_not_show(story, delivered),
        "unanswerable": ["what X1 knew", "whether K2 knew", "whether N2 is a victim", "who holds the wallet's key",
                         "what happened to 50,534"],
    }  # fmt: skip
    return ("{\n" + ",\n".join(f"{_text(key)}: {_lines(value)}" for key, value in parts.items()) + "\n}\n").encode()


def _text(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)


def _lines(value: Any) -> str:
    if isinstance(value, list) and value and isinstance(value[0], (dict, list)):
        return "[\n" + ",\n".join(_text(row) for row in value) + "\n]"
    if isinstance(value, dict) and value:
        return "{\n" + ",\n".join(f"{_text(key)}: {_lines(row)}" for key, row in value.items()) + "\n}"
    return _text(value)


def _internal(story: Story, delivered: Delivered) -> list[Answers]:
    """Every movement whose two sides are both inside the case; a side that was not delivered is null."""
    sides: dict[int, dict[str, Entry]] = defaultdict(dict)
    for entries in story.books.values():
        for entry in entries:
            sides[entry.number][entry.side] = entry
    rows = []
    for number in sorted(sides):
        pair = sides[number]
        if len(pair) == 2 and any(delivered.place(entry) for entry in pair.values()):
            rows.append({"what": pair["DBIT"].movement.tag, "from": pair["DBIT"].label, "to": pair["CRDT"].label}
                        | {side: _leg(pair[side], delivered) for side in ("DBIT", "CRDT")})  # fmt: skip
    return rows


def _leg(entry: Entry, delivered: Delivered) -> Answers | None:
    place = delivered.place(entry)
    if place is None:
        return None
    currency = ACCOUNTS[entry.label].currency
    return {
        "file": place[0],
        "locator": place[1],
        "on": str(entry.when.date()),
        "amount": entry.amount,
        "currency": currency,
    }


def _places(story: Story, delivered: Delivered, tag: str) -> list[Answers]:
    return [
        {"account": entry.label, "file": place[0], "locator": place[1], "amount": entry.amount}
        for entries in story.books.values()
        for entry in entries
        if entry.movement.tag == tag and entry.side == "DBIT" and (place := delivered.place(entry))
    ]


def _reversals(story: Story, delivered: Delivered) -> list[Answers]:
    rows = []
    for label in ("NL-20", "DE-24"):
        by_tag = {e.movement.tag: e for e in story.books[label] if e.movement.tag in ("reversed", "reversal")}
        places: Answers = {tag: list(delivered.place(by_tag[tag]) or ()) for tag in ("reversed", "reversal")}
        rows.append({"account": label, "amount": by_tag["reversed"].amount} | places)
    return rows


def _look_alikes(story: Story) -> list[Answers]:
    nine = max(_payer_times(story).items(), key=lambda item: (item[1], item[0]))
    rows: list[Answers] = [
        {"who": each.who, "accounts": [ACCOUNTS[label].iban for label in each.accounts], "labels": list(each.accounts),
         "fires": list(each.fires), "apart": each.apart}
        for each in LOOK_ALIKES
    ]  # fmt: skip
    for row in rows:
        if "HT36" in row["fires"]:
            row["through"] = MONEY_SERVICE.iban
    rows[-1] |= {"payer_account": nine[0], "payments": nine[1]}
    return rows


def _payer_times(story: Story) -> dict[str, int]:
    times: dict[str, int] = defaultdict(int)
    for movement in story.ledger.movements:
        if movement.tag == "payment" and not isinstance(movement.debtor, str):
            times[movement.debtor.iban or ""] += 1
    return times


_PERSONS_ACCOUNTS = ["NL-01", "NL-02", "NL-03", "NL-05", "NL-08", "DE-04", "DE-07"]
_NL_PERSONS_ACCOUNTS = _PERSONS_ACCOUNTS[:5]
_EXPECTED = {
    # indicator: (labels expected among the subjects, answerable on bank data alone)
    "HT02": (["NL-20"], True), "HT04": (["E1"], True), "HT05": (["NL-20"], True), "HT08": (_NL_PERSONS_ACCOUNTS, True),
    "HT10": (["NL-21"], True), "HT12": (["NL-20"], False), "HT20": (_NL_PERSONS_ACCOUNTS, False),
    "HT22": (["E1", "NL-20"], False), "HT34": (["NL-23"], True), "HT35": (["NL-23", "DE-24"], True),
    "HT39": (_PERSONS_ACCOUNTS, True), "HT40": (["NL-21"], True), "HT41": (["NL-21"], True),
    "HT46": (_PERSONS_ACCOUNTS, True), "HT47": (["NL-20", "NL-23", "DE-24"], True), "HT53": (["NL-22"], False),
    "HT54": (["NL-20"], False), "HT55": (["HU-31"], False),
}  # fmt: skip


def _expected() -> list[Answers]:
    return [
        {"indicator": name, "accounts": [ACCOUNTS[label].iban for label in labels], "labels": labels,
         "bank_data": alone, "parties": ["C2", "K1", "K2"] if name == "HT47" else []}
        for name, (labels, alone) in _EXPECTED.items()
    ]  # fmt: skip


def _hu31(story: Story) -> Answers:
    """The golden vector in thousand forint, computed here from the rows as written."""
    entries, opening = story.books["HU-31"], story.ledger.openings["HU-31"]
    direct = {e.position for e in golden_credits(story)}
    linked = direct | {e.position for e in cash_linked(story)}
    return {
        "account": ACCOUNTS["HU-31"].iban,
        "unit": "thousand HUF",
        "opening": str(Fraction(opening, _THOUSAND)),
        "events": [[str(e.when.date()), str(Decimal(e.signed) / _THOUSAND), e.movement.tag] for e in entries],
        "variants": {
            name: _golden(entries, opening, positions) for name, positions in (("unlinked", direct), ("linked", linked))
        },
    }


def _golden(entries: list[Entry], opening: int, positions: set[int]) -> Answers:
    def is_proceeds(entry: Entry) -> bool:
        return entry.position in positions

    found: Answers = {}
    for method in METHODS:
        flat, left = replay(entries, opening, is_proceeds, method)
        found[method] = {"proceeds_in_asset": str(flat / _THOUSAND), "proceeds_left": str(left / _THOUSAND)}
    least, most = arithmetic(entries, opening, is_proceeds)
    return found | {
        "arithmetic_minimum": str(Fraction(least, _THOUSAND)),
        "arithmetic_maximum": str(Fraction(most, _THOUSAND)),
    }


def _hu31_from_upstream(story: Story, delivered: Delivered) -> Answers:
    """Proceeds in the flat when the marks of decisions/proceeds.csv are followed through every account."""
    held, openings = {}, {}
    for label, entries in story.books.items():
        kept = [entry for entry in before_the_flat(entries) if delivered.place(entry)]
        if kept:
            held[label], openings[label] = kept, kept[0].balance - kept[0].signed
    marks = {(entry.label, entry.position) for entry, _ in marked(story, delivered)}
    linked = marks | {(entry.label, entry.position) for entry in cash_linked(story)}
    return {
        "unit": "minor units of HUF, from exact fractions; splits in whole cents move pro_rata by less than 100 HUF",
        "policies": "a fee in transit and an exchange keep the shares; unmarked money counts as own money",
        "variants": {
            name: {method: round(Upstream(held, openings, which, method).run()) for method in METHODS}
            for name, which in (("unlinked", marks), ("linked", linked))
        },
    }


def _proceeds(story: Story, delivered: Delivered) -> list[Answers]:
    sums: dict[tuple[str, str], list[int]] = defaultdict(list)
    for entry, origin in marked(story, delivered):
        sums[entry.label, origin].append(entry.amount)
    return [
        {
            "account": label,
            "origin": origin,
            "currency": ACCOUNTS[label].currency,
            "marks": len(amounts),
            "amount": sum(amounts),
        }
        for (label, origin), amounts in sums.items()
    ]


def _must_not_show(story: Story, delivered: Delivered) -> list[Answers]:
    """Lines from which V2 could be found after she escaped."""
    return [
        {"person": "V2", "after": "2025-02-07", "file": place[0], "locator": place[1], "place": entry.movement.place}
        for entry in story.books["NL-02"]
        if entry.movement.tag == "after the escape" and (place := delivered.place(entry))
    ]


def _assets(story: Story, delivered: Delivered) -> list[Answers]:
    return [
        {"asset_id": row["asset_id"], "expected": row["expected"], "payments": row["payments"].split()}
        for row in assets(story, delivered)
    ]


_DISSIPATION = (
    ("2026-03-27", "V5 misses two days, C2 nervous"),
    ("2026-04-02", "bank asks C2 for papers"),
    ("2026-04-06", "first of three cash withdrawals: NL-20 falls from 17,400 to 11,280 by 2026-04-14"),
    ("2026-04-11", "crypto: 38,000 to a wallet nobody hosts, 6,000 to an exchange in a third country"),
    ("2026-04-19", "SUV advertised"),
    ("2026-04-24", "N1 drafts the sale of the flat to a cousin at 40 % of its value"),
    ("2026-05-06", "X1 asks to raise the mortgage by 40,000"),
    ("2026-05-08", "sale of the Hungarian flat registered"),
    ("2026-05-12", "SUV sold to a dealer in good faith for 41,000"),
    ("2026-05-15", "raised mortgage of 40,000 paid out"),
)

"""No rule whatever, and no picking of money by chance, leaves the arithmetic bounds; the golden figures are met."""

import random

import numpy as np
import pytest

from finflow.trace.bounds import Payments, bounds
from finflow.trace.plan import Plan, plan
from tests.trace import oracle
from tests.trace.frames import ledger_from, leg_id, marks_of
from tests.trace.ledgers import Maker
from tests.trace.vectors import ACCOUNTS, golden_legs


class AnyRule(oracle.RuleBook):
    """Money leaves in whatever order chance says, at every debit anew; everything else as in the rule book."""

    def __init__(self, chance: random.Random, *args: object) -> None:
        super().__init__(*args)
        self.chance = chance

    def take(self, account: oracle.Account, amount: int) -> list:
        kind = self.chance.choice(["marked first", "other first", "any"])
        lots = list(account.lots)
        self.chance.shuffle(lots)
        if kind != "any":
            lots.sort(key=lambda lot: self.is_marked(lot.label) == (kind == "other first"))
        taken = []
        for lot in lots:
            x = min(lot.amount, amount)
            if x and lot is not lots[-1] and kind == "any" and sum(p.amount for p in lots) > amount:
                x = self.chance.randint(max(0, amount - sum(p.amount for p in lots if p is not lot)), x)
            self.collect(taken, oracle.Piece(lot.label, x, lot.place))
            lot.amount -= x
            amount -= x
        account.lots = [lot for lot in account.lots if lot.amount]
        if amount:
            taken = self.top_up(account, taken, amount)
        return sorted(taken, key=lambda p: p.place)

    def top_up(self, account: oracle.Account, taken: list, amount: int) -> list:
        for piece in self.take_from_end(account, amount, 0):
            self.collect(taken, piece)
        return taken


def payments_of(planned: Plan, legs: list[str]) -> Payments:
    """One asset, paid whole: a slot for every account that paid."""
    event = {name: e for e, name in enumerate(planned.ledger.described(planned.legs)["leg_id"])}
    slots: dict[int, int] = {}
    rows = []
    for e in sorted(event[leg] for leg in legs if leg in event):
        slot = slots.setdefault(int(planned.events.about[e, 0]), len(slots))
        rows.append((e, slot, int(planned.events.amount[e])))
    return Payments(np.array(rows, np.int64).reshape(-1, 3), len(slots))


def least_and_most(planned: Plan, legs: list[int]) -> tuple[int, int]:
    rows = bounds(planned, payments_of(planned, [leg_id(i) for i in legs])).slots
    return int(rows[:, 2].sum()), int(rows[:, 3].sum())


def one_account(legs: list[dict], asset: list[int], opening: int = 0) -> tuple[int, int]:
    made = Maker(0)
    made.legs, made.opening = legs, {("A", "EUR"): opening} if opening else {}
    ledger = ledger_from(made, legs_a_day=1)
    planned = plan(ledger, marks_of(made, ledger), "printed")
    return least_and_most(planned, asset)


@pytest.mark.parametrize(("account", "variant"), [(a, v) for a, d in ACCOUNTS.items() for v in d["variants"]])
def test_golden_accounts(account: str, variant: str) -> None:
    legs, _, asset, units = golden_legs(account, variant)
    wanted = ACCOUNTS[account]["variants"][variant]
    found = one_account(legs, asset)
    assert found == (wanted["arithmetic_minimum"] * units.scale, wanted["arithmetic_maximum"] * units.scale)


def test_other_money_at_the_payer_may_be_what_was_sent() -> None:
    """To count a credit as proceeds up to the proceeds at the payer and only the rest as other money is unsound.

    U holds 100 of proceeds and 100 of other money, sends 100 to A, and A pays 100 for the asset: it may owe nothing to
    proceeds, since the other 100 may have been sent.
    """
    u, a = ("U", "EUR"), ("A", "EUR")
    legs = [
        {"pocket": u, "side": "CRDT", "amount": 100, "marks": [("T", None)]},
        {"pocket": u, "side": "CRDT", "amount": 100},
        {"pocket": u, "side": "DBIT", "amount": 100, "pair": 3},
        {"pocket": a, "side": "CRDT", "amount": 100, "pair": 2},
        {"pocket": a, "side": "DBIT", "amount": 100},
    ]
    assert one_account(legs, [4]) == (0, 100)
    legs[1]["amount"] = 30
    assert one_account(legs, [4]) == (70, 100)


def test_several_transfers_of_one_payer_bring_no_more_other_money_than_it_had() -> None:
    u, a = ("U", "EUR"), ("A", "HUF")
    legs = [
        {"pocket": u, "side": "CRDT", "amount": 10},
        {"pocket": u, "side": "CRDT", "amount": 300, "marks": [("T", None)]},
    ]
    for _ in range(3):
        number = len(legs)
        legs.append({"pocket": u, "side": "DBIT", "amount": 100, "pair": number + 1})
        legs.append({"pocket": a, "side": "CRDT", "amount": 40_000, "pair": number})
    legs.append({"pocket": a, "side": "DBIT", "amount": 120_000})
    low, high = one_account(legs, [len(legs) - 1])
    assert (low, high) == (120_000 - 4_003, 120_000)


def test_an_overdraft_is_other_money() -> None:
    legs = [
        {"pocket": ("A", "EUR"), "side": "CRDT", "amount": 60, "marks": [("T", None)]},
        {"pocket": ("A", "EUR"), "side": "DBIT", "amount": 100},
    ]
    assert one_account(legs, [1]) == (60, 60)
    assert one_account(legs, [1], opening=-50) == (10, 60)


def outcomes(made: Maker, chance: random.Random) -> list[oracle.Result]:
    """Under every method, and under rules that nobody thought of."""
    methods = [*oracle.LOT_METHODS, "pro_rata", "libr", "tainted_first"]
    found = [oracle.replay(made.legs, made.origins, method, made.opening) for method in methods]
    rules = [AnyRule(chance, made.legs, made.origins, "fifo", made.opening) for _ in range(6)]
    return found + [rule.replay() for rule in rules]


@pytest.mark.parametrize("start", range(50_000, 50_300, 100))
def test_nothing_leaves_the_bounds(start: int) -> None:
    met_low = met_high = 0
    for seed in range(start, start + 100):
        made = Maker(seed).without_empty_marks()
        ledger, chance = ledger_from(made, legs_a_day=1), random.Random(seed)
        marks = marks_of(made, ledger)
        debits = [i for i, leg in enumerate(made.legs) if leg["side"] == "DBIT" and leg["pocket"][1] == "EUR"]
        if marks is None or not debits:
            continue
        asset = sorted(chance.sample(debits, chance.randint(1, min(3, len(debits)))))
        planned = plan(ledger, marks, "printed", everywhere=True)
        low, high = least_and_most(planned, asset)
        found = []
        for result in outcomes(made, chance):
            found.append(sum(x for i in asset for label, x in result.out[i] if label in made.origins))
            assert low <= found[-1] <= high, (seed, asset)
        met_low += low == min(found)
        met_high += high == max(found)
    assert met_low > 40
    assert met_high > 40

"""What must hold for every method, within the limits that the design states; on random ledgers."""

import random

import polars as pl
import pytest

from finflow.trace.outcome import frames
from finflow.trace.plan import plan
from finflow.trace.shares import METHODS
from finflow.trace.trail import Trail
from tests.trace.build import Built, words_of_kernel
from tests.trace.frames import ledger_from, marks_of, transfer_of
from tests.trace.ledgers import Maker

NO_PAYMENTS = pl.DataFrame(schema={"asset_id": pl.String, "leg_id": pl.String})
MONTHS = {"account_id": pl.String, "month": pl.Date, "status": pl.String, "acknowledged": pl.Boolean}
NO_MONTHS = pl.DataFrame(schema=MONTHS)


def trails(made: Maker) -> list[Trail]:
    ledger = ledger_from(made)
    marks = marks_of(made, ledger)
    if marks is None:
        return []
    planned = plan(ledger, marks, "printed")
    found = []
    for method in METHODS:
        kept = frames(planned.cited, planned.replay(method), NO_PAYMENTS)
        rest = {name: kept[name] for name in ("held", "ends", "proof", "other", "remarks", "steps", "lying")}
        empty = dict.fromkeys(("marks", "elections"), pl.DataFrame()) | {"payments": NO_PAYMENTS, "rests_on": NO_MONTHS}
        values = {**planned.policies, "method": method}
        found.append(
            Trail(kept["transfers"], key="", policies=values, leads_only=False, units=ledger.units, **rest, **empty)
        )
    return found


@pytest.mark.parametrize("start", range(70_000, 70_100, 50))
def test_no_unit_is_created_or_lost(start: int) -> None:
    for seed in range(start, start + 50):
        for trail in trails(Maker(seed).without_empty_marks()):
            assert (trail.proof["residue"] == 0).all(), (seed, trail.policies["method"])
            for name in ("held", "cash", "left_the_case", "fee", "extinguished"):
                assert (trail.proof[name] >= 0).all()


@pytest.mark.parametrize("start", range(80_000, 80_100, 50))
def test_chains_are_whole_connected_and_start_at_a_mark(start: int) -> None:
    several = 0
    for seed in range(start, start + 50):
        made = Maker(seed).without_empty_marks()
        marked = {transfer_of(made, i) for i, leg in enumerate(made.legs) if leg.get("marks")}
        for trail in trails(made):
            if trail.steps.is_empty() or not (len(trail.held) or trail.transfers["end"].is_not_null().any()):
                continue
            paths = trail.paths(limit=10**6)
            assert not any(paths.uncovered.values()), seed
            for chain in paths.frame["transfers"]:
                assert chain[0] in marked or came_back(made, chain[0]), (seed, chain)
                assert is_connected(made, list(chain)), (seed, chain)
                several += len(chain) > 2
    assert several > 20


def came_back(made: Maker, transfer: str) -> bool:
    return any("reverses" in leg for i, leg in enumerate(made.legs) if transfer_of(made, i) == transfer)


def is_connected(made: Maker, chain: list[str]) -> bool:
    sides: dict[str, dict[str, tuple]] = {}
    for i, leg in enumerate(made.legs):
        sides.setdefault(transfer_of(made, i), {})[leg["side"]] = leg["pocket"]
    pairs = zip(chain, chain[1:], strict=False)
    return all(sides[one].get("CRDT") == sides[two].get("DBIT") or came_back(made, two) for one, two in pairs)


def one_account(seed: int) -> list[dict]:
    """Deposits of one origin each, withdrawals, overdrafts; no reversals."""
    r = random.Random(seed)
    legs = []
    for _ in range(r.randint(3, 25)):
        leg = {"pocket": ("A", "EUR"), "side": r.choice(["CRDT", "CRDT", "DBIT"]), "amount": r.randint(0, 1000)}
        if leg["side"] == "CRDT" and r.random() < 0.5:
            leg["marks"] = [("T", None)]
        legs.append(leg)
    return legs


def held(legs: list[dict], method: str) -> tuple[int, int]:
    """(marked money on the account, balance)"""
    built = Built(legs, ["T"])
    words = words_of_kernel(built, built.replay(method))
    lots = words["lots"]["A", "EUR"]
    return sum(x for label, x in lots if label == "T"), sum(x for _, x in lots) - words["owed"]["A", "EUR"]


@pytest.mark.parametrize("start", range(0, 200, 50))
def test_on_one_account_every_method_lies_between_tainted_first_and_libr(start: int) -> None:
    for seed in range(start, start + 50):
        legs = one_account(seed)
        for until in range(1, len(legs) + 1):
            left = {method: held(legs[:until], method) for method in METHODS}
            low, high = left["tainted_first"][0], left["libr"][0]
            assert all(low <= marked <= high for marked, _ in left.values()), (seed, until)
            moved = sum(leg["amount"] * (1 if leg["side"] == "CRDT" else -1) for leg in legs[:until])
            assert {balance for _, balance in left.values()} == {moved}


def test_libr_is_the_lowest_balance_in_between() -> None:
    """T(t) = min(T(t-1) + new marked money that did not repay the overdraft, balance or nothing)."""
    for seed in range(200):
        legs = one_account(seed)
        marked = balance = 0
        for until, leg in enumerate(legs, 1):
            sign = 1 if leg["side"] == "CRDT" else -1
            if leg.get("marks"):
                marked += max(0, leg["amount"] - max(0, -balance))
            balance += sign * leg["amount"]
            marked = min(marked, max(balance, 0))
            assert held(legs[:until], "libr") == (marked, balance), (seed, until)


@pytest.mark.parametrize("method", METHODS)
def test_a_deposit_in_two_parts_is_the_same_deposit(method: str) -> None:
    for seed in range(60):
        legs = one_account(seed)
        r = random.Random(seed)
        split = []
        for leg in legs:
            part = r.randint(0, leg["amount"])
            if leg["side"] == "CRDT":
                split += [dict(leg, amount=part), dict(leg, amount=leg["amount"] - part)]
            else:
                split.append(leg)
        assert held(split, method) == held(legs, method)


def test_downstream_of_an_account_the_five_methods_do_not_bound_each_other() -> None:
    """HU-31: libr is the floor of the flat in one variant and fifo in the other; so no page prints them as bounds."""
    from tests.trace.vectors import ACCOUNTS

    expected = ACCOUNTS["HU-31"]["variants"]
    floors = {
        variant: min(data["expected"], key=lambda m: data["expected"][m]["approx"])
        for variant, data in expected.items()
    }
    assert floors == {"unlinked": "libr", "linked": "fifo"}

"""One order of legs: every account keeps its own, every debit comes first, and rings open in the order of the ledger."""

import random

import numpy as np
import pytest

from finflow.errors import FinflowError
from finflow.trace.order import SAME_DAY, Calendar, order_legs, reachable


def calendar(legs: list[dict]) -> Calendar:
    def column(name: str, default: int = 0) -> np.ndarray:
        return np.array([leg.get(name, default) for leg in legs], np.int64)

    pair = column("pair", -1)
    is_debit = np.array([leg["side"] == "DBIT" for leg in legs], np.bool_)
    return Calendar(
        column("pocket"), column("day"), column("slot"), column("moment"), column("position"), is_debit, pair,
        column("timed").astype(np.bool_),
    )  # fmt: skip


def order(legs: list[dict], same_day: str = "printed") -> list[int]:
    return [int(x) for x in order_legs(calendar(legs), same_day).legs]


def rings(legs: list[dict], same_day: str = "printed") -> list[int]:
    return [int(x) for x in order_legs(calendar(legs), same_day).rings]


def account_key(leg: dict, same_day: str) -> tuple:
    is_debit = leg["side"] == "DBIT"
    later = {"credits_first": is_debit, "debits_first": not is_debit}.get(same_day, False)
    slot = 0 if same_day == "ledger" and leg["timed"] else leg["slot"]
    return leg["day"], slot, later, leg["position"]


def naive(legs: list[dict], same_day: str) -> tuple[dict, list[int]]:
    """Per pocket the order of its legs, and the debits that opened rings. Slow: looks at everything at every step."""
    queues = {}
    for pocket in {leg["pocket"] for leg in legs}:
        mine = [i for i, leg in enumerate(legs) if leg["pocket"] == pocket]
        queues[pocket] = sorted(mine, key=lambda i: account_key(legs[i], same_day))
    gone, per_pocket, opened = set(), {pocket: [] for pocket in queues}, []

    def go(i: int) -> None:
        gone.add(i)
        queues[legs[i]["pocket"]].remove(i)
        per_pocket[legs[i]["pocket"]].append(i)

    def waits(i: int) -> bool:
        return legs[i]["side"] == "CRDT" and legs[i]["pair"] >= 0 and legs[i]["pair"] not in gone

    while any(queues.values()):
        free = [queue[0] for queue in queues.values() if queue and not waits(queue[0])]
        if free:
            go(free[0])
            continue
        heads = {pocket: queue[0] for pocket, queue in queues.items() if queue}
        times = {i: (legs[i]["day"], legs[i]["moment"], place(legs, queues, i)) for q in queues.values() for i in q}
        pocket, walked = legs[min(times, key=times.__getitem__)]["pocket"], []
        while pocket not in walked:
            walked.append(pocket)
            pocket = legs[legs[heads[pocket]]["pair"]]["pocket"]
        ring = [legs[heads[p]]["pair"] for p in walked[walked.index(pocket) :]]
        opened.append(min(ring, key=lambda i: [legs[i][k] for k in ("day", "moment", "pocket", "position")]))
        go(opened[-1])
    return per_pocket, opened


def place(legs: list[dict], queues: dict, i: int) -> tuple:
    return legs[i]["pocket"], queues[legs[i]["pocket"]].index(i)


def random_legs(seed: int) -> list[dict]:
    r = random.Random(seed)
    legs: list[dict] = []
    for _ in range(r.choice([3, 8, 20])):
        day = r.randint(0, 2)
        leg = {"pocket": r.randint(0, 3), "day": day, "slot": 0, "moment": r.randint(0, 2), "pair": -1}
        if r.random() < 0.6:
            late = {"pocket": r.randint(0, 3), "day": max(0, day + r.choice([0, 0, 0, 1, -1])), "pair": len(legs)}
            legs.append({**leg, "side": "DBIT", "pair": len(legs) + 1})
            legs.append({**leg, **late, "side": "CRDT"})
        else:
            legs.append({**leg, "side": r.choice(["DBIT", "CRDT"])})
    for pocket in range(4):
        mine = [leg for leg in legs if leg["pocket"] == pocket]
        for position, leg in enumerate(r.sample(mine, len(mine))):
            leg["position"] = position
            leg["slot"] = r.choice([0, 0, position]) if r.random() < 0.3 else 0
            leg["timed"] = leg["slot"] == 0 and r.random() < 0.5
            if leg["timed"]:
                leg["slot"] = leg["moment"]
    return legs


@pytest.mark.parametrize("same_day", SAME_DAY)
def test_equals_a_naive_order(same_day: str) -> None:
    opened = 0
    for seed in range(250):
        legs = random_legs(seed)
        wanted, wanted_rings = naive(legs, same_day)
        got = order(legs, same_day)
        assert sorted(got) == list(range(len(legs)))
        assert {p: [i for i in got if legs[i]["pocket"] == p] for p in wanted} == wanted, seed
        assert rings(legs, same_day) == wanted_rings, seed
        opened += len(wanted_rings)
        for i, leg in enumerate(legs):
            if leg["side"] == "CRDT" and leg["pair"] >= 0:
                assert got.index(leg["pair"]) < got.index(i)
    assert opened > 20


def test_same_day_modes_move_only_what_has_no_known_order() -> None:
    legs = [
        {"pocket": 0, "side": "DBIT", "day": 1, "position": 1},
        {"pocket": 0, "side": "CRDT", "day": 1, "position": 2},
        {"pocket": 1, "side": "CRDT", "day": 1, "position": 1, "slot": 1},
        {"pocket": 1, "side": "DBIT", "day": 1, "position": 2, "slot": 2},
    ]
    assert order(legs) == [0, 1, 2, 3]
    assert order(legs, "credits_first") == [1, 0, 2, 3]
    assert order(legs, "debits_first") == [0, 1, 2, 3]
    assert order(legs, "ledger") == [0, 1, 2, 3]


def test_the_order_of_the_ledger_goes_before_printed_times_but_not_before_printed_balances() -> None:
    at = {"pocket": 0, "day": 1}
    late, early = {"side": "DBIT", "moment": 9, "slot": 9}, {"side": "CRDT", "moment": 8, "slot": 8}
    timed = [{**at, **late, "timed": 1, "position": 1}, {**at, **early, "timed": 1, "position": 2}]
    assert (order(timed), order(timed, "ledger")) == ([1, 0], [0, 1])
    known = [{**at, "side": "DBIT", "slot": 2, "position": 1}, {**at, "side": "CRDT", "slot": 1, "position": 2}]
    assert (order(known), order(known, "ledger")) == ([1, 0], [1, 0])
    both = order_legs(calendar(timed), "printed", {0: "ledger"}).legs
    assert both.tolist() == [0, 1]


def test_a_ring_of_one_day_opens_at_the_first_debit_of_the_ledger() -> None:
    legs = [
        {"pocket": 0, "side": "CRDT", "day": 1, "position": 1, "pair": 3},
        {"pocket": 0, "side": "DBIT", "day": 1, "position": 2, "pair": 2},
        {"pocket": 1, "side": "CRDT", "day": 1, "position": 1, "pair": 1},
        {"pocket": 1, "side": "DBIT", "day": 1, "position": 2, "pair": 0},
    ]
    assert order(legs) == [1, 2, 3, 0]
    assert rings(legs) == [1]


def test_a_transfer_to_itself_whose_credit_is_printed_first() -> None:
    legs = [
        {"pocket": 0, "side": "CRDT", "day": 1, "position": 1, "pair": 1},
        {"pocket": 0, "side": "DBIT", "day": 1, "position": 2, "pair": 0},
    ]
    assert order(legs) == [1, 0]


def test_reach_respects_time() -> None:
    legs = [
        {"pocket": 0, "side": "DBIT", "day": 1, "position": 1, "pair": 1},
        {"pocket": 1, "side": "CRDT", "day": 1, "position": 1, "pair": 0},
        {"pocket": 0, "side": "CRDT", "day": 2, "position": 2},
        {"pocket": 0, "side": "DBIT", "day": 3, "position": 3, "pair": 4},
        {"pocket": 2, "side": "CRDT", "day": 3, "position": 1, "pair": 3},
    ]
    c = calendar(legs)
    marked = np.array([i == 2 for i in range(5)])
    reached = reachable(c, order_legs(c, "printed").legs, marked)
    assert reached.tolist() == [True, False, True]


def test_an_unknown_same_day_is_refused_with_the_list() -> None:
    with pytest.raises(FinflowError, match="printed, ledger, credits_first, debits_first"):
        order([{"pocket": 0, "side": "DBIT", "day": 1, "position": 1}], "alphabetical")

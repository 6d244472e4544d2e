"""Reach equals what a search by hand finds: which accounts, when first, over which lines. It never says an amount."""

import random
import re
import sys
from datetime import date

import networkx as nx
import numpy as np
import polars as pl
import pytest

import finflow
from finflow.errors import FinflowError
from finflow.trace.order import NONE, Calendar, order_legs
from finflow.trace.spread import spread, way_to
from tests.core_support import book

WHO = {"by": "investigator", "why": "shown by the ledger"}
ACCOUNTS = 6


def random_graph(seed):
    """Transfers (source, target, leaves, arrives), no two legs at one moment; target NONE leaves the case."""
    r = random.Random(seed)
    moments = r.sample(range(1000), 60)
    rows = []
    for _ in range(r.randint(6, 22)):
        leaves, arrives = sorted((moments.pop(), moments.pop()))
        target = r.choice([*range(ACCOUNTS), NONE])
        rows.append((r.randrange(ACCOUNTS), target, leaves, arrives))
    return rows, moments.pop(), r


def calendar_of(rows, marked_at):
    """Legs: the marked credit on account 0, then debit and credit of each transfer."""
    legs = [(0, marked_at, False, NONE)]
    for source, target, leaves, arrives in rows:
        legs.append((source, leaves, True, NONE if target == NONE else len(legs) + 1))
        if target != NONE:
            legs.append((target, arrives, False, len(legs) - 1))
    pocket, day, is_debit, pair = (np.array(column) for column in zip(*legs, strict=True))
    flat = np.zeros(len(legs), np.int64)
    is_debit, timed = is_debit.astype(np.bool_), flat.astype(np.bool_)
    return Calendar(pocket, day, flat, flat, np.arange(len(legs)), is_debit, pair, timed)


def by_hand(rows, marked_at):
    """Earliest arrival per account and every path that makes it, by walking every chain of transfers in which each
    leaves after the last arrived.
    """
    graph = nx.MultiDiGraph()
    for number, (source, target, leaves, arrives) in enumerate(rows):
        graph.add_edge(source, target, number, leaves=leaves, arrives=arrives)
    best, waiting = {0: (marked_at, {()})}, [(0, marked_at, ())]
    while waiting:
        account, since, path = waiting.pop()
        edges = graph.out_edges(account, keys=True, data=True) if account in graph else ()
        for _, target, number, data in edges:
            if data["leaves"] > since and number not in path:
                arrives, longer = data["arrives"], (*path, number)
                earliest, ways = best.get(target, (arrives, set()))
                if arrives <= earliest:
                    best[target] = arrives, {longer} | (ways if arrives == earliest else set())
                if target != NONE:
                    waiting.append((target, arrives, longer))
    return best


def found(rows, marked_at):
    calendar = calendar_of(rows, marked_at)
    marked = np.zeros(calendar.day.size, np.bool_)
    marked[0] = True
    legs = order_legs(calendar, "credits_first").legs
    first, carries = spread(calendar, legs, marked, lambda done, total: None)
    debits = np.flatnonzero(calendar.is_debit)
    number = {int(leg): n for n, leg in enumerate(debits)}
    number |= {int(calendar.pair[leg]): n for leg, n in number.items() if calendar.pair[leg] != NONE}
    out = {}
    for account in range(first.size):
        if first[account] != NONE:
            path = way_to(calendar, first, marked, int(first[account]))
            out[account] = int(calendar.day[first[account]]), tuple(number[leg] for leg in path[1:])
    left = [number[int(leg)] for leg in debits if carries[leg] and calendar.pair[leg] == NONE]
    return out, set(left)


@pytest.mark.parametrize("start", range(0, 500, 250))
def test_accounts_moments_and_paths_are_those_of_a_search_by_hand(start):
    reached = 0
    for seed in range(start, start + 250):
        rows, marked_at, _ = random_graph(seed)
        wanted = by_hand(rows, marked_at)
        gone = wanted.pop(NONE, None)
        got, left = found(rows, marked_at)
        assert {account: moment for account, (moment, _) in got.items()} == {a: m for a, (m, _) in wanted.items()}, seed
        assert all(path in wanted[account][1] for account, (_, path) in got.items()), seed
        assert bool(left) == (gone is not None), seed
        reached += len(got) > 2
    assert reached > 20


@pytest.fixture
def case(tmp_path):
    return finflow.open_case(tmp_path / "case")


A = """
    account | date       | amount | other | name
    A       | 2025-01-02 |    400 |       | PAYER
    A       | 2025-01-01 |   -100 | C     | x
    A       | 2025-01-03 |   -300 | B     | x
"""
B = """
    account | date       | amount | other | name
    B       | 2025-01-01 |    -50 | C     | x
    B       | 2025-01-04 |    300 | A     | x
    B       | 2025-01-05 |     -1 | DE89370400440532013000 | x
    B       | 2025-01-05 |     -2 | C     | x
"""
C = """
    account | date       | amount | other | name
    C       | 2025-01-01 |    100 | A     | x
    C       | 2025-01-01 |     50 | B     | x
    C       | 2025-01-06 |      2 | B     | x
"""


@pytest.fixture
def chain(case):
    with case.writing() as con:
        prefixes = [book(con, text, file=f"{n}.csv", opening=1000) for n, text in enumerate((A, B, C))]
    case.resolve()
    case.decide(f"{prefixes[0]}:L1", "proceeds", label="T", **WHO)
    return prefixes


def test_what_left_before_the_money_came_reaches_nobody(case, chain):
    a, b, _ = chain
    frame = case.reach(case.proceeds()).frame
    rows = {row["account_id"]: row for row in frame.iter_rows(named=True)}
    assert rows["A"]["transfers"] == [f"{a}:L1"]
    assert rows["B"]["transfers"] == [f"{a}:L1", f"{a}:L3"]
    assert rows["C"]["transfers"] == [f"{a}:L1", f"{a}:L3", f"{b}:L4"]
    assert (rows["C"]["first_on"], rows["C"]["steps"]) == (date(2025, 1, 6), 3)
    assert not rows["DE89370400440532013000"]["inside"]
    assert frame.height == 4


def test_a_marked_payment_reaches_whom_it_pays_and_not_its_account(case, chain):
    marks = pl.DataFrame({"leg_id": [f"{chain[0]}:L3"], "origin": ["T"], "amount": [None]})
    found = case.reach(marks).frame
    assert "A" not in set(found["account_id"])
    assert found.filter(pl.col("account_id") == "B")["transfers"].to_list() == [[f"{chain[0]}:L3"]]


def test_hits_lead_too(case, chain):
    hits = pl.DataFrame({"query": ["q"], "transfers": [[f"{chain[0]}:L3"]]})
    assert set(case.reach(hits).frame["origin"]) == {"q"}


def test_money_that_reaches_no_account_inside_leads_outside(case, chain):
    marks = pl.DataFrame({"leg_id": [f"{chain[1]}:L1"], "origin": ["T"], "amount": [None]})
    with case.reading() as con:
        paid = con.execute("SELECT leg_id FROM leg WHERE side = 'DBIT' AND pair_turn IS NULL").fetchall()[0][0]
    found = case.reach(marks.with_columns(leg_id=pl.lit(paid))).frame
    assert found["inside"].to_list() == [False]


def test_no_amount_is_said_anywhere(case, chain):
    found = case.reach(case.proceeds())
    assert not [name for name, kind in found.frame.schema.items() if kind == pl.Decimal]
    said = str(found) + found._repr_html_() + found.statement
    assert not re.search(r"\b(400|300|100)\b", said)
    assert "Leads only" in said
    assert "DE8937" not in found._repr_html_()


def test_no_measure_and_no_figure_can_rest_on_it(case, chain):
    found = case.reach(case.proceeds())
    with pytest.raises(FinflowError, match="leads"):
        case.assets(found)
    with pytest.raises(FinflowError, match="leads"):
        case.propose("A1", "freeze", basis="STD", why="w", by="b", trail=found)
    with pytest.raises(FinflowError, match=r"case\.reach"):
        case.trace(case.proceeds(), method="poison")
    for verb in (case.requests, case.network, case.sankey):
        with pytest.raises(FinflowError, match="without any amount"):
            verb(found)


def test_the_same_question_is_answered_from_the_stored_result(case, chain, monkeypatch):
    first = case.reach(case.proceeds())
    monkeypatch.setattr(sys.modules["finflow.trace.reach"], "_reach", lambda *args: pytest.fail("asked again"))
    assert case.reach(case.proceeds()).frame.equals(first.frame)

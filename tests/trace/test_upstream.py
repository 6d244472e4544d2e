"""What a payment consists of equals the oracle with every credit told apart, whatever is left out upstream."""

import random

import numpy as np
import pytest

from finflow.trace.order import NONE, order_legs
from finflow.trace.plan import Marks, plan
from finflow.trace.shares import METHODS
from finflow.trace.state import OTHER_LABELS
from finflow.trace.upstream import _upstream, sources_of
from tests.trace import oracle
from tests.trace.frames import ledger_from, marks_of
from tests.trace.ledgers import Maker

NOBODY = Marks((), *(np.empty(0, np.int64) for _ in range(3)))
ELECTED = np.empty(0, np.int64)


def found(ledger, marks, payment, method):
    ordered = order_legs(ledger.calendar, "printed")
    parts, _ = sources_of(ledger, marks, ordered, payment, method, ELECTED, lambda done, total: None)
    return parts


def label_of(ledger, part):
    """The oracle's word for a source."""
    if part.leg == NONE:
        return part.origin or part.what
    row = ledger.described(np.array([part.leg])).row(0, named=True)
    if row["leg_id"] is None:
        return oracle.OPENING, (row["account_id"], row["currency"])
    return "line", int(row["leg_id"][3:])


def told_apart(made, ledger):
    """The oracle's legs with a label of its own on every credit, and the labels in the order of replay."""
    legs = [leg | {"brings": ("line", n)} if leg.get("pair") is None else leg for n, leg in enumerate(made.legs)]
    labels = []
    for row in ledger.described(order_legs(ledger.calendar, "printed").legs).rows(named=True):
        if row["leg_id"] is None:
            labels.append((oracle.OPENING, (row["account_id"], row["currency"])))
        elif row["side"] == "CRDT":
            labels.append(("line", int(row["leg_id"][3:])))
    return legs, labels


def summed(pairs):
    out = {}
    for label, units in pairs:
        out[label] = out.get(label, 0) + units
    return {label: units for label, units in out.items() if units}


@pytest.mark.parametrize("start", range(60_000, 60_050, 50))
def test_sources_are_those_of_the_oracle(start):
    several = 0
    for seed in range(start, start + 50):
        made = Maker(seed).without_empty_marks()
        ledger = ledger_from(made)
        marks = marks_of(made, ledger) or NOBODY
        debits = [n for n, leg in enumerate(made.legs) if leg["side"] == "DBIT" and not leg["marks"] and leg["amount"]]
        if not debits:
            continue
        number = random.Random(seed).choice(debits)
        payment = ledger.number.tolist().index(number)
        legs, labels = told_apart(made, ledger)
        for method in METHODS:
            wanted = oracle.replay(legs, list(marks.origins), method, made.opening, sources=labels).out[number]
            got = summed((label_of(ledger, part), part.units) for part in found(ledger, marks, payment, method))
            assert got == summed(wanted), (seed, method)
            assert sum(got.values()) == made.legs[number]["amount"]
            several += len(got) > 2
    assert several > 5


@pytest.mark.parametrize("method", METHODS)
def test_origins_of_a_payment_are_those_of_the_trail(method):
    from finflow.trace.state import OUT

    compared = 0
    for seed in range(61_000, 61_040):
        made = Maker(seed).without_empty_marks()
        ledger = ledger_from(made)
        marks = marks_of(made, ledger)
        if marks is None:
            continue
        planned = plan(ledger, marks, "printed")
        said = planned.replay(method).rows
        for event in np.flatnonzero(planned.events.about[:, 2] & 1)[-3:]:
            payment = int(planned.legs[event])
            if payment in set(marks.leg):
                continue
            mine = said[(said[:, 0] == OUT) & (said[:, 1] == event) & (said[:, 2] < len(marks.origins))]
            traced = summed((marks.origins[label], int(units)) for _, _, label, units, _ in mine)
            parts = found(ledger, marks, payment, method)
            assert summed((p.origin, p.units) for p in parts if p.what == "marked") == traced, (seed, event)
            compared += bool(traced)
    assert compared > 10


def test_what_cannot_have_come_to_the_payment_is_left_out():
    left_out = 0
    for seed in range(62_000, 62_050):
        made = Maker(seed)
        ledger = ledger_from(made)
        debits = np.flatnonzero(ledger.calendar.is_debit)
        if debits.size:
            legs = order_legs(ledger.calendar, "printed").legs
            kept, needed = _upstream(ledger.calendar, legs, int(debits[0]))
            assert kept[-1] == debits[0]
            assert set(ledger.calendar.pocket[kept]) == set(np.flatnonzero(needed))
            left_out += legs.size - kept.size
    assert left_out > 200


def test_labels_of_other_money_stay_the_four_without_sources():
    assert OTHER_LABELS == oracle.OTHER_MONEY

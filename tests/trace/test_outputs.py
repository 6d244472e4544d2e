"""Marked money over outputs of a chain equals the oracle unit by unit, and every unit of it is somewhere."""

import random
from itertools import groupby

import pytest

from finflow.errors import FinflowError
from finflow.trace.outputs import POLICIES, Transaction, follow, in_order, reached
from tests.trace import output_oracle as oracle


def tx(txid, spends, makes, moment=0, **more):
    return Transaction(txid, moment, tuple(spends), tuple(makes), **more)


# TV9 of the rule book: clean 2, marked 3, clean 5 into outputs of 4 and 6.
CLEAN = [tx("c", [(None, 7)], [2, 5]), tx("d", [(None, 3)], [3], 1)]
TV9 = [*CLEAN, tx("t", [(("c", 0), 2), (("d", 0), 3), (("c", 1), 5)], [4, 6], 2)]


def linked(found, output):
    return sum(units for label, units in found.holds[output] if label is not None)


@pytest.mark.parametrize(
    ("method", "wanted"), [("fifo", [2, 1]), ("lifo", [0, 3]), ("tiho", [0, 3]), ("haircut", [12, 18])]
)
def test_tv9(method, wanted):
    scale = 10 if method == "haircut" else 1
    txs = [tx(t.txid, [(o, u * scale) for o, u in t.spends], [u * scale for u in t.makes], t.moment) for t in TV9]
    found = follow(txs, [(("d", 0), "T", 3 * scale)], method)
    assert [linked(found, ("t", n)) for n in (0, 1)] == wanted


def test_poison_reaches_outputs_without_an_amount():
    later = [*TV9, tx("u", [(("t", 1), 6)], [6], 3), tx("v", [(("c", 9), 6)], [6], 3)]
    assert reached(later, [("d", 0)]) == {("d", 0): 0, ("t", 0): 1, ("t", 1): 1, ("u", 0): 2}


def test_the_fee_is_paid_last_and_of_equal_outputs_the_first_is_filled_first():
    txs = [tx("d", [(None, 10)], [4, 6]), tx("t", [(("d", 0), 4), (("d", 1), 6)], [3, 3, 3], 1)]
    marks = [(("d", 0), "T", 4)]
    for method, wanted in (("fifo", [3, 1, 0]), ("lifo", [0, 0, 3]), ("tiho", [3, 1, 0])):
        found = follow(txs, marks, method)
        assert [linked(found, ("t", n)) for n in range(3)] == wanted, method
        assert dict(found.fees["t"]).get("T", 0) == 4 - sum(wanted), method


def test_a_reward_queues_before_the_fees_of_its_block():
    txs = [
        tx("d", [(None, 10)], [10]),
        tx("t", [(("d", 0), 10)], [8], 1, block="b"),
        tx("r", [], [50, 2], 1, coinbase=True, block="b"),
    ]
    found = follow(txs, [(("d", 0), "T", 10)], "fifo")
    assert found.holds["r", 0] == [(None, 50)]
    assert found.holds["r", 1] == [("T", 2)]
    assert "t" not in found.fees
    assert reached(txs, [("d", 0)])["r", 1] == 2
    apart = [tx("r", [], [52], 1, coinbase=True, block="other"), *txs[:2]]
    assert follow(apart, [(("d", 0), "T", 10)], "fifo").fees["t"] == [("T", 2)]


def test_the_first_origin_stays_and_the_collision_is_noted():
    txs = [tx("d", [(None, 10)], [10])]
    found = follow(txs, [(("d", 0), "T", 6), (("d", 0), "U", 6)], "fifo")
    assert found.holds["d", 0] == [("T", 6), ("U", 4)]
    assert found.already == [(("d", 0), "U", 2)]
    assert found.marked == {"T": 6, "U": 4}


def test_dust_is_cut_by_haircut_alone_and_counted():
    found = follow(TV9, [(("d", 0), "T", 3)], "haircut", dust=2)
    assert linked(found, ("t", 0)) == 0
    assert linked(found, ("t", 1)) == 2
    assert found.cut == {"T": 1}
    assert follow(TV9, [(("d", 0), "T", 3)], "fifo", dust=2).cut == {"T": 0}


def test_what_contradicts_itself_is_refused():
    twice = [*TV9, tx("u", [(("t", 0), 4)], [4], 3), tx("v", [(("t", 0), 4)], [4], 4)]
    other = [*TV9, tx("u", [(("t", 0), 5)], [5], 3)]
    ring = [tx("a", [(("b", 0), 1)], [1]), tx("b", [(("a", 0), 1)], [1])]
    for wrong in (twice, other, ring, [tx("a", [(None, 1)], [2])]):
        with pytest.raises(FinflowError, match="spends what another one spent, or another amount"):
            follow(wrong, [], "fifo")


def chain(seed):
    """A random chain for the oracle and for finflow, in an order in which it can be followed, and marks."""
    r = random.Random(seed)
    plain, txs, unspent = [], [], []
    for n in range(r.randint(2, 12)):
        r.shuffle(unspent)
        inputs = [unspent.pop() for _ in range(min(len(unspent), r.randint(0, 3)))]
        inputs += [r.randint(1, 30) for _ in range(r.randint(0 if inputs else 1, 2))]
        values = {one: one if isinstance(one, int) else dict(txs)[one] for one in inputs}
        total = sum(values[one] for one in inputs)
        makes = []
        for _ in range(r.randint(1, 4)):
            makes.append(r.randint(0, total - sum(makes)))
        plain.append((f"t{n}", inputs, makes))
        txs += [((f"t{n}", number), units) for number, units in enumerate(makes)]
        unspent += [(f"t{n}", number) for number in range(len(makes))]
    sizes = dict(txs)
    ready = [
        tx(name, [(None, one) if isinstance(one, int) else (one, sizes[one]) for one in inputs], makes, n)
        for n, (name, inputs, makes) in enumerate(plain)
    ]
    outputs = r.sample(list(sizes), min(len(sizes), r.randint(1, 4)))
    marks = [(output, r.choice("TU"), r.randint(0, sizes[output])) for output in outputs]
    return plain, ready, marks, r


def runs(units):
    return [(label, len(list(group))) for label, group in groupby(units)]


def totals(pieces):
    out = {}
    for label, units in pieces:
        out[label] = out.get(label, 0) + units
    return {label: units for label, units in out.items() if units}


@pytest.mark.parametrize("method", POLICIES)
def test_random_chains_equal_the_oracle(method):
    carried = 0
    for seed in range(150):
        plain, ready, marks, r = chain(seed)
        origins = list(dict.fromkeys(origin for _, origin, _ in marks))
        by_output = {}
        for output, origin, units in marks:
            by_output.setdefault(output, []).append((origin, units))
        made, fees = oracle.follow(plain, by_output, method, origins)
        r.shuffle(ready)
        found = follow(ready, marks, method)
        for output, units in made.items():
            if method in ("fifo", "lifo"):
                assert found.holds[output] == runs(units), (seed, output)
            assert totals(found.holds[output]) == totals(runs(units)), (seed, output)
            carried += len(set(units)) > 1
        assert {name: totals(pieces) for name, pieces in found.fees.items()} == {
            name: totals(runs(units)) for name, units in fees.items()
        }, seed
    assert carried > 200


@pytest.mark.parametrize("method", POLICIES)
@pytest.mark.parametrize("dust", [0, 3])
def test_every_marked_unit_is_unspent_or_a_fee_or_cut(method, dust):
    for seed in range(400, 500):
        _, ready, marks, _ = chain(seed)
        found = follow(ready, marks, method, dust)
        for origin, marked in found.marked.items():
            unspent = sum(totals(p).get(origin, 0) for output, p in found.holds.items() if output not in found.spent)
            fees = sum(totals(p).get(origin, 0) for p in found.fees.values())
            assert marked == unspent + fees + found.cut[origin], (seed, origin)


def test_order_puts_what_is_made_before_what_spends_it():
    for seed in range(700, 750):
        _, ready, _, r = chain(seed)
        same_time = [tx(t.txid, t.spends, t.makes) for t in ready]
        r.shuffle(same_time)
        place = {t.txid: n for n, t in enumerate(in_order(same_time))}
        assert all(place[o[0]] < place[t.txid] for t in ready for o, _ in t.spends if o)

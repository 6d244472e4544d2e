"""The oracle itself, held to vectors worked out by others: if the rule book is wrong, everything is."""

import pytest

from tests.trace import oracle
from tests.trace.vectors import GOLDEN, METHODS, VECTORS, golden_legs, vector_legs


@pytest.mark.parametrize(
    ("name", "method"), [(n, m) for n, v in VECTORS.items() for m in v["expected"] if m in METHODS]
)
def test_vector(name: str, method: str) -> None:
    legs, origins, units, events = vector_legs(name)
    expected = VECTORS[name]["expected"][method]
    result = oracle.replay(legs, origins, METHODS[method])
    near = len(legs)
    held = {}
    for lot in result.accounts["A", "EUR"].lots:
        held[lot.label] = held.get(lot.label, 0) + lot.amount
    units.check(held, expected["holds"], near)
    outs = [(e[2], dict_of(result.out[i])) for i, e in enumerate(events) if e[0] == "W"]
    assert [o[0] for o in outs] == [o[0] for o in expected["outs"]]
    for (_, got), (_, wanted) in zip(outs, expected["outs"], strict=True):
        units.check(got, wanted, near)
    gone = dict_of([(label, x) for _, label, x in result.extinguished])
    units.check(gone, expected["extinguished"], near)


def dict_of(pairs: list[tuple[str, int]]) -> dict[str, int]:
    out: dict[str, int] = {}
    for label, amount in pairs:
        out[label] = out.get(label, 0) + amount
    return out


@pytest.mark.parametrize(("account", "variant", "method"), GOLDEN)
def test_golden_account(account: str, variant: str, method: str) -> None:
    legs, wanted, asset, units = golden_legs(account, variant)
    result = oracle.replay(legs, ["proceeds"], method)
    paid = sum(x for i in asset for label, x in result.out[i] if label == "proceeds")
    left = sum(lot.amount for lot in result.accounts["A", "EUR"].lots if lot.label == "proceeds")
    units.check({"asset": paid, "left": left}, wanted[method], len(legs))


def test_tv8_loop_between_two_accounts() -> None:
    a, b = ("A", "EUR"), ("B", "EUR")
    legs = [
        {"pocket": a, "side": "CRDT", "amount": 600},
        {"pocket": a, "side": "CRDT", "amount": 400, "marks": [("T", None)]},
        {"pocket": b, "side": "CRDT", "amount": 300},
        {"pocket": a, "side": "DBIT", "amount": 700, "pair": 4},
        {"pocket": b, "side": "CRDT", "amount": 700, "pair": 3},
        {"pocket": b, "side": "DBIT", "amount": 400, "pair": 6},
        {"pocket": a, "side": "CRDT", "amount": 400, "pair": 5},
        {"pocket": a, "side": "DBIT", "amount": 500},
    ]
    fifo = oracle.replay(legs, ["T"], "fifo")
    assert dict_of(fifo.out[7]) == {"T": 300, "other credit": 200}
    assert dict_of([(p.label, p.amount) for p in fifo.accounts[a].lots]) == {"other credit": 200}
    assert dict_of([(p.label, p.amount) for p in fifo.accounts[b].lots]) == {"other credit": 500, "T": 100}
    scaled = [dict(leg, amount=leg["amount"] * 7000) for leg in legs]
    rolling = oracle.replay(scaled, ["T"], "pro_rata")
    assert dict_of(rolling.out[7])["T"] == 1160 * 1000
    assert dict_of([(p.label, p.amount) for p in rolling.accounts[a].lots])["T"] == 464 * 1000
    assert dict_of([(p.label, p.amount) for p in rolling.accounts[b].lots])["T"] == 168 * 7000


def test_tv10_a_reversed_payment_restores_its_lots() -> None:
    a = ("A", "EUR")
    legs = [
        {"pocket": a, "side": "CRDT", "amount": 100},
        {"pocket": a, "side": "CRDT", "amount": 100, "marks": [("T", None)]},
        {"pocket": a, "side": "DBIT", "amount": 150},
        {"pocket": a, "side": "CRDT", "amount": 150, "reverses": 2},
        {"pocket": a, "side": "DBIT", "amount": 50},
    ]
    result = oracle.replay(legs, ["T"], "fifo")
    assert result.out[4] == [("other credit", 50)]
    assert [(p.label, p.amount) for p in result.accounts[a].lots] == [("other credit", 50), ("T", 100)]

"""From frames to a replay: order, reach and marks lose nothing, and the order of rows never matters."""

import pytest

from finflow.trace.plan import plan
from finflow.trace.policies import ALLOWED, policies
from finflow.trace.shares import METHODS
from tests.trace.build import Built, words_of_oracle
from tests.trace.frames import ledger_from, marked_words_of_oracle, marks_of, words_by_leg, words_of_plan
from tests.trace.ledgers import Maker

SEEDS = range(10_000, 10_100)


@pytest.mark.parametrize("start", range(SEEDS.start, SEEDS.stop, 100))
def test_frames_give_what_the_oracle_gives(start: int) -> None:
    for seed in range(start, start + 100):
        made = Maker(seed).without_empty_marks()
        ledger = ledger_from(made, shuffle=seed)
        marks = marks_of(made, ledger)
        if marks is None:
            continue
        built = Built(made.legs, made.origins, made.opening)
        for method in METHODS:
            wanted = marked_words_of_oracle(words_of_oracle(built, made.legs, method), made.origins)
            got = words_by_leg(ledger, marks, method)
            for word, rows in wanted.items():
                assert got[word] == rows, (seed, method, word)


@pytest.mark.parametrize("start", range(20_000, 20_100, 100))
def test_leaving_out_what_marked_money_cannot_reach_changes_no_figure(start: int) -> None:
    left_out = 0
    for seed in range(start, start + 100):
        made = Maker(seed)
        for leg in made.legs[len(made.legs) // 3 :]:
            leg.pop("marks", None)
        made.without_empty_marks()
        ledger = ledger_from(made)
        marks = marks_of(made, ledger)
        if marks is None:
            continue
        for method in METHODS:
            for same_day in ("printed", "debits_first"):
                some = words_by_leg(ledger, marks, method, same_day)
                assert some == words_by_leg(ledger, marks, method, same_day, everywhere=True), (seed, method, same_day)
        left_out += ledger.pockets.height - plan(ledger, marks, "printed").pockets.size
    assert left_out > 20


@pytest.mark.parametrize("same_day", ALLOWED["same_day"])
def test_shuffled_input_gives_the_same_result(same_day: str) -> None:
    for seed in range(30_000, 30_020):
        made = Maker(seed).without_empty_marks()
        one, two = ledger_from(made, shuffle=1, legs_a_day=8), ledger_from(made, shuffle=2, legs_a_day=8)
        marks = marks_of(made, one)
        if marks is not None:
            for method in METHODS:
                other = marks_of(made, two)
                assert words_by_leg(one, marks, method, same_day) == words_by_leg(two, other, method, same_day)


def many_origins(count: int) -> Maker:
    """A chain of accounts: every origin comes in alone, in amounts that divide badly, and all go round together."""
    made = Maker(0)
    made.origins, made.opening = [f"T{i}" for i in range(count)], {("A", "EUR"): 977, ("B", "EUR"): -313}
    made.legs = [
        {"pocket": ("A", "EUR"), "side": "CRDT", "amount": 100 + i % 7, "marks": [(f"T{i}", None)]}
        for i in range(count)
    ]
    for source, target, currency, sent, arrives in (
        ("A", "B", "EUR", 101 * count // 2, 99 * count // 2), ("B", "C", "HUF", 31 * count, 12_007 * count),
        ("A", "A", "EUR", 7 * count + 3, 7 * count + 3), ("C", "A", "EUR", 1_009 * count, 3 * count + 1),
    ):  # fmt: skip
        number = len(made.legs)
        from_currency = "HUF" if source == "C" else "EUR"
        made.legs.append({"pocket": (source, from_currency), "side": "DBIT", "amount": sent, "pair": number + 1})
        made.legs.append({"pocket": (target, currency), "side": "CRDT", "amount": arrives, "pair": number})
    made.legs.append({"pocket": ("A", "EUR"), "side": "DBIT", "amount": 11 * count + 5})
    return made


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("sub_rule", ["pro_rata", "fifo"])
def test_five_hundred_origins_each_keep_their_label(method: str, sub_rule: str) -> None:
    made, rules = many_origins(500), policies(sub_rule=sub_rule)
    built = Built(made.legs, made.origins, made.opening, rules)
    wanted = marked_words_of_oracle(words_of_oracle(built, made.legs, method), made.origins)
    for shuffle in (1, 2):
        ledger = ledger_from(made, shuffle=shuffle)
        got = words_of_plan(plan(ledger, marks_of(made, ledger), chosen=rules), method)
        assert {word: got[word] for word in wanted} == wanted
    assert len({label for word in ("out", "held", "extinguished") for _, label in got[word]}) == 500

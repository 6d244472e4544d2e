"""Turns the oracle's legs into the arrays of the kernel, and both results into the same words."""

from decimal import Decimal
from itertools import groupby

import numpy as np

from finflow.trace import engine, state
from finflow.trace.policies import parted, policies, rule_of
from tests.trace import oracle

WORDS = {"extinguished": state.EXTINGUISHED, "fee": state.FEE, "exchanged_out": state.EXCHANGED_OUT,
         "exchanged_in": state.EXCHANGED_IN, "entered": state.ENTERED, "already_linked": state.ALREADY_LINKED,
         "shortfall": state.SHORTFALL, "back": state.BACK, "interest": state.EARNED, "cut_off": state.CUT_OFF}  # fmt: skip


class Built:
    """Arrays of one ledger. `first` synthetic legs stand before the oracle's own: the opening balances."""

    def __init__(
        self, legs: list[dict], origins: list[str], opening: dict | None = None, rules: dict | None = None
    ) -> None:
        self.origins, self.opening, self.rules = origins, opening or {}, policies() | (rules or {})
        legs = oracle.without_links(legs) if self.rules["cash"] == "stops" else legs
        self.pockets = list(dict.fromkeys([leg["pocket"] for leg in legs] + list(self.opening)))
        self.labels = [*origins, *state.OTHER_LABELS]
        lots = [
            {"pocket": p, "side": "CRDT", "amount": b, "brings": self.opens()} for p, b in self.opening.items() if b > 0
        ]
        self.first = len(lots)
        shifted = [
            {k: v + self.first if k in ("pair", "reverses") and v is not None else v for k, v in leg.items()}
            for leg in legs
        ]
        self.all = lots + shifted
        self.owed = np.array([max(0, -self.opening.get(p, 0)) for p in self.pockets], np.int64)
        self.legs = self.arrays()

    def opens(self) -> str:
        return oracle.OWN if self.rules["opening"] == "own_money" else oracle.OPENING

    def arrays(self) -> state.Legs:
        kept = sorted({leg["reverses"] for leg in self.all if leg.get("reverses") is not None})
        undo = [(i, leg["reverses"]) for i, leg in enumerate(self.all) if leg.get("reverses") is not None]
        marks = [
            (i, self.labels.index(label), leg["amount"] if part is None else part)
            for i, leg in enumerate(self.all)
            for label, part in leg.get("marks", [])
        ]
        links = [(i, leg["cash_link"]) for i, leg in enumerate(self.all) if leg.get("cash_link") is not None]
        currencies = sorted({p[1] for p in self.pockets})
        about = [
            (
                self.pockets.index(leg["pocket"]),
                -1 if leg.get("pair") is None else leg["pair"],
                self.flags(i, leg, kept),
                oracle.OTHER_MONEY.index(leg.get("brings", oracle.OTHER)),
            )
            for i, leg in enumerate(self.all)
        ]
        return state.Legs(
            amount=np.array([leg["amount"] for leg in self.all], np.int64),
            about=np.array(about, np.int32).reshape(-1, 4),
            currency=np.array([currencies.index(p[1]) for p in self.pockets], np.int64),
            marks=np.array(marks, np.int64).reshape(-1, 3),
            undo=np.array(undo, np.int64).reshape(-1, 2),
            kept=np.array(kept, np.int64).reshape(-1, 1),
            links=np.array(links, np.int64).reshape(-1, 2),
        )

    def flags(self, i: int, leg: dict, kept: list[int]) -> int:
        return (
            state.DEBIT * (leg["side"] == "DBIT")
            + state.MARKED * bool(leg.get("marks"))
            + state.UNDO * (leg.get("reverses") is not None)
            + state.KEPT * (i in kept)
            + state.CASH_LINK * (leg.get("cash_link") is not None)
            + state.PAIRED * (leg.get("pair") is not None)
            + state.ELECTED * bool(leg.get("elected"))
            + (self.decided(leg) if leg["side"] == "CRDT" else 0)
        )

    def decided(self, leg: dict) -> int:
        fee = {"other_money_first": state.FEE_OF_OTHER, "linked_money_first": state.FEE_OF_MARKED}
        return (
            state.AS_NEW * (self.rules["reversal"] == "new_deposit")
            + state.INTEREST * bool(leg.get("interest") and self.rules["interest"] == "in_proportion")
            + (0 if leg.get("cash_link") is not None else fee.get(self.rules["fee"], 0))
        )

    def replay(self, method: str) -> engine.Replayed:
        least = oracle_rules(self.rules).get("dust", {})
        dust = np.array([least.get(currency, 0) for _, currency in self.pockets], np.int64)
        rule = rule_of({**self.rules, "method": method})
        return engine.replay(self.legs, len(self.pockets), len(self.origins), rule, self.owed, dust=dust)


def oracle_rules(rules: dict[str, str]) -> dict:
    """Policies as the oracle reads them: dust as least amounts in minor units (both currencies of the tests have two)."""
    least = parted("dust", rules.get("dust", "none"))[1]
    return {**rules, "dust": {currency: int(Decimal(x) * 100) for currency, x in least.items()}}


def merged(pairs: list[tuple[str, int]]) -> list[tuple[str, int]]:
    runs = groupby((p for p in pairs if p[1]), key=lambda p: p[0])
    return [(label, sum(x for _, x in run)) for label, run in runs]


def summed(rows: list[tuple[int, str, int]]) -> dict[tuple[int, str], int]:
    out: dict[tuple[int, str], int] = {}
    for leg, label, amount in rows:
        if amount:
            out[leg, label] = out.get((leg, label), 0) + amount
    return out


def words_of_oracle(built: Built, legs: list[dict], method: str) -> dict:
    result = oracle.replay(legs, built.origins, method, built.opening, oracle_rules(built.rules))
    out = {word: summed(getattr(result, word)) for word in WORDS}
    for word, compositions in (("out", result.out), ("arrived", result.arrived)):
        carrying = {i: c for i, c in enumerate(compositions) if any(label in built.origins and x for label, x in c)}
        out[word] = {i: merged(c) for i, c in carrying.items()}
    out["lots"] = {p: merged([(lot.label, lot.amount) for lot in a.lots]) for p, a in result.accounts.items()}
    out["owed"] = {p: a.owed for p, a in result.accounts.items()}
    return out


def words_of_kernel(built: Built, replayed: engine.Replayed) -> dict:
    rows = [(int(k), int(leg) - built.first, built.labels[label], int(x)) for k, leg, label, x, _ in replayed.rows]
    out = {word: summed([r[1:] for r in rows if r[0] == kind]) for word, kind in WORDS.items()}
    for word, kind in (("out", state.OUT), ("arrived", state.ARRIVED)):
        by_leg: dict[int, list] = {}
        for k, leg, label, x in rows:
            if k == kind:
                by_leg.setdefault(leg, []).append((label, x))
        out[word] = {leg: merged(pairs) for leg, pairs in by_leg.items()}
    out["lots"] = {p: [] for p in built.pockets}
    for q, label, x, _ in replayed.held:
        out["lots"][built.pockets[q]].append((built.labels[label], int(x)))
    out["lots"] = {p: merged(lots) for p, lots in out["lots"].items()}
    out["owed"] = {p: int(x) for p, x in zip(built.pockets, replayed.owed, strict=True)}
    return out

"""Random ledgers for the oracle and the kernels: everything that banks do to money, more often than they do it."""

import random
from collections.abc import Iterable, Iterator
from decimal import Decimal

from finflow.trace.policies import ALLOWED, policies

MOST = 1 << 60
SIZES = (1, 7, 100, 10_000, 10**15)


class Maker:
    """One ledger from one seed: legs in an order in which they can be replayed, origins, opening balances."""

    def __init__(self, seed: int) -> None:
        self.random = r = random.Random(seed)
        currencies = ["EUR", "HUF"][: r.choice([1, 1, 2])]
        self.pockets = [(f"A{i}", r.choice(currencies)) for i in range(r.randint(1, 5))]
        self.origins = [f"T{i}" for i in range(r.choice([1, 1, 2, 3]))]
        self.size = r.choice(SIZES)
        self.legs: list[dict] = []
        self.under_way: list[tuple[int, dict]] = []
        self.opening = {p: self.amount() * r.choice([1, -1]) for p in self.pockets if r.random() < 0.4}
        self.mark_often = r.choice([0.1, 0.3, 0.6])
        for _ in range(r.choice([4, 12, 30])):
            self.step()
        while self.under_way:
            self.arrive()
        self.mark()

    def amount(self) -> int:
        return self.random.choice(
            [0, 1, self.size, self.random.randint(0, 3 * self.size), 3 * self.random.randint(0, self.size)]
        )

    def rules(self) -> dict[str, str]:
        """Every policy at random, but the method: small amounts and accounts of this ledger as exceptions."""
        r = self.random
        chosen = {name: r.choice(values) for name, values in ALLOWED.items() if name != "method"}
        least = {currency: r.choice([1, self.size // 2, self.size]) for _, currency in self.pockets}
        small = [f"{currency}={Decimal(x) / 100}" for currency, x in least.items() if x]
        accounts = sorted({leg["pocket"][0] for leg in self.legs})
        exceptions = [f"{a}={r.choice(ALLOWED['same_day'])}" for a in accounts if r.random() < 0.2]
        chosen["same_day"] = ", ".join([chosen["same_day"], *exceptions])
        chosen["dust"] = ", ".join(["none", *small]) if r.random() < 0.4 else "none"
        return policies(**chosen)

    def step(self) -> None:
        kinds = [self.credit, self.debit, self.send, self.reverse, self.reverse_transfer]
        self.random.choices(kinds, weights=[6, 3, 6, 3, 1])[0]()
        while self.under_way and self.random.random() < 0.6:
            self.arrive()

    def add(self, pocket: tuple, side: str, amount: int, **more: object) -> int:
        self.legs.append({"pocket": pocket, "side": side, "amount": amount, **more})
        return len(self.legs) - 1

    def credit(self) -> None:
        more = self.random.choice([{}, {}, {"brings": "cash"}, {"interest": True}])
        self.add(self.random.choice(self.pockets), "CRDT", self.amount(), **more)

    def debit(self) -> None:
        self.add(self.random.choice(self.pockets), "DBIT", self.amount())

    def send(self, source: tuple | None = None, target: tuple | None = None, **more: object) -> int:
        r = self.random
        number = self.add(source or r.choice(self.pockets), "DBIT", self.amount(), **more)
        leg = self.legs[number]
        target = target or r.choice(self.pockets)
        amount = leg["amount"]
        if r.random() < 0.3 or target[1] != leg["pocket"][1]:
            amount = r.choice([amount * 390, amount // 3, max(0, amount - r.randint(0, 3)), self.amount()])
            amount = min(amount, 10**17)
        credit = {"pocket": target, "side": "CRDT", "amount": amount, "pair": number}
        if r.random() < 0.1:
            credit["cash_link"] = r.choice([amount, r.randint(0, amount)])
        self.under_way.append((number, credit))
        return number

    def arrive(self) -> None:
        number, credit = self.under_way.pop(self.random.randrange(len(self.under_way)))
        self.legs[number]["pair"] = len(self.legs)
        self.legs.append(credit)

    def originals(self, side: str) -> list[int]:
        return [i for i, leg in enumerate(self.legs) if leg["side"] == side and "reverses" not in leg]

    def reversal_amount(self, original: int) -> int:
        amount = self.legs[original]["amount"]
        return self.random.choice([amount, amount, amount, amount // 2, amount + 1])

    def reverse(self) -> None:
        """One leg comes back: the other side of the reversal is not held."""
        side = self.random.choice(["DBIT", "CRDT"])
        candidates = self.originals(side)
        if candidates:
            original = self.random.choice(candidates[-6:])
            back = "CRDT" if side == "DBIT" else "DBIT"
            self.add(self.legs[original]["pocket"], back, self.reversal_amount(original), reverses=original)

    def reverse_transfer(self) -> None:
        """Both legs come back, or what looks like it: the original may have one leg only."""
        whole = [i for i in self.originals("DBIT") if self.legs[i].get("pair") is not None]
        if not whole:
            return
        debit = self.random.choice(whole[-6:])
        credit = self.legs[debit]["pair"]
        amount = self.reversal_amount(credit)
        number = self.add(self.legs[credit]["pocket"], "DBIT", amount, reverses=credit)
        back = {"pocket": self.legs[debit]["pocket"], "side": "CRDT", "amount": self.reversal_amount(debit),
                "pair": number, "reverses": debit}  # fmt: skip
        self.under_way.append((number, back))

    def mark(self) -> None:
        for leg in self.legs:
            markable = not (leg["side"] == "CRDT" and "reverses" in leg)
            if markable and self.random.random() < (self.mark_often if leg["side"] == "CRDT" else 0.05):
                count = self.random.choice([1, 1, 2])
                leg["marks"] = [(self.random.choice(self.origins), self.part(leg["amount"])) for _ in range(count)]

    def without_empty_marks(self) -> "Maker":
        """Marks of nothing left out, origins in the order in which marks name them: what a frame of marks can say."""
        for leg in self.legs:
            leg["marks"] = [(origin, part) for origin, part in leg.get("marks", []) if part != 0]
        self.origins = list(dict.fromkeys(origin for leg in self.legs for origin, _ in leg["marks"]))
        return self

    def part(self, amount: int) -> int | None:
        return self.random.choice([None, None, self.random.randint(0, amount)])


class Several(Maker):
    """Random ledgers in one case, each with accounts and origins of its own: frames cost more than money."""

    def __init__(self, makers: list[Maker]) -> None:
        self.random = random.Random(len(makers[0].legs))
        self.size = self.random.choice([made.size for made in makers])
        self.legs, self.pockets, self.origins, self.opening = [], [], [], {}
        for number, made in enumerate(makers):
            self.add_ledger(str(number), made)

    def add_ledger(self, name: str, made: Maker) -> None:
        first = len(self.legs)
        for leg in made.legs:
            moved = {key: leg[key] + first for key in ("pair", "reverses") if leg.get(key) is not None}
            marks = [(name + origin, part) for origin, part in leg["marks"]]
            self.legs.append({**leg, **moved, "pocket": (name + leg["pocket"][0], leg["pocket"][1]), "marks": marks})
        self.pockets += [(name + account, currency) for account, currency in made.pockets]
        self.origins += [name + origin for origin in made.origins]
        self.opening |= {(name + account, currency): x for (account, currency), x in made.opening.items()}


def in_cases(seeds: Iterable[int], size: int = 10) -> Iterator[Several]:
    """Random ledgers that have a mark, several in a case, as far as exact arithmetic holds their sum."""
    together: list[Maker] = []
    for seed in seeds:
        made = Maker(seed).without_empty_marks()
        if sum(leg["amount"] for one in [*together, made] for leg in one.legs) > MOST or len(together) == size:
            yield Several(together)
            together = []
        together += [made] if made.origins else []
    if together:
        yield Several(together)

"""What claimants share: accounts of one currency taken as one fund, who paid in and got back how much, what is left.

What is left of claimants' money is a replay under libr with the rules of every trace: other money leaves first and
never replenishes, and what moved from one account of the fund to another stays in it.
"""

from typing import TYPE_CHECKING, Any

import numpy as np
import polars as pl

from finflow.money import in_proportion

if TYPE_CHECKING:
    from finflow.trace.ledger import Ledger
    from finflow.trace.plan import Marks

PARI_PASSU, CAPPED = "pari_passu", "libr_capped"


def _arrival(ledger: "Ledger", legs: Any) -> Any:
    """The credit by which a marked leg arrived; NONE = -1 when it has not."""
    return np.where(ledger.calendar.is_debit[legs], ledger.calendar.pair[legs], legs)


def pocket_paid(ledger: "Ledger", marks: "Marks") -> Any:
    """Per mark: the pocket its money was paid straight into, -1 when it has not arrived."""
    arrival = _arrival(ledger, marks.leg)
    return np.where(arrival < 0, -1, ledger.calendar.pocket[arrival])


class Fund:
    """Pockets of one currency: who paid in and got back how much, and what is left of it, in minor units by label.

    repaid: leg, origin, of debits that a person said paid a claimant back.
    """

    def __init__(self, ledger: "Ledger", marks: "Marks", repaid: pl.DataFrame, pockets: Any, same_day: str) -> None:
        self.ledger, self.marks, self.pockets, self.same_day = ledger, marks, pockets, same_day
        self.mine = np.isin(pocket_paid(ledger, marks), pockets)
        self.labels = sorted({int(label) for label in marks.label[self.mine]})
        number = {origin: label for label, origin in enumerate(marks.origins)}
        self.decided = {
            leg: number[origin]
            for leg, origin in repaid.rows()
            if number.get(origin) in self.labels and ledger.calendar.pocket[leg] in pockets
        }
        self.lines: list[tuple[int, int, str, int]] = []  # leg, label, what, units
        self.reached: set[str] = set()  # accounts that what is left was replayed over
        self.moved_to: set[str] = set()  # other accounts on which claimants' money lies
        self.balance = self._balance()
        self.left = self._left(self.labels)
        self._pay_in()
        self._pay_back()

    @property
    def currency(self) -> str:
        """The currency of every pocket of the fund."""
        return str(self.ledger.pockets["currency"][int(self.pockets[0])])

    def summed(self, what: str) -> dict[int, int]:
        """Minor units paid in or repaid, by label."""
        sums = dict.fromkeys(self.labels, 0)
        for _, label, said, units in self.lines:
            sums[label] += units * (said == what)
        return sums

    def caps(self) -> dict[int, int]:
        """What the lowest balance leaves each claimant, were he alone."""
        return {label: self._left([label]) for label in self.labels}

    def _planned(self, labels: list[int]) -> Any:
        """The plan in which these claimants are one, and what is paid back to them takes their money first."""
        from finflow.trace.plan import Marks, plan

        mine = self.mine & np.isin(self.marks.label, labels)
        one = Marks(("claimants",), self.marks.leg[mine], np.zeros(mine.sum(), np.int64), self.marks.amount[mine])
        elected = np.array([leg for leg, label in self.decided.items() if label in labels], np.int64)
        return plan(self.ledger, one, self.same_day, elected=elected)

    def _balance(self) -> int:
        calendar = self.ledger.calendar
        amounts = np.where(calendar.is_debit, -self.ledger.amount, self.ledger.amount)
        owed = self.ledger.pockets["owed"].to_numpy()[self.pockets]
        return int(amounts[np.isin(calendar.pocket, self.pockets)].sum() - owed.sum())

    def _left(self, labels: list[int]) -> int:
        """What is left on these accounts of the money of these claimants taken as one."""
        planned = self._planned(labels)
        replayed = planned.replay("libr")
        accounts = self.ledger.pockets["account_id"]
        theirs = replayed.held[replayed.held[:, 1] == 0]
        lies_on = planned.pockets[theirs[:, 0]]
        here = np.isin(lies_on, self.pockets)
        self.reached |= set(accounts.gather(planned.pockets))
        self.moved_to |= set(accounts.gather(lies_on[~here]))
        return int(theirs[here, 2].sum())

    def _pay_in(self) -> None:
        """What arrived of each mark; a fee or an exchange on the way leaves its share of it. No unit counts twice."""
        counted: dict[int, int] = {}
        amount, is_debit = self.ledger.amount, self.ledger.calendar.is_debit
        currencies, pocket = self.ledger.pockets["currency"], self.ledger.calendar.pocket
        for leg, label, units in zip(self.marks.leg, self.marks.label, self.marks.amount, strict=True):
            arrival = int(_arrival(self.ledger, leg))
            if arrival < 0 or self.ledger.calendar.pocket[arrival] not in self.pockets:
                continue
            sent, came = int(amount[leg]), int(amount[arrival])
            exchanged = currencies[int(pocket[leg])] != currencies[int(pocket[arrival])]
            if is_debit[leg] and sent and (came < sent or exchanged):
                units = int(units) * came // sent
            units = min(int(units), came - counted.get(arrival, 0))
            counted[arrival] = counted.get(arrival, 0) + units
            self.lines.append((arrival, int(label), "paid in", units))

    def _pay_back(self) -> None:
        """What a person said was repaid, and payments that were reversed, in the order of their marks."""
        amount, reverses = self.ledger.amount, self.ledger.reverses
        self.lines += [(leg, label, "repaid", int(amount[leg])) for leg, label in self.decided.items()]
        paid = [line for line in self.lines if line[2] == "paid in"]
        for debit in np.flatnonzero(np.isin(reverses, [leg for leg, *_ in paid]) & self.ledger.calendar.is_debit):
            rest = 0 if int(debit) in self.decided else int(amount[debit])
            for leg, label, _, units in paid:
                back = min(rest, units) if leg == reverses[debit] else 0
                rest -= back
                self.lines += [(int(debit), label, "repaid", back)] if back else []


def shares(fund: Fund, rule: str) -> tuple[dict[int, tuple[int | None, ...]], int]:
    """By label: paid in, repaid, net, cap, share; and what is shared."""
    paid_in, repaid = fund.summed("paid in"), fund.summed("repaid")
    net = {label: max(0, paid_in[label] - repaid[label]) for label in fund.labels}
    caps = fund.caps() if rule == CAPPED else {}
    weights = {label: min(net[label], caps.get(label, net[label])) for label in fund.labels}
    shared = min(fund.left, sum(weights.values()))
    parts = dict(zip(fund.labels, in_proportion(shared, list(weights.values())), strict=True))
    return {
        label: (paid_in[label], repaid[label], net[label], caps.get(label), parts[label]) for label in fund.labels
    }, shared

"""Who shares in what is left on an account at a cut-off, and how: `case.claims`.

Two rules between claimants. *pari_passu*: in proportion to what each paid in, less what he got back, whatever the days.
*libr_capped*: each is capped first at the lowest balance after his payments; the caps are shared in proportion.
Under both, other money ranks last and never replenishes: no more is shared than the lowest balance leaves all claimants
taken as one. Caps and that sum are replays under libr, with the rules of every trace. What a person says was paid back
takes the claimant's own money first.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any, ClassVar

import duckdb
import numpy as np
import polars as pl

from finflow.check import completeness
from finflow.errors import FinflowError
from finflow.keys import basis, digest, stored
from finflow.places import shipped
from finflow.resolve import refuse_unresolved
from finflow.results import Result, money
from finflow.trace.policies import SAID, policies
from finflow.trace.trail import refuse_gaps
from finflow.trace.verbs import Marked, given_marks, open_months

if TYPE_CHECKING:
    from finflow.case import Case
    from finflow.trace.ledger import Ledger
    from finflow.trace.plan import Marks

RULES = {
    "pari_passu": "in proportion to what each paid in",
    "libr_capped": "in proportion to what the lowest balance after his payments leaves each",
}


@dataclass(frozen=True)
class Claims(Result):
    """Claimants of one account at the end of a day. Amounts are decimals in the currency of the account.

    frame: claimant (the origin of the marks), paid_in, repaid, net, cap (NULL under pari_passu), share, currency
    funds: currency, balance, shared (what of it claimants share; the rest is other money)
    lines: leg_id, booking_date, claimant, what (paid in, repaid), amount, currency
    elsewhere: marks that are not counted: not paid straight into the account, or after the day.
    """

    key: str
    account_id: str
    on: date | None
    rule: str
    same_day: str
    funds: pl.DataFrame
    lines: pl.DataFrame
    elsewhere: int

    element: ClassVar[str] = "finflow-claims"
    caption: ClassVar[str] = "What claimants share of the balance of one account"

    @property
    def statement(self) -> str:
        """Which rule was applied, to how much, and what was left out, in the words of a report."""
        day = f"at the end of {self.on}" if self.on else "after the last line held"
        sums = "; ".join(f"{money(b)} {c}, of which {money(s)} is shared" for c, b, s in self.funds.rows())
        parts = [
            f"Shared {RULES[self.rule]}; order within a day: {SAID['same_day'][self.same_day]}.",
            f"Balance {day}: {sums}. Other money ranks last and replenishes nothing.",
            f"Not counted: {self.elsewhere} marks on other accounts or after that day." if self.elsewhere else "",
            "No rule is proposed as the law of any State.",
        ]
        return " ".join(part for part in parts if part)

    def __str__(self) -> str:
        """The shares for a terminal."""
        return f"{self.statement}\n{super().__str__()}"

    def _repr_html_(self) -> str:
        from finflow.results import table

        return table(self.shown(), element=self.element, caption=f"{self.caption}. {self.statement}")


def claims(
    case: "Case",
    account: str,
    marks: Marked,
    *,
    on: date | None = None,
    rule: str = "pari_passu",
    same_day: str = "printed",
) -> Claims:
    """Share the balance of an account among those whose marked money was paid straight into it.

    on: the day at whose end the balance is shared; none = after the last line. rule: pari_passu or libr_capped. What a
    claimant got back is a decision `repaid` on the line, or the reversal of his payment. Raises FinflowError for an
    unknown rule, leads, or an account without a marked payment; DataGap when the shares rest on an open gap.
    """
    if rule not in RULES:
        raise FinflowError(f"rule {rule!r} is not known. Use one of: {', '.join(RULES)}.")
    policies(same_day=same_day)
    given, leads_only = given_marks(marks)
    if leads_only:
        raise FinflowError("Claims rest on money that a person marked, never on leads. Give case.proceeds().")
    given = given.select("leg_id", "origin", "amount")
    asked = {"account": account, "on": on, "rule": rule, "same_day": same_day}
    with case.logged("claims", marks=given.height, rule=rule) as outcome:
        with case.reading("claims") as con:
            refuse_unresolved(con)
            key = digest(basis(con), "claims", asked, given.rows())
            kept = stored(case.folder, key, lambda: _claims(con, account, given, on, rule, same_day))
        outcome.update(key=key, claimants=kept["shares"].height)
    refuse_gaps(kept["gaps"])
    elsewhere = int(kept["elsewhere"].item())
    return Claims(kept["shares"], key, account, on, rule, same_day, kept["funds"], kept["lines"], elsewhere)


def _claims(
    con: duckdb.DuckDBPyConnection, account: str, given: pl.DataFrame, on: date | None, rule: str, same_day: str
) -> dict[str, pl.DataFrame]:
    from finflow.trace.ledger import read_ledger

    months = completeness(con)
    ledger = read_ledger(con, on)
    marks, elsewhere = _straight(con, ledger, account, given)
    repaid = _repaid(con, ledger, account)
    funds = [_Fund(ledger, marks, repaid, pocket, same_day) for pocket in _pockets_paid(ledger, marks)]
    frames = _frames(ledger, funds, rule)
    reached = {name for fund in funds for name in fund.reached}
    rests_on = months.filter(pl.col("account_id").is_in(reached))
    if on is not None:
        rests_on = rests_on.filter(pl.col("month") <= on)
    return {**frames, "gaps": open_months(rests_on), "elsewhere": pl.DataFrame({"marks": [elsewhere]})}


def _straight(
    con: duckdb.DuckDBPyConnection, ledger: "Ledger", account: str, given: pl.DataFrame
) -> tuple["Marks", int]:
    """The marks whose money was paid straight into the account by then, and how many others there are."""
    from finflow.trace.marks import marks_on
    from finflow.trace.plan import Marks

    known = given["leg_id"].is_in(con.sql("SELECT leg_id FROM leg").pl()["leg_id"].implode())
    by_then = given["leg_id"].is_in(ledger.legs["leg_id"].drop_nulls().implode())
    held = given.filter(by_then | ~known)  # an unknown leg is refused like in every trace
    every = marks_on(ledger, held) if held.height else None
    here = np.flatnonzero(ledger.pockets["account_id"].to_numpy() == account)
    straight = every is not None and np.isin(_pocket_paid(ledger, every), here)
    if every is None or not np.any(straight):
        raise FinflowError(
            "No marked money was paid straight into this account by then. Name an account by its id and mark the lines "
            "on which claimants paid in: finflow decide CASE LEG_ID proceeds --label ORIGIN --by NAME --why REASON."
        )
    marks = Marks(every.origins, every.leg[straight], every.label[straight], every.amount[straight])
    return marks, given.height - int(np.count_nonzero(straight))


def _arrival(ledger: "Ledger", legs: Any) -> Any:
    """The credit by which a marked leg arrived; NONE = -1 when it has not."""
    return np.where(ledger.calendar.is_debit[legs], ledger.calendar.pair[legs], legs)


def _pocket_paid(ledger: "Ledger", marks: "Marks") -> Any:
    arrival = _arrival(ledger, marks.leg)
    return np.where(arrival < 0, -1, ledger.calendar.pocket[arrival])


def _pockets_paid(ledger: "Ledger", marks: "Marks") -> list[int]:
    return sorted({int(pocket) for pocket in _pocket_paid(ledger, marks)})


def _repaid(con: duckdb.DuckDBPyConnection, ledger: "Ledger", account: str) -> pl.DataFrame:
    """Debits of the account that a person said paid a claimant back: leg, origin."""
    query = (shipped("queries") / "trace" / "repaid.sql").read_text(encoding="utf-8")
    debits = ledger.legs.filter((pl.col("side") == "DBIT") & (pl.col("account_id") == account))
    found: pl.DataFrame = con.sql(query).pl().join(debits.select("leg_id", "leg"), on="leg_id").select("leg", "origin")
    return found


class _Fund:
    """One account in one currency: who paid in and got back how much, and what the lowest balance leaves, in minor
    units by label.
    """

    def __init__(self, ledger: "Ledger", marks: "Marks", repaid: pl.DataFrame, pocket: int, same_day: str) -> None:
        self.ledger, self.marks, self.pocket, self.same_day = ledger, marks, pocket, same_day
        self.mine = _pocket_paid(ledger, marks) == pocket
        self.labels = sorted({int(label) for label in marks.label[self.mine]})
        number = {origin: label for label, origin in enumerate(marks.origins)}
        self.decided = {
            leg: number[origin]
            for leg, origin in repaid.rows()
            if number.get(origin) in self.labels and ledger.calendar.pocket[leg] == pocket
        }
        self.lines: list[tuple[int, int, str, int]] = []  # leg, label, what, units
        self.balance, left, self.reached = self._lowest(self.labels)
        self._pay_in()
        self._pay_back()
        self.class_left = left

    def summed(self, what: str) -> dict[int, int]:
        """Minor units paid in or repaid, by label."""
        sums = dict.fromkeys(self.labels, 0)
        for _, label, said, units in self.lines:
            sums[label] += units * (said == what)
        return sums

    def caps(self) -> dict[int, int]:
        """What the lowest balance leaves each claimant, were he alone."""
        return {label: self._lowest([label])[1] for label in self.labels}

    def _planned(self, labels: list[int]) -> Any:
        """The plan in which these claimants are one, and what is paid back to them takes their money first."""
        from finflow.trace.plan import Marks, plan

        mine = self.mine & np.isin(self.marks.label, labels)
        one = Marks(("claimants",), self.marks.leg[mine], np.zeros(mine.sum(), np.int64), self.marks.amount[mine])
        elected = np.array([leg for leg, label in self.decided.items() if label in labels], np.int64)
        return plan(self.ledger, one, self.same_day, elected=elected)

    def _lowest(self, labels: list[int]) -> tuple[int, int, set[str]]:
        """The balance, what of it the lowest balance leaves these claimants, and the accounts it was replayed over."""
        planned = self._planned(labels)
        replayed = planned.replay("libr")
        here = int(np.searchsorted(planned.pockets, self.pocket))
        lying = replayed.held[replayed.held[:, 0] == here]
        left = int(lying[lying[:, 1] == 0, 2].sum())
        reached = set(self.ledger.pockets["account_id"].gather(planned.pockets))
        return int(lying[:, 2].sum() - replayed.owed[here]), left, reached

    def _pay_in(self) -> None:
        """What arrived of each mark; a fee or an exchange on the way leaves its share of it. No unit counts twice."""
        counted: dict[int, int] = {}
        amount, is_debit = self.ledger.amount, self.ledger.calendar.is_debit
        currency = self.ledger.legs["currency"]
        for leg, label, units in zip(self.marks.leg, self.marks.label, self.marks.amount, strict=True):
            arrival = int(_arrival(self.ledger, leg))
            if arrival < 0 or self.ledger.calendar.pocket[arrival] != self.pocket:
                continue
            sent, came = int(amount[leg]), int(amount[arrival])
            if is_debit[leg] and sent and (came < sent or currency[int(leg)] != currency[arrival]):
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


def _frames(ledger: "Ledger", funds: list[_Fund], rule: str) -> dict[str, pl.DataFrame]:
    shares, sums, lines = [], [], []
    for fund in funds:
        currency = ledger.pockets["currency"][fund.pocket]
        rows, shared = _shares(fund, rule)
        shares += [(fund.marks.origins[label], *row, currency) for label, row in rows.items()]
        sums.append((currency, fund.balance, shared))
        lines += [(leg, fund.marks.origins[label], what, units, currency) for leg, label, what, units in fund.lines]
    return {
        "shares": _decimals(ledger, shares, ("claimant", "paid_in", "repaid", "net", "cap", "share", "currency")),
        "funds": _decimals(ledger, sums, ("currency", "balance", "shared")),
        "lines": _with_days(ledger, _decimals(ledger, lines, ("leg", "claimant", "what", "amount", "currency"))),
    }


def _shares(fund: _Fund, rule: str) -> tuple[dict[int, tuple[int | None, ...]], int]:
    """By label: paid in, repaid, net, cap, share; and what is shared."""
    paid_in, repaid = fund.summed("paid in"), fund.summed("repaid")
    net = {label: max(0, paid_in[label] - repaid[label]) for label in fund.labels}
    caps = fund.caps() if rule == "libr_capped" else {}
    weights = {label: min(net[label], caps.get(label, net[label])) for label in fund.labels}
    shared = max(0, min(fund.class_left, fund.balance, sum(weights.values())))
    parts = dict(zip(fund.labels, in_proportion(shared, list(weights.values())), strict=True))
    return {
        label: (paid_in[label], repaid[label], net[label], caps.get(label), parts[label]) for label in fund.labels
    }, shared


def in_proportion(amount: int, weights: Sequence[int]) -> list[int]:
    """An amount split by weights, in whole units by largest remainder; equal remainders to the one named first."""
    total = sum(weights)
    if total == 0:
        return [0] * len(weights)
    parts = [amount * weight // total for weight in weights]
    by_remainder = sorted(range(len(weights)), key=lambda i: (-(amount * weights[i] % total), i))
    for i in by_remainder[: amount - sum(parts)]:
        parts[i] += 1
    return parts


_TEXT = ("claimant", "currency", "what")


def _decimals(ledger: "Ledger", rows: list[tuple[Any, ...]], names: tuple[str, ...]) -> pl.DataFrame:
    kinds = {name: pl.String if name in _TEXT else pl.Int64 for name in names}
    frame = pl.DataFrame(rows, schema=kinds, orient="row")
    for name in names:
        if name not in (*_TEXT, "leg"):
            frame = ledger.decimals(frame, name, "currency")
    return frame


def _with_days(ledger: "Ledger", lines: pl.DataFrame) -> pl.DataFrame:
    legs = ledger.legs.select("leg", "leg_id", "booking_date")
    found = lines.join(legs, on="leg", maintain_order="left").sort("booking_date", "leg", "what", maintain_order=True)
    return found.select("leg_id", "booking_date", "claimant", "what", "amount", "currency")

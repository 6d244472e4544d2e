"""Who shares in what is left on accounts at a cut-off, and how: `case.claims`.

Two rules between claimants. *pari_passu*: in proportion to what each paid in, less what he got back, whatever the days.
*libr_capped*: each is capped first at the lowest balance after his payments; the caps are shared in proportion.
Under both, other money ranks last and never replenishes: no more is shared than the lowest balance leaves all claimants
taken as one. Caps and that sum are replays under libr, with the rules of every trace. What a person says was paid back
takes the claimant's own money first.

Several accounts that are named together are taken as one fund under pari_passu, which asks what was paid in and what is
left, wherever it lies: a transfer from one of them to another changes no share. A lowest balance is one of an account,
so libr_capped takes one account alone.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any, ClassVar

import duckdb
import numpy as np
import polars as pl

from finflow.check import completeness
from finflow.counting import counted
from finflow.errors import FinflowError
from finflow.keys import basis, digest, stored
from finflow.places import shipped
from finflow.resolve import refuse_unresolved
from finflow.results import Result, money
from finflow.trace.asked import Marked, decided_marks, given_marks
from finflow.trace.fund import CAPPED, PARI_PASSU, Fund, pocket_paid, shares
from finflow.trace.policies import parted, policies, said
from finflow.trace.trail import refuse_gaps
from finflow.trace.verbs import open_months

if TYPE_CHECKING:
    from finflow.case import Case
    from finflow.trace.ledger import Ledger
    from finflow.trace.plan import Marks

RULES = {
    PARI_PASSU: "in proportion to what each paid in",
    CAPPED: "in proportion to what the lowest balance after his payments leaves each",
}


@dataclass(frozen=True)
class Claims(Result):
    """Claimants of an account, or of several taken as one fund, at the end of a day. Amounts are decimals.

    frame: claimant (the origin of the marks), paid_in, repaid, net, cap (NULL under pari_passu), share, currency
    funds: currency, balance, shared (what of it claimants share; the rest is other money)
    lines: leg_id, booking_date, claimant, what (paid in, repaid), amount, currency
    elsewhere: marks that are not counted: not paid straight into an account named, or after the day
    moved_to: how many other accounts of the case hold money of the claimants, which is not shared here.
    """

    key: str
    account_ids: tuple[str, ...]
    on: date | None
    rule: str
    same_day: str
    funds: pl.DataFrame
    lines: pl.DataFrame
    elsewhere: int
    moved_to: int

    element: ClassVar[str] = "finflow-claims"
    caption: ClassVar[str] = "What claimants share of the balance"

    @property
    def statement(self) -> str:
        """Which rule was applied, to how much, and what was left out, in the words of a report."""
        day = f"at the end of {self.on}" if self.on else "after the last line held"
        sums = "; ".join(f"{money(b)} {c}, of which {money(s)} is shared" for c, b, s in self.funds.rows())
        several = len(self.account_ids) > 1
        parts = [
            f"Shared {RULES[self.rule]}; order within a day: {said('same_day', self.same_day)}.",
            f"{len(self.account_ids)} accounts that were named together are taken as one fund." if several else "",
            f"Balance {day}: {sums}. Other money ranks last and replenishes nothing.",
            f"Not counted: {self.elsewhere} marks on other accounts or after that day." if self.elsewhere else "",
            f"Not shared: their money on {counted(self.moved_to, 'other account')} of the case." * bool(self.moved_to),
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
    accounts: str | Iterable[str],
    marks: Marked,
    *,
    on: date | None = None,
    rule: str = PARI_PASSU,
    same_day: str = "printed",
) -> Claims:
    """Share the balance of an account among those whose marked money was paid straight into it.

    accounts: the id of one, or of several to be taken as one fund (pari_passu alone). on: the day at whose end the
    balance is shared; none = after the last line. rule: pari_passu or libr_capped. What a claimant got back is a
    decision `repaid` on the line, or the reversal of his payment. Raises FinflowError for an unknown rule, leads, an
    account without a line or marked payment by then; DataGap when the shares rest on an open gap.
    """
    if on is not None and not isinstance(on, date):
        raise FinflowError("The day is given as on=datetime.date(2026, 1, 31).")
    named = (accounts,) if isinstance(accounts, str) else tuple(sorted({*accounts}))
    _refuse(named, rule)
    order = policies(same_day=same_day)["same_day"]
    given, are_hits = given_marks(marks)
    with case.logged("claims", marks=given.height, rule=rule, accounts=len(named)) as outcome:
        with case.reading("claims") as con:
            refuse_unresolved(con)
            given, leads_only = decided_marks(con, given, are_hits)
            if leads_only:
                raise FinflowError("Claims rest on money that a person marked, never on leads. Give case.proceeds().")
            key = digest(basis(con), "claims", named, on, rule, order, given.rows())
            kept = stored(case.folder, key, lambda: _claims(con, named, given, on, rule, order))
        outcome.update(key=key, claimants=kept["shares"].height)
    refuse_gaps(kept["gaps"])
    counts = kept["counts"].row(0, named=True)
    return Claims(kept["shares"], key, named, on, rule, order, kept["funds"], kept["lines"], **counts)


def _refuse(accounts: tuple[str, ...], rule: str) -> None:
    if rule not in RULES:
        raise FinflowError(f"rule {rule!r} is not known. Use one of: {', '.join(RULES)}.")
    if len(accounts) > 1 and rule == CAPPED:
        raise FinflowError(
            "libr_capped caps each claimant at the lowest balance of one account after his payments; no rule says what "
            "that is over several. Name one account at a time, or use pari_passu, which takes several as one fund. "
            "What moved on to an account that no claimant paid straight into is followed by case.trace."
        )


def _claims(
    con: duckdb.DuckDBPyConnection,
    accounts: tuple[str, ...],
    given: pl.DataFrame,
    on: date | None,
    rule: str,
    same_day: str,
) -> dict[str, pl.DataFrame]:
    from finflow.trace.ledger import read_ledger
    from finflow.trace.passed import accounts_for
    from finflow.trace.rows import CaseRecords

    months, records = completeness(con), CaseRecords(con)
    named = {*accounts, *parted("same_day", same_day)[1]}
    matter = accounts_for(con, records, given["leg_id"], beside=given["leg_id"], named=named)
    ledger = read_ledger(con, records, matter, on)
    here = ledger.pockets.filter(pl.col("account_id").is_in(accounts))
    _refuse_without_lines(accounts, here)
    marks, elsewhere = _straight(ledger, here, given)
    repaid = _repaid(con, ledger, accounts)
    paid = here.filter(pl.col("pocket").is_in(pocket_paid(ledger, marks)))
    funds = [
        Fund(ledger, marks, repaid, here.filter(pl.col("currency") == currency)["pocket"].to_numpy(), same_day)
        for currency in paid["currency"].unique().sort()
    ]
    reached = set[str]().union(*(fund.reached for fund in funds))
    rests_on = months.filter(pl.col("account_id").is_in(reached))
    if on is not None:
        rests_on = rests_on.filter(pl.col("month") <= on)
    moved_to = set[str]().union(*(fund.moved_to for fund in funds))
    counts = pl.DataFrame({"elsewhere": [elsewhere], "moved_to": [len(moved_to)]})
    return {**_frames(ledger, funds, rule), "gaps": open_months(rests_on), "counts": counts}


def _refuse_without_lines(accounts: tuple[str, ...], here: pl.DataFrame) -> None:
    missing = len({*accounts} - {*here["account_id"]})
    if missing:
        raise FinflowError(
            f"Accounts named that have no bank line by then: {missing}. Give ids of accounts inside the case: finflow "
            "check CASE shows them."
        )


def _straight(ledger: "Ledger", here: pl.DataFrame, given: pl.DataFrame) -> tuple["Marks", int]:
    """The marks whose money was paid straight into these pockets by then, and how many others there are."""
    from finflow.trace.marks import marks_on
    from finflow.trace.plan import Marks

    known = given["leg_id"].is_in(ledger.records.find(given["leg_id"])["leg_id"].implode())
    by_then = given["leg_id"].is_in(ledger.find(given["leg_id"])["leg_id"].implode())
    held = given.filter(by_then | ~known)  # an unknown leg is refused like in every trace
    every = marks_on(ledger, held) if held.height else None
    straight = every is not None and np.isin(pocket_paid(ledger, every), here["pocket"].to_numpy())
    if every is None or not np.any(straight):
        raise FinflowError(
            "No marked money was paid straight into this account by then. Name an account by its id and mark the lines "
            "on which claimants paid in: finflow decide CASE LEG_ID proceeds --label ORIGIN --by NAME --why REASON. "
            "Where their money came by way of another account of the case, name both: they are taken as one fund."
        )
    marks = Marks(every.origins, every.leg[straight], every.label[straight], every.amount[straight])
    return marks, given.height - int(np.count_nonzero(straight))


def _repaid(con: duckdb.DuckDBPyConnection, ledger: "Ledger", accounts: tuple[str, ...]) -> pl.DataFrame:
    """Debits of the accounts that a person said paid a claimant back: leg, origin."""
    query = (shipped("queries") / "trace" / "repaid.sql").read_text(encoding="utf-8")
    repaid: pl.DataFrame = con.sql(query).pl()
    debits = ledger.find(repaid["leg_id"]).filter(pl.col("side") == "DBIT")
    account = ledger.pockets["account_id"].gather(ledger.calendar.pocket[debits["leg"].to_numpy()])
    return repaid.join(debits.filter(account.is_in(accounts)), on="leg_id").select("leg", "origin")


def _frames(ledger: "Ledger", funds: list[Fund], rule: str) -> dict[str, pl.DataFrame]:
    parts, sums, lines = [], [], []
    for fund in funds:
        currency = fund.currency
        rows, shared = shares(fund, rule)
        parts += [(fund.marks.origins[label], *row, currency) for label, row in rows.items()]
        sums.append((currency, fund.balance, shared))
        lines += [(leg, fund.marks.origins[label], what, units, currency) for leg, label, what, units in fund.lines]
    return {
        "shares": _decimals(ledger, parts, ("claimant", "paid_in", "repaid", "net", "cap", "share", "currency")),
        "funds": _decimals(ledger, sums, ("currency", "balance", "shared")),
        "lines": _with_days(ledger, _decimals(ledger, lines, ("leg", "claimant", "what", "amount", "currency"))),
    }


_TEXT = ("claimant", "currency", "what")


def _decimals(ledger: "Ledger", rows: list[tuple[Any, ...]], names: tuple[str, ...]) -> pl.DataFrame:
    kinds = {name: pl.String if name in _TEXT else pl.Int64 for name in names}
    frame = pl.DataFrame(rows, schema=kinds, orient="row")
    for name in names:
        if name not in (*_TEXT, "leg"):
            frame = ledger.decimals(frame, name, "currency")
    return frame


def _with_days(ledger: "Ledger", lines: pl.DataFrame) -> pl.DataFrame:
    legs = ledger.described(lines["leg"].unique().to_numpy()).select("leg", "leg_id", "booking_date")
    found = lines.join(legs, on="leg", maintain_order="left").sort("booking_date", "leg", "what", maintain_order=True)
    return found.select("leg_id", "booking_date", "claimant", "what", "amount", "currency")

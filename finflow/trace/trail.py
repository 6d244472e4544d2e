"""What a trace gives back: the trail of marked money under one method, with all its policies written down."""

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Any, ClassVar

import polars as pl

from finflow.check import IN_DOUBT
from finflow.counting import counted
from finflow.errors import DataGap, FinflowError
from finflow.results import Result, Shown, show, table, text, without_zeros
from finflow.trace.comparison import LEADS_ONLY
from finflow.trace.policies import SAID, is_same, rule_of, said

if TYPE_CHECKING:
    from finflow.case import Case
    from finflow.trace.why import Why

STORED = ("transfers", "held", "ends", "proof", "other", "remarks", "steps", "lying", "payments", "rests_on", "marks",
          "elections")  # fmt: skip


@dataclass(frozen=True)
class Paths(Result):
    """Chains of transfers from a mark to where the money is, largest first. Amounts are decimals.

    Columns: origin, amount (of the target that the chain explains), currency, steps, transfers (ids from the mark on),
    amounts and currencies (of each step; a step before a fee or an exchange is rescaled, rounded up).
    uncovered: by currency, how much of the target the chains shown leave out. left_out: how many chains there are
    beside those shown.
    """

    uncovered: dict[str, Decimal]
    left_out: int = 0

    element: ClassVar[str] = "finflow-paths"
    caption: ClassVar[str] = "How the amounts linked to the source got here"

    def shown(self) -> pl.DataFrame:
        """The chains without amounts of the single steps."""
        return self.frame.drop("amounts", "currencies")

    def _repr_html_(self) -> str:
        left = "; ".join(f"{text(amount)} {currency}" for currency, amount in self.uncovered.items() if amount)
        caption = f"{self.caption}. {f'Not covered by these chains: {left}.' if left else 'Nothing is left out.'}"
        return table(self.shown(), element=self.element, caption=caption)


@dataclass(frozen=True)
class Trail(Result):
    """Where marked money went under one method. `frame` is `transfers`; every amount is a decimal in its currency.

    transfers: transfer_id, origin, traced (where it left, else where it arrived), currency, arrived, arrived_currency,
        end (when it left the case or its records there; else NULL), asset_id
    held: account_id, origin, traced, currency
    ends: origin, end, amount, currency
    proof: origin, currency, marked, interest, exchanged_in, one column an end, exchanged_out, residue (must be 0)
    other: transfer_id, label, amount, currency: other money in the same transfers, by kind; reported apart
    remarks: what, transfer_id, account_id, booking_date, origin, amount, currency
    payments: asset_id, leg_id, remains (of the line, less what came back)
    marks: leg_id, origin, amount; case: where it was traced, for `why`
    elections: asset_id, leg_id, decided_by, decided_on, why: payments that take linked money first under libr
    rests_on: account_id, month, status, acknowledged: the account-months that traced money passed
    steps, lying: lineage, in minor units
    """

    key: str
    policies: dict[str, str]
    leads_only: bool
    units: dict[str, int]
    held: pl.DataFrame
    ends: pl.DataFrame
    proof: pl.DataFrame
    other: pl.DataFrame
    remarks: pl.DataFrame
    steps: pl.DataFrame
    lying: pl.DataFrame
    payments: pl.DataFrame
    rests_on: pl.DataFrame
    marks: pl.DataFrame
    elections: pl.DataFrame
    case: "Case | None" = None

    element: ClassVar[str] = "finflow-trail"

    @property
    def transfers(self) -> pl.DataFrame:
        """One row per transfer, origin and currency: transfer_id, origin, traced, currency …"""
        return self.frame

    @property
    def conservation(self) -> Shown:
        """The proof as a page shows it: amounts that are zero in every row are named instead of printed. Raises DataGap
        as the trail does.
        """
        self.refuse_gaps()
        frame, left_out = without_zeros(self.proof, "residue")
        return show(frame, f"What was marked, where it is, and the residue. {left_out}".strip())

    @property
    def gaps(self) -> pl.DataFrame:
        """Account-months this trail rests on in doubt (gap, overlap, missing) that nobody acknowledged."""
        open_months = pl.col("status").is_in(IN_DOUBT) & ~pl.col("acknowledged")
        return self.rests_on.filter(open_months).select("account_id", "month", "status")

    def refuse_gaps(self) -> None:
        """Raise DataGap when a figure of this trail must not be printed yet."""
        refuse_gaps(self.gaps)

    def paths(self, to: str | None = None, *, limit: int = 20) -> Paths:
        """The largest chains from marks to an asset, an account, a transfer or a leg, by its id; None = to every end.

        Raises FinflowError when no traced money is there, DataGap as the trail does.
        """
        from finflow.trace.lineage import Part, lineage

        if limit < 1:
            raise FinflowError("At least one chain is shown: limit=20.")
        self.refuse_gaps()
        known = lineage(self.steps, self.lying, rule_of(self.policies))
        held = [(part, account) for account, parts in known.lying.items() if to in (None, account[0]) for part in parts]
        targets = [(Part(row, 0, units), known.steps[row].account) for row, units in self._units_to(to)] + held
        if not targets:
            raise FinflowError(
                "No traced money is there under these rules, all of it came back, its payment is linked to several "
                "assets with more than its amount, or the case has nothing of this id. Assets: finflow assets CASE; "
                "accounts: finflow check CASE; transfers: finflow trace CASE --json. In Python: trail.payments, "
                "trail.held and trail.transfers."
            )
        found = []
        for origin, currency in sorted({(account[2], account[1]) for _, account in targets}):
            mine = [part for part, account in targets if account[1:] == (currency, origin)]
            found += [(origin, currency, chain, units) for chain, units in known.chains(mine).items()]
        return self._paths(found, targets, limit)

    def why(self, what: str, *, chains: int = 10) -> "Why":
        """What an asset, an account, a transfer or a leg (by its id) owes to marked money, and how that got there.

        chains: at most so many, the largest first; what they leave out is said.

        Raises FinflowError when no traced money is there or the case has changed, DataGap as the trail does.
        """
        from finflow.trace.why import why

        return why(self, what, chains)

    def _units_to(self, to: str | None) -> list[tuple[int, int]]:
        """Rows of `steps` that a target stands for, and units of each: its debits, less what came back of an end or an
        asset; and what arrived of origins that did not leave.
        """
        out, steps = pl.col("kind") == "out", self.steps
        if to is None:
            ended = self.transfers.filter(pl.col("end").is_not_null())
            return self._remained(steps.filter(out).join(ended, on=["transfer_id", "origin"], **_KEPT))
        paid = self.payments.filter(pl.col("asset_id") == to)
        if paid.height:
            rows = self._remained(steps.filter(out).join(paid, on="leg_id", **_KEPT))
            return list(self._within(rows, dict(paid.select("leg_id", "remains").rows())))
        by_transfer = (steps["transfer_id"] == to).any()
        mine = steps.filter(pl.col("transfer_id" if by_transfer else "leg_id") == to)
        left = mine.filter(out)
        every = mine.filter(out | ~pl.col("origin").is_in(left["origin"].implode()))
        return every.filter(pl.col("units") > 0).select("row", "units").rows()

    def _remained(self, out: pl.DataFrame) -> list[tuple[int, int]]:
        """Rows that left, with the units that did not come back, as far as there are any."""
        came_back = self._came_back()
        every = ((row, units - came_back.get(row, 0)) for row, units in out.select("row", "units").rows())
        return [(row, units) for row, units in every if units]

    def _within(self, rows: list[tuple[int, int]], remains: dict[str, Decimal]) -> Iterator[tuple[int, int]]:
        """Rows with no more units on a line than remained paid: what came back may have been other money."""
        line_of = dict(self.steps.select("row", pl.struct("leg_id", "currency")).rows())
        room = dict(remains)
        for row, units in rows:
            leg, currency = line_of[row]["leg_id"], line_of[row]["currency"]
            kept = min(self._decimal(units, currency), room[leg])
            room[leg] -= kept
            if kept:
                yield row, int(kept.scaleb(self.units[currency]))

    def _came_back(self) -> dict[int, int]:
        """By row of `steps` that left: what of it came back later, so that it does not explain an end."""
        back = self.steps.filter(pl.col("restores") >= 0).group_by("restores").agg(pl.col("units").sum())
        out = self.steps.filter(pl.col("kind") == "out").select("row", "leg_id", "origin", "units")
        first = out.join(back, left_on="row", right_on="restores").select("leg_id", "origin", back="units_right")
        of_leg = out.join(first, on=["leg_id", "origin"]).sort("row")
        before = pl.col("units").cum_sum().over("leg_id", "origin") - pl.col("units")
        return dict(of_leg.select("row", (pl.col("back") - before).clip(0, pl.col("units"))).rows())

    def _paths(self, found: list[tuple[str, str, Any, int]], targets: list[tuple[Any, Any]], limit: int) -> Paths:
        found = sorted(found, key=lambda item: (-item[3], item[0], item[2]))
        shown = found[:limit]
        rows = [
            {
                "origin": origin, "amount": self._decimal(units, currency), "currency": currency, "steps": len(chain),
                "transfers": [step[0] for step in chain], "amounts": [self._decimal(u, c) for _, c, u in chain],
                "currencies": [step[1] for step in chain],
            }
            for origin, currency, chain, units in shown
        ]  # fmt: skip
        left: dict[str, int] = {}
        for part, account in targets:
            left[account[1]] = left.get(account[1], 0) + part.units
        for _, currency, _, units in shown:
            left[currency] -= units
        uncovered = {c: self._decimal(x, c) for c, x in sorted(left.items())}
        return Paths(pl.DataFrame(rows, schema=_PATHS), uncovered, len(found) - len(shown))

    def _decimal(self, units: int, currency: str) -> Decimal:
        return Decimal(units).scaleb(-self.units[currency])

    @property
    def statement(self) -> str:
        """Which rule was applied and what it rests on, in the words of a report."""
        chosen = "; ".join(f"{SAID[name]['']}: {said(name, value)}" for name, value in self.policies.items())
        months = self.rests_on.height
        unverified = self.rests_on.filter(pl.col("status") == "unverified").height
        acknowledged = self.rests_on.filter(pl.col("status").is_in(IN_DOUBT), "acknowledged").height
        parts = [
            LEADS_ONLY if self.leads_only else "",
            f"{chosen[0].upper()}{chosen[1:]}.",
            *self._elected(),
            f"Rests on {counted(months, 'account-month')}; without balances, so unverified: {unverified}.",
            f"With a gap, overlap or nothing held, that a person acknowledged: {acknowledged}." if acknowledged else "",
        ]
        return " ".join(part for part in parts if part)

    def _elected(self) -> list[str]:
        """Who elected what for which asset, a sentence each; nothing under another method."""
        if self.policies["method"] != "libr":
            return []
        return [
            f"By election for asset {asset}, linked money first at its payment: {by} on {on} ({why})."
            for asset, by, on, why in self.elections.drop("leg_id").unique(maintain_order=True).rows()
        ]

    @property
    def told(self) -> list[str]:
        """Policies that a person recorded and this trail does not use, a sentence each."""
        if self.case is None:
            return []
        with self.case.reading("trace") as con:
            recorded = con.execute(_RECORDED).fetchall()
        return [
            f"Recorded by {by} on {on} is {policy} {value}; this trail is under {self.policies[policy]}."
            for policy, value, by, on in recorded
            if not is_same(policy, self.policies.get(policy, value), value)
        ]

    def shown(self) -> pl.DataFrame:
        """Where the amounts linked to each source are."""
        return self.ends

    def _repr_html_(self) -> str:
        self.refuse_gaps()
        caption = f"Where the amounts linked to each source are. {self.statement}"
        return table(self.shown(), element=self.element, caption=caption)

    def __str__(self) -> str:
        """The ends for a terminal."""
        self.refuse_gaps()
        return f"{self.statement}\n{super().__str__()}"


_KEPT: dict[str, Any] = {"how": "semi", "maintain_order": "left"}
_PATHS: dict[str, Any] = {
    "origin": pl.String, "amount": pl.Decimal(28, 8), "currency": pl.String, "steps": pl.Int64,
    "transfers": pl.List(pl.String), "amounts": pl.List(pl.Decimal(28, 8)), "currencies": pl.List(pl.String),
}  # fmt: skip


_RECORDED = """
    SELECT subject, object, decided_by, decided_on FROM decision_holding WHERE kind = 'policy' ORDER BY decision_no
"""


def refuse_gaps(gaps: pl.DataFrame) -> None:
    """Raise DataGap for account-months that a printed figure rests on and nobody acknowledged."""
    if gaps.is_empty():
        return
    first = str(gaps["month"].min())[:7]
    raise DataGap(
        f"Account-months in doubt (gap, overlap, missing) that this figure rests on: {gaps.height}, the first {first}. "
        "Load what is missing, or acknowledge each: finflow check CASE shows them, then finflow decide CASE ACCOUNT_ID "
        "gap_acknowledged YYYY-MM --by NAME --why REASON; in Python trail.gaps and case.decide."
    )

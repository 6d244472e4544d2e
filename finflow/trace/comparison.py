"""What payments owe to marked money: by arithmetic first, then under every method, order and policy actually run."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

import polars as pl

from finflow.counting import counted
from finflow.errors import FinflowError
from finflow.results import Result
from finflow.trace.policies import ALLOWED, SAID, parted, with_value
from finflow.trace.progress import progress_of

if TYPE_CHECKING:
    from finflow.trace.exact import Integers
    from finflow.trace.ledger import Ledger
    from finflow.trace.plan import Plan

LINKS_AWAY = "cash"
"""The policy that takes persons' links away. Arithmetic rests on the links, so what is run under another value of it
counts for no extreme and stands beside the links."""

AGAINST_TIMES = "ledger"
"""The order of a day that no comparison runs by itself: it sets printed times aside, which a person must choose."""

WITHOUT_ELECTIONS = "libr, without elections"
"""The run beside libr where persons made elections: a stated alternative, so it counts for the extremes."""

LEADS_ONLY = "Leads only: no person marked this money as proceeds."

PARTINGS = 5
"""How many transfers are shown at which two runs part: what follows from the first rests on it."""

Planned = Callable[[dict[str, str]], "Plan"]
"""What is replayed under some policies."""


@dataclass(frozen=True)
class Parting(Result):
    """The first transfers at which the traced amounts of two runs differ, with the amount under both.

    Columns: booking_date, transfer_id, account (that paid, as pages call it), exhibit, locator, currency, one column
    a run, difference (second less first).
    """

    caption: ClassVar[str] = "The first payments at which the two runs part, by day"
    element: ClassVar[str] = "finflow-parting"

    def shown(self) -> pl.DataFrame:
        """The rows by bank line."""
        return self.frame.drop("transfer_id")


@dataclass(frozen=True)
class Comparison(Result):
    """One row per asset and currency of its payments. Amounts are decimals in the currency of the accounts that paid.

    frame: asset_id, currency, price (paid from accounts of the case, less what came back), at_least, at_most
        (arithmetic: no rule whatever leaves them), lowest, highest (of all runs; not bounds), lowest_run, highest_run
        (the first that gives it)
    bounds: asset_id, account_id (that paid), currency, price, other (money of other or unknown origin that came
        before; NULL where an opening balance is not known), proceeds (that came before), at_least, at_most
    held: account_id, currency, day, balance, other, proceeds, at_least, at_most: what lay on accounts, when asked for
    counted: asset_id (NULL = of held), account_id, currency, money (other or proceeds), what, leg_id, booking_date,
        from_account_id, amount: the lines whose sums are other and proceeds of bounds and held
    runs: asset_id, currency, method, same_day, run (its name), with_links (else it counts for no extreme), amount
    links: link (what), debit_leg, credit_leg, origin, decided_by, decided_on, why, evidence, decision_no; then
        asset_id, currency, at_least, at_most without it. A row with link "all links" stands for all of them together
    link_runs: decision_no (NULL = all links), asset_id, currency, method, amount, without, effect
    elections: election (the asset whose payments take linked money first under libr; NULL = all elections),
        decided_by, decided_on, why; then asset_id, currency, amount (under libr), without it, effect
    partings: booking_date, transfer_id, account, exhibit, locator, currency, one column a run: where runs differ
    rests_on: account_id, month, status, acknowledged: the account-months behind all of it
    left_out: how many bank lines several assets claim with more than their amount; they count for none
    """

    key: str
    leads_only: bool
    bounds: pl.DataFrame
    held: pl.DataFrame
    counted: pl.DataFrame
    runs: pl.DataFrame
    links: pl.DataFrame
    link_runs: pl.DataFrame
    elections: pl.DataFrame
    partings: pl.DataFrame
    rests_on: pl.DataFrame
    left_out: int = 0

    element: ClassVar[str] = "finflow-comparison"
    caption: ClassVar[str] = (
        "Amounts linked to the source: at least and at most by arithmetic, whichever accounting rule is applied; "
        "lowest and highest of the rules that were run, and which run gives them"
    )

    def shown(self) -> pl.DataFrame:
        """The frame with its runs in words."""
        words = pl.col("lowest_run", "highest_run").map_elements(said, return_dtype=pl.String)
        return self.frame.with_columns(words)

    @property
    def statement(self) -> str:
        """What the amounts rest on, where it is not the marks of a person, and what is left out of them."""
        twice = (
            f"Left out: {counted(self.left_out, 'payment')} linked to several assets with more than its amount, until "
            "a person decides the part for each."
        )
        return " ".join([*([LEADS_ONLY] if self.leads_only else []), *([twice] if self.left_out else [])])

    def __str__(self) -> str:
        """The amounts for a terminal."""
        return "\n".join(filter(None, [self.statement, super().__str__()]))

    def _repr_html_(self) -> str:
        return f"<p>{self.statement}</p>{super()._repr_html_()}" if self.statement else super()._repr_html_()

    @property
    def beside(self) -> dict[str, pl.DataFrame]:
        """What a terminal prints below the amounts, by caption: each rule, what persons' links change, partings."""
        rules = self.methods.with_columns(pl.col("method").replace(SAID["method"])).rename({"method": "rule"})
        first = ALLOWED["method"][0]
        partings = [
            row | {"rules": f"{said(first)} / {said(other)}", "under_one": row[first], "under_other": row[other]}
            for other in ALLOWED["method"][1:]
            for row in self.parting(first, other, limit=1).frame.to_dicts()
        ]
        shown = {
            "Lowest and highest of each rule, over the orders of a day and its other choices": rules,
            "Links made by persons that change something here: arithmetic without each, and by how much it raises what "
            "the rules give": self.changed_by_links.select(_CHANGED),
            "The first payment at which two rules part, with the amount under each": pl.DataFrame(
                [{name: row[name] for name in _PARTED} for row in partings]
            ),
        }
        return {caption: frame for caption, frame in shown.items() if frame.height}

    @property
    def changed_by_links(self) -> pl.DataFrame:
        """Links that change an asset: the columns of `links`, with_least and with_most (arithmetic with the link), and
        raises_from and raises_to (by how much it raises what the rules give).
        """
        by = ("decision_no", "asset_id", "currency")
        raises = pl.col("effect").min().alias("raises_from"), pl.col("effect").max().alias("raises_to")
        with_it = self.frame.select("asset_id", "currency", with_least="at_least", with_most="at_most")
        both = self.links.join(
            self.link_runs.group_by(by).agg(raises), on=by, how="left", nulls_equal=True, maintain_order="left"
        ).join(with_it, on=["asset_id", "currency"], maintain_order="left")
        bounds = (pl.col("at_least") != pl.col("with_least")) | (pl.col("at_most") != pl.col("with_most"))
        return both.filter(bounds | (pl.col("raises_from") != 0) | (pl.col("raises_to") != 0))

    @property
    def methods(self) -> pl.DataFrame:
        """Per asset and method: asset_id, currency, method, lowest, highest over its orders and other policies."""
        by = ("asset_id", "currency", "method")
        amount = pl.col("amount")
        grouped = self.runs.filter("with_links").group_by(by, maintain_order=True)
        return grouped.agg(amount.min().alias("lowest"), amount.max().alias("highest"))

    def parting(self, one: str, other: str, *, limit: int = PARTINGS) -> Parting:
        """Where two runs part, each by its name in `runs`, for example parting("fifo", "lifo").

        Raises FinflowError for a run that was not made.
        """
        names = self.runs["run"].unique(maintain_order=True).to_list()
        if not {one, other} <= {*names}:
            raise FinflowError(f"No such run was made. Runs: {'; '.join(names)}.")
        apart = self.partings.filter(pl.col(one) != pl.col(other)).head(limit)
        about = self.partings.columns[: len(ABOUT)]
        return Parting(apart.select(*about, *dict.fromkeys((one, other)), difference=pl.col(other) - pl.col(one)))


_CHANGED = ("asset_id", "link", "decision_no", "currency", "at_least", "at_most", "raises_from", "raises_to")
_PARTED = ("booking_date", "account", "exhibit", "locator", "rules", "currency", "under_one", "under_other")
ABOUT: dict[str, Any] = {
    "booking_date": pl.Date, "transfer_id": pl.String, "account": pl.String, "exhibit": pl.String,
    "locator": pl.String, "currency": pl.String,
}  # fmt: skip


def every_run(chosen: dict[str, str]) -> dict[str, dict[str, str]]:
    """Policies of every run by its name: each method in each order of a day, then each other value a policy may have,
    one at a time, under each method. The name of a run says in what it differs from `chosen`. An order against printed
    times is run when a person chose it: no record leaves it open.
    """
    return {run_name(values, chosen): values for method in ALLOWED["method"] for values in _runs_of(method, chosen)}


def _runs_of(method: str, chosen: dict[str, str]) -> Iterator[dict[str, str]]:
    yield chosen | {"method": method}
    for policy, values in ALLOWED.items():
        if policy != "method":
            other = (value for value in values if value not in (parted(policy, chosen[policy])[0], AGAINST_TIMES))
            yield from (
                chosen | {"method": method, policy: with_value(policy, chosen[policy], value)} for value in other
            )


def run_name(values: dict[str, str], chosen: dict[str, str]) -> str:
    """What a run is called: its method, and in what else it differs from `chosen`."""
    others = [policy for policy in values if policy != "method" and values[policy] != chosen[policy]]
    return ", ".join([values["method"], *(f"{policy} {parted(policy, values[policy])[0]}" for policy in others)])


def around(values: dict[str, str]) -> dict[str, str]:
    """What a comparison around a trail of these policies chooses: its run by the name of the method is that trail.

    Every comparison goes through all methods, and follows every amount, however small.
    """
    return {policy: value for policy, value in values.items() if policy not in ("method", "dust")}


def said(run: str) -> str:
    """The name of a run in the words of a judge."""
    if run == WITHOUT_ELECTIONS:
        return f"{SAID['method']['libr']}, without the elections of persons"
    method, *others = run.split(", ")
    words = [SAID["method"].get(method, method)]
    for policy, value in (other.split(" ", 1) for other in others):
        words.append(f"{SAID[policy]['']}: {SAID[policy].get(value, value.replace('_', ' '))}")
    return ", ".join(words)


def compared(
    ledger: "Ledger",
    planned: Planned,
    chosen: dict[str, str],
    paid: pl.DataFrame,
    without_elections: Planned | None = None,
) -> dict[str, pl.DataFrame]:
    """The frames of a Comparison about its runs: summary, bounds, counted, runs and partings.

    paid: asset_id, leg_id, account_id, amount, leg_amount, currency, booking_date. without_elections: what is replayed
    as if nobody had made any; none when there are none.
    """
    from finflow.trace.arithmetic import of_payments

    numbered = numbered_payments(ledger, paid)
    found = of_payments(ledger, every_plan(planned, chosen), numbered)
    made = {run: (values, planned) for run, values in every_run(chosen).items()}
    if without_elections is not None:
        made[WITHOUT_ELECTIONS] = chosen | {"method": "libr"}, without_elections
    linked = {}
    with progress_of("compare") as progress:
        for run, (values, replayed) in made.items():
            linked[run] = linked_money(replayed(values), values["method"])
            progress(len(linked), len(made))
    runs = _runs(ledger, linked, {run: values for run, (values, _) in made.items()}, chosen, numbered)
    return {"summary": _summary(found["bounds"], runs), **found, "runs": runs, "partings": _partings(ledger, linked)}


def every_plan(planned: Planned, chosen: dict[str, str]) -> dict[str, "Plan"]:
    """What is replayed in each order of a day and under each other policy, with every link: bounds hold for all."""
    return {
        run: planned(values)
        for run, values in every_run(chosen).items()
        if values["method"] == chosen["method"] and values[LINKS_AWAY] == chosen[LINKS_AWAY]
    }


def numbered_payments(ledger: "Ledger", paid: pl.DataFrame) -> pl.DataFrame:
    """Payments with the number of their leg and, in minor units, the share of it that was paid for the asset and the
    part of that share which did not come back.
    """
    debits = ledger.find(paid["leg_id"].unique()).filter(pl.col("side") == "DBIT")
    rows = debits["leg"].to_numpy()
    debits = debits.select(
        "leg_id", "leg", pocket=pl.Series(ledger.calendar.pocket[rows]), whole=pl.Series(ledger.amount[rows]),
        returned=pl.Series(_came_back(ledger)[rows]),
    )  # fmt: skip
    found = paid.join(debits, on="leg_id", maintain_order="left")
    exact = pl.col("amount").cast(pl.Decimal(38, 8)).to_physical()
    step = pl.lit(10, pl.Int64).pow(8 - pl.col("currency").replace_strict(ledger.units, return_dtype=pl.Int64))
    found = found.with_columns(share=pl.min_horizontal((exact // step).cast(pl.Int64), "whole"))
    left = pl.col("share").cast(pl.Int128) * (pl.col("whole") - pl.col("returned")) // pl.max_horizontal("whole", 1)
    return found.with_columns(part=left.cast(pl.Int64))


def _came_back(ledger: "Ledger") -> "Integers":
    """Per leg: what of it the account that was paid sent back later, or whoever it was where no account shows it, in
    minor units."""
    import numpy as np

    back = np.zeros_like(ledger.amount)
    credits = np.flatnonzero((ledger.reverses >= 0) & ~ledger.calendar.is_debit)
    originals = ledger.reverses[credits]
    same = (ledger.paired[credits] == ledger.paired[originals]) & (
        ledger.other_no[credits] == ledger.other_no[originals]
    )
    np.add.at(back, originals[same], ledger.amount[credits][same])
    return np.minimum(back, ledger.amount)


def linked_money(planned: "Plan", method: str) -> pl.DataFrame:
    """Marked money on each debit that did not come back, in minor units: leg, units."""
    import numpy as np

    from finflow.trace.state import ARRIVED, NONE, OUT

    rows = planned.replay(method).rows
    kind, event, _, units, _ = rows[rows[:, 2] < len(planned.marks.origins)].T
    original = np.full(planned.legs.size, NONE)
    original[planned.events.undo[:, 0]] = planned.events.undo[:, 1]
    out, back = kind == OUT, (kind == ARRIVED) & (original[event] != NONE)
    of = np.concatenate([event[out], original[event[back]]])
    signed = np.concatenate([units[out], -units[back]])
    frame = pl.DataFrame({"leg": planned.legs[of], "units": signed}, schema=_LINKED)
    return frame.group_by("leg").agg(pl.col("units").sum().clip(0))


_LINKED = {"leg": pl.Int64, "units": pl.Int64}


def of_payments_under(paid: pl.DataFrame, linked: pl.DataFrame) -> pl.DataFrame:
    """What one run gives for each asset, in minor units: asset_id, currency, amount."""
    of_payment = paid.join(linked, on="leg", how="left").with_columns(pl.col("units").fill_null(0))
    of_share = pl.col("units").cast(pl.Int128) * pl.col("share") // pl.max_horizontal("whole", 1)
    part = pl.min_horizontal(of_share, pl.col("part").cast(pl.Int128))
    return of_payment.group_by("asset_id", "currency").agg(part.sum().cast(pl.Int64).alias("amount"))


def _runs(
    ledger: "Ledger",
    linked: dict[str, pl.DataFrame],
    every: dict[str, dict[str, str]],
    chosen: dict[str, str],
    paid: pl.DataFrame,
) -> pl.DataFrame:
    """What each run gives for each asset."""
    rows = [
        of_payments_under(paid, units).with_columns(
            method=pl.lit(every[run]["method"]),
            same_day=pl.lit(parted("same_day", every[run]["same_day"])[0]),
            run=pl.lit(run),
            with_links=pl.lit(every[run][LINKS_AWAY] == chosen[LINKS_AWAY]),
        )
        for run, units in linked.items()
    ]
    runs = ledger.decimals(pl.concat(rows).sort("asset_id", "currency", maintain_order=True), "amount", "currency")
    return runs.select("asset_id", "currency", "method", "same_day", "run", "with_links", "amount")


def _summary(bounds: pl.DataFrame, runs: pl.DataFrame) -> pl.DataFrame:
    by, amount = ("asset_id", "currency"), pl.col("amount")
    arithmetic = bounds.group_by(by).agg(pl.col("price", "at_least", "at_most").sum())
    rules = runs.filter("with_links").group_by(by).agg(
        amount.min().alias("lowest"), amount.max().alias("highest"),
        pl.col("run").gather(amount.arg_min()).first().alias("lowest_run"),
        pl.col("run").gather(amount.arg_max()).first().alias("highest_run"),
    )  # fmt: skip
    return arithmetic.join(rules, on=by).sort(by)


def _partings(ledger: "Ledger", linked: dict[str, pl.DataFrame]) -> pl.DataFrame:
    """Debits on which traced amounts differ between runs, by day: leg_id and one column a run, decimals."""
    legs = pl.concat([units.select("leg") for units in linked.values()]).unique().sort("leg")
    for run, units in linked.items():
        legs = legs.join(units.rename({"units": run}), on="leg", how="left", maintain_order="left")
    amounts = pl.col(*linked).fill_null(0)
    legs = legs.with_columns(amounts).filter(pl.min_horizontal(*linked) != pl.max_horizontal(*linked))
    about = ledger.described(legs["leg"].to_numpy()).with_columns(legs.drop("leg").get_columns())
    position = pl.Series("position", ledger.calendar.position[legs["leg"].to_numpy()])
    rows = about.with_columns(position).sort("booking_date", "account_id", "position", "leg")
    for run in linked:
        rows = ledger.decimals(rows, run, "currency")
    return rows.select("booking_date", "transfer_id", "account_id", "leg_id", "currency", *linked)

"""What every picture draws: transfers between labelled accounts, and how much of each is linked to a source."""

from collections.abc import Iterable
from decimal import Decimal
from typing import TYPE_CHECKING

import polars as pl

from finflow import store
from finflow.errors import FinflowError
from finflow.labels import labels
from finflow.money import to_minor
from finflow.resolve import refuse_unresolved
from finflow.results import money
from finflow.rights import strictest

if TYPE_CHECKING:
    import networkx as nx

    from finflow.case import Case
    from finflow.trace.trail import Trail

LINKED = "amount linked to the source"
"""What a page calls a traced amount."""
FIRST = "the largest amounts of each currency"
"""What a picture keeps when not everything has room."""
WHOLE = 10**9
"""The total of a currency, for shares."""


_TRANSFERS = """
    SELECT transfer.transfer_id, coalesce(transfer.debit_leg, transfer.credit_leg) AS bank_line,
        transfer.booking_date, transfer.debtor_account_id,
        CASE WHEN transfer.narrative = 'privileged, excluded' THEN 'privileged' ELSE transfer.kind END AS kind,
        transfer.creditor_account_id,
        coalesce(debtor.inside, FALSE) AS debtor_inside, coalesce(creditor.inside, FALSE) AS creditor_inside,
        transfer.amount, transfer.currency,
        transfer.credit_date AS arrived_on, transfer.credit_amount AS arrived_amount,
        transfer.credit_currency AS arrived_currency
    FROM transfer
    LEFT JOIN account AS debtor ON transfer.debtor_account_id = debtor.account_id
    LEFT JOIN account AS creditor ON transfer.creditor_account_id = creditor.account_id
"""
_ASSETS = """
    SELECT leg.transfer_id, string_agg(DISTINCT decided.subject || ', ' || replace(asset.kind, '_', ' '), '; '
        ORDER BY decided.subject || ', ' || replace(asset.kind, '_', ' ')) AS paid_for
    FROM decision_holding AS decided
    JOIN asset ON decided.subject = asset.asset_id
    JOIN leg ON decided.object = leg.leg_id
    WHERE decided.kind = 'asset_payment'
    GROUP BY leg.transfer_id
"""
_SIDES = (("debtor", "from"), ("creditor", "to"))
_NO_ACCOUNT = {  # kind -> what stands for the account that is not there: (as debtor, as creditor)
    "cash_deposit": ("cash paid in", "cash taken out"),
    "cash_withdrawal": ("cash paid in", "cash taken out"),
    "fee": ("the bank", "bank charges"),
    "interest": ("bank interest", "bank charges"),
    "privileged": ("privileged, excluded", "privileged, excluded"),
}
_NOT_PRINTED = ("sender not printed", "receiver not printed")


def read_flows(case: "Case", trail: "Trail | None", verb: str, *, untraced: bool = False) -> tuple[pl.DataFrame, str]:
    """One row per transfer of the trail (of the case, without a trail) in order of day, and in words what it rests on.

    With `untraced` the other transfers of the case come along, their traced NULL.

    Columns: transfer_id, bank_line (leg id), date, kind, from, to (labels), from_is, to_is (inside, outside or none),
    paid_for (asset, empty when none), amount and currency as it left; arrived_on, arrived_amount and arrived_currency,
    NULL unless both bank lines are held; with a trail traced and arrived_traced, in the currency of each.
    Raises FinflowError when the trail speaks of transfers the case lacks, DataGap when it rests on a gap that nobody
    acknowledged.
    """
    if trail is not None:
        trail.refuse_gaps()
    facts = case.settings
    with case.logged(verb), case.reading(verb) as con:
        refuse_unresolved(con)
        called = labels(con)
        code = strictest(con, facts)
        transfers = con.sql(_TRANSFERS).pl().join(store.frame(con, _ASSETS), on="transfer_id", how="left")
    chosen = transfers if trail is None else _with_traced(transfers, trail)
    if trail is not None and not untraced:
        chosen = chosen.filter(pl.col("traced").is_not_null())
    flows = chosen.sort("booking_date", "transfer_id").select(
        "transfer_id", "bank_line", pl.col("booking_date").cast(pl.String).alias("date"), "kind",
        *(_label(side, called).alias(name) for side, name in _SIDES),
        *(_whereabouts(side).alias(f"{name}_is") for side, name in _SIDES),
        pl.col("paid_for").fill_null(""), "amount", "currency",
        pl.col("arrived_on").cast(pl.String), "arrived_amount", "arrived_currency",
        *(() if trail is None else ("traced", "arrived_traced")),
    )  # fmt: skip
    rests_on = trail.statement if trail is not None else "All transfers of the case; no money is traced."
    return flows, f"Case {facts.number or 'without a number'}. Handling code {code}. {rests_on}"


def _with_traced(transfers: pl.DataFrame, trail: "Trail") -> pl.DataFrame:
    """The transfers with what the trail says of them; those marked only where they arrived count in that currency."""
    traced = trail.transfers.group_by("transfer_id", "currency").agg(pl.col("traced").sum())
    arrived = trail.transfers.filter(pl.col("arrived").is_not_null()).group_by("transfer_id", "arrived_currency")
    unknown = traced.join(transfers, on="transfer_id", how="anti")["transfer_id"].n_unique()
    if unknown:
        raise FinflowError(
            f"Transfers of this trail that are not in the case: {unknown}. Its records or decisions have "
            "changed since. Trace again, then draw the new trail."
        )
    both = transfers.join(traced, on=["transfer_id", "currency"], how="left").join(
        arrived.agg(arrived_traced=pl.col("arrived").sum()), on=["transfer_id", "arrived_currency"], how="left"
    )
    only_arrived = pl.col("traced").is_null() & pl.col("arrived_traced").is_not_null()
    return both.with_columns(
        pl.when(only_arrived).then(f"arrived_{name}").otherwise(name).alias(name)
        for name in ("amount", "currency", "traced")
    )


def _label(side: str, called: dict[str, str]) -> pl.Expr:
    account, place = pl.col(f"{side}_account_id"), ("debtor", "creditor").index(side)
    absent = pl.col("kind").replace_strict(
        {kind: names[place] for kind, names in _NO_ACCOUNT.items()}, default=_NOT_PRINTED[place], return_dtype=pl.String
    )
    known = account.replace_strict(called, default=None, return_dtype=pl.String)
    return pl.when(account.is_null()).then(absent).otherwise(known.fill_null("outside account"))


def _whereabouts(side: str) -> pl.Expr:
    return (
        pl.when(pl.col(f"{side}_account_id").is_null()).then(pl.lit("none"))
        .when(pl.col(f"{side}_inside")).then(pl.lit("inside")).otherwise(pl.lit("outside"))
    )  # fmt: skip


def measure(flows: pl.DataFrame) -> str:
    """Name of the column a picture goes by: traced for a trail, amount without one."""
    return "traced" if "traced" in flows.columns else "amount"


def with_share(flows: pl.DataFrame) -> pl.DataFrame:
    """With column share: parts of a billion of the total of its currency. It orders and scales; currencies are never
    added.

    Whole numbers, since sums of them are the same in any order: what is drawn, and where, must not hang on threads.
    """
    value = pl.col(measure(flows))  # cast for places and widths on a picture, never for a printed amount
    part = value.cast(pl.Float64) / value.sum().over("currency").cast(pl.Float64)
    return flows.with_columns(share=(part.fill_nan(0) * WHOLE).ceil().cast(pl.Int64))


def totals(flows: pl.DataFrame, column: str) -> str:
    """Exact totals in words, one per currency: `1 200.00 EUR and 35.00 HUF`."""
    sums: dict[str, Decimal] = {}
    for currency, value in flows.select("currency", column).rows():
        sums[currency] = sums.get(currency, Decimal(0)) + value
    return in_words(f"{money(total)} {currency}" for currency, total in sorted(sums.items()))


def in_words(items: Iterable[str]) -> str:
    """A list as a sentence has it: a, b and c."""
    *first, last = list(items) or ["nothing"]
    return f"{', '.join(first)} and {last}" if first else last


def count(number: int, word: str) -> str:
    """`1 transfer`, `1 200 transfers`."""
    return f"{money(Decimal(number), 0)} {word}{'' if number == 1 else 's'}"


def graph_of(flows: pl.DataFrame) -> "nx.MultiDiGraph[str]":
    """Every transfer an edge of its own. Amounts are integers of the currency's minor unit, dates ISO strings."""
    import networkx as nx

    graph: nx.MultiDiGraph[str] = nx.MultiDiGraph()
    for row in flows.iter_rows(named=True):
        for side in ("from", "to"):
            graph.add_node(row[side], whereabouts=row[f"{side}_is"])
        if row["paid_for"]:
            graph.nodes[row["to"]]["paid_for"] = row["paid_for"]
        edge = {name: row[name] for name in ("transfer_id", "bank_line", "date", "kind", "currency")}
        units = {name: to_minor(row[name], row["currency"]) for name in ("amount", "traced") if name in row}
        graph.add_edge(row["from"], row["to"], key=row["transfer_id"], **edge, **units)
    return graph

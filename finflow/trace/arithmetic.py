"""What arithmetic alone shows, in the words of a case: payments for assets, accounts at a day, and every line counted.

The widest bounds over the same-day orders, which hold in every order of single accounts too. `counted` lists, line by
line, which money counts as other money and which as proceeds; what it lists adds up to the two figures from which the
bounds follow: at least = price − other, never below 0; at most = proceeds, never above the price.
"""

from collections.abc import Mapping
from typing import Any

import numpy as np
import polars as pl

from finflow.trace.bounds import Bounds, Payments, bounds, marked_on
from finflow.trace.exact import Integers
from finflow.trace.gross import MARKED_MONEY, OTHER_MONEY, TOO_MUCH
from finflow.trace.ledger import Ledger
from finflow.trace.plan import Plan
from finflow.trace.state import NONE, POCKET

MONEY = ("other", "proceeds")
ONCE = "the same money again, or too late for an earlier payment"
UNSEEN = "no line shows it"
OUT_OF_REACH = "no joined payment brought marked money to this account"


def of_payments(ledger: Ledger, plans: Mapping[str, Plan], paid: pl.DataFrame) -> dict[str, pl.DataFrame]:
    """bounds and counted for payments. paid: asset_id, account_id, currency, pocket, leg, leg_id, booking_date, part.

    bounds: one row per asset and account that paid: price, other (NULL = not known), proceeds, at_least, at_most.
    counted: asset_id, account_id, money (other or proceeds), what, leg_id, booking_date, from_account_id, amount.
    """
    slots = _numbered(paid.group_by("asset_id", "account_id", "currency", "pocket").agg(price=pl.col("part").sum()))
    paid = paid.join(slots.select("asset_id", "pocket", "slot"), on=["asset_id", "pocket"], maintain_order="left")
    paid = paid.filter(pl.col("part") > 0)  # one that came back whole is no payment: its money never left for good
    found = [_of_payments(planned, slots, paid) for planned in _orders(plans, slots)]
    return _frames(ledger, slots, found, "bounds", "price")


def of_accounts(ledger: Ledger, plans: Mapping[str, Plan], days: pl.DataFrame) -> dict[str, pl.DataFrame]:
    """held and counted for what lies on accounts at the end of a day. days: account_id, day; in every currency of it.

    held: account_id, currency, day, balance, other (NULL = not known), proceeds, at_least, at_most.
    """
    lying = days.join(ledger.pockets, on="account_id").join(_balances(ledger, days), on=["account_id", "currency"])
    lying = lying.with_columns(price=pl.max_horizontal(pl.col("balance") - pl.col("owed"), 0))
    slots = _numbered(lying.with_columns(asset_id=pl.lit(None, pl.String)))
    found = [_of_accounts(planned, slots) for planned in _orders(plans, slots)]
    return _frames(ledger, slots, found, "held", "balance")


def _orders(plans: Mapping[str, Plan], slots: pl.DataFrame) -> list[Plan]:
    """Every order of the days; one, for the columns, when nothing is asked about."""
    return list(plans.values())[: None if slots.height else 1]


def _numbered(slots: pl.DataFrame) -> pl.DataFrame:
    rows = slots.sort("asset_id", "account_id", "currency").with_row_index("slot")
    return rows.with_columns(pl.col("slot").cast(pl.Int64))


def _balances(ledger: Ledger, days: pl.DataFrame) -> pl.DataFrame:
    asked = days.join(ledger.pockets, on="account_id")
    c, here = ledger.calendar, np.isin(ledger.calendar.pocket, asked["pocket"].to_numpy())
    signed = np.where(c.is_debit[here], -ledger.amount[here], ledger.amount[here])
    legs = pl.DataFrame({"pocket": c.pocket[here], "on": c.day[here], "units": signed})
    until = legs.join(asked, on="pocket").filter(pl.col("on") <= pl.col("day").to_physical())
    return until.group_by("account_id", "currency").agg(balance=pl.col("units").sum())


def _of_payments(planned: Plan, slots: pl.DataFrame, paid: pl.DataFrame) -> pl.DataFrame:
    """Lines of every slot and kind of money under one order: slot, money, figure, what, units … ."""
    events = pl.DataFrame({"leg": planned.legs}).with_row_index("event").with_columns(pl.col("event").cast(pl.Int64))
    of_event = paid.join(events, on="leg").sort("event", "slot")
    rows = of_event.select(pl.col("event", "slot", "part").cast(pl.Int64)).to_numpy(order="c")
    found = bounds(planned, Payments(rows, slots.height))
    figures = slots.select("slot", "pocket", "price").with_columns(
        other=pl.Series(found.slots[:, 1]), proceeds=pl.Series(found.slots[:, 4])
    )
    last = of_event.group_by("slot").agg(pl.col("event").max().alias("last"))
    marked = pl.Series(marked_on(planned.events)).gather(of_event["event"])
    itself = of_event.select("slot", "event", units=marked, money=pl.lit("proceeds"))
    unreached = paid.join(events, on="leg", how="anti").select(
        "slot", "leg_id", "booking_date", units="part", money=pl.lit("other"), what=pl.lit(OUT_OF_REACH)
    )
    return _lines(planned, found, figures.join(last, on="slot"), itself, unreached)


def _of_accounts(planned: Plan, slots: pl.DataFrame) -> pl.DataFrame:
    found = bounds(planned, Payments(np.empty((0, 3), np.int64), 0))
    events = _events(planned).select("event", "pocket", "booking_date")
    until = events.join(slots, on="pocket").filter(pl.col("booking_date") <= pl.col("day"))
    figures = until.group_by("slot", "pocket", "price").agg(pl.col("event").max().alias("last"))
    at = figures["last"].to_numpy()
    could = np.minimum(found.reached[:, at], found.entered[:, at])
    figures = figures.with_columns(other=pl.Series(could[OTHER_MONEY]), proceeds=pl.Series(could[MARKED_MONEY]))
    unreached = slots.join(figures, on="slot", how="anti").select(
        "slot", booking_date="day", units="price", money=pl.lit("other"), what=pl.lit(OUT_OF_REACH)
    )
    return _lines(planned, found, figures, pl.DataFrame(schema=_ITSELF), unreached)


_ITSELF = {"slot": pl.Int64, "event": pl.Int64, "units": pl.Int64, "money": pl.String}
_LINE: dict[str, Any] = {
    "slot": pl.Int64, "money": pl.String, "figure": pl.Int64, "n": pl.Int64, "what": pl.String, "leg_id": pl.String,
    "booking_date": pl.Date, "from_account_id": pl.String, "units": pl.Int64,
}  # fmt: skip


def _lines(
    planned: Plan, found: Bounds, figures: pl.DataFrame, itself: pl.DataFrame, unreached: pl.DataFrame
) -> pl.DataFrame:
    """What each slot counts under one order, in the order of replay; one row takes back what cannot count twice."""
    came = pl.concat([_came(planned, found).join(figures, on="pocket").filter(pl.col("event") <= pl.col("last")).select(
        *_ITSELF, "what"
    ), itself.select(*_ITSELF).with_columns(what=pl.lit("marked"))])  # fmt: skip
    lines = came.filter(pl.col("units") > 0).join(_events(planned).drop("pocket"), on="event").with_columns(
        what=pl.coalesce("what", "brought"), n="event"
    )  # fmt: skip
    long = figures.unpivot(["other", "proceeds"], index="slot", variable_name="money", value_name="figure")
    sums = lines.group_by("slot", "money").agg(together=pl.col("units").sum())
    over = long.join(sums, on=["slot", "money"], how="left").with_columns(
        units=pl.col("figure") - pl.col("together").fill_null(0), what=pl.lit(ONCE), n=pl.lit(1 << 60)
    ).filter((pl.col("units") < 0) & (pl.col("figure") < TOO_MUCH))  # fmt: skip
    rows = pl.concat([lines, over.drop("figure", "together"), unreached], how="diagonal").join(
        long, on=["slot", "money"], how="full", coalesce=True
    )
    away = pl.col("units").filter(pl.col("what") == OUT_OF_REACH).sum().over("slot", "money")
    return rows.with_columns(pl.col("figure").fill_null(0) + away).select(
        pl.col(name).cast(kind) for name, kind in _LINE.items()
    )


def _came(planned: Plan, found: Bounds) -> pl.DataFrame:
    """What each event brought to its account, gross: event, pocket, money, units, what (NULL = by the line)."""
    pockets = planned.pockets[planned.events.about[:, POCKET]]
    unseen = np.minimum(found.unseen, TOO_MUCH)
    known = _differences(found.reached[OTHER_MONEY], pockets) - unseen
    parts = (
        ("other", UNSEEN, unseen),
        ("other", None, np.where(unseen < TOO_MUCH, known, 0)),
        ("proceeds", None, _differences(found.reached[MARKED_MONEY], pockets)),
    )
    return pl.concat([
        pl.DataFrame({"event": np.flatnonzero(units > 0), "pocket": pockets[units > 0], "units": units[units > 0]})
        .with_columns(money=pl.lit(name), what=pl.lit(what, pl.String))
        for name, what, units in parts
    ])  # fmt: skip


def _differences(reached: Integers, pockets: Integers) -> Integers:
    """By how much each event raised a running figure of its pocket."""
    order = np.argsort(pockets, kind="stable")
    ordered, of = reached[order], pockets[order]
    before = np.where(np.concatenate([[False], of[1:] == of[:-1]]), np.concatenate([[0], ordered[:-1]]), 0)
    raised = np.empty_like(reached)
    raised[order] = ordered - before
    return raised


def _events(planned: Plan) -> pl.DataFrame:
    """What a page says of each event: event, pocket, leg_id, booking_date, from_account_id, brought."""
    ledger = planned.ledger
    legs = ledger.described(planned.legs)
    inside = legs["pair"] != NONE
    brought = (
        pl.when(pl.col("side") == "DBIT").then(pl.lit("bank credit"))
        .when(pl.col("kind") == "opening").then(pl.lit("opening balance"))
        .when(inside).then(pl.lit("from an account of the case"))
        .when(pl.col("is_reversal")).then(pl.lit("payment that came back"))
        .when(pl.col("kind") == "cash_deposit").then(pl.lit("cash"))
        .otherwise(pl.lit("credit"))
    )  # fmt: skip
    other_side = ledger.pockets["account_id"].gather(ledger.calendar.pocket[legs["pair"].clip(0).to_numpy()])
    return legs.select(
        "pocket", "leg_id", "booking_date", event=pl.int_range(pl.len(), dtype=pl.Int64), brought=brought,
        from_account_id=pl.when(inside & (pl.col("side") == "CRDT")).then(other_side),
    )  # fmt: skip


def _frames(
    ledger: Ledger, slots: pl.DataFrame, found: list[pl.DataFrame], name: str, price: str
) -> dict[str, pl.DataFrame]:
    """The widest figures of each slot, and the lines of the order that gives them."""
    every = pl.concat([frame.with_columns(order=pl.lit(i)) for i, frame in enumerate(found)])
    figures = every.group_by("slot", "money").agg(pl.col("figure").max())
    wide = figures.group_by("slot").agg(pl.col("figure").filter(pl.col("money") == m).max().alias(m) for m in MONEY)
    wide = slots.join(wide, on="slot", how="left").with_columns(pl.col(MONEY).fill_null(0)).sort("slot")
    wide = wide.with_columns(
        at_least=pl.max_horizontal(pl.col("price") - pl.col("other"), 0),
        at_most=pl.min_horizontal("price", "proceeds"),
    ).with_columns(pl.when(pl.col(money) < TOO_MUCH).then(money) for money in MONEY)
    widest = every.join(figures, on=["slot", "money", "figure"], how="semi")
    first = widest.filter(pl.col("order") == pl.col("order").min().over("slot", "money")).drop_nulls("what")
    lines = first.join(slots.select("slot", "asset_id", "account_id", "currency"), on="slot").sort("slot", "money", "n")
    lines = lines.with_columns(pl.when(pl.col("units") < TOO_MUCH).then("units").alias("amount"))
    for column in ("price", "other", "proceeds", "at_least", "at_most"):
        wide = ledger.decimals(wide, column, "currency")
    kept = ["asset_id", "account_id", "currency"] if price == "price" else ["account_id", "currency", "day"]
    return {
        name: wide.select(*kept, pl.col("price").alias(price), "other", "proceeds", "at_least", "at_most"),
        "counted": ledger.decimals(lines, "amount", "currency").select(
            "asset_id", "account_id", "currency", "money", "what", "leg_id", "booking_date", "from_account_id", "amount"
        ),
    }

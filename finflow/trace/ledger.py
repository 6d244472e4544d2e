"""The ledger of a case as arrays: what a kernel replays, in an order that does not depend on how rows came in."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from typing import Any

import duckdb
import numpy as np
import polars as pl
from numpy.typing import NDArray

from finflow.errors import FinflowError
from finflow.money import PLACES, minor_units
from finflow.trace.exact import Integers
from finflow.trace.order import NONE, Calendar, calendar_of
from finflow.trace.rows import BREAK_COLUMNS, LEG_COLUMNS, OPENING_COLUMNS, as_known, query_of, read_rows, read_units
from finflow.trace.state import CASH, OPENING, OTHER

LARGEST = 1 << 61
"""Largest sum of all legs of one currency, in minor units: twice that still fits 63 bits."""

OPENED = "opening balance"
"""The rule on the leg that opens an account; what came in unseen at a break has none."""


@dataclass(frozen=True)
class Ledger:
    """Legs of all accounts inside the case; row n of every field is leg n. Opening balances are legs without an id, and
    so is what came in unseen where the records of an account break off.

    legs: leg_id, side, transfer_id, account_id, currency, booking_date, kind, is_reversal, counterparty_inside, rule,
    pocket, amount (minor units), account_no, other_no.
    pockets: account_id, currency, pocket, owed (minor units overdrawn at the start).
    units: decimal places by currency.
    """

    legs: pl.DataFrame
    pockets: pl.DataFrame
    units: dict[str, int]
    calendar: Calendar
    amount: Integers
    reverses: Integers
    brings: Integers
    linked: Integers  # part of the credit that a person joined to the withdrawal; NONE = no cash link
    unseen: Integers  # pocket, day, other money that may lie there from that day and no leg shows; LARGEST = unknown
    turn: Integers | None = None  # twice the place in the order that resolve found for all legs of the case

    def without_links(self) -> "Ledger":
        """The same legs as if no person had joined cash to cash."""
        linked = (self.legs["rule"] == "cash link").fill_null(False).to_numpy()
        pair = np.where(linked, NONE, self.calendar.pair)
        return replace(
            self,
            legs=self.legs.with_columns(pl.Series("pair", pair)),
            calendar=self.calendar._replace(pair=pair),
            brings=np.where(linked, CASH, self.brings),
            linked=np.full_like(self.linked, NONE),
            turn=None,
        )

    def decimals(self, frame: pl.DataFrame, amount: str, currency: str) -> pl.DataFrame:
        """The frame with a column of minor units turned into exact decimals."""
        unit = pl.lit(None, pl.Decimal(38, 8))
        for name, places in self.units.items():
            one = pl.lit(Decimal(1).scaleb(-places), pl.Decimal(38, 8))
            unit = pl.when(pl.col(currency) == name).then(one).otherwise(unit)
        return frame.with_columns((pl.col(amount).cast(pl.Decimal(28, 8)) * unit).cast(pl.Decimal(28, 8)))


def read_ledger(con: duckdb.DuckDBPyConnection, on: date | None = None) -> Ledger:
    """The ledger of the case behind an open connection; `completeness` has told on it where the records break off.

    on: the last day that counts; none = all.
    """
    legs, openings, _ = read_rows(con)
    breaks = con.sql(query_of("break")).pl()
    if on is not None:
        legs, breaks = legs.filter(pl.col("booking_date") <= on), breaks.filter(pl.col("day") <= on)
    return ledger_of(legs, openings, breaks, read_units(con))


def ledger_of(
    legs: pl.DataFrame,
    openings: pl.DataFrame | None = None,
    breaks: pl.DataFrame | None = None,
    finest: Mapping[str, int] | None = None,
) -> Ledger:
    """The ledger of frames with LEG_COLUMNS (what is not there is unknown), OPENING_COLUMNS and BREAK_COLUMNS.

    finest: decimal places by currency that are counted even where these frames need fewer.
    Raises FinflowError for amounts that exceed 63 bits in sum.
    """
    legs = as_known(legs, LEG_COLUMNS)
    openings = as_known(openings, OPENING_COLUMNS)
    breaks = as_known(breaks, BREAK_COLUMNS)
    units = {
        str(name): max(_places(legs, openings, breaks, str(name)), (finest or {}).get(str(name), 0))
        for name in sorted(legs["currency"].unique())
    }
    pockets = _pockets(legs, openings, units)
    rows = _in_minor_units(_in_minor_units(legs, "amount", units), "linked", units)
    breaks = _in_minor_units(_in_minor_units(breaks, "came", units), "unseen", units)
    breaks = breaks.join(pockets.select("account_id", "currency", "pocket"), on=["account_id", "currency"])
    rows = _with_openings(rows, pockets, breaks)
    rows = _in_order(rows).with_row_index("leg").with_columns(pl.col("leg").cast(pl.Int64))
    rows = rows.with_columns(_pairs(rows), _originals(rows))
    _refuse_overflow(rows)
    return Ledger(
        legs=rows,
        pockets=pockets.with_columns(owed=pl.max_horizontal(-pl.col("opening"), 0)).drop("opening"),
        units=units,
        calendar=_calendar(rows),
        amount=_integers(rows["amount"]),
        reverses=_integers(rows["reverses_leg"].fill_null(NONE)),
        brings=_integers(_brings(rows)),
        linked=_integers(_linked(rows)),
        unseen=_unseen(breaks),
        turn=_turns(rows),
    )


def _places(legs: pl.DataFrame, openings: pl.DataFrame, breaks: pl.DataFrame, currency: str) -> int:
    """Decimal places a currency needs here: its minor unit, or all when a bank printed more."""
    places = minor_units(currency)
    step = 10 ** (PLACES - places)
    printed = ((legs, "amount"), (legs, "linked"), (openings, "opening"), (breaks, "came"), (breaks, "unseen"))
    for frame, name in printed:
        mine = frame.filter(pl.col("currency") == currency)[name].drop_nulls().cast(pl.Decimal(38, 8))
        if mine.to_frame().select((pl.col(name).to_physical() % step != 0).any()).item():
            return PLACES
    return places


def _in_minor_units(frame: pl.DataFrame, name: str, units: dict[str, int]) -> pl.DataFrame:
    steps = {currency: 10 ** (PLACES - places) for currency, places in units.items()}
    step = pl.col("currency").replace_strict(steps, default=1, return_dtype=pl.Int64)
    whole = pl.col(name).cast(pl.Decimal(38, 8)).to_physical() // step
    return frame.with_columns(whole.cast(pl.Int128).alias(name))


def _pockets(legs: pl.DataFrame, openings: pl.DataFrame, units: dict[str, int]) -> pl.DataFrame:
    found = legs.select("account_id", "currency").unique().sort("account_id", "currency")
    with_opening = found.join(openings, on=["account_id", "currency"], how="left", validate="1:1")
    pockets = _in_minor_units(with_opening, "opening", units).with_columns(
        pl.col("opening").fill_null(0).cast(pl.Int64)
    )
    return pockets.with_row_index("pocket").with_columns(pl.col("pocket").cast(pl.Int64))


def _in_order(rows: pl.DataFrame) -> pl.DataFrame:
    """The rows by pocket and position; texts decide only between two of one position."""
    keys = [_integers(rows[name]) for name in ("position", "pocket")]
    order = np.lexsort(keys)
    tied = np.logical_and.reduce([np.diff(key[order]) == 0 for key in keys])
    if tied.any():
        return rows.sort("pocket", "position", "booking_date", "leg_id", "side")
    return rows if (np.diff(order) == 1).all() else rows[order]


def _with_pockets(legs: pl.DataFrame, pockets: pl.DataFrame) -> pl.DataFrame:
    """The legs with the number of their pocket, looked up once for each run of legs on one account."""
    begins = (pl.col("account_id") != pl.col("account_id").shift()) | (pl.col("currency") != pl.col("currency").shift())
    runs = legs.select(begins.fill_null(True).alias("begins"))["begins"]
    found = legs.select("account_id", "currency").filter(runs).join(
        pockets.select("account_id", "currency", "pocket"), on=["account_id", "currency"], how="left",
        maintain_order="left",
    )  # fmt: skip
    return legs.with_columns(found["pocket"].gather(runs.cum_sum() - 1))


def _with_openings(legs: pl.DataFrame, pockets: pl.DataFrame, breaks: pl.DataFrame) -> pl.DataFrame:
    """The legs, with one that opens each account that held money, and one for what came in unseen at each break."""
    legs = _with_pockets(legs, pockets)
    first = legs.group_by("pocket").agg(pl.col("booking_date").min())
    opened = pockets.filter(pl.col("opening") > 0).join(first, on="pocket")
    columns = ("account_id", "currency", "pocket", "booking_date")
    found = pl.concat([
        opened.select(*columns, pl.col("opening").cast(pl.Int128).alias("amount"), pl.lit(OPENED).alias("rule")),
        breaks.filter(pl.col("came") > 0).rename({"day": "booking_date", "came": "amount"}).select(*columns, "amount"),
    ], how="diagonal")  # fmt: skip
    rows = found.with_columns(
        pl.lit(0, pl.Int64).alias("position"), pl.lit("CRDT").alias("side"), pl.lit("opening").alias("kind"),
        pl.lit(False).alias("is_reversal"), pl.lit(True).alias("chained"),
    )  # fmt: skip
    return pl.concat([legs, rows], how="diagonal")


def _unseen(breaks: pl.DataFrame) -> Integers:
    days = pl.col("day").to_physical().cast(pl.Int64)
    amount = pl.min_horizontal(pl.col("unseen").fill_null(LARGEST), LARGEST).cast(pl.Int64)
    rows = breaks.select("pocket", days, amount).filter(pl.col("unseen") > 0)
    return rows.to_numpy(order="c").reshape(-1, 3)


def _pairs(rows: pl.DataFrame) -> pl.Series:
    """The other leg of the transfer."""
    held = rows.filter(pl.col("transfer_id").is_not_null()).select("leg", "transfer_id", "side")
    both = held.filter(pl.col("side") == "DBIT").join(held.filter(pl.col("side") == "CRDT"), on="transfer_id")
    pairs = np.full(rows.height, NONE, np.int64)
    debit, credit = both["leg"].to_numpy(), both["leg_right"].to_numpy()
    pairs[debit], pairs[credit] = credit, debit
    return pl.Series("pair", pairs)


def _originals(rows: pl.DataFrame) -> pl.Series:
    """The leg that a leg reverses: of the reversed transfer, on the same account, the other way.

    A reversal of a reversal is an ordinary leg.
    """
    reversals = rows.filter(pl.col("reverses").is_not_null()).select("leg", "pocket", "side", "reverses")
    originals = rows.filter(pl.col("reverses").is_null()).select(
        pl.col("leg").alias("reverses_leg"), "pocket", pl.col("transfer_id").alias("reverses"),
        pl.col("side").replace({"CRDT": "DBIT", "DBIT": "CRDT"}),
    )  # fmt: skip
    found = reversals.join(originals, on=["pocket", "side", "reverses"])
    return rows.select("leg").join(found, on="leg", how="left", maintain_order="left")["reverses_leg"]


def _refuse_overflow(rows: pl.DataFrame) -> None:
    sums = rows.group_by("currency").agg(pl.col("amount").sum())
    too_large = sums.filter(pl.col("amount") > LARGEST)
    if too_large.height:
        raise FinflowError(
            f"The amounts in {', '.join(sorted(too_large['currency']))} add up to more than exact arithmetic holds. "
            "Trace a part of the case, or correct the decimal sign in the mapping."
        )


def _calendar(rows: pl.DataFrame) -> Calendar:
    opening = (rows["kind"] == "opening").to_numpy()
    found = calendar_of(
        pocket=_integers(rows["pocket"]),
        day=_integers(rows["booking_date"].to_physical()),
        booked=(
            _integers(rows["booked_at"].dt.epoch("us").fill_null(0)),
            rows["booked_at"].is_not_null().to_numpy() | opening,
        ),
        chained=rows["chained"].fill_null(True).to_numpy(),
        position=_integers(rows["position"]),
        is_debit=(rows["side"] == "DBIT").to_numpy(),
        pair=_integers(rows["pair"]),
    )
    return found._replace(slot=np.where(opening, -(1 << 62), found.slot))


def _turns(rows: pl.DataFrame) -> Integers | None:
    """Twice the turn of each leg, so that one without a turn comes before the legs of its account from its day on."""
    known, unknown = rows.filter(pl.col("turn").is_not_null()), rows.filter(pl.col("turn").is_null())
    if known.is_empty():
        return None
    turns = rows["turn"].fill_null(LARGEST // 2).to_numpy() * 2
    opens = pl.col("rule") == OPENED
    begun = unknown.filter(opens).join(known.group_by("pocket").agg(pl.col("turn").min().alias("first")), on="pocket")
    days = known.select("pocket", "turn", pl.col("booking_date").alias("day"))
    later = (
        unknown.filter(opens.ne_missing(True)).join(days, on="pocket").filter(pl.col("day") >= pl.col("booking_date"))
    )
    broken = later.group_by("leg").agg(pl.col("turn_right").min().alias("first"))
    for found in (begun, broken):
        turns[found["leg"].to_numpy()] = found["first"].to_numpy() * 2 - 1
    return turns


def _brings(rows: pl.DataFrame) -> pl.Series:
    kinds: dict[str, Any] = {"opening": OPENING, "cash_deposit": CASH}
    return rows["kind"].replace_strict(kinds, default=OTHER, return_dtype=pl.Int64)


def _linked(rows: pl.DataFrame) -> pl.Series:
    """Part of a credit that a cash link covers, in minor units of the credit; NONE where there is no link."""
    covered = pl.min_horizontal(pl.coalesce("linked", "amount"), "amount")
    is_link = (pl.col("rule") == "cash link") & (pl.col("side") == "CRDT") & (pl.col("pair") != NONE)
    return rows.select(pl.when(is_link).then(covered).otherwise(NONE).alias("linked"))["linked"]


def _integers(values: pl.Series) -> NDArray[np.int64]:
    return np.ascontiguousarray(values.cast(pl.Int64).to_numpy())

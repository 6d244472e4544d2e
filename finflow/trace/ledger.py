"""The ledger of a case as arrays: what a kernel replays, in an order that does not depend on how rows came in."""

from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from typing import Any

import duckdb
import numpy as np
import polars as pl
from numpy.typing import NDArray

from finflow import store
from finflow.errors import FinflowError
from finflow.money import PLACES
from finflow.trace.exact import Integers
from finflow.trace.order import NONE, Calendar, calendar_of, sorted_by
from finflow.trace.rows import (
    BREAK_COLUMNS,
    LEG_COLUMNS,
    OPENING_COLUMNS,
    CaseRecords,
    Records,
    Rows,
    as_known,
    query_of,
    read_rows,
)
from finflow.trace.state import CASH, OPENING, OTHER

LARGEST = 1 << 61
"""Largest sum of all legs of one currency, in minor units: twice that still fits 63 bits."""

Flags = NDArray[np.bool_]


@dataclass(frozen=True)
class Ledger:
    """Legs of all accounts inside the case; item n of every array is leg n. Opening balances are legs that the records
    do not have, and so is what came in unseen where the records of an account break off.

    pockets: pocket, account_id, currency, owed (minor units overdrawn at the start).
    """

    records: Records
    pockets: pl.DataFrame
    calendar: Calendar
    number: Integers  # by which the records know the leg, NONE = they do not have it
    amount: Integers  # minor units
    reverses: Integers
    brings: Integers
    other_no: Integers  # account_no of the account on which the other leg stands, NONE when none is held
    paired: Flags  # another leg is held, read or not
    linked: Integers  # part of the credit that a person joined to the withdrawal; NONE = no cash link
    is_link: Flags  # either leg of a cash link
    is_interest: Flags
    is_opening: Flags  # opens an account; what came in unseen at a break does not
    rings: Integers  # debits that had to go first, as resolve found them
    unseen: Integers  # pocket, day, other money that may lie there from that day and no leg shows; LARGEST = unknown
    turn: Integers | None = None  # twice the place in the order that resolve found for all legs of the case

    @property
    def units(self) -> dict[str, int]:
        """Decimal places by currency."""
        return self.records.units

    def without_links(self) -> "Ledger":
        """The same legs as if no person had joined cash to cash. With fewer debits to wait for, the order that resolve
        found still holds; but a ring that it opened may be none.
        """
        return replace(
            self,
            calendar=self.calendar._replace(pair=np.where(self.is_link, NONE, self.calendar.pair)),
            paired=self.paired & ~self.is_link,
            brings=np.where(self.is_link, CASH, self.brings),
            linked=np.full_like(self.linked, NONE),
            other_no=np.where(self.is_link, NONE, self.other_no),
            turn=None if self.rings.size else self.turn,
        )

    def find(self, leg_ids: pl.Series) -> pl.DataFrame:
        """The legs of these ids in this ledger: leg_id, leg, side. Of the two of one line, the debit comes first."""
        found = self.records.find(leg_ids)
        legs = rows_of(self.number, found["number"].to_numpy())
        here = found.select("leg_id", leg=pl.Series(legs)).filter(pl.col("leg") != NONE)
        return here.with_columns(side=self._sides(here["leg"])).sort("leg_id", "side", descending=[False, True])

    def described(self, legs: Integers) -> pl.DataFrame:
        """A row for each of these legs, in their order: leg, pair, pocket, account_id, currency, side, booking_date,
        units (minor), leg_id, transfer_id, kind, is_reversal, counterparty_inside, is_link.
        """
        frame = pl.DataFrame({"leg": legs, "number": self.number[legs]}, schema_overrides=_KEYS)
        pockets = self.pockets[self.calendar.pocket[legs]]
        frame = frame.with_columns(
            pockets["pocket"], pockets["account_id"], pockets["currency"], side=self._sides(frame["leg"]),
            pair=pl.Series(self.calendar.pair[legs]), units=pl.Series(self.amount[legs]),
            booking_date=pl.Series(self.calendar.day[legs]).cast(pl.Int32).cast(pl.Date),
            is_link=pl.Series(self.is_link[legs]),
        )  # fmt: skip
        said = self.records.describe(frame["number"].filter(frame["number"] != NONE).unique())
        return frame.join(said, on="number", how="left", maintain_order="left").with_columns(
            pl.when(pl.col("number") == NONE).then(pl.lit("opening")).otherwise("kind").alias("kind"),
            pl.col("is_reversal").fill_null(False),
        )

    def _sides(self, legs: pl.Series) -> pl.Series:
        return pl.Series(np.where(self.calendar.is_debit[legs.to_numpy()], "DBIT", "CRDT"), dtype=pl.String)

    def decimals(self, frame: pl.DataFrame, amount: str, currency: str) -> pl.DataFrame:
        """The frame with a column of minor units turned into exact decimals."""
        unit = pl.lit(None, pl.Decimal(38, 8))
        for name, places in self.units.items():
            one = pl.lit(Decimal(1).scaleb(-places), pl.Decimal(38, 8))
            unit = pl.when(pl.col(currency) == name).then(one).otherwise(unit)
        return frame.with_columns((pl.col(amount).cast(pl.Decimal(28, 8)) * unit).cast(pl.Decimal(28, 8)))


_KEYS = {"leg": pl.Int64, "number": pl.Int64}


def read_ledger(
    con: duckdb.DuckDBPyConnection, records: CaseRecords, accounts: Integers, on: date | None = None
) -> Ledger:
    """The ledger of these accounts (account_no) of the case behind an open connection; `completeness` has told on it
    where the records break off.

    on: the last day that counts; none = all.
    """
    legs, openings, *_ = read_rows(con, accounts)
    breaks = store.frame(con, _BREAKS.format(query=query_of("break")))
    rows = Rows(legs, openings, breaks.filter(pl.col("account_no").is_in(accounts)))
    if on is not None:
        rows = rows._replace(
            legs=legs.filter(pl.col("booking_date") <= on), breaks=rows.breaks.filter(pl.col("day") <= on)
        )
    return ledger_of(rows, records)


_BREAKS = "SELECT account_no, found.* FROM ({query}) AS found INNER JOIN account USING (account_id)"


def ledger_of(rows: Rows, records: Records) -> Ledger:
    """The ledger of rows as read_rows gives them. Raises FinflowError for amounts that exceed 63 bits in sum."""
    units = records.units
    legs = as_known(rows.legs, LEG_COLUMNS).with_columns(minor_units(units, "amount"))
    openings = with_currency(as_known(rows.openings, OPENING_COLUMNS), units, "opening")
    breaks = with_currency(as_known(rows.breaks, BREAK_COLUMNS), units, "came", "unseen")
    legs = _in_order(legs)
    pocket, pockets = pockets_of(legs, openings, records)
    breaks = breaks.join(pockets.select("account_no", "currency_no", "pocket"), on=["account_no", "currency_no"])
    added = _added(pockets, breaks, pocket, legs["booking_date"])
    refuse_overflow(legs, added, units)
    both = _Both(pocket, added)
    number = both(integers(legs["number"]), NONE)
    is_opening = both(False, added["is_opening"].to_numpy())
    day = both(_days(legs["booking_date"]), _days(added["booking_date"]))
    pair = rows_of(number, both(integers(legs["pair_number"].fill_null(NONE)), NONE))
    amount = both(integers(legs["amount"]), integers(added["amount"]))
    calendar = _calendar(legs, both, pair, day)
    is_link, linked = _links(records, number, amount, calendar, pockets)
    return Ledger(
        records=records,
        pockets=pockets.select("pocket", "account_id", "currency", owed=pl.max_horizontal(-pl.col("opening"), 0)),
        calendar=calendar,
        number=number,
        amount=amount,
        reverses=rows_of(number, both(integers(legs["reverses_number"].fill_null(NONE)), NONE)),
        brings=both(np.where(legs["is_cash"].to_numpy(), CASH, OTHER), OPENING),
        other_no=both(integers(legs["other_no"].fill_null(NONE)), NONE),
        paired=both(legs["pair_number"].is_not_null().to_numpy(), False),
        linked=linked,
        is_link=is_link,
        is_interest=both(legs["is_interest"].to_numpy(), False),
        is_opening=is_opening,
        rings=np.flatnonzero(both(legs["opens_ring"].to_numpy(), False)),
        unseen=_unseen(breaks),
        turn=_turns(number, calendar) if rows.in_order else None,
    )


def _in_order(legs: pl.DataFrame) -> pl.DataFrame:
    """Legs by account, currency and position, as a case keeps them."""
    keys = tuple(integers(legs[name]) for name in ("number", "position", "currency_no", "account_no"))
    order = sorted_by(keys)
    return legs if (np.diff(order) == 1).all() else legs[order]


def rows_of(numbers: Integers, wanted: Integers) -> Integers:
    """The row on which each of the wanted numbers stands, NONE where none does. NONE is no number."""
    most = int(numbers.max(initial=NONE))
    if most < 16 * numbers.size + 1024:  # a table of all numbers is read faster than it is searched
        row_of = np.full(most + 2, NONE, np.int64)
        row_of[numbers] = np.arange(numbers.size)
        row_of[NONE] = NONE
        return row_of[np.where(wanted > most, NONE, wanted)]
    order = np.argsort(numbers)
    at = order[np.searchsorted(numbers[order], wanted).clip(max=order.size - 1)]
    return np.where((numbers[at] == wanted) & (wanted != NONE), at, NONE)


def minor_units(units: dict[str, int], name: str) -> pl.Expr:
    """A column of decimals as whole minor units of currency_no."""
    steps = [10 ** (PLACES - places) for places in units.values()]
    step = pl.lit(steps[0] if steps else 1, pl.Int64)
    if len({*steps}) > 1:
        step = pl.col("currency_no").replace_strict(range(len(steps)), steps, return_dtype=pl.Int64)
    return (pl.col(name).cast(pl.Decimal(38, 8)).to_physical() // step).cast(pl.Int128).alias(name)


def with_currency(frame: pl.DataFrame, units: dict[str, int], *amounts: str) -> pl.DataFrame:
    """The rows in currencies of the case, with currency_no, and amounts as minor units."""
    number = {currency: n for n, currency in enumerate(units)}
    frame = frame.filter(pl.col("currency").is_in(list(units)))  # no leg is booked in another
    known = pl.col("currency").replace_strict(number, return_dtype=pl.Int64)
    return frame.with_columns(currency_no=known).with_columns(minor_units(units, name) for name in amounts)


def pockets_of(legs: pl.DataFrame, openings: pl.DataFrame, records: Records) -> tuple[Integers, pl.DataFrame]:
    """Per leg its pocket, and the pockets: pocket, account_no, account_id, currency_no, currency, opening (minor)."""
    sizes = openings.select("currency_no", amount=pl.col("opening").abs())
    refuse_overflow(sizes, sizes.clear(), records.units)
    account, currency = integers(legs["account_no"]), integers(legs["currency_no"])
    begins = np.flatnonzero(np.diff(account, prepend=NONE) | np.diff(currency, prepend=NONE))
    pocket = np.repeat(np.arange(begins.size), np.diff(begins, append=account.size))
    found = pl.DataFrame(
        {"pocket": np.arange(begins.size), "account_no": account[begins], "currency_no": currency[begins]}
    )
    names = pl.Series(records.units.keys(), dtype=pl.String)
    accounts = records.accounts(found["account_no"].unique()).with_columns(pl.col("account_no").cast(pl.Int64))
    pockets = (
        found.with_columns(names.gather(found["currency_no"]).alias("currency"))
        .join(accounts, on="account_no", how="left", maintain_order="left")
        .join(
            openings.select("account_no", "currency_no", pl.col("opening").cast(pl.Int64)),
            on=["account_no", "currency_no"], how="left", maintain_order="left", validate="1:1",
        )
    )  # fmt: skip
    return pocket, pockets.with_columns(pl.col("opening").fill_null(0))


def _added(pockets: pl.DataFrame, breaks: pl.DataFrame, pocket: Integers, days: pl.Series) -> pl.DataFrame:
    """A leg that opens each pocket that held money, and one for what came in unseen at each break; by pocket."""
    first = pl.DataFrame({"pocket": pocket, "booking_date": days}).group_by("pocket").agg(pl.col("booking_date").min())
    opened = pockets.filter(pl.col("opening") > 0).join(first, on="pocket")
    broken = breaks.filter(pl.col("came") > 0)
    return pl.concat([
        opened.select(
            "pocket", "booking_date", "currency_no", amount=pl.col("opening").cast(pl.Int128), is_opening=True
        ),
        broken.select("pocket", "currency_no", booking_date="day", amount="came", is_opening=False),
    ], how="diagonal").sort("pocket", "booking_date", pl.col("is_opening").not_())  # fmt: skip


class _Both:
    """Puts values of legs and of what was added together: the added before the legs of its pocket."""

    def __init__(self, pocket: Integers, added: pl.DataFrame) -> None:
        self._legs, self._added = pocket.size, added.height
        at = np.searchsorted(pocket, integers(added["pocket"]))
        self._order = np.insert(np.arange(self._legs), at, self._legs + np.arange(self._added))
        self.pocket = self(pocket, integers(added["pocket"]))

    def __call__(self, legs: Any, added: Any) -> Any:
        parts = [np.broadcast_to(part, length) for part, length in ((legs, self._legs), (added, self._added))]
        return np.concatenate(parts)[self._order] if self._added else np.ascontiguousarray(parts[0])


def _unseen(breaks: pl.DataFrame) -> Integers:
    days = pl.col("day").to_physical().cast(pl.Int64)
    amount = pl.min_horizontal(pl.col("unseen").fill_null(LARGEST), LARGEST).cast(pl.Int64)
    rows = breaks.select("pocket", days, amount).filter(pl.col("unseen") > 0)
    return rows.to_numpy(order="c").reshape(-1, 3)


def refuse_overflow(legs: pl.DataFrame, added: pl.DataFrame, units: dict[str, int]) -> None:
    """Raise FinflowError for amounts of one currency (currency_no, amount in minor units) beyond LARGEST in sum."""
    every = pl.concat([frame.select("currency_no", "amount") for frame in (legs, added)])
    sums = every.group_by("currency_no").agg(pl.col("amount").sum())
    too_large = [list(units)[number] for number in sums.filter(pl.col("amount") > LARGEST)["currency_no"].sort()]
    if too_large:
        raise FinflowError(
            f"The amounts in {', '.join(too_large)} add up to more than exact arithmetic holds. "
            "Trace a part of the case, or correct the decimal sign in the mapping."
        )


def _calendar(legs: pl.DataFrame, both: _Both, pair: Integers, day: Integers) -> Calendar:
    is_added = both(False, True)
    found = calendar_of(
        pocket=both.pocket,
        day=day,
        booked=(
            both(integers(legs["booked_at"].dt.epoch("us").fill_null(0)), 0),
            both(legs["booked_at"].is_not_null().to_numpy(), True),
        ),
        chained=both(legs["chained"].to_numpy(), True),
        position=both(integers(legs["position"]), 0),
        is_debit=both(legs["is_debit"].to_numpy(), False),
        pair=pair,
    )
    return found._replace(slot=np.where(is_added, -(1 << 62), found.slot))


def _turns(number: Integers, c: Calendar) -> Integers:
    """Twice the turn of each leg, so that one without a turn comes before the legs of its account from its day on."""
    known, unknown = np.flatnonzero(number != NONE), np.flatnonzero(number == NONE)
    turns = np.where(number == NONE, LARGEST, 2 * number)
    if unknown.size and known.size:
        by_day = known[sorted_by((number[known], c.day[known], c.pocket[known]))]
        days, asked = ((c.pocket[legs] << 32) + c.day[legs] for legs in (by_day, unknown))
        at = by_day[np.searchsorted(days, asked).clip(max=by_day.size - 1)]
        follows = (c.pocket[at] == c.pocket[unknown]) & (c.day[at] >= c.day[unknown])
        turns[unknown[follows]] = 2 * number[at[follows]] - 1
    return turns


def _links(
    records: Records, number: Integers, amount: Integers, c: Calendar, pockets: pl.DataFrame
) -> tuple[Flags, Integers]:
    """Per leg whether a person joined it over cash, and the part of a credit joined, in minor units, or NONE."""
    is_link, linked = np.zeros(number.size, np.bool_), np.full(number.size, NONE, np.int64)
    rows = rows_of(number, integers(records.links["number"]))
    here = records.links.filter(rows != NONE)
    rows = rows[rows != NONE]
    is_link[rows] = True
    here = here.with_columns(currency_no=pockets["currency_no"].gather(c.pocket[rows]), whole=pl.Series(amount[rows]))
    part = pl.min_horizontal(pl.coalesce(minor_units(records.units, "amount"), "whole"), "whole").cast(pl.Int64)
    credits = ~c.is_debit[rows] & (c.pair[rows] != NONE)
    linked[rows[credits]] = integers(here.select(part=part)["part"])[credits]
    return is_link, linked


def _days(values: pl.Series) -> Integers:
    return integers(values.to_physical())


def integers(values: pl.Series) -> Integers:
    """A column of whole numbers as a kernel takes it."""
    return np.ascontiguousarray(values.cast(pl.Int64).to_numpy())

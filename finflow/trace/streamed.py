"""A replay of more legs than are held in memory: they are read in the order that resolve found, onto disk, and replayed
from there.

What stays in memory grows with accounts, lots and findings, not with legs. Figures are those of a ledger that is held;
what other money is called may differ where an account paid that marked money reaches on a day, but not in its order.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import duckdb
import numpy as np
import polars as pl
from numpy.typing import NDArray

from finflow import store
from finflow.trace.compiled import compiled
from finflow.trace.elections import elected_legs
from finflow.trace.engine import Replayed, replay
from finflow.trace.exact import Integers
from finflow.trace.ledger import (
    LARGEST,
    Ledger,
    integers,
    ledger_of,
    minor_units,
    pockets_of,
    refuse_overflow,
    rows_of,
    with_currency,
)
from finflow.trace.marks import marks_on
from finflow.trace.ondisk import BATCH, Added, OnDisk, room
from finflow.trace.order import NONE
from finflow.trace.plan import Cited, by_event, dust_of, singled_out, under
from finflow.trace.policies import rule_of
from finflow.trace.progress import progress_of
from finflow.trace.rows import BREAK_COLUMNS, OPENING_COLUMNS, CaseRecords, Rows, as_known, query_of
from finflow.trace.state import DEBIT, FLAGS, MARKED, PAIR, POCKET, Legs

Near = Callable[[Integers], Ledger]
"""The ledger of legs of some numbers, and of those that belong to them."""

HELD = 1 << 22
"""Legs that are held in memory, at some 325 bytes each; more are streamed."""


def is_large(con: duckdb.DuckDBPyConnection, accounts: Integers) -> bool:
    """Whether these accounts (account_no) have more legs than are held in memory."""
    with _asked(con, asked_account=accounts):
        legs = con.execute("SELECT count(*) FROM leg WHERE account_no IN (FROM asked_account)").fetchall()[0][0]
    return bool(legs > HELD)


def replay_streamed(
    con: duckdb.DuckDBPyConnection,
    records: CaseRecords,
    accounts: Integers,
    given: pl.DataFrame,
    values: dict[str, str],
    elections: pl.DataFrame,
) -> tuple[Cited, Replayed]:
    """As near.replay_near, of these accounts (account_no), in the order that resolve found."""
    tmp = con.execute("SELECT current_setting('temp_directory')").fetchall()[0][0]
    with (
        _asked(con, asked_account=accounts),
        room(),
        TemporaryDirectory(dir=tmp, ignore_cleanup_errors=True) as folder,
    ):
        return _replayed(con, records, given, values, elections, Path(folder))


def _replayed(
    con: duckdb.DuckDBPyConnection,
    records: CaseRecords,
    given: pl.DataFrame,
    values: dict[str, str],
    elections: pl.DataFrame,
    folder: Path,
) -> tuple[Cited, Replayed]:
    """Nothing that is returned lies in the folder: Windows deletes no file that is mapped."""
    pockets = _pockets(con, records)
    legs = OnDisk(folder, int(pockets["legs"].sum()), _added(con, records, pockets))
    with progress_of("lines of these accounts") as progress:
        legs.fill(_batches(con, records, pockets, values), values, progress)
    near = partial(_near, con, records, values)
    events, origins = _events(near, records, pockets, legs, given, elections)
    rule, owed = rule_of(values), integers(pockets["owed"])
    dust = dust_of(pockets["currency"], records.units, values)
    with progress_of(f"trace {values['method']}") as progress:
        found = replay(events, pockets.height, len(origins), rule, owed, progress, dust, transit=legs.transit)
    return _cited(near, pockets, legs, events, origins, found)


@contextmanager
def _asked(con: duckdb.DuckDBPyConnection, **columns: Integers) -> Iterator[None]:
    for name, values in columns.items():
        con.register(name, pl.DataFrame({name: values}))
    yield
    for name in columns:
        con.unregister(name)


def _pockets(con: duckdb.DuckDBPyConnection, records: CaseRecords) -> pl.DataFrame:
    """pocket, account_no, account_id, currency_no, currency, opening and owed (minor units), legs, amount (in all),
    day (its first), first (number of the first leg on that day).
    """
    found = store.frame(con, _POCKETS.format(legs=query_of("leg")))
    openings = as_known(store.frame(con, "FROM opening WHERE account_no IN (FROM asked_account)"), OPENING_COLUMNS)
    found = found.with_columns(pl.col("account_no", "currency_no").cast(pl.Int64))
    _, pockets = pockets_of(found, with_currency(openings, records.units, "opening"), records)
    return pockets.with_columns(
        found["legs"], found["amount"], found["day"], found["first"], owed=(-pl.col("opening")).clip(0)
    )


_POCKETS = """
    SELECT account_no, currency_no, min(booking_date) AS day, arg_min(first, booking_date) AS first,
        CAST(sum(legs) AS BIGINT) AS legs, sum(amount) AS amount
    FROM (
        SELECT account_no, currency_no, booking_date, min(number) AS first, count(*) AS legs, sum(amount) AS amount
        FROM ({legs}) WHERE account_no IN (FROM asked_account) GROUP BY ALL
    ) GROUP BY ALL ORDER BY account_no, currency_no
"""


def _added(con: duckdb.DuckDBPyConnection, records: CaseRecords, pockets: pl.DataFrame) -> Added:
    """What opens an account, before its first leg; and what came in unseen, before the first leg from its day on.

    Raises FinflowError for amounts that exceed 63 bits in sum.
    """
    opened = pockets.filter(pl.col("opening") > 0).select(
        "pocket", "currency_no", "day", before="first", amount=pl.col("opening").cast(pl.Int128), opens=True
    )
    found = store.frame(con, _BREAKS)
    breaks = with_currency(as_known(found, {**BREAK_COLUMNS, "before": pl.Int64}), records.units, "came")
    broken = (
        breaks.filter(pl.col("came") > 0)
        .join(pockets.select("pocket", "account_no", "currency_no"), on=["account_no", "currency_no"])
        .select("pocket", "currency_no", "day", pl.col("before").fill_null(LARGEST), amount="came", opens=False)
    )
    added = pl.concat([opened, broken], how="vertical_relaxed").sort("before", "pocket", "day", ~pl.col("opens"))
    refuse_overflow(pockets.with_columns(minor_units(records.units, "amount")), added, records.units)
    kept = added.with_columns(pl.col("amount").cast(pl.Int64))
    return Added(*(kept[name].to_numpy() for name in Added._fields))


_BREAKS = """
    SELECT record_break.account_no, record_break.currency, day, came, 0 AS unseen, first AS before
    FROM record_break ASOF LEFT JOIN (
        SELECT account_no, currency, booking_date, min(turn) AS first FROM leg
        WHERE account_no IN (SELECT account_no FROM record_break) GROUP BY ALL
    ) AS from_day
        ON record_break.account_no = from_day.account_no AND record_break.currency = from_day.currency
        AND record_break.day <= from_day.booking_date
    WHERE record_break.account_no IN (FROM asked_account)
"""


def _batches(
    con: duckdb.DuckDBPyConnection, records: CaseRecords, pockets: pl.DataFrame, values: dict[str, str]
) -> Iterator[pl.DataFrame]:
    """The legs by number, as OnDisk takes them."""
    currencies = max(len(records.units), 1)
    keys = integers(pockets["account_no"] * currencies + pockets["currency_no"])
    for batch in con.sql(_LEGS.format(legs=query_of("leg"))).to_arrow_reader(BATCH):
        legs: Any = pl.from_arrow(batch)
        key = integers(legs["account_no"].cast(pl.Int64) * currencies + legs["currency_no"])
        legs = legs.with_columns(minor_units(records.units, "amount"), pocket=pl.Series(np.searchsorted(keys, key)))
        yield _without_links(legs, records.links["number"]) if values["cash"] == "stops" else legs


def _without_links(legs: pl.DataFrame, linked: pl.Series) -> pl.DataFrame:
    """As Ledger.without_links."""
    is_link = pl.col("number").is_in(linked.implode())
    return legs.with_columns(is_cash=pl.col("is_cash") | is_link, pair_number=pl.when(~is_link).then("pair_number"))


_LEGS = """
    SELECT number, pair_number, reverses_number, account_no, currency_no, is_debit, amount, is_cash, is_interest,
        opens_ring
    FROM ({legs}) WHERE account_no IN (FROM asked_account) ORDER BY number
"""


def _events(
    near: Near,
    records: CaseRecords,
    pockets: pl.DataFrame,
    legs: OnDisk,
    given: pl.DataFrame,
    elections: pl.DataFrame,
) -> tuple[Legs, tuple[str, ...]]:
    """What a kernel replays, and the origins that are marked. Raises FinflowError as marks_on does."""
    singled = records.find(pl.concat([given["leg_id"], elections["leg_id"]]))["number"]
    around = near(np.unique([*singled, *records.links["number"]]).astype(np.int64))
    marks, linked = marks_on(around, given), np.flatnonzero(around.linked != NONE)
    links = np.column_stack([legs.events(around.number[linked]), around.linked[linked]])
    events = Legs(
        amount=legs.amount,
        about=legs.about,
        currency=np.array(pockets["currency_no"], np.int64),  # a column itself is read-only: the kernel compiled anew
        marks=by_event(legs.events(around.number[marks.leg]), marks),
        undo=legs.undo,
        kept=np.empty((0, 1), np.int64),
        links=links[np.argsort(links[:, 0])],
    )
    elected = legs.events(around.number[elected_legs(around, elections)])
    return singled_out(events, elected), marks.origins


def _near(con: duckdb.DuckDBPyConnection, records: CaseRecords, values: dict[str, str], numbers: Integers) -> Ledger:
    """The ledger of legs of these numbers, with the other leg of each transfer and the leg that each reverses."""
    with _asked(con, asked=numbers):
        legs = con.sql(_AROUND.format(legs=query_of("leg"))).pl()
    nothing = pl.DataFrame(schema=OPENING_COLUMNS), pl.DataFrame(schema=BREAK_COLUMNS)
    return under(ledger_of(Rows(legs, *nothing), records), values)


_AROUND = """
    FROM ({legs}) WHERE account_no IN (FROM asked_account) AND number IN (
        FROM asked UNION ALL
        SELECT unnest([pair_turn, reverses_turn]) FROM leg WHERE turn IN (FROM asked)
    )
"""


def _cited(
    near: Near,
    pockets: pl.DataFrame,
    legs: OnDisk,
    events: Legs,
    origins: tuple[str, ...],
    found: Replayed,
) -> tuple[Cited, Replayed]:
    """The legs that the rows speak of, and the rows with these legs numbered from 0."""
    spoken, numbered = np.unique(found.rows[:, 1], return_inverse=True)
    numbers, rings = legs.numbers(spoken), _rings(legs, events, pockets.height)
    ledger = near(np.union1d(numbers, rings))
    known = pockets.join(
        ledger.pockets.select("account_id", "currency", known="pocket"), on=["account_id", "currency"], how="left",
        maintain_order="left",
    )["known"]  # fmt: skip
    undo = events.undo[np.isin(events.undo, spoken).all(axis=1)]
    found.rows[:, 1] = numbered
    return Cited(
        ledger=ledger,
        origins=origins,
        legs=rows_of(ledger.number, numbers),
        pockets=integers(known.fill_null(NONE)),
        undo=np.searchsorted(spoken, undo),
        rings=rows_of(ledger.number, rings),
    ), found


def _rings(legs: OnDisk, events: Legs, pockets: int) -> Integers:
    """Numbers of the debits that opened a ring, on accounts that marked money can have reached."""
    rings = legs.rings
    if not rings.size:
        return rings
    reached, carries = np.zeros(pockets, np.bool_), np.zeros(events.amount.size, np.bool_)
    _reach(events.about, reached, carries)
    on_reached: NDArray[np.bool_] = reached[events.about[legs.events(rings), POCKET]]
    return rings[on_reached]


@compiled
def _reach(about: NDArray[np.int32], reached: NDArray[np.bool_], carries: NDArray[np.bool_]) -> None:
    for event in range(about.shape[0]):
        pocket, flags, pair = about[event, POCKET], about[event, FLAGS], about[event, PAIR]
        if flags & MARKED:
            reached[pocket] = True
        if flags & DEBIT:
            carries[event] = reached[pocket]
        elif pair != NONE and carries[pair]:
            reached[pocket] = True

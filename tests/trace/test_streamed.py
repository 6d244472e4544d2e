"""A ledger that is streamed from the case gives the same frames as one that is held in memory."""

import errno
import os
import random
from datetime import timedelta
from decimal import Decimal

import duckdb
import numba
import numpy as np
import polars as pl
import pytest
from polars.testing import assert_frame_equal

from finflow.errors import FinflowError
from finflow.trace import engine, near, ondisk, streamed
from finflow.trace.outcome import frames
from finflow.trace.passed import accounts_for
from finflow.trace.policies import policies
from finflow.trace.rows import CaseRecords, read_rows
from finflow.trace.shares import METHODS
from tests.trace.frames import START, FrameRecords
from tests.trace.ledgers import in_cases
from tests.trace.test_near import Case

NO_PAYMENTS = pl.DataFrame(schema={"asset_id": pl.String, "leg_id": pl.String})
NO_ELECTIONS = NO_PAYMENTS
SUMS = ("transfers", "held", "ends", "proof", "remarks")
FRAMES = (*SUMS, "other", "steps", "lying")
UNDER = (
    {},
    {"fee": "linked_money_first", "opening": "own_money"},
    {"fee": "other_money_first", "reversal": "new_deposit"},
    {"interest": "in_proportion", "dust": "EUR=5.00"},
)


class Stored(CaseRecords):
    """The records of a random ledger that was put into tables; who joined cash to cash is known of it."""

    def __init__(self, con: duckdb.DuckDBPyConnection, frame: pl.DataFrame) -> None:
        super().__init__(con)
        self.__dict__["links"] = FrameRecords(frame).links


def stored(case: Case, breaks: pl.DataFrame, folder: str) -> duckdb.DuckDBPyConnection:
    """The tables of a case that tracing reads."""
    con = duckdb.connect(config={"temp_directory": folder})
    con.register("legs", case.legs.sample(fraction=1.0, shuffle=True, seed=1))
    con.register("openings", case.openings)
    con.register("breaks", breaks)
    con.execute("""
        CREATE TABLE unit AS FROM (VALUES ('EUR', 2), ('HUF', 2)) AS units(currency, places);
        CREATE TABLE leg AS SELECT number AS turn, pair_number AS pair_turn, reverses_number AS reverses_turn,
            account_no, other_no, ['EUR', 'HUF'][currency_no + 1] AS currency, position,
            if(is_debit, 'DBIT', 'CRDT') AS side, amount, booking_date, booked_at, chained, kind, opens_ring, leg_id,
            transfer_id, is_reversal, counterparty_inside, account_id FROM legs;
        CREATE TABLE account AS SELECT DISTINCT account_no, account_id, true AS inside FROM leg;
        CREATE TABLE opening AS FROM openings;
        CREATE TABLE record_break AS FROM breaks;
    """)
    return con


def breaks_of(case: Case, chance: random.Random) -> pl.DataFrame:
    """On some accounts money came in unseen: before their lines, between them, and after them."""
    pockets = case.legs.select("account_no", "currency_no").unique().sort("account_no", "currency_no").rows()
    rows = {
        (account, ("EUR", "HUF")[currency], START + timedelta(days=chance.randint(-2, 12))): chance.randint(0, 40)
        for account, currency in pockets
        for _ in range(chance.choice([0, 0, 1, 3]))
    }
    return pl.DataFrame(
        [(*key, Decimal(came)) for key, came in rows.items()], orient="row",
        schema={"account_no": pl.Int64, "currency": pl.String, "day": pl.Date, "came": pl.Decimal(28, 8)},
    )  # fmt: skip


@pytest.mark.parametrize("first", range(91_000, 91_120, 60))
def test_what_is_streamed_is_what_is_held(first: int, tmp_path, monkeypatch) -> None:
    for module in (streamed, ondisk):
        monkeypatch.setattr(module, "BATCH", 7)
    seen = {"links": 0, "rings": 0, "reversals": 0, "interest": 0, "breaks": 0}
    for number, made in enumerate(in_cases(range(first, first + 60), size=4)):
        case = Case(made)
        breaks = breaks_of(case, random.Random(first + number))
        con = stored(case, breaks, str(tmp_path))
        records = Stored(con, case.legs)
        monkeypatch.setattr(near, "CaseRecords", lambda _, records=records: records)
        monkeypatch.setattr(near, "outwards", lambda *_: None)
        alike, given = FRAMES, case.given
        if number % 3 == 2:
            # Accounts are read that no marked money can have reached: what they pay is held in more parts.
            monkeypatch.setattr(near, "accounts_for", lambda *_, every=case.every, **__: np.arange(every))
            alike, given = SUMS, given.filter(pl.col("origin").str.starts_with("0"))  # the first of several ledgers
        for i, others in enumerate(UNDER):
            values = policies(method=METHODS[(number + i) % len(METHODS)], **others)
            found = []
            for held in (1 << 22, 0):
                monkeypatch.setattr(streamed, "HELD", held)
                cited, replayed = near.replay_near(con, given, values, NO_ELECTIONS)
                found.append(frames(cited, replayed, NO_PAYMENTS))
            assert {*found[0]} == {*FRAMES}
            for name in alike:
                assert_frame_equal(found[0][name], found[1][name])
        monkeypatch.setattr(near, "accounts_for", accounts_for)
        seen["links"] += records.links.height
        seen["rings"] += found[0]["remarks"].height
        seen["reversals"] += case.legs["reverses_number"].is_not_null().sum()
        seen["interest"] += case.legs["is_interest"].sum()
        seen["breaks"] += breaks.filter(pl.col("came") > 0).height
    assert min(seen.values()) > 0, seen
    assert not any(tmp_path.iterdir())


def test_without_links_the_order_that_resolve_found_still_holds(tmp_path, monkeypatch) -> None:
    monkeypatch.setattr(near, "outwards", lambda *_: None)
    links = 0
    for number, made in enumerate(in_cases(range(92_000, 92_030), size=2)):
        case = Case(made, move=lambda rows, _: rows)  # as made: an order without a ring
        con = stored(case, breaks_of(case, random.Random(number)), str(tmp_path))
        records = Stored(con, case.legs)
        monkeypatch.setattr(near, "CaseRecords", lambda _, records=records: records)
        values, found = policies(method=METHODS[number % len(METHODS)], cash="stops"), []
        assert near._is_as_resolved(con, values)
        for held, in_order in ((1 << 22, False), (1 << 22, True), (0, True)):
            monkeypatch.setattr(streamed, "HELD", held)
            monkeypatch.setattr(near, "read_rows", lambda *asked, i=in_order: read_rows(*asked)._replace(in_order=i))
            found.append(frames(*near.replay_near(con, case.given, values, NO_ELECTIONS), NO_PAYMENTS))
        for name in SUMS:  # any order without links gives these, its rows numbered in another way
            anew, kept, read = (frames_of[name].drop("row", strict=False) for frames_of in found)
            assert_frame_equal(anew, kept, check_row_order=False)
            assert_frame_equal(anew, read, check_row_order=False)
        links += records.links.height
    assert links > 10


def test_lines_whose_link_is_taken_away_are_cash_and_belong_to_no_other() -> None:
    legs = pl.DataFrame({"number": [1, 2, 3, 4], "pair_number": [2, 1, 4, 3], "is_cash": [False, False, False, True]})
    found = streamed._without_links(legs, pl.Series([1, 2]))
    assert found["is_cash"].to_list() == [True, True, False, True]
    assert found["pair_number"].to_list() == [None, None, 4, 3]


def test_without_links_a_ring_that_resolve_opened_is_looked_for_anew(small) -> None:
    con, _ = small
    con.execute("UPDATE leg SET opens_ring = turn = 1")
    assert not near._is_as_resolved(con, policies(cash="stops"))
    assert near._is_as_resolved(con, policies())
    assert not near._is_as_resolved(con, policies(same_day="ledger"))


@pytest.fixture
def small(tmp_path, monkeypatch):
    """A random ledger that is streamed."""
    case = Case(next(in_cases(range(91_000, 91_010), size=1)))
    con = stored(case, breaks_of(case, random.Random(1)), str(tmp_path))
    monkeypatch.setattr(near, "CaseRecords", lambda _: Stored(con, case.legs))
    monkeypatch.setattr(near, "outwards", lambda *_: None)
    monkeypatch.setattr(streamed, "HELD", 0)
    return con, case


def test_one_kernel_serves_both(small, monkeypatch) -> None:
    def noting(s, legs, *rest):
        kinds.append([str(numba.typeof(array)) for array in (*s, *legs)])
        return replay_legs(s, legs, *rest)

    con, case = small
    kinds, replay_legs = [], engine.replay_legs
    monkeypatch.setattr(engine, "replay_legs", noting)
    for held in (0, 1 << 22):
        monkeypatch.setattr(streamed, "HELD", held)
        near.replay_near(con, case.given, policies(), NO_ELECTIONS)
    assert kinds[0] == kinds[-1]


def test_a_disk_without_room_is_told_in_words(small, tmp_path, monkeypatch) -> None:
    def full(*_):
        raise OSError(errno.ENOSPC, "No space left on device")

    con, case = small
    monkeypatch.setattr(os, "posix_fallocate", full, raising=False)
    with pytest.raises(FinflowError, match="cannot hold this trace"):
        near.replay_near(con, case.given, policies(), NO_ELECTIONS)
    assert not any(tmp_path.iterdir())


def test_a_file_system_that_takes_no_room_ahead_is_written_all_the_same(small, monkeypatch) -> None:
    def cannot(*_):
        raise OSError(errno.EOPNOTSUPP, "Operation not supported")

    con, case = small
    _, wanted = near.replay_near(con, case.given, policies(), NO_ELECTIONS)
    monkeypatch.setattr(os, "posix_fallocate", cannot, raising=False)
    _, found = near.replay_near(con, case.given, policies(), NO_ELECTIONS)
    assert np.array_equal(found.rows, wanted.rows)


BEYOND = {
    "UPDATE leg SET amount = 9999999999999999 WHERE turn < 4",
    "UPDATE opening SET opening = 999999999999999999; UPDATE unit SET places = 8",
    "UPDATE opening SET opening = -999999999999999999; UPDATE unit SET places = 8",
    "UPDATE record_break SET came = 999999999999999999, day = DATE '2025-01-01'; UPDATE unit SET places = 8",
}


@pytest.mark.parametrize("change", sorted(BEYOND))
@pytest.mark.parametrize("held", [0, 1 << 22])
def test_sums_beyond_exact_arithmetic_are_refused(small, monkeypatch, change: str, held: int) -> None:
    con, case = small
    monkeypatch.setattr(streamed, "HELD", held)
    con.execute(
        "INSERT INTO opening SELECT account_no, currency, 1 FROM leg ANTI JOIN opening USING (account_no) LIMIT 1"
    )
    con.execute("INSERT INTO record_break SELECT account_no, currency, DATE '2025-01-01', 1 FROM leg LIMIT 1")
    con.execute(change)
    with pytest.raises(FinflowError, match="add up to more than exact arithmetic holds"):
        near.replay_near(con, case.given, policies(), NO_ELECTIONS)

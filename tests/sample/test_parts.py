"""The small parts the case is made with."""

from datetime import date, datetime, timedelta
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from finflow.sample import figures
from finflow.sample.chance import at, quota, spread, stream, weighted_days
from finflow.sample.days import (
    business_day_before,
    every_day,
    month_end,
    monthly,
    months,
    next_business_day,
    printed,
    utc_offset,
)
from finflow.sample.earnings import earnings
from finflow.sample.golden import OTHER, PROCEEDS, proceeds_in, take
from finflow.sample.ledger import Ledger, Movement, Outside, Purse
from finflow.sample.write_camt import decimal
from finflow.sample.write_mt940 import _folded, ascii_text

NOON = datetime(2025, 3, 1, 12)


@given(st.integers(1, 60), st.integers(0, 10**6), st.integers(0, 5_000), st.integers(1, 25))
def test_amounts_spread_exactly_inside_their_bounds(count, seed, width, step):
    rng = stream(seed, "test")
    low = 100 * step
    high = low + width * step
    total = count * low + seed % (count * width * step + 1)
    amounts = spread(rng, total, count, low, high, step)
    assert sum(amounts) == total
    assert all(low <= amount <= high + step - 1 for amount in amounts)
    assert all(amount % step == 0 for amount in amounts[1:])


def test_impossible_amounts_are_refused():
    with pytest.raises(ValueError, match="cannot add up"):
        spread(stream(1, "x"), 1_000, 3, 10, 20)


@given(st.integers(0, 400), st.integers(0, 99))
def test_shares_are_as_exact_as_whole_numbers_allow(count, seed):
    found = quota(stream(seed, "q"), count, {1: 71, 0: 29})
    assert len(found) == count
    assert abs(sum(found) - count * 0.71) <= 1


def test_streams_do_not_touch_each_other():
    assert stream(728, "a").random() == stream(728, "a").random()
    assert stream(728, "a").random() != stream(728, "b").random()


def test_days_are_drawn_once_and_in_order():
    days = every_day(date(2025, 1, 1), date(2025, 1, 31))
    found = weighted_days(stream(1, "d"), days, [1.0] * 31, 24)
    assert found == sorted(set(found))
    assert len(found) == 24


def test_hours_above_24_fall_on_the_next_morning():
    found = [at(stream(n, "at"), date(2025, 1, 1), 20, 28) for n in range(200)]
    assert {moment.date() for moment in found} == {date(2025, 1, 1), date(2025, 1, 2)}
    assert all(moment.hour >= 20 or moment.hour < 4 for moment in found)


@pytest.mark.parametrize(
    ("day", "following"),
    [
        ("2025-04-17", "2025-04-22"),
        ("2024-10-04", "2024-10-07"),
        ("2025-12-24", "2025-12-29"),
        ("2025-03-05", "2025-03-06"),
    ],
)
def test_business_days_skip_weekends_easter_and_christmas(day, following):
    assert next_business_day(date.fromisoformat(day)) == date.fromisoformat(following)
    assert business_day_before(date.fromisoformat(following)) == date.fromisoformat(day)


def test_months_and_their_ends():
    assert list(months(date(2024, 11, 30), date(2025, 2, 1))) == [(2024, 11), (2024, 12), (2025, 1), (2025, 2)]
    assert month_end(2024, 2) == date(2024, 2, 29)
    assert month_end(2024, 12) == date(2024, 12, 31)
    assert monthly(date(2024, 12, 5), 2, 24) == [date(2024, 12, 24), date(2025, 1, 24)]


@pytest.mark.parametrize(
    ("moment", "offset"),
    [
        ("2025-03-30T01:59:59", "+01:00"), ("2025-03-30T03:00:00", "+02:00"), ("2025-10-26T01:30:00", "+02:00"),
        ("2025-10-26T03:00:00", "+01:00"), ("2026-03-28T23:00:00", "+01:00"), ("2024-07-01T00:00:00", "+02:00"),
    ],
)  # fmt: skip
def test_summer_time(moment, offset):
    assert utc_offset(datetime.fromisoformat(moment)) == offset
    assert printed(datetime.fromisoformat(moment)) == moment + offset


def ledger(*amounts):
    made = Ledger({"A": 100})
    for day, amount in enumerate(amounts):
        sides = (Outside("x"), "A") if amount > 0 else ("A", Outside("x"))
        made.add(Movement(NOON + timedelta(days=day), *sides, abs(amount), "transfer", "t"))
    return made


def test_entries_run_in_time_with_their_balance():
    entries = ledger(50, -120, 10).entries()["A"]
    assert [entry.balance for entry in entries] == [150, 30, 40]
    assert [entry.position for entry in entries] == [1, 2, 3]


def test_an_account_that_would_be_overdrawn_is_an_error():
    with pytest.raises(ValueError, match="A would be overdrawn by 20"):
        ledger(50, -170).entries()


def test_a_movement_has_a_positive_amount():
    with pytest.raises(ValueError, match="positive"):
        ledger(0)


def test_both_sides_of_a_movement_are_booked_each_in_its_currency():
    made = Ledger({"A": 100})
    made.add(Movement(NOON, "A", "B", 100, "transfer", "t", arrives=(NOON + timedelta(days=1), 40_000)))
    books = made.entries()
    assert (books["A"][0].signed, books["B"][0].signed) == (-100, 40_000)
    assert books["B"][0].when == NOON + timedelta(days=1)
    assert books["A"][0].other == "B"


def test_a_purse_waits_until_it_can_afford_a_payment():
    made = ledger(50, 50)
    paid = Purse(made, "A", NOON + timedelta(days=9)).pay(Movement(NOON, "A", Outside("x"), 180, "transfer", "t"))
    assert paid.when == NOON + timedelta(days=2)
    assert made.balance("A") == 20


def test_a_purse_keeps_back_what_is_promised_for_later():
    made = ledger(50, -140, 200)
    paid = Purse(made, "A", NOON + timedelta(days=9)).pay(Movement(NOON, "A", Outside("x"), 30, "transfer", "t"))
    assert paid.when > NOON + timedelta(days=1)
    made.entries()


def test_a_purse_that_never_can_says_so():
    with pytest.raises(ValueError, match="A never affords 500 for t"):
        Purse(ledger(50), "A", NOON + timedelta(days=3)).pay(Movement(NOON, "A", Outside("x"), 500, "transfer", "t"))


LOTS = [(OTHER, Fraction(500)), (PROCEEDS, Fraction(1000)), (OTHER, Fraction(300))]


@pytest.mark.parametrize(
    ("method", "taken"),
    [("fifo", 200), ("lifo", 400), ("libr", 0), ("tainted_first", 700), ("pro_rata", Fraction(3500, 9))],
)
def test_five_rules_take_different_money(method, taken):
    found, left = take(LOTS, Fraction(700), method)
    assert proceeds_in(found) == taken
    assert sum(held for _, held in found) == 700
    assert sum(held for _, held in found) + sum(held for _, held in left) == 1800
    assert proceeds_in(left) == 1000 - taken


def test_earnings_are_exact_and_fall_on_days_worked():
    found = earnings(728)
    for earner in figures.EARNERS:
        days = found[earner.id]
        assert len(days) == earner.days
        assert sum(days.values()) == earner.gross
        assert min(days) >= earner.from_day
        assert max(days) <= earner.to_day
        assert not set(days) & set(earner.absent)
        assert min(days.values()) > 0


def test_the_figures_of_the_case_are_consistent():
    assert sum(figures.COSTS.values()) == figures.COSTS_TOTAL
    assert sum(figures.USES.values()) == figures.NET
    assert figures.CASH + figures.P2P + figures.WALLET + figures.NIGHT_CARD == figures.GROSS
    assert sum(thousands for _, thousands, _ in figures.HU_CREDITS) == 24_199
    assert sum(euros for _, euros, _ in figures.SPANISH_FLAT) == figures.USES["flat in Spain"]
    assert sum(euros for _, euros in figures.WATCHES_AND_GOLD) == figures.USES["watches and gold"]
    assert sum(figures.PAYMENT_SIZES.values()) == 100
    assert sum(size * count for size, count in figures.NIGHT_SALES.items()) == figures.NIGHT_CARD


@pytest.mark.parametrize(("cents", "text"), [(0, "0.00"), (5, "0.05"), (-1234, "-12.34"), (100, "1.00")])
def test_cents_as_text(cents, text):
    assert decimal(cents) == text


def test_names_in_swift_letters():
    assert ascii_text("Wohnbau Emsmündung Bălțescu Ő") == "Wohnbau Emsmuendung Baltescu O"


@given(st.text(alphabet="ab ", max_size=300))
def test_folded_lines_give_the_text_back(text):
    text = ":86:" + text
    lines = _folded(text)
    assert "".join(lines) == text
    assert all(len(line) <= 65 for line in lines)
    assert all(not line.endswith(" ") for line in lines[:-1])

"""The rhythms of 1.5: when money comes, in which sizes, and how soon it goes."""

from collections import Counter, defaultdict
from datetime import date, datetime, time, timedelta
from decimal import Decimal

import pytest

NL = ("NL-01", "NL-02", "NL-03", "NL-05", "NL-08")
DE = ("DE-04", "DE-07")
DAYS = {"NL-01": 567, "NL-02": 208, "NL-03": 528, "NL-05": 431, "NL-08": 191, "DE-04": 276, "DE-07": 252}
SIZES = {40: 8, 50: 27, 60: 17, 75: 14, 80: 10, 100: 15, 120: 4, 150: 4, 200: 1}
ARRIVALS = {
    "V1": date(2024, 5, 13), "V2": date(2024, 5, 13), "V3": date(2024, 7, 1), "V4": date(2024, 9, 16),
    "V5": date(2024, 11, 1), "V6": date(2025, 3, 3), "V7": date(2025, 6, 16), "V8": date(2025, 9, 1),
}  # fmt: skip
OPENED = {"NL-01": "V1", "NL-02": "V2", "NL-03": "V3", "NL-05": "V5", "NL-08": "V8", "DE-04": "V4", "DE-07": "V7"}
QUESTION = date(2025, 1, 20)


@pytest.fixture(scope="module")
def paid(rows):
    """Label -> what strangers paid in."""
    return {label: [row for row in rows(label) if row.amount > 0 and not row.purpose] for label in NL + DE}


@pytest.fixture(scope="module")
def swept(rows, account):
    """Label -> transfers to the three receivers."""
    receivers = {account(label) for label in ("NL-20", "NL-23", "DE-24")}
    return {label: [row for row in rows(label) if row.iban in receivers] for label in NL + DE}


@pytest.mark.parametrize("label", NL + DE)
def test_payments_a_working_day(paid, label):
    rate = "1.86" if label in DE else "1.74"
    assert abs(len(paid[label]) / DAYS[label] - float(rate)) < 0.01


def test_sizes_of_payments(paid):
    found = Counter(int(row.amount) for label in NL + DE for row in paid[label])
    whole = sum(found.values())
    assert set(found) == set(SIZES)
    for size, percent in SIZES.items():
        assert abs(100 * found[size] / whole - percent) < 0.5


def test_seven_in_ten_payments_come_between_20_and_04(paid):
    found = [row for label in NL for row in paid[label]]
    night = [row for row in found if row.moment.hour >= 20 or row.moment.hour < 4]
    assert abs(100 * len(night) / len(found) - 71) < 1


def test_seven_in_ten_payers_come_once_and_none_more_than_nine_times(paid):
    times = Counter(row.iban for label in NL + DE for row in paid[label])
    assert "" not in times
    assert abs(sum(n == 1 for n in times.values()) / len(times) - 0.70) < 0.03
    assert max(times.values()) == 9


def test_what_strangers_write(paid):
    said = Counter(row.text for label in NL for row in paid[label])
    assert said[""] > said["massage"] > 300
    assert set(said) == {"", "massage", "thx", "Cora", "Rea", "Dora", "Suze", "Nata"}


def test_more_comes_at_the_end_of_the_week_than_on_mondays(paid):
    days = Counter((row.moment - timedelta(hours=5)).weekday() for label in NL for row in paid[label])
    assert days[0] * 1.6 < min(days[3], days[4], days[5])


def test_sweeps_leave_in_the_morning(swept):
    for label in NL:
        for row in swept[label]:
            assert time(5, 30) <= row.moment.time() <= time(8, 25), row.locator


def test_three_to_nineteen_are_left_after_each_morning(files, account, swept):
    accounts = {account(label): label for label in NL}
    for each in files.statements:
        if each.account in accounts:
            _walk(each, {(row.file, row.locator) for row in swept[accounts[each.account]]})


def _walk(statement, sweeps):
    balance, last = statement.opening, None
    for row in statement.rows:
        if last and (row.file, row.locator) not in sweeps:
            assert 3 <= last <= 19, (row.file, row.locator)
        balance += row.amount
        last = balance if (row.file, row.locator) in sweeps else None


def test_german_accounts_pay_de24_only_and_dutch_ones_four_to_one(swept, account, total):
    assert {row.iban for label in DE for row in swept[label]} == {account("DE-24")}
    dutch = [row for label in NL for row in swept[label]]
    share = total([row for row in dutch if row.iban == account("NL-20")]) / total(dutch)
    assert abs(share - Decimal("0.81")) < Decimal("0.02")


def test_what_sweeps_say(swept):
    assert {row.text for label in NL + DE for row in swept[label]} == {"rent", "groceries", "back", ""}


def test_from_the_question_of_the_bank_every_dutch_sweep_goes_to_nl23(swept, account):
    after = {row.iban for label in NL for row in swept[label] if row.day >= date(2026, 4, 2)}
    assert after == {account("NL-23")}


@pytest.mark.parametrize("label", NL + DE)
def test_accounts_are_opened_three_to_six_days_after_arrival(answers, label):
    opened = date.fromisoformat(answers["accounts"][label]["held"][0])
    assert 3 <= (opened - ARRIVALS[OPENED[label]]).days <= 6


def test_dutch_accounts_share_a_telephone_and_a_pattern_of_addresses(files, account):
    accounts = {account(label) for label in NL}
    contacts = {each.contact for each in files.statements if each.account in accounts}
    assert len({contact.split()[0] for contact in contacts}) == 1
    assert len({contact.split()[1] for contact in contacts}) == len(NL)
    assert all(contact.endswith("@post.example") for contact in contacts)


def deposits(rows, label):
    return [row for row in rows(label) if row.info.startswith("ATM deposit")]


def test_collectors_pay_in_on_mondays_and_thursdays_in_four_towns_each(rows):
    for label in ("NL-23", "DE-24"):
        found = deposits(rows, label)
        assert {row.day.weekday() for row in found} == {0, 3}
        assert len({row.info for row in found}) == 4


def test_after_the_question_of_the_bank_no_deposit_is_above_2900(rows):
    found = [row for label in ("NL-23", "DE-24") for row in deposits(rows, label)]
    before = [row.amount for row in found if row.day < QUESTION]
    after = [row.amount for row in found if row.day >= QUESTION]
    assert (len(before), len(after)) == (15, 55)
    assert min(before) >= 1_500
    assert max(before) <= 4_900
    assert max(before) > 2_900 >= max(after)


def test_four_runs_of_three_just_below_the_limit(rows):
    runs = set()
    for label in ("NL-23", "DE-24"):
        high = [row.day for row in deposits(rows, label) if 2_400 <= row.amount <= 2_900 and row.day >= QUESTION]
        runs |= {(label, a) for a, _, c in zip(high, high[1:], high[2:], strict=False) if (c - a).days < 5}
    assert len(runs) == 4


def test_collected_cash_goes_on_within_a_day(rows):
    for label, least in (("NL-23", 20), ("DE-24", 19)):
        found = [_sent_on(rows, label, row) >= row.amount * Decimal("0.8") for row in deposits(rows, label)]
        assert sum(found) >= least, label


def _sent_on(rows, label, paid_in):
    until = paid_in.moment + timedelta(days=1)
    out = [
        row for row in rows(label)
        if paid_in.moment <= row.moment <= until and row.amount < 0 and not row.info.startswith("CARD")
    ]  # fmt: skip
    return -sum(row.amount for row in out)


def test_the_firm_pays_in_every_tuesday_also_in_august(rows):
    found = deposits(rows, "NL-21")
    assert len(found) == 100
    assert {row.day.weekday() for row in found} == {1}
    assert min(row.amount for row in found) >= 1_000
    assert max(row.amount for row in found) <= 1_430
    assert sum(row.day.month == 8 for row in found) == 8
    assert all((b.day - a.day).days == 7 for a, b in zip(found, found[1:], strict=False))


def test_28_per_cent_of_card_sales_are_at_night_in_round_sums(rows):
    sales = [row for row in rows("NL-21") if row.info == "TERMINAL RECEIPT"]
    night = [row for row in sales if row.moment.hour >= 23 or row.moment.hour < 3]
    assert abs(100 * len(night) / len(sales) - 28) < 0.5
    assert {row.amount for row in night} == {50, 100, 150}
    day = [row for row in sales if row not in night]
    assert all(10 <= row.moment.hour < 18 for row in day)
    assert not any(row.moment.month == 8 for row in day)
    assert sum(row.amount % 5 == 0 for row in day) < len(day) / 20


def test_the_wallet_fills_at_night_and_empties_on_mondays(rows):
    payouts = [row for row in rows("E1") if row.iban]
    for row in rows("E1"):
        if row.amount > 0:
            assert 20 <= row.amount <= 120
            assert row.moment.hour >= 20 or row.moment.hour < 4
    assert {row.moment.weekday() for row in payouts} == {0}
    assert {row.moment.hour for row in payouts} == {6}


def test_prepaid_cards_for_adverts_come_in_multiples_of_an_advert(answers, rows):
    loads = [-row.amount for row in rows("E1") if row.text.startswith("prepaid load")]
    assert sum(amount % 24 == 0 for amount in loads) >= 80


def test_adverts_are_bought_in_the_early_evening_for_several_persons(rows):
    found = [row for row in rows("NL-20") if "NocturnAds" in row.info]
    assert {row.amount for row in found} == {-24, -79}
    assert all(17 <= row.moment.hour < 19 for row in found)
    days = defaultdict(list)
    for row in found:
        if row.amount == -24:
            days[row.day].append(row.text)
    assert len(days) == 41
    assert all(2 <= len(texts) <= 6 for texts in days.values())
    assert sum(len(set(texts)) >= 3 for texts in days.values()) >= 25


def test_short_stays_go_through_several_towns_in_a_week(rows):
    stays = [row for row in rows("NL-20") if "StayLodge" in row.info and row.amount < 0]
    tours = [
        row for row in stays
        if len({other.info for other in stays if 0 <= (other.day - row.day).days < 14}) >= 3
    ]  # fmt: skip
    assert len(tours) >= 10
    assert {-row.amount for row in stays} == {212}


def test_two_or_three_one_way_tickets_on_one_card_before_each_arrival(rows):
    tickets = [row for row in rows("NL-20") if row.text.startswith("one way")]
    for person, arrival in ARRIVALS.items():
        before = [row for row in tickets if 4 <= (arrival - row.day).days <= 9]
        assert len(before) >= 2, person


def test_the_recruiter_is_paid_within_ten_days_of_each_arrival(rows):
    paid_out = sorted(row.day for row in rows("MD-40") if row.amount > 0)
    for arrival, day in zip(sorted(ARRIVALS.values()), paid_out, strict=True):
        assert 0 <= (day - arrival).days <= 10


def test_families_get_something_every_two_or_three_weeks(rows):
    for label in ("MD-41", "MD-43", "MD-48"):
        days = [row.day for row in rows(label) if row.amount > 0]
        gaps = {(b - a).days for a, b in zip(days, days[1:], strict=False)}
        assert min(gaps) >= 14
        assert max(gaps) <= 21


def test_v5_misses_two_days_before_the_end(paid):
    worked = {(row.moment - timedelta(hours=5)).date() for row in paid["NL-05"]}
    assert not worked & {date(2026, 3, 27), date(2026, 3, 28)}


def test_nl20_falls_in_three_cash_withdrawals(files, account):
    balance, seen = None, {}
    for each in sorted((s for s in files.statements if s.account == account("NL-20")), key=lambda s: s.first):
        for row in each.rows:
            balance = (each.opening if row is each.rows[0] else balance) + row.amount
            seen[row.moment] = (row, balance)
    before = [b for moment, (_, b) in sorted(seen.items()) if moment.date() < date(2026, 4, 6)][-1]
    window = [row for row, _ in seen.values() if date(2026, 4, 6) <= row.day <= date(2026, 4, 14)]
    after = [b for moment, (_, b) in sorted(seen.items()) if moment.date() <= date(2026, 4, 14)][-1]
    assert (before, after) == (17_400, 11_280)
    assert len(window) == 3
    assert all(row.info == "ATM withdrawal Rotterdam" for row in window)


def test_times_carry_the_offset_of_the_season(rows):
    for row in rows("NL-20"):
        summer = datetime(row.day.year, 4, 1).date() <= row.day < datetime(row.day.year, 10, 26).date()
        if summer or row.day.month in (1, 2, 11, 12):
            assert row.moment.utcoffset() == timedelta(hours=2 if summer else 1)

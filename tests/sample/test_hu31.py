"""The mixed account: exactly the golden vector, and exactly its golden figures."""

import json
from collections import defaultdict
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction
from pathlib import Path

import pytest

from finflow.sample.golden import METHODS
from finflow.sample.hungary import arriving, rate_for

VECTOR = next(
    vector
    for vector in json.loads(
        (Path(__file__).parents[1] / "vectors" / "mixed_accounts.json").read_text(encoding="utf-8")
    )
    if vector["account"] == "HU-31"
)


def by_day(events):
    sums = defaultdict(Decimal)
    for day, thousands in events:
        sums[str(day)] += thousands
    return dict(sums)


def test_every_day_moves_what_the_vector_says(rows):
    found = by_day((row.day, row.amount / 1000) for row in rows("HU-31"))
    opening, *events = VECTOR["variants"]["unlinked"]["events"]
    assert found == by_day((day, Decimal(thousands)) for day, thousands, _ in events)
    first = rows("HU-31")[0]
    assert first.balance - first.amount == 1000 * opening[1] == 2_140_000


def test_the_answers_repeat_the_files(rows, answers):
    assert [(day, Decimal(thousands)) for day, thousands, _ in answers["hu31"]["events"]] == [
        (str(row.day), row.amount / 1000) for row in rows("HU-31")
    ]


@pytest.mark.parametrize("variant", ["unlinked", "linked"])
@pytest.mark.parametrize("method", METHODS)
def test_golden_figures_are_exact(answers, variant, method):
    wanted = VECTOR["variants"][variant]["expected"][method]
    found = answers["hu31"]["variants"][variant][method]
    assert Fraction(found["proceeds_in_asset"]) == Fraction(wanted["proceeds_in_asset"])
    assert Fraction(found["proceeds_left"]) == Fraction(wanted["proceeds_left"])


@pytest.mark.parametrize("variant", ["unlinked", "linked"])
def test_the_arithmetic_bounds(answers, variant):
    wanted, found = VECTOR["variants"][variant], answers["hu31"]["variants"][variant]
    assert Fraction(found["arithmetic_minimum"]) == wanted["arithmetic_minimum"]
    assert Fraction(found["arithmetic_maximum"]) == wanted["arithmetic_maximum"]


def test_each_of_nine_days_sums_two_or_three_senders(rows, account):
    senders = {account(label): label for label in ("NL-20", "NL-23", "DE-24")}
    days = defaultdict(list)
    for row in rows("HU-31"):
        if row.iban in senders:
            days[row.day].append(senders[row.iban])
    assert len(days) == 9
    assert {len(found) for found in days.values()} == {2, 3}
    assert all(len(set(found)) == len(found) for found in days.values())


def sent_and_arrived(rows, account):
    arrived = {(row.day, row.iban): row for row in rows("HU-31") if row.amount > 0 and row.iban}
    for label in ("NL-20", "NL-23", "DE-24"):
        for row in rows(label):
            if row.iban == account("HU-31"):
                day = row.day + timedelta(days=3 if row.day.weekday() == 4 else 1)
                yield row, arrived.pop((day, account(label)))
    assert [row for row in arrived.values() if "NOKD" in row.iban] == []


def test_money_arrives_one_business_day_later_net_of_the_fee_and_converted(rows, account):
    pairs = list(sent_and_arrived(rows, account))
    assert len(pairs) == 24
    for sent, arrived in pairs:
        rate = arrived.amount / (-sent.amount - Decimal("4.50"))
        assert 380 < rate < 420
        assert sent.day.weekday() < 5


def test_on_one_day_everyone_gets_one_rate(rows, account):
    rates = defaultdict(list)
    for sent, arrived in sent_and_arrived(rows, account):
        rates[arrived.day].append(arrived.amount / (-sent.amount - Decimal("4.50")))
    assert all(max(found) - min(found) < Decimal("0.002") for found in rates.values())


def test_a_rate_is_found_that_makes_the_day_exact():
    rate = rate_for([2_785, 1_100, 1_100], 2_047)
    assert sum(arriving(euros, rate) for euros in (2_785, 1_100, 1_100)) == 2_047_000
    with pytest.raises(ValueError, match="no rate"):
        rate_for([1_000] * 7, 2_047)  # seven equal sums never make a number that seven does not divide


def test_the_inheritance_and_the_pension_are_not_marked(folder, rows):
    lawful = {row.locator for row in rows("HU-31") if "hagyaték" in row.text or "nyugdíj" in row.text}
    assert len(lawful) == 12
    for name in ("decisions/proceeds.csv", "decisions/cash_links.csv", "golden/proceeds_hu31.csv"):
        text = (folder / name).read_text(encoding="utf-8")
        cited = {line.split(",")[1] for line in text.splitlines() if line.startswith("dunaparti_HU-31")}
        assert not cited & lawful


def test_traced_from_upstream_the_figures_differ_but_stay_inside_the_bounds(answers):
    for variant, least, most in (("unlinked", 14_550, 24_199), ("linked", 26_380, 36_029)):
        found = answers["hu31_from_upstream"]["variants"][variant]
        assert list(found) == list(METHODS)
        golden = answers["hu31"]["variants"][variant]
        for method, minor in found.items():
            assert minor / 100_000 <= most
            assert minor <= round(Fraction(golden[method]["proceeds_in_asset"]) * 100_000)
        assert found["fifo"] < round(Fraction(golden["fifo"]["proceeds_in_asset"]) * 100_000)
        assert min(found.values()) / 100_000 > least - 1_000


def test_the_loan_back(rows, account):
    cash = [(row.day, row.amount) for row in rows("HU-32") if "pénztári" in row.text]
    assert cash[0][0] == date(2025, 8, 22)
    assert sum(amount for _, amount in cash) == 20_100_000
    assert len({day for day, _ in cash}) == 3
    (loan,) = [row for row in rows("NL-21") if row.iban == account("HU-32")]
    assert (loan.day, loan.amount) == (date(2025, 8, 29), 50_000)
    (left,) = [row for row in rows("HU-32") if row.iban == account("NL-21")]
    assert left.day == date(2025, 8, 28)
    suv = [(row.day, -row.amount) for row in rows("NL-21") if "SUV" in row.text]
    assert sorted(suv) == [(date(2025, 9, 3), 8_900), (date(2025, 9, 3), 50_000)]

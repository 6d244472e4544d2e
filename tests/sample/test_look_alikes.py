"""Each look-alike really looks like it, and what tells it apart is really there."""

from collections import Counter, defaultdict
from decimal import Decimal

import pytest


def sums(rows):
    return sum(r.amount for r in rows if r.amount > 0), -sum(r.amount for r in rows if r.amount < 0)


def months(rows):
    found = defaultdict(list)
    for row in rows:
        found[row.day.year, row.day.month].append(row)
    return found


def test_the_worker_is_paid_at_night_and_buys_own_adverts_but_keeps_most(rows):
    found = rows("NL-62")
    guests = [row for row in found if row.name.startswith("Gast")]
    night = [row for row in guests if row.moment.hour >= 20 or row.moment.hour < 3]
    assert len(night) == len(guests) == 26 * 12
    adverts = [row for row in found if "NocturnAds" in row.info]
    assert all(-row.amount in (12, 24) for row in adverts)
    came, went = (
        sums(guests)[0],
        -sum(row.amount for row in found if row.name.startswith(("Gast", "Woon")) and row.amount < 0),
    )
    assert went < came * Decimal("0.3")
    outside = Counter()
    for row in found:
        if row.amount < 0 and row.iban:
            outside[row.name] -= row.amount
    assert set(outside) == {"Woonstichting Bergsingel", "Rijksinning"}


def test_the_shelter_pays_clinic_telephones_and_beds_out_of_a_subsidy(rows):
    found = rows("NL-61")
    patients = {row.text for row in found if row.name == "Polikliniek Zuiderpoort"}
    assert patients == {f"consult client {n:02d}" for n in range(1, 12)}
    assert any("StayLodge" in row.info for row in found)
    subsidy = sum(row.amount for row in found if "subsidie" in row.text)
    assert subsidy > sums(found)[0] * Decimal("0.9")


def test_the_treasurer_takes_seventeen_even_sums_and_pays_one_bill(rows):
    for found in months(rows("NL-63")).values():
        came = [row for row in found if row.amount > 0]
        assert len({row.iban for row in came}) == 17
        assert {row.amount for row in came} == {240}
        assert {row.day.day for row in came} == {1}
        paid = -sum(row.amount for row in found if row.name.startswith("Studentenhuizen"))
        assert paid >= sums(found)[1] * Decimal("0.7")


def test_six_people_of_one_address_send_more_than_half_to_one_village(rows):
    for n in range(1, 7):
        found = rows(f"DE-8{n}")
        wages = sum(row.amount for row in found if row.text.startswith("Lohn"))
        sent = [row for row in found if row.name == "Rapidsend"]
        assert {row.text for row in sent} == {"RS transfer T. Ciobotar Vatra"}
        assert -sum(row.amount for row in sent) >= wages / 2
        assert sum("Marktkorb" in row.info for row in found) == 72


def test_the_wards_spend_for_themselves_and_the_court_order_is_named(rows, account):
    for n in range(1, 5):
        found = rows(f"NL-7{n}")
        assert sum(row.info.startswith("CARD") for row in found) == 48
        assert sum("beschikking" in row.text for row in found) == 12
        assert sum(row.iban == account("NL-66") for row in found) == 12


def test_the_trader_pays_in_at_four_markets_by_day_and_buys_stock(rows):
    found = rows("NL-64")
    cash = [row for row in found if row.info.startswith("ATM deposit")]
    assert len({row.info for row in cash}) == 4
    assert all(15 <= row.moment.hour < 18 for row in cash)
    assert sum(row.amount for row in cash) > sums(found)[0] / 2
    drawn = {row.info for row in found if row.info.startswith("ATM withdrawal")}
    assert drawn == {"ATM withdrawal Barendrecht"}
    stock = -sum(row.amount for row in found if row.text == "partij groente")
    assert stock > sums(found)[0] / 4


def test_the_tour_leader_buys_nine_returns_and_pays_guides_in_four_countries(rows):
    for found in months(rows("NL-67")).values():
        tickets = [row for row in found if "passenger" in row.text]
        assert len(tickets) == 9
        assert all(row.text.startswith("return") for row in tickets)
        assert len({row.text for row in found if "guide" in row.text}) == 4
        assert sum(row.text.startswith("factuur") for row in found) == 1


def test_the_nail_studio_sells_until_23_and_mostly_to_people(rows):
    found = rows("NL-65")
    sales = [row for row in found if row.info == "TERMINAL RECEIPT"]
    late = sum(row.amount for row in sales if row.moment.hour == 22)
    assert late >= sum(row.amount for row in sales) * Decimal("0.3")
    assert max(row.moment.hour for row in sales) == 22
    people = sum(row.amount for row in found if row.name.startswith("Klant"))
    assert people >= sums(found)[0] * Decimal("0.6")


def test_the_care_home_takes_twelve_pensions(rows):
    for found in months(rows("NL-66")).values():
        pensions = [row for row in found if row.purpose == "PENS"]
        assert len({row.text.split()[2] for row in pensions}) == 12


def test_the_agency_passes_rents_on_to_many_owners(rows):
    found = rows("NL-60")
    came, went = sums(found)
    assert went >= came * Decimal("0.95")
    assert len({row.name for row in found if row.name.startswith("Eigenaar")}) == 18
    for month in months(found).values():
        assert len({row.day for row in month if row.amount > 0}) == 9


@pytest.mark.parametrize("label", ["NL-61", "NL-62", "NL-63", "NL-64", "NL-65", "NL-67", "DE-81"])
def test_no_look_alike_but_the_agency_touches_an_account_of_the_case(rows, answers, label):
    inside = {truth["account_id"] for truth in answers["accounts"].values() if not truth["innocent"]}
    assert not {row.iban for row in rows(label)} & inside


def test_money_sent_by_the_family_is_seen_at_the_money_service(answers, rows):
    (family,) = [row for row in answers["look_alikes"] if "HT36" in row["fires"]]
    assert {row.iban for row in rows("DE-81") if row.name == "Rapidsend"} == {family["through"]}

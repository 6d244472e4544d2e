"""Every total of the case description, measured from the written files, within three per cent."""

from datetime import date
from decimal import Decimal

import pytest

PERSONS = ("NL-01", "NL-02", "NL-03", "NL-05", "NL-08", "DE-04", "DE-07")
CUT = Decimal("0.03")


def close(found, target):
    return abs(Decimal(found) - target) <= abs(target) * CUT


def picked(rows, account, label, what):
    """Rows of one account with that other side (a label, a name, a start of the text or of the information)."""
    found = []
    for row in rows(label):
        other = what[1:] if what[0] in "+-" else what
        number = account(other) if other.startswith(("NL-", "DE-", "HU-", "E1")) else None
        hit = row.iban == number if number else any(other in part for part in (row.name, row.text, row.info))
        if hit and not (what[0] == "+" and row.amount < 0) and not (what[0] == "-" and row.amount > 0):
            found.append(row)
    return found


@pytest.mark.parametrize(
    ("label", "what", "target"),
    [
        ("NL-20", "+E1", 61_000), ("NL-20", "+salaris", 28_320), ("NL-20", "-huur Haagdijk", 39_600),
        ("NL-20", "-huur Lange Spoorlaan", 31_900), ("NL-20", "NocturnAds", 12_310), ("NL-20", "StayLodge", 12_932),
        ("NL-20", "-lease", 7_391), ("NL-20", "-Tessa van Oeverhout", 85_210), ("NL-20", "-HU-31", 34_600),
        ("NL-20", "-MCC 4", 14_588),
        ("NL-21", "+ATM deposit", 121_700), ("NL-21", "+HU-32", 50_000), ("NL-21", "-huur winkel", 43_700),
        ("NL-21", "-salarisbatch", 68_080), ("NL-21", "-btw", 48_735), ("NL-21", "-NL-25", 20_700),
        ("NL-21", "-SUV", 58_900), ("NL-21", "-NL-22", 58_755), ("NL-21", "+TERMINAL", 133_600),
        ("NL-22", "+NL-21", 58_755), ("NL-22", "+DE-24", 49_000), ("NL-22", "-MCC 5944", 50_600),
        ("NL-22", "-Duinmeer Roos", 9_500),
        ("NL-23", "+ATM deposit", 108_100), ("NL-23", "-NL-25", 46_300), ("NL-23", "-HU-31", 12_400),
        ("NL-23", "-MCC 7995", 38_900), ("NL-23", "-MCC 4722", 27_300), ("NL-23", "-ATM withdrawal", 22_940),
        ("DE-24", "+ATM deposit", 59_520), ("DE-24", "-Miete", 23_040), ("DE-24", "-HU-31", 13_300),
        ("DE-24", "-NL-22", 49_000), ("DE-24", "Rapidsend", 14_160 + 154), ("DE-24", "-ATM withdrawal", 21_600),
        ("NL-25", "+NL-23", 46_300), ("NL-25", "+NL-21", 20_700), ("NL-25", "-Koralex", 46_300),
        ("NL-60", "+NL-20", 39_600),
    ],
)  # fmt: skip
def test_a_line_of_the_account_table(rows, account, total, label, what, target):
    found = abs(total(picked(rows, account, label, what)))
    assert close(found, target), found


@pytest.mark.parametrize(("label", "target"), [("NL-20", 176_000), ("NL-23", 41_700), ("DE-24", 64_044)])
def test_sweeps_that_reach_an_account(rows, account, label, target):
    persons = {account(person) for person in PERSONS}
    assert close(sum(row.amount for row in rows(label) if row.iban in persons), target)


def strangers(rows, labels):
    """What strangers paid: credits that are neither wage nor benefit."""
    return [row for label in labels for row in rows(label) if row.amount > 0 and not row.purpose]


def test_payments_by_strangers_are_26_per_cent_of_what_was_earned(rows, total, answers):
    found = total(strangers(rows, PERSONS))
    assert close(found, 316_566)
    assert close(found / answers["earned"]["gross"], Decimal("0.26"))


def test_89_per_cent_of_them_goes_on(rows, total, account):
    taken = {account(label) for label in ("NL-20", "NL-23", "DE-24")}
    swept = -total([row for label in PERSONS for row in rows(label) if row.iban in taken])
    assert close(swept / total(strangers(rows, PERSONS)), Decimal("0.89"))


def test_about_34_800_is_left_to_the_persons_and_spent_by_card(rows, total):
    cards = [row for label in PERSONS for row in rows(label) if row.info.startswith("CARD")]
    lawful = 141_50 * 4 / Decimal(100) + 96 * 18
    assert close(-total(cards) - lawful, 34_800)


def test_the_terminal_at_night_takes_60_000_and_real_customers_73_600(rows, total):
    sales = [row for row in rows("NL-21") if row.info == "TERMINAL RECEIPT"]
    night = [row for row in sales if row.moment.hour >= 23 or row.moment.hour < 3]
    assert close(total(night), 60_000)
    assert close(total([row for row in sales if row not in night]), 73_600)


def test_c2_lives_on_what_her_account_leaves(rows, total, account):
    spent = [row for row in rows("NL-20") if row.info.startswith("ATM withdrawal") or shop(row)]
    assert close(-total(spent), 18_469)


def shop(row):
    return any(f"MCC {code}" in row.info for code in ("5411", "5912", "5651", "5812", "5541"))


def test_c1_lives_on_46_715(rows, total):
    spent = [row for row in rows("NL-22") if row.info.startswith("CARD") and "MCC 5944" not in row.info]
    assert close(-total(spent), 46_715)


def test_n2_lives_on_20_615(rows, total):
    spent = [row for row in rows("NL-25") if row.info]
    assert close(-total(spent), 20_615)


def test_the_wallet_takes_its_share_in_the_months_held(rows, total, answers):
    whole = {(flow["side"], flow["what"]): flow["amount"] for flow in answers["flows"] if flow["account"] == "E1"}
    assert close(whole["CRDT", "wallet payment"], 8_610_700)
    assert close(whole["DBIT", "advert card"], 1_152_000)
    held = total([row for row in rows("E1") if row.amount > 0])
    assert held < Decimal(whole["CRDT", "wallet payment"]) / 100
    assert {row.day.replace(day=1) for row in rows("E1")} == {
        date(2025 + n // 12, n % 12 + 1, 1) for n in range(15) if n != 7
    }


def test_what_was_earned(answers):
    days = {"V1": 567, "V2": 208, "V3": 528, "V4": 276, "V5": 431, "V6": 227, "V7": 252, "V8": 191}
    gross = {
        "V1": 272_160,
        "V2": 89_440,
        "V3": 248_160,
        "V4": 115_920,
        "V5": 193_950,
        "V6": 99_880,
        "V7": 115_920,
        "V8": 82_130,
    }
    found = answers["earned"]["people"]
    assert {who: row["days"] for who, row in found.items()} == days
    assert {who: row["gross"] for who, row in found.items()} == gross
    assert all(sum(row["months"].values()) == row["gross"] for row in found.values())
    assert answers["earned"]["gross"] == 1_217_560
    assert sum(answers["earned"]["means"].values()) == 1_217_560


def test_the_notebook_month_is_about_what_the_notebook_says(answers):
    found = sum(row["months"].get("2025-11", 0) for row in answers["earned"]["people"].values())
    six = [who for who, row in answers["earned"]["people"].items() if "2025-11" in row["months"]]
    assert len(six) == 6
    assert abs(found - 64_700) < 64_700 * 0.15


def test_days_shown_by_two_sources_or_more(answers):
    evidence = answers["earned"]["evidence"]
    assert sum(evidence.values()) == 2_680
    assert evidence["2"] + evidence["3"] + evidence["4"] == 2_140
    assert answers["earned"]["gross"] > 2_140 * 390


def test_costs_and_uses_add_up(answers):
    sums = answers["costs_and_uses_euros"]
    assert sum(sums["costs"].values()) == sums["costs_total"] == 493_915
    assert sum(sums["uses_of_net"].values()) == sums["net"] == 1_217_560 - 493_915


def test_moldovan_pay_outs(rows, answers):
    found = [row for row in rows("MD-40") if "RAPIDSEND" in row.name]
    assert len(found) == 8
    assert all(row.text == "RAPIDSEND PLATA 600 EUR" for row in found)
    for label in ("MD-41", "MD-43", "MD-48"):
        sums = [int(row.text.split()[2]) for row in rows(label) if row.amount > 0]
        assert min(sums) >= 50
        assert max(sums) <= 150

"""answers.json says nothing the files do not hold."""

from datetime import date

import pytest

REACHED = {"HT02", "HT04", "HT05", "HT08", "HT10", "HT12", "HT20", "HT22", "HT34", "HT35", "HT39", "HT40", "HT41", "HT46",
           "HT47", "HT53", "HT54", "HT55"}  # fmt: skip


def test_both_sides_of_every_internal_transfer_stand_where_they_are_said_to(files, answers):
    found = answers["internal_transfers"]
    assert len(found) > 2_200
    for pair in found:
        for side, sign in (("DBIT", -1), ("CRDT", 1)):
            if leg := pair[side]:
                row = files.by_place[leg["file"], leg["locator"]]
                assert row.amount * 100 == sign * leg["amount"]
                assert str(row.day) == leg["on"]
                assert row.currency == leg["currency"]


def test_each_line_is_a_side_of_one_transfer_only(answers):
    legs = [
        (leg["file"], leg["locator"])
        for pair in answers["internal_transfers"]
        for leg in (pair["DBIT"], pair["CRDT"])
        if leg
    ]
    assert len(legs) == len(set(legs))


def test_every_line_that_names_an_inside_account_is_in_the_list(files, answers, account):
    inside = {truth["account_id"] for truth in answers["accounts"].values()}
    listed = {
        (leg["file"], leg["locator"])
        for pair in answers["internal_transfers"]
        for leg in (pair["DBIT"], pair["CRDT"])
        if leg
    }
    named = {(row.file, row.locator) for found in files.by_account.values() for row in found if row.iban in inside}
    assert named == listed


def test_wallet_transfers_before_2025_have_one_side_only(answers):
    half = [pair for pair in answers["internal_transfers"] if not (pair["DBIT"] and pair["CRDT"])]
    assert {(pair["from"], pair["to"]) for pair in half} == {("E1", "NL-20")}
    assert all(pair["DBIT"] is None for pair in half)
    days = {date.fromisoformat(pair["CRDT"]["on"]) for pair in half}
    assert all(day < date(2025, 1, 1) or day.replace(day=1) == date(2025, 8, 1) for day in days)


def test_every_look_alike_of_the_case_is_there(answers):
    told = {rule for row in answers["look_alikes"] for rule in row["fires"]}
    assert told == {
        "HT01", "HT08", "HT20", "HT57", "HT46", "HT36", "HT38", "HT21", "HT34", "HT40", "HT12", "HT37", "HT10", "HT56",
        "HT48", "HT39",
    }  # fmt: skip
    assert len(answers["look_alikes"]) == 11
    assert all(row["accounts"] or row["payments"] == 9 for row in answers["look_alikes"])


def test_look_alikes_and_the_guilty_side_share_no_account(answers):
    innocent = {number for row in answers["look_alikes"] for number in row["accounts"]}
    expected = {number for row in answers["expected_hits"] for number in row["accounts"]}
    assert not innocent & expected
    assert innocent == {truth["account_id"] for truth in answers["accounts"].values() if truth["innocent"]}


def test_the_indicators_expected_are_those_of_the_case(answers):
    assert {row["indicator"] for row in answers["expected_hits"]} == REACHED
    assert [row["parties"] for row in answers["expected_hits"] if row["indicator"] == "HT47"] == [["C2", "K1", "K2"]]


def test_the_payer_with_nine_payments(files, answers):
    row = answers["look_alikes"][-1]
    found = [r for rows in files.by_account.values() for r in rows if r.iban == row["payer_account"]]
    assert len(found) == 9


def test_a_freeze_at_one_hour_keeps_more_than_one_at_a_time(answers):
    rows = answers["freeze"]
    assert [row["on"] for row in rows] == ["2026-04-07", "2026-04-20", "2026-05-05", "2026-05-19"]
    assert all(row["kept_at_one_hour"] > row["kept_one_account_at_a_time"] for row in rows)
    kept = [row["kept_at_one_hour"] for row in rows]
    assert kept[0] > kept[1] > kept[3]
    assert kept[2] > kept[3]


def test_balances_in_the_freeze_are_those_of_the_files(files, answers, account):
    for row in answers["freeze"]:
        day = date.fromisoformat(row["on"])
        for label, euros in row["balances"].items():
            assert euros == int(balance_before(files, account(label), day)), (label, day)


def balance_before(files, number, day):
    statements = sorted(
        (s for s in files.statements if s.account == number and "reexport" not in s.file), key=lambda s: s.first
    )
    balance = statements[0].opening
    for each in statements:
        balance += sum(row.amount for row in each.rows if row.day < day)
    return balance


def test_people_and_accounts_are_complete(answers):
    roles = {"C1", "C2", "R1", "K1", "K2", "N1", "N2", "X1", "V1", "V2", "V3", "V4", "V5", "V6", "V7", "V8", "B1", "B2"}
    assert roles <= set(answers["people"])
    assert all(truth["holder"] in answers["people"] for truth in answers["accounts"].values())
    assert "V6" not in {truth["holder"] for truth in answers["accounts"].values()}


@pytest.mark.parametrize(
    "word", ["what X1 knew", "whether K2 knew", "whether N2 is a victim", "who holds the wallet's key"]
)
def test_what_cannot_be_answered_is_said(answers, word):
    assert word in answers["unanswerable"]

"""Everything reconciles that should: statements, running balances, one statement with the next."""

from datetime import date, timedelta
from decimal import Decimal
from itertools import pairwise

import pytest


def test_every_statement_adds_up_to_the_cent(files):
    assert len(files.statements) > 400
    wrong = [
        (each.file, each.first)
        for each in files.statements
        if each.opening + sum(row.amount for row in each.rows) != each.closing
    ]
    assert wrong == []


def test_every_line_lies_inside_its_statement(files):
    wrong = [row.locator for each in files.statements for row in each.rows if not each.first <= row.day <= each.last]
    assert wrong == []


def test_each_statement_goes_on_where_the_one_before_ended(files):
    by_account = {}
    for each in files.statements:
        if "reexport" not in each.file:
            by_account.setdefault(each.account, []).append(each)
    for statements in by_account.values():
        for before, after in pairwise(sorted(statements, key=lambda each: each.first)):
            assert after.opening == before.closing
            assert after.first == before.last + timedelta(days=1)


def test_no_account_is_ever_overdrawn(files):
    for each in files.statements:
        balance = each.opening
        for row in each.rows:
            balance += row.amount
            assert balance >= 0, (row.file, row.locator)


def test_printed_balances_chain_without_the_faulty_rows(files):
    assert len(files.csv) == 8
    for rows in files.csv.values():
        for before, after in pairwise(rows):
            assert before.balance + after.amount == after.balance, (after.file, after.locator)


def test_the_wallet_jumps_over_its_missing_month_and_nowhere_else(files, rows):
    jumps = [
        (before.day, after.day)
        for before, after in pairwise(rows("E1"))
        if before.balance + after.amount != after.balance
    ]
    assert len(jumps) == 1
    assert jumps[0][0] < date(2025, 8, 1) <= date(2025, 9, 1) <= jumps[0][1]


def test_lines_stand_in_time_order(files):
    for each in files.statements:
        assert all(before.moment <= after.moment for before, after in pairwise(each.rows))
    for rows in files.csv.values():
        assert all(before.moment <= after.moment for before, after in pairwise(rows))


@pytest.mark.parametrize(
    ("label", "cents"),
    [
        ("NL-20", 1_128_000), ("NL-21", 643_000), ("NL-22", 94_000), ("NL-23", 196_000), ("NL-25", 8_500),
        ("DE-24", 231_000), ("DE-04", 600), ("DE-07", 1_400), ("E1", 487_000), ("HU-31", 156_600_000),
        ("HU-32", 410_000_000), ("MD-40", 3_820_000),
    ],
)  # fmt: skip
def test_balances_at_the_cut_off_are_those_of_the_case(files, rows, account, label, cents):
    last = [each.closing for each in files.statements if each.account == account(label) and "reexport" not in each.file]
    found = last[-1] if last else rows(label)[-1].balance
    assert found * 100 == cents


@pytest.mark.parametrize("label", ["NL-01", "NL-02", "NL-03", "NL-05", "NL-08"])
def test_next_to_nothing_is_left_to_the_persons(files, account, label):
    last = [each.closing for each in files.statements if each.account == account(label)][-1]
    assert 3 <= last <= 19


def test_the_answers_agree_with_the_files(files, answers):
    for label, truth in answers["accounts"].items():
        rows = files.by_account[truth["account_id"]]
        assert len(rows) == truth["entries"], label
        assert sum(row.amount for row in rows if row.amount > 0) * 100 == truth["held_in"], label
        assert sum(row.amount for row in rows if row.amount < 0) * -100 == truth["held_out"], label


def test_nothing_in_the_case_has_more_than_two_decimals(files):
    assert all(row.amount == row.amount.quantize(Decimal("0.01")) for rows in files.by_account.values() for row in rows)


def test_forint_are_whole(rows):
    assert all(row.amount % 1 == 0 for label in ("HU-31", "HU-32") for row in rows(label))

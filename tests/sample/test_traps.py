"""What is wrong on purpose, and the lines that must never show where a person is."""

from collections import Counter
from datetime import date

import pytest


def test_37_rows_cannot_be_accepted_and_the_answers_say_which(files, answers):
    told = {(row["file"], row["locator"]) for row in answers["dirty_rows"]}
    assert len(files.bad) == 37
    assert set(files.bad) == told


def test_they_are_faulty_in_six_ways(answers):
    kinds = Counter(row["fault"] for row in answers["dirty_rows"])
    assert set(kinds) == {
        "impossible date", "date missing", "amount missing", "amount is text", "row cut short", "unknown currency",
    }  # fmt: skip


def test_a_faulty_row_follows_the_good_one_it_repeats(folder, answers):
    for row in answers["dirty_rows"]:
        encoding = "cp1250" if row["file"].startswith("dunaparti") else "utf-8"
        lines = (folder / "bank" / row["file"]).read_text(encoding=encoding).split("\n")
        number = int(row["locator"][1:])
        good, bad = lines[number - 2], lines[number - 1]
        assert good != bad
        sign = ";" if encoding == "cp1250" else ","
        same = sum(a == b for a, b in zip(good.split(sign), bad.split(sign), strict=False))
        assert same >= min(4, len(bad.split(sign)))


def test_one_statement_was_delivered_twice(files, answers):
    again = [each for each in files.statements if "reexport" in each.file]
    assert len(again) == 1
    assert len(again[0].rows) == len(answers["duplicates"]) > 20
    for pair in answers["duplicates"]:
        first, second = (files.by_place[tuple(pair[key])] for key in ("first", "again"))
        assert first.reference == second.reference != ""
        assert (first.amount, first.moment, first.text) == (second.amount, second.moment, second.text)


def test_the_repeated_statement_crosses_months(files):
    (again,) = [each for each in files.statements if "reexport" in each.file]
    assert (again.first, again.last) == (date(2025, 10, 1), date(2025, 11, 15))


def test_references_of_a_bank_are_used_once(files):
    for found in files.by_account.values():
        references = [row.reference for row in found if row.reference]
        assert len(references) == len(set(references))


def test_two_payments_are_reversed(files, answers):
    marked = {(row.file, row.locator) for found in files.by_account.values() for row in found if row.reversal}
    assert marked == {tuple(row["reversal"]) for row in answers["reversals"]}
    assert len(marked) == 2
    for row in answers["reversals"]:
        paid, back = (files.by_place[tuple(row[key])] for key in ("reversed", "reversal"))
        assert paid.amount == -back.amount == -row["amount"] / 100
        assert paid.account == back.account
        assert 0 < (back.day - paid.day).days <= 3


def test_four_sweeps_a_month_leave_in_two_parts(files, answers):
    parts = [files.by_place[row["file"], row["locator"]] for row in answers["split_sweeps"]]
    months = Counter((row.day.year, row.day.month) for row in parts)
    assert len(months) >= 23
    assert set(months.values()) == {8}


def test_august_2025_of_the_wallet_is_missing(rows):
    days = {row.day for row in rows("E1")}
    assert min(days) >= date(2025, 1, 1)
    assert max(days) < date(2026, 4, 1)
    assert not [day for day in days if (day.year, day.month) == (2025, 8)]


def test_dates_in_moldova_have_no_separators(folder):
    first = (folder / "bank" / "codrubanca_MD-41.csv").read_text(encoding="utf-8").split("\n")[1]
    assert first.split(",")[0].isdigit()
    assert len(first.split(",")[0]) == 8


def test_forint_file_is_cp1250_with_decimal_comma(folder):
    raw = (folder / "bank" / "dunaparti_HU-31.csv").read_bytes()
    with pytest.raises(UnicodeDecodeError):
        raw.decode("utf-8")
    assert "Közlemény" in raw.decode("cp1250")
    assert b";148000,00;HUF;" in raw


def test_rates_for_lei_are_supplied(folder):
    lines = (folder / "rates_mdl.csv").read_text(encoding="utf-8").splitlines()
    assert lines[0] == "from_date,currency,units_for_one_euro"
    assert [line.split(",")[0] for line in lines[1:]][:2] == ["2024-04-01", "2024-07-01"]
    assert len(lines) == 10


def test_wages_are_one_line_with_two_payments(rows):
    batches = [row for row in rows("NL-21") if row.parts]
    assert len(batches) == 23
    for row in batches:
        assert [name for name, _ in row.parts] == ["Jolanda Kersbergen", "Femke Aldershof"]
        assert sum(amount for _, amount in row.parts) == -row.amount


def test_lines_that_would_show_where_v2_lives(files, answers):
    assert len(answers["must_not_show"]) == 2
    for row in answers["must_not_show"]:
        found = files.by_place[row["file"], row["locator"]]
        assert found.day >= date(2025, 2, 7)
        assert row["place"] in found.info


def test_her_new_address_stands_on_her_statements_only_after_the_escape(files, account):
    towns = {each.first: each.address for each in files.statements if each.account == account("NL-02")}
    assert {town for first, town in towns.items() if first < date(2025, 2, 1)} == {"Breda"}
    assert {town for first, town in towns.items() if first >= date(2025, 2, 1)} == {"Utrecht"}
    shelter = {each.address for each in files.statements if each.account == account("NL-61")}
    assert shelter == {"Utrecht"}


def test_her_account_is_still_after_the_escape(rows):
    late = [row for row in rows("NL-02") if row.day > date(2025, 2, 2)]
    assert len(late) == 2
    assert all(row.amount < 0 for row in late)

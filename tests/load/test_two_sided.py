"""Ledgers that name debtor and creditor on every row: whose line it is, and when a row is both legs."""

from decimal import Decimal
from pathlib import Path

import pytest

from finflow.errors import FinflowError
from finflow.load import load
from finflow.load.mapping import parse_mapping
from tests.load.data import DATA, needs_data
from tests.load.support import new_case, rows, settled, write

LEDGER = """
name = "Ledger"
files = ["*.csv"]
format = "csv"
bank = "Core bank"
[table]
delimiter = ";"
[columns]
booking_date = "Date"
amount = "Amount"
currency = "Ccy"
[accounts]
"333" = "EE123300333516150001"
[two_sided]
debtor_account = "From"
debtor_name = "From name"
creditor_account = "To"
creditor_name = "To name"
inside = ["Alpha Ltd", "beta 1"]
rows = "{rows}"
"""
HEADER = "Date;From;From name;To;To name;Amount;Ccy\n"


def ledger(tmp_path: Path, *lines: str, kind: str = "one_side") -> list[dict]:
    text = HEADER + "".join(f"2025-01-01;{line};EUR\n" for line in lines)
    return settled(tmp_path, text, parse_mapping(LEDGER.format(rows=kind), "ledger"))


@pytest.mark.parametrize(
    ("line", "account", "side", "other", "name"),
    [
        ("77;ALPHA LTD;99;X;-5", "CORE BANK/77", "DBIT", "unknown/99", "X"),
        ("99;X;77;alpha ltd;5", "CORE BANK/77", "CRDT", "unknown/99", "X"),
        ("BETA1;Y;99;X;-5", "CORE BANK/BETA1", "DBIT", "unknown/99", "X"),
        ("333;Alpha Ltd;null;X;-5", "EE123300333516150001", "DBIT", None, "X"),
        ("77;Alpha Ltd;beta1;Y;-5", "CORE BANK/77", "DBIT", "CORE BANK/BETA1", "Y"),
        ("77;Alpha Ltd;beta1;Y;5", "CORE BANK/BETA1", "CRDT", "CORE BANK/77", "Alpha Ltd"),
    ],
)
def test_the_sign_says_from_whose_side_a_row_is_written(tmp_path, line, account, side, other, name) -> None:
    (row,) = ledger(tmp_path, line)
    assert (row["account_id"], row["side"], row["amount"]) == (account, side, 5)
    assert (row["counterparty_account_id"], row["counterparty_name"], row["both_sides"]) == (other, name, False)
    assert (row["kind"], row["fault"]) == ("transfer", None)


def test_a_row_between_strangers_is_left_out_and_one_from_the_wrong_side_rejected(tmp_path) -> None:
    rows_ = ledger(tmp_path, "1;X;2;Y;-5", "1;X;77;Alpha Ltd;-5", ";Alpha Ltd;2;Y;-5")
    assert [(row["rule"], row["fault"]) for row in rows_] == [
        ("no side inside", None),
        (None, "the side the row is written from is not one of those inside"),
        (None, "the account of the side inside is empty"),
    ]


def test_a_row_that_stands_for_both_sides(tmp_path) -> None:
    rows_ = ledger(tmp_path, "77;Alpha Ltd;beta1;Y;5", "77;Alpha Ltd;9;X;5", "9;X;77;Alpha Ltd;5", "77;Alpha Ltd;9;X;-5",
                   kind="both_sides")  # fmt: skip
    assert [(row["account_id"], row["side"], row["both_sides"]) for row in rows_[:3]] == [
        ("CORE BANK/77", "DBIT", True), ("CORE BANK/77", "DBIT", False), ("CORE BANK/77", "CRDT", False)
    ]  # fmt: skip
    assert rows_[3]["fault"] == "column Amount is negative on a row that stands for both sides"


def test_a_broken_row_is_rejected_and_not_taken_for_one_between_strangers(tmp_path) -> None:
    (row,) = settled(tmp_path, HEADER + "2025-01-01;77\n", parse_mapping(LEDGER.format(rows="one_side"), "ledger"))
    assert row["rule"] is None
    assert "columns" in row["fault"]


def test_a_row_of_nothing_is_left_out_whichever_side_it_is_written_from(tmp_path) -> None:
    rows_ = ledger(tmp_path, "77;Alpha Ltd;99;X;0", "99;X;77;Alpha Ltd;0", "77;Alpha Ltd;99;X;x")
    assert [(row["rule"], row["fault"] is None) for row in rows_] == [("zero amount", True)] * 2 + [(None, False)]


def test_a_two_sided_ledger_names_no_account_of_its_own() -> None:
    with pytest.raises(FinflowError, match=r"give one of account, columns\.account or \[two_sided\]"):
        parse_mapping('account = "1"\n' + LEDGER.format(rows="one_side"), "ledger")


LAUNDROMAT = """
name = "Azerbaijani Laundromat, core companies"
files = ["payments.csv"]
format = "csv"
bank = "Core bank"
[table]
null_values = ["null"]
unused = ["row", "payer_type", "payer_jurisdiction", "beneficiary_type", "beneficiary_jurisdiction", "amount_usd", "amount_eur"]
[columns]
booking_date = "date"
amount = "amount_orig"
currency = "currency"
narrative = "purpose"
[accounts]
"333516150001" = "EE123300333516150001"
"333487040004" = "EE773300333487040004"
"333516220009" = "EE353300333516220009"
"333505610002" = "EE273300333505610002"
[two_sided]
debtor_account = "payer_account"
debtor_name = "payer_name"
creditor_account = "beneficiary_account"
creditor_name = "beneficiary_name"
inside = ["METASTAR INVEST LLP", "HILUX SERVICES LP", "POLUX MANAGEMENT LP", "LCM ALLIANCE LLP"]
rows = "one_side"
"""


@needs_data("laundromat/payments.csv")
def test_real_payments_of_four_companies_load_whole(tmp_path) -> None:
    case = new_case(tmp_path)
    found = write(tmp_path, "laundromat.mapping.toml", LAUNDROMAT)
    loaded = load(case, DATA / "laundromat" / "payments.csv", mapping=found)
    assert loaded.frame.select("records", "entries", "rejected", "skipped").rows() == [(16_940, 16_940, 0, 0)]
    by_side = "SELECT side, count(*), count(*) FILTER (WHERE both_sides) FROM entry GROUP BY ALL ORDER BY ALL"
    assert rows(case, by_side) == [("CRDT", 4_069, 0), ("DBIT", 12_871, 0)]
    assert rows(case, "SELECT DISTINCT account_id FROM entry ORDER BY 1") == [
        ("EE123300333516150001",), ("EE273300333505610002",), ("EE353300333516220009",), ("EE773300333487040004",)
    ]  # fmt: skip
    assert rows(case, "SELECT amount FROM entry WHERE locator = 'L2'") == [(Decimal(535470),)]
    assert rows(case, "SELECT count(*) FROM entry WHERE counterparty_account_id ILIKE '%null%'") == [(0,)]
    assert rows(case, "SELECT count(DISTINCT currency), count(*) FROM statement") == [(6, 21)]

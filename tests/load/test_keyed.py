"""What was keyed from paper: every line proved by a balance or a total, or the file is refused."""

from decimal import Decimal

import pytest

from finflow.errors import FinflowError
from finflow.load import load
from finflow.load.keyed import COLUMNS
from tests.load.support import new_case, rows, write

HEADER = ",".join(COLUMNS)
SCAN = """
S-1,1,opening,1234,,Riverbank,EUR,,,,100.00,,,,,KB,LM
S-1,1,1,1234,Reed,Riverbank,EUR,2025-02-03,,40.00,60.00,,,Landlord,rent,KB,LM
S-1,1,2,1234,Reed,Riverbank,EUR,2025-02-04,15.50,,75.50,cash_deposit,,,,KB,LM
"""
NOTEBOOK = """
N-7,1,1,NOTEBOOK 7,,seized notebook,EUR,2025-11-01,480,,,,,,V.,KB,KB
N-7,1,2,NOTEBOOK 7,,seized notebook,EUR,2025-11-02,430,,,,,,L.,KB,
N-7,1,total,NOTEBOOK 7,,seized notebook,EUR,,910,0,,,,,,KB,LM
N-7,2,1,NOTEBOOK 7,,seized notebook,EUR,2025-11-03,,100,,,,,petrol,KB,LM
N-7,2,total,NOTEBOOK 7,,seized notebook,EUR,,0,100,,,,,,KB,LM
"""


def loaded(tmp_path, text: str):
    case = new_case(tmp_path)
    return case, load(case, write(tmp_path, "keyed.csv", f"{HEADER}\n{text.strip()}\n"))


def test_a_scan_proved_by_its_balances(tmp_path) -> None:
    case, result = loaded(tmp_path, SCAN)
    assert result.frame.select("format", "records", "entries", "rejected", "skipped").rows() == [("keyed", 3, 2, 0, 1)]
    assert result.notes[0].startswith("The right to use")
    assert rows(case, "SELECT locator, account_id, side, amount, balance_after, kind, counterparty_name, narrative, "
                "bank_reference FROM entry ORDER BY seq") == [
        ("L3", "RIVERBANK/1234", "DBIT", Decimal(40), Decimal(60), "transfer", "Landlord", "rent", "S-1 page 1 line 1"),
        ("L4", "RIVERBANK/1234", "CRDT", Decimal("15.5"), Decimal("75.5"), "cash_deposit", None, None,
         "S-1 page 1 line 2"),
    ]  # fmt: skip
    assert rows(case, "SELECT holder_name, from_date::VARCHAR, until_date::VARCHAR, opening_balance, closing_balance "
                "FROM statement") == [("Reed", "2025-02-03", "2025-02-05", Decimal(100), Decimal("75.5"))]  # fmt: skip


def test_a_notebook_proved_by_its_totals(tmp_path) -> None:
    case, result = loaded(tmp_path, NOTEBOOK)
    assert result.frame.select("records", "entries", "skipped").rows() == [(5, 3, 2)]
    assert "Rows not checked by a second person (column checked_by): 2 of 5" in " ".join(result.notes)
    assert rows(case, "SELECT count(*), sum(amount) FROM entry WHERE side = 'CRDT'") == [(2, Decimal(910))]
    assert rows(case, "SELECT opening_balance, closing_balance FROM statement") == [(None, None)]


def test_a_balance_proves_the_lines_before_it(tmp_path) -> None:
    case, _ = loaded(tmp_path, SCAN.replace("40.00,60.00", "40.00,"))
    assert rows(case, "SELECT balance_after FROM entry ORDER BY seq") == [(None,), (Decimal("75.5"),)]


@pytest.mark.parametrize(
    ("text", "was", "altered", "says"),
    [
        (SCAN, "40.00,60.00", "41.00,60.00", "L3: the balance printed here does not follow"),
        (SCAN, "15.50,,75.50", "15.50,,", "L4: no balance is printed at or after this line"),
        (NOTEBOOK, "480,,", "408,,", "L4: the lines do not add up to the total in column in"),
        (
            NOTEBOOK,
            "N-7,2,total,NOTEBOOK 7,,seized notebook,EUR,,0,100,,,,,,KB,LM\n",
            "",
            "L5: nothing proves this line",
        ),
        (NOTEBOOK, ",430,", ",4O0,", "L3: column in is not an amount"),
        (NOTEBOOK, ",430,", ",-430,", "L3: column in is not an amount"),
        (SCAN, "S-1,1,2,1234,Reed,Riverbank", "S-1,1,2,1234,Reed,", "L4: column bank is empty"),
        (SCAN, "rent,KB", "rent, two,KB", "L3: 18 columns, the header has 17"),
    ],
)
def test_what_nothing_proves_is_refused(tmp_path, text, was, altered, says) -> None:
    assert was in text
    case = new_case(tmp_path)
    altered_text = text.replace(was, altered, 1)
    with pytest.raises(FinflowError) as refused:
        load(case, write(tmp_path, "keyed.csv", f"{HEADER}\n{altered_text.strip()}\n"))
    assert f"keyed.csv {says}" in str(refused.value)
    assert "Reed" not in str(refused.value)
    assert rows(case, "SELECT count(*) FROM evidence.source_file") == [(0,)]


def test_a_kind_or_day_that_is_none_is_rejected_with_its_place(tmp_path) -> None:
    case, result = loaded(tmp_path, SCAN.replace("cash_deposit", "cash in").replace("2025-02-03", "3.2.2025"))
    assert result.frame["rejected"].to_list() == [2]
    reasons = [reason for (reason,) in rows(case, "SELECT reason FROM rejected_row ORDER BY locator")]
    assert reasons[0] == "column day is not a date of the form %Y-%m-%d"
    assert reasons[1].startswith("column kind is none of transfer, cash_deposit")

"""Fees printed beside an amount: a line of their own, which the debtor pays and which counts also when the line does not."""

import pytest

from finflow.load.table import open_table
from tests.load.support import mapping, settled

HEADER = "Date;Amount;Fee;To\n"


def lines(tmp_path, text: str, **changes) -> list[tuple]:
    changes = {"columns": 'fee = "Fee"\ncounterparty_name = "To"'} | changes
    found = settled(tmp_path, HEADER + text, mapping(**changes))
    return [
        (row["locator"], row["fault"] or row["rule"] or (row["side"], str(row["amount"].normalize()), row["kind"]))
        for row in found
    ]


def test_a_fee_follows_its_line(tmp_path) -> None:
    assert lines(tmp_path, "2025-01-01;-5;0.25;X\n2025-01-02;7;;X\n2025-01-03;8;-1;X\n2025-01-03;8;0;X\n") == [
        ("L2", ("DBIT", "5", "transfer")),
        ("L2/fee", ("DBIT", "0.25", "fee")),
        ("L3", ("CRDT", "7", "transfer")),
        ("L4", ("CRDT", "8", "transfer")),
        ("L4/fee", ("DBIT", "1", "fee")),
        ("L5", ("CRDT", "8", "transfer")),
    ]


def test_a_fee_names_no_counterparty_and_keeps_the_day(tmp_path) -> None:
    found = settled(
        tmp_path, HEADER + "2025-01-01;-5;0.25;X\n", mapping(columns='fee = "Fee"\ncounterparty_name = "To"')
    )
    assert [row["counterparty_name"] for row in found] == ["X", None]
    assert found[0]["booking_date"] == found[1]["booking_date"]


@pytest.mark.parametrize(
    ("amount", "table", "cells"),
    [
        ('debit = "Amount"\ncredit = "To"', "", "5;0.25;"),
        ('debit = "Amount"\ncredit = "To"', "negative_debits = true", "-5;0.25;"),
        ('amount = "Amount"\nside = "To"', "", "5;0.25;D"),
    ],
)
def test_however_the_side_is_printed_a_fee_is_a_debit(tmp_path, amount, table, cells) -> None:
    parts = '[sides]\ncredit = ["C"]\ndebit = ["D"]' if "side" in amount else ""
    found = lines(tmp_path, f"2025-01-01;{cells}\n", amount=amount, table=table, columns='fee = "Fee"', parts=parts)
    assert [line[:2] for _, line in found] == [("DBIT", "5"), ("DBIT", "0.25")]
    assert found[1][1][2] == "fee"


def test_a_fee_counts_when_its_line_is_left_out_and_is_rejected_alone(tmp_path) -> None:
    skip = '[skip."failed"]\ncolumn = "To"\nvalues = ["no"]'
    assert lines(tmp_path, "2025-01-01;-5;1;no\n2025-01-02;-5;x;X\n;\n", parts=skip) == [
        ("L2", "failed"),
        ("L2/fee", ("DBIT", "1", "fee")),
        ("L3", ("DBIT", "5", "transfer")),
        ("L3/fee", "column Amount or column Fee is not an amount (decimal sign '.', thousands sign '')"),
        ("L4", "2 columns where the header has 4"),
    ]


def test_the_raw_text_of_a_fee_is_its_line(tmp_path) -> None:
    path = tmp_path / "x.csv"
    path.write_text(HEADER + "2025-01-01;-5;1;a\n2025-01-02;-6;2;b\n", encoding="utf-8")
    (batch,) = open_table(path, "x.csv", mapping(columns='fee = "Fee"\nnarrative = "To"'), "UTC").batches
    assert [text.split(";")[0] for text in batch.raw([0, 1, 2, 3])] == ["2025-01-01"] * 2 + ["2025-01-02"] * 2
    assert batch.records.column("ordinal").to_pylist() == [0, 1, 2, 3]

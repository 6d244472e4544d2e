"""Proposals for workbooks and Parquet files: decided on values where cells are values, and asked where they are mixed."""

from datetime import UTC, date, datetime
from decimal import Decimal

import pyarrow as pa
import pytest
from pyarrow import parquet

from finflow.errors import FinflowError
from finflow.load import load, propose_mapping
from finflow.load.mapping import parse_mapping
from tests.load.support import new_case, rows, write
from tests.load.test_workbook import book

HEAD = ["IBAN", "Currency", "Date", "Amount"]
LINE = ["NL91ABNA0417164300", "EUR"]


def proposed(tmp_path, *lines: list, **sheets: list[list]):
    proposal = propose_mapping(write(tmp_path, "x.xlsx", book(*lines, **sheets)))
    return proposal, parse_mapping(proposal.text, "p")


def test_a_workbook_loads_without_a_mapping_when_nothing_is_in_doubt(tmp_path) -> None:
    case = new_case(tmp_path)
    lines = [["Konto DE89 3704 0044 0532 0130 00 in EUR"], [], ["Datum", "Betrag", "Verwendungszweck", "Filiale"]]
    data = book(*lines, [datetime(2025, 1, 2), -9.125, "a"], [datetime(2025, 3, 4, 10, 20), 1234, "b", 7], [None, 1])
    loaded = load(case, write(tmp_path, "giro.xlsx", data))
    assert loaded.frame.select("format", "records", "entries", "rejected").rows() == [("xlsx", 3, 1, 2)]
    assert rows(case, "SELECT locator, account_id, booked_at::VARCHAR, side, amount, narrative FROM entry") == [
        ("Export!R5", "DE89370400440532013000", "2025-03-04 10:20:00", "CRDT", Decimal(1234), "b"),
    ]
    assert [row["reason"] for row in loaded.left_out.to_dicts()] == [
        "column Betrag has more decimals than its currency", "column Datum is empty",
    ]  # fmt: skip


def test_what_it_proposes_for_a_workbook(tmp_path) -> None:
    proposal, mapping = proposed(tmp_path, HEAD, [*LINE, datetime(2025, 1, 2), -1.5], [*LINE, datetime(2025, 1, 3), 2])
    assert (proposal.unsure, mapping.format, mapping.table.sheet) == ([], "xlsx", "Export")
    assert (mapping.table.dates, mapping.table.decimal, mapping.table.skip_lines) == ("%Y-%m-%d", ".", 0)


@pytest.mark.parametrize(
    ("cells", "doubt"),
    [
        ([[datetime(2025, 1, 2), -1], ["13/02/2025", 2]], "some cells are dates and some are text"),
        ([["01/02/2025", -1], ["03/04/2025", 2]], "no day above 12"),
        ([[datetime(2025, 1, 2), 1], [datetime(2025, 1, 3), 2]], "no amount has a minus"),
        ([[datetime(2025, 1, 2), "-1.234"], [datetime(2025, 1, 3), "2"]], "9.999 may be"),
    ],
)
def test_a_doubt_of_a_workbook_is_asked(tmp_path, cells, doubt) -> None:
    proposal, _ = proposed(tmp_path, HEAD, *([*LINE, *given] for given in cells))
    assert doubt in "; ".join(proposal.unsure)


def test_numbers_leave_no_doubt_of_the_decimal_sign(tmp_path) -> None:
    proposal, _ = proposed(tmp_path, HEAD, [*LINE, datetime(2025, 1, 2), -1.234], [*LINE, datetime(2025, 1, 3), 2.345])
    assert proposal.unsure == []


def test_the_sheet_with_most_header_words_is_taken_and_others_asked_about(tmp_path) -> None:
    lines = [HEAD, [*LINE, datetime(2025, 1, 2), -1.5]]
    proposal, mapping = proposed(tmp_path, ["Notes", "on", "this"], Booked=lines)
    assert mapping.table.sheet == "Booked"
    assert proposal.unsure == ["table.sheet: there are data on the sheets Export, Booked"]
    with pytest.raises(FinflowError, match="holds no table"):
        proposed(tmp_path, ["Dear colleague"])


@pytest.mark.parametrize(
    ("days", "form"),
    [
        (pa.array([date(2025, 1, 2), date(2025, 1, 3)]), "%Y-%m-%d"),
        (pa.array([datetime(2025, 1, 2), datetime(2025, 1, 3)]), "%Y-%m-%d"),
        (pa.array([datetime(2025, 1, 2), datetime(2025, 1, 3, 10)]), "%Y-%m-%d %H:%M:%S"),
        (pa.array([datetime(2025, 1, 2, 5, tzinfo=UTC)] * 2, pa.timestamp("us", tz="UTC")), "%Y-%m-%d %H:%M:%S"),
        (pa.array(["02.01.2025", "03.01.2025"]), "%d.%m.%Y"),
    ],
)
@pytest.mark.parametrize("kind", [pa.decimal128(18, 3), pa.float64()])
def test_parquet_loads_without_a_mapping_when_nothing_is_in_doubt(tmp_path, days, form, kind) -> None:
    amounts = pa.array([Decimal("-1.500"), Decimal("1234.000")], pa.decimal128(18, 3)).cast(kind)
    table = pa.table([pa.array([text] * 2) for text in LINE] + [days, amounts, pa.array([[1], [2]])], [*HEAD, "Tags"])
    path = write(tmp_path, "x.parquet", b"")
    parquet.write_table(table, path)
    proposal = propose_mapping(path)
    mapping = parse_mapping(proposal.text, "p")
    assert (proposal.unsure, mapping.format, mapping.table.dates, mapping.table.unused) == (
        [],
        "parquet",
        form,
        ["Tags"],
    )
    case = new_case(tmp_path)
    load(case, path)
    assert rows(case, "SELECT locator, side, amount FROM entry ORDER BY seq") == [
        ("R1", "DBIT", Decimal("1.5")), ("R2", "CRDT", Decimal(1234)),
    ]  # fmt: skip


def test_a_statement_of_a_bank_needs_no_proposal(tmp_path) -> None:
    with pytest.raises(FinflowError, match=r"x\.xml is camt\.053, which says itself what it holds"):
        propose_mapping(write(tmp_path, "x.xml", "<Document/>"))

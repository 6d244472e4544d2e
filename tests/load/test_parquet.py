"""Parquet: typed columns become the text the mapping speaks of, exactly or not at all."""

from datetime import UTC, date, datetime, time
from decimal import Decimal

import pyarrow as pa
import pytest
from pyarrow import parquet

from finflow.errors import FinflowError
from finflow.load import load
from finflow.load import parquet as reader
from finflow.load.parquet import open_parquet
from tests.load.support import mapping_of, mapping_text, new_case, rows, settled_by, write

DAYS = pa.array([date(2025, 1, 31)], pa.date32())


def file(tmp_path, columns: dict, name: str = "x.parquet"):
    path = write(tmp_path, name, b"")
    parquet.write_table(pa.table(columns), path)
    return path


def settled(tmp_path, columns: dict, found=None, zone: str = "UTC") -> list[dict]:
    return settled_by(open_parquet(file(tmp_path, columns), "x.parquet", found or mapping_of("parquet"), zone))


def amounts(*values: object, kind: pa.DataType) -> dict:
    return {"Date": [date(2025, 1, 31)] * len(values), "Amount": pa.array(values, kind)}


@pytest.mark.parametrize("kind", [pa.decimal128(28, 8), pa.decimal128(38, 2), pa.string(), pa.large_string()])
def test_exact_amounts(tmp_path, kind) -> None:
    given = [Decimal("12.5"), Decimal("-90071992547409931.12"), Decimal(1_000_000_000)]
    texts = pa.types.is_string(kind) or pa.types.is_large_string(kind)
    found = settled(tmp_path, amounts(*(map(str, given) if texts else given), kind=kind))
    assert [row["amount"] * (1 if row["side"] == "CRDT" else -1) for row in found] == given


@pytest.mark.parametrize(
    ("kind", "value", "amount", "fault"),
    [
        (pa.float64(), 0.1, "0.1", None),
        (pa.float64(), 123_456_789_012.34, "123456789012.34", None),
        (pa.float64(), 7.0, "7", None),
        (pa.float64(), 1e9, "1000000000", None),
        (pa.float64(), 0.1 + 0.2, None, "column Amount holds a number of more digits than"),
        (pa.float64(), 1.005, None, "column Amount has more decimals than its currency"),
        (pa.float64(), 1e15, None, "column Amount holds a number of more digits than"),
        (pa.float64(), float("nan"), None, "column Amount holds a number of more digits than"),
        (pa.float64(), float("inf"), None, "column Amount holds a number of more digits than"),
        (pa.float64(), None, None, "column Amount is empty"),
        (pa.float32(), 1234.25, "1234.25", None),
        (pa.float32(), 12345.67, None, "column Amount holds a number of more digits than"),
        (pa.int64(), 12, "12", None),
        (pa.decimal128(20, 10), Decimal("0.01"), "0.01", None),
        (pa.decimal128(20, 10), Decimal("0.001"), None, "column Amount has more decimals than its currency"),
    ],
)
def test_an_amount_is_exact_or_rejected(tmp_path, kind, value, amount, fault) -> None:
    (row,) = settled(tmp_path, amounts(value, kind=kind), mapping_of("parquet", table='decimal = ","'))
    assert (row["fault"] or "").startswith(fault or "")
    assert (row["fault"] is None) == (fault is None)
    assert fault or row["amount"] == Decimal(amount)


@pytest.mark.parametrize(
    ("kind", "values"),
    [
        (pa.decimal128(12, 2), ["0.00", "-0.01", "9999999999.99", None]),
        (
            pa.decimal128(38, 8),
            ["12345678901234567890.12345678", "-12345678901234567890.00000001", "0.00000001", "5.5"],
        ),
        (pa.decimal128(38, 0), ["100000000000000000000", "-99999999999999999999", "7"]),
        (pa.decimal128(20, 10), ["0.0000000001", "0.0100000000", "-0.0100000001", None]),
        (pa.int64(), [-(2**63), 2**63 - 1, 0, None]),
        (pa.uint64(), [2**64 - 1, 1]),
    ],
)
@pytest.mark.parametrize("days", [[date(2025, 1, 31), date(1949, 12, 31), date(9999, 12, 31), None]])
def test_numbers_and_days_say_the_same_as_their_texts(tmp_path, monkeypatch, kind, values, days) -> None:
    given = [Decimal(value) if isinstance(value, str) else value for value in values for _ in days]
    columns = {"Date": pa.array(days * len(values), pa.date32()), "Amount": pa.array(given, kind)}
    path = file(tmp_path, columns | {"Saldo": columns["Amount"], "Value": columns["Date"]})
    found = mapping_of("parquet", table='decimal = ","', columns='balance = "Saldo"\nvalue_date = "Value"')
    readable = open_parquet(path, path.name, found, "UTC")
    as_they_are = settled_by(readable)
    raw = [
        text for batch in open_parquet(path, path.name, found, "UTC").batches for text in batch.raw(range(len(given)))
    ]
    assert readable.reading.typed >= {"Date", "Value"}
    monkeypatch.setattr(reader, "_typed", lambda *_: frozenset())
    readable = open_parquet(path, path.name, found, "UTC")
    assert readable.reading.typed == frozenset()
    assert as_they_are == settled_by(readable)
    assert raw == [
        text for batch in open_parquet(path, path.name, found, "UTC").batches for text in batch.raw(range(len(given)))
    ]
    assert {row["fault"] is None for row in as_they_are} == {True, False}


@pytest.mark.parametrize(
    ("table", "columns", "parts", "typed"),
    [
        ("", "", "", {"Date", "Amount"}),
        ('null_values = ["0"]', "", "", set()),  # a word that stands for nothing may be a number
        ("", 'fee = "Fee"', "", set()),
        ("", 'kind = "Amount"', "", {"Date"}),
        ("", "", '[skip.open]\ncolumn = "Date"\nvalues = ["2025-01-31"]', {"Amount"}),
        ('times = "%H:%M"', 'booking_time = "T"', "", {"Amount"}),
    ],
)
def test_columns_of_another_use_become_texts(tmp_path, table, columns, parts, typed) -> None:
    table = f'unused = ["Fee", "T"]\n{table}'
    given = amounts(1, kind=pa.int64()) | {"Fee": [0], "T": pa.array([time(10, 20)], pa.time64("us"))}
    given["Date"] = pa.array(given["Date"], pa.date32())
    found = mapping_of("parquet", table=table, columns=columns, parts=parts)
    assert open_parquet(file(tmp_path, given), "x.parquet", found, "UTC").reading.typed == typed


def test_days_moments_and_times(tmp_path) -> None:
    moment = datetime(2025, 1, 31, 23, 30, tzinfo=UTC)
    found = mapping_of("parquet", table='dates = "%d.%m.%Y"', columns='booking_time = "T"')
    for kind in (pa.date32(), pa.date64(), pa.timestamp("ms"), pa.timestamp("ns")):
        day = pa.array([date(2025, 1, 31) if pa.types.is_date(kind) else datetime(2025, 1, 31)], kind)
        columns = {"Date": day, "Amount": [1], "T": pa.array([time(10, 20)], pa.time64("us"))}
        assert settled(tmp_path, columns, found)[0]["booked_at"] == datetime(2025, 1, 31, 10, 20)
    zoned = {"Date": pa.array([moment], pa.timestamp("us", tz="UTC")), "Amount": [1]}
    asked = mapping_of("parquet", top='time_zone = "Europe/Chisinau"', table='dates = "%Y-%m-%d %H:%M:%S"')
    (row,) = settled(tmp_path, zoned, asked, "Europe/Amsterdam")
    assert (row["booking_date"], row["booked_at"]) == (date(2025, 2, 1), datetime(2025, 2, 1, 0, 30))


def test_accounts_lose_no_digit(tmp_path) -> None:
    found = mapping_of("parquet", columns='counterparty_account = "A"')
    for given in (
        pa.array(["00123"]), pa.array(["00123"]).dictionary_encode(), pa.array([2**63 + 1], pa.uint64()),
        pa.array([123456789012.0]), pa.array([1234567890123456.0]),
    ):  # fmt: skip
        (row,) = settled(tmp_path, {"Date": DAYS, "Amount": [1], "A": given}, found)
        kept = str(given[0].as_py()).removesuffix(".0")
        assert row["fault"] is not None or row["counterparty_account_id"] == f"unknown/{kept}"
        assert (row["fault"] is None) == (kept != "1234567890123456")


@pytest.mark.parametrize(
    "column", [pa.array([[1]]), pa.array([{"name": 1}]), pa.array([b"x"]), pa.array([Decimal(1)], pa.decimal256(60, 2))]
)
def test_columns_that_hold_no_values_are_refused_by_name_unless_unused(tmp_path, column) -> None:
    columns = {"Date": DAYS, "Amount": [1], "T": column}
    with pytest.raises(FinflowError, match=r"x\.parquet: column T holds neither texts nor numbers nor dates"):
        settled(tmp_path, columns, mapping_of("parquet", columns='narrative = "T"'))
    assert settled(tmp_path, columns, mapping_of("parquet", table='unused = ["T"]'))[0]["fault"] is None


def test_columns_that_do_not_go_with_the_mapping_are_named(tmp_path) -> None:
    with pytest.raises(FinflowError, match=r"x\.parquet: the mapping names column Amount, .* has: Date, Sum"):
        settled(tmp_path, {"Date": DAYS, "Sum": [1]})
    with pytest.raises(FinflowError, match="does not know column Fee"):
        settled(tmp_path, {"Date": DAYS, "Amount": [1], "Fee": [1]})
    twice = pa.table([DAYS, pa.array([1]), pa.array([2])], ["Date", "Amount", "Amount"])
    path = write(tmp_path, "x.parquet", b"")
    parquet.write_table(twice, path)
    with pytest.raises(FinflowError, match="two columns called Amount"):
        open_parquet(path, "x.parquet", mapping_of("parquet"), "UTC")


def test_every_row_is_accounted_for_whatever_the_batches(tmp_path, monkeypatch) -> None:
    monkeypatch.setattr(reader, "ROWS", 3)
    case = new_case(tmp_path)
    text = mapping_text(columns='narrative = "T"', parts='[skip.pending]\ncolumn = "T"\nvalues = ["p"]')
    write(tmp_path, "x.mapping.toml", text.replace('"csv"', '"parquet"').replace('delimiter = ";"\n', ""))
    columns = amounts(*map(Decimal, range(1, 9)), kind=pa.decimal128(10, 2)) | {"T": ["a", " p ", None, "a", *"aaaa"]}
    columns["Date"] = [None, *columns["Date"][1:]]
    loaded = load(case, file(tmp_path, columns, "x.csv"))
    assert loaded.frame.select("format", "records", "entries", "rejected", "skipped").rows() == [
        ("parquet", 8, 6, 1, 1)
    ]
    assert rows(case, "SELECT locator, seq FROM entry ORDER BY seq") == [(f"R{n}", n) for n in range(3, 9)]
    assert rows(case, "SELECT locator, reason, raw FROM rejected_row") == [("R1", "column Date is empty", "\t1.00\ta")]
    assert rows(case, "SELECT locator FROM skipped_row") == [("R2",)]


@pytest.mark.parametrize("content", [b"PAR1", b"PAR1" + bytes(400) + b"PAR1"])
def test_a_damaged_file_is_refused(tmp_path, content) -> None:
    with pytest.raises(FinflowError, match=r"x\.parquet cannot be read as Parquet: it is damaged or not whole"):
        load(new_case(tmp_path), write(tmp_path, "x.parquet", content))


def test_a_file_damaged_inside_is_refused_and_nothing_of_it_kept(tmp_path) -> None:
    case = new_case(tmp_path)
    write(tmp_path, "x.mapping.toml", mapping_text().replace('"csv"', '"parquet"').replace('delimiter = ";"\n', ""))
    path = file(tmp_path, amounts(*range(1, 3000), kind=pa.int64()), "x.csv")
    data = path.read_bytes()
    path.write_bytes(data[:60] + bytes(200) + data[260:])
    with pytest.raises(FinflowError, match="damaged or not whole"):
        load(case, path)
    assert rows(case, "SELECT count(*) FROM entry") == [(0,)]

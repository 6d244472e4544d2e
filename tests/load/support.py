"""Small files and small cases for the tests of loading."""

from decimal import Decimal
from pathlib import Path

import polars as pl
import pyarrow as pa

import finflow
from finflow.case import Case
from finflow.load.mapping import Mapping, parse_mapping
from finflow.load.records import Readable, Reading
from finflow.load.settle import Settler
from finflow.load.table import open_table

MAPPING = """
name = "Testbank"
files = ["*.csv"]
format = "csv"
bank = "TESTDE22"
account = "DE89370400440532013000"
currency = "EUR"
{top}
[table]
delimiter = ";"
{table}
[columns]
booking_date = "Date"
{amount}
{columns}
{parts}
"""


def mapping_text(*, top="", table="", amount='amount = "Amount"', columns="", parts="") -> str:
    """A mapping of the small bank, parts of it replaced."""
    return MAPPING.format(top=top, table=table, amount=amount, columns=columns, parts=parts)


def mapping(**changes: str) -> Mapping:
    return parse_mapping(mapping_text(**changes), "test.mapping.toml")


def mapping_of(form: str, **changes: str) -> Mapping:
    """The same for a table of another format."""
    text = mapping_text(**changes).replace('format = "csv"', f'format = "{form}"').replace('delimiter = ";"\n', "")
    return parse_mapping(text, "test.mapping.toml")


def settled(tmp_path: Path, text: str | bytes, found: Mapping | None = None, zone: str = "UTC") -> list[dict]:
    """The judged records of a CSV text, in order."""
    path = tmp_path / "x.csv"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return settled_by(open_table(path, "x.csv", found or mapping(), zone))


def settled_by(readable: Readable) -> list[dict]:
    """The judged records of a file that is open, in order."""
    settler = Settler(readable.reading)
    return [row for batch in readable.batches for row in _sorted(settler.settle(batch.records)).to_dicts()]


def judged(reading: Reading | None = None, **parts: str | None) -> dict:
    """One record out of parts, judged."""
    return judged_all(reading, [parts])[0]


def judged_all(reading: Reading | None, records: list[dict[str, str | None]]) -> list[dict]:
    """Records out of parts, judged together; what a record lacks is that of a plain booking."""
    plain = {
        "locator": "L1", "account": "DE89370400440532013000", "currency": "EUR", "amount": "1.00",
        "booking_date": "2025-01-31",
    }  # fmt: skip
    names = dict.fromkeys([*plain, *(name for record in records for name in record)])
    columns = {name: pa.array([(plain | record).get(name) for record in records], pa.string()) for name in names}
    table = pa.table({"ordinal": list(range(len(records)))} | columns)
    return _sorted(Settler(reading or Reading()).settle(table)).to_dicts()


def _sorted(table: pa.Table) -> pl.DataFrame:
    return pl.DataFrame(table).sort("ordinal")


def new_case(tmp_path: Path, zone: str = "Europe/Amsterdam") -> Case:
    """A case in a folder of its own."""
    folder = tmp_path / "case"
    folder.mkdir()
    (folder / "case.toml").write_text(f'time_zone = "{zone}"\n', encoding="utf-8")
    return finflow.open_case(folder)


def write(tmp_path: Path, name: str, content: str | bytes, folder: str = "bank") -> Path:
    path = tmp_path / folder / name
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


def rows(case: Case, query: str) -> list[tuple]:
    with case.reading() as con:
        return con.execute(query).fetchall()


def money(text: str) -> Decimal:
    return Decimal(text)

"""Load of a CSV of a million rows, against a typed read_csv of the same file into a table."""

import tempfile
from collections.abc import Iterator
from pathlib import Path

import duckdb

from benchmarks.measure import Measure, seconds
from finflow import open_case

ROWS = 1_000_000
MAPPING = """\
name = "Benchmark bank"
files = ["*.csv"]
format = "csv"
account = "NL00BENC0000000001"
bank = "Benchmark bank"
currency = "EUR"

[table]
delimiter = ";"

[columns]
booking_date = "Date"
amount = "Amount"
counterparty_account = "Account"
counterparty_name = "Name"
narrative = "Text"
bank_reference = "Reference"
"""
_WRITE = """
    COPY (
        SELECT CAST(DATE '2024-01-01' + CAST(i // 1400 AS INTEGER) AS VARCHAR) AS "Date",
            CAST(CAST((hash(i) % 2000000) AS DECIMAL(18, 2)) / 100 - 10000 AS DECIMAL(18, 2)) AS "Amount",
            'XX' || (hash(i + 1) % 50000) AS "Account", 'Name ' || (hash(i + 1) % 50000) AS "Name",
            'payment of invoice ' || i AS "Text", 'REF' || i AS "Reference"
        FROM range($rows) AS t(i)
        WHERE hash(i) % 2000000 <> 1000000
    ) TO '{path}' (HEADER, DELIMITER ';')
"""
_PEER = """
    CREATE TABLE entry AS SELECT * FROM read_csv($path, delim = ';', header = true, columns = {
        'Date': 'DATE', 'Amount': 'DECIMAL(28, 8)', 'Account': 'VARCHAR', 'Name': 'VARCHAR', 'Text': 'VARCHAR',
        'Reference': 'VARCHAR'})
"""


def measures() -> Iterator[Measure]:
    """Seconds for one load into an empty case."""
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder)
        (place / "bench.mapping.toml").write_text(MAPPING, encoding="utf-8")
        file = place / "bench.csv"
        with duckdb.connect() as con:
            con.execute(_WRITE.format(path=file.as_posix()), {"rows": ROWS})
        own = seconds(lambda: open_case(place / "case").load(str(file)), times=1)
        peer = seconds(lambda: _read(file, place / "peer.duckdb"))
        yield Measure("load_csv_1m_rows", own, "s", "peer", peer, "DuckDB read_csv with given types into a table")


def _read(file: Path, database: Path) -> None:
    database.unlink(missing_ok=True)
    with duckdb.connect(str(database)) as con:
        con.execute(_PEER, {"path": str(file)})

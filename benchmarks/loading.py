"""Load of a million rows as CSV and as Parquet, against DuckDB's own typed read of the same file into a table."""

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
        SELECT {columns} FROM (SELECT CAST(DATE '2024-01-01' + CAST(i // 1400 AS INTEGER) AS VARCHAR) AS "Date",
            CAST(CAST((hash(i) % 2000000) AS DECIMAL(18, 2)) / 100 - 10000 AS DECIMAL(18, 2)) AS "Amount",
            'XX' || (hash(i + 1) % 50000) AS "Account", 'Name ' || (hash(i + 1) % 50000) AS "Name",
            'payment of invoice ' || i AS "Text", 'REF' || i AS "Reference"
        FROM range($rows) AS t(i)
        WHERE hash(i) % 2000000 <> 1000000)
    ) TO '{path}' ({options})
"""
_OPTIONS = {"csv": "HEADER, DELIMITER ';'", "parquet": "FORMAT parquet"}
_TYPED = '* REPLACE (CAST("Date" AS DATE) AS "Date")'
_PEER = """
    CREATE TABLE entry AS SELECT * FROM read_csv($path, delim = ';', header = true, columns = {
        'Date': 'DATE', 'Amount': 'DECIMAL(28, 8)', 'Account': 'VARCHAR', 'Name': 'VARCHAR', 'Text': 'VARCHAR',
        'Reference': 'VARCHAR'})
"""
_READS = {
    "csv": _PEER,
    "parquet": """
        CREATE TABLE entry AS
        SELECT * REPLACE (CAST("Amount" AS DECIMAL(28, 8)) AS "Amount") FROM read_parquet($path)
    """,
}


def measures() -> Iterator[Measure]:
    """Seconds for one load into an empty case, of each format."""
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder)
        for form in _READS:
            (place / f"{form}.mapping.toml").write_text(_mapping(form), encoding="utf-8")
            file = place / f"bench.{form}"
            _write(file, form)
            own = seconds(lambda file=file, form=form: open_case(place / f"case_{form}").load(str(file)), times=1)
            peer = seconds(lambda file=file, form=form: _read(file, place / "peer.duckdb", _READS[form]))
            what = f"DuckDB's typed read of the same {form} file into a table"
            yield Measure(f"load_{form}_1m_rows", own, "s", "peer", peer, what)


def _mapping(form: str) -> str:
    if form == "csv":
        return MAPPING
    return MAPPING.replace('"csv"', f'"{form}"').replace("*.csv", f"*.{form}").replace('delimiter = ";"\n', "")


def _write(file: Path, form: str) -> None:
    text = _WRITE.format(path=file.as_posix(), columns=_TYPED if form == "parquet" else "*", options=_OPTIONS[form])
    with duckdb.connect() as con:
        con.execute(text, {"rows": ROWS})


def _read(file: Path, database: Path, query: str) -> None:
    database.unlink(missing_ok=True)
    with duckdb.connect(str(database)) as con:
        con.execute(query, {"path": str(file)})

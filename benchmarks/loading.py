"""Load of ten million rows as CSV and as Parquet, against DuckDB's own typed read of the same file into a table; then
the check of the case, with a further file that prints a part of the lines again.

Each load runs in a process of its own, as `finflow load` does, so that its memory is its own. Stages run beside each
other: their seconds are those a stage was busy, and together they are more than the whole.
"""

import shutil
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from typing import Any
from unittest import mock

import duckdb

from benchmarks.measure import Measure, Run, apart, run, within
from finflow import open_case
from finflow.load import parquet as parquet_reader
from finflow.load import settle, statements, table, write

ROWS = 10_000_000
AGAIN = 100  # the further file prints each hundredth part of the rows, the last ones, again
FAULTY = 50_000  # one amount of so many has more decimals than its currency: it is rejected
TURNS = 2  # each in turn, the quicker run of each counts
MEMORY, LAPTOP = 4096, "half of a laptop of 8 GB"  # MiB
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
        SELECT {columns} FROM (SELECT CAST(DATE '2024-01-01' + CAST(i // 14000 AS INTEGER) AS VARCHAR) AS "Date",
            CAST(CAST(hash(i) % 2000000 + 1 AS DECIMAL(18, 3)) / 100 AS DECIMAL(18, 3))
                + CASE WHEN i % $faulty = 1 THEN 0.001 ELSE 0 END AS "Amount",
            'XX' || (hash(i + 1) % 50000) AS "Account", 'Name ' || (hash(i + 1) % 50000) AS "Name",
            'payment of invoice ' || i AS "Text", 'REF' || i AS "Reference"
        FROM range($first, $rows) AS t(i))
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
_STAGES: dict[str, list[tuple[Any, str]]] = {
    "copy": [(write, "_copied")],
    "read": [(table._Table, "batches"), (parquet_reader, "_batches")],
    "settle": [(settle.Settler, "settle")],
    "statements": [(statements.Statements, "see"), (statements.Statements, "write")],
    "left_out": [(write, "keep_left_out")],
    "write": [(write._Waiting, "write")],
}


def measures() -> Iterator[Measure]:
    """Figures of one load into an empty case and of the check after it, of each format."""
    with tempfile.TemporaryDirectory() as folder:
        for form in _READS:
            yield from _of(Path(folder), form)


def _of(place: Path, form: str) -> Iterator[Measure]:
    (place / f"{form}.mapping.toml").write_text(_mapping(form), encoding="utf-8")
    file, again, case = place / f"bench.{form}", place / f"again.{form}", place / f"case_{form}"
    _write(file, form)
    _write(again, form, first=ROWS - ROWS // AGAIN)
    pairs = [(apart(read, file, place / "peer.duckdb"), apart(load, _empty(case), file)) for _ in range(TURNS)]
    peer, own = (min(runs, key=lambda one: one.seconds) for runs in zip(*pairs, strict=True))
    name, what = f"load_{form}_10m_rows", f"DuckDB's typed read of the same {form} file into a table"
    yield Measure(name, own.seconds, "s", "peer", peer.seconds, what)
    yield Measure(f"{name}_cores", own.cores, "s", "peer", peer.cores, f"seconds of all cores; {what}")
    for stage, taken in own.stages.items():
        yield Measure(f"{name}_{stage}", taken, "s", "part", own.seconds, f"the whole load; {stage} was busy so long")
    yield from within(name, own, MEMORY, LAPTOP)
    apart(load, case, again)
    checked = apart(check, case)
    name = f"check_{form}_10m_rows"
    yield Measure(name, checked.seconds, "s", "limit", own.seconds, "its load; lines printed again are searched for")
    yield from within(name, checked, MEMORY, LAPTOP)


def read(file: Path, database: Path) -> Run:
    """DuckDB's own typed read."""
    return run(lambda: _read(file, database))


def _empty(case: Path) -> Path:
    shutil.rmtree(case, ignore_errors=True)
    return case


def load(case: Path, file: Path) -> Run:
    """One load, with its stages."""
    taken = dict.fromkeys(_STAGES, 0.0)
    with ExitStack() as patched:
        for stage, places in _STAGES.items():
            for owner, name in places:
                patched.enter_context(mock.patch.object(owner, name, _timed(getattr(owner, name), stage, taken)))
        whole = run(lambda: open_case(case).load(file))
    return replace(whole, stages={stage: spent for stage, spent in taken.items() if spent})


def check(case: Path) -> Run:
    """One check."""
    return run(lambda: open_case(case).check())


def _timed(work: Callable[..., Any], stage: str, taken: dict[str, float]) -> Callable[..., Any]:
    """The same work, which adds its seconds to those of its stage; of pieces, the seconds it takes to make them."""

    def timed(*given: Any, **named: Any) -> Any:
        start = time.perf_counter()
        done = work(*given, **named)
        taken[stage] += time.perf_counter() - start
        return _pieces(done) if isinstance(done, Iterator) else done

    def _pieces(pieces: Iterator[Any]) -> Iterator[Any]:
        start = time.perf_counter()
        for piece in pieces:
            taken[stage] += time.perf_counter() - start
            yield piece
            start = time.perf_counter()

    return timed


def _mapping(form: str) -> str:
    if form == "csv":
        return MAPPING
    return MAPPING.replace('"csv"', f'"{form}"').replace("*.csv", f"*.{form}").replace('delimiter = ";"\n', "")


def _write(file: Path, form: str, first: int = 0) -> None:
    text = _WRITE.format(path=file.as_posix(), columns=_TYPED if form == "parquet" else "*", options=_OPTIONS[form])
    with duckdb.connect() as con:
        con.execute(text, {"first": first, "rows": ROWS, "faulty": FAULTY})


def _read(file: Path, database: Path) -> None:
    database.unlink(missing_ok=True)
    with duckdb.connect(str(database)) as con:
        con.execute(_READS[file.suffix[1:]], {"path": str(file)})

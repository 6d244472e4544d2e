"""Replay of ten million transfers between a million accounts, against one pass that only updates balances; and the
whole command on a case of one and of ten million.

The balances are updated by the least code there is for it, over the same legs in the same order: one addition a leg.
Compiling is told apart. The network is drawn at random, so marked money could soon be almost everywhere; how many
accounts a trace reads is told with its seconds.
"""

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numba
import numpy as np
import polars as pl
from numpy.typing import NDArray

from benchmarks.measure import Measure, Run, apart, run, seconds, within
from finflow import open_case
from finflow.trace import state
from finflow.trace import streamed as stream
from finflow.trace.engine import replay
from finflow.trace.shares import METHODS

TRANSFERS, ACCOUNTS = 10_000_000, 1_000_000
SMALL = 10
"""The smaller case has one of so many transfers and accounts."""
DENSE = 20_000
"""Transfers between twenty accounts."""
MARKS, ORIGINS, MANY = 100, 20, 500
HELD = 5_000_000  # cents on each account at the start; a transfer is of 2 500 euro on average
BOTH = ("fifo", "pro_rata")
"""A method of lots and a method of shares."""
MOST = {"pro_rata": 10, "fifo": 25}
A_SECOND, WAITED, GROWTH = 2_000_000, 3.0, 11.0
MEMORY = 4096  # MiB
_COMPILE = """
import numpy as np
from benchmarks.tracing import legs_of, replayed
replayed(legs_of(1000, 100, 10, 2), 100, 2, "fifo")
"""


def measures() -> Iterator[Measure]:
    """Kernels first, then origins, then whole commands."""
    yield Measure("kernel_compile", _compile_seconds(), "s", "limit", 60.0, "compiling all methods, once a version")
    yield from _kernels()
    yield from _many_origins()
    with tempfile.TemporaryDirectory() as folder:
        yield from _whole(Path(folder))


def _kernels() -> Iterator[Measure]:
    legs = legs_of(TRANSFERS, ACCOUNTS, MARKS, ORIGINS)
    balances(legs.amount[:1], legs.about[:1], np.zeros(ACCOUNTS, np.int64))
    one_pass = seconds(lambda: balances(legs.amount, legs.about, np.zeros(ACCOUNTS, np.int64)))
    for method in METHODS:
        taken = seconds(lambda method=method: replayed(legs, ACCOUNTS, ORIGINS, method), times=2)
        most = f"at most {MOST[method]} times" if method in MOST else "times"
        what = f"{most} a pass over the same legs that only updates balances"
        yield Measure(f"kernel_10m_transfers_{method}", taken, "s", "pass", one_pass, what)


def legs_of(transfers: int, accounts: int, marks: int, origins: int) -> state.Legs:
    """An opening credit on each account, then debit and credit after each other; marks on credits, evenly spread."""
    chance = np.random.default_rng(728)
    debtor, creditor = chance.integers(0, accounts, (2, transfers), dtype=np.int32)
    n = accounts + 2 * transfers
    amount = np.full(n, HELD, np.int64)
    amount[accounts:] = np.repeat(chance.integers(100, 500_000, transfers), 2)
    about = np.full((n, 4), state.NONE, np.int32)
    about[:accounts, state.POCKET] = np.arange(accounts)
    about[accounts::2, state.POCKET] = debtor
    about[accounts + 1 :: 2, state.POCKET] = np.where(debtor == creditor, (creditor + 1) % accounts, creditor)
    about[accounts::2, state.PAIR], about[accounts + 1 :: 2, state.PAIR] = _odd(accounts + 1, n), _odd(accounts, n)
    about[:, state.FLAGS], about[:, state.BRINGS] = state.PAIRED, state.OTHER
    about[accounts::2, state.FLAGS] |= state.DEBIT
    about[:accounts, state.FLAGS], about[:accounts, state.BRINGS] = 0, state.OPENING
    marked = np.arange(accounts + 1, n, 2 * max(1, transfers // marks), dtype=np.int64)[:marks]
    about[marked, state.FLAGS] |= state.MARKED
    return state.Legs(
        amount=amount,
        about=about,
        currency=np.zeros(accounts, np.int64),
        marks=np.stack([marked, np.arange(marked.size) % origins, amount[marked]], axis=1),
        undo=np.empty((0, 2), np.int64),
        kept=np.empty((0, 1), np.int64),
        links=np.empty((0, 2), np.int64),
    )


def replayed(legs: state.Legs, accounts: int, origins: int, method: str) -> Any:
    """One replay, nobody overdrawn at the start."""
    return replay(legs, accounts, origins, method, np.zeros(accounts, np.int64))


@numba.njit
def balances(amount: NDArray[np.int64], about: NDArray[np.int32], balance: NDArray[np.int64]) -> None:
    """The balance of each account after all legs."""
    for leg in range(amount.size):
        if about[leg, state.FLAGS] & state.DEBIT:
            balance[about[leg, state.POCKET]] -= amount[leg]
        else:
            balance[about[leg, state.POCKET]] += amount[leg]


def _odd(first: int, n: int) -> NDArray[np.int64]:
    return np.arange(first, n, 2)


def _compile_seconds() -> float:
    with tempfile.TemporaryDirectory() as cache:
        environment = {**os.environ, "NUMBA_CACHE_DIR": cache}
        command = [sys.executable, "-c", _COMPILE]
        return seconds(lambda: subprocess.run(command, check=True, env=environment), times=1)


def _many_origins() -> Iterator[Measure]:
    """The same payments marked as of one origin, and as of five hundred: on a sparse network, and on one in which every
    account soon holds money of most origins."""
    for method in BOTH:
        alone, taken, rows = _one_and_many(TRANSFERS // SMALL, ACCOUNTS // SMALL, method)
        what = f"{MANY} marks of one origin: at most 4 times; rows {rows:.1f} times"
        yield Measure(f"trace_{MANY}_origins_{method}", taken, "s", "one origin", alone, what)
        alone, taken, rows = _one_and_many(DENSE, DENSE // 1_000, method)
        what = f"one origin, times as many rows ({rows:.1f}) as {MANY} give: about once"
        yield Measure(f"trace_{MANY}_origins_dense_{method}", taken, "s", "one origin by rows", alone * rows, what)


def _one_and_many(transfers: int, accounts: int, method: str) -> tuple[float, float, float]:
    """Seconds for one origin and for many, and how many times the rows many give."""
    one, many = (legs_of(transfers, accounts, MANY, origins) for origins in (1, MANY))
    alone = seconds(lambda: replayed(one, accounts, 1, method))
    taken = seconds(lambda: replayed(many, accounts, MANY, method))
    rows = len(replayed(many, accounts, MANY, method).rows) / len(replayed(one, accounts, 1, method).rows)
    return alone, taken, rows


def _whole(folder: Path) -> Iterator[Measure]:
    """The command on two cases, each in a process of its own, the second time it runs: compiled, nothing stored."""
    taken = {}
    for transfers, size in ((TRANSFERS // SMALL, "1m"), (TRANSFERS, "10m")):
        case = folder / size
        made = apart(make, case, transfers)
        yield Measure(f"resolve_{size}_transfers", made.seconds, "s", "limit", transfers / 10_000, "10 000 a second")
        for method in METHODS if size == "1m" else BOTH:
            done = min((apart(traced, case, transfers, method) for _ in range(2)), key=lambda one: one.seconds)
            taken[transfers, method] = done.seconds
            limit = transfers / A_SECOND if transfers == TRANSFERS else WAITED
            what = f"{A_SECOND:,} transfers a second" if transfers == TRANSFERS else "what is asked of a million"
            told = f"{what}; {_found(done)}"
            yield Measure(f"trace_{size}_transfers_{method}", done.seconds, "s", "limit", limit, told)
            yield from within(f"trace_{size}_transfers_{method}", done, MEMORY, "half of a laptop of 8 GB")
    for method in BOTH:
        read = apart(read_in_order, folder / "10m")
        done = min((apart(streamed, folder / "10m", TRANSFERS, method) for _ in range(2)), key=lambda one: one.seconds)
        what = f"reading its legs in order; {_found(done)}"
        yield Measure(f"trace_10m_transfers_streamed_{method}", done.seconds, "s", "pass", read.seconds, what)
        yield from within(f"trace_10m_transfers_streamed_{method}", done, MEMORY, "half of a laptop of 8 GB")
    for method in BOTH:
        growth = taken[TRANSFERS, method] / taken[TRANSFERS // SMALL, method]
        yield Measure(f"trace_growth_{method}", growth, "times", "limit", GROWTH, "for ten times the transfers")


def traced(folder: Path, transfers: int, method: str) -> Run:
    """One trace of marks on payments spread over the year, nothing of an earlier one kept."""
    marked = np.random.default_rng(728).integers(0, transfers, ORIGINS)
    marks = pl.DataFrame(
        {"leg_id": [f"{_FILE[:16]}:L{n}" for n in marked], "origin": [f"o{n}" for n in marked]}
    ).with_columns(amount=pl.lit(None, pl.Decimal(28, 8)))
    case = open_case(folder)
    for kept in (folder / "results").iterdir():
        shutil.rmtree(kept)
    found: list[Any] = []
    done = run(lambda: found.append(case.trace(marks, method=method)))
    steps, lots = found[0].steps, found[0].lying.height
    return replace(done, counts={"accounts": steps["account_id"].n_unique(), "steps": steps.height, "lots": lots})


def _found(done: Run) -> str:
    """How much a trace found."""
    accounts, steps, lots = (done.counts[name] for name in ("accounts", "steps", "lots"))
    return f"{accounts:,} accounts traced, {steps:,} steps, {lots:,} lots lie in the end"


def streamed(folder: Path, transfers: int, method: str) -> Run:
    """As `traced`, of all accounts that money can have passed, and no ledger is held in memory."""
    stream.HELD = 0
    return traced(folder, transfers, method)


def read_in_order(folder: Path) -> Run:
    """All legs of the case as the engine hands them out, in the order of replay."""
    with open_case(folder).reading("read") as con:
        query = "SELECT turn, pair_turn, account_no, currency, side, amount, kind FROM leg ORDER BY turn"
        return run(lambda: sum(batch.num_rows for batch in con.sql(query).to_arrow_reader(stream.BATCH)))


def make(folder: Path, transfers: int) -> Run:
    """A case with a ledger of both sides, written straight into its tables; told is how long it takes to resolve."""
    case = open_case(folder)
    with case.writing("load") as con:
        for statement in _MAKE.format(file=_FILE, n=transfers, accounts=transfers // 10).split(";"):
            con.execute(statement)
    return run(case.resolve)


_FILE = "ab" * 32
_MAKE = """
    INSERT INTO evidence.source_file BY NAME
    SELECT '{file}' AS file_id, 'bench.csv' AS name, 1 AS size_bytes, 'csv' AS format, {n} AS records, {n} AS entries,
        0 AS rejected, 0 AS skipped, 'bench' AS loaded_by, TIMESTAMP '2025-01-01' AS loaded_at;
    INSERT INTO evidence.statement BY NAME
    SELECT substr('{file}', 1, 16) || ':A' || i AS statement_id, '{file}' AS file_id, 'A' || i AS locator,
        printf('BENCH/%08d', i) AS account_id, 'BENCH' AS bank, 'EUR' AS currency, DATE '2024-01-01' AS from_date,
        DATE '2025-01-01' AS until_date, 50000 AS opening_balance
    FROM range({accounts}) AS t(i);
    INSERT INTO evidence.long_entry BY NAME
    SELECT substr('{file}', 1, 16) || ':L' || i AS entry_id, '{file}' AS file_id, i AS seq,
        substr('{file}', 1, 16) || ':A' || debtor AS statement_id, printf('BENCH/%08d', debtor) AS account_id,
        'DBIT' AS side, CAST(hash(i + 7) % 500000 + 100 AS DECIMAL(28, 8)) / 100 AS amount, 'EUR' AS currency,
        DATE '2024-01-01' + CAST(i * 366 // {n} AS INTEGER) AS booking_date, false AS is_reversal, true AS both_sides,
        printf('BENCH/%08d', (debtor + 1 + hash(i + 1) % ({accounts} - 1)) % {accounts}) AS counterparty_account_id,
        'transfer' AS kind, 0 AS details
    FROM (SELECT i, hash(i) % {accounts} AS debtor FROM range({n}) AS t(i)) ORDER BY i
"""

"""Other programs beside ours, on the same work; what was equal is checked before a figure is taken.

- *follow-the-money* (C. Mattsson): follows all money of a payment system under LIFO or, as it calls pro_rata, mixed.
  FINFLOW_FOLLOW_THE_MONEY names its file follow_the_money.py; it is run as it is. Equal under LIFO: how much of every
  deposit is in every withdrawal. Mixed, it reckons with floats and leaves parts below a cent: each such amount then
  differs by less than three minor units, and mixed money is followed on fewer payments, since it takes it so long.
- *raphtory*: which accounts can be reached from some by payments that follow each other in time. It is imported where
  it is installed. Equal: the accounts.

A peer that is not there is said to be absent.
"""

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from benchmarks.measure import Measure, seconds
from benchmarks.tracing import replayed
from finflow.trace import state
from finflow.trace.order import Calendar, reachable

TRANSFERS, ACCOUNTS = 100_000, 1_000
MIXED_TRANSFERS, MIXED_ACCOUNTS = 3_000, 300
APART = {"lifo": 0.5, "mixed": 3.0}  # minor units
SPREAD_OVER, SEEDS = 50_000, 20
PROGRAM = "FINFLOW_FOLLOW_THE_MONEY"
_HEADER = ["txn_ID", "src_ID", "tgt_ID", "timestamp", "type", "amt"]
_CONFIG = {
    "transaction_header": _HEADER, "timeformat": "%Y-%m-%d %H:%M:%S", "timewindow_beg": "2024-01-01 00:00:00",
    "timewindow_end": "2026-01-01 00:00:00", "boundary_type": "transactions",
    "transaction_categories": {"in": "deposit", "on": "transfer", "out": "withdraw"},
}  # fmt: skip


def measures() -> Iterator[Measure]:
    """Seconds of ours against seconds of theirs."""
    program = os.environ.get(PROGRAM)
    if program is None:
        print(f"follow-the-money is absent: {PROGRAM} does not name its follow_the_money.py.")
    else:
        yield from _followed(Path(program), "lifo", "lifo", TRANSFERS, ACCOUNTS)
        yield from _followed(Path(program), "mixed", "pro_rata", MIXED_TRANSFERS, MIXED_ACCOUNTS)
    if find_spec("raphtory") is None:
        print("raphtory is absent: it is not installed beside finflow.")
    else:
        yield from _reached()


def _followed(program: Path, heuristic: str, method: str, transfers: int, accounts: int) -> Iterator[Measure]:
    payments = _payments(transfers, accounts)
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder)
        payments.select(_HEADER).write_csv(place / "payments.csv")
        (place / "config.json").write_text(json.dumps(_CONFIG), encoding="utf-8")
        command = [
            sys.executable,
            str(program),
            "payments.csv",
            "config.json",
            folder,
            f"--{heuristic}",
            "--no_balance",
        ]
        theirs = seconds(lambda: subprocess.run(command, cwd=place, check=True, capture_output=True), times=1)
        flows = pl.read_csv(place / f"nbal_flows_{heuristic}.csv")
        legs = _legs(payments, accounts)
        parts, most = _compared(_ours(legs, method), flows)
        if most > APART[heuristic]:
            raise AssertionError("follow-the-money and finflow part: the figures would not be of the same work")
        what = (
            f"follow-the-money, {heuristic}, {payments.height:,} payments, {parts:,} parts of deposits in withdrawals, "
            f"the amounts at most {most:.1f} minor units apart"
        )
        name, file = f"follow_all_money_{method}", place / "payments.csv"
        taken = seconds(lambda: _ours(legs, method))
        yield Measure(name, taken, "s", "peer", theirs, f"{what}; ours from arrays, theirs from its file")
        taken = seconds(lambda: _ours(_legs(pl.read_csv(file), accounts), method).write_csv(place / "ours.csv"))
        yield Measure(f"{name}_files", taken, "s", "peer", theirs, f"{what}; both from file to file")


def _compared(ours: pl.DataFrame, flows: pl.DataFrame) -> tuple[int, float]:
    """Parts of a deposit in a withdrawal, and by how much the amounts of the two programs differ at most."""
    theirs = flows.select(
        deposit=pl.col("txn_IDs").str.extract(r"^\[(\d+)").cast(int),
        out=pl.col("txn_IDs").str.extract(r"(\d+)\]$").cast(int), theirs="trj_amt",
    ).group_by("deposit", "out").agg(pl.col("theirs").sum())  # fmt: skip
    own = ours.group_by("deposit", "out").agg(pl.col("units").sum()).filter(pl.col("units") > 0)
    both = own.join(theirs, on=["deposit", "out"], how="full", coalesce=True).fill_null(0)
    return own.height, float((both["units"] - both["theirs"]).abs().to_numpy().max())


def _payments(transfers: int, accounts: int) -> pl.DataFrame:
    """Of four payments, one deposit, two transfers and one withdrawal of at most what lies there; at the end a
    withdrawal of all that is left.
    """
    chance = np.random.default_rng(728)
    balance = np.zeros(accounts, np.int64)
    rows = []
    for way, debtor, creditor, share, brought in zip(
        chance.choice(["in", "on", "on", "out"], transfers), *chance.integers(0, accounts, (2, transfers)).tolist(),
        chance.integers(1, 101, transfers).tolist(), chance.integers(1_000, 100_000, transfers).tolist(), strict=True,
    ):  # fmt: skip
        amount = brought if way == "in" else int(balance[debtor]) * share // 100
        source = "bank" if way == "in" else f"a{debtor}"
        if amount and source != f"a{creditor}":
            balance[debtor] -= 0 if way == "in" else amount
            balance[creditor] += 0 if way == "out" else amount
            rows.append((source, "shop" if way == "out" else f"a{creditor}", str(way), amount))
    rows += [(f"a{account}", "shop", "out", int(left)) for account, left in enumerate(balance) if left]
    frame = pl.DataFrame(rows, schema=["src_ID", "tgt_ID", "type", "amt"], orient="row").with_row_index("txn_ID")
    moment = pl.datetime(2024, 1, 1) + pl.duration(minutes=pl.col("txn_ID"))
    return frame.with_columns(timestamp=moment.dt.strftime("%Y-%m-%d %H:%M:%S"))


def _legs(payments: pl.DataFrame, accounts: int) -> state.Legs:
    """A leg for what comes in or goes out, two for what goes on; each deposit marked as an origin of its own."""
    own = payments.select(
        pl.col("src_ID").str.strip_prefix("a").cast(int, strict=False).alias("debtor"),
        pl.col("tgt_ID").str.strip_prefix("a").cast(int, strict=False).alias("creditor"), "amt",
    )  # fmt: skip
    debtor, creditor = (own[name].fill_null(state.NONE).to_numpy() for name in ("debtor", "creditor"))
    pocket = np.column_stack([debtor, creditor]).ravel()
    held = pocket != state.NONE
    place = np.cumsum(held) - 1
    partner = np.arange(pocket.size) ^ 1
    about = np.empty((int(held.sum()), 4), np.int32)
    about[:, state.POCKET] = pocket[held]
    about[:, state.PAIR] = np.where(held[partner], place[partner], state.NONE)[held]
    about[:, state.FLAGS] = np.where(np.arange(pocket.size) % 2 == 0, state.DEBIT, 0)[held]
    about[:, state.FLAGS] |= np.where(held[partner], state.PAIRED, 0)[held].astype(np.int32)
    about[:, state.BRINGS] = state.OTHER
    amount = np.repeat(own["amt"].to_numpy(), 2)[held].astype(np.int64)
    deposits = place[1::2][debtor == state.NONE]
    about[deposits, state.FLAGS] |= state.MARKED
    marks = np.stack([deposits, np.arange(deposits.size), amount[deposits]], axis=1)
    none = np.empty((0, 2), np.int64)
    return state.Legs(amount, about, np.zeros(accounts, np.int64), marks, none, none[:, :1].copy(), none)


def _ours(legs: state.Legs, method: str) -> pl.DataFrame:
    """deposit and out (numbers of payments), units: how much of each deposit is in each withdrawal."""
    rows = replayed(legs, legs.currency.size, legs.marks.shape[0], method).rows
    leaves = legs.about[:, state.PAIR] == state.NONE
    ends = rows[leaves[rows[:, 1]] & (rows[:, 0] == state.OUT)]
    number = _payment_of(legs)
    deposits = number[legs.marks[:, 0]][ends[:, 2]]
    return pl.DataFrame({"deposit": deposits, "out": number[ends[:, 1]], "units": ends[:, 3]})


def _payment_of(legs: state.Legs) -> NDArray[np.int64]:
    """The number of the payment of each leg: the credit of a transfer has that of its debit."""
    credit = (legs.about[:, state.FLAGS] & (state.DEBIT | state.PAIRED)) == state.PAIRED
    return np.cumsum(~credit) - 1


def _reached() -> Iterator[Measure]:
    from raphtory import Graph, algorithms

    debtor, creditor = np.random.default_rng(728).integers(0, SPREAD_OVER, (2, TRANSFERS))
    graph: Any = Graph()
    edges = pl.DataFrame({"at": np.arange(1, TRANSFERS + 1), "from": debtor, "to": creditor})
    graph.load_edges(edges, time="at", src="from", dst="to")
    found: list[Any] = []
    seeds = list(range(SEEDS))

    def theirs() -> None:
        found.append(algorithms.temporally_reachable_nodes(graph, TRANSFERS, 0, seeds))

    taken_by_them = seconds(theirs, times=1)
    calendar, order, marked = _calendar(debtor, creditor)
    reached = reachable(calendar, order, marked)
    known = {int(node.name) for node, way in found[0].items() if way["reachable_nodes"]} | set(seeds)
    if known != set(np.flatnonzero(reached).tolist()):
        raise AssertionError("raphtory and finflow part: the figures would not be of the same work")
    taken = seconds(lambda: reachable(calendar, order, marked))
    what = (
        f"raphtory, {TRANSFERS:,} payments, {len(known):,} of {SPREAD_OVER:,} accounts reached from {SEEDS}: the same"
    )
    yield Measure("reached_in_time", taken, "s", "peer", taken_by_them, what)


def _calendar(
    debtor: NDArray[np.int64], creditor: NDArray[np.int64]
) -> tuple[Calendar, NDArray[np.int64], NDArray[np.bool_]]:
    """A leg that marks each account to begin at, then debit and credit of each payment."""
    pocket = np.concatenate([np.arange(SEEDS), np.column_stack([debtor, creditor]).ravel()])
    order = np.arange(pocket.size)
    is_debit = (order >= SEEDS) & ((order - SEEDS) % 2 == 0)
    pair = np.where(order < SEEDS, state.NONE, np.where(is_debit, order + 1, order - 1))
    calendar = Calendar(pocket, order, order, order, order, is_debit, pair, timed=np.zeros_like(is_debit))
    return calendar, order, order < SEEDS

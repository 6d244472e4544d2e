"""Marked money on chains without accounts, output by output: `case.trace_outputs`, and for leads `case.reach_outputs`.

Amounts are exact units of the chain. A transaction that is not held spends nothing here: what stands as
unspent may have gone on.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

import duckdb
import polars as pl

from finflow.errors import FinflowError
from finflow.keys import basis, digest, stored
from finflow.money import PLACES
from finflow.results import Result, money, table
from finflow.trace.asked import Marked, decided_marks, given_marks
from finflow.trace.chain_files import Chains, about, marks_on_outputs, read_chains
from finflow.trace.outputs import POLICIES, SAID, Followed, Piece, follow, reached
from finflow.trace.reach import NO_AMOUNT

if TYPE_CHECKING:
    from finflow.case import Case

_MONEY = pl.Decimal(28, 8)


@dataclass(frozen=True)
class OutputTrail(Result):
    """Where marked money went on a chain under one method. Amounts are decimals in the currency of the chain.

    frame: origin, output (transaction:number, from 0), address, currency, day (UTC), traced, spent_in (NULL = unspent
        as far as held)
    ends: origin, end (unspent, fee, cut off), amount, currency
    proof: origin, currency, marked, unspent, fee, cut_off, residue (must be 0)
    remarks: what (already linked), output, origin, amount, currency
    """

    key: str
    method: str
    dust: int
    transactions: int
    elsewhere: int
    ends: pl.DataFrame
    proof: pl.DataFrame
    remarks: pl.DataFrame

    element: ClassVar[str] = "finflow-output-trail"
    caption: ClassVar[str] = "Where the amounts linked to each source are, by outputs of the chain"

    @property
    def statement(self) -> str:
        """Which rule was applied and what it rests on, in the words of a report."""
        cut = self.ends.filter(pl.col("end") == "cut off")
        sums = "; ".join(f"{money(x)} {c}" for x, c in cut.select("amount", "currency").rows()) or "nothing"
        parts = [
            f"Accounting rule: {SAID[self.method]}; the fee is paid last.",
            f"Parts below {self.dust} units are not followed: {sums} cut off." if self.dust else "",
            f"Rests on {self.transactions} transactions held; an output is unspent when none of them spends it.",
            f"Not counted: {self.elsewhere} marks that are on no chain." if self.elsewhere else "",
        ]
        return " ".join(part for part in parts if part)

    def shown(self) -> pl.DataFrame:
        """Where the amounts linked to each source are."""
        return self.ends

    def __str__(self) -> str:
        """The ends for a terminal."""
        return f"{self.statement}\n{super().__str__()}"

    def _repr_html_(self) -> str:
        return table(self.shown(), element=self.element, caption=f"{self.caption}. {self.statement}")


@dataclass(frozen=True)
class OutputReach(Result):
    """Outputs that marked money can have reached: leads, without any amount.

    Columns: origin, output, address, currency, day (UTC), steps (transactions after the mark).
    """

    key: str

    leads_only: ClassVar[bool] = True  # what assets and proposals ask of a trail before they refuse it
    element: ClassVar[str] = "finflow-output-reach"
    caption: ClassVar[str] = "Outputs that marked money can have reached: leads, not amounts"

    @property
    def transfers(self) -> pl.DataFrame:
        """Refused: what asks a trail for its transfers wants amounts."""
        raise FinflowError(NO_AMOUNT)

    def refuse_gaps(self) -> None:
        """Refused: what asks a trail for its gaps is about to print or draw amounts."""
        raise FinflowError(NO_AMOUNT)

    def shown(self) -> pl.DataFrame:
        """How many outputs each origin can have reached, by day; a page names no address."""
        by = self.frame.group_by("origin", "currency", "day", "steps").agg(pl.len().alias("outputs"))
        return by.sort("origin", "day", "steps")

    def listed(self) -> pl.DataFrame:
        """Every output, for the user of the case."""
        return self.frame


def trace_outputs(case: "Case", marks: Marked, *, method: str = "fifo", dust: int = 0) -> OutputTrail:
    """Follow marked money over transactions of Bitcoin and its kin under one method.

    marks: case.proceeds(), or a frame of leg_id, origin, amount, on lines by which money came to a watched address.
    method: fifo, lifo, haircut or tiho. dust: under haircut, units below which a part is cut off and counted. Raises
    FinflowError for leads, an unknown method, no mark on a chain; VerificationFailed for an original that was changed.
    """
    if method not in POLICIES:
        hint = " Poison says no amounts: use case.reach_outputs." if method == "poison" else ""
        raise FinflowError(f"method {method!r} is not known on a chain. Use one of: {', '.join(POLICIES)}.{hint}")
    if dust < 0 or (dust and method != "haircut"):
        raise FinflowError("dust is a number of units below which haircut cuts a part off; other methods have none.")
    given, are_hits = given_marks(marks)
    with case.logged("trace_outputs", method=method, dust=dust, marks=given.height) as outcome:
        with case.reading("trace_outputs") as con:
            given, leads_only = decided_marks(con, given, are_hits)
            if leads_only:
                raise FinflowError(
                    "Amounts rest on money that a person marked, never on leads: use case.reach_outputs."
                )
            key = digest(basis(con), "trace_outputs", method, dust, given.rows())
            kept = stored(case.folder, key, lambda: _trace(case.folder, con, given, method, dust))
        outcome.update(key=key, outputs=kept["outputs"].height)
    counts = kept["counts"].row(0, named=True)
    return OutputTrail(
        kept["outputs"], key, method, dust, counts["transactions"], counts["elsewhere"], kept["ends"], kept["proof"],
        kept["remarks"],
    )  # fmt: skip


def reach_outputs(case: "Case", marks: Marked) -> OutputReach:
    """Every output that marked money can have reached, whatever else was mixed in. For leads; it says no amount."""
    given, are_hits = given_marks(marks)
    with case.logged("reach_outputs", marks=given.height) as outcome, case.reading("reach_outputs") as con:
        given, _ = decided_marks(con, given, are_hits)
        key = digest(basis(con), "reach_outputs", given.rows())
        chains = read_chains(case.folder, con)
        rows: list[tuple[Any, ...]] = []
        for (origin,), mine in given.group_by("origin", maintain_order=True):
            outputs = [output for output, _, _ in marks_on_outputs(con, chains, mine)[0]]
            steps = reached(list(chains.transactions.values()), outputs)
            rows += [(origin, *about(chains, output), n) for output, n in steps.items()]
        outcome.update(key=key, outputs=len(rows))
    schema = {
        **dict.fromkeys(("origin", "output", "address", "currency"), pl.String),
        "day": pl.Date,
        "steps": pl.Int64,
    }
    return OutputReach(pl.DataFrame(rows, schema=schema, orient="row"), key)


def _trace(
    folder: Path, con: duckdb.DuckDBPyConnection, given: pl.DataFrame, method: str, dust: int
) -> dict[str, pl.DataFrame]:
    chains = read_chains(folder, con)
    marks, elsewhere = marks_on_outputs(con, chains, given)
    kept: dict[str, list[tuple[Any, ...]]] = {name: [] for name in _TABLES}
    for chain in sorted({_chain(output[0]) for output, _, _ in marks}):
        txs = [tx for name, tx in chains.transactions.items() if _chain(name) == chain]
        found = follow(txs, [mark for mark in marks if _chain(mark[0][0]) == chain], method, dust)
        for name, rows in _rows(chains, chain, found).items():
            kept[name] += rows
    counts = pl.DataFrame({"transactions": [len(chains.transactions)], "elsewhere": [elsewhere]})
    frames = {name: pl.DataFrame(rows, schema=_TABLES[name], orient="row") for name, rows in kept.items()}
    return {**frames, "counts": counts}


_TABLES: dict[str, dict[str, Any]] = {
    "outputs": {"origin": pl.String, "output": pl.String, "address": pl.String, "currency": pl.String, "day": pl.Date,
                "traced": _MONEY, "spent_in": pl.String},
    "ends": {"origin": pl.String, "end": pl.String, "amount": _MONEY, "currency": pl.String},
    "proof": {"origin": pl.String, "currency": pl.String, "marked": _MONEY, "unspent": _MONEY, "fee": _MONEY,
              "cut_off": _MONEY, "residue": _MONEY},
    "remarks": {"what": pl.String, "output": pl.String, "origin": pl.String, "amount": _MONEY, "currency": pl.String},
}  # fmt: skip


def _chain(transaction: str) -> str:
    return transaction.partition("/")[0]


def _decimal(units: int) -> Decimal:
    return Decimal(units).scaleb(-PLACES)


def _rows(chains: Chains, chain: str, found: Followed) -> dict[str, list[tuple[Any, ...]]]:
    outputs = [
        (origin, *about(chains, output), _decimal(units), found.spent.get(output, "").partition("/")[2] or None)
        for output, pieces in found.holds.items()
        for origin, units in pieces
        if origin is not None
    ]
    ends, proof = [], []
    for origin, marked in found.marked.items():
        unspent = _of(origin, (pieces for output, pieces in found.holds.items() if output not in found.spent))
        fee, cut = _of(origin, found.fees.values()), found.cut[origin]
        amounts = [_decimal(units) for units in (marked, unspent, fee, cut, marked - unspent - fee - cut)]
        named = zip(("unspent", "fee", "cut off"), amounts[1:4], strict=True)
        ends += [(origin, end, amount, chain) for end, amount in named if amount]
        proof.append((origin, chain, *amounts))
    already = [
        ("already linked", about(chains, output)[0], origin, _decimal(units), chain)
        for output, origin, units in found.already
    ]
    return {"outputs": outputs, "ends": ends, "proof": proof, "remarks": already}


def _of(origin: str, every: Iterable[list[Piece]]) -> int:
    return sum(units for pieces in every for label, units in pieces if label == origin)

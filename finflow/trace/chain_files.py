"""Transactions of chains as their files hold them, and the marks of a case as parts of outputs.

The lines of a case say what each watched address gained or paid on balance. Which output a transaction spent stands
only in the file as it was received, so the originals are read again, after their SHA-256 was compared.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import duckdb
import polars as pl

from finflow.custody import sha256
from finflow.errors import FinflowError, VerificationFailed
from finflow.load.json_text import items
from finflow.load.mapping import parse_mapping
from finflow.money import PLACES
from finflow.trace.outputs import Output, Transaction

_FILES = """
    SELECT source_file.file_id, source_file.name, mapping.content
    FROM source_file INNER JOIN mapping USING (mapping_id) WHERE format = 'utxo' ORDER BY source_file.file_id
"""
_LEFT_OUT = """
    SELECT file_id, locator FROM rejected_row
    UNION ALL
    SELECT file_id, locator FROM skipped_row WHERE rule IN ('transaction listed again', 'unconfirmed transaction')
"""
_PRIVILEGED = "SELECT file_id, locator FROM privileged INNER JOIN entry USING (entry_id)"
_LINES = """
    SELECT leg.leg_id, entry.file_id, entry.locator, leg.account_id, leg.side, leg.amount
    FROM leg INNER JOIN entry USING (entry_id)
"""


@dataclass
class Chains:
    """Transactions of all files, and where each stands. A transaction is called chain/txid here."""

    transactions: dict[str, Transaction] = field(default_factory=dict)
    places: dict[tuple[str, str], str] = field(default_factory=dict)  # file and tx[n] -> transaction
    addresses: dict[Output, str] = field(default_factory=dict)
    privileged: set[str] = field(default_factory=set)  # transactions whose addresses nobody may use


def read_chains(folder: Path, con: duckdb.DuckDBPyConnection) -> Chains:
    """All transactions of the chain files that count. Raises VerificationFailed for an original that was changed."""
    chains, left_out = Chains(), set(con.execute(_LEFT_OUT).fetchall())
    for file_id, name, content in con.execute(_FILES).fetchall():
        chain = parse_mapping(content, name).chain
        for number, item in enumerate(items(_original(folder, file_id), name), 1):
            if (file_id, f"tx[{number}]") not in left_out:
                _keep(chains, f"{chain}/{item.value['txid']}", str(chain), item.value)
            chains.places[file_id, f"tx[{number}]"] = f"{chain}/{item.value.get('txid')}"
    for file_id, locator in con.execute(_PRIVILEGED).fetchall():
        chains.privileged.add(chains.places.get((file_id, _place(locator)), ""))
    return chains


def _place(locator: str | None) -> str:
    """Where a transaction stands in its file, from the locator of a line of it."""
    found = re.match(r"tx\[\d+\]", locator or "")
    return found[0] if found else ""


def _original(folder: Path, file_id: str) -> Path:
    path = folder / "originals" / file_id
    if not path.exists() or sha256(path) != file_id:
        raise VerificationFailed(
            f"originals/{file_id[:16]}…: missing or changed. Put back the file as it was received; finflow custody "
            "CASE checks them all."
        )
    return path


def _keep(chains: Chains, name: str, chain: str, tx: Any) -> None:
    if name in chains.transactions:
        return
    status = tx["status"]
    spent = [one for one in tx["vin"] if one.get("is_coinbase") is not True]
    block = status.get("block_hash") or status.get("block_height")
    chains.transactions[name] = Transaction(
        txid=name,
        moment=status["block_time"],
        spends=tuple((_spends(chain, one), one["prevout"]["value"]) for one in spent),
        makes=tuple(one["value"] for one in tx["vout"]),
        coinbase=len(spent) < len(tx["vin"]),
        block=f"{chain}/{block}" if block is not None else None,
    )
    for number, one in enumerate(tx["vout"]):
        chains.addresses[name, number] = one.get("scriptpubkey_address") or ""


def _spends(chain: str, one: Any) -> Output | None:
    named = isinstance(one.get("txid"), str) and type(one.get("vout")) is int
    return (f"{chain}/{one['txid']}", one["vout"]) if named else None


def marks_on_outputs(
    con: duckdb.DuckDBPyConnection, chains: Chains, given: pl.DataFrame
) -> tuple[list[tuple[Output, str, int]], int]:
    """The marks as parts of outputs (output, origin, units), and how many are on no chain.

    Raises FinflowError for a mark on a line that money left by, or when none is on a chain.
    """
    lines = {row[0]: row[1:] for row in con.execute(_LINES).fetchall()}
    marks: list[tuple[Output, str, int]] = []
    elsewhere = 0
    for leg, origin, amount in given.rows():
        file_id, locator, account, side, whole = lines.get(leg, (None,) * 5)
        tx = chains.places.get((file_id, _place(locator)))
        if tx is None:
            elsewhere += 1
        elif side != "CRDT":
            raise FinflowError(f"The mark on {leg} is on a line that money left by. Mark the line it came in by.")
        else:
            rest = int((whole if amount is None else amount).scaleb(PLACES))
            marks += _parts(chains, tx, account.partition("/")[2], origin, rest)
    if not marks:
        raise FinflowError(
            "No mark is on a line of a chain. Mark lines by which money came to a watched address: finflow decide CASE "
            "LEG_ID proceeds --label ORIGIN --by NAME --why REASON."
        )
    return marks, elsewhere


def _parts(chains: Chains, tx: str, address: str, origin: str, rest: int) -> Iterator[tuple[Output, str, int]]:
    for number, units in enumerate(chains.transactions[tx].makes):
        part = min(rest, units) if chains.addresses[tx, number] == address else 0
        rest -= part
        if part:
            yield (tx, number), origin, part


def about(chains: Chains, output: Output) -> tuple[str, str, str, date]:
    """Name of an output, its address, its chain, its day."""
    chain, _, txid = output[0].partition("/")
    day = datetime.fromtimestamp(chains.transactions[output[0]].moment, UTC).date()
    address = "" if output[0] in chains.privileged else chains.addresses[output]
    return f"{txid}:{output[1]}", address, chain, day

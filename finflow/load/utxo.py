"""Transactions of chains without accounts (Bitcoin and its kin), as JSON lists of block explorers print them.

The mapping says which addresses are watched (`inside`) and on which `chain`. What an address pays and gets back in one
transaction is netted. Each watched address gives one record, at its first input or output (`tx[3]/vin[1]`). A sole
payer's record is split among those paid, and the fee is a record of its own (`tx[3]/fee`); with several payers the
transaction does not say who paid whom, so nothing is split and no payer is named.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

from finflow.errors import FinflowError
from finflow.load.json_text import Item, items
from finflow.load.mapping import Mapping
from finflow.load.records import DETAIL_PARTS, Batch, Readable, Reading, numbered, text_frame
from finflow.money import PLACES

UTXO = re.compile(r'[\[{](?=.*"vin"\s*:)(?=.*"vout"\s*:)', re.DOTALL)
RECORDS = 5_000
MOST = 10**18  # units of one output; more is no amount
PARTS = (
    "locator", "account", "amount", "side", "booking_date", "booked_at", "counterparty_account", "default_kind", "code",
    "end_to_end_id", "bank_reference", "details", "rule", "fault",
)  # fmt: skip
PRINTED = {"booking_date": "status.block_time"}
Parts = dict[str, str | None]


def open_utxo(path: Path, name: str, mapping: Mapping | None, case_zone: str) -> Readable:
    """A JSON file of transactions as records. `name` is the file name for messages; block times are UTC.

    Raises FinflowError without a mapping, and while records are taken for what is no list of transactions.
    """
    if mapping is None or mapping.chain is None:
        raise FinflowError(
            f"{name} holds transactions of a chain, and nothing says which addresses are watched. Write a mapping with "
            'format = "utxo", chain = "BTC" and inside = ["...", "..."], then load again.'
        )
    reading = Reading(
        mapping=mapping,
        moments="%Y-%m-%d %H:%M:%S",
        case_zone=case_zone,
        fixed={"currency": mapping.chain, "bank": mapping.chain},
        printed=PRINTED,
    )
    return Readable(reading, _Reader(path, name, mapping.inside).batches())


@dataclass
class _Flow:
    """One transaction: what each address gains (+) or pays (-) in units, where it first stands, and the fee."""

    net: dict[str, int] = field(default_factory=dict)
    place: dict[str, str] = field(default_factory=dict)
    nameless: set[str] = field(default_factory=set)  # outputs without an address, by their place
    fee: int = 0
    coinbase: bool = False

    def move(self, holder: Any, place: str, sign: int) -> None:
        """Take in one input or output. Raises ValueError saying what is wrong with it."""
        value, address = holder.get("value"), holder.get("scriptpubkey_address")
        if type(value) is not int or not 0 <= value < MOST:
            raise ValueError(f"the value of {place} is no whole number of units")
        if not isinstance(address, str) or not address.strip():
            address = place
            self.nameless.add(place)
        self.net[address] = self.net.get(address, 0) + sign * value
        self.place.setdefault(address, place)
        self.fee -= sign * value

    @property
    def payers(self) -> list[str]:
        """The addresses that paid on balance."""
        return [address for address, value in self.net.items() if value < 0]

    @property
    def paid(self) -> list[str]:
        """The addresses that received on balance."""
        return [address for address, value in self.net.items() if value > 0]

    def sole(self, addresses: list[str]) -> str | None:
        """The one address of a list that has just one."""
        return self.named(addresses[0]) if len(addresses) == 1 else None

    def named(self, address: str) -> str | None:
        """An address, or None for an output that has none."""
        return None if address in self.nameless else address


class _Reader:
    def __init__(self, path: Path, name: str, inside: list[str]) -> None:
        self._path, self._name, self._inside = path, name, {address.strip() for address in inside}
        self._known: set[str] = set()
        self._met: set[str] = set()
        self._several = 0

    def batches(self) -> Iterator[Batch]:
        """Every transaction of the file: its watched addresses, else one record that says why there is none."""
        taken, number, done = _Taken(), 0, 0
        for number, item in enumerate(items(self._path, self._name), 1):
            self._take(item, f"tx[{number}]", taken)
            done = item.done
            if len(taken.records) >= RECORDS:
                yield taken.batch(done, [])
                taken = _Taken()
        if not number:
            raise FinflowError(f"{self._name} holds no transaction. Ask for the list of transactions as JSON.")
        yield taken.batch(done, self._notes())

    def _take(self, item: Item, locator: str, taken: "_Taken") -> None:
        try:
            found = list(self._records(item.value))
        except ValueError as why:
            found = [({"fault": str(why)}, [])]
        for parts, split in found:
            place = parts.get("locator")
            taken.add(parts | {"locator": f"{locator}/{place}" if place else locator}, item.text, split)

    def _records(self, tx: Any) -> Iterator[tuple[Parts, list[Parts]]]:
        """The records of a transaction with the payments each bundles. Raises ValueError saying what it lacks."""
        stamped = self._stamped(tx)
        if stamped["rule"] is not None:
            yield stamped, []
            return
        flow = _flow(tx)
        watched = [address for address in flow.net if address in self._inside]
        if not watched:
            yield {"rule": "no side inside"}, []
            return
        self._met.update(watched)
        self._several += len(flow.payers) > 1
        for address in watched:
            for parts, split in _records(flow, address):
                yield stamped | {"account": address} | parts, split

    def _stamped(self, tx: Any) -> Parts:
        """Name and time of a transaction, or the rule that leaves it out."""
        name, status = tx.get("txid"), tx.get("status")
        if not isinstance(name, str) or not isinstance(status, dict):
            raise ValueError("it has no txid or no status, so it is no transaction")
        known, at = name in self._known, status.get("block_time")
        self._known.add(name)
        if known or status.get("confirmed") is False:
            return {"rule": "transaction listed again" if known else "unconfirmed transaction"}
        if type(at) is not int or not 0 <= at < 1 << 32:
            raise ValueError("status.block_time is no Unix time")
        printed = f"{datetime.fromtimestamp(at, UTC):%Y-%m-%d %H:%M:%S}"
        return {
            "booking_date": printed[:10],
            "booked_at": printed,
            "end_to_end_id": name,
            "bank_reference": name,
            "rule": None,
        }

    def _notes(self) -> list[str]:
        absent = len(self._inside - self._met)
        several = (
            f"Transactions with several payers: {self._several}. They do not say who paid whom, so their lines name no "
            "payer, and what a payer paid holds its part of the fee"
        )
        missing = f"Addresses under inside that are in no transaction of it: {absent} of {len(self._inside)}"
        return [*([several] if self._several else []), *([missing] if absent else [])]


@dataclass
class _Taken:
    """What was read since the last batch."""

    records: list[Parts] = field(default_factory=list)
    details: list[Parts] = field(default_factory=list)
    texts: list[str] = field(default_factory=list)

    def add(self, parts: Parts, text: str, split: list[Parts]) -> None:
        """Take one record and the payments it bundles."""
        self.records.append(parts | ({"details": str(len(split))} if split else {}))
        self.details += [
            payment | {"locator": parts["locator"], "detail_no": str(number)} for number, payment in enumerate(split, 1)
        ]
        self.texts.append(text)

    def batch(self, done: int, notes: list[str]) -> Batch:
        return Batch(
            records=numbered(text_frame(self.records, PARTS)),
            raw=lambda indexes: [self.texts[index] for index in indexes],
            done=done,
            details=text_frame(self.details, DETAIL_PARTS),
            notes=notes,
        )


def _flow(tx: Any) -> _Flow:
    """What a transaction moves. Raises ValueError saying what it lacks."""
    flow = _Flow()
    for number, spent in enumerate(_listed(tx, "vin"), 1):
        if spent.get("is_coinbase") is True:
            flow.coinbase = True
        elif not isinstance(spent.get("prevout"), dict):
            raise ValueError(f"vin[{number}] has no prevout, so what it spends is not known")
        else:
            flow.move(spent["prevout"], f"vin[{number}]", -1)
    for number, made in enumerate(_listed(tx, "vout"), 1):
        flow.move(made, f"vout[{number}]", 1)
    if flow.coinbase:
        flow.fee = 0
    elif flow.fee < 0 or tx.get("fee", flow.fee) != flow.fee:
        raise ValueError("what its inputs hold is not what its outputs and its fee come to")
    return flow


def _listed(tx: Any, name: str) -> list[Any]:
    found = tx.get(name)
    if not isinstance(found, list) or not found or not all(isinstance(one, dict) for one in found):
        raise ValueError(f"{name} is no list of its parts")
    return found


def _records(flow: _Flow, address: str) -> Iterator[tuple[Parts, list[Parts]]]:
    """The records of a watched address: what it moved, split when that is known, and the fee when it alone paid."""
    place, value = flow.place[address], flow.net[address]
    if value >= 0:
        code, kind = ("coinbase", "other") if flow.coinbase else (None, "transfer")
        other = None if flow.coinbase else flow.sole(flow.payers)
        yield _record(place, value, "CRDT", kind) | {"code": code, "counterparty_account": other}, []
        return
    alone, paid = len(flow.payers) == 1, flow.paid
    moved = -value - (flow.fee if alone else 0)
    if moved:
        split = [_payment(flow, other) for other in paid] if alone and len(paid) > 1 else []
        yield _record(place, moved, "DBIT", "transfer") | {"counterparty_account": flow.sole(paid)}, split
    if alone and flow.fee:
        yield _record("fee", flow.fee, "DBIT", "fee"), []


def _record(place: str, units: int, side: str, kind: str) -> Parts:
    return {"locator": place, "amount": _printed(units), "side": side, "default_kind": kind}


def _payment(flow: _Flow, address: str) -> Parts:
    return {"amount": _printed(flow.net[address]), "counterparty_account": flow.named(address)}


def _printed(units: int) -> str:
    """Units of a chain as its exact decimal."""
    return f"{Decimal(units).scaleb(-PLACES):f}"

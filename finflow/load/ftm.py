"""FollowTheMoney entities, one JSON object on each line: every Payment is a record, on its line (`L12`).

Names and accounts stand in entities of their own, in any order: one pass finds what the payments name, a second reads
those entities, a third gives the records, so that memory holds no more than the parties of the payments. Whose ledger
it is, the mapping declares (`inside`); a payment between two of them stands for both legs.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from typing import Any

from finflow.errors import FinflowError
from finflow.load.days import day_and_moment
from finflow.load.json_text import Item, lines
from finflow.load.mapping import Mapping
from finflow.load.records import Batch, Readable, Reading, TwoSides, numbered, text_frame

FTM = re.compile(r'\{(?=[^\n]*"schema"\s*:)(?=[^\n]*"properties"\s*:\s*\{)')
RECORDS = 5_000
ENDS = {"debtor": ("payer", "payerAccount"), "creditor": ("beneficiary", "beneficiaryAccount")}
PARTS = (
    "locator", "amount", "currency", "booking_date", "booked_at", "debtor_account", "debtor_name", "debtor_bank",
    "creditor_account", "creditor_name", "creditor_bank", "narrative", "additional", "bank_reference", "rule", "fault",
)  # fmt: skip
PRINTED = {"booking_date": "date", "booked_at": "date"}
Parts = dict[str, str | None]
OTHER: Parts = {"rule": "not a payment"}
AGAIN: Parts = {"fault": "a payment of the same id stands on a line before"}


def open_ftm(path: Path, name: str, mapping: Mapping | None, case_zone: str) -> Readable:
    """A file of FollowTheMoney entities as records. `name` is the file name for messages.

    Raises FinflowError without a mapping, and while records are taken for a line that is no entity.
    """
    if mapping is None:
        raise FinflowError(
            f"{name} holds FollowTheMoney entities, and nothing says whose ledger it is. Write a mapping with "
            'format = "ftm" and inside = ["account, or name as printed", "..."], then load again.'
        )
    reading = Reading(
        mapping=mapping,
        two_sided=TwoSides(mapping.inside, whole=True),
        moments="%Y-%m-%dT%H:%M:%S",
        zone=mapping.time_zone or case_zone,
        case_zone=case_zone,
        fixed={"bank": mapping.bank or mapping.name},
        printed=PRINTED,
    )
    return Readable(reading, _batches(path, name, reading.zone))


@dataclass
class _Known:
    """What the entities that payments name say: names, accounts with their bank, owners of accounts."""

    wanted: set[str] = field(default_factory=set)
    names: dict[str, str] = field(default_factory=dict)
    accounts: dict[str, tuple[str | None, str | None]] = field(default_factory=dict)
    owners: dict[str, set[str]] = field(default_factory=dict)


def _batches(path: Path, name: str, zone: str) -> Iterator[Batch]:
    known, met, done = _known(path, name), set[str](), 0
    taken: list[Parts] = []
    texts: list[str] = []
    for item in lines(path, name):
        schema, properties = _entity(item, name)
        entity, done = item.value["id"], item.done
        parts = _payment(properties, known, zone) if schema == "Payment" else OTHER
        taken.append((AGAIN if schema == "Payment" and entity in met else parts) | {"locator": f"L{item.line}"})
        texts.append(item.text)
        met.update([entity] if schema == "Payment" else [])
        if len(taken) >= RECORDS:
            yield _batch(taken, texts, done)
            taken, texts = [], []
    if not met:
        raise FinflowError(f"{name} holds no Payment. Ask for the export with its payments.")
    yield _batch(taken, texts, done)


def _batch(taken: list[Parts], texts: list[str], done: int) -> Batch:
    return Batch(
        records=numbered(text_frame(taken, PARTS)), raw=lambda indexes: [texts[index] for index in indexes], done=done
    )


def _known(path: Path, name: str) -> _Known:
    """What the payments name, wherever in the file it stands."""
    known = _Known()
    for item in lines(path, name, "Payment"):
        schema, properties = _entity(item, name)
        if schema == "Payment":
            known.wanted.update(one for ends in ENDS.values() for end in ends for one in _values(properties, end))
    for item in lines(path, name, "Ownership"):
        schema, properties = _entity(item, name)
        for asset in known.wanted.intersection(_values(properties, "asset")) if schema == "Ownership" else ():
            known.owners.setdefault(asset, set()).update(_values(properties, "owner"))
    known.wanted.update(*known.owners.values())
    for item in lines(path, name):
        schema, properties = _entity(item, name)
        if item.value["id"] in known.wanted:
            _learn(known, item.value["id"], schema, properties)
    return known


def _learn(known: _Known, entity: str, schema: str, properties: dict[str, Any]) -> None:
    """Keep the first name of a party, or the number of an account."""
    if schema == "BankAccount":
        known.accounts[entity] = (_first(properties, "iban", "accountNumber"), _first(properties, "bic", "bankName"))
    elif name := _first(properties, "name"):
        known.names.setdefault(entity, name)


def _entity(item: Item, name: str) -> tuple[str, dict[str, Any]]:
    """Schema and properties of a line. Raises FinflowError when it is no entity."""
    value = item.value
    schema, properties = value.get("schema"), value.get("properties")
    if not (isinstance(schema, str) and isinstance(properties, dict) and isinstance(value.get("id"), str)):
        raise FinflowError(
            f"{name} L{item.line} is no FollowTheMoney entity (id, schema, properties). Ask for the export again."
        )
    return schema, properties


def _values(properties: dict[str, Any], key: str) -> list[str]:
    """The values of a property, each once."""
    found = properties.get(key)
    listed = found if isinstance(found, list) else [found]
    return list(
        dict.fromkeys(str(one).strip() for one in listed if isinstance(one, str | int | Decimal) and str(one).strip())
    )


def _first(properties: dict[str, Any], *keys: str) -> str | None:
    """The first value of the first of several properties that has one."""
    return next((one for key in keys for one in _values(properties, key)), None)


def _payment(properties: dict[str, Any], known: _Known, zone: str) -> Parts:
    """One Payment as the parts of a record. Where a property has several values, which holds is not known."""
    single = ("amount", "currency", "date", "startDate", *(end for ends in ENDS.values() for end in ends))
    several = [key for key in single if len(_values(properties, key)) > 1]
    if several:
        return {"fault": f"{' and '.join(several)} with several values"}
    one = {key: _first(properties, key) for key in single}
    day, moment = day_and_moment(one["date"] or one["startDate"], zone)
    parts: Parts = {
        "amount": one["amount"],
        "currency": one["currency"],
        "booking_date": day,
        "booked_at": moment,
        "narrative": " ".join(_values(properties, "purpose")) or None,
        "additional": " ".join(_values(properties, "programme")) or None,
        "bank_reference": _first(properties, "transactionNumber"),
    }
    for end, (party, account) in ENDS.items():
        number, bank = known.accounts.get(one[account] or "", (None, None))
        name = known.names.get(one[party] or "") or _owner(known, one[account])
        parts |= {f"{end}_account": number, f"{end}_bank": bank, f"{end}_name": name}
    return parts


def _owner(known: _Known, account: str | None) -> str | None:
    """The name of the one owner of an account."""
    owners = known.owners.get(account or "", set())
    return known.names.get(next(iter(owners))) if len(owners) == 1 else None

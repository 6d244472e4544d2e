"""What the companion of an MT940 file (.yml, written by the mt-940 library's authors) states, as plain values."""

import base64
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import yaml


class _Loader(yaml.SafeLoader):
    """Reads the objects of that library as the dictionaries, lists and texts they are made of."""


def _plain(loader: yaml.SafeLoader, suffix: str, node: yaml.Node) -> Iterator[Any]:
    """The object, empty at first where it may hold itself."""
    if isinstance(node, yaml.MappingNode):
        found: dict[str, Any] = {}
        yield found
        found |= loader.construct_mapping(node)
    elif suffix.endswith("Decimal"):
        yield Decimal(loader.construct_sequence(node)[0])
    elif isinstance(node, yaml.SequenceNode):
        yield loader.construct_sequence(node)
    else:
        yield loader.construct_scalar(node)


_Loader.add_multi_constructor("tag:yaml.org,2002:python/", _plain)


def companion(path: Path) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    """Balances and account of the last statement, and every transaction: signed amount, currency and dates."""
    read = yaml.load(path.read_text(encoding="utf-8"), _Loader)
    data, transactions = read["data"], read["transactions"]
    balances = {name: _balance(data[name]) for name in data if name.endswith("_balance")}
    return balances, [_transaction(found["data"]) for found in transactions if "amount" in found["data"]]


def _balance(found: dict[str, Any]) -> tuple[Decimal, str]:
    amount = found["amount"]["amount"]
    return (-amount if found["status"] == "D" and amount > 0 else amount), _day(found["date"])


def _transaction(data: dict[str, Any]) -> dict[str, Any]:
    days = {name: _day(data[name]) for name in ("date", "entry_date") if data.get(name)}
    return {
        "amount": data["amount"]["amount"],
        "currency": data["amount"]["currency"],
        "status": data["status"],
        **days,
    }


def _day(pickled: Any) -> str:
    """Two bytes of the year, one of the month, one of the day, as Python keeps a date."""
    raw = pickled[0] if isinstance(pickled[0], bytes) else base64.b64decode(pickled[0])
    return f"{int.from_bytes(raw[:2], 'big'):04}-{raw[2]:02}-{raw[3]:02}"

"""Elbufer's files: MT940, a file for each account and year, a statement for each month; days only, no times."""

import datetime as dt
import unicodedata

from finflow.sample.ledger import Entry
from finflow.sample.write_camt import Statement, decimal, iban_of, information, name_of, reference

_BUSINESS_CODES = {
    ("transfer", "CRDT"): "166", ("transfer", "DBIT"): "116", ("card_payment", "DBIT"): "106",
    ("cash_deposit", "CRDT"): "082", ("cash_withdrawal", "DBIT"): "083", ("fee", "DBIT"): "808",
}  # fmt: skip
_SPECIAL = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue", "Ä": "Ae", "Ö": "Oe", "Ü": "Ue", "ß": "ss"})
_PIECE, _LINE = 27, 65


def mt940(statements: list[Statement]) -> tuple[str, list[tuple[Entry, str]]]:
    """One file, and where each entry stands in it (its lines, from 1)."""
    lines: list[str] = []
    places = []
    for number, statement in enumerate(statements, 1):
        lines += _head(statement, number)
        for entry in statement.entries:
            start = len(lines) + 1
            lines += _entry(entry)
            places.append((entry, f"L{start}-{len(lines)}"))
        lines += [_balance("62F", statement.closing, statement.until - dt.timedelta(days=1)), "-"]
    return "\n".join(lines) + "\n", places


def _head(statement: Statement, number: int) -> list[str]:
    return [
        f":20:ELB{statement.first:%y%m}{statement.account.iban[-4:]}",
        f":25:{statement.account.iban}",
        f":28C:{number:05d}/001",
        _balance("60F", statement.opening, statement.first),
    ]


def _balance(tag: str, cents: int, day: dt.date) -> str:
    return f":{tag}:C{day:%y%m%d}EUR{decimal(cents, ',')}"


def _entry(entry: Entry) -> list[str]:
    mark = "C" if entry.side == "CRDT" else "D"
    if entry.movement.reverses:
        mark = "RD" if entry.side == "CRDT" else "RC"
    code = "MSC" if entry.movement.kind.startswith("cash") else "TRF"
    amount = decimal(entry.amount, ",")
    first = f":61:{entry.when:%y%m%d%m%d}{mark}{amount}N{code}NONREF//{reference(entry)}"
    return [first, *_information(entry)]


def _information(entry: Entry) -> list[str]:
    """Field 86 in the German way: business code, then subfields, cut into lines."""
    parts = [_BUSINESS_CODES[entry.movement.kind, entry.side], *_purpose(entry)]
    number, name = iban_of(entry.other), ascii_text(name_of(entry.other))
    if number:
        parts.append(f"?31{number}")
    if name:
        parts.append(f"?32{name[:_PIECE]}")
    return _folded(":86:" + "".join(parts))


def _folded(text: str) -> list[str]:
    """Lines of at most 65 signs, none of which ends in a blank."""
    lines = []
    while len(text) > _LINE:
        cut = len(text[:_LINE].rstrip())
        lines.append(text[:cut])
        text = text[cut:]
    return [*lines, text]


def _purpose(entry: Entry) -> list[str]:
    movement = entry.movement
    words = " ".join(filter(None, (movement.text, information(entry))))
    text = (f"EREF+{movement.reference}" if movement.reference else "") + (f"SVWZ+{words}" if words else "")
    text = ascii_text(text)
    pieces = [text[start : start + _PIECE] for start in range(0, len(text), _PIECE)]
    return [f"?{20 + number}{piece}" for number, piece in enumerate(pieces[:10])]


def ascii_text(text: str) -> str:
    """Text in the letters SWIFT allows."""
    plain = unicodedata.normalize("NFKD", text.translate(_SPECIAL))
    return "".join(sign for sign in plain if sign.isascii())

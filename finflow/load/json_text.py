"""JSON that is read an object at a time: exact numbers, bounded memory, and words for what is no JSON."""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

from finflow.errors import FinflowError
from finflow.load.decoding import pieces

LARGEST = 64 << 20  # characters of one object or line; a longer one is no transaction and no entity
_BETWEEN = re.compile(r"[\s,]*")
_OPENING = re.compile(r"\s*\[")
_DECODER = json.JSONDecoder(parse_float=Decimal, parse_constant=lambda name: None)


@dataclass(frozen=True)
class Item:
    """One object of a file: its value, its text, the line it stands on, bytes of the file read so far."""

    value: Any
    text: str
    line: int
    done: int


def lines(path: Path, name: str, holding: str = "") -> Iterator[Item]:
    """The objects of a file with one on each line, those whose text holds `holding`. Raises FinflowError naming the
    line that is no object.
    """
    read, left, done = 0, "", 0
    for piece, done in pieces(path, name, "utf-8"):
        *whole, left = (left + piece.decode()).split("\n")
        for number, line in enumerate(whole, read + 1):
            if holding in line and line.strip():
                yield _line(line, name, number, done)
        read += len(whole)
        _refuse_endless(len(left), name)
    if holding in left and left.strip():
        yield _line(left, name, read + 1, done)


def items(path: Path, name: str) -> Iterator[Item]:
    """The objects of one list, or of a file with one after another; their line is not known and 0.

    Raises FinflowError for what is no JSON and for a list that does not end.
    """
    text, at, listed, done = "", 0, None, 0
    for piece, done in pieces(path, name, "utf-8"):
        text, at = text[at:] + piece.decode(), 0
        if listed is None:
            opening = _OPENING.match(text)
            listed, at = opening is not None, opening.end() if opening else 0
        while (found := _object(text, at := _end_of_gap(text, at))) is not None:
            yield Item(found[0], text[at : found[1]], 0, done)
            at = found[1]
        _refuse_endless(len(text) - at, name)
    if text[at:].strip() != ("]" if listed else ""):
        raise FinflowError(f"{name} is not whole JSON: it is cut off or damaged. Ask for it again.")


def _line(line: str, name: str, number: int, done: int) -> Item:
    text = line.strip()
    found = _object(text, 0)
    if found is None or found[1] != len(text):
        raise FinflowError(
            f"{name} L{number} is not one JSON object: the file is cut off or damaged. Ask for it again."
        )
    return Item(found[0], text, number, done)


def _end_of_gap(text: str, at: int) -> int:
    gap = _BETWEEN.match(text, at)
    return gap.end() if gap else at


def _object(text: str, at: int) -> tuple[Any, int] | None:
    """The object that begins at a place and where it ends; None when none is whole there."""
    if not text.startswith("{", at):
        return None
    try:
        return _DECODER.raw_decode(text, at)
    except (ValueError, RecursionError):
        return None


def _refuse_endless(size: int, name: str) -> None:
    if size > LARGEST:
        raise FinflowError(f"{name} holds {LARGEST >> 20} MB without a whole object. Ask for it again.")

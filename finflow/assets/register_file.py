"""Reads a register of assets, a CSV a person keeps: every cell checked, faults named by file, line and column."""

import csv
import io
import re
from collections.abc import Callable, Iterator
from datetime import date
from decimal import Decimal, InvalidOperation
from difflib import get_close_matches
from pathlib import Path
from typing import Any

from finflow.errors import FinflowError
from finflow.money import to_minor

KINDS = (
    "bank_balance", "cash", "claim", "real_estate", "vehicle", "company_share", "security", "crypto", "valuables",
)  # fmt: skip
FOUND = "found-"
"""Assets the case finds by itself have ids that begin like this."""

REQUIRED = (
    "asset_id", "kind", "description", "state", "holder_party_id", "amount", "currency", "valued_on", "value_source",
)  # fmt: skip
OPTIONAL = (
    "beneficial_owner_party_id", "encumbrance", "encumbrance_holder", "account_id", "good_faith_question", "use_note",
)  # fmt: skip
DECIDED = ("decided_by", "decided_on", "why")
_KNOWN = (*REQUIRED, *OPTIONAL, "payments", *DECIDED, "evidence")
_IBAN = re.compile(r"[A-Z]{2}[0-9]{2}[A-Z0-9]{8,30}")


def read_register(name: str, data: bytes) -> list[dict[str, Any]]:
    """The rows of a register: a value for every column, `_where` for messages, `_locator` (L2, or L2-3).

    Raises FinflowError naming file, line and column, never a value.
    """
    reader = csv.DictReader(io.StringIO(_text(name, data), newline=""))
    _check_columns(name, reader.fieldnames)
    try:
        rows = [_row(cells, where, locator) for cells, where, locator in _lines(name, reader)]
    except csv.Error:
        raise FinflowError(
            f"{name}, line {reader.line_num}: the line is no CSV. Save the file again as CSV UTF-8."
        ) from None
    if not rows:
        raise FinflowError(f"{name} holds no asset. Add a line for each asset below the header.")
    return _refuse_repeated(rows)


def _text(name: str, data: bytes) -> str:
    if not data.strip():
        raise FinflowError(f"{name} is empty. It needs the columns {', '.join(REQUIRED)}.")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise FinflowError(f"{name} is not UTF-8. Save it as CSV UTF-8, then repeat.") from None


def _check_columns(name: str, found: Any) -> None:
    needed = REQUIRED if not {*DECIDED} & {*found} else (*REQUIRED, *DECIDED)
    for column in needed:
        if column not in found:
            raise FinflowError(f"{name} lacks column {column}. It needs, separated by commas: {', '.join(needed)}.")
    for column in found:
        if column not in _KNOWN:
            near = get_close_matches(column, _KNOWN, n=3) or _KNOWN
            raise FinflowError(f"{name}: column {column} is not known. Did you mean: {', '.join(near)}?")


def _lines(name: str, reader: "csv.DictReader[str]") -> Iterator[tuple[dict[str, str | None], str, str]]:
    before = reader.line_num
    for row in reader:
        first, last = before + 1, reader.line_num
        before = last
        where = f"{name}, line {first}"
        if None in row:
            raise FinflowError(f"{where}: more cells than columns. Put cells that hold a comma in quotation marks.")
        cells = {column: (value or "").strip() or None for column, value in row.items()}
        yield cells, where, f"L{first}" if first == last else f"L{first}-{last}"


def _row(cells: dict[str, str | None], where: str, locator: str) -> dict[str, Any]:
    for column in REQUIRED:
        if cells[column] is None:
            raise FinflowError(f"{where}: {column} is empty.")
    row: dict[str, Any] = {column: cells.get(column) for column in (*REQUIRED, *OPTIONAL)}
    for column, read in _READ.items():
        row[column] = _read(row[column], where, column, read)
    for column in ("amount", "encumbrance"):
        _check_amount(row[column], str(row["currency"]), where, column)
    return row | _payments(cells, where) | {"_where": where, "_locator": locator}


def _read(value: str | None, where: str, column: str, read: Callable[[str], Any]) -> Any:
    try:
        return None if value is None else read(value)
    except (ValueError, InvalidOperation) as error:
        raise FinflowError(f"{where}: {column} {_FAULTS.get(column) or error}") from None


def _asset_id(value: str) -> str:
    if value.startswith(FOUND):
        raise ValueError(f"must not begin with {FOUND}: assets that the case finds are called so.")
    return value


def _kind(value: str) -> str:
    if value not in KINDS:
        raise ValueError(f"is not known. Use one of: {', '.join(KINDS)}.")
    return value


def _state(value: str) -> str:
    if not re.fullmatch("[A-Z]{2}", value):
        raise ValueError
    return value


def _account(value: str) -> str:
    closed = value.replace(" ", "").upper()
    return closed if _IBAN.fullmatch(closed) else value


def _amount(value: str) -> Decimal:
    number = Decimal(value)
    if not number.is_finite():
        raise ValueError
    return number


_READ: dict[str, Callable[[str], Any]] = {
    "asset_id": _asset_id, "kind": _kind, "state": _state, "valued_on": date.fromisoformat, "amount": _amount,
    "encumbrance": _amount, "account_id": _account,
}  # fmt: skip
_NO_NUMBER = "is no number. Write it with a point and no groups: 1250.00"
_FAULTS = {
    "state": "is no ISO 3166 code of a State. Write two capitals, for example NL.",
    "valued_on": "is no day. Write it as YYYY-MM-DD.",
    "amount": _NO_NUMBER,
    "encumbrance": _NO_NUMBER,
}


def _check_amount(amount: Decimal | None, currency: str, where: str, column: str) -> None:
    if amount is not None and amount < 0:
        raise FinflowError(f"{where}: {column} is negative. Write what it is worth as a positive amount.")
    try:
        to_minor(amount or Decimal(0), currency)
    except FinflowError as error:
        if "decimals" in str(error):
            raise FinflowError(f"{where}: {column} has more decimals than {currency} allows.") from None
        raise FinflowError(f"{where}: currency is no ISO 4217 code, for example EUR.") from None


def _payments(cells: dict[str, str | None], where: str) -> dict[str, Any]:
    """The lines that paid and who says so; a payment nobody decided links nothing."""
    cited = [_cited(item, where) for item in (cells.get("payments") or "").split()]
    if cited and "decided_by" in cells:
        for column in DECIDED:
            if cells[column] is None:
                raise FinflowError(f"{where}: {column} is empty. A payment is linked by a named person with a reason.")
    decided = cells.get("decided_on")
    try:
        on = date.fromisoformat(decided) if decided else None
    except ValueError:
        raise FinflowError(f"{where}: decided_on is no day. Write it as YYYY-MM-DD.") from None
    said = {"decided_by": cells.get("decided_by"), "decided_on": on, "why": cells.get("why")}
    return {"_payments": cited, "_decided": {**said, "evidence": cells.get("evidence")}}


def _cited(item: str, where: str) -> tuple[str, str]:
    file, _, locator = item.partition("#")
    if not file or not locator:
        raise FinflowError(f"{where}: payments holds an item that is no file#locator, for example statement.csv#L17.")
    return file, locator


def _refuse_repeated(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    seen = set()
    for row in rows:
        if row["asset_id"] in seen:
            raise FinflowError(f"{row['_where']}: asset_id stands on two lines. Give each asset an id of its own.")
        seen.add(row["asset_id"])
    return rows


def read_bytes(path: Path) -> bytes:
    """The bytes of a register. Raises FinflowError when there is no such file."""
    try:
        return path.read_bytes()
    except OSError:
        raise FinflowError(f"{path.name}: there is no file of that name here, or it cannot be read.") from None

"""Decisions in bulk, from CSV files a person keeps: `case.decide_from`.

A bank line is cited by the name of its file and its locator, and found again by the hash of the file of that name.
"""

import csv
from collections.abc import Iterable, Iterator
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

import duckdb

from finflow.errors import FinflowError
from finflow.people import Decisions, amount_of, record

if TYPE_CHECKING:
    from finflow.case import Case


def decide_from(case: "Case", folder: str | Path) -> Decisions:
    """Record the decisions of parties.csv, roles.csv, proceeds.csv and the other files of COLUMNS in `folder`.

    Any other `*.csv` whose name begins with one of those words is read likewise, so that a set of links can be kept
    apart. Rows that stand already change nothing. Raises FinflowError naming file, line and column.
    """
    path = Path(folder)
    files = [path] if path.is_file() else sorted(path.glob("*.csv"), key=lambda file: (_order(file), file.name))
    if not files:
        raise FinflowError(f"{path.name} holds no CSV of decisions. Name a folder with parties.csv, roles.csv, ...")
    with case.reading("decide") as con:
        legs = _files(con)
    return record(case, [row for file in files for row in _read(file, legs)])


COLUMNS = {
    "parties": ("party_id", "name", "kind", "accounts"),
    "roles": ("party_id", "role", "valid_from", "valid_until"),
    "lists": ("value", "list"),
    "proceeds": ("file", "locator", "detail_no", "amount", "origin"),
    "cash_links": ("file", "locator", "withdrawal_file", "withdrawal_locator", "amount", "origin"),
    "gaps": ("account_id", "month"),
    "sharing": ("file", "partner"),
    "repaid": ("file", "locator", "detail_no", "origin"),
    "earlier_debits": ("file", "locator", "debit_file", "debit_locator", "amount", "evidence"),
    "elections": ("asset_id", "election"),
    "policies": ("policy", "value"),
}  # fmt: skip
"""Files by the word their name begins with, in the order in which they are read, and their columns."""
_WORDS = tuple(COLUMNS)

_LEG = {"subject": "locator", "object": "withdrawal_locator", "label": "origin"}
_PLAIN = {
    "roles": "role", "lists": "listed", "gaps": "gap_acknowledged", "sharing": "sharing_permitted",
    "elections": "election", "policies": "policy",
}  # fmt: skip
"""Files each line of which is one decision whose fields stand in columns as they are; and its kind."""
_LINES = {"proceeds": "proceeds", "cash_links": "cash_link", "repaid": "repaid", "earlier_debits": "earlier_debit"}
"""Files each line of which cites a bank line, and the kind of the decision."""
_CALLED = {
    "party": {"subject": "party_id", "object": "name", "label": "kind"},
    "holder": {"subject": "accounts", "object": "party_id"},
    "role": {"subject": "party_id", "object": "role"},
    "listed": {"subject": "value", "object": "list"},
    "proceeds": _LEG,
    "cash_link": _LEG,
    "gap_acknowledged": {"subject": "account_id", "object": "month", "label": "state"},
    "sharing_permitted": {"subject": "file", "object": "partner"},
    "repaid": _LEG,
    "earlier_debit": {"subject": "locator", "object": "debit_locator"},
    "election": {"subject": "asset_id", "label": "election"},
    "policy": {"subject": "policy", "object": "value"},
}
"""Columns in which the fields of a decision stand, by its kind."""


def _order(file: Path) -> int:
    return next((place for place, word in enumerate(_WORDS) if file.stem.startswith(word)), len(_WORDS))


def _read(file: Path, legs: dict[str, str]) -> Iterator[dict[str, Any]]:
    if _order(file) == len(_WORDS):
        raise FinflowError(f"{file.name} is no file of decisions. Its name must begin with: {', '.join(_WORDS)}.")
    word = _WORDS[_order(file)]
    for cells, where in lines(file, (*COLUMNS[word], "decided_by", "decided_on", "why")):
        for row in _rows(word, cells, where, legs):
            yield row | {"_columns": _CALLED[row["kind"]]}


def lines(file: Path, needed: tuple[str, ...]) -> Iterator[tuple[dict[str, str | None], str]]:
    """The lines of a CSV a person keeps, empty cells as None, each with where it stands for messages.

    Raises FinflowError for a file that is not there, is not UTF-8 or lacks a column of `needed`.
    """
    try:
        with file.open(encoding="utf-8-sig", newline="") as stream:
            reader = csv.DictReader(stream)
            _require(file, reader.fieldnames or [], needed)
            for row in reader:
                cells = {name: (value or "").strip() or None for name, value in row.items() if name is not None}
                yield cells, f"{file.name}, line {reader.line_num}"
    except UnicodeDecodeError:
        raise FinflowError(f"{file.name} is not UTF-8. Save it as CSV UTF-8, then repeat.") from None
    except OSError:
        raise FinflowError(f"{file.name}: there is no file of that name here, or it cannot be read.") from None


def _require(file: Path, found: Iterable[str], needed: tuple[str, ...]) -> None:
    missing = [name for name in needed if name not in found]
    if missing:
        raise FinflowError(f"{file.name} lacks column {missing[0]}. It needs: {', '.join(needed)}.")


def _rows(word: str, cells: dict[str, str | None], where: str, legs: dict[str, str]) -> Iterator[dict[str, Any]]:
    """The decisions one line stands for: a party line also says which accounts it holds."""
    common = {
        "label": None, "object": None, "amount": None,
        "valid_from": day(cells.get("valid_from"), where, "valid_from"),
        "valid_until": day(cells.get("valid_until"), where, "valid_until"),
        "decided_by": cells["decided_by"], "decided_on": day(cells["decided_on"], where, "decided_on"),
        "why": cells["why"], "evidence": cells.get("evidence"), "_where": where,
    }  # fmt: skip
    if common["decided_on"] is None:
        raise FinflowError(f"{where}: decided_on is empty. Write the day as YYYY-MM-DD.")
    if word == "parties":
        yield {**common, "kind": "party", "subject": cells["party_id"], "object": cells["name"], "label": cells["kind"]}
        for account in (cells["accounts"] or "").split():
            yield {**common, "kind": "holder", "subject": account, "object": cells["party_id"]}
    elif word in _PLAIN:
        kind = _PLAIN[word]
        yield {**common, "kind": kind, **{name: cells.get(column) for name, column in _CALLED[kind].items()}}
    else:
        yield {**common, **_leg_decision(word, cells, where, legs)}


def _leg_decision(word: str, cells: dict[str, str | None], where: str, legs: dict[str, str]) -> dict[str, Any]:
    kind, other = _LINES[word], {"cash_links": "withdrawal", "earlier_debits": "debit"}.get(word, "")
    found = {
        "kind": kind, "label": cells.get("origin"), "amount": amount_of(cells.get("amount"), where),
        "subject": _leg(cells["file"], cells["locator"], cells.get("detail_no"), where, legs),
    }  # fmt: skip
    if cells.get(f"{other}_file"):
        found["object"] = _leg(cells[f"{other}_file"], cells[f"{other}_locator"], None, where, legs)
    return found


def _leg(file: str | None, locator: str | None, detail: str | None, where: str, legs: dict[str, str]) -> str:
    if file not in legs:
        raise FinflowError(f"{where}: the file it cites is not loaded. Load it first, or correct column file.")
    return f"{legs[file]}:{locator}" + (f"/{detail}" if detail else "")


def _files(con: duckdb.DuckDBPyConnection) -> dict[str, str]:
    return dict(con.execute("SELECT name, min(substr(file_id, 1, 16)) FROM source_file GROUP BY name").fetchall())


def day(value: str | None, where: str, column: str) -> date | None:
    """A cell as a day. Raises FinflowError naming the place."""
    try:
        return date.fromisoformat(value) if value else None
    except ValueError:
        raise FinflowError(f"{where}: {column} is no day. Write it as YYYY-MM-DD.") from None

"""A layout proposed for a printed statement: columns by the words of its header, edges where no booking has a word.

It is a beginning: the balances of the statement show at once whether it reads right.
"""

import re
from dataclasses import dataclass
from itertools import islice, pairwise
from pathlib import Path
from typing import Any

import tomlkit
from iso4217 import Currency

from finflow.errors import FinflowError
from finflow.load.layout import COLUMNS, PrintedLine, Word
from finflow.load.printed import printed_lines
from finflow.load.proposal import AMOUNTS, IBAN, Proposal
from finflow.load.shapes import date_form, decimal_and_thousands
from finflow.load.words import PART_OF, plain

LINES = 400
FEWEST = 3  # header words that must be known
APART = 8.0  # points between two cells of a header; words of one cell stand closer
MARGIN = 4.0
_CODES = {currency.code for currency in Currency}
_DAY = re.compile(r"\d{1,4}[./-]\d{1,2}[./-]\d{1,4}\.?|\d{8}")
_OPENING = re.compile(r"(?i)\b(opening|previous|brought forward|alter|anfang|begin|vorig|ancien|anterior|nyit)")
_CLOSING = re.compile(r"(?i)\b(closing|new balance|neuer|end|eind|nouveau|final|z[aá]r)")


@dataclass(frozen=True)
class _Head:
    """The header of the table: its line, and each cell with the part it stands for."""

    line: PrintedLine
    cells: tuple[tuple[str, Word], ...]


def propose_layout(path: Path, name: str) -> Proposal:
    """Propose a mapping with a layout for a PDF. Raises FinflowError for a scan, and where no header is known."""
    lines = list(islice(printed_lines(path, name), LINES))
    head = max((_head(line) for line in lines), key=lambda head: len(head.cells), default=None)
    if head is None or len(head.cells) < FEWEST:
        raise FinflowError(
            f"{name}: no line of print holds {FEWEST} words that banks print above columns. Write a mapping with a "
            "[layout] by hand: docs/paper.md shows one."
        )
    booked = [line for line in lines if line.words and _DAY.fullmatch(line.words[0].text)]
    edges = _edges(head, booked)
    doubts: list[str] = []
    cells = {part: [_cell(line, edges[part]) for line in booked] for part in edges}
    top: dict[str, Any] = {"name": Path(name).stem, "files": [name], "format": "pdf", "bank": "?"}
    doubts.append("bank: the BIC, else the name, of the bank that printed it")
    top |= _owner(lines, doubts)
    layout = {"top": "^" + r"\s+".join(re.escape(word.text) for word in head.line.words[:2])}
    layout |= _balances(lines, "balance" in edges, doubts)
    doubts.append("layout.bottom: name the first line below the bookings of a page, or leave it out when there is none")
    content = top | {"unsure": doubts}
    content |= {"table": _table(cells, doubts), "layout": layout | {"columns": edges}}
    document = tomlkit.document()
    document.add(tomlkit.comment(f"Proposed for {name}. Settle each doubt, then delete the key `unsure`."))
    document.update(content)
    return Proposal(tomlkit.dumps(document), doubts)


def _head(line: PrintedLine) -> _Head:
    cells: list[list[Word]] = []
    for word in line.words:
        if cells and word.left - cells[-1][-1].right < APART:
            cells[-1].append(word)
        else:
            cells.append([word])
    found = []
    for words in cells:
        part = PART_OF.get(plain(" ".join(word.text for word in words)))
        if part in COLUMNS:
            found.append((part, Word(words[0].left, words[-1].right, "")))
    return _Head(line, tuple(dict(reversed(found)).items()))


def _edges(head: _Head, booked: list[PrintedLine]) -> dict[str, list[float]]:
    """Left and right edge of each column: halfway across the widest gap that no word of a booking crosses."""
    cells = sorted(head.cells, key=lambda cell: cell[1].left)
    words = [word for line in booked for word in line.words] or [word for _, word in cells]
    left, right = min(word.left for word in words) - MARGIN, max(word.right for word in words) + MARGIN
    middles = [(cell.left + cell.right) / 2 for _, cell in cells]
    between = [_gap(words, one, other) for one, other in pairwise(middles)]
    bounds = [min(left, cells[0][1].left), *between, max(right, cells[-1][1].right + MARGIN)]
    return {part: [round(a, 1), round(b, 1)] for (part, _), (a, b) in zip(cells, pairwise(bounds), strict=True)}


def _gap(words: list[Word], start: float, end: float) -> float:
    spans = sorted(
        (max(word.left, start), min(word.right, end)) for word in words if word.right > start and word.left < end
    )
    reached, best = start, (0.0, (start + end) / 2)
    for left, right in [*spans, (end, end)]:
        if left > reached:
            best = max(best, (left - reached, (left + reached) / 2))
        reached = max(reached, right)
    return best[1]


def _cell(line: PrintedLine, edges: list[float]) -> str:
    return " ".join(word.text for word in line.words if edges[0] <= (word.left + word.right) / 2 < edges[1])


def _owner(lines: list[PrintedLine], doubts: list[str]) -> dict[str, str]:
    text = "\n".join(line.text for line in lines)
    accounts = {found.replace(" ", "") for found in IBAN.findall(text)}
    codes = {word for word in re.findall(r"\b[A-Z]{3}\b", text) if word in _CODES}
    if len(accounts) != 1:
        doubts.append("account: not one IBAN is printed, but none or several")
    if len(codes) != 1:
        doubts.append("currency: not one code is printed, but none or several")
    return {
        "account": accounts.pop() if len(accounts) == 1 else "?",
        "currency": codes.pop() if len(codes) == 1 else "XXX",
    }


def _balances(lines: list[PrintedLine], column: bool, doubts: list[str]) -> dict[str, str]:
    """Expressions for the lines that print opening and closing balance, when one word of each is known."""
    found = {}
    for key, words in (("opening", _OPENING), ("closing", _CLOSING)):
        line = next(
            (line.text for line in lines if words.search(line.text) and re.search(r"\d[.,]\d\d\b", line.text)), None
        )
        if line is not None:
            label = re.split(r"[-+]?\d", line)[0].strip()
            found[key] = re.escape(label).replace(r"\ ", r"\s+") + r"\s+(-?[0-9.,' ]+)"
        elif not column:
            doubts.append(
                f"layout.{key}: no line is known to print the {key} balance, and no column of balances either"
            )
    return found


def _table(cells: dict[str, list[str]], doubts: list[str]) -> dict[str, str]:
    shapes = {re.sub(r"\d", "9", text) for part in AMOUNTS for text in cells.get(part, []) if text}
    decimal, thousands = decimal_and_thousands(shapes)
    days = date_form({text for text in cells.get("booking_date", []) if text})
    if decimal.unsure:
        doubts.append(f"table.decimal: {decimal.unsure}")
    if days is None or days.unsure:
        doubts.append(f"table.dates: {days.unsure if days else 'no column is known to hold the days'}")
    return {"decimal": decimal.value, "thousands": thousands, "dates": days.value if days else "%d.%m.%Y"}

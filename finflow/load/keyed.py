"""What a person keyed from paper: scans, seized cash, notebooks, slips of money senders. Proved by balances or totals.

One CSV with the columns of COLUMNS, days as YYYY-MM-DD, amounts with a point. A row is one line of paper, named by
document, page and line. Two kinds of rows prove the others and are no bookings. `line` = opening: the balance before
the first line of an account stands in `balance`. `line` = total: `in` and `out` repeat the sums at the foot of a page,
or with `page` empty of the document. Every line must be proved by a balance or a total, else the file is refused.
"""

import csv
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path

from finflow.counting import counted
from finflow.errors import FinflowError
from finflow.load.cells import Money
from finflow.load.days import day_after, is_day
from finflow.load.decoding import pieces
from finflow.load.mapping import KINDS, Mapping
from finflow.load.proof import Chain, exact
from finflow.load.records import Batch, Readable, Reading, StatementText, numbered, text_frame

COLUMNS = (
    "document", "page", "line", "account", "holder", "bank", "currency", "day", "in", "out", "balance", "kind",
    "counterparty_account", "counterparty", "text", "keyed_by", "checked_by",
)  # fmt: skip
NEEDED = ("document", "line", "account", "bank", "currency", "keyed_by")
OPENING, TOTAL = "opening", "total"
PARTS = (
    "locator", "statement", "account", "holder", "bank", "currency", "booking_date", "debit", "credit", "balance",
    "default_kind", "counterparty_account", "counterparty_name", "narrative", "bank_reference", "rule", "fault",
)  # fmt: skip
PLAIN = Money()
PRINTED = {"debit": "column out", "credit": "column in", "booking_date": "column day", "balance": "column balance"}


def is_keyed(text: str) -> bool:
    """Whether a text begins with the header of the template."""
    first = text.splitlines()[0] if text else ""
    return {cell.strip().strip('"') for cell in first.split(",")} == {*COLUMNS}


def open_keyed(path: Path, name: str, mapping: Mapping | None, case_zone: str) -> Readable:
    """A keyed CSV as records. `name` is the file name for messages; a mapping is not needed.

    Raises FinflowError while records are taken: for a line that nothing proves, or a balance or total that does not
    agree with the lines, naming the line of the file.
    """
    reading = Reading(mapping=mapping, printed=PRINTED, case_zone=case_zone)
    return Readable(reading, _batches(path, name))


@dataclass(frozen=True)
class _Row:
    """One row: its line in the file and its cells without blanks around them."""

    number: int
    cells: dict[str, str]

    @property
    def locator(self) -> str:
        return f"L{self.number}"

    @property
    def role(self) -> str:
        """opening, total, or nothing for a line of paper."""
        line = self.cells["line"].lower()
        return line if line in (OPENING, TOTAL) else ""

    @property
    def ledger(self) -> tuple[str, str, str, str]:
        """The document and the account in it that the row belongs to."""
        return self.cells["document"], self.cells["bank"], self.cells["account"], self.cells["currency"]

    def amount(self, column: str, name: str) -> Decimal | None:
        """The amount in a column; None when it is empty. Raises FinflowError when it is none, or below nothing."""
        text = self.cells[column]
        value = exact(text, PLAIN) if text else None
        if text and (value is None or (value < 0 and column != "balance")):
            raise FinflowError(f"{name} L{self.number}: column {column} is not an amount. Write it as 1250.00.")
        return value


@dataclass
class _Ledger:
    """The rows of one account in one document."""

    rows: list[_Row] = field(default_factory=list)
    opening: _Row | None = None
    totals: list[_Row] = field(default_factory=list)


def _batches(path: Path, name: str) -> Iterator[Batch]:
    rows = list(_rows(path, name))
    ledgers = _ledgers(rows, name)
    held = {key: ledger for key, ledger in ledgers.items() if ledger.rows}
    stated = [_proved(ledger, name) for ledger in held.values()]
    places = {
        ledger: text.locator for ledger, text in zip((k for k, v in ledgers.items() if v.rows), stated, strict=True)
    }
    parts = [_parts(row, places.get(row.ledger)) for row in rows]
    alone = sum(not row.cells["checked_by"] or row.cells["checked_by"] == row.cells["keyed_by"] for row in rows)
    note = f"Rows not checked by a second person (column checked_by): {alone} of {len(rows)}"
    yield Batch(
        records=numbered(text_frame(parts, PARTS)),
        raw=lambda indexes: [",".join(rows[index].cells.values()) for index in indexes],
        done=path.stat().st_size,
        statements=stated,
        notes=[note] if alone else [],
    )


def _rows(path: Path, name: str) -> Iterator[_Row]:
    reader = csv.reader(_lines(path, name), strict=True)
    header: list[str] = []
    try:
        header = [cell.strip() for cell in next(reader, [])]
        _refuse_header(header, name)
        for cells in reader:
            if not any(cell.strip() for cell in cells):
                continue
            if len(cells) != len(header):
                raise FinflowError(
                    f"{name} L{reader.line_num}: {counted(len(cells), 'column')}, the header has {len(header)}. "
                    "Put a text with a comma in quotes."
                )
            row = _Row(reader.line_num, {key: cell.strip() for key, cell in zip(header, cells, strict=True)})
            _refuse_empty(row, name)
            yield row
    except csv.Error:
        raise FinflowError(f"{name} L{reader.line_num}: a quote does not close. Mend it and load again.") from None


def _lines(path: Path, name: str) -> Iterator[str]:
    left = ""
    for data, _ in pieces(path, name, "utf-8"):
        *whole, left = (left + data.decode()).split("\n")
        yield from (f"{line}\n" for line in whole)
    if left:
        yield left


def _refuse_header(header: list[str], name: str) -> None:
    if sorted(header) != sorted(COLUMNS):
        odd = [column for column in COLUMNS if column not in header]
        missing = f" It lacks {', '.join(odd)}." if odd else ""
        raise FinflowError(f"{name} L1: this is not the header of the template for keyed paper.{missing}")


def _refuse_empty(row: _Row, name: str) -> None:
    for column in NEEDED:
        if not row.cells[column]:
            raise FinflowError(f"{name} {row.locator}: column {column} is empty. Every row names it.")


def _ledgers(rows: Iterable[_Row], name: str) -> dict[tuple[str, str, str, str], _Ledger]:
    found: dict[tuple[str, str, str, str], _Ledger] = {}
    for row in rows:
        ledger = found.setdefault(row.ledger, _Ledger())
        if row.role == OPENING:
            if ledger.opening is not None or ledger.rows:
                raise FinflowError(f"{name} {row.locator}: the opening balance stands once, before the lines.")
            ledger.opening = row
        elif row.role == TOTAL:
            ledger.totals.append(row)
        else:
            ledger.rows.append(row)
    return found


def _proved(ledger: _Ledger, name: str) -> StatementText:
    """The lines of one account in one document, once balances or totals have proved them."""
    for total in ledger.totals:
        _agree(total, ledger.rows, name)
    covered = {row.number for row in ledger.rows for total in ledger.totals if _covers(total, row)}
    opening = ledger.opening.amount("balance", name) if ledger.opening else None
    chained = opening is not None or any(row.cells["balance"] for row in ledger.rows)
    unproved = [row for row in ledger.rows if row.number not in covered]
    if unproved and not chained:
        raise FinflowError(
            f"{name} {unproved[0].locator}: nothing proves this line. Key the balances, or a row with line = total."
        )
    closing = _chain(ledger, opening, name) if chained else None
    days = [row.cells["day"] for row in ledger.rows if is_day(row.cells["day"])]
    first = ledger.rows[0]
    return StatementText(
        locator=f"{first.locator}-{ledger.rows[-1].number}",
        account=first.cells["account"],
        bank=first.cells["bank"],
        holder=first.cells["holder"] or None,
        currency=first.cells["currency"],
        from_date=min(days, default=None),
        until_date=day_after(max(days, default=None)),
        opening=None if opening is None else f"{opening:f}",
        closing=None if closing is None or opening is None else f"{closing:f}",
    )


def _chain(ledger: _Ledger, opening: Decimal | None, name: str) -> Decimal | None:
    chain = Chain(name, opening)
    for row in ledger.rows:
        chain.take(row.locator, _signed(row, name), row.amount("balance", name))
    chain.close(ledger.rows[-1].locator, None)
    return chain.balance


def _covers(total: _Row, row: _Row) -> bool:
    return not total.cells["page"] or total.cells["page"] == row.cells["page"]


def _agree(total: _Row, rows: list[_Row], name: str) -> None:
    for column in ("in", "out"):
        summed = sum((row.amount(column, name) or Decimal(0) for row in rows if _covers(total, row)), Decimal(0))
        if summed != (total.amount(column, name) or Decimal(0)):
            raise FinflowError(
                f"{name} {total.locator}: the lines do not add up to the total in column {column}. Compare them with "
                "the paper."
            )


def _signed(row: _Row, name: str) -> Decimal:
    return (row.amount("in", name) or Decimal(0)) - (row.amount("out", name) or Decimal(0))


def _parts(row: _Row, statement: str | None) -> dict[str, str | None]:
    cells: dict[str, str | None] = {name: text or None for name, text in row.cells.items()}
    kind = cells["kind"]
    paper = " ".join(
        filter(None, [cells["document"], f"page {cells['page']}" if cells["page"] else None, f"line {cells['line']}"])
    )
    return {name: cells.get(name) for name in ("account", "holder", "bank", "currency", "balance")} | {
        "locator": row.locator,
        "statement": statement,
        "booking_date": cells["day"],
        "debit": cells["out"],
        "credit": cells["in"],
        "default_kind": kind,
        "counterparty_account": cells["counterparty_account"],
        "counterparty_name": cells["counterparty"],
        "narrative": cells["text"],
        "bank_reference": paper,
        "rule": f"{row.role} row of a keyed file" if row.role else None,
        "fault": None if kind in (None, *KINDS) else f"column kind is none of {', '.join(KINDS)}",
    }

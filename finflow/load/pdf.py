"""Statements that a bank printed as PDF with text in it, by a layout, and proved by their own balances.

A file whose printed balances do not follow from the lines read is refused whole, so a column read wrongly or a line
left out never enters a case. A scan holds no text: it is keyed.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from pathlib import Path

from finflow.errors import FinflowError
from finflow.load.cells import Money, date_pattern
from finflow.load.days import day_after
from finflow.load.layout import Layout, PrintedLine
from finflow.load.mapping import Mapping
from finflow.load.printed import printed_lines
from finflow.load.proof import Chain, exact
from finflow.load.records import Batch, Readable, Reading, StatementText, numbered, text_frame

PARTS = (
    "locator", "statement", "account", "booking_date", "value_date", "amount", "side", "debit", "credit", "balance",
    "counterparty_account", "counterparty_name", "narrative", "bank_reference", "rule",
)  # fmt: skip
CONTINUED = {"narrative", "counterparty_name", "counterparty_account", "bank_reference"}
RECORDS = 5_000


def open_pdf(path: Path, name: str, mapping: Mapping | None, case_zone: str) -> Readable:
    """A PDF with text as records, by the layout of its mapping. `name` is the file name for messages.

    Raises FinflowError while records are taken: for a scan, a locked or damaged file, a line the layout does not
    explain, and balances that do not follow from the lines.
    """
    if mapping is None or mapping.layout is None:
        raise FinflowError(
            f"{name} is a PDF. Write a mapping with a [layout] for the statements of this bank: finflow mapping "
            "suggest FILE begins one. If it is a scan, key it: finflow template keyed."
        )
    form = mapping.table
    reading = Reading(
        mapping=mapping,
        money=Money(form.decimal, form.thousands),
        dates=form.dates,
        case_zone=case_zone,
        negative_debits=form.negative_debits,
        fixed={
            "account": mapping.account, "holder": mapping.holder, "currency": mapping.currency,
            "bank": mapping.bank or mapping.name,
        },
        printed={part: f"column {part}" for part in mapping.layout.columns},
    )  # fmt: skip
    return Readable(reading, _Reader(path, name, mapping, mapping.layout).batches())


@dataclass
class _Record:
    """One booking, or a line that a rule leaves out: its cells and the lines of print it stands on."""

    cells: dict[str, str]
    lines: list[PrintedLine]
    rule: str | None = None

    @property
    def locator(self) -> str:
        """From its first line to its last."""
        first, last = self.lines[0].locator, self.lines[-1].locator
        return first if first == last else f"{first}-{last}"

    def add(self, cells: dict[str, str], line: PrintedLine) -> None:
        """A line that goes on with it."""
        self.lines.append(line)
        for name, text in cells.items():
            self.cells[name] = f"{self.cells[name]} {text}" if self.cells.get(name) else text


@dataclass
class _Statement:
    """What was read of one statement."""

    locator: str
    opening: Decimal | None
    closing: Decimal | None = None
    account: str | None = None
    records: list[_Record] = field(default_factory=list)

    @property
    def booked(self) -> list[_Record]:
        """Its bookings, without lines that a rule leaves out."""
        return [record for record in self.records if record.rule is None]


class _Reader:
    def __init__(self, path: Path, name: str, mapping: Mapping, layout: Layout) -> None:
        self._path, self._name, self._mapping, self._layout = path, name, mapping, layout
        self._day = re.compile(date_pattern(mapping.table.dates))
        self._figures = _Figures(name, mapping, layout)
        self._account: str | None = None

    def batches(self) -> Iterator[Batch]:
        """Every booking, a statement at a time, once its balances have proved it."""
        for statement in self._statements():
            text = self._figures.proved(statement)
            for start in range(0, max(1, len(statement.records)), RECORDS):
                some = statement.records[start : start + RECORDS]
                ends = start + RECORDS >= len(statement.records)
                yield self._batch(statement, some, [text] if ends else [])

    def _batch(self, statement: _Statement, some: list[_Record], stated: list[StatementText]) -> Batch:
        rows = [self._parts(statement, record) for record in some]
        return Batch(
            records=numbered(text_frame(rows, PARTS)).select(self._given()),
            raw=lambda indexes: ["\n".join(line.text for line in some[index].lines) for index in indexes],
            done=self._path.stat().st_size,  # the pages of a PDF stand in no order of bytes
            statements=stated,
        )

    def _given(self) -> list[str]:
        """The parts this layout has; the account only when the mapping names none."""
        has = {"locator", "statement", "rule", *self._layout.columns, *([] if self._mapping.account else ["account"])}
        return ["ordinal", *(part for part in PARTS if part in has)]

    def _parts(self, statement: _Statement, record: _Record) -> dict[str, str | None]:
        cells: dict[str, str | None] = {name: text or None for name, text in record.cells.items()}
        if "side" in cells:
            cells["side"] = self._figures.side(record)
        own = {"locator": record.locator, "statement": statement.locator, "account": statement.account}
        return cells | own | {"rule": record.rule}

    def _statements(self) -> Iterator[_Statement]:
        current: _Statement | None = None
        inside, page = False, ""
        for line in printed_lines(self._path, self._name):
            if (now := line.locator.partition("L")[0]) != page:
                page, inside = now, False
            self._see_account(line)
            opening = self._figures.balance(self._layout.opening, line)
            if opening is not None and current is not None:
                yield current
                current = None
            current = current or _Statement(line.locator, opening)
            current.account = self._account
            closing = self._figures.balance(self._layout.closing, line)
            current.closing = current.closing if closing is None else closing
            inside = self._take(line, current, inside=inside, balance=opening is not None or closing is not None)
        if current is not None:
            yield current

    def _take(self, line: PrintedLine, current: _Statement, *, inside: bool, balance: bool) -> bool:
        """Take a line; whether the next one is inside the table."""
        if re.search(self._layout.top, line.text):
            return True
        if not inside or (self._layout.bottom is not None and re.search(self._layout.bottom, line.text)):
            return False
        if not balance:
            self._booking(line, current)
        return True

    def _booking(self, line: PrintedLine, current: _Statement) -> None:
        rules = self._mapping.skip.items()
        rule = next((name for name, rule in rules if rule.line and re.search(rule.line, line.text)), None)
        cells = line.cells(self._layout)
        last = current.booked[-1] if current.booked else None
        if rule is not None:
            current.records.append(_Record({}, [line], rule))
        elif self._day.fullmatch(cells.get("booking_date", "")):
            current.records.append(self._record(line, cells))
        elif cells.keys() <= CONTINUED and last is not None:
            last.add(cells, line)
        elif self._layout.dates_once and "booking_date" not in cells and last is not None:
            day = {"booking_date": last.cells["booking_date"]}
            current.records.append(self._record(line, day | cells))
        else:
            raise FinflowError(
                f"{self._name} {line.locator}: this line is no booking, no continuation of one and no balance. Move "
                "the edges in [layout.columns], name it in a [skip] rule with `line`, or name `bottom`."
            )

    def _record(self, line: PrintedLine, cells: dict[str, str]) -> _Record:
        if "" in cells:
            raise FinflowError(
                f"{self._name} {line.locator}: a word of this line stands in no column. Move the edges in "
                "[layout.columns] so that every word of a booking has one."
            )
        return _Record(cells, [line])

    def _see_account(self, line: PrintedLine) -> None:
        found = re.search(self._layout.account, line.text) if self._layout.account else None
        if found:
            self._account = (found[1] if found.groups() else found[0]).strip()


class _Figures:
    """The amounts of a printed statement, and the proof that they were read right."""

    def __init__(self, name: str, mapping: Mapping, layout: Layout) -> None:
        self._name, self._mapping, self._layout = name, mapping, layout
        self._money = Money(mapping.table.decimal, mapping.table.thousands)

    def balance(self, expression: str | None, line: PrintedLine) -> Decimal | None:
        """The balance that an expression finds on a line."""
        found = re.search(expression, line.text) if expression else None
        if not found:
            return None
        amount = exact(found[1] if found.groups() else found[0], self._money)
        if amount is None:
            raise FinflowError(f"{self._name} {line.locator}: what stands as a balance here is not an amount.")
        return amount

    def proved(self, statement: _Statement) -> StatementText:
        """The statement with its balances. Raises FinflowError where they do not follow from its lines."""
        chain, opening = Chain(self._name, statement.opening), statement.opening
        for record in statement.booked:
            signed, printed = self._signed(record), self._printed(record)
            opening = printed - signed if opening is None and printed is not None else opening
            chain.take(record.locator, signed, printed)
        chain.close(statement.booked[-1].locator if statement.booked else statement.locator, statement.closing)
        days = [day for record in statement.booked if (day := self._day(record)) is not None]
        closing = chain.balance if statement.closing is None else statement.closing
        return StatementText(
            locator=statement.locator,
            account=self._mapping.account or statement.account,
            bank=self._mapping.bank or self._mapping.name,
            holder=self._mapping.holder,
            currency=self._mapping.currency,
            from_date=min(days, default=None),
            until_date=day_after(max(days, default=None)),
            opening=None if opening is None else f"{opening:f}",
            closing=None if closing is None else f"{closing:f}",
        )

    def side(self, record: _Record) -> str | None:
        """Which way the money went, where a column says it."""
        word, sides = record.cells.get("side", "").strip().lower(), self._mapping.sides
        if sides is None or not word:
            return None
        names = (("CRDT", sides.credit), ("DBIT", sides.debit))
        return next((side for side, words in names if word in [value.strip().lower() for value in words]), None)

    def _signed(self, record: _Record) -> Decimal:
        if "amount" in self._layout.columns:
            amount = self._cell(record, "amount")
            return -amount if self.side(record) == "DBIT" else amount
        debit = self._cell(record, "debit") if record.cells.get("debit") else Decimal(0)
        credit = self._cell(record, "credit") if record.cells.get("credit") else Decimal(0)
        return credit + debit if self._mapping.table.negative_debits else credit - debit

    def _printed(self, record: _Record) -> Decimal | None:
        return self._cell(record, "balance") if record.cells.get("balance") else None

    def _cell(self, record: _Record, column: str) -> Decimal:
        amount = exact(record.cells.get(column, ""), self._money)
        if amount is None:
            raise FinflowError(
                f"{self._name} {record.locator}: column {column} is not an amount. Check the edges in [layout.columns] "
                "and decimal and thousands under [table]."
            )
        return amount

    def _day(self, record: _Record) -> str | None:
        try:
            found = datetime.strptime(record.cells["booking_date"], self._mapping.table.dates)  # noqa: DTZ007 - a day
        except ValueError:
            return None  # the record is judged, and rejected with its column, later
        return found.date().isoformat()

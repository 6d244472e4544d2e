"""Series: statements of one account that follow each other. What two series print of one day is printed again.

Inside a series no line is ever taken for another: pages of one statement, statements inside a day and statements with
a gap between them are one series. A statement that covers again what a series covers begins another.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date, timedelta
from decimal import Decimal
from itertools import groupby

import duckdb
import polars as pl

from finflow.resolve.order import chain_balances

_DAY = timedelta(days=1)
_STATEMENTS = """
    SELECT statement.account_id, statement.currency, statement.statement_id, statement.file_id, statement.locator,
        statement.from_date, statement.until_date, statement.opening_balance, statement.closing_balance,
        statement.bank_statement_id, coalesce(last_day.moved, 0)
    FROM statement
    LEFT JOIN (
        SELECT held.statement_id, sum(CASE WHEN side = 'CRDT' THEN amount ELSE -amount END) AS moved
        FROM statement AS held
        INNER JOIN entry ON held.statement_id = entry.statement_id AND entry.booking_date >= held.until_date - 1
        GROUP BY held.statement_id
    ) AS last_day ON statement.statement_id = last_day.statement_id
    ORDER BY statement.account_id, statement.currency
"""
_SCHEMA = {"statement_id": pl.String, "series": pl.Int64, "turn": pl.Int64, "follows": pl.String}


@dataclass(frozen=True)
class Printed:
    """A statement as its bank printed it; `last_moved` is the sum of its lines on its last day. `mornings`: balances
    with which that day begins in it, and in those before it in its series that end on the same day.
    """

    statement_id: str
    file_id: str
    locator: str
    from_date: date
    until_date: date
    opening: Decimal | None
    closing: Decimal | None
    number: str | None
    last_moved: Decimal
    mornings: frozenset[Decimal] = frozenset()

    @property
    def period(self) -> tuple[date, date]:
        """First day covered and the day after the last."""
        return self.from_date, self.until_date

    @property
    def says(self) -> tuple[date, date, Decimal | None, Decimal | None]:
        """Period and balances: what is the same when one statement is printed twice."""
        return (*self.period, self.opening, self.closing)


def find_series(con: duckdb.DuckDBPyConnection) -> bool:
    """Fill the temporary table statement_series: statement_id, series (from 1 on each account and currency), turn
    (order of the statements there), follows (the statement before it in its series; NULL for the first).

    Returns whether any account has a second series: whether any line can be printed again.
    """
    rows = con.execute(_STATEMENTS).fetchall()
    accounts = groupby(rows, key=lambda row: row[:2])
    found = [line for _, group in accounts for line in _placed([Printed(*row[2:]) for row in group])]
    con.register("found_series", pl.DataFrame(found, schema=_SCHEMA, orient="row"))
    con.execute("CREATE OR REPLACE TEMP TABLE statement_series AS SELECT * FROM found_series")
    con.unregister("found_series")
    return any(series > 1 for _, series, *_ in found)


def continues(this: Printed, last: Printed) -> bool:
    """Whether a statement goes on after the last one of a series: nothing of it can be printed in that one already."""
    chained = last.closing is not None and this.opening == last.closing
    numbered_apart = None not in (this.number, last.number) and this.number != last.number
    next_page = numbered_apart and _page_of(this) == _page_of(last)
    if this.from_date >= last.until_date or (chained and next_page):
        return True
    if next_page and this.file_id == last.file_id and None in (this.opening, last.closing):
        return True  # pages of one file; a page in the middle prints no balance that is surely its own
    if this.says == last.says:
        return chained and numbered_apart and this.file_id == last.file_id
    if this.from_date < last.until_date - _DAY:
        return False
    if this.opening is None or last.closing is None:
        return this.file_id == last.file_id
    if chained and numbered_apart:
        return True
    return this.opening not in last.mornings  # else the day they share is printed again


def after(this: Printed, last: Printed | None) -> Printed:
    """A statement as the last one of its series, after the one that was."""
    began = set() if this.closing is None else {this.closing - this.last_moved}
    same_day = last is not None and last.until_date == this.until_date
    return replace(this, mornings=frozenset(began).union(last.mornings if same_day and last else ()))


def _page_of(statement: Printed) -> str:
    """The number of a statement that has pages: 12 of 12/2; a number without pages stands for nothing else."""
    number, stroke, _ = (statement.number or "").partition("/")
    return number if stroke else statement.statement_id


def _placed(statements: list[Printed]) -> Iterator[tuple[str, int, int, str | None]]:
    """Each statement of one account and currency with its series, its turn and the one it follows."""
    ends: list[Printed] = []
    for turn, this in enumerate(_in_order(statements), 1):
        open_to_it = [series for series, last in enumerate(ends) if continues(this, last)]
        if open_to_it:
            series = max(open_to_it, key=lambda series: _nearness(this, ends[series]))
            yield this.statement_id, series + 1, turn, ends[series].statement_id
            ends[series] = after(this, ends[series])
        else:
            ends.append(after(this, None))
            yield this.statement_id, len(ends), turn, None


def _nearness(this: Printed, last: Printed) -> tuple[bool, bool, date]:
    return this.opening is not None and this.opening == last.closing, this.file_id == last.file_id, last.until_date


def _in_order(statements: list[Printed]) -> Iterator[Printed]:
    """By period, then by the bank's number and place in the file; of one period, as their balances follow."""
    ordered = sorted(statements, key=lambda each: (*each.period, _numbers(each.number), each.file_id, _line(each)))
    for _, group in groupby(ordered, key=lambda each: each.period):
        same = list(group)
        known = [(each.closing - each.opening, each.closing) for each in same if each.opening is not None
                 and each.closing is not None]  # fmt: skip
        chain = chain_balances(known) if 1 < len(same) == len(known) else None
        yield from (same[index] for index in chain or range(len(same)))


def _numbers(text: str | None) -> list[int]:
    return [int(digits) for digits in re.findall(r"\d+", text or "")]


def _line(statement: Printed) -> list[int]:
    return _numbers(statement.locator)

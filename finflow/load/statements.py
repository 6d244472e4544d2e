"""The statements of a file: as it states them, else one for each account and currency of its entries."""

import re
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import polars as pl
import pyarrow as pa
import pyarrow.compute as pc

from finflow.errors import FinflowError
from finflow.load.cells import NO_BANK
from finflow.load.judgement import BOUNDARY
from finflow.load.mapping import Mapping
from finflow.load.records import StatementText
from finflow.load.settle import Settler
from finflow.load.shown import Shown

if TYPE_CHECKING:
    from finflow.load.keeping import Received

_STATEMENT = pa.schema(
    [(name, pa.string()) for name in ("statement_id", "file_id", "locator", "account_id", "currency", "holder_name")]
    + [("bank", pa.string()), ("from_date", pa.date32()), ("until_date", pa.date32())]
    + [(name, pa.decimal128(28, 8)) for name in ("opening_balance", "closing_balance")]
    + [("bank_statement_id", pa.string())]
)
_SCHEMA = {"account_id": pl.String, "currency": pl.String, "locator": pl.String}


@dataclass(frozen=True)
class _End:
    """A line at one end of an account's part of a file."""

    day: date
    balance: Decimal | None
    signed: Decimal


@dataclass
class _Found:
    """What the entries of one account and currency say about their statement, so far."""

    locator: str
    holder: str | None
    bank: str | None
    from_date: date
    last_date: date
    first: _End
    last: _End
    moved: Decimal

    def balances(self) -> tuple[Decimal | None, Decimal | None]:
        """Opening and closing balance from the running balances, in the true order of the lines; NULL when an end
        prints none. A file may run from the newest line to the oldest: the order is the one in which the balances
        agree with what moved, else that of the days.
        """
        upward = _ends(self.first, self.last)
        downward = _ends(self.last, self.first)
        agree = [ends is not None and ends[1] - ends[0] == self.moved for ends in (upward, downward)]
        newest_first = self.first.day > self.last.day if agree[0] == agree[1] else agree[1]
        return (downward if newest_first else upward) or (None, None)


@dataclass(frozen=True)
class _Side:
    """One side of records that may stand for both legs: the columns that say whose it is, and what adds to it.

    Of a row that stands for both legs, each account has a statement, also one that is the creditor alone.
    """

    account: str
    holder: str
    bank: str
    balance: str | None
    plus: str
    only: str
    suffix: str = ""

    def spans(self) -> str:
        """SQL: of each account and currency the first and last ordinal, the first and last day, and what moved."""
        return f"""
            SELECT {self.account}, currency, min(ordinal), max(ordinal), min(booking_date), max(booking_date),
                sum((CASE WHEN side = '{self.plus}' THEN amount ELSE -amount END)::DECIMAL(28, 8))
            FROM settled WHERE rule IS NULL AND fault IS NULL AND {self.only}
            GROUP BY {self.account}, currency
        """

    def lines(self, records: pa.Table, ordinals: list[int]) -> dict[int, dict[str, Any]]:
        """The records of some ordinals, as this side sees them."""
        named = {"holder": self.holder, "bank": self.bank, "balance": self.balance}
        named |= {name: name for name in ("ordinal", "locator", "booking_date", "side", "amount")}
        some = records.select([name for name in named.values() if name in records.column_names])
        found = some.filter(pc.is_in(records.column("ordinal"), pa.array(ordinals, pa.int64()))).to_pylist()
        lines = [{name: row.get(column) for name, column in named.items()} for row in found]
        return {line["ordinal"]: line | {"locator": line["locator"] + self.suffix} for line in lines}

    def end(self, line: dict[str, Any]) -> _End:
        """A line as the end of an account's part of the file."""
        return _End(line["booking_date"], line["balance"], line["amount"] * (1 if line["side"] == self.plus else -1))


_OWN = _Side("account_id", "holder_name", "bank", "balance_after", "CRDT", "statement IS NULL")
_OTHER = _Side(
    "counterparty_account_id", "counterparty_name", "counterparty_bank", None, "DBIT",
    "both_sides AND counterparty_account_id <> account_id", " other side",
)  # fmt: skip


def _ends(first: _End, last: _End) -> tuple[Decimal, Decimal] | None:
    if first.balance is None or last.balance is None:
        return None
    return first.balance - first.signed, last.balance


class Statements:
    """Collects the statements of one file while its entries are kept, and tells where those stand."""

    def __init__(self, shown: Shown, received: "Received", mapping: Mapping | None) -> None:
        self._shown, self._received, self._mapping = shown, received, mapping
        self._stated: list[StatementText] = []
        self._found: dict[tuple[str, str], _Found] = {}

    def see(self, records: pa.Table, stated: list[StatementText]) -> None:
        """Take in a batch: the statements that ended in it, and the accounts of its records, shown as `settled`."""
        self._stated += stated
        self._take(records, _OWN)
        if "both_sides" in records.column_names:
            self._take(records, _OTHER)

    def places(self) -> pl.DataFrame:
        """account_id, currency and locator of each statement that entries seen so far make up."""
        rows = [(account, currency, found.locator) for (account, currency), found in self._found.items()]
        return pl.DataFrame(rows, schema=_SCHEMA, orient="row")

    def write(self, settler: Settler) -> list[str]:
        """Write every statement; what a person should know about them."""
        rows = [self._row(found, account, currency) for (account, currency), found in self._found.items()]
        dated = [text for text in self._stated if text.from_date or text.until_date]
        rows += self._stated_rows(dated, settler) if dated else []
        if rows:
            with self._shown.shown("found_statement", pa.Table.from_pylist(rows, _STATEMENT)):
                self._shown.con.execute("INSERT INTO evidence.statement BY NAME SELECT * FROM found_statement")
        return [
            f"{text.locator} states no day and holds no booking: no statement is kept for it"
            for text in self._stated
            if text not in dated
        ]

    def _take(self, records: pa.Table, side: "_Side") -> None:
        """Take in the lines of every account on one side of the records."""
        spans = self._shown.con.execute(side.spans()).fetchall()
        ends = side.lines(records, [ordinal for span in spans for ordinal in span[2:4]])
        for account, currency, first, last, from_date, last_date, moved in spans:
            opening, closing = ends[first], ends[last]
            known = self._found.get((account, currency))
            if known is None:
                of = (opening["locator"], opening["holder"], opening["bank"], from_date, last_date)
                self._found[account, currency] = _Found(*of, side.end(opening), side.end(closing), moved)
                continue
            known.holder = known.holder or opening["holder"]
            known.from_date, known.last_date = min(known.from_date, from_date), max(known.last_date, last_date)
            known.last, known.moved = side.end(closing), known.moved + moved

    def _row(self, found: _Found, account: str, currency: str) -> dict[str, Any]:
        opening, closing = found.balances()
        given = self._mapping.balances if self._mapping else None
        if given and (given.opening or given.closing):
            if len(self._found) > 1:
                raise FinflowError(
                    f"{self._received.name} holds {len(self._found)} accounts or currencies, so [balances] of its "
                    "mapping cannot say whose they are. Leave [balances] out."
                )
            opening, closing = (Decimal(text) if text else None for text in (given.opening, given.closing))
        return self._common(found.locator, account, currency) | {
            "holder_name": found.holder,
            "bank": found.bank,
            "from_date": found.from_date,
            "until_date": found.last_date + timedelta(days=1),
            "opening_balance": opening,
            "closing_balance": closing,
            "bank_statement_id": None,
        }

    def _common(self, locator: str, account: str, currency: str) -> dict[str, Any]:
        if account.startswith(BOUNDARY):
            raise FinflowError(
                f"{self._received.name} {locator}: the mapping calls this account a boundary, so it has no lines of "
                "its own. Leave it out of boundary, or skip the lines."
            )
        if account.startswith(NO_BANK):
            raise FinflowError(
                f"{self._received.name} {locator}: the account is no IBAN and no bank is named, so it cannot be told "
                "from the same number at another bank. Write a mapping with the line bank = ... (its BIC or name) and "
                "load the file with it: finflow load CASE FILE --mapping FILE."
            )
        return {
            "statement_id": f"{self._received.file_id[:16]}:{locator}",
            "file_id": self._received.file_id,
            "locator": locator,
            "account_id": account,
            "currency": currency,
        }

    def _stated_rows(self, stated: list[StatementText], settler: Settler) -> list[dict[str, Any]]:
        printed = pl.DataFrame(
            [(text.account, text.bank) for text in stated],
            schema={"account": pl.String, "bank": pl.String},
            orient="row",
        )
        return [
            self._stated_row(text, account) for text, account in zip(stated, settler.accounts(printed), strict=True)
        ]

    def _stated_row(self, text: StatementText, account: str | None) -> dict[str, Any]:
        if account is None or text.currency is None:
            missing = "account" if account is None else "currency"
            raise FinflowError(
                f"{self._received.name} {text.locator}: the statement names no {missing}. Ask the bank for it again."
            )
        first = date.fromisoformat(text.from_date or text.until_date or "")
        until = date.fromisoformat(text.until_date) if text.until_date else first + timedelta(days=1)
        return self._common(text.locator, account, text.currency) | {
            "holder_name": text.holder,
            "bank": text.bank,
            "from_date": first,
            "until_date": max(until, first + timedelta(days=1)),
            "opening_balance": self._balance(text, text.opening),
            "closing_balance": self._balance(text, text.closing),
            "bank_statement_id": text.bank_statement_id,
        }

    def _balance(self, text: StatementText, printed: str | None) -> Decimal | None:
        if printed is None:
            return None
        if not re.fullmatch(r"[+-]?\d{1,20}(\.\d{1,8}0*)?", printed):
            raise FinflowError(
                f"{self._received.name} {text.locator}: a balance is not an amount. Ask the bank for the file again."
            )
        return Decimal(printed)

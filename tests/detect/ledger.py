"""A case database from a small table a lawyer can read: one line a payment, or one line a series of equal payments."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from functools import cache
from importlib import resources
from typing import Any

import duckdb
import polars as pl

from finflow.side.tables import schema

Row = dict[str, str]

COLUMNS = {
    "line", "account", "on", "times", "time", "in", "out", "with", "kind", "place", "category", "purpose", "text", "name",
}  # fmt: skip
AMOUNT = {"amount": pl.Decimal(28, 8), "booked_at": pl.Datetime}
_SCHEMA = resources.files("finflow").joinpath("schema.sql").read_text(encoding="utf-8")
_TABLES = "\n".join(  # comments take longest
    line for line in [*_SCHEMA.splitlines(), *schema().splitlines()] if not line.startswith("COMMENT")
)
_SERIES = re.compile(r"^(\S+) to (\S+)(?: (weekly|monthly))?$")


@dataclass(frozen=True)
class Payment:
    """One payment of a series: its transfer id and the line of the table it comes from."""

    transfer_id: str
    line: str
    account: str
    other: str | None
    booking_date: date
    row: Row


def tables(text: str) -> Iterator[list[Row]]:
    """Every Markdown table of a text, as rows by column name."""
    for block in re.findall(r"(?:^\|.*\n?)+", text, flags=re.MULTILINE):
        head, _rule, *body = [[cell.strip() for cell in line.strip()[1:-1].split("|")] for line in block.splitlines()]
        yield [dict(zip(head, cells, strict=True)) for cells in body]


def build(
    rows: list[Row], listed: list[Row], currency: str = "EUR", side: Iterable[tuple[str, Row]] = ()
) -> tuple[duckdb.DuckDBPyConnection, list[Payment]]:
    """A connection that sees the tables of schema.sql with these payments as transfers and legs, these values on lists,
    and these rows of side evidence, each with its kind.
    """
    unknown = {name for row in rows for name in row} - COLUMNS
    assert not unknown, f"columns a ledger does not know: {sorted(unknown)}"
    con = _empty().cursor()
    con.execute("BEGIN")  # never committed: what one caller puts in, no other sees
    payments = [payment for row in rows for payment in _series(row)]
    inside = {payment.account for payment in payments}
    transfers = [_transfer(payment, inside, currency) for payment in payments]
    legs = [leg for transfer in transfers for leg in _legs(transfer, inside)]
    accounts = sorted(inside | {payment.other for payment in payments if payment.other})
    _insert(con, "transfer", [{name: value for name, value in row.items() if name != "name"} for row in transfers])
    legs.sort(key=lambda leg: (leg["booking_date"], leg["booked_at"] or datetime.min))  # lines stay in order else
    for_traces = {"account_no": 0, "chained": False, "opens_ring": False}  # what no rule reads
    _insert(con, "leg", [leg | for_traces | {"position": n, "turn": n} for n, leg in enumerate(legs, start=1)])
    _insert(con, "account", [{"account_id": n, "name": n, "inside": n in inside, "scheme": "bank"} for n in accounts])
    _insert(con, "decision", [_decision(number, row) for number, row in enumerate(listed, start=1)])
    for kind, row in side:
        _insert(con, f"evidence.{kind}", [_side_row(kind, row)])
    return con, payments


@cache
def _empty() -> duckdb.DuckDBPyConnection:
    """The tables without a row; made once, because that takes longer than all a spec asks."""
    con = duckdb.connect()
    con.execute(_TABLES)
    return con


def _side_row(kind: str, row: Row) -> dict[str, Any]:
    place = {"row_id": f"{kind} {row[kind]}", "file_id": kind, "locator": f"L{row[kind]}"}
    return place | {name: value or None for name, value in row.items() if name != kind}


def hold(con: duckdb.DuckDBPyConnection, people: list[Row]) -> None:
    """Record holders: rows with account, party, kind and role (empty = not assessed; several roles = several rows)."""
    for row in people:
        con.execute("INSERT OR IGNORE INTO party VALUES ($party, $party, $kind, TRUE)", _only(row, "party", "kind"))
        con.execute(
            "UPDATE account SET holder_party_id = $party WHERE account_id = $account", _only(row, "party", "account")
        )
        if row["role"]:
            con.execute(
                "INSERT INTO party_role VALUES ($party, $role, NULL, NULL, 'a person', 'spec')",
                _only(row, "party", "role"),
            )


def _only(row: Row, *names: str) -> Row:
    return {name: row[name] for name in names}


def empty() -> duckdb.DuckDBPyConnection:
    """A case without anything in it."""
    return build([], [])[0]


def _series(row: Row) -> Iterator[Payment]:
    days = list(_days(row["on"]))
    times = int(row.get("times") or 1)
    for day_no, day in enumerate(days, start=1):
        for number in range(1, times + 1):
            mark = str(number if times > 1 else day_no)
            filled = {name: value.replace("#", mark) for name, value in row.items()}
            transfer_id = f"{row['line']}.{day_no:02}.{number:02}"
            yield Payment(transfer_id, row["line"], filled["account"], filled.get("with") or None, day, filled)


def _days(text: str) -> Iterator[date]:
    series = _SERIES.match(text)
    first, last, step = series.groups() if series else (text, text, None)
    day, end = date.fromisoformat(first), date.fromisoformat(last)
    while day <= end:
        yield day
        if step == "monthly":
            day = day.replace(year=day.year + day.month // 12, month=day.month % 12 + 1)
        else:
            day += timedelta(days=7 if step == "weekly" else 1)


def _transfer(payment: Payment, inside: set[str], currency: str) -> dict[str, Any]:
    row = payment.row
    came_in, clock = bool(row.get("in")), row.get("time")
    debtor, creditor = (payment.other, payment.account) if came_in else (payment.account, payment.other)
    return {
        "transfer_id": payment.transfer_id,
        "debtor_account_id": debtor,
        "creditor_account_id": creditor,
        "debit_leg": payment.transfer_id if debtor in inside else None,
        "credit_leg": payment.transfer_id if creditor in inside else None,
        "booking_date": payment.booking_date,
        "booked_at": datetime.combine(payment.booking_date, time.fromisoformat(clock)) if clock else None,
        "amount": Decimal(row["in"] if came_in else row["out"]),
        "currency": currency,
        "kind": row.get("kind") or "transfer",
        "purpose_code": row.get("purpose") or None,
        "merchant_category": row.get("category") or None,
        "place": row.get("place") or None,
        "narrative": row.get("text") or None,
        "rule": "spec",
        "score": 100,
        "name": row.get("name") or None,
    }


def _legs(transfer: dict[str, Any], inside: set[str]) -> Iterator[dict[str, Any]]:
    ends = ("DBIT", "debtor_account_id", "creditor_account_id"), ("CRDT", "creditor_account_id", "debtor_account_id")
    of_both = {"debtor_account_id", "creditor_account_id", "debit_leg", "credit_leg", "rule", "score", "name"}
    for side, own, other in ends:
        if transfer[own] in inside:
            yield {name: value for name, value in transfer.items() if name not in of_both} | {
                "leg_id": transfer["transfer_id"],
                "entry_id": transfer["transfer_id"],
                "detail_no": 0,
                "account_id": transfer[own],
                "side": side,
                "is_reversal": False,
                "counterparty_account_id": transfer[other],
                "counterparty_inside": transfer[other] in inside,
                "counterparty_name": transfer["name"] or transfer[other],
            }


def _decision(number: int, row: Row) -> dict[str, Any]:
    people = {"decided_by": "a person", "decided_on": date(2025, 1, 1), "why": "spec", "recorded_by": "a person"}
    about = {"decision_no": number, "kind": "listed", "subject": row["value"], "object": row["list"]}
    return {**about, **people, "recorded_at": datetime(2025, 1, 1)}


def _insert(con: duckdb.DuckDBPyConnection, table: str, rows: list[dict[str, Any]]) -> None:
    if rows:
        types = {} if table.startswith("evidence.") else AMOUNT
        con.register("rows", pl.DataFrame(rows, schema_overrides=types, infer_schema_length=None))
        con.execute(f"INSERT INTO {table} BY NAME SELECT * FROM rows")
        con.unregister("rows")

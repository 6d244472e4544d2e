"""A case with hand-written bank lines, for the tests of what comes after loading."""

import hashlib
import shutil
from decimal import Decimal

import polars as pl

import finflow

COLUMNS = {
    "entry_id": pl.String, "file_id": pl.String, "locator": pl.String, "seq": pl.Int64, "statement_id": pl.String,
    "account_id": pl.String, "side": pl.String, "amount": pl.Decimal(28, 8), "currency": pl.String,
    "booking_date": pl.Date, "booked_at": pl.Datetime, "value_date": pl.Date, "balance_after": pl.Decimal(28, 8),
    "is_reversal": pl.Boolean, "both_sides": pl.Boolean, "counterparty_account_id": pl.String,
    "counterparty_name": pl.String, "counterparty_bank": pl.String, "kind": pl.String, "purpose_code": pl.String,
    "merchant_category": pl.String, "place": pl.String, "end_to_end_id": pl.String, "uetr": pl.String,
    "instructed_amount": pl.Decimal(28, 8), "instructed_currency": pl.String, "ultimate_name": pl.String,
    "bank_reference": pl.String,
    "bank_transaction_code": pl.String, "narrative": pl.String, "details": pl.Int64,
}  # fmt: skip
DEFAULTS = {"currency": "EUR", "kind": "transfer", "is_reversal": "no", "both_sides": "no"}


def cells(text):
    """Rows of an ASCII table as dicts; an empty cell is None."""
    lines = [line for line in text.strip().splitlines() if "|" in line]
    split = [[cell.strip() or None for cell in line.strip().strip("|").split("|")] for line in lines]
    return [dict(zip(split[0], row, strict=True)) for row in split[1:]]


def book(con, text, *, file="a.csv", holder=None, opening=None, closing=None, window=None):
    """Load the lines of an ASCII table as one file: columns account, date, amount (signed), any column of entry."""
    rows = cells(text)
    file_id = hashlib.sha256(file.encode()).hexdigest()
    frame = pl.DataFrame([_entry(file_id, n, row) for n, row in enumerate(rows, 1)], schema=COLUMNS)
    con.register("lines", frame)
    con.execute("INSERT INTO evidence.long_entry BY NAME SELECT * EXCLUDE (locator) FROM lines")
    con.unregister("lines")
    con.execute(
        "INSERT INTO evidence.source_file BY NAME SELECT $id AS file_id, $name AS name, 1 AS size_bytes, 'csv' AS format, "
        "$n AS records, $n AS entries, 0 AS rejected, 0 AS skipped, 'tester' AS loaded_by, now()::TIMESTAMP AS loaded_at",
        {"id": file_id, "name": file, "n": len(rows)},
    )
    for account in sorted({row["account"] for row in rows}):
        dates = [row["date"] for row in rows if row["account"] == account]
        first, until = window or (min(dates), max(dates))
        con.execute(
            "INSERT INTO evidence.statement BY NAME SELECT $s AS statement_id, $f AS file_id, 'L1' AS locator, $a AS account_id, "
            "$h AS holder_name, 'EUR' AS currency, $first::DATE AS from_date, "
            "CASE WHEN $w THEN $until::DATE ELSE ($until::DATE + INTERVAL 1 DAY)::DATE END AS until_date, "
            "$o::DECIMAL(28,8) AS opening_balance, $c::DECIMAL(28,8) AS closing_balance",
            {"s": f"{file_id[:16]}:{account}", "f": file_id, "a": account, "h": holder, "first": first, "until": until,
             "w": window is not None, "o": opening, "c": closing},
        )  # fmt: skip
    return file_id[:16]


def copied(made, place):
    """A case of its own for one test: the folder `made`, which holds `case` and what lies beside it, copied to `place`.

    A case is built by a second of work, copied and opened by a tenth of one.
    """
    return finflow.open_case(shutil.copytree(made, place, dirs_exist_ok=True) / "case")


def known(case, *accounts):
    """Make accounts known that no line names yet: a log-in to each stands in side evidence."""
    with case.writing() as con:
        for account in accounts:
            con.execute(
                "INSERT INTO evidence.devices BY NAME SELECT $row AS row_id, 'devices' AS file_id, 'L2' AS locator, "
                "$account AS account, TIMESTAMP '2025-01-01 10:00:00' AS logged_in_at, 'phone' AS device "
                "WHERE NOT EXISTS (SELECT 1 FROM evidence.devices WHERE account = $account)",
                {"row": f"devices:{account}", "account": account},
            )


def _entry(file_id, n, given):
    from datetime import date, datetime

    row = dict.fromkeys(COLUMNS) | DEFAULTS | {k: v for k, v in given.items() if v is not None}
    signed = Decimal(row.pop("amount"))
    moment = row["booked_at"]
    return {name: row.get(name) for name in COLUMNS} | {
        "entry_id": f"{file_id[:16]}:L{n}", "file_id": file_id, "locator": f"L{n}", "seq": n,
        "statement_id": f"{file_id[:16]}:{row['account']}", "account_id": row["account"],
        "side": "CRDT" if signed >= 0 else "DBIT", "amount": abs(signed), "details": 0,
        "booking_date": date.fromisoformat(row["date"]),
        "booked_at": datetime.fromisoformat(f"{row['date']}T{moment}") if moment else None,
        "balance_after": Decimal(row["balance_after"]) if row["balance_after"] else None,
        "instructed_amount": Decimal(row["instructed_amount"]) if row["instructed_amount"] else None,
        "is_reversal": row["is_reversal"] == "yes", "both_sides": row["both_sides"] == "yes",
        "counterparty_account_id": row.get("other"), "counterparty_name": row.get("name"),
    }  # fmt: skip

"""The three CSV banks, each with its own columns, signs and dates, and the rows that no loader can accept.

A faulty row repeats a good one with one field spoilt, so the balances are right without it.
"""

from collections.abc import Callable
from dataclasses import dataclass
from random import Random

from finflow.sample.accounts import ACCOUNTS
from finflow.sample.ledger import Entry
from finflow.sample.people import CAST
from finflow.sample.write_camt import decimal, iban_of, name_of


@dataclass(frozen=True)
class Layout:
    """How a bank exports: its columns, which of them can be spoilt, and how a row is written."""

    delimiter: str
    encoding: str
    header: tuple[str, ...]
    date: str
    amounts: tuple[str, ...]
    currency: str
    bad_date: str
    row: Callable[[Entry], tuple[str, ...]]


def _dunaparti(entry: Entry) -> tuple[str, ...]:
    kinds = {"transfer": "Átutalás", "direct_debit": "Csoportos beszedés", "cash_deposit": "Pénztári befizetés"}
    account = ACCOUNTS[entry.label]
    day = f"{entry.when:%Y.%m.%d}"
    return (
        day, day, account.iban, CAST[account.holder].name, decimal(entry.signed, ","), "HUF",
        decimal(entry.balance, ","), kinds[entry.movement.kind], name_of(entry.other), iban_of(entry.other) or "",
        entry.movement.text,
    )  # fmt: skip


def _codrubanca(entry: Entry) -> tuple[str, ...]:
    kinds = {"transfer": "Transfer", "card_payment": "POS", "cash_withdrawal": "Retragere ATM"}
    account = ACCOUNTS[entry.label]
    amount = decimal(entry.amount)
    debit, credit = ("", amount) if entry.side == "CRDT" else (amount, "")
    return (
        f"{entry.when:%d%m%Y}", account.iban, CAST[account.holder].name, debit, credit, "MDL", decimal(entry.balance),
        kinds[entry.movement.kind], name_of(entry.other), iban_of(entry.other) or "", entry.movement.text,
    )  # fmt: skip


def _vektapay(entry: Entry) -> tuple[str, ...]:
    kinds = {"transfer": "transfer", "card_payment": "card", "fee": "fee"}
    account = ACCOUNTS[entry.label]
    return (
        f"{entry.when:%Y-%m-%d %H:%M:%S}", account.iban, CAST[account.holder].name, decimal(entry.signed), "EUR",
        decimal(entry.balance), kinds[entry.movement.kind], name_of(entry.other), iban_of(entry.other) or "",
        entry.movement.mcc, entry.movement.text,
    )  # fmt: skip


LAYOUTS = {
    "Dunaparti Takarék": Layout(
        ";", "cp1250",
        ("Könyvelés napja", "Értéknap", "Számlaszám", "Tulajdonos", "Összeg", "Devizanem", "Egyenleg", "Típus",
         "Ellenoldali név", "Ellenoldali számla", "Közlemény"),
        "Könyvelés napja", ("Összeg",), "Devizanem", "2025.02.31", _dunaparti,
    ),
    "Codrubanca": Layout(
        ",", "utf-8",
        ("Data", "Cont", "Titular", "Debit", "Credit", "Valuta", "Sold", "Tip", "Partener", "Cont partener", "Detalii"),
        "Data", ("Debit", "Credit"), "Valuta", "31022025", _codrubanca,
    ),
    "Vektapay": Layout(
        ",", "utf-8",
        ("booked", "wallet", "holder", "amount", "currency", "balance", "type", "counterparty", "counterparty_iban",
         "mcc", "note"),
        "booked", ("amount",), "currency", "2025-13-04 23:10:00", _vektapay,
    ),
}  # fmt: skip

FAULTS = ("impossible date", "amount missing", "amount is text", "row cut short", "unknown currency", "date missing")


def csv_file(
    entries: list[Entry], layout: Layout, rng: Random, faulty: int
) -> tuple[bytes, list[tuple[Entry, str]], list[tuple[str, str]]]:
    """One file as bytes, the line of each entry, and the line of each faulty row with what is wrong with it."""
    lines = [_line(layout.header, layout)]
    places: list[tuple[Entry, str]] = []
    faults: list[tuple[str, str]] = []
    spoilt = set(rng.sample(range(len(entries)), faulty))
    for number, entry in enumerate(entries):
        lines.append(_line(layout.row(entry), layout))
        places.append((entry, f"L{len(lines)}"))
        if number in spoilt:
            fault = FAULTS[(len(faults) + len(entries)) % len(FAULTS)]
            lines.append(_line(_spoil(layout.row(entry), layout, fault), layout))
            faults.append((f"L{len(lines)}", fault))
    return ("\n".join(lines) + "\n").encode(layout.encoding), places, faults


def _spoil(row: tuple[str, ...], layout: Layout, fault: str) -> tuple[str, ...]:
    if fault == "row cut short":
        return row[:4]
    values = dict(zip(layout.header, row, strict=True))
    changes = {
        "impossible date": {layout.date: layout.bad_date},
        "date missing": {layout.date: ""},
        "amount missing": dict.fromkeys(layout.amounts, ""),
        "amount is text": {column: "see annex" for column in layout.amounts if values[column]},
        "unknown currency": {layout.currency: "XQX"},
    }
    return tuple((values | changes[fault]).values())


def _line(values: tuple[str, ...], layout: Layout) -> str:
    return layout.delimiter.join(f'"{v}"' if layout.delimiter in v or '"' in v else v for v in values)

"""Columns that a proposed mapping leaves unused, and which of them look as if they mattered.

By a word of their header, in the languages of `words.py`, else by what their first cells hold.
"""

import re

import pyarrow as pa

from finflow.load.proposal import Seen
from finflow.load.words import CODES, listed, plain

# A word of five letters or more counts inside a longer one (Gegenkontonummer), a shorter one only by itself.
WORDS = {
    "a counterparty": (
        "counterpart, payee, payer, beneficiar, recipient, receiver, sender, remitter, originator, debtor, creditor, "
        "empfanger, empfaenger, auftraggeber, zahlungspflichtig, zahler, gegen, tegen, ontvanger, begunstigde, "
        "opdrachtgever, contrepart, destinataire, emetteur, donneur, contrapart, ordenante, destinatario, contropart, "
        "ordinante, kontrahent, nadawca, odbiorca, partner, kedvezmenyezett, ordonator, platitor, partener, protiuct, "
        "protistran, prijemce, platce"
    ),
    "an account": "iban, account, konto, rekening, compte, cuenta, conto, rachun, szamla, cont, ucet, ucty",
    "a name": "name, naam, nom, nombre, nome, nazwa, neve, nume, nazev",
    "a currency": "currency, ccy, wahrung, waehrung, valuta, munt, devise, divisa, moneda, moneta, waluta, devizanem",
    "an amount": (
        "amount, betrag, umsatz, bedrag, montant, importe, importo, kwota, osszeg, suma, castka, fee, fees, charge, "
        "gebuhr, gebuehr, entgelt, kosten, frais, comision, commission, commissione, prowizja, poplatek, debit, credit"
    ),
    "a balance": "balance, saldo, kontostand, solde, egyenleg, sold, zustatek",
    "a time": "time, zeit, uhrzeit, tijd, tijdstip, heure, hora, ora, godzina, idopont, cas",
}  # fmt: skip
CELLS = {
    "an account": re.compile(r"[A-Z]{2}\d{2} ?[A-Z0-9 ]{11,36}"),
    "an amount": re.compile(r"[-+\u2212]?\d[\d.,' \u00a0]*[.,]\d{2}"),
    "a time": re.compile(r"\d{1,2}:\d{2}(:\d{2})?"),
}


def ask_about(unread: list[str], seen: Seen, first: list[pa.Array] | None) -> None:
    """A doubt for each column of `unread` that looks as if it mattered. `first`: their first cells, if any."""
    asked = {column for columns in seen.columns.values() for column in columns}  # one of several is asked already
    for at, column in enumerate(unread):
        looks = _by_header(column) or _by_cells(set(filter(None, first[at].unique().to_pylist())) if first else set())
        if looks and column not in asked:
            seen.ask("table.unused", f"column {column} looks like {looks}, and nothing reads it")


def not_used(columns: list[str]) -> list[str]:
    """The sentence that names the columns that nothing reads; none when all are used."""
    return [f"Not used: {'column' if len(columns) == 1 else 'columns'} {', '.join(columns)}."] if columns else []


def _by_header(column: str) -> str | None:
    header = plain(column).replace("-", " ")
    for what, words in WORDS.items():
        if any(word in (header if len(word) > 4 else header.split()) for word in listed(words)):
            return what
    return None


def _by_cells(cells: set[str]) -> str | None:
    if cells and cells <= CODES:
        return "a currency"
    return next((what for what, form in CELLS.items() if cells and all(map(form.fullmatch, cells))), None)

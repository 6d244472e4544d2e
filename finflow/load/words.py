"""Words banks print above their columns, and for the sides of an entry, in the languages seen so far.

Compared without case, accents and punctuation. A word stands under one part only: one that two banks use for different
things is left out, so that it is asked about.
"""

import re
import unicodedata
from collections.abc import Iterable

from iso4217 import Currency

HEADER = {
    "booking_date": (
        "booking date, date, booked on, transaction date, posting date, buchungstag, buchungsdatum, datum, "
        "boekdatum, boekingsdatum, transactiedatum, date comptable, date operation, date de l operation, "
        "fecha, fecha operacion, fecha contable, data contabile, data operazione, data, data ksiegowania, "
        "data operacji, data transakcji, konyveles datuma, konyvelesi datum, konyveles napja, tranzakcio "
        "datuma, data tranzactiei, data contabilizarii, data inregistrarii, datum zauctovani, datum "
        "provedeni, datum transakce"
    ),
    "booking_time": "time, booking time, uhrzeit, tijd, tijdstip, heure, hora, ora, godzina, idopont, cas",
    "value_date": (
        "value date, valuta, wertstellung, valutadatum, rentedatum, date de valeur, date valeur, fecha valor, "
        "data valuta, data waluty, erteknap, data valutei, datum valuty"
    ),
    "amount": (
        "amount, transaction amount, betrag, umsatz, bedrag, transactiebedrag, montant, importe, importo, "
        "kwota, kwota operacji, osszeg, suma, castka, objem"
    ),
    "side": (
        "side, debit credit, dr cr, cr dr, c d, d c, soll haben, s h, debet credit, af bij, sens, debito "
        "credito, terheles jovairas, t j, strana"
    ),
    "debit": (
        "debit, debits, money out, paid out, withdrawals, soll, af, uitgaven, cargo, addebito, terheles, "
        "obciazenia, debet"
    ),
    "credit": ("credit, credits, money in, paid in, deposits, haben, bij, avoir, abono, accredito, jovairas, uznania"),
    "balance": (
        "balance, running balance, balance after, saldo, kontostand, saldo na mutatie, solde, saldo contable, "
        "saldo po operacji, egyenleg, sold, sold contabil, zustatek"
    ),
    "account": (
        "account, account number, iban, own account, auftragskonto, kontonummer, rekening, rekeningnummer, "
        "rekeningnummer rekeninghouder, compte, numero de compte, cuenta, conto, rachunek, numer rachunku, "
        "szamlaszam, cont, numar cont, cislo uctu, ucet"
    ),
    "holder": (
        "account holder, holder, kontoinhaber, rekeninghouder, titulaire, titular, intestatario, "
        "szamlatulajdonos, titular cont"
    ),
    "currency": (
        "currency, ccy, wahrung, waehrung, valutasoort, muntsoort, munt, devise, divisa, moneda, moneta, "
        "waluta, devizanem, mena"
    ),
    "counterparty_account": (
        "counterparty account, counterparty iban, beneficiary account, kontonummer iban, iban gegenkonto, "
        "gegenkonto, tegenrekening, tegenrekening iban, rekeningnummer tegenpartij, iban tegenrekening, "
        "compte contrepartie, cuenta contraparte, conto controparte, rachunek kontrahenta, ellenszamla, "
        "partner szamlaszama, cont partener, cont beneficiar, protiucet, cislo protiuctu"
    ),
    "counterparty_name": (
        "counterparty, counterparty name, payee, payer payee, beneficiary, name, beguenstigter "
        "zahlungspflichtiger, begunstigter zahlungspflichtiger, empfanger, auftraggeber empfanger, naam "
        "tegenpartij, tegenpartij, naam omschrijving, contrepartie, beneficiaire, contraparte, beneficiario, "
        "controparte, kontrahent, nazwa kontrahenta, partner neve, partner, partener, nume partener, "
        "beneficiar, nazev protiuctu, protistrana"
    ),
    "counterparty_bank": (
        "counterparty bank, bank, bic, bic swift code, bic tegenpartij, bankleitzahl, swift, banca, banca "
        "partener, partner bankja"
    ),
    "narrative": (
        "narrative, description, details, text, reference text, memo, remittance information, "
        "verwendungszweck, buchungstext, omschrijving, mededeling, mededelingen, libelle, communication, "
        "concepto, descripcion, descrizione, causale, tytul, opis, opis operacji, kozlemeny, megjegyzes, "
        "explicatii, detalii, detalii tranzactie, descriere, popis, zprava pro prijemce"
    ),
    "bank_reference": (
        "bank reference, transaction id, transaction reference, reference, referenz, transactiereferentie, "
        "volgnr, reference banque, referencia, riferimento, numer referencyjny, tranzakcio azonosito, banki "
        "azonosito, referinta, id transakce"
    ),
    "end_to_end_id": (
        "end to end id, endtoendid, end to end reference, end to end referenz, sepa referenz, kundenreferenz end to end"
    ),
    "merchant_category": "mcc, merchant category, merchant category code",
}

CREDIT = "c, cr, crdt, credit, h, haben, bij, j, jovairas, in, incoming, +"
DEBIT = "d, dr, dbit, debit, s, soll, af, t, terheles, out, outgoing, -"


def plain(text: str) -> str:
    """A word as it is compared: lower case, no accents, no punctuation."""
    letters = unicodedata.normalize("NFKD", text.casefold().replace("ß", "ss").replace("ł", "l"))
    kept = "".join(letter for letter in letters if not unicodedata.combining(letter))
    return re.sub(r"[^a-z0-9+-]+", " ", kept).strip() if re.search(r"[a-z0-9]", kept) else kept.strip()


def listed(words: str) -> list[str]:
    """The words of one entry of the tables above."""
    return [word.strip() for word in words.split(",")]


PART_OF = {word: part for part, words in HEADER.items() for word in listed(words)}
CODES = {currency.code for currency in Currency}


def part_of(cell: str) -> tuple[str | None, str | None]:
    """The part a header cell stands for, and the currency named behind it."""
    word = plain(cell)
    if word in PART_OF:
        return PART_OF[word], None
    head, _, last = word.rpartition(" ")
    return (PART_OF.get(head), last.upper()) if last.upper() in CODES else (None, None)


def known(cells: Iterable[str]) -> int:
    """How many header cells stand for a part."""
    return sum(part_of(cell)[0] is not None for cell in cells)

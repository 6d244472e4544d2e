"""Files that are often sent in the place of bank statements: what they are, and what to ask for instead."""

import re

BEGINNINGS = {
    b"PK\x03\x04": "a ZIP archive: unpack it, or save the sheet as XLSX or CSV",
    b"\xd0\xcf\x11\xe0": "an old Excel file or one with a password: save it as XLSX, without a password",
    b"\x1f\x8b": "a gzip archive: unpack it",
    b"PARE": "a Parquet file that is encrypted: ask for it without encryption",
}

_ORDERS = "payment orders, which say what a customer asked for and not what a bank booked"
MESSAGES = {  # ISO 20022, by business area and number
    "pain.001": _ORDERS,
    "pain.008": _ORDERS.replace("payment orders", "direct debit orders"),
    "pain.002": "a report on what became of payment orders, not a list of what was booked",
    "pain": "a message about payment orders, not a list of what was booked",
    "pacs": "a payment between banks, not a list of what was booked on an account",
    "camt": "a message about an account that lists no bookings",
}
ASK = "Ask the bank for camt.053 statements of the account"

_ISO = re.compile(r"iso:std:iso:20022:tech:xsd:((pain|pacs|camt)\.\d{3})")
_TEXTS = {
    "BAI2, cash management totals of the United States": re.compile(r"01,[^/]*/\s*02,"),
    "NACHA, payment orders of the United States, not a list of what was booked": re.compile(r"101[ \d]{20}[^\n]{71}"),
}


def other_file(data: bytes, text: str) -> str | None:
    """What a file is that begins so, when it is no statement that can be read; None for all others."""
    for beginning, what in BEGINNINGS.items():
        if data.startswith(beginning):
            return what
    for what, form in _TEXTS.items():
        if form.match(text):
            return f"{what}. {ASK}, or for CSV"
    return None


def other_message(text: str) -> str:
    """What an XML text is that is no camt.052, camt.053 or camt.054."""
    found = _ISO.search(text)
    if found is None:
        return f"another kind of XML, not camt.053. {ASK}"
    return f"{found[1]}, {MESSAGES.get(found[1]) or MESSAGES[found[2]]}. {ASK}"

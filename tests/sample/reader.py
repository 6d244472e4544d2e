"""Reads the sample's bank files with nothing of finflow: a few lines for each format, as a stranger would."""

import csv
import re
import xml.etree.ElementTree as ET
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path

CAMT = "{urn:iso:std:iso:20022:tech:xsd:camt.053.001.08}"
CSV_BANKS = {
    "dunaparti": (";", "cp1250", ",", "%Y.%m.%d"),
    "codrubanca": (",", "utf-8", ".", "%d%m%Y"),
    "vektapay": (",", "utf-8", ".", "%Y-%m-%d %H:%M:%S"),
}


@dataclass
class Row:
    """One line of one account; `amount` is signed, `moment` has a time only where the bank prints one."""

    file: str
    locator: str
    account: str
    amount: Decimal
    currency: str
    moment: datetime
    name: str = ""
    iban: str = ""
    text: str = ""
    info: str = ""
    code: str = ""
    purpose: str = ""
    reference: str = ""
    reversal: bool = False
    balance: Decimal | None = None
    parts: list[tuple[str, Decimal]] = field(default_factory=list)

    @property
    def day(self) -> date:
        return self.moment.date()


@dataclass
class Statement:
    """One account over one period, as one file states it."""

    file: str
    account: str
    currency: str
    first: date
    last: date
    opening: Decimal
    closing: Decimal
    rows: list[Row]
    address: str = ""
    contact: str = ""


def camt_statements(path: Path) -> list[Statement]:
    return [_camt_statement(path.name, n, node) for n, node in enumerate(ET.parse(path).iter(f"{CAMT}Stmt"), 1)]


def _at(node: ET.Element, *steps: str) -> str:
    found = node.find("/".join(f"{CAMT}{step}" for step in steps))
    return (found.text or "") if found is not None else ""


def _camt_statement(file: str, number: int, node: ET.Element) -> Statement:
    balances = {_at(b, "Tp", "CdOrPrtry", "Cd"): Decimal(_at(b, "Amt")) for b in node.iter(f"{CAMT}Bal")}
    account = _at(node, "Acct", "Id", "IBAN")
    rows = [
        _camt_row(file, f"Stmt[{number}]/Ntry[{n}]", account, entry)
        for n, entry in enumerate(node.findall(f"{CAMT}Ntry"), 1)
    ]
    days = [datetime.fromisoformat(_at(node, "FrToDt", side)).date() for side in ("FrDtTm", "ToDtTm")]
    owner = node.find(f"{CAMT}Acct/{CAMT}Ownr")
    assert owner is not None
    contact = _at(owner, "CtctDtls", "PhneNb") + " " + _at(owner, "CtctDtls", "EmailAdr")
    return Statement(
        file, account, _at(node, "Acct", "Ccy"), days[0], days[1], balances["OPBD"], balances["CLBD"], rows,
        _at(owner, "PstlAdr", "TwnNm"), contact.strip(),
    )  # fmt: skip


def _camt_row(file: str, locator: str, account: str, node: ET.Element) -> Row:
    credit = _at(node, "CdtDbtInd") == "CRDT"
    other = "Dbtr" if credit else "Cdtr"
    detail = node.find(f"{CAMT}NtryDtls/{CAMT}TxDtls")
    assert detail is not None
    family = [_at(node, "BkTxCd", "Domn", "Cd"), _at(node, "BkTxCd", "Domn", "Fmly", "Cd")]
    return Row(
        file, locator, account, Decimal(_at(node, "Amt")) * (1 if credit else -1), "EUR",
        datetime.fromisoformat(_at(node, "BookgDt", "DtTm")),
        _at(detail, "RltdPties", other, "Pty", "Nm"), _at(detail, "RltdPties", f"{other}Acct", "Id", "IBAN"),
        _at(detail, "RmtInf", "Ustrd"), _at(node, "AddtlNtryInf"),
        "/".join([*family, _at(node, "BkTxCd", "Domn", "Fmly", "SubFmlyCd")]), _at(detail, "Purp", "Cd"),
        _at(node, "AcctSvcrRef"), _at(node, "RvslInd") == "true",
        parts=[
            (_at(part, "RltdPties", "Cdtr", "Pty", "Nm"), Decimal(_at(part, "Amt")))
            for part in node.findall(f"{CAMT}NtryDtls/{CAMT}TxDtls")
            if _at(part, "Amt")
        ],
    )  # fmt: skip


_LINE_61 = re.compile(r":61:(\d{6})(\d{4})(R?[DC])(\d+,\d{2})N(TRF|MSC)NONREF//(\w+)$")
_BALANCE = re.compile(r":6[02]F:C(\d{6})EUR(\d+,\d{2})$")


def mt940_statements(path: Path) -> list[Statement]:
    lines = path.read_text(encoding="ascii").split("\n")
    ends = [n for n, line in enumerate(lines) if line == "-"]
    starts = [0, *(end + 1 for end in ends[:-1])]
    return [_mt940_statement(path.name, lines, start, end) for start, end in zip(starts, ends, strict=True)]


def _mt940_statement(file: str, lines: list[str], start: int, end: int) -> Statement:
    account = lines[start + 1].removeprefix(":25:")
    opening, closing = (_BALANCE.match(lines[n]) for n in (start + 3, end - 1))
    assert opening
    assert closing
    heads = [n for n in range(start, end) if lines[n].startswith(":61:")]
    rows = [
        _mt940_row(file, account, lines, head, until) for head, until in zip(heads, [*heads[1:], end - 1], strict=False)
    ]
    first, last = (datetime.strptime(found[1], "%y%m%d").date() for found in (opening, closing))
    sums = [Decimal(found[2].replace(",", ".")) for found in (opening, closing)]
    return Statement(file, account, "EUR", first, last, sums[0], sums[1], rows)


def _mt940_row(file: str, account: str, lines: list[str], head: int, until: int) -> Row:
    found = _LINE_61.match(lines[head])
    assert found, (file, head + 1)
    fields = re.split(r"\?(\d\d)", "".join(lines[head + 1 : until]).removeprefix(":86:"))
    parts = list(zip(fields[1::2], fields[2::2], strict=True))
    told = "".join(value for key, value in parts if key.startswith("2"))
    mark = found[3]
    credit = mark in ("C", "RD")
    return Row(
        file, f"L{head + 1}-{until}", account, Decimal(found[4].replace(",", ".")) * (1 if credit else -1), "EUR",
        datetime.strptime(found[1], "%y%m%d"),
        "".join(value for key, value in parts if key == "32"), "".join(value for key, value in parts if key == "31"),
        told.partition("SVWZ+")[2], told.partition("SVWZ+")[2], fields[0], "", found[6], mark.startswith("R"),
    )  # fmt: skip


def csv_rows(path: Path) -> tuple[list[Row], dict[str, str]]:
    """(good rows, locator -> fault of the others), by the strictest reading."""
    delimiter, encoding, point, dates = CSV_BANKS[path.name.split("_")[0]]
    with path.open(encoding=encoding, newline="") as stream:
        table = list(csv.reader(stream, delimiter=delimiter))
    good, bad = [], {}
    for number, cells in enumerate(table[1:], 2):
        try:
            good.append(_csv_row(path.name, f"L{number}", table[0], cells, point, dates))
        except ValueError as error:
            bad[f"L{number}"] = str(error)
    return good, bad


_NAMES = {
    "date": ("Könyvelés napja", "Data", "booked"),
    "account": ("Számlaszám", "Cont", "wallet"),
    "amount": ("Összeg", "amount"),
    "currency": ("Devizanem", "Valuta", "currency"),
    "balance": ("Egyenleg", "Sold", "balance"),
    "name": ("Ellenoldali név", "Partener", "counterparty"),
    "iban": ("Ellenoldali számla", "Cont partener", "counterparty_iban"),
    "text": ("Közlemény", "Detalii", "note"),
    "code": ("Típus", "Tip", "type"),
}


def _csv_row(file: str, locator: str, header: list[str], cells: list[str], point: str, dates: str) -> Row:
    if len(cells) != len(header):
        raise ValueError("cells")
    row = dict(zip(header, cells, strict=True))
    value = {key: row[name] for key, names in _NAMES.items() for name in names if name in row}
    if "amount" not in value:
        value["amount"] = row["Credit"] or (row["Debit"] and "-" + row["Debit"])
    if value["currency"] not in ("HUF", "MDL", "EUR"):
        raise ValueError("currency")
    moment = datetime.strptime(value["date"], dates)
    amount, balance = (_decimal(value[key], point) for key in ("amount", "balance"))
    return Row(
        file, locator, value["account"], amount, value["currency"], moment, value["name"], value["iban"], value["text"],
        code=value["code"], balance=balance,
    )  # fmt: skip


def _decimal(text: str, point: str) -> Decimal:
    if not re.fullmatch(rf"-?\d+\{point}\d\d", text):
        raise ValueError("amount")
    return Decimal(text.replace(point, "."))

"""The formats that can be read: what each is called, how its files begin, and its reader.

A new format is one line of FORMATS. Every reader takes a file, its name for messages, its mapping if it has one and the
time zone of the case, and gives records; it judges nothing.
"""

import codecs
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from finflow.errors import FinflowError
from finflow.load.camt import open_camt
from finflow.load.ftm import FTM, open_ftm
from finflow.load.goaml import GOAML, open_goaml
from finflow.load.keyed import is_keyed, open_keyed
from finflow.load.mapping import Mapping
from finflow.load.mt940 import TAG, open_mt940
from finflow.load.ofx import is_ofx, open_ofx
from finflow.load.other_files import other_file
from finflow.load.parquet import open_parquet
from finflow.load.pdf import open_pdf
from finflow.load.records import Readable
from finflow.load.table import open_table
from finflow.load.utxo import UTXO, open_utxo
from finflow.load.workbook import open_workbook
from finflow.load.workbook_file import is_workbook

START = 65_536
Reader = Callable[[Path, str, Mapping | None, str], Readable]


@dataclass(frozen=True)
class Start:
    """How a file begins: its first bytes, as bytes and as text; `path` for what only its end tells."""

    data: bytes
    path: Path

    @property
    def text(self) -> str:
        """As text, without marks of encoding and blanks before it."""
        encoding = "utf-16" if self.data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)) else "utf-8"
        return self.data.decode(encoding, "replace").removeprefix("\ufeff").lstrip()

    @property
    def other(self) -> str | None:
        """What the file is when it is of a format that cannot be read, with what to do."""
        return other_file(self.data, self.text)


@dataclass(frozen=True)
class Format:
    """One format. `recognises`: whether a file begins like one. `by_mapping`: it cannot be read without a mapping.
    `kin`: the format whose mappings it takes, when it is not its own.
    """

    name: str
    reader: Reader
    recognises: Callable[[Start], bool]
    by_mapping: bool = False
    kin: str | None = None


def _is_message(start: Start, message: str) -> bool:
    return start.text.startswith("<") and f"iso:20022:tech:xsd:{message}." in start.text


FORMATS = (  # the first that recognises a file reads it; CSV takes whatever is left
    Format("xlsx", open_workbook, lambda start: is_workbook(start.path), by_mapping=True),
    Format("parquet", open_parquet, lambda start: start.data.startswith(b"PAR1"), by_mapping=True),
    Format("goaml", open_goaml, lambda start: GOAML.match(start.text) is not None),
    Format("camt.052", partial(open_camt, "camt.052"), lambda start: _is_message(start, "camt.052"), kin="camt.053"),
    Format("camt.054", partial(open_camt, "camt.054"), lambda start: _is_message(start, "camt.054"), kin="camt.053"),
    Format("ofx", open_ofx, lambda start: is_ofx(start.text)),
    Format("camt.053", partial(open_camt, "camt.053"), lambda start: start.text.startswith("<")),  # refuses other XML
    Format(
        "mt940",
        open_mt940,
        lambda start: (
            start.text.startswith("{1:") or sum(TAG.match(line) is not None for line in start.text.splitlines()) >= 2
        ),
    ),
    Format("pdf", open_pdf, lambda start: start.data.startswith(b"%PDF")),
    Format("keyed", open_keyed, lambda start: is_keyed(start.text)),
    Format("ftm", open_ftm, lambda start: FTM.match(start.text) is not None),
    Format("utxo", open_utxo, lambda start: UTXO.match(start.text) is not None),
    Format("csv", open_table, lambda start: start.other is None, by_mapping=True),
)


def format_named(name: str) -> Format:
    """The format of that name; a mapping can name no other."""
    return next(form for form in FORMATS if form.name == name)


def format_by(mapping: Mapping | None, begins: Format) -> Format:
    """The format a file is read as: the one its mapping names, unless it begins like one of its kin."""
    if mapping is None or mapping.format in (begins.name, begins.kin):
        return begins
    return format_named(mapping.format)


def format_of(path: Path, name: str) -> Format:
    """The format a file begins like. Raises FinflowError for an empty file and for one that is of no known format."""
    start = _start(path, name)
    found = next((form for form in FORMATS if form.recognises(start)), None)
    if found is None:
        raise FinflowError(f"{name} is {start.other}.")
    return found


def _start(path: Path, name: str) -> Start:
    with path.open("rb") as stream:
        data = stream.read(START)
    if not data.strip():
        raise FinflowError(f"{name} is empty ({len(data)} bytes). Ask for the file again.")
    return Start(data, path)

"""A mapping: how one bank's export is read, as a small TOML file that people share and keep beside the bank files.

    name = "Codrubanca account export"  # what a reader of the case will see
    files = ["codrubanca_*.csv"]        # which files, in the folder of this one, it reads
    format = "csv"                      # csv, xlsx, parquet, camt.053 (.052, .054 too), mt940, ofx; goaml, ftm, utxo:
                                        # see docs/mappings
    bank = "CDRBMD22"                   # BIC, else the bank's name: half of the id of an account without IBAN
    account = "2251000123"              # or columns.account
    holder = "As the bank prints it"    # or columns.holder; may be left out
    currency = "MDL"                    # or columns.currency; ISO 4217, or the unit of a chain: BTC, ETH, USDT, ...
    boundary = ["-1", "CASH DESK"]      # accounts or names of the source that are no account of anybody: cash desk, ...
    time_zone = "Europe/Chisinau"       # zone of printed times; left out: the zone of the case

    [table]                             # how the text is cut into columns; the values below are the defaults
    encoding = "utf-8"                  # or cp1250, cp1252, iso-8859-2, ...
    delimiter = ","
    quote = '"'                         # "" when the export never quotes
    skip_lines = 0                      # lines (xlsx: rows) above the header
    header = true                       # false: columns are called "1", "2", ...; a repeated name becomes "Name (2)"
    decimal = "."
    thousands = ""
    dates = "%Y-%m-%d"                  # strptime; with %H:%M in it the column also gives the moment
    times = "%H:%M:%S"                  # of columns.booking_time
    negative_debits = false             # true: columns.debit prints its amounts with a minus
    null_values = ["null", "N/A"]       # printed for "nothing"; an empty field always is (so is 0 for an account)
    unused = ["Branch"]                 # columns left out on purpose; any other column without a use is refused
    # xlsx: sheet = "Export"            # which sheet; left out: the only one that holds anything. Cells that are dates
    #                                   # or numbers need no form; the forms above are those of cells that are text

    [columns]
    booking_date = "Data"
    booking_time = "Ora"                # optional, like all below but the amount
    value_date = "Data valutei"
    amount = "Suma"                     # signed without side; or instead columns.debit and columns.credit
    side = "D/C"                        # translated by [sides]
    fee = "Comision"                    # printed beside the amount and not in it: a line of its own, L5/fee
    balance = "Sold"
    counterparty_account = "Cont"
    counterparty_name = "Nume"
    counterparty_bank = "Banca"
    narrative = ["Detalii 1", "Detalii 2"]    # joined with a space
    kind = "Tip"                        # translated by [kinds]
    # also: account holder currency debit credit end_to_end_id bank_reference bank_transaction_code
    #       purpose_code merchant_category place

    [sides]                             # values of columns.side
    credit = ["C"]
    debit = ["D"]

    [kinds]                             # what the bank prints -> kind. CSV: columns.kind. camt: "PMNT/CNTR/CDPT" or the
    "Retragere ATM" = "cash_withdrawal" # bank's own code. MT940: "NTRF", or the three digits that open :86:

    [patterns]                          # RE2 expressions over the narrative (camt, MT940: and additional information)
    place = 'ATM ([A-Z][A-Za-z ]+)'     # first group is the value
    merchant_category = 'MCC (\\d{4})'
    reversal = '^STORNO'                # a match marks a reversal

    [patterns.kind]                     # kind -> expression; the first that matches wins, before [kinds]
    cash_withdrawal = '^ATM'

    [balances]                          # booked balances of a file of one account, when known otherwise; signed
    opening = "2140.00"
    closing = "1566.00"

    [accounts]                          # other ways this source writes an account -> the account
    "333516150001" = "EE123300333516150001"

    [skip."pending booking"]            # named rules for records that are not bookings
    column = "Status"
    values = ["PENDING"]

    [skip."footer"]                     # or: lines with another number of columns than the header
    line = '^Total'

A ledger with both sides on a row has no account; it has instead

    [two_sided]
    debtor_account = "payer_account"    # columns; also debtor_bank and creditor_bank
    debtor_name = "payer_name"
    creditor_account = "beneficiary_account"
    creditor_name = "beneficiary_name"
    inside = ["METASTAR INVEST LLP"]    # accounts, or names as printed, whose ledger this is
    rows = "one_side"                   # the side of the amount says whose line it is: minus or debit = the debtor's;
                                        # "both_sides": a row between two inside accounts stands for both legs

Where accounts are addresses on a chain, `chain = "ETH"` replaces `bank`. ftm and utxo files take `inside` at the top.
`[currencies]` says what columns.currency prints in its own words ("RUR" = "RUB"): for a token its contract, since
anyone can copy its symbol.

A file of side evidence has a template instead of an account: side_mapping.py shows such a mapping.
"""

import codecs
import hashlib
import re
from pathlib import Path
from typing import Annotated, Any, Literal, get_args
from zoneinfo import ZoneInfo

import duckdb
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, field_validator, model_validator

from finflow.errors import FinflowError
from finflow.load.layout import Layout
from finflow.load.side_mapping import side_faults
from finflow.money import CHAINS, minor_units
from finflow.toml_file import parse_toml, read_text

Kind = Literal[
    "transfer",
    "cash_deposit",
    "cash_withdrawal",
    "card_payment",
    "card_receipts",
    "direct_debit",
    "fee",
    "interest",
    "other",
]
Format = Literal["csv", "xlsx", "parquet", "camt.053", "mt940", "ofx", "pdf", "keyed", "goaml", "ftm", "utxo"]
KINDS = get_args(Kind)
TABLES = ("csv", "xlsx", "parquet")
_OF_CSV = {"encoding", "delimiter", "quote"}
_NO_KEYS_OF = {"csv": {"sheet"}, "xlsx": _OF_CSV, "parquet": {*_OF_CSV, "sheet", "skip_lines", "header"}}


def _expression(text: str) -> str:
    """Accept what the engine that runs it (RE2, in DuckDB) accepts."""
    try:
        duckdb.execute("SELECT regexp_matches('', $expression)", {"expression": text}).fetchall()
    except duckdb.Error:
        raise ValueError("is not a regular expression of the RE2 kind") from None
    return text


def _one_group(text: str) -> str:
    if not re.search(r"(?<!\\)\((?!\?(?!P?<))", text):
        raise ValueError("needs a group in parentheses around the value")
    return text


def _zone(name: str) -> str:
    try:
        ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        raise ValueError("is not a time zone; write one like Europe/Amsterdam") from None
    return name


def _encoding(name: str) -> str:
    try:
        "".encode(name)  # refuses codecs that are no text encodings, which lookup alone does not
    except (LookupError, UnicodeError):
        raise ValueError("is not an encoding; write one like utf-8, cp1250 or cp1252") from None
    return codecs.lookup(name).name


def _code(code: str) -> str:
    try:
        minor_units(code)
    except FinflowError:
        raise ValueError("is neither an ISO 4217 code in capitals nor the unit of a chain") from None
    return code


def _chain(code: str) -> str:
    if code not in CHAINS:
        raise ValueError(f"is none of the chains {', '.join(CHAINS)}")
    return code


Expression = Annotated[str, AfterValidator(_expression)]
Extraction = Annotated[str, AfterValidator(_expression), AfterValidator(_one_group)]
Character = Annotated[str, Field(pattern=r"^[\t -~]$")]
Amount = Annotated[str, Field(pattern=r"^-?\d{1,20}(\.\d{1,8})?$")]
Name = Annotated[str, Field(min_length=1)]
Code = Annotated[str, AfterValidator(_code)]
Chain = Annotated[str, AfterValidator(_chain)]


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


class Table(_Part):
    """How a table is cut into columns, and its texts into values."""

    encoding: Annotated[str, AfterValidator(_encoding)] = "utf-8"
    delimiter: Character = ","
    quote: Annotated[str, Field(pattern=r"^[ -~]?$")] = '"'
    skip_lines: Annotated[int, Field(ge=0)] = 0
    header: bool = True
    decimal: Literal[".", ","] = "."
    thousands: Annotated[str, Field(max_length=1)] = ""
    dates: Name = "%Y-%m-%d"
    times: Name = "%H:%M:%S"
    negative_debits: bool = False
    null_values: list[str] = ["null", "N/A"]
    unused: list[str] = []
    sheet: Name | None = None

    @model_validator(mode="after")
    def _signs_differ(self) -> "Table":
        if self.decimal == self.thousands:
            raise ValueError("decimal and thousands are the same sign")
        if self.delimiter == self.quote:
            raise ValueError("delimiter and quote are the same sign")
        return self


class Columns(_Part):
    """Which column of the file holds what."""

    booking_date: Name
    booking_time: Name | None = None
    value_date: Name | None = None
    amount: Name | None = None
    side: Name | None = None
    debit: Name | None = None
    credit: Name | None = None
    fee: Name | None = None
    balance: Name | None = None
    account: Name | None = None
    holder: Name | None = None
    currency: Name | None = None
    counterparty_account: Name | None = None
    counterparty_name: Name | None = None
    counterparty_bank: Name | None = None
    narrative: list[Name] = []
    end_to_end_id: Name | None = None
    bank_reference: Name | None = None
    bank_transaction_code: Name | None = None
    kind: Name | None = None
    purpose_code: Name | None = None
    merchant_category: Name | None = None
    place: Name | None = None

    @field_validator("narrative", mode="before")
    @classmethod
    def _one_or_several(cls, value: object) -> object:
        return [value] if isinstance(value, str) else value

    @model_validator(mode="after")
    def _one_way_to_the_amount(self) -> "Columns":
        split = self.debit is not None and self.credit is not None
        if (self.amount is not None) == split or (self.debit is None) != (self.credit is None):
            raise ValueError("give amount (signed, or with side), or both debit and credit")
        if self.side is not None and split:
            raise ValueError("side goes with amount, not with debit and credit")
        return self


class Sides(_Part):
    """Values of columns.side, compared without regard to case."""

    credit: list[str]
    debit: list[str]


class Patterns(_Part):
    """Expressions run over the narrative."""

    place: Extraction | None = None
    merchant_category: Extraction | None = None
    reversal: Expression | None = None
    kind: dict[Kind, Expression] = {}


class Balances(_Part):
    """Signed booked balances of a file of one account, when the file does not print them."""

    opening: Amount | None = None
    closing: Amount | None = None


class Skip(_Part):
    """One named rule: a record whose column has one of these values is not a booking; nor is a line of this form that
    has not the header's number of columns.
    """

    column: Name | None = None
    values: Annotated[list[str], Field(min_length=1)] | None = None
    line: Expression | None = None

    @model_validator(mode="after")
    def _one_way(self) -> "Skip":
        if (self.column is None) == (self.line is None) or (self.column is None) != (self.values is None):
            raise ValueError("give column and values, or line")
        return self


class TwoSided(_Part):
    """A ledger that names debtor and creditor on every row, and which of them are inside."""

    debtor_account: Name
    debtor_name: Name | None = None
    debtor_bank: Name | None = None
    creditor_account: Name
    creditor_name: Name | None = None
    creditor_bank: Name | None = None
    inside: Annotated[list[Name], Field(min_length=1)]
    rows: Literal["one_side", "both_sides"]


class Mapping(_Part):
    """One mapping file; the module's text shows every key."""

    name: Name
    files: list[Name] = []
    format: Format
    bank: Name | None = None
    chain: Chain | None = None
    account: Name | None = None
    holder: Name | None = None
    currency: Code | None = None
    boundary: list[Name] = []
    time_zone: Annotated[str, AfterValidator(_zone)] | None = None
    unsure: list[str] = []
    table: Table = Table()
    columns: Columns | None = None
    sides: Sides | None = None
    kinds: dict[str, Kind] = {}
    patterns: Patterns = Patterns()
    balances: Balances = Balances()
    inside: list[Name] = []
    currencies: dict[str, Code] = {}
    accounts: dict[str, Name] = {}
    skip: dict[str, Skip] = {}
    two_sided: TwoSided | None = None
    layout: Layout | None = None
    template: Name | None = None
    side_columns: dict[str, Annotated[list[Name], Field(min_length=1)]] = {}  # [columns] of a mapping with a template
    fixed: dict[str, Name] = {}
    values: dict[str, dict[str, Name]] = {}

    @model_validator(mode="before")
    @classmethod
    def _columns_of_a_template(cls, given: Any) -> Any:
        if not isinstance(given, dict) or "template" not in given or not isinstance(given.get("columns"), dict):
            return given
        columns = {name: [column] if isinstance(column, str) else column for name, column in given["columns"].items()}
        return {name: value for name, value in given.items() if name != "columns"} | {"side_columns": columns}

    @model_validator(mode="after")
    def _whole(self) -> "Mapping":
        for fault in _faults(self):
            raise ValueError(fault)
        return self

    def used_columns(self) -> list[str]:
        """Every column the mapping gives a use, in its order, each once."""
        return list(dict.fromkeys(self.uses()))

    def uses(self) -> list[str]:
        """The column of every use the mapping gives one."""
        named: list[str] = []
        for part in (self.columns, self.two_sided):
            values = part.model_dump(exclude={"inside", "rows"}) if part else {}
            for value in values.values():
                named += value if isinstance(value, list) else [value] if value else []
        named += [column for columns in self.side_columns.values() for column in columns]
        return [*named, *(rule.column for rule in self.skip.values() if rule.column)]


def _faults(mapping: Mapping) -> list[str]:
    """What is missing or too much across the parts of a mapping, in words."""
    if mapping.boundary and {*mapping.boundary} & {
        mapping.account,
        *(mapping.two_sided.inside if mapping.two_sided else mapping.inside),
    }:
        return ["a boundary is no account of anybody: leave it out of account and inside"]
    if mapping.format == "pdf":
        return _faults_of_a_layout(mapping)
    if mapping.template:
        return [
            *side_faults(mapping.template, mapping.model_dump(exclude_unset=True), TABLES),
            *_faults_of_cells(mapping),
        ]
    if of_a_template := {"side_columns", "fixed", "values"} & mapping.model_fields_set:
        return [f"{min(of_a_template)} goes with a template: add template"]
    if mapping.format not in TABLES:
        return _faults_of_a_bank_format(mapping)
    columns = mapping.columns
    if columns is None:
        return [f"a {mapping.format} mapping needs [columns]"]
    faults = _faults_of_cells(mapping)
    owners = [mapping.account, columns.account, mapping.two_sided]
    if sum(owner is not None for owner in owners) != 1:
        faults.append("give one of account, columns.account or [two_sided]")
    if (mapping.currency is None) == (columns.currency is None):
        faults.append("give one of currency or columns.currency")
    if mapping.holder is not None and columns.holder is not None:
        faults.append("give holder or columns.holder, not both")
    if (columns.side is None) != (mapping.sides is None):
        faults.append("columns.side and [sides] go together")
    if mapping.inside:
        faults.append("inside stands under [two_sided] in the mapping of a table")
    if mapping.bank is not None and mapping.chain is not None:
        faults.append("give bank or chain, not both")
    if mapping.currencies and columns.currency is None:
        faults.append("[currencies] goes with columns.currency")
    if mapping.two_sided and (columns.counterparty_account or columns.counterparty_name):
        faults.append(
            "a [two_sided] ledger takes the counterparty from the other side: leave columns.counterparty_* out"
        )
    return faults


def _faults_of_cells(mapping: Mapping) -> list[str]:
    foreign = sorted(_NO_KEYS_OF.get(mapping.format, set()) & mapping.table.model_fields_set)
    return [f"table.{key} is not for {mapping.format}: leave it out" for key in foreign]


def _faults_of_a_layout(mapping: Mapping) -> list[str]:
    if mapping.layout is None:
        return ["a pdf mapping needs [layout]"]
    faults = []
    if (mapping.account is None) == (mapping.layout.account is None):
        faults.append("give one of account or layout.account")
    if mapping.currency is None:
        faults.append("give currency")
    if ("side" in mapping.layout.columns) != (mapping.sides is not None):
        faults.append("layout.columns.side and [sides] go together")
    if mapping.columns or mapping.two_sided or mapping.balances.model_fields_set:
        faults.append("a pdf takes [layout] in the place of [columns], [two_sided] and [balances]")
    if any(rule.line is None for rule in mapping.skip.values()):
        faults.append("a [skip] rule of a pdf has `line`")
    return faults


def _faults_of_a_bank_format(mapping: Mapping) -> list[str]:
    foreign = {"table", "columns", "sides", "balances", "two_sided", "skip", "currency", "account", "holder", "layout"}
    own = _OWN.get(mapping.format, set())
    foreign |= {"chain", "inside", "currencies"} | ({"bank"} if "chain" in own else set())
    if mapping.format in ("mt940", "ofx") and mapping.table.model_fields_set <= {"encoding"}:
        foreign.discard("table")  # the format names no encoding
    given = sorted((foreign - own) & mapping.model_fields_set)
    missing = sorted(own & _NEEDED.keys() - mapping.model_fields_set)
    return [
        *(f"{key} is for tables; {mapping.format} files state it themselves" for key in given),
        *(f"{key} is missing: {_NEEDED[key]}" for key in missing),
    ]


_OWN = {"goaml": {"sides"}, "ftm": {"inside"}, "utxo": {"inside", "chain"}}  # keys of these formats beside common ones
_NEEDED = {"inside": "list the accounts, or names as printed, whose ledger this is", "chain": 'for example "BTC"'}


def parse_mapping(text: str, source: str) -> Mapping:
    """The mapping in a TOML text. `source` is the file name used in messages.

    Raises FinflowError naming the key and what to write instead; values are not repeated.
    """
    return parse_toml(text, source, Mapping)


def read_mapping(path: Path) -> tuple[Mapping, str]:
    """A mapping file and its text. Raises FinflowError when it cannot be read or is not a mapping."""
    text = read_text(path)
    return parse_mapping(text, path.name), text


def mapping_id(text: str) -> str:
    """SHA-256 of a mapping's text, under which the case keeps it."""
    return hashlib.sha256(text.encode()).hexdigest()

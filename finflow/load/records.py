"""What every reader yields: records as text, a batch at a time, before anything is judged.

A reader cuts a file into records and names their parts; `settle` turns the parts into amounts, dates and accounts, or
into a reason why not. So a rule about money or dates is written once, whatever the format.
"""

from collections.abc import Callable, Iterator, Sequence
from collections.abc import Mapping as Named
from dataclasses import dataclass, field

import polars as pl
import pyarrow as pa
import pyarrow.compute as pc

from finflow.counting import counted
from finflow.errors import FinflowError
from finflow.load.cells import Money
from finflow.load.mapping import Mapping

PLAIN = Money()
WHOLE_OR_NOTHING = "A whole file is in or nothing of it: nothing of this one was kept."

PARTS = (
    "locator",  # where the record stands in the file
    "statement",  # locator of its statement; NULL: one statement for each account and currency of the file
    "account", "bank", "holder", "currency",
    "amount", "side", "debit", "credit",  # amount signed when there is no side; or debit and credit apart
    "booking_date", "booked_at", "value_date", "balance", "reversal",
    "debtor_account", "debtor_name", "debtor_bank", "creditor_account", "creditor_name", "creditor_bank",
    "counterparty_account", "counterparty_name", "counterparty_bank",
    "kind", "code", "other_code", "default_kind",  # what [kinds] translates, the bank's codes, what the format implies
    "purpose_code", "merchant_category", "place", "end_to_end_id", "uetr", "instructed_amount", "instructed_currency",
    "ultimate_name", "bank_reference",
    "narrative", "additional",  # patterns run over both
    "details",  # how many payments the record bundles
    "rule", "fault",  # a skip rule or a reason for rejection that the reader saw itself
)  # fmt: skip
"""Names of the parts of a record; a reader leaves out those its format does not have."""

DETAIL_PARTS = (
    "locator",
    "detail_no",
    "amount",
    "counterparty_account",
    "counterparty_name",
    "counterparty_bank",
    "purpose_code",
    "end_to_end_id",
    "uetr",
    "instructed_amount",
    "instructed_currency",
    "ultimate_name",
    "narrative",
)
"""Names of the parts of one payment inside a batch record; locator is the record's."""


@dataclass(frozen=True)
class TwoSides:
    """A source that names debtor and creditor on every record. `inside`: accounts, or names as printed, whose ledger it
    is. `whole`: a record between two of them stands for both legs; else the side of the amount says whose line it is.
    """

    inside: Sequence[str]
    whole: bool


@dataclass(frozen=True)
class Reading:
    """How the records of one file are to be read."""

    mapping: Mapping | None = None
    two_sided: TwoSides | None = None
    money: Money = PLAIN
    dates: str = "%Y-%m-%d"
    moments: str | None = None  # form of `booked_at`; None when the source prints no time
    zone: str = "UTC"  # zone of printed times
    case_zone: str = "UTC"  # zone that times are kept in
    negative_debits: bool = False  # the debit column prints its amounts with a minus
    fixed: Named[str, str | None] = field(default_factory=dict)  # parts that are the same on every record
    columns: Named[str, str] = field(default_factory=dict)  # column of a table -> its name in the records
    printed: Named[str, str] = field(default_factory=dict)  # part -> what the source calls it, for reasons
    typed: frozenset[str] = frozenset()  # columns of a table whose cells are decimals or days, not texts
    place: str | None = None  # of rows of a table: what stands before their number in a locator, for example "Sheet1!R"

    def is_typed(self, part: str) -> bool:
        """Whether records hold this part as a decimal or a day."""
        columns = self.mapping.columns if self.mapping else None
        return getattr(columns, part, None) in self.typed


@dataclass(frozen=True)
class StatementText:
    """One statement as a file states it: dates ISO, balances signed with a decimal point; None = not supplied."""

    locator: str
    account: str | None
    bank: str | None
    holder: str | None
    currency: str | None
    from_date: str | None = None
    until_date: str | None = None
    opening: str | None = None
    closing: str | None = None
    bank_statement_id: str | None = None


@dataclass(frozen=True)
class Batch:
    """Some consecutive records of a file. `records`: text columns out of PARTS. `raw`: their text as it stands in the
    file, by position in the batch, asked for only when a record is rejected. `done`: bytes of the file read so far.
    """

    records: pa.Table
    raw: Callable[[Sequence[int]], list[str]]
    done: int
    details: pl.DataFrame | None = None
    statements: list[StatementText] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)  # what a person should know, with locators


@dataclass(frozen=True)
class Judged:
    """A batch when its records are judged. `records`: one row each, with `rule` or `fault` when it is not to be kept;
    `rejected`: locator, reason and raw text of those at fault; `details`: payments inside batch records.

    It holds nothing of the reader, which may go on in another thread.
    """

    records: pa.Table
    rejected: pl.DataFrame
    done: int
    details: pa.Table | None
    statements: list[StatementText]
    notes: list[str]


def judged(name: str, batch: Batch, records: pa.Table, details: pa.Table | None = None) -> Judged:
    """A batch of the file `name` with its records judged; made in the thread that reads it, where raw texts are.

    Raises FinflowError when these are not all of its records.
    """
    if records.num_rows != batch.records.num_rows:
        raise FinflowError(f"{name}: the records judged are not the records read. Nothing was loaded.")
    faulty = records.select(["ordinal", "locator", "fault"]).filter(pc.is_valid(records.column("fault")))
    raw = pl.Series("raw", batch.raw(faulty.column("ordinal").to_pylist()) if len(faulty) else [], dtype=pl.String)
    rejected = pl.DataFrame(faulty).select("locator", pl.col("fault").alias("reason"), raw)
    return Judged(records, rejected, batch.done, details, batch.statements, batch.notes)


@dataclass(frozen=True)
class Readable:
    """A file ready to be read: how its records are to be judged, and the records."""

    reading: Reading
    batches: Iterator[Batch]


def before_it(bookings: int, statements: int) -> str:
    """What a file holds before the place where it breaks off, and that nothing of it is kept."""
    held = f"{counted(bookings, 'booking')} in {counted(statements, 'whole statement')}"
    return f"Before that, {held} can be read. {WHOLE_OR_NOTHING}"


def text_frame(rows: Sequence[dict[str, str | None]], names: Sequence[str]) -> pl.DataFrame:
    """Rows as a frame of text columns, in the order of `names`; a part that a row lacks is NULL."""
    columns = {name: [row.get(name) for row in rows] for name in names}
    return pl.DataFrame(columns, schema=dict.fromkeys(names, pl.String))


def numbered(rows: pl.DataFrame) -> pa.Table:
    """Rows with their position, as `records` of a batch."""
    return rows.with_row_index("ordinal").with_columns(pl.col("ordinal").cast(pl.Int64)).to_arrow()

"""A fee that a line prints beside its amount, not in it: a record of its own at `L5/fee`, which the debtor pays."""

from collections.abc import Iterator

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from finflow.load.mapping import Mapping
from finflow.load.records import Batch, Readable

NOTHING = ["", "0"]
KEPT = (  # parts that a fee shares with its line
    "account", "holder", "currency", "booking_date", "booked_at", "end_to_end_id", "bank_reference", "code", "fault",
    "debtor_account", "debtor_name", "debtor_bank",
)  # fmt: skip


def charged(table: Readable) -> Readable:
    """A table in which a fee follows each line that prints one, when its mapping names the column of fees."""
    columns = table.reading.mapping.columns if table.reading.mapping else None
    if columns is None or columns.fee is None:
        return table
    return Readable(table.reading, _with_fees(table.batches, table.reading.columns[columns.fee]))


def _with_fees(batches: Iterator[Batch], column: str) -> Iterator[Batch]:
    """Batches in which a fee follows each line that prints one in `column`; `is_fee` tells them apart."""
    for batch in batches:
        lines = batch.records
        cells = lines.column(column)
        printed = pc.and_(pc.is_valid(cells), pc.invert(pc.is_in(cells, pa.array(NOTHING))))
        whole = pc.and_(pc.is_null(lines.column("rule")), pc.is_null(lines.column("fault")))
        fees = lines.filter(pc.and_(printed, whole))
        both = pa.concat_tables([_marked(lines, is_fee=False), _marked(fees, is_fee=True)])
        both = both.sort_by([("ordinal", "ascending"), ("is_fee", "ascending")])
        yield _renumbered(batch, both)


def _marked(records: pa.Table, *, is_fee: bool) -> pa.Table:
    return records.append_column("is_fee", pa.array(np.full(records.num_rows, int(is_fee), np.int8)))


def _renumbered(batch: Batch, records: pa.Table) -> Batch:
    """The batch with these records, each with the raw text of the line it came from."""
    lines = records.column("ordinal").to_numpy()
    place = records.column_names.index("ordinal")
    numbered = records.set_column(place, "ordinal", pa.array(np.arange(records.num_rows)))
    return Batch(numbered, lambda indexes: batch.raw([int(lines[index]) for index in indexes]), batch.done)


def fee_parts(mapping: Mapping, parts: dict[str, str], fee: str) -> dict[str, str]:
    """SQL for each part of a line or of its fee. `parts`: those of the line; `fee`: what the column of fees says."""
    unsigned = f"ltrim({fee}, '-')"
    minus = f"'-' || {unsigned}"
    own = {"locator": f"{parts['locator']} || '/fee'", "default_kind": "'fee'"}
    if "debit" in parts:
        own["debit"] = minus if mapping.table.negative_debits else unsigned
    elif "side" in parts:
        own |= {"amount": unsigned, "side": "'DBIT'"}
    else:
        whole = mapping.two_sided is not None and mapping.two_sided.rows == "both_sides"
        own["amount"] = unsigned if whole else minus
    own |= {part: sql for part, sql in parts.items() if part in KEPT}
    names = dict.fromkeys([*parts, *own])
    return {
        name: f"CASE WHEN is_fee = 1 THEN {own.get(name, 'NULL')} ELSE {parts.get(name, 'NULL')} END" for name in names
    }

"""Cut records into cells, many at a time."""

import pyarrow as pa
import pyarrow.compute as pc
from pyarrow import csv as arrow_csv

from finflow.load.cutting import Cut

BLOCK = 1 << 20


def parsed(found: Cut, width: int, delimiter: str, quote: str) -> tuple[pa.Table, list[int]]:
    """The cells of the records, and which records have not `width` of them."""
    names = [f"c{index}" for index in range(width)]
    text = pa.BufferReader(pa.py_buffer(found.data)[: found.rest])

    def parse(*, threads: bool, block: int) -> tuple[pa.Table, list[int]]:
        short: list[int] = []

        def aside(row: arrow_csv.InvalidRow) -> str:
            short.append((row.number or 0) - 1)
            return "skip"

        text.seek(0)
        table = arrow_csv.read_csv(
            text,
            arrow_csv.ReadOptions(column_names=names, use_threads=threads, block_size=block),
            arrow_csv.ParseOptions(
                delimiter=delimiter,
                quote_char=quote or False,
                newlines_in_values=found.wrapped,
                invalid_row_handler=aside,
            ),
            arrow_csv.ConvertOptions(
                column_types=dict.fromkeys(names, pa.string()), strings_can_be_null=False, check_utf8=False
            ),
        )
        return table, short

    if not len(found):
        return pa.table({name: pa.array([], pa.string()) for name in names}), []
    try:
        table, short = parse(threads=True, block=BLOCK)
    except pa.ArrowInvalid:  # a record longer than a block
        return parse(threads=False, block=found.rest + 1)
    return parse(threads=False, block=found.rest + 1) if short else (table, short)  # only one thread numbers the rows


def trimmed(cells: pa.Table) -> pa.Table:
    """Cells that are texts without the white space around them."""
    columns = [pc.utf8_trim_whitespace(column) if column.type == pa.string() else column for column in cells.columns]
    return pa.table(columns, names=cells.column_names)

"""CSV by a mapping: text columns first, a piece of the file at a time, no row looked at on its own.

Records come with the physical lines they stand on. A file whose quotes break the rules of CSV is read row by row from
there on, by `odd_table`.
"""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from finflow.errors import FinflowError
from finflow.load.cutting import Cut, cut
from finflow.load.decoding import pieces
from finflow.load.fees import charged
from finflow.load.header import check_columns, distinct, other_delimiter, split
from finflow.load.mapping import Mapping
from finflow.load.naming import reading_by
from finflow.load.odd_table import Short, odd_batches
from finflow.load.parsing import parsed, trimmed
from finflow.load.records import Batch, Readable
from finflow.load.rows import built_in_rules, record_table

LONGEST_RECORD = 64 << 20


def open_table(path: Path, name: str, mapping: Mapping | None, case_zone: str) -> Readable:
    """A CSV file as records, by its mapping. `name` is the file name for messages.

    Raises FinflowError when the header does not go with the mapping; and while records are taken, when the text cannot
    be decoded, ends inside a record, or opens a quote that never closes.
    """
    assert mapping is not None
    table = _Table(path, name, mapping)
    return charged(Readable(reading_by(mapping, table.columns, case_zone), table.batches()))


class _Table:
    """One file being read: what is left of the text, and the line it starts on."""

    def __init__(self, path: Path, name: str, mapping: Mapping) -> None:
        self._name, self._mapping, self._form = name, mapping, mapping.table
        self._pieces = pieces(path, name, self._form.encoding)
        self._data, self._done = next(self._pieces)
        self._line = 1
        self._skip_lines(self._form.skip_lines)
        self.columns = self._header()
        self._short = Short(name, mapping, len(self.columns))

    def batches(self) -> Iterator[Batch]:
        """Every record of the file, in order."""
        while True:
            following = next(self._pieces, None)
            found = self._cut(last=following is None)
            if found is None:
                yield from odd_batches(self._lines(following), self._line, self._short, lambda: self._done)
                return
            if len(found):
                yield self._batch(found, broken_off=following is None and not self._data.endswith(b"\n"))
            if following is None:
                return
            self._line += found.lines
            self._data, self._done = self._data[found.rest :] + following[0], following[1]

    def _cut(self, *, last: bool) -> Cut | None:
        """The whole records of the text at hand, or None when quotes hide where records end."""
        data = self._data + b"\n" if last and not self._data.endswith(b"\n") else self._data
        found = cut(data, self._line, self._form.delimiter, self._form.quote)
        left = 0 if found is None else len(data) - found.rest
        return None if left > (0 if last else LONGEST_RECORD) else found

    def _lines(self, following: tuple[bytes, int] | None) -> Iterator[str]:
        data, line = self._data, self._line
        while following is not None:
            *whole, data = data.split(b"\n")
            yield from (f"{text.decode()}\n" for text in whole)
            line += len(whole)
            if len(data) > LONGEST_RECORD:
                raise FinflowError(
                    f"{self._name} L{line}: this line has more than {LONGEST_RECORD >> 20} MB, so it is no record: "
                    "line breaks are missing, or the file is no table. Ask for it again."
                )
            data += following[0]
            self._done = following[1]
            following = next(self._pieces, None)
        yield from (line.decode() for line in data.splitlines(keepends=True))

    def _skip_lines(self, count: int) -> None:
        for _ in range(count):
            _, _, self._data = self._data.partition(b"\n")
        self._line += count

    def _header(self) -> list[str]:
        while self._data.startswith(b"\n"):
            self._skip_lines(1)
        found = cut(self._data[: 1 << 20] + b"\n", self._line, self._form.delimiter, self._form.quote)
        text = found.raw(0) if found and len(found) else self._data.split(b"\n")[0].decode()
        if not text.strip():
            raise FinflowError(f"{self._name} L{self._line}: there is no header, so the file holds no records.")
        cells = split(text, self._form.delimiter, self._form.quote)
        columns = distinct(cells) if self._form.header else [str(number) for number in range(1, len(cells) + 1)]
        hint = other_delimiter(text, self._mapping)
        check_columns(f"{self._name} L{self._line}", columns, self._mapping, hint)
        if self._form.header:
            self._skip_lines(text.count("\n") + 1)
        return columns

    def _batch(self, found: Cut, *, broken_off: bool) -> Batch:
        cells, short = parsed(found, len(self.columns), self._form.delimiter, self._form.quote)
        kept = np.delete(np.arange(len(found)), short)
        if len(cells) != len(kept):
            raise FinflowError(
                f"{self._name}: the lines from L{self._line} on cannot be cut into records. Nothing was loaded."
            )
        cells = trimmed(cells)
        rules = built_in_rules(cells, self.columns if self._form.header else [])
        tables = [record_table(kept, found.first_lines[kept], found.last_lines[kept], cells, rules)]
        if short:
            tables.append(self._ragged(found, np.array(short), broken_off=broken_off))
        return Batch(pa.concat_tables(tables), lambda indexes: [found.raw(index) for index in indexes], self._done)

    def _ragged(self, found: Cut, short: NDArray[np.int64], *, broken_off: bool) -> pa.Table:
        ends_short = broken_off and short[-1] == len(found) - 1
        judged = [
            self._short.judge(found.raw(index), int(found.first_lines[index]), last=ends_short and index == short[-1])
            for index in short
        ]
        rules, faults = (pa.array(list(part), pa.string()) for part in zip(*judged, strict=True))
        nothing = pa.nulls(len(short), pa.string())
        cells = pa.table({f"c{index}": nothing for index in range(len(self.columns))})
        return record_table(short, found.first_lines[short], found.last_lines[short], cells, rules, faults)

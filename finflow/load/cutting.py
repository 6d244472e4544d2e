"""Cut the text of a table into records, with the physical lines each stands on, without looking at one at a time."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Positions = NDArray[np.int64]

LINE_BREAK = 10


@dataclass(frozen=True)
class Cut:
    """Whole records of a piece of text, blank lines left out: where each starts and ends (its line break not included)
    and the lines it stands on, from 1. `rest`: where the text after the last whole record starts. `lines`: lines used.
    """

    data: bytes
    starts: Positions
    ends: Positions
    first_lines: Positions
    last_lines: Positions
    rest: int
    lines: int

    def __len__(self) -> int:
        return len(self.starts)

    @property
    def wrapped(self) -> bool:
        """Whether some record stands on more than one line."""
        return bool((self.last_lines > self.first_lines).any())

    def raw(self, index: int) -> str:
        """The text of one record."""
        return self.data[self.starts[index] : self.ends[index]].decode()


def cut(data: bytes, line: int, delimiter: str, quote: str) -> Cut | None:
    """Cut UTF-8 text whose first line has the number `line`; the text must start at a record.

    None when a quote stands where the rules of CSV have none, so that line breaks inside quotes cannot be told.
    """
    text = np.frombuffer(data, dtype=np.uint8)
    breaks = np.flatnonzero(text == LINE_BREAK)
    whole = np.arange(len(breaks))
    if quote and quote.encode() in data:
        quotes = np.flatnonzero(text == ord(quote))
        inside = np.searchsorted(quotes, breaks) & 1
        if not _regular(text, quotes, delimiter):
            return None
        whole = np.flatnonzero(inside == 0)
    ends = breaks[whole]
    starts = np.concatenate([np.zeros(min(1, len(ends)), dtype=np.int64), ends[:-1] + 1])
    first = np.concatenate([np.zeros(min(1, len(ends)), dtype=np.int64), whole[:-1] + 1])
    kept = ends > starts
    rest = int(ends[-1]) + 1 if len(ends) else 0
    used = int(whole[-1]) + 1 if len(whole) else 0
    return Cut(data, starts[kept], ends[kept], first[kept] + line, whole[kept] + line, rest, used)


def _regular(text: NDArray[np.uint8], quotes: Positions, delimiter: str) -> bool:
    """Whether every quote opens at the start of a value, closes at its end, or is doubled inside it."""
    edges = np.array([LINE_BREAK, ord('"'), *delimiter.encode()[-1:]], dtype=np.uint8)
    edges[1] = text[quotes[0]]
    opening, closing = quotes[0::2], quotes[1::2]
    before = text[opening[opening > 0] - 1]
    after = text[closing[closing < len(text) - 1] + 1]
    return bool(np.isin(before, edges).all() and np.isin(after, edges).all())

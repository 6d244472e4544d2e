"""The texts of many entries (Ntry) and of their payments at once, as columns.

Each entry comes as lxml writes it: `<` and `>` stand in tags alone, so it is cut there without a look at its elements.
Entries with the same tags have one shape; where its paths are is found once for all of them.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from functools import cache
from itertools import pairwise

import numpy as np
import polars as pl
import pyarrow as pa
from lxml import etree
from numpy.typing import NDArray

from finflow.load.camt_paths import NOT_PLAIN, Element, Found, Paths

CHARGED = "charged"  # the path of amounts of charges; what is `given` with each is its currency
_ESCAPED = {"&lt;": "<", "&gt;": ">", "&#13;": "\r", "&amp;": "&"}  # all that lxml escapes in a text; & comes last
_SLASH = ord("/")
_STRICT = etree.XMLParser(resolve_entities=False, no_network=True)
_SAFE = etree.XMLParser(resolve_entities=False, no_network=True, recover=True)


def decimal(printed: str | None) -> Decimal | None:
    """A number as printed; None when it is none."""
    try:
        value = Decimal((printed or "").strip())
    except InvalidOperation:
        return None
    return value if value.is_finite() and abs(value) < 10**20 else None


def currency_of(path: str) -> str:
    """The path of the currency of an amount."""
    return f"{path}/@Ccy"


@dataclass(frozen=True)
class Wanted:
    """Paths below an entry or a payment: of texts, of amounts, and of charges, of which the first that is there counts.

    An amount that stands twice or holds elements is none, and is never cut to its start.
    """

    texts: Sequence[str]
    amounts: Sequence[str]
    charges: Sequence[str]

    @property
    def columns(self) -> tuple[str, ...]:
        """What is found there."""
        return (*self.texts, *self.amounts, *(currency_of(path) for path in self.amounts), CHARGED)


@dataclass(frozen=True)
class Leaves:
    """Texts of `height` entries or payments. `printed`: `place` of the entry or payment, `path`, `text`, `given`."""

    printed: pl.DataFrame
    height: int
    columns: Sequence[str]

    def first(self) -> pl.DataFrame:
        """The first text at each path, a row for each entry or payment."""
        by_path = self.printed.partition_by("path", as_dict=True)
        none = pl.Series([None], dtype=pl.String).new_from_index(0, self.height)
        return pl.DataFrame(
            {path: self._placed(by_path[path,]) if (path,) in by_path else none for path in self.columns}
        )

    def joined(self, paths: Sequence[str]) -> pl.Series:
        """Every text at several paths, path after path, in one."""
        return self._joined(self.printed.filter(pl.col("path").is_in(paths)).sort("place", "path", maintain_order=True))

    def charges(self) -> pl.Series:
        """Charges in words; those of nothing are left out."""
        charged = self.printed.filter(path=CHARGED)
        above = pl.Series([bool(decimal(text)) for text in charged["text"]], dtype=pl.Boolean)
        return self._joined(charged.filter(above).with_columns(text=pl.format("charges {} {}", "given", "text")))

    def _joined(self, printed: pl.DataFrame) -> pl.Series:
        return self._placed(printed.group_by("place", maintain_order=True).agg(pl.col("text").str.join(" ")))

    def _placed(self, printed: pl.DataFrame) -> pl.Series:
        """The first text of each place."""
        which = np.full(self.height, printed.height)
        which[printed["place"].to_numpy()[::-1]] = np.arange(printed.height)[::-1]
        return printed["text"].extend(pl.Series([None], dtype=pl.String)).gather(which)


@dataclass(frozen=True)
class _Shape:
    """Where the wanted texts are in entries of the same tags. Each of `leaves`: whose it is (0: of the entry, else the
    number of the payment), its path, the number of the tag it follows, and what stands in no text (the currency).
    """

    leaves: list[tuple[int, str, int | None, str | None]]
    payments: int


class Cutter:
    """Cuts entries into the texts wanted of each, and those wanted of its payments, which stand at `payments`."""

    def __init__(self, entry: Wanted, payment: Wanted, payments: Sequence[str]) -> None:
        self._entry, self._payment, self._payments = entry, payment, payments
        self._path = pl.Enum(list(dict.fromkeys([*entry.columns, *payment.columns])))
        self._below = cache(self._paths)

    def cut(self, entries: Sequence[bytes]) -> tuple[Leaves, Leaves, NDArray[np.int64]]:
        """Texts of the entries, texts of their payments in the same order, and how many payments each entry has."""
        tags = _Tags(entries)
        numbers: dict[bytes, int] = {}
        kinds = np.array([numbers.setdefault(key, len(numbers)) for key in tags.of_each()], np.int64)
        shapes = [self._shape(key) for key in numbers]
        payments = np.array([shape.payments for shape in shapes], np.int64)[kinds]
        found = pl.DataFrame({"entry": np.arange(len(entries)), "shape": kinds, "first": tags.first[:-1]}).join(
            self._leaves(shapes), on="shape", maintain_order="left_right"
        )
        found = found.with_columns(text=pl.coalesce(tags.texts(found["first"] + found["tag"]), "given"))
        found = found.filter(pl.col("given").is_not_null() | (pl.col("text") != ""))
        return (
            self._part(found, self._entry, pl.col("owner") == 0, np.arange(len(entries)), len(entries)),
            self._part(found, self._payment, pl.col("owner") > 0, np.cumsum(payments) - payments - 1, payments.sum()),
            payments,
        )

    def _leaves(self, shapes: Sequence[_Shape]) -> pl.DataFrame:
        names = {"shape": pl.Int64(), "owner": pl.Int64(), "path": self._path, "tag": pl.Int64(), "given": pl.String()}
        leaves = [(number, *leaf) for number, shape in enumerate(shapes) for leaf in shape.leaves]
        return pl.DataFrame(list(zip(*leaves, strict=True)) or None, names, orient="col")

    @staticmethod
    def _part(found: pl.DataFrame, wanted: Wanted, which: pl.Expr, start: NDArray[np.int64], height: int) -> Leaves:
        part = found.filter(which)
        place = pl.Series("place", part["owner"].to_numpy() + start[part["entry"].to_numpy()])
        return Leaves(part.select(place, "path", "text", "given"), int(height), wanted.columns)

    def _paths(self, uri: str) -> tuple[Paths, Paths]:
        listed = [[*wanted.texts, *wanted.amounts, *wanted.charges] for wanted in (self._entry, self._payment)]
        return Paths(uri, (), [*listed[0], *self._payments]), Paths(uri, (), listed[1])

    def _shape(self, tags: bytes) -> _Shape:
        root, each = _root(tags), enumerate(tags.split(b"<")[1:])
        opening = [None if tag[-2] == _SLASH else number for number, tag in each if tag[0] != _SLASH]
        numbers = dict(zip(root.iter(), opening, strict=True))
        entry, payment = self._below(etree.QName(root).namespace)
        found = entry.below(root)
        payments = [tx for path in self._payments for tx in found.listed.pop(path, ())]
        leaves = [(0, *leaf) for leaf in _leaves(found, self._entry, numbers)]
        for owner, tx in enumerate(payments, 1):
            leaves += [(owner, *leaf) for leaf in _leaves(payment.below(tx), self._payment, numbers)]
        return _Shape(leaves, len(payments))


def _root(tags: bytes) -> Element:
    """The element these tags make. An undeclared prefix is no reason to stop: lxml tells of it where the file ends,
    with its line, and all is refused.
    """
    try:
        return etree.fromstring(tags, _STRICT)
    except etree.XMLSyntaxError as error:
        if error.code != etree.ErrorTypes.NS_ERR_UNDEFINED_NAMESPACE:
            raise
    return etree.fromstring(tags, _SAFE)


def _leaves(
    found: Found, wanted: Wanted, numbers: dict[Element, int | None]
) -> Iterator[tuple[str, int | None, str | None]]:
    """Path, number of the tag and what is given, of each text."""
    charged = next((path for path in wanted.charges if path in found.listed), None)
    for path, elements in found.listed.items():
        if path == charged:
            yield from ((CHARGED, numbers[element], str(element.get("Ccy"))) for element in elements)
        elif path in wanted.amounts:
            element, *others = elements
            yield (path, None, NOT_PLAIN) if others or len(element) else (path, numbers[element], None)
            if element.get("Ccy") is not None:
                yield currency_of(path), None, element.get("Ccy")
        elif path not in wanted.charges:
            for element in elements:
                yield path, numbers[element], None


class _Tags:
    """The tags of entries, and what follows each. `first`: the number of the first tag of each entry, and of all."""

    def __init__(self, entries: Sequence[bytes]) -> None:
        data = b"".join(entries)
        letters = np.frombuffer(data, np.uint8)
        marks = np.flatnonzero((letters == ord("<")) | (letters == ord(">")))
        marks[1::2] += 1  # a tag begins at its <, what follows it after its >
        offsets = np.append(marks, len(data))
        self._pieces = pa.LargeStringArray.from_buffers(len(marks), pa.py_buffer(offsets), pa.py_buffer(data))
        self._escaped = b"&" in data
        starts = np.cumsum([0, *map(len, entries)])
        self.first = np.searchsorted(marks[::2], starts)

    def of_each(self) -> Iterator[bytes]:
        """The tags of each entry, without the texts between them."""
        tags = self._pieces.take(pa.array(np.arange(0, len(self._pieces), 2)))
        _, offsets, letters = tags.buffers()
        bounds = np.frombuffer(offsets, np.int64)[self.first].tolist()
        data = letters.to_pybytes() if letters else b""
        for start, end in pairwise(bounds):
            yield data[start:end]

    def texts(self, tags: pl.Series) -> pl.Series:
        """What follows tags of these numbers, without white space around it."""
        texts = pl.Series(self._pieces.take((tags * 2 + 1).to_arrow()))
        if self._escaped:
            for escaped, letter in _ESCAPED.items():
                texts = texts.str.replace_all(escaped, letter, literal=True)
        return texts.str.strip_chars()

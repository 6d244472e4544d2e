"""Legs in the order of replay on disk: arrays that are mapped into memory, of which the system holds what is in use."""

import errno
import os
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import polars as pl
from numpy.typing import NDArray

from finflow.errors import FinflowError
from finflow.trace.exact import Integers
from finflow.trace.ledger import integers
from finflow.trace.order import NONE
from finflow.trace.plan import decided, undone
from finflow.trace.progress import Progress
from finflow.trace.state import BRINGS, CASH, DEBIT, FLAGS, OPENING, OTHER, OWN, PAIR, PAIRED, POCKET

BATCH = 1 << 18  # legs


class Added(NamedTuple):
    """What no leg shows, in the order of replay: an opening balance, or what came in unseen where records break off."""

    before: Integers  # number of the leg it comes before, or one that no leg has: it comes last; ascending
    pocket: Integers
    amount: Integers  # minor units
    opens: NDArray[np.bool_]


class OnDisk:
    """Events 0, 1, 2, …: legs by their numbers, and among them what was added."""

    def __init__(self, folder: Path, legs: int, added: Added) -> None:
        self._added, events = added, legs + added.before.size
        self._number, self._pair = (_mapped(folder / name, (legs,), np.int64) for name in ("number", "pair"))
        self.amount = _mapped(folder / "amount", (events,), np.int64)
        self.about = _mapped(folder / "about", (events, 4), np.int32)
        self.transit = _mapped(folder / "transit", (events,), np.int64)
        self._reversals = [np.empty((0, 2), np.int64)]
        self._rings = [np.empty(0, np.int64)]

    def fill(self, batches: Iterable[pl.DataFrame], values: Mapping[str, str], progress: Progress) -> None:
        """Take legs by number: number, pair_number, reverses_number, pocket, is_debit, amount (minor units), is_cash,
        is_interest, opens_ring.
        """
        done = 0
        for batch in batches:
            self._put(done, batch, values)
            done += batch.height
            progress(done, self._number.size)
        self._put_added(values)
        for first in range(0, self._pair.size, BATCH):
            chosen = slice(first, first + BATCH)
            self.about[self.events(self._number[chosen]), PAIR] = self.events(self._pair[chosen])

    def _put(self, done: int, batch: pl.DataFrame, values: Mapping[str, str]) -> None:
        number, is_debit = integers(batch["number"]), batch["is_debit"].to_numpy()
        lies = slice(done, done + number.size)
        self._number[lies], self._pair[lies] = number, integers(batch["pair_number"].fill_null(NONE))
        at = done + np.arange(number.size) + np.searchsorted(self._added.before, number, side="right")
        self.amount[at] = integers(batch["amount"])
        earns = (batch["is_interest"] & batch["reverses_number"].is_null()).to_numpy()
        about = np.empty((number.size, 4), np.int32)
        about[:, POCKET], about[:, PAIR] = integers(batch["pocket"]), NONE
        about[:, FLAGS] = DEBIT * is_debit + PAIRED * batch["pair_number"].is_not_null().to_numpy()
        about[:, FLAGS] |= decided(is_debit, earns, values)
        about[:, BRINGS] = np.where(batch["is_cash"].to_numpy(), CASH, OTHER)
        self.about[at] = about
        reversals = batch.filter(pl.col("reverses_number").is_not_null()).select("number", "reverses_number")
        self._reversals.append(reversals.cast(pl.Int64).to_numpy())
        self._rings.append(integers(batch.filter("opens_ring")["number"]))

    def _put_added(self, values: Mapping[str, str]) -> None:
        at, added = self._added_events(), self._added
        opening = OWN if values["opening"] == "own_money" else OPENING
        self.amount[at] = added.amount
        self.about[at, POCKET], self.about[at, PAIR] = added.pocket, NONE
        self.about[at, BRINGS] = np.where(added.opens, opening, OPENING)

    def _added_events(self) -> Integers:
        before = self._added.before
        return np.searchsorted(self._number, before) + np.arange(before.size)

    @property
    def undo(self) -> Integers:
        """Events that reverse an earlier one, and that one; by event."""
        reversals = np.concatenate(self._reversals)
        return undone(self.events(reversals[:, 0]), self.events(reversals[:, 1]))

    @property
    def rings(self) -> Integers:
        """Numbers of the debits that had to go first."""
        return np.concatenate(self._rings)

    def events(self, numbers: Integers) -> Integers:
        """The events of legs of these numbers; NONE where no such leg is held."""
        at = np.searchsorted(self._number, numbers)
        found = self._number[at.clip(max=self._number.size - 1)] == numbers
        return np.where(found, at + np.searchsorted(self._added.before, numbers, side="right"), NONE)

    def numbers(self, events: Integers) -> Integers:
        """The numbers of the legs of these events; NONE of what was added."""
        added = self._added_events()
        gone_by = np.searchsorted(added, events, side="right")
        is_added = np.isin(events, added)
        return np.where(is_added, NONE, self._number[(events - gone_by).clip(min=0)])


def _mapped(path: Path, shape: tuple[int, ...], kind: Any) -> NDArray[Any]:
    """Zeros in a file of their own, whose room is taken at once: a disk that fills up later would end the process."""
    with path.open("wb") as file:
        _take_room(file.fileno(), int(np.prod(shape)) * np.dtype(kind).itemsize)
    return np.asarray(np.memmap(path, kind, "r+", shape=shape))


def _take_room(file: int, size: int) -> None:
    try:
        os.posix_fallocate(file, 0, size)
    except AttributeError:  # Windows, macOS
        os.truncate(file, size)
    except OSError as error:
        if error.errno not in (errno.EOPNOTSUPP, errno.EINVAL, errno.ENOSYS):  # file systems that cannot
            raise
        os.truncate(file, size)


@contextmanager
def room() -> Iterator[None]:
    """Raises FinflowError where the disk of the case does not take what is written."""
    try:
        yield
    except OSError as error:
        raise FinflowError(
            f"The folder tmp of the case cannot hold this trace ({error.strerror}): it takes some 50 bytes a bank "
            "line. Free disk space, check that the folder can be written, then repeat."
        ) from None

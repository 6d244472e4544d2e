"""Replay of a million transfers between a thousand accounts, each method once its kernel is compiled."""

from collections.abc import Iterator

import numpy as np

from benchmarks.measure import Measure, seconds
from finflow.trace import state
from finflow.trace.engine import replay
from finflow.trace.shares import METHODS

TRANSFERS = 1_000_000
ACCOUNTS = 1_000
ORIGINS = 20
LIMIT = 10.0
"""Seconds a person waits without losing the thread (Nielsen, Usability Engineering, 1993)."""


def measures() -> Iterator[Measure]:
    """Seconds a method, compiled before."""
    small, legs = _legs(1_000), _legs(TRANSFERS)
    owed = np.zeros(ACCOUNTS, np.int64)
    for method in METHODS:
        replay(small, ACCOUNTS, ORIGINS, method, owed)
        taken = seconds(lambda method=method: replay(legs, ACCOUNTS, ORIGINS, method, owed), times=2)
        yield Measure(f"trace_1m_transfers_{method}", taken, "s", "limit", LIMIT, "what a person waits for")


def _legs(transfers: int) -> state.Legs:
    """Debit and credit after each other; one marked payment from outside for each hundred transfers."""
    chance = np.random.default_rng(728)
    debtor, creditor = chance.integers(0, ACCOUNTS, (2, transfers))
    creditor = np.where(debtor == creditor, (creditor + 1) % ACCOUNTS, creditor)
    amount = chance.integers(100, 500_000, transfers)
    about = np.full((2 * transfers, 4), state.NONE, np.int32)
    about[0::2, state.POCKET], about[1::2, state.POCKET] = debtor, creditor
    about[0::2, state.PAIR], about[1::2, state.PAIR] = np.arange(1, 2 * transfers, 2), np.arange(0, 2 * transfers, 2)
    about[0::2, state.FLAGS], about[1::2, state.FLAGS] = state.DEBIT | state.PAIRED, state.PAIRED
    about[:, state.BRINGS] = state.OTHER
    marked = np.arange(1, 2 * transfers, 200)
    about[marked, state.FLAGS] |= state.MARKED
    marks = np.stack([marked, chance.integers(0, ORIGINS, marked.size), np.repeat(amount, 2)[marked]], axis=1)
    return state.Legs(
        amount=np.repeat(amount, 2).astype(np.int64),
        about=about,
        currency=np.zeros(ACCOUNTS, np.int64),
        marks=marks.astype(np.int64),
        undo=np.empty((0, 2), np.int64),
        kept=np.empty((0, 1), np.int64),
        links=np.empty((0, 2), np.int64),
    )

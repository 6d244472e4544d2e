"""Work ahead: the next pieces of a file are made while the one before them is used."""

from collections import deque
from collections.abc import Generator, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

MOST = 2  # pieces that wait: while many records are written at once, as many more are read and judged
Piece = TypeVar("Piece")


def ahead(pieces: Iterator[Piece]) -> Generator[Piece, None, None]:
    """The same pieces in their order, some of them made in another thread while the one before is used.

    What making a piece raises is raised where that piece would have come. Who may stop early closes it, and the thread
    has ended.
    """
    worker = ThreadPoolExecutor(1)
    try:
        following = deque(worker.submit(next, pieces, None) for _ in range(MOST))
        while (piece := following.popleft().result()) is not None:
            following.append(worker.submit(next, pieces, None))
            yield piece
    finally:
        worker.shutdown(cancel_futures=True)

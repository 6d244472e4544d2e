"""Work ahead: the next piece of a file is made while the one before it is used."""

from collections.abc import Generator, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

Piece = TypeVar("Piece")


def ahead(pieces: Iterator[Piece]) -> Generator[Piece, None, None]:
    """The same pieces in their order, one of them made in another thread while the one before is used.

    What making a piece raises is raised where that piece would have come. Who may stop early closes it, and the thread
    has ended.
    """
    with ThreadPoolExecutor(1) as worker:
        following = worker.submit(next, pieces, None)
        while (piece := following.result()) is not None:
            following = worker.submit(next, pieces, None)
            yield piece

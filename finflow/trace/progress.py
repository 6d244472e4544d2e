"""How far long work has come, told to a person who waits for it."""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager

Progress = Callable[[int, int], None]
"""Takes how much is done, and how much there is."""


@contextmanager
def progress_of(what: str) -> Iterator[Progress]:
    """A bar on the terminal, with these words before it; nothing where no person is watching. One at a time."""
    if not sys.stderr.isatty():
        yield lambda done, total: None
        return
    from rich.console import Console
    from rich.progress import Progress as Bar

    with Bar(console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task(what)
        yield lambda done, total: bar.update(task, completed=done, total=total)

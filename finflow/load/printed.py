"""The lines of print of a PDF, each with its place: page and line from the top."""

import logging
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from finflow.errors import FinflowError
from finflow.load.layout import SAME_LINE, PrintedLine, Word

PAGES_AT_MOST = 20_000


def printed_lines(path: Path, name: str) -> Iterator[PrintedLine]:
    """Every line of print, page after page. `name` is the file name for messages.

    Raises FinflowError for a locked or damaged file, and for a scan, which holds no text.
    """
    from pdfplumber import open as opened

    logging.getLogger("pdfminer").setLevel(logging.CRITICAL)  # it tells of fonts, and may quote what it cannot read
    found = False
    try:
        with opened(path) as document:
            if len(document.pages) > PAGES_AT_MOST:
                raise FinflowError(f"{name} has more than {PAGES_AT_MOST} pages. Ask for it in parts.")
            for page in document.pages:
                lines = list(_lines(page))
                found = found or bool(lines)
                yield from lines
                page.close()  # else every page read stays in memory
    except (FinflowError, MemoryError):
        raise
    except Exception as error:  # for a damaged file the library lets errors of several kinds through
        locked = "password" in repr(error).lower()
        why = "is locked: ask for it without a password" if locked else "is damaged or no PDF: ask for it again"
        raise FinflowError(f"{name} {why}.") from None
    if not found:
        raise FinflowError(f"{name} holds no text: it is a scan. Key it: finflow template keyed.")


def _lines(page: Any) -> Iterator[PrintedLine]:
    words = sorted(page.extract_words(x_tolerance=1.5, y_tolerance=2), key=lambda word: (word["top"], word["x0"]))
    rows: list[list[Any]] = []
    for word in words:
        if rows and word["top"] - rows[-1][0]["top"] <= SAME_LINE:
            rows[-1].append(word)
        else:
            rows.append([word])
    for number, row in enumerate(rows, 1):
        ordered = sorted(row, key=lambda word: word["x0"])
        placed = tuple(Word(float(word["x0"]), float(word["x1"]), word["text"]) for word in ordered)
        yield PrintedLine(f"p{page.page_number}L{number}", placed)

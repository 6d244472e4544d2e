"""Texts and elements at plain paths below one element, found in one pass: a search for each path takes most of a
load's time.
"""

from collections.abc import Iterable
from typing import Any

Element = Any  # lxml ships no types
NOT_PLAIN = "not plain"
_Steps = dict[str, tuple[str, bool, dict[str, Any]]]  # tag -> path that ends here or "", whether it is listed, below


class Found:
    """What stands below one element: `texts` by path, the first of each; `listed` elements by path, in their order."""

    __slots__ = ("listed", "texts")

    def __init__(self) -> None:
        self.texts: dict[str, str] = {}
        self.listed: dict[str, list[Element]] = {}

    def text(self, *paths: str) -> str | None:
        """The text at the first of several paths that has one."""
        for path in paths:
            if path in self.texts:
                return self.texts[path]
        return None

    def amount(self, path: str) -> tuple[str | None, str | None]:
        """Amount and currency at a listed path, as printed; one that stands twice or holds elements is no amount, and
        is never cut to its start.
        """
        if path not in self.listed:
            return None, None
        element, *others = self.listed[path]
        printed = NOT_PLAIN if others or len(element) else (element.text or "").strip() or None
        return printed, element.get("Ccy")


class Paths:
    """Finds what stands at given paths, all in the one namespace of a document. `listed`: paths whose elements are
    kept, for those that repeat or have attributes.
    """

    def __init__(self, uri: str, texts: Iterable[str], listed: Iterable[str]) -> None:
        self._steps: _Steps = {}
        for path, is_listed in [*((path, False) for path in texts), *((path, True) for path in listed)]:
            *above, last = (f"{{{uri}}}{name}" for name in path.split("/"))
            steps = self._steps
            for tag in above:
                steps = steps.setdefault(tag, ("", False, {}))[2]
            below = steps[last][2] if last in steps else {}
            steps[last] = (path, is_listed, below)

    def below(self, element: Element) -> Found:
        """What stands at the paths below an element."""
        found = Found()
        _gather(element, self._steps, found.texts, found.listed)
        return found


def _gather(element: Element, steps: _Steps, texts: dict[str, str], listed: dict[str, list[Element]]) -> None:
    for child in element:
        step = steps.get(child.tag)
        if step is None:
            continue
        path, is_listed, below = step
        if is_listed:
            listed.setdefault(path, []).append(child)
        elif path and path not in texts:
            printed = child.text
            if printed and (plain := printed.strip()):
                texts[path] = plain
        if below:
            _gather(child, below, texts, listed)

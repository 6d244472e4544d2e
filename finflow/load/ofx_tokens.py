"""OFX as lines of elements, in both its forms: 1.x, where few elements are closed, and 2.x, which is XML.

Read by hand: a parser of the whole tree keeps no line numbers, and what banks write is often neither SGML nor XML.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from html import escape, unescape

LEVELS = {  # how deep a part stands: one that opens ends those as deep or deeper that nobody closed
    "OFX": 0, "FI": 1, "STMTRS": 1, "CCSTMTRS": 1, "INVSTMTRS": 1, "LOANSTMTRS": 1,
    "BANKACCTFROM": 2, "CCACCTFROM": 2, "BANKTRANLIST": 2, "BANKTRANLISTP": 2, "LEDGERBAL": 2, "AVAILBAL": 2,
    "BALLIST": 2, "STMTTRN": 3, "STMTTRNP": 3, "BAL": 3,
    "PAYEE": 4, "BANKACCTTO": 4, "CCACCTTO": 4, "CURRENCY": 4, "ORIGCURRENCY": 4, "IMAGEDATA": 4,
}  # fmt: skip

_TAG = re.compile(r"<(/?[A-Za-z][A-Za-z0-9_.]*)\s*/?>")
_CDATA = re.compile(r"<!\[CDATA\[(.*?)\]\]>")
_COMMENT = re.compile(r"<!--.*?-->")


@dataclass
class Part:
    """An open part: its name, first and last line, its own elements (the first of each name), those of parts inside."""

    name: str
    first_line: int
    last_line: int = 0
    elements: dict[str, str] = field(default_factory=dict)
    inside: dict[str, dict[str, str]] = field(default_factory=dict)
    raw: list[str] = field(default_factory=list)

    def text(self, name: str) -> str | None:
        """The text of an element; None when it is empty or not there."""
        return unescape(self.elements.get(name, "")).strip() or None

    def text_in(self, part: str, name: str) -> str | None:
        """The text of an element of a part inside."""
        return unescape(self.inside.get(part, {}).get(name, "")).strip() or None


def tokens(lines: Iterator[tuple[int, str]]) -> Iterator[tuple[int, str, str]]:
    """Line number, name in capitals (with a slash when it closes), and the text that follows, as written."""
    for number, line in lines:
        plain = _COMMENT.sub("", _CDATA.sub(lambda found: escape(found[1]), line))
        before, *found = _TAG.split(plain)
        if before.strip():
            yield number, "", before
        for tag, text in zip(found[0::2], found[1::2], strict=True):
            yield number, tag.upper(), text


def parts(lines: Iterator[tuple[int, str]]) -> Iterator[tuple[bool, list[Part]]]:
    """Whether a part opened (else it closed), and the open parts down to it, each with what it holds so far.

    At the end of a file that breaks off, the parts still open are not closed.
    """
    stack: list[Part] = []
    last = ""
    for number, name, text in tokens(lines):
        level = LEVELS.get(name.removeprefix("/"))
        if level is None:
            if stack:
                last = _take(stack, number, name, text, last)
            continue
        last = ""
        closing = name.startswith("/")
        while stack and LEVELS[stack[-1].name] >= level:
            ended = stack[-1]
            ended.last_line = number if closing and ended.name == name[1:] else ended.last_line
            yield False, stack
            stack.pop()
            if len(stack) > 0:
                stack[-1].inside.setdefault(ended.name, ended.elements)
                stack[-1].raw += [f"<{ended.name}>", *ended.raw]
                stack[-1].last_line = max(stack[-1].last_line, ended.last_line)
        if not closing:
            stack.append(Part(name, number, number))
            yield True, stack


def _take(stack: list[Part], number: int, name: str, text: str, last: str) -> str:
    """Put an element, or more text of the last one, into the innermost part; the name that more text belongs to."""
    part = stack[-1]
    if name.startswith("/"):
        return ""
    if name:
        part.raw.append(f"<{name}>{text.strip()}")
        fresh = name not in part.elements
        if fresh:
            part.elements[name] = text
        part.last_line = number
        return name if fresh else ""
    if last:
        part.elements[last] += f" {text.strip()}"
        part.raw.append(text.strip())
        part.last_line = number
    return last

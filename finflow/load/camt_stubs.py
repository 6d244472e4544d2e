"""A camt file with a stub in the place of each plain entry: to make elements of entries takes most of a load's time.

An entry is plain when lxml would write it as it stands and tags can be told from texts without a parser. Whatever is
not plain stays as it is. That tags are well-formed is found where entries are cut, once for all of the same tags.
"""

import re
import uuid
from pathlib import Path
from typing import BinaryIO

import numpy as np

from finflow.load.camt_paths import Element

PIECE = 1 << 20
LONGEST = 8 << 20  # bytes that wait for the end of an entry
_BEGIN, _END = b"<Ntry>", b"</Ntry>"
_UTF8 = re.compile(
    rb"(?:\xef\xbb\xbf)?(?:<\?xml\s(?:(?!encoding)[^>])*(?:encoding\s*=\s*[\"']utf-8[\"'][^>]*)?\?>)?\s*(?=<[^!?])",
    re.IGNORECASE,
)
_OTHER_ENTRY = re.compile(rb"<Ntry[\s/]")
_OTHER_ESCAPE = re.compile(rb"&(?!amp;|lt;|gt;)")


def is_markup_plain(path: Path) -> bool:
    """Whether a file is UTF-8, as it declares, and has no comment, CDATA, instruction or DTD: each < begins a tag."""
    with path.open("rb") as stream:
        declared = _UTF8.match(stream.read(200))
        if declared is None:
            return False
        stream.seek(declared.end())
        last = b""
        while piece := stream.read(PIECE):
            if b"<!" in (piece := last + piece) or b"<?" in piece:
                return False
            last = piece[-1:]
    return True


class Stubs:
    """The file as a stream with stubs in it."""

    def __init__(self, stream: BinaryIO) -> None:
        self._stream, self._left = stream, b""
        self._mark = f"e{uuid.uuid4().hex}"  # no element of the file passes for a stub
        self._cut_out: list[bytes] = []

    def read(self, _: int) -> bytes:
        """The next piece; the stubs of the one before are done with."""
        while piece := self._stream.read(PIECE):
            whole, begin, rest = (self._left + piece).rpartition(_BEGIN)
            self._left = begin + rest
            if not begin or len(self._left) > LONGEST:
                whole, self._left = whole + self._left, b""
            if whole:
                return self._stubbed(whole)
        whole, self._left = self._left, b""
        return whole

    def content(self, element: Element) -> bytes | None:
        """What stood inside the entry of which this is the stub; None when it is none."""
        number = element.get(self._mark)
        return None if number is None else self._cut_out[int(number)]

    def _stubbed(self, text: bytes) -> bytes:
        text = text.replace(b"\r\n", b"\n")
        head, *entries = text.split(_BEGIN)
        parts = [entry.split(_END) for entry in entries]
        if any(len(part) != 2 for part in parts) or not _is_plain(text[len(head) :]):
            return text
        self._cut_out = [content for content, _ in parts]
        return head + b"".join(
            b'<Ntry %b="%d"/>%b' % (self._mark.encode(), number, after) for number, (_, after) in enumerate(parts)
        )


def _is_plain(text: bytes) -> bool:
    letters = np.frombuffer(text, np.uint8)
    marks = np.flatnonzero((letters == ord("<")) | (letters == ord(">")))
    in_turn = (letters[marks[::2]] == ord("<")).all() and (letters[marks[1::2]] == ord(">")).all()
    prefixed = (np.searchsorted(marks, np.flatnonzero(letters == ord(":"))) & 1).any()  # or an address of a namespace
    return bool(in_turn and not prefixed) and not (
        np.count_nonzero(letters < ord(" ")) > text.count(b"\n") + text.count(b"\t")
        or _OTHER_ENTRY.search(text)
        or (b"&" in text and _OTHER_ESCAPE.search(text))
        or b"\xef\xbf" in text  # U+FFFE and U+FFFF are no letters of XML
        or not _is_utf8(text)
    )


def _is_utf8(text: bytes) -> bool:
    try:
        text.decode()
    except UnicodeDecodeError:
        return False
    return True

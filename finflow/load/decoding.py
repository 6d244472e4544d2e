"""Bytes of a file as UTF-8 text, a piece at a time, line breaks brought to one form."""

import codecs
import io
from collections.abc import Iterator
from pathlib import Path

from finflow.errors import FinflowError

PIECE = 16 << 20
TRY = "cp1250 (central Europe), cp1252 (western Europe) or iso-8859-2"


def pieces(path: Path, name: str, encoding: str) -> Iterator[tuple[bytes, int]]:
    """UTF-8 text and the bytes of the file read so far. `name` is the file name for messages.

    Raises FinflowError for an empty file, for bytes that are not of the encoding (with their line), for a file that is
    UTF-8 although the mapping says otherwise, and for binary content.
    """
    decoder = io.IncrementalNewlineDecoder(codecs.getincrementaldecoder(encoding)(), translate=True)
    line, done, foreign = 1, 0, _Foreign(name, encoding)
    with path.open("rb") as stream:
        while chunk := stream.read(PIECE):
            text = _decoded(decoder, chunk, name, encoding, line)
            if not done:
                text = text.removeprefix("\ufeff")
            foreign.see(chunk)
            done += len(chunk)
            _refuse_binary(text, name, line)
            line += text.count("\n")
            yield text.encode(), done
    if not done:
        raise FinflowError(f"{name} is empty (0 bytes). Ask for the file again.")
    if rest := _decoded(decoder, b"", name, encoding, line):
        yield rest.encode(), done
    foreign.refuse()


def is_utf8(path: Path) -> bool:
    """Whether every byte of a file reads as UTF-8."""
    decoder = codecs.getincrementaldecoder("utf-8")()
    try:
        with path.open("rb") as stream:
            while chunk := stream.read(PIECE):
                decoder.decode(chunk)
            decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return False
    return True


class _Foreign:
    """Watches for a file that reads as UTF-8 throughout although the mapping names an encoding of one byte a letter."""

    def __init__(self, name: str, encoding: str) -> None:
        self._name, self._encoding = name, encoding
        self._utf8 = codecs.getincrementaldecoder("utf-8")()
        self._letters = False
        self._watching = len("\xe9".encode(encoding, "replace")) == 1

    def see(self, chunk: bytes) -> None:
        if not self._watching:
            return
        self._letters = self._letters or not chunk.isascii()
        try:
            self._utf8.decode(chunk)
        except UnicodeDecodeError:
            self._watching = False

    def refuse(self) -> None:
        if self._watching and self._letters:
            raise FinflowError(
                f'{self._name} is UTF-8, but its mapping says {self._encoding}. Write encoding = "utf-8" under [table].'
            )


def _decoded(decoder: io.IncrementalNewlineDecoder, chunk: bytes, name: str, encoding: str, line: int) -> str:
    try:
        return decoder.decode(chunk, final=not chunk)
    except UnicodeDecodeError as error:
        at = line + error.object[: error.start].count(b"\n")
        raise FinflowError(
            f"{name} L{at} is not {encoding}. Write its encoding under [table] of the mapping: {TRY}."
        ) from None


def _refuse_binary(text: str, name: str, line: int) -> None:
    if "\0" in text:
        at = line + text[: text.index("\0")].count("\n")
        raise FinflowError(
            f"{name} L{at} holds NUL bytes: it is not a text file. Ask the bank for CSV, camt.053 or MT940, "
            "or write the encoding (for example utf-16) under [table] of the mapping."
        )

"""Bytes of a file as UTF-8 text, a piece at a time, line breaks brought to one form."""

import codecs
import io
import re
from collections.abc import Iterator
from pathlib import Path

from finflow.errors import FinflowError

PIECE = 24 << 20  # memory of pieces above 32 MB is given back to the system each time, and asked for anew
TRY = "cp1250 (central Europe), cp1252 (western Europe) or iso-8859-2"


def pieces(path: Path, name: str, encoding: str) -> Iterator[tuple[bytes, int]]:
    """UTF-8 text and the bytes of the file read so far. `name` is the file name for messages.

    Raises FinflowError for an empty file, for bytes that are not of the encoding (with their line), for a file that is
    UTF-8 although the mapping says otherwise, and for binary content.
    """
    if _one_byte_a_letter(encoding) and not _is_ascii(path) and is_utf8(path):
        raise FinflowError(f'{name} is UTF-8, but its mapping says {encoding}. Write encoding = "utf-8" under [table].')
    decoder = io.IncrementalNewlineDecoder(codecs.getincrementaldecoder(encoding)(), translate=True)
    plain = "\n".encode(encoding, "replace") == b"\n"
    line, done, is_empty = 1, 0, True
    for chunk in _chunks(path, end=True):
        if plain:
            _refuse_binary(chunk, name, line)
        if plain and chunk.isascii() and b"\r" not in chunk and decoder.getstate() == (b"", 0):
            data = chunk  # nothing to translate: the usual case, and the fast one
        else:
            text = _decoded(decoder, chunk, name, encoding, line)
            data = (text if done else text.removeprefix("\ufeff")).encode()
        done += len(chunk)
        if not plain:
            _refuse_binary(data, name, line)
        line += data.count(b"\n")
        if data:
            is_empty = False
            yield data, done
    if is_empty:  # or all of it is the mark that says how it is encoded
        raise FinflowError(f"{name} is empty ({done} bytes). Ask for the file again.")


def numbered_lines(path: Path, name: str, encoding: str, done: list[int]) -> Iterator[tuple[int, str]]:
    """Lines with their number, from 1; `done` holds the bytes read so far."""
    number, left = 0, ""
    for text, done[0] in pieces(path, name, encoding):
        *whole, left = (left + text.decode()).split("\n")
        for line in whole:
            number += 1
            yield number, line
    if left:
        yield number + 1, left


def is_utf8(path: Path) -> bool:
    """Whether every byte of a file reads as UTF-8."""
    decoder = codecs.getincrementaldecoder("utf-8")()
    try:
        for chunk in _chunks(path, end=True):
            decoder.decode(chunk, final=not chunk)
    except UnicodeDecodeError:
        return False
    return True


def _is_ascii(path: Path) -> bool:
    return all(chunk.isascii() for chunk in _chunks(path))


def _one_byte_a_letter(encoding: str) -> bool:
    return len("\xe9".encode(encoding, "replace")) == 1 and encoding != "ascii"


def _chunks(path: Path, *, end: bool = False) -> Iterator[bytes]:
    """The bytes of a file, a piece at a time; with `end`, nothing as the last."""
    with path.open("rb") as stream:
        while chunk := stream.read(PIECE):
            yield chunk
    if end:
        yield b""


def _decoded(decoder: io.IncrementalNewlineDecoder, chunk: bytes, name: str, encoding: str, line: int) -> str:
    try:
        return decoder.decode(chunk, final=not chunk)
    except UnicodeDecodeError as error:
        at = line + error.object[: error.start].count(b"\n")
        raise FinflowError(
            f"{name} L{at} is not {encoding}. Write its encoding under [table] of the mapping: {TRY}."
        ) from None


def _refuse_binary(data: bytes, name: str, line: int) -> None:
    if b"\0" in data:
        at = line + len(re.findall(rb"\r\n?|\n", data[: data.index(b"\0")]))
        raise FinflowError(
            f"{name} L{at} holds NUL bytes: it is not a text file. Ask the bank for CSV, camt.053 or MT940, "
            "or write the encoding (for example utf-16) under [table] of the mapping."
        )

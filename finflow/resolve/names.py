"""Whether two printed names are of one holder: agrees, differs, unclear, or not printed.

Banks print the same name in other orders, with initials, titles or the form of the firm, without diacritics, or cut
off. So names are compared word by word. Nothing is concluded from what a name sounds like; names in different scripts
cannot be compared and are unclear.
"""

import re
import unicodedata
from collections.abc import Iterable
from difflib import SequenceMatcher
from functools import cache

AGREES, UNCLEAR, DIFFERS, NOT_PRINTED = "agrees", "unclear", "differs", "not printed"
ALIKE = 0.85  # two words are one with a typing error; judgement
CUT = (24, 27, 32, 35, 70)  # lengths at which formats and banks cut a name off
_OF_NO_WEIGHT = frozenset(  # forms of firms, titles and joining words
    re.findall(
        r"\w+",
        """ab ag and as bv bvba co cv doo dhr ek en eood et frau fam gbr gmbh herr inc kft kg lda limited llc llp lp ltd
        mevr mr mrs ms mw nv nyrt oe og ohg ooo oy plc pte rt sa sarl sas sl sia spa sprl sro srl spzoo the uab ug und
        vof zrt""",
    )
)
_LETTERS = str.maketrans({"ß": "ss", "ø": "o", "ł": "l", "đ": "d", "ı": "i", "æ": "ae", "œ": "oe", "þ": "th"})


def compare(printed: Iterable[str | None], holders: Iterable[str]) -> str:
    """The best that any printed name says about any name of a holder; NOT_PRINTED when either has none."""
    found = {_verdict(name, holder) for name in printed if name for holder in holders if holder}
    return next((verdict for verdict in (AGREES, UNCLEAR, DIFFERS) if verdict in found), NOT_PRINTED)


@cache
def _verdict(one: str, other: str) -> str:
    fewer, more = sorted((_words(one), _words(other)), key=len)
    if not fewer:
        return UNCLEAR
    if _script(fewer) != _script(more):
        return UNCLEAR
    if sorted(fewer) == sorted(more):
        return AGREES
    met = _met(fewer, more)
    whole = sum(len(word) > 1 for word in met)
    if len(met) == len(fewer) and len(met) >= 2 and whole >= 1:
        return AGREES
    return UNCLEAR if whole else DIFFERS


def _words(name: str) -> tuple[str, ...]:
    """Words of a name in plain letters, without forms of firms and titles; a word that may be cut off ends in '~'."""
    plain = unicodedata.normalize("NFKD", name.casefold().translate(_LETTERS))
    plain = "".join(letter for letter in plain if not unicodedata.combining(letter))
    words = re.findall(r"[^\W_]+", re.sub(r"[.'’]", "", re.sub(r"\b(\w)\.(?=\w{2})", r"\1 ", plain)))
    if len(name.strip()) in CUT and words:
        words[-1] += "~"
    return tuple(word for word in words if word not in _OF_NO_WEIGHT) or tuple(words)


def _script(words: tuple[str, ...]) -> str:
    """The script of the first letter, which is the first word of its name in Unicode."""
    letter = next((letter for letter in "".join(words) if letter.isalpha()), "0")
    return unicodedata.name(letter, "").split(" ")[0]


def _met(fewer: tuple[str, ...], more: tuple[str, ...]) -> list[str]:
    """The words of one name that stand in the other, each word met once; whole words before initials."""
    left, met = list(more), []
    for word in sorted(fewer, key=len, reverse=True):
        found = next((other for other in sorted(left, key=len, reverse=True) if _same(word, other)), None)
        if found is not None:
            left.remove(found)
            met.append(min(word, found, key=len))
    return met


def _same(one: str, other: str) -> bool:
    short, long = sorted((one, other), key=len)
    if len(short) == 1:
        return long.startswith(short)
    if short.endswith("~") or long.endswith("~"):
        a, b = short.rstrip("~"), long.rstrip("~")
        return a.startswith(b) or b.startswith(a)
    if one[0].isdigit() or len(short) < 4:
        return one == other
    return SequenceMatcher(None, one, other, autojunk=False).ratio() >= ALIKE

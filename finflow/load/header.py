"""The header of a CSV file against its mapping."""

import csv
from collections import Counter
from typing import Any

from finflow.errors import FinflowError
from finflow.load.mapping import Mapping

DELIMITERS = {";": '";"', ",": '","', "\t": '"\\t"', "|": '"|"'}


def dialect(delimiter: str, quote: str) -> dict[str, Any]:
    """Arguments of csv.reader for one delimiter and quote ("" = none)."""
    if not quote:
        return {"delimiter": delimiter, "quoting": csv.QUOTE_NONE}
    return {"delimiter": delimiter, "quotechar": quote, "strict": True}


def split(text: str, delimiter: str, quote: str) -> list[str]:
    """The cells of one record, or the parts between delimiters when its quotes follow no rule."""
    try:
        return next(csv.reader(text.splitlines(keepends=True), **dialect(delimiter, quote)))
    except (csv.Error, StopIteration):
        return text.split(delimiter)


def distinct(names: list[str]) -> list[str]:
    """Column names, the second of a name called "Name (2)" and so on; a nameless column by its number."""
    seen: Counter[str] = Counter()
    found = []
    for number, given in enumerate(names, 1):
        name = given.strip() or str(number)
        seen[name] += 1
        found.append(f"{name} ({seen[name]})" if seen[name] > 1 else name)
    return found


def check_columns(place: str, columns: list[str], mapping: Mapping, hint: str = "") -> None:
    """Refuse a header that lacks a column of the mapping, or has one without a use in it. `place`: file and locator;
    `hint`: what to type when a column is missing.

    Column names are printed only when some are those of the mapping: else the line may hold data.
    """
    if mapping.table.header and mapping.account in columns:
        raise FinflowError(
            f"{place}: account is the name of a column. Write it under [columns]: account = ..., and leave the "
            "key account above [table] out."
        )
    used = mapping.used_columns()
    missing = [column for column in used if column not in columns]
    if missing:
        shown = f" The header has: {', '.join(columns)}." if len(missing) < len(used) else ""
        raise FinflowError(
            f"{place}: the mapping names column {missing[0]}, which the header does not have.{shown}"
            f"{hint or ' Correct the name in the mapping, or skip_lines.'}"
        )
    unknown = [column for column in columns if column not in used and column not in mapping.table.unused]
    if unknown and mapping.table.header:
        raise FinflowError(
            f"{place}: the mapping does not know column {', '.join(unknown)}. "
            "Give each a use under [columns], or list it under [table] unused."
        )


def other_delimiter(text: str, mapping: Mapping) -> str:
    """What to type when the header is separated by another delimiter than the mapping says; else an empty text."""
    used = set(mapping.used_columns())
    for delimiter, written in DELIMITERS.items():
        if delimiter != mapping.table.delimiter and used <= set(split(text, delimiter, mapping.table.quote)):
            return f" The header is separated by {written}: write delimiter = {written} under [table]."
    return ""

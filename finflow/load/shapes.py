"""What whole columns say about how they are printed: the shapes of their cells, with every digit as 9."""

import re
from collections.abc import Iterable
from dataclasses import dataclass

MARKS = ".,' \u00a0\u202f\u2019"


@dataclass(frozen=True)
class Answer:
    """What a column is, and why that is not sure; `unsure` None = it is."""

    value: str
    unsure: str | None = None


def decimal_and_thousands(shapes: Iterable[str]) -> tuple[Answer, str]:
    """Decimal sign and thousands sign of amounts, from their shapes over the whole column.

    "9.999" alone may be either; it takes another shape to tell.
    """
    bodies = {re.sub(r"[^9.,' \u00a0\u202f\u2019]", "", shape).strip() for shape in shapes}
    last = {found[1] for body in bodies if (found := re.search(r"([.,])(?:9{1,2}|9{4,})$", body))}
    grouped = {mark for body in bodies for mark in re.findall(rf"9([{MARKS}])999(?=[{MARKS}])", body)}
    single = {found[1] for body in bodies if (found := re.fullmatch(rf"9{{1,3}}([{MARKS}])999", body))}
    if len(last) > 1 or last & grouped:
        return Answer(".", "the amounts use both . and , before the last digits"), ""
    if last:
        decimal = last.pop()
        thousands = (grouped | single) - {decimal}
        return Answer(decimal, None if len(thousands) <= 1 else "the amounts use several thousands signs"), _one(
            thousands
        )
    if grouped:
        return Answer("," if "." in grouped else ".", None), _one(grouped)
    if single & {".", ","}:
        return Answer(".", "9.999 may be nine thousand or nine: no amount of this column tells which"), ""
    return Answer("."), _one(single)


def _one(marks: set[str]) -> str:
    mark = min(marks, default="")
    return {"\u00a0": " ", "\u202f": " ", "\u2019": "'"}.get(mark, mark)


def date_form(cells: Iterable[str]) -> Answer | None:
    """The strptime form of a column of dates, decided on all of them; None when they are no dates."""
    found = {re.sub(r"\s.*|T.*", "", cell) for cell in cells if cell}
    if not found:
        return None
    if all(re.fullmatch(r"\d{8}", cell) for cell in found):
        return _unseparated(found)
    matches = [re.fullmatch(r"(\d{1,4})([./-])(\d{1,2})\2(\d{1,4})\.?", cell) for cell in found]
    first = matches[0]
    if first is None or any(match is None or match[2] != first[2] for match in matches):
        return None
    mark, parts = first[2], [(match[1], match[3], match[4]) for match in matches if match]
    if all(len(part[0]) == 4 for part in parts):
        return Answer(f"%Y{mark}%m{mark}%d" + ("." if all(cell.endswith(".") for cell in found) else ""))
    year = {4: "%Y", 2: "%y"}.get(min(len(part[2]) for part in parts))
    return _ordered(mark, parts, year) if year else None


def _ordered(mark: str, parts: list[tuple[str, str, str]], year: str) -> Answer | None:
    """Day first or month first: a number above twelve in one place tells; a point is day first everywhere."""
    day_first = f"%d{mark}%m{mark}{year}"
    firsts, seconds = max(int(part[0]) for part in parts), max(int(part[1]) for part in parts)
    if firsts > 12 and seconds > 12:
        return None
    if seconds > 12:
        return Answer(f"%m{mark}%d{mark}{year}")
    if firsts > 12 or mark == ".":
        return Answer(day_first)
    return Answer(day_first, "no day above 12 tells whether days or months come first")


def _unseparated(found: set[str]) -> Answer | None:
    forms = {
        "%Y%m%d": (slice(0, 4), slice(4, 6), slice(6, 8)),
        "%d%m%Y": (slice(4, 8), slice(2, 4), slice(0, 2)),
        "%m%d%Y": (slice(4, 8), slice(0, 2), slice(2, 4)),
    }
    fitting = [
        form
        for form, (year, month, day) in forms.items()
        if all(1950 <= int(c[year]) <= 2100 and 1 <= int(c[month]) <= 12 and 1 <= int(c[day]) <= 31 for c in found)
    ]
    if not fitting:
        return None
    return Answer(fitting[0], None if len(fitting) == 1 else "days and months of the dates cannot be told apart")

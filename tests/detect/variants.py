"""An example of a spec beside other payments: what must leave its hits as they are, and what must double them."""

import re

from tests.detect.ledger import Row
from tests.detect.spec import Example

YEARS_LATER = 2


def opposite(example: Example) -> list[Row]:
    """The same payments on other accounts the other way round: what came in goes out."""
    return [
        _renumbered(row, 50)
        | {"account": f"opposite {row['account']}", "in": row.get("out", ""), "out": row.get("in", "")}
        for row in example.ledger
    ]


def glimpse(example: Example) -> Row:
    """The first payment of an example, once, on an account of its own."""
    first = example.ledger[0]
    return _renumbered(first, 300) | {"account": "glimpse", "on": first["on"].partition(" ")[0], "times": ""}


def later(example: Example) -> list[Row]:
    """The same payments by the same people two years later."""
    return [_renumbered(row, 100) | {"on": in_two_years(row["on"])} for row in example.ledger]


def others(example: Example) -> list[Row]:
    """The same payments on the same days by other people in other places; names on lists stay."""
    kept = {row["value"].upper() for row in example.listed}
    return [_by_others(row, kept) for row in example.ledger]


def _by_others(row: Row, kept: set[str]) -> Row:
    renamed = {name: f"{row[name]} other" for name in ("account", "with", "place", "text", "name") if row.get(name)}
    if row.get("with", "").upper() in kept:
        renamed.pop("with")
    return _renumbered(row, 200) | renamed


def later_in(example: Example) -> list[tuple[str, Row]]:
    """The rows of side evidence two years later."""
    moved = [(kind, {name: in_two_years(value) for name, value in row.items()}) for kind, row in example.side]
    return [(kind, _row_renumbered(kind, row, 100)) for kind, row in moved]


def others_in(example: Example) -> list[tuple[str, Row]]:
    """The rows of side evidence of other people, on the same days; services and sites stay."""
    kept = {"site", "service", "role", "currency", "amount"}
    return [
        (
            kind,
            _row_renumbered(kind, {name: value if name in kept else _other(value) for name, value in row.items()}, 200),
        )
        for kind, row in example.side
    ]


def _other(value: str) -> str:
    return value if not value or re.match(r"20\d\d-", value) else f"{value} other"


def _row_renumbered(kind: str, row: Row, by: int) -> Row:
    return row | {kind: str(int(row[kind].split()[0]) + by)}


def in_two_years(text: str) -> str:
    """The dates of a text two years later; no spec stands in a leap year."""
    return re.sub(r"20(\d\d)-", lambda found: f"20{int(found.group(1)) + YEARS_LATER}-", text)


def _renumbered(row: Row, by: int) -> Row:
    return row | {"line": str(int(row["line"]) + by)}

"""The specs of the rules: what goes in, what is found, what must not be. Read by the tests and by the handbook."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from finflow.side import templates
from tests.detect.ledger import Payment, Row, tables

FOLDER = Path(__file__).parent / "specs"
KINDS = ("Found", "Near miss", "Look-alike")


@dataclass(frozen=True)
class Example:
    """One section of a spec: a ledger, what is on lists, rows of side evidence with their kind, parameters changed, and
    the hits expected.
    """

    rule: str
    kind: str
    title: str
    ledger: list[Row]
    listed: list[Row]
    parameters: dict[str, str]
    hits: list[Row]
    side: list[tuple[str, Row]] = field(default_factory=list)


def examples(rule: str) -> Iterator[Example]:
    """The examples of one rule, in the order they are written."""
    text = (FOLDER / f"{rule}.md").read_text(encoding="utf-8")
    for section in re.split(r"^## ", text, flags=re.MULTILINE)[1:]:
        heading, body = section.split("\n", 1)
        kind, _, title = heading.partition(": ")
        ledger: list[Row] = []
        listed: list[Row] = []
        hits: list[Row] = []
        side: list[tuple[str, Row]] = []
        for table in tables(body):
            kind_of_rows = next(iter(table[0]))
            if kind_of_rows in templates():
                side += [(kind_of_rows, row) for row in table]
                continue
            (hits if "subject" in table[0] else listed if "list" in table[0] else ledger).extend(table)
        parameters = dict(re.findall(r"^With `(\w+)` = (\S+?)\.?$", body, flags=re.MULTILINE))
        assert kind in KINDS, f"{rule}: a section is one of {KINDS}"
        assert hits or "No hits." in body, f"{rule}, {heading}: say which hits, or: No hits."
        yield Example(rule, kind, title, ledger, listed, parameters, hits, side)


def all_examples() -> list[Example]:
    """Every example of every spec."""
    return [example for path in sorted(FOLDER.glob("*.md")) for example in examples(path.stem)]


def cited(text: str, payments: list[Payment]) -> list[str]:
    """Transfer ids of the lines named: `1-3, 5` whole lines; `2.2-2.4` days of a series; `1.*.3` the third of each day."""
    parts = [part.strip() for part in text.split(",") if part.strip()]
    return sorted({p.transfer_id for part in parts for p in payments if _names(part, p)})


def _names(part: str, payment: Payment) -> bool:
    if "*" in part:
        return payment.transfer_id in {part.replace("*", f"{n:02}")[:-1] + f"{int(part[-1]):02}" for n in range(1, 100)}
    first, _, last = part.partition("-")
    day = int(payment.transfer_id.split(".")[1])
    key = (int(payment.line), day) if "." in first else (int(payment.line),)
    return _numbers(first) <= key <= _numbers(last or first)


def _numbers(text: str) -> tuple[int, ...]:
    return tuple(int(part) for part in text.split("."))

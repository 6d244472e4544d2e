import json
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from finflow.sample import sample_folder
from tests.sample.reader import Row, Statement, camt_statements, csv_rows, mt940_statements


@dataclass
class Files:
    """The committed bank files, read by the tests' own reader."""

    statements: list[Statement] = field(default_factory=list)
    csv: dict[str, list[Row]] = field(default_factory=dict)
    bad: dict[tuple[str, str], str] = field(default_factory=dict)
    by_account: dict[str, list[Row]] = field(default_factory=lambda: defaultdict(list))
    by_place: dict[tuple[str, str], Row] = field(default_factory=dict)


@pytest.fixture(scope="session")
def folder() -> Path:
    return sample_folder()


@pytest.fixture(scope="session")
def answers(folder: Path) -> dict[str, Any]:
    text = (folder / "answers.json").read_text(encoding="utf-8")
    return json.loads(text, parse_float=lambda value: pytest.fail(f"answers.json holds the float {value}"))


@pytest.fixture(scope="session")
def files(folder: Path) -> Files:
    found = Files()
    for path in sorted((folder / "bank").iterdir()):
        if path.suffix in (".xml", ".sta"):
            found.statements += camt_statements(path) if path.suffix == ".xml" else mt940_statements(path)
        elif path.suffix == ".csv":
            found.csv[path.name], bad = csv_rows(path)
            found.bad |= {(path.name, locator): fault for locator, fault in bad.items()}
    for row in [row for each in found.statements for row in each.rows] + [
        r for rows in found.csv.values() for r in rows
    ]:
        found.by_place[row.file, row.locator] = row
        if "reexport" not in row.file:
            found.by_account[row.account].append(row)
    return found


@pytest.fixture(scope="session")
def account(answers: dict[str, Any]) -> Callable[[str], str]:
    """Account number of a label."""
    return lambda label: answers["accounts"][label]["account_id"]


@pytest.fixture(scope="session")
def rows(files: Files, account: Callable[[str], str]) -> Callable[[str], list[Row]]:
    """Rows of the account with that label, each movement once."""
    return lambda label: files.by_account[account(label)]


@pytest.fixture(scope="session")
def total() -> Callable[[list[Row]], Decimal]:
    return lambda found: sum((row.amount for row in found), Decimal(0))

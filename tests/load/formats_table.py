"""`python -m tests.load.formats_table`: write into docs/formats.md what becomes of each file of `formats` of the shared
data.
"""

import re
import tempfile
from collections.abc import Iterator
from pathlib import Path

import polars as pl

from finflow.case import Case, open_case
from finflow.errors import FinflowError
from finflow.load import load
from tests.load.data import DATA

FORMATS = DATA / "formats"
PAGE = Path(__file__).parents[2] / "docs" / "formats.md"
HEAD = "| file | format | outcome |\n|---|---|---|\n"
KINDS = (".xml", ".sta", ".ofx", ".qfx", ".txt", ".ach")
FORM = {".sta": "mt940", ".ofx": "ofx", ".qfx": "ofx"}


def files() -> list[Path]:
    """Every file of the data that a bank or a program for payments could have written."""
    found = (path for path in FORMATS.rglob("*") if path.suffix in KINDS and "LICENSE" not in path.name)
    return sorted(found, key=lambda path: path.relative_to(FORMATS).as_posix())


def lines() -> Iterator[str]:
    """One row of the table for each file."""
    with tempfile.TemporaryDirectory() as folder:
        case = open_case(Path(folder) / "case")
        for path in files():
            form, outcome = _outcome(case, path, Path(folder))
            yield f"| `{path.relative_to(FORMATS).as_posix()}` | {form} | {outcome} |"


def table_of(page: str) -> str:
    """The rows of the table as a page has them."""
    return page.partition(HEAD)[2].strip()


def _outcome(case: Case, path: Path, folder: Path) -> tuple[str, str]:
    try:
        return _loaded(case, load(case, path).frame)
    except FinflowError as error:
        if "bank" not in _gist(str(error), path.name) or path.suffix not in (".xml", *FORM):
            return "", f"refused: {_gist(str(error), path.name)}"
    mapping = folder / "bank.mapping.toml"
    form = FORM.get(path.suffix, "camt.053")
    mapping.write_text(f'name = "Any"\nformat = "{form}"\nbank = "ANYBANK"\n', encoding="utf-8")
    try:
        form, outcome = _loaded(case, load(case, path, mapping=mapping).frame)
    except FinflowError as error:
        return "", f"refused: {_gist(str(error), path.name)}"
    return form, f"with a mapping that names the bank: {outcome}"


def _loaded(case: Case, frame: pl.DataFrame) -> tuple[str, str]:
    row = frame.row(0, named=True)
    agree = case.sql(_BALANCES, file=row["file_id"]).row(0)
    left = [f"{row[name]} {name}" for name in ("rejected", "skipped") if row[name]]
    counts = ", ".join([f"{row['entries']} entries", *left, f"{agree[0]} statements"])
    told = f"balances agree in {agree[2]} of {agree[1]}" if agree[1] else "no pair of balances"
    return row["format"], f"{counts}; {told}"


def _gist(message: str, name: str) -> str:
    """The first sentence of a refusal without the name of the file."""
    first = re.split(r"(?<=[a-z)])\. ", message)[0].rstrip(".")
    return first.removeprefix(name).lstrip(": ").replace("|", "/")


_BALANCES = """
    SELECT count(*), count(opening_balance + closing_balance),
        count(*) FILTER (WHERE closing_balance - opening_balance = coalesce(moved, 0))
    FROM statement LEFT JOIN (
        SELECT statement_id, sum(CASE WHEN side = 'CRDT' THEN amount ELSE -amount END) AS moved
        FROM entry GROUP BY statement_id
    ) USING (statement_id)
    WHERE file_id = $file
"""

if __name__ == "__main__":
    text = PAGE.read_text(encoding="utf-8")
    begins = text.partition(HEAD)[0]
    PAGE.write_text(begins + HEAD + "\n".join(lines()) + "\n", encoding="utf-8", newline="\n")

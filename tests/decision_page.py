"""The page on decisions, made from their kinds: `python -m tests.decision_page` writes it."""

from pathlib import Path

from finflow.decision_files import COLUMNS
from finflow.decision_kinds import tabled

PAGE = Path(__file__).parents[1] / "docs" / "decisions.md"
_HEAD = """\
# Decisions: what a person may decide

Made from `finflow/decision_kinds.py` by `python -m tests.decision_page`; do not edit it by hand.

`finflow decide CASE SUBJECT KIND OBJECT --by "…" --why "…"` records one, `finflow decide CASE FOLDER` all in a folder of
CSV files. What a decision names must be there: a party is declared by a decision `party` (its line may stand anywhere in
the same files), an account is named by a bank line or by side evidence, or is an IBAN whose check digits are right, so that its
file may come later; a leg is a bank line or a payment inside one that is loaded. Load files first, then decide. `--amount 0` takes a decision back; what stands already changes
nothing.

"""
_FILES = """
A folder of decisions holds files whose names begin with one of these words. Each line also says who decided, on which
day and why (`decided_by`, `decided_on`, `why`), and may say on what evidence (`evidence`).

| file | columns |
|---|---|
"""


def page() -> str:
    """The whole page as Markdown."""
    files = "".join(f"| `{word}*.csv` | {', '.join(columns)} |\n" for word, columns in COLUMNS.items())
    return _HEAD + "\n".join(tabled()) + "\n" + _FILES + files


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8", newline="\n")

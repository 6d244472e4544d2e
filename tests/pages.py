"""The pages on decisions and on policies, made from the code that knows them: `python -m tests.pages` writes them."""

from pathlib import Path

from finflow.decision_files import COLUMNS
from finflow.decision_kinds import tabled
from finflow.trace import policies

DOCS = Path(__file__).parents[1] / "docs"
_HEAD = """\
# Decisions: what a person may decide

Made from `finflow/decision_kinds.py` by `python -m tests.pages`; do not edit it by hand.

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


_POLICIES = """\
# Policies: what a trace decides where law or records leave a choice

Made from `finflow/trace/policies.py` by `python -m tests.pages`; do not edit it by hand.

Each has a name and a value; the first value is taken when nobody chooses. `finflow decide CASE method policy libr --by "…"
--why "…"` records a choice, best before any result is seen: the report says whether it was. `finflow trace CASE --method
libr -p same_day=credits_first` follows it; `finflow compare CASE` runs every method, and each other value one at a time,
and states the figures that hold under all of them. An order against printed times (`ledger`) is run only when chosen; what
arithmetic states then holds where every account is taken so.

Two policies take exceptions after their value: `same_day` by account (`printed, ACCOUNT_ID=credits_first`), `dust` by
currency (`EUR=0.50, HUF=200`: less than that of one origin in one payment is no longer followed, and its sum is told).

| policy | decides | value | in words |
|---|---|---|---|
"""


def decisions() -> str:
    """The page on decisions as Markdown."""
    files = "".join(f"| `{word}*.csv` | {', '.join(columns)} |\n" for word, columns in COLUMNS.items())
    return _HEAD + "\n".join(tabled()) + "\n" + _FILES + files


def policy_values() -> str:
    """The page on policies as Markdown."""
    rows = [
        f"| {f'`{name}`' if number == 0 else ''} | {policies.MEANING[name] if number == 0 else ''} | `{value}` | "
        f"{policies.SAID[name][value]} |\n"
        for name, values in policies.ALLOWED.items()
        for number, value in enumerate(values)
    ]
    return _POLICIES + "".join(rows)


PAGES = {"decisions.md": decisions, "policies.md": policy_values}

if __name__ == "__main__":
    for name, made in PAGES.items():
        (DOCS / name).write_text(made(), encoding="utf-8", newline="\n")

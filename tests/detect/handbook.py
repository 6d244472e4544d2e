"""The handbook of the rules, made from their headers and specs: `python -m tests.detect.handbook` writes it."""

from pathlib import Path

from finflow.queries import Query, as_table, red_flags
from tests.detect.spec import FOLDER

HANDBOOK = Path(__file__).parents[2] / "docs" / "indicators.md"
_HEAD = """\
# The rules, one by one

Made from the headers in `queries/red_flags/` and the specs in `tests/detect/specs/` by `python -m tests.detect.handbook`;
do not edit it by hand. A hit is a lead for review by a person, never a finding. Every example below is a test: what goes
in, what is found, and what must not be found because it is just short of the rule or has an innocent reason.

In a ledger, `A to B` in the column *on* is one payment a day (or a week, or a month), *times* that many on each day, and
`#` the number of the payment. The column *lines* says which payments a hit rests on. A table whose first column is the
name of a kind of side evidence (`side_evidence.md`) holds rows of it; *side_rows* says which of them a hit rests on.

Handling: *protect* = the person may be a victim and stands in no order, on the welfare list alone; *follow* = the money
is followed to its receiver; *suppress* = the days are not shown; *normal* = none of these.

"""
_SHOWN = ("Question", "Phase", "Points to", "Handling", "Innocent reasons", "Source", "Calibration", "Uses")


def handbook() -> str:
    """The whole handbook as Markdown."""
    rules = red_flags()
    return _HEAD + as_table(rules) + "".join(_rule(query) for query in rules.values())


def _rule(query: Query) -> str:
    spec = (FOLDER / f"{query.name}.md").read_text(encoding="utf-8")
    _title, _, body = spec.partition("\n")
    facts = "".join(f"- {name}: {query.header[name]}\n" for name in _SHOWN if query.header.get(name))
    parameters = "".join(f"- `{p.name}` = {p.default} ({p.type}): {p.help}\n" for p in query.parameters)
    return (
        f"\n## {query.indicator} {query.title}\n\n`{query.name}`\n\n{facts}\nParameters:\n\n{parameters}{_deeper(body)}"
    )


def _deeper(text: str) -> str:
    return text.replace("\n## ", "\n### ")


if __name__ == "__main__":
    HANDBOOK.parent.mkdir(exist_ok=True)
    HANDBOOK.write_text(handbook(), encoding="utf-8", newline="\n")

"""The page on side evidence, made from the templates: `python -m tests.side.handbook` writes it."""

from pathlib import Path

from finflow.side import Template, templates

PAGE = Path(__file__).parents[2] / "docs" / "side_evidence.md"
_HEAD = """\
# Side evidence: what stands beside the bank files

Made from `finflow/side/templates/` by `python -m tests.side.handbook`; do not edit it by hand.

Half of the indicators, and what the offence earned, cannot be seen in bank lines alone. Each kind below is one table. A
file of it is loaded as bank files are: `finflow load CASE adverts.csv`. It is recognised when its header names exactly
the columns below, in any order, or by a mapping beside it that says `template = "adverts"` and which column of the file
holds what. `finflow template adverts` writes the empty CSV file and such a mapping to begin with; `finflow template`
alone lists the kinds.

What holds for all of them: a whole file is in or nothing of it; records = rows + rejected + skipped; each row cites its
file and place; amounts are exact decimals; the right to use the file comes from `sources.toml` beside it. Telephone
numbers and e-mail addresses are brought to one form, so that they can be compared: digits with a leading `+` (00 counts
as `+`), small letters.

Columns marked *protected* (sex, citizenship, birth, health) stand in a table apart, `protected_fact.KIND`, which no red
flag can read; the rest of a row is read as `KIND`.

"""


def handbook() -> str:
    """The whole page as Markdown."""
    kinds = list(templates().values())
    lines = ["| kind | what | one row | indicators |", "|---|---|---|---|"]
    lines += [f"| `{kind.kind}` | {kind.title} | {kind.row} | {', '.join(kind.indicators)} |" for kind in kinds]
    return _HEAD + "\n".join(lines) + "\n" + "".join(map(_kind, kinds))


def _kind(template: Template) -> str:
    return (
        f"\n## {template.title}: `{template.kind}`\n\n{template.purpose}\n\n"
        f"- One row: {template.row}\n- Named by: {', '.join(template.grain)}\n"
        f"- Indicators: {', '.join(template.indicators)}\n- Calculations: {', '.join(template.calculations)}\n"
        f"- Handling: {template.handling}\n\n| column | type | needed | meaning |\n|---|---|---|---|\n{_columns(template)}"
    )


def _columns(template: Template) -> str:
    rows = []
    for name, column in template.columns.items():
        kind = f"one of: {', '.join(column.values)}" if column.values else column.type
        needed = "yes" if column.required else "protected" if column.protected else ""
        rows.append(f"| `{name}` | {kind} | {needed} | {column.meaning} |\n")
    return "".join(rows)


if __name__ == "__main__":
    PAGE.write_text(handbook(), encoding="utf-8", newline="\n")

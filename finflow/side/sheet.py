"""The empty file of a template and the mapping beside it, for a person to fill in."""

from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path
from typing import ClassVar

import polars as pl

from finflow.errors import FinflowError
from finflow.load.keyed import COLUMNS as PAPER
from finflow.results import Result
from finflow.side.template import Template, templates

KEYED = "keyed"


@dataclass(frozen=True)
class Kinds(Result):
    """One row per kind of side evidence: kind, what it is, what one row stands for, indicators that need it."""

    element: ClassVar[str] = "finflow-kinds"
    caption: ClassVar[str] = "Kinds of side evidence; finflow template KIND writes an empty file"


def kinds() -> Kinds:
    """Every kind that has a template."""
    rows = [(each.kind, each.title, each.row, ", ".join(each.indicators)) for each in templates().values()]
    rows.append(
        (KEYED, "Bank lines keyed from paper", "one line of a scan, notebook, slip or count of seized cash", "")
    )
    return Kinds(pl.DataFrame(rows, schema=["kind", "what", "one_row", "indicators"], orient="row"))


def write_sheet(kind: str, folder: Path) -> list[Path]:
    """Write `<kind>.csv` with the header and `<kind>.mapping.toml` into the folder; the files written.

    Raises FinflowError for a kind that does not exist, and when a file is there already: it may hold somebody's work.
    """
    if kind == KEYED:
        return _written({folder / f"{KEYED}.csv": ",".join(PAPER) + "\n"})
    template = _named(kind)
    contents = {
        folder / f"{template.kind}.csv": ",".join(template.columns) + "\n",
        folder / f"{template.kind}.mapping.toml": mapping_text(template, "csv", ","),
    }
    return _written(contents)


def _written(contents: dict[Path, str]) -> list[Path]:
    for path in contents:
        if path.exists():
            raise FinflowError(f"{path.name} is there already. Move it away, or name another folder with --folder.")
    for path, text in contents.items():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8", newline="\n")
    return list(contents)


def _named(kind: str) -> Template:
    if kind in templates():
        return templates()[kind]
    near = get_close_matches(kind, [*templates(), KEYED], n=1) or list(templates())
    raise FinflowError(f"There is no template {kind!r}. Did you mean {' or '.join(near)}?")


def mapping_text(template: Template, form: str, delimiter: str = "") -> str:
    """The mapping of a file of this format whose columns have the names of the template, each explained."""
    width = max(map(len, template.columns))
    columns = [f'{name:<{width}} = "{name}"  # {_said(template, name)}' for name in template.columns]
    mark = {"\t": "\\t"}.get(delimiter, delimiter)
    table = [f'delimiter = "{mark}"', *_TEXT] if form == "csv" else _CELLS
    return "\n".join([*_head(template, form), "[table]", *table, _UNUSED, "", "[columns]", *columns, ""])


def _head(template: Template, form: str) -> list[str]:
    return [
        f"# {template.title}: one row is {template.row}.",
        f"# {template.purpose}",
        f"# {template.handling}",
        "# On the right stands the column of the file. Leave out a line that the file has no column for.",
        f'name = "{template.title}"',
        f'files = ["{template.kind}*.{form}"]',
        f'format = "{form}"',
        f'template = "{template.kind}"',
        "",
    ]


_TEXT = [
    'encoding = "utf-8"     # or cp1250, cp1252, iso-8859-2, ...',
    'decimal = "."',
    'dates = "%Y-%m-%d"',
    'times = "%H:%M:%S"     # a moment is a date, a space and a time; seconds may be missing',
]
_CELLS = ['dates = "%Y-%m-%d %H:%M:%S"     # cells that are dates are printed so; texts may be days alone']
_UNUSED = "unused = []            # columns of the file left out on purpose"


def _said(template: Template, name: str) -> str:
    column = template.columns[name]
    marks = [f"one of: {', '.join(column.values)}" if column.values else column.type]
    marks += ["needed"] * column.required + ["protected: kept apart"] * column.protected
    return f"{column.meaning} ({'; '.join(marks)})"

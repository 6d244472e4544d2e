"""A mapping of side evidence, and what is wrong with one: its columns against those of its template.

name = "NocturnAds production order"
files = ["nocturnads_*.csv"]
format = "csv"
template = "adverts"                # `finflow template` lists them; [table] and [skip] as for bank files

[table]
delimiter = ";"

[columns]                           # column of the template -> column of the file, or several joined with a space
advert_id = "Ad no."
posted_on = "Date"
posted_at = ["Date", "Time"]        # a moment has the form of [table] dates, a space, times
contact_phone = "Contact"

[fixed]                             # what is the same on every row
site = "NocturnAds"

[values.place]                      # what the file prints -> what is meant, for any column of the template
"R'dam" = "Rotterdam"
"""

from collections.abc import Iterator, Sequence
from difflib import get_close_matches
from typing import Any

from finflow.side import Template, templates

ALLOWED = {
    "name", "files", "format", "template", "bank", "time_zone", "unsure", "table", "side_columns", "fixed", "values",
    "skip", "accounts", "chain", "boundary",
}  # fmt: skip


def side_faults(kind: str, given: dict[str, Any], tables: Sequence[str]) -> list[str]:
    """Faults in words, none when the mapping is whole. `given`: the keys it has; `tables`: formats that are tables."""
    if kind not in templates():
        return [f"template: there is none of this name{_nearest(kind, list(templates()))}"]
    if given["format"] not in tables:
        return [f"format: side evidence comes as a table: {' or '.join(tables)}"]
    foreign = sorted(set(given) - ALLOWED)
    if foreign:
        return [f"{key} is for bank files; what is the same on every row stands under [fixed]" for key in foreign]
    return list(_of_columns(templates()[kind], given))


def _of_columns(template: Template, given: dict[str, Any]) -> Iterator[str]:
    columns, fixed, values = (given.get(key, {}) for key in ("side_columns", "fixed", "values"))
    for key, names in (("columns", columns), ("fixed", fixed), ("values", values)):
        for name in names:
            if name not in template.columns:
                near = _nearest(name, list(template.columns))
                yield f"{key}.{name}: the template {template.kind} has no such column{near}"
    for name in sorted(set(columns) & set(fixed)):
        yield f"{name} stands under [columns] and under [fixed]: give one of them"
    held = set(columns) | set(fixed)
    needed = [name for name, column in template.columns.items() if column.required]
    if any(template.columns[name].type == "amount" for name in held & set(template.columns)):
        needed.append("currency")
    for name in dict.fromkeys(needed):
        if name not in held:
            yield f"the template {template.kind} needs {name}: give it under [columns] or [fixed]"


def _nearest(name: str, known: list[str]) -> str:
    close = get_close_matches(name, known, n=1)
    return f": did you mean {close[0]}?" if close else f": there are {', '.join(known)}"

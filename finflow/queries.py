"""A query is a file with a contract: a header of comment lines that a program reads, then SQL with bound `$parameters`.

The contract is section "Queries" of GLOSSARY.md; `tests/detect/test_contract.py` holds every file to it. A query may
read the tables of the case it is allowed to, the reference tables in `queries/reference/`, and the hits of the rules it
names under Uses.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal, InvalidOperation
from difflib import get_close_matches
from functools import cache
from pathlib import Path
from typing import Any

import duckdb
import polars as pl

from finflow import store
from finflow.errors import FinflowError
from finflow.places import shipped

FIELDS = (
    "Indicator", "Title", "Question", "Phase", "Points to", "Handling", "Innocent reasons", "Source", "Calibration",
    "Uses", "Parameters", "Columns", "Grain",
)  # fmt: skip
PHASES = ("recruitment", "transport", "sexual exploitation", "labour exploitation", "forced criminality", "laundering")
HANDLINGS = ("protect", "follow", "suppress", "normal")
HIT_COLUMNS = ("subject", "first_on", "last_on", "amount", "currency", "transfers")
REFERENCE_FOR_RULES = ("merchant_group", "purpose_group")

_FIELD = re.compile(rf"^-- ({'|'.join(FIELDS)}):\s*(.*)$")
_APART = re.compile(r"\bprotected_|\bevidence\b\W*\.", re.IGNORECASE)  # sex, birth, health; and withdrawn files
_PARAMETER = re.compile(r"^(\w+) ([A-Z]+(?:\([\d, ]+\))?) = (\S+)\s+# (.+)$")


@dataclass(frozen=True)
class Parameter:
    """One value a query takes: its SQL type, its default, and in one line what it means."""

    name: str
    type: str
    default: Any
    help: str


@dataclass(frozen=True)
class Query:
    """A query file as read: the fields of its header and its SQL."""

    name: str
    sql: str
    header: Mapping[str, str]
    parameters: tuple[Parameter, ...]

    @property
    def indicator(self) -> str:
        """Number of the rule, for example HT34."""
        return self.header["Indicator"]

    @property
    def title(self) -> str:
        """Name of the rule as a page prints it."""
        return self.header["Title"]

    @property
    def phases(self) -> tuple[str, ...]:
        """Steps of trafficking the rule speaks of."""
        return _items(self.header["Phase"])

    @property
    def handling(self) -> tuple[str, ...]:
        """How its hits are handled: protect, follow, suppress or normal."""
        return _items(self.header["Handling"])

    @property
    def uses(self) -> tuple[str, ...]:
        """Names of the rules whose hits it reads."""
        return _items(self.header.get("Uses", ""))

    @property
    def grain(self) -> list[str]:
        """Columns of which each combination occurs once."""
        return list(_items(self.header["Grain"]))

    def values(self, given: Mapping[str, Any]) -> dict[str, Any]:
        """Every parameter with its value: the given one when it is this query's, else the default.

        Raises FinflowError for a value that does not fit the type.
        """
        return {p.name: _fitting(p, given[p.name]) if p.name in given else p.default for p in self.parameters}


def read_query(path: Path) -> Query:
    """Read one query file. Raises FinflowError naming file and line for a header that cannot be read."""
    text = path.read_text(encoding="utf-8")
    header: dict[str, list[str]] = {}
    field = ""
    for number, line in enumerate(text.splitlines(), start=1):
        if not line.startswith("--"):
            break
        if found := _FIELD.match(line):
            field = found.group(1)
            header[field] = [found.group(2)] if found.group(2) else []
        elif field:
            header[field].append(line.removeprefix("--").strip())
        else:
            raise FinflowError(
                f"{path.name}, line {number}: the header starts with a field, for example -- Indicator:."
            )
    parameters = tuple(_parameter(path, line) for line in header.get("Parameters", []))
    return Query(path.stem, text, {name: " ".join(lines) for name, lines in header.items()}, parameters)


@cache
def red_flags() -> dict[str, Query]:
    """Every rule shipped, by name, in the order of their indicators."""
    found = [read_query(path) for path in (shipped("queries") / "red_flags").glob("*.sql")]
    return {query.name: query for query in sorted(found, key=lambda query: (query.indicator, query.name))}


def chosen(names: tuple[str, ...], given: Mapping[str, Any]) -> list[Query]:
    """The rules of these names (all when none is named) and those they use, each after the ones it uses.

    Raises FinflowError with near alternatives for a name or parameter that does not exist.
    """
    known = red_flags()
    names = by_name(names)
    for name in names:
        _refuse_unknown("rule", name, list(known))
    in_turn = dict.fromkeys(name for first in names or known for name in _with_uses(first, known))
    ordered = [known[name] for name in in_turn]
    for name in given:
        _refuse_unknown("parameter", name, sorted({p.name for query in ordered for p in query.parameters}))
    return ordered


def by_name(names: tuple[str, ...]) -> tuple[str, ...]:
    """The names of rules; the number of an indicator, as pages print it, stands for every rule of it."""
    known = red_flags()
    of_indicator = {
        name: [query.name for query in known.values() if query.indicator.upper() == name.upper()] for name in names
    }
    return tuple(dict.fromkeys(found for name in names for found in of_indicator[name] or [name]))


@cache
def reference(name: str) -> pl.DataFrame:
    """A reference table of `queries/reference/`, every column as text, empty fields as NULL."""
    return pl.read_csv(shipped("queries") / "reference" / f"{name}.csv", infer_schema=False)


def run_query(
    con: duckdb.DuckDBPyConnection, query: Query, values: Mapping[str, Any], hits: Mapping[str, pl.DataFrame]
) -> pl.DataFrame:
    """The rows of one query under these values, in the order of its grain.

    `hits` are the results of the queries it uses, by name. Amounts stay exact decimals. Nothing is written. Raises
    FinflowError for a query that names a table which stands apart from what rules may read.
    """
    if _APART.search(re.sub(r"^--.*$", "", query.sql, flags=re.MULTILINE)):
        raise FinflowError(f"{query.name} names a table that stands apart: a rule reads the views of evidence alone.")
    named = [name for name in REFERENCE_FOR_RULES if name in query.sql]
    bound = {name: reference(name) for name in named} | {name: hits[name] for name in query.uses}
    for name, frame in bound.items():
        con.register(name, frame)
    try:
        found = store.frame(con, query.sql, dict(values))
        return found.sort(query.grain)
    finally:
        for name in bound:
            con.unregister(name)


def as_table(queries: Mapping[str, Query]) -> str:
    """The rules as a Markdown table: what each asks and where it comes from."""
    lines = ["| rule | name | what it asks | phase | source |", "|---|---|---|---|---|"]
    for query in queries.values():
        fields = (query.header[name] for name in ("Indicator", "Title", "Question", "Phase", "Source"))
        lines.append("| " + " | ".join(fields) + " |")
    return "\n".join(lines) + "\n"


def _with_uses(name: str, known: Mapping[str, Query]) -> Iterator[str]:
    for used in known[name].uses:
        yield from _with_uses(used, known)
    yield name


def _refuse_unknown(what: str, name: str, known: list[str]) -> None:
    if name in known:
        return
    near = get_close_matches(name, known, n=3, cutoff=0.5) or known[:5]
    raise FinflowError(f"There is no {what} {name!r}. Did you mean {' or '.join(near)}?")


def _parameter(path: Path, line: str) -> Parameter:
    found = _PARAMETER.match(line)
    if not found:
        raise FinflowError(f"{path.name}: write a parameter as: name TYPE = default  # what it means.")
    name, kind, default, help_ = found.groups()
    return Parameter(name, kind, _typed(kind, default), help_)


def _fitting(parameter: Parameter, value: Any) -> Any:
    try:
        return _typed(parameter.type, str(value))
    except (ValueError, InvalidOperation):
        raise FinflowError(
            f"Parameter {parameter.name} is of type {parameter.type} ({parameter.help}). "
            f"Give it like {parameter.name}={parameter.default!s}."
        ) from None


def _typed(kind: str, text: str) -> Any:
    if kind in ("INTEGER", "BIGINT"):
        return int(text)
    if kind.startswith("DECIMAL"):
        return Decimal(text)
    return date.fromisoformat(text) if kind == "DATE" else text


def _items(text: str) -> tuple[str, ...]:
    return tuple(item.strip() for item in text.split(",") if item.strip())


if __name__ == "__main__":
    print(as_table(red_flags()), end="")

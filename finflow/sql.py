"""Ask the case a question of one's own: `case.sql`.

A question sees what every query of finflow sees: no withdrawn file, no content of privileged payments. So it may name
tables and views, but neither the schema `evidence` nor a file of the case.
"""

import json
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import duckdb
import polars as pl

from finflow import store
from finflow.errors import FinflowError

if TYPE_CHECKING:
    from finflow.case import Case

_MAKES_ROWS = ("unnest", "range", "generate_series", "pragma_table_info", "repeat")


def _refuse(query: str, values: dict[str, Any]) -> None:
    """What cannot be asked, in words, before the case is opened."""
    try:
        statements = duckdb.extract_statements(query)
    except duckdb.Error as error:
        raise store.cleaned(error) from None
    if len(statements) != 1 or statements[0].type != duckdb.StatementType.SELECT:
        raise FinflowError("Ask one question with SELECT. It is read-only: a case is changed only through its verbs.")
    missing = sorted(set(statements[0].named_parameters) - set(values))
    if missing:
        name = missing[0]
        raise FinflowError(
            f"The query asks for ${name}, and no value is given. Add --set {name}=..., or in Python {name}=..."
        )


def sql(case: "Case", query: str, **values: Any) -> pl.DataFrame:
    """Run one read-only query; `$name` in the query takes its value from the keyword of that name.

    Returns a Polars frame; amounts stay exact decimals. Raises FinflowError when the query cannot run.
    """
    _refuse(query, values)
    with case.logged("sql"), case.reading("sql") as con:
        _refuse_hidden(con, query)
        relation = con.sql(query, params=values)
        if relation is None:
            raise _no_rows()
        frame: pl.DataFrame = relation.pl()
    return frame


def _refuse_hidden(con: duckdb.DuckDBPyConnection, query: str) -> None:
    """Raise FinflowError when the query as the engine reads it goes round the views. What cannot be read is left to the
    engine to refuse."""
    parsed = json.loads(con.execute("SELECT json_serialize_sql($query)", {"query": query}).fetchall()[0][0])
    if parsed["error"] and parsed["error_type"] != "parser":
        raise _no_rows()
    for node in _nodes(parsed):
        if _is_evidence(node):
            raise FinflowError(
                "A query may not read the schema evidence: it holds privileged payments and withdrawn files. "
                "Read the views of the same names: entry, detail, statement, source_file."
            )
        if _reads_files(node):
            raise FinflowError("A query may read the tables and views of the case, no files and no other functions.")


def _nodes(node: Any) -> Iterator[dict[str, Any]]:
    """Every object inside the parsed query."""
    if isinstance(node, dict):
        yield node
    for child in node.values() if isinstance(node, dict) else node if isinstance(node, list) else ():
        yield from _nodes(child)


def _is_evidence(node: dict[str, Any]) -> bool:
    return "evidence" in (str(node.get(name) or "").lower() for name in ("schema_name", "catalog_name"))


def _reads_files(node: dict[str, Any]) -> bool:
    if node.get("type") == "BASE_TABLE":
        return any(letter in node["table_name"] for letter in "./\\")
    if node.get("type") != "TABLE_FUNCTION":
        return False
    name = str(node["function"]["function_name"]).lower()
    return not (name in _MAKES_ROWS or name.startswith("duckdb_"))


def _no_rows() -> FinflowError:
    return FinflowError("The query returns no rows. Ask with SELECT; a case is changed only through its verbs.")

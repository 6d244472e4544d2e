"""Ask the case a question of one's own: `case.sql`."""

from typing import TYPE_CHECKING, Any

import duckdb
import polars as pl

from finflow import store
from finflow.errors import FinflowError

if TYPE_CHECKING:
    from finflow.case import Case


READ = (duckdb.StatementType.SELECT, duckdb.StatementType.EXPLAIN)


def _refuse(query: str, values: dict[str, Any]) -> None:
    """What cannot be asked, in words, before the case is opened."""
    try:
        statements = duckdb.extract_statements(query)
    except duckdb.Error as error:
        raise store.cleaned(error) from None
    if len(statements) != 1 or statements[0].type not in READ:
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
        relation = con.sql(query, params=values)
        if relation is None:
            raise FinflowError("The query returns no rows. Ask with SELECT; a case is changed only through its verbs.")
        frame: pl.DataFrame = relation.pl()
    return frame

"""Ask the case a question of one's own: `case.sql`."""

from typing import TYPE_CHECKING, Any

import polars as pl

from finflow.errors import FinflowError

if TYPE_CHECKING:
    from finflow.case import Case


def sql(case: "Case", query: str, **values: Any) -> pl.DataFrame:
    """Run one read-only query; `$name` in the query takes its value from the keyword of that name.

    Returns a Polars frame; amounts stay exact decimals. Raises FinflowError when the query cannot run.
    """
    with case.logged("sql"), case.reading("sql") as con:
        relation = con.sql(query, params=values)
        if relation is None:
            raise FinflowError("The query returns no rows. Ask with SELECT; a case is changed only through its verbs.")
        frame: pl.DataFrame = relation.pl()
    return frame

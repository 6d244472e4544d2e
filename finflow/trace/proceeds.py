"""Marked proceeds as persons decided them: `case.proceeds`."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

import duckdb

from finflow import store
from finflow.counting import counted
from finflow.places import shipped
from finflow.results import Result

if TYPE_CHECKING:
    from finflow.case import Case


_LEFT_OUT = """
    SELECT count(DISTINCT decision_no) FROM unfounded JOIN decision USING (decision_no)
    WHERE reason IN ('withdrawn', 'expunged') AND (decision.kind = 'proceeds' OR decision.object IS NULL)
"""


@dataclass(frozen=True)
class Proceeds(Result):
    """What persons marked as proceeds, in the order in which they decided.

    Columns: leg_id, origin (offence, victim or payment), amount (part in the currency of the leg; none = the whole),
    kind (proceeds, or cash_link for cash never banked before), decided_by, decided_on, why, evidence, decision_no.
    `left_out` counts the marks on withdrawn or expunged lines; they stand, and no figure rests on them.
    """

    left_out: int = 0

    element: ClassVar[str] = "finflow-proceeds"
    caption: ClassVar[str] = "Money marked as proceeds, by whom and why"

    @property
    def left_out_sentence(self) -> str:
        """What is left out, in words; empty when nothing is."""
        return f"Left out: {counted(self.left_out, 'mark')} on withdrawn or expunged lines." if self.left_out else ""


def proceeds(case: "Case") -> Proceeds:
    """The marks that hold: of several decisions on one leg and origin the last; taken-back ones are left out."""
    with case.logged("proceeds") as outcome, case.reading("proceeds") as con:
        marked = read_proceeds(con)
        outcome["marks"] = marked.frame.height
    return marked


def read_proceeds(con: duckdb.DuckDBPyConnection) -> Proceeds:
    """The marks that hold, over an open connection."""
    query = (shipped("queries") / "trace" / "proceeds.sql").read_text(encoding="utf-8")
    left_out = con.execute(_LEFT_OUT).fetchall()[0][0]
    return Proceeds(store.frame(con, query), left_out)

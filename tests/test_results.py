"""What a result says of itself where no table can be drawn: the words of the page, never the raw frames."""

from dataclasses import dataclass, field
from decimal import Decimal

import polars as pl
import pytest

import finflow
from finflow import report
from finflow.errors import DataGap
from finflow.results import Result, without_zeros
from tests.core_support import book

WHO = {"by": "public prosecutor", "why": "decision"}
VICTIMS = "NL02FOOB0000000001"


@dataclass(frozen=True)
class Guarded(Result):
    hidden: pl.DataFrame = field(default_factory=pl.DataFrame)

    def shown(self):
        return self.frame.select("page")


@dataclass(frozen=True)
class Below(Guarded):
    more: int = 0


@dataclass(frozen=True)
class Refused(Result):
    def __str__(self):
        raise DataGap("2 account-months have a gap. Acknowledge them.")


SECRET = pl.DataFrame({"page": ["P1"], "name": ["Jane Roe"]})


@pytest.mark.parametrize("kind", [Guarded, Below])
def test_a_saved_notebook_keeps_only_what_the_page_shows(kind):
    assert "P1" in repr(kind(SECRET, hidden=SECRET))
    assert "Jane Roe" not in repr(kind(SECRET, hidden=SECRET))


def test_a_refusal_is_said_and_not_raised_where_an_object_only_prints_itself():
    assert repr(Refused(SECRET)) == "2 account-months have a gap. Acknowledge them."


@pytest.fixture
def case(tmp_path):
    case = finflow.open_case(tmp_path / "case")
    with case.writing() as con:
        lines = "\n".join(f"| {VICTIMS} | 2025-01-{day:02d} | 60 | Payer {day} |" for day in range(1, 29))
        book(
            con,
            f"| account | date | amount | name |\n{lines}",
            file="a.csv",
            holder="Jane Roe",
            opening=0,
            closing=1680,
        )
    case.decide("V1", "party", "Jane Roe", label="natural", **WHO)
    case.decide("V1", "role", "victim", **WHO)
    case.resolve()
    return case


def test_no_result_of_a_case_prints_a_protected_person(case):
    found = (
        case.check(), case.sources(), case.detect(), case.requests(), case.assets(), case.proposals(),
        case.over_freezing(), case.custody(), report.persons(case),
    )  # fmt: skip
    said = " ".join(map(repr, found))
    assert "E-001" in said
    assert "a.csv" not in said
    assert "Jane Roe" not in said
    assert VICTIMS not in said


def test_amounts_that_are_zero_everywhere_are_named_instead_of_printed():
    some, none = [Decimal("0.00"), Decimal("1.00")], [Decimal("0.00")] * 2
    frame = pl.DataFrame({"source": ["T", "U"], "steps": [0, 0], "held": some, "left_the_case": none, "residue": none})
    kept, said = without_zeros(frame, "residue")
    assert kept.columns == ["source", "steps", "held", "residue"]
    assert said == "Zero in every row, so without a column: left the case."
    assert without_zeros(kept, "residue")[1] == ""
    unknown = pl.DataFrame({"other": [None, Decimal(0)]}, schema={"other": pl.Decimal(28, 8)})
    for whole in (unknown, frame.clear()):
        assert without_zeros(whole)[0].equals(whole)
        assert without_zeros(whole)[1] == ""

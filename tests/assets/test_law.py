"""The table of law: dated, with a source and a mark, and no article printed as settled that nobody verified."""

import re
from pathlib import Path

import pytest

import finflow.assets
from finflow.errors import FinflowError
from finflow.law import basis, law

CODES = ("FREEZE", "STD", "VALUE", "THIRD", "EXT", "NCB", "UWEALTH", "INSTR", "RELEASE")
PACKAGES = [Path(finflow.assets.__file__).parent, Path(finflow.law.__file__).parent]


def test_every_basis_a_proposal_may_name_is_in_the_table():
    assert set(law().frame["code"]) == set(CODES)


@pytest.mark.parametrize("code", CODES)
def test_a_basis_is_dated_sourced_marked_and_says_what_must_be_shown(code):
    found = basis(code)
    assert found.as_of.year == 2026
    assert found.source
    assert found.conditions
    assert found.mark in ("verified", "unverified")
    assert (found.mark == "verified") == bool(found.verified_by)
    assert set(found.measures) <= {"freeze", "confiscate", "release"}
    assert found.amount in ("linked", "up to value", "value", "none")


@pytest.mark.parametrize("code", CODES)
def test_unverified_law_says_so_with_its_date_wherever_it_is_printed(code):
    printed = str(basis(code))
    assert code in printed
    assert "2026-11-23" in printed
    assert "unverified" in printed
    assert "national law" in printed


def test_the_table_speaks_of_what_must_be_shown_never_of_what_is_fulfilled():
    page = law()._repr_html_().lower()
    assert 'id="finflow-law"' in page
    assert "unverified" in page
    for word in ("fulfilled", "guilty", "proves", "is met"):
        assert word not in page


@pytest.mark.parametrize("code", ["", None, "std", "THEFT"])
def test_a_basis_that_is_not_in_the_table_is_refused_with_the_codes(code):
    with pytest.raises(FinflowError, match="FREEZE, STD, INSTR"):
        basis(code)


def test_no_article_stands_in_the_code():
    code = [path for package in PACKAGES for path in package.glob("*.py")]
    assert len(code) > 3
    for path in code:
        text = path.read_text(encoding="utf-8")
        assert not re.search(r"\b[Aa]rt(icle|\.)\s*\d", text), path.name
        assert not re.search(r"20\d\d/\d{2,4}", text), path.name

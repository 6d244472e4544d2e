"""Printed names compared word by word: one person written otherwise, a relative, a stranger, another script."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from finflow.resolve.names import AGREES, DIFFERS, NOT_PRINTED, UNCLEAR, compare


@pytest.mark.parametrize(
    ("one", "other", "verdict"),
    [
        ("ROE, JANE", "Jane Roe", AGREES),
        ("J. Roe", "JANE ROE", AGREES),
        ("Mrs Jane Roe", "Jane Roe", AGREES),
        ("Mueller Jürgen", "MULLER JURGEN", AGREES),  # one letter more
        ("Strauß Łukasz", "STRAUSS LUKASZ", AGREES),
        ("J. Doe en M. Roe", "Roe M", AGREES),  # one of two holders
        ("Night Heron B.V.", "NIGHT HERON", AGREES),
        ("Stichting Beheer Gelden Noordk", "Stichting Beheer Gelden Noordkade", UNCLEAR),  # no length that banks cut at
        ("Stichting Beheer Derdengelden Noord", "Stichting Beheer Derdengelden Noordkade", AGREES),  # cut at 35
        ("Anna Roe", "Maria Roe", UNCLEAR),  # a relative
        ("Jane", "Jane Roe", UNCLEAR),  # too little
        ("Roe J", "Roe K", UNCLEAR),
        ("Анна Иванова", "Anna Ivanova", UNCLEAR),  # scripts cannot be compared
        ("B.V.", "Jane Roe", DIFFERS),
        ("LANDLORD BV", "Jane Roe", DIFFERS),
        ("JOB CENTRE BENEFIT", "Sam Payer", DIFFERS),
        ("Night Heron B.V.", "Day Owl B.V.", DIFFERS),  # the form of a firm says nothing
        (None, "Jane Roe", NOT_PRINTED),
    ],
)
def test_names(one, other, verdict):
    assert compare([one], [other]) == verdict


def test_the_best_of_several_names_counts():
    assert compare(["Paying agent", "Jane Roe"], ["J. Roe", "Cafe"]) == AGREES
    assert compare(["Paying agent"], []) == NOT_PRINTED


@given(st.text(max_size=40), st.text(max_size=40))
def test_any_text_is_compared_and_the_same_either_way(one, other):
    assert compare([one], [other]) == compare([other], [one])


@given(st.text(min_size=1, max_size=40))
def test_no_name_differs_from_itself(name):
    assert compare([name], [name]) in (AGREES, UNCLEAR)

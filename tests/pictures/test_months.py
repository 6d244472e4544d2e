"""The months held, drawn: a sign for each, accounts as pages call them, what does not fit said in words."""

import re
from html import unescape
from xml.etree import ElementTree as ET

import pytest

import finflow
from finflow.pictures.months import ROWS
from tests.core_support import book

HEAD = "| account | date | amount |\n"
A, B = "NL02FOOB0000000001", "NL02FOOB0000000002"


@pytest.fixture(scope="module")
def case(tmp_path_factory):
    case = finflow.open_case(tmp_path_factory.mktemp("months") / "case")
    whole = {"opening": 0, "window": ("2025-01-01", "2025-02-01")}
    with case.writing() as con:
        book(con, HEAD + f"| {A} | 2025-01-05 | 1 |", file="a.csv", holder="Jane <b>Roe</b>", closing=1, **whole)
        book(con, HEAD + f"| {B} | 2025-01-05 | 1 |", file="b.csv", holder="Zoe Poe", closing=3, **whole)
        book(con, HEAD + f"| {A} | 2025-03-05 | 1 |", file="c.csv", window=("2025-03-01", "2025-04-01"))
    case.resolve()
    return case


@pytest.fixture(scope="module")
def picture(case):
    return case.check().picture


def said(picture):
    return [
        text for text in ET.fromstring(re.search(r"<svg.*</svg>", picture.drawing, re.S)[0]).itertext() if text.strip()
    ]


def test_every_month_has_its_sign_and_every_account_its_row(picture):
    words = said(picture)
    assert [words.count(sign) for sign in "✓×–≠"] == [1, 1, 1, 1]
    assert {"P1 (account 1), EUR", "P2 (account 1), EUR"} <= set(words)
    assert picture.left_out == "Nothing is left out."
    assert "months in doubt: 2" in picture.drawing


def test_nobody_protected_is_on_it(picture):
    for page in (picture.html(), picture._repr_html_(), str(picture)):
        for secret in (A, B, "Roe", "Poe"):
            assert secret not in unescape(page)


def test_it_needs_no_script_and_nothing_from_outside(picture):
    page = picture.html()
    assert "<script" not in page
    assert {found.split("/")[2] for found in re.findall(r"https?://[^\"'\s]+", page)} == {"www.w3.org"}


def test_it_draws_the_same_every_time(case, picture):
    assert case.check().picture.html() == picture.html()


def test_accounts_that_do_not_fit_are_left_out_in_words_and_those_in_doubt_are_shown(tmp_path):
    case = finflow.open_case(tmp_path / "case")
    with case.writing() as con:
        lines = "".join(f"| NL02FOOB{n:010} | 2025-01-05 | 1 |\n" for n in range(ROWS + 2))
        book(con, HEAD + lines, opening=0, closing=1, window=("2025-01-01", "2025-02-01"))
        con.execute("UPDATE evidence.statement SET closing_balance = 2 WHERE account_id = $last",
                    {"last": f"NL02FOOB{ROWS + 1:010}"})  # fmt: skip
    case.resolve()
    picture = case.check().picture
    assert said(picture).count("≠") == 1
    assert picture.left_out == (
        f"Shown: {ROWS} of {ROWS + 2} accounts and currencies, those with a month in doubt first. "
        "Left out: 2, with 0 months in doubt."
    )


def test_an_empty_case_says_so(tmp_path):
    assert "No statements." in finflow.open_case(tmp_path / "case").check().picture.html()

"""The sections of the report: what they say, what they never say."""

import tomllib
from datetime import date
from importlib import resources

import pytest

import finflow
from finflow import report
from finflow.report import page
from tests.core_support import book, copied

A, B = "NL02FOOB0000000001", "NL72FOOB0000000002"
WHO = {"by": "public prosecutor", "why": "decision"}
FORBIDDEN = (
    "trafficker", "pimp", "mule", "launder", "prostitute", "tainted", "dirty", "poison", "suspicious", "score", "red flag",
    "obvious", "clearly", "prove", "guilty", "front company", "straw man", "criminal money", "victim",
)  # fmt: skip


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    case = finflow.open_case(tmp_path_factory.mktemp("made") / "case")
    with case.writing() as con:
        book(
            con,
            f"| account | date | amount | name |\n| {A} | 2025-01-02 | 100 | Payer Petersen |",
            file="a.csv",
            holder="Jane Roe",
        )
        book(
            con,
            f"| account | date | amount | name |\n| {B} | 2025-01-02 | -30 | Shop |",
            file="b.csv",
            holder="Sam <b>Suspect",
        )
    case.decide("S1", "party", "Sam <b>Suspect", label="natural", **WHO)
    case.decide("S1", "role", "suspect", **WHO)
    case.decide(B, "holder", "S1", **WHO)
    case.resolve()
    return case.folder.parent


@pytest.fixture
def case(made, tmp_path):
    return copied(made, tmp_path)


def test_only_what_the_sentence_leaves_to_a_person_is_marked_as_not_completed():
    said = page.say("against.unanswered", question="Did [her sister] pay <b>?")
    assert "Did [her sister] pay &lt;b&gt;?" in said
    assert page.NOT_COMPLETED not in said
    assert f"[checks made: {page.NOT_COMPLETED}]" in page.say("links.innocent")


def test_a_person_not_assessed_is_never_named(case):
    pages = " ".join(
        str(part(case)) for part in (report.cover, report.protection, report.persons, report.limits, report.method)
    )
    assert "Sam" in pages
    assert "Jane Roe" not in pages
    assert "Petersen" not in pages


def test_whose_suspicion_ended_is_not_printed_as_a_suspect(case):
    assert "Sam" in str(report.persons(case))
    case.decide("S1", "role", "suspect", valid_until=date(2025, 6, 1), **WHO)
    case.resolve()
    assert "Sam" not in str(report.persons(case))


def test_who_is_recorded_under_two_ids_is_printed_once(case):
    case.decide("S2", "party", "S. Suspect", label="natural", **WHO)
    case.decide("S2", "same_as", "S1", **WHO)
    case.resolve()
    assert str(report.persons(case)).count("is recorded as a suspect") == 1


def test_values_from_the_data_are_text(case):
    assert "Sam &lt;b&gt;Suspect" in report.persons(case)._repr_html_()
    assert "<b>Suspect" not in report.persons(case)._repr_html_()


def test_what_a_person_must_fill_in_shows_as_open(case):
    assert page.NOT_COMPLETED in str(report.cover(case))
    assert page.NOT_COMPLETED in str(report.protection(case))


def test_the_marks_are_explained_before_the_first_sentence_that_carries_one(case):
    cover = str(report.cover(case))
    first = cover.index("(F)")
    assert cover.index("F stands for fact") < first
    assert cover.index("A stands for assessment") < first


def test_case_facts_are_printed_once_given(case):
    path = case.folder / "case.toml"
    path.write_text(path.read_text(encoding="utf-8").replace('number = ""', 'number = "JIT-7 <i>"'), encoding="utf-8")
    assert "JIT-7 &lt;i&gt;" in report.cover(case)._repr_html_()


@pytest.mark.parametrize(
    ("count", "printed"), [(0, "0"), (1, "fewer than 5"), (4, "fewer than 5"), (5, "5"), (12, "12")]
)
def test_small_counts_of_persons_are_not_given(count, printed):
    assert page.few(count) == printed


def test_limits_are_never_empty(case):
    assert len(report.limits(case).body) >= 3


def test_no_sentence_decides_guilt_and_each_is_marked():
    sentences = tomllib.loads(resources.files("finflow.report").joinpath("sentences.toml").read_text(encoding="utf-8"))
    for group in sentences.values():
        for sentence in group.values():
            assert sentence["mark"] in ("F", "A")
            assert not [word for word in FORBIDDEN if word in sentence["text"].lower()]

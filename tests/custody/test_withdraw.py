"""A withdrawn file counts nowhere, and can be counted again."""

import pytest

from finflow.errors import FinflowError
from tests.core_support import copied
from tests.custody.support import DE, LEDGER, NL, OTHER, WHO, derived, leg, loaded, write


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    folder = tmp_path_factory.mktemp("made")
    loaded(folder)
    return folder


@pytest.fixture
def case(made, tmp_path):
    return copied(made, tmp_path)


def test_what_is_derived_after_a_withdrawal_is_as_if_it_had_never_been_loaded(case, tmp_path):
    never = loaded(tmp_path, write(tmp_path), name="never")
    both = derived(case)
    case.withdraw("b.csv", **WHO)
    assert derived(case) == derived(never) != both
    assert case.sources().frame["file"].to_list() == ["a.csv"]


def test_taken_back_it_counts_as_before(case):
    before = derived(case)
    case.withdraw("b.csv", **WHO)
    case.withdraw("b.csv", back=True, **WHO)
    assert derived(case) == before
    case.withdraw("b.csv", **WHO)
    assert derived(case) != before


def test_decide_says_the_same_and_takes_the_first_digits_of_the_hash(case):
    file = case.sources().frame["sha256"][1]
    case.decide(file[:12].upper(), "withdrawn", **WHO)
    assert case.sources().frame["sha256"].to_list() == [case.custody().frame["sha256"][0]]
    assert case.custody().frame["state"].to_list() == ["held", "withdrawn"]


def test_the_other_files_keep_their_exhibit_numbers(case):
    case.withdraw("a.csv", **WHO)
    assert case.sources().frame["exhibit"].to_list() == ["E-002"]


def test_loading_it_again_says_that_it_is_withdrawn_and_how_to_take_that_back(case, tmp_path):
    case.withdraw("b.csv", **WHO)
    again = case.load(write(tmp_path, "b.csv", OTHER))
    assert again.frame["status"].to_list() == ["withdrawn by a person: nothing changed"]
    assert f"finflow withdraw CASE {again.frame['file_id'][0][:16]} --back" in again.told[0]
    assert case.load(write(tmp_path, "a.csv", LEDGER)).frame["status"].to_list() == ["loaded before: nothing changed"]


@pytest.mark.parametrize(
    ("said", "words"),
    [("c.csv", "no file of the case has this name"), ("abc", "no file of the case has this name"), (NL, "no file")],
)
def test_a_file_that_is_not_there_is_refused_without_repeating_what_was_typed(case, said, words):
    with pytest.raises(FinflowError, match=words) as error:
        case.withdraw(said, **WHO)
    assert said not in str(error.value)


def test_a_name_of_two_files_is_refused(case, tmp_path):
    case.load(write(tmp_path, "b.csv", OTHER + f"{NL};2025-02-02;-1.00;;;\n"))
    with pytest.raises(FinflowError, match=r"2 files have this name\. Give the first digits of the SHA-256"):
        case.withdraw("b.csv", **WHO)


def test_marks_on_a_withdrawn_file_are_named_and_change_no_figure(case):
    case.decide(leg(case, 40, DE), "proceeds", label="O", **WHO)
    case.decide(leg(case, 1000), "proceeds", label="O", **WHO)
    case.withdraw("b.csv", **WHO)
    assert "Decisions that cite lines which are withdrawn: 1." in case.custody().notes
    marks = case.proceeds()
    assert case.trace(marks).proof["marked"].to_list() == [1000]
    assert marks.left_out_sentence == "Left out: 1 mark on withdrawn or expunged lines."

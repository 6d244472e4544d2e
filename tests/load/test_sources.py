"""The right to use a file, from sources.toml beside it."""

import datetime
import re

import pytest

from finflow.errors import FinflowError
from finflow.load import sources as sources_module
from finflow.load.sources import FILE_NAME, right_for

ONE = '[[source]]\nfiles = ["bank_*.xml"]\nobtained_by = "EIO"\n'


def test_documented_example_is_read(tmp_path) -> None:
    block = "".join(re.findall(r"^    .*\n", sources_module.__doc__, flags=re.MULTILINE))
    (tmp_path / FILE_NAME).write_text(block, encoding="utf-8")
    right = right_for(tmp_path / "noordkade_2025.xml")
    assert right is not None
    assert (right.obtained_by, right.handling_code, right.evaluation) == ("EIO", "H1", "A1")
    assert right.expires_on == datetime.date(2027, 2, 11)


def test_file_without_a_right_has_none(tmp_path) -> None:
    assert right_for(tmp_path / "other.xml") is None
    (tmp_path / FILE_NAME).write_text(ONE, encoding="utf-8")
    assert right_for(tmp_path / "other.xml") is None


def test_right_ends_on_the_day_it_expires(tmp_path) -> None:
    (tmp_path / FILE_NAME).write_text(ONE + "expires_on = 2026-03-01\n", encoding="utf-8")
    right = right_for(tmp_path / "bank_1.xml")
    assert right is not None
    assert not right.expired(datetime.date(2026, 2, 28))
    assert right.expired(datetime.date(2026, 3, 1))


def test_two_rights_for_one_file_are_refused(tmp_path) -> None:
    (tmp_path / FILE_NAME).write_text(ONE + ONE.replace("EIO", "FIU"), encoding="utf-8")
    with pytest.raises(FinflowError, match=r"bank_1\.xml more than one right"):
        right_for(tmp_path / "bank_1.xml")


def test_same_right_twice_is_one_right(tmp_path) -> None:
    (tmp_path / FILE_NAME).write_text(ONE + ONE, encoding="utf-8")
    assert right_for(tmp_path / "bank_1.xml") is not None


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (ONE + 'athority = "x"\n', r"unknown key source\.0\.athority: did you mean authority"),
        (ONE.replace("EIO", "phone call"), r"key source\.0\.obtained_by"),
        (ONE + 'handling_code = "H9"\n', r"key source\.0\.handling_code"),
        (ONE + 'evaluation = "Z1"\n', r"key source\.0\.evaluation"),
        ("[[source]\n", "is not TOML"),
        ("", "key source is missing"),
    ],
)
def test_fault_names_the_key(tmp_path, text, words) -> None:
    (tmp_path / FILE_NAME).write_text(text, encoding="utf-8")
    with pytest.raises(FinflowError, match=words):
        right_for(tmp_path / "bank_1.xml")

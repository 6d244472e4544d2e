"""What is held, and by which right."""

import finflow
from tests.core_support import book

TEXT = "| account | date | amount |\n| NL02FOOB0000000001 | 2025-01-02 | 100 |"


def filled(tmp_path):
    case = finflow.open_case(tmp_path / "case")
    with case.writing() as con:
        for name in ("b.csv", "a.csv"):
            book(con, TEXT, file=name)
        con.execute("UPDATE evidence.source_file SET obtained_by = 'EIO', handling_code = 'H2' WHERE name = 'a.csv'")
        con.execute(
            "INSERT INTO evidence.rejected_row SELECT file_id, 'L9', 'amount is no number', 'Jane;x' FROM source_file"
        )
    return case


def test_exhibits_are_numbered_by_name_and_a_missing_right_is_said(tmp_path):
    found = filled(tmp_path).sources()
    assert found.frame["exhibit"].to_list() == ["E-001", "E-002"]
    assert found.frame["file"].to_list() == ["a.csv", "b.csv"]
    assert found.frame["obtained_by"].to_list() == ["EIO", "right not recorded"]
    assert found.without_right["file"].to_list() == ["b.csv"]
    assert "right not recorded" in found._repr_html_()


def test_the_strictest_handling_code_counts(tmp_path):
    assert filled(tmp_path).sources().strictest == "H2"


def test_rejected_rows_are_listed_without_their_content(tmp_path):
    rejected = filled(tmp_path).sources().rejected
    assert rejected.columns == ["exhibit", "locator", "reason"]
    assert rejected.height == 2
    assert "Jane" not in str(rejected)

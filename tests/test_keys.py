"""Keys: the same question finds the same answer, another question does not."""

import polars as pl
import pytest

import finflow
from finflow import keys
from finflow.errors import VerificationFailed
from tests.core_support import book

A = "NL02FOOB0000000001"
TEXT = f"| account | date | amount |\n| {A} | 2025-01-02 | 100 |"


@pytest.fixture
def case(tmp_path):
    return finflow.open_case(tmp_path / "case")


def hashes(case):
    with case.reading() as con:
        return keys.basis(con), keys.content_hash(con)


def filled(folder, *files):
    case = finflow.open_case(folder)
    with case.writing() as con:
        for name in files:
            book(con, TEXT, file=name)
    return case


def test_the_order_of_loading_and_the_clock_do_not_matter(tmp_path):
    assert hashes(filled(tmp_path / "1", "a.csv", "b.csv")) == hashes(filled(tmp_path / "2", "b.csv", "a.csv"))


def test_another_line_changes_the_content_hash(tmp_path):
    one, two = filled(tmp_path / "1", "a.csv"), filled(tmp_path / "2", "a.csv")
    with two.writing() as con:
        con.execute("UPDATE evidence.long_entry SET amount = amount + 0.01")
    assert hashes(one)[1] != hashes(two)[1]


def test_a_decision_changes_the_key(case):
    before = hashes(case)
    case.decide("X", "party", "Name", label="natural", by="prosecutor", why="decision")
    after = hashes(case)
    assert before[0] != after[0]
    assert before[1] != after[1]


def test_a_result_is_computed_once_and_found_again(case):
    frame = pl.DataFrame({"amount": ["1.10"]}, schema={"amount": pl.Decimal(28, 8)}, strict=False)
    calls = []

    def compute():
        calls.append(1)
        return {"hits": frame}

    for _ in range(2):
        assert keys.stored(case.folder, "k1", compute)["hits"].equals(frame)
    assert calls == [1]


def test_an_interrupted_result_is_computed_again(case):
    draft = case.folder / "tmp" / "result-k2"
    draft.mkdir()
    (draft / "hits.parquet").write_bytes(b"half")
    finflow.open_case(case.folder)
    assert not draft.exists()
    assert keys.stored(case.folder, "k2", lambda: {"hits": pl.DataFrame({"a": [1]})})["hits"]["a"].to_list() == [1]


def kept_result(case):
    frame = pl.DataFrame({"amount": [1]})
    keys.stored(case.folder, "k3", lambda: {"ends": frame})
    return frame, case.folder / "results" / "k3"


@pytest.mark.parametrize("name", ["ends.parquet", "other.parquet"])
def test_a_changed_or_added_file_of_a_result_is_refused_naming_the_key(case, name):
    frame, place = kept_result(case)
    frame.with_columns(pl.lit(2).alias("amount")).write_parquet(place / name)
    with pytest.raises(VerificationFailed, match=r"results/k3 is not what was kept.*Delete that folder"):
        keys.stored(case.folder, "k3", dict)
    assert keys.changed_results(case.folder) == ["k3"]


def test_a_result_without_its_hashes_is_refused(case):
    _, place = kept_result(case)
    (place / keys.HASHES).unlink()
    with pytest.raises(VerificationFailed):
        keys.stored(case.folder, "k3", dict)


def test_two_who_ask_the_same_at_once_get_one_result(case):
    frame = pl.DataFrame({"amount": [1]})

    def while_another_is_faster():
        keys.stored(case.folder, "k4", lambda: {"ends": frame})
        return {"ends": frame}

    assert keys.stored(case.folder, "k4", while_another_is_faster)["ends"].equals(frame)
    assert keys.changed_results(case.folder) == []
    assert [path.name for path in (case.folder / "tmp").iterdir() if path.name != "running"] == []

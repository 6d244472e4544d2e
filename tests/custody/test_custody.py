"""The chain of custody: what is held, and whether it is still what was received."""

import json

import polars as pl
import pytest

import finflow
from finflow import log
from finflow.errors import VerificationFailed
from tests.core_support import copied
from tests.custody.support import WHO, leg, loaded, write
from tests.infra.notebooks import write as notebook

RIGHT = 'authority = "Court"\nreference = "EIO-1"\nuse_limits = "this case only"\nhandling_code = "H1"\n'


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    folder = tmp_path_factory.mktemp("made")
    loaded(folder, write(folder, right=RIGHT))
    return folder


@pytest.fixture
def case(made, tmp_path):
    return copied(made, tmp_path)


def run(case):
    return finflow.run(notebook(case.folder.parent, "10_any", "1 + 1"), case)


def test_each_file_stands_with_its_right_its_hash_and_the_runs_that_rest_on_it(case, tmp_path):
    first = run(case)
    case.load(write(tmp_path, "b.csv", "\nNL91ABNA0417164300;2025-02-02;1.00;;;\n"))
    found = case.custody()
    one = found.frame.to_dicts()[0]
    assert (one["exhibit"], one["name"], one["state"], one["original"]) == ("E-001", "a.csv", "held", "as received")
    assert (one["authority"], one["reference"], one["use_limits"]) == ("Court", "EIO-1", "this case only")
    assert (one["handling_code"], one["records"], one["entries"], len(one["mapping_id"])) == ("H1", 3, 3, 64)
    assert found.frame["runs"].to_list() == [[first.folder.name], []]
    assert found.faults == ()
    assert found.log_head in {line["hash"] for line in log.lines(case.folder)}
    assert found.told[0].startswith(f"Log: {found.log_lines} lines")


def original(case):
    path = next((case.folder / "originals").iterdir())
    path.chmod(0o600)
    return path


@pytest.mark.parametrize(
    ("spoil", "state"), [(lambda p: p.write_bytes(b"x"), "changed"), (lambda p: p.unlink(), "missing")]
)
def test_an_original_that_is_not_as_received_shows(case, spoil, state):
    spoil(original(case))
    found = case.custody()
    assert found.frame["original"].to_list() == [state]
    with pytest.raises(VerificationFailed, match=rf"originals/[0-9a-f]{{16}}…: {state}\. Put back the file"):
        found.refuse_faults()


def test_a_register_of_assets_is_held_too(case, tmp_path):
    path = tmp_path / "assets.csv"
    path.write_text(
        "asset_id,kind,description,state,holder_party_id,amount,currency,valued_on,value_source\n"
        "CAR,vehicle,Car,NL,X,200.00,EUR,2025-01-04,invoice\n",
        encoding="utf-8",
    )
    case.register(path)
    assert case.custody().frame.select("exhibit", "original").rows()[1] == ("R-001", "as received")


def test_a_changed_result_shows_and_is_refused(case):
    case.decide(leg(case, 1000), "proceeds", label="O", **WHO)
    key = case.trace(case.proceeds()).key
    ends = case.folder / "results" / key / "ends.parquet"
    pl.read_parquet(ends).clear().write_parquet(ends)
    assert f"results/{key} is not what was kept" in case.custody().faults[0]
    with pytest.raises(VerificationFailed, match=key):
        case.trace(case.proceeds())


def test_a_changed_run_shows(case):
    kept = run(case)
    kept.report.chmod(0o600)
    kept.report.write_text("another figure", encoding="utf-8")
    assert case.custody().faults == (
        f"runs/{kept.folder.name} is not what was kept. Run the notebook again; use this run for nothing.",
    )


def test_a_log_whose_end_was_cut_off_shows_against_the_head_of_a_run(case):
    kept = run(case)
    path = case.folder / "log.jsonl"
    path.write_bytes(b"".join(path.read_bytes().splitlines(keepends=True)[:4]))
    assert f"runs/{kept.folder.name} names a head that the log does not hold" in case.custody().faults[0]


def edited(path, number):
    lines = path.read_text(encoding="utf-8").splitlines()
    lines[number] = json.dumps(json.loads(lines[number]) | {"user": "nobody"})
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")


def test_an_edited_line_of_the_log_stops_opening_and_running(case):
    edited(case.folder / "log.jsonl", 3)
    with pytest.raises(VerificationFailed, match="line 4"):
        finflow.open_case(case.folder)
    with pytest.raises(VerificationFailed, match="line 4"):
        run(case)
    assert "line 4" in case.custody().faults[0]


def test_an_edited_line_far_from_the_end_stops_a_run_though_not_opening(case):
    for n in range(400):
        log.append(case.folder, "x", "done", "w", {"n": n})
    assert (case.folder / "log.jsonl").stat().st_size > 1.5 * log.TAIL
    log.verify_end(case.folder)
    edited(case.folder / "log.jsonl", 3)
    finflow.open_case(case.folder)
    with pytest.raises(VerificationFailed, match="line 4"):
        run(case)
    edited(case.folder / "log.jsonl", 398)
    with pytest.raises(VerificationFailed, match="line 399"):
        finflow.open_case(case.folder)


def test_an_original_left_by_a_load_that_did_not_end_is_named_and_is_no_fault(case):
    (case.folder / "originals" / ("ab" * 32)).write_bytes(b"left")
    found = case.custody()
    assert found.faults == ()
    assert found.notes == (
        "originals/abababababababab… belongs to a load that did not end. Load that file again, or delete it.",
    )

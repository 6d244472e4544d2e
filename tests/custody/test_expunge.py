"""What is expunged is gone from every file of the case, and a tombstone says that it went."""

import json

import pytest

import finflow
from finflow import rights
from finflow.errors import FinflowError
from tests.core_support import copied
from tests.custody.support import DE, OTHER, SHOP, WHO, derived, files_with, leg, loaded, write
from tests.infra.notebooks import write as notebook
from tests.side.test_load import HEADER, ROW

ORDER = {**WHO, "order": "Court order 12/2026"}
GONE = ("rent for room 5", "Shelter Safe Haven", "SHELTER SAFE HAVEN")
SECRET = "DE02120300000000202051"
THIRD = f"\n{SECRET};2025-01-02;-77.00;{SHOP};Kiosk;sunflower magazine\n"


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    folder = tmp_path_factory.mktemp("made")
    third = write(folder, "c.csv", THIRD)
    case = loaded(folder, write(folder), write(folder, "b.csv", OTHER), third)
    case.decide(leg(case, 1000), "proceeds", label="O", **WHO)
    case.trace(case.proceeds())
    return folder


@pytest.fixture
def case(made, tmp_path):
    return copied(made, tmp_path)


def run(case, **values):
    path = notebook(case.folder.parent, "10_any", "import finflow\nfinflow.open_case('case').sql('FROM entry')",
                    parameters='partner: str = ""  # authority\n')  # fmt: skip
    return finflow.run(path, case, **values)


def permit(case, partner):
    for name in ("a.csv", "b.csv", "c.csv"):
        case.decide(name, "sharing_permitted", partner, evidence="letter", **WHO)


def test_nothing_of_an_expunged_file_is_left_in_the_case(case, tmp_path):
    run(case)
    assert files_with(case.folder, SECRET, "sunflower")
    never = loaded(tmp_path, write(tmp_path), write(tmp_path, "b.csv", OTHER), name="never")
    found = case.expunge("c.csv", **ORDER)
    assert files_with(case.folder, SECRET, "sunflower") == []
    assert dict(found.frame.rows())["rows of the database"] == 3  # file, statement, entry
    assert found.quoted_in == ()
    assert derived(case) == derived(never)
    assert case.custody().faults == ()


def test_it_leaves_ids_and_the_order_and_nothing_else(case):
    kept = run(case)
    file = case.custody().frame["sha256"][2]
    case.expunge(file[:16], **ORDER)
    (tombstone,) = case.sql("FROM duckdb_tables() SELECT count(*) AS n WHERE table_name = 'tombstone'").rows()
    assert tombstone == (1,)
    with case.reading() as con:
        rows = con.execute("SELECT file_id, entry_id, order_reference, expunged_by FROM evidence.tombstone").fetchall()
    assert rows == [(file, None, "Court order 12/2026", "Lead investigator")]
    assert [path.name for path in kept.folder.iterdir()] == ["TOMBSTONE"]
    assert json.loads((kept.folder / "TOMBSTONE").read_text(encoding="utf-8")) == {
        "expunged": file, "entry": None, "order": "Court order 12/2026", "on": rights.today().isoformat(),
    }  # fmt: skip
    last = case.custody().frame.to_dicts()[-1]
    assert (last["exhibit"], last["state"], last["original"]) == (None, "expunged", "removed")


def test_who_got_a_copy_is_named_and_results_and_packages_go(case):
    permit(case, "HU")
    run(case, partner="HU")
    run(case)
    (case.folder / "packages" / "for_hu.tar").write_bytes(b"sunflower")
    found = case.expunge("c.csv", **ORDER)
    assert len(found.recall) == 2
    assert found.recall[0].startswith("HU (runs/")
    assert found.recall[1] == "the recipient of packages/for_hu.tar"
    assert [path.name for path in (case.folder / "packages").iterdir()] == ["for_hu.tar.TOMBSTONE"]
    assert list((case.folder / "results").iterdir()) == []


def test_a_run_that_does_not_rest_on_it_stays(case, tmp_path):
    kept = run(case)
    case.load(write(tmp_path, "d.csv", THIRD.replace("77.00", "78.00")))
    case.expunge("d.csv", **ORDER)
    assert kept.report.exists()


def test_the_same_bytes_are_refused_naming_the_order(case, tmp_path):
    case.expunge("c.csv", **ORDER)
    with pytest.raises(FinflowError, match="expunged under Court order 12/2026: these bytes are not read again"):
        case.load(write(tmp_path, "renamed.csv", THIRD))
    assert case.custody().frame.height == 3


def test_side_evidence_goes_likewise(case, tmp_path):
    path = tmp_path / "adverts.csv"
    path.write_text(f"{HEADER}\n{ROW.replace('NightAds', 'Kiosk pages')}\n", encoding="utf-8")
    assert case.load(path).frame["entries"].to_list() == [1]
    assert case.sql("SELECT count(*) AS n FROM adverts")["n"].to_list() == [1]
    (case.folder / "notebooks" / "notes.ipynb").write_text("paid at Kiosk pages", encoding="utf-8")
    (case.folder / "notebooks" / "other.ipynb").write_text("nothing of it", encoding="utf-8")
    assert case.expunge("adverts.csv", **ORDER).quoted_in == ("notebooks/notes.ipynb",)
    (case.folder / "notebooks" / "notes.ipynb").unlink()
    assert case.sql("SELECT count(*) AS n FROM adverts")["n"].to_list() == [0]
    assert files_with(case.folder, "Kiosk pages") == []


def test_one_line_goes_with_the_original_and_the_rest_of_the_file_stays(case):
    entry = leg(case, 40, DE)
    found = case.expunge(entry, **ORDER)
    assert files_with(case.folder, *GONE) == []
    assert dict(found.frame.rows())["rows of the database"] == 1
    assert case.sql("SELECT count(*) AS n FROM entry WHERE account_id = $a", a=DE)["n"].item() == 1
    row = case.custody().frame.to_dicts()[1]
    assert (row["state"], row["original"]) == ("expunged in part", "removed")
    assert case.custody().faults == ()


def test_decisions_that_cite_it_stay_and_are_marked_and_the_trace_goes_on(case):
    case.decide(leg(case, 40, DE), "proceeds", label="P", **WHO)
    case.expunge(leg(case, 40, DE), **ORDER)
    assert case.sql("SELECT decision_no, reason FROM unfounded").rows() == [(2, "expunged")]
    assert "Decisions that cite lines which are expunged: 2." in case.custody().notes
    assert case.trace(case.proceeds()).proof["marked"].to_list() == [1000]
    assert case.proceeds().left_out == 1


def test_what_persons_typed_stays_and_is_named(case):
    case.decide("X", "party", "Kiosk owner", label="natural", by="L", why="see sunflower magazine", evidence=SECRET)
    (case.folder / "notebooks" / "notes.ipynb").write_text(f"look at {SECRET}", encoding="utf-8")
    found = case.expunge("c.csv", **ORDER)
    assert found.quoted_in == ("decision 2", "notebooks/notes.ipynb")
    assert SECRET not in " ".join(found.told)


def test_the_holder_of_an_expunged_account_leaves_no_name_beside_a_pseudonym(tmp_path):
    case = loaded(tmp_path)
    with case.writing() as con:
        con.execute("UPDATE evidence.statement SET holder_name = 'Jane Hidden' WHERE account_id = $a", {"a": DE})
    case.resolve()
    number = case.sql("SELECT number FROM pseudonym WHERE party_id = 'name:JANE HIDDEN'").item()
    case.expunge("b.csv", **ORDER)
    assert files_with(case.folder, "Jane Hidden", "JANE HIDDEN") == []
    assert case.sql("SELECT party_id FROM pseudonym").rows() == [(f"expunged:{number}",)]


def test_an_expunction_that_a_crash_cut_off_shows_and_is_ended_by_the_same_line(case, monkeypatch):
    file = case.custody().frame["sha256"][2]
    monkeypatch.setattr("finflow.expunge._remove", None)
    with pytest.raises(TypeError):
        case.expunge("c.csv", **ORDER)
    monkeypatch.undo()
    assert case.custody().faults == (
        f"originals/{file[:16]}…: still there. Finish with the same line as before: finflow expunge CASE.",
    )
    case.expunge(file[:16], **ORDER)
    assert case.custody().faults == ()
    with case.reading() as con:
        assert con.execute("SELECT count(*) FROM evidence.tombstone").fetchall() == [(1,)]


@pytest.mark.parametrize("given", [{**ORDER, "order": " "}, {**ORDER, "why": ""}])
def test_without_an_order_and_a_reason_nothing_goes(case, given):
    with pytest.raises(FinflowError, match="under which order"):
        case.expunge("c.csv", **given)
    assert case.sql("SELECT count(*) AS n FROM source_file")["n"].item() == 3


@pytest.mark.parametrize("said", ["nobody.csv", "0123456789abcdef:L7"])
def test_what_is_not_there_is_refused(case, said):
    with pytest.raises(FinflowError) as error:
        case.expunge(said, **ORDER)
    assert said not in str(error.value)


def test_everything_else_is_as_it_was(case):
    tables = "SELECT table_name, estimated_size, comment, column_count FROM duckdb_tables() ORDER BY table_name"
    before = case.sql(tables)
    case.expunge("c.csv", **ORDER)
    after = case.sql(tables)
    assert before.drop("estimated_size").equals(after.drop("estimated_size"))
    assert case.sql("SELECT count(*) AS n FROM decision")["n"].item() == 1
    assert finflow.open_case(case.folder).sql("SELECT value FROM meta WHERE key = 'schema_version'").height == 1

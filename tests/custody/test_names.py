"""Names of files may be names of persons: no page carries one."""

import pytest

import finflow
from tests.custody.support import DE, LEDGER, WHO, leg, loaded, write
from tests.infra.notebooks import write as notebook

NAME = f"{DE}_JANE_VICTIM_2024.csv"


@pytest.fixture(scope="module")
def case(tmp_path_factory):
    folder = tmp_path_factory.mktemp("names")
    case = loaded(folder, write(folder, NAME, LEDGER + f"{DE};not a day;1.00;;;\n"))
    case.decide("name:X", "party", "X", label="natural", **WHO)
    case.decide("name:X", "role", "suspect", **WHO)
    case.decide(leg(case, 1000), "proceeds", label="O", **WHO)
    case.register(_register(folder))
    return case


def _register(folder):
    path = folder / "assets.csv"
    path.write_text(
        "asset_id,kind,description,state,holder_party_id,amount,currency,valued_on,value_source,payments,decided_by,"
        f"decided_on,why\nCAR,vehicle,Car,NL,X,200.00,EUR,2025-01-04,invoice,{NAME}#L4,Lead,2025-02-01,receipt\n",
        encoding="utf-8",
    )
    return path


def pages(case):
    trail = case.trace(case.proceeds())
    found = case.assets(trail)
    report = finflow.report
    yield from (
        case.sources(), finflow.show(case.sources().rights), finflow.show(case.sources().rejected), case.custody(),
        case.check(), case.requests(trail), found, found.sheet("CAR"), case.network(trail), case.timeline(trail),
        report.cover(case), report.material(case), report.assets(case, found), report.annexes(case, trail, found),
    )  # fmt: skip


def test_no_page_and_no_printed_result_carries_the_name_of_a_file(case):
    shown = [text for page in pages(case) for text in (page._repr_html_(), str(page), repr(page))]
    assert [text[:80] for text in shown if "JANE" in text or NAME in text] == []
    assert sum("E-001" in text for text in shown) >= 6


def test_a_load_names_files_to_the_terminal_and_not_to_a_page(tmp_path):
    from finflow import terminal

    case = finflow.open_case(tmp_path / "case")
    result = case.load(write(tmp_path, NAME, LEDGER + f"{DE};not a day;1.00;;;\n", right="expires_on = 2020-01-01\n"))
    assert "JANE" not in result._repr_html_() + str(result)
    assert f"{result.frame['file_id'][0][:16]}: 1 rejected" in str(result)
    assert f"{NAME}: 1 rejected" in terminal.told(result)


def test_a_run_keeps_no_name_of_a_file(case, tmp_path):
    path = notebook(
        tmp_path, "10_all", "import finflow\ncase = finflow.open_case('case')\ncase.sources()", "case.custody()"
    )
    kept = finflow.run(path, case)
    assert [file.name for file in kept.folder.iterdir() if "JANE" in file.read_text(encoding="utf-8")] == []


def test_custody_names_files_to_the_terminal_alone(case):
    assert NAME in case.custody().listed()["name"].to_list()

import hashlib
import json
import re
import signal
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path

import nbformat
import psutil
import pytest

import finflow
from finflow import FinflowError, log, open_case, run
from finflow.errors import DataGap
from finflow.kernel import NotebookFailed
from finflow.run import find_notebook
from tests.infra.notebooks import PARAMETERS, write


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    folder = tmp_path_factory.mktemp("a place with spaces")
    open_case(folder / "reed")
    return folder


def kept(place):
    return sorted((place / "reed" / "runs").iterdir())


def outputs(executed):
    cells = nbformat.read(executed, as_version=4).cells
    return [output for cell in cells if cell.cell_type == "code" for output in cell.outputs]


@pytest.fixture(scope="module")
def good(place):
    path = write(
        place, "10_good", "# Good news", "import os, sys, finflow\nprint(case, partner, rows)",
        "print(finflow.open_case(case))", "print(finflow.__file__)\nprint(os.getcwd())\nprint(sys.executable)",
        "import warnings\nwarnings.warn('a warning for the notebook')", parameters=PARAMETERS,
    )  # fmt: skip
    told = []
    done = run(path, place / "reed", progress=lambda *step: told.append(step), partner="N\"L'\n", rows=5)
    return done, told


def test_a_run_gets_its_parameters_and_the_name_of_its_case(good):
    done, _ = good
    assert outputs(done.executed)[0].text == "reed N\"L'\n 5\n"
    assert outputs(done.executed)[1].text == "Case('reed')\n"


def test_progress_is_told_for_each_code_cell(good):
    assert good[1] == [("10_good", number, 6) for number in range(1, 7)]


def test_what_is_kept_names_no_folder_of_this_machine(good):
    done, _ = good
    text = "".join(file.read_text(encoding="utf-8") for file in done.folder.iterdir())
    here = [Path.home(), Path(sys.prefix), Path(finflow.__file__).parent, done.folder.parents[2]]
    assert [str(path) for path in here if str(path) in text] == []
    assert "a place with spaces" not in text
    assert "…" in text


def test_the_kernel_is_the_python_finflow_runs_in(good):
    assert outputs(good[0].executed)[2].text.splitlines()[2].endswith(("/python", Path(sys.executable).name))


def test_the_report_shows_outputs_without_code_and_warnings(good):
    page = good[0].report.read_text(encoding="utf-8")
    assert "<title>Good news</title>" in page
    assert "reed N&quot;L" in page or 'reed N"L' in page
    assert "import os" not in re.sub("<[^>]+>", "", page)
    assert "a warning for the notebook" not in page


def test_the_manifest_says_what_the_run_rests_on(good):
    done, _ = good
    manifest = done.manifest
    assert manifest["state"] == "done"
    assert manifest["parameters"] == {"case": "reed", "partner": "N\"L'\n", "rows": 5}
    assert manifest["software"]["finflow"] == finflow.__version__
    assert {len(manifest["basis"]), len(manifest["content"]), len(manifest["log_head"])} == {64}
    for name, sha256 in manifest["files"].items():
        assert hashlib.sha256((done.folder / name).read_bytes()).hexdigest() == sha256
    assert sorted(manifest["files"]) == ["10_good.html", "10_good.ipynb"]


def test_the_log_head_of_the_manifest_is_a_line_of_the_log(good, place):
    assert good[0].manifest["log_head"] in {line["hash"] for line in log.lines(place / "reed")}


def test_the_run_is_logged_with_its_folder_and_without_its_parameters(good, place):
    lines = [line for line in log.lines(place / "reed") if line["verb"] == "run"]
    assert lines[0]["phase"] == "intent"
    assert lines[1]["detail"] == {"run": good[0].folder.name}
    assert 'N"L' not in json.dumps(lines[0]["detail"])


def test_the_files_of_a_kept_run_are_read_only(good):
    assert {oct(file.stat().st_mode & 0o222) for file in good[0].folder.iterdir()} == {"0o0"}


def test_two_runs_in_one_second_are_two_folders(place):
    path = write(place, "11_quick", "1 + 1")
    first, second = run(path, place / "reed"), run(path, place / "reed")
    assert first.folder != second.folder
    assert first.executed.exists()
    assert second.executed.exists()


def test_result_keys_named_in_the_log_during_the_run_are_listed(place):
    cell = "import finflow\nwith finflow.open_case('reed').logged('trace') as outcome:\n    outcome['key'] = 'abc123'"
    assert run(write(place, "12_keys", cell), place / "reed").manifest["results"] == ["abc123"]
    assert run(write(place, "12_none", "1"), place / "reed").manifest["results"] == []


@pytest.mark.parametrize(
    ("given", "says"),
    [
        ({}, "needs parameter partner: State the report is for."),
        ({"partner": "NL", "row": 4}, "has no parameter 'row'. Did you mean rows?"),
        ({"partner": "NL", "rows": "4"}, "rows must be int, not str"),
    ],
)
def test_parameters_that_do_not_fit_stop_the_run_before_it_begins(place, given, says):
    path = write(place, "13_checked", "open('began', 'w', encoding='utf-8').close()", parameters=PARAMETERS)
    before = kept(place)
    with pytest.raises(FinflowError) as error:
        run(path, place / "reed", **given)
    assert says in str(error.value)
    assert kept(place) == before
    assert not (place / "began").exists()


GAP = "from finflow.errors import DataGap\nraise DataGap('Statement 3 of bank.csv has a gap. Acknowledge it.')"


def test_an_error_of_finflow_keeps_its_sentence_and_its_exit_code(place):
    path = write(place, "14_gap", "# Gap", "1 + 1", GAP, "print('never reached')")
    with pytest.raises(DataGap) as error:
        run(path, place / "reed")
    assert error.value.exit_code == 3
    assert "14_gap stopped in cell 2: Statement 3 of bank.csv has a gap." in str(error.value)
    done = kept(place)[-1]
    cells = nbformat.read(done / "14_gap.ipynb", as_version=4).cells
    assert "[cell 2](#stopped-here)" in cells[0].source
    assert 'id="stopped-here"' in cells[3].source
    assert cells[4].outputs[0].traceback == ["Cell 2 stopped: Statement 3 of bank.csv has a gap. Acknowledge it."]
    assert cells[5].outputs == []
    page = (done / "14_gap.html").read_text(encoding="utf-8")
    assert 'href="#stopped-here"' in page
    assert 'id="stopped-here"' in page
    manifest = json.loads((done / "manifest.json").read_text(encoding="utf-8"))
    assert manifest["stopped"] == {"cell": 2, "error": "DataGap", "exit_code": 3}


def test_another_error_is_kept_as_its_type_without_values(place):
    path = write(place, "15_broken", "secret = 'NL91ABNA0417164300'\n{}['acc' + secret]")
    with pytest.raises(NotebookFailed) as error:
        run(path, place / "reed")
    assert error.value.exit_code == 1
    assert "KeyError" in str(error.value)
    assert "accNL91" not in str(error.value)
    folder = kept(place)[-1]
    text = "".join(file.read_text(encoding="utf-8") for file in folder.iterdir())
    assert "accNL91" not in text
    assert "Traceback" not in text
    assert "KeyError" in text


def test_a_kernel_that_dies_is_kept_as_a_stopped_run(place):
    path = write(place, "16_dies", "print('first')", "import os\nos._exit(9)")
    with pytest.raises(NotebookFailed, match="16_dies stopped in cell 2: Python ended"):
        run(path, place / "reed")
    assert [output.text for output in outputs(kept(place)[-1] / "16_dies.ipynb")] == ["first\n"]


@pytest.mark.parametrize("cell", ["1", GAP, "import os\nos._exit(9)"])
def test_no_kernel_outlives_its_run(place, cell):
    with suppress(FinflowError):
        run(write(place, "21_ends", cell), place / "reed")
    assert [
        child for child in psutil.Process().children(recursive=True) if "ipykernel" in " ".join(child.cmdline())
    ] == []


SLOW = "import time\nopen('began', 'w', encoding='utf-8').close()\ntime.sleep(60)"


@pytest.mark.skipif(sys.platform == "win32", reason="Windows sends no signals to one process")
@pytest.mark.parametrize("name", ["SIGINT", "SIGTERM"])
def test_a_run_stopped_by_hand_or_by_a_scheduler_leaves_a_clear_state(place, name):
    path, before = write(place, "19_slow", SLOW), kept(place)
    command = [sys.executable, "-m", "finflow", "run", str(place / "reed"), str(path)]
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True, encoding="utf-8") as started:
        while not (place / "began").exists() and started.poll() is None:
            time.sleep(0.1)
        (place / "began").unlink()
        kernels = psutil.Process(started.pid).children(recursive=True)
        started.send_signal(getattr(signal, name))
        said = started.communicate()[1]
    assert started.returncode == 130
    assert "stopped by the user or by a scheduler" in said
    assert "nanobind" not in said
    (last,) = set(kept(place)) - set(before)
    stopped = json.loads((last / "manifest.json").read_text(encoding="utf-8"))
    assert (stopped["state"], stopped["stopped"]["exit_code"]) == ("stopped", 130)
    assert "stopped by the user" in (last / "19_slow.html").read_text(encoding="utf-8")
    assert [item.name for item in (place / "reed" / "tmp").iterdir() if item.name.startswith("run-")] == []
    assert [*(place / "reed" / "tmp" / "running").iterdir()] == []
    assert list(log.lines(place / "reed"))[-1]["phase"] == "interrupted"
    assert [kernel for kernel in kernels if kernel.is_running()] == []


def test_a_failed_run_is_logged_as_failed_with_its_folder(place):
    with pytest.raises(DataGap):
        run(write(place, "17_gap", GAP), place / "reed")
    last = list(log.lines(place / "reed"))[-1]
    assert (last["verb"], last["phase"]) == ("run", "failed")
    assert last["detail"]["run"].endswith("17_gap")
    assert last["detail"]["run"] in {folder.name for folder in kept(place)}


def test_nothing_is_left_of_a_draft_even_when_it_cannot_be_kept(place, good, monkeypatch):
    monkeypatch.setattr("finflow.page.render", None)
    before = kept(place)
    with pytest.raises(TypeError):
        run(write(place, "17_draft", "1"), place / "reed")
    assert kept(place) == before
    assert [item.name for item in (place / "reed" / "tmp").iterdir() if item.name.startswith("run-")] == []


def test_a_case_that_is_none_is_not_made_by_running(place):
    with pytest.raises(FinflowError, match=r"There is no case at .*nowhere"):
        run(write(place, "18_any", "1"), place / "nowhere")
    assert not (place / "nowhere").exists()


@pytest.mark.parametrize(("content", "says"), [("{}", "is not a Jupyter notebook"), ("%PDF", "is not a Jupyter")])
def test_a_file_that_is_no_notebook_is_refused(place, content, says):
    (place / "20_other.ipynb").write_text(content, encoding="utf-8")
    with pytest.raises(FinflowError, match=says):
        run(place / "20_other.ipynb", place / "reed")


def test_an_unknown_notebook_is_refused_with_the_known_ones():
    with pytest.raises(FinflowError, match="There is no notebook 99_missing"):
        find_notebook("99_missing")

import json
import os
from pathlib import Path

import nbformat
import pytest

from finflow import FinflowError, demo, open_case
from finflow.demo import open_lab, working_copies
from finflow.parameters import declared_in
from finflow.run import shipped_notebooks


@pytest.fixture
def case(tmp_path):
    return open_case(tmp_path / "reed")


def first_parameters(path):
    cells = nbformat.read(path, as_version=4).cells
    return declared_in(next(cell.source for cell in cells if "parameters" in cell.metadata.get("tags", [])), path.stem)


def test_every_shipped_notebook_takes_the_case_as_a_documented_parameter():
    assert shipped_notebooks()
    for path in shipped_notebooks():
        given = {parameter.name: parameter for parameter in first_parameters(path)}
        assert given["case"].default == "saltmarsh", path.name
        assert all(parameter.help for parameter in given.values()), path.name


def test_working_copies_name_the_case_by_its_place(case):
    copies = sorted(working_copies(case).glob("*.ipynb"))
    assert [path.name for path in copies] == [path.name for path in shipped_notebooks()]
    for path in copies:
        assert next(parameter for parameter in first_parameters(path) if parameter.name == "case").default == ".."


def test_a_copy_that_was_worked_on_is_left_as_it_is(case):
    worked_on = case.folder / "notebooks" / shipped_notebooks()[0].name
    worked_on.write_text("mine", encoding="utf-8")
    working_copies(case)
    assert worked_on.read_text(encoding="utf-8") == "mine"


def test_lab_listens_on_this_machine_only_and_asks_for_no_news(case, monkeypatch):
    started = {}

    def start(command, *, env, check):
        started.update(command=command, env=env)
        return type("Done", (), {"returncode": 7})

    monkeypatch.setattr(demo.subprocess, "run", start)
    assert open_lab(case.folder) == 7
    assert "--ServerApp.ip=127.0.0.1" in started["command"]
    assert f"--ServerApp.root_dir={case.folder / 'notebooks'}" in started["command"]
    assert started["command"][-1] != "--ServerApp.token="
    extra = Path(started["env"]["JUPYTER_CONFIG_PATH"].split(os.pathsep)[0])
    page = json.loads((extra / "labconfig" / "page_config.json").read_text(encoding="utf-8"))
    assert page["disabledExtensions"] == {"@jupyterlab/apputils-extension:announcements": True}


def test_the_sample_is_not_mixed_into_another_case(case):
    with pytest.raises(FinflowError, match="reed holds another case"):
        demo.load_sample(case.folder)


def test_the_sample_is_not_put_into_a_folder_that_holds_something_else(tmp_path):
    (tmp_path / "letter.txt").write_text("x", encoding="utf-8")
    with pytest.raises(FinflowError, match="is not a case and not empty"):
        demo.load_sample(tmp_path)

"""Each shipped notebook, run again on a fresh sample case, gives what its twin shows: compared strictly by nbval."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest

from finflow.demo import load_sample
from finflow.run import shipped_notebooks
from tests.golden.twins import HERE, write_twin

NAMES = [path.name for path in shipped_notebooks()]


def compare(place, *names):
    options = ("--nbval", "--nbval-current-env", f"--nbval-sanitize-with={HERE / 'sanitize.cfg'}")
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-p", "no:xdist", f"--rootdir={place}"]
    return subprocess.run(
        [*command, *options, *names], cwd=place, capture_output=True, text=True, encoding="utf-8", check=False,
        env={**os.environ, "PYTHONPATH": str(HERE.parents[1]), "PYTEST_ADDOPTS": ""},
    )  # fmt: skip


def code(path):
    return [cell.source for cell in nbformat.read(path, as_version=4).cells]


@pytest.mark.parametrize("name", NAMES)
def test_the_twin_is_of_the_notebook_as_it_is(name):
    assert (HERE / name).exists(), "make golden"
    assert code(HERE / name) == code(next(path for path in shipped_notebooks() if path.name == name)), "make golden"


def test_there_is_no_twin_without_a_notebook():
    assert sorted(path.name for path in HERE.glob("*.ipynb")) == NAMES


def test_every_figure_is_as_its_twin_shows_it(tmp_path):
    load_sample(tmp_path / "saltmarsh")
    for name in NAMES:
        shutil.copy(HERE / name, tmp_path)
    done = compare(tmp_path, *NAMES)
    assert done.returncode == 0, done.stdout[-6000:]


@pytest.fixture(scope="module")
def written(tmp_path_factory):
    place = tmp_path_factory.mktemp("written")
    source = place / "source.ipynb"
    cells = [nbformat.v4.new_code_cell(text) for text in ("1000 + 1", "print('Head of the log: ' + '{}' * 64)")]
    source.write_text(nbformat.writes(nbformat.v4.new_notebook(cells=cells)), encoding="utf-8")
    (place / "twin").mkdir()
    write_twin(source, place, place / "twin")
    return place / "twin"


@pytest.fixture
def twin(written, tmp_path):
    return shutil.copytree(written, tmp_path / "twin") / "source.ipynb"


def changed(twin, old, new):
    text = twin.read_text(encoding="utf-8")
    assert old in text
    twin.write_text(text.replace(old, new), encoding="utf-8")


def test_a_twin_compares_equal_to_itself(twin):
    assert compare(twin.parent, twin.name).returncode == 0


def test_a_changed_figure_is_found(twin):
    changed(twin, "1001", "1002")
    done = compare(twin.parent, twin.name)
    assert done.returncode == 1
    assert "1002" in done.stdout


def test_what_varies_by_its_nature_is_left_out_of_the_comparison(twin):
    changed(twin, "print('Head of the log: ' + '{}' * 64)", "print('Head of the log: ' + 'a' * 64)")
    changed(twin, "{}" * 64, "b" * 64)
    assert compare(twin.parent, twin.name).returncode == 0


def test_a_twin_names_no_folder_of_this_machine(twin):
    assert str(Path.home()) not in twin.read_text(encoding="utf-8")

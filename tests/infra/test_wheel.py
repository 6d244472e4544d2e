"""The wheel, installed into an empty environment outside the checkout, carries all a demo needs."""

import os
import subprocess
import sys
import sysconfig
import venv
import zipfile
from pathlib import Path

import pytest

pytestmark = pytest.mark.package
ROOT = Path(__file__).parents[2]


def run(*command, **options):
    done = subprocess.run(command, capture_output=True, text=True, encoding="utf-8", **options)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def wheel(tmp_path_factory):
    folder = tmp_path_factory.mktemp("wheel")
    build = ("wheel", "--quiet", "--no-deps", "--no-build-isolation", "--wheel-dir", str(folder), str(ROOT))
    run(sys.executable, "-m", "pip", *build)
    return next(folder.glob("finflow-*.whl"))


@pytest.fixture(scope="module")
def installed(wheel, tmp_path_factory):
    """Python of an empty environment with the wheel in it; its dependencies are those of this environment."""
    folder = tmp_path_factory.mktemp("env")
    venv.create(folder, with_pip=False)
    python = folder / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
    packages = Path(run(python, "-c", "import sysconfig; print(sysconfig.get_path('purelib'))").strip())
    run(sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--target", str(packages), str(wheel))
    # A .pth inside a folder that a .pth names is not read: the checkout, installed there for editing, stays out.
    (packages / "dependencies.pth").write_text(sysconfig.get_path("purelib") + "\n", encoding="utf-8")
    return python


@pytest.fixture(scope="module")
def outside(tmp_path_factory):
    return tmp_path_factory.mktemp("outside")


def environment():
    own = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    return own | {"JUPYTER_PATH": str(Path(sys.prefix) / "share" / "jupyter")}


def files_of(folder):
    listed = run("git", "-C", str(ROOT), "ls-files", "-co", "--exclude-standard", folder).splitlines()
    return {name for name in listed if (ROOT / name).is_file()}


@pytest.mark.parametrize("folder", ["queries", "notebooks", "sample_data"])
def test_the_wheel_carries(wheel, folder):
    carried = set(zipfile.ZipFile(wheel).namelist())
    assert files_of(folder)
    assert {f"finflow/{name}" for name in files_of(folder)} - carried == set()


def test_the_wheel_carries_no_tests_and_the_licence(wheel):
    carried = zipfile.ZipFile(wheel).namelist()
    assert [name for name in carried if name.startswith(("tests", "benchmarks", "finflow/tests"))] == []
    assert any(name.endswith("licenses/LICENSE") for name in carried)


def test_what_is_imported_is_the_wheel(installed, outside):
    where = run(installed, "-c", "import finflow; print(finflow.__file__)", cwd=outside, env=environment()).strip()
    assert Path(where).is_relative_to(installed.parents[1])


def test_the_demo_runs_from_there(installed, outside):
    said = run(installed, "-m", "finflow", "demo", cwd=outside, env=environment())
    report = Path(said.strip().splitlines()[-1].removeprefix("Report: "))
    assert (outside / report).is_file()
    assert (outside / "saltmarsh" / "case.duckdb").is_file()

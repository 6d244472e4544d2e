"""pyproject.toml, environment.yml and requirements.lock name the same packages with the same bounds."""

import re
import tomllib
from pathlib import Path

import pytest
import yaml
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parents[2]
CONDA_NAMES = {"python-duckdb": "duckdb", "playwright-python": "playwright"}
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]


def declared():
    wanted = PROJECT["dependencies"] + PROJECT["optional-dependencies"]["dev"]
    return {(requirement.name, str(requirement.specifier)) for requirement in map(Requirement, wanted)}


def conda():
    listed = yaml.safe_load((ROOT / "environment.yml").read_text(encoding="utf-8"))["dependencies"]
    lines = [line for line in listed if isinstance(line, str)]
    return lines, next(line["pip"] for line in listed if isinstance(line, dict))


def test_conda_gets_the_same_packages_with_the_same_bounds():
    lines, pip = conda()
    found = [Requirement(line) for line in [*lines, *pip]]
    named = {(CONDA_NAMES.get(line.name, line.name), str(line.specifier)) for line in found}
    assert named - {("python", PROJECT["requires-python"])} == declared()
    assert ("python", PROJECT["requires-python"]) in named


def test_what_conda_forge_lacks_comes_from_pip_and_nothing_else_does():
    assert [Requirement(line).name for line in conda()[1]] == ["mt-940", "atheris"]


def locked(name):
    text = (ROOT / name).read_text(encoding="utf-8")
    return {canonicalize_name(found[1]): found[2] for found in re.finditer(r"^([\w.-]+)==([\w.]+)", text, re.MULTILINE)}


@pytest.mark.parametrize(("name", "bounds"), sorted(declared()))
def test_the_lock_fits_what_is_declared(name, bounds):
    assert locked("requirements.lock")[canonicalize_name(name)] in Requirement(f"{name}{bounds}").specifier


def test_the_older_duckdb_fits_what_is_declared():
    assert locked(".ci/duckdb15.lock")["duckdb"] in Requirement(f"duckdb{dict(declared())['duckdb']}").specifier
    assert locked(".ci/duckdb15.lock")["duckdb"].startswith("1.5.")


@pytest.mark.parametrize("name", ["requirements.lock", ".ci/duckdb15.lock"])
def test_every_pin_has_a_hash_and_no_address(name):
    text = (ROOT / name).read_text(encoding="utf-8")
    pins = [line for line in text.splitlines() if line and not line.startswith((" ", "#"))]
    assert pins
    assert all(line.endswith("\\") for line in pins)
    assert "://" not in text


def test_each_dependency_says_in_a_line_why_it_is_there():
    text = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    for name, _ in declared():
        assert re.search(rf'"{re.escape(name)}[^"]*",\s+# \w', text), name

"""The same seed gives the same bytes, made from nothing but the generator."""

import ast
import os
import subprocess
import sys
import zlib

import pytest

import finflow.sample
from finflow.sample import sample_files, sample_folder, write_sample
from finflow.sample.__main__ import main

SIX_MEGABYTES = 6_000_000


def content(folder):
    return {str(path.relative_to(folder).as_posix()): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_the_committed_case_is_what_the_generator_writes_now(tmp_path, folder):
    written = write_sample(tmp_path)
    made, committed = content(tmp_path), content(folder)
    assert sorted(made) == sorted(committed)
    assert [name for name in made if made[name] != committed[name]] == []
    assert [str(path.relative_to(tmp_path).as_posix()) for path in written] == sorted(made)


def test_hash_seed_clock_and_language_of_the_machine_change_nothing(tmp_path, folder):
    environment = {**os.environ, "PYTHONHASHSEED": "4711", "TZ": "Pacific/Auckland", "LC_ALL": "C", "PYTHONUTF8": "0"}
    done = subprocess.run(
        [sys.executable, "-m", "finflow.sample", str(tmp_path)], env=environment, capture_output=True, check=True
    )
    assert b"files written" in done.stdout
    assert content(tmp_path) == content(folder)


def test_another_seed_tells_another_story_with_the_same_figures(folder):
    other = sample_files(seed=1)
    committed = content(folder)
    assert sorted(other) == sorted(committed)
    assert other["bank/noordkade_NL-20_2025.xml"] != committed["bank/noordkade_NL-20_2025.xml"]


def test_the_case_stays_under_six_megabytes_as_git_packs_it(folder):
    packed = sum(len(zlib.compress(each, 9)) for each in content(folder).values())
    assert packed < SIX_MEGABYTES


def test_lines_end_as_on_unix(folder):
    assert [name for name, each in content(folder).items() if b"\r" in each] == []


def imported(path):
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield node.module or ""


def test_the_generator_shares_no_code_with_what_it_is_measured_against():
    package = finflow.sample.__path__[0]
    sources = sorted(__import__("pathlib").Path(package).rglob("*.py"))
    assert len(sources) > 20
    foreign = {name for path in sources for name in imported(path) if name.startswith("finflow")}
    assert {name for name in foreign if not name.startswith("finflow.sample")} == {"finflow.places"}


def test_the_command_asks_for_a_folder(capsys):
    assert main([]) == 2
    assert main(["--help"]) == 2
    assert "python -m finflow.sample FOLDER" in capsys.readouterr().err


def test_the_folder_is_found_in_a_checkout():
    assert (sample_folder() / "bank" / "sources.toml").is_file()


@pytest.mark.parametrize("name", ["README.md", "case.toml", "assets.csv", "bank/sources.toml"])
def test_what_a_reader_looks_for_first_is_there(folder, name):
    assert (folder / name).stat().st_size > 100

"""The empty file of a template is read as it stands, once a person has filled it in."""

import json

import pytest
from typer.testing import CliRunner

from finflow import cli, open_case
from finflow.side import templates
from tests.side.test_load import HEADER, ROW


def finflow(*words):
    return CliRunner().invoke(cli.app, [str(word) for word in words])


def test_the_kinds_are_listed():
    assert finflow("template").exit_code == 0
    listed = json.loads(finflow("template", "--json").output)
    assert [row["kind"] for row in listed] == [*templates(), "keyed"]


def test_the_file_written_is_loaded_when_filled_in(tmp_path):
    told = finflow("template", "adverts", "--folder", tmp_path / "new")
    assert told.output == "Written: adverts.csv, adverts.mapping.toml\n"
    path = tmp_path / "new" / "adverts.csv"
    assert path.read_text(encoding="utf-8") == f"{HEADER}\n"
    path.write_text(f"{HEADER}\n{ROW}\n", encoding="utf-8")
    assert finflow("load", tmp_path / "case", path).exit_code == 0
    rows = finflow("sql", tmp_path / "case", "SELECT advert_id, name FROM adverts, mapping", "--json").output
    assert json.loads(rows) == [{"advert_id": "A1", "name": "adverts.mapping.toml"}]


def test_what_is_there_is_not_written_over(tmp_path):
    (tmp_path / "kyc.mapping.toml").write_text("mine", encoding="utf-8")
    told = finflow("template", "kyc", "--folder", tmp_path)
    assert told.exit_code == 2
    assert "kyc.mapping.toml is there already" in told.stderr
    assert [path.name for path in tmp_path.iterdir()] == ["kyc.mapping.toml"]


@pytest.mark.parametrize(("kind", "said"), [("advert", "Did you mean adverts?"), ("x", "adverts or benefits")])
def test_another_kind_is_named(tmp_path, kind, said):
    told = finflow("template", kind, "--folder", tmp_path)
    assert told.exit_code == 2
    assert said in told.stderr


def test_the_file_for_paper_is_recognised_when_filled_in(tmp_path):
    assert finflow("template", "keyed", "--folder", tmp_path).exit_code == 0
    path = tmp_path / "keyed.csv"
    with path.open("a", encoding="utf-8") as stream:
        stream.write(
            "N-1,1,1,BOOK 1,,notebook,EUR,2025-01-02,5,,,,,,x,KB,LM\nN-1,1,total,BOOK 1,,notebook,EUR,,5,,,,,,,KB,LM\n"
        )
    loaded = open_case(tmp_path / "case").load(path)
    assert loaded.frame.select("format", "entries", "skipped").rows() == [("keyed", 1, 1)]

"""The same words on the command line, and the exit codes a scheduler sees."""

import pytest
from typer.testing import CliRunner

from finflow import cli
from tests.custody.support import loaded, write
from tests.infra.notebooks import write as notebook

WHO = ("--by", "Lead", "--why", "reason")


def finflow(*words):
    return CliRunner().invoke(cli.app, [str(word) for word in words])


@pytest.fixture
def case(tmp_path):
    return loaded(tmp_path, write(tmp_path, right='handling_code = "H2"\n'))


def test_custody_prints_the_files_and_the_chain_and_ends_with_6_when_one_was_changed(case):
    told = finflow("custody", case.folder)
    assert told.exit_code == 0, told.output
    assert "E-001" in told.output
    assert "a.csv" in told.output
    path = next((case.folder / "originals").iterdir())
    path.chmod(0o600)
    path.write_bytes(b"x")
    told = finflow("custody", case.folder)
    assert told.exit_code == 6
    assert "E-001" in told.output
    assert "changed" in told.output
    assert "Traceback" not in told.output


def test_withdraw_and_back(case):
    assert finflow("withdraw", case.folder, "a.csv", *WHO).exit_code == 0
    assert case.sources().frame.is_empty()
    assert finflow("withdraw", case.folder, "a.csv", "--back", *WHO).exit_code == 0
    assert case.sources().frame.height == 1
    assert finflow("withdraw", case.folder, "a.csv").exit_code == 2


def test_expunge_needs_an_order_and_tells_what_went(case):
    assert finflow("expunge", case.folder, "a.csv", *WHO).exit_code == 2
    told = finflow("expunge", case.folder, "a.csv", "--order", "Order 1", *WHO)
    assert told.exit_code == 0, told.output
    assert "originals" in told.output
    assert "No run or package with it names a recipient." in told.output


def test_sharing_what_may_not_be_shared_ends_with_5(case):
    path = notebook(case.folder.parent, "10_share", "1 + 1", parameters='partner: str = ""  # authority\n')
    told = finflow("run", case.folder, path, "--set", "partner=NL")
    assert told.exit_code == 5
    assert "sharing_permitted" in told.output


def test_a_run_on_a_case_whose_log_was_changed_ends_with_6(case):
    path = notebook(case.folder.parent, "10_any", "1 + 1")
    log = case.folder / "log.jsonl"
    log.write_text(log.read_text(encoding="utf-8").replace('"user":"', '"user":"x', 1), encoding="utf-8")
    told = finflow("run", case.folder, path)
    assert told.exit_code == 6
    assert "line 1" in told.output

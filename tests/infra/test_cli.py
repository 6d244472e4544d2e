import json
import os
import subprocess
import sys
from datetime import date
from decimal import Decimal
from pathlib import Path
from unittest.mock import ANY

import polars as pl
import pytest
from typer.testing import CliRunner

from finflow import cli, open_case
from finflow.errors import CaseHeld, DataGap, FinflowError, LeakRefused, VerificationFailed
from finflow.results import Result
from tests.core_support import book
from tests.infra.notebooks import PARAMETERS, write

VERBS = (
    "load", "template", "check", "resolve", "rates", "decide", "custody", "withdraw", "expunge", "detect", "requests",
    "trace", "compare", "claims", "composition", "reach", "earlier-debits", "trace-outputs", "reach-outputs", "assets", "propose", "proposals", "run", "sql", "sample",
    "demo", "lab", "version", "mapping",
)  # fmt: skip


WITHOUT_JSON = {
    "mapping": "names verbs, each of which has it",
    "lab": "gives way to JupyterLab, which prints its own lines until it ends; its exit code is the result",
}
NO_OVERRIDE = {"override_by": None, "override_why": None}


def finflow(*words):
    return CliRunner().invoke(cli.app, [str(word) for word in words])


@pytest.fixture(scope="module")
def reed(tmp_path_factory):
    folder = tmp_path_factory.mktemp("cases") / "reed"
    case = open_case(folder)
    with case.writing() as con:
        book(con, "account | date | amount | bank_reference\nA1 | 2025-03-01 | -1000.10 | X\nA1 | 2025-03-02 | 20 | Y")
    return folder


class Found(Result):
    def refuse_gaps(self):
        """Nothing to refuse."""


class Recorder:
    """A case that writes down which verb was asked for, and how."""

    def __init__(self):
        self.asked = []

    def __getattr__(self, verb):
        def ask(*args, **options):
            self.asked.append((verb, args, options))
            return Found(
                pl.DataFrame({"day": [date(2025, 3, 1)], "amount": [Decimal("0.10")], "least": [Decimal("0E-8")]})
            )

        return ask


@pytest.fixture
def recorder(monkeypatch):
    case = Recorder()
    monkeypatch.setattr(cli, "_case", lambda folder: case)
    return case


@pytest.mark.parametrize("verb", VERBS)
def test_every_verb_explains_itself(verb):
    told = finflow(verb, "--help")
    assert told.exit_code == 0
    assert len(told.output.splitlines()[2].strip()) > 20


@pytest.mark.parametrize("verb", VERBS)
def test_every_verb_has_json_for_machines_or_a_reason(verb):
    assert ("--json" in finflow(verb, "--help").output) != (verb in WITHOUT_JSON)


def test_the_list_of_verbs_says_each_in_a_whole_sentence(monkeypatch):
    monkeypatch.setenv("COLUMNS", "80")
    listed = finflow("--help").output.split("Commands:")[1].strip().splitlines()
    assert [line for line in listed if not line.endswith(".") or line.endswith("...")] == []


def test_the_verbs_are_those_of_the_design():
    listed = finflow("--help").output.split("Commands:")[1]
    assert [line.split()[0] for line in listed.splitlines() if line.startswith("  ") and line[2] != " "] == [*VERBS]


@pytest.mark.parametrize(
    ("words", "asked"),
    [
        ("detect CASE", [("detect", (), {})]),
        (
            "detect CASE funnel_account -p min_places=3 -p share=0.5 -p from_date=2024-05-01 -p word=a=b",
            [
                (
                    "detect",
                    ("funnel_account",),
                    {"min_places": 3, "share": Decimal("0.5"), "from_date": date(2024, 5, 1), "word": "a=b"},
                )
            ],
        ),
        ("requests CASE", [("requests", (), {})]),
        ("assets CASE", [("assets", (None,), {})]),
        (
            "composition CASE A-1 --method libr --same-day debits_first",
            [("composition", ("A-1",), {"method": "libr", "same_day": "debits_first"})],
        ),
        (
            "trace CASE -p same_day=printed,A=credits_first -p dust=EUR=0.50",
            [
                ("proceeds", (), {}),
                ("trace", (ANY,), {"method": "fifo", "same_day": "printed,A=credits_first", "dust": "EUR=0.50"}),
            ],
        ),
        (
            "compare CASE car boat -p cash=stops",
            [("proceeds", (), {}), ("compare", (ANY, ["car", "boat"]), {"cash": "stops"})],
        ),
        (
            "earlier-debits CASE --method libr -p fee=other_money_first --days 7 --tolerance 0.50",
            [
                ("proceeds", (), {}),
                ("trace", (ANY,), {"method": "libr", "fee": "other_money_first"}),
                ("earlier_debits", (ANY,), {"days": 7, "tolerance": "0.50"}),
            ],
        ),
        (
            "trace-outputs CASE --method haircut --dust 546 --json",
            [("proceeds", (), {}), ("trace_outputs", (ANY,), {"method": "haircut", "dust": 546})],
        ),
        ("reach-outputs CASE", [("proceeds", (), {}), ("reach_outputs", (ANY,), {})]),
        ("reach CASE --json", [("proceeds", (), {}), ("reach", (ANY,), {})]),
        (
            "claims CASE A B --rule libr_capped --on 2025-03-01",
            [
                ("proceeds", (), {}),
                (
                    "claims",
                    (["A", "B"], ANY),
                    {"rule": "libr_capped", "on": date(2025, 3, 1), "same_day": "printed"},
                ),
            ],
        ),
        (
            "propose CASE A-7 freeze --basis STD --why w --by b",
            [("propose", ("A-7", "freeze"), {"basis": "STD", "why": "w", "by": "b", "trail": None, **NO_OVERRIDE})],
        ),
    ],
)
def test_a_verb_passes_what_was_typed(recorder, words, asked):
    assert finflow(*words.split()).exit_code == 0
    assert recorder.asked == asked


@pytest.mark.parametrize(("words", "options"), [(["trace", "--method", "libr"], {"method": "libr"}), (["compare"], {})])
def test_tracing_starts_from_the_marked_proceeds(recorder, words, options):
    assert finflow(words[0], "CASE", *words[1:]).exit_code == 0
    assert [verb for verb, _, _ in recorder.asked] == ["proceeds", words[0]]
    assert recorder.asked[1][2] == options


@pytest.mark.parametrize("words", ["trace CASE", "trace CASE --json", "assets CASE --method fifo"])
def test_no_traced_figure_is_printed_over_a_gap(recorder, monkeypatch, words):
    def refuse(found):
        raise DataGap("A gap in March.")

    monkeypatch.setattr(Found, "refuse_gaps", refuse)
    told = finflow(*words.split())
    assert (told.exit_code, told.stdout) == (3, "")


def test_assets_are_registered_first_and_traced_when_asked(recorder):
    told = finflow("assets", "CASE", "--register", "assets.csv", "--method", "libr")
    assert told.exit_code == 0
    assert [verb for verb, _, _ in recorder.asked] == ["register", "proceeds", "trace", "assets"]
    assert str(recorder.asked[0][1][0]) == "assets.csv"
    assert isinstance(recorder.asked[3][1][0], Result)


def test_a_protection_is_overridden_by_name_and_reason(recorder):
    words = "propose CASE A-7 freeze --basis STD --why w --by b --override-by lead --override-why reason --method fifo"
    assert finflow(*words.split()).exit_code == 0
    options = recorder.asked[-1][2]
    assert (options["override_by"], options["override_why"]) == ("lead", "reason")
    assert isinstance(options["trail"], Result)


def test_an_asset_without_a_measure_asks_for_one(recorder):
    told = finflow("propose", "CASE", "A-7")
    assert told.exit_code == 2
    assert "freeze, confiscate or release" in told.stderr
    assert not recorder.asked


def test_proposals_come_from_a_file_too_and_are_listed(recorder):
    assert finflow("propose", "CASE", "proposals.csv", "--method", "fifo").exit_code == 0
    assert [verb for verb, _, _ in recorder.asked] == ["proceeds", "trace", "propose_from"]
    assert str(recorder.asked[-1][1][0]) == "proposals.csv"
    assert finflow("proposals", "CASE").exit_code == 0
    assert recorder.asked[-1][0] == "proposals"


@pytest.mark.parametrize("verb", ["detect", "requests", "trace", "compare", "assets", "network"])
def test_bank_lines_not_yet_resolved_are_refused(tmp_path, verb):
    case = open_case(tmp_path / "new")
    with case.writing() as con:
        book(con, "account | date | amount\nA1 | 2025-03-01 | -10")
    marks = pl.DataFrame({"leg_id": ["X"], "origin": ["P1"], "amount": [Decimal(10)]})
    given = {"trace": [marks], "compare": [marks]}.get(verb, [])
    with pytest.raises(FinflowError, match="finflow resolve"):
        getattr(case, verb)(*given)


def test_json_keeps_every_digit_and_day(recorder):
    assert json.loads(finflow("assets", "CASE", "--json").output) == [
        {"day": "2025-03-01", "amount": "0.10", "least": "0.00000000"}
    ]


@pytest.mark.parametrize(
    ("kind", "code"), [(FinflowError, 2), (DataGap, 3), (CaseHeld, 4), (LeakRefused, 5), (VerificationFailed, 6)]
)
def test_an_error_is_one_block_on_standard_error_with_its_code(monkeypatch, kind, code):
    def refuse(folder):
        raise kind("What. Where.\nWhat to type next.")

    monkeypatch.setattr(cli, "_case", refuse)
    told = finflow("check", "CASE")
    assert told.exit_code == code
    assert told.stderr == "What. Where.\nWhat to type next.\n"
    assert told.stdout == ""


def test_stopping_by_hand_is_130_with_a_sentence(monkeypatch):
    def stop(folder):
        raise KeyboardInterrupt

    monkeypatch.setattr(cli, "_case", stop)
    told = finflow("check", "CASE")
    assert told.exit_code == 130
    assert told.stderr.startswith("Stopped.")


@pytest.mark.parametrize("kind", [KeyError, ValueError, FileNotFoundError, AssertionError])
def test_a_mistake_of_finflow_shows_where_and_no_value(monkeypatch, reed, kind):
    def fail(value):
        raise kind("NL91 secret")

    monkeypatch.setattr("finflow.terminal.as_json", fail)
    told = finflow("resolve", reed, "--json")
    assert told.exit_code == 1
    assert kind.__name__ in told.stderr
    assert "cli.py, line" in told.stderr
    assert "secret" not in told.output
    assert "Traceback" not in told.output


def test_a_mistyped_verb_or_option_is_a_mistake_of_the_user():
    assert finflow("chekc").exit_code == 2
    assert "Did you mean 'check'?" in finflow("chekc").stderr
    assert finflow("trace").exit_code == 2
    assert finflow("check", "CASE", "--jsn").exit_code == 2


def test_a_folder_without_a_case_stays_without_one(tmp_path):
    for words in (["check"], ["run", "20_completeness"], ["lab"]):
        told = finflow(words[0], tmp_path / "mistyped", *words[1:])
        assert told.exit_code == 2
        assert told.stderr.startswith(f"There is no case at {tmp_path / 'mistyped'}. ")
        assert f"finflow load {tmp_path / 'mistyped'} FILES" in told.stderr
    assert not list(tmp_path.iterdir())


def test_resolve_and_check_print_a_table_and_the_sentence(reed):
    assert finflow("resolve", reed).exit_code == 0
    told = finflow("check", reed)
    assert told.exit_code == 0
    assert "Statements were held for 1 of 1 account-month." in told.output
    assert "..–........." in told.output
    assert [row["status"] for row in json.loads(finflow("check", reed, "--json").output)] == ["unverified"]


def test_sql_prints_amounts_as_a_person_reads_them(reed):
    told = finflow("sql", reed, "SELECT amount, bank_reference FROM entry ORDER BY amount DESC")
    assert "1\u202f000.10  X" in told.output


def test_sql_takes_values_and_keeps_amounts_exact(reed):
    query = "SELECT amount FROM entry WHERE amount > $least AND booking_date >= $day"
    told = finflow("sql", reed, query, "-p", "least=100", "-p", "day=2025-01-01", "--json")
    assert json.loads(told.output) == [{"amount": "1000.10000000"}]


def test_sql_changes_nothing(reed):
    assert finflow("sql", reed, "DELETE FROM evidence.entry").exit_code == 2
    assert json.loads(finflow("sql", reed, "SELECT count(*) AS n FROM entry", "--json").output) == [{"n": 2}]


@pytest.mark.parametrize(
    ("query", "says"),
    [
        ("SELECT * FROM entry WHERE amount > $least", "asks for $least, and no value is given. Add --set least=..."),
        ("DELETE FROM evidence.entry", "It is read-only"),
        ("SELECT 1; SELECT 2", "Ask one question"),
        ("SELECT currency::DATE FROM entry", "TRY_CAST"),
        ("SELEC 1", "The query cannot run"),
    ],
)
def test_sql_says_what_is_wrong_with_a_query(reed, query, says):
    told = finflow("sql", reed, query)
    assert told.exit_code == 2
    assert says in told.stderr


def test_a_rule_is_found_by_the_number_a_page_prints(reed):
    finflow("resolve", reed)
    assert finflow("detect", reed, "ht39").exit_code == 0
    assert "There is no rule 'HT99'" in finflow("detect", reed, "HT99").stderr


def test_a_value_that_is_none_of_the_few_is_told_before_a_run_is_kept(reed):
    told = finflow("run", reed, "90_jit_report", "--set", "method=fife")
    assert told.exit_code == 2
    assert "parameter method is one of fifo, lifo" in told.stderr
    assert not list((Path(reed) / "runs").glob("*"))


def test_one_decision_is_recorded(reed):
    party = ("P1", "party", "Name", "--label", "natural", "--by", "Prosecutor", "--why", "order")
    assert finflow("decide", reed, *party).exit_code == 0
    words = ("P1", "role", "suspect", "--by", "Prosecutor", "--why", "order", "--valid-from", "2025-01-14")
    assert finflow("decide", reed, *words).exit_code == 0
    told = finflow("sql", reed, "SELECT object, valid_from FROM decision WHERE kind = 'role'", "--json")
    assert json.loads(told.output) == [{"object": "suspect", "valid_from": "2025-01-14"}]


def test_a_decision_without_a_reason_is_refused(reed):
    assert "why is empty" in finflow("decide", reed, "P1", "role", "suspect", "--by", "me").stderr
    assert (
        "--valid-from is no day"
        in finflow("decide", reed, "P1", "role", "x", "--by", "me", "--why", "w", "--valid-from", "May").stderr
    )


def test_decisions_come_from_a_folder_too(reed, tmp_path):
    rows = "value,list,decided_by,decided_on,why\nHotel Reed,lodging,me,2025-03-01,seen\n"
    (tmp_path / "lists.csv").write_text(rows, encoding="utf-8")
    assert finflow("decide", reed, tmp_path).exit_code == 0
    told = finflow("sql", reed, "SELECT object FROM decision WHERE kind = 'listed'", "--json")
    assert json.loads(told.output) == [{"object": "lodging"}]


def test_run_types_its_parameters_and_names_the_report(reed):
    path = write(reed.parent, "10_run", "print(state, rows + 1)", parameters=PARAMETERS.replace("partner", "state"))
    told = finflow("run", reed, path, "-p", "state=NL", "-p", "rows=4", "--json")
    assert told.exit_code == 0, told.stderr
    manifest = json.loads(told.stdout)
    assert manifest["parameters"] == {"state": "NL", "rows": 4, "case": "reed"}
    assert (reed / "runs" / manifest["run"] / "10_run.html").exists()


@pytest.mark.parametrize(
    ("pairs", "says"),
    [
        (["partner=NL", "row=4"], "has no parameter 'row'. Did you mean rows?"),
        (["partner=NL", "rows=four"], "rows is a whole number"),
        (["partner=NL", "case=other"], "the case is the first argument"),
        ([], "needs parameter partner"),
    ],
)
def test_run_refuses_parameters_that_do_not_fit(reed, pairs, says):
    path = write(reed.parent, "11_run", "1", parameters=PARAMETERS)
    told = finflow("run", reed, path, *[word for pair in pairs for word in ("-p", pair)])
    assert told.exit_code == 2
    assert says in told.stderr


def test_the_exit_code_of_a_notebook_survives_as_a_scheduler_sees_it(reed):
    path = write(reed.parent, "12_gap", "from finflow.errors import DataGap\nraise DataGap('A gap in March.')")
    command = [sys.executable, "-m", "finflow", "run", str(reed), str(path)]
    done = subprocess.run(
        command, capture_output=True, text=True, encoding="utf-8", env={**os.environ, "LC_ALL": "C"}, check=False
    )
    assert done.returncode == 3
    assert "12_gap stopped in cell 1: A gap in March." in done.stderr
    assert "Traceback" not in done.stderr


def test_the_command_line_starts_without_the_heavy_libraries():
    heavy = ["papermill", "nbconvert", "altair", "pyvis", "numba", "matplotlib", "jupyterlab"]
    code = f"import sys, finflow.cli; print([name for name in {heavy} if name in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, encoding="utf-8", check=True)
    assert done.stdout.strip() == "[]"


def test_a_sample_is_written_to_a_new_folder_only(tmp_path):
    (tmp_path / "mine.txt").write_text("x", encoding="utf-8")
    told = finflow("sample", tmp_path)
    assert told.exit_code == 2
    assert [path.name for path in tmp_path.iterdir()] == ["mine.txt"]


def test_a_sample_names_its_files_for_machines(tmp_path):
    told = json.loads(finflow("sample", tmp_path / "new", "--json").output)
    assert told["folder"] == str(tmp_path / "new")
    assert sorted(told["files"]) == sorted(
        path.relative_to(tmp_path / "new").as_posix() for path in (tmp_path / "new").rglob("*") if path.is_file()
    )


def test_the_version_is_the_packages():
    assert json.loads(finflow("version", "--json").output)["finflow"] == "0.1.0"

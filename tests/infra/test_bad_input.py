"""Bad input as a user meets it: what is said, the exit code, and a case that holds what it held before."""

import json
import subprocess
import sys
from dataclasses import dataclass

import pytest
from typer.testing import CliRunner

from finflow import cli, keys, open_case
from finflow.places import shipped
from tests.core_support import book
from tests.infra.notebooks import PARAMETERS
from tests.infra.notebooks import write as write_notebook

NAME, ACCOUNT = "Ottilie Sandvoort", "DE89370400440532013000"
HEADER = "Datum;Betrag;Name;Zweck"
LINES = f"{HEADER}\n01.03.2025;-10,50;{NAME};Miete für März\n02.03.2025;20,00;{NAME};Löhne\n"
MAPPING = f"""\
name = "Testbank"
files = ["*.csv"]
format = "csv"
bank = "TESTDE22"
account = "{ACCOUNT}"
currency = "EUR"
[table]
encoding = "cp1252"
delimiter = ";"
decimal = ","
dates = "%d.%m.%Y"
[columns]
booking_date = "Datum"
amount = "Betrag"
counterparty_name = "Name"
narrative = "Zweck"
"""
SAMPLE = shipped("sample_data") / "saltmarsh" / "bank"


@dataclass(frozen=True)
class Bad:
    """A file that cannot be loaded, the mapping beside it, and what the user must be told."""

    name: str
    content: bytes
    says: tuple[str, ...]
    mapping: str | None = MAPPING


def _latin(text: str) -> bytes:
    return text.encode("cp1252")


def _half(name: str) -> bytes:
    content = (SAMPLE / name).read_bytes()
    return content[: len(content) // 2]


BAD = {
    "wrong delimiter": Bad(
        "a.csv", _latin(LINES.replace(";", "|")),
        ("a.csv L1:", "column Datum", 'delimiter = "|" under [table]'),
    ),
    "wrong encoding": Bad(
        "a.csv", _latin(LINES), ("a.csv L2 is not utf-8", "under [table] of the mapping: cp1250"),
        MAPPING.replace("cp1252", "utf-8"),
    ),
    "other encoding of the same letters": Bad(
        "a.csv", LINES.encode(), ("a.csv is UTF-8, but its mapping says cp1252", 'encoding = "utf-8" under [table]'),
    ),
    "unknown columns": Bad(
        "a.csv", _latin(LINES.replace("\n", ";x\n").replace(f"{HEADER};x", f"{HEADER};Saldo")),
        ("a.csv L1:", "does not know column Saldo", "under [columns]", "unused"),
    ),
    "truncated CSV": Bad(
        "a.csv", _latin(LINES)[:-9], ("a.csv L3:", "the file ends inside this record", "Ask for it again"),
    ),
    "truncated camt.053": Bad(
        "a.xml", _half("noordkade_NL-01_2025.xml"), ("a.xml L", "is not well-formed XML", "Ask for it again"), None,
    ),
    "truncated MT940": Bad(
        "a.sta", _half("elbufer_DE-04_2025.sta"), ("a.sta L", "has no balance :62F:", "Ask the bank for whole"), None,
    ),
    "empty file": Bad("a.csv", b"", ("a.csv is empty (0 bytes)", "Ask for the file again")),
    "workbook under a .csv name": Bad(
        "a.csv", b"PK\x03\x04" + bytes(range(256)), ("a.csv is a ZIP archive", "save the sheet as XLSX or CSV"),
    ),
    "binary under a .csv name": Bad(
        "a.csv", b"\x00\x01\x02\x03" * 99, ("a.csv L1 holds NUL bytes: it is not a text file", "Ask the bank for CSV"),
    ),
    "picture under a .csv name": Bad(
        "a.csv", b"\x89PNG\r\n\x1a\n" + bytes(range(1, 256)) + bytes(99), ("a.csv L5 holds NUL bytes: it is not a text file",),
    ),
    "malformed XML": Bad(
        "a.xml", (SAMPLE / "noordkade_NL-01_2025.xml").read_bytes().replace(b"</Ntry>", b"</Entry>", 1),
        ("a.xml L12 is not well-formed XML, though its end is there", "changed after the bank wrote it", "Ask for it again"), None,
    ),
    "another kind of XML": Bad(
        "a.xml", b"<invoice/>", ("a.xml is another kind of XML", "Ask the bank for camt.053"), None,
    ),
    "mapping that names a missing column": Bad(
        "a.csv", _latin(LINES), ("a.csv L1:", "names column Verwendung", "The header has: Datum, Betrag, Name, Zweck"),
        MAPPING.replace("Zweck", "Verwendung"),
    ),
    "mapping that is no TOML": Bad(
        "a.csv", _latin(LINES), ("bank.mapping.toml", "line 1"), "name = Testbank\n",
    ),
}  # fmt: skip


def finflow(*words):
    return CliRunner().invoke(cli.app, [str(word) for word in words])


@pytest.fixture(scope="module")
def case(tmp_path_factory):
    """A case that holds one good file."""
    folder = tmp_path_factory.mktemp("good")
    (folder / "good.csv").write_bytes(_latin(LINES.replace("Miete", "Kaution")))
    (folder / "bank.mapping.toml").write_text(MAPPING, encoding="utf-8")
    assert finflow("load", folder / "reed", folder / "good.csv").exit_code == 0
    return folder / "reed"


def held(case):
    """All a case keeps: its evidence as one hash, originals, runs, and whatever else lies in its folder."""
    with open_case(case).reading() as con:
        content = keys.content_hash(con)
    files = {path.relative_to(case).as_posix() for path in case.rglob("*") if "running" not in path.parts}
    return content, files


def assert_refused(told, code, says):
    assert told.exit_code == code, told.output
    for part in says:
        assert part in told.stderr
    assert told.stdout == ""
    for forbidden in ("Traceback", NAME, ACCOUNT, "Löhne", "10,50"):
        assert forbidden not in told.stderr


@pytest.mark.parametrize("bad", BAD.values(), ids=BAD)
def test_a_bad_file_is_refused_in_words_and_the_case_stays_as_it_was(case, tmp_path, bad):
    (tmp_path / bad.name).write_bytes(bad.content)
    if bad.mapping is not None:
        (tmp_path / "bank.mapping.toml").write_text(bad.mapping, encoding="utf-8")
    before = held(case)
    assert_refused(finflow("load", case, tmp_path / bad.name), 2, bad.says)
    assert held(case) == before


def test_a_table_without_records_is_said_to_hold_none(tmp_path):
    (tmp_path / "bank.mapping.toml").write_text(MAPPING, encoding="utf-8")
    (tmp_path / "a.csv").write_bytes(_latin(f"{HEADER}\n"))
    open_case(tmp_path / "new")
    told = finflow("load", tmp_path / "new", tmp_path / "a.csv")
    assert told.exit_code == 0, told.output
    assert "a.csv: it holds a header and no record" in told.output
    (tmp_path / "a.csv").write_bytes(_latin(LINES))
    assert "no record" not in finflow("load", tmp_path / "new", tmp_path / "a.csv").output


def test_doubts_about_a_file_name_the_proposal_inside_the_case(case, tmp_path):
    (tmp_path / "odd.csv").write_bytes(_latin(LINES))
    told = finflow("load", case, tmp_path / "odd.csv")
    proposed = case / "mappings" / "odd.mapping.toml"
    assert_refused(told, 2, ["odd.csv has no mapping", "Settle them in reed/mappings/odd.mapping.toml"])
    assert str(tmp_path) not in told.stderr
    again = finflow("load", case, tmp_path / "odd.csv")
    assert_refused(again, 2, ["odd.mapping.toml is a proposal with open questions"])
    assert str(case.parent) not in again.stderr
    proposed.unlink()
    proposed.parent.rmdir()


def test_a_folder_in_place_of_a_mapping_is_told(case, tmp_path):
    (tmp_path / "a.csv").write_bytes(_latin(LINES.replace("Miete", "Wasser")))
    (tmp_path / "in").mkdir()
    before = held(case)
    told = finflow("load", case, tmp_path / "a.csv", "--mapping", tmp_path / "in")
    assert_refused(told, 2, ["in is a folder", "Name a file inside it"])
    assert held(case) == before


def test_a_good_file_before_a_bad_one_stays_and_the_bad_one_is_named(case, tmp_path):
    (tmp_path / "bank.mapping.toml").write_text(MAPPING, encoding="utf-8")
    (tmp_path / "1.csv").write_bytes(_latin(LINES.replace("Miete", "Strom")))
    (tmp_path / "2.csv").write_bytes(b"")
    assert_refused(finflow("load", case, tmp_path), 2, ["2.csv is empty"])
    files = json.loads(finflow("sql", case, "SELECT name FROM source_file ORDER BY name", "--json").output)
    assert [file["name"] for file in files] == ["1.csv", "good.csv"]


@pytest.mark.parametrize(
    ("pairs", "says"),
    [
        (["partner=NL", "row=4"], ["11_bad has no parameter 'row'", "Did you mean rows?"]),
        (["partner=NL", "zzz=4"], ["11_bad has no parameter 'zzz'", "Its parameters: partner, rows"]),
        (["partner=NL", f"rows={ACCOUNT}"], ["parameter rows is a whole number", "rows=3"]),
        ([f"partner {NAME}"], ["write a parameter as name=value"]),
        ([], ["11_bad needs parameter partner: State the report is for"]),
    ],
)
def test_a_parameter_that_does_not_fit_starts_no_run(case, tmp_path, pairs, says):
    path, before = write_notebook(tmp_path, "11_bad", "1", parameters=PARAMETERS), held(case)
    assert_refused(finflow("run", case, path, *[word for pair in pairs for word in ("-p", pair)]), 2, says)
    assert held(case) == before


HOLD = """\
import sys
from finflow import open_case
with open_case(sys.argv[1]).writing("resolve"):
    print("held", flush=True)
    sys.stdin.read()
"""


def test_a_case_held_by_another_process_is_left_to_it(case, tmp_path, monkeypatch):
    before = held(case)
    monkeypatch.setattr("finflow.store.WAIT_SECONDS", 0.2)
    (tmp_path / "new.csv").write_bytes(_latin(LINES.replace("Miete", "Gas")))
    (tmp_path / "bank.mapping.toml").write_text(MAPPING, encoding="utf-8")
    command = [sys.executable, "-c", HOLD, str(case)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as other:
        assert other.stdout.readline() == "held\n"
        says = [f"reed is held by process {other.pid} (finflow resolve)", "Wait until it ends"]
        for words in (["check", case], ["load", case, tmp_path / "new.csv"], ["run", case, "20_completeness"]):
            assert_refused(finflow(*words), 4, says)
        real = subprocess.run(
            [sys.executable, "-m", "finflow", "resolve", str(case)], capture_output=True, text=True, check=False
        )
        assert (real.returncode, real.stdout) == (4, "")
        assert says[0] in real.stderr
        other.stdin.close()
    assert held(case) == before


@pytest.fixture(scope="module")
def gap(tmp_path_factory):
    """A case whose marked money passed a month of which no statement is held."""
    folder = tmp_path_factory.mktemp("cases") / "gap"
    case = open_case(folder)
    with case.writing() as con:
        first = book(
            con, "account | date | amount\nA1 | 2025-01-05 | 100", file="jan.csv", window=("2025-01-01", "2025-02-01"),
            opening=0, closing=100,
        )  # fmt: skip
        book(
            con, "account | date | amount\nA1 | 2025-03-05 | -60", file="mar.csv", window=("2025-03-01", "2025-04-01"),
            opening=100, closing=40,
        )  # fmt: skip
    case.decide(f"{first}:L1", "proceeds", label="work", by="Investigator", why="stated")
    return folder


@pytest.mark.parametrize("verb", ["detect", "requests", "trace", "compare", "assets"])
def test_nothing_is_looked_for_before_the_lines_are_resolved(tmp_path, verb):
    case = open_case(tmp_path / "new")
    assert_refused(finflow(verb, tmp_path / "new"), 2, ["holds no bank lines yet", "finflow load"])
    with case.writing() as con:
        book(con, "account | date | amount\nA1 | 2025-01-05 | 100")
    says = ["Bank lines not resolved into transfers yet: 1.", "Type: finflow resolve CASE"]
    assert_refused(finflow(verb, tmp_path / "new", "--json"), 2, says)


@pytest.mark.parametrize("words", [["trace"], ["trace", "--json"], ["assets", "--method", "lifo"]])
def test_a_figure_over_a_missing_statement_needs_it_acknowledged(gap, words):
    assert finflow("resolve", gap).exit_code == 0
    assert_refused(finflow(words[0], gap, *words[1:]), 3, ["rests on: 1", "the first 2025-02", "acknowledge"])


def test_a_gap_acknowledged_lets_the_figure_be_printed(gap):
    words = ["A1", "gap_acknowledged", "2025-02", "--by", "Investigator", "--why", "bank has none"]
    assert finflow("resolve", gap).exit_code == 0
    assert finflow("decide", gap, *words).exit_code == 0
    told = finflow("trace", gap)
    assert told.exit_code == 0
    assert "60.00" in told.stdout


@pytest.mark.parametrize("words", [["load", "FILE", "x.csv"], ["check", "FILE"], ["sample", "FILE"], ["lab", "FILE"]])
def test_a_file_in_place_of_a_folder_is_a_mistake_of_the_user(tmp_path, words):
    (tmp_path / "a.csv").write_text(LINES, encoding="utf-8")
    told = finflow(*[tmp_path / "a.csv" if word == "FILE" else word for word in words])
    assert_refused(told, 2, ["is a file"])


@pytest.mark.parametrize(("option", "given"), [("--by", ["--why", "w"]), ("--why", ["--by", "me"])])
def test_a_decision_names_the_option_that_is_missing(case, option, given):
    before = held(case)
    assert_refused(finflow("decide", case, "P1", "role", "suspect", *given), 2, [f"{option} is empty"])
    assert held(case) == before


def test_a_changed_log_is_told_apart(tmp_path):
    case = open_case(tmp_path / "changed")
    (case.folder / "log.jsonl").write_text("no line of a log\n", encoding="utf-8")
    assert_refused(finflow("check", tmp_path / "changed"), 6, ["log.jsonl of changed is damaged at line 1"])

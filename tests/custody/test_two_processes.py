"""Two processes and one case: who reads while another loads sees the case as it was or as it is, or is told who holds it."""

import subprocess
import sys

import finflow
from finflow.errors import CaseHeld
from tests.custody.support import NL, write

LINES = 3_000
READER = """
import sys, finflow
from finflow.errors import CaseHeld
case = finflow.open_case(sys.argv[1])
print("ready", flush=True)
for line in sys.stdin:
    try:
        frame = case.sql("SELECT (SELECT count(*) FROM entry) AS n, (SELECT sum(entries) FROM source_file)::BIGINT AS said")
        print(*(value or 0 for value in frame.row(0)), flush=True)
    except CaseHeld as held:
        print("held", "finflow" in str(held), held.exit_code, flush=True)
"""


def bank(folder, count):
    for day in range(1, count + 1):
        lines = "".join(f"{NL};2025-01-{day:02};{n}.00;;;row {n}\n" for n in range(1, LINES + 1))
        write(folder, f"{day}.csv", "\n" + lines)
    return folder / "bank"


def answers(folder, work):
    """What a reader in another process is told again and again while `work` goes on here."""
    command = [sys.executable, "-c", READER, str(folder)]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, encoding="utf-8"
    ) as reader:
        assert reader.stdout.readline().strip() == "ready"
        found = []
        for _ in work():
            reader.stdin.write("ask\n")
            reader.stdin.flush()
            found.append(reader.stdout.readline().split())
        reader.stdin.close()
    return found


def test_a_reader_between_the_files_of_a_load_sees_whole_files(tmp_path):
    case = finflow.open_case(tmp_path / "case")

    def loading():
        for path in sorted(bank(tmp_path, 3).glob("*.csv")):
            case.load(path)
            yield

    assert answers(case.folder, loading) == [[str(LINES * n)] * 2 for n in (1, 2, 3)]


def test_a_reader_while_a_load_holds_the_case_is_told_who_holds_it(tmp_path, monkeypatch):
    case = finflow.open_case(tmp_path / "case")

    def holding():
        with case.writing("load"):
            yield

    assert answers(case.folder, holding) == [["held", "True", "4"]]
    assert CaseHeld.exit_code == 4


def test_two_loads_at_once_keep_each_file_once(tmp_path):
    folder = bank(tmp_path, 2)
    finflow.open_case(tmp_path / "case")
    command = [sys.executable, "-m", "finflow", "load", str(tmp_path / "case"), str(folder)]
    both = [subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE) for _ in range(2)]
    said = [process.communicate()[1].decode() for process in both]
    assert {process.returncode for process in both} <= {0, 4}, said
    case = finflow.open_case(tmp_path / "case")
    assert case.sql("SELECT count(*) AS n FROM entry")["n"].item() == 2 * LINES
    assert case.custody().faults == ()

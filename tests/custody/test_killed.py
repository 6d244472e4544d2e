"""A load that is killed at any moment leaves a case that opens, with each file whole in it or not at all.

The work is forked off a process that has imported finflow and done nothing else, so that the moments fall into the load.
"""

import subprocess
import sys

import pytest

from tests.custody.support import NL, write

LINES = 10_000
SCRIPT = """
import os, pathlib, random, shutil, sys, time
import finflow
from finflow import keys, log

folder, bank, times = pathlib.Path(sys.argv[1]), pathlib.Path(sys.argv[2]), int(sys.argv[3])

def load(case):
    finflow.open_case(folder / case).load(bank)

def again(case):
    try:
        return finflow.open_case(case)
    except finflow.FinflowError:  # killed before its creation had begun
        return finflow.open_case(case)

def content(case):
    with finflow.open_case(folder / case).reading() as con:
        return keys.content_hash(con)

def check(case):
    opened = again(folder / case)
    left = [path.name for path in (folder / case / "tmp").iterdir() if path.name != "running"]
    assert not left, left
    held = opened.sql("SELECT file_id, f.entries, count(entry_id) AS n FROM source_file f JOIN entry USING (file_id) GROUP BY ALL")
    assert all(entries == n for _, entries, n in held.rows()), held
    assert opened.custody().faults == (), opened.custody().faults
    loaded = opened.load(bank)
    assert content(case) == (folder / "content").read_text()
    stood = loaded.frame["status"].str.starts_with("loaded before").sum()
    stage = "begun" if not held.height else "one file" if stood == 1 else "both"
    with (folder / "stages").open("a") as stages:
        stages.write(stage + chr(10))

def forked(work, *given, after=None):
    child = os.fork()
    if not child:
        try:
            work(*given)
            sys.stdout.flush()
            os._exit(0)
        except BaseException:
            import traceback
            traceback.print_exc()
            os._exit(1)
    if after is not None:
        time.sleep(after)
        os.kill(child, 9)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])

def whole():
    load("whole")
    (folder / "content").write_text(content("whole"))

began = time.monotonic()
assert forked(whole) == 0
took = time.monotonic() - began
choose = random.Random(4)
for n in range(times):
    forked(load, f"case{n}", after=choose.uniform(0, took))
    assert forked(check, f"case{n}") == 0, n
    shutil.rmtree(folder / f"case{n}")
"""


@pytest.mark.skipif(sys.platform == "win32", reason="Windows neither forks nor sends signal 9")
@pytest.mark.parametrize("times", [6, pytest.param(200, marks=pytest.mark.long)])
def test_a_load_killed_at_any_moment_leaves_a_case_that_opens_with_whole_files(tmp_path, times):
    for day, name in ((1, "a.csv"), (2, "b.csv")):
        lines = "".join(f"{NL};2025-01-0{day};{n}.00;;Payer {n};row {n}\n" for n in range(1, LINES))
        write(tmp_path, name, "\n" + lines)
    cases = tmp_path / "cases"
    cases.mkdir()
    command = [sys.executable, "-c", SCRIPT, str(cases), str(tmp_path / "bank"), str(times)]
    done = subprocess.run(command, capture_output=True, text=True, encoding="utf-8", check=False)
    assert done.returncode == 0, done.stderr[-2000:]
    stages = (cases / "stages").read_text(encoding="utf-8").split()
    assert len(stages) >= times
    assert "begun" in stages

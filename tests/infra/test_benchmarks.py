import json
import subprocess
import sys
from pathlib import Path

import pytest

from benchmarks import camt, loading, peers, tracing
from benchmarks.measure import Measure, keep, machine, seconds, table

ROOT = Path(__file__).parents[2]
FAST = Measure("load", 2.0, "s", "peer", 4.0, "another program")


def test_a_figure_stands_beside_what_it_is_held_against(tmp_path):
    row = keep([FAST], tmp_path / "results.json")[0]
    assert {"name", "value", "unit", "kind", "against", "ratio", "machine", "versions", "date"} <= set(row)
    assert row["ratio"] == 0.5
    assert row["versions"]["finflow"]
    assert json.loads((tmp_path / "results.json").read_text(encoding="utf-8")) == [row]


def test_figures_not_taken_this_time_stay(tmp_path):
    path = tmp_path / "results.json"
    keep([FAST, Measure("trace", 1.0, "s", "limit", 10.0, "patience")], path)
    rows = keep([Measure("load", 8.0, "s", "peer", 4.0, "another program")], path)
    assert [(row["name"], row["value"]) for row in rows] == [("load", 8.0), ("trace", 1.0)]


def test_the_table_names_the_peer_or_limit(tmp_path):
    lines = list(table(keep([FAST], tmp_path / "results.json")))
    assert len(lines) == 2
    assert lines[1].split()[:6] == ["load", "2", "s", "peer", "4", "0.5"]


def test_the_shortest_of_a_few_runs_counts():
    runs = []
    assert seconds(lambda: runs.append(1), times=4) >= 0
    assert len(runs) == 4


def test_the_machine_is_described_without_names():
    import getpass
    import platform

    assert platform.node() not in machine() or not platform.node()
    assert getpass.getuser() not in machine().split()


def test_an_unknown_benchmark_is_refused_with_the_known_ones():
    command = [sys.executable, "-m", "benchmarks", "lod"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, encoding="utf-8", check=False)
    assert done.returncode == 1
    assert "There is no benchmark lod. Use: loading, camt, tracing, peers, first_minutes." in done.stderr


def test_loading_and_tracing_can_be_measured(monkeypatch):
    monkeypatch.setattr(loading, "ROWS", 1_000)
    monkeypatch.setattr(loading, "apart", lambda work, *given: work(*given))  # a new process each: camt alone
    monkeypatch.setattr(camt, "ENTRIES", 1_000)
    monkeypatch.setattr(tracing, "TRANSFERS", 1_000)
    monkeypatch.setattr(tracing, "ACCOUNTS", 100)
    monkeypatch.setattr(tracing, "apart", lambda work, *given: work(*given))
    monkeypatch.setattr(tracing, "_compile_seconds", lambda: 1.0)
    monkeypatch.setattr(tracing.stream, "HELD", tracing.stream.HELD)  # what a process of its own would set
    measured = {
        name: [*benchmark.measures()] for name, benchmark in (("load", loading), ("camt", camt), ("trace", tracing))
    }
    names = {name: [measure.name for measure in measures] for name, measures in measured.items()}
    for form in ("csv", "parquet"):
        stages = ["copy", "read", "settle", "statements", "left_out", "write"]
        load = [f"load_{form}_10m_rows{part}" for part in ("", "_cores", *(f"_{stage}" for stage in stages), "_memory")]
        assert set(names["load"]) >= {*load, f"check_{form}_10m_rows", f"check_{form}_10m_rows_memory"}
    assert all(measure.value > 0 for measure in measured["load"])
    assert [name for name in names["trace"] if name.startswith("kernel_10m")] == [
        f"kernel_10m_transfers_{method}" for method in tracing.METHODS
    ]
    assert set(names["trace"]) > {
        "trace_500_origins_fifo",
        "trace_1m_transfers_fifo",
        "trace_growth_pro_rata",
        "trace_10m_transfers_streamed_fifo",
    }
    assert names["camt"] == ["load_camt_1gb", "load_camt_1gb_cores", "load_camt_1gb_memory"]


def test_a_peer_that_is_not_there_is_said_to_be_absent(monkeypatch, capsys):
    monkeypatch.delenv(peers.PROGRAM, raising=False)
    monkeypatch.setattr(peers, "find_spec", lambda name: None)
    assert [*peers.measures()] == []
    assert capsys.readouterr().out.count("is absent") == 2


@pytest.mark.parametrize("method", ["lifo", "pro_rata"])
def test_all_money_that_came_in_is_in_what_went_out(method):
    payments = peers._payments(500, 20)
    ours = peers._ours(peers._legs(payments, 20), method)
    came, went = (payments.filter(type=kind)["amt"].sum() for kind in ("in", "out"))
    assert ours["units"].sum() == came == went
    assert set(ours["out"]) == set(payments.filter(type="out")["txn_ID"])


def test_committed_figures_are_whole():
    rows = json.loads((ROOT / "benchmarks" / "results.json").read_text(encoding="utf-8"))
    assert rows
    for row in rows:
        assert abs(row["ratio"] - row["value"] / row["against"]) < 0.01

"""One figure beside what it is held against, with the machine and the versions it was taken on."""

import json
import multiprocessing
import os
import platform
import sys
import time
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

RESULTS = Path(__file__).parent / "results.json"


@dataclass(frozen=True)
class Measure:
    """A figure; `against` is another program's figure (peer) or what we hold ourselves to (limit), in the same unit."""

    name: str
    value: float
    unit: str
    kind: str
    against: float
    what: str

    @property
    def ratio(self) -> float:
        """Value over what it is held against; below 1 is better for seconds."""
        return self.value / self.against

    def row(self) -> dict[str, Any]:
        """The figure as results.json keeps it."""
        return {
            **asdict(self), "value": round(self.value, 4), "against": round(self.against, 4),
            "ratio": round(self.ratio, 3), "machine": machine(), "versions": _versions(),
            "date": datetime.now(UTC).date().isoformat(),
        }  # fmt: skip


def seconds(work: Callable[[], object], times: int = 3) -> float:
    """The shortest of a few runs."""
    return min(_once(work) for _ in range(times))


@dataclass(frozen=True)
class Run:
    """What one piece of work took: seconds by the clock, seconds of all cores, seconds of each stage; MiB at most, None
    where the system does not tell. counts: how much of what it found.
    """

    seconds: float
    cores: float
    memory: float | None
    stages: dict[str, float] = field(default_factory=dict)
    counts: dict[str, int] = field(default_factory=dict)


def run(work: Callable[[], object]) -> Run:
    """Do a piece of work once. Its memory is that of the process so far."""
    before = time.process_time()
    taken = _once(work)
    return Run(taken, time.process_time() - before, _memory())


def apart(work: Callable[..., Run], *given: object) -> Run:
    """Do it in a process of its own, so that its memory is its own."""
    with ProcessPoolExecutor(1, multiprocessing.get_context("spawn")) as process:
        return process.submit(work, *given).result()


def within(name: str, done: Run, most: float, what: str) -> Iterator[Measure]:
    """The memory of a run against the most it may hold, in MiB."""
    if done.memory is not None:
        yield Measure(f"{name}_memory", done.memory, "MiB", "limit", most, what)


def machine() -> str:
    """System, processor and number of cores; no name of a host or a user."""
    return f"{platform.system()} {platform.machine()}, {os.cpu_count()} cores"


def keep(measures: Iterable[Measure], path: Path = RESULTS) -> list[dict[str, Any]]:
    """Write the figures over earlier ones of the same names; those not taken this time stay. All rows kept."""
    rows = {row["name"]: row for row in (json.loads(path.read_text(encoding="utf-8")) if path.exists() else [])}
    rows |= {measure.name: measure.row() for measure in measures}
    kept = [rows[name] for name in sorted(rows)]
    path.write_text(json.dumps(kept, indent=1, ensure_ascii=False) + "\n", encoding="utf-8", newline="\n")
    return kept


def table(rows: Iterable[dict[str, Any]]) -> Iterator[str]:
    """The figures as lines of text."""
    yield f"{'name':<34}{'value':>10} {'unit':<6}{'held against':>14}{'ratio':>8}  what"
    for row in rows:
        against = f"{row['kind']} {row['against']:g}"
        yield f"{row['name']:<34}{row['value']:>10g} {row['unit']:<6}{against:>14}{row['ratio']:>8g}  {row['what']}"


def _once(work: Callable[[], object]) -> float:
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def _memory() -> float | None:
    if sys.platform == "win32":
        return None
    status = Path("/proc/self/status")
    if status.exists():  # getrusage counts what the process was begun by
        peak = next(line for line in status.read_text(encoding="utf-8").splitlines() if line.startswith("VmHWM"))
        return int(peak.split()[1]) / (1 << 10)
    import resource

    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / (1 << 20 if sys.platform == "darwin" else 1 << 10)


def _versions() -> dict[str, str]:
    from finflow.run import software

    return software()

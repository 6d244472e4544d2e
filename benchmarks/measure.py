"""One figure beside what it is held against, with the machine and the versions it was taken on."""

import json
import os
import platform
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import asdict, dataclass
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


def _versions() -> dict[str, str]:
    from finflow.run import software

    return software()

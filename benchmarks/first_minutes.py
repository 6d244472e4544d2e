"""The demo as a new user meets it: from nothing to the report."""

import subprocess
import sys
import tempfile
from collections.abc import Iterator

from benchmarks.measure import Measure, seconds

LIMIT = 300.0
"""The first five minutes of the README."""


def measures() -> Iterator[Measure]:
    """Seconds from the command to the report, environment set up before."""
    with tempfile.TemporaryDirectory() as folder:
        command = [sys.executable, "-m", "finflow", "demo", "--folder", f"{folder}/saltmarsh"]
        taken = seconds(lambda: subprocess.run(command, check=True, capture_output=True), times=1)
    yield Measure("demo", taken, "s", "limit", LIMIT, "the first five minutes")

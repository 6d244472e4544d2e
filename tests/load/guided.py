"""A reader fuzzed with inputs that coverage guides, beginning with a whole file of its format.

    python -m tests.load.guided FORMAT RUNS      # ends at the first input that goes wrong, with its bytes and error

Needs atheris, which there is for Linux alone.
"""

import sys
import tempfile
from pathlib import Path

import atheris

with atheris.instrument_imports(include=["finflow.load"]):
    from tests.load.mutants import WHOLE, examine, mutant


def fuzz(form: str, runs: str) -> None:
    """Feed the reader of a format; the process ends with it."""
    folder = Path(tempfile.mkdtemp())
    seeds = folder / "seeds"
    seeds.mkdir()
    for number in range(20):
        (seeds / str(number)).write_bytes(mutant(form, number))

    def one(data: bytes) -> None:
        examine(form, data, folder, judge=False)

    largest = 2 * len(WHOLE[form][0])
    options = [f"-runs={runs}", f"-max_len={largest}", "-timeout=20", f"-artifact_prefix={folder}/", str(seeds)]
    atheris.Setup([sys.argv[0], *options], one)
    atheris.Fuzz()


if __name__ == "__main__":
    fuzz(*sys.argv[1:3])

"""`python -m finflow.sample FOLDER`: write the sample case anew."""

import sys
from pathlib import Path

from finflow.sample import write_sample


def main(arguments: list[str]) -> int:
    """Write the case into the folder named; 2 when none is named."""
    if len(arguments) != 1 or arguments[0].startswith("-"):
        sys.stderr.write("Usage: python -m finflow.sample FOLDER\n")
        return 2
    files = write_sample(Path(arguments[0]))
    sys.stdout.write(f"{len(files)} files written to {arguments[0]}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

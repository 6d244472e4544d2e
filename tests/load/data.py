"""Where the data nobody here wrote lies, and how a test says that it does without."""

import os
from pathlib import Path

import pytest

DATA = Path(os.environ.get("FINFLOW_DATA") or Path(__file__).parents[3] / "shared" / "data")


def needs_data(path: str) -> pytest.MarkDecorator:
    """Skip when a file or folder of that data is not there."""
    reason = f"{path} of the shared data is not there: set FINFLOW_DATA to its folder"
    return pytest.mark.skipif(not (DATA / path).exists(), reason=reason)

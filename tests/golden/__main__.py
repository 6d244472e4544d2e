"""`make golden`: rebuild every twin. The commit that does it lists each changed figure and why."""

import tempfile
from pathlib import Path

from finflow.run import shipped_notebooks
from tests.golden.twins import rebuild

with tempfile.TemporaryDirectory() as place:
    rebuild(shipped_notebooks(), Path(place))
print("Rebuilt. Now: git diff --stat tests/golden, and say in the commit which figure changed and why.")

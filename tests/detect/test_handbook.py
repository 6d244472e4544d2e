"""The handbook of the rules is the one their headers and specs make, and the short list prints."""

import subprocess
import sys

from finflow.queries import red_flags
from tests.detect.handbook import HANDBOOK, handbook


def test_the_handbook_is_current():
    assert HANDBOOK.read_text(encoding="utf-8") == handbook(), "run: python -m tests.detect.handbook"


def test_every_rule_stands_in_it_with_its_source_and_innocent_reasons():
    text = handbook()
    for query in red_flags().values():
        assert f"## {query.indicator} {query.title}" in text
        assert query.header["Innocent reasons"] in text
        assert query.header["Source"] in text


def test_the_short_list_prints():
    done = subprocess.run(
        [sys.executable, "-m", "finflow.queries"], capture_output=True, text=True, encoding="utf-8", check=True
    )
    assert done.stdout.count("\n| HT") == len(red_flags())

"""The sample case as an investigator has it after loading, with its own truth."""

import json
from types import SimpleNamespace

import pytest

from finflow.demo import load_sample
from finflow.sample import sample_folder


@pytest.fixture(scope="session")
def saltmarsh(tmp_path_factory):
    """The case, its hits under every rule, what it asks for next, and the answers."""
    case = load_sample(tmp_path_factory.mktemp("detect") / "saltmarsh")
    answers = json.loads((sample_folder() / "answers.json").read_text(encoding="utf-8"))
    return SimpleNamespace(case=case, hits=case.detect(), requests=case.requests(), answers=answers)

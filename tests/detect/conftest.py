"""The sample case as an investigator has it after loading, with its own truth."""

import json
from types import SimpleNamespace

import pytest

from finflow.demo import load_sample
from finflow.sample import sample_folder

SIDE_RULES = (
    "adverts_for_several_people", "accounts_opened_with_same_details", "one_signatory_several_accounts",
    "one_device_several_accounts",
)  # fmt: skip


@pytest.fixture(scope="session")
def saltmarsh(tmp_path_factory):
    """The case, its hits under every rule, what it asks for next, and the answers; then the hits of the rules that read
    side evidence, with it.
    """
    case = load_sample(tmp_path_factory.mktemp("detect") / "saltmarsh")
    answers = json.loads((sample_folder() / "answers.json").read_text(encoding="utf-8"))
    hits, requests = case.detect(), case.requests()
    loaded = case.load(sample_folder() / "side")
    with_side = case.detect(*SIDE_RULES)
    return SimpleNamespace(case=case, hits=hits, requests=requests, answers=answers, loaded=loaded, with_side=with_side)

"""The case of these tests, built once and copied for each."""

import shutil

import pytest

import finflow
from tests.assets.support import new_case


@pytest.fixture(scope="session")
def built(tmp_path_factory):
    return new_case(tmp_path_factory.mktemp("built") / "case").folder


@pytest.fixture
def case(built, tmp_path):
    return finflow.open_case(shutil.copytree(built, tmp_path / "case"))

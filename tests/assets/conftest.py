"""The case of these tests, built once and copied for each."""

import shutil

import pytest

import finflow
from finflow.assets import register
from tests.assets.support import new_case, register_file


@pytest.fixture(scope="session")
def built(tmp_path_factory):
    return new_case(tmp_path_factory.mktemp("built") / "case").folder


@pytest.fixture(scope="session")
def built_with_assets(built, tmp_path_factory):
    folder = tmp_path_factory.mktemp("built_with_assets")
    register(finflow.open_case(shutil.copytree(built, folder / "case")), register_file(folder))
    return folder / "case"


@pytest.fixture
def case(built, tmp_path):
    return finflow.open_case(shutil.copytree(built, tmp_path / "case"))


@pytest.fixture
def registered(built_with_assets, tmp_path):
    return finflow.open_case(shutil.copytree(built_with_assets, tmp_path / "case"))

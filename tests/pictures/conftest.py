import pytest

from tests.pictures.support import HOSTILE, chain, trail_of


@pytest.fixture(scope="package")
def case(tmp_path_factory):
    return chain(tmp_path_factory.mktemp("pictures") / "case")


@pytest.fixture(scope="package")
def trail(case):
    return trail_of(case)


@pytest.fixture(scope="package")
def hostile(tmp_path_factory):
    """The same case with a firm whose name is made to break out of a page."""
    return chain(tmp_path_factory.mktemp("hostile") / "case", victims=2, payments=3, firm=HOSTILE)

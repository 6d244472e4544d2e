"""What tests of several parts share: a page in headless Chromium that records what it asks for and complains about."""

import os
import shutil
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from finflow import store

LONGEST = (
    "golden/test_twins.py", "detect/test_on_saltmarsh.py", "load/test_mutants.py", "load/test_formats.py",
    "detect/test_contract.py", "sample/test_measured.py", "infra/test_trials.py", "assets/test_propose.py",
)  # fmt: skip
"""Files of tests that begin first: a long one at the end leaves the other cores idle."""


def pytest_collection_modifyitems(items):
    first = {Path(__file__).parent / name: place for place, name in enumerate(LONGEST)}
    items.sort(key=lambda item: first.get(item.path, len(first)))


@dataclass
class Opened:
    """A page as Chromium shows it: every request beyond the file itself, and every error on its console."""

    page: Any
    requests: list[str] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)


@pytest.fixture(scope="session")
def chromium():
    """Headless Chromium from $CHROMIUM, else from where Debian puts it."""
    path = Path(os.environ.get("CHROMIUM", "/usr/bin/chromium"))
    if not path.exists():
        pytest.skip(f"no Chromium at {path}: make test-browser says what to install")
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=str(path), args=["--no-sandbox", "--disable-gpu"])
        yield browser
        browser.close()


@pytest.fixture
def opened(chromium):
    """Open an HTML file: `opened(path)` gives an Opened whose page has settled."""
    context = chromium.new_context(viewport={"width": 1280, "height": 900})

    def open_(path: Path) -> Opened:
        shown = Opened(context.new_page())
        own = path.resolve().as_uri()

        def asked(request: Any) -> None:
            if not _is_own(request.url, own):
                shown.requests.append(request.url)

        def failed(request: Any) -> None:
            if request.failure == "csp":  # stopped by the page's own policy before anything left the machine
                shown.requests.remove(request.url)

        shown.page.on("request", asked)
        shown.page.on("requestfailed", failed)
        shown.page.on("console", lambda line: shown.errors.append(line.text) if line.type == "error" else None)
        shown.page.on("pageerror", lambda error: shown.errors.append(str(error)))
        shown.page.goto(own, wait_until="load")
        shown.page.wait_for_load_state("networkidle")
        return shown

    yield open_
    context.close()


def _is_own(url: str, own: str) -> bool:
    return url.split("#")[0] == own or url.startswith(("data:", "blob:", "about:"))


@pytest.fixture(scope="session", autouse=True)
def _one_empty_database(tmp_path_factory):
    """New cases of this process get a copy of one empty database that finflow created: it takes a tenth of the time."""
    create, made = store.create, tmp_path_factory.mktemp("empty")
    (made / "tmp").mkdir()
    create(made)

    def copied(folder: Path) -> None:
        if (folder / "case.duckdb").exists():
            create(folder)
        else:
            shutil.copyfile(made / "case.duckdb", folder / "case.duckdb")

    store.create = copied
    yield
    store.create = create

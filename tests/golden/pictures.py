"""The pictures of README.md, taken anew from the executed twin of the report: `python -m tests.golden.pictures`."""

import os
import tempfile
from pathlib import Path

from playwright.sync_api import sync_playwright

from finflow.page import render
from finflow.run import read_notebook
from tests.golden.twins import HERE

TAKEN = {"network": "#finflow-network", "sankey": "#finflow-sankey", "assets": "#finflow-rules"}
FOLDER = HERE.parent.parent / "docs" / "pictures"


def take() -> None:
    """Write one PNG for each element of the report."""
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        page_file = Path(folder) / "report.html"
        page_file.write_text(render(read_notebook(HERE / "90_jit_report.ipynb")), encoding="utf-8", newline="\n")
        chromium = os.environ.get("CHROMIUM", "/usr/bin/chromium")
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox", "--disable-gpu"])
        page = browser.new_page(viewport={"width": 1000, "height": 900})
        page.goto(page_file.as_uri(), wait_until="load")
        for name, place in TAKEN.items():
            element = page.locator(place).first
            element.scroll_into_view_if_needed()
            page.wait_for_timeout(2_000)  # the network is drawn when it comes into view
            element.screenshot(path=FOLDER / f"{name}.png")
        browser.close()


if __name__ == "__main__":
    take()

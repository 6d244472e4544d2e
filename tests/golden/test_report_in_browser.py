"""The executed report as a reader meets it: nothing asked for, nothing complained about, the network on the page."""

import pytest

from finflow.page import render
from finflow.run import read_notebook
from tests.golden.twins import HERE
from tests.pictures.test_browser import INKED

pytestmark = pytest.mark.browser

DRAWN = "() => { const c = document.querySelector('canvas'); return c && c.width > 0 && window.network !== undefined; }"
WIDER = "() => document.documentElement.scrollWidth - document.documentElement.clientWidth"


@pytest.fixture
def report(tmp_path, opened):
    page = tmp_path / "90_jit_report.html"
    page.write_text(render(read_notebook(HERE / "90_jit_report.ipynb")), encoding="utf-8")
    return opened(page)


def network(report):
    element = report.page.locator("#finflow-network iframe")
    element.scroll_into_view_if_needed()
    frame = element.element_handle().content_frame()
    frame.wait_for_function(DRAWN)
    report.page.wait_for_timeout(300)
    return frame


def test_the_executed_report_makes_no_request_and_no_error(report):
    network(report)
    report.page.evaluate("window.scrollTo(0, document.body.scrollHeight)")
    report.page.wait_for_load_state("networkidle")
    assert report.requests == []
    assert report.errors == []


def test_its_network_is_really_drawn(report):
    colours = network(report).evaluate(INKED)
    assert {"0,114,178", "0,158,115", "154,164,174"} <= set(colours)  # accounts held, assets, cash
    assert len(colours) > 100


def test_its_network_is_whole_on_paper(report):
    frame = network(report)
    report.page.emulate_media(media="print")
    report.page.set_viewport_size({"width": 680, "height": 900})  # A4 upright within its margins
    report.page.wait_for_timeout(300)
    assert frame.evaluate("() => document.querySelector('canvas').getBoundingClientRect().right - innerWidth") <= 0
    assert len(frame.evaluate(INKED)) > 100


def test_nothing_of_it_is_wider_than_the_page(report):
    for width in (1280, 800):
        report.page.set_viewport_size({"width": width, "height": 900})
        assert report.page.evaluate(WIDER) == 0

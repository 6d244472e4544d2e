import html

import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output

from finflow.errors import DataGap
from finflow.kernel import Failure
from finflow.page import cleaned, render

pytestmark = pytest.mark.browser

DRAWING = """<!DOCTYPE html><html><body><canvas id="c" width="40" height="40"></canvas><script>
const drawn = document.getElementById("c").getContext("2d"); drawn.fillRect(0, 0, 40, 40);
document.body.dataset.drawn = drawn.getImageData(5, 5, 1, 1).data[3];
</script></body></html>"""


def page_with(*outputs, title="# Title"):
    cell = new_code_cell("1", execution_count=1, outputs=[new_output("display_data", data=data) for data in outputs])
    return new_notebook(cells=[new_markdown_cell(title), cell])


def written(tmp_path, text):
    path = tmp_path / "page.html"
    path.write_text(text, encoding="utf-8")
    return path


def test_a_page_makes_no_request_and_no_error(tmp_path, opened):
    shown = opened(written(tmp_path, render(page_with({"text/html": "<figure class='finflow'>a</figure>"}))))
    assert shown.requests == []
    assert shown.errors == []
    assert shown.page.locator("figure.finflow").is_visible()


def test_a_drawing_inside_its_frame_is_drawn(tmp_path, opened):
    frame = f'<iframe srcdoc="{html.escape(DRAWING)}" width="100" height="100"></iframe>'
    shown = opened(written(tmp_path, render(page_with({"text/html": frame}))))
    assert shown.page.frame_locator("iframe").locator("body").get_attribute("data-drawn") == "255"
    assert shown.errors == []


@pytest.mark.parametrize(
    "calls",
    [
        '<img src="https://tracker.example/p.png">',
        '<script src="https://cdn.example/x.js"></script>',
        '<link rel="stylesheet" href="https://cdn.example/x.css">',
        '<script>fetch("https://tracker.example/")</script>',
        '<iframe src="https://tracker.example/"></iframe>',
    ],
)
def test_what_calls_out_is_stopped_before_it_asks(tmp_path, opened, calls):
    shown = opened(written(tmp_path, render(page_with({"text/html": calls}))))
    assert shown.requests == []
    assert any("Content Security Policy" in error for error in shown.errors)


def test_the_policy_and_not_luck_is_what_stops_it(tmp_path, opened):
    page = render(page_with({"text/html": '<img src="https://tracker.example/p.png">'}))
    start = page.index('<meta http-equiv="Content-Security-Policy"')
    shown = opened(written(tmp_path, page[:start] + page[page.index(">", start) + 1 :]))
    assert shown.requests == ["https://tracker.example/p.png"]


def test_the_banner_leads_to_the_cell(tmp_path, opened):
    notebook = page_with({"text/html": "<div style='height: 3000px'>long</div>"})
    notebook.cells.append(new_code_cell("2"))
    shown = opened(written(tmp_path, render(cleaned(notebook, Failure(2, 2, DataGap("A gap."))))))
    shown.page.get_by_role("link", name="cell 2").click()
    assert shown.page.evaluate("window.scrollY") > 1000

"""The pictures in a browser: really drawn, no request, no error, and a hostile name does nothing."""

import pytest

from tests.pictures.support import trail_of

pytestmark = pytest.mark.browser
INKED = """() => {
  const canvas = document.querySelector("canvas");
  const pixels = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height).data;
  const colours = new Set();
  for (let i = 0; i < pixels.length; i += 4) {
    if (pixels[i + 3]) colours.add(pixels[i] + "," + pixels[i + 1] + "," + pixels[i + 2]);
  }
  return [...colours];
}"""


@pytest.fixture
def opened(chromium, tmp_path):
    """Open a page; what it asks for and what it complains about is collected."""
    made = []

    def open_page(html, width=1200, **options):
        page = chromium.new_page(viewport={"width": width, "height": 900}, **options)
        page.asked, page.complaints = [], []
        page.on("request", lambda request: page.asked.append(request.url))
        page.on("console", lambda message: page.complaints.append(message.text))
        page.on("pageerror", lambda error: page.complaints.append(str(error)))
        page.on("dialog", lambda dialog: (page.complaints.append("dialog"), dialog.dismiss()))
        file = tmp_path / f"page{len(made)}.html"
        file.write_text(html, encoding="utf-8")
        page.goto(file.as_uri())
        page.wait_for_load_state("load")
        page.asked = [url for url in page.asked if url not in (file.as_uri(), "about:srcdoc")]
        made.append(page)
        return page

    yield open_page
    for page in made:
        page.close()


def notebook(picture, style=""):
    return f'<!DOCTYPE html><html lang="en"><meta charset="utf-8"><title>t</title><body style="{style}">{picture._repr_html_()}</body></html>'


def drawing(page):
    frame = page.frames[1]
    frame.wait_for_selector("canvas")
    frame.wait_for_function(
        "() => new Promise(done => requestAnimationFrame(() => requestAnimationFrame(() => done(true))))"
    )
    return frame


PICTURES = ("network", "sankey", "timeline")


@pytest.mark.parametrize("name", PICTURES)
def test_no_request_and_no_complaint(case, trail, opened, name):
    picture = getattr(case, name)(trail)
    for page in (opened(picture.html()), opened(notebook(picture))):
        if name == "network":
            drawing(page)
        assert page.asked == []
        assert page.complaints == []


def test_the_network_is_really_drawn(case, trail, opened):
    for page in (opened(case.network(trail).html()), opened(notebook(case.network(trail)))):
        colours = drawing(page).evaluate(INKED)
        assert "0,114,178" in colours  # a point of an account held in the case
        assert "0,158,115" in colours  # the end at an asset
        assert len(colours) > 50


def test_the_whole_network_is_in_view_also_after_the_page_gets_narrow(case, trail, opened):
    page = opened(case.network(trail).html())
    frame = drawing(page)
    for width in (1200, 700, 1000):
        page.set_viewport_size({"width": width, "height": 900})
        page.wait_for_timeout(300)
        boxes = frame.evaluate(
            "() => nodes.getIds().map(id => { const b = network.getBoundingBox(id);"
            " const a = network.canvasToDOM({x: b.left, y: b.top}), z = network.canvasToDOM({x: b.right, y: b.bottom});"
            " return [a.x, a.y, z.x, z.y]; })"
        )
        size = frame.evaluate(
            "() => [document.getElementById('network').clientWidth, document.getElementById('network').clientHeight]"
        )
        assert all(
            left >= 0 and top >= 0 and right <= size[0] and bottom <= size[1] for left, top, right, bottom in boxes
        )


def test_pointing_at_a_line_says_its_bank_line_as_text(case, trail, opened):
    page = opened(case.network(trail).html())
    frame = drawing(page)
    area = frame.locator("#network").bounding_box()
    spot = frame.evaluate(
        "() => { const p = network.getPositions(['Lantern Wellness B.V. (NL…0021)', 'outside account 1']);"
        " const [a, b] = Object.values(p).map(q => network.canvasToDOM(q)); return [(a.x + b.x) / 2, (a.y + b.y) / 2]; }"
    )
    page.mouse.click(area["x"] + 5, area["y"] + 5)
    page.mouse.move(area["x"] + spot[0], area["y"] + spot[1], steps=5)
    frame.wait_for_selector("div.vis-tooltip", state="visible")
    said = frame.locator("div.vis-tooltip").inner_text()
    assert "amount linked to the source 760.00 EUR" in said
    assert ":L3" in said


def test_a_click_on_a_point_fades_the_others(case, trail, opened):
    page = opened(case.network(trail).html())
    frame = drawing(page)
    area = frame.locator("#network").bounding_box()
    spot = frame.evaluate("() => network.canvasToDOM(network.getPositions(['Night Adverts'])['Night Adverts'])")
    page.mouse.click(area["x"] + 5, area["y"] + 5)
    page.mouse.click(area["x"] + spot["x"], area["y"] + spot["y"])
    page.wait_for_timeout(200)
    assert frame.evaluate("() => nodes.get('outside account 2').color") == "rgba(200,200,200,0.5)"
    assert page.complaints == []


def test_the_page_scrolls_past_the_network_until_it_is_clicked(case, trail, opened):
    page = opened(case.network(trail).html())
    area = page.locator("iframe").bounding_box()
    page.mouse.move(area["x"] + 300, area["y"] + 300)
    page.mouse.wheel(0, 200)
    page.wait_for_timeout(300)
    assert page.evaluate("() => window.scrollY") > 0


@pytest.mark.parametrize("name", PICTURES)
def test_a_hostile_name_does_nothing(hostile, opened, name):
    picture = getattr(hostile, name)(trail_of(hostile))
    for page in (opened(picture.html()), opened(notebook(picture))):
        frames = [page.main_frame, *([drawing(page)] if name == "network" else [])]
        if name == "network":
            _point_at_everything(page)
        for frame in frames:
            assert frame.locator("img").count() == 0
            assert frame.title() != "broken"
        assert page.asked == []
        assert page.complaints == []


def _point_at_everything(page):
    frame = page.frames[1]
    area = frame.locator("#network").bounding_box()
    page.mouse.click(area["x"] + 5, area["y"] + 5)
    for spot in frame.evaluate("() => Object.values(network.getPositions()).map(p => network.canvasToDOM(p))"):
        page.mouse.move(area["x"] + spot["x"], area["y"] + spot["y"], steps=2)
        page.wait_for_timeout(120)


def test_without_scripts_the_network_is_a_table(case, trail, opened):
    page = opened(case.network(trail).html(), java_script_enabled=False)
    assert page.frames[1].get_by_text("Who paid whom").is_visible()


@pytest.mark.parametrize("name", PICTURES)
def test_words_can_be_read_in_dark_surroundings(case, trail, opened, name):
    page = opened(notebook(getattr(case, name)(trail), "background:#111;color:#eee"), color_scheme="dark")
    assert page.locator("figcaption").first.evaluate("e => getComputedStyle(e).color") == "rgb(238, 238, 238)"
    if name == "network":
        assert drawing(page).evaluate("() => getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"
    else:
        ground = page.locator("figure svg[viewBox] rect").first.evaluate("e => getComputedStyle(e).fill")
        assert ground == "rgb(255, 255, 255)"


@pytest.mark.parametrize("name", PICTURES)
def test_it_prints_within_the_width_of_a_page(case, trail, opened, name):
    page = opened(notebook(getattr(case, name)(trail)), width=690)
    page.emulate_media(media="print")
    assert page.evaluate("() => document.documentElement.scrollWidth") <= 690
    assert page.pdf(format="A4").startswith(b"%PDF")

"""The Sankey: exact sums on links, currencies apart, circles said in words, titles at the pointer without a script."""

import re
from decimal import Decimal
from html import unescape
from xml.etree import ElementTree as ET

import polars as pl
import pytest

from tests.pictures.support import HOSTILE, trail_of
from tests.pictures.test_flows import SECRETS

SVG = "{http://www.w3.org/2000/svg}"


@pytest.fixture(scope="module")
def sankey(case, trail):
    return case.sankey(trail)


def drawings(picture):
    return [ET.fromstring(found) for found in re.findall(r'<svg role="img".*?</svg>', picture.drawing, re.S)]


def titles(picture):
    return [title.text for drawing in drawings(picture) for title in drawing.iter(f"{SVG}title")]


def test_links_add_up_to_the_traced_amounts(sankey):
    sums = {}
    for title in titles(sankey):
        if "→" in title:
            amount, currency = re.search(r"source ([\d.\u202f]+) (\w+)", title).groups()
            sums[currency] = sums.get(currency, 0) + Decimal(amount.replace("\u202f", ""))
    assert sums == dict(sankey.frame.group_by("currency").agg(pl.col("traced").sum()).rows())


def test_each_currency_is_a_drawing_of_its_own(sankey):
    first, second = drawings(sankey)
    assert [drawing.find(f"{SVG}text").text for drawing in (first, second)] == ["EUR", "HUF"]
    assert "HUF" not in " ".join(title.text for title in first.iter(f"{SVG}title"))
    assert first.get("width") == second.get("width")
    assert "goes on in the drawing of that currency" in sankey.left_out


def test_bands_are_as_wide_as_their_amounts(sankey):
    for drawing in drawings(sankey):
        scales = set()
        for group in drawing.iter(f"{SVG}g"):
            path = group.find(f"{SVG}path")
            if path is not None and float(path.get("stroke-width")) > 5:
                amount = re.search(r"source ([\d.\u202f]+) ", group.find(f"{SVG}title").text)[1]
                scales.add(round(float(path.get("stroke-width")) / float(amount.replace("\u202f", "")), 4))
        assert max(scales) - min(scales) < 0.001


def test_a_link_says_from_to_amount_how_many_and_when(sankey):
    assert (
        "payers (third persons) → P4 (account 1)\namount linked to the source 1\u202f468.80 EUR\n18 transfers, 2024-05-01 to 2024-10-03"
        in titles(sankey)
    )


def test_a_circle_ends_in_a_box_of_its_own_and_is_said(sankey):
    assert any(title.startswith("back to Marlies Example") for title in titles(sankey))
    assert (
        "against the order of the picture went 160.00 EUR from Lantern Wellness B.V. (NL…0021) to Marlies Example (NL…0020)"
        in sankey.left_out
    )


def test_a_trail_without_circles_says_nothing_of_them(case):
    straight = case.sql("SELECT transfer_id FROM transfer WHERE amount <> 200")["transfer_id"].to_list()
    assert "circle" not in case.sankey(trail_of(case, only=straight)).left_out


def test_the_asset_stands_beside_its_box(sankey):
    assert "for A-1, real estate" in [text.text for drawing in drawings(sankey) for text in drawing.iter(f"{SVG}text")]


def boxes(drawing):
    return [
        tuple(float(rect.get(name)) for name in ("x", "y", "width", "height"))
        for group in drawing.iter(f"{SVG}g")
        for rect in group.findall(f"{SVG}rect")
    ]


@pytest.mark.parametrize("links", [60, 5, 1])
def test_boxes_do_not_overlap_and_stay_inside(case, trail, links):
    for drawing in drawings(case.sankey(trail, links=links)):
        _, _, width, height = map(float, drawing.get("viewBox").split())
        found = boxes(drawing)
        assert found
        for n, (x, y, w, h) in enumerate(found):
            assert x >= 0
            assert y >= 0
            assert x + w <= width
            assert y + h <= height
            assert all(x != x2 or y2 >= y + h or y >= y2 + h2 for x2, y2, _, h2 in found[n + 1 :])


def test_letters_beside_boxes_do_not_overlap(sankey):
    for drawing in drawings(sankey):
        columns = {}
        for group in drawing.iter(f"{SVG}g"):
            if group.find(f"{SVG}rect") is not None:
                texts = group.findall(f"{SVG}text")
                columns.setdefault(texts[0].get("x"), []).extend(float(text.get("y")) for text in texts)
        for heights in columns.values():
            heights.sort()
            assert all(b - a >= 12 for a, b in zip(heights, heights[1:], strict=False))


def test_the_largest_links_stay_and_the_rest_is_counted(case, trail, sankey):
    small = case.sankey(trail, links=3)
    assert sum("→" in title for title in titles(small)) == 3
    everything = sankey.frame.group_by("from", "to", "currency").len().height
    assert small.left_out.startswith(
        f"Shown: 3 of {everything} links, the largest amounts of each currency first. Left out: "
    )
    shown = sum(int(re.search(r"(\d+) transfer", title)[1]) for title in titles(small) if "→" in title)
    assert f"Left out: {sankey.frame.height - shown} transfers of " in small.left_out
    assert sankey.left_out.startswith("Nothing is left out.")


def test_it_draws_the_same_every_time(case, trail, sankey):
    assert case.sankey(trail_of(case)).html() == sankey.html()


def test_it_needs_no_script_and_nothing_from_outside(sankey):
    page = sankey.html()
    assert "<script" not in page
    assert set(re.findall(r"https?://[^\"'\s]+", page)) == {"http://www.w3.org/2000/svg"}
    assert not re.search(r"\b(src|href)=", page)


def test_nobody_protected_is_on_the_picture(sankey):
    for page in (sankey.html(), sankey._repr_html_()):
        for secret in SECRETS:
            assert secret.lower() not in unescape(page).lower()


def test_a_name_cannot_break_out_of_the_page(hostile):
    picture = hostile.sankey(trail_of(hostile))
    assert "<img" not in picture.html()
    assert "</script>" not in picture.html()
    assert any(HOSTILE in title for title in titles(picture))


def test_it_can_be_read_without_the_picture(sankey):
    assert (
        drawings(sankey)[0]
        .get("aria-label")
        .startswith("Sankey of 18 links in EUR. The largest went from payers (third persons) to P7")
    )
    assert "<table>" in sankey.html()


def test_an_empty_trail_says_so(case):
    assert "No transfers." in case.sankey(trail_of(case, only=[])).html()

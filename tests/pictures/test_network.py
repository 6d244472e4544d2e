"""The network: every transfer apart, nothing from outside, and in words what is not shown."""

import dataclasses
import json
import re
from html import unescape

import pytest

from finflow.errors import FinflowError
from finflow.pictures.network import LABELLED, MOST_LINES, POINTS, largest
from tests.pictures.support import HOSTILE, trail_of
from tests.pictures.test_flows import SECRETS


@pytest.fixture(scope="module")
def network(case, trail):
    return case.network(trail)


def drawn(picture):
    """Points and lines as the page hands them to the drawing library."""
    page = unescape(re.search(r'srcdoc="([^"]*)"', picture.drawing)[1])
    return [json.loads(found) for found in re.findall(r"new vis\.DataSet\((.*)\);", page)]


def test_it_is_frozen_and_draws_the_same_every_time(case, trail, network):
    with pytest.raises(dataclasses.FrozenInstanceError):
        network.left_out = ""
    again = case.network(trail_of(case))
    assert again.html() == network.html()
    assert again._repr_html_() == network._repr_html_()


def test_every_point_and_every_line_is_there(network):
    points, lines = drawn(network)
    assert {point["id"] for point in points} == set(network.graph.nodes)
    pairs = {(line["from"], line["to"]) for line in lines}
    assert pairs == {(a, b) for a, b, _ in network.graph.edges(keys=True)}


def test_positions_are_fixed_and_physics_is_off(network):
    points, _ = drawn(network)
    assert all(isinstance(point["x"], int) and isinstance(point["y"], int) for point in points)
    assert '"physics": {"enabled": false}' in unescape(network.drawing)


def test_parallel_lines_are_bent_apart(network):
    _, lines = drawn(network)
    bends = [(line["from"], line["to"], json.dumps(line["smooth"])) for line in lines]
    assert len(bends) == len(set(bends))


def test_money_that_goes_both_ways_does_not_overlap(network):
    _, lines = drawn(network)
    pair = {
        ("Lantern Wellness B.V. (NL…0021)", "Marlies Example (NL…0020)"),
        ("Marlies Example (NL…0020)", "Lantern Wellness B.V. (NL…0021)"),
    }
    both = [line for line in lines if (line["from"], line["to"]) in pair]
    assert len(both) == 2
    assert all(line["smooth"] == {"type": "curvedCW", "roundness": 0.09} for line in both)


def test_a_line_says_day_amount_traced_amount_and_bank_line(case, network):
    leg = case.sql("SELECT debit_leg FROM transfer WHERE amount = 950")["debit_leg"][0]
    _, lines = drawn(network)
    assert [line["title"] for line in lines if "950.00" in line["title"]] == [
        "Lantern Wellness B.V. (NL…0021) → outside account 1\n2024-10-15\namount 950.00 EUR\n"
        f"amount linked to the source 760.00 EUR\nbank line {leg}"
    ]


def test_a_line_says_what_arrived_when_it_is_not_what_left(network):
    _, lines = drawn(network)
    said = [line["title"] for line in lines if "arrived" in line["title"]]
    assert len(said) == 2
    assert any(
        "amount 900.00 EUR\namount linked to the source 720.00 EUR\narrived 2024-10-21: 350\u202f000.00 HUF\n" in title
        for title in said
    )


def test_width_follows_the_amount_within_its_currency(network):
    _, lines = drawn(network)
    forint = [line["width"] for line in lines if "HUF" in line["title"]]
    euro = [line["width"] for line in lines if "EUR" in line["title"]]
    assert max(forint) == max(euro) == 10
    assert min(euro) >= 1


def test_many_parallel_transfers_are_one_dashed_line_beside_the_largest(network):
    _, lines = drawn(network)
    to_p4 = [line for line in lines if line["to"] == "P4 (account 1)"]
    dashed = [line for line in to_p4 if line["dashes"]]
    assert len(to_p4) == 7
    assert len(dashed) == 1
    assert dashed[0]["title"].endswith("12 transfers")
    assert "2024-05-01 to 2024-10-02" in dashed[0]["title"]
    assert "the largest 6 are drawn singly; the other 48 stand together in 4 dashed lines" in network.left_out


def test_the_dashed_line_and_the_single_ones_add_up(network):
    _, lines = drawn(network)
    to_p4 = [
        re.search(r"source ([\d.\u202f]+) EUR", line["title"])[1] for line in lines if line["to"] == "P4 (account 1)"
    ]
    assert round(sum(float(amount.replace("\u202f", "")) for amount in to_p4), 2) == 1468.80


def test_the_largest_pairs_carry_their_total(network):
    _, lines = drawn(network)
    said = [line["label"] for line in lines if line.get("label", " ") != " "]
    assert len(said) == LABELLED
    assert {"384\u202f000.00 HUF", "1\u202f468.80 EUR"} <= set(said)


def test_looks_tell_inside_outside_cash_and_asset_apart(network):
    shapes = {point["id"]: point["shape"] for point in drawn(network)[0]}
    assert shapes["P4 (account 1)"] == "dot"
    assert shapes["Night Adverts"] == "square"
    assert shapes["cash paid in"] == "triangle"
    assert shapes["outside account 2"] == "diamond"
    assert {point["label"] for point in drawn(network)[0]} >= {"outside account 2\nfor A-1, real estate"}


def test_nothing_is_left_out_of_a_small_case(network):
    assert network.left_out.startswith("Nothing is left out: 117 transfers between 15 points.")


def test_too_many_points_are_cut_and_counted(case, trail, network):
    small = case.network(trail, points=4)
    points, _ = drawn(small)
    assert len(points) == 4
    assert "outside account 2" in {point["id"] for point in points}  # the whole of its currency
    assert small.left_out.startswith("Shown: 4 of 15 points, the largest amounts of each currency first. Left out: ")
    kept, _ = largest(network.frame, 4)
    left = network.frame.height - kept.height
    assert f"Left out: {left} transfers of " in small.left_out
    assert small.graph.number_of_edges() == network.graph.number_of_edges()


def test_the_amount_left_out_and_the_amount_shown_are_everything(network):
    kept, said = largest(network.frame, 9)
    missing = (
        network.frame["traced"].filter(network.frame["currency"] == "EUR").sum()
        - kept["traced"].filter(kept["currency"] == "EUR").sum()
    )
    assert f"{missing:,.2f}".replace(",", "\u202f") + " EUR" in said


def test_transfers_between_points_that_stay_are_all_drawn(network):
    kept, _ = largest(network.frame, 9)
    shown = set(kept["from"]) | set(kept["to"])
    among = [row for row in network.frame.iter_rows(named=True) if row["from"] in shown and row["to"] in shown]
    assert len(among) == kept.height


@pytest.mark.parametrize("points", [0, 1, 100_000])
def test_more_points_than_can_be_read_are_refused(case, trail, points):
    with pytest.raises(FinflowError, match="Ask for fewer"):
        case.network(trail, points=points)


def test_the_default_cap_is_what_a_page_can_hold():
    assert POINTS == 300
    assert MOST_LINES < 1000


def test_without_a_trail_the_whole_case_is_drawn(case):
    picture = case.network()
    assert picture.graph.number_of_edges() == case.sql("SELECT count(*) AS n FROM transfer")["n"][0]
    assert "linked" not in unescape(picture.html())
    assert "traced" not in next(iter(picture.graph.edges(data=True)))[2]


def test_an_empty_trail_says_so(case):
    assert "No transfers." in case.network(trail_of(case, only=[])).html()


def test_it_loads_nothing_from_outside(network):
    page = unescape(network.html())
    for found in re.findall(r"""(?:src|href|action)\s*=\s*["']([^"']+)""", page.split("<script>")[0]):
        assert found.startswith("#") or not found
    assert "bootstrap" not in page.lower()
    assert "default-src 'none'" in page
    assert "cdn" not in re.sub(r"<script>.*?</script>", "", page, flags=re.S).lower()


def test_nobody_protected_is_on_the_picture(network):
    for page in (network.html(), network._repr_html_(), str(network)):
        for secret in SECRETS:
            assert secret.lower() not in unescape(page).split("vis-network")[0].lower()
            assert secret.lower() not in unescape(page).lower()


def test_words_that_judge_are_not_on_the_picture(network):
    outside_library = re.sub(r"<script>!?function.*?</script>", "", unescape(network.html()), flags=re.S)
    for word in ("tainted", "mule", "controller", "dirty", "poison", "suspicious", "criminal", "score"):
        assert word not in outside_library.split("<script>")[0].lower()
        assert all(word not in json.dumps(part).lower() for part in drawn(network))


def test_a_name_cannot_break_out_of_the_page(hostile):
    page = hostile.network(trail_of(hostile)).html()
    inner = unescape(re.search(r'srcdoc="([^"]*)"', page)[1])
    assert HOSTILE not in page
    assert HOSTILE not in inner
    assert "<img" not in page.replace(inner, "")
    assert any(point["id"].startswith(HOSTILE) for point in drawn(hostile.network(trail_of(hostile)))[0])


def test_the_page_stands_alone_and_can_be_read_without_the_picture(network):
    page = network.html()
    assert page.startswith("<!DOCTYPE html>")
    assert '<html lang="en">' in page
    inner = unescape(re.search(r'srcdoc="([^"]*)"', page)[1])
    assert "Who paid whom" in inner
    assert (
        'role="img" aria-label="Network of 15 points and 117 transfers. Most money went from account NL…0022 to'
        in inner
    )
    assert "Rows not shown: 67 of 117." in page
    page.encode("utf-8")


def test_in_a_notebook_it_is_one_frame_with_words_and_a_table(network):
    page = network._repr_html_()
    assert page.startswith('<figure class="finflow" id="finflow-network">')
    assert page.count("<iframe") == 1
    assert 'sandbox="allow-scripts"' in page
    assert "Nothing is left out" in page
    assert "<details><summary>The same as a table</summary>" in page


def test_in_plain_text_it_is_a_sentence(case, trail, network):
    assert repr(network) == f"Network of accounts and transfers. {network.left_out}"
    for picture in (case.sankey(trail), case.timeline(trail)):
        assert len(repr(picture)) < 500

"""Layers follow the money; circles are cut at their weakest; labels never overlap."""

import random

import networkx as nx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from finflow.pictures.layout import columns, grid, layers, spread

points = st.sampled_from("abcdefgh")
flows = st.dictionaries(st.tuples(points, points), st.floats(0.01, 1), min_size=1)


def test_a_chain_has_one_layer_a_step():
    assert layers({("a", "b"): 1, ("b", "c"): 1, ("a", "c"): 1}) == ({"a": 0, "b": 1, "c": 2}, set())


def test_a_mere_payer_stands_before_whom_it_pays():
    layer, _ = layers({("a", "b"): 1, ("b", "c"): 1, ("x", "c"): 1})
    assert layer["x"] == 1


def test_the_least_money_of_a_circle_runs_back():
    layer, back = layers({("a", "b"): 0.9, ("b", "c"): 0.8, ("c", "a"): 0.1})
    assert back == {("c", "a")}
    assert layer == {"a": 0, "b": 1, "c": 2}


def test_money_to_oneself_runs_back():
    assert layers({("a", "a"): 1.0, ("a", "b"): 1.0})[1] == {("a", "a")}


@given(flows)
def test_only_circles_run_back_and_everything_else_goes_forward(pairs):
    layer, back = layers(pairs)
    graph = nx.DiGraph(list(pairs))
    together = {point: n for n, part in enumerate(nx.strongly_connected_components(graph)) for point in part}
    assert set(layer) == {point for pair in pairs for point in pair}
    assert all(together[a] == together[b] for a, b in back)
    assert all(layer[a] < layer[b] for a, b in set(pairs) - back)
    assert min(layer.values()) >= 0


@given(flows, st.randoms())
def test_places_do_not_depend_on_the_order_of_rows(pairs, chance):
    shuffled = list(pairs.items())
    chance.shuffle(shuffled)
    layer, _ = layers(pairs)
    again, _ = layers(dict(shuffled))
    assert grid(layer, pairs, width=9, height=5) == grid(again, dict(shuffled), width=9, height=5)


@given(flows)
def test_no_two_points_share_a_place(pairs):
    layer, _ = layers(pairs)
    places = grid(layer, pairs, width=200, height=100)
    assert len(set(places.values())) == len(places) == len(layer)
    assert sorted(p for column in columns(layer, pairs) for p in column) == sorted(layer)


def test_a_long_column_is_folded_into_the_shape_of_a_page():
    pairs = {("hub", f"p{n}"): 1.0 for n in range(299)}
    places = grid(layers(pairs)[0], pairs, width=230, height=110)
    xs, ys = [x for x, _ in places.values()], [y for _, y in places.values()]
    assert 0.5 < (max(xs) - min(xs)) / (max(ys) - min(ys)) < 4


def test_neighbours_stand_near_each_other():
    pairs = {("a", "z"): 1.0, ("b", "y"): 1.0, ("c", "x"): 1.0}
    first, second = columns(layers(pairs)[0], pairs)
    assert [dict(pairs)[(a, b)] for a, b in zip(first, second, strict=True)] == [1.0] * 3


@given(st.lists(st.floats(-1000, 1000), min_size=1, max_size=30))
def test_spread_keeps_order_and_distance(wishes):
    gaps = [10.0] * (len(wishes) - 1)
    tops = spread(wishes, gaps)
    assert all(b - a >= 10 - 1e-6 for a, b in zip(tops, tops[1:], strict=False))


@pytest.mark.parametrize("wishes", [[0.0, 50.0, 100.0], [5.0]])
def test_spread_leaves_alone_what_fits(wishes):
    assert spread(wishes, [10.0] * (len(wishes) - 1)) == wishes


def test_three_hundred_points_are_laid_out_by_the_same_rule():
    chance = random.Random(7)
    pairs = {(f"p{chance.randrange(300)}", f"p{chance.randrange(300)}"): chance.random() for _ in range(900)}
    layer, back = layers(pairs)
    assert all(layer[a] < layer[b] for a, b in set(pairs) - back)

"""The linkage map: who speaks what, and which lines are converted."""

from itertools import pairwise
from xml.etree import ElementTree as ET

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.cutover import phase
from gateway.drawing import Edge, Node, map_svg
from gateway.drawing.linkages import joined
from gateway.model import Format, Phase

SVG = "{http://www.w3.org/2000/svg}"
L, S = Format.LEGACY, Format.STANDARD
NODES = [Node(name="juki", title="住民記録", speaks=S), Node(name="host", title="汎用機", speaks=L)]
EDGE = Edge(name="r", source="juki", to="host", phase=Phase.TRANSITION, label="001o001-00")


def parts(picture, kind):
    return [one for one in ET.fromstring(picture).iter() if kind in one.get("class", "").split()]


def test_a_system_that_moved_stands_on_the_right_and_its_line_to_the_left_is_dashed():
    picture = map_svg(NODES, [EDGE])
    (moved,), (still,) = parts(picture, "lg-node-standard"), parts(picture, "lg-node")
    assert float(moved.get("x")) > float(still.get("x"))
    # One line in the key, one on the map.
    assert len(parts(picture, "lg-edge-transition")) == 2
    assert ".lg-edge-transition{stroke:#d08a12;stroke-dasharray:7 4}" in picture


def test_an_arrow_points_at_the_system_that_receives():
    (_, leftwards) = parts(map_svg(NODES, [EDGE]), "lg-edge-transition")
    assert (leftwards.get("marker-start"), leftwards.get("marker-end")) == ("url(#lg-tip-transition)", None)
    back = Edge(name="r", source="host", to="juki", phase=Phase.TRANSITION)
    (_, rightwards) = parts(map_svg(NODES, [back]), "lg-edge-transition")
    assert (rightwards.get("marker-start"), rightwards.get("marker-end")) == (None, "url(#lg-tip-transition)")


def test_routes_of_one_direction_and_phase_are_one_line_that_says_how_many():
    several = [EDGE, Edge(name="s", source="juki", to="host", phase=Phase.TRANSITION, label="001o002-00")]
    (line,) = joined(several)
    assert (line.names, line.label) == (("r", "s"), "× 2")


def test_systems_without_a_route_and_routes_without_a_system_are_left_out():
    lonely = Node(name="x", title="孤立", speaks=L)
    stray = Edge(name="s", source="juki", to="unknown", phase=Phase.STANDARD)
    said = [one.text for one in ET.fromstring(map_svg([*NODES, lonely], [EDGE, stray])).iter(f"{SVG}text")]
    assert "孤立" not in said
    assert "標準化後 0" in said


def test_what_people_wrote_never_becomes_part_of_the_picture():
    evil = Node(name="juki", title="</text><script/>", speaks=S)
    assert [
        one for one in ET.fromstring(map_svg([evil, NODES[1]], [EDGE])).iter() if "script" in one.tag
    ] == []


@pytest.mark.parametrize("speaks", Format)
@pytest.mark.parametrize("label", ["gyoumu-zai-001-00", "x" * 80, "連携" * 40])
def test_the_label_of_a_line_beside_a_column_is_within_the_picture_and_off_the_systems(speaks, label):
    nodes = [Node(name=name, title="", speaks=speaks) for name in ("a", "b")]
    edge = Edge(name="r", source="a", to="b", phase=phase(speaks, speaks), label=label)
    picture = map_svg(nodes, [edge])
    (chip,) = parts(picture, "lg-chip")
    left, right = float(chip.get("x")), float(chip.get("x")) + float(chip.get("width"))
    wide = float(ET.fromstring(picture).get("viewBox").split()[2])
    assert 0 <= left < right <= wide
    for box in parts(picture, "lg-node") + parts(picture, "lg-node-standard"):
        start = float(box.get("x"))
        assert right <= start or left >= start + float(box.get("width"))


@given(
    st.lists(st.tuples(st.integers(0, 11), st.integers(0, 11)), max_size=60),
    st.lists(st.booleans(), min_size=12, max_size=12),
)
@settings(max_examples=40, deadline=None)
def test_no_system_stands_over_another_and_all_is_within_the_picture(pairs, moved):
    nodes = [
        Node(name=f"s{number}", title="", speaks=S if is_moved else L)
        for number, is_moved in enumerate(moved)
    ]
    speaks = {node.name: node.speaks for node in nodes}
    edges = [
        Edge(name=f"r{n}", source=f"s{a}", to=f"s{b}", phase=phase(speaks[f"s{a}"], speaks[f"s{b}"]))
        for n, (a, b) in enumerate(pairs)
    ]
    picture = map_svg(nodes, edges)
    high = float(ET.fromstring(picture).get("viewBox").split()[3])
    for kind in ("lg-node", "lg-node-standard"):
        boxes = sorted((float(one.get("y")), float(one.get("height"))) for one in parts(picture, kind))
        assert all(y + tall <= following for (y, tall), (following, _) in pairwise(boxes))
        assert all(y + tall <= high for y, tall in boxes)

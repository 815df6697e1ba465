"""Pictures of a migration: well-formed, without anything loaded, and saying what the plan says."""

import re
from datetime import UTC, datetime, timedelta, timezone
from itertools import pairwise
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.cutover import EndFormat, RouteFormat
from gateway.drawing import Labels, timeline_svg
from gateway.drawing.axis import Axis
from gateway.drawing.svg import fitted, tag, text, width
from gateway.planning.plan_picture import sample
from gateway.timeline import Frozen, PlannedEnd, PlannedRoute, WaveLine, timeline

ROOT = Path(__file__).parents[2]
SVG = "{http://www.w3.org/2000/svg}"
JST = timezone(timedelta(hours=9))
START, END = datetime(2027, 1, 1, tzinfo=JST), datetime(2027, 5, 1, tzinfo=JST)
MARCH = datetime(2027, 3, 1, tzinfo=JST)


def plan(count=1, title="介護から宛名へ", at=MARCH, **around):
    formats = RouteFormat(source=EndFormat(system=at), to=EndFormat(system="always"))
    ends = {"source": PlannedEnd(system="kaigo"), "to": PlannedEnd(system="atena")}
    routes = [
        PlannedRoute(name=f"r{number}", title=title, vendor=f"v{number % 3}", formats=formats, **ends)
        for number in range(count)
    ]
    return timeline(routes, START, END, **around)


def texts(picture):
    return [one.text or "" for one in ET.fromstring(picture).iter(f"{SVG}text")]


def bars(picture, phase):
    return [one for one in ET.fromstring(picture).iter(f"{SVG}rect") if one.get("class") == f"lg-{phase}"]


def test_a_bar_ends_where_its_cutover_stands_on_the_axis():
    picture = timeline_svg(plan(), zone=JST)
    *_, transition = bars(picture, "transition")
    *_, standard = bars(picture, "standard")
    share = (31 + 28) / (31 + 28 + 31 + 30)
    whole = float(transition.get("width")) + float(standard.get("width"))
    assert float(transition.get("width")) / whole == pytest.approx(share, abs=0.001)
    assert float(standard.get("x")) == pytest.approx(
        float(transition.get("x")) + float(transition.get("width")), abs=0.2
    )


def test_a_phase_is_told_by_word_and_pattern_besides_colour():
    picture = timeline_svg(plan(), zone=JST)
    assert "過渡期" in texts(picture)
    assert "3/1 標準化後" in texts(picture)
    assert ".lg-transition{fill:url(#lg-hatch)}" in picture


def test_waves_freezes_and_today_are_named():
    freeze = Frozen(
        start=datetime(2027, 4, 1, tzinfo=JST), end=datetime(2027, 4, 11, tzinfo=JST), reason="異動期"
    )
    shown = plan(freezes=[freeze], waves=[WaveLine(name="spring", at=MARCH)])
    said = texts(timeline_svg(shown, zone=JST, now=datetime(2027, 2, 2, tzinfo=JST)))
    assert {"spring 3/1", "異動期", "今日"} <= set(said)


def test_a_cutover_within_a_freeze_is_marked_and_said_in_the_key():
    freeze = Frozen(start=MARCH, end=MARCH + timedelta(days=3), reason="当初賦課")
    clashing = timeline_svg(plan(freezes=[freeze]), zone=JST)
    assert "凍結期間内の切替" in texts(clashing)
    assert "凍結期間内の切替" not in texts(timeline_svg(plan(), zone=JST))


def test_another_order_shows_todays_plan_below_it():
    before, after = plan(), plan(at=datetime(2027, 4, 1, tzinfo=JST))
    picture = timeline_svg(after, zone=JST, before=before, language="en")
    assert {"other order · 90 days", "today's plan · 59 days"} <= set(texts(picture))
    assert bars(picture, "ghost-transition")
    assert "thin: today's plan" in texts(picture), "the key says what the thin bars are"
    assert "thin: today's plan" not in texts(timeline_svg(before, zone=JST, language="en"))


def test_what_people_wrote_is_escaped_and_never_becomes_part_of_the_picture():
    evil = "</text><script>alert(1)</script>&\"'"
    root = ET.fromstring(timeline_svg(plan(title=evil), zone=JST, labels=Labels(title=evil)))
    assert [one.tag for one in root.iter() if one.tag.endswith("script")] == []
    assert evil in [one.text for one in root.iter(f"{SVG}text")]


@pytest.mark.parametrize("count", [1, 41, 200])
def test_every_route_has_its_row_within_the_picture(count):
    root = ET.fromstring(timeline_svg(plan(count), zone=JST))
    high = float(root.get("viewBox").split()[3])
    rows = [one for one in root.iter(f"{SVG}rect") if one.get("class") == "lg-standard"]
    assert len(rows) == count + 2  # one sign for the phase and one for a cutover stand in the key
    assert all(float(one.get("y")) + float(one.get("height")) < high for one in rows)


def test_names_of_flags_at_one_time_stand_in_different_lines():
    waves = [
        WaveLine(name=name, at=MARCH + timedelta(days=day))
        for day, name in enumerate(("spring", "haru", "x"))
    ]
    root = ET.fromstring(timeline_svg(plan(waves=waves), zone=JST))
    heights = {one.text: one.get("y") for one in root.iter(f"{SVG}text") if one.text}
    assert len({heights[name] for name in ("spring 3/1", "haru 3/2", "x 3/3")}) == 3


@given(
    st.datetimes(datetime(2020, 1, 1), datetime(2035, 1, 1), timezones=st.just(UTC)),
    st.timedeltas(timedelta(hours=1), timedelta(days=9000)),
)
@settings(max_examples=60)
def test_marks_of_an_axis_stand_in_order_within_it_and_apart(start, length):
    axis = Axis(start=start, end=start + length, left=100, width=800, zone=JST)
    places = [mark.x for mark in axis.marks("ja")]
    assert places == sorted(places)
    assert all(100 <= x <= 900 for x in places)
    assert all(other - one > 20 for one, other in pairwise(places))


@given(st.text(), st.floats(0, 300))
def test_a_fitted_text_has_room(words, room):
    shown = fitted(words, 10, room)
    assert width(shown, 10) <= room or shown == ""


@given(st.text(alphabet=st.characters(exclude_categories=["Cs", "Cc"]), min_size=1))
def test_any_text_comes_back_from_an_element_as_it_was(words):
    assert ET.fromstring(text(1, 2, words)).text == words
    assert ET.fromstring(tag("a", b=words)).get("b") == words


@pytest.mark.parametrize(("name", "language"), [("plan-sample.svg", "en"), ("plan-sample.ja.svg", "ja")])
def test_the_picture_in_the_documents_is_the_sample_citys_plan(name, language):
    assert (ROOT / "docs" / name).read_text(encoding="utf-8") == sample(ROOT / "config", language)


def test_a_picture_loads_nothing():
    assert re.findall(r"href|src=|@import|url\((?!#)", timeline_svg(plan(3), zone=JST)) == []

"""``plan``: the timeline of a city out of its configuration, and what another order would cost."""

import csv
import io
import json
import re
from datetime import UTC, datetime, timedelta, timezone
from xml.etree import ElementTree as ET

import pytest
import yaml
from click.testing import CliRunner
from written_city import FILES, ROUTE, write_city

from gateway.cli import main
from gateway.load import load
from gateway.planning.plan import Planner, UnknownMove
from gateway.timeline import Origin

JST = timezone(timedelta(hours=9))
NOW = datetime(2026, 11, 24, tzinfo=UTC)
START, END = datetime(2026, 12, 1, tzinfo=JST), datetime(2027, 6, 1, tzinfo=JST)
SYSTEMS = FILES["systems.yaml"]
WAVE = """\
waves:
  spring: {members: [juki], at: 2027-01-04T00:00:00+09:00}
"""


@pytest.fixture
def city(tmp_path):
    return write_city(tmp_path / "city")


def planner(city):
    return Planner(city=load(city, environment={}, now=NOW))


def ran(city, *words):
    return CliRunner().invoke(
        main, ["--config", str(city), "plan", "--from", "2026-12-01", "--to", "2027-05-31", *words]
    )


def test_each_cutover_says_where_its_date_comes_from(city):
    (city / "systems.yaml").write_text(SYSTEMS + WAVE, encoding="utf-8")
    (turn,) = planner(city).timeline(START, END).turns
    assert (turn.route, turn.side, turn.end.origin, turn.end.wave) == (
        "juki-to-linkage-master",
        "from",
        Origin.WAVE,
        "spring",
    )
    (moved,) = planner(city).timeline(START, END, {"juki": datetime(2027, 2, 1, tzinfo=JST)}).turns
    assert (moved.end.origin, moved.end.wave) == (Origin.MOVE, "")


def test_moving_a_wave_moves_its_members_and_its_line(city):
    (city / "systems.yaml").write_text(SYSTEMS + WAVE, encoding="utf-8")
    february = datetime(2027, 2, 1, tzinfo=JST)
    plan = planner(city).timeline(START, END, {"spring": february})
    assert [turn.at for turn in plan.turns] == [february]
    assert [wave.at for wave in plan.waves] == [february]


def test_a_route_of_a_wave_and_an_end_that_follows_it_move_with_it(city):
    may, june = datetime(2027, 5, 1, tzinfo=JST), datetime(2027, 6, 1, tzinfo=JST)
    wave = "waves:\n  spring: {members: [juki-to-linkage-master], at: 2027-05-01T00:00:00+09:00}\n"
    (city / "systems.yaml").write_text(SYSTEMS + wave, encoding="utf-8")
    until = datetime(2027, 7, 1, tzinfo=JST)
    (turn,) = planner(city).timeline(START, until).turns
    assert (turn.at, turn.end.origin, turn.end.wave) == (may, Origin.WAVE, "spring")
    (moved,) = planner(city).timeline(START, until, {"spring": june}).turns
    assert (moved.at, moved.end.origin) == (june, Origin.MOVE)
    accepted = "accepted:\n  - {route: juki-to-linkage-master, end: from, standard_from: {after: spring}, reason: 後}\n"
    following = wave.replace("juki-to-linkage-master", "kaigo") + accepted
    systems = re.sub(r"(kaigo:.*), standard_from: [^}]*", r"\1", SYSTEMS)
    (city / "systems.yaml").write_text(systems.split("accepted:")[0] + following, encoding="utf-8")
    route = city / "routes/vendor-a/juki-to-linkage-master.yaml"
    text = route.read_text(encoding="utf-8")
    route.write_text(
        text.replace("  system: juki\n", "  system: juki\n  standard_from: {after: spring}\n"),
        encoding="utf-8",
    )
    (turn,) = planner(city).timeline(START, until).turns
    assert (turn.at, turn.end.origin) == (may, Origin.END)
    assert "wave spring has switched" in turn.end.conditions
    (moved,) = planner(city).timeline(START, until, {"spring": june}).turns
    assert moved.at == june


def test_an_unknown_name_to_move_is_refused_with_the_nearest(city):
    with pytest.raises(UnknownMove, match="did you mean kaigo"):
        planner(city).timeline(START, END, {"kaigoo": "never"})
    done = ran(city, "--move", "kaigoo=never")
    assert (done.exit_code, "did you mean kaigo?" in done.stderr) == (2, True)


def test_a_date_that_cannot_be_read_is_wrong_use(city):
    assert ran(city, "--move", "juki=soon").exit_code == 2


def test_the_usual_time_shows_the_cutover_to_come(city):
    start, end = planner(city).usual(NOW)
    assert start <= NOW < datetime(2027, 1, 4, tzinfo=JST) < end
    assert (start.day, end.day) == (1, 1)


def test_days_are_those_of_the_gateways_zone(city):
    (only,) = json.loads(ran(city, "--json").stdout)["cutovers"]
    assert only["at"] == "2027-01-04T00:00:00+09:00"


def test_the_document_counts_what_another_order_costs(city):
    found = json.loads(ran(city, "--json", "--move", "juki=2027-02-01").stdout)
    # In transition from the move until the end of May, both days included.
    assert found["conversion_days"] == 28 + 31 + 30 + 31
    assert found["before"]["conversion_days"] == 28 + 28 + 31 + 30 + 31
    assert found["changed"] == ["juki-to-linkage-master"]


def test_csv_has_a_row_for_each_phase_of_each_route(city):
    rows = list(csv.DictReader(io.StringIO(ran(city, "--format", "csv").stdout)))
    assert [(row["route"], row["start"], row["phase"]) for row in rows] == [
        ("juki-to-linkage-master", "2026-12-01", "current"),
        ("juki-to-linkage-master", "2027-01-04", "transition"),
        ("kaigo-inside", "2026-12-01", "standard"),
    ]


def test_vendors_and_systems_are_counted_by_phase(city):
    rows = list(csv.DictReader(io.StringIO(ran(city, "--format", "csv", "--by", "system").stdout)))
    assert [(row["system"], row["start"], row["transition"]) for row in rows] == [
        ("juki", "2026-12-01", "0"),
        ("juki", "2027-01-04", "1"),
        ("kaigo", "2026-12-01", "0"),
        ("kaigo", "2027-01-04", "0"),
        ("linkage-master", "2026-12-01", "0"),
        ("linkage-master", "2027-01-04", "1"),
    ]


def test_the_picture_goes_into_the_file_that_is_named(city, tmp_path):
    done = ran(city, "--format", "svg", "--out", str(tmp_path / "plan.svg"))
    assert (done.exit_code, done.stdout) == (0, "")
    assert ET.parse(tmp_path / "plan.svg").getroot().tag.endswith("svg")


def test_the_table_says_phases_cutovers_and_conversions(city):
    shown = ran(city, "--move", "juki=2027-02-01").stdout
    assert "current → 2027-02-01 transition" in shown
    assert "this order changes 1 of 2 routes" in shown
    assert "by today's plan, over the same time: 0, 1 from 2027-01-04; 148 conversions x days" in shown


def test_a_plan_that_ends_before_it_begins_is_wrong_use(city):
    assert ran(city, "--to", "2026-11-01").exit_code == 2


def test_another_order_that_meets_a_freeze_is_marked(city):
    frozen = "freezes:\n  - {from: 2027-02-01, to: 2027-02-03, reason: 当初賦課}\n"
    (city / "systems.yaml").write_text(SYSTEMS + frozen, encoding="utf-8")
    (turn,) = planner(city).timeline(START, END, {"juki": datetime(2027, 2, 3, 23, 59, tzinfo=JST)}).turns
    assert turn.frozen == "当初賦課"
    assert "within a freeze 当初賦課" in ran(city, "--move", "juki=2027-02-03").stdout


def test_a_line_that_changes_is_shown_with_the_routes_that_use_it(city):
    old = FILES["endpoints.yaml"]
    new = old.replace(
        "    limits: {connections: 1}\n",
        "    limits: {connections: 1}\n    variants: [{from: 2027-03-15T00:00:00+09:00, host: 127.0.0.2}]\n",
    )
    (city / "endpoints.yaml").write_text(new, encoding="utf-8")
    (move,) = planner(city).timeline(START, END).relocations
    assert (move.at, move.what, move.routes) == (
        datetime(2027, 3, 15, tzinfo=JST),
        "mainframe",
        ("juki-to-linkage-master",),
    )
    assert json.loads(ran(city, "--json").stdout)["moves"][0]["endpoint"] == "mainframe"
    assert "接続先変更 mainframe 3/15" in ran(city, "--format", "svg").stdout


@pytest.mark.parametrize(
    ("start", "moves"), [("2026-12-24T00:00:00+09:00", 0), ("2027-02-01T00:00:00+09:00", 1)]
)
def test_a_place_of_a_format_counts_as_moved_only_while_the_end_speaks_it(city, start, moves):
    route = yaml.safe_load(FILES[ROUTE])
    place = route["from"]["standard"]
    route["from"]["standard"] = [place, place | {"from": start, "path": "juki/new/001o001_*.csv"}]
    (city / ROUTE).write_text(yaml.safe_dump(route, allow_unicode=True), encoding="utf-8")
    found = planner(city)
    assert "juki-to-linkage-master" in found.city.routes
    assert len(found.timeline(START, END).relocations) == moves


def test_a_route_with_faults_is_not_left_out_silently(city):
    (city / "routes/vendor-b/kaigo-inside.yaml").write_text("title: 1\n", encoding="utf-8")
    assert "経路 kaigo-inside は設定不備のため除きました" in ran(city).stderr


def test_the_shape_follows_from_the_files_name(city, tmp_path):
    for name, begins in (("p.svg", "<svg"), ("p.json", "{"), ("p.csv", "route,")):
        assert ran(city, "--out", str(tmp_path / name)).exit_code == 0
        assert (tmp_path / name).read_text(encoding="utf-8").startswith(begins)
    assert ran(city, "--out", str(tmp_path / "p.doc")).exit_code == 2


def test_several_systems_are_moved_with_one_option_or_with_one_each(city):
    moves = ("juki=2027-02-01", "linkage-master=2027-05-01")
    together = ran(city, "--move", *moves, "--format", "json").stdout
    assert together == ran(city, "--move", moves[0], "--move", moves[1], "--format", "json").stdout
    assert together != ran(city, "--move", moves[0], "--format", "json").stdout


def test_a_plan_of_some_routes_has_those_alone(city):
    assert {
        row.partition(",")[0] for row in ran(city, "kaigo-inside", "--format", "csv").stdout.splitlines()[1:]
    } == {"kaigo-inside"}
    unknown = ran(city, "kaigo-insidee")
    assert (unknown.exit_code, "kaigo-inside のことではありませんか" in unknown.stderr) == (2, True)


@pytest.mark.parametrize(
    "words",
    [
        ("kaigo-inside", "--impact", "juki"),
        ("--explain", "1"),
        ("--impact", "juki", "--move", "juki=never"),
        ("--files", "--impact", "juki"),
        ("--format", "table", "--out", "x"),
    ],
)
def test_options_that_mean_nothing_together_are_wrong_use(city, words):
    assert ran(city, *words).exit_code == 2

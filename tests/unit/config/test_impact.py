"""The scope of the linkage tests: what a move changes, and what provably stays."""

import csv
import io
import json
from datetime import UTC, datetime, timedelta, timezone

import pytest
from click.testing import CliRunner
from written_city import FILES, ROUTE, changed, write_city

from gateway.cli import main
from gateway.load import load
from gateway.model import Format
from gateway.planning.impact import impact

NOW = datetime(2026, 11, 24, tzinfo=UTC)
JST = timezone(timedelta(hours=9))


@pytest.fixture
def city(tmp_path):
    return write_city(tmp_path / "city")


def found(city, system):
    return impact(load(city, environment={}, now=NOW), system, NOW)


def ran(city, *words):
    return CliRunner().invoke(main, ["--config", str(city), "plan", *words])


def test_a_route_whose_source_moves_needs_a_test_and_says_what_changes(city):
    moving = found(city, "juki")
    assert moving.at == datetime(2027, 1, 4, tzinfo=JST)
    (one,) = moving.needing_test
    assert one.route == "juki-to-linkage-master"
    assert one.changes == (
        "from speaks standard",
        "from juki-onprem: out/JUKI_{date:%Y%m%d}_*.dat → object-storage: juki/out/001o001_*.csv",
        "from layout juki-legacy → juki-standard",
        "conversion juki-legacy-to-master → juki-to-master",
    )
    assert one.proof == ()


def test_what_the_changed_routes_use_is_new_dropped_or_kept(city):
    moving = found(city, "juki")
    assert moving.things("endpoints") == {
        "juki-onprem": "no longer used",
        "mainframe": "still used",
        "object-storage": "new",
    }
    assert moving.things("mappings") == {"juki-legacy-to-master": "no longer used", "juki-to-master": "new"}
    assert moving.things("layouts") == {
        "juki-legacy": "no longer used",
        "juki-master": "still used",
        "juki-standard": "new",
    }


def test_a_partner_whose_own_files_keep_their_form_is_told_apart(city):
    assert found(city, "juki").partners == {"linkage-master": False}


def test_an_end_with_a_date_of_its_own_stays_although_its_system_moves(city):
    (one,) = [one for one in found(city, "kaigo").staying if one.route == "kaigo-inside"]
    assert one.touches
    assert "from keeps a date of its own" in one.proof


def test_a_route_of_other_systems_stays_with_equal_forms_as_the_proof(city):
    (one,) = [one for one in found(city, "kaigo").staying if one.route == "juki-to-linkage-master"]
    assert one.before == one.after
    assert one.proof[0] == "neither end is of this system"
    # By March resident records have moved.
    assert any("form juki-standard" in why and "before and after" in why for why in one.proof)


def test_every_route_is_on_one_of_the_two_lists(city):
    for system in ("juki", "kaigo", "linkage-master"):
        scope = found(city, system)
        assert sorted([one.route for one in (*scope.needing_test, *scope.staying)]) == sorted(
            load(city, environment={}).routes
        )


def test_a_system_that_never_moves_is_looked_at_as_if_it_did(city):
    scope = found(city, "linkage-master")
    assert (scope.moved, scope.at) == ("never", NOW)
    (one,) = scope.needing_test
    assert one.after.to.format is Format.STANDARD
    assert "conversion juki-legacy-to-master → none" in one.changes


def test_a_partner_that_moves_at_the_same_instant_is_named(city):
    same = changed("systems.yaml", "2027-03-01T00:00:00+09:00", "2027-01-04T00:00:00+09:00")
    (city / "systems.yaml").write_text(same["systems.yaml"], encoding="utf-8")
    assert found(city, "juki").together == ("kaigo",)


def test_a_place_that_changes_with_the_move_alone_needs_a_test_too(city):
    # The standard place differs, the form does not: no layout on either side, passed through with a reason.
    text = FILES[ROUTE].replace("    layout: juki-legacy\n", "").replace("    layout: juki-standard\n", "")
    text = text.replace("    profile: standard-csv\n", "").replace("    layout: juki-master\n", "")
    text = text.replace(
        "convert: [juki-to-master, juki-legacy-to-master]", "pass_through: true\nreason: 同じ形"
    )
    (city / ROUTE).write_text(text, encoding="utf-8")
    (one,) = found(city, "juki").needing_test
    assert not any("layout" in change for change in one.changes)


def test_the_command_says_both_lists(city):
    shown = ran(city, "--impact", "juki").stdout
    assert "juki moves at 2027-01-04T00:00:00+09:00" in shown
    assert "routes that need a test: 1" in shown
    assert "routes that provably stay as they are: 1" in shown


def test_csv_and_document_have_every_route(city):
    rows = list(csv.DictReader(io.StringIO(ran(city, "--impact", "juki", "--format", "csv").stdout)))
    assert [(row["route"], row["needs_test"]) for row in rows] == [
        ("juki-to-linkage-master", "yes"),
        ("kaigo-inside", "no"),
    ]
    told = json.loads(ran(city, "--impact", "juki", "--json").stdout)
    assert [one["route"] for one in told["needing_test"]] == ["juki-to-linkage-master"]
    assert [one["route"] for one in told["staying"]] == ["kaigo-inside"]
    assert told["partners"] == {"linkage-master": False}


def test_an_unknown_system_is_wrong_use(city):
    done = ran(city, "--impact", "jukki")
    assert (done.exit_code, "did you mean juki?" in done.stderr) == (2, True)

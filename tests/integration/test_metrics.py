"""What Prometheus reads, and that the rules and the dashboard of deploy/ ask only for what is there."""

import json
import re
from datetime import timedelta
from pathlib import Path

import pytest
import yaml
from prometheus_client.parser import text_string_to_metric_families

from adapters.errors import NoAccess, Transient
from gateway.app import Around
from gateway.journal.switching import Ruling
from gateway.observing.metrics import PREFIX
from tests.support.city import CONVERTING, CSV, FIXED, MAPPING, Town
from tests.support.cutovers import SYSTEMS, TO_NEW, L, S, T, day, prepared
from tests.support.watching import Ahead, ran

MONITORING = Path(__file__).resolve().parents[2] / "deploy/monitoring"


@pytest.fixture
async def read(tmp_path):
    """The metrics of a gateway that has carried one file of five bytes, as values by name and labels."""
    town = Town(tmp_path)
    town.route()
    town.route("late")
    (town.here / "a.dat").write_bytes(b"hello")
    async with town.gateway() as gateway:
        await gateway.once(["r"], patience=timedelta(0))
        return await values(gateway)


async def values(gateway):
    text = (await gateway.metrics.text()).decode()
    return {
        (sample.name, *sorted(sample.labels.items())): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


async def test_what_was_carried_is_counted_by_route(read):
    assert read[PREFIX + "files_total", ("outcome", "carried"), ("route", "r")] == 1
    assert read[PREFIX + "bytes_total", ("route", "r")] == 5
    assert read[PREFIX + "runs_total", ("outcome", "ok"), ("route", "r")] == 1


async def test_what_a_route_carries_begins_at_nothing_so_that_its_first_file_is_a_rise(read):
    assert read[PREFIX + "files_total", ("outcome", "carried"), ("route", "late")] == 0
    assert read[PREFIX + "bytes_total", ("route", "late")] == 0
    assert read[PREFIX + "records_total", ("route", "late")] == 0


async def test_no_metric_is_the_instant_at_which_a_counter_began(read):
    assert [name for name, *_ in read if name.endswith("_created")] == []


async def test_freshness_backlog_state_and_phase_of_a_route_are_gauges(read):
    labels = ("route", "r"), ("vendor", "v")
    assert 0 <= read[PREFIX + "route_seconds_since_success", *labels] < 60
    assert read[PREFIX + "route_overdue_seconds", *labels] == 0
    assert read[PREFIX + "route_pending_files", *labels] == 0
    assert read[PREFIX + "route_state", ("route", "r"), ("state", "running"), ("vendor", "v")] == 1
    assert read[PREFIX + "route_phase", ("phase", "current"), ("route", "r")] == 1


async def test_a_route_that_never_ran_has_no_age_of_its_last_success(read):
    assert (PREFIX + "route_seconds_since_success", ("route", "late"), ("vendor", "v")) not in read
    assert read[PREFIX + "route_overdue_seconds", ("route", "late"), ("vendor", "v")] == 0


async def test_the_gateways_own_disk_and_its_endpoints_are_gauges(read):
    assert read[PREFIX + "endpoint_up", ("endpoint", "here")] == 1
    assert read[(PREFIX + "spool_limit_bytes",)] == 2**30
    assert read[(PREFIX + "journal_bytes",)] > 0
    assert read[(PREFIX + "disk_free_bytes",)] > 0


async def test_a_gate_is_a_gauge_from_its_announcement_until_its_cutover_is_made(tmp_path):
    town = prepared(tmp_path)
    town.write("systems.yaml", SYSTEMS % "{require: [approved, {compared: 1}], announce: 7d}")
    town.write("routes/v/r.yaml", TO_NEW)
    name = "r@2027-01-03T15:00:00Z"
    gate, met, left = (
        PREFIX + one for one in ("cutover_gate", "cutover_condition_met", "cutover_seconds_left")
    )
    async with day(town, T - timedelta(days=8)) as today:
        await today.once()
        assert not {key for key in await values(today.gateway) if key[0] in (gate, met, left)}
        today.clock.move(days=2)
        await today.once()
        read = await values(today.gateway)
        assert read[gate, ("cutover", name), ("state", "announced")] == 1
        assert read[left, ("cutover", name)] == 6 * 86400
        today.clock.move(days=7)
        await today.once()
        read = await values(today.gateway)
        assert read[gate, ("cutover", name), ("state", "closed")] == 1
        assert read[left, ("cutover", name)] == -86400
        rulings = today.gateway.journal.switching
        await rulings.ruled(
            Ruling(cutover=name, kind="approve", subject="r", who="田中", reason="課長承認済み")
        )
        today.clock.move(minutes=2)
        await today.once()
        read = await values(today.gateway)
        found = {dict(key[1:])["condition"]: value for key, value in read.items() if key[0] == met}
        assert (found["approved"], found["compared"]) == (1, 0)
        await rulings.ruled(
            Ruling(cutover=name, kind="waive", subject="compared", who="田中", reason="確認済み")
        )
        today.clock.move(minutes=2)
        await today.once()
        today.clock.move(minutes=2)
        await today.once()
        assert today.formats == (L, S)
        assert not {key for key in await values(today.gateway) if key[0] in (gate, met, left)}


def asked():
    rules = yaml.safe_load((MONITORING / "alert-rules.yaml").read_text(encoding="utf-8"))
    yield from (rule["expr"] for group in rules["groups"] for rule in group["rules"])
    board = json.loads((MONITORING / "dashboard.json").read_text(encoding="utf-8"))
    yield from (target["expr"] for panel in board["panels"] for target in panel["targets"])


async def test_rules_and_dashboard_ask_only_for_metrics_that_are_there(read):
    # a counter shows up with its first count, and nothing failed here; no cutover is coming either
    there = {name for name, *_ in read} | {
        PREFIX + name for name in ("failures_total", "route_days_to_cutover", "cutover_gate")
    }
    wanted = {
        name for expr in asked() for name in re.findall(rf"{PREFIX}\w+", expr) if not name.endswith("_")
    }
    assert wanted
    assert wanted <= there


def test_every_rule_says_in_words_what_is_wrong_and_what_to_do():
    rules = yaml.safe_load((MONITORING / "alert-rules.yaml").read_text(encoding="utf-8"))
    for group in rules["groups"]:
        for rule in group["rules"]:
            assert rule["annotations"].keys() == {"summary", "action"}
            assert rule["labels"]["severity"] in {"info", "warning", "error", "critical"}


MADE = ("route", "r"), ("vendor", "v")


async def test_a_held_file_is_counted_with_its_bytes_and_its_alarm_until_a_person_has_decided(tmp_path):
    town = Town(tmp_path)
    for path, text in (("layouts/fixed", FIXED), ("layouts/csv", CSV), ("mappings/fixed-to-csv", MAPPING)):
        town.write(f"{path}.yaml", text)
    town.write("routes/v/r.yaml", CONVERTING)
    (town.here / "a.dat").write_bytes(b"bad")
    async with town.gateway() as gateway:
        await gateway.once(["r"], patience=timedelta(0))
        await gateway._desk.look()
        read = await values(gateway)
        assert read[PREFIX + "route_held_files", *MADE] == 1
        assert read[PREFIX + "route_pending_files", *MADE] == 0
        assert read[PREFIX + "route_open_bytes", *MADE] == 3
        assert read[PREFIX + "files_total", ("outcome", "held"), ("route", "r")] == 1
        assert read[PREFIX + "alarms", ("severity", "error")] == 1
        (held,) = await gateway.journal.open_transfers()
        await ran(town, "release", held.id, "--superseded", "--reason", "差替済み")
        await gateway.once(["r"], patience=timedelta(0))
        await gateway._desk.look()
        read = await values(gateway)
        assert read[PREFIX + "route_held_files", *MADE] == 0
        assert read[PREFIX + "alarms", ("severity", "error")] == 0


async def test_a_file_that_could_not_be_written_is_backlog_of_some_age_that_is_tried_again(tmp_path):
    def around(name, adapter):
        async def fail(target, chunks):
            raise Transient("the line went")

        if name == "there":
            adapter.write = fail
        return adapter

    town = Town(tmp_path)
    town.route(rest="retry: {fast: {times: 5, within: 5m}}")
    (town.here / "a.dat").write_bytes(b"hello")
    async with town.gateway(Around(adapter=around)) as gateway:
        await gateway.once(["r"], patience=timedelta(0))
        gateway.board._clock = Ahead(timedelta(minutes=2))
        gateway.metrics._clock = Ahead(timedelta(minutes=2))
        read = await values(gateway)
    assert read[PREFIX + "route_pending_files", *MADE] == 1
    assert read[PREFIX + "route_retrying_files", *MADE] == 1
    assert read[PREFIX + "route_open_bytes", *MADE] == 5
    assert 120 <= read[PREFIX + "route_oldest_pending_seconds", *MADE] < 240
    assert read[PREFIX + "failures_total", ("error_kind", "Transient"), ("route", "r")] == 1
    assert read[(PREFIX + "spool_bytes",)] >= 5


async def test_a_place_that_refuses_us_is_down_and_the_run_has_failed(tmp_path):
    def around(name, adapter):
        async def refuse(pattern):
            raise NoAccess("the login was refused", hint="see login")

        if name == "here":
            adapter.scan = refuse
        return adapter

    town = Town(tmp_path)
    town.route()
    async with town.gateway(Around(adapter=around)) as gateway:
        await gateway.once(["r"], patience=timedelta(0))
        await gateway._desk.look()
        read = await values(gateway)
    assert read[PREFIX + "endpoint_up", ("endpoint", "here")] == 0
    assert read[PREFIX + "endpoint_up", ("endpoint", "there")] == 1
    assert read[PREFIX + "runs_total", ("outcome", "failed"), ("route", "r")] == 1

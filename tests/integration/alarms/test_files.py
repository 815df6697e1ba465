"""Every alarm about files, and what the person on duty does about it."""

from datetime import timedelta

import pytest

from adapters.errors import Transient
from gateway.app import Around
from gateway.evidence.taking import Taking
from tests.integration.test_clear_errors import record
from tests.integration.test_correcting import filled
from tests.integration.test_erasing import beside
from tests.integration.test_shadowing import shadowed
from tests.support.city import CONVERTING, CSV
from tests.support.states import put, town_of_changes
from tests.support.watching import Ahead, ran

GOOD = record("00001", "山田太郎", b"00012")
NOW = timedelta(0)


async def once(gateway):
    return (await gateway.once(["r"], patience=NOW))[0]


async def released(gateway):
    (held,) = [one for one in await gateway.journal.open_transfers() if one.reason]
    await gateway.journal.released(held, who="田中", why="確認済み")


@pytest.mark.provokes("file_held")
async def test_a_file_whose_name_is_taken_is_held_until_the_name_is_free_and_it_is_released(town, alarm):
    town.route()
    (town.here / "a.dat").write_bytes(b"ours")
    (town.there / "a.dat").write_bytes(b"theirs")
    async with town.gateway() as gateway:
        await once(gateway)
        raised = await alarm.raised(gateway)
        assert (raised.route, "name_taken" in raised.detail) == ("r", True)
        (town.there / "a.dat").unlink()
        await released(gateway)
        await once(gateway)
        await alarm.over(gateway)
    assert town.arrived() == {"a.dat": b"ours"}


@pytest.mark.provokes("file_held_long")
async def test_a_file_that_nobody_decides_on_is_told_of_again_until_somebody_does(town, alarm):
    town.write(
        "gateway.yaml",
        f"gateway: {{name: test, state_dir: {town.root / 'state'}}}\nvendors: {{v: {{}}}}\nretention: {{held: 10d}}\n",
    )
    town.route(rest="revisions: hold")
    async with town.gateway() as gateway:
        for content in (b"one", b"two"):
            (town.here / "a.dat").write_bytes(content)
            await once(gateway)
        gateway._keeping._clock = Ahead(timedelta(days=11))
        await gateway._keeping.look_at_held()
        await alarm.raised(gateway)
        await released(gateway)
        await alarm.over(gateway)


@pytest.mark.provokes("attempt_failed")
async def test_an_attempt_that_fails_is_over_when_a_later_one_succeeds(town, alarm):
    failing = [True]

    def around(name, adapter):
        write = adapter.write

        async def fail(target, chunks):
            if failing:
                raise Transient("the line went")
            return await write(target, chunks)

        if name == "there":
            adapter.write = fail
        return adapter

    town.route(rest="retry: {fast: {times: 5, within: 5s}}")
    (town.here / "a.dat").write_bytes(b"one")
    async with town.gateway(Around(adapter=around)) as gateway:
        await once(gateway)
        await alarm.raised(gateway)
        failing.clear()
        (tried,) = await gateway.journal.open_transfers()
        gateway._journeys["r"].clock.now = lambda: tried.retry_at + timedelta(seconds=1)
        await once(gateway)
        del gateway._journeys["r"].clock.now
        await alarm.over(gateway)
    assert town.arrived() == {"a.dat": b"one"}


@pytest.mark.provokes("baseline_needed")
async def test_a_lost_base_is_over_with_the_full_file_that_differences_begin_with_anew(tmp_path, alarm):
    town = town_of_changes(tmp_path)
    rows = {"00001": ("山田", 10)}
    async with town.gateway() as gateway:
        put(town, "a.dat", rows)
        await once(gateway)
        for path in (town.root / "state/states").rglob("*"):
            if path.is_file():
                path.unlink()
        put(town, "b.dat", rows | {"00002": ("佐藤", 20)})
        await once(gateway)
        raised = await alarm.raised(gateway)
        assert raised.subject == "r"
        await ran(town, "rebaseline", "r", "--reason", "A社が全件を再送")
        await once(gateway)
        await alarm.over(gateway)


@pytest.mark.provokes("values_odd")
async def test_odd_values_are_told_of_until_the_source_was_asked(town, alarm):
    number = "name: 番号, type: X, length: 5, key: true"
    town.write("layouts/csv.yaml", CSV.replace(number, f"{number}, check_digit: true"))
    (town.here / "a.dat").write_bytes(GOOD)
    async with town.gateway() as gateway:
        await once(gateway)
        await alarm.raised(gateway)
        await alarm.closed(gateway)


@pytest.mark.provokes("records_diverted")
async def test_records_that_were_taken_out_are_told_of_until_they_follow_corrected(town, alarm):
    town.write("routes/v/r.yaml", CONVERTING + "bad_records: divert\n")
    (town.here / "a.dat").write_bytes(GOOD + record("00002", "鈴木花子", b"00x34"))
    async with town.gateway() as gateway:
        await once(gateway)
        child = (await alarm.raised(gateway)).subject
        (sheet,) = (town.root / "state/diverted").iterdir()
        filled(sheet, "34")
        await ran(town, "release", child, "--corrected", str(sheet), "--reason", "原票で確認")
        await once(gateway)
        await alarm.over(gateway)
    assert len(town.arrived()) == 2


@pytest.mark.provokes("name_refused")
async def test_a_name_that_may_not_be_used_is_told_of_and_the_file_comes_under_another(town, alarm):
    town.route()
    bad = town.here / "a\tb.dat"
    bad.write_bytes(b"one")
    async with town.gateway() as gateway:
        await once(gateway)
        await alarm.raised(gateway)
        bad.rename(town.here / "ab.dat")
        await once(gateway)
        assert town.arrived() == {"ab.dat": b"one"}
        await alarm.closed(gateway)


@pytest.mark.provokes("settle_skipped")
async def test_a_source_that_changed_meanwhile_is_left_alone_and_comes_as_a_revision(town, alarm):
    def around(name, adapter):
        write = adapter.write

        async def meanwhile(target, chunks):
            done = await write(target, chunks)
            (town.here / "a.dat").write_bytes(b"newer")
            return done

        if name == "there" and not town.arrived():
            adapter.write = meanwhile
        return adapter

    town.route(rest="after: delete")
    (town.here / "a.dat").write_bytes(b"one")
    async with town.gateway(Around(adapter=around)) as gateway:
        await once(gateway)
        await alarm.raised(gateway)
    async with town.gateway() as gateway:
        await once(gateway)
        assert town.arrived() == {"a.dat": b"one", "a-r2.dat": b"newer"}
        await alarm.closed(gateway)


@pytest.mark.provokes("marker_alone")
async def test_a_marker_without_its_file_is_told_of_until_the_source_was_asked(town, alarm):
    town.route()
    path = town.root / "config/routes/v/r.yaml"
    path.write_text(path.read_text().replace("at-once", '{marker: "{name}.done"}'))
    (town.here / "a.dat.done").touch()
    async with town.gateway() as gateway:
        await once(gateway)
        await once(gateway)
        await alarm.raised(gateway)
        (town.here / "a.dat").write_bytes(b"one")
        await once(gateway)
        assert "a.dat" in town.arrived()
        await alarm.closed(gateway)


@pytest.mark.provokes("manifest_faulty")
async def test_a_list_that_cannot_be_read_is_told_of_and_written_anew_by_the_source(town, alarm):
    town.route()
    path = town.root / "config/routes/v/r.yaml"
    path.write_text(path.read_text().replace("at-once", '{manifest: "*.manifest"}'))
    (town.here / "day.manifest").write_text("name,bytes\n../secret.dat,3\n")
    (town.here / "a.dat").write_bytes(b"one")
    async with town.gateway() as gateway:
        await once(gateway)
        await alarm.raised(gateway)
        (town.here / "day.manifest").write_text("name,bytes\na.dat,3\n")
        await once(gateway)
        assert "a.dat" in town.arrived()
        await alarm.closed(gateway)


async def looked_later(gateway):
    """Look at what consumers took, half an hour and more later."""
    gateway._journeys["r"].clock.now = Ahead(timedelta(minutes=31)).now
    await Taking(gateway._journeys, gateway.clock).look()
    del gateway._journeys["r"].clock.now


@pytest.mark.provokes("file_not_taken")
async def test_a_file_that_its_consumer_leaves_is_told_of_until_it_is_taken(town, alarm):
    town.route(to="taken: {by: removed, within: 30m}")
    (town.here / "a.dat").write_bytes(b"one")
    async with town.gateway() as gateway:
        await once(gateway)
        await looked_later(gateway)
        await alarm.raised(gateway)
        (town.there / "a.dat").unlink()
        await looked_later(gateway)
        await alarm.over(gateway)


@pytest.mark.provokes("receipt_differs")
async def test_a_receipt_with_another_count_is_told_of_until_the_consumer_was_asked(town, alarm):
    receipt = 'taken: {by: receipt, receipt: {path: "{name}.json", counts: count}}'
    path = town.root / "config/routes/v/r.yaml"
    path.write_text(path.read_text().replace("layout: csv}", f"layout: csv, {receipt}}}"))
    (town.here / "a.dat").write_bytes(GOOD)
    async with town.gateway() as gateway:
        await once(gateway)
        (name,) = town.arrived()
        (town.there / f"{name}.json").write_text('{"count": 9}')
        await looked_later(gateway)
        await looked_later(gateway)
        await alarm.raised(gateway)
        await alarm.closed(gateway)


@pytest.mark.provokes("shadow_left")
async def test_a_shadow_whose_name_another_file_has_is_left_and_told_of_until_somebody_has_looked(
    town, alarm
):
    beside(town)
    (town.here / "a.dat").write_bytes(GOOD)
    await shadowed(town)
    place = town.root / "beside/trial/a.csv"
    place.unlink()
    place.write_bytes(b"of somebody else")
    async with town.gateway() as gateway:
        gateway._keeping._clock = Ahead(timedelta(days=36))
        await gateway._keeping.erase()
        await alarm.raised(gateway)
        await gateway._keeping.erase()
        await alarm.closed(gateway)
    assert place.read_bytes() == b"of somebody else"

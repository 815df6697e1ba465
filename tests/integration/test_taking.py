"""What consumers do with delivered files: seen, counted, and missed when it does not happen in time."""

import asyncio
import json
from datetime import date, timedelta

import pytest

from adapters.errors import NotFound
from gateway.app import Around, Gateway
from gateway.errors import JournalUnusable
from gateway.evidence.ledger import lines
from tests.integration.test_clear_errors import record
from tests.integration.test_commands import ran
from tests.integration.test_keeping import SetClock
from tests.support.city import CONVERTING, CSV, FIXED, MAPPING, Town


@pytest.fixture
def town(tmp_path):
    return Town(tmp_path)


def opened(town, clock, around=None):
    return Gateway(town.load(), clock=clock, report=town.report(), around=around)


async def looked(town, *, ahead=timedelta(), around=None):
    clock = SetClock()
    clock.ahead = ahead
    async with opened(town, clock, around) as gateway:
        await gateway.once(["r"], patience=timedelta(seconds=5))
        waiting = await gateway.journal.takings.untaken()
        sums = await gateway.journal.ledger.sums(date.min, date.max)
        return waiting, lines(sums)


async def delivered(town, taken, content=b"one"):
    town.route(to=f"taken: {{{taken}}}")
    (town.here / "a.dat").write_bytes(content)
    return await looked(town)


async def test_a_file_that_its_consumer_removes_was_taken(town):
    waiting, _ = await delivered(town, "by: removed, within: 30m")
    assert [one.path for one in waiting] == ["a.dat"]
    (town.there / "a.dat").unlink()
    waiting, (line,) = await looked(town)
    assert waiting == []
    assert line.taken.files == 1
    assert len(town.log.events("file_taken")) == 1


async def test_a_file_that_stays_is_an_alarm_once_after_its_time_and_not_before(town):
    await delivered(town, "by: removed, within: 30m")
    await looked(town, ahead=timedelta(minutes=29))
    assert town.log.events("file_not_taken") == []
    for _ in range(2):
        _, (line,) = await looked(town, ahead=timedelta(minutes=31))
    (alarm,) = town.log.events("file_not_taken")
    assert alarm["file"] == "there:a.dat"
    assert line.taken.files == 0


async def test_a_place_that_lost_its_folder_is_not_a_consumer_that_took_a_file(town):
    town.route(to="taken: {by: removed}")
    path = town.root / "config/routes/v/r.yaml"
    path.write_text(path.read_text().replace('path: "{stem}', 'path: "in/{stem}'))
    (town.here / "a.dat").write_bytes(b"one")
    await looked(town)
    (town.there / "in").rename(town.there / "away")
    waiting, _ = await looked(town)
    assert len(waiting) == 1


async def test_an_endpoint_that_does_not_answer_is_not_a_consumer_that_took_a_file(town):
    await delivered(town, "by: removed")

    def around(name, adapter):
        async def gone(path):
            raise NotFound("gone")

        async def away(pattern):
            raise NotFound("the folder is not there")

        if name == "there":
            adapter.stat, adapter.scan = gone, away
        return adapter

    waiting, _ = await looked(town, around=Around(adapter=around))
    assert len(waiting) == 1


async def test_a_file_whose_taking_is_not_observed_is_never_asked_after(town):
    waiting, (line,) = await delivered(town, "by: none")
    assert waiting == []
    assert line.taken is None


async def test_a_file_that_replaces_another_is_the_one_that_is_asked_after(town):
    town.route(to="exists: replace, content: full, taken: {by: removed}")
    path = town.root / "config/routes/v/r.yaml"
    path.write_text(path.read_text().replace("{stem}{revision}{suffix}", "{name}"))
    for content in (b"one", b"two"):
        (town.here / "a.dat").write_bytes(content)
        waiting, _ = await looked(town)
    assert len(waiting) == 1
    (town.there / "a.dat").unlink()
    waiting, (line,) = await looked(town)
    assert (waiting, line.taken.files) == ([], 1)


def converting(town, taken):
    town.write("layouts/fixed.yaml", FIXED)
    town.write("layouts/csv.yaml", CSV)
    town.write("mappings/fixed-to-csv.yaml", MAPPING)
    to = 'path: "{seq:04}.csv", layout: csv'
    town.write("routes/v/r.yaml", CONVERTING.replace(to, f"{to}, taken: {taken}"))
    (town.here / "a.dat").write_bytes(record("00001", "山田太郎", b"00012") * 3)


async def test_a_receipt_with_the_count_that_was_sent_is_no_alarm(town):
    converting(town, '{by: receipt, receipt: {path: "receipts/{name}.json", counts: count}}')
    await looked(town)
    (town.there / "receipts").mkdir()
    (town.there / "receipts/0001.csv.json").write_text('{"count": 3}')
    waiting, (line,) = await looked(town)
    assert waiting == []
    assert (line.taken.files, line.taken.records) == (1, 3)
    assert town.log.events("receipt_differs") == []


@pytest.mark.parametrize(("receipt", "said"), [('{"count": 2}', "2"), ("garbage", "none that can be read")])
async def test_a_receipt_with_another_count_is_an_alarm(town, receipt, said):
    converting(town, '{by: receipt, receipt: {path: "{name}.json", counts: count}}')
    await looked(town)
    (town.there / "0001.csv.json").write_text(receipt)
    await looked(town)
    await looked(town)
    (alarm,) = town.log.events("receipt_differs")
    assert alarm["reason"] == f"sent 3, taken {said}"


COUNTED = '{by: receipt, receipt: {path: "{name}.json", counts: count}}'


async def test_a_consumer_that_made_good_what_it_refused_has_taken_the_file_by_its_next_receipt(town):
    converting(town, COUNTED)
    await looked(town)
    for said, taken in ((2, (0, 2)), (3, (1, 3))):
        (town.there / "0001.csv.json").write_text(json.dumps({"count": said}))
        waiting, (line,) = await looked(town)
        assert (line.taken.files, line.taken.records) == taken
    assert (waiting, len(town.log.events("receipt_differs"))) == ([], 1)
    assert len(town.log.events("file_taken")) == 1


async def test_a_receipt_that_says_no_count_is_no_taking(town):
    converting(town, COUNTED)
    await looked(town)
    (town.there / "0001.csv.json").write_text("garbage")
    _, (line,) = await looked(town)
    assert (line.taken.files, line.taken.records) == (0, 0)


async def test_an_empty_receipt_is_one_that_is_being_written(town):
    converting(town, COUNTED)
    await looked(town)
    (town.there / "0001.csv.json").touch()
    await looked(town)
    (town.there / "0001.csv.json").write_text('{"count": 3}')
    _, (line,) = await looked(town)
    assert (line.taken.records, town.log.events("receipt_differs")) == (3, [])


async def test_the_second_part_that_is_not_taken_stays_an_alarm_when_the_first_is(town):
    converting(town, "{by: removed, within: 30m}")
    path = town.root / "config/routes/v/r.yaml"
    split = path.read_text().replace("{seq:04}", "{stem}_{part}") + "limits: {records_per_file: 2}\n"
    path.write_text(split)
    clock = SetClock()
    async with opened(town, clock) as gateway:

        async def alarms():
            await gateway.once(["r"], patience=timedelta(seconds=5))
            await gateway._desk.look()
            found = [one.event for one in await gateway.journal.people.open_alarms()]
            return [event for event in found if event == "file_not_taken"]

        await alarms()
        clock.ahead = timedelta(minutes=31)
        for taken, left in (("a_1.csv", ["file_not_taken"]), ("a_2.csv", [])):
            assert await alarms() == ["file_not_taken"]
            (town.there / taken).unlink()
            assert await alarms() == left


async def test_a_file_that_another_one_replaced_before_it_was_taken_is_a_persons_to_close(town):
    """Nobody looks for it any more, so nothing that is seen could ever end its alarm."""
    town.route(to="content: full, exists: replace, taken: {by: removed, within: 30m}")
    path = town.root / "config/routes/v/r.yaml"
    path.write_text(path.read_text().replace("{stem}{revision}{suffix}", "full.dat"))
    clock = SetClock()
    async with opened(town, clock) as gateway:

        async def alarms():
            await gateway.once(["r"], patience=timedelta(seconds=5))
            await gateway._desk.look()
            found = await gateway.journal.people.open_alarms()
            return [one for one in found if one.event == "file_not_taken"]

        (town.here / "a.dat").write_bytes(b"one")
        await alarms()
        clock.ahead = timedelta(minutes=31)
        (replaced,) = await alarms()
        (town.here / "b.dat").write_bytes(b"two")
        await alarms()
        assert town.arrived() == {"full.dat": b"two"}
        (town.there / "full.dat").unlink()
        assert [one.number for one in await alarms()] == [replaced.number]
    done = ran(town, "ack", str(replaced.number), "--done", "--note", "新しいファイルを取込済み")
    assert done.returncode == 0, done.stderr


async def test_a_running_gateway_sees_what_is_taken_while_another_place_hangs(town, monkeypatch):
    monkeypatch.setattr("gateway.evidence.taking.LOOK_EVERY", timedelta(milliseconds=20))
    town.endpoints(f"elsewhere: {{adapter: local, root: {town.root / 'elsewhere'}}}")
    (town.root / "elsewhere").mkdir()
    town.route(to="taken: {by: removed}")
    text = (town.root / "config/routes/v/r.yaml").read_text()
    town.write("routes/v/s.yaml", text.replace("endpoint: there", "endpoint: elsewhere"))
    (town.here / "a.dat").write_bytes(b"one")
    hangs = asyncio.Event()

    def around(name, adapter):
        stat = adapter.stat

        async def hang(path):
            if (town.root / "elsewhere/a.dat").exists() and not (town.there / "a.dat").exists():
                hangs.set()
                await asyncio.Event().wait()
            return await stat(path)

        if name == "elsewhere":
            adapter.stat = hang
        return adapter

    stop = asyncio.Event()
    async with opened(town, SetClock(), Around(adapter=around)) as gateway, asyncio.TaskGroup() as group:
        group.create_task(gateway.run(stop))
        await town.log.seen("file_carried", 2)
        (town.there / "a.dat").unlink()
        async with asyncio.timeout(30):
            await hangs.wait()
        (taken,) = await town.log.seen("file_taken")
        stop.set()
    assert taken["file"] == "there:a.dat"


async def test_a_journal_that_fails_meanwhile_is_said_to_have_failed_and_not_the_gateway(town):
    await delivered(town, "by: removed")

    def around(name, adapter):
        async def full(path):
            raise JournalUnusable("the journal could not be written (disk is full)")

        if name == "there":
            adapter.stat = full
        return adapter

    stop = asyncio.Event()
    async with opened(town, SetClock(), Around(adapter=around)) as gateway, asyncio.TaskGroup() as group:
        group.create_task(gateway.run(stop))
        await town.log.seen("journal_failed")
        stop.set()
    assert town.log.events("side_work_faulted") == []

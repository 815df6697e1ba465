"""What is kept of files that were carried, for how long, and what people are told of it."""

import asyncio
import hashlib
from datetime import UTC, datetime, timedelta

import pytest

from gateway.evidence.keeping import Keeping, days_left, terms
from gateway.journal import STORES, open_journal
from gateway.reaching.places import Places
from gateway.stores.originals import KeptFiles
from gateway.times.clock import SystemClock
from tests.support.city import CONVERTING, CSV, FIXED, MAPPING, Town

RECORD = b"00001" + "山田太郎".encode("cp932").ljust(10) + b"00012"


class SetClock(SystemClock):
    """A clock that can be put forward."""

    ahead = timedelta()

    def now(self):
        return super().now() + self.ahead


class Kept:
    """The stores of a town whose gateway is stopped, with a clock of their own."""

    def __init__(self, town):
        self.town = town
        self.clock = SetClock()
        self.files = {store: KeptFiles(town.root / "state" / store) for store in STORES}

    async def __aenter__(self):
        city, report = self.town.load(), self.town.report()
        self.journal = await open_journal(self.town.root / "state/journal.db", self.clock)
        self.places = Places(city.endpoints, clock=SystemClock(), report=report)
        await self.places.__aenter__()
        self.keeping = Keeping(
            city,
            self.files,
            journal=self.journal,
            clock=self.clock,
            report=report,
            reach=self.places.reach,
        )
        return self

    async def __aexit__(self, *exc):
        await self.places.__aexit__(*exc)
        await self.journal.close()

    async def content(self, store, data):
        sha256 = hashlib.sha256(data).hexdigest()
        return b"".join([chunk async for chunk in self.files[store].open(sha256)])


@pytest.fixture
def town(tmp_path):
    return Town(tmp_path)


def installed(town, **more):
    lines = "".join(f"{key}: {value}\n" for key, value in more.items())
    text = f"gateway: {{name: test, state_dir: {town.root / 'state'}}}\nvendors: {{v: {{}}}}\n{lines}"
    town.write("gateway.yaml", text)


def on_disk(town, store):
    return sorted(path.name for path in (town.root / "state" / store).rglob("*") if path.is_file())


def digests(*contents):
    return sorted(hashlib.sha256(content).hexdigest() for content in contents)


async def carried(town, *contents, name="a.dat"):
    for content in contents:
        (town.here / name).write_bytes(content)
        await town.once()


async def test_an_original_is_kept_before_its_source_is_deleted(town):
    town.route(rest="after: delete")
    await carried(town, b"one", b"two", b"one")
    assert on_disk(town, "originals") == digests(b"one", b"two")
    assert on_disk(town, "outputs") == []


async def test_a_converted_file_is_kept_as_it_came_and_as_it_went(town):
    town.write("layouts/fixed.yaml", FIXED)
    town.write("layouts/csv.yaml", CSV)
    town.write("mappings/fixed-to-csv.yaml", MAPPING)
    town.write("routes/v/r.yaml", CONVERTING)
    await carried(town, RECORD)
    (output,) = town.arrived().values()
    assert on_disk(town, "originals") == digests(RECORD)
    assert on_disk(town, "outputs") == digests(output)


async def test_a_source_is_left_alone_where_its_original_cannot_be_kept(town):
    town.route(rest="after: delete")
    (town.root / "state/originals").mkdir(parents=True)
    (town.root / "state/originals" / digests(b"one")[0][:2]).write_bytes(b"")
    result = await carry_once(town, b"one")
    assert result.error is not None
    assert (town.here / "a.dat").read_bytes() == b"one"
    (town.root / "state/originals" / digests(b"one")[0][:2]).unlink()
    async with town.gateway() as gateway:
        (waiting,) = await gateway.journal.open_transfers()
        assert waiting.state == "delivered"


async def carry_once(town, content):
    (town.here / "a.dat").write_bytes(content)
    return await town.once()


async def test_the_originals_of_a_route_since_an_instant_come_in_the_order_of_their_delivery(town):
    town.route()
    await carried(town, b"one")
    between = datetime.now(UTC)
    await carried(town, b"two", b"three")
    async with Kept(town) as kept:
        everything = await kept.journal.evidence.carried("r", datetime(2020, 1, 1, tzinfo=UTC))
        lately = await kept.journal.evidence.carried("r", between)
        assert [one.sha256 for one in everything] == [*digests(b"one"), *digests(b"two"), *digests(b"three")]
        assert lately == everything[1:]
        assert await kept.content("originals", b"three") == b"three"
        assert await kept.journal.evidence.carried("other", between) == []


async def test_a_kept_file_is_erased_when_its_time_is_over_and_not_before(town):
    installed(town, retention="{originals: 10d, converted: 1d}")
    town.route(rest="after: delete")
    await carried(town, b"one")
    async with Kept(town) as kept:
        kept.clock.ahead = timedelta(days=9, hours=23)
        assert await kept.keeping.erase() == []
        kept.clock.ahead = timedelta(days=10, hours=1)
        (erased,) = await kept.keeping.erase()
        assert (erased.store, erased.files, erased.bytes) == ("originals", 1, 3)
        assert on_disk(town, "originals") == []
        assert await kept.journal.evidence.erasures(datetime.now(UTC)) == [erased]
        assert await kept.keeping.erase() == []


async def test_the_time_of_a_content_counts_from_when_it_came_last(town):
    installed(town, retention="{originals: 10d}")
    town.route(source="content: differential")
    await carried(town, b"one")
    async with Kept(town) as kept:
        first = (await kept.journal.evidence.room("originals")).files
    await asyncio.sleep(0.01)
    again = datetime.now(UTC)
    await carried(town, b"one", name="b.dat")
    async with Kept(town) as kept:
        kept.clock.ahead = again + timedelta(days=10) - datetime.now(UTC)
        assert first == 1
        assert await kept.keeping.erase() == []


async def test_an_original_that_an_open_transfer_needs_is_never_erased(town):
    installed(town, retention="{originals: 10d}")
    town.route(rest="revisions: hold")
    await carried(town, b"one", b"two")
    async with Kept(town) as kept:
        (waiting,) = await kept.journal.open_transfers()
        released = await kept.journal.released(waiting, who="p", why="w")
        await kept.journal.spooled(released, size=3, sha256=digests(b"one")[0])
        kept.clock.ahead = timedelta(days=100)
        assert await kept.keeping.erase() == []
        assert on_disk(town, "originals") == digests(b"one")


async def test_the_newest_originals_of_a_route_outlast_their_time_where_it_keeps_some(town):
    installed(town, retention="{originals: 10d}")
    town.route(rest="keep_last: 2")
    await carried(town, b"one", b"two", b"three")
    async with Kept(town) as kept:
        kept.clock.ahead = timedelta(days=100)
        await kept.keeping.erase()
        assert on_disk(town, "originals") == digests(b"two", b"three")


async def test_people_are_told_at_four_fifths_of_the_room_which_routes_filled_it(town):
    installed(town, limits="{originals: 1000B}")
    town.route()
    await carried(town, b"x" * 790)
    async with Kept(town) as kept:
        await kept.keeping.look_at_room()
        assert town.log.events("originals_nearly_full") == []
    await carried(town, b"y" * 20)
    async with Kept(town) as kept:
        await kept.keeping.look_at_room()
    (told,) = town.log.events("originals_nearly_full")
    assert (told["bytes"], told["reason"], told["count"]) == (810, "r 810", 1)
    assert on_disk(town, "originals") == digests(b"x" * 790, b"y" * 20)


async def test_people_are_told_once_of_a_file_that_was_held_for_too_long_and_it_stays(town):
    installed(town, retention="{held: 10d}")
    town.route(rest="revisions: hold")
    await carried(town, b"one", b"two")
    async with Kept(town) as kept:
        kept.clock.ahead = timedelta(days=9)
        await kept.keeping.look_at_held()
        assert town.log.events("file_held_long") == []
        kept.clock.ahead = timedelta(days=11)
        for _ in range(2):
            await kept.keeping.look_at_held()
        (waiting,) = await kept.journal.open_transfers()
    (told,) = town.log.events("file_held_long")
    assert (told["transfer_id"], told["file"]) == (waiting.id, "here:a.dat")


@pytest.mark.parametrize(
    ("room", "grown", "days"), [(700, 700, 7), (699, 700, 6), (-5, 700, 0), (700, 0, None)]
)
def test_days_left_are_whole_days_at_the_pace_of_the_last_seven(room, grown, days):
    assert days_left(room, grown) == days


async def test_a_running_gateway_compresses_what_it_keeps(town):
    town.route(rest="after: delete")
    content = b"00001" * 10_000
    (town.here / "a.dat").write_bytes(content)
    await town.once()
    assert on_disk(town, "originals") == digests(content)
    stop = asyncio.Event()
    async with town.gateway() as gateway, asyncio.TaskGroup() as group:
        group.create_task(gateway.run(stop))
        async with asyncio.timeout(20):
            while await gateway.journal.evidence.unpacked(1):
                await asyncio.sleep(0.01)
        stop.set()
    assert on_disk(town, "originals") == [f"{digests(content)[0]}.zst"]
    async with Kept(town) as kept:
        assert await kept.content("originals", content) == content
        room = await kept.journal.evidence.room("originals")
        assert (room.files, room.bytes) == (1, len(content))
        assert room.stored < 1000


def test_ways_back_to_earlier_rows_have_the_time_that_retention_gives_them(town):
    path = town.root / "config/gateway.yaml"
    path.write_text(path.read_text() + "retention: {delta: 3d}\n")
    city, now = town.load(), datetime(2027, 1, 4, tzinfo=UTC)
    assert city.faults == ()
    assert {one.store: one.until for one in terms(city, now)}["undos"] == now - timedelta(days=3)

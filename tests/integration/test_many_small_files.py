"""Many small files of one route: several at a time, none out of turn where turns matter."""

import asyncio
from datetime import timedelta

import pytest

from adapters.errors import NoAccess
from gateway.app import Around
from tests.support.city import Town

FILES = {f"{number:03}.dat": f"content {number}".encode() for number in range(30)}


@pytest.fixture
def town(tmp_path):
    return Town(tmp_path)


class Watched:
    """Counts the writes that are under way at a destination; ``order`` is that in which they began."""

    def __init__(self, *, together=0):
        self.now = self.most = 0
        self.order = []
        self._together = asyncio.Barrier(together) if together else None

    def around(self, name, adapter):
        if name == "there":
            write = adapter.write

            async def counted(target, chunks):
                self.now += 1
                self.most = max(self.most, self.now)
                self.order.append(target.path)
                if self._together is not None and len(self.order) > 1:
                    await asyncio.wait_for(self._together.wait(), 20)
                try:
                    return await write(target, chunks)
                finally:
                    self.now -= 1

            adapter.write = counted
        return adapter


def fill(town, files):
    for name, content in files.items():
        (town.here / name).write_bytes(content)


async def test_small_files_are_carried_several_at_a_time(town):
    """After the first, which goes alone, each waits until another is under way with it."""
    watched = Watched(together=2)
    files = dict(list(FILES.items())[:9])
    town.route(rest="after: delete")
    fill(town, files)
    result = await town.once(around=Around(adapter=watched.around))
    assert {transfer.state for transfer in result.transfers} == {"settled"}
    assert watched.order[0] == "000.dat"
    assert town.arrived() == files
    assert not list(town.here.iterdir())


async def test_whether_somebody_stops_the_route_is_not_asked_for_each_small_file(town, monkeypatch):
    monkeypatch.setattr("gateway.routes.halting.LOOK_EVERY", 60.0)
    town.route()
    fill(town, FILES)
    async with town.gateway() as gateway:
        people = gateway.journal.people
        asked, pauses = [], people.pauses
        monkeypatch.setattr(people, "pauses", lambda: asked.append(1) or pauses())
        await gateway.once(["r"], patience=timedelta(seconds=20))
    assert town.arrived() == FILES
    assert len(asked) < len(FILES) / 2


async def test_a_route_that_is_paused_while_its_small_files_go_leaves_the_others(town, monkeypatch):
    monkeypatch.setattr("gateway.routes.halting.LOOK_EVERY", 0.0)
    town.route()
    fill(town, FILES)

    def around(name, adapter):
        if name == "there":
            write = adapter.write

            async def pausing(target, chunks):
                await gateway.journal.people.pause("route", "r", who="somebody", reason="to look at it")
                return await write(target, chunks)

            adapter.write = pausing
        return adapter

    async with town.gateway(Around(adapter=around)) as gateway:
        await gateway.once(["r"], patience=timedelta(seconds=20))
        left = await gateway.journal.open_transfers("r")
    assert town.arrived() == {"000.dat": FILES["000.dat"]}
    assert [transfer.entry.path for transfer in left] == sorted(FILES)[1:]


@pytest.mark.parametrize(
    ("to", "rest"),
    [
        ("content: differential", "order: {by: name}"),
        ("exists: replace, content: full", ""),
        ("exists: wait", ""),
        ("", ""),
    ],
    ids=["ordered", "replacing", "waiting", "counted"],
)
async def test_files_go_one_by_one_where_their_turn_matters(town, to, rest):
    watched = Watched()
    town.route(to=to, rest=rest)
    if not (to or rest):
        path = town.root / "config/routes/v/r.yaml"
        path.write_text(path.read_text().replace("{stem}{revision}", "{seq:03}"))
    fill(town, FILES)
    await town.once(around=Around(adapter=watched.around))
    assert watched.most == 1
    assert watched.order == sorted(watched.order)


async def test_two_contents_of_one_name_go_in_their_order(town):
    town.route()
    fill(town, {"000.dat": b"first"})
    lost = Around(adapter=_refusing("there"))
    await town.once(around=lost)
    fill(town, FILES)
    watched = Watched()
    async with town.gateway(Around(adapter=watched.around)) as gateway:
        (transfer,) = await gateway.journal.open_transfers("r")
        await gateway.journal.failed(transfer, kind="x", message="x", retry_at=transfer.admitted_at)
        await gateway.once(["r"], patience=timedelta(seconds=20))
    assert town.arrived() == FILES | {"000.dat": b"first", "000-r2.dat": FILES["000.dat"]}
    assert watched.order[-1] == "000-r2.dat"


def _refusing(place, seen=None):
    def around(name, adapter):
        if name == place:

            async def refuse(target, chunks):
                if seen is not None:
                    seen.append(target.path)
                raise NoAccess("not with this password")

            adapter.write = refuse
        return adapter

    return around


async def test_a_place_that_lets_nobody_in_is_asked_by_one_file_alone(town):
    """Accounts lock after a few bad logins."""
    asked = []
    town.route()
    fill(town, FILES)
    result = await town.once(around=Around(adapter=_refusing("there", asked)))
    assert isinstance(result.error, NoAccess)
    assert len(asked) == 1
    assert town.arrived() == {}


async def test_one_file_that_cannot_go_keeps_no_other_back(town):
    town.route(rest="after: delete")
    fill(town, FILES)
    (town.there / "007.dat").write_bytes(b"somebody else's")
    result = await town.once()
    held = [transfer.entry.path for transfer in result.transfers if transfer.state == "held"]
    assert held == ["007.dat"]
    assert town.arrived() == FILES | {"007.dat": b"somebody else's"}
    assert [path.name for path in town.here.iterdir()] == ["007.dat"]

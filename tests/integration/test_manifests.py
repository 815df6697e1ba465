"""Files that are complete when a list says so: sets, digests, counts."""

import hashlib
from datetime import timedelta

import pytest

from gateway.errors import Reason
from gateway.lifecycle import State
from tests.support.city import Town


@pytest.fixture
def town(tmp_path):
    made = Town(tmp_path)
    made.route(rest="after: archive")
    path = tmp_path / "config/routes/v/r.yaml"
    path.write_text(path.read_text().replace("ready: at-once", 'ready: {manifest: "*.manifest"}'))
    return made


def listing(**files):
    rows = [
        f"{name}.dat,{len(content)},{hashlib.sha256(content).hexdigest()}" for name, content in files.items()
    ]
    return "name,bytes,sha256\n" + "\n".join(rows) + "\n"


async def once(town):
    async with town.gateway() as gateway:
        return (await gateway.once(["r"], patience=timedelta()))[0]


def left(town):
    return sorted(str(path.relative_to(town.here)) for path in town.here.rglob("*") if path.is_file())


async def test_no_file_of_a_set_goes_before_all_of_them_are_there(town):
    (town.here / "day.manifest").write_text(listing(a=b"one", b=b"two"))
    (town.here / "a.dat").write_bytes(b"one")
    await town.once()
    assert town.arrived() == {}
    (town.here / "b.dat").write_bytes(b"two")
    await town.once()
    assert town.arrived() == {"a.dat": b"one", "b.dat": b"two"}


async def test_a_file_without_a_list_waits(town):
    (town.here / "a.dat").write_bytes(b"one")
    assert (await once(town)).transfers == ()
    assert town.arrived() == {}


async def test_a_file_that_is_shorter_than_listed_waits(town):
    (town.here / "day.manifest").write_text(listing(a=b"one and more"))
    (town.here / "a.dat").write_bytes(b"one")
    assert (await once(town)).transfers == ()
    (town.here / "a.dat").write_bytes(b"one and more")
    await town.once()
    assert town.arrived() == {"a.dat": b"one and more"}


async def test_a_file_of_the_listed_size_with_other_content_is_held(town):
    (town.here / "day.manifest").write_text(listing(a=b"one"))
    (town.here / "a.dat").write_bytes(b"two")
    result = await town.once()
    assert [transfer.reason for transfer in result.transfers] == [Reason.NOT_AS_STATED]
    assert town.arrived() == {}
    assert left(town) == ["a.dat", "day.manifest"]


async def test_a_list_is_put_away_with_the_last_of_its_files(town):
    (town.here / "day.manifest").write_text(listing(a=b"one", b=b"two"))
    (town.here / "a.dat").write_bytes(b"one")
    (town.here / "b.dat").write_bytes(b"two")
    (town.there / "b.dat").write_bytes(b"theirs")
    result = await town.once()
    assert sorted(transfer.state for transfer in result.transfers) == [State.HELD, State.SETTLED]
    assert left(town) == ["archive/a.dat", "b.dat", "day.manifest"]
    (town.there / "b.dat").unlink()
    held = next(transfer for transfer in result.transfers if transfer.state is State.HELD)
    async with town.gateway() as gateway:
        await gateway.journal.released(held, who="test", why="the name is free")
        await gateway.once(["r"], patience=timedelta())
    assert left(town) == ["archive/a.dat", "archive/b.dat", "archive/day.manifest"]


async def test_a_list_that_cannot_be_read_is_said_and_its_files_wait(town):
    (town.here / "day.manifest").write_text("name,bytes\n../secret.dat,3\n")
    (town.here / "a.dat").write_bytes(b"one")
    assert (await once(town)).transfers == ()
    [fault] = town.log.events("manifest_faulty")
    assert fault["file"] == "here:day.manifest"
    assert "line 2" in fault["error"]


@pytest.mark.parametrize(("column", "said"), [("format", "standard"), ("content", "differential")])
async def test_a_file_of_another_mode_than_its_place_is_held_before_it_is_read(town, column, said):
    path = town.root / "config/routes/v/r.yaml"
    path.write_text(path.read_text().replace("ready: {", "content: full, ready: {"))
    (town.here / "day.manifest").write_text(f"name,bytes,{column}\na.dat,3,{said}\n")
    (town.here / "a.dat").write_bytes(b"one")
    [held] = (await town.once()).transfers
    assert (held.reason, held.held_from) == (Reason.NOT_AS_STATED, State.ADMITTED)
    assert said in held.message
    assert town.arrived() == {}


async def test_a_file_of_the_mode_of_its_place_goes_on(town):
    (town.here / "day.manifest").write_text("name,bytes,format,content\na.dat,3,legacy,full\n")
    (town.here / "a.dat").write_bytes(b"one")
    await town.once()
    assert town.arrived() == {"a.dat": b"one"}

"""How files are known and verified where the place itself does not say enough."""

import os
from dataclasses import replace
from datetime import timedelta

import pytest

from adapters.base import Entry, Listing, Publish
from gateway.app import Around
from gateway.errors import Reason
from gateway.lifecycle import State
from gateway.stores.spool import Spool
from tests.support.city import Town


@pytest.fixture
def town(tmp_path):
    return Town(tmp_path)


async def test_a_file_is_known_by_its_content_where_the_listing_does_not_tell(town):
    """As on a mainframe, whose listing shows neither a size nor a time of day."""

    def without_identity(name, adapter):
        scan, stat = adapter.scan, adapter.stat

        def bare(entry):
            return Entry(path=entry.path, size=None)

        async def bare_scan(pattern):
            return Listing(entries=tuple(bare(entry) for entry in (await scan(pattern)).entries))

        async def bare_stat(path):
            return bare(await stat(path))

        if name == "here":
            adapter.scan, adapter.stat = bare_scan, bare_stat
        return adapter

    town.route(source="identity: content")
    for content in (b"one", b"one", b"two", b"one"):
        (town.here / "a.dat").write_bytes(content)
        await town.once(around=Around(adapter=without_identity))
    assert town.arrived() == {"a.dat": b"one", "a-r2.dat": b"two", "a-r3.dat": b"one"}


async def test_a_marker_is_written_after_the_file_where_the_consumer_waits_for_one(town):
    town.route(to="marker: '{name}.done'")
    (town.here / "a.dat").write_bytes(b"one")
    await town.once()
    assert town.arrived() == {"a.dat": b"one", "a.dat.done": b""}
    assert (town.there / "a.dat").stat().st_mtime_ns <= (town.there / "a.dat.done").stat().st_mtime_ns


async def test_a_destination_that_changes_bytes_is_found_out_by_reading_back(town):
    def garbling(name, adapter):
        write = adapter.write

        async def write_badly(target, chunks):
            written = await write(target, chunks)
            path = town.there / target.path
            times = path.stat()
            path.write_bytes(b"xyz")
            os.utime(path, ns=(times.st_atime_ns, times.st_mtime_ns))
            return written

        if name == "there":
            adapter.write = write_badly
        return adapter

    town.route(rest="verify: full\nafter: delete")
    (town.here / "a.dat").write_bytes(b"one")
    result = await town.once(around=Around(adapter=garbling))
    assert [transfer.reason for transfer in result.transfers] == [Reason.NOT_AS_SENT]
    assert (town.here / "a.dat").exists()


async def test_a_file_that_its_consumer_took_at_once_counts_as_delivered(town):
    def taking(name, adapter):
        write = adapter.write

        async def write_and_take(target, chunks):
            written = await write(target, chunks)
            (town.there / target.path).unlink()
            return written

        if name == "there":
            adapter.write = write_and_take
        return adapter

    town.route(rest="verify: full")
    (town.here / "a.dat").write_bytes(b"one")
    result = await town.once(around=Around(adapter=taking))
    assert [transfer.state for transfer in result.transfers] == [State.SETTLED]


async def test_a_file_that_another_overwrote_after_our_write_is_found_out(town):
    """The place shows another identity than the one written: what it shows now is compared."""

    def overwriting(name, adapter):
        write = adapter.write

        async def write_and_lose(target, chunks):
            written = await write(target, chunks)
            (town.there / target.path).write_bytes(b"theirs")
            return written

        if name == "there":
            adapter.write = write_and_lose
        return adapter

    town.route(rest="verify: full\nafter: delete")
    (town.here / "a.dat").write_bytes(b"one")
    result = await town.once(around=Around(adapter=overwriting))
    assert [transfer.reason for transfer in result.transfers] == [Reason.NOT_AS_SENT]
    assert (town.here / "a.dat").exists()


async def test_bytes_that_rotted_in_the_spool_are_never_published(town):
    class Rotting(Spool):
        async def read(self, transfer, name):
            async for chunk in super().read(transfer, name):
                yield bytes(len(chunk))

    town.route(rest="after: delete")
    (town.here / "a.dat").write_bytes(b"one")
    result = await town.once(around=Around(spool=lambda spool: Rotting(spool.root, limit=1 << 30)))
    assert [transfer.reason for transfer in result.transfers] == [Reason.SPOOL_LOST]
    assert town.arrived() == {}
    assert (town.here / "a.dat").read_bytes() == b"one"


async def test_a_marker_is_never_written_a_second_time(town):
    """Killed after the marker, before the journal: the consumer may have acted on it."""

    class Killed(BaseException):
        pass

    def killing(journal):
        async def die(transfer, **_):
            raise Killed

        journal.delivered = die
        return journal

    town.route(to="marker: '{name}.done'", rest="after: delete")
    (town.here / "a.dat").write_bytes(b"one")
    with pytest.raises(BaseExceptionGroup):
        await town.once(around=Around(journal=killing))
    assert town.arrived() == {"a.dat": b"one", "a.dat.done": b""}
    (town.there / "a.dat.done").unlink()
    result = await town.once()
    assert [transfer.reason for transfer in result.transfers] == [Reason.PERHAPS_COLLECTED]
    assert town.arrived() == {"a.dat": b"one"}


async def test_a_file_is_complete_when_its_trailer_counts_its_records(town):
    town.write(
        "layouts/closed.yaml",
        """
        records: fixed
        length: 10
        encoding: cp932
        kind: {at: 1, length: 1, data: "2"}
        trailer:
          kind: "8"
          items:
            - {name: 種別, type: text, length: 1, default: "8"}
            - {name: 件数, type: zoned, digits: 6, counts: records}
            - {type: filler, length: 3}
        items:
          - {name: 種別, type: text, length: 1, default: "2"}
          - {name: 番号, type: text, length: 9}
        """,
    )
    town.route(source="layout: closed", to="layout: closed")
    path = town.root / "config/routes/v/r.yaml"
    path.write_text(
        path.read_text().replace("ready: at-once", "ready: {trailer: true, stable: {polls: 1, quiet: 0s}}")
    )
    (town.here / "a.dat").write_bytes(b"20000000012000000002")
    result = await town.once()
    assert town.arrived() == {}
    assert result.transfers[0].retry_at is not None
    closed = b"200000000120000000028000002   "
    (town.here / "a.dat").write_bytes(closed)
    async with town.gateway() as gateway:
        for waiting in await gateway.journal.open_transfers():
            await gateway.journal.failed(waiting, kind="", message="", retry_at=waiting.admitted_at)
        for _ in range(2):
            await gateway.once(["r"], patience=timedelta(seconds=1))
    assert list(town.arrived().values()) == [closed]


async def test_a_place_that_shows_a_file_while_it_is_written_gets_it_too(town):
    """There publishing begins before the first byte, so the bytes are compared after the write."""

    class Direct:
        def __init__(self, adapter):
            self._adapter = adapter

        def __getattr__(self, name):
            return getattr(self._adapter, name)

        @property
        def features(self):
            return replace(self._adapter.features, publish=Publish.DIRECT)

        async def __aenter__(self):
            await self._adapter.__aenter__()
            return self

        async def __aexit__(self, *exc):
            await self._adapter.__aexit__(*exc)

        async def write(self, target, chunks):
            await target.staging(target.path)
            await target.publishing()
            (town.there / target.path).write_bytes(b"".join([chunk async for chunk in chunks]))
            return await self._adapter.stat(target.path)

    town.route(rest="after: delete")
    (town.here / "a.dat").write_bytes(b"one")
    result = await town.once(around=Around(adapter=lambda name, one: Direct(one) if name == "there" else one))
    assert [transfer.state for transfer in result.transfers] == [State.SETTLED]
    assert town.arrived() == {"a.dat": b"one"}

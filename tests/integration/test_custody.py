"""Files that are held before they were read: their bytes are here, whatever their source does next."""

import json
import re
from pathlib import Path

import pytest

from adapters.errors import Transient
from gateway.app import Around
from gateway.errors import Reason
from tests.integration.test_commands import ran
from tests.support.city import Town
from tests.support.kept import originals

NUMBERED = r'order: {sequence: "_(?P<seq>\\d{4})\\."}' "\nafter: delete"


@pytest.fixture
def town(tmp_path):
    made = Town(tmp_path)
    made.route(to="content: differential", rest=NUMBERED)
    return made


async def doubled(town):
    """A file under a number that was used before, held as such."""
    for content in (b"first", b"second"):
        (town.here / "a_0001.dat").write_bytes(content)
        result = await town.once()
    (one,) = [each for each in result.transfers if each.reason is Reason.SEQUENCE]
    return one


def release(town, one, *more):
    done = ran(town, "release", one.id, "--reason", "送信元に確認", *more)
    assert done.returncode == 0, done.stderr


async def test_a_file_held_unread_goes_on_with_its_bytes_though_its_source_took_them_away(town):
    one = await doubled(town)
    (shown,) = json.loads(ran(town, "held", "--json").stdout)
    assert Path(shown["original"]).read_bytes() == b"second"
    (town.here / "a_0001.dat").unlink()
    release(town, one)
    await town.once()
    assert town.arrived() == {"a_0001.dat": b"first", "a_0001-r2.dat": b"second"}


async def test_a_file_held_unread_is_not_lost_when_its_source_writes_another_under_its_name(town):
    one = await doubled(town)
    (town.here / "a_0001.dat").write_bytes(b"third, which is longer")
    await town.once()
    release(town, one)
    await town.once()
    assert town.arrived() == {"a_0001.dat": b"first", "a_0001-r2.dat": b"second"}
    assert (town.here / "a_0001.dat").read_bytes() == b"third, which is longer", (
        "the third is held, and untouched"
    )


async def test_a_file_held_unread_that_is_not_to_be_sent_is_kept_though_its_source_has_it_no_more(town):
    one = await doubled(town)
    (town.here / "a_0001.dat").unlink()
    release(town, one, "--superseded")
    await town.once()
    assert town.arrived() == {"a_0001.dat": b"first"}
    assert set(originals(town).values()) == {b"first", b"second"}


async def test_a_copy_that_was_lost_with_the_spool_is_read_from_the_source_again(town):
    one = await doubled(town)
    (town.root / "state/spool" / one.id / "original").unlink()
    release(town, one)
    await town.once()
    assert town.arrived() == {"a_0001.dat": b"first", "a_0001-r2.dat": b"second"}


async def test_what_cannot_be_read_while_it_is_held_is_read_at_a_later_look(town):
    (town.here / "a_0001.dat").write_bytes(b"first")
    await town.once()
    (town.here / "a_0001.dat").write_bytes(b"second")
    refused = 0

    def broken(name, adapter):
        nonlocal refused
        if name == "here":

            def read(_entry):
                nonlocal refused
                refused += 1
                raise Transient("the line fell")

            adapter.read = read
        return adapter

    (one,) = (await town.once(around=Around(adapter=broken))).transfers
    assert (refused > 0, one.sha256) == (True, "")
    (one,) = (await town.once()).transfers
    assert (one.reason, one.bytes) == (Reason.SEQUENCE, 6)


async def test_a_file_held_as_another_revision_has_its_bytes_in_the_ledger_and_the_trace(town):
    town.route(rest="revisions: hold\nafter: delete")
    for content in (b"first", b"again"):
        (town.here / "b.dat").write_bytes(content)
        result = await town.once()
    (one,) = result.transfers
    assert (one.reason, one.bytes, len(one.sha256)) == (Reason.REVISION, 5, 64)
    (found,) = [
        each for each in json.loads(ran(town, "trace", "b.dat", "--json").stdout) if each["revision"] == 2
    ]
    assert found["sha256"] == one.sha256


def failing(error):
    """Files at the source cannot be read."""

    def around(name, adapter):
        if name == "here":

            def read(_entry):
                raise error

            adapter.read = read
        return adapter

    return Around(adapter=around)


async def held_unread(town):
    (town.here / "a_0001.dat").write_bytes(b"first")
    await town.once()
    (town.here / "a_0001.dat").write_bytes(b"second")
    (one,) = (await town.once(around=failing(Transient("the line fell")))).transfers
    assert (one.reason, one.sha256) == (Reason.SEQUENCE, "")
    return one


async def test_a_file_held_unread_at_a_place_that_is_no_more_stops_no_other(town):
    await held_unread(town)
    for file in ("endpoints.yaml", "routes/v/r.yaml"):
        path = town.root / "config" / file
        path.write_text(re.sub(r"\bhere\b", "elsewhere", path.read_text()))
    town.here.rename(town.root / "elsewhere")
    (town.root / "elsewhere/a_0001.dat").unlink()
    (town.root / "elsewhere/a_0002.dat").write_bytes(b"third")
    result = await town.once()
    assert result.error is None
    assert town.arrived() == {"a_0001.dat": b"first", "a_0002.dat": b"third"}


async def test_a_file_held_unread_that_the_gateway_itself_fails_on_ends_no_run_and_is_told_of(town):
    one = await held_unread(town)
    result = await town.once(around=failing(ValueError("what it held")))
    assert (result.error, [each.id for each in result.transfers]) == (None, [one.id])
    (told,) = town.log.events("route_faulted")
    assert (told["transfer_id"], told["error_kind"]) == (one.id, "ValueError")
    assert "what it held" not in str(told)


async def test_copies_of_held_files_leave_half_of_the_room_to_files_on_their_way(town, monkeypatch):
    monkeypatch.setattr("gateway.stores.spool.PATIENCE", 0.01)
    town.route(rest="revisions: hold\nafter: delete\nlimits: {spool: 20B}")
    for content in (b"one", b"another"):
        for name in ("b.dat", "c.dat", "d.dat"):
            (town.here / name).write_bytes(content)
        result = await town.once()
    assert [(one.reason, one.bytes) for one in result.transfers] == [
        (Reason.REVISION, bytes_) for bytes_ in (7, None, None)
    ]
    (town.here / "e.dat").write_bytes(b"four")
    assert (await town.once()).error is None
    assert town.arrived()["e.dat"] == b"four"

"""Files that are held before they were read: their bytes are here, whatever their source does next."""

import json
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

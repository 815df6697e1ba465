"""One owner of a route in the world: a forgotten second gateway and a copied machine move nothing."""

import hashlib
import json
import os
import shutil
import subprocess
import sys

import pytest
from click.testing import CliRunner

from adapters.errors import Transient
from gateway.app import Around
from gateway.carrying.ownership import OwnedElsewhere
from gateway.cli import main
from gateway.lifecycle import State
from tests.support.city import QUICK, Town
from tests.support.servers.sshd import sshd


def town_of(root, *, here, there, name="test"):
    """A city whose places are elsewhere: several may share them."""
    town = Town(root)
    town.endpoints(
        f"""
        shared-source: {{adapter: local, root: {here}}}
        shared-target: {{adapter: local, root: {there}}}
        """
    )
    town.route(rest="after: delete")
    path = root / "config/routes/v/r.yaml"
    text = path.read_text().replace("endpoint: here", "endpoint: shared-source")
    path.write_text(text.replace("endpoint: there", "endpoint: shared-target"))
    written = root / "config/gateway.yaml"
    written.write_text(written.read_text().replace("name: test", f"name: {name}"))
    return town


@pytest.fixture
def shared(tmp_path):
    for name in ("source", "target"):
        (tmp_path / name).mkdir()
    return tmp_path


def made(shared, name):
    return town_of(shared / name, here=shared / "source", there=shared / "target", name=name)


def put(shared, name, content=b"one"):
    (shared / "source" / name).write_bytes(content)


def there(shared):
    return {path.name: path.read_bytes() for path in (shared / "target").iterdir() if path.name != OWNER}


OWNER = ".lgw-owner-r"


async def test_who_carries_a_route_stands_beside_what_it_delivers(shared):
    first = made(shared, "first")
    put(shared, "a.dat")
    await first.once()
    told = json.loads((shared / "target" / OWNER).read_text())
    assert (told["gateway"], told["generation"]) == ("first", 1)
    assert there(shared) == {"a.dat": b"one"}


async def test_a_second_gateway_with_the_same_route_moves_nothing_and_names_both(shared):
    first, second = made(shared, "first"), made(shared, "second")
    put(shared, "a.dat")
    await first.once()
    put(shared, "b.dat")
    result = await second.once()
    assert isinstance(result.error, OwnedElsewhere)
    assert result.transfers == ()
    assert there(shared) == {"a.dat": b"one"}
    (line,) = second.log.events("route_owned_elsewhere")
    assert "gateway first" in line["error"]
    assert "gateway second" in line["error"]
    await first.once()
    assert set(there(shared)) == {"a.dat", "b.dat"}


async def test_a_gateway_that_is_started_again_or_was_killed_goes_on(shared):
    first = made(shared, "first")
    for name in ("a.dat", "b.dat"):
        put(shared, name)
        result = await first.once()
        assert result.error is None
    assert json.loads((shared / "target" / OWNER).read_text())["generation"] == 2


@pytest.fixture(params=["folder", "sftp"])
def at_home(shared, request):
    """A gateway whose destination is reached over its own file system, or by OpenSSH."""
    town = made(shared, "first")
    if request.param == "folder":
        yield town
        return
    with sshd(shared / "sshd") as server:
        text = (town.root / "config/endpoints.yaml").read_text()
        kept = [line for line in text.splitlines() if "shared-target" not in line]
        told = TARGET.format(
            server=server, fingerprint=server.fingerprints["ed25519"], root=shared / "target"
        )
        (town.root / "config/endpoints.yaml").write_text("\n".join((*kept, told)))
        yield town


TARGET = """
  shared-target:
    adapter: sftp
    host: 127.0.0.1
    port: {server.port}
    root: {root}
    host_key: "{fingerprint}"
    login: {{user: {server.user}, key: {{file: {server.key}}}}}
"""


async def test_a_crash_that_left_the_owner_object_under_both_names_leaves_nothing_after_the_next_start(
    shared, at_home
):
    """Hosts rename by link and unlink, as OpenSSH does: who is killed between the two leaves one file, named twice."""
    put(shared, "a.dat")
    assert (await at_home.once()).error is None
    target = shared / "target"
    installation = json.loads((target / OWNER).read_text())["installation"]
    left = target / f".lgw-{hashlib.sha256(f'{installation} r'.encode()).hexdigest()[:12]}"
    os.link(target / OWNER, left)
    before = (target / OWNER).read_text()
    put(shared, "b.dat")
    assert (await at_home.once()).error is None
    assert set(there(shared)) == {"a.dat", "b.dat"}
    assert (target / OWNER).read_text() != before


async def test_of_a_copied_machine_and_its_original_one_goes_on(shared):
    """The copy knows the starts of its original up to the copy: who starts next is the owner, the other one stops."""
    original = made(shared, "original")
    put(shared, "a.dat")
    await original.once()
    shutil.copytree(shared / "original", shared / "copy")
    copy = made(shared, "copy")
    put(shared, "b.dat")
    assert (await copy.once()).error is None
    put(shared, "c.dat")
    result = await original.once()
    assert isinstance(result.error, OwnedElsewhere)
    assert set(there(shared)) == {"a.dat", "b.dat"}


async def test_a_second_gateway_that_starts_within_the_first_ones_work_stops_it_before_its_next_file(shared):
    first = made(shared, "first")
    put(shared, "a.dat")
    async with first.gateway() as gateway:
        await gateway.once(["r"], patience=QUICK)
        (shared / "target" / OWNER).write_text(
            json.dumps(json.loads((shared / "target" / OWNER).read_text()) | {"session": "another"})
        )
        gateway._journeys["r"].ownership._confirmed.clear()  # a minute later
        put(shared, "b.dat")
        (result,) = await gateway.once(["r"], patience=QUICK)
    assert isinstance(result.error, OwnedElsewhere)
    assert set(there(shared)) == {"a.dat"}


def own(town, *words):
    command = [sys.executable, "-m", "gateway", "--config", str(town.root / "config"), *words]
    return subprocess.run(command, capture_output=True, text=True, check=False)


async def test_a_person_lets_a_gateway_take_a_route_over_and_what_the_other_may_have_delivered_is_held(
    shared,
):
    first, second = made(shared, "first"), made(shared, "second")
    put(shared, "a.dat")
    await first.once()
    put(shared, "b.dat")
    await second.once()
    done = own(second, "own", "r", "--reason", "the first machine is gone", "--json")
    assert (done.returncode, json.loads(done.stdout)) == (0, {"route": "r", "unproved": 0})
    (held,) = (await second.once()).transfers
    assert (held.state, held.entry.path) == (State.HELD, "b.dat")
    own(second, "release", held.id, "--reason", "the destination has not got it")
    put(shared, "c.dat")
    await second.once()
    assert set(there(shared)) == {"a.dat", "b.dat", "c.dat"}
    assert (await first.once()).error is None  # nothing came: nothing to be stopped
    put(shared, "d.dat")
    assert isinstance((await first.once()).error, OwnedElsewhere)
    audited = json.loads(own(second, "audit", "--json").stdout)
    assert [one["act"] for one in audited][-2:] == ["own", "release"]


async def test_a_restored_journal_knows_its_own_owner_object_again(shared):
    first = made(shared, "first")
    put(shared, "a.dat")
    await first.once()
    assert own(first, "backup", "--out", str(shared / "saved.db")).returncode == 0
    put(shared, "b.dat")
    await first.once()
    assert own(first, "restore", str(shared / "saved.db"), "--reason", "disk replaced").returncode == 0
    result = await first.once()
    assert result.error is None
    put(shared, "c.dat")
    await first.once()
    assert set(there(shared)) == {"a.dat", "b.dat", "c.dat"}


async def test_a_file_is_spooled_while_its_destination_is_away_and_delivered_when_that_is_back(shared):
    first = made(shared, "first")
    put(shared, "a.dat")

    def around(name, adapter):
        async def away(_path):
            raise Transient("away")

        if name == "shared-target":
            adapter.stat = away
        return adapter

    (transfer,) = (await first.once(around=Around(adapter=around))).transfers
    assert transfer.state in {State.SPOOLED, State.CONVERTED}
    assert there(shared) == {}


async def test_a_place_may_do_without(shared):
    first = made(shared, "first")
    path = first.root / "config/endpoints.yaml"
    text = path.read_text().replace("/target}", "/target, owner_object: false}")
    path.write_text(text)
    put(shared, "a.dat")
    await first.once()
    assert [one.name for one in (shared / "target").iterdir()] == ["a.dat"]


@pytest.mark.parametrize("ready", ["at-once", "{stable: {polls: 2, quiet: 20s}}", '{marker: "{name}.done"}'])
async def test_once_names_the_owner_and_does_not_call_its_files_incomplete(shared, ready):
    first, second = made(shared, "first"), made(shared, "second")
    put(shared, "a.dat")
    await first.once()
    put(shared, "b.dat")
    path = second.root / "config/routes/v/r.yaml"
    path.write_text(path.read_text().replace("at-once", ready))
    result = await second.once()
    assert isinstance(result.error, OwnedElsewhere)
    assert result.not_ready == ()


def test_once_of_a_route_that_another_gateway_owns_says_so_in_japanese(shared):
    first, second = made(shared, "first"), made(shared, "second")
    for town, name in ((first, "a.dat"), (second, "b.dat")):
        put(shared, name)
        told = CliRunner().invoke(main, ["--config", str(town.root / "config"), "once", "r"])
    assert told.exit_code == 1
    assert "ゲートウェイ first" in told.stdout + told.stderr
    assert "own r --reason" in told.stdout + told.stderr
    assert "まだ揃っていません" not in told.stdout

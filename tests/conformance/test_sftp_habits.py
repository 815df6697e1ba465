"""What SFTP servers of the field ask of a client beyond the usual."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import paramiko
import pytest

from adapters import ADAPTERS
from adapters.base import Publish
from adapters.errors import AlreadyThere, InDoubt, Misconfigured, NoAccess, NotFound, Transient
from adapters.sftp.transport import fingerprint
from tests.conformance.conftest import NAMES
from tests.support import places
from tests.support.servers import odd_sftp as odd
from tests.support.servers import sshd
from tests.support.servers.sshd import make_key
from tests.support.writing import chunks, receive, send, target

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator
    from pathlib import Path

    from adapters.base import Adapter
    from tests.support.servers.odd_sftp import OddServer
    from tests.support.servers.sshd import SshServer

LARGE = bytes(range(256)) * 4096 * 3


@pytest.fixture
def odd_server(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[OddServer]:
    monkeypatch.setenv("ODD_TEST_PASSWORD", odd.PASSWORD)
    with odd.odd_sftp(tmp_path) as server:
        yield server


def _reach(server: OddServer, **changes: Any) -> Adapter:
    given = {
        "host": "127.0.0.1",
        "port": server.port,
        "root": str(server.root),
        "login": {"user": odd.USER, "password": {"env": "ODD_TEST_PASSWORD"}},
        "host_key": fingerprint(server.key),
        **changes,
    }
    kind = ADAPTERS["sftp"]
    return kind.build(kind.options.model_validate(given), name="odd")


async def test_a_password_is_given_in_a_dialogue_where_the_host_asks_for_it_so(odd_server: OddServer) -> None:
    async with _reach(odd_server) as adapter:
        await send(adapter, "a.csv", b"abc")
    assert odd_server.questions == [odd.USER]


async def test_a_server_that_asks_for_a_key_and_then_in_a_dialogue_gets_both(
    odd_server: OddServer, tmp_path_factory: pytest.TempPathFactory
) -> None:
    odd_server.habits.asks_for_key = True
    key = {"file": make_key(tmp_path_factory.mktemp("key") / "key")}
    password = {"env": "ODD_TEST_PASSWORD"}
    async with _reach(odd_server, login={"user": odd.USER, "key": key, "password": password}) as adapter:
        await send(adapter, "a.csv", b"abc")
    assert odd_server.questions == [odd.USER]
    for half in ({"key": key}, {"password": password}):
        async with _reach(odd_server, login={"user": odd.USER, **half}) as adapter:
            with pytest.raises(Misconfigured):
                await adapter.scan("*")


async def test_a_wrong_password_in_a_dialogue_stops_the_endpoint(
    odd_server: OddServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ODD_TEST_PASSWORD", "wrong")
    async with _reach(odd_server) as adapter:
        with pytest.raises(Misconfigured, match="login was refused"):
            await adapter.scan("*")


async def test_a_server_that_caps_its_answers_still_gives_every_byte(odd_server: OddServer) -> None:
    (odd_server.root / "a.dat").write_bytes(LARGE)
    async with _reach(odd_server) as adapter:
        entry = await adapter.stat("a.dat")
        async with adapter.read(entry) as pieces:
            got = [piece async for piece in pieces]
    assert b"".join(got) == LARGE
    assert all(len(piece) >= 64 * 1024 for piece in got[:-1])


async def test_a_server_without_extensions_that_renames_over_is_looked_at_first(
    odd_server: OddServer,
) -> None:
    async with _reach(odd_server) as adapter:
        entry = await send(adapter, "a.csv", LARGE)
        assert not adapter.features.conditional_create
        with pytest.raises(AlreadyThere):
            await send(adapter, "a.csv", b"second")
        assert await receive(adapter, entry) == LARGE
        assert [file.name for file in odd_server.root.iterdir()] == ["a.csv"]


async def test_where_nothing_is_replaced_in_one_step_the_old_one_is_put_aside_and_dropped(
    odd_server: OddServer,
) -> None:
    odd_server.habits.replaces = False
    async with _reach(odd_server) as adapter:
        await send(adapter, "a.csv", b"first")
        entry = await send(adapter, "a.csv", b"second", replace=True)
        assert await receive(adapter, entry) == b"second"
        assert [file.name for file in odd_server.root.iterdir()] == ["a.csv"]
        await send(adapter, "b.csv", b"new", replace=True)
    assert {file.name for file in odd_server.root.iterdir()} == {"a.csv", "b.csv"}


async def test_a_server_that_renames_over_replaces_in_one_step(odd_server: OddServer) -> None:
    async with _reach(odd_server) as adapter:
        await send(adapter, "a.csv", b"first")
        await send(adapter, "a.csv", b"second", replace=True)
    assert (odd_server.root / "a.csv").read_bytes() == b"second"


async def test_a_host_is_reached_through_a_jump_host_with_its_own_pinned_key(
    odd_server: OddServer, openssh: SshServer
) -> None:
    jump = {
        "host": "127.0.0.1",
        "port": openssh.port,
        "login": {"user": openssh.user, "key": {"file": openssh.key}},
        "host_key": openssh.fingerprints["ed25519"],
    }
    async with _reach(odd_server, jump=jump) as adapter:
        entry = await send(adapter, "a.dat", LARGE)
        assert await receive(adapter, entry) == LARGE
    async with _reach(odd_server, jump={**jump, "host_key": "SHA256:" + "A" * 43}) as adapter:
        with pytest.raises(Misconfigured, match="pinned"):
            await adapter.scan("*")


async def test_an_account_without_sftp_is_told_from_a_host_that_is_away(tmp_path: Path) -> None:
    with sshd.sshd(tmp_path / "talks", more="ForceCommand echo Welcome\n") as server:
        async with places.reach(places.sftp(server, "talks")) as adapter:
            with pytest.raises(Transient, match="login was accepted, and no SFTP began") as failed:
                await adapter.scan("*")
    assert "login shell" in failed.value.hint


async def test_a_jump_host_that_lets_nobody_through_stops_the_endpoint_and_is_named(
    odd_server: OddServer, tmp_path: Path
) -> None:
    with sshd.sshd(tmp_path / "closed", more="AllowTcpForwarding no\n") as server:
        jump = {
            "host": "127.0.0.1",
            "port": server.port,
            "login": {"user": server.user, "key": {"file": server.key}},
            "host_key": server.fingerprints["ed25519"],
        }
        async with _reach(odd_server, jump=jump) as adapter:
            with pytest.raises(NoAccess, match=r"jump host lets nobody through to 127\.0\.0\.1"):
                await adapter.scan("*")


async def test_files_beyond_a_link_to_elsewhere_are_not_listed(openssh: SshServer) -> None:
    place = places.sftp(openssh, f"links-{next(NAMES)}")
    place.put("a.csv", b"x")
    (place.root / "b.csv").symlink_to("/etc/hostname")
    async with places.reach(place) as adapter:
        assert [entry.path for entry in (await adapter.scan("*.csv")).entries] == ["a.csv"]


async def test_an_upload_that_nobody_may_look_at_is_counted_as_sent_and_published(
    odd_server: OddServer,
) -> None:
    odd_server.habits.hides_uploads = True
    async with _reach(odd_server) as adapter:
        with pytest.raises(Misconfigured):
            await send(adapter, "looked.csv", LARGE)
    async with _reach(odd_server, after_upload="trust") as adapter:
        entry = await send(adapter, "a.csv", LARGE)
        with pytest.raises(Transient, match="were staged"):
            await adapter.write(target(adapter, "b.csv", LARGE), chunks(LARGE[:-1]))
    assert entry.size == len(LARGE)
    assert (odd_server.root / "a.csv").read_bytes() == LARGE
    assert not (odd_server.root / "b.csv").exists()


async def test_a_file_that_is_gone_once_it_was_read_is_read_whole(odd_server: OddServer) -> None:
    odd_server.habits.reads_once = True
    (odd_server.root / "a.csv").write_bytes(LARGE)
    async with _reach(odd_server, reads="once") as adapter:
        assert await receive(adapter, await adapter.stat("a.csv")) == LARGE
        with pytest.raises(NotFound):
            await adapter.stat("a.csv")
    (odd_server.root / "a.csv").write_bytes(LARGE)
    async with _reach(odd_server) as adapter:
        entry = await adapter.stat("a.csv")
        with pytest.raises(NotFound):
            await receive(adapter, entry)


async def test_a_server_that_lets_one_file_be_open_is_served_over_one_connection(
    odd_server: OddServer,
) -> None:
    odd_server.habits.open_files = 1
    async with _reach(odd_server, connections=1) as adapter:
        await asyncio.gather(*(send(adapter, f"{n}.csv", LARGE) for n in range(3)))
        entries = (await adapter.scan("*.csv")).entries
        assert await asyncio.gather(*(receive(adapter, entry) for entry in entries)) == [LARGE] * 3


async def test_a_server_that_takes_a_file_as_soon_as_it_came_gets_it_under_its_final_name(
    odd_server: OddServer, tmp_path_factory: pytest.TempPathFactory
) -> None:
    taken = tmp_path_factory.mktemp("taken")
    odd_server.habits.takes_at_once = taken
    async with _reach(odd_server, publish="direct", after_upload="trust") as adapter:
        assert adapter.features.publish is Publish.DIRECT
        await send(adapter, "a.csv", LARGE)
        await send(adapter, "b.csv", b"second")
    assert {file.name: file.read_bytes() for file in taken.iterdir()} == {"a.csv": LARGE, "b.csv": b"second"}
    assert list(odd_server.root.iterdir()) == []


async def test_a_server_that_cannot_rename_gets_files_directly_and_none_is_written_over(
    odd_server: OddServer, openssh: SshServer
) -> None:
    odd_server.habits.renames = False
    async with _reach(odd_server) as adapter:
        with pytest.raises(Misconfigured):
            await send(adapter, "a.csv", b"first")
    for reached in (
        _reach(odd_server, publish="direct"),
        places.reach(places.sftp(openssh, f"direct-{next(NAMES)}"), publish="direct"),
    ):
        async with reached as adapter:
            entry = await send(adapter, "b.csv", b"first")
            with pytest.raises(AlreadyThere):
                await send(adapter, "b.csv", b"second")
            assert await receive(adapter, entry) == b"first"


async def test_who_may_not_rename_is_told_of_direct_publishing_and_leaves_nothing(
    odd_server: OddServer,
) -> None:
    odd_server.habits.renames = False
    async with _reach(odd_server) as adapter:
        with pytest.raises(Misconfigured) as failed:
            await send(adapter, "a.csv", b"x")
    assert "publish: direct" in failed.value.hint
    assert not list(odd_server.root.glob(".lgw-*"))


async def test_a_direct_write_that_breaks_off_is_in_doubt(odd_server: OddServer) -> None:
    async def breaking() -> AsyncIterator[bytes]:
        yield LARGE[: 1 << 20]
        raise OSError("the spool is gone")

    async with _reach(odd_server, publish="direct") as adapter:
        with pytest.raises(InDoubt):
            await adapter.write(target(adapter, "a.csv", LARGE), breaking())


async def test_a_server_that_gives_no_sizes_is_read_to_the_end_and_written_by_count(
    odd_server: OddServer,
) -> None:
    odd_server.habits.hides_sizes = True
    (odd_server.root / "b.csv").write_bytes(LARGE)
    async with _reach(odd_server) as adapter:
        entry = await send(adapter, "a.csv", LARGE)
        (first, second) = (await adapter.scan("*.csv")).entries
        assert (first, first.size, second.size) == (entry, None, None)
        assert await receive(adapter, first) == await receive(adapter, second) == LARGE
        await adapter.remove(entry)
    assert [file.name for file in odd_server.root.iterdir()] == ["b.csv"]


async def test_keys_are_changed_in_the_middle_of_a_file_both_ways(
    openssh: SshServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("paramiko.packet.Packetizer.REKEY_BYTES", 1 << 20)
    begun: list[str] = []
    begin = paramiko.Transport._send_kex_init

    def seen(transport: paramiko.Transport) -> None:
        begun.append(transport.remote_version)
        begin(transport)

    monkeypatch.setattr(paramiko.Transport, "_send_kex_init", seen)
    data = LARGE * 4
    async with places.reach(places.sftp(openssh, f"rekey-{next(NAMES)}"), connections=1) as adapter:
        entry = await send(adapter, "a.dat", data)
        written = len(begun)
        assert await receive(adapter, entry) == data
    assert written > 3
    assert len(begun) - written > 3

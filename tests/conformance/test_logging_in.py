from __future__ import annotations

import subprocess
import sys
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from adapters import ADAPTERS, trust
from adapters.errors import Misconfigured, NoAccess, Transient
from tests.conformance.conftest import make_place
from tests.support import places
from tests.support.servers import certificates, ftp_servers, vsftpd
from tests.support.servers.process import free_port
from tests.support.servers.recording_store import recording_store
from tests.support.writing import receive, send

if TYPE_CHECKING:
    from pathlib import Path

    from tests.support.places import Place
    from tests.support.servers.certificates import Certificates
    from tests.support.servers.ftp_servers import FtpServer
    from tests.support.servers.object_stores import ObjectStore
    from tests.support.servers.sshd import SshServer

WRONG = "a-wrong-password-canary"


async def _assert_misconfigured(place: Place, **changes: object) -> str:
    async with places.reach(place, **changes) as adapter:
        with pytest.raises(Misconfigured) as failed:
            await adapter.stat("a.csv")
    assert failed.value.hint
    assert WRONG not in str(failed.value)
    return str(failed.value)


@pytest.fixture
def _wrong_secrets(monkeypatch: pytest.MonkeyPatch, _secrets: None) -> None:
    for name in ("FTP_TEST_PASSWORD", "SSH_TEST_PASSPHRASE", "STORE_TEST_SECRET"):
        monkeypatch.setenv(name, WRONG)


@pytest.mark.usefixtures("_wrong_secrets")
@pytest.mark.parametrize("kind", ["vsftpd", "vsftpd-tls", "rclone"])
async def test_a_wrong_password_stops_the_endpoint_and_is_not_shown(
    kind: str, request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> None:
    await _assert_misconfigured(make_place(kind, request, tmp_path_factory))


async def test_a_key_that_the_host_does_not_know_stops_the_endpoint(openssh: SshServer) -> None:
    place = places.sftp(openssh, "stranger")
    login = {"user": openssh.user, "key": {"file": openssh.stranger_key}}
    assert "login was refused" in await _assert_misconfigured(place, login=login)


async def test_a_key_with_a_certificate_is_let_in_though_the_host_does_not_know_the_key(
    openssh: SshServer,
) -> None:
    place = places.sftp(openssh, "certified")
    login = {"user": openssh.user, "key": {"file": openssh.certified_key}}
    async with places.reach(place, login=login) as adapter:
        await send(adapter, "a.csv", b"x")
    assert place.get("a.csv") == b"x"


async def test_a_certificate_that_is_out_of_date_stops_the_endpoint(openssh: SshServer) -> None:
    place = places.sftp(openssh, "outdated")
    login = {"user": openssh.user, "key": {"file": openssh.outdated_key}}
    assert "login was refused" in await _assert_misconfigured(place, login=login)


async def test_a_locked_key_opens_with_its_passphrase(openssh: SshServer) -> None:
    place = places.sftp(openssh, "locked")
    key = {"file": openssh.locked_key, "passphrase": {"env": "SSH_TEST_PASSPHRASE"}}
    async with places.reach(place, login={"user": openssh.user, "key": key}) as adapter:
        await send(adapter, "a.csv", b"x")
    assert place.get("a.csv") == b"x"


@pytest.mark.usefixtures("_wrong_secrets")
async def test_a_locked_key_with_a_wrong_passphrase_stops_the_endpoint(openssh: SshServer) -> None:
    key = {"file": openssh.locked_key, "passphrase": {"env": "SSH_TEST_PASSPHRASE"}}
    place = places.sftp(openssh, "wrongly-locked")
    assert "private key" in await _assert_misconfigured(place, login={"user": openssh.user, "key": key})


async def test_a_changed_host_key_stops_the_endpoint_and_shows_both_fingerprints(openssh: SshServer) -> None:
    pinned = "SHA256:" + "A" * 43
    shown = await _assert_misconfigured(places.sftp(openssh, "changed"), host_key=pinned)
    assert pinned in shown
    assert openssh.fingerprints["ed25519"] in shown


@pytest.mark.parametrize("kind", ["ed25519", "rsa"])
async def test_any_of_the_keys_of_a_host_may_be_pinned(openssh: SshServer, kind: str) -> None:
    place = places.sftp(openssh, f"pinned-{kind}")
    place.put("a.csv", b"x")
    async with places.reach(place, host_key=openssh.fingerprints[kind]) as adapter:
        assert (await adapter.stat("a.csv")).size == 1


async def test_the_next_host_key_may_be_pinned_beside_the_present_one(openssh: SshServer) -> None:
    place = places.sftp(openssh, "two-pinned")
    place.put("a.csv", b"x")
    pinned = ["SHA256:" + "A" * 43, openssh.fingerprints["ed25519"]]
    async with places.reach(place, host_key=pinned) as adapter:
        assert (await adapter.stat("a.csv")).size == 1


async def test_a_host_key_stops_the_endpoint_once_its_time_is_over(openssh: SshServer) -> None:
    place = places.sftp(openssh, "dated-key")
    place.put("a.csv", b"x")
    change = datetime(2027, 2, 1, tzinfo=UTC)
    dated = {"key": openssh.fingerprints["ed25519"], "until": change.isoformat()}
    options = place.options(host_key=dated)
    async with ADAPTERS["sftp"].build(trust.at(options, change - timedelta(days=1)), name="dated") as adapter:
        assert (await adapter.stat("a.csv")).size == 1
    async with ADAPTERS["sftp"].build(trust.at(options, change), name="dated") as adapter:
        with pytest.raises(NoAccess, match="trusted at this time"):
            await adapter.stat("a.csv")


async def test_any_of_several_authorities_may_vouch_for_a_host(
    tls_vsftpd: FtpServer, made_certificates: Certificates, tmp_path: Path
) -> None:
    stranger = certificates.make(tmp_path, name="another").authority
    place = places.ftp(tls_vsftpd, "two-authorities", ca=[str(stranger), str(made_certificates.authority)])
    async with places.reach(place) as adapter:
        await send(adapter, "a.csv", b"x")
    assert place.get("a.csv") == b"x"


async def test_a_certificate_of_an_unknown_authority_stops_the_endpoint(
    tls_vsftpd: FtpServer, tmp_path_factory: pytest.TempPathFactory
) -> None:
    stranger = certificates.make(tmp_path_factory.mktemp("stranger"))
    place = places.ftp(tls_vsftpd, "untrusted", ca=stranger.authority)
    assert "certificate" in await _assert_misconfigured(place)


async def test_a_certificate_whose_time_is_over_is_told_from_one_that_nobody_vouches_for(
    tmp_path: Path,
) -> None:
    old = certificates.make(tmp_path / "old", valid_for=-timedelta(days=1))
    with vsftpd.vsftpd(tmp_path / "host", certificates=old) as server:
        place = places.ftp(server, "outdated", ca=old.authority)
        said = await _assert_misconfigured(place)
        assert "certificate has expired" in said
        assert "renew" in said
    with recording_store(old.server) as store:
        given = {"bucket": "renkei", "endpoint_url": store.address, "ca": str(old.authority), "region": "x"}
        login = {"access_key": {"env": "STORE_TEST_KEY"}, "secret_key": {"env": "STORE_TEST_SECRET"}}
        options = ADAPTERS["s3"].options.model_validate(given | {"credentials": login})
        async with ADAPTERS["s3"].build(options, name="outdated") as adapter:
            with pytest.raises(NoAccess, match=r"certificate has expired.*renew"):
                await adapter.scan("*")


async def test_a_host_that_insists_on_tls_is_not_talked_to_without(
    tls_vsftpd: FtpServer,
) -> None:
    place = places.ftp(tls_vsftpd, "plain", tls="none")
    await _assert_misconfigured(place)


async def test_a_host_that_speaks_the_newest_tls_alone_is_spoken_to(
    tmp_path: Path, made_certificates: Certificates
) -> None:
    large = bytes(range(256)) * 16384
    with ftp_servers.proftpd(tmp_path / "new", made_certificates, more="TLSProtocol TLSv1.3\n") as server:
        place = places.ftp(server, "newest", ca=made_certificates.authority)
        async with places.reach(place, connections=1) as adapter:
            for name in ("a.dat", "b.dat", "c.dat"):
                entry = await send(adapter, name, large)
                assert await receive(adapter, entry) == large


async def test_a_host_whose_tls_is_out_of_use_stops_the_endpoint(
    tmp_path: Path, made_certificates: Certificates
) -> None:
    with ftp_servers.proftpd(tmp_path / "old", made_certificates, more="TLSProtocol TLSv1\n") as server:
        place = places.ftp(server, "outdated-tls", ca=made_certificates.authority)
        assert "no TLS in common" in await _assert_misconfigured(place)


async def test_implicit_tls_is_spoken(
    tmp_path_factory: pytest.TempPathFactory, made_certificates: Certificates
) -> None:
    folder = tmp_path_factory.mktemp("vsftpd-implicit")
    with vsftpd.vsftpd(folder, certificates=made_certificates, implicit=True) as server:
        place = places.ftp(server, "implicit", tls="implicit", ca=made_certificates.authority)
        async with places.reach(place) as adapter:
            entry = await send(adapter, "a.csv", b"abc")
            assert await receive(adapter, entry) == b"abc"


async def test_a_bucket_that_is_not_there_stops_the_endpoint(moto: ObjectStore) -> None:
    place = places.bucket(moto, "x", creates_only=True)
    async with places.reach(place, bucket="no-such-bucket") as adapter:
        with pytest.raises(Misconfigured, match="bucket"):
            await adapter.scan("*")


@pytest.mark.parametrize("kind", ["vsftpd", "openssh", "moto"])
async def test_a_host_that_does_not_answer_is_tried_again_later(
    kind: str, request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> None:
    place = make_place(kind, request, tmp_path_factory)
    nobody = free_port()
    where = {"endpoint_url": f"http://127.0.0.1:{nobody}"} if kind == "moto" else {"port": nobody}
    async with places.reach(place, **where) as adapter:
        with pytest.raises(Transient):
            await adapter.scan("*")


async def test_a_folder_that_is_not_there_stops_the_endpoint(
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    place = places.folder(tmp_path_factory.mktemp("gone") / "unmounted")
    async with places.reach(place) as adapter:
        with pytest.raises(Misconfigured, match="not there"):
            await adapter.scan("*")


async def test_a_share_without_its_sentinel_is_never_taken_for_an_empty_folder(
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    place = places.folder(tmp_path_factory.mktemp("share"))
    async with places.reach(place, sentinel=".mounted") as adapter:
        with pytest.raises(Transient, match="mounted"):
            await adapter.scan("*")
        with pytest.raises(Transient, match="mounted"):
            await send(adapter, "a.csv", b"x")
        place.put(".mounted", b"")
        assert (await adapter.scan("*.csv")).entries == ()


def test_no_protocol_library_is_loaded_to_read_options() -> None:
    code = "import sys, adapters; sys.exit(any(m in sys.modules for m in ('boto3', 'paramiko', 'watchdog')))"
    subprocess.run([sys.executable, "-c", code], check=True)

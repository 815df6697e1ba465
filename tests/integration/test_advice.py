"""What `doctor` says of a place: what it can and cannot do, and how to write it so that routes work there."""

import json

import pytest
import yaml
from click.testing import CliRunner

from adapters.local.files import tells_events
from adapters.sftp.transport import fingerprint
from gateway.cli import main
from gateway.demo.ftp_mainframe import MainframeFtp, MainframeHabits
from tests.support.city import Town
from tests.support.servers import certificates, ftp_servers, odd_sftp, sshd, vsftpd

STRANGER = "SHA256:" + "A" * 43


@pytest.fixture
def town(tmp_path, monkeypatch):
    monkeypatch.setenv("ODD_TEST_PASSWORD", odd_sftp.PASSWORD)
    monkeypatch.setenv("FTP_TEST_PASSWORD", ftp_servers.PASSWORD)
    return Town(tmp_path / "town")


def ran(town, *words):
    return CliRunner().invoke(main, ["--config", str(town.root / "config"), *words])


def written(town):
    return yaml.safe_load((town.root / "config/endpoints.yaml").read_text())


def lay(town, **endpoint):
    """A third endpoint, far, that a route delivers to."""
    document = written(town)
    document["endpoints"]["far"] = {"owner_object": False, **endpoint}
    town.write("endpoints.yaml", yaml.safe_dump(document))
    town.route(to="endpoint: far")
    text = (town.root / "config/routes/v/r.yaml").read_text().replace("endpoint: there, ", "", 1)
    town.write("routes/v/r.yaml", text)


def asked(town):
    told = ran(town, "doctor", "far", "--json")
    assert told.stdout, told.stderr
    [examined] = json.loads(told.stdout)
    return told.exit_code, examined


def paste(town, examined):
    """Put the excerpt in place of the endpoint, as a person does."""
    document = written(town)
    document["endpoints"] |= yaml.safe_load(examined["write"])["endpoints"]
    town.write("endpoints.yaml", yaml.safe_dump(document))


def assert_cured(town, **expected):
    """The place does not work as it is written; with what `doctor` writes, neither it nor `check` has a complaint."""
    code, examined = asked(town)
    assert code != 0
    while "nothing has to be written otherwise" not in examined["write"]:
        paste(town, examined)
        assert ran(town, "check").exit_code == 0
        before, (code, examined) = examined, asked(town)
        assert examined["write"] != before["write"]
    assert written(town)["endpoints"]["far"].items() >= expected.items()
    assert (code, [one for one in examined["findings"] if not one["works"]]) == (0, [])


def odd(server, **more):
    login = {"user": odd_sftp.USER, "password": {"env": "ODD_TEST_PASSWORD"}}
    place = {"adapter": "sftp", "host": "127.0.0.1", "port": server.port, "root": str(server.root)}
    return {**place, "login": login, "host_key": fingerprint(server.key), **more}


def ftp(server, **more):
    login = {"user": server.user, "password": {"env": "FTP_TEST_PASSWORD"}}
    place = {"adapter": "ftp", "zone": "on-prem", "host": "127.0.0.1", "port": server.port}
    return {**place, "login": login, "root": str(server.root), **more}


def test_the_key_that_a_host_shows_is_written_down_to_be_confirmed(town, tmp_path):
    with sshd.sshd(tmp_path / "sshd") as server:
        login = {"user": server.user, "key": {"file": str(server.key)}}
        place = {"adapter": "sftp", "host": "127.0.0.1", "port": server.port, "root": str(server.root)}
        lay(town, **place, login=login, host_key=STRANGER)
        _, examined = asked(town)
        shown = yaml.safe_load(examined["write"])["endpoints"]["far"]["host_key"]
        assert set(shown) <= set(server.fingerprints.values())
        assert_cured(town)


OLD = "KexAlgorithms diffie-hellman-group14-sha1\nHostKeyAlgorithms ssh-rsa\nCiphers aes128-cbc\nMACs hmac-sha1\n"


@pytest.mark.parametrize(("wrong", "key"), [("host_key", "ed25519"), ("algorithms", "rsa")])
def test_what_is_wrong_at_a_jump_host_is_written_there_and_not_at_the_host_behind_it(
    town, tmp_path, wrong, key
):
    """Its key, pinned as that of the host behind it, would let whoever holds the jump host play both."""
    with sshd.sshd(tmp_path / "end") as end, sshd.sshd(tmp_path / "jump", more=OLD * (key == "rsa")) as jump:
        hops = [
            {
                "host": "127.0.0.1",
                "port": server.port,
                "login": {"user": server.user, "key": {"file": str(server.key)}},
                "host_key": server.fingerprints["ed25519" if server is end else key],
            }
            for server in (end, jump)
        ]
        if wrong == "host_key":
            hops[1]["host_key"] = STRANGER
        lay(town, adapter="sftp", root=str(end.root), **hops[0], jump=hops[1])
        _, examined = asked(town)
        assert examined["findings"][0]["says"].startswith("at the jump host: ")
        assert_cured(town, host_key=end.fingerprints["ed25519"])
        assert "algorithms" not in written(town)["endpoints"]["far"]


def test_a_host_that_hides_what_was_uploaded_is_to_be_trusted(town, tmp_path):
    (tmp_path / "odd").mkdir()
    with odd_sftp.odd_sftp(tmp_path / "odd") as server:
        server.habits.hides_uploads = True
        lay(town, **odd(server))
        code, examined = asked(town)
        paste(town, examined)
        assert code == 1
        assert written(town)["endpoints"]["far"]["after_upload"] == "trust"
        assert ran(town, "check").exit_code == 0
        _, examined = asked(town)
        assert [one["works"] for one in examined["findings"] if one["step"] == "write"] == [True]


def test_a_mainframe_is_named_as_one(town, tmp_path):
    habits = MainframeHabits(accounts={"RENKEI": ftp_servers.PASSWORD}, sessions=1)
    with MainframeFtp(tmp_path / "datasets", habits) as server:
        login = {"user": "RENKEI", "password": {"env": "FTP_TEST_PASSWORD"}}
        place = {"adapter": "ftp", "zone": "on-prem", "tls": "none", "host": "127.0.0.1", "port": server.port}
        lay(town, **place, login=login, limits={"connections": 1})
        text = (town.root / "config/routes/v/r.yaml").read_text()
        town.write("routes/v/r.yaml", text.replace("{stem}{revision}{suffix}", "RENKEI.JUKI.D{date:%y%m%d}"))
        assert_cured(town, dialect="mvs")
        _, examined = asked(town)
        cannot = {one["what"]: one["so"] for one in examined["abilities"] if not one["can"]}
        assert "identity: content" in cannot["gives sizes in bytes"]


def test_a_host_that_wants_encryption_is_written_so(town, tmp_path):
    made = certificates.make(tmp_path / "certificates")
    with vsftpd.vsftpd(tmp_path / "vsftpd", certificates=made) as server:
        lay(town, **ftp(server, tls="none", ca=str(made.authority)))
        assert_cured(town, tls="explicit")


@pytest.mark.parametrize("dialect", ["windows", "mlsd", "os400", "vms"])
def test_a_dialect_that_is_not_the_hosts_is_found_out(town, tmp_path, dialect):
    with vsftpd.vsftpd(tmp_path / "vsftpd") as server:
        (server.root / "a.dat").write_bytes(b"x")
        lay(town, **ftp(server, tls="none", dialect=dialect))
        assert_cured(town, dialect="unix")
        assert "after_upload" not in written(town)["endpoints"]["far"]


def test_a_root_that_is_not_there_is_named_and_not_called_the_top(town, tmp_path):
    for server, place in ((vsftpd.vsftpd(tmp_path / "vsftpd"), ftp), (sshd.sshd(tmp_path / "sshd"), None)):
        with server as running:
            login = {"user": running.user, "key": {"file": str(getattr(running, "key", ""))}}
            keys = {"adapter": "sftp", "host": "127.0.0.1", "port": running.port, "login": login}
            written_so = (
                place(running, tls="none") if place else {**keys, "host_key": running.fingerprints["ed25519"]}
            )
            lay(town, **{**written_so, "root": "/nowhere/renkei"})
            _, examined = asked(town)
            assert "the folder /nowhere/renkei" in examined["findings"][0]["says"]
            assert "have the folder made" in examined["findings"][0]["hint"]


@pytest.mark.parametrize(("key", "said"), [("site", "SITE NONSENSE"), ("quote", "NONSENSE")])
def test_a_command_that_a_host_does_not_take_is_named_with_its_key(town, tmp_path, key, said):
    with vsftpd.vsftpd(tmp_path / "vsftpd") as server:
        lay(town, **ftp(server, tls="none", **{key: ["NONSENSE"]}))
        _, examined = asked(town)
        assert f"does not take {said}" in examined["findings"][0]["says"]
        assert f"correct {key}" in examined["findings"][0]["hint"]


@pytest.mark.parametrize("spoken", ["explicit", "implicit"])
@pytest.mark.parametrize("name", ["", "127.0.0.1"])
def test_how_a_host_begins_tls_is_found_out_and_written_so(town, tmp_path, spoken, name):
    made = certificates.make(tmp_path / "certificates")
    other = {"explicit": "implicit", "implicit": "explicit"}[spoken]
    named = {"host": "localhost", "tls_name": name} if name else {}
    with vsftpd.vsftpd(tmp_path / "vsftpd", certificates=made, implicit=spoken == "implicit") as server:
        lay(town, **ftp(server, tls=other, ca=str(made.authority), connect_timeout="2s", **named))
        assert_cured(town, tls=spoken)


def test_a_host_without_tls_is_not_said_to_refuse_the_login(town, tmp_path):
    with vsftpd.vsftpd(tmp_path / "vsftpd") as server:
        lay(town, **ftp(server, tls="explicit"))
        code, examined = asked(town)
        assert code == 3
        assert "does not encrypt" in examined["findings"][0]["says"]
        assert "tls: none" in examined["findings"][0]["hint"]


def test_what_was_found_out_by_asking_is_written_down_and_secrets_stay_references(town, tmp_path):
    with vsftpd.vsftpd(tmp_path / "vsftpd") as server:
        lay(town, **ftp(server, tls="none"))
        told = ran(town, "doctor", "far")
        assert told.exit_code == 0, told.stdout
        assert "dialect: unix" in told.stdout
        assert "env: FTP_TEST_PASSWORD" in told.stdout
        assert ftp_servers.PASSWORD not in told.stdout
        assert "CANNOT" in told.stdout


MOUNTS = """\
22 1 0:20 / / rw - ext4 /dev/vda1 rw
30 22 0:31 / /srv/share\\040one rw - nfs4 filer:/renkei rw
31 30 0:32 / /srv/share\\040one/local rw - xfs /dev/vdb rw
"""


@pytest.mark.parametrize(
    ("folder", "tells"),
    [
        ("/srv", True),
        ("/srv/share one", False),
        ("/srv/share one/in", False),
        ("/srv/share one/local/a", True),
    ],
)
def test_a_share_of_another_machine_tells_of_no_arrivals(tmp_path, folder, tells):
    assert tells_events(type(tmp_path)(folder), MOUNTS) is tells

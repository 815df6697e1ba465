"""What goes wrong in the field: each fault has its own clear error, and the data stays where it was."""

import json
import subprocess
import sys
from datetime import timedelta

import pytest

from adapters.errors import Misconfigured, Transient
from gateway.demo.servers import DemoServers
from gateway.errors import Reason
from gateway.lifecycle import State
from gateway.load import load
from tests.support.city import CONVERTING, CSV, FIXED, MAPPING, Town
from tests.support.full_store import full_store

WRONG_KEY = "SHA256:" + "A" * 43


@pytest.fixture
def town(tmp_path):
    return Town(tmp_path)


@pytest.fixture
def servers(tmp_path, monkeypatch):
    with DemoServers(tmp_path / "servers") as running:
        for name, value in running.environment().items():
            monkeypatch.setenv(name, value)
        yield running


@pytest.fixture
def converting(town):
    town.write("layouts/fixed.yaml", FIXED)
    town.write("layouts/csv.yaml", CSV)
    town.write("mappings/fixed-to-csv.yaml", MAPPING)
    town.write("routes/v/r.yaml", CONVERTING)
    return town


def record(number, name, amount):
    return number.encode() + name.encode("cp932").ljust(10) + amount


def sftp_route(town, servers, *, host_key, password="KAIGO_PASSWORD"):
    environment = servers.environment()
    town.endpoints(
        f"""
        host:
          adapter: sftp
          host: 127.0.0.1
          port: {environment["SFTP_PORT"]}
          host_key: "{host_key}"
          login: {{user: kaigo, password: {{env: {password}}}}}
        """
    )
    town.route(rest="after: delete")
    path = town.root / "config/routes/v/r.yaml"
    path.write_text(path.read_text().replace("endpoint: there", "endpoint: host"))
    (town.here / "a.dat").write_bytes(b"one")


def test_the_support_town_is_a_correct_city(converting):
    assert list(converting.load().routes) == ["r"]


async def test_a_wrong_password_pauses_the_endpoint_and_spares_the_file(town, servers, monkeypatch):
    monkeypatch.setenv("WRONG_PASSWORD", "not-this-one")
    sftp_route(town, servers, host_key=servers.environment()["SFTP_HOST_KEY"], password="WRONG_PASSWORD")
    result = await town.once()
    assert isinstance(result.error, Misconfigured)
    assert "login" in str(result.error)
    assert (town.here / "a.dat").read_bytes() == b"one"
    waiting = result.transfers[0]
    assert (waiting.retry_at - waiting.admitted_at).total_seconds() > 600
    assert town.log.events("endpoint_down")[0]["endpoint"] == "host"
    assert "not-this-one" not in "".join(town.log.lines)


async def test_a_changed_host_key_stops_the_endpoint_and_shows_both_fingerprints(town, servers):
    sftp_route(town, servers, host_key=WRONG_KEY)
    result = await town.once()
    assert isinstance(result.error, Misconfigured)
    assert WRONG_KEY in str(result.error)
    assert servers.environment()["SFTP_HOST_KEY"] in str(result.error)
    assert (town.here / "a.dat").read_bytes() == b"one"
    assert list(servers.places.kaigo.rglob("a*")) == []


async def test_a_full_bucket_leaves_the_file_where_it_was_and_says_so(town, monkeypatch):
    monkeypatch.setenv("KEY", "x")
    with full_store() as address:
        town.endpoints(
            f"""
            bucket:
              adapter: s3
              zone: gov-cloud
              bucket: renkei
              endpoint_url: {address}
              credentials: {{access_key: {{env: KEY}}, secret_key: {{env: KEY}}}}
            """
        )
        town.route(rest="after: delete")
        path = town.root / "config/routes/v/r.yaml"
        path.write_text(path.read_text().replace("endpoint: there", "endpoint: bucket"))
        (town.here / "a.dat").write_bytes(b"one")
        result = await town.once()
    assert isinstance(result.error, Transient)
    assert "no room is left in the store" in str(result.error)
    assert result.transfers[0].state is not State.HELD
    assert (town.here / "a.dat").read_bytes() == b"one"


async def test_a_truncated_record_holds_the_file_and_names_record_and_offset(converting):
    good = record("00001", "山田太郎", b"00012")
    (converting.here / "a.dat").write_bytes(good + good[:13])
    result = await converting.once()
    held = result.transfers[0]
    assert held.reason is Reason.BAD_RECORDS
    assert "record 2" in held.message
    assert "offset 20" in held.message
    assert converting.arrived() == {}
    assert (converting.here / "a.dat").read_bytes() == good + good[:13]


async def test_a_bad_record_is_reported_with_item_and_rule_and_no_value(converting):
    (converting.here / "a.dat").write_bytes(
        record("00001", "山田太郎", b"00012") + record("00002", "秘密花子", b"12X45")
    )
    held = (await converting.once()).transfers[0]
    report = converting.root / "state/spool" / held.id / "report.json"
    bad = json.loads(report.read_text())["records"][0]
    assert (bad["record"], bad["item"]) == (2, "金額")
    assert 20 <= bad["offset"] < 40
    assert report.stat().st_mode & 0o777 == 0o600
    said = report.read_text() + held.message + "".join(converting.log.lines)
    assert "秘密" not in said
    assert "12X45" not in said


async def test_a_held_file_keeps_its_original_bytes_and_the_next_file_goes_on(converting):
    (converting.here / "a.dat").write_bytes(record("00001", "山田太郎", b"XXXXX"))
    (converting.here / "b.dat").write_bytes(record("00002", "鈴木花子", b"00007"))
    result = await converting.once()
    held = next(transfer for transfer in result.transfers if transfer.state is State.HELD)
    kept = converting.root / "state/spool" / held.id / "original"
    assert kept.read_bytes() == record("00001", "山田太郎", b"XXXXX")
    assert list(converting.arrived().values()) == ["番号,氏名,金額\n00002,鈴木花子,7\n".encode()]


def check(town):
    command = [sys.executable, "-m", "gateway", "--config", str(town.root / "config"), "check"]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def test_a_mapping_that_names_a_missing_item_is_refused_with_line_and_nearest_name(converting):
    converting.write("mappings/fixed-to-csv.yaml", MAPPING.replace("from: 氏名", "from: 氏"))
    checked = check(converting)
    assert checked.returncode == 2
    line = next(line for line in checked.stderr.splitlines() if "fixed-to-csv.yaml" in line)
    assert "fixed-to-csv.yaml:6:" in line
    assert "氏名" in line


def test_a_broken_route_is_rejected_alone(converting):
    converting.write("routes/v/broken.yaml", CONVERTING.replace("endpoint: there", "endpoint: their"))
    checked = check(converting)
    assert checked.returncode == 2
    assert "routes/v/broken.yaml:7:" in checked.stderr
    assert "there" in checked.stderr
    assert "1 routes accepted, 1 rejected" in checked.stdout


async def test_the_other_routes_run_beside_a_rejected_one(converting):
    converting.write("routes/v/broken.yaml", "nothing: here")
    (converting.here / "a.dat").write_bytes(record("00001", "山田太郎", b"00012"))
    city = load(converting.root / "config")
    assert list(city.routes) == ["r"]
    assert "broken" in city.rejected


async def test_a_silent_host_is_left_alone_after_a_few_failures_and_noticed_when_it_is_back(town):
    town.route(rest="after: delete\nretry: {fast: {times: 50, within: 30s}}")
    town.endpoints(
        """
        silent: {adapter: ftp, zone: on-prem, host: 127.0.0.1, port: 1, tls: none, login: {user: x}}
        """
    )
    path = town.root / "config/routes/v/r.yaml"
    path.write_text(path.read_text().replace("endpoint: there", "endpoint: silent"))
    for name in "abcdefgh":
        (town.here / f"{name}.dat").write_bytes(b"one")
    async with town.gateway() as gateway:
        for _ in range(7):
            await gateway.once(["r"], patience=timedelta())
            for waiting in await gateway.journal.open_transfers("r"):
                if waiting.retry_at:
                    await gateway.journal.failed(waiting, kind="", message="", retry_at=waiting.admitted_at)
    assert len(town.log.events("endpoint_silent")) == 1
    assert any("left alone" in str(line["error"]) for line in town.log.events("attempt_failed"))
    assert len(list(town.here.glob("*.dat"))) == 8

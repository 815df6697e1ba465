"""An endpoint whose account changes at an instant: what each server knows from then on is what the gateway uses."""

import shutil
from datetime import timedelta

import pytest

from tests.support.cutovers import RECORD, SYSTEMS, TO_NEW, T, day, prepared
from tests.support.servers.object_stores import ACCESS_KEY, BUCKET, SECRET_KEY, rclone_store
from tests.support.servers.sshd import sshd

SFTP = """
endpoints:
  here: {adapter: local, root: %s}
  there:
    adapter: sftp
    host: 127.0.0.1
    port: %s
    root: %s
    owner_object: false
    host_key: "%s"
    login: {user: %s, key: {file: %s}}
    variants:
      - from: 2027-01-04T00:00:00+09:00
        login: {user: %s, key: {file: %s}}
"""
S3 = """
endpoints:
  here: {adapter: local, root: %s}
  there:
    adapter: s3
    bucket: %s
    endpoint_url: %s
    owner_object: false
    credentials: {access_key: {env: KEY_BEFORE}, secret_key: {env: SECRET_BEFORE}}
    variants:
      - from: 2027-01-04T00:00:00+09:00
        credentials: {access_key: {env: KEY_AFTER}, secret_key: {env: SECRET_AFTER}}
"""


@pytest.fixture
def town(tmp_path):
    made = prepared(tmp_path)
    made.write("routes/v/r.yaml", TO_NEW)
    never = (SYSTEMS % "{}").replace("standard_from: 2027-01-04T00:00:00+09:00", "standard_from: never")
    made.write("systems.yaml", never)
    return made


async def carries_before_and_after(town, changes, there):
    """A file a second before the instant, and one at it; ``changes``: what the server's people do in between."""
    async with day(town, T - timedelta(seconds=1)) as today:
        (town.here / "before.dat").write_bytes(RECORD)
        await today.once()
        assert there() == {"before.dat": RECORD}
        changes()
        (town.here / "after.dat").write_bytes(RECORD)
        today.clock.move(seconds=1)
        await today.once()
        assert there() == {"before.dat": RECORD, "after.dat": RECORD}
    assert town.log.events("endpoint_down") == []
    assert town.log.events("attempt_failed") == []


async def test_an_sftp_host_that_knows_another_key_from_the_instant_on(town):
    with sshd(town.root / "sshd") as server:
        root = server.root / "r"
        root.mkdir()
        one = (server.port, root, server.fingerprints["ed25519"])
        town.write(
            "endpoints.yaml",
            SFTP % (town.here, *one, server.user, server.key, server.user, server.stranger_key),
        )

        def changes():
            new = server.stranger_key.with_name(f"{server.stranger_key.name}.pub")
            shutil.copyfile(new, town.root / "sshd/authorized")

        await carries_before_and_after(
            town, changes, lambda: {path.name: path.read_bytes() for path in root.iterdir()}
        )


async def test_a_store_that_knows_another_key_from_the_instant_on(town, monkeypatch):
    for name, value in {
        "KEY_BEFORE": ACCESS_KEY,
        "SECRET_BEFORE": SECRET_KEY,
        "KEY_AFTER": "another-key",
        "SECRET_AFTER": "another-secret",
    }.items():
        monkeypatch.setenv(name, value)
    with rclone_store(town.root / "s3") as store:
        town.write("endpoints.yaml", S3 % (town.here, BUCKET, store.url))
        root = town.root / "s3/root" / BUCKET

        def changes():
            store.service.stop()
            known, wanted = f"{ACCESS_KEY},{SECRET_KEY}", "another-key,another-secret"
            store.service.command = [wanted if word == known else word for word in store.service.command]
            store.service.start()

        await carries_before_and_after(
            town, changes, lambda: {path.name: path.read_bytes() for path in root.iterdir()}
        )

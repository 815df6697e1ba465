"""`check` says where a listing cannot tell a file that was written anew from the one before it."""

import pytest

from gateway.load import load
from tests.support.city import Town

ENDPOINTS = """
far-mvs: {adapter: ftp, host: h, zone: on-prem, tls: none, dialect: mvs, login: {user: U}}
far-vms: {adapter: ftp, host: h, zone: on-prem, tls: none, dialect: vms, login: {user: U}}
far-ftp: {adapter: ftp, host: h, zone: on-prem, tls: none, dialect: unix, login: {user: U}}
far-s3: {adapter: s3, bucket: b}
far-nfs: {adapter: local, root: /srv/nfs, events: false}
far-disk: {adapter: local, root: /srv/disk}
"""


def warned(tmp_path, endpoint, path, *, ready="at-once", more="", rest="after: keep"):
    town = Town(tmp_path)
    town.endpoints(ENDPOINTS)
    town.write(
        "routes/v/r.yaml",
        f"""
        from: {{system: old, legacy: {{endpoint: {endpoint}, path: "{path}", ready: {ready}{more}}}}}
        to: {{system: old, legacy: {{endpoint: there, path: "a{{revision}}{{seq}}"}}}}
        schedule: {{every: 1m}}
        {rest}
        """,
    )
    city = load(tmp_path / "config")
    assert not city.errors, city.errors
    return [(fault.line, fault.message) for fault in city.faults if "identity: content" in fault.message]


@pytest.mark.parametrize(
    ("endpoint", "path", "told"),
    [
        ("far-mvs", "RENKEI.JUKI.MASTER", "tells the day of a file"),
        ("far-mvs", "RENKEI.JUKI.D{date:%y%m%d}", "tells the day of a file"),
        ("far-vms", "juki.dat", "tells no size in bytes"),
        ("far-ftp", "out/juki.dat", "tells times to 1 s"),
        ("far-nfs", "juki.dat", "tells times to 2 s"),
    ],
)
def test_a_place_that_is_too_coarse_for_a_name_that_comes_again_is_warned_of(tmp_path, endpoint, path, told):
    [(line, message)] = warned(tmp_path, endpoint, path)
    assert line == 2
    assert told in message
    assert "identity: content" in message


@pytest.mark.parametrize(
    ("endpoint", "path", "more"),
    [
        ("far-mvs", "RENKEI.JUKI.MASTER", {"more": ", identity: content"}),
        ("far-mvs", "RENKEI.JUKI.MASTER", {"rest": "after: delete", "more": ", identity: content"}),
        ("far-mvs", "RENKEI.JUKI.MASTER", {"rest": "after: delete", "ready": "{manifest: A.LIST}"}),
        ("far-ftp", "juki.dat", {"rest": "after: delete"}),
        ("far-mvs", "RENKEI.JUKI.D{date:%y%m%d}.T{time:%H%M%S}", {}),
        ("far-mvs", "RENKEI.JUKI.MASTER(0)", {}),
        ("far-mvs", "RENKEI.JUKI.MASTER.G*V*", {}),
        ("far-ftp", "out/*.dat", {}),
        ("far-ftp", "out/juki.dat", {"ready": "{stable: {polls: 2, quiet: 20s}}"}),
        ("far-s3", "out/juki.dat", {}),
        ("far-disk", "juki.dat", {}),
    ],
)
def test_where_each_content_is_told_from_the_next_nobody_is_warned(tmp_path, endpoint, path, more):
    assert warned(tmp_path, endpoint, path, **more) == []


@pytest.mark.parametrize(("endpoint", "path"), [("far-mvs", "RENKEI.JUKI.MASTER"), ("far-vms", "juki.dat")])
@pytest.mark.parametrize("after", ["delete", "archive"])
def test_where_nothing_tells_the_end_of_a_file_that_is_put_away_reading_twice_is_asked_for(
    tmp_path, endpoint, path, after
):
    [(line, message)] = warned(tmp_path, endpoint, path, rest=f"after: {after}")
    assert line == 2
    assert "reads twice and compares" in message

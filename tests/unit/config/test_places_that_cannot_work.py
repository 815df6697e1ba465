"""Places whose keys contradict one another, or would change files on their way: found before anything connects."""

import pytest

from gateway.load import load
from tests.support.city import Town

KINDS = {
    "ftp": {"host": "h", "tls": "none", "login": "{user: u}"},
    "sftp": {"host": "h", "login": "{user: u, password: {env: P}}", "host_key": f"'SHA256:{'A' * 43}'"},
    "s3": {"bucket": "b"},
}


@pytest.fixture
def town(tmp_path):
    town = Town(tmp_path)
    town.route(to="endpoint: place")
    return town


def faults(town, kind, **keys):
    written = {"adapter": kind, "zone": "on-prem"} | KINDS[kind] | keys
    town.endpoints("place: {" + ", ".join(f"{name}: {value}" for name, value in written.items()) + "}")
    return [str(fault) for fault in load(town.root / "config").errors if "endpoints.yaml" in str(fault)]


@pytest.mark.parametrize(
    ("kind", "key", "value", "says"),
    [
        ("ftp", "quote", "[TYPE A]", "TYPE A would change the bytes of each file"),
        ("ftp", "quote", "[mode b]", "would change the bytes of each file"),
        ("ftp", "quote", "[REIN]", "REIN would end the login"),
        ("ftp", "site", "[SITE RDW]", "write RDW alone"),
        ("ftp", "site_for", '{"*": [site LRECL=80]}', "write LRECL=80 alone"),
        ("ftp", "active_ports", "[5010, 5000]", "active_ports hold no port; write [5000, 5010]"),
        ("ftp", "host", "ftp://mainframe", "a host name or an address alone"),
        ("sftp", "host", "'server:22'", "a host name or an address alone"),
        ("ftp", "reply_timeout", "0s", "ends before it begins"),
        ("s3", "connect_timeout", "0s", "ends before it begins"),
        ("s3", "bucket", "renkei/juki", "what every key begins with is prefix"),
        ("s3", "kms_key", "alias/renkei", "write that, or leave kms_key out"),
    ],
)
def test_a_key_that_cannot_work_is_a_fault_with_what_to_write_instead(town, kind, key, value, says):
    (fault,) = faults(town, kind, **{key: value})
    assert says in fault


def test_keys_of_a_bucket_come_from_one_place_alone(town):
    keys = "{access_key: {env: A}, secret_key: {env: B}}"
    (fault,) = faults(town, "s3", credentials=keys, credentials_profile="renkei")
    assert "credentials or credentials_profile, not both" in fault


@pytest.mark.parametrize(
    ("kind", "key", "value"),
    [
        ("ftp", "quote", "[TYPE I, STRU R]"),
        ("ftp", "active_ports", "[5000, 5000]"),
        ("ftp", "host", "'2001:db8::5'"),
        ("s3", "bucket", "'arn:aws:s3:ap-northeast-1:123456789012:accesspoint/renkei'"),
    ],
)
def test_what_looks_like_it_and_works_is_taken(town, kind, key, value):
    assert not faults(town, kind, **{key: value})


@pytest.mark.parametrize(
    ("path", "says"),
    [
        ("RENKEI.JUKI(+1)", "write absolute generations, such as RENKEI.JUKI.G{seq:04}V00"),
        ("RENKEI.JUKI{date:%Y%m%d}", "RENKEI.JUKI20270104 is no dataset name"),
        ("RENKEI.{seq:04}", "RENKEI.0001 is no dataset name"),
        ("renkei.juki", "capital letters"),
        ("RENKEI.JUKI.D{date:%y%m%d}.T{time:%H%M%S}", ""),
        ("RENKEI.JUKI.G{seq:04}V00", ""),
        ("RENKEI.LIB(M{seq:04})", ""),
        ("RENKEI.{stem}", ""),
    ],
)
def test_a_name_that_no_mainframe_can_have_is_a_fault_before_a_file_is_held_for_it(town, path, says):
    route = town.root / "config/routes/v/r.yaml"
    route.write_text(route.read_text().replace("{stem}{revision}{suffix}", path))
    text = route.read_text().replace("endpoint: there, ", "")
    route.write_text(text)
    keys = {"adapter": "ftp", "zone": "on-prem", "dialect": "mvs"} | KINDS["ftp"]
    town.endpoints("place: {" + ", ".join(f"{name}: {value}" for name, value in keys.items()) + "}")
    found = [str(fault) for fault in load(town.root / "config").errors]
    assert [says in fault for fault in found] == ([True] if says else [])

"""A vendor hands its routes over as one signed file; operators see what differs and put it in place, or nothing."""

import json
import os
import shutil
import subprocess
import zipfile
from datetime import UTC, datetime

import pytest
from click.testing import CliRunner

from gateway.cli import main
from gateway.load.folder import read
from gateway.load.renewal import reread
from gateway.signing import private_key
from tests.integration.test_commands import ran as in_a_process
from tests.support.city import Town

ROUTE = """\
from: {system: old, legacy: {endpoint: here, path: "w/*.dat", ready: at-once}}
to: {system: old, legacy: {endpoint: there, path: "w/{name}"}}
schedule: {every: 1m}
"""


def ran(town, *words, given=""):
    """A command, with what it is given on standard input."""
    return CliRunner().invoke(main, ["--config", str(town.root / "config"), *words], input=given)


def key(folder, name, *, password=""):
    subprocess.run(
        ["ssh-keygen", "-q", "-t", "ed25519", "-N", password, "-C", name, "-f", str(folder / name)],
        check=True,
    )
    return (folder / f"{name}.pub").read_text().strip()


@pytest.fixture
def town(tmp_path):
    """The operators' city: routes of v and w, and a key that w signs with."""
    made = Town(tmp_path)
    public = key(tmp_path, "w")
    key(tmp_path, "stranger")
    gateway = (made.root / "config/gateway.yaml").read_text()
    bounds = f'vendors: {{v: {{}}, w: {{signed_by: "{public}", may_use: {{prefixes: [w/]}}}}}}'
    made.write("gateway.yaml", gateway.replace("vendors: {v: {}}", bounds))
    made.route("r")
    made.write("routes/w/one.yaml", ROUTE)
    return made


@pytest.fixture
def vendor(town, tmp_path):
    """The vendor's own copy of the configuration, with another route and one that is changed."""
    shutil.copytree(town.root / "config", tmp_path / "vendor/config")
    copy = object.__new__(Town)
    copy.root = tmp_path / "vendor"
    copy.write("routes/w/one.yaml", ROUTE.replace("1m", "5m"))
    copy.write("routes/w/two.yaml", ROUTE.replace("*.dat", "*.csv").replace("w/{name}", "w/2-{name}"))
    return copy


def packed(vendor, *, name="w.bundle", signer="w", of="w"):
    out = vendor.root / name
    made = ran(
        vendor, "bundle", "pack", of, "--key", str(vendor.root.parent / signer), "--out", str(out), "--json"
    )
    assert made.exit_code == 0, made.stderr
    return out


def accepted(town, file, *words):
    return ran(town, "bundle", "accept", str(file), "--reason", "agreed", *words)


def started(town):
    """A gateway has run there once, so that there is a journal."""
    assert in_a_process(town, "once", "r").returncode == 0


def in_place(town):
    return {path.name: path.read_text() for path in (town.root / "config/routes/w").glob("[!.]*")}


def test_what_a_vendor_packs_is_verified_shown_and_put_in_place(town, vendor):
    started(town)
    file, before = packed(vendor), in_place(town)
    looked = ran(town, "bundle", "verify", str(file))
    assert looked.exit_code == 0, looked.stderr
    assert "-schedule: {every: 1m}\n+schedule: {every: 5m}" in looked.stdout
    assert "+++ bundle/two.yaml" in looked.stdout
    assert in_place(town) == before
    assert accepted(town, file).exit_code == 0
    assert in_place(town) == {
        path.name: path.read_text() for path in (vendor.root / "config/routes/w").iterdir()
    }
    assert ran(town, "check").exit_code == 0
    entries = json.loads(ran(town, "audit", "--json").stdout)
    assert [(one["subject"], one["reason"]) for one in entries if one["act"] == "accept-bundle"] == [
        ("w", "agreed")
    ]


def test_a_route_that_the_bundle_no_longer_holds_goes(town, vendor):
    started(town)
    (vendor.root / "config/routes/w/one.yaml").unlink()
    assert accepted(town, packed(vendor)).exit_code == 0
    assert list(in_place(town)) == ["two.yaml"]
    assert sorted(path.name for path in (town.root / "config/routes").iterdir()) == ["v", "w"]


def rewritten(file, change):
    """The bundle with its members, by name, changed without the signer's key."""
    with zipfile.ZipFile(file) as archive:
        members = {name: archive.read(name) for name in archive.namelist()}
    change(members)
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return file


def with_digest(members, name, content):
    written = json.loads(members["bundle.json"])
    members[name] = content
    written["files"][name] = "0" * 64
    members["bundle.json"] = json.dumps(written).encode()


FORGED = {
    "a route was changed": (
        lambda members: members.update({"one.yaml": members["one.yaml"] + b"#"}),
        "one.yaml was changed after it was signed",
    ),
    "the list of routes was changed": (
        lambda members: with_digest(members, "three.yaml", b"x"),
        "no key of w signed it, or it was changed since",
    ),
    "a file was added": (
        lambda members: members.update({"../v/r.yaml": b"x"}),
        "it holds what no bundle holds: ../v/r.yaml",
    ),
    "a route is missing": (
        lambda members: members.pop("one.yaml"),
        "it holds what no bundle holds: one.yaml",
    ),
    "it has no signature": (lambda members: members.pop("bundle.sig"), "it has no signature"),
    "a signature of another length": (
        lambda members: members.update({"bundle.sig": b"x"}),
        "no key of w signed it",
    ),
    "it says that it is of another": (
        lambda members: members.update({"bundle.json": members["bundle.json"].replace(b'"w"', b'"v"')}),
        "nobody is known who may sign for v",
    ),
    "its list is no list": (
        lambda members: members.update({"bundle.json": b"[" * 100_000}),
        "is not understood",
    ),
    "a route of a gigabyte": (
        lambda members: members.update({"one.yaml": bytes(50 << 20)}),
        "one.yaml is larger than 131072 bytes",
    ),
}


@pytest.mark.parametrize("what", FORGED)
def test_a_bundle_that_was_changed_on_its_way_is_refused_and_nothing_changes(town, vendor, what):
    change, reason = FORGED[what]
    file, before = rewritten(packed(vendor), change), in_place(town)
    refused = accepted(town, file)
    assert refused.exit_code == 1
    assert reason in refused.stderr
    assert in_place(town) == before


def test_names_that_lead_elsewhere_are_refused_even_if_the_vendor_signed_them(town, tmp_path):
    names = ["../v/r.yaml", "/etc/x.yaml", "sub/x.yaml", "..yaml", "X.yaml", "bundle.json"]
    secret = private_key((tmp_path / "w").read_bytes())
    for name in names:
        manifest = json.dumps(
            {"vendor": "w", "made": "2027-01-04T00:00:00+09:00", "files": {name: "0" * 64}}
        ).encode()
        with zipfile.ZipFile(tmp_path / "x.bundle", "w") as archive:
            members = {name: b"x", "bundle.json": manifest, "bundle.sig": secret.sign(manifest)}
            for member, content in members.items():
                archive.writestr(member, content)
        refused = accepted(town, tmp_path / "x.bundle")
        assert (refused.exit_code, "holds what no bundle holds" in refused.stderr) == (1, True), name
    assert list(in_place(town)) == ["one.yaml"]


def test_a_bundle_that_somebody_else_signed_is_refused(town, vendor):
    refused = accepted(town, packed(vendor, signer="stranger"))
    assert refused.exit_code == 1
    assert "no key of w signed it" in refused.stderr


def test_no_bundle_is_no_bundle(town, tmp_path):
    (tmp_path / "x.bundle").write_bytes(os.urandom(1000))
    refused = accepted(town, tmp_path / "x.bundle")
    assert (refused.exit_code, "is no whole bundle" in refused.stderr) == (1, True)


def test_routes_with_faults_or_beyond_the_vendors_bounds_are_shown_and_not_put_in_place(town, vendor):
    vendor.write("routes/w/two.yaml", ROUTE.replace('"w/*.dat"', '"*.dat"').replace("schedule", "shedule"))
    refused, before = accepted(town, packed(vendor)), in_place(town)
    assert refused.exit_code == 2
    assert (
        "routes/w/two.yaml:1:52: w may not use this path; it must begin with one of its prefixes: w/"
        in refused.stderr
    )
    assert "routes/w/two.yaml:3:1: unknown key shedule" in refused.stderr
    assert in_place(town) == before


def test_an_older_bundle_follows_a_newer_one_only_on_demand(town, vendor):
    started(town)
    older = packed(vendor, name="older.bundle")
    vendor.write("routes/w/two.yaml", ROUTE.replace("*.dat", "*.txt").replace("w/{name}", "w/3-{name}"))
    assert accepted(town, packed(vendor)).exit_code == 0
    refused = accepted(town, older)
    assert (refused.exit_code, "it is older than what is in place" in refused.stderr) == (1, True)
    assert accepted(town, older, "--older").exit_code == 0
    assert "*.csv" in in_place(town)["two.yaml"]


def test_a_key_with_a_password_asks_for_it(town, vendor, tmp_path):
    key(tmp_path, "locked", password="himitsu")
    words = ("bundle", "pack", "w", "--key", str(tmp_path / "locked"), "--out")
    made = ran(vendor, *words, str(tmp_path / "l"), given="himitsu\n")
    assert made.exit_code == 0, made.stderr
    wrong = ran(vendor, *words, str(tmp_path / "m"), given="other\n")
    assert wrong.exit_code == 2
    assert "its password is another" in wrong.stderr
    assert not (tmp_path / "m").exists()


def told(town, *words):
    """What check says of errors."""
    lines = ran(town, "check", *words).stderr.splitlines()
    return [line for line in lines if "warning" not in line and line[0] != " "]


ADVICE = "have it packed and put in place: linkage-gateway bundle accept (before that: check --unsigned)"
CHANGED_BY_HAND = {
    "a route is changed": (
        lambda folder: (folder / "one.yaml").write_text(ROUTE),
        ["routes/w/one.yaml:1:1: this is not as w signed it; " + ADVICE],
        ["r", "two"],
    ),
    "a route is added": (
        lambda folder: (folder / "three.yaml").write_text(ROUTE),
        ["routes/w/three.yaml:1:1: this file is none of those that w signed; " + ADVICE],
        ["one", "r", "two"],
    ),
    "the list is changed": (
        lambda folder: (folder / ".bundle.json").write_bytes(
            (folder / ".bundle.json").read_bytes().replace(b"one.yaml", b"three.yaml")
        ),
        [
            f"routes/w/{name}.yaml:1:1: w signs its files, and the signature in w/.bundle.sig is by none of its keys; "
            + ADVICE
            for name in ("one", "two")
        ],
        ["r"],
    ),
    "the signature is gone": (
        lambda folder: (folder / ".bundle.sig").unlink(),
        [
            f"routes/w/{name}.yaml:1:1: w signs its files, and no bundle of it was put in place here; {ADVICE}"
            for name in ("one", "two")
        ],
        ["r"],
    ),
}


@pytest.mark.parametrize("what", CHANGED_BY_HAND)
def test_of_a_vendor_that_signs_nothing_runs_that_it_has_not_signed(town, vendor, what):
    started(town)
    assert accepted(town, packed(vendor)).exit_code == 0
    assert told(town) == []
    change, faults, runs = CHANGED_BY_HAND[what]
    change(town.root / "config/routes/w")
    assert told(town) == faults
    assert json.loads(ran(town, "check", "--json").stdout)["routes"] == runs


def test_a_key_that_operators_take_away_takes_what_it_signed_along(town, vendor, tmp_path):
    started(town)
    assert accepted(town, packed(vendor)).exit_code == 0
    gateway = (town.root / "config/gateway.yaml").read_text()
    old, new = ((tmp_path / f"{name}.pub").read_text().strip() for name in ("w", "stranger"))
    town.write("gateway.yaml", gateway.replace(f'"{old}"', f'["{old}", "{new}"]'))
    assert told(town) == []
    town.write("gateway.yaml", gateway.replace(old, new))
    assert [line.partition(":")[0] for line in told(town)] == ["routes/w/one.yaml", "routes/w/two.yaml"]


def test_a_vendor_looks_at_its_own_files_before_it_signs_them(town, vendor):
    assert len(told(vendor)) == 2
    assert ran(vendor, "check", "--unsigned").exit_code == 0


def test_while_the_gateway_runs_a_route_changed_by_hand_goes_on_as_it_was_signed(town, vendor):
    started(town)
    assert accepted(town, packed(vendor)).exit_code == 0
    reading = read(town.root / "config")
    (town.root / "config/routes/w/one.yaml").write_text(ROUTE.replace("1m", "9m"))
    city = reread(reading, now=datetime.now(UTC)).city
    assert city.routes["one"] == reading.city.routes["one"]
    assert "this is not as w signed it" in str(city.outdated["one"][0])
    vendor.write("routes/w/one.yaml", ROUTE.replace("1m", "9m"))
    assert accepted(town, packed(vendor, name="again.bundle")).exit_code == 0
    city = reread(reading, now=datetime.now(UTC)).city
    assert (city.outdated, city.routes["one"].schedule.every.total_seconds()) == ({}, 540)

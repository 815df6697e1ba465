"""The offline bundle, as a city on a closed network meets it: made, installed, run, upgraded, taken back.

What is installed sees no network but loopback: it lives in a network namespace of its own.
"""

import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
import tarfile
import tomllib
import zipfile
from pathlib import Path

import pytest

from tests.support.city import Town
from tests.support.namespaces import require_namespaces
from tests.support.servers.process import require
from tests.support.servers.systemd import systemd

ROOT = Path(__file__).resolve().parents[2]
VERSION = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["version"]
NEXT = f"{VERSION}.post1"
SOURCES = (
    "gateway",
    "adapters",
    "config",
    "deploy",
    "docs",
    "pyproject.toml",
    "README.md",
    "README.ja.md",
    "CHANGELOG.md",
)

pytestmark = pytest.mark.timeout(1200)


def made(root, out, *more):
    """Makes a bundle out of a source tree, and unpacks it."""
    command = [sys.executable, root / "deploy/bundle/make_bundle.py", "--out", out, *more]
    subprocess.run([*map(str, command)], check=True, stdout=subprocess.DEVNULL)
    (archive,) = out.glob("*.tar")
    with tarfile.open(archive) as tar:
        tar.extractall(out, filter="data")
    return archive, out / archive.name.removesuffix(".tar")


@pytest.fixture(scope="module")
def bundles(tmp_path_factory):
    """The bundle of this tree, and one of the version after it, made out of the first one's wheels."""
    folder = tmp_path_factory.mktemp("bundles")
    first = made(ROOT, folder / "first")
    later = folder / "later"
    later.mkdir()
    for name in SOURCES:
        (shutil.copytree if (ROOT / name).is_dir() else shutil.copy)(ROOT / name, later / name)
    project = later / "pyproject.toml"
    project.write_text(project.read_text().replace(f'version = "{VERSION}"', f'version = "{NEXT}"', 1))
    return first, made(later, folder / "second", "--wheels", str(first[1] / "wheels"))


def alone(*command, check=True, **more):
    """Runs it where there is no network but loopback."""
    require("ip", package="iproute2")
    kinds = (*(() if os.geteuid() == 0 else ("--map-root-user",)), "--net")
    require_namespaces(*kinds)
    spaces = ["unshare", *kinds]
    inside = ["sh", "-euc", 'ip link set lo up; exec "$@"', "alone", *map(str, command)]
    done = subprocess.run(
        [*spaces, *inside], capture_output=True, text=True, check=False, timeout=600, **more
    )
    assert not check or done.returncode == 0, done.stdout + done.stderr
    return done


def installed(bundle, prefix, *more, extras="", check=True):
    words = ["--prefix", prefix, "--python", sys.executable, "--extras", extras, *more]
    return alone(bundle / "install.sh", *words, check=check)


def version_of(prefix):
    shown = alone(
        prefix / "current/bin/python",
        "-c",
        "from importlib import metadata as m; print(m.version('linkage-gateway'))",
    )
    return shown.stdout.strip()


def test_it_is_installed_run_upgraded_and_taken_back_where_there_is_no_network(bundles, tmp_path):
    (_, first), (_, second) = bundles
    prefix = tmp_path / "opt"
    installed(first, prefix, extras="demo")
    assert version_of(prefix) == VERSION
    reached = alone(
        prefix / "current/bin/python",
        "-c",
        "import socket; socket.create_connection(('192.0.2.1', 9), 5)",
        check=False,
    )
    assert "Network is unreachable" in reached.stderr
    gateway = prefix / "current/bin/linkage-gateway"
    shown = json.loads(alone(gateway, "demo", "--once", "--json").stdout)
    assert len(shown["routes"]) == 5
    assert all(route["arrived"] == route["files"] > 0 for route in shown["routes"])

    town = Town(tmp_path / "town")
    town.route()
    config = tmp_path / "town/config"
    (town.here / "a.dat").write_bytes(b"x")
    alone(gateway, "--config", config, "once")
    assert installed(first, prefix, check=False).returncode == 1
    installed(second, prefix, "--config", config)
    assert version_of(prefix) == NEXT
    assert len(list((tmp_path / "town/state/backups").glob("journal-*.db"))) == 1
    alone(gateway, "--config", config, "status")

    alone(prefix / "current/install.sh", "--back", "--prefix", prefix)
    assert version_of(prefix) == VERSION
    alone(gateway, "--config", config, "status")
    alone(prefix / "current/install.sh", "--back", "--prefix", prefix)
    assert version_of(prefix) == NEXT


def test_a_bundle_that_was_changed_is_not_installed(bundles, tmp_path):
    (_, first), _ = bundles
    copy = tmp_path / "copy"
    shutil.copytree(first, copy, copy_function=os.link)
    (copy / "VERSION").unlink()
    (copy / "VERSION").write_text("9.9.9\n")
    refused = installed(copy, tmp_path / "opt", check=False)
    assert refused.returncode == 1
    assert "damaged or was changed" in refused.stderr
    assert not (tmp_path / "opt").exists()


def test_a_package_that_another_bundle_left_there_is_not_installed(bundles, tmp_path):
    """As where a bundle is unpacked over the folder of another one of the same name."""
    (_, first), _ = bundles
    copy = tmp_path / "copy"
    shutil.copytree(first, copy, copy_function=os.link)
    (copy / "wheels/click-99.0-py3-none-any.whl").write_bytes(b"")
    refused = installed(copy, tmp_path / "opt", check=False)
    assert refused.returncode == 1
    assert "wheels/click-99.0-py3-none-any.whl" in refused.stderr
    assert not (tmp_path / "opt").exists()


def test_the_service_is_installed_wherever_the_program_is_with_its_command_and_folder(bundles, tmp_path):
    (_, first), _ = bundles
    with systemd(tmp_path, first="") as booted:
        words = f"--service --prefix /srv/city/gateway --python {sys.executable} --extras ''"
        shutil.copytree(first, booted.shared / "bundle", copy_function=os.link)
        booted.ran("bash", "-c", f"cd /srv/test/bundle && ./install.sh {words}")
        unit = booted.ran("cat", "/etc/systemd/system/linkage-gateway.service")
        assert re.findall(r"/(?:opt|srv)/\S+", unit) == [
            "/srv/city/gateway/current/share/doc/linkage-gateway/README.md",
            "/srv/city/gateway/current/bin/linkage-gateway",
        ]
        assert booted.ran("stat", "--format=%a %U", "/etc/linkage-gateway") == "755 root"
        assert "Usage: linkage-gateway" in booted.ran("/usr/local/bin/linkage-gateway", "--help")
        assert booted.ran("id", "-u", "linkage-gateway") == "10440"


def test_every_file_has_its_digest_and_the_archive_its_own(bundles):
    (archive, folder), _ = bundles
    sums = dict(reversed(line.split("  ")) for line in (folder / "SHA256SUMS").read_text().splitlines())
    files = {str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file()}
    assert files - {"SHA256SUMS"} == sums.keys()
    digest = hashlib.sha256(archive.read_bytes()).hexdigest()
    assert archive.with_suffix(".tar.sha256").read_text() == f"{digest}  {archive.name}\n"


def test_every_wheel_is_the_one_that_the_lock_names_or_is_python_alone(bundles):
    (_, folder), _ = bundles
    locked = set(re.findall(r"sha256:([0-9a-f]{64})", (folder / "requirements.txt").read_text()))
    others = [
        path.name
        for path in (folder / "wheels").iterdir()
        if hashlib.sha256(path.read_bytes()).hexdigest() not in locked
    ]
    assert sorted(name.partition("-")[0] for name in others) == ["linkage_gateway", "pyftpdlib"]
    assert [name for name in others if not name.endswith("-py3-none-any.whl")] == []


def test_what_is_built_here_is_built_by_what_the_lock_of_builders_names(bundles):
    """Else the next version of a builder makes another archive out of the same sources, and nobody checked it."""
    (_, folder), _ = bundles
    lock = (ROOT / "deploy/build-requirements.txt").read_text()
    builders = dict(re.findall(r"^([\w-]+)==(\S+) \\\n    --hash=sha256:", lock, re.MULTILINE))
    for package, builder in (("linkage_gateway", "hatchling"), ("pyftpdlib", "setuptools")):
        (path,) = (folder / "wheels").glob(f"{package}-*.whl")
        with zipfile.ZipFile(path) as wheel:
            (about,) = [name for name in wheel.namelist() if name.endswith(".dist-info/WHEEL")]
            generator = re.search(r"^Generator: (.+)$", wheel.read(about).decode(), re.MULTILINE).group(1)
        assert re.findall(r"[^ ()]+", generator) == [builder, builders[builder]]


def test_the_list_of_parts_names_every_wheel_with_digest_and_licence(bundles):
    (_, folder), _ = bundles
    bom = json.loads((folder / "sbom.cdx.json").read_text())
    assert (bom["bomFormat"], bom["specVersion"]) == ("CycloneDX", "1.6")
    parts = [*bom["components"], bom["metadata"]["component"]]
    digests = {part["hashes"][0]["content"] for part in parts}
    assert digests == {
        hashlib.sha256(path.read_bytes()).hexdigest() for path in (folder / "wheels").iterdir()
    }
    assert [part["name"] for part in parts if not part.get("licenses")] == []
    table = (folder / "licences/licences.tsv").read_text().splitlines()[1:]
    assert len(table) == len(parts)
    assert (folder / f"licences/linkage-gateway-{VERSION}").is_dir()
    (ours,) = [one for one in bom["dependencies"] if one["ref"].startswith("pkg:pypi/linkage-gateway@")]
    assert any(ref.startswith("pkg:pypi/paramiko@") for ref in ours["dependsOn"])


def test_the_same_sources_make_the_same_archive(bundles, tmp_path):
    (archive, folder), _ = bundles
    again, _ = made(ROOT, tmp_path / "again", "--wheels", str(folder / "wheels"))
    assert again.read_bytes() == archive.read_bytes()

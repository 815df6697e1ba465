"""The packages of images and bundles, compared with published weaknesses out of a file where there is no network."""

import json
import re
import subprocess
import sys
import zipfile
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
LOCK = ROOT / "deploy/bundle/requirements.txt"
NOW = datetime.now(UTC)


def version_of(package):
    (version,) = re.findall(rf"^{package}==([^ ;\\]+)", LOCK.read_text(), re.MULTILINE)
    return version


def entry(number, package, *, written=NOW, **affected):
    described = {"package": {"name": package, "ecosystem": "PyPI"}, **affected}
    return {
        "schema_version": "1.6.0",
        "id": f"PYSEC-2027-{number}",
        "modified": written.isoformat().replace("+00:00", "Z"),
        "summary": "what may happen",
        "affected": [described],
    }


def within(*events):
    return {"ranges": [{"type": "ECOSYSTEM", "events": list(events)}]}


def audited(folder, *entries):
    file = folder / "all.zip"
    with zipfile.ZipFile(file, "w") as archive:
        for one in entries:
            archive.writestr(f"{one['id']}.json", json.dumps(one))
    command = [sys.executable, ROOT / "deploy/audit.py", file, "--lock", folder / "lock.txt"]
    return subprocess.run(command, capture_output=True, text=True, check=False, timeout=120)


@pytest.fixture
def folder(tmp_path):
    """A lock of two packages of the real one, with their digests."""
    blocks = re.split(r"\n(?=\S)", LOCK.read_text())
    chosen = [block for block in blocks if block.startswith(("pyyaml==", "click=="))]
    assert len(chosen) == 2
    (tmp_path / "lock.txt").write_text("\n".join(chosen) + "\n")
    return tmp_path


def test_nothing_is_found_where_nothing_is_known(folder):
    done = audited(
        folder,
        entry(1, "somebody-elses", **within({"introduced": "0"})),
        entry(2, "click", **within({"introduced": "0"}, {"fixed": "0.1"})),
        entry(3, "PyYAML", versions=["0.1", "0.2"]),
    )
    assert (done.returncode, "No known vulnerabilities found" in done.stderr) == (0, True)


@pytest.mark.parametrize(
    "affected",
    [
        within({"introduced": "0"}),
        within({"introduced": "0"}, {"fixed": "999"}),
        within({"introduced": "0"}, {"last_affected": version_of("pyyaml")}),
        within({"introduced": "0"}, {"fixed": "1"}, {"introduced": "2"}),
        {"versions": [version_of("pyyaml")]},
    ],
)
def test_a_package_with_a_known_weakness_is_named_with_it(folder, affected):
    done = audited(folder, entry(7, "PyYAML", **affected))
    assert done.returncode == 1
    assert re.search(rf"pyyaml +{re.escape(version_of('pyyaml'))} +PYSEC-2027-7", done.stdout)
    assert "click" not in done.stdout


def test_an_entry_that_was_withdrawn_counts_no_more(folder):
    done = audited(
        folder, entry(7, "PyYAML", versions=[version_of("pyyaml")]) | {"withdrawn": NOW.isoformat()}
    )
    assert done.returncode == 0


def test_a_list_that_is_old_is_no_proof(folder):
    done = audited(folder, entry(1, "click", written=NOW - timedelta(days=40), versions=["0.1"]))
    assert done.returncode == 2
    assert "older than 30 days" in done.stderr


def test_a_file_that_is_no_list_is_no_proof(folder):
    (folder / "wrong.zip").write_text("no archive")
    command = [sys.executable, ROOT / "deploy/audit.py", folder / "wrong.zip"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (done.returncode, "is no export of OSV" in done.stderr) == (2, True)
    assert audited(folder).returncode == 2


def test_the_whole_lock_is_asked_for_package_by_package(folder):
    (folder / "lock.txt").write_text(LOCK.read_text())
    versions = re.findall(r"^([a-z0-9.-]+)==([^ ;\\]+)", LOCK.read_text(), re.MULTILINE)
    done = audited(
        folder, *(entry(at, name, versions=[version]) for at, (name, version) in enumerate(versions))
    )
    named = set(re.findall(r"^([a-z0-9.-]+) +\S+ +PYSEC", done.stdout, re.MULTILINE))
    here = {name for name, _ in versions if name in named}
    assert done.returncode == 1
    assert len(here) > 0.8 * len(versions)  # some are for other systems

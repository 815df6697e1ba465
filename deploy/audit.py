"""Compares what images and bundles are made of with published weaknesses, without a network.

The weaknesses come as the file that OSV publishes of all its entries for PyPI (all.zip: a JSON document each, in the
OSV schema 1.x), carried to this machine as any other file. pip-audit does the comparison; this program answers its
questions out of that file, on the loopback interface. Exit code 0 if nothing is known, 1 if something is, 2 if nothing
could be compared.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
import threading
import zipfile
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from packaging.utils import canonicalize_name
from packaging.version import InvalidVersion, Version

ROOT = Path(__file__).resolve().parent.parent
LOCK = ROOT / "deploy/bundle/requirements.txt"
OLDEST = timedelta(days=30)
"""A list whose newest entry is older than this says nothing of today."""

Entry = Mapping[str, Any]
Entries = Mapping[str, Sequence[Entry]]


def entries_of(file: Path) -> Entries:
    """The entries by package. Raises ``ValueError`` for a file that is no export."""
    found: defaultdict[str, list[Entry]] = defaultdict(list)
    try:
        with zipfile.ZipFile(file) as archive:
            for name in archive.namelist():
                entry = json.loads(archive.read(name))
                for package in {_package(one) for one in entry.get("affected", ())} - {""}:
                    found[package].append(entry)
    except (zipfile.BadZipFile, json.JSONDecodeError, AttributeError, OSError) as error:
        raise ValueError(f"{file} is no export of OSV ({type(error).__name__})") from None
    if not found:
        raise ValueError(f"{file} has no entry for a package of PyPI")
    return found


def newest(entries: Entries) -> datetime:
    """When an entry was written last."""
    return max(
        datetime.fromisoformat(one["modified"]).astimezone(UTC) for some in entries.values() for one in some
    )


def _package(affected: Entry) -> str:
    package = affected.get("package", {})
    return canonicalize_name(package["name"]) if package.get("ecosystem") == "PyPI" else ""


def hits(entries: Entries, package: str, version: str) -> list[Entry]:
    """The entries that a version of a package is affected by."""
    name = canonicalize_name(package)
    return [
        one for one in entries.get(name, ()) if any(_is_hit(part, name, version) for part in one["affected"])
    ]


def _is_hit(affected: Entry, name: str, version: str) -> bool:
    """As the evaluation in the OSV schema: named itself, or within a range."""
    if _package(affected) != name:
        return False
    listed = version in affected.get("versions", ())
    return listed or any(
        _is_within(one["events"], Version(version))
        for one in affected.get("ranges", ())
        if one["type"] == "ECOSYSTEM"
    )


def _is_within(events: Sequence[Mapping[str, str]], version: Version) -> bool:
    within = False
    for kind, at in sorted(_events(events), key=lambda event: event[1]):
        if kind == "last_affected":
            within = within and version <= at
        elif version >= at:
            within = kind == "introduced"
    return within


def _events(events: Sequence[Mapping[str, str]]) -> Iterator[tuple[str, Version]]:
    for event in events:
        for kind, at in event.items():
            try:
                yield kind, Version(at)
            except InvalidVersion:  # "limit": "*", and versions that are none; an entry lists those by name
                continue


class Answering(ThreadingHTTPServer):
    """Answers what pip-audit asks of OSV."""

    def __init__(self, entries: Entries) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.entries = entries


class _Handler(BaseHTTPRequestHandler):
    server: Answering

    def do_POST(self) -> None:
        """One package in one version."""
        asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        found = hits(self.server.entries, asked["package"]["name"], asked["version"])
        body = json.dumps({"vulns": found} if found else {}).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: Any) -> None:
        """Say nothing."""


def audit(entries: Entries, lock: Path) -> int:
    """Have pip-audit compare; its exit code."""
    program = Path(sys.executable).with_name("pip-audit")
    with Answering(entries) as server, tempfile.TemporaryDirectory() as cache:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        command = (
            program,
            "--strict",
            "--no-deps",
            "--disable-pip",
            "--require-hashes",
            "--progress-spinner",
            "off",
        )
        asked = (
            "--vulnerability-service",
            "osv",
            "--osv-url",
            f"http://127.0.0.1:{server.server_port}/v1/query",
        )
        done = subprocess.run((*command, *asked, "--cache-dir", cache, "--requirement", lock), check=False)
        server.shutdown()
    return done.returncode


def main() -> int:
    """See the module."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("advisories", type=Path, help="the export of OSV for PyPI (all.zip)")
    parser.add_argument(
        "--lock", type=Path, default=LOCK, help="what is compared: versions with their digests"
    )
    chosen = parser.parse_args()
    try:
        entries = entries_of(chosen.advisories)
    except ValueError as wrong:
        print(wrong, file=sys.stderr)
        return 2
    written = newest(entries)
    print(f"{chosen.advisories}: {len(entries)} packages, the newest entry of {written:%Y-%m-%d}")
    if written < datetime.now(UTC) - OLDEST:
        print(f"it is older than {OLDEST.days} days; bring a newer one", file=sys.stderr)
        return 2
    return audit(entries, chosen.lock)


if __name__ == "__main__":
    sys.exit(main())

"""The service as systemd runs it: the real systemd, in namespaces, with the unit of this repository as it stands."""

import asyncio
import json
import re
import shlex
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey

from gateway.cli.supervisor import Supervisor
from gateway.sealing.identity import text_of
from tests.support.city import CONVERTING, CSV, FIXED, MAPPING
from tests.support.servers.process import require
from tests.support.servers.systemd import systemd

UNITS = Path(__file__).resolve().parents[2] / "deploy/systemd"
UNIT = UNITS / "linkage-gateway.service"
WORST_EXPOSURE = 1.2
"""What `systemd-analyze security` of systemd 252 says; docs/security.md names it."""

GATEWAY = """
gateway: {name: test, state_dir: {env: GATEWAY_STATE, default: nowhere}, drain: 5s}
console: {listen: "127.0.0.1:8440", metrics_token: {credential: metrics-token}}
encryption: {keys: [{id: first, key: {credential: rest-first}}]}
"""
SYSTEMS = "systems: {old: {vendor: v, standard_from: never}, new: {vendor: v, standard_from: always}}\n"
ENDPOINTS = """
endpoints:
  here: {adapter: local, root: /srv/renkei/in}
  there: {adapter: local, root: /srv/renkei/out}
"""
ASK = (
    "import sys, urllib.request as u; "
    "r = u.Request('http://127.0.0.1:8440/metrics', headers={'Authorization': 'Bearer canary-token'}); "
    "print(u.urlopen(r).status)"
)


def city_conf():
    """The drop-in of a city, with what this test needs in the place of the samples."""
    homes = tuple(f"/{name}/" for name in ("root", "home", "run/user"))  # what ProtectHome= hides
    python = sorted({str(Path(__file__).resolve().parents[2]), sys.prefix, sys.base_prefix})
    hidden = [folder for folder in python if folder.startswith(homes)]
    lines = [
        "[Service]",
        "LoadCredential=metrics-token:/etc/credstore/metrics-token",
        "LoadCredential=rest-first:/etc/credstore/rest-first",
        "ReadWritePaths=/srv/renkei",
        "StandardOutput=append:/srv/test/log",
        "StandardError=append:/srv/test/log",
        "RestartSec=100ms",
        "WatchdogSec=6s",
    ]
    if hidden:  # a Python in somebody's home: that alone can be seen of it
        lines += ["ProtectHome=tmpfs", f"BindReadOnlyPaths={' '.join(hidden)}"]
    return "\n".join(lines) + "\n"


def first():
    """Makes the system: the unit, its user, a city of one route, and a program to start."""
    start = f'#!/bin/sh\nexec {shlex.quote(sys.executable)} -m gateway "$@"\n'
    files = {
        "/opt/linkage-gateway/current/bin/linkage-gateway": start,
        "/etc/linkage-gateway/gateway.yaml": GATEWAY,
        "/etc/linkage-gateway/systems.yaml": SYSTEMS,
        "/etc/linkage-gateway/endpoints.yaml": ENDPOINTS,
        "/etc/linkage-gateway/layouts/fixed.yaml": FIXED,
        "/etc/linkage-gateway/layouts/csv.yaml": CSV,
        "/etc/linkage-gateway/mappings/fixed-to-csv.yaml": MAPPING,
        "/etc/linkage-gateway/routes/v/r.yaml": CONVERTING,
        "/etc/credstore/metrics-token": "canary-token\n",
        "/etc/credstore/rest-first": text_of(X25519PrivateKey.generate()) + "\n",
        "/run/systemd/system/linkage-gateway.service": UNIT.read_text(),
        "/run/systemd/system/linkage-gateway.service.d/city.conf": city_conf(),
        "/usr/lib/sysusers.d/linkage-gateway.conf": (UNITS / "linkage-gateway.sysusers.conf").read_text(),
    }
    made = [
        f"mkdir -p {Path(path).parent}; printf %s {shlex.quote(text)} >{path}" for path, text in files.items()
    ]
    site = Path(__file__).resolve().parents[2]
    return "\n".join(
        [
            *made,
            "chmod 0755 /opt/linkage-gateway/current/bin/linkage-gateway",
            "chmod 0600 /etc/credstore/metrics-token /etc/credstore/rest-first",
            "systemd-sysusers linkage-gateway.conf",
            "install -d -o linkage-gateway /srv/renkei /srv/renkei/in /srv/renkei/out",
            f"test -r {site}/gateway/app.py",
        ]
    )


def wait_until(done, *, seconds=60):
    deadline = time.monotonic() + seconds
    while not done():
        assert time.monotonic() < deadline, "it did not come to that"
        time.sleep(0.05)


@pytest.fixture
def booted(tmp_path):
    with systemd(tmp_path, first=first()) as running:
        yield running


def told(booted):
    lines = (booted.shared / "log").read_text().splitlines()
    return [json.loads(line)["event"] for line in lines if line.startswith("{")]


def assert_encrypted_with_its_credential(booted, process):
    """What it keeps is encrypted with the key that systemd gave it, and comparisons have their room in memory."""
    kept = booted.ran("find", "/var/lib/linkage-gateway/originals", "-type", "f").splitlines()
    assert [Path(path).suffix for path in kept] == [".age"]
    assert "-> linkage-gateway first" in booted.ran("head", "-n", "4", kept[0])
    booted.ran("nsenter", f"--target={process}", "--mount", "test", "-w", "/dev/shm")
    assert (
        booted.ran("nsenter", f"--target={process}", "--mount", "stat", "-f", "-c", "%T", "/dev/shm")
        == "tmpfs"
    )


def test_the_service_starts_carries_is_confined_is_watched_and_stops(booted):
    """One boot for all, because each takes seconds."""
    unit = "linkage-gateway.service"
    booted.ran("systemctl", "start", unit)
    assert booted.shown(unit, "ActiveState") == "active"
    assert told(booted)[0] == "console_opened"

    sent = booted.shared / "sent"
    sent.write_bytes("00001見本太郎  00012".encode("cp932"))
    booted.ran("sh", "-c", "cp /srv/test/sent /srv/renkei/a; mv /srv/renkei/a /srv/renkei/in/a.dat")
    wait_until(
        lambda: (
            booted.ran("ls", "/srv/renkei/out", "/srv/renkei/in")
            == "/srv/renkei/in:\n\n/srv/renkei/out:\n0001.csv"
        )
    )
    assert booted.ran("tail", "-n", "1", "/srv/renkei/out/0001.csv") == "00001,見本太郎,12"

    first_process = booted.shown(unit, "MainPID")
    assert_encrypted_with_its_credential(booted, first_process)
    status = dict(
        line.split(":\t", 1) for line in booted.ran("cat", f"/proc/{first_process}/status").splitlines()
    )
    assert set(status["Uid"].split()) == {"10440"}
    assert {name: status[name] for name in ("CapEff", "CapBnd", "NoNewPrivs", "Seccomp")} == {
        "CapEff": "0" * 16, "CapBnd": "0" * 16, "NoNewPrivs": "1", "Seccomp": "2",
    }  # fmt: skip
    assert "Max core file size        0                    0" in booted.ran(
        "cat", f"/proc/{first_process}/limits"
    )
    inside = ["nsenter", f"--target={first_process}", "--mount", "sh", "-c"]
    for folder in ("/etc/linkage-gateway", "/opt", "/usr", "/var/lib", "/srv"):
        assert "Read-only file system" in booted.ran(*inside, f"touch {folder}/x 2>&1 || true")
    assert booted.ran("stat", "--format=%a %U", "/var/lib/linkage-gateway") == "700 linkage-gateway"
    assert booted.ran("python3", "-c", ASK) == "200"

    booted.ran("systemctl", "kill", "--signal=STOP", "--kill-who=main", unit)
    wait_until(
        lambda: int(booted.shown(unit, "NRestarts")) > 0 and booted.shown(unit, "ActiveState") == "active"
    )
    assert booted.shown(unit, "MainPID") != first_process

    booted.ran("systemctl", "stop", unit)
    assert booted.shown(unit, "Result") == "success"
    assert told(booted)[-1] == "gateway_stopped"


def exposure(*units):
    command = ["systemd-analyze", "security", "--offline=yes", "--no-pager", *map(str, units)]
    shown = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    return float(re.search(r"Overall exposure level for linkage-gateway.service: ([\d.]+)", shown).group(1))


def test_systemd_finds_no_fault_in_the_unit_and_counts_little_exposure(tmp_path):
    require("systemd-analyze", package="systemd")
    root = tmp_path / "root"
    (root / "etc/systemd/system").mkdir(parents=True)
    program = root / "opt/linkage-gateway/current/bin/linkage-gateway"
    for path in (program, root / "bin/kill"):
        path.parent.mkdir(parents=True)
        path.write_text("#!/bin/sh\n")
        path.chmod(0o755)
    unit = root / "etc/systemd/system" / UNIT.name
    unit.write_text(UNIT.read_text())
    for target in ("sysinit", "basic", "shutdown", "network-online", "time-sync"):
        (unit.parent / f"{target}.target").write_text("[Unit]\nDefaultDependencies=no\n")
    command = ["systemd-analyze", "verify", "--man=no", f"--root={root}", UNIT.name]
    checked = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (checked.returncode, checked.stderr) == (0, "")
    assert exposure(UNIT) <= WORST_EXPOSURE


def test_every_line_of_the_drop_in_that_is_offered_can_be_switched_on(tmp_path):
    """What stands behind a single # is setting, not prose."""
    require("systemd-analyze", package="systemd")
    offered = (UNITS / "linkage-gateway.service.d/city.conf").read_text()
    settings = re.sub(r"^#(?=[A-Z]\w+=)", "", offered, flags=re.MULTILINE)
    assert settings != offered
    unit = tmp_path / UNIT.name
    unit.write_text(UNIT.read_text() + settings)
    command = ["systemd-analyze", "security", "--offline=yes", "--no-pager", str(unit)]
    assert subprocess.run(command, capture_output=True, text=True, check=True).stderr == ""


@pytest.fixture
def ear(tmp_path):
    """A service manager's socket."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as line:
        line.bind(str(tmp_path / "notify"))
        line.settimeout(30)
        yield line


async def test_a_service_manager_hears_that_it_is_ready_and_alive_until_it_is_not(ear, tmp_path):
    supervisor = Supervisor.of({"NOTIFY_SOCKET": str(tmp_path / "notify"), "WATCHDOG_USEC": "30000"})
    async with supervisor.watching():
        heard = [await asyncio.to_thread(ear.recv, 100) for _ in range(4)]
    assert heard == [b"READY=1", *[b"WATCHDOG=1"] * 3]


async def test_a_watchdog_that_is_for_another_process_is_left_to_that_one(ear, tmp_path):
    supervisor = Supervisor.of(
        {"NOTIFY_SOCKET": str(tmp_path / "notify"), "WATCHDOG_USEC": "1000", "WATCHDOG_PID": "1"}
    )
    async with supervisor.watching():
        assert await asyncio.to_thread(ear.recv, 100) == b"READY=1"
        supervisor.tell("STOPPING=1")
        assert await asyncio.to_thread(ear.recv, 100) == b"STOPPING=1"


@pytest.mark.parametrize("environment", [{}, {"NOTIFY_SOCKET": "/nowhere/notify", "WATCHDOG_USEC": "1000"}])
async def test_who_has_no_service_manager_or_a_deaf_one_runs_all_the_same(environment):
    async with Supervisor.of(environment).watching():
        Supervisor.of(environment).tell("STOPPING=1")

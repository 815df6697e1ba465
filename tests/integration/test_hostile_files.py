"""A vendor's broken, hostile or enormous file in the folder of a running daemon is refused, and others go on."""

import json
import os
import signal
import subprocess
import sys
import threading
import time

import pytest

from tests.support.city import Town

ROUTE = """
from: {system: old, legacy: {endpoint: here, path: "*.dat", ready: at-once}}
to: {system: old, legacy: {endpoint: there, path: "{name}"}}
schedule: {every: 1s}
after: delete
"""
THEIRS = ROUTE.replace("*.dat", "w/*.txt").replace("{name}", "w/{name}")
SECRET = "the-password-of-another-vendor"


def bomb():
    doubled = "".join(f"k{n}: &k{n} [{', '.join([f'*k{n - 1}'] * 9)}]\n" for n in range(1, 12))
    return f"k0: &k0 [x, x]\n{doubled}{THEIRS}"


HOSTILE = {
    "anchors that multiply": (bomb(), "more than 100000 values, aliases counted"),
    "an anchor within itself": (f"{THEIRS}title: &a [*a]\n", "nested more than 40 deep"),
    "half a million brackets": ("a: " + "[" * 100_000, "nested more than 40 deep"),
    "a million lines": ("title: x\n" * 1_000_000, "larger than 128 KiB"),
    "as many keys as there is room for": (
        THEIRS + "\n".join(f"k{n}: 1" for n in range(12_000)),
        "unknown key k0",
    ),
    "a tag that runs a command": (
        "!!python/object/apply:os.system ['touch PWNED']\n",
        "a tag (!) is not used here",
    ),
    "a path that climbs": (THEIRS.replace("w/*.txt", "w/../*.dat"), "'..' segment"),
    "a path of others": (THEIRS.replace("w/*.txt", "*.dat"), "w may not use this path"),
    "an endpoint of others": (
        THEIRS.replace("endpoint: there", "endpoint: theirs"),
        "w may not use endpoint theirs",
    ),
    "a password of others": (
        THEIRS.replace("endpoint: there", "endpoint: {env: SECRET}"),
        "endpoint is keys and values",
    ),
    "a login of its own": (f"{THEIRS}login: {{user: x, password: {{env: SECRET}}}}\n", "unknown key login"),
    "a search without end": (THEIRS + r'order: {sequence: "(?P<seq>(.*)*)\\1$"}', "is no regular expression"),
    "an interval beyond all time": (THEIRS.replace("1s", "9999999999d"), "longer than 36500d"),
    "no text": (b"\x00\xff\xfe" * 1000, "the file is no UTF-8"),
    "the name of another's route": (ROUTE.replace("*.dat", "w/*.txt"), "the route r exists already, of v"),
}
NAMED = {"the name of another's route": "r.yaml"}


class Daemon:
    """A gateway as a process of its own, and the lines that it has written."""

    def __init__(self, town):
        words = [sys.executable, "-m", "gateway", "--config", str(town.root / "config"), "run"]
        environment = os.environ | {"SECRET": SECRET}
        self.town, self.lines, self._news = town, [], threading.Condition()
        self.process = subprocess.Popen(words, stdout=subprocess.PIPE, text=True, env=environment)
        self._reader = threading.Thread(target=self._read)
        self._reader.start()

    def _read(self):
        for line in self.process.stdout:
            with self._news:
                self.lines.append(line)
                self._news.notify_all()

    def said(self, wanted):
        """Wait for a line that is as wanted."""
        with self._news:
            found = self._news.wait_for(
                lambda: [one for one in map(json.loads, self.lines) if wanted(one)], 60
            )
        assert found, "".join(self.lines)
        return found[0]

    def refused(self, file):
        """Wait until a file is refused."""
        return self.said(lambda line: line["event"] == "route_rejected" and file in line["error"])

    def reload(self):
        self.process.send_signal(signal.SIGHUP)

    def carries(self, name):
        """A file of the vendor v comes, and arrives."""
        (self.town.here / f"{name}.dat").write_bytes(name.encode())
        arrived, latest = self.town.there / f"{name}.dat", time.monotonic() + 60
        while not arrived.exists():
            assert time.monotonic() < latest, "".join(self.lines)
            time.sleep(0.02)
        assert arrived.read_bytes() == name.encode()

    def end(self):
        self.process.terminate()
        self.process.wait(30)
        self._reader.join()
        self.process.stdout.close()


@pytest.fixture(scope="module")
def daemon(tmp_path_factory):
    """One daemon for all of them, as in life."""
    town = Town(tmp_path_factory.mktemp("town"))
    for folder in (town.here, town.there, town.root / "theirs"):
        (folder / "w").mkdir(parents=True)
    town.endpoints(f"theirs: {{adapter: local, owner_object: false, root: {town.root / 'theirs'}}}\n")
    gateway = (town.root / "config/gateway.yaml").read_text()
    bounds = 'vendors: {v: {}, w: {may_use: {endpoints: [here, there], prefixes: ["w/"]}}}'
    town.write("gateway.yaml", gateway.replace("vendors: {v: {}}", bounds))
    town.write("routes/v/r.yaml", ROUTE)
    town.write("routes/w/good.yaml", THEIRS)
    (town.root / "secret.txt").write_text(f"{SECRET}\n")
    running = Daemon(town)
    try:
        running.said(lambda line: line["event"] == "gateway_started")
        yield running
    finally:
        running.end()


def dropped(daemon, name):
    """Where a file of the vendor w comes into its folder, whole."""
    return daemon.town.root / "config/routes/w" / name


@pytest.mark.parametrize("what", HOSTILE)
def test_a_hostile_file_is_refused_with_an_alarm_and_the_others_go_on(daemon, what):
    content, reason = HOSTILE[what]
    name = NAMED.get(what, f"x{len(daemon.lines)}.yaml")
    coming = daemon.town.root / name
    coming.write_bytes(content if isinstance(content, bytes) else content.encode())
    coming.rename(dropped(daemon, name))
    daemon.reload()
    told = daemon.refused(f"routes/w/{name}")
    assert reason in told["error"]
    daemon.carries(f"beside-{len(daemon.lines)}")
    dropped(daemon, name).unlink()


def test_a_link_that_leads_out_shows_nothing_of_what_it_leads_to(daemon):
    dropped(daemon, "link.yaml").symlink_to(daemon.town.root / "secret.txt")
    daemon.reload()
    told = daemon.refused("routes/w/link.yaml")
    assert "a link that leads out of the configuration's folder" in told["error"]
    daemon.carries("beside-a-link")
    assert SECRET not in (daemon.town.root / "state/running.json").read_text()
    dropped(daemon, "link.yaml").unlink()


def test_a_name_that_is_no_text_is_refused_like_any_other(daemon):
    names = [os.fsdecode(b"\xff\xfe.yaml"), "a\nb \x1b[31m.yaml"]
    for name in names:
        dropped(daemon, name).write_text(THEIRS)
    daemon.reload()
    for name in (r"routes/w/\udcff\udcfe.yaml", r"routes/w/a\u000ab \u001b[31m.yaml"):
        assert "holds what cannot be shown" in daemon.refused(name)["error"]
    daemon.carries("beside-no-text")
    for name in names:
        dropped(daemon, name).unlink()


def test_a_pipe_that_nobody_writes_to_keeps_nobody_waiting(daemon):
    os.mkfifo(dropped(daemon, "pipe.yaml"))
    daemon.reload()
    told = daemon.refused("routes/w/pipe.yaml")
    assert "no regular file" in told["error"]
    daemon.carries("beside-a-pipe")
    dropped(daemon, "pipe.yaml").unlink()


def test_the_vendors_own_sound_route_goes_on_and_no_line_of_the_log_shows_a_secret(daemon):
    (daemon.town.here / "w/own.txt").write_bytes(b"1")
    daemon.carries("last")
    daemon.said(lambda line: line["event"] == "file_carried" and line["route"] == "good")
    assert (daemon.town.there / "w/own.txt").read_bytes() == b"1"
    assert SECRET not in "".join(daemon.lines)
    assert not list(daemon.town.root.rglob("PWNED"))

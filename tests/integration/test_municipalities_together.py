"""One gateway serves several municipalities: each in a process of its own, and none sees or feels another."""

import json
import os
import re
import signal
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from http.cookiejar import CookieJar
from urllib.parse import urlencode

import pytest
from click.testing import CliRunner

from gateway.cli import main
from gateway.console.passwords import hash_of
from tests.integration.test_clear_errors import record
from tests.support.city import CONVERTING, CSV, FIXED, MAPPING, Town

NAMES = ("aomi", "kitano", "minami")
PASSWORD = "a word of the operators of {}"
BAD = b"X"


class Joint:
    """A folder of municipalities, the process that serves it, and what that has written."""

    def __init__(self, root, names=NAMES):
        self.root = root
        self.towns = {name: self.added(name) for name in names}
        self.environment = os.environ | {name.upper(): hash_of(PASSWORD.format(name)) for name in NAMES}
        self.lines, self.told, self._news = [], [], threading.Condition()

    def added(self, name):
        """One more municipality, with a route that converts and people of its own."""
        home = self.root / "joint/municipalities" / name
        home.mkdir(parents=True)
        (self.root / name).mkdir()
        (self.root / name / "config").symlink_to(home)
        town = Town(self.root / name)
        gateway = (home / "gateway.yaml").read_text().replace("name: test", f"name: {name}")
        people = f"people: {{operator: {{role: operator, password: {{env: {name.upper()}}}}}}}"
        town.write(
            "gateway.yaml", gateway.replace('listen: "127.0.0.1:0"', f'listen: "127.0.0.1:0", {people}')
        )
        town.write("layouts/fixed.yaml", FIXED)
        town.write("layouts/csv.yaml", CSV)
        town.write("mappings/fixed-to-csv.yaml", MAPPING)
        town.write(f"routes/v/{name}-records.yaml", CONVERTING)
        return town

    def command(self, *words):
        return [sys.executable, "-m", "gateway", "--config", str(self.root / "joint"), *words]

    def ran(self, *words):
        return CliRunner().invoke(main, ["--config", str(self.root / "joint"), *words], env=self.environment)

    def start(self):
        self.process = subprocess.Popen(
            self.command("run"),
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            env=self.environment,
        )
        self._readers = [
            threading.Thread(target=self._read, args=pair, daemon=True)
            for pair in ((self.process.stdout, self.lines), (self.process.stderr, self.told))
        ]
        for reader in self._readers:
            reader.start()

    def _read(self, stream, lines):
        for line in stream:
            with self._news:
                lines.append(json.loads(line) if lines is self.lines else line)
                self._news.notify_all()

    def waited(self, found):
        """What was looked for, once it is there."""
        with self._news:
            assert self._news.wait_for(found, 100), "".join(self.told) + "\n".join(map(str, self.lines))
            return found()

    def events(self, name, event):
        return [line for line in self.lines if line["gateway"] == name and line["event"] == event]

    def started(self, *municipalities, times=1):
        for name in municipalities:
            self.waited(lambda name=name: len(self.events(name, "gateway_started")) >= times)

    def carries(self, name, content):
        """A file of a municipality comes, and arrives there."""
        town, before = self.towns[name], len(list(self.towns[name].there.glob("*.csv")))
        (town.here / f"{content}.dat").write_bytes(record(content, "見本", b"00100"))
        self._until(lambda: len(list(town.there.glob("*.csv"))) > before)

    def _until(self, true):
        latest = time.monotonic() + 100
        while not true():
            assert time.monotonic() < latest, "".join(self.told) + "\n".join(map(str, self.lines))
            time.sleep(0.05)

    def pid(self, name):
        """The process of a municipality's gateway."""
        lock = json.loads((self.towns[name].root / "state/lock").read_text())
        return lock["pid"]

    def page(self, name):
        return self.waited(lambda: self.events(name, "console_opened"))[-1]["endpoint"]

    def ended(self, number=signal.SIGTERM):
        """End all of it; gives the exit code."""
        if self.process.poll() is None:
            self.process.send_signal(number)
        code = self.process.wait(100)
        for reader in self._readers:
            reader.join()
        self.process.stdout.close()
        self.process.stderr.close()
        return code


class Browser:
    """Somebody who signs in, with one jar of cookies for all pages of a machine, as browsers have it."""

    def __init__(self):
        self._open = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(CookieJar())).open

    def get(self, address):
        with self._open(address, timeout=60) as answer:
            return answer.read().decode()

    def signed_in(self, base, password):
        """The first page after trying to sign in, or None."""
        token = re.search(r'name="csrf" value="([0-9a-f]+)"', self.get(f"{base}sign-in"))[1]
        form = urlencode({"csrf": token, "name": "operator", "password": password}).encode()
        try:
            with self._open(f"{base}sign-in", form, timeout=60) as answer:
                return answer.read().decode()
        except urllib.error.HTTPError as error:
            return None if error.code == 403 else error


@pytest.fixture(scope="module")
def joint(tmp_path_factory):
    """One gateway for all of them, as in life; a file of kitano is held."""
    made = Joint(tmp_path_factory.mktemp("joint"))
    made.start()
    try:
        made.started(*NAMES)
        (made.towns["kitano"].here / "secret-of-kitano.dat").write_bytes(BAD * 20)
        made.waited(lambda: made.events("kitano", "file_held"))
        yield made
    finally:
        if made.process.poll() is None:
            made.ended()


def test_each_carries_its_own_files_to_its_own_places_and_keeps_them_in_its_own_state(joint):
    for number, name in enumerate(NAMES):
        joint.carries(name, f"{number:05}")
    for name in NAMES:
        state = joint.towns[name].root / "state"
        assert state.stat().st_mode & 0o777 == 0o700
        assert {line["gateway"] for line in joint.lines if f"{name}-records" in line.get("route", "")} == {
            name
        }
    spools = {name: joint.towns[name].root / "state/spool" for name in NAMES}
    joint.waited(lambda: {name for name, spool in spools.items() if any(spool.rglob("*"))} == {"kitano"})


def test_commands_for_one_show_nothing_of_another(joint):
    for words in (["held"], ["status"], ["ledger"], ["alarms"], ["audit"], ["trace", "secret-of-kitano.dat"]):
        for name in ("aomi", "minami"):
            shown = joint.ran("--municipality", name, *words)
            assert "kitano" not in shown.output.replace("secret-of-kitano.dat", ""), shown.output
    assert "secret-of-kitano.dat" in joint.ran("--municipality", "kitano", "held").stdout
    release = joint.ran("--municipality", "aomi", "release", held_in(joint), "--reason", "見本")
    assert release.exit_code != 0
    assert held_in(joint)


def held_in(joint):
    """The number of the file that kitano holds."""
    (one,) = json.loads(joint.ran("--municipality", "kitano", "held", "--json").stdout)
    return one["transfer_id"]


def test_what_is_asked_of_all_is_told_by_municipality(joint):
    status = json.loads(joint.ran("status", "--json").stdout)["municipalities"]
    assert {name: [row["route"] for row in rows] for name, rows in status.items()} == {
        name: [f"{name}-records"] for name in NAMES
    }
    checked = joint.ran("check")
    assert checked.exit_code == 0
    assert [line for line in checked.stdout.splitlines() if line.startswith("──")] == [
        f"── {name}" for name in NAMES
    ]
    log = json.loads(joint.ran("check", "--format", "sarif").stdout)
    assert (log["version"], len(log["runs"])) == ("2.1.0", len(NAMES))


def test_the_status_of_all_begins_with_a_line_for_each(joint):
    whole = joint.towns["kitano"].here / "bad.part"
    whole.write_bytes(BAD)
    whole.rename(whole.with_suffix(".dat"))  # in one step: half of it would be another revision
    joint.waited(lambda: joint.events("kitano", "file_held"))
    joint.towns["minami"].write("gateway.yaml", "gateway: [")
    shown = joint.ran("status")
    assert shown.exit_code == 2
    head, *lines = shown.stdout.splitlines()
    assert head.split()[:5] == ["団体", "稼働", "待機", "一時停止", "設定不備"]
    summed = {words[0]: words[1:] for line in lines[: len(NAMES)] if (words := line.split())}
    assert summed["aomi"] == ["1", "0", "0", "0", "0", "0", "0"]
    assert summed["kitano"] == ["1", "0", "0", "0", "0", "1", "0"]
    assert " ".join(summed["minami"]) == "設定に誤りがあります。check で確認してください"


def test_a_command_that_concerns_one_asks_which(joint):
    asked = joint.ran("ledger")
    assert asked.exit_code == 2
    assert "複数の団体があります（aomi, kitano, minami）。--municipality NAME ledger で" in asked.stderr
    unknown = joint.ran("--municipality", "aome", "ledger")
    assert (unknown.exit_code, unknown.stderr) == (2, "団体 aome はありません。aomi のことではありませんか\n")


def test_operators_of_one_see_its_page_and_get_into_no_other(joint):
    browser = Browser()
    assert "kitano-records" in browser.signed_in(joint.page("kitano"), PASSWORD.format("kitano"))
    assert browser.signed_in(joint.page("aomi"), PASSWORD.format("kitano")) is None
    page = browser.signed_in(joint.page("aomi"), PASSWORD.format("aomi"))
    assert "aomi-records" in page
    assert "kitano" not in page + browser.get(f"{joint.page('aomi')}held") + browser.get(
        f"{joint.page('aomi')}audit"
    )
    assert "kitano-records" in browser.get(joint.page("kitano")), (
        "signing in there has not ended this session"
    )


def test_what_ends_or_breaks_one_leaves_the_others_running(joint):
    os.kill(joint.pid("aomi"), signal.SIGKILL)
    joint.waited(lambda: any(line.startswith("aomi が終了コード -9 で終わりました") for line in joint.told))
    joint.carries("minami", "00011")
    joint.started("aomi", times=2)
    joint.carries("aomi", "00012")
    assert len(joint.events("minami", "gateway_started")) == 1


def test_one_that_comes_or_goes_is_taken_up_without_touching_the_others(joint):
    joint.towns["nishi"] = joint.added("nishi")
    joint.process.send_signal(signal.SIGHUP)
    joint.started("nishi")
    joint.carries("nishi", "00021")
    (joint.root / "joint/municipalities/nishi").rename(joint.root / "put-away")
    joint.process.send_signal(signal.SIGHUP)
    joint.waited(lambda: joint.events("nishi", "gateway_stopped"))
    assert len(joint.events("minami", "gateway_started")) == 1


def test_all_of_it_ends_in_order_on_one_signal(joint):
    assert joint.ended() == 0
    for name in NAMES:
        assert joint.events(name, "gateway_stopped")


def test_where_one_cannot_run_the_others_do_and_it_comes_as_soon_as_it_is_mended(tmp_path):
    joint = Joint(tmp_path, NAMES[:2])
    sound = joint.towns["aomi"].root / "config/gateway.yaml"
    text = sound.read_text()
    sound.write_text("gateway: [")
    joint.start()
    try:
        joint.started("kitano")
        joint.waited(
            lambda: any(line.startswith("aomi が終了コード 2 で終わりました") for line in joint.told)
        )
        sound.write_text(text)
        joint.process.send_signal(signal.SIGHUP)
        joint.started("aomi")
    finally:
        assert joint.ended() == 0


def test_a_gateway_does_not_outlive_the_process_that_serves_it(tmp_path):
    joint = Joint(tmp_path, NAMES[:1])
    joint.start()
    try:
        joint.started("aomi")
    finally:
        joint.ended(signal.SIGKILL)  # which waits until nobody writes to its log any more
    assert joint.events("aomi", "gateway_stopped")


def test_a_folder_in_which_none_can_run_says_so_and_ends(tmp_path):
    joint = Joint(tmp_path, NAMES[:1])
    joint.towns["aomi"].write("gateway.yaml", "gateway: [")
    joint.start()
    assert joint.process.wait(100) == 2
    joint.ended()

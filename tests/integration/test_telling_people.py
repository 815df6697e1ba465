"""Alarms reach people over a day and a night: grouped, silent while people sleep, and on to the next when nobody acts.

A mail server with STARTTLS and a web server are told; the gateway stands on a clock that the test moves.
"""

import json
import re
import subprocess
import sys
from contextlib import asynccontextmanager
from datetime import datetime, timedelta, timezone
from email import message_from_bytes, policy
from queue import Queue
from typing import NamedTuple

import pytest
from aiohttp import web

from gateway import events
from gateway.app import Gateway
from tests.integration.test_alarms_and_people import BAD, free_port, post
from tests.integration.test_clear_errors import record
from tests.support.city import CONVERTING, CSV, FIXED, MAPPING, Town
from tests.support.clock import HandClock

__all__ = ["post"]  # the fixture

JST = timezone(timedelta(hours=9))
TEN = datetime(2027, 1, 4, 10, tzinfo=JST)
NIGHT = datetime(2027, 1, 4, 23, tzinfo=JST)
RAISED, STILL, OVER = "発報", "未対応（再通知）", "復旧"
HELD = "LGW-1201-E ファイルを保留しました"


class Letter(NamedTuple):
    to: str
    subject: str
    text: str


@pytest.fixture
def town(tmp_path):
    made = Town(tmp_path)
    made.write("layouts/fixed.yaml", FIXED)
    made.write("layouts/csv.yaml", CSV)
    made.write("mappings/fixed-to-csv.yaml", MAPPING)
    made.write("routes/v/r.yaml", CONVERTING.replace("every: 1s", "every: 7d") + "backlog: {age: 7d}\n")
    return made


class Shift:
    """A gateway with its desk, the clock on the wall, and what lies in the inbox."""

    def __init__(self, gateway, clock, town, inbox, calls):
        self.gateway, self.clock, self.town = gateway, clock, town
        self.inbox, self.calls = inbox, calls
        self._read = self._answered = 0

    async def holds(self, name):
        """A file is held now; gives its transfer."""
        (self.town.here / name).write_bytes(BAD)
        ((result),) = await self.gateway.once(["r"], patience=timedelta(0))
        return next(one for one in result.transfers if one.entry.path == name)

    async def released(self, *held):
        for one in held:
            await self.gateway.journal.released(one, who="田中", why="確認済み")
        await self.gateway._desk.look()  # that notices it; the next look tells of it

    async def at(self, instant):
        """The mails that come when the desk looks at an instant, or after some time."""
        span = instant if isinstance(instant, timedelta) else instant - self.clock.now()
        self.clock.move(seconds=span.total_seconds())
        await self.gateway._desk.look()
        return self.mails()

    def mails(self):
        fresh, self._read = self.inbox.mails[self._read :], len(self.inbox.mails)
        assert all(secure for _, secure in fresh)
        read = [message_from_bytes(one.content, policy=policy.default) for one, _ in fresh]
        return [Letter(one["To"], one["Subject"].removeprefix("[mihon] "), one.get_content()) for one in read]

    def called(self):
        """What the web server was told since it was asked last."""
        fresh, self._answered = self.calls[self._answered :], len(self.calls)
        return [(one["stage"], [alarm["event"] for alarm in one["alarms"]]) for one in fresh]


@asynccontextmanager
async def on_duty(town, post, monkeypatch, *, since, rule):
    """A gateway that mails by ``rule``, and calls a web server of everything at once."""
    inbox, port, authority = post
    calls, address = [], free_port()

    async def called(request):
        calls.append(await request.json())
        return web.Response(status=204)

    app = web.Application()
    app.router.add_post("/alarm", called)
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", address).start()
    monkeypatch.setenv("MAIL_PASSWORD", "geheim")
    town.write("gateway.yaml", configured(town, port, authority, rule, f"http://127.0.0.1:{address}/alarm"))
    clock = HandClock(since)
    try:
        async with Gateway(town.load(), clock=clock, report=town.report()) as gateway:
            yield Shift(gateway, clock, town, inbox, calls)
    finally:
        await runner.cleanup()


def configured(town, port, authority, rule, url):
    return f"""
    gateway: {{name: mihon, state_dir: {town.root / "state"}}}
    console: {{listen: "127.0.0.1:0"}}
    vendors: {{v: {{}}}}
    alerts:
      - {{kind: mail, smtp: "127.0.0.1:{port}", ca: {authority}, to: [toban@example.invalid], {rule},
          login: {{user: gw, password: {{env: MAIL_PASSWORD}}}}}}
      - {{kind: webhook, url: "{url}", group: 0s}}
    """


def minutes(count):
    return timedelta(minutes=count)


async def test_faults_that_come_together_are_one_mail_and_so_is_their_end(town, post, monkeypatch):
    async with on_duty(town, post, monkeypatch, since=TEN, rule="group: 30s") as shift:
        held = [await shift.holds("a.dat")]
        assert await shift.at(TEN) == []
        shift.clock.move(seconds=12)
        held.append(await shift.holds("b.dat"))
        assert await shift.at(timedelta(seconds=13)) == []
        held.append(await shift.holds("c.dat"))
        assert await shift.at(timedelta(seconds=4)) == []
        (mail,) = await shift.at(timedelta(seconds=1))
        assert (mail.to, mail.subject) == ("toban@example.invalid", f"{RAISED} {HELD} 他2件")
        assert [one.id for one in held if one.id not in mail.text] == []
        assert await shift.at(minutes(5)) == [], "nobody is told twice"
        await shift.released(*held)
        (mail,) = await shift.at(timedelta(0))
        assert mail.subject == f"{OVER} {HELD} 他2件"
        assert [one.id for one in held if one.id not in mail.text] == []
        assert await shift.at(minutes(5)) == []
        stages = [("raised", ["file_held"])] * 3 + [("recovered", ["file_held"] * 3)]
        assert shift.called() == stages, "a way that does not wait tells of each at once"


async def test_at_night_only_what_cannot_wait_wakes_anybody_and_the_rest_comes_in_the_morning(
    town, post, monkeypatch
):
    rule = 'group: 0s, quiet: {windows: "22:00-07:00", except_from: critical}'
    async with on_duty(town, post, monkeypatch, since=NIGHT, rule=rule) as shift:
        stays = await shift.holds("stays.dat")
        assert await shift.at(NIGHT) == []
        shift.gateway.report.emit(events.CLOCK_STEPPED, reason="3600 s")
        (mail,) = await shift.at(minutes(1))
        assert mail.subject.startswith(f"{RAISED} LGW-9102-C")
        assert stays.id not in mail.text
        passes = await shift.holds("passes.dat")
        assert await shift.at(minutes(60)) == []
        await shift.released(passes)
        morning = NIGHT + timedelta(hours=8)
        assert await shift.at(morning - timedelta(seconds=1)) == []
        (mail,) = await shift.at(morning)
        assert mail.subject == f"{RAISED} {HELD}"
        assert (stays.id in mail.text, passes.id in mail.text) == (True, False)
        assert [stage for stage, _ in shift.called()] == ["raised", "raised", "raised", "recovered"]


async def test_what_ends_at_night_is_said_in_the_morning_to_those_who_were_told_of_it(
    town, post, monkeypatch
):
    rule = 'group: 0s, quiet: {windows: "22:00-07:00"}'
    async with on_duty(town, post, monkeypatch, since=NIGHT - timedelta(hours=2), rule=rule) as shift:
        held = await shift.holds("a.dat")
        assert [one.subject for one in await shift.at(minutes(1))] == [f"{RAISED} {HELD}"]
        shift.clock.move(hours=3)
        await shift.released(held)
        assert await shift.at(minutes(1)) == []
        assert [one.subject for one in await shift.at(NIGHT + timedelta(hours=8))] == [f"{OVER} {HELD}"]


async def test_an_alarm_that_nobody_takes_on_goes_to_the_next_person_who_is_told_of_its_end_too(
    town, post, monkeypatch
):
    rule = "group: 0s, escalate: {after: 30m, to: [kacho@example.invalid]}"
    async with on_duty(town, post, monkeypatch, since=TEN, rule=rule) as shift:
        held = await shift.holds("a.dat")
        assert [(one.to, one.subject) for one in await shift.at(TEN)] == [
            ("toban@example.invalid", f"{RAISED} {HELD}")
        ]
        assert await shift.at(TEN + minutes(29)) == []
        assert [(one.to, one.subject) for one in await shift.at(TEN + minutes(30))] == [
            ("kacho@example.invalid", f"{STILL} {HELD}")
        ]
        assert await shift.at(TEN + minutes(31)) == []
        await shift.released(held)
        assert [(one.to, one.subject) for one in await shift.at(TEN + minutes(32))] == [
            ("toban@example.invalid, kacho@example.invalid", f"{OVER} {HELD}")
        ]


async def test_an_alarm_that_somebody_took_on_disturbs_nobody_else_until_that_time_is_over(
    town, post, monkeypatch
):
    rule = "group: 0s, escalate: {after: 30m, to: [kacho@example.invalid]}"
    async with on_duty(town, post, monkeypatch, since=TEN, rule=rule) as shift:
        held = await shift.holds("a.dat")
        assert len(await shift.at(TEN)) == 1
        people = shift.gateway.journal.people
        (alarm,) = await people.open_alarms()
        await people.acked(alarm.number, who="田中", note="A社に確認中", until=TEN + timedelta(hours=2))
        assert await shift.at(TEN + minutes(60)) == []
        (mail,) = await shift.at(TEN + minutes(120))
        assert (mail.to, mail.subject) == ("kacho@example.invalid", f"{STILL} {HELD}")
        await people.acked(alarm.number, who="佐藤", note="再送待ち", until=TEN + timedelta(hours=9))
        await shift.released(held)
        assert [one.subject for one in await shift.at(TEN + minutes(180))] == [f"{OVER} {HELD}"]


class Letters:
    """An inbox that a test waits at."""

    def __init__(self, inbox):
        self._come = Queue()
        keep = inbox.handle_DATA

        async def handle(server, session, envelope):
            answer = await keep(server, session, envelope)
            self._come.put(message_from_bytes(envelope.content, policy=policy.default))
            return answer

        inbox.handle_DATA = handle

    def about(self, message_id):
        """The next mail of which this is the worst."""
        while message_id not in (mail := self._come.get(timeout=90))["Subject"]:
            pass
        return mail


def test_the_daemon_mails_by_itself_when_a_file_is_held_and_when_it_went_on_by_a_persons_word(
    town, post, monkeypatch
):
    inbox, port, authority = post
    letters = Letters(inbox)
    monkeypatch.setenv("MAIL_PASSWORD", "geheim")
    nobody = f"http://127.0.0.1:{free_port()}/alarm"
    town.write("gateway.yaml", configured(town, port, authority, "group: 0s", nobody))
    town.write("routes/v/r.yaml", CONVERTING)
    (town.there / "0001.csv").write_text("of somebody else")
    (town.here / "a.dat").write_bytes(record("00001", "山田太郎", b"00012"))
    gateway = [sys.executable, "-m", "gateway", "--config", str(town.root / "config")]
    with subprocess.Popen([*gateway, "run"], stdout=subprocess.PIPE, text=True) as daemon:
        try:
            raised = letters.about("LGW-1201-E")
            assert RAISED in raised["Subject"]
            (transfer,) = re.findall(r"対象: (\S+)", raised.get_content())
            (town.there / "0001.csv").unlink()
            subprocess.run([*gateway, "release", transfer, "--reason", "先方が削除"], check=True)
            assert OVER in letters.about("LGW-1201-E")["Subject"]
        finally:
            daemon.terminate()
            told = [json.loads(line)["event"] for line in daemon.stdout]
    assert (daemon.returncode, "alert_failed" in told) == (0, True), (
        "the other way, at which nobody is, is told of"
    )
    assert [path.name for path in town.there.glob("*.csv")] == ["0001.csv"]

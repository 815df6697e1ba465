"""Alarms come up, are told, and end; people pause and resume: all with a real gateway and real servers."""

import asyncio
import json
import socket
import ssl
from datetime import timedelta
from email import message_from_bytes, policy

import pytest
from aiohttp import web
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult

from gateway.cli.alarms import TRIAL
from gateway.errors import StandsStill
from gateway.observing.alarms import Message
from gateway.observing.alerts import NotTold, ways
from gateway.times.clock import SystemClock
from tests.support.city import CONVERTING, CSV, FIXED, MAPPING, Town
from tests.support.servers import certificates

BAD = b"00001" + b"X" * 20


@pytest.fixture
def town(tmp_path):
    made = Town(tmp_path)
    made.write("layouts/fixed.yaml", FIXED)
    made.write("layouts/csv.yaml", CSV)
    made.write("mappings/fixed-to-csv.yaml", MAPPING)
    made.write("routes/v/r.yaml", CONVERTING)
    return made


def alerts(town, text):
    town.write(
        "gateway.yaml",
        f"""
        gateway: {{name: mihon, state_dir: {town.root / "state"}}}
        vendors: {{v: {{title: 見本社, contact: {{desk: 見本窓口, telephone: "000-0000"}}}}}}
        alerts: [{text}]
        """,
    )


async def test_a_paused_route_carries_nothing_until_it_is_resumed(town):
    town.route()
    (town.here / "a.dat").write_bytes(b"x")
    async with town.gateway() as gateway:
        await gateway.journal.people.pause("route", "r", who="田中", reason="点検")
        (result,) = await gateway.once(["r"], patience=timedelta(0))
        assert isinstance(result.error, StandsStill)
        assert "田中" in str(result.error)
        assert (town.arrived(), list(town.here.iterdir())) == ({}, [town.here / "a.dat"])
        assert await gateway.journal.people.resume("route", "r", who="田中", reason="終了")
        await gateway.once(["r"], patience=timedelta(0))
        assert list(town.arrived()) == ["a.dat"]
        acts = [(one.act, one.subject) for one in await gateway.journal.audit.entries(9)]
    assert acts == [("pause", "route r"), ("resume", "route r")]


async def test_a_place_in_maintenance_is_not_tried_and_nothing_is_overdue(town):
    town.endpoints("")
    text = (town.root / "config/endpoints.yaml").read_text(encoding="utf-8")
    windows = 'maintenance: {windows: "00:00-24:00"}'
    town.write("endpoints.yaml", text.replace(f"root: {town.there}", f"root: {town.there}, {windows}"))
    town.route()
    (town.here / "a.dat").write_bytes(b"x")
    async with town.gateway() as gateway:
        (result,) = await gateway.once(["r"], patience=timedelta(0))
        await gateway.board.look()
        row = gateway.board.rows["r"]
    assert isinstance(result.error, StandsStill)
    assert (row.state, row.why, row.overdue_since) == ("waiting", "there is being maintained", None)
    assert town.arrived() == {}


async def test_a_paused_daemon_goes_on_by_itself_when_the_pause_ends(town):
    town.route()
    stop = asyncio.Event()
    async with town.gateway() as gateway, asyncio.TaskGroup() as group:
        until = SystemClock().now() + timedelta(seconds=4)
        await gateway.journal.people.pause("vendor", "v", who="田中", reason="点検", until=until)
        (town.here / "a.dat").write_bytes(b"x")
        group.create_task(gateway.run(stop))
        await town.log.seen("route_still")
        await town.log.seen("route_resumed")
        await town.log.seen("file_carried")
        stop.set()
    assert SystemClock().now() >= until
    told = [json.loads(line)["event"] for line in town.log.lines]
    assert "slots_missed" not in told[told.index("route_still") : told.index("route_resumed")]


async def test_a_held_file_is_an_alarm_until_a_person_releases_it(town):
    (town.here / "a.dat").write_bytes(BAD)
    async with town.gateway() as gateway:
        await gateway.once(["r"], patience=timedelta(0))
        await gateway._desk.look()
        (alarm,) = await gateway.journal.people.open_alarms()
        (held,) = await gateway.journal.open_transfers()
        assert (alarm.event, alarm.subject, alarm.route, alarm.vendor) == ("file_held", held.id, "r", "v")
        await gateway.journal.released(held, who="田中", why="確認済み")
        await gateway._desk.look()
        assert await gateway.journal.people.open_alarms() == ()
        assert [one.event for one in await gateway.journal.people.past_alarms(9)] == ["file_held"]


async def test_an_alarm_outlives_a_restart_and_its_acknowledgement_is_kept(town):
    (town.here / "a.dat").write_bytes(BAD)
    async with town.gateway() as gateway:
        await gateway.once(["r"], patience=timedelta(0))
        await gateway._desk.look()
        (alarm,) = await gateway.journal.people.open_alarms()
        until = SystemClock().now() + timedelta(hours=1)
        await gateway.journal.people.acked(alarm.number, who="田中", note="A社に確認中", until=until)
    async with town.gateway() as gateway:
        await gateway._desk.look()
        (alarm,) = await gateway.journal.people.open_alarms()
    assert (alarm.acked_by, alarm.note, alarm.is_seen(SystemClock().now())) == ("田中", "A社に確認中", True)


def free_port():
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return one.getsockname()[1]


class Inbox:
    """Keeps the mails that come."""

    def __init__(self):
        self.mails = []

    async def handle_DATA(self, server, session, envelope):  # noqa: N802 - aiosmtpd's name
        self.mails.append((envelope, session.ssl is not None))
        return "250 OK"


@pytest.fixture
def post(tmp_path):
    """A mail server with STARTTLS and login, and the inbox behind it."""
    made = certificates.make(tmp_path / "tls")
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(made.server)
    inbox = Inbox()

    def login(server, session, envelope, mechanism, given):
        return AuthResult(success=given.login == b"gw" and given.password == b"geheim")

    server = Controller(
        inbox,
        hostname="127.0.0.1",
        port=free_port(),
        tls_context=context,
        authenticator=login,
        auth_require_tls=True,
    )
    server.start()
    yield inbox, server.port, made.authority
    server.stop()


async def held_and_looked(town):
    """One file is held, and the desk has told what is to be told."""
    (town.here / "a.dat").write_bytes(BAD)
    async with town.gateway() as gateway:
        await gateway.once(["r"], patience=timedelta(0))
        await gateway._desk.look()
        held = (await gateway.journal.open_transfers())[-1]
        await gateway.journal.released(held, who="田中", why="確認済み")
        await gateway._desk.look()
        await gateway._desk.look()
    return held.id


async def test_a_mail_says_what_where_what_to_do_and_whom_to_call_and_then_that_it_is_over(
    town, post, monkeypatch
):
    inbox, port, authority = post
    monkeypatch.setenv("MAIL_PASSWORD", "geheim")
    alerts(
        town,
        f"""{{kind: mail, smtp: "127.0.0.1:{port}", ca: {authority}, group: 0s, to: [toban@example.invalid],
             login: {{user: gw, password: {{env: MAIL_PASSWORD}}}}}}""",
    )
    transfer = await held_and_looked(town)
    mails = [message_from_bytes(one.content, policy=policy.default) for one, _ in inbox.mails]
    assert [secure for _, secure in inbox.mails] == [True, True]
    assert [one["Subject"] for one in mails] == [
        "[mihon] 発報 LGW-1201-E ファイルを保留しました",
        "[mihon] 復旧 LGW-1201-E ファイルを保留しました",
    ]
    assert mails[0]["To"] == "toban@example.invalid"
    text = mails[0].get_content()
    assert transfer in text
    assert "対処: sheet で書き出して直し release --corrected で" in text
    assert "コマンド: linkage-gateway held r" in text
    assert "連絡先: 見本窓口 / 000-0000" in text
    assert "XXXX" not in text


async def test_a_mail_server_without_encryption_gets_no_mail_unless_the_city_allows_it(town):
    inbox = Inbox()
    server = Controller(inbox, hostname="127.0.0.1", port=free_port())
    server.start()
    try:
        mail = f'kind: mail, smtp: "127.0.0.1:{server.port}", to: [a@example.invalid], group: 0s'
        alerts(town, "{" + mail + "}")
        await held_and_looked(town)
        (failed,) = town.log.events("alert_failed")
        assert (failed["endpoint"], inbox.mails) == ("mail-1", [])
        assert "STARTTLS" in failed["error"]
        alerts(town, "{" + mail + ", tls: none, name: plain}")
        await held_and_looked(town)
        assert inbox.mails
    finally:
        server.stop()


async def test_a_webhook_that_fails_is_called_again_and_tells_nothing_twice(town, monkeypatch):
    monkeypatch.setenv("TOKEN", "abc")
    calls, answers = [], [500, 204, 204]

    async def called(request):
        calls.append((request.headers["Authorization"], await request.json()))
        return web.Response(status=answers[len(calls) - 1])

    app = web.Application()
    app.router.add_post("/alarm", called)
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", port := free_port()).start()
    url = f"http://127.0.0.1:{port}/alarm"
    alerts(town, f"{{kind: webhook, url: {url!r}, token: {{env: TOKEN}}, group: 0s, language: en}}")
    (town.here / "a.dat").write_bytes(BAD)
    async with town.gateway() as gateway:
        await gateway.once(["r"], patience=timedelta(0))
        for _ in range(3):
            await gateway._desk.look()
    await runner.cleanup()
    assert [token for token, _ in calls] == ["Bearer abc"] * len(calls)
    stages = [(one["stage"], [a["event"] for a in one["alarms"]]) for _, one in calls]
    assert stages[:2] == [("raised", ["file_held"])] * 2
    assert "[mihon] alarm LGW-1201-E" in calls[0][1]["subject"]
    assert sum("file_held" in names for _, names in stages) == 2
    assert len(town.log.events("alert_failed")) == 1


async def test_a_syslog_server_gets_a_line_as_rfc_5424_writes_it(town):
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as server:
        server.bind(("127.0.0.1", 0))
        server.settimeout(10)
        address = f"127.0.0.1:{server.getsockname()[1]}"
        alerts(town, f'{{kind: syslog, server: "{address}", group: 0s}}')
        transfer = await held_and_looked(town)
        first = await asyncio.to_thread(server.recv, 4096)
    header, _, text = first.partition(b" - \xef\xbb\xbf")
    priority, _, host, application, _, message_id = header.decode("ascii").split(" ")
    assert priority == f"<{16 * 8 + 3}>1"
    assert (host, application, message_id) == (socket.gethostname(), "linkage-gateway", "LGW-1201-E")
    assert transfer in text.decode()


async def test_alerts_that_cannot_be_sent_say_so(town):
    alerts(town, f'{{kind: syslog, server: "127.0.0.1:{free_port()}", protocol: tcp}}')
    (way,) = ways(town.load(), SystemClock())
    with pytest.raises(NotTold, match="cannot be reached"):
        await way.tell(Message(stage="raised", alarms=(TRIAL,)))


async def test_a_route_without_a_good_run_since_one_fell_due_is_overdue_until_one_ends_well(town):
    town.route()
    async with town.gateway() as gateway:
        await gateway.once(["r"], patience=timedelta(0))
        clock = Ahead(timedelta(minutes=6))
        gateway.board._clock = clock
        await gateway._desk.look()
        (alarm,) = await gateway.journal.people.open_alarms()
        assert (alarm.event, alarm.subject) == ("route_overdue", "r")
        clock.by = timedelta(0)
        await gateway.once(["r"], patience=timedelta(0))
        gateway.board._made_at = None
        await gateway._desk.look()
        assert await gateway.journal.people.open_alarms() == ()


class Ahead(SystemClock):
    """A clock that runs ahead."""

    def __init__(self, by):
        self.by = by

    def now(self):
        return super().now() + self.by

"""Every alarm about the gateway itself, and what the person on duty does about it."""

import subprocess
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from aiosmtpd.controller import Controller

from gateway.config import Console
from gateway.console.certificate import valid_until
from gateway.console.pages import Pages
from gateway.console.server import ConsoleServer
from gateway.errors import JournalUnusable, SpoolFailed
from gateway.evidence.keeping import Keeping
from gateway.times.clock import SystemClock
from tests.integration.alarms.test_routes import running
from tests.integration.test_alarms_and_people import BAD, Inbox, alerts, free_port
from tests.integration.test_status_page import opened, people
from tests.support.cutovers import SYSTEMS, TO_NEW, L, T, day, prepared
from tests.support.servers import certificates
from tests.support.watching import Ahead, ran

NOW = timedelta(0)


async def once(gateway):
    return (await gateway.once(["r"], patience=NOW))[0]


def installed(town, **more):
    lines = "".join(f"{key}: {value}\n" for key, value in more.items())
    text = f"gateway: {{name: test, state_dir: {town.root / 'state'}}}\nvendors: {{v: {{}}}}\n{lines}"
    town.write("gateway.yaml", text)


@pytest.mark.provokes("journal_failed")
async def test_a_journal_that_cannot_be_written_is_told_of_until_it_can_again(town, alarm, monkeypatch):
    async def pack(keeping, stop):
        raise JournalUnusable("the journal cannot be written", hint="see the disk")

    async with town.gateway() as gateway:
        with monkeypatch.context() as full:
            full.setattr(Keeping, "pack", pack)
            async with running(gateway):
                await town.log.seen("journal_failed")
        await alarm.raised(gateway)
        gateway._desk._clock = Ahead(timedelta(minutes=3))
        await alarm.over(gateway)


@pytest.mark.provokes("side_work_faulted")
async def test_a_fault_beside_the_routes_is_told_of_until_it_was_reported(town, alarm, monkeypatch):
    async def pack(keeping, stop):
        raise RuntimeError("a fault")

    async with town.gateway() as gateway:
        monkeypatch.setattr(Keeping, "pack", pack)
        async with running(gateway):
            await town.log.seen("side_work_faulted")
        await alarm.raised(gateway)
        await alarm.closed(gateway)


@pytest.mark.provokes("keeping_failed")
async def test_kept_files_that_cannot_be_erased_are_told_of_until_they_can(town, alarm, monkeypatch):
    async def erase(keeping):
        raise SpoolFailed("the disk is full", hint="make room")

    async with town.gateway() as gateway:
        with monkeypatch.context() as full:
            full.setattr(Keeping, "erase", erase)
            async with running(gateway):
                await town.log.seen("keeping_failed")
        await alarm.raised(gateway)
        gateway._desk._clock = Ahead(timedelta(minutes=11))
        await alarm.over(gateway)


@pytest.mark.provokes("key_missing")
async def test_a_key_of_files_at_rest_that_is_gone_is_told_of_until_it_is_back(town, alarm):
    installed(town, **dict([town.encryption("2027-04").split(": ", 1)]))
    key = town.key("2027-04")
    key.rename(town.root / "taken away")
    async with town.gateway() as gateway:
        async with running(gateway):
            (said,) = (await town.log.seen("key_missing"))[:1]
        assert (said["reason"], "the key 2027-04 cannot be had" in said["error"]) == ("2027-04", True)
        await alarm.raised(gateway)
        (town.root / "taken away").rename(key)
        await gateway._keeping.look_at_keys()
        gateway._desk._clock = Ahead(timedelta(minutes=6))
        await alarm.over(gateway)


@pytest.mark.provokes("originals_nearly_full")
async def test_originals_that_fill_their_room_are_told_of_until_there_is_more(town, alarm):
    installed(town, limits="{originals: 1000B}")
    town.route()
    (town.here / "a.dat").write_bytes(b"x" * 900)
    async with town.gateway() as gateway:
        await once(gateway)
        await gateway._keeping.look_at_room()
        await alarm.raised(gateway)
    installed(town, limits="{originals: 1GiB}")
    async with town.gateway() as gateway:
        await gateway._keeping.look_at_room()
        gateway._desk._clock = Ahead(timedelta(hours=4))
        await alarm.over(gateway)


@pytest.mark.provokes("clock_stepped")
async def test_a_clock_that_jumped_is_told_of_until_it_is_right_and_the_gateway_restarted(tmp_path, alarm):
    town = prepared(tmp_path)
    town.write("systems.yaml", SYSTEMS % "{require: []}")
    town.write("routes/v/r.yaml", TO_NEW)
    async with day(town, T - timedelta(days=100)) as today:
        await today.once()
        today.clock.jump(days=200)
        await today.once()
        assert today.formats == (L, L)
        await alarm.raised(today.gateway)
    async with day(town, T - timedelta(days=99)) as today:
        async with running(today.gateway):
            await town.log.seen("gateway_started")
        await alarm.over(today.gateway)


@pytest.mark.provokes("clock_unsynchronised")
async def test_a_clock_that_no_time_service_keeps_right_is_told_of_until_one_does(tmp_path, alarm):
    town = prepared(tmp_path)
    gateway = town.root / "config/gateway.yaml"
    gateway.write_text(gateway.read_text() + "clock: {synchronised: required}\n")
    town.write("routes/v/r.yaml", TO_NEW)
    async with day(town, T - timedelta(days=100)) as today:
        today.clock.synchronised = False
        assert not today.gateway._keeping._is_steady()
        await alarm.raised(today.gateway)
        today.clock.synchronised = True
        assert today.gateway._keeping._is_steady()
        today.gateway._desk._clock = Ahead(timedelta(days=400))
        await alarm.over(today.gateway)


@pytest.mark.provokes("console_failed")
async def test_a_page_that_cannot_be_opened_is_told_of_until_its_address_is_free(town, alarm):
    async with town.gateway() as gateway:
        first = ConsoleServer(
            gateway, Console(listen="127.0.0.1:0"), clock=SystemClock(), report=gateway.report
        )
        async with first:
            taken = Console(listen=first.address.removeprefix("http://").rstrip("/"))
            second = ConsoleServer(gateway, taken, clock=SystemClock(), report=gateway.report)
            async with second:
                await alarm.raised(gateway)
        async with ConsoleServer(gateway, taken, clock=SystemClock(), report=gateway.report):
            await alarm.over(gateway)


@pytest.mark.provokes("certificate_ends")
async def test_a_certificate_of_the_page_that_ends_is_told_of_in_time_until_there_is_a_new_one(
    town, alarm, tmp_path, monkeypatch
):
    made = certificates.make(town.root / "config/tls", valid_for=timedelta(days=29))
    tls = {"certificate": made.server, "key": made.server}
    roles = people(tmp_path, monkeypatch, tanaka={"role": "operator"})
    async with opened(town, tls=tls, people=roles) as (gateway, _):
        await town.log.seen("certificate_ends")
        raised = await alarm.raised(gateway)
        assert raised.subject.startswith("https://127.0.0.1:")
        assert raised.detail.endswith(certificates_end(made.server))
        gateway._desk._clock = Ahead(timedelta(days=3))
        await alarm.raised(gateway)
    certificates.make(town.root / "config/tls", valid_for=timedelta(days=31))
    async with opened(town, tls=tls, people=roles) as (gateway, _):
        gateway._desk._clock = Ahead(timedelta(minutes=3))
        await alarm.over(gateway)
    assert len(town.log.events("certificate_ends")) == 1


def certificates_end(path):
    """As OpenSSL reads it, in the city's time."""
    asked = ["openssl", "x509", "-noout", "-enddate", "-in", str(path)]
    said = subprocess.run(asked, check=True, capture_output=True, text=True).stdout
    ends = datetime.strptime(said.strip(), "notAfter=%b %d %H:%M:%S %Y %Z").replace(tzinfo=UTC)
    return ends.astimezone(ZoneInfo("Asia/Tokyo")).isoformat()


def test_what_is_no_certificate_has_no_end_that_people_could_be_told_of(tmp_path):
    (tmp_path / "odd.pem").write_text("odd")
    assert valid_until(tmp_path / "odd.pem") is None
    assert valid_until(tmp_path / "none.pem") is None


@pytest.mark.provokes("console_faulted")
async def test_a_page_that_could_not_be_made_is_told_of_until_it_was_reported(town, alarm, monkeypatch):
    async def rows(pages, request):
        raise RuntimeError("a fault")

    async with opened(town) as (gateway, page):
        monkeypatch.setattr(Pages, "rows", rows)
        assert (await page.get("/"))[0] == 500
        monkeypatch.undo()
        await alarm.raised(gateway)
        await alarm.closed(gateway)


@pytest.mark.provokes("sign_in_failed")
async def test_a_wrong_password_is_told_of_until_somebody_asked_whose_it_was(
    town, alarm, tmp_path, monkeypatch
):
    roles = people(tmp_path, monkeypatch, tanaka={"role": "operator"})
    async with opened(town, people=roles) as (gateway, page):
        assert (await page.sign_in("tanaka", "wrong"))[0] == 403
        await alarm.raised(gateway)
        await alarm.closed(gateway)


@pytest.mark.provokes("alert_failed")
async def test_a_way_that_reaches_nobody_is_told_of_until_people_are_reached_by_it(town, alarm):
    server = Controller(Inbox(), hostname="127.0.0.1", port=free_port())
    mail = f'kind: mail, smtp: "127.0.0.1:{server.port}", to: [a@example.invalid], group: 0s, tls: none'
    alerts(town, "{" + mail + "}")
    (town.here / "a.dat").write_bytes(BAD)
    async with town.gateway() as gateway:
        await once(gateway)
        await gateway._desk.look()
        await alarm.raised(gateway)
        server.start()
        try:
            await ran(town, "alerts", "test")
            await gateway._desk.look()
            await alarm.over(gateway)
        finally:
            server.stop()

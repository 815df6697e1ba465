"""The instant itself: moved before it comes, slept through, and seen from other zones."""

from datetime import timedelta

import pytest

from gateway.app import Around, Gateway
from gateway.switching.orders import Order
from tests.support.clock import HandClock
from tests.support.cutovers import FROM_NEW, RECORD, ROW, SYSTEMS, TO_NEW, L, S, T, day, prepared
from tests.support.servers.ftp_servers import PASSWORD, USER, pyftpd


@pytest.fixture
def town(tmp_path):
    made = prepared(tmp_path)
    made.write("routes/v/r.yaml", TO_NEW)
    return made


@pytest.mark.parametrize("moved", [timedelta(days=-2), timedelta(days=2)], ids=["earlier", "later"])
async def test_a_date_moved_before_it_comes_holds_as_it_is_written_then(town, moved):
    new = T + moved
    async with day(town, T - timedelta(days=3)) as today:
        await today.once()
    town.write("systems.yaml", (SYSTEMS % "{}").replace("2027-01-04T00:00:00+09:00", new.isoformat()))
    async with day(town, new - timedelta(seconds=1)) as today:
        await today.once()
        assert today.formats == (L, L)
        today.clock.move(seconds=1)
        await today.once()
        assert today.formats == (L, S)
        flips = [one for one in await today.gateway.journal.switching.flips("r") if one.side == "to"]
        assert [(one.stand.format, one.planned) for one in flips[1:]] == [(S, new)]


async def test_a_date_moved_later_while_its_gate_was_closed_lets_the_old_format_go_on_until_then(town):
    later = T + timedelta(days=30)
    town.write("systems.yaml", SYSTEMS % "{require: [approved]}")
    async with day(town, T - timedelta(hours=1)) as today:
        await today.once()
        today.clock.move(hours=2)
        await today.once()
        assert today.formats == (L, L)
    moved = (SYSTEMS % "{require: []}").replace("2027-01-04T00:00:00+09:00", later.isoformat())
    town.write("systems.yaml", moved)
    async with day(town, T + timedelta(hours=2)) as today:
        await today.once()
        assert today.formats == (L, L)
        today.clock.move(days=30)
        await today.once()
        assert today.formats == (L, S)


@pytest.mark.parametrize("route", [TO_NEW, FROM_NEW], ids=["to", "from"])
async def test_a_system_that_is_now_said_to_have_always_spoken_it_passes_one_gate(town, route):
    """No instant is written for it: its gate is one and the same at every look, so that a person can decide on it."""
    town.write("routes/v/r.yaml", route)
    async with day(town, T - timedelta(days=9)) as today:
        await today.once()
    always = SYSTEMS.replace("2027-01-04T00:00:00+09:00", "always")
    town.write("systems.yaml", always % "{require: [drained, approved], settle: 10m}")
    async with day(town, T) as today:
        for _ in range(4):
            await today.once()
            today.clock.move(minutes=10)
        [(name, seen)] = (await today.gateway.journal.switching.gates()).items()
        assert (name, seen.verdict, today.formats) == ("r@2027-01-03T15:00:00Z", "closed", (L, L))
        assert [one.name for one in seen.conditions if not one.passes] == ["approved"]
        approve = Order(
            verb="approve", city=town.load(), clock=today.clock, who="田中", reason="可", ends=("r",)
        )
        await approve.carry_out(today.gateway.journal)
        await today.once()
        assert today.formats == ((L, S) if route is TO_NEW else (S, L))


@pytest.mark.parametrize("require", ["[]", "[approved]"])
async def test_a_gateway_that_slept_through_the_instant_passes_its_gate_when_it_wakes(town, require):
    """What was found before is delivered in the old format if the gate keeps closed, in the new one if it opens."""
    town.write("systems.yaml", SYSTEMS % f"{{require: {require}}}")
    async with day(town, T - timedelta(hours=1)) as today:
        await today.once()
    (town.here / "a.dat").write_bytes(RECORD)
    async with day(town, T + timedelta(hours=5)) as today:
        await today.once()
        await today.once()
        flips = [one for one in await today.gateway.journal.switching.flips("r") if one.side == "to"]
        opened = require == "[]"
        assert today.formats == (L, S if opened else L)
        made = [(one.planned, one.actual) for one in flips[1:]]
        assert made == ([(T, T + timedelta(hours=5))] if opened else [])
    assert town.arrived() == ({"a.csv": ROW} if opened else {"a.dat": RECORD})


@pytest.mark.parametrize(
    ("zone", "counted", "too_old"),
    [
        ("Asia/Tokyo", "20270104", "20270103"),
        ("UTC", "20270103", "20270102"),  # there the instant is 15:00 of the day before
        ("America/New_York", "20270103", "20270102"),
        ("Pacific/Kiritimati", "20270104", "20270103"),  # UTC+14: 05:00 of the same day as in Japan
    ],
)
async def test_which_day_the_instant_belongs_to_is_that_of_the_gateways_zone(town, zone, counted, too_old):
    path = town.root / "config/gateway.yaml"
    path.write_text(path.read_text().replace("{name: test,", f"{{name: test, timezone: {zone},"))
    town.write("routes/v/r.yaml", FROM_NEW.replace("  system: new\n", "  system: new\n  early: wait\n"))
    async with day(town, T - timedelta(days=1)) as today:
        for one in (counted, too_old):
            (town.here / f"new/{one}_1.csv").write_bytes(ROW)
        await today.once()
        today.clock.move(days=1, seconds=-1)
        await today.once()
        assert (today.formats, town.arrived()) == ((L, L), {})
        today.clock.move(seconds=1)
        await today.once()
        await today.once()
        assert today.formats == (S, L)
        [held] = await today.gateway.journal.open_transfers("r")
    assert (town.arrived().keys(), held.entry.name) == ({f"{counted}_1.csv"}, f"{too_old}_1.csv")


THERE = """
endpoints:
  here: {adapter: local, root: %s}
  there:
    adapter: ftp
    host: 127.0.0.1
    port: %s
    zone: on-prem
    tls: none
    root: %s
    owner_object: false
    login: {user: %s, password: {env: PASSWORD_BEFORE}}
    variants:
      - {from: 2027-01-04T00:00:00+09:00, login: {user: renkei-new, password: {env: PASSWORD_AFTER}}}
"""


async def test_an_endpoint_whose_account_changes_at_an_instant_is_reached_with_the_one_that_holds(
    town, monkeypatch
):
    """The host knows the new account from the instant on, and the old one no more."""
    monkeypatch.setenv("PASSWORD_BEFORE", PASSWORD)
    monkeypatch.setenv("PASSWORD_AFTER", "another")
    town.write(
        "systems.yaml",
        (SYSTEMS % "{}").replace("standard_from: 2027-01-04T00:00:00+09:00", "standard_from: never"),
    )
    with pyftpd(town.root / "ftp") as server:
        town.write("endpoints.yaml", THERE % (town.here, server.port, server.root, USER))
        async with day(town, T - timedelta(seconds=1)) as today:
            (town.here / "before.dat").write_bytes(RECORD)
            await today.once()
            assert (server.root / "before.dat").read_bytes() == RECORD
            server.accounts.add_user("renkei-new", "another", "/", perm="elradfmwMT")
            server.accounts.remove_user(USER)
            (town.here / "after.dat").write_bytes(RECORD)
            today.clock.move(seconds=1)
            await today.once()
            assert (server.root / "after.dat").read_bytes() == RECORD
    assert town.log.events("endpoint_down") == []


class Overtaken:
    """A source that is looked at while its cutover is made."""

    def __init__(self, looking):
        self.looking = looking
        self.gateway = None
        self.stood = []

    def around(self, name, adapter):
        scan = adapter.scan

        async def slow(pattern):
            listing = await scan(pattern)
            if self.gateway is not None and pattern.startswith(self.looking) and not self.stood:
                await self.pass_over()
            return listing

        if name == "here":
            adapter.scan = slow
        return adapter

    async def pass_over(self):
        standing = self.gateway._journeys["r"].standing
        self.stood.append(standing.formats)
        self.gateway.switch.wake()
        await self.gateway.switch.step()
        self.stood.append(standing.formats)


@pytest.mark.parametrize(
    ("early", "looking"), [("compare", "new/"), ("wait", "new/"), ("ignore", "*.dat"), ("wait", "*.dat")]
)
@pytest.mark.parametrize("of", ["20270104", "20270103"], ids=["counted", "too-old"])
async def test_a_look_that_the_cutover_overtakes_leaves_no_file_behind(town, early, looking, of):
    """The look began before the ends have passed, and writes down what it found afterwards."""
    town.write("systems.yaml", SYSTEMS % "{require: []}")
    slow = FROM_NEW.replace('csv", ready: at-once', 'csv", ready: {stable: {polls: 2, quiet: 0s}}')
    town.write("routes/v/r.yaml", slow.replace("  system: new\n", f"  system: new\n  early: {early}\n"))
    clock = HandClock(T - timedelta(minutes=1))
    overtaken = Overtaken(looking)
    around = Around(adapter=overtaken.around)
    async with Gateway(town.load(), clock=clock, report=town.report(), around=around) as gateway:
        (town.here / f"new/{of}_1.csv").write_bytes(ROW)
        await gateway._runners["r"].cycle()
        clock.move(minutes=1)
        overtaken.gateway = gateway
        await gateway._runners["r"].cycle()
        assert overtaken.stood == [(L, L), (S, L)]
        for _ in range(3):
            await gateway.once(["r"], patience=timedelta(0))
        left = [(one.entry.name, one.reason) for one in await gateway.journal.open_transfers("r")]
    if of == "20270104":
        assert (town.arrived(), left) == ({"20270104_1.csv": RECORD}, [])
    else:
        assert (town.arrived(), left) == ({}, [("20270103_1.csv", "early")])

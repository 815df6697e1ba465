"""Whatever happens in whatever order: each file arrives once, in the format spoken then, or is held with a reason."""

import asyncio
import tempfile
from datetime import timedelta
from pathlib import Path

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from gateway.cutover import Override
from gateway.journal.switching import Ruling, Said
from gateway.lifecycle import State
from gateway.model import Format
from tests.integration.test_clear_errors import record
from tests.support.clock import HandClock
from tests.support.cutovers import TO_NEW, Day, L, S, T, prepared

SYSTEMS = """
systems:
  old: {vendor: v, standard_from: never}
  new: {vendor: v}
  other: {vendor: v}
waves:
  spring: {members: [new, other], at: 2027-01-04T00:00:00+09:00, require: [reachable, approved]}
"""
ROUTES = {"r": "new", "s": "other"}
SUFFIX = {L: ".dat", S: ".csv"}


class Switching(RuleBasedStateMachine):
    """Two routes in one wave, under arrivals, failures, restarts, people's words and time."""

    @initialize()
    def begin(self):
        self.folder = tempfile.TemporaryDirectory()
        self.town = prepared(Path(self.folder.name))
        self.town.write("systems.yaml", SYSTEMS)
        for route, system in ROUTES.items():
            (self.town.here / route).mkdir()
            text = TO_NEW.replace("system: new", f"system: {system}").replace("*.dat", f"{route}/*.dat")
            self.town.write(f"routes/v/{route}.yaml", text.replace('"{stem}', f'"{route}/{{stem}}'))
        self.loop = asyncio.new_event_loop()
        self.clock = HandClock(T - timedelta(hours=3))
        self.arrived = dict.fromkeys(ROUTES, 0)
        self.do(self.open())

    def do(self, work):
        return self.loop.run_until_complete(asyncio.wait_for(work, 60))

    async def open(self):
        self.day = Day(self.town, self.clock)
        await self.day.__aenter__()

    @property
    def journal(self):
        return self.day.gateway.journal

    async def cycle(self):
        await self.day.gateway.once(list(ROUTES), patience=timedelta(seconds=0))

    @rule(route=st.sampled_from([*ROUTES]))
    def a_file_arrives(self, route):
        self.arrived[route] += 1
        number = self.arrived[route]
        path = self.town.here / route / f"{number:03}.dat"
        path.write_bytes(record(f"{number:05}", "山田太郎", b"00012"))

    @rule()
    def the_routes_run(self):
        self.do(self.cycle())

    @rule(minutes=st.sampled_from([1, 20, 59, 180]))
    def time_passes(self, minutes):
        self.clock.move(minutes=minutes)

    @rule(route=st.sampled_from([*ROUTES]))
    def a_destination_fails(self, route):
        folder = self.town.there / route
        if not folder.exists():
            folder.write_bytes(b"a file, where a folder has to be")

    @rule(route=st.sampled_from([*ROUTES]))
    def a_destination_is_mended(self, route):
        (self.town.there / route).unlink() if (self.town.there / route).is_file() else None

    @rule()
    def the_gateway_is_started_anew(self):
        self.do(self.day.__aexit__(None, None, None))
        self.do(self.open())

    @rule(turns=st.integers(1, 40))
    def a_run_is_cut_off_somewhere(self, turns):
        self.do(self.cut_off(turns))
        self.do(self.open())

    async def cut_off(self, turns):
        task = asyncio.ensure_future(self.cycle())
        for _ in range(turns):
            await asyncio.sleep(0.002)
        task.cancel()
        await asyncio.wait({task})
        await self.day.__aexit__(None, None, None)

    @rule(hours=st.integers(-1, 4))
    def a_person_moves_the_wave(self, hours):
        said = Override(format=S, holds_from=self.clock.now() + timedelta(hours=hours))
        self.do(self.say(said))

    async def say(self, override):
        made = {"override": override, "who": "tanaka", "reason": "試験", "made_at": self.clock.now()}
        await self.journal.switching.overridden(
            [Said(scope=f"system:{one}", **made) for one in ROUTES.values()]
        )

    @rule()
    def a_person_takes_it_back(self):
        scopes = [f"system:{one}" for one in ROUTES.values()]
        self.do(self.journal.switching.cleared(scopes, who="tanaka", reason="試験"))

    @rule()
    def a_person_approves_what_is_due(self):
        self.do(self.approve())

    async def approve(self):
        for name in await self.journal.switching.gates():
            ruling = Ruling(cutover=name, kind="approve", subject="", who="tanaka", reason="試験")
            await self.journal.switching.ruled(ruling)

    @invariant()
    def the_wave_is_never_half(self):
        stands = self.do(self.journal.switching.stands())
        assert stands["r", "to"].stand.format is stands["s", "to"].stand.format

    def teardown(self):
        for route in ROUTES:
            self.a_destination_is_mended(route)
        for _ in range(4):
            self.clock.move(hours=8)
            self.do(self.cycle())
        self.do(self.verify())
        self.do(self.day.__aexit__(None, None, None))
        self.loop.close()
        self.folder.cleanup()

    async def verify(self):
        for route in ROUTES:
            transfers = await self.journal.recent(route, 1000)
            assert {one.state for one in transfers} <= {State.SETTLED}, "nothing is left over"
            flips = [one for one in await self.journal.switching.flips(route) if one.side == "to"]
            names = {one.name for one in (self.town.there / route).glob("*")}
            assert len(names) == len(transfers) == self.arrived[route]
            for one in transfers:
                spoken = await self.spoken(one.id, flips)
                assert f"{one.entry.name.removesuffix('.dat')}{SUFFIX[spoken]}" in names

    async def spoken(self, transfer, flips) -> Format:
        """What the destination spoke when the file was delivered, by the journal's instants."""
        delivered = next(one for one in await self.journal.history(transfer) if one.event == "deliver")
        return [flip.stand.format for flip in flips if flip.actual <= delivered.at][-1]


TestAnyOrderOfSwitching = Switching.TestCase
TestAnyOrderOfSwitching.settings = settings(
    max_examples=25,
    stateful_step_count=14,
    deadline=None,
    derandomize=True,
    suppress_health_check=[*HealthCheck],
)

"""A gateway under arrivals, failures, restarts and time, in whatever order hypothesis thinks of."""

import asyncio
import tempfile
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from gateway.cutover import Override
from gateway.journal.switching import Ruling, Said, Side
from gateway.lifecycle import State
from gateway.switching.orders import NothingToDo, Order
from tests.support.clock import HandClock
from tests.support.cutovers import Day, S, T, prepared

ORDEAL = settings(
    max_examples=25,
    stateful_step_count=14,
    deadline=None,
    derandomize=True,
    suppress_health_check=[*HealthCheck],
)
CUT_OFF = [
    pytest.mark.timeout(600),
    pytest.mark.filterwarnings("ignore:unclosed:ResourceWarning"),
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"),
]
"""A run that is cut off leaves to the collector what a killed process leaves to the kernel."""


class Ordeal(RuleBasedStateMachine):
    """What befalls any gateway. A machine says which routes there are, and what must hold in the end.

    Attributes:
        routes: the names of the routes.
        begins: when the day begins.
    """

    routes: tuple[str, ...] = ("r",)
    begins = T - timedelta(hours=3)

    def configured(self) -> None:
        """Write the configuration, and make the folders."""
        raise NotImplementedError

    async def verify(self) -> None:
        """What must hold when everything had its time."""
        raise NotImplementedError

    @initialize()
    def begin(self):
        self.folder = tempfile.TemporaryDirectory()
        self.town = prepared(Path(self.folder.name))
        self.configured()
        self.loop = asyncio.new_event_loop()
        self.clock = HandClock(self.begins)
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
        await self.day.gateway.once(list(self.routes), patience=timedelta(seconds=0))

    @rule()
    def the_routes_run(self):
        self.do(self.cycle())

    @rule(minutes=st.sampled_from([1, 20, 59, 180]))
    def time_passes(self, minutes):
        self.clock.move(minutes=minutes)

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

    @rule(route=st.sampled_from(["r", "s"]))
    def a_destination_fails(self, route):
        folder = self.town.there / route
        if not folder.exists():
            folder.write_bytes(b"a file, where a folder has to be")

    @rule(route=st.sampled_from(["r", "s"]))
    def a_destination_is_mended(self, route):
        (self.town.there / route).unlink() if (self.town.there / route).is_file() else None

    async def people_release_what_is_held(self):
        """Twice: a file that is held may stand in the way of another."""
        for _ in range(2):
            for one in await self.journal.open_transfers():
                if one.state is State.HELD:
                    await self.journal.released(one, who="tanaka", why="復旧済み")
            await self.cycle()

    def teardown(self):
        for route in self.routes:
            self.a_destination_is_mended(route)
        for _ in range(4):
            self.clock.move(hours=8)
            self.do(self.cycle())
        self.do(self.people_release_what_is_held())
        self.do(self.verify())
        self.do(self.day.__aexit__(None, None, None))
        self.loop.close()
        self.folder.cleanup()


ROUTES = {"r": "new", "s": "other"}
"""The routes of a wave, and the system of each that moves."""


class WaveOrdeal(Ordeal):
    """``ROUTES``, which switch together on one side, while people move the instant and approve.

    Attributes:
        side: the side of both routes that switches.
    """

    routes = tuple(ROUTES)
    side: Side = "to"

    @rule(hours=st.integers(-1, 4))
    def a_person_moves_the_wave(self, hours):
        self.do(self.say(Override(format=S, holds_from=self.clock.now() + timedelta(hours=hours))))

    async def say(self, override):
        made = {"override": override, "who": "tanaka", "reason": "試験", "made_at": self.clock.now()}
        await self.journal.switching.overridden(
            [Said(scope=f"system:{one}", **made) for one in ROUTES.values()]
        )

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
        assert stands["r", self.side].stand.format is stands["s", self.side].stand.format


class ThereAndBack(Ordeal):
    """One route whose destination people send forward and back."""

    @rule()
    def a_person_goes_forward(self):
        self.do(self.order(verb="to", to=S))

    @rule()
    def a_person_goes_back(self):
        self.do(self.order(verb="back"))

    async def order(self, **asked):
        order = Order(
            city=self.day.gateway.city, clock=self.clock, who="tanaka", reason="試験", ends=("r:to",), **asked
        )
        try:
            await order.carry_out(self.journal)
        except NothingToDo:
            return

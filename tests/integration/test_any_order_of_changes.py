"""Changes that came in as such, forward and back in whatever order: in order, once, or the route says why not.

A consumer of changes is a fold over them by key. What it got in the new format cannot be undone by files: after a way
back with such files behind it, nothing goes before a person says that the consumer is whole again.
"""

from itertools import pairwise

from hypothesis import settings
from hypothesis.stateful import rule

from gateway.lifecycle import State
from tests.integration.test_clear_errors import record
from tests.support.cutovers import SYSTEMS, TO_NEW, L, S
from tests.support.ordeal import CUT_OFF, ORDEAL, ThereAndBack

CHANGES_IN = (
    TO_NEW.replace("layout: fixed}\nto:", "layout: fixed, content: differential}\nto:")
    .replace('path: "{stem}.dat",', 'path: "r/{seq:03}.dat", content: differential,')
    .replace('path: "{stem}.csv",', 'path: "r/{seq:03}.csv", content: differential,')
)

pytestmark = CUT_OFF


class Changes(ThereAndBack):
    """See above."""

    def configured(self):
        self.town.write("systems.yaml", SYSTEMS % "{require: []}")
        self.town.write("routes/v/r.yaml", CHANGES_IN)
        self.arrived = 0

    @rule()
    def changes_arrive(self):
        self.arrived += 1
        path = self.town.here / f"{self.arrived:03}.dat"
        path.write_bytes(record(f"{self.arrived:05}", "山田太郎", b"00012"))

    @rule()
    def a_person_lets_the_route_go_on(self):
        self.do(self.journal.people.resume("route", "r", who="tanaka", reason="全件を取り込んだ"))

    async def verify(self):
        transfers = sorted(await self.journal.recent("r", 1000), key=lambda one: one.entry.name)
        done = [one for one in transfers if one.state in (State.DELIVERED, State.SETTLED)]
        paused = bool(await self.journal.people.pauses())
        assert transfers[: len(done)] == done, "none passed another"
        assert paused or len(done) == self.arrived, "all went, or the route says why not"
        delivered = [(await self.delivered_at(one), one.entry.name) for one in done]
        assert delivered == sorted(delivered)
        names = {path.name for path in (self.town.there / "r").glob("*")}
        assert len(names) == len(done), "each is there once"
        await self.every_return_with_changes_behind_it_was_paused(done)

    async def delivered_at(self, one):
        return next(step.at for step in await self.journal.history(one.id) if step.event == "deliver")

    async def every_return_with_changes_behind_it_was_paused(self, done):
        flips = [one for one in await self.journal.switching.flips("r") if one.side == "to"]
        told = {
            entry.subject
            for entry in await self.journal.audit.entries(1000)
            if entry.act == "pause-after-return"
        }
        for passed, back in pairwise(flips):
            if (passed.stand.format, back.stand.format) != (S, L):
                continue
            since = [one for one in done if passed.actual <= await self.delivered_at(one) <= back.actual]
            in_new = [one for one in since if one.output.to_format is S]
            assert (f"r#{back.number}" in told) == bool(in_new)


TestAnyOrderOfChanges = Changes.TestCase
TestAnyOrderOfChanges.settings = settings(ORDEAL, max_examples=15)

"""Whatever happens in whatever order around the cutover of two sources: what came in time goes, the rest says why not.

Two routes of one wave read from systems that move. Files come to the old place and to the new one, dated today or
before, whenever they like; people move the instant, approve, and let go on what is held in the end.
"""

from datetime import timedelta

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import rule

from gateway.errors import Reason
from gateway.lifecycle import State
from tests.integration.test_clear_errors import record
from tests.support.cutovers import FROM_NEW, JST, L, S
from tests.support.ordeal import CUT_OFF, ORDEAL, ROUTES, WaveOrdeal

SYSTEMS = """
systems:
  old: {vendor: v, standard_from: never}
  new: {vendor: v}
  other: {vendor: v}
waves:
  spring: {members: [new, other], at: 2027-01-04T00:00:00+09:00, require: [drained, reachable, approved]}
"""
EARLY = FROM_NEW.replace("  system: new\n", "  system: SYSTEM\n  early: wait\n", 1)
pytestmark = CUT_OFF


class Sources(WaveOrdeal):
    """See above."""

    side = "from"

    def configured(self):
        self.town.write("systems.yaml", SYSTEMS)
        for route, system in ROUTES.items():
            (self.town.here / route / "new").mkdir(parents=True)
            text = (
                EARLY.replace("SYSTEM", system)
                .replace('"*.dat"', f'"{route}/*.dat"')
                .replace('"new/', f'"{route}/new/')
            )
            self.town.write(f"routes/v/{route}.yaml", text.replace('"{name}"', f'"{route}/{{name}}"'))
        self.arrived, self.blocked = {route: {} for route in ROUTES}, set()

    @rule(route=st.sampled_from([*ROUTES]))
    def a_destination_fails(self, route):
        """A file stands where the folder has to be: the only way in which a name can be taken here."""
        super().a_destination_fails(route)
        if (self.town.there / route).is_file():
            self.blocked.add(route)

    def arrives(self, route, name, content, rest):
        number = f"{len(self.arrived[route]) + 1:05}"
        self.arrived[route][name % number] = record(number, "山田太郎", b"00012")
        (self.town.here / route / rest / (name % number)).write_bytes(content(number))

    @rule(route=st.sampled_from([*ROUTES]))
    def a_file_arrives_at_the_old_place(self, route):
        self.arrives(route, "%s.dat", lambda number: record(number, "山田太郎", b"00012"), "")

    @rule(route=st.sampled_from([*ROUTES]), days=st.sampled_from([0, 0, 1]))
    def a_file_arrives_at_the_new_place(self, route, days):
        """Of today, or a trial of an earlier day."""
        day = (self.clock.now().astimezone(JST) - timedelta(days=days)).strftime("%Y%m%d")
        self.arrives(
            route, f"{day}_%s.csv", lambda number: f"番号,氏名,金額\n{number},山田太郎,12\n".encode(), "new"
        )

    async def people_release_what_is_held(self):
        opened = await self.journal.open_transfers()
        self.reasons = {one.id: one.reason for one in opened if one.state is State.HELD}
        for one in opened:
            blocked = {Reason.NAME_TAKEN} if one.route in self.blocked else set()
            assert one.reason in {None, Reason.EARLY, Reason.LATE} | blocked
        await super().people_release_what_is_held()

    async def verify(self):
        for route in ROUTES:
            flips = [one for one in await self.journal.switching.flips(route) if one.side == "from"]
            flip = flips[-1] if flips[-1].stand.format is S else None
            transfers = await self.journal.recent(route, 1000)
            assert {one.entry.name for one in transfers} == self.arrived[route].keys()
            assert len(transfers) == len(self.arrived[route]), "each was found once"
            waiting = {one.entry.name for one in transfers if one.state is not State.SETTLED}
            assert all(name.endswith(".csv") and flip is None for name in waiting), (
                "nothing else is left over"
            )
            there = {path.name: path.read_bytes() for path in (self.town.there / route).glob("*")}
            wanted = {name: row for name, row in self.arrived[route].items() if name not in waiting}
            assert there == wanted, "each arrived once, in the format that its destination speaks"
            for one in transfers:
                if one.entry.name not in waiting:
                    await self.in_its_time(one, flip)

    async def in_its_time(self, one, flip):
        """In the format that its source spoke when it went, or by a person's word after it was held with a reason."""
        reason = self.reasons.get(one.id)
        at = next(step.at for step in await self.journal.history(one.id) if step.event == "deliver")
        if one.from_format is L:
            assert flip is None or at <= flip.actual or reason is Reason.LATE
            return
        assert flip is not None
        assert at >= flip.actual, "no file of the new place goes before the cutover"
        of_before = one.business_date < flip.planned.astimezone(JST).date()
        assert not of_before or reason is Reason.EARLY, "a trial never goes by itself"


TestAnyOrderAtTheSource = Sources.TestCase
TestAnyOrderAtTheSource.settings = settings(ORDEAL, max_examples=20)

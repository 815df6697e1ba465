"""Whatever happens in whatever order: each file arrives once, in the format spoken then, or is held with a reason."""

from hypothesis import strategies as st
from hypothesis.stateful import rule

from gateway.lifecycle import State
from gateway.model import Format
from tests.integration.test_clear_errors import record
from tests.support.cutovers import TO_NEW, L, S
from tests.support.ordeal import CUT_OFF, ORDEAL, ROUTES, WaveOrdeal

SYSTEMS = """
systems:
  old: {vendor: v, standard_from: never}
  new: {vendor: v}
  other: {vendor: v}
waves:
  spring: {members: [new, other], at: 2027-01-04T00:00:00+09:00, require: [reachable, approved]}
"""
SUFFIX = {L: ".dat", S: ".csv"}


pytestmark = CUT_OFF


class Switching(WaveOrdeal):
    """Two routes in one wave, under arrivals, failures, restarts, people's words and time."""

    def configured(self):
        self.town.write("systems.yaml", SYSTEMS)
        for route, system in ROUTES.items():
            (self.town.here / route).mkdir()
            text = TO_NEW.replace("system: new", f"system: {system}").replace("*.dat", f"{route}/*.dat")
            self.town.write(f"routes/v/{route}.yaml", text.replace('"{stem}', f'"{route}/{{stem}}'))
        self.arrived = dict.fromkeys(ROUTES, 0)

    @rule(route=st.sampled_from([*ROUTES]))
    def a_file_arrives(self, route):
        self.arrived[route] += 1
        number = self.arrived[route]
        path = self.town.here / route / f"{number:03}.dat"
        path.write_bytes(record(f"{number:05}", "山田太郎", b"00012"))

    @rule()
    def a_person_takes_it_back(self):
        scopes = [f"system:{one}" for one in ROUTES.values()]
        self.do(self.journal.switching.cleared(scopes, who="tanaka", reason="試験"))

    async def verify(self):
        for route in ROUTES:
            transfers = await self.journal.recent(route, 1000)
            assert {one.state for one in transfers} <= {State.SETTLED}, "nothing is left over"
            flips = [one for one in await self.journal.switching.flips(route) if one.side == "to"]
            names = {one.name for one in (self.town.there / route).glob("*")}
            assert len(names) == len(transfers) == self.arrived[route]
            for one in transfers:
                stem = one.entry.name.removesuffix(".dat")
                assert names & {f"{stem}{SUFFIX[spoken]}" for spoken in await self.spoken(one.id, flips)}

    async def spoken(self, transfer, flips) -> set[Format]:
        """What the destination spoke when the file was delivered, by the journal's instants; both at that of a flip."""
        at = next(one.at for one in await self.journal.history(transfer) if one.event == "deliver")
        before = [flip.stand.format for flip in flips if flip.actual < at]
        return {*before[-1:], *(flip.stand.format for flip in flips if flip.actual == at)}


TestAnyOrderOfSwitching = Switching.TestCase
TestAnyOrderOfSwitching.settings = ORDEAL

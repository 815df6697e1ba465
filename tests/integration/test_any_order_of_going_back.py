"""Forward and back in whatever order: whoever speaks a format knows, by its files alone, what is true by then.

A consumer is a fold over the files that came in one format, in the order of their deliveries, without those that a
discard list named: a full file replaces all, a file of changes inserts, updates and deletes by key. After any way
back its view must be that of the newest full file, as if nothing had ever been switched, or the route waits and says
that files cannot undo it.
"""

import csv

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import rule

from gateway.errors import Reason
from tests.integration.test_going_back import MASTER, OF_CHANGES, TO_MASTER, obeyed, of_master, of_standard
from tests.support.cutovers import SYSTEMS, TO_NEW, L
from tests.support.ordeal import CUT_OFF, ORDEAL, ThereAndBack
from tests.support.states import CHANGES, put

ROWS = st.sampled_from(
    [
        {"00001": ("山田", 1)},
        {"00001": ("山田", 2), "00002": ("佐藤", 2)},
        {"00002": ("佐藤", 2), "00003": ("鈴木", 3)},
    ]
)
"""Few, so that what was true once often comes again."""
FULL = TO_NEW.replace('path: "{stem}.dat",', 'path: "r/{seq:03}.dat", content: full,').replace(
    'path: "{stem}.csv",', 'path: "r/{seq:03}.csv", content: full,'
)


pytestmark = CUT_OFF
FEWER = settings(ORDEAL, max_examples=12)


class GoingBack(ThereAndBack):
    """One route of full files whose destination is sent forward and back."""

    def configured(self):
        self.town.write("systems.yaml", SYSTEMS % "{require: []}")
        self.town.write(
            "routes/v/r.yaml", FULL.replace("layout: fixed}\nto:", "layout: fixed, content: full}\nto:")
        )
        self.rows, self.arrived = {}, 0

    @rule(rows=ROWS, name=st.sampled_from(["a", "b"]))
    def a_full_file_arrives(self, rows, name):
        """Under a name that comes again, if no file waits there: otherwise under one that is later than all."""
        self.arrived += 1
        self.rows = rows
        waiting = list(self.town.here.glob("*.dat"))
        put(self.town, f"z{self.arrived:03}.dat" if waiting else f"{name}.dat", rows)

    async def kept(self):
        """What was delivered and no list says to discard, in order: its format and its bytes."""
        discarded = set()
        for path in (self.town.root / "state/rollbacks").glob("*.csv"):
            with path.open(encoding="utf-8-sig", newline="") as file:
                discarded |= {row["transfer"] for row in csv.DictReader(file)}
        found = []
        for one in await self.journal.recent("r", 1000):
            if one.outcome == "delivered" and one.id not in discarded:
                at = next(e for e in await self.journal.history(one.id) if e.event == "deliver").at
                came = one.output.to_format, (self.town.there / one.output.path).read_bytes()
                found.append((at, one.output.path, came))
        return [came for _, _, came in sorted(found)]

    def view(self, format_, contents):
        """What a consumer of full files in a format knows."""
        rows = self.of_legacy(contents[-1]) if format_ is L else self.of_csv(contents[-1])
        return {number: (name, amount) for number, name, amount in rows}

    def of_legacy(self, raw):
        for at in range(0, len(raw), 20):
            one = raw[at : at + 20]
            yield one[:5].decode(), one[5:15].decode("cp932").rstrip(), int(one[15:])

    def of_csv(self, raw):
        for row in csv.DictReader(raw.decode().splitlines()):
            yield row["番号"], row["氏名"], int(row["金額"])

    async def verify(self):
        opened = await self.journal.open_transfers("r")
        assert {one.reason for one in opened} <= {Reason.OLDER}
        spoken = (await self.journal.switching.stands())["r", "to"].stand.format
        kept = await self.kept()
        if self.rows:
            format_ = (
                L if spoken is L else kept[-1][0]
            )  # until the first file after a flip the old view holds
            assert self.view(format_, [content for one, content in kept if one is format_]) == self.rows
        names = [path.name for path in (self.town.there / "r").glob("*")]
        delivered = [one for one in await self.journal.recent("r", 1000) if one.outcome == "delivered"]
        assert len(names) == len(delivered), "every delivery is there once, under a name of its own"


class GoingBackWithChanges(GoingBack):
    """The same, where the gateway makes differences of the full files."""

    def configured(self):
        self.town.write("layouts/csv.yaml", CHANGES)
        self.town.write("layouts/master.yaml", MASTER)
        self.town.write("mappings/fixed-to-master.yaml", TO_MASTER)
        self.town.write("systems.yaml", SYSTEMS % "{require: []}")
        self.town.write("routes/v/r.yaml", OF_CHANGES.replace('"old', '"r/old').replace('"new', '"r/new'))
        self.rows, self.arrived = {}, 0

    def view(self, format_, contents):
        """What a consumer by key knows."""
        known = {}
        for content in contents:
            known = obeyed(known, of_master(content) if format_ is L else of_standard(content))
        return known

    async def verify(self):
        if Reason.BASE_MISSING not in {one.reason for one in await self.journal.open_transfers("r")}:
            await super().verify()


TestAnyOrderOfGoingBack = GoingBack.TestCase
TestAnyOrderOfGoingBack.settings = FEWER
TestAnyOrderOfGoingBackWithChanges = GoingBackWithChanges.TestCase
TestAnyOrderOfGoingBackWithChanges.settings = FEWER

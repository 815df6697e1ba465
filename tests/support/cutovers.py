"""A gateway that lives over a cutover, on a clock that a test moves."""

from datetime import datetime, timedelta, timezone

from gateway.app import Gateway
from gateway.model import Format
from tests.integration.test_clear_errors import record
from tests.support.city import CSV, FIXED, MAPPING, Town
from tests.support.clock import HandClock

JST = timezone(timedelta(hours=9))
T = datetime(2027, 1, 4, tzinfo=JST)
L, S = Format.LEGACY, Format.STANDARD

SYSTEMS = """
systems:
  old: {vendor: v, standard_from: never}
  new: {vendor: v, standard_from: 2027-01-04T00:00:00+09:00, gate: %s}
  moved: {vendor: v, standard_from: always}
"""
TO_NEW = """
from:
  system: old
  legacy: {endpoint: here, path: "*.dat", ready: at-once, layout: fixed}
to:
  system: new
  legacy: {endpoint: there, path: "{stem}.dat", layout: fixed}
  standard: {endpoint: there, path: "{stem}.csv", layout: csv}
convert: fixed-to-csv
schedule: {every: 10m}
after: delete
"""
FROM_NEW = """
from:
  system: new
  legacy: {endpoint: here, path: "*.dat", ready: at-once, layout: fixed}
  standard: {endpoint: here, path: "new/{date:%Y%m%d}_*.csv", ready: at-once, layout: csv}
to:
  system: old
  legacy: {endpoint: there, path: "{name}", layout: fixed}
convert: fixed-to-csv
schedule: {every: 10m}
after: delete
"""
RECORD = record("00001", "山田太郎", b"00012")
ROW = "番号,氏名,金額\n00001,山田太郎,12\n".encode()


def prepared(root):
    """A town with a system that moves at ``T``."""
    made = Town(root)
    made.write("layouts/fixed.yaml", FIXED)
    made.write("layouts/csv.yaml", CSV)
    made.write("mappings/fixed-to-csv.yaml", MAPPING)
    made.write("systems.yaml", SYSTEMS % "{}")
    (made.here / "new").mkdir()
    return made


class Day:
    """A gateway over a cutover, on a clock of its own."""

    def __init__(self, town, clock):
        self.town, self.clock = town, clock

    async def __aenter__(self):
        self.gateway = Gateway(self.town.load(), clock=self.clock, report=self.town.report())
        await self.gateway.__aenter__()
        return self

    async def __aexit__(self, *exc):
        await self.gateway.__aexit__(*exc)

    async def once(self):
        return (await self.gateway.once(["r"], patience=timedelta(seconds=0)))[0]

    @property
    def formats(self):
        return self.gateway._journeys["r"].standing.formats


def day(town, at):
    return Day(town, HandClock(at))

"""Routes in a circle, whose places are the same without the configuration showing it."""

from datetime import timedelta

import pytest

from gateway.errors import Reason
from tests.support.city import CSV, FIXED, MAPPING, Town
from tests.support.cutovers import RECORD, ROW

THERE_AND_BACK = """
from:
  system: {source}
  {form}: {{endpoint: {reads}, path: "*.{ending}", ready: at-once, layout: {layout}}}
to:
  system: {to}
  {other}: {{endpoint: {writes}, path: "{{seq:04}}.{other_ending}", layout: {other_layout}}}
convert: fixed-to-csv
schedule: {{every: 1s}}
after: delete
"""
LEGACY, STANDARD = ("legacy", "dat", "fixed"), ("standard", "csv", "csv")


def route(town, name, *, source, to, reads, writes):
    """A route between two systems; ``old`` speaks legacy, ``new`` standard."""
    (form, ending, layout), (other, other_ending, other_layout) = (
        LEGACY if system == "old" else STANDARD for system in (source, to)
    )
    town.write(f"routes/v/{name}.yaml", THERE_AND_BACK.format(**locals()))


@pytest.fixture
def town(tmp_path):
    """``here`` and ``shared-here`` are one folder, as are ``there`` and ``shared-there``."""
    made = Town(tmp_path)
    made.write("layouts/fixed.yaml", FIXED)
    made.write("layouts/csv.yaml", CSV)
    made.write("mappings/fixed-to-csv.yaml", MAPPING)
    made.endpoints(
        f"""
        shared-here: {{adapter: local, owner_object: false, root: {made.here}}}
        shared-there: {{adapter: local, owner_object: false, root: {made.there}}}
        """
    )
    route(made, "r", source="old", to="new", reads="here", writes="there")
    route(made, "back", source="new", to="old", reads="shared-there", writes="shared-here")
    return made


async def rounds(town, count, *, routes=("r", "back")):
    """All routes in turn; gives the files that are held."""
    async with town.gateway() as gateway:
        for _ in range(count):
            for name in routes:
                await gateway.once([name], patience=timedelta())
        opened = await gateway.journal.open_transfers()
        return [(one.route, one.reason) for one in opened if one.reason]


async def test_a_file_that_comes_back_again_and_again_is_held(town):
    (town.here / "a.dat").write_bytes(RECORD)
    assert await rounds(town, 8) == [("r", Reason.GOES_ROUND)]
    assert [path.read_bytes() for path in town.here.glob("*.dat")] == [RECORD], "it is not lost"


async def test_a_person_may_let_it_go_on(town):
    (town.here / "a.dat").write_bytes(RECORD)
    await rounds(town, 8)
    (town.root / "config/routes/v/back.yaml").unlink()
    async with town.gateway() as gateway:
        [held] = await gateway.journal.open_transfers()
        await gateway.journal.released(held, who="tanaka", why="経路を分けた")
        await gateway.once(["r"], patience=timedelta())
    assert [*town.arrived().values()] == [ROW]


async def test_files_of_both_directions_that_only_look_alike_go_on(town):
    """Each system writes the same small file every day: nothing of it came from the other."""
    town.write("endpoints.yaml", "")
    other = town.root / "other"
    other.mkdir()
    town.endpoints(
        f"""
        shared-here: {{adapter: local, owner_object: false, root: {other}}}
        shared-there: {{adapter: local, owner_object: false, root: {other}}}
        """
    )
    for number in range(6):
        (town.here / f"{number}.dat").write_bytes(RECORD)
        assert await rounds(town, 1) == []
    assert len(town.arrived()) == 6


async def test_a_file_that_comes_back_over_a_third_system_is_held(town):
    """From old to new, from new unchanged to third, and from third to old."""
    (town.root / "third").mkdir()
    town.endpoints(
        f"""
        shared-here: {{adapter: local, owner_object: false, root: {town.here}}}
        shared-there: {{adapter: local, owner_object: false, root: {town.there}}}
        third: {{adapter: local, owner_object: false, root: {town.root}/third}}
        shared-third: {{adapter: local, owner_object: false, root: {town.root}/third}}
        """
    )
    town.write(
        "systems.yaml",
        """
        systems:
          old: {vendor: v, standard_from: never}
          third: {vendor: v, standard_from: always}
          new: {vendor: v, standard_from: always}
        """,
    )
    route(town, "back", source="new", to="third", reads="shared-there", writes="third")
    route(town, "onward", source="third", to="old", reads="shared-third", writes="shared-here")
    (town.here / "a.dat").write_bytes(RECORD)
    held = await rounds(town, 6, routes=("r", "back", "onward"))
    assert held == [("r", Reason.GOES_ROUND)]
    assert [path.read_bytes() for path in town.here.glob("*.dat")] == [RECORD], "it is not lost"

"""A profile says how files are called: routes name a folder, and vendors need not repeat the rule."""

from datetime import datetime
from zoneinfo import ZoneInfo

import pytest

from gateway.load import load
from tests.support.city import CONVERTING, CSV, FIXED, MAPPING, Town

NAMING = 'naming: "{linkage}{branch}_{date:%Y%m%d}_{seq:04}.csv"\n'
FOLDER = CONVERTING.replace('path: "{seq:04}.csv"', "path: out/, profile: p")
LINKAGE = 'linkage: {id: 001o001, branch: "02"}\n'


@pytest.fixture
def town(tmp_path):
    made = Town(tmp_path)
    for name, text in (("layouts/fixed", FIXED), ("layouts/csv", CSV), ("mappings/fixed-to-csv", MAPPING)):
        made.write(f"{name}.yaml", text)
    made.write("profiles/p.yaml", NAMING)
    return made


def today():
    return f"{datetime.now(ZoneInfo('Asia/Tokyo')):%Y%m%d}"


async def test_files_are_written_under_the_names_of_the_profile(town):
    town.write("routes/v/r.yaml", FOLDER + LINKAGE)
    (town.here / "a.dat").write_bytes("00001山田太郎  00012".encode("cp932"))
    before = today()
    await town.once()
    (path,) = town.arrived()
    assert path in {f"out/001o00102_{day}_0001.csv" for day in (before, today())}


async def test_files_are_found_under_the_names_of_the_profile(town):
    text = """
    from:
      system: new
      standard: {endpoint: here, path: in/, profile: p, ready: at-once, layout: csv}
    to:
      system: old
      legacy: {endpoint: there, path: "{stem}.dat", layout: fixed}
    convert: fixed-to-csv
    schedule: {every: 1s}
    after: delete
    linkage: {id: 001o001}
    """
    town.write("routes/v/r.yaml", text)
    (town.here / "in").mkdir()
    for name in ("001o00100_20270104_0007.csv", "001o00900_20270104_0007.csv"):
        (town.here / "in" / name).write_text("番号,氏名,金額\n00001,山田太郎,12\n", encoding="utf-8")
    await town.once()
    assert town.arrived() == {"001o00100_20270104_0007.dat": "00001山田太郎  00012".encode("cp932")}


@pytest.mark.parametrize(
    ("profile", "linkage", "message"),
    [
        ("header: names\n", LINKAGE, "or naming in its profile"),
        (NAMING, "", "the profile's naming has {linkage}"),
        (NAMING, "linkage: {id: ../001o001}\n", "the profile's naming has {linkage}"),
    ],
)
def test_a_name_that_cannot_be_made_is_a_fault_of_the_path(town, profile, linkage, message):
    town.write("profiles/p.yaml", profile)
    town.write("routes/v/r.yaml", FOLDER + linkage)
    (fault,) = load(town.root / "config").errors
    assert message in str(fault)
    assert str(fault).startswith("routes/v/r.yaml:7:")

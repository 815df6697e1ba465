"""A vendor keeps layouts, mappings, profiles and tables of its own beside its routes; nobody else's depend on them."""

import json
from datetime import UTC, datetime

import pytest

from gateway.load.folder import read
from gateway.load.renewal import reread
from tests.integration.test_bundles import accepted, key, packed, ran, started
from tests.integration.test_clear_errors import record
from tests.support.city import CONVERTING, CSV, FIXED, MAPPING, Town

THEIRS = CONVERTING.replace('"*.dat"', '"w/*.dat"').replace('"{seq:04}.csv"', '"w/{seq:04}.csv"')
OWN_CSV = CSV.replace("name: 氏名, type: N, length: 5", "name: 氏名, type: N, length: 50")
GAIJI = "# version: 1\n# approved by: 見本\ncode,character\n"


def with_own_forms(town):
    """The vendor w has a layout of a name that all share, a mapping to it, and a copybook."""
    town.write("routes/w/layouts/csv.yaml", OWN_CSV)
    town.write("routes/w/layouts/extract.cpy", "000100 01  R.\n000200     05  N  PIC X(5).\n")
    town.write("routes/w/layouts/extract.cpy.yaml", "encoding: cp932\n")
    town.write("routes/w/mappings/fixed-to-csv.yaml", MAPPING)
    town.write("routes/w/mappings/lookups/machi.csv", "# version: 1\n# approved by: 見本\nfrom,to\n1,2\n")
    town.write("routes/w/profiles/plain.yaml", "title: 見本\n")
    town.write("routes/w/one.yaml", THEIRS.replace("layout: csv", "layout: csv, profile: plain"))


@pytest.fixture
def town(tmp_path):
    made = Town(tmp_path)
    made.write("layouts/fixed.yaml", FIXED)
    made.write("layouts/csv.yaml", CSV)
    made.write("mappings/fixed-to-csv.yaml", MAPPING)
    made.write("routes/v/r.yaml", CONVERTING)
    public = key(tmp_path, "w")
    gateway = (made.root / "config/gateway.yaml").read_text()
    made.write(
        "gateway.yaml",
        gateway.replace("vendors: {v: {}}", f'vendors: {{v: {{}}, w: {{signed_by: "{public}"}}}}'),
    )
    return made


@pytest.fixture
def unsigned(town):
    """The same city, in which w signs nothing."""
    gateway = (town.root / "config/gateway.yaml").read_text()
    town.write("gateway.yaml", gateway[: gateway.index("w: {signed_by")] + "w: {}}\n")
    with_own_forms(town)
    return town


def test_a_vendors_routes_mean_its_own_forms_before_those_that_all_share(unsigned):
    city = unsigned.load()
    assert city.routes["one"].to.standard.layout == "w/csv"
    assert city.routes["one"].convert == ("w/fixed-to-csv",)
    assert city.routes["one"].source.legacy.layout == "fixed"
    assert city.routes["r"].to.standard.layout == "csv"
    lengths = {
        name: next(
            item.length for item in city.conversions.library.layouts[name].items if item.name == "氏名"
        )
        for name in ("csv", "w/csv")
    }
    assert lengths == {"csv": 5, "w/csv": 50}
    assert {"w/extract", "w/csv"} <= set(city.conversions.library.layouts)


async def test_files_go_through_them(unsigned):
    (unsigned.here / "w").mkdir()
    (unsigned.there / "w").mkdir()
    (unsigned.here / "w/a.dat").write_bytes(record("00001", "見本", b"00100"))
    result = await unsigned.once("one")
    assert [one.state for one in result.transfers] == ["settled"], result
    assert "見本".encode() in unsigned.arrived()["w/0001.csv"]


def test_what_is_wrong_in_them_touches_no_other_vendor(unsigned):
    reading = read(unsigned.root / "config")
    unsigned.write("routes/w/layouts/csv.yaml", OWN_CSV.replace("records: csv", "records: cvs"))
    after = reread(reading, now=datetime.now(UTC)).city
    assert after.routes["r"] == reading.city.routes["r"]
    assert {fault.file.rpartition("/")[0] for fault in after.errors} <= {
        "routes/w/layouts",
        "routes/w/mappings",
        "routes/w",
    }
    assert after.routes["one"] == reading.city.routes["one"], "it holds on as it was"


def test_another_vendor_cannot_mean_them(unsigned):
    unsigned.write("routes/w/layouts/secret.yaml", CSV)
    unsigned.write("routes/v/r.yaml", CONVERTING.replace("layout: csv", "layout: secret"))
    unsigned.write("mappings/reaching.yaml", MAPPING.replace("to: csv", "to: w/secret"))
    told = ran(unsigned, "check").stderr
    assert ": unknown layout secret; known here: csv, fixed\n" in told
    assert (
        "mappings/reaching.yaml:3:5: unknown layout w/secret; each vendor has its own, and layouts/, mappings/ ... are "
        "for all" in told
    )


def test_the_nearest_name_is_looked_for_among_ones_own(unsigned):
    unsigned.write("routes/w/one.yaml", THEIRS.replace("layout: fixed", "layout: extrct"))
    assert "unknown layout extrct; did you mean extract?" in ran(unsigned, "check").stderr


def test_more_of_them_than_are_read_cost_nobody_else_anything(unsigned):
    for number in range(201):
        unsigned.write(f"routes/w/profiles/p{number}.yaml", "title: 見本\n")
    told = ran(unsigned, "check")
    assert (
        "routes/w/profiles:1:1: more than 200 files, of which none is read; remove what no route needs"
        in told.stderr
    )
    assert json.loads(ran(unsigned, "check", "--json").stdout)["routes"] == ["r"]


def test_a_bundle_brings_them_along_and_takes_them_away_again(town, tmp_path):
    started(town)
    with_own_forms(town)
    before = {
        path.relative_to(town.root / "config/routes/w")
        for path in (town.root / "config/routes/w").rglob("*.*")
    }
    file = packed(town, signer=f"{town.root.name}/w")
    (town.root / "config/routes/w").rename(tmp_path / "aside")
    shown = accepted(town, file)
    assert shown.exit_code == 0, shown.stderr
    assert "1 routes and 6 files that they need" in shown.stdout
    assert "+++ bundle/layouts/csv.yaml" in shown.stdout
    place = town.root / "config/routes/w"
    assert {path.relative_to(place) for path in place.rglob("[!.]*.*")} == before
    assert ran(town, "check").exit_code == 0
    (place / "layouts/csv.yaml").write_text(CSV)
    assert "routes/w/layouts/csv.yaml:1:1: this is not as w signed it" in ran(town, "check").stderr
    assert accepted(town, file).exit_code == 0
    assert ran(town, "check").exit_code == 0


def test_a_bundle_with_a_file_that_no_route_needs_is_not_packed(town):
    with_own_forms(town)
    town.write("routes/w/layouts/notes.txt", "見本")
    out = town.root / "x.bundle"
    refused = ran(town, "bundle", "pack", "w", "--key", str(town.root / "w"), "--out", str(out))
    assert (refused.exit_code, "layouts/notes.txt is no file of a route" in refused.stderr) == (2, True)

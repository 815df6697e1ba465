"""However many files a vendor puts into its folder, what they cost is bounded, and what runs goes on."""

from datetime import UTC, datetime

import pytest
from written_city import FILES, write_city

from gateway.load import reader
from gateway.load.folder import read
from gateway.load.renewal import reread

NOW = datetime(2026, 11, 1, tzinfo=UTC)
INSIDE = FILES["routes/vendor-b/kaigo-inside.yaml"]
FAULTY = "titel: 見本\n"


def another(name):
    """A sound route of vendor-b that no other meets."""
    return INSIDE.replace("kaigo/out/", f"kaigo/{name}/").replace("kaigo/in/", f"kaigo/{name}-in/")


def bounded(routes):
    return FILES["gateway.yaml"].replace("may_use: {endpoints", f"may_use: {{routes: {routes}, endpoints")


@pytest.fixture
def folder(tmp_path):
    accepted = FILES["systems.yaml"].replace("kaigo-inside", "z-more")
    more = accepted[accepted.index("accepted:\n") + len("accepted:\n") :]
    return write_city(tmp_path, {"gateway.yaml": bounded(2), "systems.yaml": FILES["systems.yaml"] + more})


@pytest.fixture
def parsed(monkeypatch):
    """The files that were read as YAML."""
    names, parse = [], reader.parse

    def noting(text, *, file, environment):
        names.append(file)
        return parse(text, file=file, environment=environment)

    monkeypatch.setattr(reader, "parse", noting)
    return names


def put(folder, name, text):
    (folder / f"routes/vendor-b/{name}.yaml").write_text(text, encoding="utf-8")


def again(reading):
    return reread(reading, now=NOW, environment={})


def test_files_beyond_the_bound_are_not_read_and_those_of_others_are(folder, parsed):
    for number in range(50):
        put(folder, f"zz-{number:02}", FAULTY)
    city = read(folder, environment={}, now=NOW).city
    assert list(city.routes) == ["juki-to-linkage-master", "kaigo-inside"]
    assert [name for name in parsed if "/zz-" in name] == ["routes/vendor-b/zz-00.yaml"]
    (fault,) = city.rejected["zz-01"]
    assert str(fault) == (
        "routes/vendor-b:1:1: more than 2 files and 32 KiB, which are read of vendor-b: zz-01.yaml and 48 others are "
        "left out; remove what is no route, or write a larger may_use: {routes: 2} for vendor-b in gateway.yaml"
    )


def test_few_files_that_are_large_together_are_bounded_as_well(folder, parsed):
    put(folder, "z-more", another("more") + "#" * 32 * 1024)
    city = read(folder, environment={}, now=NOW).city
    assert "routes/vendor-b/z-more.yaml" not in parsed
    assert "z-more.yaml is left out" in str(city.rejected["z-more"][0])


def test_files_that_come_before_those_that_run_do_not_take_their_places(folder):
    put(folder, "z-more", another("more"))
    reading = read(folder, environment={}, now=NOW)
    runs = ["juki-to-linkage-master", "kaigo-inside", "z-more"]
    assert list(reading.city.routes) == runs, reading.city.faults
    for number in range(5):
        put(folder, f"a-{number}", another(f"a{number}"))
    city = again(reading).city
    assert sorted(city.routes) == runs
    assert "a-0.yaml and 4 others" in str(city.rejected["a-0"][0])


def test_room_that_is_made_again_is_taken(folder):
    put(folder, "a-much", FAULTY + "#" * 32 * 1024)
    put(folder, "z-more", another("more"))
    reading = read(folder, environment={}, now=NOW)
    (folder / "routes/vendor-b/a-much.yaml").unlink()
    after = again(reading)
    assert sorted(after.city.routes) == ["juki-to-linkage-master", "kaigo-inside", "z-more"]
    assert after.city.faults == ()


def test_a_faulty_file_is_read_again_only_once_it_has_changed(folder, parsed):
    put(folder, "z-faulty", FAULTY)
    reading = read(folder, environment={}, now=NOW)
    before = len(parsed)
    put(folder, "kaigo-inside", INSIDE + "# 説明\n")
    assert "z-faulty" in again(reading).city.rejected
    assert parsed[before:] == ["routes/vendor-b/kaigo-inside.yaml"]


def test_what_another_route_stands_in_the_way_of_is_taken_once_that_has_made_room(folder):
    put(folder, "z-more", INSIDE + "after: delete\n")
    reading = read(folder, environment={}, now=NOW)
    assert "z-more" in reading.city.rejected
    put(folder, "kaigo-inside", another("elsewhere"))
    assert sorted(again(reading).city.routes) == ["juki-to-linkage-master", "kaigo-inside", "z-more"]

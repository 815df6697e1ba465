"""Reading a whole configuration folder: what is accepted, what is rejected alone, and what cannot get out of hand."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest
from written_city import FILES, ROUTE, changed, write_city

from gateway.formats import run_golden
from gateway.load import NoConversion, conversions, load
from gateway.model import Format, Phase

INSIDE = "routes/vendor-b/kaigo-inside.yaml"
NAME = "juki-to-linkage-master"

WITH_EVERY_KEY = """\
title: 住民記録から汎用機の連携用マスタへ
linkage: {id: 001o001, branch: "00"}
from:
  system: juki
  legacy:   {endpoint: juki-onprem, path: "out/JUKI_{date:%Y%m%d}_*.dat", layout: juki-legacy,
             ready: {stable: {polls: 2, quiet: 20s}}}
  standard: {endpoint: object-storage, path: "juki/out/001o001_*.csv", profile: standard-csv,
             layout: juki-standard, ready: {marker: "{name}.done"}}
to:
  system: linkage-master
  legacy:   {endpoint: mainframe, path: "RENKEI.JUKI.D{date:%y%m%d}.T{time:%H%M%S}", layout: juki-master,
             content: differential, exists: refuse, taken: {by: removed, within: 30m}}
convert: [juki-to-master, juki-legacy-to-master]
schedule: {every: 10m}
order: {by: name, sequence: "_(?P<seq>\\\\d{6})\\\\.", on_gap: hold}
expect: {by: "06:30", on: business-days, parts: manifest, empty: allowed}
after: archive
retry: {fast: {times: 5, within: 5m}, slow: {every: 15m, until: "18:00"}}
limits: {records_per_file: 200000}
"""


@pytest.fixture
def read(tmp_path):
    def read(changes=None, **options):
        return load(write_city(tmp_path, changes), environment=options.pop("environment", {}), **options)

    return read


def test_a_city_written_as_documented_has_no_fault(read):
    city = read()
    assert city.faults == ()
    assert city.usable
    assert list(city.routes) == [NAME, "kaigo-inside"]


def test_a_route_with_every_documented_key_has_no_fault(read):
    city = read({ROUTE: WITH_EVERY_KEY})
    assert city.faults == ()
    assert NAME in city.routes


def test_a_route_knows_its_name_its_vendor_and_its_places(read):
    route = read().routes[NAME]
    assert (route.name, route.vendor) == (NAME, "vendor-a")
    assert route.place("from", Format.STANDARD).endpoint == "object-storage"
    assert route.place("to", Format.STANDARD) is None


def test_a_broken_route_leaves_every_other_running(read):
    city = read(changed(ROUTE, "schedule:", "shedule:"))
    assert list(city.routes) == ["kaigo-inside"]
    assert [fault.line for fault in city.rejected[NAME]] == [25]
    assert city.usable


def test_a_fault_of_our_own_while_one_route_is_checked_stops_no_other_route(read, monkeypatch):
    def stumble(route, *_):
        if route.vendor == "vendor-a":
            raise RecursionError

    monkeypatch.setattr("gateway.load.routes.templates", lambda route: stumble(route) or ())
    city = read()
    assert list(city.routes) == ["kaigo-inside"]
    (fault,) = city.rejected[NAME]
    assert (
        fault.message == "the file cannot be checked (RecursionError), by a fault of this program; report it"
    )


@pytest.mark.parametrize("step", ["library._renamed", "conversions.compile_conversion"])
def test_a_fault_of_our_own_over_one_vendors_forms_stops_no_other_route(read, monkeypatch, step):
    """Whether a layout or mapping stumbles while it is read, or a mapping of no route while it is tried."""

    def stumble(*arguments, **_):
        if step.startswith("conversions") or arguments[1] == "unused":
            raise RecursionError
        return ()

    unused = FILES["mappings/juki-to-master.yaml"].replace("juki-to-master", "unused")
    monkeypatch.setattr(f"gateway.load.{step}", stumble)
    city = read({"mappings/unused.yaml": unused})
    assert "kaigo-inside" in city.routes
    stumbled = {
        fault.file for fault in city.faults if "(RecursionError), by a fault of this program" in fault.message
    }
    assert "mappings/unused.yaml" in stumbled


def test_a_broken_endpoint_takes_down_only_the_routes_that_use_it(read):
    city = read(changed("endpoints.yaml", "adapter: ftp", "adapter: ftps"))
    assert list(city.routes) == ["kaigo-inside"]
    assert "mainframe" not in city.endpoints


def test_a_broken_mapping_rejects_every_route_that_uses_it(read):
    wrong = changed(
        "mappings/juki-to-master.yaml",
        '    expect: {宛名番号: "000000000000019"',
        '    expect: {宛名番号: "1"',
    )
    city = read({**wrong, "routes/vendor-a/second.yaml": FILES[ROUTE]})
    assert list(city.routes) == ["kaigo-inside"]
    assert [fault.file for name in (NAME, "second") for fault in city.rejected[name]] == [
        "mappings/juki-to-master.yaml"
    ] * 2


def test_a_vendor_cannot_take_over_anothers_route_by_its_name(read):
    city = read({"routes/vendor-c/kaigo-inside.yaml": FILES[INSIDE]})
    assert city.routes["kaigo-inside"].vendor == "vendor-b"
    assert "vendor-c/kaigo-inside" in city.rejected


def test_two_routes_that_write_one_constant_name_do_not_both_run(read):
    same = FILES[INSIDE].replace("kaigo/in/{name}", "kaigo/in/all.csv")
    city = read({INSIDE: same, "routes/vendor-b/kaigo-second.yaml": same})
    assert list(city.rejected) == ["kaigo-second"]
    assert "the route kaigo-inside writes this name too" in city.rejected["kaigo-second"][0].message


def test_a_route_that_meets_two_formats_has_a_conversion_for_each(read):
    city = read()
    route = city.routes[NAME]
    assert city.converter(route, Format.LEGACY, Format.LEGACY).mapping.name == "juki-legacy-to-master"
    assert city.converter(route, Format.STANDARD, Format.LEGACY).mapping.name == "juki-to-master"


def test_the_phase_follows_the_systems(read):
    city = read()
    formats = city.formats(city.routes[NAME])
    assert formats.phase_at(datetime(2027, 1, 3, 14, 59, 59, tzinfo=UTC)) is Phase.CURRENT
    assert formats.phase_at(datetime(2027, 1, 3, 15, tzinfo=UTC)) is Phase.TRANSITION


def test_equal_forms_pass_unchanged(read):
    text = FILES[ROUTE].replace("layout: juki-master", "layout: juki-legacy")
    text = text.replace("convert: [juki-to-master, juki-legacy-to-master]", "convert: up")
    mapping = (
        FILES["mappings/juki-to-master.yaml"].replace("to: juki-master", "to: juki-legacy").split("golden")[0]
    )
    city = read({ROUTE: text, "mappings/up.yaml": mapping})
    assert city.faults == ()
    assert city.converter(city.routes[NAME], Format.LEGACY, Format.LEGACY) is None
    assert city.converter(city.routes[NAME], Format.STANDARD, Format.LEGACY) is not None


def test_a_copy_of_a_layout_under_another_name_is_the_same_form(read):
    text = (
        FILES[ROUTE]
        .replace("layout: juki-master", "layout: copy")
        .replace("[juki-to-master, juki-legacy-to-master]", "up")
    )
    mapping = FILES["mappings/juki-to-master.yaml"].replace("to: juki-master", "to: copy").split("golden")[0]
    city = read(
        {ROUTE: text, "mappings/up.yaml": mapping, "layouts/copy.yaml": FILES["layouts/juki-legacy.yaml"]}
    )
    assert city.faults == ()
    assert city.converter(city.routes[NAME], Format.LEGACY, Format.LEGACY) is None


def test_a_route_without_layouts_passes_bytes_unchanged_and_no_other_way(read):
    city = read()
    route = city.routes["kaigo-inside"]
    assert city.form(route, "from", Format.STANDARD) is None
    assert city.converter(route, Format.STANDARD, Format.STANDARD) is None
    with pytest.raises(NoConversion, match="from has no legacy: place"):
        city.converter(route, Format.LEGACY, Format.STANDARD)


def test_bytes_pass_between_unequal_forms_with_a_reason_given(read):
    text = FILES[ROUTE].replace("convert: [juki-to-master, juki-legacy-to-master]\n", "")
    city = read({ROUTE: text + "pass_through: true\nreason: 相手側で変換する\n"})
    assert city.converter(city.routes[NAME], Format.STANDARD, Format.LEGACY) is None


def test_a_member_of_a_wave_takes_the_waves_instant(read):
    systems = FILES["systems.yaml"].replace(", standard_from: 2027-03-01T00:00:00+09:00", "")
    city = read(
        {"systems.yaml": systems + "waves:\n  spring: {members: [kaigo], at: 2027-03-01T00:00:00+09:00}\n"}
    )
    assert city.systems["kaigo"].standard_from == datetime(2027, 2, 28, 15, tzinfo=UTC)
    assert city.errors == ()


def test_a_cutover_of_the_past_within_a_freeze_is_no_fault(read):
    freeze = "freezes:\n  - {from: 2027-02-20, to: 2027-03-05}\n"
    changes = {"systems.yaml": FILES["systems.yaml"] + freeze}
    assert len(read(changes, now=datetime(2027, 2, 1, tzinfo=UTC)).errors) == 1
    assert read(changes, now=datetime(2027, 4, 1, tzinfo=UTC)).errors == ()


def test_the_environment_fills_in_what_it_may(read):
    endpoints = FILES["endpoints.yaml"].replace("port: 2121", "port: {env: PORT, default: 2121}")
    assert read({"endpoints.yaml": endpoints}).endpoints["mainframe"].options.port == 2121
    city = read({"endpoints.yaml": endpoints}, environment={"PORT": "3131"})
    assert city.endpoints["mainframe"].options.port == 3131


def test_a_vendors_route_cannot_read_the_environment(read):
    text = FILES[INSIDE].replace('"kaigo/in/{name}"', "{env: MAINFRAME_PASSWORD, default: x}")
    city = read({INSIDE: text}, environment={"MAINFRAME_PASSWORD": "himitsu"})
    assert "path is keys and values" in city.rejected["kaigo-inside"][0].message
    assert "himitsu" not in str(city.faults)


def test_no_secret_that_was_written_by_mistake_is_shown_anywhere(read):
    for wrong in ("password: himitsu", "passwort: himitsu", 'password: "himi,tsu}"', "password: [himitsu]"):
        city = read(changed("endpoints.yaml", "password: {env: MAINFRAME_PASSWORD}", wrong))
        shown = "".join(f"{fault!r} {fault} {fault.excerpt}" for fault in city.faults)
        assert city.errors
        assert "himi" not in shown


@pytest.mark.parametrize(
    "address",
    [
        "http://u:himitsu@x",
        "http://himitsu@x",
        "http://u:a@himitsu@x",
        "http://u:a/himitsu@x",
        "https://x/?sig=himitsu",
    ],
)
def test_no_secret_within_an_address_is_taken_or_shown(read, address):
    for key in ("proxy", "endpoint_url"):
        store = f"  st: {{adapter: s3, zone: gov-cloud, bucket: b, {key}: '{address}'}}"
        city = read({"endpoints.yaml": f"{FILES['endpoints.yaml']}\n{store}"})
        shown = "".join(f"{fault!r} {fault} {fault.excerpt}" for fault in city.errors)
        assert key in shown
        assert "himitsu" not in shown


@pytest.mark.parametrize(
    ("file", "after", "written"),
    [
        ("routes/vendor-a/juki-to-linkage-master.yaml", "after: archive\n", "pass_through: perhaps"),
        ("endpoints.yaml", "    port: 2121\n", "    passive_address: nearby"),
    ],
)
def test_what_only_begins_like_a_password_is_shown(read, file, after, written):
    city = read(changed(file, after, f"{after}{written}\n"))
    assert written in [fault.excerpt.split("\n")[0] for fault in city.errors]


def test_an_excerpt_points_at_the_word_below_wide_characters(read):
    city = read(changed("systems.yaml", '"001"', "1"))
    line, caret = city.errors[-1].excerpt.split("\n")
    before = line[: line.index("1,")]
    assert caret == " " * (len(before) + 4) + "^"  # 住民記録 takes four columns more than characters


def test_a_link_that_leads_out_of_the_folder_is_not_read(read, tmp_path, tmp_path_factory):
    outside = tmp_path_factory.mktemp("outside") / "secret.yaml"
    outside.write_text("password: himitsu\n", encoding="utf-8")
    write_city(tmp_path)
    (tmp_path / "routes/vendor-b/stolen.yaml").symlink_to(outside)
    city = read()
    assert "is a link that leads out" in city.rejected["stolen"][0].message
    assert list(city.routes) == [NAME, "kaigo-inside"]


def test_a_route_of_two_mebibytes_is_refused_and_the_others_run(read):
    city = read({INSIDE: "#" * (2 * 1024 * 1024)})
    assert city.rejected["kaigo-inside"][0].message == "the file is larger than 128 KiB; write less"
    assert list(city.routes) == [NAME]


def test_a_file_in_another_code_is_refused(read, tmp_path):
    write_city(tmp_path)
    (tmp_path / "layouts/old.yaml").write_bytes("title: 住民".encode("cp932"))
    assert [str(fault) for fault in read().faults] == [
        "layouts/old.yaml:1:1: the file is no UTF-8 (byte 7); save it as UTF-8"
    ]


def test_a_byte_order_mark_does_no_harm(read):
    assert read({INSIDE: "\ufeff" + FILES[INSIDE]}).faults == ()


def test_a_vendors_folder_may_not_lie_outside_the_routes(read):
    city = read(changed("gateway.yaml", "routes: routes/vendor-b", "routes: ../elsewhere"))
    assert city.errors[0].message == "routes must be a folder in routes, such as routes/vendor-b"


def test_a_vendors_bounds_hold_in_a_folder_of_another_name(read):
    gateway = FILES["gateway.yaml"].replace("routes: routes/vendor-b", "routes: routes/b")
    beyond = FILES[INSIDE].replace("kaigo/in/{name}", "juki/in/{name}")
    city = read({"gateway.yaml": gateway, INSIDE: None, "routes/b/kaigo-inside.yaml": beyond})
    assert "vendor-b may not use this path" in city.rejected["kaigo-inside"][0].message


def test_the_state_folder_stands_beside_the_configuration(read, tmp_path):
    installation = read().installation
    assert installation.gateway.state_dir == tmp_path / "var"
    assert installation.journal_url == f"sqlite:///{tmp_path}/var/journal.db"


def test_the_digest_of_a_route_changes_with_all_that_determines_it_and_with_nothing_else(read):
    before = read().digest(NAME)
    changes = [
        changed(ROUTE, "after: archive", "after: keep"),
        changed("endpoints.yaml", "port: 2121", "port: 2122"),
        changed("systems.yaml", "2027-01-04", "2027-01-05"),
        changed("layouts/juki-master.yaml", "encoding: jef", "encoding: ibm939"),
        {"mappings/juki-to-master.yaml": FILES["mappings/juki-to-master.yaml"].split("golden")[0]},
    ]
    assert len({before, *(read(change).digest(NAME) for change in changes)}) == 1 + len(changes)
    unrelated = changed(INSIDE, "watch: true", "every: 1h") | {ROUTE: "# a comment\n" + FILES[ROUTE]}
    assert read(unrelated).digest(NAME) == before


def test_values_of_the_configuration_cannot_be_changed(read):
    city = read()
    with pytest.raises(AttributeError):
        replace(city).usable = False
    with pytest.raises(ValueError, match="frozen"):
        city.routes[NAME].title = "x"


def test_a_folder_that_is_not_there_is_told(tmp_path):
    city = load(tmp_path / "nowhere", environment={})
    assert not city.usable
    assert [fault.file for fault in city.faults] == ["endpoints.yaml", "gateway.yaml", "systems.yaml"]


def test_what_many_routes_share_is_worked_out_once(read, monkeypatch):
    """A thousand routes of one kind take no longer than their files: their conversion is compiled and tried once."""
    tried = []
    monkeypatch.setattr(conversions, "run_golden", lambda one: tried.append(one) or run_golden(one))
    others = {
        ROUTE.replace("juki-to", f"juki-{number}-to"): FILES[ROUTE]
        .replace("out/JUKI", f"{number}/JUKI")
        .replace("juki/out/", f"juki/{number}/")
        .replace("RENKEI.JUKI", f"RENKEI.JUKI{number}")
        for number in range(20)
    }
    city = read(others)
    assert len(city.routes) == 22, city.faults
    assert len(tried) == len(city.routes[NAME].convert)
    forms = {
        id(city.conversions.form(route.source.legacy)) for route in city.routes.values() if route.convert
    }
    assert len(forms) == 1

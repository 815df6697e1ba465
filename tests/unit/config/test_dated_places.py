"""Places and addresses that change with time: which one holds at an instant."""

from datetime import UTC, datetime, timedelta

import pytest
from written_city import FILES, KEY, ROUTE, write_city

from gateway.config import Place, Route
from gateway.load import load
from gateway.load.operators import read_endpoints
from gateway.load.reader import Reader
from gateway.model import Format

FEBRUARY = datetime(2027, 1, 31, 15, tzinfo=UTC)  # midnight in Japan
MARCH = datetime(2027, 2, 28, 15, tzinfo=UTC)
MOMENT = timedelta(microseconds=1)


def dated(*places):
    return Route.model_validate(
        {
            "name": "r",
            "vendor": "v",
            "from": {"system": "juki", "standard": {"endpoint": "here", "path": "*.csv"}},
            "to": {"system": "kaigo", "standard": list(places)},
            "schedule": {"watch": True},
        }
    )


def place(endpoint, **dates):
    return {"endpoint": endpoint, "path": "{name}", **dates}


THREE = dated(
    place("old", until="2027-02-01T00:00:00+09:00"),
    place("new", **{"from": "2027-02-01T00:00:00+09:00"}),
    place("newest", **{"from": "2027-03-01T00:00:00+09:00"}),
)


@pytest.mark.parametrize(
    ("instant", "endpoint"),
    [
        (FEBRUARY - MOMENT, "old"),
        (FEBRUARY, "new"),
        (MARCH - MOMENT, "new"),
        (MARCH, "newest"),
        (MARCH + timedelta(days=3650), "newest"),
    ],
)
def test_each_instant_has_one_place(instant, endpoint):
    assert THREE.place("to", Format.STANDARD, instant).endpoint == endpoint
    holding = [one for one in THREE.places("to", Format.STANDARD) if one.covers(instant)]
    assert [one.endpoint for one in holding] == [endpoint]


def test_without_an_instant_nobody_guesses_among_several_places():
    with pytest.raises(ValueError, match="depends on the instant"):
        THREE.place("to", Format.STANDARD)


def test_one_place_needs_no_instant_and_holds_at_every_instant():
    alone = THREE.place("from", Format.STANDARD)
    assert isinstance(alone, Place)
    assert THREE.place("from", Format.STANDARD, FEBRUARY) is alone
    assert THREE.place("from", Format.LEGACY, FEBRUARY) is None


def test_a_list_of_one_place_is_that_place():
    assert dated(place("here")).place("to", Format.STANDARD).endpoint == "here"


def test_every_pair_of_dated_places_needs_its_mapping(tmp_path):
    start = FILES[ROUTE].index("  legacy:\n    endpoint: mainframe")
    end = FILES[ROUTE].index("convert:")
    other = (
        "  legacy:\n"
        '    - {endpoint: mainframe, path: "A.D{date:%y%m%d}", layout: juki-master}\n'
        '    - {from: 2027-02-01T00:00:00+09:00, endpoint: mainframe, path: "B.D{date:%y%m%d}", layout: zei-shuno}\n'
    )
    city = load(
        write_city(tmp_path, {ROUTE: FILES[ROUTE][:start] + other + FILES[ROUTE][end:]}), environment={}
    )
    told = [fault.message for fault in city.faults]
    assert [text.split(",")[0] for text in told if "no mapping" in text] == [
        "no mapping for juki-legacy -> zei-shuno",
        "no mapping for juki-standard -> zei-shuno",
    ]


def test_a_variant_of_an_address_holds_for_its_time(tmp_path):
    variants = """\
    variants:
      - {from: 2027-02-01T00:00:00+09:00, until: 2027-03-01T00:00:00+09:00, host: 10.0.0.2}
      - {from: 2027-03-01T00:00:00+09:00, host: 10.0.0.3, port: 2122}
"""
    text = FILES["endpoints.yaml"].replace("    limits: {connections: 1}\n", variants)
    reader = Reader(write_city(tmp_path, {"endpoints.yaml": text}), {})
    mainframe = read_endpoints(reader).usable["mainframe"]
    shown = {
        instant: (mainframe.options_at(instant).host, mainframe.options_at(instant).port)
        for instant in (FEBRUARY - MOMENT, FEBRUARY, MARCH)
    }
    assert list(shown.values()) == [("127.0.0.1", 2121), ("10.0.0.2", 2121), ("10.0.0.3", 2122)]


def test_a_host_key_is_trusted_for_its_time_also_within_a_variant_and_for_a_jump_host(tmp_path):
    new, jump = "SHA256:" + "B" * 43, "SHA256:" + "C" * 43
    keys = f"""\
    host_key:
      - {{key: "{KEY}", until: 2027-03-01T00:00:00+09:00}}
      - {{key: "{new}", from: 2027-02-01T00:00:00+09:00}}
    jump:
      host: j
      login: {{user: u, password: {{env: X}}}}
      host_key: {{key: "{jump}", until: 2027-02-01T00:00:00+09:00}}
    variants: [{{from: 2027-03-01T00:00:00+09:00, host: 10.0.0.2}}]
"""
    text = FILES["endpoints.yaml"].replace(f"    host_key: {KEY}\n", keys)
    juki = read_endpoints(Reader(write_city(tmp_path, {"endpoints.yaml": text}), {})).usable["juki-onprem"]
    shown = {
        instant: tuple(one.key[7] for hop in (options, options.jump) for one in hop.host_key)
        for instant in (FEBRUARY - MOMENT, FEBRUARY, MARCH)
        if (options := juki.options_at(instant))
    }
    assert list(shown.values()) == [("A", "C"), ("A", "B"), ("B",)]
    assert juki.options_at(MARCH).host == "10.0.0.2"

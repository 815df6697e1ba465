import pytest
from written_city import FILES, ROUTE, write_city

from gateway.load import load

ENDPOINTS = (
    FILES["endpoints.yaml"]
    + """\
  trial: {adapter: s3, environment: production, zone: gov-cloud, bucket: renkei, endpoint_url: "http://127.0.0.1:9000"}
  apart: {adapter: local, root: /srv/trial}
  inside: {adapter: local, root: /srv/renkei/out}
  verification: {adapter: local, environment: verification-core, root: /srv/verification}
"""
)
USES_DROPBOX = """\
from: {system: linkage-master, legacy: {endpoint: dropbox, path: "out/*.dat"}}
to: {system: linkage-master, legacy: {endpoint: juki-onprem, path: "in/{name}"}}
schedule: {watch: true}
"""


def faults(folder, shadow, **more):
    route = FILES[ROUTE] + f"shadow: {{layout: juki-master, {shadow}}}\n"
    files = {ROUTE: route, "endpoints.yaml": ENDPOINTS, **more}
    found = load(write_city(folder, files), environment={})
    return found, [str(fault) for fault in found.errors]


def test_a_shadow_at_an_endpoint_and_in_a_folder_of_its_own_is_accepted(tmp_path):
    for number, place in enumerate(
        ("endpoint: apart, path: '{stem}.csv'", "endpoint: trial, path: 'trial/{stem}.csv'")
    ):
        found, told = faults(tmp_path / str(number), place)
        assert told == []
        assert "juki-to-linkage-master" in found.routes


@pytest.mark.parametrize(
    ("shadow", "said"),
    [
        ("endpoint: object-storage, path: 'trial/{stem}.csv'", "a shadow has an endpoint of its own"),
        ("endpoint: trial, path: 'juki/out/shadow/{stem}.csv'", "has its from.standard there"),
        ("endpoint: trial, path: 'juki/{stem}.csv'", "has its from.standard there"),
        ("endpoint: trial, path: '{stem}.csv'", "has its from.standard there"),
        ("endpoint: verification, path: '{stem}.csv'", "a route stays in one environment"),
        ("endpoint: apart, path: '{seq}.csv'", "a shadow has no counter"),
    ],
)
def test_a_shadow_that_could_reach_a_production_folder_is_refused(tmp_path, shadow, said):
    found, told = faults(tmp_path, shadow)
    assert "juki-to-linkage-master" in found.rejected
    assert any(said in one for one in told), told


@pytest.mark.parametrize("name", ["routes/vendor-a/a.yaml", "routes/vendor-a/z.yaml"])
def test_a_shadow_within_another_routes_folder_is_refused_whichever_is_read_first(tmp_path, name):
    found, told = faults(tmp_path, "endpoint: inside, path: '{stem}.csv'", **{name: USES_DROPBOX})
    assert any("a shadow has an endpoint of its own" in one for one in told), told
    assert len(found.rejected) == 1


def test_a_shadow_that_no_mapping_can_make_is_refused(tmp_path):
    route = FILES[ROUTE] + "shadow: {layout: zei-shuno, endpoint: apart, path: '{stem}.csv'}\n"
    found = load(write_city(tmp_path, {ROUTE: route, "endpoints.yaml": ENDPOINTS}), environment={})
    assert any("no mapping for" in str(fault) for fault in found.errors)


DISGUISED = """\
  roundabout: {adapter: local, root: /srv/trial/../renkei}
  later: {adapter: local, root: /srv/trial, variants: [{from: 2097-01-01T00:00:00+09:00, root: /srv/renkei}]}
  elsewhere: {adapter: s3, environment: production, zone: gov-cloud, bucket: renkei, endpoint_url: "http://127.0.0.1:9000/"}
  below: {adapter: s3, environment: production, zone: gov-cloud, bucket: renkei, prefix: juki, endpoint_url: "http://127.0.0.1:9000"}
"""


@pytest.mark.parametrize(
    "shadow",
    [
        "endpoint: roundabout, path: 'out/{stem}.csv'",
        "endpoint: later, path: 'out/{stem}.csv'",
        "endpoint: elsewhere, path: 'juki/out/{stem}.csv'",
        "endpoint: below, path: 'out/{stem}.csv'",
    ],
    ids=[
        "a root that is written otherwise",
        "a root of a later time",
        "an address that is written otherwise",
        "a prefix of the endpoint",
    ],
)
def test_a_shadow_that_is_only_written_otherwise_is_refused(tmp_path, shadow):
    more = {"routes/vendor-a/a.yaml": USES_DROPBOX, "endpoints.yaml": ENDPOINTS + DISGUISED}
    _, told = faults(tmp_path, shadow, **more)
    assert any("a shadow has an endpoint of its own" in one for one in told), told

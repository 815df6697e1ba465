"""The eight linkage patterns of the reference: each runs in its environment, either way, and never into another."""

from itertools import permutations
from textwrap import indent
from typing import get_args

import pytest

from gateway.config.places import Environment
from gateway.load import load
from gateway.model import Format
from gateway.reference.patterns import PARTNERS
from tests.support.city import CSV, FIXED, MAPPING

ENVIRONMENTS = get_args(Environment)
NAMES = [partner.name for partner in PARTNERS]
WAYS = ("to the partner", "from the partner")
SOURCE, TARGET = '"a/*.dat"', '"b/{seq:06}.dat"'
BACK = """
from: csv
to: fixed
items:
  - {from: "00100001", to: 番号}
  - {from: "00100002", to: 氏名}
  - {from: "00100003", to: 金額}
"""


def city(directory, partner, *, ours, theirs, way):
    """A standard system in one environment, and a partner in another."""
    endpoints = f"hub: {{adapter: s3, zone: gov-cloud, environment: {ours}, bucket: standard, region: x}}\n"
    moved = "always" if partner.format is Format.STANDARD else "never"
    layout = "csv" if partner.format is Format.STANDARD else "fixed"
    hub = ("standard", "standard: {endpoint: hub, path: %s, layout: csv}")
    other = ("partner", f"{partner.format}: {{endpoint: {partner.name}, path: %s, layout: {layout}}}")
    one, two = (hub, other) if way == WAYS[0] else (other, hub)
    route = [
        f"from: {{system: {one[0]}, {one[1] % SOURCE}}}",
        f"to: {{system: {two[0]}, {two[1] % TARGET}}}",
        "schedule: {every: 10m}",
    ]
    route += ["convert: between"] if layout == "fixed" else []
    files = {
        "gateway.yaml": "gateway: {name: city, state_dir: ./var}\nvendors: {v: {}}\n",
        "systems.yaml": f"systems:\n  standard: {{vendor: v, standard_from: always}}\n"
        f"  partner: {{vendor: v, standard_from: {moved}}}\n",
        "endpoints.yaml": f"endpoints:\n{indent(endpoints + partner.written(theirs), '  ')}",
        "layouts/fixed.yaml": FIXED,
        "layouts/csv.yaml": CSV,
        "mappings/between.yaml": BACK if way == WAYS[0] else MAPPING,
        "routes/v/r.yaml": "\n".join(route) + "\n",
    }
    for name, text in files.items():
        (directory / name).parent.mkdir(parents=True, exist_ok=True)
        (directory / name).write_text(text, encoding="utf-8")
    return load(directory, environment={})


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("environment", ENVIRONMENTS)
@pytest.mark.parametrize("partner", PARTNERS, ids=NAMES)
def test_each_pattern_runs_within_its_environment(tmp_path, partner, environment, way):
    found = city(tmp_path, partner, ours=environment, theirs=environment, way=way)
    assert [str(fault) for fault in found.errors] == []
    assert list(found.routes) == ["r"]


@pytest.mark.parametrize("pair", [*permutations(ENVIRONMENTS, 2)], ids=" to ".join)
@pytest.mark.parametrize("partner", PARTNERS, ids=NAMES)
def test_no_pattern_joins_two_environments(tmp_path, partner, pair):
    found = city(tmp_path, partner, ours=pair[0], theirs=pair[1], way=WAYS[0])
    (fault,) = found.errors
    assert fault.message == (
        f"joins {pair[0]} (endpoint hub) to {pair[1]} (endpoint {partner.name}); a route stays in one environment"
    )
    assert found.routes == {}


@pytest.mark.parametrize("zone", ["gov-cloud", "other-cloud", "outside"])
def test_plain_ftp_is_for_partners_on_site_alone(tmp_path, zone):
    (on_site,) = (partner for partner in PARTNERS if partner.zone == "on-prem")
    elsewhere = type(on_site)(
        name="elsewhere",
        title="",
        zone=zone,
        format=on_site.format,
        endpoint=on_site.endpoint.replace("zone: on-prem", f"zone: {zone}"),
    )
    found = city(tmp_path, elsewhere, ours="production", theirs="production", way=WAYS[0])
    assert any(
        "tls: none sends passwords and records in the clear" in fault.message for fault in found.errors
    )
    assert found.routes == {}

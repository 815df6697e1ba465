"""What a route must say at places where a partial file can be seen, or nothing can be moved aside."""

import pytest

from gateway.load import load
from tests.support.city import Town
from tests.support.states import town_of_changes

DIRECT = """
host:
  adapter: ftp
  host: h
  tls: none
  zone: on-prem
  publish: direct
  login: {user: u}
"""


@pytest.fixture
def town(tmp_path):
    town = Town(tmp_path)
    town.endpoints(DIRECT)
    return town


def faults(town, *, source="endpoint: here", to="endpoint: there", after="keep"):
    town.write(
        "routes/v/r.yaml",
        f"""
        from: {{system: old, legacy: {{path: "*.dat", ready: at-once, {source}}}}}
        to: {{system: old, legacy: {{path: "{{stem}}.dat", {to}}}}}
        schedule: {{every: 10m}}
        after: {after}
        """,
    )
    return [str(fault) for fault in load(town.root / "config").errors]


def test_a_destination_that_shows_partial_files_needs_a_way_to_know_whole_ones(town):
    (fault,) = faults(town, to="endpoint: host")
    assert "complete_by: trailer, count or marker" in fault
    assert not faults(town, to="endpoint: host, complete_by: trailer")


def test_completeness_by_marker_needs_the_marker(town):
    (fault,) = faults(town, to="endpoint: host, complete_by: marker")
    assert "no marker is written" in fault
    assert not faults(town, to='endpoint: host, complete_by: marker, marker: "{name}.done"')


def test_removing_where_nothing_can_be_moved_aside_needs_an_exclusive_handover(town):
    (fault,) = faults(town, source="endpoint: host", after="delete")
    assert "handover: exclusive" in fault
    assert not faults(town, source="endpoint: host, handover: exclusive", after="delete")
    assert not faults(town, source="endpoint: host")


def test_archiving_where_nothing_can_be_renamed_is_refused(town):
    (fault,) = faults(town, source="endpoint: host, handover: exclusive", after="archive")
    assert "cannot rename" in fault


TRIGGERED = DIRECT.replace("direct", "work_then_trigger") + '  trigger: {text: "GO {path}"}\n'


def test_where_a_job_takes_files_over_nobody_can_see_when_they_are_taken(town):
    town.endpoints(TRIGGERED)
    (fault,) = faults(town, to="endpoint: host, taken: {by: removed, within: 30m}")
    assert "receipt or none" in fault
    assert not faults(town, to="endpoint: host")


def test_a_trigger_and_its_way_of_publishing_belong_together(town):
    town.endpoints(DIRECT.replace("direct", "work_then_trigger"))
    assert any("trigger: {text: ...} belong together" in fault for fault in faults(town, to="endpoint: host"))
    town.endpoints(TRIGGERED.replace("{path}", "{file}"))
    assert any("only {path} and {work}" in fault for fault in faults(town, to="endpoint: host"))


SHARED = """
journal: {url: "postgresql://lgw@db/journal"}
cluster: {}
"""


def test_where_nodes_share_routes_one_that_cannot_be_fenced_needs_a_node_of_its_own(town):
    path = town.root / "config/gateway.yaml"
    path.write_text(path.read_text() + SHARED)
    (fault,) = faults(town, to="endpoint: host, complete_by: trailer")
    assert "write node: NAME, the node that carries this route" in fault
    assert not faults(town, to="endpoint: host, complete_by: trailer", after="keep\n        node: a")
    assert not faults(town), "what has a fence needs none"


def test_where_nodes_share_routes_one_that_keeps_rows_needs_a_node_of_its_own(tmp_path):
    town = town_of_changes(tmp_path)
    path = town.root / "config/gateway.yaml"
    path.write_text(path.read_text() + SHARED)
    told = [str(fault) for fault in load(town.root / "config").errors]
    assert [one for one in told if "node: NAME" in one and ": the rows that differences" in one]


def test_where_nodes_share_routes_those_of_a_wave_are_bound_to_one_node(town):
    path = town.root / "config/gateway.yaml"
    path.write_text(path.read_text() + SHARED)
    systems = town.root / "config/systems.yaml"
    systems.write_text(
        "systems:\n  old: {vendor: v, standard_from: never}\n  new: {vendor: v}\n"
        "waves:\n  spring: {members: [new], at: 2027-01-04T00:00:00+09:00}\n"
    )
    for name, node in (("r", "a"), ("s", "b")):
        town.write(
            f"routes/v/{name}.yaml",
            f"""
            from: {{system: old, legacy: {{endpoint: here, path: "{name}-*.dat", ready: at-once}}}}
            to:
              system: new
              legacy: {{endpoint: there, path: "{name}/{{stem}}.dat"}}
              standard: {{endpoint: there, path: "{name}/{{stem}}.csv"}}
            schedule: {{every: 10m}}
            pass_through: true
            reason: 同じ
            node: {node}
            """,
        )
    told = [str(fault) for fault in load(town.root / "config").errors]
    assert [one for one in told if "r to a, s to b" in one and "bound apart" in one], told

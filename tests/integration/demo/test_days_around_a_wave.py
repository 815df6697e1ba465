"""``demo --cutover`` as a person calls it."""

import json
import subprocess
import sys

import pytest

from gateway.clock import SystemClock
from gateway.demo import spring
from gateway.demo.days import DELIVERED, FATES, WAITS
from gateway.load import load


def test_the_city_of_the_play_has_no_fault(tmp_path):
    spring.write_city(tmp_path / "config", tmp_path / "places", spring.start_of(SystemClock().now()))
    assert [str(fault) for fault in load(tmp_path / "config").faults] == []


@pytest.mark.timeout(240)
def test_a_wave_passes_a_gate_holds_one_route_and_another_goes_back():
    command = [sys.executable, "-m", "gateway", "demo", "--cutover", "--json"]
    played = subprocess.run(command, capture_output=True, text=True, timeout=200, check=False)
    assert played.returncode == 0, played.stdout + played.stderr
    document = json.loads(played.stdout)
    made = [(one["route"], one["to"]) for one in document["cutovers"]]
    assert sorted(made[:2]) == [("juki-to-hub", "standard"), ("zei-to-hub", "standard")]
    assert made[2:] == [("hub-to-kokuho", "standard"), ("hub-to-kokuho", "legacy")]
    [[held, conditions]] = document["held_by_their_gate"].items()
    assert held.startswith("kaigo-to-hub@")
    assert [one["condition"] for one in conditions] == ["compared"]
    assert document["comparisons"]["zei-to-hub equivalent"] >= 2
    assert document["arrived"] == document["delivered"]
    fates = document["files"]
    assert fates.keys() == {DELIVERED, FATES["compared"], WAITS}, "each file is accounted for, in words"
    assert fates[DELIVERED] == document["arrived"]
    assert fates[WAITS] > 0, "the route that its gate holds keeps what lies in the new place"

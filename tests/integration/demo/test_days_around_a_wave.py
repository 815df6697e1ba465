"""``demo --cutover`` as a person calls it."""

import json
import subprocess
import sys
from datetime import timedelta

import pytest

from gateway.cutover import Condition, Stand
from gateway.demo import spring
from gateway.demo.days import DELIVERED, FATES, JUKI, KAIGO, KOKUHO, WAITS, ZEI, Days
from gateway.demo.summary import PROOFS, print_summary
from gateway.journal.comparisons import ComparisonRow
from gateway.journal.switching import Flip
from gateway.load import load
from gateway.model import Format
from gateway.rehearsal import Rehearsed
from gateway.times.clock import SystemClock

MINUTE = timedelta(minutes=1)


def test_the_city_of_the_play_has_no_fault(tmp_path):
    spring.write_city(tmp_path / "config", tmp_path / "places", spring.start_of(SystemClock().now()))
    assert [str(fault) for fault in load(tmp_path / "config").faults] == []


@pytest.mark.timeout(240)
def test_a_wave_passes_a_gate_holds_one_route_and_another_goes_back():
    command = [sys.executable, "-m", "gateway", "demo", "--cutover", "--json"]
    played = subprocess.run(command, capture_output=True, text=True, timeout=200, check=False)
    assert played.returncode == 0, played.stdout + played.stderr
    document = json.loads(played.stdout)
    assert document["proofs"] == dict.fromkeys(PROOFS, True)
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


def flip(route, format_, at, cutover):
    stand = Stand(format=format_, place="p")
    return Flip(route=route, side="to", stand=stand, planned=at, actual=at + MINUTE, cutover=cutover)


def played(tmp_path, *, wave=(JUKI, ZEI)):
    """What a play could have come to, without playing it."""
    start = spring.start_of(SystemClock().now())
    spring.write_city(tmp_path / "config", tmp_path / "places", start)
    first, second = start + spring.DAY, start + 2 * spring.DAY
    flips = [flip(route, Format.STANDARD, first, "wave:spring@") for route in wave]
    flips += [flip(KOKUHO, format_, second, f"{KOKUHO}@") for format_ in (Format.STANDARD, Format.LEGACY)]
    unmet = Condition(name="compared", met=False, says="0 clean comparisons of 2")
    results = {JUKI: "equal", ZEI: "equivalent", KAIGO: "different"}
    return Days(
        city=load(tmp_path / "config"),
        start=start,
        happened=Rehearsed(
            told=(),
            flips=tuple(flips),
            closed={f"{KAIGO}@{first.isoformat()}": (unmet,)},
            transfers={},
        ),
        comparisons=tuple(compared(route, result, start) for route, result in results.items()),
        arrived=0,
        intact=True,
    )


def compared(route, result, start):
    day = start.date()
    return ComparisonRow(
        route=route, slot=day.isoformat(), business_date=day, against="early", old="a", new="b", result=result
    )


def test_a_wave_that_is_half_is_said_to_be_so(tmp_path):
    days = played(tmp_path, wave=(JUKI,))
    assert days.proofs["wave"] is False
    assert not days.ok


def test_the_summary_tells_what_happened_in_order_in_both_languages(tmp_path, capsys):
    print_summary(played(tmp_path))
    said = capsys.readouterr().out
    told = [
        "住民記録 一致 1 回",
        "一斉切替",
        "0 clean comparisons of 2",
        "国民健康保険が標準形式へ切替",
        "切戻し",
    ]
    places = [said.index(one) for one in told]
    assert places == sorted(places)
    assert "resident records and taxes switch to the standardized format, together" in said
    assert "○ どのファイルも一度だけ届いた" in said
    assert "× 切戻し" in said, "nobody was told what to discard"

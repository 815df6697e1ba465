"""Whatever is wrong, everything is told at once: no fault hides another one, and none brings follow-up noise."""

import re
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from written_city import FILES, ROUTE, write_city

from gateway.load import load
from gateway.load.document import MOST_FAULTS

BEFORE_EVERY_CUTOVER = datetime(2026, 11, 1, tzinfo=UTC)

IN_ONE_LINE = {
    "a misspelt optional key": (ROUTE, "title:", "titel:"),
    "a number for a text": (ROUTE, "id: 001o001", "id: 12"),
    "a misspelt required key": (ROUTE, "  system: juki\n", "  systm: juki\n"),
    "a list for a required text": (ROUTE, "endpoint: juki-onprem", "endpoint: [juki-onprem]"),
    "an unknown template key": (ROUTE, "{date:%Y%m%d}", "{dat}"),
    "a number out of its bounds": (ROUTE, "polls: 2", "polls: 0"),
    "a duration without unit": (ROUTE, "quiet: 20s", "quiet: 20"),
    "a marker without a name": (ROUTE, "{name}.done", "done"),
    "an unknown profile": (ROUTE, "profile: standard-csv", "profile: standart-csv"),
    "an unknown system": (ROUTE, "system: linkage-master", "system: linkage-mastr"),
    "an unknown endpoint": (ROUTE, "endpoint: mainframe", "endpoint: mainfram"),
    "an unknown word": (ROUTE, "exists: refuse", "exists: overwrite"),
    "a misspelt required block": (ROUTE, "schedule:", "shedule:"),
    "a value in a misspelt block": (ROUTE, "every: 10m", "every: ten"),
    "an unknown action": (ROUTE, "after: archive", "after: archiv"),
    "a time that no clock shows": (ROUTE, "18:00", "18:60"),
    "a misspelt part of gateway.yaml": ("gateway.yaml", "limits:", "limit:"),
    "an unknown log level": ("gateway.yaml", "level: info", "level: warn"),
    "bounds of others": ("gateway.yaml", 'prefixes: ["kaigo/"]', 'prefixes: ["juki/"]'),
    "a day that is none": ("systems.yaml", '"023"', '"23"'),
    "a relative folder": ("endpoints.yaml", "root: /srv/renkei", "root: renkei"),
}
"""Changes that keep every other line and column where it is used, each with a fault of its own."""


def faults(names):
    files = dict(FILES)
    for name in names:
        file, old, new = IN_ONE_LINE[name]
        assert files[file].count(old) == 1
        files[file] = files[file].replace(old, new)
    with TemporaryDirectory() as folder:
        city = load(write_city(Path(folder), files), environment={}, now=BEFORE_EVERY_CUTOVER)
    return {re.sub(r":\d+: ", ": ", str(fault), count=1) for fault in city.faults}


@cache
def faults_alone(name):
    return frozenset(faults([name]))


@pytest.mark.parametrize("name", IN_ONE_LINE)
def test_each_of_these_changes_is_a_fault(name):
    assert faults_alone(name)


@settings(deadline=None)
@given(st.sets(st.sampled_from(sorted(IN_ONE_LINE)), min_size=2))
def test_faults_together_are_told_as_each_of_them_alone(names):
    assert faults(names) == frozenset().union(*map(faults_alone, names))


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (("convert: [", "mappings: ["), ["unknown key mappings"]),
        (("    layout: juki-master\n", "    record: juki-master\n"), ["unknown key record"]),
        (("  standard:\n", "  standard: []\n  new:\n"), ["standard is empty", "unknown key new"]),
        (("every: 10m", "evry: 10m, cron: never"), ["unknown key evry", "cron is no cron expression"]),
        (("after: archive", "pass_through: true\nreason: 5"), ["reason must be a text"]),
    ],
)
def test_nothing_is_told_that_only_follows_from_another_fault(tmp_path, change, told):
    assert FILES[ROUTE].count(change[0]) == 1
    city = load(write_city(tmp_path, {ROUTE: FILES[ROUTE].replace(*change)}), environment={})
    assert [fault.message.split(";")[0].split(" (")[0] for fault in city.faults] == told
    assert list(city.routes) == ["kaigo-inside"]


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ("layout: juki-master", "it stands under legacy: or under shadow: or under standard:"),
        ("every: 10m", "it stands under full: or under schedule: or under slow:"),
        ("schedul: {every: 10m}", "did you mean schedule?"),
        ("afterwards: keep", "did you mean after?"),
        ("gate: none", "known here: after,"),
    ],
)
def test_an_unknown_key_says_where_it_stands_or_which_one_is_meant_and_guesses_nothing_else(
    tmp_path, line, told
):
    city = load(write_city(tmp_path, {ROUTE: f"{FILES[ROUTE]}{line}\n"}), environment={})
    assert [told in fault.message for fault in city.faults] == [True], city.faults


def test_a_place_of_nine_thousand_unknown_keys_is_told_in_few_lines(tmp_path):
    text = FILES[ROUTE] + "".join(f"key{number}: 1\n" for number in range(9_000))
    city = load(write_city(tmp_path, {ROUTE: text}), environment={})
    assert len(city.faults) == MOST_FAULTS
    assert list(city.routes) == ["kaigo-inside"]

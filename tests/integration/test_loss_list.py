"""``check`` says what each route's conversions leave behind, so that a city can approve it."""

import json

from click.testing import CliRunner

from gateway.cli import main
from tests.support.city import CONVERTING, CSV, FIXED, MAPPING, Town

LINE = '{from: 氏名, to: "00100002"}'


def checked(tmp_path, mapping, *more):
    town = Town(tmp_path)
    town.write("layouts/fixed.yaml", FIXED)
    town.write("layouts/csv.yaml", CSV)
    town.write("mappings/fixed-to-csv.yaml", mapping)
    town.write("routes/v/r.yaml", CONVERTING)
    return CliRunner().invoke(main, ["--config", str(tmp_path / "config"), "check", *more])


def test_check_lists_items_that_are_not_carried(tmp_path):
    done = checked(tmp_path, MAPPING.replace(f"  - {LINE}\n", ""))
    assert "loss list: r: fixed -> csv: not carried: 氏名\n" in done.stdout
    assert done.exit_code == 0


def test_check_lists_declared_losses_and_lines_without_a_way_back_for_machines(tmp_path):
    lossy = MAPPING.replace(LINE, LINE[:-1] + ", loses: truncation, one_way: 短い}")
    done = checked(tmp_path, lossy, "--json")
    (losses,) = json.loads(done.stdout)["losses"]
    assert (losses["declared"], losses["one_way"]) == (["氏名: truncation"], ["氏名"])


def test_check_says_nothing_of_a_route_that_carries_everything_both_ways(tmp_path):
    assert "loss list" not in checked(tmp_path, MAPPING).stdout

"""A gateway that dies while it turns full files into differences: state and deliveries never part."""

import shutil
import sqlite3
from contextlib import closing

import pytest

from tests.crash.test_every_side_effect import open_transfers
from tests.support.crashing import run_once
from tests.support.states import Consumer, put, states, town_of_changes

pytestmark = [pytest.mark.crash, pytest.mark.timeout(900)]

FIRST = {"00001": ("山田", 10), "00002": ("佐藤", 20), "00003": ("鈴木", 30)}
SECOND = {"00001": ("山田", 11), "00002": ("佐藤", 20), "00004": ("高橋", 40)}
THIRD = {"00001": ("山田", 11), "00005": ("伊藤", 50), "00004": ("高橋", 40)}


def outcomes(town):
    with closing(sqlite3.connect(town.root / "state/journal.db")) as journal:
        rows = journal.execute("SELECT outcome, count(*) FROM transfers GROUP BY outcome")
        return dict(rows.fetchall())


def drafts(town):
    with closing(sqlite3.connect(town.root / "state/journal.db")) as journal:
        return journal.execute("SELECT count(*) FROM states WHERE version IS NULL").fetchone()[0]


def test_the_consumer_has_the_rows_of_the_state_wherever_the_gateway_dies(tmp_path):
    town = town_of_changes(tmp_path / "town", more="shrink: 70%")
    put(town, "a.dat", FIRST)
    assert run_once(town.root / "config") > 0
    put(town, "b.dat", SECOND)
    put(town, "c.dat", THIRD)
    shutil.copytree(town.root, tmp_path / "saved")
    number, points = 0, None
    while points is None or number < points:
        number += 1
        shutil.rmtree(town.root)
        shutil.copytree(tmp_path / "saved", town.root)
        points = run_once(town.root / "config", crash_at=number) or None
        run_once(town.root / "config")
        assert Consumer(town).take() == THIRD, f"after a crash at side effect {number}"
        assert len(town.arrived()) == 2, f"after a crash at side effect {number}"
        assert outcomes(town) == {"delivered": 2, "superseded": 1}, f"after a crash at side effect {number}"
        assert [one["rows"] for one in states(town)] == [3, 3], f"after a crash at side effect {number}"
        assert drafts(town) == 0, f"after a crash at side effect {number}"
        assert open_transfers(town) == [], f"after a crash at side effect {number}"
        assert town.spooled() == [], f"after a crash at side effect {number}"
    assert number > 50

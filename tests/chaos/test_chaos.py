"""A chaos run of two to three minutes; ``make chaos CHAOS_SECONDS=1800`` plays a long one with a new seed."""

import json
import os
import subprocess
import sys

import pytest

from tests.chaos.checker import applied, csv_of, digest, expected
from tests.chaos.routes import Route
from tests.chaos.run import play

pytestmark = [pytest.mark.crash, pytest.mark.timeout(900)]

SEED = int(os.environ.get("CHAOS_SEED", "20270104"))
SECONDS = 45
"""In which files are sent and things go wrong; coming to rest may take two minutes more."""


async def test_every_file_arrives_exactly_once_while_everything_fails(tmp_path):
    figures = await play(tmp_path / "run", seconds=SECONDS, seed=SEED)
    assert figures.clean, f"\n{figures}"
    assert figures.verdict["files"] > 50
    assert {
        "gateway killed",
        "line cut",
        "connections dropped",
        "clock set",
        "host restarted",
        "secret changed",
        "store busy",
    } <= {kind for kind, count in figures.faults.items() if count}


ROWS = [["00001", "山田太郎", 12], ["00002", "佐藤", 7]]


def told(root, *, there, source=(), taken=(), ledger_files=1):
    """What the checker says of a route of one converted file, with these files at its two ends."""
    content, arrives = b"as it was sent", csv_of(ROWS)
    for folder, files in (("in", source), ("out", there)):
        (root / "place/r" / folder).mkdir(parents=True)
        for name, data in files:
            (root / "place/r" / folder / name).write_bytes(data)
    sent = {"route": "r", "path": "r/in/F1.dat", "stem": "F1", "bytes": len(content), "records": 2}
    books = {
        "sent.jsonl": [sent | {"sha256": digest(content), "arrives": [digest(arrives)]}],
        "taken.jsonl": [{"route": "r", "path": name, "sha256": digest(data)} for name, data in taken],
        "places.json": [
            {
                "places": {"here": {"folder": str(root / "place")}},
                "routes": [Route(name="r", source="here", target="here", form="to csv").described()],
            }
        ],
        "ledger.json": [
            {
                "balances": True,
                "lines": [
                    {"route": "r", "unit": unit, "in": count, "delivered": count, "difference": 0}
                    for unit, count in (("files", ledger_files), ("bytes", len(content)), ("records", 2))
                ],
            }
        ],
    }
    for name, documents in books.items():
        (root / name).write_text("".join(json.dumps(one) + "\n" for one in documents))
    done = subprocess.run([sys.executable, "-m", "tests.chaos.checker", str(root)], check=False)
    verdict = json.loads((root / "verdict.json").read_text())
    wrong = {
        kind: count for kind, count in verdict.items() if kind not in {"files", "bytes", "records"} and count
    }
    assert done.returncode == bool(wrong)
    return wrong


@pytest.mark.parametrize(
    ("given", "wrong"),
    [
        ({"there": [("F1.out", csv_of(ROWS))]}, {}),
        ({"there": [], "taken": [("F1.out", csv_of(ROWS))]}, {}),
        ({"there": []}, {"lost": 1}),
        ({"there": [("F1.out", csv_of(ROWS)), ("F1-r2.out", csv_of(ROWS))]}, {"doubled": 1}),
        ({"there": [("F1.out", csv_of(ROWS))], "taken": [("F1.out", csv_of(ROWS))]}, {"doubled": 1}),
        ({"there": [("F1.out", csv_of(ROWS)[:-1])]}, {"lost": 1, "strange": 1}),
        ({"there": [("F1.out", csv_of(ROWS)), (".lgw-x", b"half")]}, {"strange": 1}),
        ({"there": [("G1.out", csv_of(ROWS))]}, {"strange": 1}),
        ({"there": [("F1.out", csv_of(ROWS))], "source": [("F1.dat", b"as it was sent")]}, {"unsettled": 1}),
        ({"there": [("F1.out", csv_of(ROWS))], "ledger_files": 2}, {"ledger": 1}),
    ],
)
def test_the_checker_finds_what_is_lost_doubled_strange_or_left(tmp_path, given, wrong):
    assert told(tmp_path, **given) == wrong


def changes(*rows):
    return ("区分,番号,氏名,金額\n" + "".join(f"{row}\n" for row in rows)).encode()


FIRST = changes("1,00001,山田,1", "1,00002,佐藤,2")
SECOND = changes("2,00001,山田,3", "3,00002,佐藤,2")


@pytest.mark.parametrize(
    ("files", "table", "wrong"),
    [
        ([("b", SECOND), ("a", FIRST)], {"00001": ["00001", "山田", 3]}, []),
        ([("a", FIRST)], {"00001": ["00001", "山田", 1], "00002": ["00002", "佐藤", 2]}, []),
        ([("a", FIRST), ("b", FIRST)], None, ["b: 1 of 00001", "b: 1 of 00002"]),
        ([("a", FIRST), ("b", SECOND), ("c", SECOND)], None, ["c: 3 of 00002"]),
        ([("a", SECOND), ("b", FIRST)], None, ["a: 2 of 00001", "a: 3 of 00002", "b: 1 of 00001"]),
    ],
)
def test_the_checker_takes_files_of_changes_in_and_tells_what_cannot_be_done(files, table, wrong):
    left, told = applied(files)
    assert told == wrong
    assert table is None or left == table


def test_a_file_that_is_split_is_expected_in_parts_each_with_its_own_header():
    assert expected("to csv", ROWS, b"", split=1) == [csv_of(ROWS[:1]), csv_of(ROWS[1:])]

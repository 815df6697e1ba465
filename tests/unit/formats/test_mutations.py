"""Damaged input of every kind, by seeded mutation: refused clearly, or right; never a crash, a hang or a silent change.

``MUTATION_ROUNDS=20 pytest tests/unit/formats/test_mutations.py`` runs twenty times as many. A failure names the
number of its mutation, which makes it again.
"""

import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from random import Random

import mutated
import pytest

ROUNDS = int(os.environ.get("MUTATION_ROUNDS", "1"))
COUNTS = {"legacy": 12000, "csv": 6000, "layout": 2000, "table": 1500, "copybook": 1500}
DEADLINE = 5.0
"""Seconds within which one damaged input must be answered; a millisecond is usual."""

SEEDS = mutated.every_seed()
TABLE = (
    "# version: 1\n# approved by: 情報政策課\ncode,unicode,use\n"
    "80A1,U+2000B,\n80A2,U+8FBB U+E0101,\n80A3,U+9AD9,read\n42,U+2000C,\n"
)
COPYBOOKS = [path.read_bytes() for path in sorted(mutated.FOLDER.glob("*.cpy"))]


def legacy(random, seed):
    mutated.check_legacy(seed, mutated.damaged(random, seed.legacy, random.choice(SEEDS).legacy))


def standard(random, seed):
    mutated.check_csv(seed, mutated.damaged(random, seed.csv, random.choice(SEEDS).csv))


def layout(random, seed):
    text = mutated.layout_text(seed.kind, seed.encoding)
    mutated.check_layout(seed, mutated.damaged_layout(random, text))


def table(random, seed):
    mutated.check_table(seed, mutated.damaged(random, TABLE.encode(), seed.csv).decode("utf-8", "replace"))


def copybook(random, seed):
    raw = mutated.damaged(random, random.choice(COPYBOOKS), random.choice(COPYBOOKS))
    return mutated.check_copybook(mutated.as_text(raw), seed.encoding)


CHECKS = {"legacy": legacy, "csv": standard, "layout": layout, "table": table, "copybook": copybook}


def too_late(_number, _frame):
    raise AssertionError(f"no answer within {DEADLINE} seconds")


@contextmanager
def deadline() -> Iterator[None]:
    before = signal.signal(signal.SIGALRM, too_late)
    signal.setitimer(signal.ITIMER_REAL, DEADLINE)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)


def test_there_are_ten_thousand_mutations_and_every_kind_in_every_encoding_gets_some():
    assert sum(COUNTS.values()) >= 10_000
    assert all(count >= len(SEEDS) for count in COUNTS.values())


@pytest.mark.parametrize("seed", SEEDS, ids=lambda seed: f"{seed.kind}-{seed.encoding}")
def test_undamaged_files_pass_and_agree_with_the_independent_reader(seed):
    assert mutated.check_legacy(seed, seed.legacy)
    assert mutated.check_csv(seed, seed.csv)


@pytest.mark.timeout(120 * ROUNDS)
@pytest.mark.parametrize("what", CHECKS)
def test_damaged_input_is_refused_clearly_or_comes_out_right(what):
    for number in range(COUNTS[what] * ROUNDS):
        try:
            with deadline():
                CHECKS[what](Random(number), SEEDS[number % len(SEEDS)])
        except Exception as error:
            error.add_note(f"mutation {number} of {what}")
            raise


def test_a_good_part_of_the_damage_is_not_refused_so_that_results_are_compared():
    accepted = 0
    for number in range(500):
        random, seed = Random(number), SEEDS[number % len(SEEDS)]
        accepted += mutated.check_legacy(seed, mutated.damaged(random, seed.legacy, seed.legacy))
    assert accepted > 50

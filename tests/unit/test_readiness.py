"""When a file counts as complete."""

from hypothesis import given
from hypothesis import strategies as st

from adapters.base import Entry
from gateway.routes.readiness import PATIENCE, Stable, Watcher


def entry(size, mtime="1", path="in/a.csv"):
    return Entry(path=path, size=size, mtime=mtime)


def test_a_file_is_ready_when_two_looks_and_the_quiet_time_agree():
    watcher = Watcher(Stable(polls=2, quiet=20))
    assert watcher.look([entry(5)], 100) == []
    assert watcher.look([entry(5)], 119) == []
    assert watcher.look([entry(5)], 120) == [entry(5)]


def test_a_growing_file_is_never_ready():
    watcher = Watcher(Stable(polls=2, quiet=20))
    assert [watcher.look([entry(size)], 100.0 * size) for size in range(1, 50)] == [[]] * 49


def test_a_file_of_the_same_size_with_a_new_time_begins_anew():
    watcher = Watcher(Stable(polls=2, quiet=20))
    watcher.look([entry(5, "1")], 0)
    assert watcher.look([entry(5, "2")], 20) == []
    assert watcher.look([entry(5, "2")], 40) == [entry(5, "2")]


def test_a_file_that_was_away_for_one_look_begins_anew():
    watcher = Watcher(Stable(polls=2, quiet=20))
    watcher.look([entry(5)], 0)
    watcher.look([], 20)
    assert watcher.look([entry(5)], 40) == []


def test_the_next_look_is_when_the_quiet_time_ends():
    watcher = Watcher(Stable(polls=2, quiet=20))
    assert watcher.next_look() is None
    watcher.look([entry(5)], 100)
    assert watcher.next_look() == 120


def test_a_file_that_waits_for_its_marker_is_not_looked_at_all_the_time():
    watcher = Watcher(Stable(polls=1, quiet=0))
    assert watcher.look([entry(5)], 100) == [entry(5)]
    assert watcher.next_look() == 100 + PATIENCE


@given(st.lists(st.tuples(st.integers(0, 3), st.floats(0.1, 30)), min_size=1, max_size=30))
def test_what_is_ready_was_the_same_for_the_whole_quiet_time(looks):
    watcher, now, since, last = Watcher(Stable(polls=2, quiet=20)), 0.0, 0.0, None
    for size, passed in looks:
        now += passed
        since = since if size == last else now
        last = size
        if watcher.look([entry(size)], now):
            assert now - since >= 20

"""Lines that come again and again are counted, and none is lost from the count."""

from hypothesis import given
from hypothesis import strategies as st

from gateway.logs.sampling import FIRST, SECONDS, Sampling


def test_the_first_lines_of_a_kind_are_written_and_the_others_counted_when_the_time_is_over():
    sampling = Sampling()
    written = [sampling.is_written("a", 0.0) for _ in range(FIRST + 5)]
    assert written == [True] * FIRST + [False] * 5
    assert sampling.over(SECONDS - 1) == []
    assert [(one.key, one.count) for one in sampling.over(SECONDS)] == [("a", 5)]
    assert sampling.is_written("a", SECONDS)
    assert sampling.over(SECONDS + 1) == []


def test_other_lines_are_written_all_the_same():
    sampling = Sampling()
    for _ in range(FIRST + 1):
        sampling.is_written("a", 0.0)
    assert sampling.is_written("b", 0.0)


@given(st.lists(st.tuples(st.sampled_from("abc"), st.floats(0, 30)), max_size=300))
def test_every_line_is_written_or_counted(lines):
    sampling, now, written, left_out = Sampling(), 0.0, 0, 0
    for key, pause in lines:
        now += pause
        left_out += sum(one.count for one in sampling.over(now))
        written += sampling.is_written(key, now)
    left_out += sum(one.count for one in sampling.over(now + 2 * SECONDS))
    assert written + left_out == len(lines)

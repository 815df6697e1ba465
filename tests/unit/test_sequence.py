"""Whose turn it is among files that carry numbers."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.routes.sequence import Turn, number_in, turn


@pytest.mark.parametrize(
    ("name", "pattern", "number"),
    [
        ("JUKI_000012.dat", r"_(?P<seq>\d{6})\.", 12),
        ("JUKI_12.dat", r"_(?P<seq>\d{6})\.", None),
        ("a-7-b", r"-(?P<seq>\d+)-", 7),
        ("a", r"(?P<seq>\d+)?a", None),
    ],
)
def test_a_number_stands_where_the_expression_says(name, pattern, number):
    assert number_in(name, pattern) == number


def test_an_expression_that_python_would_search_for_ages_is_searched_at_once():
    assert number_in("0" * 250 + "x", r"((?P<seq>\d+)+)+(.*.*.*.*)*$") is not None
    assert number_in("0" * 250 + "x", r"^(?P<seq>(\d+)+)+y$") is None


@pytest.mark.parametrize(
    ("numbers", "expected", "found"),
    [
        ({"b": 2, "a": 1}, None, Turn(ids=("a", "b"))),
        ({"b": 2, "c": 3}, 1, Turn(ids=(), gap=(1, 2))),
        ({"a": 1, "c": 3}, 1, Turn(ids=("a",), gap=(2, 3))),
        ({"late": 1, "d": 5}, 5, Turn(ids=("late", "d"))),
        ({}, 5, Turn(ids=())),
    ],
)
def test_files_go_by_number_and_stop_before_a_gap(numbers, expected, found):
    assert turn(numbers, expected) == found


def test_over_a_gap_they_go_on_where_the_route_says_so():
    assert turn({"a": 1, "c": 3, "e": 5}, 1, over_gaps=True) == Turn(ids=("a", "c", "e"), gap=(2, 3))


def test_a_held_file_whose_number_was_passed_stops_nobody():
    assert turn({"again": 4, "e": 5}, 5, held={"again"}).ids == ("e",)


def test_a_held_file_whose_turn_it_is_stays_in_its_place():
    assert turn({"d": 5, "e": 6}, 5, held={"d"}).ids == ("d", "e")


def test_of_two_files_with_one_number_the_held_one_is_passed():
    assert turn({"twin": 5, "d": 5, "e": 6}, 5, held={"twin"}).ids == ("d", "e")


@given(st.sets(st.integers(0, 40)), st.integers(0, 40))
def test_what_goes_has_no_gap_and_leaves_out_nothing_before_it(numbers, expected):
    found = turn({str(number): number for number in numbers}, expected)
    going = [int(one) for one in found.ids]
    assert going == sorted(numbers)[: len(going)]
    fresh = [number for number in going if number >= expected]
    assert fresh == list(range(expected, expected + len(fresh)))
    rest = sorted(numbers)[len(going) :]
    assert found.gap == ((expected + len(fresh), rest[0]) if rest else None)

"""Two patterns that can mean one file are found, and two that cannot are left in peace."""

from datetime import datetime
from fnmatch import fnmatchcase
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.load.overlap import may_meet
from gateway.naming import DestinationName, NameValues, SourcePattern

GLOBS = st.text(alphabet="ab*?", min_size=1, max_size=5).filter(lambda text: "**" not in text)
NAMES = ["".join(letters) for length in range(1, 9) for letters in product("ab", repeat=length)]


@given(GLOBS, GLOBS)
def test_shell_patterns_meet_exactly_where_some_name_fits_both(one, other):
    both = any(fnmatchcase(name, one) and fnmatchcase(name, other) for name in NAMES)
    assert may_meet(SourcePattern.compile(one), SourcePattern.compile(other)) == both


@given(
    when=st.datetimes(datetime(2000, 1, 1), datetime(2099, 12, 31)),
    number=st.integers(0, 999_999),
    name=st.text(alphabet="ab.", min_size=1, max_size=8).filter(lambda text: text.strip(".")),
    template=st.sampled_from(
        [
            "in/{name}",
            "in/{date}_{seq:06}",
            "in/{stem}{revision}{suffix}",
            "in/D{date:%y%j}.T{time:%H%M}.{seq}",
        ]
    ),
    pattern=st.sampled_from(["in/*", "in/{date}_*", "in/*_{seq:06}", "in/D{date:%y%j}.*", "in/?*", "out/*"]),
)
def test_a_name_that_a_pattern_takes_was_foreseen(when, number, name, template, pattern):
    values = NameValues(date=when.date(), time=when, name=name, seq=number, revision=2)
    destination, source = DestinationName.compile(template), SourcePattern.compile(pattern)
    if source.match(destination.render(values)) is not None:
        assert may_meet(destination, source)
        assert may_meet(source, destination)


@pytest.mark.parametrize(
    ("one", "other", "meet"),
    [
        ("out/A_{date}.csv", "out/B_{date}.csv", False),
        ("out/A_*.csv", "out/A_{date}_{seq:06}.csv", True),
        ("out/{seq:06}.csv", "out/{seq:04}.csv", False),
        ("out/{seq}.csv", "out/{seq:04}.csv", True),
        ("out/{date}.csv", "out/x*.csv", False),
        ("out/*.csv", "out/sub/*.csv", False),
        ("*/a", "out/*", True),
        ("a*", "*b", True),
        ("a", "a", True),
        ("a", "ab", False),
    ],
)
def test_patterns_of_the_field(one, other, meet):
    assert may_meet(SourcePattern.compile(one), SourcePattern.compile(other)) == meet
    assert may_meet(SourcePattern.compile(other), SourcePattern.compile(one)) == meet


def test_many_stars_are_compared_in_no_time():
    assert not may_meet(SourcePattern.compile("*a" * 100 + "b"), SourcePattern.compile("*a" * 100 + "c"))

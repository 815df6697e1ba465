from __future__ import annotations

import fnmatch
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters import names
from adapters.errors import Refused

SEGMENT = st.text(st.sampled_from("ab.-1[漢"), min_size=1, max_size=6)
PATTERN = st.text(st.sampled_from("ab.-1*?[漢"), min_size=1, max_size=6)


@pytest.mark.parametrize(
    "path",
    ["JUKI_20270104.csv", "out/住民.csv", "a b.csv", "半角ｶﾅ.dat", ".hidden", "..a", "RENKEI.JUKI.D270104"],
)
def test_usual_names_may_be_used(path: str) -> None:
    assert names.why_unsafe(path) == ""


@pytest.mark.parametrize(
    "path",
    [
        "",
        "/a",
        "a/",
        "a//b",
        "../a",
        "a/..",
        "a/./b",
        "a\nb",
        "a\rb",
        "a\0b",
        "a\x85b",
        "a\u2028b",
        "a\udc82b",
        "a\\b",
    ],
)
def test_dangerous_names_are_refused(path: str) -> None:
    assert names.why_unsafe(path)
    with pytest.raises(Refused):
        names.assert_safe(path)


def test_a_name_is_measured_in_bytes() -> None:
    assert names.why_unsafe("漢" * 341) == ""
    assert "1024 bytes" in names.why_unsafe("漢" * 342)


@given(
    st.lists(
        st.one_of(st.from_regex(r"[a-z0-9][a-z0-9._-]{0,8}", fullmatch=True), SEGMENT, st.text(max_size=6))
    )
)
def test_names_that_need_no_closer_look_are_all_safe_and_none_is_hidden(paths: list[str]) -> None:
    plain = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]*")
    usual = all(plain.fullmatch(segment) for path in paths for segment in path.split("/"))
    assert names.are_usual(paths) == usual
    if usual:
        assert not any(map(names.why_unsafe, paths))


@pytest.mark.parametrize(
    "odd", ["a\nb", "a\n", "", ".lgw-1", "..", "a/", "/a", "a//b", "a/.b", "住民.csv", "a b", "a" * 1025]
)
def test_one_name_among_many_is_enough_for_a_closer_look(odd: str) -> None:
    assert names.are_usual(["a.csv", "in/b.csv", "c" * 1024])
    assert not names.are_usual(["a.csv", odd, "b.csv"])


@given(st.text())
def test_what_is_shown_of_any_name_is_one_short_printable_line(path: str) -> None:
    shown = names.shown(path)
    assert len(shown) <= 120
    assert "\n" not in shown
    assert "\r" not in shown
    shown.encode()


@given(PATTERN, SEGMENT)
def test_wildcards_within_a_segment_match_as_in_a_shell(pattern: str, path: str) -> None:
    in_shell = pattern.replace("[", "[[]")
    assert names.matches(pattern, path) == fnmatch.fnmatchcase(path, in_shell)


@given(st.lists(SEGMENT, min_size=2, max_size=3))
def test_a_wildcard_never_reaches_into_a_folder(segments: list[str]) -> None:
    assert not names.matches("*", "/".join(segments))
    assert names.matches("/".join("*" for _ in segments), "/".join(segments))


@pytest.mark.parametrize(
    ("pattern", "folder"),
    [("a/b/*.csv", "a/b"), ("*.csv", ""), ("a/*/b/c.csv", "a"), ("a/b.csv", "a"), ("a?/b/c.csv", "")],
)
def test_the_fixed_folder_ends_before_the_first_wildcard(pattern: str, folder: str) -> None:
    assert names.fixed_folder(pattern) == folder


def test_a_temporary_name_stands_in_the_same_folder_and_is_known_as_one() -> None:
    temporary = names.temporary_beside("in/2027/JUKI.csv", "0a1b")
    assert temporary.startswith("in/2027/")
    assert names.is_temporary(temporary)
    assert not names.is_temporary("in/2027/JUKI.csv")


@given(st.text(st.sampled_from("ab*?"), max_size=12), st.text(st.sampled_from("ab"), max_size=12))
def test_many_wildcards_match_as_one_after_the_other_would(pattern: str, path: str) -> None:
    assert names.matches(pattern, path) == fnmatch.fnmatchcase(path, pattern)


def test_a_pattern_of_wildcards_alone_keeps_nobody_waiting() -> None:
    assert not names.matches("*a" * 100 + "b", "a" * 250)

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.errors import Refused
from adapters.ftp import datasets as ftp_datasets

TOKEN = st.text(st.sampled_from("0123456789abcdefghijklmnopqrstuvwxyz"), min_size=1, max_size=32)


def test_names_are_sent_complete_and_in_quotes() -> None:
    assert ftp_datasets.absolute("", "RENKEI.JUKI.D270104") == "'RENKEI.JUKI.D270104'"
    assert ftp_datasets.absolute("RENKEI", "JUKI.D270104") == "'RENKEI.JUKI.D270104'"
    assert ftp_datasets.absolute("RENKEI.", "LIB(MEMBER)") == "'RENKEI.LIB(MEMBER)'"


@pytest.mark.parametrize(
    "path",
    [
        "renkei.juki",
        "A..B",
        "A.1B",
        "A.TOOLONGQUAL",
        "A.B'",
        "A B",
        ".".join(["ABCDEFGH"] * 5 + ["X"]),
        "A(1X)",
        "A/B",
    ],
)
def test_what_is_no_dataset_name_is_refused(path: str) -> None:
    with pytest.raises(Refused, match="dataset name"):
        ftp_datasets.absolute("", path)


@given(st.sampled_from(["RENKEI.JUKI.D270104.T101500", "RENKEI.LIB(JUKI)", "RENKEI"]), TOKEN)
def test_a_temporary_name_is_a_valid_dataset_name_beside_the_final_one(path: str, token: str) -> None:
    temporary = ftp_datasets.temporary(path, token)
    assert ftp_datasets.absolute("", temporary) == f"'{temporary}'"
    assert ftp_datasets.is_temporary(temporary)
    assert not ftp_datasets.is_temporary(path)
    assert temporary.rpartition(".")[0].count(".") == path.rpartition(".")[0].count(".")
    assert ftp_datasets.temporary(path, token) == temporary


@pytest.mark.parametrize(
    ("pattern", "prefix"),
    [
        ("RENKEI.JUKI.D*.T*", "RENKEI.JUKI"),
        ("RENKEI.JUKI.DATA", "RENKEI.JUKI"),
        ("RENKEI.LIB(J*)", "RENKEI.LIB"),
    ],
)
def test_the_prefix_is_what_stands_before_the_first_wildcard(pattern: str, prefix: str) -> None:
    assert ftp_datasets.prefix_of(pattern) == prefix


def test_a_pattern_must_begin_with_a_fixed_qualifier() -> None:
    with pytest.raises(Refused, match="wildcard"):
        ftp_datasets.prefix_of("*.JUKI")


def test_listed_names_are_completed() -> None:
    assert ftp_datasets.full_name("RENKEI.JUKI", "D270104", member=False) == "RENKEI.JUKI.D270104"
    assert (
        ftp_datasets.full_name("RENKEI.JUKI", "'RENKEI.JUKI.D270104'", member=False) == "RENKEI.JUKI.D270104"
    )
    assert ftp_datasets.full_name("RENKEI.LIB", "JUKI", member=True) == "RENKEI.LIB(JUKI)"

from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError

from adapters.units import (
    Duration,
    Size,
    format_duration,
    format_rate,
    format_size,
    parse_duration,
    parse_rate,
    parse_size,
)


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("30s", 30),
        ("10m", 600),
        ("1h30m", 5400),
        ("250ms", 0.25),
        ("35d", 3_024_000),
        ("1.5h", 5400),
        ("0s", 0),
    ],
)
def test_a_duration_is_a_number_with_its_unit(text: str, seconds: float) -> None:
    assert parse_duration(text) == timedelta(seconds=seconds)


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ("64MiB", 67_108_864),
        ("500kB", 500_000),
        ("1GB", 10**9),
        ("20GiB", 20 * 2**30),
        ("7B", 7),
        ("0.5KiB", 512),
    ],
)
def test_a_size_counts_bytes_by_its_unit(text: str, count: int) -> None:
    assert parse_size(text) == count


def test_a_rate_is_a_size_a_second() -> None:
    assert parse_rate("100MiB/s") == 104_857_600


@pytest.mark.parametrize("wrong", ["30", "s", "-5s", "10 parsecs", "", "1h 30", 30, None, True])
def test_a_duration_without_its_unit_is_refused_with_what_to_write(wrong: object) -> None:
    with pytest.raises(ValueError, match="30s, 10m"):
        parse_duration(wrong)


@pytest.mark.parametrize("wrong", ["64", "64mib", "-1MiB", "", None, True])
def test_a_size_without_its_unit_is_refused_with_what_to_write(wrong: object) -> None:
    with pytest.raises(ValueError, match="64MiB"):
        parse_size(wrong)


def test_a_bare_number_of_bytes_is_refused_with_its_correction() -> None:
    with pytest.raises(ValueError, match="write 64B"):
        parse_size(64)


@pytest.mark.parametrize("wrong", ["100MiB", "100/s", 5])
def test_a_rate_that_is_not_by_the_second_is_refused(wrong: object) -> None:
    with pytest.raises(ValueError, match="write"):
        parse_rate(wrong)


@given(st.integers(0, 10**12))
def test_every_duration_that_is_written_is_read_the_same(milliseconds: int) -> None:
    value = timedelta(milliseconds=milliseconds)
    assert parse_duration(format_duration(value)) == value


@given(st.integers(0, 2**60))
def test_every_size_and_rate_that_is_written_is_read_the_same(count: int) -> None:
    assert parse_size(format_size(count)) == count
    assert parse_rate(format_rate(count)) == count


def test_models_show_units_in_their_schema_and_write_them_back() -> None:
    duration, size = TypeAdapter(Duration), TypeAdapter(Size)
    assert duration.dump_python(duration.validate_python("90s"), mode="json") == "1m30s"
    assert size.dump_python(size.validate_python("1024KiB"), mode="json") == "1MiB"
    assert duration.json_schema()["examples"][0] == "30s"
    with pytest.raises(ValidationError):
        size.validate_python("many")

"""Durations, sizes and rates as people write them: a number never stands without its unit.

``Duration`` is a ``timedelta`` ("30s", "1h30m"), ``Size`` whole bytes ("64MiB"), ``Rate`` whole bytes a
second ("100MiB/s"), ``Percent`` a part of one ("20%"). KiB, MiB, GiB, TiB are powers of 1024 (IEC 80000-13); kB, MB,
GB, TB powers of 1000.
"""

from __future__ import annotations

import re
from datetime import timedelta
from decimal import Decimal
from typing import Annotated

from pydantic import BeforeValidator, PlainSerializer, WithJsonSchema

_SECONDS = {
    "ms": Decimal("0.001"),
    "s": Decimal(1),
    "m": Decimal(60),
    "h": Decimal(3600),
    "d": Decimal(86400),
}
_BYTES = {
    "B": 1,
    "kB": 1000,
    "MB": 1000**2,
    "GB": 1000**3,
    "TB": 1000**4,
    "KiB": 1024,
    "MiB": 1024**2,
    "GiB": 1024**3,
    "TiB": 1024**4,
}
DURATION_PATTERN = r"^(\d+(\.\d+)?(ms|s|m|h|d))+$"
SIZE_PATTERN = r"^\d+(\.\d+)?(B|kB|MB|GB|TB|KiB|MiB|GiB|TiB)$"
PERCENT_PATTERN = r"^\d+(\.\d+)?%$"
RATE_PATTERN = r"^\d+(\.\d+)?(B|kB|MB|GB|TB|KiB|MiB|GiB|TiB)/s$"

LONGEST = timedelta(days=36_500)
"""The longest duration that can be written: a century."""

WIDEST = 40
"""Characters of a size: as many bytes as nobody has."""

_DURATION = re.compile(DURATION_PATTERN)
_DURATION_PART = re.compile(r"(\d+(?:\.\d+)?)(ms|s|m|h|d)")
_SIZE = re.compile(SIZE_PATTERN.replace(r"^\d+(\.\d+)?(", r"^(\d+(?:\.\d+)?)("))


def parse_duration(value: object) -> timedelta:
    """Read "30s", "10m", "1h30m", "250ms" or "35d". Raises ``ValueError`` saying what to write."""
    if isinstance(value, timedelta):
        return value
    if isinstance(value, str) and _DURATION.match(value.strip()):
        parts = _DURATION_PART.findall(value.strip())
        seconds = float(sum(Decimal(number) * _SECONDS[unit] for number, unit in parts))
        if seconds > LONGEST.total_seconds():
            raise ValueError(f"is longer than {format_duration(LONGEST)}; write a shorter one")
        return timedelta(seconds=seconds)
    raise ValueError("is not a duration; write a number with its unit, such as 30s, 10m, 1h30m or 35d")


def parse_size(value: object) -> int:
    """Read "64MiB" or "500kB" as bytes. Raises ``ValueError`` saying what to write."""
    if isinstance(value, int) and not isinstance(value, bool):
        return _plain_bytes(value)
    match = _SIZE.match(value.strip()) if isinstance(value, str) and len(value) <= WIDEST else None
    if match is None:
        raise ValueError("is not a size; write a number with its unit, such as 64MiB, 500kB or 20GiB")
    return int(Decimal(match[1]) * _BYTES[match[2]])


def _plain_bytes(value: int) -> int:
    if value != 0:
        raise ValueError(f"has no unit; write {value}B if bytes are meant, or a unit such as MiB")
    return 0


def parse_rate(value: object) -> int:
    """Read "100MiB/s" as bytes a second. Raises ``ValueError`` saying what to write."""
    if isinstance(value, str) and value.strip().endswith("/s"):
        return parse_size(value.strip().removesuffix("/s"))
    raise ValueError("is not a rate; write a size a second, such as 100MiB/s or 500kB/s")


def parse_percent(value: object) -> float:
    """Read "20%" as 0.2. Raises ``ValueError`` saying what to write."""
    if isinstance(value, str) and re.match(PERCENT_PATTERN, value.strip()):
        part = float(Decimal(value.strip().removesuffix("%")) / 100)
        if part <= 1:
            return part
    raise ValueError("is not a part of a whole; write a number up to 100 with its sign, such as 20%")


def format_percent(value: float) -> str:
    """Write a part so that ``parse_percent`` reads the same again."""
    return f"{(Decimal(str(value)) * 100).normalize():f}%"


def format_duration(value: timedelta) -> str:
    """Write a duration so that ``parse_duration`` reads the same again, in the fewest parts."""
    milliseconds = round(value.total_seconds() * 1000)
    parts = []
    for unit, length in (("d", 86_400_000), ("h", 3_600_000), ("m", 60_000), ("s", 1000), ("ms", 1)):
        count, milliseconds = divmod(milliseconds, length)
        if count:
            parts.append(f"{count}{unit}")
    return "".join(parts) or "0s"


def format_size(value: int) -> str:
    """Write bytes in the largest binary unit that needs no fraction."""
    for unit in ("TiB", "GiB", "MiB", "KiB"):
        if value and value % _BYTES[unit] == 0:
            return f"{value // _BYTES[unit]}{unit}"
    return f"{value}B"


def format_rate(value: int) -> str:
    """Write bytes a second so that ``parse_rate`` reads the same again."""
    return f"{format_size(value)}/s"


Duration = Annotated[
    timedelta,
    BeforeValidator(parse_duration),
    PlainSerializer(format_duration, return_type=str),
    WithJsonSchema({"type": "string", "pattern": DURATION_PATTERN, "examples": ["30s", "10m", "1h30m"]}),
]
Size = Annotated[
    int,
    BeforeValidator(parse_size),
    PlainSerializer(format_size, return_type=str),
    WithJsonSchema({"type": "string", "pattern": SIZE_PATTERN, "examples": ["64MiB", "500kB"]}),
]
Rate = Annotated[
    int,
    BeforeValidator(parse_rate),
    PlainSerializer(format_rate, return_type=str),
    WithJsonSchema({"type": "string", "pattern": RATE_PATTERN, "examples": ["100MiB/s"]}),
]
Percent = Annotated[
    float,
    BeforeValidator(parse_percent),
    PlainSerializer(format_percent, return_type=str),
    WithJsonSchema({"type": "string", "pattern": PERCENT_PATTERN, "examples": ["20%"]}),
]

"""The small values that people write everywhere: names, times of day, windows, lists of one."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime, time
from typing import Annotated, Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import (
    AfterValidator,
    BeforeValidator,
    Field,
    PlainSerializer,
    WithJsonSchema,
)

from adapters.written import MOMENT_SCHEMA, TEXT, parse_moment
from gateway.expressions import NoExpression, groups_of

NAME_PATTERN = r"^[a-z0-9]+(-[a-z0-9]+)*$"
TIME_PATTERN = r"^([01]\d|2[0-3]):[0-5]\d$"
WINDOW_PATTERN = r"^([01]\d|2[0-3]):[0-5]\d-(([01]\d|2[0-3]):[0-5]\d|24:00)$"
CLOSED_PATTERN = r"^(\d{4}-)?\d\d-\d\d(/(\d{4}-)?\d\d-\d\d)?$"

OPEN = "{?}"
"""Stands in new files where a person must write something."""
LONGEST_SAID = 500
"""Characters of a text for people: it stands in tables, on pages and in workbooks."""
_UNPRINTABLE = re.compile(
    r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u200b-\u200f\u202a-\u202e\u2066-\u2069\ufeff]"
)
"""Controls, but for blanks and ends of lines, and what turns or hides the text around it."""

UNWRITTEN: dict[str, Any] = {"x-unwritten": True}
"""Marks a field that comes from a file's name and may not be written in the file."""


@dataclass(frozen=True, kw_only=True)
class AfterWave:
    """``{after: WAVE}``: an end switches once a wave has. The loader fills in the wave's instant, if there is one."""

    wave: str
    at: datetime | None = None


def as_written(default: str) -> Any:
    """A default in the words of the reference; ``validate_default`` turns it into its value."""
    return default


def _name(value: str) -> str:
    if re.match(NAME_PATTERN, value):
        return value
    if value == OPEN:
        raise ValueError("is still open at {?}; write a name there")
    raise ValueError("is no name; write small letters a-z, digits and single hyphens, such as juki-to-tax")


def _said(value: str) -> str:
    if OPEN in value:
        raise ValueError("is still open at {?}; write it, or leave the key out")
    if _UNPRINTABLE.search(value):
        raise ValueError("has characters that nobody sees; write it anew, without copying it")
    if len(value) > LONGEST_SAID:
        raise ValueError(
            f"is longer than {LONGEST_SAID} characters; say it shorter, in a comment (#) at length"
        )
    if value and not value.strip():
        raise ValueError("is blank; write it, or leave the key out")
    return " ".join(value.split())


def listed(value: object) -> object:
    """A single text stands for a list of one."""
    return (value,) if isinstance(value, str) else value


def _time_of_day(value: object) -> time:
    if isinstance(value, time):
        return value
    if isinstance(value, str) and re.match(TIME_PATTERN, value):
        return time.fromisoformat(value)
    raise ValueError('is no time of day; write hours and minutes, such as "06:30"')


def _window(value: object) -> str:
    if isinstance(value, str) and re.match(WINDOW_PATTERN, value):
        return value
    raise ValueError('is no window; write two times of day, such as "08:30-17:15"')


def _closed(value: object) -> str:
    if isinstance(value, str) and re.match(CLOSED_PATTERN, value):
        return value
    raise ValueError('is no day or span of days; write "12-29", "12-29/01-03" or "2027-04-01/2027-04-10"')


def _regular(value: str) -> str:
    try:
        groups_of(value)
    except NoExpression as error:
        raise ValueError(
            f"is no regular expression that can be used ({error}); mend it, or double its backslashes"
        ) from None
    return value


def _zone(value: str) -> str:
    try:
        ZoneInfo(value)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise ValueError("is no time zone; write a name such as Asia/Tokyo") from None
    return value


def _end_date(value: object) -> object:
    if isinstance(value, AfterWave):
        return value
    if isinstance(value, dict) and value.keys() == {"after"}:
        return AfterWave(wave=_name(str(value["after"])))
    try:
        return _standard_from(value)
    except ValueError as error:
        raise ValueError(f"{error}, or {{after: WAVE}}") from None


def _standard_from(value: object) -> object:
    if value in ("always", "never"):
        return value
    if not isinstance(value, str | datetime):
        raise ValueError("write an instant such as 2027-01-04T00:00:00+09:00, or never, or always")  # noqa: TRY004 - pydantic turns only ValueError into a fault
    try:
        return parse_moment(value)
    except ValueError as error:
        raise ValueError(f"{error}, or never, or always") from None


Name = Annotated[str, AfterValidator(_name), Field(json_schema_extra={"pattern": NAME_PATTERN})]
Said = Annotated[str, AfterValidator(_said)]
"""A text for people, on one line wherever it is shown: ends of lines count as blanks."""
Names = Annotated[tuple[Name, ...], BeforeValidator(listed), TEXT]
Texts = Annotated[tuple[str, ...], BeforeValidator(listed), TEXT]
Regex = Annotated[str, AfterValidator(_regular)]
ZoneName = Annotated[str, AfterValidator(_zone)]
TimeOfDay = Annotated[
    time,
    BeforeValidator(_time_of_day),
    PlainSerializer(lambda value: value.strftime("%H:%M"), return_type=str),
    WithJsonSchema({"type": "string", "pattern": TIME_PATTERN, "examples": ["06:30"]}),
]
Window = Annotated[
    str,
    BeforeValidator(_window),
    WithJsonSchema({"type": "string", "pattern": WINDOW_PATTERN, "examples": ["08:30-17:15"]}),
]
Windows = Annotated[tuple[Window, ...], BeforeValidator(listed), TEXT]
ClosedDays = Annotated[
    str,
    BeforeValidator(_closed),
    WithJsonSchema({"type": "string", "pattern": CLOSED_PATTERN, "examples": ["12-29/01-03"]}),
]
MigrationDate = Annotated[
    Any,
    BeforeValidator(_standard_from),
    WithJsonSchema({"anyOf": [MOMENT_SCHEMA, {"enum": ["always", "never"]}]}),
]
"""A ``gateway.model.StandardFrom`` as people write it."""


EndDate = Annotated[
    Any,
    BeforeValidator(_end_date),
    WithJsonSchema(
        {
            "anyOf": [
                MOMENT_SCHEMA,
                {"enum": ["always", "never"]},
                {"type": "object", "properties": {"after": {"type": "string"}}, "required": ["after"]},
            ]
        }
    ),
]
"""A date of an end's own as people write it: a ``StandardFrom``, or ``AfterWave``."""

"""What must come on a route, in which order it goes, and how much of it may wait."""

from __future__ import annotations

from typing import Annotated, Literal, Self

from pydantic import BeforeValidator, Field, field_validator, model_validator

from adapters.units import Duration
from adapters.written import Written
from gateway.config.words import Regex, TimeOfDay, Window, as_written
from gateway.expressions import groups_of


class Order(Written):
    """In which order files go, and what a gap means."""

    by: Literal["name", "date", "sequence", "found"] = Field(
        default="name", description="Files go in the order of their name, date, sequence number, or as found."
    )
    sequence: Regex | None = Field(
        default=None,
        description="Where the number stands: an expression, as RE2 reads it, with a group seq.",
    )
    header: str | None = Field(
        default=None,
        description="Item of the file's header that holds the number, where no name does; by its layout's name for it.",
    )
    per: Literal["file", "key"] = Field(
        default="file",
        description="What a file that waits or is held stops: every file behind it (file), or those that have a record "
        "of the same key (key: the items of the layout that say key: true; for changes).",
    )
    on_gap: Literal["hold", "warn"] = Field(
        default="hold", description="A number is missing: wait for it, or go on."
    )

    @field_validator("sequence")
    @classmethod
    def _names_its_group(cls, value: str | None) -> str | None:
        if value is not None and "seq" not in groups_of(value):
            raise ValueError(r'has no group named seq; write it as "_(?P<seq>\\d{6})\\."')
        return value

    @model_validator(mode="after")
    def _one_series(self) -> Self:
        if self.sequence is not None and self.header is not None:
            raise ValueError("has both sequence and header; say where the number stands once")
        return self

    @property
    def is_numbered(self) -> bool:
        """Whether the files carry numbers, of which none may be missing or come twice."""
        return self.sequence is not None or self.header is not None or self.by == "sequence"


def _parts(given: object) -> object:
    """A number of files, or the list that says it."""
    if given == "manifest" or (isinstance(given, int) and given > 0):
        return given
    raise ValueError("must be a number of files, 1 or more, or manifest")


class Expect(Written):
    """What must arrive, and by when."""

    by: TimeOfDay | None = Field(
        default=None, description="Time of day by which the files of that business date must have come."
    )
    on: Literal["every-day", "business-days", "month-end"] = Field(
        default="every-day",
        description="The days on which a file is expected; month-end: a month's last business day.",
    )
    dated: Literal["same-day", "day-before"] = Field(
        default="same-day", description="The business date of the files that are expected on a day."
    )
    warn: Duration = Field(
        default=as_written("30m"), description="How long before the deadline people are warned."
    )
    parts: Annotated[Literal["manifest"] | Annotated[int, Field(ge=1)], BeforeValidator(_parts)] = Field(
        default=1,
        description="Number of files of one delivery; manifest: as many as its list names, which come together.",
    )
    silence: Duration | None = Field(default=None, description="No file for this long is an alarm.")
    during: Window | None = Field(
        default=None, description='Silence counts only then, such as "08:30-17:15".'
    )
    empty: Literal["allowed", "refused"] = Field(
        default="refused", description="A file without records may come, or is held."
    )
    none: Literal["allowed", "refused"] = Field(
        default="refused", description="No file at all may be right, or not."
    )


class Backlog(Written):
    """How much may be on its way on a route before people are told. Held files do not count: each is told of itself."""

    age: Duration = Field(
        default=as_written("1h"), description="A file that is on its way for longer is an alarm."
    )
    files: int = Field(default=1000, ge=1, description="More files on their way than these are an alarm.")

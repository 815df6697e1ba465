"""The ends of a route: a system, and where its files are in each format."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal, Self

from pydantic import (
    AfterValidator,
    Discriminator,
    Field,
    Tag,
    ValidationInfo,
    field_validator,
    model_validator,
)

from adapters.units import Duration, Percent
from adapters.written import Dated, Short, Written
from gateway.config.gates import Early, StartFrom
from gateway.config.periods import why_not_in_turn
from gateway.config.words import AfterWave, EndDate, Name, Texts, as_written
from gateway.cutover import EndFormat, EndPlan, Stand, Stretch
from gateway.cutover import StartFrom as FirstFile
from gateway.model import Format, StandardFrom


class Stable(Written):
    """Ready when it does not change any more."""

    polls: int = Field(
        default=2, ge=1, le=100, description="Looks in a row that must show the same size and time."
    )
    quiet: Duration = Field(
        default=as_written("20s"), description="How long it must have been the same, by our own clock."
    )


class Ready(Written):
    """How a file is known to be complete at its source. One way; ``stable`` if none is written."""

    stable: Stable | None = Field(default=None, description="It does not change any more.")
    marker: str | None = Field(
        default=None, description="A second file says so: its name, such as {name}.done, in the same folder."
    )
    manifest: str | None = Field(
        default=None,
        description="A list of names, sizes and digests says so: its name, such as *.manifest, in the same folder. "
        "A file that it says to be of another format or content is held.",
    )
    trailer: bool = Field(default=False, description="The control record at the file's end says so.")
    at_once: bool = Field(
        default=False, description="A listed file is complete: the source publishes whole files only."
    )

    @model_validator(mode="before")
    @classmethod
    def _short(cls, given: Any) -> Any:
        if given in ("at-once", "stable", "trailer"):
            return {given.replace("-", "_"): {} if given == "stable" else True}
        if isinstance(given, str):
            raise ValueError(  # noqa: TRY004 - pydantic takes only ValueError for a fault
                'must be stable, at-once, trailer, or {marker: "{name}.done"}'
            )
        if isinstance(given, dict) and not given.keys() & {"marker", "manifest", "at_once", "stable"}:
            return {**given, "stable": {}}
        return given

    @model_validator(mode="after")
    def _one(self) -> Self:
        if self.at_once and (self.marker or self.stable):
            raise ValueError("at_once stands alone; remove it, or marker and stable")
        return self


class Receipt(Written):
    """The consumer's statement of what it took."""

    path: str = Field(
        description="Name of the receipt, such as {name}.ok beside the file; with a folder, from the endpoint's top."
    )
    counts: str | bool = Field(
        default=False,
        description="Item of the receipt with the number of records taken, in JSON, CSV or lines such as count=12; "
        "true: the receipt is the number alone. A number that differs from what was sent is an alarm.",
    )


class Taken(Written):
    """How it is seen that the consumer took a file."""

    by: Literal["removed", "renamed", "receipt", "none"] = Field(
        default="none",
        description="The consumer removes or renames it, or writes a receipt; none: not observed.",
    )
    within: Duration | None = Field(
        default=None, description="Not taken within this time after its delivery is an alarm."
    )
    receipt: Receipt | None = Field(default=None, description="With by: receipt.")

    @model_validator(mode="after")
    def _receipt(self) -> Self:
        if (self.by == "receipt") != (self.receipt is not None):
            raise ValueError("by: receipt and receipt: {path: ...} belong together")
        if self.within is not None and self.by == "none":
            raise ValueError("within needs by: removed, renamed or receipt; add it")
        return self


class Select(Written):
    """What of a file is sent."""

    rows: str | None = Field(default=None, description="Condition that a row must meet.")
    items: Texts = Field(default=(), description="Items that are sent; absent: all.")


class Trusted(Written):
    """When a listing of the source is believed."""

    sentinel: str | None = Field(
        default=None,
        min_length=1,
        description="File that must be there, such as out/ALIVE: without it the place is not the right one.",
    )
    drop: Percent | None = Field(
        default=None,
        description="Part of the files seen before, such as 50%, that may be gone at once, without our having put "
        "them away. If more are gone, nothing is taken until they are back or the route is read anew.",
    )


class Place(Dated):
    """Where the files of an end are in one format. In a list of places, each has its time."""

    endpoint: Name = Field(description="Endpoint, by its name in endpoints.yaml.")
    path: str = Field(
        min_length=1,
        description="From: pattern of the files to take; {date} {time} {seq} match and capture, * and ? "
        "match within a folder. To: name to write, with {date} {time} {seq} {name} {stem} {suffix} {revision} {part}. "
        "Standardized, with / at its end: the folder; names are as the profile's naming says.",
    )
    layout: Name | None = Field(
        default=None,
        description="Layout, by its name in layouts/, or in that of the vendor's own folder; absent: bytes that are "
        "never converted.",
    )
    profile: Name | None = Field(default=None, description="CSV profile, by its name in profiles/.")
    ready: Annotated[Ready, Short({"enum": ["stable", "at-once", "trailer"]})] = Field(
        default=Ready(stable=Stable()), description="From: how a file is known to be complete."
    )
    content: Literal["full", "differential"] | None = Field(
        default=None, description="Whether a file holds everything, or changes only."
    )
    supersede: bool = Field(
        default=True,
        description="With content: full: of several files that wait only the newest is sent. Write false where "
        "each of them holds a part of everything.",
    )
    exists: Literal["refuse", "wait", "replace"] = Field(
        default="refuse",
        description="To: a file of that name is there already. refuse holds ours, wait lets the consumer "
        "take the last one first, replace (only content: full) replaces it.",
    )
    taken: Taken = Field(default=Taken(), description="To: how it is seen that the consumer took the file.")
    select: Select = Field(default=Select(), description="To: what is sent; absent: everything.")
    complete_by: Literal["trailer", "count", "marker"] | None = Field(
        default=None,
        description="To: how the consumer knows a complete file. Required where the endpoint says publish: direct, "
        "because a partial file can be seen there.",
    )
    marker: str | None = Field(
        default=None, description="To: a second, empty file written after the file, such as {name}.done."
    )
    manifest: str | None = Field(
        default=None,
        description="To: a list of names, sizes, digests, records and mode (format, full or differential), "
        "written when the file, or the last of its "
        "parts, is there: its name, such as {stem}.manifest, beside the first part.",
    )
    identity: Literal["listing", "content"] = Field(
        default="listing",
        description="From: a file is known by the listing, or by its content where that is not enough: then it is read "
        "twice, and taken if both readings are the same.",
    )
    handover: Literal["shared", "exclusive"] = Field(
        default="shared",
        description="From: exclusive where the source writes only after the last file is gone. Required where "
        "files are removed at an endpoint with publish: direct, which cannot rename.",
    )
    listing: Trusted = Field(default=Trusted(), description="From: when a listing is believed.")

    @property
    def key(self) -> str:
        """What tells it from the end's other places."""
        return f"{self.endpoint}:{self.path}"

    @field_validator("exists")
    @classmethod
    def _replace_full_only(cls, value: str, info: ValidationInfo) -> str:
        if value == "replace" and info.data.get("content", "full") != "full":
            raise ValueError(
                "may be replace only with content: full, or changes are lost; write refuse or wait, or content: full"
            )
        return value


_ONE, _SEVERAL = "(one)", "(several)"
"""Names of the two forms, which faults do not take for keys."""


def _one_or_more(given: Any) -> str:
    return _SEVERAL if isinstance(given, list | tuple) else _ONE


def _in_turn(given: Place | tuple[Place, ...]) -> Place | tuple[Place, ...]:
    if isinstance(given, Place):
        if given.start or given.until:
            raise ValueError(
                "from and until belong to a list of places; write - before each place, or remove them"
            )
        return given
    if reason := why_not_in_turn(given):
        raise ValueError(reason)
    ends = (*(following.start for following in given[1:]), None)
    return tuple(place.model_copy(update={"until": end}) for place, end in zip(given, ends, strict=True))


Places = Annotated[
    Annotated[Place, Tag(_ONE)] | Annotated[tuple[Place, ...], Tag(_SEVERAL), Field(min_length=1)],
    Discriminator(_one_or_more),
    AfterValidator(_in_turn),
]
"""One place, or a list of dated ones."""


class End(Written):
    """One side of a route."""

    system: Name = Field(description="System, by its name in systems.yaml.")
    legacy: Places | None = Field(
        default=None, description="Where files are in the legacy format: a place, or a list of dated ones."
    )
    standard: Places | None = Field(
        default=None,
        description="Where files are in the standardized format: a place, or a list of dated ones.",
    )
    standard_from: EndDate = Field(
        default=None,
        validate_default=False,
        description="A date of this end's own, or never, or always, or {after: WAVE}: once that wave has switched; "
        "absent: the system's.",
    )
    early: Early = Field(
        default="compare",
        description="From: a file lies in the new place before the cutover. It is never delivered by itself: "
        "compare takes it as material for comparisons, wait keeps it until the cutover, ignore leaves it alone.",
    )
    start_from: StartFrom | None = Field(
        default=None,
        description="From: the first file in the new place that counts; absent: by business date, from the day of "
        "the cutover on.",
    )
    pending: Literal["reconvert", "hold"] = Field(
        default="reconvert",
        description="To: what was taken before the cutover and not yet sent is converted anew, or held.",
    )

    @property
    def own_date(self) -> StandardFrom | None:
        """The end's own migration date, if it has one; of a wave that it follows, the wave's instant."""
        written = self.standard_from
        moved: StandardFrom | None = written.at if isinstance(written, AfterWave) else written
        return moved

    @property
    def follows(self) -> str | None:
        """The wave after which it switches, if it does so."""
        return self.standard_from.wave if isinstance(self.standard_from, AfterWave) else None

    def places(self, format_: Format) -> tuple[Place, ...]:
        """Every place that the end has in a format, in order of time; none if it does not offer the format."""
        found = self.legacy if format_ is Format.LEGACY else self.standard
        if found is None:
            return ()
        return (found,) if isinstance(found, Place) else found

    def plan(self, formats: EndFormat) -> EndPlan:
        """All that decides where the end is to stand."""
        return EndPlan(
            formats=formats,
            places={
                format_: tuple(Stretch(place=one.key, start=one.start) for one in self.places(format_))
                for format_ in Format
            },
        )

    @property
    def first_counted(self) -> FirstFile | None:
        """The first early file that counts, as a value; None if nothing is stated."""
        start = self.start_from
        return None if start is None else FirstFile(name=start.name, sequence=start.sequence, time=start.time)

    def place_of(self, stand: Stand) -> Place:
        """The place of a stand. Raises ``LookupError`` if the end no longer has it."""
        found = next((one for one in self.places(stand.format) if one.key == stand.place), None)
        if found is None:
            raise LookupError(stand)
        return found

    @property
    def all_places(self) -> tuple[Place, ...]:
        """Its places in both formats."""
        return (*self.places(Format.LEGACY), *self.places(Format.STANDARD))

    def place(self, format_: Format, at: datetime | None = None) -> Place | None:
        """The place in a format at an instant, if the end offers one.

        ``at`` may be left out where there is but one; raises ``ValueError`` if there are several then.
        """
        found = self.places(format_)
        if at is None and len(found) > 1:
            raise ValueError("which of several dated places is meant depends on the instant")
        return next((place for place in found if at is None or place.covers(at)), None)

"""``systems.yaml`` and ``endpoints.yaml``: who speaks what from when, and where files are. By operators."""

from __future__ import annotations

from datetime import date, datetime
from functools import cached_property
from typing import Annotated, Any, Literal, Self

from pydantic import AfterValidator, BeforeValidator, Field, model_validator

from adapters import trust
from adapters.units import Rate
from adapters.written import TEXT, Dated, Moment, Short, Written
from gateway.config.ends import End
from gateway.config.gates import Gate
from gateway.config.installation import Contact
from gateway.config.periods import why_not_apart
from gateway.config.words import AfterWave, EndDate, MigrationDate, Name, Said, Windows
from gateway.model import StandardFrom

Environment = Literal["production", "verification-core", "verification-information"]
Zone = Literal["on-prem", "gov-cloud", "other-cloud", "outside"]


class System(Written):
    """A business system: who runs it, and from when it speaks the standardized format."""

    title: Said = Field(default="", description="The system's name for people.")
    business_id: str | None = Field(
        default=None, pattern=r"^\d{3}$", description='The three digits of the standard, such as "001".'
    )
    vendor: str = Field(default="", description="Who runs the system.")
    written: MigrationDate = Field(
        default=None,
        alias="standard_from",
        validate_default=False,
        description="The instant from which the system speaks the standardized format, or never, or always. "
        "A member of a wave may leave it out: the wave's instant holds.",
    )
    gate: Gate = Field(
        default=Gate(),
        description="What must be true before it changes its format or a place; a wave has its own.",
    )
    contact: Annotated[Contact, TEXT] = Field(default=Contact(), description="Whom to call.")

    @property
    def standard_from(self) -> StandardFrom:
        """The migration date; a wave's instant has been filled in where the system left it out."""
        assert self.written is not None, "the loader rejects systems without a date"
        moved: StandardFrom = self.written
        return moved


class Wave(Gate):
    """Systems or routes that switch together, all or nothing: one gate, one instant."""

    members: tuple[Name, ...] = Field(min_length=1, description="Systems or routes that switch together.")
    at: Moment = Field(description="The instant at which they switch.")


class Freeze(Written):
    """Days on which nothing goes forward to the standardized format."""

    start: date = Field(alias="from", description="First day.")
    end: date = Field(alias="to", description="Last day, included.")
    reason: Said = Field(default="", description="Why, for people.")

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if self.end < self.start:
            raise ValueError("a freeze that ends before it begins; exchange from and to")
        return self

    def covers(self, instant: datetime) -> bool:
        """Whether the instant falls on a frozen day, read in its own offset."""
        return self.start <= instant.date() <= self.end


class Accepted(Written):
    """An operator's acceptance of a date that a vendor's route states for one of its ends."""

    route: Name = Field(description="The route, by the name of its file.")
    end: Literal["from", "to"] = Field(description="The end that has a date of its own.")
    written: EndDate = Field(
        alias="standard_from",
        description="The date that is accepted: the one that the end states, another one than its system's.",
    )
    reason: Said = Field(min_length=1, description="Why, for people.")

    def covers(self, end: End) -> bool:
        """Whether the date that an end states is the one that is accepted."""
        if isinstance(self.written, AfterWave):
            return end.follows == self.written.wave
        return bool(self.written == end.own_date)


class Systems(Written):
    """``systems.yaml``: systems, waves, freezes, and accepted dates of routes."""

    systems: dict[Name, System] = Field(description="Business systems by name.")
    waves: dict[Name, Wave] = Field(
        default={}, description="Systems or routes that switch together, by name."
    )
    freezes: tuple[Freeze, ...] = Field(default=(), description="Days on which nothing goes forward.")
    accepted: tuple[Accepted, ...] = Field(
        default=(), description="Dates of routes' own, other than their systems', that an operator accepts."
    )


class TimedRate(Written):
    """A rate, and when it holds."""

    during: Windows = Field(default=(), description='Times of day, such as "08:00-18:00"; absent: always.')
    rate: Rate = Field(description="Bytes a second.")


class EndpointLimits(Written):
    """What may be asked of a place."""

    connections: int | None = Field(
        default=None, ge=1, le=64, description="Connections at one time; 1 for most mainframes."
    )
    bandwidth: Annotated[
        tuple[TimedRate, ...],
        BeforeValidator(lambda value: ({"rate": value},) if isinstance(value, str) else value),
        TEXT,
    ] = Field(
        default=(),
        description="Bytes a second: one rate, or a list of rates with the times of day at which they hold. "
        "The first that holds counts; where none does, nothing is bounded.",
    )
    verbs: Annotated[float | None, Field(gt=0, le=10000)] = Field(
        default=None,
        description="How many verbs (list, look, read, write, rename, remove) may begin in a second. "
        "Each is a few commands of its protocol.",
    )


class Maintenance(Written):
    """When a place is expected to be away: no attempts, no alarms, deadlines shifted."""

    windows: Windows = Field(default=(), description='Times of day, such as "02:00-04:00".')
    calendar: Literal["every-day", "business-days", "closed-days"] = Field(
        default="every-day", description="The days on which the windows hold."
    )


class Variant(Dated):
    """A place's address, credentials or other keys of its adapter, as they are for a time."""

    options: Any = Field(default=None, description="What the adapter needs then; made by the loader.")


def _apart(variants: tuple[Variant, ...]) -> tuple[Variant, ...]:
    if reason := why_not_apart(variants):
        raise ValueError(reason)
    return variants


class Endpoint(Written):
    """A place: the keys that every place has. The others belong to its adapter and stand in ``options``."""

    adapter: str = Field(description="Kind of place: ftp, sftp, s3 or local.")
    environment: Environment = Field(
        default="production", description="Never may a route join two different environments."
    )
    zone: Zone = Field(default="on-prem", description="Where the place stands.")
    title: Said = Field(default="", description="The place's name for people.")
    owner: Said = Field(default="", description="Who answers for the place.")
    contact: Annotated[Contact, TEXT] = Field(default=Contact(), description="Whom to call.")
    owner_object: bool = Field(
        default=True,
        description="Keep a small file .lgw-owner-ROUTE beside what a route delivers here, by which a second gateway "
        "with the same route is noticed and stopped. false: for consumers that take every file.",
    )
    limits: EndpointLimits = Field(default=EndpointLimits(), description="What may be asked of the place.")
    maintenance: Annotated[
        tuple[Maintenance, ...],
        BeforeValidator(lambda v: (v,) if isinstance(v, dict) else v),
        Short({"type": "object"}),
    ] = Field(default=(), description="When the place is expected to be away.")
    variants: Annotated[tuple[Variant, ...], AfterValidator(_apart)] = Field(
        default=(),
        description="Other addresses, credentials or keys of the adapter from an instant on, such as a new line or "
        "host key: what stands in a variant takes the place of the same key above.",
    )
    options: Any = Field(
        default=None, description="What the adapter needs; the model of ADAPTERS[adapter].options."
    )

    @cached_property
    def _lasts(self) -> bool:
        """Whether the options hold at every instant: each file asks for them several times."""
        return not self.variants and isinstance(self.options, Written) and not trust.is_dated(self.options)

    def options_at(self, instant: datetime) -> Any:
        """What the adapter needs at an instant: the options that hold then, with what is trusted then."""
        if self._lasts:
            return self.options
        holding = (variant.options for variant in reversed(self.variants) if variant.covers(instant))
        return trust.at(next(holding, self.options), instant)


class Endpoints(Written):
    """``endpoints.yaml``: places by name."""

    endpoints: dict[Name, Endpoint] = Field(description="Places by name.")

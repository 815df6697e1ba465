"""``routes/<vendor>/<route>.yaml``: one route a file. Written by vendors."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Annotated, Any, Literal, Self

from pydantic import Field, ValidationInfo, field_validator, model_validator

from adapters.units import Duration, Percent, Rate, Size
from adapters.written import Short, Written
from gateway.config.arrivals import Backlog, Expect, Order
from gateway.config.comparing import Compare
from gateway.config.ends import End, Place
from gateway.config.words import UNWRITTEN, Name, Names, Regex, Said, Texts, TimeOfDay, Windows, as_written
from gateway.model import Format
from gateway.times.schedule import why_no_cron

Sensitive = Literal["mynumber", "protected-person"]
"""Kinds of items whose carrying needs a legal ground."""


class Linkage(Written):
    """The linkage's identity in the linkage inventory (連携一覧)."""

    id: Said = Field(min_length=1, description="Linkage ID (連携ID), such as 001o001.")
    branch: Said = Field(default="00", description='Branch (枝番), in quotes: "00".')
    section: Said = Field(default="", description="Where the standard describes it (標準仕様書関連箇所).")
    group: Said = Field(default="", description="Name of the group of functions (連携機能名Lv1).")
    name: Said = Field(default="", description="Name of the linked function (連携機能名Lv2).")
    description: Said = Field(default="", description="Who does what with which data of whom (機能説明).")
    kind: Said = Field(default="", description="Whether it must be implemented (実装類型).")
    review: Said = Field(default="", description="Whether it is still to be examined (検討要否).")
    current_id: Said = Field(default="", description="ID of today's linkage (現行連携ID).")
    current_system: Said = Field(
        default="", description="Name of today's partner system (現行連携先システム名)."
    )
    supplied: Said = Field(default="", description="When the data are supplied (提供時期).")
    remarks: Said = Field(default="", description="Remarks (備考).")


class Schedule(Written):
    """When a route looks for files: exactly one of ``every``, ``cron``, ``watch``, ``after``."""

    every: Duration | None = Field(
        default=None, description="At multiples of this time on the wall clock: 10m is :00 :10 :20."
    )
    cron: str | None = Field(
        default=None, description='Minute, hour, day, month, weekday, such as "30 6 * * 1-5".'
    )
    watch: bool = Field(default=False, description="At once when something arrives, and every poll besides.")
    poll: Duration = Field(
        default=as_written("60s"), description="With watch: how often to look without a sign."
    )
    after: Names = Field(default=(), description="When these routes have finished a run.")
    windows: Windows = Field(default=(), description='Only at these times of day, such as "08:00-20:00".')
    calendar: Literal["every-day", "business-days"] = Field(
        default="every-day", description="Only on these days."
    )
    jitter: Duration = Field(
        default=as_written("0s"),
        description="A random delay up to this, so that routes do not start together.",
    )
    misfire: Literal["run", "skip"] = Field(
        default="run", description="Runs missed while the gateway was down: run once at start, or skip."
    )
    overlap: Literal["skip", "queue"] = Field(
        default="skip",
        description="A run falls due while the last one is still going: skip it, or run it after.",
    )

    @field_validator("every", "poll")
    @classmethod
    def _positive(cls, value: timedelta | None) -> timedelta | None:
        if value is not None and value < timedelta(seconds=1):
            raise ValueError("is too short; write 1s or more")
        return value

    @field_validator("cron")
    @classmethod
    def _readable(cls, value: str | None) -> str | None:
        if value is not None and (reason := why_no_cron(value)):
            raise ValueError(f"is no cron expression ({reason}); write five fields such as 30 6 * * 1-5")
        return value

    @model_validator(mode="after")
    def _one(self) -> Self:
        if sum((self.every is not None, self.cron is not None, self.watch, bool(self.after))) != 1:
            raise ValueError("needs exactly one of every, cron, watch, after")
        return self


class After(Written):
    """What becomes of the source file when it was delivered."""

    action: Literal["keep", "archive", "delete", "move"] = Field(
        description="keep, archive, delete, or move."
    )
    to: str | None = Field(
        default=None, description="With move: the name that the file gets, such as done/{name}."
    )

    @model_validator(mode="before")
    @classmethod
    def _short(cls, given: Any) -> Any:
        if given in ("keep", "archive", "delete"):
            return {"action": given}
        if isinstance(given, str):
            raise ValueError(  # noqa: TRY004 - pydantic takes only ValueError for a fault
                "must be keep, archive, delete, or {move_to: done/{name}}"
            )
        if (
            isinstance(given, dict)
            and len(given) == 1
            and next(iter(given)) in ("move to", "move_to", "move")
        ):
            return {"action": "move", "to": next(iter(given.values()))}
        return given

    @model_validator(mode="after")
    def _where(self) -> Self:
        if (self.action == "move") != (self.to is not None):
            raise ValueError("must be keep, archive, delete, or {move_to: done/{name}}")
        return self


_SHORT_AFTER = Short(
    {
        "anyOf": [
            {"enum": ["keep", "archive", "delete"]},
            {"type": "object", "properties": {"move_to": {"type": "string"}}, "required": ["move_to"]},
        ]
    }
)


class Fast(Written):
    """The first retries."""

    times: int = Field(default=5, ge=0, le=100, description="How many.")
    within: Duration = Field(default=as_written("5m"), description="Spread over this time.")


class Slow(Written):
    """The retries after the first ones."""

    every: Duration = Field(default=as_written("15m"), description="How often.")
    until: TimeOfDay | None = Field(
        default=None, description="Time of day at which they end and the file is held; absent: they go on."
    )

    @field_validator("every")
    @classmethod
    def _not_at_once(cls, value: timedelta) -> timedelta:
        if value < timedelta(seconds=1):
            raise ValueError("is too short; write 1s or more")
        return value


class Retry(Written):
    """What follows an attempt that failed for a reason that may pass."""

    fast: Fast = Field(default=Fast(), description="The first retries.")
    slow: Slow = Field(default=Slow(), description="The retries after them.")


class RouteLimits(Written):
    """What one route may use or send."""

    records_per_file: int | None = Field(
        default=None,
        ge=1,
        description="The destination takes no more records in a file: longer ones are split.",
    )
    bytes_per_file: Size | None = Field(
        default=None,
        ge=1,
        description="The destination takes no more bytes in a file, before compression: longer ones are split.",
    )
    spool: Size | None = Field(
        default=None,
        ge=1,
        description="Room that unfinished and held files of the route may take on disk, so that others have theirs.",
    )
    bandwidth: Rate | None = Field(
        default=None, description="Bytes a second of the route's files, on their way in and out."
    )


class Full(Written):
    """How often a full file is made out of differences."""

    every: Duration = Field(
        description="A full file goes out with the first file of changes that comes so long after the last one."
    )


class Delta(Written):
    """Full files become differences (``content: full`` to ``differential``), or differences full files."""

    key: Texts = Field(
        min_length=1,
        description="Items that identify a row, by name or ID: of the destination's layout where differences are "
        "made, of the source's where full files are made of them. That layout says in changes how a change is told.",
    )
    shrink: Percent = Field(
        default=as_written("20%"),
        description="More deletions than this part of the rows that were there hold the file: the source may have "
        "put out a part only. A release lets it go on.",
    )
    baseline: Literal["inserts", "whole"] = Field(
        default="inserts",
        description="How the first full file goes out, and the one after rebaseline: all rows as new ones, or "
        "the full file itself.",
    )
    full: Full | None = Field(default=None, description="Make a full file out of differences, so often.")


class Route(Written):
    """One linkage (連携): two ends, a schedule, and what happens on the way."""

    name: str = Field(json_schema_extra=UNWRITTEN, description="The name of its file.")
    vendor: str = Field(json_schema_extra=UNWRITTEN, description="The vendor in whose folder the file is.")
    title: Said = Field(default="", description="The route's name for people.")
    node: Name | None = Field(
        default=None,
        description="The only node that carries the route, where several share the routes (cluster). Needed where "
        "publish is direct, and with delta unless kept_dir is common to all: what a lost node does there cannot be "
        "kept from being seen, or its state lies with it alone. cluster move binds it to another one.",
    )
    linkage: Linkage | None = Field(default=None, description="Its identity in the linkage inventory.")
    source: End = Field(alias="from", description="Where files come from.")
    to: End = Field(description="Where files go.")
    convert: Names = Field(
        default=(), description="Mappings, by name; each is chosen by the two layouts that it joins."
    )
    reason: Said | None = Field(default=None, description="With pass_through: why that is right.")
    pass_through: bool = Field(
        default=False, description="Bytes go unchanged although the two forms differ. Needs a reason."
    )
    schedule: Schedule = Field(description="When the route looks for files.")
    order: Order | None = Field(default=None, description="In which order files go.")
    expect: Expect | None = Field(default=None, description="What must arrive, and by when.")
    after: Annotated[After, _SHORT_AFTER] = Field(
        default=After(action="keep"), description="What becomes of a delivered source file."
    )
    retry: Retry = Field(default=Retry(), description="What follows an attempt that failed.")
    limits: RouteLimits = Field(default=RouteLimits(), description="What the route may use or send.")
    backlog: Backlog = Field(
        default=Backlog(), description="How much may be on its way before people are told."
    )
    bad_records: Literal["hold", "divert"] = Field(
        default="hold",
        description="A file has records that cannot be converted: hold it as a whole, or let it go on without them. "
        "They then wait to be corrected, and follow as a file of the same name and day.",
    )
    revisions: Literal["deliver", "hold"] = Field(
        default="deliver",
        description="The same name comes with new content: deliver it as a revision, or hold it.",
    )
    unchanged: Literal["skip", "deliver"] | None = Field(
        default=None,
        description="A file comes again with the same content; absent: deliver if differential, else skip.",
    )
    verify: Literal["none", "sampled", "full"] = Field(
        default="none", description="Read delivered files back and compare: never, some, or all."
    )
    shadow: Place | None = Field(
        default=None, description="A second place that gets the other format, for comparison."
    )
    compare: Compare | None = Field(
        default=None, description="Compare old and new deliveries; a cutover's gate can ask for clean ones."
    )
    delta: Delta | None = Field(
        default=None, description="Turn full files into differences, or differences into full files."
    )
    keep_last: int | None = Field(
        default=None,
        ge=1,
        description="Keep at least so many of the newest originals, however long ago they came.",
    )
    name_mask: Regex | None = Field(
        default=None, description="What this matches in a file's name is hidden in logs, page and alarms."
    )
    carries: dict[Sensitive, Annotated[Said, Field(min_length=1)]] = Field(
        default={},
        description="Sensitive kinds of items that it carries (mynumber, protected-person), each with its legal "
        "ground. Needed where an item of its layouts is marked sensitive.",
    )

    @field_validator("pass_through")
    @classmethod
    def _reasoned(cls, value: bool, info: ValidationInfo) -> bool:  # noqa: FBT001 - pydantic's form of a validator
        if value and "reason" in info.data and not (info.data["reason"] or "").strip():
            raise ValueError("needs a reason; write beside it reason: and why unchanged bytes are right")
        return value

    def end(self, side: Literal["from", "to"]) -> End:
        """The end on a side."""
        return self.source if side == "from" else self.to

    def places(self, side: Literal["from", "to"], format_: Format) -> tuple[Place, ...]:
        """Every place of an end in a format, in order of time."""
        return self.end(side).places(format_)

    def bridge(self, source: Place, target: Place) -> Literal["from", "to"] | None:
        """The end in whose form the state of all rows is kept, where the contents of two places differ.

        ``to``: differences are made of full files. ``from``: full files are made of differences. None: neither.
        """
        if self.delta is None or {source.content, target.content} != {"full", "differential"}:
            return None
        return "to" if source.content == "full" else "from"

    @property
    def per_key(self) -> bool:
        """Whether a file stops only those behind it that have a record of the same key."""
        return self.order is not None and self.order.per == "key"

    def holds_everything(self, source: Place, target: Place) -> bool:
        """Whether a file that comes in holds everything, so that a newer one takes its place."""
        return (source.content or target.content) == "full"

    def place(self, side: Literal["from", "to"], format_: Format, at: datetime | None = None) -> Place | None:
        """The place of an end in a format at an instant, if it offers one; see ``End.place``."""
        return self.end(side).place(format_, at)

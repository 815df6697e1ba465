"""``gateway.yaml``: what holds for the whole installation. Written by operators."""

from __future__ import annotations

import re
from collections import Counter
from datetime import time
from pathlib import Path
from typing import Annotated, Any, Literal, Self
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from pydantic import AfterValidator, BeforeValidator, Field, field_validator, model_validator

from adapters.credentials.secret import SecretRef
from adapters.units import Duration, Rate, Size
from adapters.written import TEXT, Written
from gateway.config.alerts import Alert
from gateway.config.cluster import Cluster
from gateway.config.console import Console
from gateway.config.words import (
    ClosedDays,
    Name,
    Names,
    Said,
    Texts,
    TimeOfDay,
    Windows,
    ZoneName,
    as_written,
    listed,
)
from gateway.signing import public_key


class Identity(Written):
    """Who this gateway is and where it keeps its state."""

    name: Name = Field(description="Name of this gateway, shown on every log line and page.")
    timezone: ZoneName = Field(
        default="Asia/Tokyo", description="Zone of schedules, names and logs, such as Asia/Tokyo."
    )
    state_dir: Path = Field(
        default=Path("var"),
        description="Folder of journal and spool; a relative path starts at the folder of this file. "
        "One gateway at a time may use it.",
    )
    kept_dir: Path | None = Field(
        default=None,
        description="Folder of kept files (originals, converted files, rows of differences) on a disk that outlives "
        "this machine, such as a mounted share; absent: in state_dir. Where several machines share the routes all of "
        "them reach it, and each finds what another one kept. No other gateway may keep there.",
    )
    business_day_starts: TimeOfDay = Field(
        default=time(0), description="A file admitted before this time of day belongs to the day before."
    )
    drain: Duration = Field(
        default=as_written("30s"),
        description="How long running transfers may still take when the gateway is stopped.",
    )


class Journal(Written):
    """Where the journal of all transfers is."""

    url: str = Field(
        default="sqlite:///{state_dir}/journal.db",
        pattern=r"^(sqlite:///|postgresql://).+",
        description="sqlite:/// and a file, or postgresql:// and a database; {state_dir} is filled in.",
    )
    password: SecretRef | None = Field(
        default=None, description="Password of the database's user; absent: as libpq finds it, or none."
    )

    @field_validator("url")
    @classmethod
    def _without_password(cls, url: str) -> str:
        if url.startswith("postgresql://") and urlsplit(url).password:
            raise ValueError("a password may not be written here; write password: {env: NAME}")
        return url


JOURNALD = "/run/systemd/journal/socket"


class LogTarget(Written):
    """One place where log lines go. Written as ``stdout``, ``stderr``, ``journald``, a file's path, or in full."""

    stream: Literal["stdout", "stderr"] | None = Field(default=None, description="A stream of the process.")
    file: Path | None = Field(
        default=None, description="A file, rotated. A relative path starts where the gateway is started."
    )
    max_size: Size = Field(default=as_written("100MiB"), description="Size at which the file is rotated.")
    keep: int = Field(default=14, ge=1, le=3650, description="How many rotated files are kept.")
    syslog: str | None = Field(default=None, description="Host and port, or socket, of a syslog server.")
    journald: str | None = Field(
        default=None,
        description="Socket of systemd's journal; ``journald`` alone is that of the machine. Each key is a field.",
    )

    @model_validator(mode="before")
    @classmethod
    def _short(cls, given: Any) -> Any:
        if isinstance(given, str):
            short = {"stdout": "stream", "stderr": "stream", "journald": "journald"}
            return {short.get(given, "file"): JOURNALD if given == "journald" else given}
        return given

    @model_validator(mode="after")
    def _one(self) -> Self:
        if sum(way is not None for way in (self.stream, self.file, self.syslog, self.journald)) != 1:
            raise ValueError("write exactly one of stream, file, syslog, journald")
        return self


class Log(Written):
    """How the gateway logs."""

    format: Literal["json", "text"] = Field(
        default="json", description="json: one object a line, for monitoring products; text: for people."
    )
    level: Literal["debug", "info", "warning", "error"] = Field(
        default="info", description="The least important events that are written."
    )
    to: Annotated[LogTarget, TEXT] = Field(
        default=LogTarget(stream="stdout"), description="Where log lines go."
    )


class Traces(Written):
    """Traces of OpenTelemetry; needs the extra ``linkage-gateway[traces]``."""

    endpoint: str = Field(
        description="Where they go: OTLP over HTTP, such as http://127.0.0.1:4318/v1/traces.",
        pattern=r"^https?://\S+$",
    )


class Limits(Written):
    """What the whole gateway may use."""

    transfers: int = Field(default=8, ge=1, le=256, description="Transfers under way at one time.")
    bandwidth: Rate | None = Field(default=None, description="Bytes a second over all endpoints together.")
    spool: Size = Field(
        default=as_written("20GiB"), description="Room that unfinished files may take on disk."
    )
    free: Size = Field(
        default=as_written("256MiB"),
        description="Room on the disk of state_dir that no file is taken into: the journal can always be written.",
    )
    originals: Size | None = Field(
        default=None,
        description="Room that kept originals are meant to take on disk: an alarm tells of 80 %. "
        "Nothing is erased for it before its time.",
    )


class Retention(Written):
    """How long each store keeps what it holds. None is endless."""

    originals: Duration = Field(
        default=as_written("35d"),
        description="Files as they were received, after their last use, compressed.",
    )
    converted: Duration = Field(
        default=as_written("7d"), description="Files as they were delivered, where converted, compressed."
    )
    held: Duration = Field(
        default=as_written("90d"),
        description="Files that wait for a person. Longer is an alarm; nothing undecided is erased.",
    )
    diverted: Duration = Field(
        default=as_written("90d"), description="Records taken out of their files, and their sheets."
    )
    corrected: Duration = Field(default=as_written("90d"), description="Sheets that staff corrected.")
    comparison: Duration = Field(
        default=as_written("35d"),
        description="How far back deliveries are compared, and how long reports are kept.",
    )
    shadow: Duration = Field(default=as_written("35d"), description="Shadow output.")
    delta: Duration = Field(
        default=as_written("400d"),
        description="The ways back to earlier states of routes with delta. The rows that hold now are always kept.",
    )
    rehearsal: Duration = Field(default=as_written("14d"), description="Results of rehearsals.")
    backups: Duration = Field(
        default=as_written("35d"),
        description="Backups of the journal, and journals that a restore moved aside. The newest backup stays.",
    )
    journal: Duration = Field(
        default=as_written("400d"), description="Rows of finished transfers that nothing needs any more."
    )


class EncryptionKey(Written):
    """A key of files at rest."""

    id: str = Field(
        pattern=r"^[A-Za-z0-9][A-Za-z0-9_.-]{0,63}$",
        description="Name of the key, such as 2027-04; it stands in each file that is encrypted with it.",
    )
    key: SecretRef = Field(
        description="Where the key is: a line AGE-SECRET-KEY-1..., as `encryption new-key` or age-keygen makes it."
    )


class Encryption(Written):
    """Encryption of the files that the gateway keeps below state_dir and kept_dir."""

    keys: tuple[EncryptionKey, ...] = Field(
        min_length=1, description="The first encrypts new files; each opens what was encrypted with it."
    )
    work: Path = Field(
        default=Path("/dev/shm"),  # noqa: S108 - in memory, and a folder of its own with mode 0700 in it
        description="Folder in memory (tmpfs) for what a comparison must read unencrypted while it runs.",
    )

    @field_validator("keys")
    @classmethod
    def _told_apart(cls, keys: tuple[EncryptionKey, ...]) -> tuple[EncryptionKey, ...]:
        twice = [id_ for id_, count in Counter(one.id for one in keys).items() if count > 1]
        if twice:
            raise ValueError(f"two keys have the id {twice[0]}; give each its own")
        return keys


class Calendar(Written):
    """Business days."""

    holidays: Literal["jp", "none"] = Field(
        default="jp", description="Public holidays that are no business days."
    )
    closed: tuple[ClosedDays, ...] = Field(
        default=(), description='More days closed: "12-29/01-03" every year, or with a year.'
    )
    extra: Path | None = Field(
        default=None, description="A file with further days, open: and closed:, each as above."
    )


class ExtraDays(Written):
    """A file of further days, such as ``calendars/city.yaml``."""

    open: tuple[ClosedDays, ...] = Field(
        default=(), description="Days that are open whatever else says that they are not."
    )
    closed: tuple[ClosedDays, ...] = Field(default=(), description="Further closed days.")


class Contact(Written):
    """Whom to call. Stands in each alarm and on the status page."""

    desk: Said = Field(default="", description="Desk or person.")
    telephone: Said = Field(default="", description="Telephone number; in quotes.")
    mail: Said = Field(default="", description="Mail address.")
    hours: Said = Field(default="", description="When somebody answers.")

    @model_validator(mode="before")
    @classmethod
    def _short(cls, given: Any) -> Any:
        return {"desk": given} if isinstance(given, str) else given


class MayUse(Written):
    """The bounds of a vendor's routes. What is left out is not bounded."""

    endpoints: Names | None = Field(default=None, description="Endpoints that the vendor's routes may use.")
    prefixes: Texts | None = Field(
        default=None, description="Beginnings, one of which every path of the vendor's routes must have."
    )
    routes: int = Field(
        default=1000,
        ge=1,
        le=100_000,
        description="How many files of routes are read of the vendor's folder, at 16 KiB each on average; others "
        "are left out, with an error.",
    )
    every: Duration | None = Field(
        default=None, description="The vendor's routes may look no more often than this, such as 5m."
    )
    windows: Windows = Field(
        default=(),
        description='The vendor\'s routes may run only at these times of day, such as "06:00-22:00"; each route '
        "says windows within them.",
    )
    tolerances: bool = Field(
        default=False,
        description="Whether the vendor's routes may go by registers of tolerated differences in its own folder: a "
        "gate counts such differences as none.",
    )
    rate: Rate | None = Field(
        default=None,
        description="Bytes a second of all routes of the vendor together, to and from all places.",
    )


def _in_routes(value: str) -> str:
    if re.fullmatch(r"routes/[^/\s]+/?", value) and not value.startswith("routes/."):
        return value
    raise ValueError("must be a folder in routes, such as routes/vendor-b")


def _key(value: str) -> str:
    public_key(value)
    return value


class Vendor(Written):
    """A vendor who writes routes."""

    title: Said = Field(default="", description="The vendor's name for people.")
    routes: Annotated[str, AfterValidator(_in_routes)] | None = Field(
        default=None, description="Folder of the vendor's routes; absent: routes/ and the vendor's name."
    )
    may_use: MayUse = Field(default=MayUse(), description="What the vendor's routes may use.")
    contact: Annotated[Contact, TEXT] = Field(default=Contact(), description="Whom to call.")
    signed_by: Annotated[tuple[Annotated[str, AfterValidator(_key)], ...], BeforeValidator(listed), TEXT] = (
        Field(
            default=(),
            description="Public keys, as ssh-keygen -t ed25519 writes them, by which the vendor signs its bundles. "
            "Once one is written, no file of the vendor is read that it has not signed.",
        )
    )


class Clock(Written):
    """How far this machine's clock is trusted."""

    max_step: Duration = Field(
        default=as_written("5s"),
        description="A larger jump of the clock stops cutovers and purges, with an alarm.",
    )
    synchronised: Literal["required", "assumed"] = Field(
        default="assumed",
        description="`required`: they stop as well, with an alarm, while the kernel knows of no time service that "
        "keeps the clock right; `assumed`: it is not asked.",
    )


class Installation(Written):
    """``gateway.yaml``, one per installation."""

    gateway: Identity = Field(description="Who this gateway is and where it keeps its state.")
    journal: Journal = Field(default=Journal(), description="Where the journal is.")
    cluster: Cluster | None = Field(
        default=None, description="Several machines that share the routes; absent: this one carries them all."
    )
    log: Log = Field(default=Log(), description="How the gateway logs.")
    traces: Traces | None = Field(default=None, description="Where traces go; absent: none are made.")
    console: Console = Field(default=Console(), description="The status page.")
    limits: Limits = Field(default=Limits(), description="What the whole gateway may use.")
    encryption: Encryption | None = Field(
        default=None, description="Encryption of files at rest; absent: they are kept as they are."
    )
    retention: Retention = Field(default=Retention(), description="How long each store keeps what it holds.")
    calendar: Calendar = Field(default=Calendar(), description="Business days.")
    alerts: tuple[Alert, ...] = Field(default=(), description="How alarms reach people.")
    vendors: dict[Name, Vendor] = Field(default={}, description="Vendors and their bounds.")
    clock: Clock = Field(default=Clock(), description="How far this machine's clock is trusted.")

    @property
    def zone(self) -> ZoneInfo:
        """The zone of schedules, names and logs."""
        return ZoneInfo(self.gateway.timezone)

    @property
    def journal_url(self) -> str:
        """The journal's address with ``{state_dir}`` filled in."""
        return self.journal.url.replace("{state_dir}", str(self.gateway.state_dir))

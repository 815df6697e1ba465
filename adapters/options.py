"""What people write about each kind of place: one frozen model per adapter, and nothing that connects.

Reading a configuration needs these alone: no protocol library is loaded for it.
"""

from __future__ import annotations

import re
from datetime import timedelta
from ipaddress import ip_address
from pathlib import Path
from typing import Annotated, Any, Literal, Self

from pydantic import (
    AfterValidator,
    Field,
    field_validator,
    model_validator,
)

from adapters.credentials.secret import SecretRef
from adapters.errors import Refused
from adapters.ftp import datasets
from adapters.trust import Authorities, HostKeys
from adapters.units import Duration
from adapters.written import Written

MIB = 1024 * 1024
DAY = 86400.0


def _folder(value: str) -> str:
    if any(part in (".", "..") for part in value.split("/")):
        raise ValueError("may not hold '.' or '..' between slashes")
    return _one_line(value)


def _one_line(value: str) -> str:
    if not value.isprintable():
        raise ValueError("may not hold line ends or other control characters")
    return value


def as_written(text: str) -> Any:
    """A default in the words of the configuration: validated like them, and shown so in the reference."""
    return text


def _host(value: str) -> str:
    try:
        ip_address(value)
    except ValueError:
        if re.search(r"[\s:/@]", value):
            raise ValueError(
                "must be a host name or an address alone; port and user have keys of their own"
            ) from None
    return value


def _some_time(value: timedelta) -> timedelta:
    if not value:
        raise ValueError("a wait of 0s ends before it begins; write how long to wait at most, such as 15s")
    return value


def _site(value: str) -> str:
    if value.upper().startswith("SITE "):
        raise ValueError(f"is sent after the word SITE; write {value[5:].strip()} alone")
    return value


def _quoted(value: str) -> str:
    """Files pass as bytes in a stream: what changes that would change every file on its way, without a word."""
    word, _, more = value.upper().partition(" ")
    if word in ("TYPE", "MODE") and (word, more.strip()) not in (("TYPE", "I"), ("MODE", "S")):
        raise ValueError(
            f"{value} would change the bytes of each file: they pass as they are (TYPE I, MODE S); leave it out, and "
            "have a mapping convert text"
        )
    if word in ("USER", "PASS", "REIN", "QUIT"):
        raise ValueError(f"{word} would end the login that all else rests on; leave it out")
    return value


Folder = Annotated[str, AfterValidator(_folder)]
Host = Annotated[str, Field(min_length=1), AfterValidator(_host)]
Command = Annotated[str, AfterValidator(_one_line)]
Site = Annotated[Command, AfterValidator(_site)]
Quote = Annotated[Command, AfterValidator(_quoted)]
Wait = Annotated[Duration, AfterValidator(_some_time)]
Port = Annotated[int, Field(ge=1, le=65535)]
Encoding = Literal["utf-8", "cp932", "euc_jp", "latin-1"]


class PlaceOptions(Written):
    """What every kind of place has."""

    connections: int = Field(
        default=4, ge=1, le=64, description="Connections at one time, for listings and transfers together."
    )

    @property
    def mtime_precision(self) -> float:
        """Seconds that two contents under one name must lie apart to be told apart by what listings show."""
        return 1.0

    @property
    def gives_sizes(self) -> bool:
        """Whether listings give sizes in bytes."""
        return True

    def why_unnamable(self, path: str) -> str:  # noqa: ARG002 - most places take any safe name
        """Why nothing can be written under this name there, and what to write instead; empty if it can."""
        return ""


class HostOptions(PlaceOptions):
    """A place that is a host with a port."""

    host: Host = Field(description="Host name or address.")
    connect_timeout: Wait = Field(
        default=as_written("15s"), description="How long a connection and the login may take."
    )
    reply_timeout: Wait = Field(
        default=as_written("60s"), description="How long one answer, or one block of data, may take."
    )
    root: Folder = Field(
        default="",
        description="Folder that all paths are relative to; empty: where the login lands. "
        "With dialect mvs: the qualifiers before each dataset name.",
    )
    encoding: Encoding = Field(default="utf-8", description="Character code of file names at this place.")
    after_upload: Literal["look", "trust"] = Field(
        default="look",
        description="look asks for the size of what was uploaded; trust is for hosts that let nobody look at it: "
        "then only the bytes sent are counted.",
    )
    reads: Literal["repeatable", "once"] = Field(
        default="repeatable",
        description="once is for hosts that take a file away as soon as it was read: it is not looked at again, and a "
        "read that was cut begins anew.",
    )


def shows_notes(options: HostOptions) -> bool:
    """Whether what was written at a host can be looked at, and read more than once."""
    return options.after_upload == "look" and options.reads == "repeatable"


class FtpLogin(Written):
    """User and password of an FTP place."""

    user: str = Field(min_length=1, description="Name to log in with.")
    password: SecretRef | None = Field(
        default=None, description="Where the password is; absent: none is sent."
    )
    account: SecretRef | None = Field(
        default=None, description="Where the ACCT value is, if the host asks for one."
    )


def _same_settings(written: dict[str, tuple[str, ...]]) -> dict[str, tuple[str, ...]]:
    """A setting lasts until it is set anew: what one file sets and another does not would hold for both."""
    names = {
        pattern: sorted(re.split(r"[= ]", one)[0].upper() for one in given)
        for pattern, given in written.items()
    }
    if len({tuple(of) for of in names.values()}) > 1:
        raise ValueError(
            "sets other things for one pattern than for another: "
            + "; ".join(f"{pattern}: {', '.join(of) or 'nothing'}" for pattern, of in names.items())
            + "; write each setting at each pattern"
        )
    return written


class FtpTrigger(Written):
    """What tells a host that a work file is complete."""

    text: str = Field(
        min_length=1,
        description="What is sent, as text lines: a job, or what a trigger file holds. {path} stands for the final "
        "name, {work} for the name of the work file, both complete.",
    )
    to: str = Field(
        default="{path}.TRG",
        description="Name under which it is sent, with {path} and {work} as the route names files; where SITE "
        "FILETYPE=JES makes it a job, it is no more than a name.",
    )
    site: tuple[Site, ...] = Field(default=(), description="SITE commands before it, such as FILETYPE=JES.")
    site_after: tuple[Site, ...] = Field(
        default=(), description="SITE commands after it, such as FILETYPE=SEQ."
    )

    @field_validator("text", "to")
    @classmethod
    def _known(cls, value: str) -> str:
        unknown = set(re.findall(r"{(.*?)}", value)) - {"path", "work"}
        if unknown:
            raise ValueError(f"holds {{{min(unknown)}}}; only {{path}} and {{work}} may stand there")
        return value


class FtpOptions(HostOptions):
    """A place reached by FTP."""

    port: Port | None = Field(default=None, description="Control port; absent: 21, or 990 with implicit TLS.")
    tls: Literal["none", "explicit", "implicit"] = Field(
        default="explicit",
        description="How the connection is encrypted; none is allowed only in zone on-prem.",
    )
    ca: Authorities | None = Field(
        default=None,
        description="PEM file of the authorities that may vouch for the host, or a list of files, each with from and "
        "until while one is being replaced; absent: the system's.",
    )
    tls_name: str | None = Field(
        default=None, description="Name that the certificate must carry; absent: the value of host."
    )
    dialect: Literal["auto", "unix", "windows", "mlsd", "mvs", "os400", "vms", "nlst"] = Field(
        default="auto",
        description="How the host writes listings; auto asks the host (FEAT, SYST). nlst is for hosts whose "
        "listings nobody can read: names alone are listed, and each is asked for its size and time.",
    )
    login: FtpLogin = Field(description="User and password.")
    passive_address: Literal["peer", "server"] = Field(
        default="peer",
        description="Where data connections go: to the host itself (peer), or to the address that it answers "
        "to PASV (server), which is often unreachable behind address translation. Active ones are taken from the host "
        "itself alone (peer), or from any address (server).",
    )
    data_connection: Literal["passive", "active"] = Field(
        default="passive",
        description="Who opens data connections: the gateway (passive) or the host (active).",
    )
    active_ports: tuple[Port, Port] | None = Field(
        default=None, description="First and last local port that an active host may connect to; absent: any."
    )
    publish: Literal["rename", "work_then_trigger", "direct"] = Field(
        default="rename",
        description="rename writes under a private name first. work_then_trigger writes under a work name, reads it "
        "back and then sends trigger, for hosts where a job of their own takes files over. direct is for hosts that "
        "cannot rename: a partial file is then seen under its final name, and the route must say how its consumer "
        "knows a whole one.",
    )
    trigger: FtpTrigger | None = Field(default=None, description="With publish: work_then_trigger.")
    site: tuple[Site, ...] = Field(
        default=(),
        description="SITE commands sent after each login, such as RDW. With dialect mvs CONDDISP=DELETE comes before "
        "them: what an interrupted writing leaves is then no catalogued dataset.",
    )
    site_for: Annotated[dict[str, tuple[Site, ...]], AfterValidator(_same_settings)] = Field(
        default={},
        description='SITE commands for files whose path matches, such as {"RENKEI.JUKI.*": [RECFM=FB, LRECL=400]}, '
        "sent before such a file is read or written. Each pattern must set the same, because settings last; the first "
        "that matches counts, and a file that matches none is refused.",
    )
    quote: tuple[Quote, ...] = Field(
        default=(), description="Other commands sent after each login as they stand, such as STRU R."
    )

    @property
    def mtime_precision(self) -> float:
        """See ``PlaceOptions``. A mainframe tells the day."""
        return DAY if self.dialect == "mvs" else 1.0

    @property
    def gives_sizes(self) -> bool:
        """See ``PlaceOptions``. Mainframes count tracks, VMS counts blocks."""
        return self.dialect not in ("mvs", "vms")

    def why_unnamable(self, path: str) -> str:
        """See ``PlaceOptions``. Mainframes have rules for the names of datasets."""
        if self.dialect != "mvs":
            return ""
        try:
            datasets.absolute(self.root, path)
        except Refused as refused:
            return f"{refused.message}; {refused.hint}"
        return ""

    @field_validator("active_ports")
    @classmethod
    def _some_ports(cls, value: tuple[int, int] | None) -> tuple[int, int] | None:
        if value is not None and value[0] > value[1]:
            raise ValueError(f"active_ports hold no port; write [{value[1]}, {value[0]}]")
        return value

    @model_validator(mode="after")
    def _triggered(self) -> Self:
        if (self.publish == "work_then_trigger") != (self.trigger is not None):
            raise ValueError("publish: work_then_trigger and trigger: {text: ...} belong together")
        return self


class SftpKey(Written):
    """A private key to log in with."""

    file: Path = Field(description="Private key file (OpenSSH or PEM).")
    passphrase: SecretRef | None = Field(
        default=None, description="Where the key's passphrase is, if it has one."
    )


class SftpLogin(Written):
    """User, and a password or a key."""

    user: str = Field(min_length=1, description="Name to log in with.")
    password: SecretRef | None = Field(default=None, description="Where the password is.")
    key: SftpKey | None = Field(default=None, description="Private key; tried before the password.")

    @model_validator(mode="after")
    def _some_proof(self) -> Self:
        if self.password is None and self.key is None:
            raise ValueError("give a password, a key, or both")
        return self


class SshHop(Written):
    """An SSH server on the way, or at its end."""

    host: Host = Field(description="Host name or address.")
    port: Port = Field(default=22, description="Port of the SSH server.")
    login: SftpLogin = Field(description="User and proof.")
    host_key: HostKeys = Field(
        description="Fingerprint of the host's key, or a list of them while a key is being replaced, each with from "
        "and until if its days are known. Any other key stops the endpoint."
    )
    algorithms: Literal["modern", "legacy"] = Field(
        default="modern",
        description="legacy also allows SHA-1, CBC and 3DES for servers that know nothing better; "
        "use it only where modern fails.",
    )


class SftpOptions(HostOptions, SshHop):
    """A place reached by SFTP."""

    publish: Literal["rename", "direct"] = Field(
        default="rename",
        description="rename writes under a private name first. direct is for servers that cannot rename, or that take "
        "a file as soon as it was uploaded: a partial file is then seen under its final name, and the route must say "
        "how its consumer knows a whole one.",
    )

    jump: SshHop | None = Field(
        default=None, description="SSH server through which the host is reached, with a login of its own."
    )


class LocalOptions(PlaceOptions):
    """A folder of this machine, or a share mounted on it."""

    root: Path = Field(description="Absolute folder that all paths are relative to.")
    sentinel: Folder | None = Field(
        default=None,
        description="File that must be in the root; without it the folder counts as not mounted.",
    )
    file_mode: Annotated[str, Field(pattern=r"^0[0-7]{3}$")] = Field(
        default="0640", description="Permissions of delivered files, in octal."
    )
    folder_mode: Annotated[str, Field(pattern=r"^0[0-7]{3}$")] | None = Field(
        default=None,
        description="Permissions of folders that a delivery has to make, in octal; absent: as the system makes them.",
    )
    file_owner: str | Annotated[int, Field(ge=0)] | None = Field(
        default=None,
        description="User who owns delivered files and the folders made for them, by name or number; absent: the "
        "gateway's user. Only a service with CAP_CHOWN may give files away.",
    )
    file_group: str | Annotated[int, Field(ge=0)] | None = Field(
        default=None,
        description="Group of delivered files and the folders made for them, by name or number: one that the "
        "gateway's user belongs to; absent: as the system gives it.",
    )
    events: bool = Field(
        default=True,
        description="Listen to the system's file events; switch off on NFS and SMB, which give none.",
    )

    @property
    def mtime_precision(self) -> float:
        """See ``PlaceOptions``. Shares without events often have coarse times."""
        return 0.01 if self.events else 2.0

    @model_validator(mode="after")
    def _absolute(self) -> Self:
        if not self.root.is_absolute():
            raise ValueError("root must be an absolute path, such as /srv/renkei")
        return self

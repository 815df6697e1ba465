"""What proves that a host is the right one: pinned keys and authorities, each for as long as it holds."""

from __future__ import annotations

import re
import ssl
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any, Self, TypeVar

from pydantic import AfterValidator, BeforeValidator, Field, model_validator

from adapters.errors import NoAccess
from adapters.written import TEXT, Dated, Moment, Written

FINGERPRINT = re.compile(r"^SHA256:[A-Za-z0-9+/]{43}$")


def _fingerprint(value: str) -> str:
    if not FINGERPRINT.match(value):
        raise ValueError("is no fingerprint; write SHA256: and 43 characters, as `ssh-keygen -lf` shows it")
    return value


class Proof(Dated):
    """Something that is trusted for a time. Several may be at one time: a new key is announced before it is used."""

    start: Moment | None = Field(
        default=None, alias="from", description="The instant from which it is trusted; absent: always was."
    )
    until: Moment | None = Field(
        default=None, description="The instant until which it is trusted; absent: for good."
    )

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if self.start is not None and self.until is not None and self.until <= self.start:
            raise ValueError("ends before it begins; exchange from and until")
        return self


class HostKey(Proof):
    """A key that a host may show."""

    key: Annotated[str, AfterValidator(_fingerprint)] = Field(
        description="Its fingerprint, as `ssh-keygen -lf` shows it."
    )


class Authority(Proof):
    """Authorities that may vouch for a host."""

    file: Path = Field(description="PEM file of their certificates.")


def _listed(value: object) -> object:
    return (value,) if isinstance(value, str | Path | dict | Proof) else value


def _key(value: object) -> object:
    """A text alone stands for the key."""
    return {"key": _fingerprint(value)} if isinstance(value, str) else value


def _file(value: object) -> object:
    """A text alone stands for the file."""
    return {"file": value} if isinstance(value, str | Path) else value


HostKeys = Annotated[
    tuple[Annotated[HostKey, BeforeValidator(_key), TEXT], ...],
    BeforeValidator(_listed),
    TEXT,
    Field(min_length=1),
]
Authorities = Annotated[
    tuple[Annotated[Authority, BeforeValidator(_file), TEXT], ...],
    BeforeValidator(_listed),
    TEXT,
    Field(min_length=1),
]

W = TypeVar("W", bound=Written)


def is_dated(written: Written) -> bool:
    """Whether any proof of it is trusted for a part of time only."""
    return any(is_dated(value) if isinstance(value, Written) else _holds_dated(value) for _, value in written)


def _holds_dated(value: object) -> bool:
    return isinstance(value, tuple) and any(
        isinstance(one, Proof) and (one.start or one.until) for one in value
    )


def at(written: W, instant: datetime) -> W:
    """The same, with those proofs alone that are trusted at an instant; none may be left."""
    changes: dict[str, Any] = {}
    for name, value in written:
        if _holds_dated(value):
            changes[name] = tuple(one for one in value if one.covers(instant))
        elif isinstance(value, Written) and (held := at(value, instant)) is not value:
            changes[name] = held
    return written.model_copy(update=changes) if changes else written


def files(authorities: tuple[Authority, ...] | None) -> tuple[Path, ...] | None:
    """The files of those who are trusted; None: those whom the system trusts. Raises ``NoAccess`` if nobody is."""
    if authorities is None:
        return None
    if not authorities:
        raise NoAccess("no ca of this endpoint is trusted at this time", hint="write the one that holds now")
    for one in authorities:
        try:
            ssl.create_default_context(cafile=one.file)
        except (OSError, ssl.SSLError) as error:
            raise NoAccess(
                f"the authorities in {one.file} cannot be read ({type(error).__name__})",
                hint="ca must be a PEM file of certificates that the gateway's user may read",
            ) from None
    return tuple(one.file for one in authorities)


def context(authorities: tuple[Authority, ...] | None) -> ssl.SSLContext:
    """TLS towards a host that one of them vouches for. Raises as ``files``."""
    first, *others = files(authorities) or (None,)
    made = ssl.create_default_context(cafile=first)
    for file in others:
        made.load_verify_locations(cafile=file)
    return made


def is_untimely(error: Exception) -> bool:
    """Whether a certificate was refused because of the day alone. OpenSSL's words, which every library passes on."""
    said = str(error)
    return "certificate has expired" in said or "certificate is not yet valid" in said


def is_of_another(error: Exception) -> bool:
    """Whether a certificate was refused because of the name or address in it alone. OpenSSL's words."""
    said = str(error)
    return "Hostname mismatch" in said or "IP address mismatch" in said

"""``console`` of ``gateway.yaml``: the status page and who may see and do what there. Written by operators."""

from __future__ import annotations

from ipaddress import ip_address
from pathlib import Path
from typing import Literal, Self

from pydantic import Field, model_validator

from adapters.credentials.secret import SecretRef
from adapters.written import Written
from gateway.config.words import Name, Texts

Role = Literal["operator", "viewer", "vendor"]


class Certificate(Written):
    """With what the page proves itself."""

    certificate: Path = Field(description="File with the certificate and those above it, PEM.")
    key: Path = Field(description="File with its key, PEM; only the gateway's user may read it.")


class Person(Written):
    """Somebody who signs in to the page."""

    role: Role = Field(
        description="operator: sees and acts; viewer: sees; vendor: sees the routes of its vendor."
    )
    vendor: Name | None = Field(default=None, description="With role vendor: whose routes.")
    password: SecretRef | None = Field(
        default=None,
        description="Where the hash of the password is, as `linkage-gateway password` makes it. Absent: only through "
        "the proxy.",
    )

    @model_validator(mode="after")
    def _whose(self) -> Self:
        if (self.role == "vendor") != (self.vendor is not None):
            raise ValueError("vendor belongs to role vendor; write both, or neither")
        return self


class Proxy(Written):
    """A reverse proxy that has signed people in already."""

    address: Texts = Field(
        alias="from",
        min_length=1,
        description="Addresses of the proxy; from no other is the header believed.",
    )
    header: str = Field(
        default="X-Remote-User",
        pattern=r"^[A-Za-z0-9-]+$",
        description="Header that holds the person's name, as people names it.",
    )

    @model_validator(mode="after")
    def _addresses(self) -> Self:
        for one in self.address:
            ip_address(one)
        return self


class Console(Written):
    """The status page."""

    listen: str = Field(
        default="127.0.0.1:8440",
        pattern=r"^[^\s/]+:\d{1,5}$",
        description="Address and port of the status page. Beyond this machine it needs tls and people.",
    )
    language: Literal["ja", "en"] = Field(
        default="ja",
        description="Language of the status page until somebody chooses another, and of what commands say to people.",
    )
    tls: Certificate | None = Field(default=None, description="With what the page proves itself.")
    people: dict[Name, Person] = Field(
        default={}, description="Who may sign in. Absent: whoever is on this machine sees the page."
    )
    local_role: Literal["operator", "viewer"] = Field(
        default="viewer", description="Without people: what whoever is on this machine may do."
    )
    proxy: Proxy | None = Field(
        default=None, description="A reverse proxy that has signed people in already."
    )
    metrics_token: SecretRef | None = Field(
        default=None,
        description="With people: where the bearer token is with which /metrics may be read.",
    )

    @property
    def host(self) -> str:
        """The address to listen on."""
        return self.listen.rpartition(":")[0].strip("[]")

    @property
    def port(self) -> int:
        """The port to listen on; 0 for any that is free."""
        return int(self.listen.rpartition(":")[2])

    @property
    def is_local(self) -> bool:
        """Whether only this machine reaches the page."""
        return self.host == "localhost" or _is_loopback(self.host)

    @model_validator(mode="after")
    def _guarded(self) -> Self:
        if not self.is_local and not (self.tls and self.people):
            raise ValueError(
                "a page that others reach needs tls and people; write both, or listen on 127.0.0.1"
            )
        if self.proxy and not self.people:
            raise ValueError("a proxy needs people, which say what each may do")
        return self


def _is_loopback(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False

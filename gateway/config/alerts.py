"""``alerts`` of ``gateway.yaml``: by which ways alarms reach people. Written by operators."""

from __future__ import annotations

from pathlib import Path
from typing import Literal, Self

from pydantic import Field, model_validator

from adapters.credentials.secret import SecretRef
from adapters.units import Duration
from adapters.written import Written
from gateway.config.words import Name, Texts, Windows, as_written

AlertSeverity = Literal["info", "warning", "error", "critical"]


class MailLogin(Written):
    """How the gateway signs in to the mail server."""

    user: str = Field(description="The user's name.")
    password: SecretRef = Field(description="Where the password is.")


class Escalation(Written):
    """Whom an alarm reaches that nobody has taken on (`ack`)."""

    after: Duration = Field(description="How long it may stand.")
    to: Texts = Field(default=(), description="Mail: who gets it then; absent: those of the alert again.")


class Quiet(Written):
    """Hours in which nobody is disturbed; what came up is sent when they are over, if it still stands."""

    windows: Windows = Field(description='Times of day, such as "22:00-07:00".')
    except_from: AlertSeverity = Field(
        default="critical", description="The least severe alarm that is sent in these hours too."
    )


class Alert(Written):
    """One way by which alarms reach people."""

    kind: Literal["mail", "webhook", "syslog"] = Field(description="mail, webhook or syslog (RFC 5424).")
    name: Name | None = Field(
        default=None, description="Its name in logs; absent: the kind and its place in the list."
    )
    smtp: str | None = Field(
        default=None, pattern=r"^[^\s/]+:\d{1,5}$", description="Mail: host and port of the mail server."
    )
    tls: Literal["starttls", "implicit", "none"] = Field(
        default="starttls", description="Mail: how the line is encrypted; none only on your own network."
    )
    ca: Path | None = Field(
        default=None, description="Mail and webhook: certificates that the server's is checked against."
    )
    login: MailLogin | None = Field(default=None, description="Mail: how to sign in, if the server asks.")
    to: Texts = Field(default=(), description="Mail: who gets it.")
    sender: str | None = Field(
        default=None, description="Mail: the sender's address; absent: the first of `to`."
    )
    url: str | None = Field(default=None, pattern=r"^https?://", description="Webhook: address called.")
    token: SecretRef | None = Field(default=None, description="Webhook: where the bearer token is.")
    server: str | None = Field(
        default=None, pattern=r"^[^\s/]+:\d{1,5}$", description="Syslog: host and port of the server."
    )
    protocol: Literal["udp", "tcp"] = Field(default="udp", description="Syslog: how it is sent.")
    language: Literal["ja", "en"] = Field(default="ja", description="Language of the message.")
    min_severity: AlertSeverity = Field(default="error", description="The least severe alarm that is sent.")
    group: Duration = Field(
        default=as_written("30s"), description="How long to wait for more, so that one fault is one message."
    )
    recovery: bool = Field(default=True, description="Say too when an alarm is over.")
    quiet: Quiet | None = Field(default=None, description="Hours in which nobody is disturbed.")
    escalate: Escalation | None = Field(
        default=None, description="Whom an alarm reaches that nobody has taken on."
    )

    @model_validator(mode="after")
    def _complete(self) -> Self:
        if self.kind == "mail" and not (self.smtp and self.to):
            raise ValueError("a mail needs smtp and to")
        if self.kind == "webhook" and not self.url:
            raise ValueError("a webhook needs url")
        if self.kind == "syslog" and not self.server:
            raise ValueError("a syslog alert needs server")
        return self

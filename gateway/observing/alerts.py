"""The ways by which people are told of alarms: mail, a webhook, a syslog server."""

from __future__ import annotations

import asyncio
import json
import smtplib
import socket
import ssl
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from email.message import EmailMessage
from email.utils import format_datetime, make_msgid
from pathlib import Path
from typing import Literal, Protocol

import aiohttp

from adapters.errors import AdapterError
from gateway.config import Alert, Contact
from gateway.errors import GatewayError
from gateway.events import CATALOGUE
from gateway.journal import Alarm
from gateway.load import City
from gateway.logs import syslog
from gateway.observing.alarms import RANK, Message, Rule, command_for, detail_in, words_for
from gateway.times.clock import Clock

SECONDS = 30.0
"""The longest that one way may take."""

STAGES = {
    "en": {"raised": "alarm", "escalated": "still not seen to", "recovered": "over"},
    "ja": {"raised": "発報", "escalated": "未対応（再通知）", "recovered": "復旧"},
}
SEVERITIES_JA = {"info": "情報", "warning": "注意", "error": "異常", "critical": "重大"}


class NotTold(GatewayError):
    """People could not be told by this way now."""


class Way(Protocol):
    """One way by which people are told."""

    @property
    def name(self) -> str:
        """Its name in logs and in the journal."""

    @property
    def rule(self) -> Rule:
        """When it tells."""

    async def tell(self, message: Message) -> None:
        """Tell them. Raises ``NotTold``."""


@dataclass(frozen=True, kw_only=True)
class Voice:
    """In whose name and in which language people are told, and whom they can call."""

    gateway: str
    language: Literal["ja", "en"]
    clock: Clock
    city: City

    def subject(self, message: Message) -> str:
        """One line."""
        worst = max((CATALOGUE[one.event] for one in message.alarms), key=lambda event: RANK[event.severity])
        text = worst.text_ja if self.language == "ja" else worst.text
        more = len(message.alarms) - 1
        rest = (f" 他{more}件" if self.language == "ja" else f" and {more} more") if more else ""
        return f"[{self.gateway}] {STAGES[self.language][message.stage]} {worst.message_id} {text}{rest}"

    def body(self, message: Message) -> str:
        """A paragraph for each alarm: what, where, since when, what to do, whom to call."""
        return "\n\n".join("\n".join(self._lines(alarm)) for alarm in message.alarms) + "\n"

    def _lines(self, alarm: Alarm) -> list[str]:
        event, ja = CATALOGUE[alarm.event], self.language == "ja"
        words = WORDS[self.language]
        severity = SEVERITIES_JA[event.severity] if ja else event.severity
        text, cause, action = words_for(alarm, self.language)
        command = command_for(alarm)
        lines = [
            f"{event.message_id} {severity} {text}",
            *([f"{words['route']}: {self._route(alarm)}"] if alarm.route else []),
            f"{words['about']}: {alarm.subject or self.gateway}",
            *([f"{words['detail']}: {detail_in(alarm, self.language)}"] if alarm.detail else []),
            f"{words['since']}: {self._local(alarm.raised_at)} ({alarm.times})",
            *([f"{words['cause']}: {cause}"] if cause and not alarm.ended_at else []),
            *([f"{words['over']}: {self._local(alarm.ended_at)}"] if alarm.ended_at else []),
            *([f"{words['action']}: {action}"] if action and not alarm.ended_at else []),
            *([f"{words['command']}: {command}"] if command and not alarm.ended_at else []),
        ]
        contact = contact_of(self.city, alarm)
        return [*lines, f"{words['contact']}: {contact}"] if contact else lines

    def _route(self, alarm: Alarm) -> str:
        route = self.city.routes.get(alarm.route)
        return f"{alarm.route} {route.title}".strip() if route else alarm.route

    def _local(self, instant: datetime) -> str:
        return instant.astimezone(self.city.installation.zone).strftime("%Y-%m-%d %H:%M:%S")


WORDS = {
    "en": {
        "route": "route",
        "about": "about",
        "detail": "detail",
        "since": "since",
        "over": "over at",
        "cause": "cause",
        "action": "what to do",
        "command": "command",
        "contact": "contact",
    },
    "ja": {
        "route": "経路",
        "about": "対象",
        "detail": "詳細",
        "since": "発生（回数）",
        "over": "復旧",
        "cause": "原因",
        "action": "対処",
        "command": "コマンド",
        "contact": "連絡先",
    },
}


def contact_of(city: City, alarm: Alarm) -> str:
    """Whom to call about an alarm: who answers for its endpoint, its route's vendor, or its systems."""
    found = [city.endpoints[alarm.subject].contact] if alarm.subject in city.endpoints else []
    vendor = city.installation.vendors.get(alarm.vendor or city.vendor_of(alarm.route))
    found += [vendor.contact] if vendor else []
    route = city.routes.get(alarm.route)
    ends = [route.source.system, route.to.system] if route else []
    found += [city.systems[name].contact for name in ends if name in city.systems]
    return next((text for contact in found if (text := contact_line(contact))), "")


def contact_line(contact: Contact) -> str:
    """Desk, telephone, address and hours, as far as they are known."""
    return " / ".join(one for one in (contact.desk, contact.telephone, contact.mail, contact.hours) if one)


@dataclass(frozen=True, kw_only=True)
class Mail:
    """By mail, over SMTP."""

    name: str
    rule: Rule
    alert: Alert
    voice: Voice
    ca: Path | None = None

    async def tell(self, message: Message) -> None:
        """See ``Way``."""
        try:
            await asyncio.wait_for(asyncio.to_thread(self._send, self._mail(message)), SECONDS)
        except smtplib.SMTPNotSupportedError:
            hint = "write tls: none on your own network, or have the server offer it"
            raise NotTold(f"{self.alert.smtp} offers no encryption (STARTTLS)", hint=hint) from None
        except (smtplib.SMTPException, OSError) as error:
            why = f"{self.alert.smtp} did not take the mail ({type(error).__name__})"
            raise NotTold(why, hint="see smtp, tls, ca and login of this alert") from None
        except AdapterError as error:
            raise NotTold(error.message, hint=error.hint) from None

    def _mail(self, message: Message) -> EmailMessage:
        mail = EmailMessage()
        mail["Subject"] = self.voice.subject(message)
        mail["From"] = self.alert.sender or self.alert.to[0]
        mail["To"] = ", ".join(self._readers(message))
        mail["Date"] = format_datetime(self.voice.clock.now())
        mail["Message-ID"] = make_msgid(domain="linkage-gateway.invalid")
        mail["Auto-Submitted"] = "auto-generated"
        mail.set_content(self.voice.body(message), cte="base64")
        return mail

    def _readers(self, message: Message) -> Sequence[str]:
        """Who gets it: the next person where nobody has acted; of the end, whoever was told before."""
        later = self.alert.escalate.to if self.alert.escalate and message.reached_next else ()
        if message.stage == "escalated":
            return later or self.alert.to
        return list(dict.fromkeys([*self.alert.to, *later]))

    def _send(self, mail: EmailMessage) -> None:
        assert self.alert.smtp is not None
        host, port = syslog.address_of(self.alert.smtp)
        context = ssl.create_default_context(cafile=self.ca)
        with self._connected(host, port, context) as server:
            if self.alert.tls == "starttls":
                server.starttls(context=context)
            if self.alert.login:
                server.login(self.alert.login.user, self.alert.login.password.reveal())
            server.send_message(mail)

    def _connected(self, host: str, port: int, context: ssl.SSLContext) -> smtplib.SMTP:
        if self.alert.tls == "implicit":
            return smtplib.SMTP_SSL(host, port, timeout=SECONDS, context=context)
        return smtplib.SMTP(host, port, timeout=SECONDS)


@dataclass(frozen=True, kw_only=True)
class Webhook:
    """By a POST of JSON."""

    name: str
    rule: Rule
    alert: Alert
    voice: Voice
    ca: Path | None = None

    async def tell(self, message: Message) -> None:
        """See ``Way``. Any answer but 2xx counts as not told."""
        assert self.alert.url is not None
        try:
            headers = await self._headers()
            timeout = aiohttp.ClientTimeout(total=SECONDS)
            context = ssl.create_default_context(cafile=self.ca)
            async with (
                aiohttp.ClientSession(timeout=timeout) as session,
                session.post(
                    self.alert.url,
                    data=self._body(message),
                    headers=headers,
                    ssl=context,
                    allow_redirects=False,
                ) as answer,
            ):
                status = answer.status
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            raise NotTold(
                f"the webhook does not answer ({type(error).__name__})", hint="see url and ca of this alert"
            ) from None
        except AdapterError as error:
            raise NotTold(error.message, hint=error.hint) from None
        if not 200 <= status < 300:  # noqa: PLR2004 - HTTP's success
            raise NotTold(f"the webhook answered {status}", hint="see url and token of this alert")

    async def _headers(self) -> dict[str, str]:
        headers = {"Content-Type": "application/json; charset=utf-8"}
        if self.alert.token:
            headers["Authorization"] = f"Bearer {await asyncio.to_thread(self.alert.token.reveal)}"
        return headers

    def _body(self, message: Message) -> bytes:
        document = {
            "gateway": self.voice.gateway,
            "stage": message.stage,
            "subject": self.voice.subject(message),
            "text": self.voice.body(message),
            "alarms": [_document(alarm) for alarm in message.alarms],
        }
        return json.dumps(document, ensure_ascii=False).encode()


def _document(alarm: Alarm) -> Mapping[str, object]:
    event = CATALOGUE[alarm.event]
    return {
        "number": alarm.number,
        "message_id": event.message_id,
        "severity": event.severity,
        "event": alarm.event,
        "subject": alarm.subject,
        "route": alarm.route,
        "vendor": alarm.vendor,
        "detail": alarm.detail,
        "cause": words_for(alarm, "en")[1],
        "next_action": words_for(alarm, "en")[2],
        "command": command_for(alarm),
        "raised_at": alarm.raised_at.isoformat(),
        "ended_at": alarm.ended_at.isoformat() if alarm.ended_at else None,
        "times": alarm.times,
    }


@dataclass(frozen=True, kw_only=True)
class Syslog:
    """A line for each alarm, to a syslog server."""

    name: str
    rule: Rule
    alert: Alert
    voice: Voice

    async def tell(self, message: Message) -> None:
        """See ``Way``."""
        assert self.alert.server is not None
        address = syslog.address_of(self.alert.server)
        try:
            for alarm in message.alarms:
                line = self._line(message, alarm)
                await asyncio.to_thread(syslog.send, line, address, self.alert.protocol)
        except OSError as error:
            why = f"the syslog server {self.alert.server} cannot be reached ({type(error).__name__})"
            raise NotTold(why, hint="see server and protocol of this alert") from None

    def _line(self, message: Message, alarm: Alarm) -> bytes:
        one = Message(stage=message.stage, alarms=(alarm,))
        text = " | ".join([self.voice.subject(one), *self.voice.body(one).splitlines()[1:]])
        severity = "info" if message.stage == "recovered" else CATALOGUE[alarm.event].severity
        return syslog.line(text, severity=severity, at=self.voice.clock.now(), host=socket.gethostname())


def ways(city: City, clock: Clock) -> list[Way]:
    """Every way that ``gateway.yaml`` names."""
    return [_way(city, clock, alert, number) for number, alert in enumerate(city.installation.alerts, 1)]


def _way(city: City, clock: Clock, alert: Alert, number: int) -> Way:
    voice = Voice(gateway=city.installation.gateway.name, language=alert.language, clock=clock, city=city)
    name = alert.name or f"{alert.kind}-{number}"
    ca = city.directory / alert.ca if alert.ca else None
    match alert.kind:
        case "mail":
            return Mail(name=name, rule=rule_of(alert), alert=alert, voice=voice, ca=ca)
        case "webhook":
            return Webhook(name=name, rule=rule_of(alert), alert=alert, voice=voice, ca=ca)
        case "syslog":
            return Syslog(name=name, rule=rule_of(alert), alert=alert, voice=voice)


def rule_of(alert: Alert) -> Rule:
    """When it tells, as a value."""
    quiet: Sequence[str] = alert.quiet.windows if alert.quiet else ()
    return Rule(
        least=alert.min_severity,
        group=alert.group,
        quiet=tuple(quiet),
        loud=alert.quiet.except_from if alert.quiet else "critical",
        escalate=alert.escalate.after if alert.escalate else None,
        recovery=alert.recovery,
    )

"""Events as log lines: JSON for monitoring products, or text for a terminal. The only writer of logs."""

from __future__ import annotations

import logging
import os
import sys
from collections.abc import Callable, Mapping, MutableMapping, Sequence
from datetime import datetime
from logging.handlers import RotatingFileHandler
from pathlib import Path
from typing import Any, Literal, Protocol, cast
from zoneinfo import ZoneInfo

import structlog

from gateway import events
from gateway.events import CATALOGUE, LETTERS, Event, Severity
from gateway.findings import in_japanese
from gateway.logs.journald import JournaldHandler
from gateway.logs.sampling import Sampling
from gateway.logs.syslog import SyslogHandler, address_of
from gateway.times.clock import Clock

KEYS = (
    "timestamp", "level", "event", "message_id", "message", "gateway", "node", "route", "linkage_id", "vendor",
    "transfer_id", "file", "destination", "parts", "bytes", "records", "sha256", "from_format", "to_format",
    "phase", "revision", "attempt", "seconds", "configuration", "error_kind", "error", "endpoint", "cutover", "planned",
    "reason", "count", "next_action",
)  # fmt: skip
"""Every key that a line may have, in the order in which it is written."""

RANK = {severity: number for number, severity in enumerate(LETTERS)}


class Reporter(Protocol):
    """Where events go."""

    def emit(self, event: Event, **fields: Any) -> None:
        """Report an event. Fields are those of ``KEYS``; None is left out."""

    def bound(self, **fields: Any) -> Reporter:
        """A reporter that adds these fields to every event."""


Listener = Callable[[Event, Mapping[str, Any]], None]
"""Is told of every event with its fields; returns at once."""


class Telling:
    """``Reporter`` that hands every event to a log, then to everyone who listens.

    ``common`` are fields of every event that has no others of their names; they may change while it is in use.
    """

    def __init__(
        self,
        log: Reporter,
        listeners: Sequence[Listener],
        fields: Mapping[str, Any] | None = None,
        *,
        common: Mapping[str, Any] | None = None,
    ) -> None:
        self._log = log
        self._listeners = listeners
        self._fields = dict(fields or {})
        self._common = {} if common is None else common

    def emit(self, event: Event, **fields: Any) -> None:
        """See ``Reporter``."""
        own = {key: value for key, value in self._common.items() if key not in self._fields}
        self._log.emit(event, **(own | fields))
        for listener in self._listeners:
            listener(event, own | self._fields | fields)

    def bound(self, **fields: Any) -> Telling:
        """See ``Reporter``."""
        log = self._log.bound(**fields)
        return Telling(log, self._listeners, self._fields | fields, common=self._common)


class Levels:
    """The least important events that are written: of all, and of single routes while a person wants it so."""

    def __init__(self, general: Severity) -> None:
        self._general = general
        self._of_routes: Mapping[str, Severity] = {}

    def take(self, of_routes: Mapping[str, Severity]) -> None:
        """Go by other levels of single routes."""
        self._of_routes = of_routes

    def writes(self, event: Event, route: object) -> bool:
        """Whether an event is important enough."""
        return RANK[event.severity] >= RANK[self._of_routes.get(str(route), self._general)]


class StructuredLog:
    """``Reporter`` through structlog and the standard library's handlers."""

    def __init__(
        self,
        logger: Any,
        *,
        clock: Clock,
        zone: ZoneInfo,
        levels: Levels,
        fields: Mapping[str, Any] | None = None,
        sampling: Sampling | None = None,
    ) -> None:
        self._logger = logger
        self.levels = levels
        self._clock = clock
        self._zone = zone
        self._fields = dict(fields or {})
        self._always = {key: value for key, value in self._fields.items() if key == "gateway"}
        self._sampling = sampling or Sampling()

    def emit(self, event: Event, **fields: Any) -> None:
        """See ``Reporter``. Of warnings and errors that come again and again the first are written."""
        given = self._fields | fields
        if not self.levels.writes(event, given.get("route")):
            return
        now = self._clock.monotonic()
        for left in self._sampling.over(now):
            name, subject, error = cast("tuple[str, str, str]", left.key)
            known = CATALOGUE[name]
            told = {"reason": f"{known.message_id} {subject}".strip(), "error": error or None}
            self._write(events.LINES_LEFT_OUT, self._always | told | {"count": left.count})
        if event.severity in ("warning", "error") and not self._sampling.is_written(_kind(event, given), now):
            return
        self._write(event, given)

    def _write(self, event: Event, given: Mapping[str, Any]) -> None:
        line = dict(given) | {
            "timestamp": _local(self._clock.now(), self._zone),
            "level": event.severity,
            "message_id": event.message_id,
            "message": event.text,
            "next_action": given.get("next_action") or _filled(event.next_action, given),
        }
        getattr(self._logger, event.severity)(event.name, **line)

    def bound(self, **fields: Any) -> StructuredLog:
        """See ``Reporter``."""
        return StructuredLog(
            self._logger,
            clock=self._clock,
            zone=self._zone,
            levels=self.levels,
            fields=self._fields | fields,
            sampling=self._sampling,
        )


def _kind(event: Event, fields: Mapping[str, Any]) -> tuple[str, str, str]:
    """By what two lines are the same: event, subject, error."""
    named = (
        str(fields[key]) for key in ("route", "transfer_id", "file", "endpoint", "reason") if fields.get(key)
    )
    return event.name, " ".join(named), str(fields.get("error") or "")


def _filled(action: str, fields: Mapping[str, Any]) -> str:
    for key in ("transfer_id", "route", "endpoint", "reason"):
        action = action.replace(f"{{{key}}}", str(fields.get(key, "")))
    return action


def _local(now: datetime, zone: ZoneInfo) -> str:
    return now.astimezone(zone).isoformat(timespec="milliseconds")


def _ordered(_logger: Any, _method: str, line: MutableMapping[str, Any]) -> dict[str, Any]:
    return {key: line[key] for key in KEYS if line.get(key) not in (None, "")}


class _PrivateRotatingFile(RotatingFileHandler):
    """A log file that only its owner reads."""

    def _open(self) -> Any:
        descriptor = os.open(self.baseFilename, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
        return os.fdopen(descriptor, self.mode, encoding=self.encoding)


def handler_for(
    *,
    stream: str | None,
    file: Path | None = None,
    syslog: str | None = None,
    journald: str | None = None,
    max_bytes: int = 0,
    keep: int = 0,
) -> logging.Handler:
    """The standard library's handler for one target of ``log.to``."""
    if file is not None:
        file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        return _PrivateRotatingFile(file, maxBytes=max_bytes, backupCount=keep, encoding="utf-8")
    if syslog is not None:
        return SyslogHandler(syslog if syslog.startswith("/") else address_of(syslog))
    if journald is not None:
        return JournaldHandler(journald)
    return logging.StreamHandler(sys.stderr if stream == "stderr" else sys.stdout)


def open_log(
    handler: logging.Handler,
    *,
    gateway: str,
    level: Severity,
    text: bool,
    clock: Clock,
    zone: ZoneInfo,
    language: Literal["ja", "en"] = "en",
) -> StructuredLog:
    """A reporter on ``handler`` alone: no other library's lines get among ours. ``language`` is that of text."""
    logger = logging.Logger("linkage-gateway", logging.DEBUG)  # noqa: LOG001 - outside the tree of loggers
    handler.setFormatter(logging.Formatter("%(message)s"))
    logger.addHandler(handler)
    render: Any = _text_in(language) if text else structlog.processors.JSONRenderer(ensure_ascii=False)
    bound = structlog.wrap_logger(
        logger, processors=[_ordered, _with_line(render)], wrapper_class=structlog.stdlib.BoundLogger
    )
    return StructuredLog(bound, clock=clock, zone=zone, levels=Levels(level), fields={"gateway": gateway})


def _with_line(render: Any) -> Any:
    """A renderer that leaves the line's keys with its record as well."""

    def rendered(logger: Any, method: str, line: dict[str, Any]) -> tuple[tuple[str], dict[str, Any]]:
        kept = dict(line)
        return (render(logger, method, line),), {"extra": {"line": kept}}

    return rendered


def _text_in(language: Literal["ja", "en"]) -> Callable[[Any, str, MutableMapping[str, Any]], str]:
    """Writes lines for people."""

    def line_of_text(_logger: Any, _method: str, line: MutableMapping[str, Any]) -> str:
        return _line_of_text(line if language == "en" else dict(line) | _in_japanese(line))

    return line_of_text


def _in_japanese(line: Mapping[str, Any]) -> dict[str, Any]:
    """What a line says in sentences; names and numbers stay as they are."""
    event, action = CATALOGUE[line["event"]], str(line.get("next_action", ""))
    usual = action == _filled(event.next_action, line)
    said = {
        "message": event.text_ja,
        "error": in_japanese(str(line.get("error", ""))),
        "next_action": _filled(event.next_action_ja, line) if usual else in_japanese(action),
    }
    return {key: text for key, text in said.items() if text}


def _line_of_text(line: MutableMapping[str, Any]) -> str:
    head = f"{line.pop('timestamp')} {line.pop('level').upper():8} {line.pop('message_id')} {line.pop('message')}"
    line.pop("event")
    return head + "".join(f" {key}={value}" for key, value in line.items())

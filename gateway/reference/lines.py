"""The JSON Schema of a log line, for monitoring products: every key with its type, and every event of the catalogue."""

from __future__ import annotations

from typing import Any

from gateway.events import CATALOGUE, LETTERS, Event
from gateway.model import Format, Phase

Schema = dict[str, Any]

_ALWAYS = ("timestamp", "level", "event", "message_id", "message", "gateway")
_COUNT: Schema = {"type": "integer", "minimum": 0}
_HASH: Schema = {"type": "string", "pattern": "^[0-9a-f]+$"}
_FORMAT: Schema = {"enum": [*Format]}

FIELDS: dict[str, tuple[Schema, str]] = {
    "timestamp": ({"type": "string", "format": "date-time"}, "When, in the gateway's zone, with its offset."),
    "level": ({"enum": [*LETTERS]}, "How serious; the last letter of the message ID says the same."),
    "event": ({"type": "string"}, "What happened: a name that stays."),
    "message_id": ({"type": "string", "pattern": r"^LGW-\d{4}-[DIWEC]$"}, "A number that stays."),
    "message": ({"type": "string"}, "What happened, in words."),
    "gateway": ({"type": "string"}, "Name of the gateway."),
    "node": (
        {"type": "string"},
        "The node that it is about, or that says so, where several share the routes.",
    ),
    "route": ({"type": "string"}, "The route that it is about."),
    "linkage_id": ({"type": "string"}, "The route's linkage ID and branch."),
    "vendor": ({"type": "string"}, "Whose route it is."),
    "transfer_id": ({"type": "string"}, "One version of one file on its way; `trace` finds it."),
    "file": ({"type": "string"}, "Endpoint and path of the file, or the file of the configuration."),
    "destination": ({"type": "string"}, "Endpoint and path at the destination."),
    "parts": (_COUNT, "In how many parts it was sent."),
    "bytes": (_COUNT, "Size of the file."),
    "records": (_COUNT, "Records of the file."),
    "sha256": ({"type": "string", "pattern": "^[0-9a-f]{64}$"}, "Digest of what was received."),
    "from_format": (_FORMAT, "What the source spoke."),
    "to_format": (_FORMAT, "What the destination spoke."),
    "phase": ({"enum": [*Phase]}, "The phase that follows from both."),
    "revision": (_COUNT, "Which version of a file of this name it is."),
    "attempt": (_COUNT, "Which attempt it was."),
    "seconds": ({"type": "number", "minimum": 0}, "How long it took."),
    "configuration": (_HASH, "Beginning of the hash of the configuration that held."),
    "error_kind": ({"type": "string"}, "The class of the error, named for the decision that it causes."),
    "error": ({"type": "string"}, "What the place or the check says; never a value out of a record."),
    "endpoint": ({"type": "string"}, "The endpoint, or the way by which people are told."),
    "cutover": ({"type": "string"}, "The cutover that it is about."),
    "planned": ({"type": "string"}, "When the cutover was to be, or the day whose files are meant."),
    "reason": ({"type": "string"}, "A reason code, or what the event is about more closely."),
    "count": (_COUNT, "How many."),
    "next_action": ({"type": "string"}, "What a person does about it."),
}
"""By key, in the order of a line: its type, and what it says."""


def line_schema() -> Schema:
    """The JSON Schema of one line."""
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "A log line of Linkage Gateway",
        "type": "object",
        "properties": {key: kind | {"description": text} for key, (kind, text) in FIELDS.items()},
        "required": list(_ALWAYS),
        "additionalProperties": False,
        "oneOf": [_event(one) for one in sorted(CATALOGUE.values(), key=lambda one: one.number)],
    }


def _event(event: Event) -> Schema:
    """What a line of this event has for certain, with what people read of it."""
    told = {
        "x-cause": event.cause.text,
        "x-cause-ja": event.cause.text_ja,
        "x-next-action": event.next_action,
        "x-next-action-ja": event.next_action_ja,
        "x-command": event.cause.command,
    }
    fixed = {
        "event": event.name,
        "message_id": event.message_id,
        "level": event.severity,
        "message": event.text,
    }
    return {
        "title": event.text,
        "description": event.text_ja,
        "properties": {key: {"const": value} for key, value in fixed.items()},
        **{key: value for key, value in told.items() if value},
    }

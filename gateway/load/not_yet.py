"""Keys that are read and not yet acted upon, in one table. Whoever makes one work removes its line."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from gateway.load.document import Document
from gateway.load.fault import Complaint, Location, Severity

NOT_YET: dict[str, tuple[str, ...]] = {
    "installation": (
        "console",
        "limits.originals",
        "retention",
        "calendar",
        "alerts",
        "clock",
    ),
    "systems": ("waves.*.require", "freezes"),
    "endpoints": ("endpoints.*.maintenance",),
    "route": (
        "order.sequence",
        "order.on_gap",
        "expect",
        "limits",
        "shadow",
        "keep_last",
        "name_mask",
        "carries",
        "verify",
        "schedule.windows",
        "schedule.calendar",
        "schedule.jitter",
        *(
            f"{side}.*.{key}"
            for side, keys in {
                "from": ("ready.manifest", "ready.trailer", "identity", "handover", "versions"),
                "to": ("taken.within", "taken.receipt", "complete_by", "marker", "versions"),
            }.items()
            for key in keys
        ),
    ),
}
"""By kind of file: paths of keys, ``*`` for any name."""

TOO_SOON: dict[str, str] = {
    "from.*.select": "more would be sent than is meant",
    "to.*.select": "more would be sent than is meant",
    "delta": "full files would go where differences are expected",
}
"""Keys of a route without whose effect it may not run: (path, what would happen)."""


def unacted(kind: str, document: Document) -> Iterator[Complaint]:
    """A warning for each such key that a document uses."""
    for path in NOT_YET[kind]:
        for at in _found(document.data, tuple(path.split(".")), ()):
            message = f"{at[-1]} is read, and not yet acted upon by this version"
            yield Complaint(at=at, key=True, message=message, severity=Severity.WARNING)


def too_soon(document: Document) -> Iterator[Complaint]:
    """An error for each key of a route that it needs and that this version cannot act upon."""
    for path, effect in TOO_SOON.items():
        for at in _found(document.data, tuple(path.split(".")), ()):
            message = f"{at[-1]} is not yet acted upon by this version, and {effect}; remove it, or wait with the route"
            yield Complaint(at=at, key=True, message=message)


def _found(data: Any, path: tuple[str, ...], at: Location) -> Iterator[Location]:
    if not path:
        yield at
    elif isinstance(data, dict):
        for key in data if path[0] == "*" else data.keys() & {path[0]}:
            yield from _found(data[key], path[1:], (*at, key))

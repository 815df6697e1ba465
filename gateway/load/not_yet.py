"""Keys that are read and not yet acted upon, in one table. Whoever makes one work removes its line."""

from __future__ import annotations

from collections.abc import Iterator

from gateway.config import Installation
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
        "schedule.windows",
        "schedule.calendar",
        "schedule.jitter",
        *(
            f"{side}.*.{key}"
            for side, keys in {
                "from": ("ready.manifest", "ready.trailer", "handover", "versions"),
                "to": ("taken.within", "taken.receipt", "complete_by", "versions"),
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
        for at in _found(document, path):
            message = f"{at[-1]} is read, and not yet acted upon by this version"
            yield Complaint(at=at, key=True, message=message, severity=Severity.WARNING)


def too_soon(document: Document) -> Iterator[Complaint]:
    """An error for each key of a route that it needs and that this version cannot act upon."""
    for path, effect in TOO_SOON.items():
        for at in _found(document, path):
            message = f"{at[-1]} is not yet acted upon by this version, and {effect}; remove it, or wait with the route"
            yield Complaint(at=at, key=True, message=message)


def too_soon_installation(installation: Installation) -> Iterator[Complaint]:
    """An error for each value of ``gateway.yaml`` on which it would be wrong to run."""
    if installation.journal.url.startswith("postgresql://"):
        message = "url is not yet acted upon if it begins with postgresql://; write sqlite:///{state_dir}/journal.db"
        yield Complaint(at=("journal", "url"), message=message)


def _found(document: Document, path: str) -> Iterator[Location]:
    """Where keys of this path stand, whatever is wrong with their values."""
    parts = path.split(".")
    for at in document.keys:
        if len(at) == len(parts) and all(part in ("*", key) for part, key in zip(parts, at, strict=True)):
            yield at

"""Keys that are read and not yet acted upon, in two tables. Whoever makes one work removes its line.

Where leaving a key out of account only means less comfort, it is a warning. Where data could be lost, mixed up or
shown because of it, it is an error: whoever wrote the key relies on it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from gateway.load.document import Document
from gateway.load.fault import Complaint, Location, Severity

NOT_YET: dict[str, dict[str, str]] = {
    "installation": {
        "retention.corrected": "a corrected sheet stays where staff put it",
        "retention.shadow": "what stands at a shadow place is its consumer's to remove",
        "retention.rehearsal": "a rehearsal removes its folder at its end",
    },
    "endpoints": {},
    "route": {},
}
"""By kind of file: paths of keys, ``*`` for any name, and what that means."""


@dataclass(frozen=True, kw_only=True)
class Early:
    """A key that may not be left out of account.

    Attributes:
        path: where it stands, ``*`` for any name.
        effect: what would happen.
        harmless: whether it asks for nothing, told by the keys beside it and itself.
        when: said of a key that does work otherwise.
    """

    path: str
    effect: str
    harmless: Callable[[Mapping[str, Any]], bool] = lambda _: False
    when: str = ""


TOO_SOON: dict[str, tuple[Early, ...]] = {
    "systems": (),
    "endpoints": (),
    "route": (
        *(
            Early(
                path=f"{side}.*.versions",
                effect="old versions would stay; write versions: erase on the endpoint",
                harmless=lambda place: place["versions"] == "keep",
            )
            for side in ("from", "to")
        ),
    ),
}
"""By kind of file: keys without whose effect it would be wrong to run."""


def unacted(kind: str, document: Document) -> Iterator[Complaint]:
    """A warning for each key without effect that a document uses."""
    for path, effect in NOT_YET[kind].items():
        for at in _found(document, path):
            message = f"{at[-1]} is read, and not yet acted upon by this version: {effect}"
            yield Complaint(at=at, key=True, message=message, severity=Severity.WARNING)


def too_soon(kind: str, document: Document) -> Iterator[Complaint]:
    """An error for each key that a document relies on and that this version cannot act upon."""
    for early in TOO_SOON[kind]:
        for at in _found(document, early.path):
            beside = _beside(document.data, at)
            if at[-1] in beside and not early.harmless(beside):
                message = f"{at[-1]} is not yet acted upon by this version{early.when}, and {early.effect}"
                advice = "" if "; " in early.effect else "; remove it, or wait with it for a later version"
                yield Complaint(at=at, key=True, message=message + advice)


def _found(document: Document, path: str) -> Iterator[Location]:
    """Where keys of this path stand, whatever is wrong with their values."""
    parts = path.split(".")
    for at in document.keys:
        if len(at) == len(parts) and all(part in ("*", key) for part, key in zip(parts, at, strict=True)):
            yield at


def _beside(data: Any, at: Location) -> Mapping[Any, Any]:
    """The keys and values beside a key, itself included; none if it gave way to a default."""
    for part in at[:-1]:
        data = data.get(part) if isinstance(data, dict) else None
    return data if isinstance(data, dict) else {}

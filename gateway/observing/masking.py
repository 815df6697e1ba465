"""Parts of file names that stay out of sight: what a route's ``name_mask`` matches, in logs, alarms and on the page.

The journal and the commands of people on the machine itself have the whole names: without them nobody could find the
file.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from gateway.events import Event
from gateway.expressions import replaced
from gateway.logs.log import Reporter

HIDDEN = "***"
_TEXTS = ("file", "destination", "error", "reason")
"""Fields in which names of files stand."""

Mask = Callable[[str], str | None]
"""The expression of a route, by its name; None if it has none."""


def masked(text: str, mask: str | None) -> str:
    """A text without what the expression matches."""
    return replaced(mask, text, HIDDEN) if mask else text


class Masking:
    """``Reporter`` that hides parts of names before anybody is told, whatever event they stand in."""

    def __init__(self, report: Reporter, mask: Mask, route: str = "") -> None:
        self._report = report
        self._mask = mask
        self._route = route

    def emit(self, event: Event, **fields: Any) -> None:
        """See ``Reporter``."""
        self._report.emit(event, **self._hidden(fields))

    def bound(self, **fields: Any) -> Masking:
        """See ``Reporter``."""
        route = str(fields.get("route") or self._route)
        return Masking(self._report.bound(**self._hidden(fields)), self._mask, route)

    def _hidden(self, fields: Mapping[str, Any]) -> dict[str, Any]:
        mask = self._mask(str(fields.get("route") or self._route))
        if mask is None:
            return dict(fields)
        hidden = {key: masked(fields[key], mask) for key in _TEXTS if isinstance(fields.get(key), str)}
        return {**fields, **hidden, **_action(fields, mask)}


def _action(fields: Mapping[str, Any], mask: str) -> dict[str, str]:
    """What is to be done, without the name; commands in it have ids that the expression must not touch."""
    action, name = (
        fields.get("next_action"),
        str(fields.get("file") or "").rpartition("/")[2].rpartition(":")[2],
    )
    if not isinstance(action, str) or not name:
        return {}
    return {"next_action": action.replace(name, masked(name, mask))}

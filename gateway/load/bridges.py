"""Routes whose two ends differ in content: full files on one side, changes alone on the other. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import product

from gateway.config import Place, Route
from gateway.formats import Converter, Layout
from gateway.load.fault import Complaint
from gateway.model import Format


def needless(route: Route) -> Iterator[Complaint]:
    """A delta that joins nothing, or that lacks or has too much for what it joins."""
    if route.delta is None:
        return
    sides = {route.bridge(*pair) for pair in _pairs(route)}
    full, at = route.delta.full, ("delta", "full")
    if sides <= {None}:
        message = (
            "delta joins full files and changes, and no two ends differ so; write content: full at one end and "
            "content: differential at the other, or remove delta"
        )
        yield Complaint(at=("delta",), key=True, message=message)
    elif full is None and "from" in sides:
        message = "changes come in and full files go out; add full: {every: ...}, such as 24h"
        yield Complaint(at=("delta",), key=True, message=message)
    elif full is not None and "from" not in sides:
        message = "full belongs to routes where changes come in and full files go out; remove it"
        yield Complaint(at=at, key=True, message=message)


def _pairs(route: Route) -> Iterator[tuple[Place, Place]]:
    sources, targets = (
        [place for format_ in Format for place in route.places(side, format_)] for side in ("from", "to")
    )
    return product(sources, targets)


def why_not_joined(route: Route, source: Place, target: Place) -> str:
    """Why files cannot go from one place to the other as they are, by what they hold; empty if they can."""
    contents = source.content, target.content
    if route.delta is not None or None in contents or contents[0] == contents[1]:
        return ""
    if contents[0] == "full":
        return (
            "full files come in, and changes are to go out; add delta: {key: [...]}, or write content: full"
        )
    return (
        "changes come in, and full files are to go out; add delta: {key: [...], full: {every: ...}}, "
        "or write content: differential"
    )


def why_change_is_carried(converter: Converter, layout: Layout) -> str:
    """Why the gateway cannot say itself what happened to a row; empty if it can."""
    if layout.changes is None:
        return ""
    index = layout.names()[layout.changes.item]
    if not any(step.carries and index in step.targets for step in converter.steps):
        return ""
    return (
        f"mapping {converter.mapping.name} writes {layout.changes.item}, in which the gateway tells what happened to "
        "a row; take that line out"
    )

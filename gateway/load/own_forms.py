"""Layouts, mappings and what else is in a vendor's own folder: its routes mean these before what all share. Pure."""

from __future__ import annotations

from typing import Any

from gateway.config import End, Place, Route
from gateway.load.library import Library


def with_own_forms(route: Route, library: Library) -> Route:
    """The route with whole names for what its vendor has for itself."""
    if route.vendor not in library.owners:
        return route
    own = _Own(route.vendor, library)
    changed: dict[str, Any] = {"source": own.end(route.source), "to": own.end(route.to)}
    changed["convert"] = tuple(library.mappings.own(route.vendor, name) for name in route.convert)
    if route.compare is not None:
        names = tuple(library.registers.own(route.vendor, name) for name in route.compare.tolerances)
        changed["compare"] = route.compare.model_copy(update={"tolerances": names})
    if route.shadow is not None:
        changed["shadow"] = own.place(route.shadow)
    return route.model_copy(update=changed)


class _Own:
    def __init__(self, vendor: str, library: Library) -> None:
        self._vendor = vendor
        self._library = library

    def end(self, end: End) -> End:
        return end.model_copy(
            update={name: self._places(getattr(end, name)) for name in ("legacy", "standard")}
        )

    def _places(self, written: Place | tuple[Place, ...] | None) -> Place | tuple[Place, ...] | None:
        if isinstance(written, tuple):
            return tuple(map(self.place, written))
        return None if written is None else self.place(written)

    def place(self, place: Place) -> Place:
        shelves = {"layout": self._library.layouts, "profile": self._library.profiles}
        found = {key: (shelf, getattr(place, key)) for key, shelf in shelves.items()}
        return place.model_copy(
            update={
                key: shelf.own(self._vendor, name) for key, (shelf, name) in found.items() if name is not None
            }
        )

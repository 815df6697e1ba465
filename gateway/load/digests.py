"""Hashes of all that determines a route: its file's values, its systems, places, forms and mappings."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping

from gateway.config import Endpoint, Place, Route, System
from gateway.load.conversions import Conversions
from gateway.load.shelves import Shelf, base_of
from gateway.model import Format


class Digests:
    """The hashes of one configuration's routes. What many routes share is worked out once."""

    def __init__(
        self, systems: Mapping[str, System], endpoints: Mapping[str, Endpoint], conversions: Conversions
    ) -> None:
        self._systems = systems
        self._endpoints = endpoints
        self._conversions = conversions
        self._shared: dict[tuple[str, ...], str] = {}

    def of(self, route: Route) -> str:
        """The hash of a route in hex. Comments and names of files do not count, nor do titles of layouts."""
        places = [
            place for side in (route.source, route.to) for form in Format for place in side.places(form)
        ]
        places += [route.shadow] if route.shadow is not None else []
        parts = [
            route.model_dump_json(by_alias=True),
            *(self._system(name) for name in sorted({route.source.system, route.to.system})),
            *(self._endpoint(name) for name in sorted({place.endpoint for place in places})),
            *(self._form(place) for place in places),
            *(self._mapping(name) for name in route.convert),
        ]
        return _hash(parts)

    def _system(self, name: str) -> str:
        return self._once(("system", name), lambda: self._systems[name].model_dump_json(by_alias=True))

    def _endpoint(self, name: str) -> str:
        return self._once(("endpoint", name), lambda: _shown(self._endpoints[name]))

    def _form(self, place: Place) -> str:
        names = ("form", place.layout or "", place.profile or "")
        return self._once(names, lambda: _hash(self._forms(place)))

    def _forms(self, place: Place) -> list[str]:
        """A place's form on each business date from which it is another one, and how it tells changes."""
        found = []
        for on in self._conversions.dates(place):
            form = self._conversions.form(place, on)
            changes = form.layout.changes if form else None
            told = changes.model_dump_json() if changes else ""
            found += [on.isoformat() if on else "", form.fingerprint if form else "", told]
        return found

    def _mapping(self, name: str) -> str:
        library = self._conversions.library
        return self._once(("mapping", name), lambda: _hash(_versions(library.mappings, name)))

    def _once(self, key: tuple[str, ...], made: Callable[[], str]) -> str:
        if key not in self._shared:
            self._shared[key] = made()
        return self._shared[key]


def _versions(mappings: Shelf, name: str) -> list[str]:
    return [one.model_dump_json() for key, one in sorted(mappings.items()) if base_of(key) == name]


def _shown(endpoint: Endpoint) -> str:
    """An endpoint as text. Secrets are references, and stay such."""
    variants = [_json(one.options.model_dump(mode="json")) for one in endpoint.variants]
    own = endpoint.model_dump(mode="json", exclude={"options", "variants"})
    dates = [one.model_dump(mode="json", exclude={"options"}) for one in endpoint.variants]
    return _json([own, endpoint.options.model_dump(mode="json"), dates, variants])


def _json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, sort_keys=True)


def _hash(parts: list[str]) -> str:
    return hashlib.sha256(json.dumps(parts).encode()).hexdigest()

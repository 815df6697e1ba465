"""What a route must do to bytes for each pair of formats: nothing, or which conversion."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date
from typing import Literal

from gateway.config import Place, Route
from gateway.formats import (
    Converter,
    Form,
    FormatFault,
    FormatFaults,
    Selection,
    SelectionError,
    compile_conversion,
    identity,
    run_golden,
)
from gateway.formats import Mapping as ItemMapping
from gateway.formats.keyed import Keyed, KeyFault, keyed
from gateway.load.bridges import why_change_is_carried, why_not_joined
from gateway.load.fault import Location, cannot_be_checked
from gateway.load.library import Library
from gateway.load.shelves import base_of, own_name, since_of
from gateway.model import Format

EVERYTHING = Selection()
Key = tuple[str, str, str, tuple[frozenset[tuple[str, str]], ...], Selection, Selection]
"""What tells converters apart: forms, mapping, the codes it looks up, and what is selected."""


class NoConversion(ValueError):
    """A route has no conversion, or no single one, for a pair of formats. Says what to write.

    Attributes:
        at: the location in the route's file.
    """

    def __init__(self, message: str, *, at: Location = ("convert",)) -> None:
        super().__init__(message)
        self.at = at


@dataclass(frozen=True, kw_only=True)
class MadeWith:
    """What makes an output: names for people, and a hex digest of all that determines its bytes."""

    source: str
    target: str
    mapping: str
    digest: str


class Conversions:
    """Forms and converters of routes, made when first needed and kept."""

    def __init__(self, library: Library) -> None:
        self.library = library
        self._converters: dict[Key, Converter] = {}
        self._golden: dict[int, tuple[FormatFault, ...]] = {}
        self._forms: dict[tuple[int, ...], Form] = {}
        self._made_with: dict[int, MadeWith] = {}

    def form(self, place: Place, on: date | None = None) -> Form | None:
        """What a place's files of a business date look like (None: before any change); None without a layout.

        The place's names must be known ones.
        """
        if place.layout is None:
            return None
        layout = self.library.layout_at(place.layout, on)
        profile = None if place.profile is None else self.library.profiles[place.profile]
        tables = self.library.tables_at(layout, on)
        key = tuple(map(id, (layout, profile, *tables)))  # of the library, which keeps them as long as this
        if key not in self._forms:
            self._forms[key] = Form(layout=layout, profile=profile, tables=tables)
        return self._forms[key]

    def dates(self, *places: Place) -> tuple[date | None, ...]:
        """One business date for each combination of versions that the files of places go through."""
        return (None, *self.library.dates(place.layout for place in places if place.layout is not None))

    def converter(
        self, route: Route, source_format: Format, target_format: Format, on: date | None = None
    ) -> Converter | None:
        """The conversion for a pair of formats of a route with one place in each; see ``between``."""
        source = _offered(route, "from", source_format)
        target = _offered(route, "to", target_format)
        return self.between(route, (source_format, source), (target_format, target), on)

    def between(
        self,
        route: Route,
        source_end: tuple[Format, Place],
        target_end: tuple[Format, Place],
        on: date | None = None,
    ) -> Converter | None:
        """The conversion from a place of a route to another for a business date; None if bytes pass unchanged.

        Raises:
            NoConversion: the route has none, or several.
            FormatFaults: the mapping cannot be used with these layouts.
        """
        (source_format, source), (target_format, target) = source_end, target_end
        chosen, bridge = (_selection(source), _selection(target)), route.bridge(source, target)
        if reason := why_not_joined(route, source, target):
            raise NoConversion(reason, at=("to", target_format.value, "content"))
        if route.pass_through:
            _require_everything(chosen, bridge, "pass_through sends every byte")
            return None
        source_form, target_form = self.form(source, on), self.form(target, on)
        if source_form is None or target_form is None:
            _require_opaque(source_form, target_form, source_format, target_format)
            _require_everything(chosen, bridge, "without a layout nobody knows rows and items")
            return None
        if bridge is not None:
            self.keyed(route, source if bridge == "from" else target, on)
        if source_form.fingerprint != target_form.fingerprint:
            mapping = self._mapping(route, source, target, on)
        elif any(chosen) or bridge == "to":
            mapping = identity(source_form.layout, without=_change_item(target_form, bridge))
            target_form = replace(target_form, layout=source_form.layout)
        else:
            return None
        try:
            converter = self._compiled(source_form, target_form, mapping, *chosen)
        except SelectionError as error:
            at = ("from", source_format.value) if error.side == "from" else ("to", target_format.value)
            raise NoConversion(f"select: {error}", at=(*at, "select", error.key)) from None
        if bridge == "to" and (reason := why_change_is_carried(converter, target_form.layout)):
            raise NoConversion(reason)
        return converter

    def keyed(self, route: Route, place: Place, on: date | None = None) -> Keyed:
        """How the rows of a place's files are known by the route's key; raises ``NoConversion``."""
        form = self.form(place, on)
        assert form is not None, "a route with delta has layouts"
        assert route.delta is not None, "asked of routes with delta alone"
        try:
            return keyed(form, route.delta.key)
        except KeyFault as fault:
            at = ("delta",) if fault.part is None else ("delta", "key", fault.part)
            raise NoConversion(str(fault), at=at) from None

    def rewriter(self, place: Place, on: date | None = None) -> Converter:
        """Writes a place's files anew as our own writer would, every item as it is."""
        form = self.form(place, on)
        assert form is not None, "a route with delta has layouts"
        return self._compiled(form, form, identity(form.layout))

    def try_unused(self) -> Iterator[FormatFault]:
        """The faults of mappings that no route has used so far, and of their golden cases."""
        used = {name for _, _, name, *_ in self._converters}
        for name, mapping in self.library.mappings.items():
            usable = mapping.source in self.library.layouts and mapping.target in self.library.layouts
            if name not in used and usable:
                since = since_of(name)
                ends = (self.plain_form(layout, since) for layout in (mapping.source, mapping.target))
                yield from self._faults_of(self.library.mapping_at(base_of(name), since), *ends)

    def _faults_of(self, mapping: ItemMapping, source: Form, target: Form) -> tuple[FormatFault, ...]:
        try:
            return self.golden(self._compiled(source, target, mapping))
        except FormatFaults as error:
            return error.faults
        except Exception as error:  # noqa: BLE001 - one vendor's mapping keeps nobody else's from being read
            return (FormatFault(model="mapping", name=mapping.name, message=cannot_be_checked(error)),)

    def plain_form(self, name: str, on: date | None = None) -> Form:
        """What files of a layout look like where no place says more."""
        layout = self.library.layout_at(name, on)
        return Form(layout=layout, tables=self.library.tables_at(layout, on))

    def chosen(self, route: Route, source: Place, target: Place) -> tuple[str, ...]:
        """The mappings of ``convert`` that join the layouts of two places, either way round."""
        layouts = {source.layout, target.layout}
        return tuple(name for name in route.convert if self._joins(name) == layouts)

    def _mapping(self, route: Route, source: Place, target: Place, on: date | None) -> ItemMapping:
        names = self.chosen(route, source, target)
        pair = f"{source.layout} -> {target.layout}"
        if len(names) > 1:
            raise NoConversion(f"{' and '.join(names)} both join {pair}; name one of them in convert")
        if not names:
            raise NoConversion(
                f"no mapping for {pair}, which the route meets; {self._advice(source, target)}"
            )
        return self.library.mapping_at(names[0], on)

    def _advice(self, source: Place, target: Place) -> str:
        layouts = {source.layout, target.layout}
        fitting = [one.name for one in self.library.mappings.firsts() if {one.source, one.target} == layouts]
        if fitting:
            return f"add {own_name(fitting[0])} to convert"
        ends = f"from: {own_name(source.layout or '')} and to: {own_name(target.layout or '')}"
        return f"write one in mappings/ with {ends}, and add it to convert"

    def _joins(self, name: str) -> set[str | None]:
        mapping = self.library.mappings.get(name)
        return set() if mapping is None else {mapping.source, mapping.target}

    def _compiled(
        self,
        source: Form,
        target: Form,
        mapping: ItemMapping,
        taken: Selection = EVERYTHING,
        sent: Selection = EVERYTHING,
    ) -> Converter:
        looked_up = tuple(frozenset(line.codes.items()) for line in mapping.items if line.lookup)
        key = (source.fingerprint, target.fingerprint, mapping.name, looked_up, taken, sent)
        if key not in self._converters:
            converter = compile_conversion(source, target, mapping, taken=taken, sent=sent)
            self._converters[key] = converter
            self._made_with[id(converter)] = _made_with(source, target, mapping, taken, sent)
        return self._converters[key]

    def golden(self, converter: Converter) -> tuple[FormatFault, ...]:
        """The golden cases that do not come out with one of these converters, each run once for all routes."""
        if id(converter) not in self._golden:
            self._golden[id(converter)] = run_golden(converter)
        return self._golden[id(converter)]

    def made_with(self, converter: Converter) -> MadeWith:
        """What the outputs of one of these converters are made with."""
        return self._made_with[id(converter)]


def _made_with(
    source: Form, target: Form, mapping: ItemMapping, taken: Selection, sent: Selection
) -> MadeWith:
    parts = [source.fingerprint, target.fingerprint, mapping.model_dump(mode="json"), str(taken), str(sent)]
    digest = hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()
    names = {"source": source.layout.name, "target": target.layout.name, "mapping": mapping.name}
    return MadeWith(**names, digest=digest)


def _selection(place: Place) -> Selection:
    return Selection(rows=place.select.rows or "", items=tuple(place.select.items))


def _require_everything(chosen: tuple[Selection, Selection], bridge: str | None, reason: str) -> None:
    """Bytes that pass as they are cannot be selected of, and have no rows to compare."""
    if any(chosen):
        raise NoConversion(f"{reason}, and select leaves some out; remove one of the two", at=("to",))
    if bridge is not None:
        raise NoConversion(f"{reason}, and delta goes by rows; remove one of the two", at=("delta",))


def _change_item(form: Form, bridge: str | None) -> str:
    """The item that the gateway writes itself; empty if it writes none."""
    return form.layout.changes.item if bridge == "to" and form.layout.changes else ""


def _offered(route: Route, side: Literal["from", "to"], format_: Format) -> Place:
    place = route.place(side, format_)
    if place is None:
        message = f"{side} has no {format_}: place; add {format_}: with endpoint and path"
        raise NoConversion(message, at=(side,))
    return place


def _require_opaque(
    source: Form | None, target: Form | None, source_format: Format, target_format: Format
) -> None:
    """Bytes without a layout may only go where there is none either, in the same format."""
    if source is None and target is None and source_format is target_format:
        return
    side, format_ = ("from", source_format) if source is None else ("to", target_format)
    if source is None and target is None:
        lack = f"without layouts {source_format} -> {target_format} cannot be converted; add layout: on both sides"
    else:
        lack = "no layout here, and one on the other side; add layout: here"
    raise NoConversion(f"{lack}, or write pass_through: true with a reason", at=(side, format_.value))

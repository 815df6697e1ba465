"""Layouts, mappings, CSV profiles and tables of user-defined characters, by name."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date
from functools import cached_property
from pathlib import Path
from typing import Any, TypeVar

from pydantic import BaseModel

from gateway.formats import CharacterTable, CsvProfile, FormatFault, FormatFaults, Layout, LookupTable
from gateway.formats import Mapping as ItemMapping
from gateway.load.copybooks import copybooks, is_form
from gateway.load.document import Document
from gateway.load.fault import Complaint, Fault, cannot_be_checked
from gateway.load.reader import Reader
from gateway.load.shelves import SHARED, Home, Shelf, base_of, owner_of, since_of

Model = TypeVar("Model", bound=BaseModel)

CHARACTERS = "characters"
LOOKUPS = "mappings/lookups"
"""Folders of tables."""


@dataclass(frozen=True, kw_only=True)
class Library:
    """Everything that says how bytes are to be read."""

    layouts: Shelf
    mappings: Shelf
    profiles: Shelf
    tables: Shelf
    lookups: Shelf
    registers: Shelf

    @cached_property
    def owners(self) -> frozenset[str]:
        """The vendors that have any of it for themselves."""
        shelves = (self.layouts, self.mappings, self.profiles, self.registers)
        names = (name for shelf in shelves for name in (*shelf.usable, *shelf.broken))
        return frozenset(map(owner_of, names)) - {""}

    def layout_at(self, name: str, on: date | None) -> Layout:
        """The version of a layout for files of a business date; None: the first one. The name must be a known one."""
        layout: Layout = self.layouts.at(name, on)
        return layout

    def tables_at(self, layout: Layout, on: date | None) -> tuple[CharacterTable, ...]:
        """The character tables of a layout for files of a business date."""
        return tuple(self.tables.at(name, on) for name in layout.characters)

    def mapping_at(self, name: str, on: date | None) -> ItemMapping:
        """The version of a mapping for files of a business date, with the codes of its lookup tables of then."""
        mapping: ItemMapping = self.mappings.at(name, on)
        codes = {line.lookup: self.lookups.at(line.lookup, on).codes for line in mapping.items if line.lookup}
        return mapping.with_lookups(codes) if codes else mapping

    def dates(self, layouts: Iterable[str]) -> tuple[date, ...]:
        """The business dates on which layouts, or anything that reads or joins them, get other versions, in order."""
        names = set(layouts)
        forms = [one for one in self.layouts.values() if one.base in names]
        joins = [one for one in self.mappings.values() if {one.source, one.target} & names]
        needed = (
            (self.layouts, names),
            (self.tables, {name for form in forms for name in form.characters}),
            (self.mappings, {base_of(one.name) for one in joins}),
            (self.lookups, {line.lookup for one in joins for line in one.items}),
        )
        return tuple(sorted({since for shelf, bases in needed for since in shelf.dates(bases)}))

    def faults(self, found: FormatFaults) -> tuple[Fault, ...]:
        """Faults of the formats with file, line and column."""
        return tuple(self._placed(fault) for fault in found.faults)

    def _placed(self, fault: FormatFault) -> Fault:
        shelves = {"layout": self.layouts, "mapping": self.mappings, "profile": self.profiles}
        if fault.model not in shelves:
            shelf = self.lookups if fault.model == "lookup" else self.tables
            return _in_table(shelf.file_of(fault.name), fault)
        document = shelves[fault.model].documents[fault.name]
        return document.fault(Complaint(at=fault.location, message=fault.message))


def read_library(reader: Reader, vendors: Mapping[str, str] | None = None) -> Library:
    """Read all folders: those that all share, and those in the folders of vendors, which are given by vendor.

    What refers to something that cannot be used cannot be used either. Vendors' own forms see their vendor's own and
    what all share.
    """
    own = (Home(owner=vendor, folder=folder) for vendor, folder in (vendors or {}).items())
    homes = (SHARED, *own)
    tables = _tables(reader, homes, "character table", CHARACTERS, CharacterTable)
    lookups = _tables(reader, homes, "lookup table", LOOKUPS, LookupTable)
    layouts = _with_copybooks(reader, homes, _shelf(reader, homes, "layout", "layouts", Layout))
    layouts = _owned(layouts, lambda layout, owner: _layout_of(layout, owner, tables))
    layouts = _referring(
        reader, layouts, lambda layout, owner: _unknown(layout.characters, ("characters",), tables, owner)
    )
    layouts = _versioned(reader, layouts)
    mappings = _shelf(reader, homes, "mapping", "mappings", ItemMapping)
    mappings = _owned(mappings, lambda mapping, owner: _mapping_of(mapping, owner, layouts, lookups))
    mappings = _referring(
        reader, mappings, lambda mapping, owner: _unknown_in(mapping, layouts, lookups, owner)
    )
    mappings = _versioned(reader, mappings)
    codes = {name: table.codes for name, table in lookups.items()}
    mappings = replace(mappings, usable={name: one.with_lookups(codes) for name, one in mappings.items()})
    profiles = _shelf(reader, homes, "profile", "profiles", CsvProfile)
    registers = _registers(reader, homes)
    return Library(
        layouts=layouts,
        mappings=mappings,
        profiles=profiles,
        tables=tables,
        lookups=lookups,
        registers=registers,
    )


def _registers(reader: Reader, homes: Iterable[Home]) -> Shelf:
    kind, folder = "tolerance register", "tolerances"
    if not any(home.files(reader, folder, ".yaml") for home in homes):
        return Shelf(kind=kind, usable={}, broken={}, documents={})
    from gateway.config.comparing import Register  # noqa: PLC0415 - who compares nothing does not wait for it

    return _shelf(reader, homes, kind, folder, Register)


def _shelf(reader: Reader, homes: Iterable[Home], kind: str, folder: str, model: type[Model]) -> Shelf:
    documents: dict[str, Document] = {}

    def read(path: Path, name: str) -> Model | None:
        document = reader.document(path)
        if document is None:
            return None
        documents[name] = document
        reader.complain(document, _renamed(document.data, path.stem))
        return reader.model(document, model, _named(document.data, name))

    usable, broken = _sorted_out(reader, homes, folder, ".yaml", read)
    return Shelf(kind=kind, usable=usable, broken=broken, documents=documents)


def _owned(shelf: Shelf, own: Callable[[Any, str], Any]) -> Shelf:
    """The shelf, what vendors have there naming their own things by whole names."""
    usable = {name: own(value, owner_of(name)) if owner_of(name) else value for name, value in shelf.items()}
    return replace(shelf, usable=usable)


def _layout_of(layout: Layout, owner: str, tables: Shelf) -> Layout:
    return layout.model_copy(
        update={"characters": tuple(tables.own(owner, one) for one in layout.characters)}
    )


def _mapping_of(mapping: ItemMapping, owner: str, layouts: Shelf, lookups: Shelf) -> ItemMapping:
    lines = [
        line.model_copy(update={"lookup": lookups.own(owner, line.lookup)}) if line.lookup else line
        for line in mapping.items
    ]
    ends = {"source": layouts.own(owner, mapping.source), "target": layouts.own(owner, mapping.target)}
    return mapping.model_copy(update={**ends, "items": tuple(lines)})


def _with_copybooks(reader: Reader, homes: Iterable[Home], layouts: Shelf) -> Shelf:
    """The layouts in YAML and those that are copybooks."""
    usable, broken = dict(layouts.usable), dict(layouts.broken)
    documents = dict(layouts.documents)
    for name, path, document, layout in (one for home in homes for one in copybooks(reader, home)):
        if document is not None:
            documents[name] = document
        if layout is not None:
            usable[name] = layout
        elif name not in usable:
            broken[name] = reader.shown(path)
    return replace(layouts, usable=usable, broken=broken, documents=documents)


def _versioned(reader: Reader, shelf: Shelf) -> Shelf:
    """The shelf without versions of no date or of nothing. What has a broken version cannot be used either."""
    wrong = {name: reason for name in shelf if (reason := _wrong_version(name, shelf))}
    for name, reason in wrong.items():
        reader.refuse(shelf.file_of(name), reason)
    shelf = shelf.without(wrong)
    halved = {base_of(name): file for name, file in shelf.broken.items() if "@" in name}
    usable = {name: value for name, value in shelf.items() if name not in halved}
    more = {name: file for name, file in halved.items() if name in shelf}
    return replace(shelf, usable=usable, broken={**shelf.broken, **more})


def _wrong_version(name: str, shelf: Shelf) -> str:
    try:
        since_of(name)
    except ValueError:
        return f"the name of a version is its {shelf.kind}'s, @ and a date, such as x@2027-04-01"
    base = base_of(name)
    if base in shelf or base in shelf.broken:
        return ""
    file = Path(shelf.file_of(name)).name
    return f"a version of {shelf.kind} {base}, which is missing; write {base_of(file)}{Path(file).suffix}"


def _renamed(data: Any, name: str) -> Iterator[Complaint]:
    if isinstance(data, dict) and data.get("name", name) != name:
        yield Complaint(
            at=("name",), message=f"name is not the file's ({name}), by which it is called; remove it"
        )


def _named(data: Any, name: str) -> Any:
    """The data with the file's name, by which alone others call it."""
    return {**data, "name": name} if isinstance(data, dict) else data


def _tables(
    reader: Reader, homes: Iterable[Home], kind: str, folder: str, model: type[CharacterTable | LookupTable]
) -> Shelf:
    files: dict[str, str] = {}

    def read(path: Path, name: str) -> CharacterTable | LookupTable | None:
        files[name] = reader.shown(path)
        text = reader.text(path)
        if text is None:
            return None
        try:
            return replace(model.parse(text, source=reader.shown(path)), name=name)
        except FormatFaults as error:
            reader.add(_in_table(reader.shown(path), fault) for fault in error.faults)
            return None

    usable, broken = _sorted_out(reader, homes, folder, ".csv", read)
    return _versioned(reader, Shelf(kind=kind, usable=usable, broken=broken, documents={}, files=files))


def _sorted_out(
    reader: Reader, homes: Iterable[Home], folder: str, suffix: str, read: Callable[[Path, str], Any]
) -> tuple[dict[str, Any], dict[str, str]]:
    usable: dict[str, Any] = {}
    broken: dict[str, str] = {}
    for name, path in _files(reader, homes, folder, suffix):
        found = _read_safely(reader, path, name, read)
        if found is None:
            broken[name] = reader.shown(path)
        else:
            usable[name] = found
    return usable, broken


def _read_safely(reader: Reader, path: Path, name: str, read: Callable[[Path, str], Any]) -> Any:
    """What is read, so that no file, whatever it holds, keeps others from being read."""
    try:
        return read(path, name)
    except Exception as error:  # noqa: BLE001 - it is told as a fault, and nobody can use the file
        reader.refuse(reader.shown(path), cannot_be_checked(error))
        return None


def _files(reader: Reader, homes: Iterable[Home], folder: str, suffix: str) -> Iterator[tuple[str, Path]]:
    for home in homes:
        for path in home.files(reader, folder, suffix):
            if not is_form(path):
                yield home.named(path.stem), path


def _referring(reader: Reader, shelf: Shelf, why: Callable[[Any, str], Iterator[Complaint]]) -> Shelf:
    """The shelf without what refers to something that cannot be used."""
    wrong = {name: tuple(why(value, owner_of(name))) for name, value in shelf.items()}
    for name, found in wrong.items():
        reader.complain(shelf.documents[name], found)
    return shelf.without(name for name, found in wrong.items() if found)


def _unknown(names: Iterable[str], at: tuple[str, ...], shelf: Shelf, owner: str) -> Iterator[Complaint]:
    for index, name in enumerate(names):
        if reason := _why_not(shelf, name, owner):
            yield Complaint(at=(*at, index), message=reason)


def _why_not(shelf: Shelf, name: str, owner: str) -> str:
    """Why what refers to a name cannot: nothing usable has it, or it is what another vendor has for itself."""
    if owner_of(name) not in ("", owner):
        return (
            f"unknown {shelf.kind} {name}; each vendor has its own, and layouts/, mappings/ ... are for all"
        )
    return shelf.why_not(name, owner)


def _unknown_in(mapping: ItemMapping, layouts: Shelf, lookups: Shelf, owner: str) -> Iterator[Complaint]:
    for index, line in enumerate(mapping.items):
        if line.lookup and (reason := _why_not(lookups, line.lookup, owner)):
            yield Complaint(at=("items", index, "lookup"), message=reason)
    for side, name in (("from", mapping.source), ("to", mapping.target)):
        if name not in layouts.broken and (reason := _why_not(layouts, name, owner)):
            yield Complaint(at=(side,), message=reason)


def _in_table(file: str, fault: FormatFault) -> Fault:
    line = next((part for part in fault.location if isinstance(part, int)), 1)
    return Fault(file=file, line=line, column=1, message=fault.message)

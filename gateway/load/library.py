"""Layouts, mappings, CSV profiles and tables of user-defined characters, by name."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field, replace
from datetime import date
from pathlib import Path
from typing import Any, TypeVar

from pydantic import BaseModel

from gateway.formats import CharacterTable, CsvProfile, FormatFault, FormatFaults, Layout, LookupTable
from gateway.formats import Mapping as ItemMapping
from gateway.load.copybooks import copybooks, is_form
from gateway.load.document import Document
from gateway.load.fault import Complaint, Fault
from gateway.load.reader import Reader
from gateway.spelling import instead

Model = TypeVar("Model", bound=BaseModel)

CHARACTERS = "characters"
LOOKUPS = "mappings/lookups"
"""Folders of tables."""


@dataclass(frozen=True, kw_only=True)
class Shelf(Mapping[str, Any]):
    """What was read from one folder, without what cannot be used.

    Attributes:
        kind: what stands here, in one word.
        usable: by name.
        broken: names of those that exist and have faults, with their files.
        documents: the YAML behind each.
        files: the file of each that is no YAML.
    """

    kind: str
    usable: Mapping[str, Any]
    broken: Mapping[str, str]
    documents: Mapping[str, Document]
    files: Mapping[str, str] = field(default_factory=dict)

    def __getitem__(self, name: str) -> Any:
        return self.usable[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self.usable)

    def __len__(self) -> int:
        return len(self.usable)

    def at(self, name: str, on: date | None) -> Any:
        """The version for files of a business date; None: the first one. The name must be a known one."""
        held = [since for since in self.dates({name}) if on is not None and since <= on]
        return self.usable[f"{name}@{held[-1].isoformat()}" if held else name]

    def dates(self, bases: AbstractSet[str]) -> tuple[date, ...]:
        """The business dates from which some of what stands here has other versions, in order."""
        found = {since_of(name) for name in self.usable if "@" in name and base_of(name) in bases}
        return tuple(sorted(since for since in found if since is not None))

    def firsts(self) -> Iterator[Any]:
        """Everything in its first version."""
        return (value for name, value in self.usable.items() if "@" not in name)

    def file_of(self, name: str) -> str:
        """The file in which something stands, for faults."""
        return self.documents[name].file if name in self.documents else self.files.get(name, "")

    def why_not(self, name: str) -> str:
        """Why nothing usable has this name, or an empty string."""
        if name in self.usable:
            return ""
        if name in self.broken:
            return f"{self.kind} {name} has faults; mend {self.broken[name]}"
        return f"unknown {self.kind} {name}; {instead(name, self.usable.keys() | self.broken.keys())}"

    def without(self, names: Iterable[str]) -> Shelf:
        """The shelf with some of what stands there counted as broken."""
        broken = {name: self.file_of(name) for name in names}
        usable = {name: value for name, value in self.usable.items() if name not in broken}
        return replace(self, usable=usable, broken={**self.broken, **broken})


@dataclass(frozen=True, kw_only=True)
class Library:
    """Everything that says how bytes are to be read."""

    layouts: Shelf
    mappings: Shelf
    profiles: Shelf
    tables: Shelf
    lookups: Shelf
    registers: Shelf

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
            folder = LOOKUPS if fault.model == "lookup" else CHARACTERS
            return _in_table(f"{folder}/{fault.name}.csv", fault)
        document = shelves[fault.model].documents[fault.name]
        return document.fault(Complaint(at=fault.location, message=fault.message))


def read_library(reader: Reader) -> Library:
    """Read all folders. What refers to something that cannot be used cannot be used either."""
    tables = _tables(reader, "character table", CHARACTERS, CharacterTable)
    lookups = _tables(reader, "lookup table", LOOKUPS, LookupTable)
    layouts = _with_copybooks(reader, _shelf(reader, "layout", "layouts", Layout))
    layouts = _referring(reader, layouts, lambda layout: _unknown(layout.characters, ("characters",), tables))
    layouts = _versioned(reader, layouts)
    mappings = _shelf(reader, "mapping", "mappings", ItemMapping)
    mappings = _referring(reader, mappings, lambda mapping: _unknown_in(mapping, layouts, lookups))
    mappings = _versioned(reader, mappings)
    codes = {name: table.codes for name, table in lookups.items()}
    mappings = replace(mappings, usable={name: one.with_lookups(codes) for name, one in mappings.items()})
    profiles = _shelf(reader, "profile", "profiles", CsvProfile)
    registers = _registers(reader)
    return Library(
        layouts=layouts,
        mappings=mappings,
        profiles=profiles,
        tables=tables,
        lookups=lookups,
        registers=registers,
    )


def _registers(reader: Reader) -> Shelf:
    if not (reader.directory / "tolerances").is_dir():
        return Shelf(kind="tolerance register", usable={}, broken={}, documents={})
    from gateway.config.comparing import Register  # noqa: PLC0415 - who compares nothing does not wait for it

    return _shelf(reader, "tolerance register", "tolerances", Register)


def _shelf(reader: Reader, kind: str, folder: str, model: type[Model]) -> Shelf:
    documents: dict[str, Document] = {}

    def read(path: Path) -> Model | None:
        document = reader.document(path)
        if document is None:
            return None
        documents[path.stem] = document
        reader.complain(document, _renamed(document.data, path.stem))
        return reader.model(document, model, _named(document.data, path.stem))

    usable, broken = _sorted_out(reader, folder, ".yaml", read)
    return Shelf(kind=kind, usable=usable, broken=broken, documents=documents)


def _with_copybooks(reader: Reader, layouts: Shelf) -> Shelf:
    """The layouts in YAML and those that are copybooks."""
    usable, broken = dict(layouts.usable), dict(layouts.broken)
    documents = dict(layouts.documents)
    for path, document, layout in copybooks(reader):
        name = path.stem
        if document is not None:
            documents[name] = document
        if layout is not None:
            usable[name] = layout
        elif name not in usable:
            broken[name] = reader.shown(path)
    return replace(layouts, usable=usable, broken=broken, documents=documents)


def base_of(name: str) -> str:
    """The name by which others call it: ``x`` of the version ``x@2027-04-01``."""
    return name.partition("@")[0]


def since_of(name: str) -> date | None:
    """From which business date a version holds; None for the first one. Raises ValueError if it is no date."""
    return date.fromisoformat(name.partition("@")[2]) if "@" in name else None


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
    suffix = Path(shelf.file_of(name)).suffix
    return f"a version of {shelf.kind} {base}, which is missing; write {base}{suffix}"


def _renamed(data: Any, name: str) -> Iterator[Complaint]:
    if isinstance(data, dict) and data.get("name", name) != name:
        yield Complaint(
            at=("name",), message=f"name is not the file's ({name}), by which it is called; remove it"
        )


def _named(data: Any, name: str) -> Any:
    """The data with the file's name, by which alone others call it."""
    return {**data, "name": name} if isinstance(data, dict) else data


def _tables(reader: Reader, kind: str, folder: str, model: type[CharacterTable | LookupTable]) -> Shelf:
    def read(path: Path) -> CharacterTable | LookupTable | None:
        text = reader.text(path)
        if text is None:
            return None
        try:
            return model.parse(text, source=reader.shown(path))
        except FormatFaults as error:
            reader.add(_in_table(reader.shown(path), fault) for fault in error.faults)
            return None

    usable, broken = _sorted_out(reader, folder, ".csv", read)
    files = {name: f"{folder}/{name}.csv" for name in usable}
    return _versioned(reader, Shelf(kind=kind, usable=usable, broken=broken, documents={}, files=files))


def _sorted_out(
    reader: Reader, folder: str, suffix: str, read: Callable[[Path], Any]
) -> tuple[dict[str, Any], dict[str, str]]:
    usable: dict[str, Any] = {}
    broken: dict[str, str] = {}
    for path in reader.files(folder, suffix):
        if is_form(path):
            continue
        found = read(path)
        if found is None:
            broken[path.stem] = reader.shown(path)
        else:
            usable[path.stem] = found
    return usable, broken


def _referring(reader: Reader, shelf: Shelf, why: Callable[[Any], Iterator[Complaint]]) -> Shelf:
    """The shelf without what refers to something that cannot be used."""
    wrong = {name: tuple(why(value)) for name, value in shelf.items()}
    for name, found in wrong.items():
        reader.complain(shelf.documents[name], found)
    return shelf.without(name for name, found in wrong.items() if found)


def _unknown(names: Iterable[str], at: tuple[str, ...], shelf: Shelf) -> Iterator[Complaint]:
    for index, name in enumerate(names):
        if reason := shelf.why_not(name):
            yield Complaint(at=(*at, index), message=reason)


def _unknown_in(mapping: ItemMapping, layouts: Shelf, lookups: Shelf) -> Iterator[Complaint]:
    for index, line in enumerate(mapping.items):
        if line.lookup and (reason := lookups.why_not(line.lookup)):
            yield Complaint(at=("items", index, "lookup"), message=reason)
    for side, name in (("from", mapping.source), ("to", mapping.target)):
        if name not in layouts.broken and (reason := layouts.why_not(name)):
            yield Complaint(at=(side,), message=reason)


def _in_table(file: str, fault: FormatFault) -> Fault:
    line = next((part for part in fault.location if isinstance(part, int)), 1)
    return Fault(file=file, line=line, column=1, message=fault.message)

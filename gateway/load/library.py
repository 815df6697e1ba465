"""Layouts, mappings, CSV profiles and tables of user-defined characters, by name."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from pydantic import BaseModel

from gateway.formats import CharacterTable, CsvProfile, FormatFault, FormatFaults, Layout
from gateway.formats import Mapping as ItemMapping
from gateway.load.document import Document
from gateway.load.fault import Complaint, Fault
from gateway.load.reader import Reader
from gateway.spelling import instead

Model = TypeVar("Model", bound=BaseModel)


@dataclass(frozen=True, kw_only=True)
class Shelf(Mapping[str, Any]):
    """What was read from one folder. ``broken`` are those that exist and cannot be used, with their file."""

    kind: str
    folder: str
    usable: Mapping[str, Any]
    broken: Mapping[str, str]
    documents: Mapping[str, Document]

    def __getitem__(self, name: str) -> Any:
        return self.usable[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self.usable)

    def __len__(self) -> int:
        return len(self.usable)

    def why_not(self, name: str) -> str:
        """Why nothing usable has this name, or an empty string."""
        if name in self.usable:
            return ""
        if name in self.broken:
            return f"{self.kind} {name} has faults; mend {self.broken[name]}"
        return f"unknown {self.kind} {name}; {instead(name, self.usable.keys() | self.broken.keys())}"


@dataclass(frozen=True, kw_only=True)
class Library:
    """Everything that says how bytes are to be read."""

    layouts: Shelf
    mappings: Shelf
    profiles: Shelf
    tables: Shelf

    def faults(self, found: FormatFaults) -> tuple[Fault, ...]:
        """Faults of the formats with file, line and column."""
        return tuple(self._placed(fault) for fault in found.faults)

    def _placed(self, fault: FormatFault) -> Fault:
        shelves = {
            "layout": self.layouts,
            "mapping": self.mappings,
            "profile": self.profiles,
            "table": self.tables,
        }
        shelf = shelves[fault.model]
        document = shelf.documents.get(fault.name)
        if document is not None:
            return document.fault(Complaint(at=fault.location, message=fault.message))
        return _in_table(f"{shelf.folder}/{fault.name}.csv", fault)


def read_library(reader: Reader) -> Library:
    """Read all four folders."""
    return Library(
        layouts=_shelf(reader, "layout", "layouts", Layout),
        mappings=_shelf(reader, "mapping", "mappings", ItemMapping),
        profiles=_shelf(reader, "profile", "profiles", CsvProfile),
        tables=_tables(reader),
    )


def _shelf(reader: Reader, kind: str, folder: str, model: type[Model]) -> Shelf:
    documents: dict[str, Document] = {}

    def read(path: Path) -> Model | None:
        document = reader.document(path)
        if document is None:
            return None
        documents[path.stem] = document
        return reader.model(document, model, _named(document.data, path.stem))

    usable, broken = _sorted_out(reader, folder, ".yaml", read)
    return Shelf(kind=kind, folder=folder, usable=usable, broken=broken, documents=documents)


def _named(data: Any, name: str) -> Any:
    return {"name": name, **data} if isinstance(data, dict) else data


def _tables(reader: Reader) -> Shelf:
    def read(path: Path) -> CharacterTable | None:
        text = reader.text(path)
        if text is None:
            return None
        try:
            return CharacterTable.parse(text, source=reader.shown(path))
        except FormatFaults as error:
            reader.faults.extend(_in_table(reader.shown(path), fault) for fault in error.faults)
            return None

    usable, broken = _sorted_out(reader, "characters", ".csv", read)
    return Shelf(kind="character table", folder="characters", usable=usable, broken=broken, documents={})


def _sorted_out(
    reader: Reader, folder: str, suffix: str, read: Callable[[Path], Any]
) -> tuple[dict[str, Any], dict[str, str]]:
    usable: dict[str, Any] = {}
    broken: dict[str, str] = {}
    for path in reader.files(folder, suffix):
        found = read(path)
        if found is None:
            broken[path.stem] = reader.shown(path)
        else:
            usable[path.stem] = found
    return usable, broken


def _in_table(file: str, fault: FormatFault) -> Fault:
    line = next((part for part in fault.location if isinstance(part, int)), 1)
    return Fault(file=file, line=line, column=1, message=fault.message)

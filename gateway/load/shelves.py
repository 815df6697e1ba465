"""What was read of one kind of form, by name: of the folder that all share, and of vendors' own folders."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field, replace
from datetime import date
from pathlib import Path
from typing import Any

from gateway.load.document import Document
from gateway.load.reader import Reader
from gateway.spelling import instead

_PLACES = {
    "layout": "layouts/{}.yaml",
    "mapping": "mappings/{}.yaml",
    "profile": "profiles/{}.yaml",
    "character table": "characters/{}.csv",
}
"""Where a new one is written."""
MOST_OF_A_VENDOR = 200
"""Files of each kind that are read of a vendor's own folder."""


@dataclass(frozen=True, kw_only=True)
class Home:
    """A folder that has ``layouts/``, ``mappings/`` and so on: that of the configuration, or a vendor's.

    Attributes:
        owner: the vendor; empty for what all share.
        folder: relative to the configuration's folder; empty for what all share.
    """

    owner: str = ""
    folder: str = ""

    def below(self, kind: str) -> str:
        """The folder of one kind of form."""
        return f"{self.folder}/{kind}" if self.folder else kind

    def named(self, stem: str) -> str:
        """The name of a file's content among those of all homes."""
        return f"{self.owner}/{stem}" if self.owner else stem

    def files(self, reader: Reader, kind: str, suffix: str) -> list[Path]:
        """The files there; none where a vendor has too many."""
        found = list(reader.files(self.below(kind), suffix))
        if not self.owner:
            return [*found, *reader.shared_files(kind, suffix)]
        if len(found) > MOST_OF_A_VENDOR:
            message = f"more than {MOST_OF_A_VENDOR} files, of which none is read; remove what no route needs"
            reader.refuse(self.below(kind), message)
            return []
        return found


SHARED = Home()


@dataclass(frozen=True, kw_only=True)
class Shelf(Mapping[str, Any]):
    """What was read from one folder, without what cannot be used.

    Attributes:
        kind: what stands here, in one word.
        usable: by name.
        broken: names of those that exist and have faults, with their files.
        documents: the YAML behind each.
        files: the file of each that is no YAML.

    What stands in a vendor's folder has the vendor's name before its own: ``vendor-a/juki-legacy``.
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

    def own(self, owner: str, name: str) -> str:
        """The name here of what a vendor calls so: of its own folder, or else of what all share."""
        whole = f"{owner}/{name}"
        return whole if whole in self.usable or whole in self.broken else name

    def why_not(self, name: str, owner: str = "") -> str:
        """Why nothing usable has this name, or an empty string. Of names of vendors' own only the owner's are told."""
        if name in self.usable:
            return ""
        if name in self.broken:
            return f"{self.kind} {name} has faults; mend {self.broken[name]}"
        all_names = self.usable.keys() | self.broken.keys()
        known = {one for one in all_names if "/" not in one}
        known |= {one.partition("/")[2] for one in all_names if owner and one.startswith(f"{owner}/")}
        if not known:
            place = _PLACES.get(self.kind, "{}").format(name)
            return f"unknown {self.kind} {name}; there is none yet: write {place}, or take the name out"
        return f"unknown {self.kind} {name}; {instead(name, known)}"

    def without(self, names: Iterable[str]) -> Shelf:
        """The shelf with some of what stands there counted as broken."""
        broken = {name: self.file_of(name) for name in names}
        usable = {name: value for name, value in self.usable.items() if name not in broken}
        return replace(self, usable=usable, broken={**self.broken, **broken})


def base_of(name: str) -> str:
    """The name by which others call it: ``x`` of the version ``x@2027-04-01``."""
    return name.partition("@")[0]


def since_of(name: str) -> date | None:
    """From which business date a version holds; None for the first one. Raises ValueError if it is no date."""
    return date.fromisoformat(name.partition("@")[2]) if "@" in name else None


def owner_of(name: str) -> str:
    """The vendor whose own it is; empty for what all share."""
    return name.partition("/")[0] if "/" in name else ""


def own_name(name: str) -> str:
    """What its own vendor writes for it."""
    return name.rpartition("/")[2]

"""What a second file says of the first: markers and manifests at a source, and what becomes of them afterwards."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from adapters.base import Adapter, Entry
from adapters.errors import Changed, NotFound, Refused, UnreadableListing
from gateway import events
from gateway.config import Place
from gateway.logs.log import Reporter
from gateway.manifest import LARGEST, Listed, ManifestFault, parse
from gateway.naming import Companion, SourcePattern


@dataclass(frozen=True, kw_only=True)
class Proof:
    """Why a file counts as complete: the file that says so, and what it says of content, records and mode."""

    companion: Entry | None = None
    sha256: str = ""
    records: int | None = None
    format: str = ""
    kind: str = ""  # full or differential

    def contradicts(self, format_: str, kind: str | None) -> str:
        """What it says of the mode, where that is not what the place is for; else empty."""
        wrong = [
            said
            for said, own in ((self.format, format_), (self.kind, kind))
            if said and own not in (None, said)
        ]
        return ", ".join(wrong)


class Witness(Protocol):
    """Something at the source that says which files are complete."""

    async def proofs(
        self, adapter: Adapter, ready: Sequence[Entry], listed: Sequence[Entry]
    ) -> Mapping[Entry, Proof]:
        """Those of ``ready`` that are complete. ``listed`` is all that the scan showed."""


class Anyone:
    """The files themselves are enough."""

    async def proofs(
        self,
        adapter: Adapter,  # noqa: ARG002 - nothing else is asked
        ready: Sequence[Entry],
        listed: Sequence[Entry],  # noqa: ARG002
    ) -> Mapping[Entry, Proof]:
        """See ``Witness``."""
        return dict.fromkeys(ready, Proof())


class Markers:
    """One marker beside each file, seen in one listing of all of them."""

    def __init__(self, companion: Companion, glob: str, *, endpoint: str, report: Reporter) -> None:
        self._companion = companion
        self._glob = companion.of(glob)
        self._endpoint = endpoint
        self._report = report
        self._alone: set[str] = set()

    async def proofs(
        self, adapter: Adapter, ready: Sequence[Entry], listed: Sequence[Entry]
    ) -> Mapping[Entry, Proof]:
        """See ``Witness``. A marker without its file is reported when it is seen so a second time."""
        markers = {entry.path: entry for entry in await _listed(adapter, self._glob)}
        alone = markers.keys() - {self._companion.of(entry.path) for entry in listed}
        for path in sorted(alone & self._alone):
            self._report.emit(events.MARKER_ALONE, file=f"{self._endpoint}:{path}")
        self._alone = {path for path in alone if path not in self._alone}
        paths = {entry: self._companion.of(entry.path) for entry in ready}
        return {entry: Proof(companion=markers[path]) for entry, path in paths.items() if path in markers}


class Manifests:
    """Lists of files that belong together: none of them is complete before all are there as listed."""

    def __init__(self, pattern: SourcePattern, *, endpoint: str, report: Reporter) -> None:
        self._pattern = pattern
        self._endpoint = endpoint
        self._report = report
        self._read: dict[Entry, tuple[Listed, ...]] = {}

    async def proofs(
        self, adapter: Adapter, ready: Sequence[Entry], listed: Sequence[Entry]
    ) -> Mapping[Entry, Proof]:
        """See ``Witness``."""
        by_path = {entry.path: entry for entry in listed}
        found: dict[Entry, Proof] = {}
        for manifest, files in (await self._manifests(adapter)).items():
            wanted = {_beside(manifest.path, file.name): file for file in files}
            here = {by_path[path]: file for path, file in wanted.items() if path in by_path}
            if len(here) == len(wanted) and all(
                entry.size in (None, file.size) for entry, file in here.items()
            ):
                found |= {entry: _proof(manifest, file) for entry, file in here.items()}
        return {entry: found[entry] for entry in ready if entry in found}

    async def _manifests(self, adapter: Adapter) -> dict[Entry, tuple[Listed, ...]]:
        entries = await _listed(adapter, self._pattern.glob)
        self._read = {
            entry: self._read[entry] if entry in self._read else await self._parsed(adapter, entry)
            for entry in entries
            if self._pattern.match(entry.path)
        }
        return self._read

    async def _parsed(self, adapter: Adapter, entry: Entry) -> tuple[Listed, ...]:
        try:
            return await read_manifest(adapter, entry)
        except (NotFound, Changed):
            return ()  # written anew at this moment: the next look reads it
        except ManifestFault as fault:
            self._report.emit(events.MANIFEST_FAULTY, file=f"{self._endpoint}:{entry.path}", error=str(fault))
            return ()


def _proof(manifest: Entry, file: Listed) -> Proof:
    return Proof(
        companion=manifest, sha256=file.sha256, records=file.records, format=file.format, kind=file.content
    )


def witness(place: Place, report: Reporter) -> Witness:
    """What says that a file of this place is complete, besides the file itself."""
    if place.ready.marker is not None:
        companion = Companion.compile(place.ready.marker)
        glob = SourcePattern.compile(place.path).glob
        return Markers(companion, glob, endpoint=place.endpoint, report=report)
    if place.ready.manifest is not None:
        folder, slash, _ = place.path.rpartition("/")
        pattern = SourcePattern.compile(f"{folder}{slash}{place.ready.manifest}")
        return Manifests(pattern, endpoint=place.endpoint, report=report)
    return Anyone()


async def read_manifest(adapter: Adapter, entry: Entry) -> tuple[Listed, ...]:
    """The files of a manifest at a place. Raises ``ManifestFault`` and what the place raises."""
    content = bytearray()
    async with adapter.read(entry) as chunks:
        async for chunk in chunks:
            content += chunk
            if len(content) > LARGEST:
                raise ManifestFault(f"larger than {LARGEST} bytes")
    try:
        return parse(content.decode())
    except UnicodeDecodeError as error:
        raise ManifestFault(f"no UTF-8 at byte {error.start}") from None


async def _listed(adapter: Adapter, glob: str) -> Sequence[Entry]:
    return await adapter.exact((await adapter.scan(glob)).entries)


async def is_spent(adapter: Adapter, manifest: Entry) -> bool:
    """Whether none of the manifest's files is at the source any more. Raises ``ManifestFault``."""
    files = await read_manifest(adapter, manifest)
    return not any([await is_there(adapter, _beside(manifest.path, file.name)) for file in files])


def _beside(path: str, name: str) -> str:
    folder, slash, _ = path.rpartition("/")
    return f"{folder}{slash}{name}"


async def assert_right_place(adapter: Adapter, place: Place) -> None:
    """Raise ``UnreadableListing`` where the route names a sentinel that is not there: nothing is believed then."""
    sentinel = place.listing.sentinel
    if sentinel is not None and not await is_there(adapter, sentinel):
        hint = "see whether this is the right place, mounted and complete; nothing is taken until it is there"
        raise UnreadableListing(f"the sentinel {sentinel} is not there", hint=hint)


async def is_there(adapter: Adapter, path: str) -> bool:
    """Whether the place shows a file there; never for an empty path."""
    if not path:
        return False
    try:
        await adapter.stat(path)
    except (NotFound, Refused):
        return False  # a name that the place cannot have is not there
    return True

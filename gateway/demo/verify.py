"""Has everything arrived, once, with the right content? Looks past the gateway and past every protocol.

Only the servers' folders and a plain client of the store are read. What is expected was computed by the
senders (``samples``), not by the gateway.
"""

from __future__ import annotations

import contextlib
import hashlib
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from gateway.demo.s3_server import store

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from pathlib import Path

    from gateway.demo.seed import Sent
    from gateway.demo.servers import Places

_DESTINATIONS = {
    "juki-to-linkage-master": "mainframe:RENKEI.JUKI.",
    "tax-host-to-shuno": "store:shuno/in/",
    "kaigo-to-atena": "store:atena/in/",
    "kyushoku-to-zaimu": "zaimu:in/",
    "juki-to-kokuho": "store:kokuho/in/",
}
_KEPT = frozenset({"juki-to-kokuho"})
"""Routes whose sources stay where they are (``after: keep``)."""


@dataclass(frozen=True, kw_only=True)
class Verdict:
    """What became of one route's files in one phase.

    Attributes:
        files: files that were sent; ``arrived`` of them are at the destination.
        records, size: of the files that arrived; ``size`` in bytes.
        digest: SHA-256 over the sorted digests of what arrived, hex.
        missing: sent, and not there.
        doubled: there more often than once.
        unsettled: arrived, and the source still shows them as new although the route puts them away.
    """

    route: str
    phase: str
    files: int
    arrived: int
    records: int
    size: int
    digest: str
    missing: int
    doubled: int
    unsettled: int

    @property
    def ok(self) -> bool:
        """Every file arrived, once, and its source is settled."""
        return not (self.missing or self.doubled or self.unsettled)


@dataclass(frozen=True, kw_only=True)
class Verification:
    """The whole city at one moment.

    Attributes:
        verdicts: one for each route and phase in which something was sent.
        strange: destination files whose content nobody sent, as ``place:path``.
        unfinished: temporary files and uploads that were left behind, as ``place:path``.
    """

    verdicts: tuple[Verdict, ...]
    strange: tuple[str, ...]
    unfinished: tuple[str, ...]

    @property
    def ok(self) -> bool:
        """What arrived is what was sent, all of it, and nothing else."""
        return all(verdict.ok for verdict in self.verdicts) and not (self.strange or self.unfinished)


@dataclass(frozen=True, kw_only=True)
class _Found:
    """One file at a place, as ``place:path``, with its digest."""

    place: str
    digest: str


class _City:
    """All files at all places, read once."""

    def __init__(self, places: Places) -> None:
        client = store(places.store)
        try:
            self.objects = list(_objects(client, places.bucket))
            self.uploads = [
                f"store:{upload['Key']}"
                for upload in client.list_multipart_uploads(Bucket=places.bucket).get("Uploads", ())
            ]
        finally:
            client.close()
        self.files = [
            *_files("mainframe", places.mainframe),
            *_files("kaigo", places.kaigo),
            *_files("zaimu", places.zaimu),
            *_files("dropbox", places.dropbox),
        ]

    def everything(self) -> list[_Found]:
        return [found for found in (*self.objects, *self.files) if not _is_owner_object(found.place)]

    def arrived(self, route: str) -> list[_Found]:
        here = (found for found in self.everything() if found.place.startswith(_DESTINATIONS[route]))
        return [found for found in here if not _is_unfinished(found.place)]

    def unfinished(self) -> list[str]:
        return [*self.uploads, *(found.place for found in self.everything() if _is_unfinished(found.place))]


def _objects(client: Any, bucket: str) -> Iterator[_Found]:
    for page in client.get_paginator("list_objects_v2").paginate(Bucket=bucket):
        for item in page.get("Contents", ()):
            with contextlib.suppress(client.exceptions.NoSuchKey):  # put away since the listing
                body = client.get_object(Bucket=bucket, Key=item["Key"])["Body"].read()
                yield _Found(place=f"store:{item['Key']}", digest=hashlib.sha256(body).hexdigest())


def _files(name: str, root: Path) -> Iterator[_Found]:
    for path in sorted(path for path in root.rglob("*") if path.is_file()):
        with contextlib.suppress(FileNotFoundError):  # put away since the folder was read
            digest = hashlib.sha256(path.read_bytes()).hexdigest()
            yield _Found(place=f"{name}:{path.relative_to(root)}", digest=digest)


def _is_owner_object(place: str) -> bool:
    """Whether it only says which gateway carries a route."""
    return place.rpartition("/")[2].rpartition(":")[2].startswith(".lgw-owner-")


def _is_unfinished(place: str) -> bool:
    """Names of unfinished files: ``.lgw-...``, on the mainframe a last qualifier ``LGW...``."""
    name = place.rpartition(":")[2].rpartition("/")[2]
    return name.startswith(".lgw-") or name.rpartition(".")[2].startswith("LGW")


def verify(places: Places, sent: Sequence[Sent]) -> Verification:
    """Compare what is at the destinations with what was sent."""
    city = _City(places)
    groups = sorted({(one.route, one.phase) for one in sent})
    return Verification(
        verdicts=tuple(
            _verdict(city, [one for one in sent if (one.route, one.phase) == group]) for group in groups
        ),
        strange=tuple(place for route in _DESTINATIONS for place in _strange(city, route, sent)),
        unfinished=tuple(city.unfinished()),
    )


def _strange(city: _City, route: str, sent: Sequence[Sent]) -> Iterator[str]:
    expected = {one.expected for one in sent if one.route == route}
    yield from (found.place for found in city.arrived(route) if found.digest not in expected)


def _verdict(city: _City, sent: Sequence[Sent]) -> Verdict:
    route = sent[0].route
    arrived = Counter(found.digest for found in city.arrived(route))
    there = [one for one in sent if arrived[one.expected]]
    left = set() if route in _KEPT else {found.place for found in city.everything()}
    return Verdict(
        route=route,
        phase=sent[0].phase,
        files=len(sent),
        arrived=len(there),
        records=sum(one.records for one in there),
        size=sum(one.size for one in there),
        digest=_joined(one.expected for one in there),
        missing=len(sent) - len(there),
        doubled=sum(arrived[one.expected] > 1 for one in there),
        unsettled=sum(one.place in left for one in there),
    )


def _joined(digests: Iterable[str]) -> str:
    return hashlib.sha256("\n".join(sorted(digests)).encode()).hexdigest()

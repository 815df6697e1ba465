"""The files of a gateway told by the keys they are encrypted with, and encrypted anew with the newest.

It may be broken off and begun again, and runs beside a gateway: each file is replaced as a whole, and only if it is
still the one that was read.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from gateway.carrying.production import REPORT
from gateway.config import Installation
from gateway.errors import SpoolFailed
from gateway.evidence.drawers import CORRECTED
from gateway.formats.ondisk import AnyFile, created, opened
from gateway.journal import STORES
from gateway.sealing import (
    PART,
    PLAIN,
    SUFFIX,
    Broken,
    SealedFile,
    Sealing,
    on_disk,
    sealed_name,
    sync,
    sync_folder,
)
from gateway.stores.originals import kept_root
from gateway.stores.spool import CHUNK, SHEETS, SUBSTITUTIONS, own_faults

PLACES = (
    "spool/*/*",
    f"{SUBSTITUTIONS}/*",
    f"{SHEETS}/*",
    f"{CORRECTED}/*",
    "comparisons/*/series.key*",
)
"""Where files with values of records are below the state folder, and what keyed digests are made with."""
KEPT = tuple(f"{store}/*/*" for store in STORES)
"""Where kept files are, below ``kept_root``."""


@dataclass(frozen=True, kw_only=True)
class Found:
    """A file as it is kept. ``key``: the id of its key, empty where it is not encrypted, None where nobody can tell."""

    path: Path
    key: str | None
    size: int


def files(installation: Installation) -> Iterator[Found]:
    """Every file of the gateway's own that holds, or may hold, values of records."""
    below = {installation.gateway.state_dir: PLACES, kept_root(installation): KEPT}
    if len(below) == 1:
        below = {installation.gateway.state_dir: (*PLACES, *KEPT)}
    for folder, patterns in below.items():
        yield from _below(folder, patterns)


def _below(folder: Path, patterns: Iterable[str]) -> Iterator[Found]:
    for pattern in patterns:
        for path in sorted(folder.glob(pattern)):
            if path.suffix != PART and path.name != REPORT and (found := _found(path)) is not None:
                yield found


def _found(path: Path) -> Found | None:
    """None for a file that went away meanwhile, and for what is no file."""
    try:
        if not path.is_file():
            return None
        return Found(path=path, key=_key_of(path), size=path.stat().st_size)
    except FileNotFoundError:
        return None


def _key_of(path: Path) -> str | None:
    if path.suffix != SUFFIX:
        return ""
    try:
        return SealedFile(path=path, keys=PLAIN.keys).key
    except Broken:
        return None


def reseal(sealing: Sealing, found: Found) -> bool:
    """Encrypt a file with the newest key; False where it was not there any more as it was found.

    Raises ``Broken`` for one that is damaged, ``KeyMissing`` if a key cannot be had, ``SpoolFailed`` for the disk's
    faults; the file is as it was then.
    """
    source = found.path if found.key == "" else SealedFile(path=found.path, keys=sealing.keys)
    name = found.path.with_suffix("") if found.path.suffix == SUFFIX else found.path
    part = SealedFile(path=name.with_name(f"{name.name}.renewed{PART}"), keys=sealing.keys)
    with own_faults():
        try:
            seen = found.path.stat().st_ino
            _copy(source, part)
            return _replace(sealing, found.path, seen, part, sealed_name(name))
        except FileNotFoundError:
            return False
        finally:
            part.unlink(missing_ok=True)


def _copy(source: AnyFile, target: AnyFile) -> None:
    with opened(source) as content, created(target) as out:
        while chunk := content.read(CHUNK):
            out.write(chunk)
    sync(target)


def _replace(sealing: Sealing, path: Path, seen: int, part: SealedFile, target: Path) -> bool:
    with sealing.turn(path.parent):
        if path.stat().st_ino != seen:
            return False
        if path == target or not target.exists():  # else a newer one has the name
            on_disk(part).replace(target)
            sync_folder(path.parent)
        if path != target:
            path.unlink()
    return True


@dataclass(frozen=True, kw_only=True)
class Left:
    """A file that could not be encrypted anew, and why."""

    path: Path
    why: str
    hint: str


def reseal_all(sealing: Sealing, installation: Installation) -> Iterator[Found | Left]:
    """Encrypt anew whatever is not encrypted with the newest key: each file that was, and each that could not be."""
    newest = sealing.keys.newest.id
    for found in files(installation):
        if found.key == newest:
            continue
        try:
            if reseal(sealing, found):
                yield found
        except (Broken, SpoolFailed) as error:
            yield Left(path=found.path, why=error.message, hint=error.hint)

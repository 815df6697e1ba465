"""What a vendor signed of the files in its folder. Where operators wrote its key, no other file of it is read.

The bundle that was put in place leaves its list of files there (``.bundle.json``) and the signature over it.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from pathlib import Path
from typing import Any

from gateway.config import Installation
from gateway.signing import is_signed

ACCEPTED, SEAL = ".bundle.json", ".bundle.sig"
"""Kept in a vendor's folder: what the bundle that was put in place says of itself, and the signature over it."""

_MOST = 4 * 1024 * 1024


@dataclass(frozen=True, kw_only=True)
class Manifest:
    """What a bundle says of itself: whose it is, when it was made, and the digest of each file in hex."""

    vendor: str
    made: datetime
    files: Mapping[str, str]


def manifest_of(content: bytes) -> Manifest | None:
    """A manifest out of its bytes; None if it is none."""
    with suppress(ValueError, RecursionError, KeyError, TypeError):
        written: dict[str, Any] = json.loads(content)
        files, made = written["files"], datetime.fromisoformat(written["made"])
        texts = [written["vendor"], *files, *files.values()]
        if isinstance(files, dict) and all(isinstance(one, str) for one in texts) and made.tzinfo:
            return Manifest(vendor=written["vendor"], made=made, files=files)
    return None


@dataclass(frozen=True, kw_only=True)
class Seal:
    """What holds for the files below one vendor's folder.

    Attributes:
        files: digests in hex by name in the folder; empty where nothing valid is signed.
        lack: why nothing there is signed; empty if something is.
    """

    vendor: str
    files: Mapping[str, str]
    lack: str = ""

    def why_not(self, name: str, content: bytes) -> str:
        """Why a file may not be read; empty if it is as the vendor signed it."""
        if self.lack:
            return f"{self.vendor} signs its files, and {self.lack}; {_ADVICE}"
        if name not in self.files:
            return f"this file is none of those that {self.vendor} signed; {_ADVICE}"
        if sha256(content).hexdigest() != self.files[name]:
            return f"this is not as {self.vendor} signed it; {_ADVICE}"
        return ""


_ADVICE = "have it packed and put in place: linkage-gateway bundle accept (before that: check --unsigned)"


def seals(directory: Path, installation: Installation) -> dict[Path, Seal]:
    """The seal of each folder whose vendor has a key in ``signed_by``."""
    return {
        directory / (vendor.routes or f"routes/{name}"): _seal(
            directory, name, vendor.routes, vendor.signed_by
        )
        for name, vendor in installation.vendors.items()
        if vendor.signed_by
    }


def _seal(directory: Path, vendor: str, routes: str | None, signers: tuple[str, ...]) -> Seal:
    folder = directory / (routes or f"routes/{vendor}")
    try:
        manifest, signature = (_read(folder / name) for name in (ACCEPTED, SEAL))
    except OSError:
        return Seal(vendor=vendor, files={}, lack="no bundle of it was put in place here")
    found = manifest_of(manifest)
    if found is None or found.vendor != vendor or not is_signed(manifest, signature, signers):
        return Seal(
            vendor=vendor, files={}, lack=f"the signature in {folder.name}/{SEAL} is by none of its keys"
        )
    return Seal(vendor=vendor, files=found.files)


def _read(path: Path) -> bytes:
    with path.open("rb") as file:
        return file.read(_MOST)

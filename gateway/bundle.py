"""A vendor's folder as one signed file: what the vendor hands over, and what operators put in place.

A bundle is a zip file: the files of routes and of the vendor's own layouts, mappings, profiles and tables,
``bundle.json``, which names the vendor and the digest of each file, and ``bundle.sig``, the signature over exactly
those bytes. Nothing of it is believed before the signature was verified, and nothing is unpacked under a name that is
none of theirs.
"""

from __future__ import annotations

import ctypes
import json
import os
import re
import shutil
import zipfile
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from gateway.config.words import NAME_PATTERN
from gateway.errors import GatewayError
from gateway.load.files import MOST_BYTES, shown, why_unread
from gateway.load.routes import MOST_OF_A_ROUTE
from gateway.load.seals import ACCEPTED, SEAL, Manifest, manifest_of
from gateway.signing import is_signed

MANIFEST, SIGNATURE = "bundle.json", "bundle.sig"
MOST_FILES = 10_000
MOST_OF_A_MANIFEST = 4 * 1024 * 1024
_FORM = r"[\w-]+(@\d{4}-\d\d-\d\d)?"
_ROUTE = re.compile(NAME_PATTERN.replace("$", r"\.yaml$"))
_OTHER = re.compile(
    rf"(layouts/{_FORM}\.(yaml|cpy|cpy\.yaml)|(mappings|profiles|tolerances)/{_FORM}\.yaml"
    rf"|(characters|mappings/lookups)/{_FORM}\.csv)"
)
_FOLDERS = ("layouts", "mappings", "mappings/lookups", "profiles", "characters", "tolerances")
_EXCHANGE, _HERE = 2, -100
"""RENAME_EXCHANGE and AT_FDCWD of Linux's renameat2(2)."""


class Refused(GatewayError):
    """A bundle that is not what it should be. Nothing was changed."""


@dataclass(frozen=True, kw_only=True)
class Bundle:
    """A bundle whose signature was verified.

    Attributes:
        files: content by name.
    """

    vendor: str
    made: datetime
    files: Mapping[str, bytes]
    manifest: bytes
    signature: bytes


def pack(folder: Path, vendor: str, key: Ed25519PrivateKey, out: Path, *, made: datetime) -> Bundle:
    """Write a vendor's folder as a signed bundle. Raises ``Refused``; ``out`` must not be there yet."""
    files = dict(_readable(folder))
    if not files:
        raise Refused(f"{folder} holds no routes", hint="write one first: linkage-gateway new route")
    digests = {name: sha256(content).hexdigest() for name, content in files.items()}
    written = {"vendor": vendor, "made": made.isoformat(), "files": digests}
    manifest = json.dumps(written, ensure_ascii=False, indent=1).encode()
    signature = key.sign(manifest)
    members = {MANIFEST: manifest, SIGNATURE: signature, **files}
    with zipfile.ZipFile(out, "x", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(zipfile.ZipInfo(name), content, zipfile.ZIP_DEFLATED)
    return Bundle(vendor=vendor, made=made, files=files, manifest=manifest, signature=signature)


def _readable(folder: Path) -> Iterable[tuple[str, bytes]]:
    if not folder.is_dir():
        raise Refused(f"{folder} is not there", hint="name the vendor whose folder is below routes/")
    for path in files_of(folder):
        name = path.relative_to(folder).as_posix()
        if not most_of(name):
            hint = f"keep routes there, as NAME.yaml, and what they need in {', '.join(_FOLDERS)}"
            raise Refused(f"{shown(name)} is no file of a route", hint=hint)
        if reason := why_unread(path, within=folder, most=most_of(name)):
            raise Refused(f"{name} cannot be packed", hint=reason)
        yield name, path.read_bytes()


def files_of(folder: Path) -> list[Path]:
    """Everything in a vendor's folder but folders that are known, in order; what begins with a dot is left out."""
    homes = (folder, *(folder / name for name in _FOLDERS if (folder / name).is_dir()))
    found = (path for home in homes for path in home.iterdir() if path.name[0] != ".")
    return sorted(path for path in found if path.relative_to(folder).as_posix() not in _FOLDERS)


def most_of(name: str) -> int:
    """How large a file of this name may be, in bytes; 0 for a name that no file of a bundle has."""
    return MOST_OF_A_ROUTE if _ROUTE.match(name) else MOST_BYTES if _OTHER.fullmatch(name) else 0


def read_bundle(path: Path, signers: Mapping[str, Iterable[str]]) -> Bundle:
    """Read a bundle and verify all of it. ``signers`` are the public keys of each vendor. Raises ``Refused``."""
    try:
        with zipfile.ZipFile(path) as archive:
            return _verified(archive, signers)
    except (zipfile.BadZipFile, NotImplementedError, OSError, EOFError, RuntimeError) as error:
        hint = "have it packed and sent again"
        raise Refused(f"{path.name} is no whole bundle ({type(error).__name__})", hint=hint) from None


def _verified(archive: zipfile.ZipFile, signers: Mapping[str, Iterable[str]]) -> Bundle:
    names = [member.filename for member in archive.infolist()]
    if not {MANIFEST, SIGNATURE} <= set(names):
        raise Refused("it has no signature", hint="have it made by linkage-gateway bundle pack")
    manifest = _content(archive, MANIFEST, MOST_OF_A_MANIFEST)
    written = _written(manifest)
    vendor = written.vendor
    keys = tuple(signers.get(vendor, ()))
    if not keys:
        hint = f"write the vendor's public key in gateway.yaml, below vendors: {shown(vendor)}: signed_by:"
        raise Refused(f"nobody is known who may sign for {shown(vendor)}", hint=hint)
    signature = _content(archive, SIGNATURE, 64)
    if not is_signed(manifest, signature, keys):
        hint = "ask the vendor, by another way, who packed it and with which key"
        raise Refused(f"no key of {vendor} signed it, or it was changed since", hint=hint)
    files = written.files
    strange = sorted(set(names) ^ {MANIFEST, SIGNATURE, *files}) or [one for one in files if not most_of(one)]
    if strange or len(names) != len(set(names)) or len(names) > MOST_FILES:
        told = shown(strange[0]) if strange else "too many files, or one twice"
        raise Refused(
            f"it holds what no bundle holds: {told}", hint="have it made by linkage-gateway bundle pack"
        )
    contents = {name: _content(archive, name, most_of(name)) for name in sorted(files)}
    changed = [name for name, content in contents.items() if sha256(content).hexdigest() != files[name]]
    if changed:
        raise Refused(f"{changed[0]} was changed after it was signed", hint="have it packed and sent again")
    return Bundle(vendor=vendor, made=written.made, files=contents, manifest=manifest, signature=signature)


def _content(archive: zipfile.ZipFile, name: str, most: int) -> bytes:
    """A member's content; what unpacks to more than it may is not unpacked further."""
    with archive.open(name) as file:
        content = file.read(most + 1)
    if len(content) > most:
        raise Refused(f"{shown(name)} is larger than {most} bytes", hint="have the vendor write less")
    return content


def _written(manifest: bytes) -> Manifest:
    found = manifest_of(manifest)
    if found is None:
        raise Refused(f"its {MANIFEST} is not understood", hint="have it made by linkage-gateway bundle pack")
    return found


def accepted_before(folder: Path) -> datetime | None:
    """When the bundle was made that was last put in place there; None if none was."""
    try:
        return _written((folder / ACCEPTED).read_bytes()).made
    except FileNotFoundError:
        return None


def put_in_place(bundle: Bundle, folder: Path) -> None:
    """Let the folder hold what the bundle holds and nothing else, in one step. After a crash it is the old or the new.

    Where the file system cannot exchange folders, two renames follow one another at once.
    """
    coming = folder.with_name(f".{folder.name}.coming")
    shutil.rmtree(coming, ignore_errors=True)
    homes = {(coming / name).parent for name in bundle.files} | {coming}
    for home in sorted(homes):
        home.mkdir(parents=True, exist_ok=True)
    for name, content in {ACCEPTED: bundle.manifest, SEAL: bundle.signature, **bundle.files}.items():
        with (coming / name).open("wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
    for home in homes:
        _set_down(home)
    if not folder.exists():
        coming.rename(folder)
    else:
        shutil.copymode(folder, coming)
        _exchange(coming, folder)
    _set_down(folder.parent)
    shutil.rmtree(coming, ignore_errors=True)


def _exchange(coming: Path, folder: Path) -> None:
    if not _exchanged(coming, folder):
        gone = folder.with_name(f".{folder.name}.gone")
        shutil.rmtree(gone, ignore_errors=True)
        folder.rename(gone)
        coming.rename(folder)
        shutil.rmtree(gone)


def _set_down(folder: Path) -> None:
    """Let the names in a folder outlast a loss of power."""
    opened = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(opened)
    finally:
        os.close(opened)


def _exchanged(one: Path, other: Path) -> bool:
    rename = getattr(ctypes.CDLL(None), "renameat2", None)
    return rename is not None and rename(_HERE, os.fsencode(one), _HERE, os.fsencode(other), _EXCHANGE) == 0

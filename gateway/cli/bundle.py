"""``bundle``: a vendor's folder of routes, signed by the vendor, looked at and accepted by operators."""

from __future__ import annotations

import getpass
import re
import shutil
from collections.abc import Iterator, Mapping
from difflib import unified_diff
from hashlib import sha256
from pathlib import Path
from tempfile import TemporaryDirectory

import click
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from gateway.bundle import (
    Bundle,
    Refused,
    accepted_before,
    files_of,
    most_of,
    pack,
    put_in_place,
    read_bundle,
)
from gateway.cli.beside import with_journal
from gateway.cli.output import FAILED, WRONG, as_json, print_faults, print_json, stop_with
from gateway.config.words import NAME_PATTERN
from gateway.journal import Journal
from gateway.journal.audit import Act
from gateway.load import City, Fault, load
from gateway.load.document import masked
from gateway.load.files import shown, why_unread
from gateway.signing import Locked, NoKey, private_key
from gateway.times.clock import SystemClock

_FILE = click.Path(path_type=Path, exists=True, dir_okay=False)


@click.group()
def bundle() -> None:
    """Hand over a vendor's routes as one signed file (pack), look at it (verify), put it in place (accept)."""


@bundle.command("pack")
@click.argument("vendor")
@click.option("--key", required=True, type=_FILE, help="Private key, made by ssh-keygen -t ed25519.")
@click.option("--out", required=True, type=click.Path(path_type=Path), help="The bundle, a new file.")
@as_json
@click.pass_obj
def pack_(directory: Path, vendor: str, *, key: Path, out: Path, as_json: bool) -> None:
    """Write routes/VENDOR, with its layouts/, mappings/ and so on, as a signed bundle. For vendors; check it first."""
    folder = _folder(load(directory), directory, vendor)
    try:
        made = pack(folder, vendor, _unlocked(key), out, made=SystemClock().now())
    except (NoKey, Refused) as error:
        stop_with(f"{key} {error}" if isinstance(error, NoKey) else str(error), WRONG)
    except OSError as error:
        stop_with(f"{out} cannot be written ({type(error).__name__}); name a new file", WRONG)
    if as_json:
        print_json({"bundle": str(out), "vendor": vendor, "made": made.made, "files": sorted(made.files)})
    else:
        click.echo(f"{out}: {_counted(made)} of {vendor}")


@bundle.command()
@click.argument("file", type=_FILE)
@as_json
@click.pass_obj
def verify(directory: Path, file: Path, *, as_json: bool) -> None:
    """Say who signed FILE, what would change, and every fault. Exit 1 if it is refused, 2 if it has faults.

    Nothing is changed.
    """
    city = load(directory)
    found = _read(city, file)
    folder = _folder(city, directory, found.vendor)
    faults = _new_faults(city, directory, found, folder)
    lines = list(_lines(found, folder))
    if as_json:
        what = {"vendor": found.vendor, "made": found.made, "files": sorted(found.files)}
        print_json(what | {"lines": lines, "faults": faults})
    else:
        _show(found, lines, faults)
    raise SystemExit(WRONG if faults else 0)


@bundle.command()
@click.argument("file", type=_FILE)
@click.option("--reason", required=True, help="Why; kept in the audit log with your name.")
@click.option("--older", is_flag=True, help="Accept a bundle that was made before the one that is in place.")
@as_json
@click.pass_obj
def accept(directory: Path, file: Path, *, reason: str, older: bool, as_json: bool) -> None:
    """Show what differs and put FILE in the place of its vendor's folder, all of it or nothing.

    Exit 1 if it is refused, 2 if it brings faults. A gateway that runs takes it like any other change, route by route.
    """
    city = load(directory)
    found = _read(city, file)
    folder = _folder(city, directory, found.vendor)
    faults = _new_faults(city, directory, found, folder)
    lines = list(_lines(found, folder))
    if not as_json:
        _show(found, lines, faults)
    elif faults:
        print_json({"accepted": False, "lines": lines, "faults": faults})
    if faults:
        raise SystemExit(WRONG)
    before = accepted_before(folder)
    if before is not None and found.made < before and not older:
        stop_with(
            f"it is older than what is in place, made {before.isoformat()}; ask for it by --older", FAILED
        )
    _note(city, found, reason)
    put_in_place(found, folder)
    if as_json:
        print_json({"accepted": True, "vendor": found.vendor, "made": found.made, "lines": lines})
    else:
        click.echo(f"{folder} is as {found.vendor} signed it")


def _unlocked(file: Path) -> Ed25519PrivateKey:
    content = file.read_bytes()
    try:
        return private_key(content)
    except Locked:
        return private_key(content, click.prompt(f"Password of {file}", hide_input=True, err=True))


def _read(city: City, file: Path) -> Bundle:
    signers = {name: vendor.signed_by for name, vendor in city.installation.vendors.items()}
    try:
        return read_bundle(file, signers)
    except Refused as error:
        stop_with(f"{file.name} is refused: {error}", FAILED)


def _folder(city: City, directory: Path, vendor: str) -> Path:
    """Where the vendor's routes stand."""
    if not re.match(NAME_PATTERN, vendor):
        stop_with(f"{shown(vendor)} is no vendor's name; name the folder below routes/", WRONG)
    entry = city.installation.vendors.get(vendor)
    return directory / (entry.routes if entry and entry.routes else f"routes/{vendor}")


def _new_faults(city: City, directory: Path, found: Bundle, folder: Path) -> list[Fault]:
    """The errors that the configuration would have with the bundle, and that it has not now."""
    before = {(fault.file, fault.message) for fault in city.errors if not _is_below(fault, directory, folder)}
    but = {city.installation.gateway.state_dir.resolve(), folder.resolve()}
    with TemporaryDirectory() as scratch:
        trial = Path(scratch) / "config"

        def left_out(home: str, names: list[str]) -> list[str]:
            paths = {one: Path(home) / one for one in names}
            return [one for one, path in paths.items() if one[0] == "." or not _is_copied(path, but)]

        shutil.copytree(directory, trial, ignore=left_out, symlinks=True)
        put_in_place(found, trial / folder.relative_to(directory))
        return [fault for fault in load(trial).errors if (fault.file, fault.message) not in before]


def _is_copied(path: Path, but: set[Path]) -> bool:
    """Whether a file or folder belongs to a trial; pipes and the like are left out."""
    return path.resolve() not in but and (path.is_symlink() or path.is_file() or path.is_dir())


def _is_below(fault: Fault, directory: Path, folder: Path) -> bool:
    return (directory / fault.file).is_relative_to(folder)


def _lines(found: Bundle, folder: Path) -> Iterator[str]:
    """What differs, file by file, as ``diff -u`` has it; nothing that may be a secret."""
    paths = {
        path.relative_to(folder).as_posix(): path for path in (files_of(folder) if folder.is_dir() else ())
    }
    there = _texts({name: path.read_bytes() for name, path in paths.items() if _is_read(name, path, folder)})
    coming = _texts(found.files)
    for name in sorted(there.keys() | coming.keys()):
        old, new = (texts.get(name, "").splitlines() for texts in (there, coming))
        if old != new:
            yield from map(masked, unified_diff(old, new, f"in-place/{name}", f"bundle/{name}", lineterm=""))


def _is_read(name: str, path: Path, folder: Path) -> bool:
    return bool(most_of(name)) and not why_unread(path, within=folder, most=most_of(name))


def _texts(files: Mapping[str, bytes]) -> dict[str, str]:
    return {shown(name): content.decode("utf-8", "replace") for name, content in files.items()}


def _show(found: Bundle, lines: list[str], faults: list[Fault]) -> None:
    click.echo(f"{found.vendor} signed it, {found.made.isoformat()}: {_counted(found)}")
    for line in lines:
        click.secho(shown(line), fg={"+": "green", "-": "red"}.get(line[:1]))
    if not lines:
        click.echo("it is what is in place")
    print_faults(faults)


def _counted(bundle: Bundle) -> str:
    """How many files of which kind."""
    routes = sum("/" not in name for name in bundle.files)
    others = len(bundle.files) - routes
    return f"{routes} routes" + (f" and {others} files that they need" if others else "")


def _note(city: City, found: Bundle, reason: str) -> None:
    detail = {"made": found.made.isoformat(), "manifest": sha256(found.manifest).hexdigest()}
    act = Act(who=getpass.getuser(), act="accept-bundle", subject=found.vendor, reason=reason, detail=detail)

    async def record(journal: Journal) -> None:
        await journal.audit.record(act)

    with_journal(city, record, write=True)

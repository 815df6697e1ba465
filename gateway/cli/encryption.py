"""``encryption``: which keys the files at rest hang on, encrypting them anew, a new key, and one file in the clear."""

from __future__ import annotations

import getpass
import os
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, cast

import click
import zstandard
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey

from gateway.cli.beside import with_journal
from gateway.cli.output import FAILED, WRONG, as_json, city_of, print_json, print_table, stop_with
from gateway.errors import GatewayError
from gateway.evidence.resealing import Found, Left, files, reseal_all
from gateway.formats.ondisk import opened
from gateway.journal import Journal
from gateway.journal.audit import Act
from gateway.load import City
from gateway.sealing import SUFFIX, SealedFile, Sealing, sealing_of
from gateway.sealing.identity import text_of
from gateway.stores.originals import PACKED
from gateway.stores.spool import CHUNK


@click.group()
def encryption() -> None:
    """Files at rest: which keys they hang on, encrypting them anew, a new key, and one file in the clear."""


@dataclass(frozen=True, kw_only=True)
class Stock:
    """Files by key: how many, their bytes on disk, and the first of them. ``key`` is "" for those not encrypted."""

    key: str | None
    files: int
    bytes: int
    first: str


@encryption.command()
@as_json
@click.pass_obj
def status(directory: Path, *, as_json: bool) -> None:
    """Show how many files hang on which key, and how many are not encrypted.

    Exit code 0 if every file is encrypted with the newest key; then the others may be taken away. 1 if not.
    """
    city = city_of(directory, quiet=True)
    sealing = sealing_of(city.installation)
    stocks = _stocks(files(city.installation))
    newest = sealing.keys.ids[0] if sealing.on else ""
    left = sum(one.files for one in stocks if one.key != newest)
    if as_json:
        print_json({"newest": newest or None, "stocks": stocks, "left": left})
    else:
        rows = [(_named(one.key, sealing), str(one.files), str(one.bytes), one.first) for one in stocks]
        print_table(("key", "files", "bytes on disk", "such as"), rows)
    raise SystemExit(FAILED if left else 0)


def _stocks(found: Iterable[Found]) -> list[Stock]:
    by_key: defaultdict[str | None, list[Found]] = defaultdict(list)
    for one in found:
        by_key[one.key].append(one)
    return [
        Stock(key=key, files=len(some), bytes=sum(one.size for one in some), first=str(some[0].path))
        for key, some in by_key.items()
    ]


def _named(key: str | None, sealing: Sealing) -> str:
    if key is None:
        return "damaged: no header can be read"
    if key == "":
        return "not encrypted"
    if key not in sealing.keys.ids:
        return f"{key} (missing: not among encryption.keys)"
    return f"{key} (newest)" if key == sealing.keys.ids[0] else key


@encryption.command()
@as_json
@click.pass_obj
def renew(directory: Path, *, as_json: bool) -> None:
    """Encrypt every file with the newest key: those of older keys, and those that are not encrypted yet.

    It may be broken off and started again, and runs beside a gateway. Exit code 1 if a file is left.
    """
    city = city_of(directory, quiet=True)
    sealing = _sealing(city)
    try:
        done = list(_told(reseal_all(sealing, city.installation), quiet=as_json))
    except GatewayError as error:
        stop_with(error, FAILED)
    left = [one for one in done if isinstance(one, Left)]
    _audit(city, "encrypt", sealing.keys.ids[0], f"{len(done) - len(left)} files, {len(left)} left")
    if as_json:
        print_json({"renewed": len(done) - len(left), "left": left})
    else:
        click.echo(
            f"{len(done) - len(left)} files are encrypted with {sealing.keys.ids[0]} now, {len(left)} are left"
        )
    raise SystemExit(FAILED if left else 0)


def _told(done: Iterable[Found | Left], *, quiet: bool) -> Iterator[Found | Left]:
    for one in done:
        if isinstance(one, Left) and not quiet:
            click.secho(f"{one.path}: {one.why}: {one.hint}", err=True, fg="red")
        yield one


def _sealing(city: City) -> Sealing:
    sealing = sealing_of(city.installation)
    if not sealing.on:
        stop_with(
            "gateway.yaml has no encryption: with keys:; make a key with encryption new-key first", WRONG
        )
    return sealing


def _audit(city: City, act: str, subject: str, reason: str) -> None:
    async def record(journal: Journal) -> str:
        return await journal.audit.record(Act(who=getpass.getuser(), act=act, subject=subject, reason=reason))

    with_journal(city, record, write=True)


@encryption.command("open")
@click.argument("file", type=click.Path(path_type=Path, exists=True, dir_okay=False))
@click.option(
    "--out", type=click.Path(path_type=Path, dir_okay=False), required=True, help="A new file, 0600."
)
@click.option("--reason", required=True, help="Why; kept in the audit log with your name.")
@click.pass_obj
def open_(directory: Path, file: Path, *, out: Path, reason: str) -> None:
    """Write the content of one encrypted FILE of the state folder into another file: personal data.

    Kept files are unpacked as well. Exit code 1 if the file is damaged or its key is missing.
    """
    city = city_of(directory, quiet=True)
    if file.suffix != SUFFIX:
        stop_with(f"{file} is not encrypted: its name does not end in {SUFFIX}", WRONG)
    _audit(city, "open", file.name, reason)
    try:
        with opened(SealedFile(path=file, keys=_sealing(city).keys)) as content, _new(out) as target:
            unpacked = _unpacked(content) if file.stem.endswith(PACKED) else content
            while chunk := unpacked.read(CHUNK):
                target.write(chunk)
    except (GatewayError, zstandard.ZstdError) as error:
        out.unlink(missing_ok=True)
        stop_with(error if isinstance(error, GatewayError) else f"{file} is damaged", FAILED)
    click.echo(str(out))


def _unpacked(content: BinaryIO) -> BinaryIO:
    return cast("BinaryIO", zstandard.ZstdDecompressor().stream_reader(content))


@encryption.command("new-key")
@click.option(
    "--out", type=click.Path(path_type=Path, dir_okay=False), required=True, help="A new file, 0600."
)
def new_key(out: Path) -> None:
    """Make a key, as age-keygen does. Keep a copy where no fire reaches both: without it no file can be opened."""
    with _new(out) as file:
        file.write(f"{text_of(X25519PrivateKey.generate())}\n".encode())
    click.echo(str(out))


def _new(out: Path) -> BinaryIO:
    try:
        return os.fdopen(os.open(out, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb")
    except OSError as error:
        stop_with(f"{out} cannot be written ({error.strerror}); name a new file", WRONG)

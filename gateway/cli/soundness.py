"""Whether what the gateway keeps on its own disk is sound: journal, kept files, spool."""

from __future__ import annotations

import asyncio
import os
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

from adapters.credentials.secret import open_to_all
from adapters.examine import Finding
from gateway.errors import GatewayError, SpoolFailed
from gateway.evidence.keeping import LATELY
from gateway.journal import STORES, Journal, JournalHome, Store
from gateway.journal.restoring import faults
from gateway.journal.schema import connect
from gateway.load import City
from gateway.running import journal_of
from gateway.sealing import KeyMissing, sealing_of
from gateway.stores.originals import KeptFiles, kept_files
from gateway.times.clock import SystemClock

IN_MEMORY = ("tmpfs", "ramfs")
RESTORE = "stop the gateway and restore a backup: linkage-gateway restore"


async def examine_state(city: City) -> tuple[Finding, ...]:
    """One finding each: journal, audit log, files with secrets, keys, each store of kept files, room for originals."""
    try:
        home = journal_of(city)
        journal = await home.read(SystemClock())
    except GatewayError as error:
        says = Finding(step="journal", works=False, says=error.message, hint=error.hint)
        return (says, _secrets(city), *_keys(city))
    try:
        found = await asyncio.to_thread(_journal, home)
        if not found.works:
            return (found,)
        kept = [await _kept(city, journal, store) for store in STORES]
        return (found, await _audit(journal), _secrets(city), *_keys(city), *kept, await _room(city, journal))
    finally:
        await journal.close()


def _journal(home: JournalHome) -> Finding:
    if home.file is None:
        return Finding(step="journal", works=True, says=f"it answers, and has {home.size()} bytes")
    try:
        with closing(connect(home.file, read_only=True)) as connection:
            wrong = faults(connection)
            transfers = connection.execute("SELECT count(*) FROM transfers").fetchone()[0]
    except sqlite3.Error as error:
        return Finding(step="journal", works=False, says=str(error), hint=RESTORE)
    if wrong:
        return Finding(step="journal", works=False, says="; ".join(wrong), hint=RESTORE)
    return Finding(step="journal", works=True, says=f"sound, {transfers} transfers")


async def _audit(journal: Journal) -> Finding:
    broken = await journal.audit.first_broken()
    if broken is None:
        return Finding(step="audit log", works=True, says="every entry is as it was written")
    hint = "find out who changed the journal; linkage-gateway audit"
    return Finding(step="audit log", works=False, says=f"entry {broken} is not as it was written", hint=hint)


def _secrets(city: City) -> Finding:
    """Whether the files with secrets are closed to other users of the machine."""
    keys = city.installation.encryption.keys if city.installation.encryption else ()
    written = [city.installation, *keys]
    for endpoint in city.endpoints.values():
        written += [endpoint.options, *(one.options for one in endpoint.variants)]
    found = sorted({str(path) for one in written for path in open_to_all(one)})
    if not found:
        return Finding(
            step="secrets", works=True, says="no file with a secret is open to every user of this machine"
        )
    hint = f"chmod 0600 {found[0]}, and let it belong to the gateway's user"
    return Finding(step="secrets", works=False, says=f"every user can read {', '.join(found)}", hint=hint)


def _keys(city: City) -> Iterator[Finding]:
    """One for each key of files at rest."""
    sealing = sealing_of(city.installation)
    for key in sealing.keys.ids:
        try:
            sealing.keys.of(key)
        except KeyMissing as missing:
            yield Finding(step=f"key {key}", works=False, says=missing.message, hint=missing.hint)
        else:
            yield Finding(step=f"key {key}", works=True, says="it is there")
    if city.installation.encryption is not None:
        yield _work(city.installation.encryption.work)


def _work(folder: Path) -> Finding:
    """Whether what a comparison reads unencrypted stays in memory."""
    step, hint = "encryption.work", "name a folder on a tmpfs that the gateway's user can write"
    if not os.access(folder, os.W_OK | os.X_OK):
        return Finding(step=step, works=False, says=f"{folder} cannot be written", hint=hint)
    kind = file_system_of(folder.resolve(), Path("/proc/self/mounts").read_text(encoding="utf-8"))
    if kind in IN_MEMORY:
        return Finding(step=step, works=True, says=f"{folder} is in memory ({kind})")
    says = f"{folder} is on a disk ({kind}): what comparisons read unencrypted is written to it"
    return Finding(step=step, works=False, says=says, hint=hint)


def file_system_of(folder: Path, mounts: str) -> str:
    """The kind of file system that a folder is on, by the system's list of mounts (fstab(5))."""
    found, deepest = "", -1
    for line in mounts.splitlines():
        _, point, kind, *_ = line.split(" ")
        path = Path(point.encode().decode("unicode_escape"))
        if folder.is_relative_to(path) and len(path.parts) >= deepest:
            found, deepest = kind, len(path.parts)
    return found


async def _kept(city: City, journal: Journal, store: Store) -> Finding:
    """Every kept file is read to its end."""
    try:
        files = kept_files(city.installation)[store]
    except SpoolFailed as away:
        return Finding(step=store, works=False, says=away.message, hint=away.hint)
    kept = [one for one in await journal.evidence.all() if one.store == store]
    wrong = [one.sha256 for one in kept if not await _is_whole(files, one.sha256)]
    if not wrong:
        return Finding(step=store, works=True, says=f"{len(kept)} files, each as it was kept")
    hint = "see whether the disk on which they are kept fails; bring these back from a copy"
    return Finding(
        step=store,
        works=False,
        says=f"{len(wrong)} of {len(kept)} are gone or damaged: {wrong[0]}",
        hint=hint,
    )


async def _room(city: City, journal: Journal) -> Finding:
    """What the originals will need at the pace of the last days, beside what they are meant to take."""
    installation = city.installation
    growth = await journal.evidence.growth(SystemClock().now() - LATELY)
    need = int(sum(growth.values()) * (installation.retention.originals / LATELY))
    limit = installation.limits.originals
    says = f"at the pace of the last {LATELY.days} days the originals come to {need} bytes"
    if limit is None or need <= limit:
        return Finding(step="room", works=True, says=says if limit is None else f"{says} of {limit}")
    most = ", ".join(list(growth)[:3])
    hint = f"raise limits.originals, or shorten retention.originals; the most comes from {most}"
    return Finding(step="room", works=False, says=f"{says}, and limits.originals is {limit}", hint=hint)


async def _is_whole(files: KeptFiles, sha256: str) -> bool:
    try:
        async for _ in files.open(sha256):
            pass
    except GatewayError:
        return False
    return True

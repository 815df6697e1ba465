"""Whether what the gateway keeps on its own disk is sound: journal, kept files, spool."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Iterator
from contextlib import closing

from adapters.examine import Finding
from gateway.app import journal_of
from gateway.clock import SystemClock
from gateway.errors import GatewayError
from gateway.journal import STORES, Journal, JournalHome
from gateway.journal.restoring import faults
from gateway.journal.schema import connect
from gateway.keeping import LATELY
from gateway.load import City
from gateway.originals import KeptFiles
from gateway.sealing import KeyMissing, sealing_of

RESTORE = "stop the gateway and restore a backup: linkage-gateway restore"


async def examine_state(city: City) -> tuple[Finding, ...]:
    """One finding each: the journal's file, the audit log, each store of kept files, the room for originals."""
    try:
        home = journal_of(city)
        journal = await home.read(SystemClock())
    except GatewayError as error:
        return (Finding(step="journal", works=False, says=error.message, hint=error.hint),)
    try:
        found = await asyncio.to_thread(_journal, home)
        if not found.works:
            return (found,)
        kept = [await _kept(city, journal, store) for store in STORES]
        return (found, await _audit(journal), *_keys(city), *kept, await _room(city, journal))
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


async def _kept(city: City, journal: Journal, store: str) -> Finding:
    """Every kept file is read to its end."""
    files = KeptFiles(city.installation.gateway.state_dir / store, sealing_of(city.installation))
    kept = [one for one in await journal.evidence.all() if one.store == store]
    wrong = [one.sha256 for one in kept if not await _is_whole(files, one.sha256)]
    if not wrong:
        return Finding(step=store, works=True, says=f"{len(kept)} files, each as it was kept")
    hint = "see whether the disk of state_dir fails; bring these back from a copy of state_dir"
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

"""Writes as the gateway makes them, for tests of adapters."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Any

from adapters.base import Target

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from adapters.base import Adapter, Entry


def target(adapter: Adapter, path: str, data: bytes, **changes: Any) -> Target:
    """What the gateway asks for when it sends these bytes."""
    given = {
        "path": path,
        "temporary": adapter.temporary(path, hashlib.sha256(path.encode()).hexdigest()[:12]),
        "size": len(data),
        "sha256": hashlib.sha256(data).hexdigest(),
    }
    return Target(**{**given, **changes})


async def chunks(data: bytes, size: int = 1 << 20) -> AsyncIterator[bytes]:
    """The bytes in pieces, as a spool gives them."""
    for start in range(0, len(data), size):
        yield data[start : start + size]


async def send(adapter: Adapter, path: str, data: bytes, **changes: Any) -> Entry:
    """Write the bytes under the path."""
    return await adapter.write(target(adapter, path, data, **changes), chunks(data))


async def receive(adapter: Adapter, entry: Entry) -> bytes:
    """Read the whole entry."""
    async with adapter.read(entry) as pieces:
        return b"".join([piece async for piece in pieces])


async def listed(adapter: Adapter, pattern: str) -> tuple[Entry, ...]:
    """What the gateway knows of the files that match: as exactly as the place can tell."""
    return await adapter.exact((await adapter.scan(pattern)).entries)

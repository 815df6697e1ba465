"""What a gateway keeps: where, and each file as it was before it was compressed."""

from __future__ import annotations

from typing import TYPE_CHECKING

import zstandard

from gateway.stores.originals import PACKED, kept_root

if TYPE_CHECKING:
    from pathlib import Path

    from tests.support.city import Town


def keep_apart(*towns: Town, folder: Path | None = None) -> None:
    """Have the towns keep their files in one folder; absent: one of the first."""
    where = folder or towns[0].root / "kept"
    for town in towns:
        path = town.root / "config/gateway.yaml"
        path.write_text(path.read_text().replace("state_dir:", f"kept_dir: {where}, state_dir:", 1))


def originals(town: Town) -> dict[str, bytes]:
    """The kept originals that lie there in the clear, by the digest that is their name."""
    root = kept_root(town.load().installation) / "originals"
    return {path.name[:64]: _content(path) for path in root.glob("*/*") if path.suffix in ("", PACKED)}


def _content(path: Path) -> bytes:
    content = path.read_bytes()
    if path.suffix != PACKED:
        return content
    return zstandard.ZstdDecompressor().decompressobj().decompress(content)

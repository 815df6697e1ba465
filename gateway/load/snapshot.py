"""The text of every file of a configuration, as it was read: what runs, to be compared with what is on disk."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

from gateway.load.files import why_unread
from gateway.load.municipalities import located
from gateway.load.stamps import Stamp, Stamps


@dataclass(frozen=True, kw_only=True)
class Snapshot:
    """Files by their paths in the folder. One that is not read, or no text, stands with its size alone."""

    texts: Mapping[str, str]
    stamps: Stamps = field(repr=False)

    @cached_property
    def digest(self) -> str:
        """A hash of everything, in hex."""
        return _hash(self.texts)

    @cached_property
    def common(self) -> str:
        """A hash of what is to be the same on all nodes, in hex: without gateway.yaml, which may name the machine.

        Empty where nothing was read yet.
        """
        texts = {file: text for file, text in self.texts.items() if file != "gateway.yaml"}
        return _hash(texts) if texts else ""


def _hash(texts: Mapping[str, str]) -> str:
    found = hashlib.sha256()
    for file, text in sorted(texts.items()):
        found.update(f"{file}\0{len(text)}\0{text}".encode())
    return found.hexdigest()


EMPTY = Snapshot(texts={}, stamps={})


def snapshot(
    directory: Path, stamps: Stamps, before: Snapshot = EMPTY, *, held: Collection[str] = ()
) -> Snapshot:
    """The files with these stamps. What is unchanged since ``before`` is not read again, nor what is ``held``."""
    texts = {file: before.texts[file] for file in held if file in before.texts}
    for file, stamp in stamps.items():
        if file not in texts:
            same = before.stamps.get(file) == stamp
            texts[file] = before.texts[file] if same else _text(directory, file, stamp)
    return Snapshot(texts=texts, stamps={**stamps, **dict.fromkeys(held, (0, 0, 0))})


def _text(directory: Path, file: str, stamp: Stamp) -> str:
    path, ground = located(directory, file)
    with suppress(OSError, UnicodeDecodeError):
        if not why_unread(path, within=ground):
            return path.read_text(encoding="utf-8-sig")
    return f"({stamp[1]} bytes)\n"

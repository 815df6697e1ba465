"""Encrypted files as Python's own kind of files: read at any place, written in order, in bounded memory."""

from __future__ import annotations

import io
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO, NoReturn, cast

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305

from gateway.errors import Held, Reason
from gateway.sealing import age
from gateway.sealing.age import CHUNK, SEALED, AnotherKey, Header, NotAge
from gateway.sealing.keys import Keys

SUFFIX = ".age"


class Broken(Held):
    """An encrypted file is not as it was written: a bit, its length or its header. Nothing of it is believed."""

    def __init__(self, path: Path, key: str, why: str) -> None:
        where = "/".join(path.parts[-2:])
        message = f"the encrypted file {where} (key {key or 'unknown'}) cannot be opened: {why}"
        hint = (
            "see whether the disk of state_dir fails, or somebody changed it; bring the file back from a copy"
        )
        super().__init__(Reason.SPOOL_LOST, message, hint=hint)


@dataclass(frozen=True, kw_only=True)
class SealedFile:
    """A file that is encrypted on disk. ``path`` ends in ``.age``, so that nobody guesses what a file is."""

    path: Path
    keys: Keys

    def open(self, mode: str = "rb") -> BinaryIO:
        """Its content, for reading, at any place. This raises ``KeyMissing``, this and reading ``Broken``."""
        assert mode == "rb", "created() is for writing"
        return cast("BinaryIO", io.BufferedReader(_Reader(self.path, self.keys), CHUNK))

    def created(self) -> BinaryIO:
        """A new or emptied file, encrypted with the newest key, that only its owner may read. Whole once closed."""
        return cast("BinaryIO", io.BufferedWriter(_Writer(self.path, self.keys), CHUNK))

    @property
    def size(self) -> int:
        """Bytes of its content, by its length alone."""
        with self.path.open("rb") as file:
            header = _header(self.path, file)
            return _content_size(self.path, header, os.fstat(file.fileno()).st_size)

    @property
    def key(self) -> str:
        """The id of its key, which need not be there."""
        with self.path.open("rb") as file:
            return _header(self.path, file).key

    def unlink(self, *, missing_ok: bool = False) -> None:
        """Remove it."""
        self.path.unlink(missing_ok=missing_ok)


def _header(path: Path, file: BinaryIO) -> Header:
    try:
        return age.header_of(file)
    except NotAge as wrong:
        raise Broken(path, "", str(wrong)) from None


def _content_size(path: Path, header: Header, size: int) -> int:
    try:
        return age.content_size(size - header.length)
    except NotAge as wrong:
        raise Broken(path, header.key, str(wrong)) from None


class _Reader(io.RawIOBase):
    """Opens chunks as they are read. The last one is opened first: it alone proves where the file ends."""

    def __init__(self, path: Path, keys: Keys) -> None:
        super().__init__()
        self._path, self._at = path, 0
        self._file = path.open("rb", buffering=0)
        try:
            self._header = _header(path, cast("BinaryIO", self._file))
            self._size = _content_size(path, self._header, os.fstat(self._file.fileno()).st_size)
            self._last = max(0, (self._size - 1) // CHUNK)
            self._cipher = ChaCha20Poly1305(self._payload_key(keys))
            self._number, self._chunk = self._last, self._opened(self._last)
        except BaseException:
            self._file.close()
            raise

    def _payload_key(self, keys: Keys) -> bytes:
        key = keys.of(self._header.key) if self._header.key else keys.newest
        try:
            return self._header.payload_key(key.secret)
        except AnotherKey:
            self._break(
                "it was encrypted with another key than the one of that id, or its header was changed"
            )
        except NotAge as wrong:
            self._break(str(wrong))

    def _break(self, why: str) -> NoReturn:
        raise Broken(self._path, self._header.key, why) from None

    def _opened(self, number: int) -> bytes:
        sealed = os.pread(self._file.fileno(), SEALED, self._header.length + number * SEALED)
        try:
            return self._cipher.decrypt(age.nonce_of(number, last=number == self._last), sealed, None)
        except InvalidTag:
            self._break(f"chunk {number + 1} of {self._last + 1} is not as it was written")

    def readinto(self, buffer: Any) -> int:
        """Read on; see ``io.RawIOBase``."""
        room = memoryview(buffer).cast("B")
        wanted = min(len(room), max(0, self._size - self._at))
        done = 0
        while done < wanted:
            number, start = divmod(self._at, CHUNK)
            if number != self._number:
                self._number, self._chunk = number, self._opened(number)
            part = self._chunk[start : start + wanted - done]
            room[done : done + len(part)] = part
            done, self._at = done + len(part), self._at + len(part)
        return done

    def readable(self) -> bool:
        """It is read."""
        return True

    def seekable(self) -> bool:
        """At any place."""
        return True

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        """See ``io.RawIOBase``."""
        self._at = max(0, offset + (0, self._at, self._size)[whence])
        return self._at

    def tell(self) -> int:
        """See ``io.RawIOBase``."""
        return self._at

    def fileno(self) -> int:
        """The number of the open file on disk."""
        return self._file.fileno()

    def close(self) -> None:
        """See ``io.RawIOBase``."""
        self._file.close()
        super().close()


class _Writer(io.RawIOBase):
    """Seals chunks as they fill up, each once. The first one stays open until the end: archives go back to it."""

    def __init__(self, path: Path, keys: Keys) -> None:
        super().__init__()
        key = keys.newest
        header, payload_key = age.begin(key.id, key.secret)
        self._cipher = ChaCha20Poly1305(payload_key)
        flags = os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW
        self._descriptor = os.open(path, flags, 0o600)
        os.fchmod(self._descriptor, 0o600)
        self._begins = os.pwrite(self._descriptor, header, 0)
        self._first, self._held = bytearray(), bytearray()
        self._number, self._at, self._end = 1, 0, 0

    def write(self, data: Any) -> int:
        """Write on, or anew within the first chunk; see ``io.RawIOBase``."""
        raw = memoryview(data).cast("B")
        if self._at < self._end:
            return self._anew(raw[: self._end - self._at])
        first = CHUNK - len(self._first)
        self._first += raw[:first]
        self._held += raw[max(first, 0) :]
        self._end += len(raw)
        self._at = self._end
        while len(self._held) > CHUNK:
            self._seal(self._number, bytes(self._held[:CHUNK]), last=False)
            del self._held[:CHUNK]
            self._number += 1
        return len(raw)

    def _anew(self, raw: memoryview) -> int:
        if self._at + len(raw) > len(self._first):
            raise io.UnsupportedOperation("only the beginning of an encrypted file is written anew")
        self._first[self._at : self._at + len(raw)] = raw
        self._at += len(raw)
        return len(raw)

    def _seal(self, number: int, chunk: bytes, *, last: bool) -> None:
        sealed = self._cipher.encrypt(age.nonce_of(number, last=last), chunk, None)
        at = self._begins + number * SEALED
        while sealed:
            written = os.pwrite(self._descriptor, sealed, at)
            sealed, at = sealed[written:], at + written

    def writable(self) -> bool:
        """It is written."""
        return True

    def seekable(self) -> bool:
        """Within its first chunk, and to its end."""
        return True

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        """See ``io.RawIOBase``."""
        self._at = offset + (0, self._at, self._end)[whence]
        return self._at

    def tell(self) -> int:
        """See ``io.RawIOBase``."""
        return self._at

    def close(self) -> None:
        """Seal what is left."""
        if self.closed:
            return
        super().close()
        try:
            if self._held:
                self._seal(self._number, bytes(self._held), last=True)
            self._seal(0, bytes(self._first), last=not self._held)
        finally:
            os.close(self._descriptor)

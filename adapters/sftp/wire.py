"""SFTP version 3 over one channel, with many requests in flight.

Source: draft-ietf-secsh-filexfer-02, and OpenSSH's PROTOCOL file for the extensions. What costs time on SFTP
is the number of messages: requests are as large as the server takes them, and several are always under way.
Names go over the wire as bytes in the place's own character code. One thread at a time uses a ``Wire``.
"""

from __future__ import annotations

import struct
from collections import deque
from dataclasses import dataclass
from typing import TYPE_CHECKING

from adapters.name_codes import ONE_TO_ONE, decoded, encoded
from adapters.sftp.fields import EVERYTHING, NUMBER, Facts, Reader, facts_of, string_of
from adapters.sftp.status import FX_EOF, FX_OK, ConnectionGone, StatusError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from adapters.sftp.channel import Channel

INIT, VERSION, OPEN, CLOSE, READ, WRITE, LSTAT = 1, 2, 3, 4, 5, 6, 7
OPENDIR, READDIR, REMOVE, MKDIR, REALPATH, STAT, RENAME = 11, 12, 13, 14, 16, 17, 18
STATUS, HANDLE, DATA, NAME, ATTRS, EXTENDED, EXTENDED_REPLY = 101, 102, 103, 104, 105, 200, 201

FOR_READING, FOR_WRITING = 0x01, 0x02 | 0x08 | 0x10  # read; write, create, truncate
LARGEST_READ = 255 * 1024
"""OpenSSH answers at most this much to one request; others give less, and the window adapts."""

USUAL_WRITE = 32 * 1024
"""What every server must take in one request (section 3 of the draft), unless it says more."""

IN_FLIGHT = 12
"""Requests under way while a file is read or written."""

TOGETHER = 4
"""Requests to read that go out in one packet: each costs a tenth of a packet of its own."""

LONGEST_PACKET = 1024 * 1024

HEAD = struct.Struct(">IBI")
"""Length, type, and the first number; the length counts all but itself."""

HEAD_COUNTED = HEAD.size - 4

_USUAL, _NOTHING = struct.Struct(">IQIIIII"), (0,)
"""The facts of a file where all of them are told: flags, size, owner, group, mode, time of access, of change."""

FOLDER_IN_FLIGHT = 2
"""Requests for names under way: the server reads on in the folder while we understand what it gave."""


class Wire:
    """The protocol over one channel."""

    def __init__(self, channel: Channel, encoding: str) -> None:
        self._channel, self._encoding = channel, encoding
        self._next_id = 0
        self._answers: dict[int, tuple[int, bytes]] = {}
        self.extensions = self._greet()
        self._largest_read, self._largest_write = self._limits()

    # --- verbs ---------------------------------------------------------------------------------------------

    def stat(self, path: str) -> Facts:
        """The facts of the file that the path leads to."""
        return facts_of(Reader(self._ask(STAT, self._text(path), expect=ATTRS)))

    def real_path(self, path: str) -> str:
        """The absolute path as the server sees it."""
        told = self._names(self._ask(REALPATH, self._text(path), expect=NAME))
        return next(name for name, _ in told)

    def list_folder(self, path: str) -> Iterator[tuple[str, Facts]]:
        """Every name of the folder; bytes that are no text become surrogates."""
        handle = self._ask(OPENDIR, self._text(path), expect=HANDLE)
        try:
            yield from self._read_folder(handle)
        finally:
            self._ask(CLOSE, handle, expect=STATUS)

    def read_file(self, path: str, size: int | None, start: int = 0) -> Iterator[memoryview]:
        """The file's bytes from ``start`` on, in order: up to ``size``, or to its end where that is not known."""
        handle = self._ask(OPEN, self._text(path) + struct.pack(">II", FOR_READING, 0), expect=HANDLE)
        yield from _Window(self, handle, size, self._largest_read, start).chunks()
        self._ask(CLOSE, handle, expect=STATUS)

    def create(self, path: str) -> bytes:
        """Create or empty the file; its handle, to ``fill`` it."""
        return self._ask(OPEN, self._text(path) + struct.pack(">II", FOR_WRITING, 0), expect=HANDLE)

    def fill(self, handle: bytes, chunks: Iterable[bytes]) -> None:
        """Write a file that was created; flushed to disk where the server can (fsync@openssh.com)."""
        self._send_blocks(handle, chunks)
        if "fsync@openssh.com" in self.extensions:
            self._ask(EXTENDED, string_of(b"fsync@openssh.com") + handle, expect=STATUS)
        self._ask(CLOSE, handle, expect=STATUS)

    def rename(self, path: str, to: str) -> None:
        """Version 3's own rename: the draft has it fail if ``to`` exists, and not every server obeys."""
        self._ask(RENAME, self._text(path) + self._text(to), expect=STATUS)

    def rename_over(self, path: str, to: str) -> None:
        """posix-rename@openssh.com: replaces ``to`` in one step."""
        name = string_of(b"posix-rename@openssh.com")
        self._ask(EXTENDED, name + self._text(path) + self._text(to), expect=STATUS)

    def remove(self, path: str) -> None:
        """Remove the file."""
        self._ask(REMOVE, self._text(path), expect=STATUS)

    def make_folder(self, path: str) -> None:
        """Create one folder."""
        self._ask(MKDIR, self._text(path) + struct.pack(">I", 0), expect=STATUS)

    # --- messages ------------------------------------------------------------------------------------------

    def send(self, kind: int, *payload: bytes | memoryview) -> int:
        """Send one request and give its id; the answer is fetched with ``answer``."""
        self._channel.sendall(b"".join((self._head(kind, sum(map(len, payload))), *payload)))
        return self._next_id

    def send_together(self, kind: int, payloads: Iterable[bytes]) -> list[int]:
        """As ``send``, of some short requests."""
        packet: list[bytes] = []
        ids = []
        for payload in payloads:
            packet += self._head(kind, len(payload)), payload
            ids.append(self._next_id)
        self._channel.sendall(b"".join(packet))
        return ids

    def _head(self, kind: int, length: int) -> bytes:
        """What stands before a request's payload, with its id, which is now ``_next_id``."""
        self._next_id = (self._next_id + 1) & 0xFFFFFFFF
        return HEAD.pack(length + HEAD_COUNTED, kind, self._next_id)

    def answer(self, request: int, *, expect: int) -> bytes:
        """Wait for the answer to a request. Raises ``StatusError`` for a status other than OK."""
        while request not in self._answers:
            kind, answered, body = self._receive()
            self._answers[answered] = (kind, body)
        kind, body = self._answers.pop(request)
        if kind == STATUS:
            _raise_unless_ok(body, alone=expect == STATUS)
        elif kind != expect:
            raise ConnectionGone(f"an answer of type {kind} instead of {expect}")
        return body

    def _ask(self, kind: int, payload: bytes, *, expect: int) -> bytes:
        return self.answer(self.send(kind, payload), expect=expect)

    def _receive(self) -> tuple[int, int, bytes]:
        """The next packet: its type, the number that all of them begin with (the request's id), and the rest."""
        length, kind, number = HEAD.unpack(self._take(HEAD.size))
        if not HEAD_COUNTED <= length <= LONGEST_PACKET:
            raise ConnectionGone(f"a packet of {length} bytes: this is no SFTP")
        return kind, number, self._take(length - HEAD_COUNTED)

    def _take(self, count: int) -> bytes:
        """The next bytes of the channel."""
        parts: list[bytes] = []
        while count:
            parts.append(self._channel.recv(count))
            if not parts[-1]:
                raise ConnectionGone("the server closed the connection")
            count -= len(parts[-1])
        return b"".join(parts)

    def _greet(self) -> frozenset[str]:
        self._channel.sendall(struct.pack(">IBI", 5, INIT, 3))
        kind, _, body = self._receive()
        if kind != VERSION:
            raise ConnectionGone("the server does not greet as SFTP does")
        reader = Reader(body)
        extensions = set()
        while not reader.done:
            extensions.add(reader.string().decode("ascii", "replace"))
            reader.string()
        return frozenset(extensions)

    def _limits(self) -> tuple[int, int]:
        """The largest read and write that the server takes (limits@openssh.com), or the usual ones."""
        if "limits@openssh.com" not in self.extensions:
            return LARGEST_READ, USUAL_WRITE
        reader = Reader(self._ask(EXTENDED, string_of(b"limits@openssh.com"), expect=EXTENDED_REPLY))
        reader.wide()
        read, write = reader.wide(), reader.wide()
        return min(read or LARGEST_READ, LARGEST_READ), min(write or USUAL_WRITE, LARGEST_READ)

    def _text(self, path: str) -> bytes:
        return string_of(encoded(path, self._encoding))

    def _read_folder(self, handle: bytes) -> Iterator[tuple[str, Facts]]:
        waiting = deque(self.send(READDIR, handle) for _ in range(FOLDER_IN_FLIGHT))
        ended = False
        while waiting:
            try:
                body = self.answer(waiting.popleft(), expect=NAME)
            except StatusError as error:
                if error.code != FX_EOF and not ended:  # after the end a server may say anything
                    raise
                ended = True
                continue
            if not ended:
                waiting.append(self.send(READDIR, handle))
            yield from self._names(body)

    def _names(self, body: bytes) -> list[tuple[str, Facts]]:
        """Names with their facts."""
        try:
            return self._read_names(body)
        except struct.error:
            raise ConnectionGone("a packet that ends before its names do") from None

    def _read_names(self, body: bytes) -> list[tuple[str, Facts]]:
        """Without a call for each field: a folder may have 100,000 names."""
        (count,), at, found = NUMBER.unpack_from(body), NUMBER.size, []
        encoding, ends, number_at = self._encoding, len(body) - _USUAL.size, NUMBER.unpack_from
        plain = encoding in ONE_TO_ONE
        for _ in range(count):
            start = at + NUMBER.size
            end = start + number_at(body, at)[0]
            name = (
                body[start:end].decode(encoding, "surrogateescape")
                if plain
                else decoded(body[start:end], encoding)
            )
            at = end + NUMBER.size + number_at(body, end)[0]  # the long form, for people
            told = _USUAL.unpack_from(body, at) if at <= ends else _NOTHING
            if told[0] == EVERYTHING:
                found.append((name, Facts(told[1], told[4], told[6])))
                at += _USUAL.size
            else:
                reader = Reader(body, at)
                found.append((name, facts_of(reader)))
                at = reader.at
        return found

    def _send_blocks(self, handle: bytes, chunks: Iterable[bytes]) -> None:
        waiting: deque[int] = deque()
        offset = 0
        for block in _blocks(chunks, self._largest_write):
            waiting.append(self.send(WRITE, handle, struct.pack(">QI", offset, len(block)), block))
            offset += len(block)
            if len(waiting) >= IN_FLIGHT:
                self.answer(waiting.popleft(), expect=STATUS)
        for request in waiting:
            self.answer(request, expect=STATUS)


@dataclass
class _Window:
    """Reads of one file: a handful under way, answers in order, short answers asked again for their rest."""

    wire: Wire
    handle: bytes
    size: int | None
    block: int
    offset: int = 0
    ended: bool = False
    lost: OSError | None = None

    def chunks(self) -> Iterator[memoryview]:
        """What the server answers. When the line breaks, all answers that came are given before the error."""
        waiting: deque[tuple[int, int, int]] = deque()
        while self._fill(waiting) or waiting:
            request, offset, length = waiting.popleft()
            data = self._data(request)
            if data:
                yield data
            if data and len(data) < length:
                self.block = max(
                    1024, len(data)
                )  # the server caps its answers: ask for that much from now on
                waiting.extendleft(self._ask([(offset + len(data), length - len(data))]))

    def _fill(self, waiting: deque[tuple[int, int, int]]) -> bool:
        if len(waiting) <= IN_FLIGHT - TOGETHER and (wanted := list(self._wanted(IN_FLIGHT - len(waiting)))):
            try:
                waiting += self._ask(wanted)
            except OSError as lost:
                self.ended, self.lost = True, lost
        if self.lost is not None and not waiting:
            raise self.lost
        return bool(waiting)

    def _wanted(self, count: int) -> Iterator[tuple[int, int]]:
        """So many next pieces of the file: from where, and how much."""
        for _ in range(count):
            if self.ended or (self.size is not None and self.offset >= self.size):
                return
            length = self.block if self.size is None else min(self.block, self.size - self.offset)
            yield self.offset, length
            self.offset += length

    def _ask(self, pieces: Sequence[tuple[int, int]]) -> list[tuple[int, int, int]]:
        asked = [self.handle + struct.pack(">QI", *piece) for piece in pieces]
        ids = self.wire.send_together(READ, asked)
        return [(request, *piece) for request, piece in zip(ids, pieces, strict=True)]

    def _data(self, request: int) -> memoryview:
        try:
            return Reader(self.wire.answer(request, expect=DATA)).view()
        except StatusError as error:
            if error.code != FX_EOF:
                raise
            self.ended = True
            return memoryview(b"")


def _raise_unless_ok(body: bytes, *, alone: bool) -> None:
    reader = Reader(body)
    code = reader.number()
    text = "" if reader.done else reader.string().decode("utf-8", "replace")
    if code != FX_OK:
        raise StatusError(code, text)
    if not alone:
        raise ConnectionGone("the server said OK where it had to answer")


def _blocks(chunks: Iterable[bytes], largest: int) -> Iterator[memoryview]:
    for chunk in chunks:
        view = memoryview(chunk)
        for start in range(0, len(view), largest):
            yield view[start : start + largest]

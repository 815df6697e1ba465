"""One SSH connection with its SFTP channel: pinned host key, login, and the verbs of a file.

paramiko carries the transport; the file protocol on it is ``sftp_wire``. Everything here blocks.
"""

from __future__ import annotations

import stat
import threading
from operator import attrgetter
from typing import TYPE_CHECKING

import paramiko

from adapters import names
from adapters.base import Entry, Listing
from adapters.errors import AlreadyThere, ConnectionLost, NotFound
from adapters.folders import Folders
from adapters.handover import gathered
from adapters.sftp.received import receive_whole
from adapters.sftp.status import FX_FAILURE, FX_NO_SUCH_FILE, ConnectionGone, StatusError
from adapters.sftp.transport import hang_up, reach
from adapters.sftp.wire import Wire

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from adapters.options import SftpOptions
    from adapters.sftp.fields import Facts

WINDOW = 8 * 1024 * 1024
"""Bytes that the server may send ahead of us."""

PACKET = 256 * 1024 + 1024


class SftpSession:
    """One connection, logged in."""

    def __init__(self, options: SftpOptions) -> None:
        self.broken = False
        self._options = options
        self._folders = Folders(self._exists, self._make_folder, (StatusError,))
        self._transport = reach(options)
        try:
            channel = self._transport.open_session(
                window_size=WINDOW, max_packet_size=PACKET, timeout=options.connect_timeout.total_seconds()
            )
            receive_whole(channel)
            channel.settimeout(options.reply_timeout.total_seconds())
            self.wire = _greeted(channel, options.encoding)
            self._home = self.wire.real_path(".").rstrip("/")
        except BaseException:
            hang_up(self._transport)
            raise
        self._channel = channel

    @property
    def creates_only(self) -> bool:
        """Whether a plain rename is known to refuse an existing name: OpenSSH links and unlinks."""
        return "OpenSSH" in self._transport.remote_version

    def check(self) -> None:
        """A sign of life."""
        self.wire.real_path(".")

    def close(self) -> None:
        """Close the channel and the connection."""
        self.broken = True
        hang_up(self._transport)

    def abort(self) -> None:
        """Wake whoever waits in this session, and never use it again."""
        self.broken = True
        threading.Thread(target=hang_up, args=(self._transport,), daemon=True).start()

    def absolute(self, path: str) -> str:
        """The path as the server is told it."""
        root = self._options.root
        base = root if root.startswith("/") else f"{self._home}/{root}"
        return f"{base.rstrip('/')}/{path}"

    def look(self, path: str) -> Entry:
        """The regular file, now. Raises ``StatusError`` as the server says it, ``NotFound`` for a folder."""
        facts = self.wire.stat(self.absolute(path))
        if not _is_file(facts):
            raise NotFound(f"{names.shown(path)} is no file")
        return _entry(path, facts)

    def exact(self, entries: Sequence[Entry]) -> tuple[Entry, ...]:
        """Listings are as exact as looks here."""
        return tuple(entries)

    def scan(self, pattern: str) -> Listing:
        """Every regular file that matches, in the order of names."""
        try:
            return self._scan(pattern)
        except StatusError as error:
            if error.code != FX_NO_SUCH_FILE:
                raise
            place = names.shown(self.absolute(names.fixed_folder(pattern)))
            hint = "correct root or path, or have the folder made for this user"
            raise NotFound(f"the folder {place} is not there", hint=hint) from error

    def _scan(self, pattern: str) -> Listing:
        entries: list[Entry] = []
        refused: list[tuple[str, str]] = []
        for above, matching in self._folders_of("", pattern.split("/")):
            for name, facts in self.wire.list_folder(self.absolute(above.removesuffix("/"))):
                if not matching(name) or not _is_file(facts) or _is_left_out(name):
                    continue
                path = above + name
                if reason := names.why_unsafe(path):
                    refused.append((names.shown(path), reason))
                else:
                    entries.append(_entry(path, facts))
        entries.sort(key=_by_path)
        return Listing(entries=tuple(entries), refused=tuple(refused))

    def _folders_of(self, folder: str, parts: list[str]) -> Iterator[tuple[str, Callable[[str], object]]]:
        """The folders as deep as the pattern has segments, each with what its files' names must match."""
        above, matching = names.join(folder, ""), names.matcher(parts[0])
        if len(parts) == 1:
            yield above, matching
        elif not names.is_wild(parts[0]):
            yield from self._folders_of(above + parts[0], parts[1:])
        else:
            for name, facts in self.wire.list_folder(self.absolute(folder)):
                if matching(name) and _is_folder(facts) and name not in (".", ".."):
                    yield from self._folders_of(above + name, parts[1:])

    def prepare(self, path: str) -> None:
        """Nothing has to be set for a file."""

    def retrieve(self, entry: Entry, start: int, put: Callable[[bytes], None]) -> None:
        """Give the file's bytes from ``start`` on to ``put``."""
        for chunk in gathered(self.wire.read_file(self.absolute(entry.path), entry.size, start)):
            put(chunk)

    def store(self, path: str, chunks: Iterable[bytes]) -> None:
        """Write the file, with its folders if they are missing."""
        handle = self._folders.above(path, lambda: self.wire.create(self.absolute(path)))
        self.wire.fill(handle, chunks)

    def assert_free(self, path: str) -> None:
        """Look whether the name is taken, unless the server itself refuses that."""
        if (not self.creates_only or self._options.publish == "direct") and self._exists(path):
            raise AlreadyThere(f"{names.shown(path)} exists")

    def move(self, path: str, to: str) -> None:
        """Rename. OpenSSH answers a taken name with a bare failure: a look tells."""
        try:
            self._folders.above(to, lambda: self.wire.rename(self.absolute(path), self.absolute(to)))
        except StatusError as error:
            if error.code == FX_FAILURE and self._exists(to):
                raise AlreadyThere(f"{names.shown(to)} exists") from error
            raise

    def move_over(self, path: str, to: str) -> None:
        """Rename in one step, replacing what has that name; ``AlreadyThere`` where the server cannot."""
        if "posix-rename@openssh.com" not in self.wire.extensions:
            self.move(path, to)
            return
        self._folders.above(to, lambda: self.wire.rename_over(self.absolute(path), self.absolute(to)))

    def delete(self, path: str) -> None:
        """Remove the file."""
        self.wire.remove(self.absolute(path))

    def _exists(self, path: str) -> bool:
        try:
            self.wire.stat(self.absolute(path))
        except StatusError as error:
            if error.code == FX_NO_SUCH_FILE:
                return False
            raise
        return True

    def _make_folder(self, folder: str) -> None:
        self.wire.make_folder(self.absolute(folder))


def _greeted(channel: paramiko.Channel, encoding: str) -> Wire:
    """The file protocol over a channel, begun."""
    try:
        channel.invoke_subsystem("sftp")
        return Wire(channel, encoding)
    except (ConnectionGone, paramiko.SSHException) as error:
        hint = "if it stays so: has this account SFTP at all, and does its login shell print nothing?"
        raise ConnectionLost(f"the login was accepted, and no SFTP began ({error})", hint=hint) from error


def _is_left_out(name: str) -> bool:
    return name.startswith(".") and (name in (".", "..") or name.startswith(names.TEMPORARY_PREFIX))


_by_path = attrgetter("path")


def _is_folder(facts: Facts) -> bool:
    return facts.mode is not None and stat.S_ISDIR(facts.mode)


def _is_file(facts: Facts) -> bool:
    return facts.mode is None or stat.S_ISREG(facts.mode)


def _entry(path: str, facts: Facts) -> Entry:
    return Entry(path=path, size=facts.size, mtime="" if facts.mtime is None else str(facts.mtime))

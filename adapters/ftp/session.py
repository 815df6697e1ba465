"""One FTP control connection, logged in, with the verbs of a file on hosts that have folders. It blocks."""

from __future__ import annotations

import ftplib
from contextlib import ExitStack, suppress
from dataclasses import replace
from datetime import UTC, datetime
from functools import partial
from operator import not_
from typing import TYPE_CHECKING, TypeVar, cast

from adapters import names
from adapters.base import Entry, Listing
from adapters.entries import by_path, entries_of
from adapters.errors import AlreadyThere, NotFound, Transient, UnreadableListing
from adapters.folders import Folders
from adapters.ftp import listing
from adapters.ftp.ahead import PATIENCE, replies
from adapters.ftp.connection import FtpConnection, says_missing
from adapters.ftp.listing import Kind, Line
from adapters.handover import CHUNK

if TYPE_CHECKING:
    import socket
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from adapters.ftp.times import Times
    from adapters.options import FtpOptions

T = TypeVar("T")

_DOTS = (".", "..")


class FtpSession(FtpConnection):
    """One connection to a host with folders."""

    def __init__(self, options: FtpOptions, times: Times) -> None:
        super().__init__(options, times)
        self._folders = Folders(
            self._has_folder, self._make_folder, (ftplib.error_perm, ftplib.error_temp, NotFound)
        )

    # --- listings

    def scan(self, pattern: str) -> Listing:
        """Every file that matches, in the order of names."""
        found = _Found()
        self._walk("", pattern.split("/"), found)
        found.entries.sort(key=by_path)
        return Listing(entries=tuple(found.entries), refused=tuple(found.refused), unparsed=found.unparsed)

    def _walk(self, folder: str, parts: list[str], found: _Found) -> None:
        if len(parts) > 1 and not names.is_wild(parts[0]):
            self._walk(names.join(folder, parts[0]), parts[1:], found)
            return
        listed = self._list(folder)
        found.unparsed += listed.unparsed
        matching = names.matcher(parts[0])
        wanted = Kind.FILE if len(parts) == 1 else Kind.FOLDER
        lines = [line for line in listed.lines if line.kind is wanted and matching(line.name)]
        if len(parts) == 1:
            self._gather(folder, lines, found)
            return
        for line in lines:
            if line.name not in _DOTS:
                self._walk(names.join(folder, line.name), parts[1:], found)

    def _gather(self, folder: str, lines: list[Line], found: _Found) -> None:
        above = names.join(folder, "")
        paths = [above + line.name for line in lines]
        if not names.are_usual(paths):
            lines = [line for path, line in zip(paths, lines, strict=True) if found.takes(path, line)]
            paths = [above + line.name for line in lines]
        self._times.keep(folder, paths)
        gathered = self._entries(paths, lines)
        found.entries += self._measured(gathered) if self.dialect == "nlst" else gathered

    def _entries(self, paths: Sequence[str], lines: Sequence[Line]) -> list[Entry]:
        """How lines of this host become entries."""
        sizes, times = [line.size for line in lines], [line.time for line in lines]
        if self.dialect in ("mlsd", "nlst", "vms"):
            return entries_of(paths, sizes, times)
        if "MDTM" in self._features:
            told = self._times.lasting(paths, lines)
            mtimes = [known or listed for known, listed in zip(told, times, strict=True)]
            return entries_of(paths, sizes, mtimes, vague=map(not_, told))
        today = datetime.now(UTC).date()
        return entries_of(paths, sizes, [listing.lasting_time(time, today) for time in times])

    def _measured(self, entries: Sequence[Entry]) -> list[Entry]:
        """Names of which nothing else is known, with size and time; what has no size is no file."""
        told = self._ask_each(f"SIZE {self.absolute(entry.path)}" for entry in entries)
        files = [
            replace(entry, size=size)
            for entry, reply in zip(entries, told, strict=True)
            if reply.startswith("213") and (size := listing.size_in(reply[4:].strip())) is not None
        ]
        return self._timed(files)

    def exact(self, entries: Sequence[Entry]) -> tuple[Entry, ...]:
        """The entries with their times to the second; without those that went away in the meantime."""
        known = {entry.path: entry for entry in entries if not entry.vague}
        known |= {entry.path: entry for entry in self._timed([entry for entry in entries if entry.vague])}
        return tuple(known[entry.path] for entry in entries if entry.path in known)

    def _timed(self, entries: Sequence[Entry]) -> list[Entry]:
        told = self._ask_each(f"MDTM {self.absolute(entry.path)}" for entry in entries)
        there: list[Entry] = []
        mtimes: list[str] = []
        for entry, reply in zip(entries, told, strict=True):
            mtime = reply[4:].strip() if reply.startswith("213") else self._time_if_there(entry.path)
            if mtime is not None:
                self._times.tell(entry, mtime)
                there.append(entry)
                mtimes.append(mtime)
        return entries_of([entry.path for entry in there], [entry.size for entry in there], mtimes)

    def _time_if_there(self, path: str) -> str | None:
        """The file's time; None if it went away between the listing and the question."""
        with suppress(NotFound):
            return self._ask_time(path)
        return None

    def _ask_each(self, commands: Iterable[str]) -> list[str]:
        """The replies to many commands. A host that loses what is sent ahead is asked in step from then on."""
        asked = tuple(commands)
        told = self._try_ahead(asked[:2]) if self._times.in_step is None and len(asked) > 1 else []
        return [*told, *replies(self.ftp, asked[len(told) :], in_step=self._times.in_step is not False)]

    def _try_ahead(self, commands: Sequence[str]) -> list[str]:
        assert self.ftp.sock is not None
        self._times.in_step = True
        self.ftp.sock.settimeout(min(PATIENCE, self._options.reply_timeout.total_seconds()))
        try:
            told = list(replies(self.ftp, commands))
        except TimeoutError:
            self.broken = True
            raise
        self.ftp.sock.settimeout(self.ftp.timeout)
        self._times.in_step = False
        return told

    def _list(self, folder: str, *, hidden: bool = False) -> listing.Listed:
        # The working directory is changed first: a missing folder is then told from an empty one, and no name of a
        # folder can be taken for an option or a wildcard of LIST.
        self._enter(folder)
        command = {"mlsd": "MLSD", "nlst": "NLST"}.get(self.dialect, "LIST -a" if hidden else "LIST")
        try:
            with self.by_dialect():
                return listing.parse(self.dialect, self.receive_listing(command))
        except ftplib.error_perm as error:
            if not says_missing(error):
                raise
            return listing.Listed(lines=())  # the folder is there: some hosts say so of an empty one

    def _enter(self, folder: str) -> None:
        try:
            self.ftp.cwd(self.absolute(folder))
        except ftplib.error_perm as error:
            if error.args and str(error.args[0]).startswith("550"):
                place = names.shown(self.located(folder))
                raise NotFound(
                    f"the folder {place} cannot be entered ({error})",
                    hint="correct root or path, or have the folder made for this user",
                ) from error
            raise

    def _has_folder(self, folder: str) -> bool:
        try:
            self._enter(folder)
        except NotFound:
            return False
        return True

    def _make_folder(self, folder: str) -> None:
        self.ftp.mkd(self.absolute(folder))

    # --- one file

    def look(self, path: str) -> Entry:
        """The file, now: the same facts that a scan gives of it."""
        if self.dialect == "mlsd":
            return self._look_mlst(path)
        if self.dialect == "nlst" or (self.dialect != "vms" and {"SIZE", "MDTM"} <= self._features):
            return self._asked_at_once(path) or Entry(
                path=path, size=self._ask_size(path), mtime=self._ask_time(path)
            )
        for entry in self._listed_as(path):
            return entry
        raise NotFound(f"{names.shown(path)} is not there")

    def _asked_at_once(self, path: str) -> Entry | None:
        """Size and time by one way there and back; None where the host may lose the second question, or refuses one."""
        if self._times.in_step is not False:
            return None
        place = self.absolute(path)
        size, mtime = (
            reply[4:].strip() if reply.startswith("213") else ""
            for reply in replies(self.ftp, (f"SIZE {place}", f"MDTM {place}"))
        )
        stated = listing.size_in(size)
        return None if stated is None or not mtime else Entry(path=path, size=stated, mtime=mtime)

    def _look_mlst(self, path: str) -> Entry:
        with self.by_dialect():
            reply = self._told(path, lambda: self.ftp.sendcmd(f"MLST {self.absolute(path)}"))
        facts = [line.strip() for line in reply.splitlines() if line.startswith(" ")]
        line = listing.parse("mlsd", facts).lines[0] if facts else None
        if line is None or line.kind is not Kind.FILE:
            raise NotFound(f"{names.shown(path)} is no file")
        return Entry(path=path, size=line.size, mtime=line.time)

    def _ask_size(self, path: str) -> int:
        size = self._told(path, lambda: self.ftp.size(self.absolute(path)))
        assert size is not None
        return size

    def _ask_time(self, path: str) -> str:
        return self._told(path, lambda: self.ftp.voidcmd(f"MDTM {self.absolute(path)}"))[4:].strip()

    def _listed_as(self, path: str) -> Iterator[Entry]:
        for line in self._named(path):
            if line.kind is Kind.FILE:
                yield from self.exact(self._entries((path,), (line,)))

    def _named(self, path: str) -> list[Line]:
        """What the listing shows under a name. ``ls`` shows hidden ones, as unfinished files have, only if told to."""
        folder, _, name = path.rpartition("/")
        found = [line for line in self._list(folder).lines if line.name == name]
        if not found and name.startswith(".") and self.dialect in ("auto", "unix"):
            found = [line for line in self._list_hidden(folder) if line.name == name]
        return found

    def _list_hidden(self, folder: str) -> Sequence[Line]:
        """With what has hidden names. Hosts that list without ``ls`` may look for a file of the name -a: none, then."""
        try:
            return self._list(folder, hidden=True).lines
        except (ftplib.error_perm, UnreadableListing):
            return ()
        except ftplib.error_temp as error:
            if not str(error).startswith("450"):
                raise
            return ()

    def _told(self, path: str, ask: Callable[[], T]) -> T:
        """A bare 550 may mean anything (vsftpd: "Could not get file size."): looking otherwise decides.

        What is there after all is asked once more: it came this moment, or the host says again what it has against it.
        """
        try:
            return ask()
        except ftplib.error_perm as error:
            if says_missing(error) or (str(error).startswith("550") and not self._is_there(path)):
                raise NotFound(f"{names.shown(path)} is not there") from error
        return ask()

    def _is_there(self, path: str) -> bool:
        if "SIZE" in self._features:
            with suppress(ftplib.error_perm):
                self.ftp.size(self.place(path))
                return True
        try:
            return bool(self._named(path))
        except NotFound:
            return False

    @property
    def resumes(self) -> bool:
        """Whether a file may be read from its middle on (REST STREAM, RFC 3659)."""
        return "REST" in self._features

    def retrieve(self, entry: Entry, start: int, put: Callable[[bytes], None]) -> None:
        """Give the file's bytes from ``start`` on to ``put``, in large chunks."""
        received = start
        with self.data_connection(f"RETR {self.place(entry.path)}", start) as data:
            for chunk in _received(data, _room(entry, start)):
                received += len(chunk)
                put(chunk)
        if entry.size is not None and received != entry.size:
            raise Transient(f"{entry.path}: {received} bytes came of {entry.size}")

    def store(self, path: str, chunks: Iterable[bytes]) -> None:
        """Write the file, with its folders if they are missing."""
        command = f"STOR {self.place(path)}"
        with ExitStack() as stack:
            opening = lambda: stack.enter_context(self.data_connection(command))  # noqa: E731 - asked twice at most
            data = self._folders.above(path, opening)
            for chunk in chunks:
                data.sendall(chunk)

    def assert_free(self, path: str) -> None:
        """RNTO replaces without a word on most hosts: look first."""
        with suppress(NotFound):
            self.look(path)
            raise AlreadyThere(f"{names.shown(path)} exists")

    def move(self, path: str, to: str) -> None:
        """Rename; hosts with POSIX file systems replace in one step, others refuse a taken name."""
        renaming = partial(self.ftp.rename, self.place(path), self.place(to))
        try:
            self._folders.above(to, lambda: self._told(path, renaming))
        except ftplib.error_perm as error:
            if self._is_there(path) and self._is_there(to):
                raise AlreadyThere(f"{names.shown(to)} exists") from error
            raise

    def move_over(self, path: str, to: str) -> None:
        """Rename over what is there, where the host does."""
        self.move(path, to)

    def delete(self, path: str) -> None:
        """Remove the file."""
        self._told(path, lambda: self.ftp.delete(self.place(path)))

    def trigger(self, path: str, work: str) -> None:
        """Tell the host that the file under the name ``work`` is whole: from here on it is the host's."""
        trigger = self._options.trigger
        assert trigger is not None, "the options say so"
        to = trigger.to.replace("{path}", path).replace("{work}", work)
        text = trigger.text
        for key, name in {"{path}": path, "{work}": work}.items():
            text = text.replace(key, self.place(name).strip("'"))
        self.site(*trigger.site)
        self.send_text(self.place(to), text)
        self.site(*trigger.site_after)

    def place(self, path: str) -> str:
        """The name as commands take it."""
        return self.absolute(path)


class _Found:
    """What a scan has gathered so far."""

    def __init__(self) -> None:
        self.entries: list[Entry] = []
        self.refused: list[tuple[str, str]] = []
        self.unparsed = 0

    def takes(self, path: str, line: Line) -> bool:
        """Whether the file is one for the listing; the reason why it may not be used is kept."""
        if line.name in _DOTS or line.name.startswith(names.TEMPORARY_PREFIX):
            return False
        if reason := names.why_unsafe(path):
            self.refused.append((names.shown(path), reason))
        return not reason


def _room(entry: Entry, start: int) -> int:
    """Bytes to have room for at one time: of a small file, all, and one more to see that nothing follows."""
    return CHUNK if entry.size is None else min(CHUNK, max(entry.size - start, 0) + 1)


def _received(data: socket.socket, room: int) -> Iterator[bytes]:
    """What comes, in large chunks; when the line breaks, what came before it, and then its error.

    The system tells of a broken line once, and says at the next asking that this is the end of the file.
    """
    broke: OSError | None = None
    ended = False
    while not ended and broke is None:
        chunk = bytearray(
            room
        )  # of its own: a copy out of shared memory would cost more than the asking for it
        view, filled = memoryview(chunk), 0
        try:
            while filled < room and not ended:
                count = data.recv_into(view[filled:])
                filled, ended = filled + count, not count
        except OSError as error:
            broke = error
        view.release()
        del chunk[filled:]
        if chunk:
            yield cast("bytes", chunk)  # nobody changes it any more
    if broke is not None:
        raise broke

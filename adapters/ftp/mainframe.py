"""A session on a z/OS host: datasets and members of libraries instead of folders and files.

As published transcripts of z/OS FTP show it; IBM's manual (SC27-3662) was not at hand. Listings end with 250, an empty
list is an error text, no size is in bytes, and "Referred" moves with every reading.
"""

from __future__ import annotations

import ftplib
from contextlib import suppress
from dataclasses import replace
from typing import TYPE_CHECKING

from adapters import names
from adapters.base import Entry, Listing
from adapters.errors import NotFound
from adapters.ftp import datasets, listing
from adapters.ftp.connection import says_missing
from adapters.ftp.listing import Kind
from adapters.ftp.session import FtpSession

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from adapters.ftp.listing import Line


class MainframeSession(FtpSession):
    """One connection to a mainframe. Names are always sent complete and in quotes."""

    def place(self, path: str) -> str:
        """The dataset's name as commands take it."""
        return self.encoded(datasets.absolute(self._options.root, path))

    def scan(self, pattern: str) -> Listing:
        """Every dataset or member that matches: the prefix is entered, what is below is listed."""
        full = datasets.under(self._options.root, pattern)
        if datasets.relative(full) is not None:
            return self._one_generation(pattern)
        prefix, member = datasets.prefix_of(full), "(" in full
        listed = self._list_below(prefix)
        entries = [
            self._entry_below(prefix, line, member=member) for line in listed.lines if line.kind is Kind.FILE
        ]
        found = [entry for entry in entries if names.matches(pattern, entry.path)]
        kept = sorted(
            (entry for entry in found if not datasets.is_temporary(entry.path)),
            key=lambda entry: entry.path,
        )
        refused = tuple(
            (names.shown(entry.path), why) for entry in kept if (why := names.why_unsafe(entry.path))
        )
        safe = tuple(entry for entry in kept if not names.why_unsafe(entry.path))
        return Listing(entries=safe, refused=refused, unparsed=listed.unparsed)

    def _one_generation(self, path: str) -> Listing:
        with suppress(NotFound):
            return Listing(entries=(self.look(path),))
        return Listing()

    def _newest(self, path: str, base: str, number: int) -> Entry:
        """A relative generation: which one it is stands where others have their time, and is its identity."""
        listed = self._list_below(base)
        found = (datasets.full_name(base, line.name, member=False) for line in listed.lines)
        absolute = datasets.generation(found, base, number)
        return Entry(path=path, size=None, mtime=absolute.removeprefix(f"{base}."))

    def retrieve(self, entry: Entry, start: int, put: Callable[[bytes], None]) -> None:
        """As ``FtpSession``; a relative generation by the absolute name that it had when it was listed."""
        base = datasets.relative(entry.path)
        if base is not None:
            entry = replace(entry, path=f"{base[0]}.{entry.mtime}")
        super().retrieve(entry, start, put)

    def _list_below(self, prefix: str) -> listing.Listed:
        try:
            self.ftp.cwd(f"'{self.encoded(prefix)}'")
            return listing.parse("mvs", self.receive_listing("LIST"))
        except ftplib.error_perm as error:
            if says_missing(error):
                return listing.Listed(lines=())
            raise

    def _entry_below(self, prefix: str, line: Line, *, member: bool) -> Entry:
        full = datasets.full_name(prefix, line.name, member=member)
        root = datasets.under(self._options.root, "") if self._options.root else ""
        return Entry(path=full.removeprefix(root), size=None, mtime=line.time)

    def look(self, path: str) -> Entry:
        """The dataset or member, now."""
        relative = datasets.relative(datasets.under(self._options.root, path))
        if relative is not None and relative[1] <= 0:
            return self._newest(path, *relative)
        try:
            lines: Iterable[Line] = listing.parse(
                "mvs", self.receive_listing(f"LIST {self.place(path)}")
            ).lines
        except ftplib.error_perm as error:
            if says_missing(error):
                raise NotFound(f"{names.shown(path)} is not there") from error
            raise
        for line in lines:
            if line.kind is Kind.FILE:
                return Entry(path=path, size=None, mtime=line.time)
        raise NotFound(f"{names.shown(path)} is not there")

    def _is_there(self, path: str) -> bool:
        try:
            self.look(path)
        except NotFound:
            return False
        return True

"""Files as they are stored and as they are read: plain, gzip (RFC 1952), or a zip archive of one member.

The same content gives the same bytes every time: neither a name nor a time of day is written. Offsets in reports are
those of the content. Memory holds one block, whatever the file's size.
"""

from __future__ import annotations

import gzip
import io
import os
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, BinaryIO, NoReturn, cast

from gateway.formats.faults import BadRecord, BadRecordReport, BadRecords
from gateway.formats.ondisk import AnyFile, opened
from gateway.formats.records import BLOCK, RecordForm
from gateway.formats.standardized.delimited import CsvRecords
from gateway.formats.standardized.profile import CsvProfile

_BROKEN = (gzip.BadGzipFile, EOFError, zlib.error, zipfile.BadZipFile)
_NO_TIME = (1980, 1, 1, 0, 0, 0)
_PLAIN = CsvProfile()
_ALWAYS_ALLOWED = 16 << 20
"""Bytes that a file may have when unpacked, however short it is stored."""


def profile_of(form: RecordForm) -> CsvProfile:
    """How the files of a form are packed; legacy files never are."""
    return form.profile if isinstance(form, CsvRecords) else _PLAIN


def is_packed(form: RecordForm) -> bool:
    """Whether the bytes of a file are others than those of its records."""
    return profile_of(form).compression != "none"


class _TooLongError(Exception):
    """The content is longer than the profile allows for a file of this size."""


class _Bounded(io.RawIOBase):
    """What is unpacked, as long as it is not too long; it tells the file it is in."""

    def __init__(self, content: BinaryIO, stored: BinaryIO, most: int) -> None:
        super().__init__()
        self._content, self._stored, self._most, self._count = content, stored, most, 0

    def readable(self) -> bool:
        """It is read."""
        return True

    def readinto(self, buffer: Any) -> int:
        """Unpack the next bytes; raises ``_TooLongError``."""
        count: int = cast("Any", self._content).readinto(buffer)
        self._count += count
        if self._count > self._most:
            raise _TooLongError
        return count

    def seekable(self) -> bool:
        """Readers go back to the beginning."""
        return True

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        """Go to a byte of the content, unpacking what comes before it."""
        self._count = self._content.seek(offset, whence)
        return self._count

    def fileno(self) -> int:
        """The number of the open file."""
        return self._stored.fileno()


@contextmanager
def reading(path: AnyFile, form: RecordForm) -> Iterator[BinaryIO]:
    """The content of a file. A file that cannot be unpacked raises ``BadRecords`` with the rule ``compression``."""
    with opened(path) as stored:
        try:
            with _unpacked(stored, profile_of(form)) as content:
                yield content
        except _TooLongError:
            _refuse(
                "unpacked it is longer than `expands` in the profile allows; raise that if the file is meant"
            )
        except _BROKEN:
            _refuse("the file is not what the profile's compression says, or it was cut or damaged")


@contextmanager
def _unpacked(stored: BinaryIO, profile: CsvProfile) -> Iterator[BinaryIO]:
    if profile.compression == "none":
        yield stored
        return
    most = max(_ALWAYS_ALLOWED, profile.expands * os.fstat(stored.fileno()).st_size)
    if profile.compression == "gzip":
        with gzip.GzipFile(fileobj=stored, mode="rb") as content:
            yield io.BufferedReader(_Bounded(cast("BinaryIO", content), stored, most), BLOCK)
    else:
        with zipfile.ZipFile(stored) as archive, _only_member(archive) as member:
            yield io.BufferedReader(_Bounded(cast("BinaryIO", member), stored, most), BLOCK)


def _only_member(archive: zipfile.ZipFile) -> zipfile.ZipExtFile:
    members = [one for one in archive.infolist() if not one.is_dir()]
    if len(members) != 1:
        _refuse("the archive has another number of members than one")
    try:
        return cast("zipfile.ZipExtFile", archive.open(members[0]))
    except (RuntimeError, NotImplementedError):
        _refuse("the archive is encrypted, or packed by a method that is not supported")


def _refuse(message: str) -> NoReturn:
    bad = BadRecord(record=0, offset=0, item="(file)", rule="compression", message=message)
    raise BadRecords(BadRecordReport(records=(bad,), total=1))


@contextmanager
def writing(out: BinaryIO, form: RecordForm) -> Iterator[BinaryIO]:
    """Where the content of a new file is written; packed and whole once the block is left."""
    profile = profile_of(form)
    if profile.compression == "none":
        yield out
    elif profile.compression == "gzip":
        with gzip.GzipFile(filename="", fileobj=out, mode="wb", mtime=0) as packed:
            yield cast("BinaryIO", packed)
    else:
        info = zipfile.ZipInfo(profile.member, _NO_TIME)
        info.compress_type, info.external_attr = zipfile.ZIP_DEFLATED, 0o600 << 16
        with (
            zipfile.ZipFile(out, "w") as archive,
            archive.open(info, "w", force_zip64=True) as member,
            io.BufferedWriter(cast("io.RawIOBase", member)) as packed,
        ):
            yield cast("BinaryIO", packed)

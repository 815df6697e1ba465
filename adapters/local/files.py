"""The system calls of one folder, blocking: list, create-only rename, flush. Links are not followed."""

from __future__ import annotations

import ctypes
import errno
import grp
import os
import pwd
import stat
import sys
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Self

from adapters import names
from adapters.base import Entry, Listing
from adapters.errors import Misconfigured, NoAccess, Transient
from adapters.names import shown

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from adapters.options import LocalOptions

_RENAME_NOREPLACE = 1  # linux/fs.h
_AT_FDCWD = -100  # linux/fcntl.h
_NOT_IN_ONE_STEP = (errno.EINVAL, errno.ENOSYS, errno.EOPNOTSUPP)
"""How a file system (NFS among them) or an old kernel says that it has no such rename."""


def locate(root: Path, path: str) -> Path:
    """The file's absolute path. Raises ``Refused`` if unsafe, ``Misconfigured`` if a link leads outside."""
    names.assert_safe(path)
    place = root / path
    if not place.parent.resolve().is_relative_to(root.resolve()):
        raise Misconfigured(f"the folder of {names.shown(path)} leads out of the root through a link")
    return place


def look(root: Path, path: str) -> Entry:
    """The regular file, now. Raises ``FileNotFoundError`` if there is none under this name."""
    facts = os.lstat(locate(root, path))
    if not stat.S_ISREG(facts.st_mode):
        raise FileNotFoundError(errno.ENOENT, "no regular file")
    return entry_of(path, facts)


def entry_of(path: str, facts: os.stat_result) -> Entry:
    """The entry of a file's facts."""
    return Entry(path=path, size=facts.st_size, mtime=str(facts.st_mtime_ns))


def scan(root: Path, pattern: str) -> Listing:
    """Every regular file that matches, in the order of names."""
    entries: list[Entry] = []
    refused: list[tuple[str, str]] = []
    for path, facts in sorted(_walk(root, pattern.split("/"), "")):
        if not names.matches(pattern, path) or names.is_temporary(path):
            continue
        reason = names.why_unsafe(path)
        if reason:
            refused.append((names.shown(path), reason))
        else:
            entries.append(entry_of(path, facts))
    return Listing(entries=tuple(entries), refused=tuple(refused))


def _walk(folder: Path, parts: list[str], before: str) -> Iterator[tuple[str, os.stat_result]]:
    """Files as deep as the pattern has segments, through the folders that match theirs."""
    if len(parts) > 1 and not names.is_wild(parts[0]):
        yield from _walk(folder / parts[0], parts[1:], f"{before}{parts[0]}/")
        return
    with os.scandir(folder) as found:
        for item in found:
            if not names.matches(parts[0], item.name):
                continue
            if len(parts) > 1 and item.is_dir(follow_symlinks=False):
                yield from _walk(folder / item.name, parts[1:], f"{before}{item.name}/")
            elif len(parts) == 1 and item.is_file(follow_symlinks=False):
                with suppress(FileNotFoundError):  # gone between the listing and the look
                    yield f"{before}{item.name}", item.stat(follow_symlinks=False)


def assert_mounted(root: Path, sentinel: str | None) -> None:
    """Raise ``NoAccess`` for a root that is not there, ``Transient`` if its sentinel is missing.

    A share that came off its mount point looks like an empty folder: the sentinel tells.
    """
    if not root.is_dir():
        if os.path.lexists(root):
            raise NoAccess(f"{root} is there, and is no folder", hint="correct root, or put a folder there")
        raise NoAccess(f"the folder {root} is not there", hint="create or mount it, or correct root")
    if sentinel is not None and not (root / sentinel).exists():
        raise Transient(f"{sentinel} is missing in {root}", hint="the share is probably not mounted")


def identity(folder: Path) -> tuple[int, int] | None:
    """What tells a folder from another one that is mounted under its name; None if there is none."""
    try:
        facts = folder.stat()
    except OSError:
        return None
    return facts.st_dev, facts.st_ino


WITHOUT_EVENTS = frozenset({"nfs", "nfs4", "cifs", "smb3", "smbfs", "9p", "fuse.sshfs", "ceph", "afs"})
"""File systems whose changes elsewhere no event of this machine tells of."""


def tells_events(root: Path, mounts: str) -> bool:
    """Whether the system tells of what arrives in a folder. ``mounts`` is ``/proc/self/mountinfo`` (proc(5))."""
    best, kind = -1, ""
    for line in mounts.splitlines():
        fields, _, after = line.partition(" - ")
        point = fields.split(" ")[4].encode().decode("unicode_escape")
        if root.is_relative_to(point) and len(point) >= best:
            best, kind = len(point), after.split(" ")[0]
    return kind not in WITHOUT_EVENTS


def open_to_read(place: str, _flags: int) -> int:
    """Open without following a link."""
    return os.open(place, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC)


@dataclass(frozen=True, kw_only=True)
class Rights:
    """Mode, owner and group of what is delivered; -1 leaves owner or group as the system gives them.

    ``folder_mode`` is for folders that have to be made; None leaves it to the system.
    """

    file_mode: int
    folder_mode: int | None = None
    owner: int = -1
    group: int = -1

    @classmethod
    def of(cls, options: LocalOptions) -> Self:
        """As configured. Raises ``Misconfigured`` for a user or group that this machine does not know."""
        return cls(
            file_mode=int(options.file_mode, 8),
            folder_mode=int(options.folder_mode, 8) if options.folder_mode is not None else None,
            owner=_number(options.file_owner, lambda name: pwd.getpwnam(name).pw_uid, key="file_owner"),
            group=_number(options.file_group, lambda name: grp.getgrnam(name).gr_gid, key="file_group"),
        )

    def give(self, handle: int, mode: int | None) -> None:
        """Give an open file or folder its owner, group and mode."""
        try:
            if (self.owner, self.group) != (-1, -1):
                os.fchown(handle, self.owner, self.group)
        except PermissionError as error:
            raise Misconfigured(
                "the system does not let the gateway's user give files to file_owner or file_group",
                hint="name a group that the gateway's user belongs to and no owner, or give the service CAP_CHOWN",
            ) from error
        if mode is not None:
            os.fchmod(handle, mode)


def _number(name: str | int | None, find: Callable[[str], int], *, key: str) -> int:
    if name is None or isinstance(name, int):
        return -1 if name is None else name
    try:
        return find(name)
    except KeyError:
        hint = f"make it, or correct {key}"
        raise Misconfigured(f"this machine does not know {shown(name)}", hint=hint) from None


def create_unfinished(place: str, _flags: int, *, root: Path, rights: Rights) -> int:
    """Open a new unfinished file, with its folders; what an earlier try left under the name goes.

    It is never written over: a crash may have left it as a second name of the file that others see already.
    """
    make_folders(Path(place).parent, root, rights)
    Path(place).unlink(missing_ok=True)
    handle = os.open(place, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, rights.file_mode & 0o700)
    try:
        rights.give(handle, rights.file_mode)
    except BaseException:
        os.close(handle)
        raise
    return handle


def make_folders(folder: Path, root: Path, rights: Rights | None = None) -> None:
    """Make a folder with its parents below ``root``. Each that was made is durable when it returns.

    The root itself is never made: it went away with its share, and files would pile up where that is mounted.
    """
    if folder.is_dir():
        return
    if folder == root:
        raise FileNotFoundError(errno.ENOENT, "the root is not there")
    make_folders(folder.parent, root, rights)
    folder.mkdir(exist_ok=True)
    if rights is not None:
        with _opened(folder) as handle:
            rights.give(handle, rights.folder_mode)
    flush_folders(folder)


def delete(place: Path) -> None:
    """Remove the file. Durable when it returns."""
    place.unlink()
    flush_folders(place)


def move_new(place: Path, to: Path, *, root: Path) -> None:
    """Rename below ``root``; raises ``FileExistsError`` without a race if the name is taken. Durable when it returns.

    One step where the file system has it. Else two: a crash between them leaves the file under both names, and asking
    again ends that.
    """
    make_folders(to.parent, root)
    try:
        _rename_new(place, to)
    except OSError as error:
        if error.errno not in (*_NOT_IN_ONE_STEP, errno.EEXIST):
            raise
        _move_by_link(place, to)
    flush_folders(to, place)


def _move_by_link(place: Path, to: Path) -> None:
    with suppress(FileExistsError):
        os.link(place, to, follow_symlinks=False)
    if not _is_one_file(place, to):
        raise FileExistsError(errno.EEXIST, os.strerror(errno.EEXIST))
    flush_folders(to)  # before the old name goes: a disk may keep its removal and lose the new name
    place.unlink()


def _is_one_file(place: Path, to: Path) -> bool:
    """Whether both names are links to one file: a move that was begun."""
    here, there = place.lstat(), to.lstat()
    return (here.st_dev, here.st_ino) == (there.st_dev, there.st_ino)


def _rename_new(place: Path, to: Path) -> None:
    """``renameat2(2)`` with RENAME_NOREPLACE. Auditing sees it as any other rename."""
    sys.audit("os.rename", place, to, -1, -1)
    call = ctypes.CDLL(None, use_errno=True).renameat2
    if call(_AT_FDCWD, os.fsencode(place), _AT_FDCWD, os.fsencode(to), _RENAME_NOREPLACE) != 0:
        code = ctypes.get_errno()
        raise OSError(code, os.strerror(code))


def move_over(place: Path, to: Path) -> None:
    """Rename, replacing what has that name. Durable when it returns."""
    place.replace(to)
    flush_folders(to, place)


def flush_folders(*places: Path) -> None:
    """Make the names of these files durable."""
    for folder in dict.fromkeys(place.parent for place in places):
        with _opened(folder) as handle:
            os.fsync(handle)


@contextmanager
def _opened(folder: Path) -> Iterator[int]:
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        yield handle
    finally:
        os.close(handle)

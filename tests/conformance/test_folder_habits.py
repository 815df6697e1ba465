"""What folders and shares ask of a delivery beyond the bytes."""

from __future__ import annotations

import asyncio
import errno
import grp
import os
import stat
import threading
from typing import TYPE_CHECKING

import pytest

from adapters.errors import Misconfigured
from adapters.local import files
from tests.support import places
from tests.support.writing import receive, send, target

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

IS_ROOT = os.geteuid() == 0
OWNER, GROUP = (65534, 65534) if IS_ROOT else (os.getuid(), os.getgroups()[-1])


async def test_delivered_files_and_folders_made_for_them_have_mode_owner_and_group_as_configured(
    tmp_path: Path,
) -> None:
    settings = {"file_mode": "0664", "folder_mode": "0770", "file_owner": OWNER, "file_group": GROUP}
    earlier = os.umask(0o077)
    try:
        async with places.reach(places.folder(tmp_path), **settings) as adapter:
            await send(adapter, "in/2027/a.csv", b"abc")
    finally:
        os.umask(earlier)
    for path, mode in (("in", 0o770), ("in/2027", 0o770), ("in/2027/a.csv", 0o664)):
        facts = (tmp_path / path).stat()
        assert (stat.S_IMODE(facts.st_mode), facts.st_uid, facts.st_gid) == (mode, OWNER, GROUP), path


async def test_a_file_that_is_replaced_gets_them_too_and_a_group_may_be_named(tmp_path: Path) -> None:
    name = grp.getgrgid(GROUP).gr_name
    (tmp_path / "a.csv").write_bytes(b"old")
    async with places.reach(places.folder(tmp_path), file_group=name, file_mode="0660") as adapter:
        await send(adapter, "a.csv", b"new", replace=True)
    facts = (tmp_path / "a.csv").stat()
    assert (stat.S_IMODE(facts.st_mode), facts.st_gid) == (0o660, GROUP)


async def test_a_folder_that_was_there_keeps_its_own(tmp_path: Path) -> None:
    (tmp_path / "in").mkdir(mode=0o711)
    async with places.reach(places.folder(tmp_path), folder_mode="0770", file_group=GROUP) as adapter:
        await send(adapter, "in/a.csv", b"abc")
    assert stat.S_IMODE((tmp_path / "in").stat().st_mode) == 0o711


async def test_a_group_that_this_machine_does_not_know_is_named(tmp_path: Path) -> None:
    async with places.reach(places.folder(tmp_path), file_group="no-such-group") as adapter:
        with pytest.raises(Misconfigured, match="no-such-group"):
            await send(adapter, "a.csv", b"abc")
    assert list(tmp_path.rglob("*")) == []


async def test_who_may_not_give_files_away_is_told_what_to_do_and_leaves_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refused(*_: object) -> None:
        raise PermissionError(1, "Operation not permitted")

    monkeypatch.setattr(os, "fchown", refused)
    async with places.reach(places.folder(tmp_path), file_owner=OWNER) as adapter:
        with pytest.raises(Misconfigured, match="CAP_CHOWN"):
            await send(adapter, "a.csv", b"abc")
    assert list(tmp_path.rglob("*")) == []


async def test_what_a_crash_left_under_both_names_is_never_written_into(tmp_path: Path) -> None:
    """Where a move takes two steps (NFS), a process killed between them leaves one file with two names."""
    (tmp_path / "a.csv").write_bytes(b"old")
    os.link(tmp_path / "a.csv", tmp_path / ".lgw-token")
    with (tmp_path / "a.csv").open("rb") as consumer:
        async with places.reach(places.folder(tmp_path)) as adapter:
            await send(adapter, "a.csv", b"newer", temporary=".lgw-token", replace=True)
        assert consumer.read() == b"old"
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == {"a.csv": b"newer"}


@pytest.mark.parametrize("code", [errno.EINVAL, errno.ENOSYS])
@pytest.mark.parametrize("tried", ["never", "before"])
def test_where_a_file_system_cannot_rename_in_one_step_a_move_takes_two_and_can_be_ended(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, code: int, tried: str
) -> None:
    def refused(*_: object) -> None:
        raise OSError(code, "")

    monkeypatch.setattr(files, "_rename_new", refused)
    unfinished, final = tmp_path / ".lgw-token", tmp_path / "a.csv"
    unfinished.write_bytes(b"new")
    if tried == "before":
        os.link(unfinished, final)
    files.move_new(unfinished, final, root=tmp_path)
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == {"a.csv": b"new"}
    unfinished.write_bytes(b"another")
    with pytest.raises(FileExistsError):
        files.move_new(unfinished, final, root=tmp_path)
    assert final.read_bytes() == b"new"


async def test_a_write_that_is_cancelled_while_its_share_is_away_ends_as_cancelled(tmp_path: Path) -> None:
    root, begun = tmp_path / "share", asyncio.Event()

    async def endless() -> AsyncIterator[bytes]:
        yield b"a"
        begun.set()
        await asyncio.Event().wait()

    root.mkdir()
    async with places.reach(places.folder(root)) as adapter:
        writing = asyncio.ensure_future(adapter.write(target(adapter, "a.csv", b"ab"), endless()))
        await begun.wait()
        root.rename(tmp_path / "away")
        writing.cancel()
        with pytest.raises(asyncio.CancelledError):
            await writing


async def test_who_is_cancelled_while_a_file_is_opened_leaves_none_open(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "a.csv").write_bytes(b"abc")
    asked, may, opened = threading.Event(), threading.Event(), []

    def late(place: str, flags: int) -> int:
        asked.set()
        may.wait()
        opened.append(files_open(place, flags))
        return opened[-1]

    files_open = files.open_to_read
    async with places.reach(places.folder(tmp_path)) as adapter:
        entry = await adapter.stat("a.csv")
        monkeypatch.setattr(files, "open_to_read", late)
        reading = asyncio.ensure_future(receive(adapter, entry))
        await asyncio.to_thread(asked.wait)
        reading.cancel()
        with pytest.raises(asyncio.CancelledError):
            await reading
        may.set()
        await asyncio.gather(*asyncio.all_tasks() - {asyncio.current_task()})
    (handle,) = opened
    with pytest.raises(OSError, match="Bad file descriptor"):
        os.fstat(handle)

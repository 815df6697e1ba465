from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

import pytest

from adapters.examine import examine
from tests.support import places
from tests.support.servers.vsftpd import vsftpd

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable
    from contextlib import AbstractAsyncContextManager
    from pathlib import Path

    from adapters.base import Adapter
    from tests.support.places import Place
    from tests.support.servers.sshd import SshServer

STEPS = ["list", "write", "create-only", "read-back", "rename", "remove"]


async def test_a_place_that_can_do_everything_says_so_and_is_left_as_it_was(
    adapter: Adapter, place: Place
) -> None:
    place.put("in/a.csv", b"x")
    findings = await examine(adapter, pattern="in/*", path="in/lgw-probe.txt")
    assert [finding.step for finding in findings] == STEPS
    assert [finding.says for finding in findings if not finding.works] == []
    by_itself = "itself refuses" in findings[2].says
    assert by_itself is place.creates_only
    assert place.paths() == {"in/a.csv"}


async def test_a_folder_that_the_first_file_makes_is_no_fault(adapter: Adapter, place: Place) -> None:
    """As at a new installation, and on the first day of a name with a date in its folders."""
    findings = await examine(adapter, pattern="out/20270104/*", path="out/20270104/lgw-probe.txt")
    assert [finding.step for finding in findings] == STEPS
    assert [finding.says for finding in findings if not finding.works] == []
    assert findings[0].says.endswith("and was made") is place.has_folders
    assert place.paths() == set()


async def test_a_name_that_is_taken_is_never_touched(adapter: Adapter, place: Place) -> None:
    place.put("in/a.csv", b"of somebody else")
    findings = await examine(adapter, pattern="in/*", path="in/a.csv")
    assert [(finding.step, finding.works) for finding in findings] == [("list", True), ("write", False)]
    assert place.get("in/a.csv") == b"of somebody else"


async def test_a_place_that_is_not_there_says_what_to_do(tmp_path: Path) -> None:
    async with places.reach(places.folder(tmp_path / "unmounted")) as adapter:
        findings = await examine(adapter, pattern="*", path="probe.txt")
    assert [finding.works for finding in findings] == [False]
    assert all(finding.hint for finding in findings)


async def test_a_file_in_the_folders_place_is_not_called_missing(tmp_path: Path) -> None:
    (tmp_path / "flat").write_bytes(b"x")
    async with places.reach(places.folder(tmp_path / "flat")) as adapter:
        (found,) = await examine(adapter, pattern="*", path="probe.txt")
    assert (found.works, "is no folder" in found.says) == (False, True)


async def test_a_place_that_refuses_the_login_is_not_asked_for_another_step(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FTP_TEST_PASSWORD", "another")
    with vsftpd(tmp_path) as server:
        async with places.reach(places.ftp(server, "in")) as adapter:
            findings = await examine(adapter, pattern="*", path="probe.txt")
    assert [(one.step, one.works) for one in findings] == [("list", False)]


async def test_a_changed_host_key_is_told_with_both_fingerprints_and_no_stack(
    openssh: SshServer, capfd: pytest.CaptureFixture[str]
) -> None:
    pinned = f"SHA256:{'A' * 43}"
    async with places.reach(places.sftp(openssh, "examined-changed"), host_key=pinned) as adapter:
        (found,) = await examine(adapter, pattern="*", path="probe.txt")
    assert pinned in found.says
    assert openssh.fingerprints["ed25519"] in found.says
    assert capfd.readouterr().err == ""


async def test_examinations_of_one_folder_at_one_time_do_not_disturb_each_other(
    adapter: Adapter, place: Place
) -> None:
    place.put("in/a.csv", b"x")
    paths = [f"in/probe-{n}.txt" for n in range(4)]
    told = await asyncio.gather(*(examine(adapter, pattern="in/*", path=path) for path in paths))
    assert [finding.says for findings in told for finding in findings if not finding.works] == []
    assert place.paths() == {"in/a.csv"}


@pytest.mark.parametrize("verb", ["write", "read", "rename", "remove"])
async def test_an_examination_that_is_cancelled_leaves_nothing(
    adapter: Adapter, place: Place, verb: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    place.put("in/a.csv", b"x")
    done, original = asyncio.Event(), getattr(type(adapter), verb)

    async def stalls(*args: object, **kwargs: object) -> object:
        monkeypatch.undo()
        if verb != "read":
            await original(adapter, *args, **kwargs)
        done.set()
        return await asyncio.Event().wait()

    monkeypatch.setattr(adapter, verb, stalls if verb != "read" else _entered(stalls))
    examination = asyncio.ensure_future(examine(adapter, pattern="in/*", path="in/probe.txt"))
    await done.wait()
    examination.cancel()
    with pytest.raises(asyncio.CancelledError):
        await examination
    assert place.paths() == {"in/a.csv"}


def _entered(wait: Callable[..., Awaitable[object]]) -> Callable[..., AbstractAsyncContextManager[object]]:
    @asynccontextmanager
    async def entered(*args: object) -> AsyncIterator[object]:
        yield await wait(*args)

    return entered

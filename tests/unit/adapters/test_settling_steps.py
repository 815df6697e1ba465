"""Settling over a place of few lines, with a crash or a stranger's write between any two of its steps."""

from __future__ import annotations

from dataclasses import dataclass, field

import pytest

from adapters import settling
from adapters.base import Entry
from adapters.errors import AlreadyThere, Changed, Misconfigured, NotFound

PATH, ASIDE, DONE = "out/JUKI_1.dat", "out/.lgw-aside", "done/JUKI_1.dat"
READ, NEW = "the file that was read", "a new revision"


class CrashError(Exception):
    """The process ends here."""


@dataclass
class Files:
    """Names and contents, and what happens before the n-th step."""

    held: dict[str, str]
    crash_at: int = -1
    stranger_at: int = -1
    steps: int = field(default=0)

    def _step(self) -> None:
        if self.steps == self.stranger_at:
            self.held[PATH] = NEW
        if self.steps == self.crash_at:
            raise CrashError
        self.steps += 1

    async def look(self, path: str) -> Entry | None:
        self._step()
        return entry(path, self.held[path]) if path in self.held else None

    async def move(self, path: str, to: str) -> None:
        self._step()
        if path not in self.held:
            raise NotFound(path)
        if to in self.held:
            raise AlreadyThere(to)
        self.held[to] = self.held.pop(path)

    async def delete(self, path: str) -> None:
        self._step()
        if path not in self.held:
            raise NotFound(path)
        del self.held[path]


def entry(path: str, content: str) -> Entry:
    return Entry(path=path, size=len(content), version=content)


async def _settle(files: Files, verb: str) -> None:
    if verb == "remove":
        await settling.remove(files, entry(PATH, READ), ASIDE)
    else:
        await settling.rename(files, entry(PATH, READ), DONE, ASIDE)


SETTLED = {"remove": {}, "rename": {DONE: READ}}
STEPS = range(6)


@pytest.mark.parametrize("verb", ["remove", "rename"])
async def test_what_was_read_is_settled(verb: str) -> None:
    files = Files({PATH: READ})
    await _settle(files, verb)
    assert files.held == SETTLED[verb]


@pytest.mark.parametrize("verb", ["remove", "rename"])
async def test_another_revision_is_left_where_it_is(verb: str) -> None:
    files = Files({PATH: NEW})
    with pytest.raises(Changed):
        await _settle(files, verb)
    assert files.held == {PATH: NEW}


@pytest.mark.parametrize("verb", ["remove", "rename"])
@pytest.mark.parametrize("crash_at", STEPS)
async def test_after_a_crash_at_any_step_asking_again_finishes(verb: str, crash_at: int) -> None:
    files = Files({PATH: READ}, crash_at=crash_at)
    try:
        await _settle(files, verb)
    except CrashError:
        files.crash_at = -1
        try:
            await _settle(files, verb)
        except (NotFound, AlreadyThere):
            assert crash_at > 0  # the last step was done before the crash
    assert files.held == SETTLED[verb]


@pytest.mark.parametrize("verb", ["remove", "rename"])
@pytest.mark.parametrize("stranger_at", STEPS)
async def test_a_revision_that_arrives_at_any_step_is_never_lost(verb: str, stranger_at: int) -> None:
    files = Files({PATH: READ}, stranger_at=stranger_at)
    try:
        await _settle(files, verb)
    except Changed:
        assert READ not in files.held.values()  # the stranger had replaced it before anything was moved
    arrived = files.steps > stranger_at
    assert (NEW in files.held.values()) is arrived
    assert ASIDE not in files.held


@pytest.mark.parametrize("crash_at", STEPS)
@pytest.mark.parametrize("stranger_at", STEPS)
async def test_a_revision_that_arrives_around_a_crash_is_never_lost(crash_at: int, stranger_at: int) -> None:
    files = Files({PATH: READ}, crash_at=crash_at, stranger_at=stranger_at)
    for _ in range(3):
        try:
            await _settle(files, "remove")
        except CrashError:
            files.crash_at = -1
        except (Changed, NotFound):
            break
    arrived = files.steps > stranger_at
    assert list(files.held.values()) == ([NEW] if arrived else [])
    assert ASIDE not in files.held


async def test_a_stranger_under_the_private_name_gets_a_free_name_like_its_own() -> None:
    files = Files({PATH: READ, ASIDE: NEW})
    await _settle(files, "remove")
    assert files.held == {"out/JUKI_1-1.dat": NEW}


UNFINISHED = "in/.lgw-new"


@pytest.mark.parametrize("held", [{}, {PATH: "old"}, {PATH: "old", ASIDE: "older"}, {ASIDE: "old"}])
@pytest.mark.parametrize("crash_at", range(9))
async def test_replacing_in_steps_ends_with_the_new_file_alone_whenever_it_crashed(
    held: dict[str, str], crash_at: int
) -> None:
    files = Files({UNFINISHED: "new", **held}, crash_at=crash_at)
    try:
        await settling.replace(files, UNFINISHED, PATH, ASIDE)
    except CrashError:
        assert "new" in files.held.values()
        assert PATH in files.held or not held or ASIDE in files.held  # the old one is never dropped first
        files.crash_at = -1
        if files.held.get(PATH) == "new":
            files.held[UNFINISHED] = files.held.pop(PATH)  # whoever repeats it stages the file once more
        await settling.replace(files, UNFINISHED, PATH, ASIDE)
    assert files.held == {PATH: "new"}


async def test_the_old_file_gets_its_name_back_when_the_new_one_is_refused() -> None:
    class Refusing(Files):
        async def move(self, path: str, to: str) -> None:
            if path == UNFINISHED:
                raise Misconfigured("no rights")
            await super().move(path, to)

    files = Refusing({UNFINISHED: "new", PATH: "old"})
    with pytest.raises(Misconfigured):
        await settling.replace(files, UNFINISHED, PATH, ASIDE)
    assert files.held == {UNFINISHED: "new", PATH: "old"}


async def test_nothing_is_moved_onto_a_taken_name() -> None:
    files = Files({PATH: READ, DONE: "earlier"})
    with pytest.raises(AlreadyThere):
        await _settle(files, "rename")
    assert files.held == {PATH: READ, DONE: "earlier"}


async def test_an_exclusive_file_is_removed_without_being_moved_and_only_as_it_was_read() -> None:
    files = Files({PATH: READ})
    await settling.remove(files, entry(PATH, READ), ASIDE, exclusive=True)
    assert (files.held, files.steps) == ({}, 2)
    files = Files({PATH: NEW})
    with pytest.raises(Changed):
        await settling.remove(files, entry(PATH, READ), ASIDE, exclusive=True)
    assert files.held == {PATH: NEW}
    with pytest.raises(NotFound):
        await settling.remove(Files({}), entry(PATH, READ), ASIDE, exclusive=True)

"""An alarm as a test provokes and ends it, and a list of which tests do."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from dataclasses import dataclass
from types import ModuleType

from click.testing import CliRunner

from gateway.app import Gateway
from gateway.cli import main
from gateway.journal import Alarm
from gateway.observing.alarms import command_for
from gateway.times.clock import SystemClock


async def ran(town, *words: str) -> None:
    """A command beside the gateway, which must succeed."""
    command = ["--config", str(town.root / "config"), *words]
    done = await asyncio.to_thread(CliRunner().invoke, main, command)
    assert done.exit_code == 0, done.output


class Ahead(SystemClock):
    """A clock that can be put forward; durations stay real. ``by`` is a timedelta."""

    def __init__(self, by) -> None:
        self.by = by

    def now(self):
        return super().now() + self.by


@dataclass
class Watched:
    """One alarm of the catalogue: a test that ends has seen it come up and go."""

    name: str
    was_raised: bool = False
    is_over: bool = False

    async def _open(self, gateway: Gateway) -> list[Alarm]:
        await gateway._desk.look()
        return [one for one in await gateway.journal.people.open_alarms() if one.event == self.name]

    async def raised(self, gateway: Gateway) -> Alarm:
        """It stands in the book; gives it."""
        (alarm,) = await self._open(gateway)
        await _means_something(gateway, command_for(alarm))
        self.was_raised = True
        return alarm

    async def over(self, gateway: Gateway) -> None:
        """It stands in the book no more."""
        assert await self._open(gateway) == []
        self.is_over = True

    async def closed(self, gateway: Gateway) -> None:
        """Whoever was asked has answered, and the person on duty says so; until then it stands."""
        (alarm,) = await self._open(gateway)
        await gateway.journal.people.closed(alarm.number, who="田中", note="確認済み")
        await self.over(gateway)


ABOUT_ROUTES = {"status", "held", "rebaseline", "skip", "compare", "own"}


async def _means_something(gateway: Gateway, command: str) -> None:
    """The command with which to begin names a route, endpoint or transfer that there is, where it names any."""
    verb, *words = command.removeprefix("linkage-gateway ").split()
    assert "{" not in command, command
    if not words or words[0].startswith("--"):
        return
    city = gateway.city
    routes = frozenset((*city.routes, *city.rejected))
    known = {"doctor": frozenset(city.endpoints), **dict.fromkeys(ABOUT_ROUTES, routes)}
    if verb == "trace":
        assert await gateway.journal.find(words[0]), command
    elif verb in known:
        assert words[0] in known[verb], command


def provoked(module: ModuleType) -> Iterator[str]:
    """The alarms that the tests of a module provoke and end."""
    for value in vars(module).values():
        for mark in getattr(value, "pytestmark", ()):
            if mark.name == "provokes":
                yield from mark.args

"""Plays a configuration on a fast clock: the real scheduler, gates and conversions, on folders instead of places.

Every endpoint becomes a folder of its own below a scratch folder, so that nothing outside is read or written. A
script of arrivals and acts, each at its instant, takes the part of the systems and of the people.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path
from typing import Any

from adapters.options import LocalOptions
from gateway.app import Gateway
from gateway.config import Endpoint
from gateway.cutover import Condition
from gateway.events import Event
from gateway.journal import Transfer
from gateway.journal.switching import Flip
from gateway.lifecycle import State
from gateway.load import City
from gateway.times.clock import Clock, FastClock


@dataclass(frozen=True, kw_only=True)
class Told:
    """An event of the rehearsal."""

    at: datetime
    event: Event
    fields: dict[str, Any]


@dataclass
class Recorder:
    """A reporter that keeps what is told."""

    clock: Clock
    told: list[Told] = field(default_factory=list)
    fields: dict[str, Any] = field(default_factory=dict)

    def emit(self, event: Event, **fields: Any) -> None:
        """See ``Reporter``."""
        self.told.append(Told(at=self.clock.now(), event=event, fields=self.fields | fields))

    def bound(self, **fields: Any) -> Recorder:
        """See ``Reporter``."""
        return Recorder(self.clock, self.told, self.fields | fields)


Act = Callable[[Gateway], Awaitable[None]]


@dataclass(frozen=True, kw_only=True)
class Scene:
    """Something that a system or a person does at an instant."""

    at: datetime
    does: Act


@dataclass(frozen=True, kw_only=True)
class Rehearsed:
    """What happened.

    Attributes:
        told: every event.
        flips: every change that was made, in order.
        closed: by cutover that was not made, the conditions that kept it.
        transfers: by route, every transfer, oldest first.
    """

    told: tuple[Told, ...]
    flips: tuple[Flip, ...]
    closed: dict[str, tuple[Condition, ...]]
    transfers: dict[str, list[Transfer]]

    @property
    def held(self) -> list[Transfer]:
        """The files that a person would have to see to."""
        return [one for listed in self.transfers.values() for one in listed if one.state is State.HELD]


def in_scratch(city: City, scratch: Path) -> City:
    """The same city, with folders below ``scratch`` as its places, and its state there; on one node, and unheard."""
    who = city.installation.gateway.model_copy(update={"state_dir": scratch / "state", "kept_dir": None})
    journal = city.installation.journal.model_copy(
        update={"url": f"sqlite:///{scratch / 'state' / 'journal.db'}"}
    )
    alone = {"alerts": (), "traces": None, "cluster": None}
    installation = city.installation.model_copy(update={"gateway": who, "journal": journal, **alone})
    endpoints = {name: _folder(one, scratch / "places" / name) for name, one in city.endpoints.items()}
    return replace(city, installation=installation, endpoints=endpoints)


def _folder(endpoint: Endpoint, root: Path) -> Endpoint:
    root.mkdir(mode=0o700, parents=True, exist_ok=True)
    options = LocalOptions(root=root, events=False)
    return endpoint.model_copy(update={"adapter": "local", "options": options, "variants": ()})


async def rehearse(
    city: City, script: Sequence[Scene], *, start: datetime, end: datetime, speed: float
) -> Rehearsed:
    """Play a city in its scratch folder from ``start`` to ``end``, ``speed`` times as fast as time passes."""
    clock = FastClock(start, speed)
    recorder = Recorder(clock)
    stop = asyncio.Event()
    async with Gateway(city, clock=clock, report=recorder) as gateway:
        async with asyncio.TaskGroup() as group:
            group.create_task(gateway.run(stop), name="gateway")
            group.create_task(_act(gateway, script, clock, end, stop), name="script")
        return await _ended(gateway, recorder)


async def _act(
    gateway: Gateway, script: Sequence[Scene], clock: Clock, end: datetime, stop: asyncio.Event
) -> None:
    never = asyncio.Event()
    for scene in sorted(script, key=lambda one: one.at):
        await clock.wait(never, until=scene.at)
        await scene.does(gateway)
    await clock.wait(never, until=end)
    stop.set()


async def _ended(gateway: Gateway, recorder: Recorder) -> Rehearsed:
    journal = gateway.journal
    flips = [flip for route in gateway.city.routes for flip in await journal.switching.flips(route)]
    gates = await journal.switching.gates()
    made = {flip.cutover for flip in flips}
    return Rehearsed(
        told=tuple(recorder.told),
        flips=tuple(sorted((one for one in flips if one.planned is not None), key=lambda one: one.actual)),
        closed={
            name: tuple(one for one in gate.conditions if not one.passes)
            for name, gate in gates.items()
            if name not in made
        },
        transfers={route: (await journal.recent(route, 100_000))[::-1] for route in gateway.city.routes},
    )


def arrives(folder: Path, name: str, content: bytes) -> Act:
    """A system puts a whole file into a folder."""

    async def put(_gateway: Gateway) -> None:
        path = folder / name
        await asyncio.to_thread(path.parent.mkdir, parents=True, exist_ok=True)
        hidden = path.with_name(f".{path.name}.writing")
        await asyncio.to_thread(hidden.write_bytes, content)
        await asyncio.to_thread(hidden.replace, path)

    return put

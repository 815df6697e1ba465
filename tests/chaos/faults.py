"""What goes wrong, by kind. Each kind has a chance of its own out of the seed, and counts what really happened."""

from __future__ import annotations

import asyncio
import random
from collections import Counter
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING

from tests.support.toxic import Fault

if TYPE_CHECKING:
    from tests.chaos.daemon import Daemon
    from tests.chaos.ground import Ground
    from tests.support.machine import Machine

SICK = 0.35
"""How many of all connections have something."""

WHILE_WORKING = 0.85
"""How many of all kills wait until the gateway has started."""

Kind = Callable[["Faults", random.Random], Awaitable[None]]


@dataclass
class Faults:
    """Everything that happens to the gateway and its places."""

    ground: Ground
    daemon: Daemon
    machine: Machine
    seed: int
    met: Counter[str] = field(default_factory=Counter)

    def chance(self, of: str) -> random.Random:
        """The chance of one kind: the same for the same seed, whatever the others do."""
        return random.Random(f"{self.seed} {of}")

    def count(self) -> int:
        """How many there were so far."""
        return (self.met + self.ground.moods_met()).total() + self.machine.refusals

    def make_lines_sick(self) -> None:
        """From now on connections fail."""
        for name, line in self.ground.lines.items():
            chance = self.chance(f"line {name}")
            line.draw = lambda name=name, chance=chance: _drawn(name, chance)  # type: ignore[misc]
            line.met = self.met

    async def happen(self) -> None:
        """Everything, until it is cancelled."""
        self.make_lines_sick()
        async with asyncio.TaskGroup() as group:
            for name, (kind, shortest, longest) in KINDS.items():
                group.create_task(self._again(kind, self.chance(name), shortest, longest))

    async def _again(self, kind: Kind, chance: random.Random, shortest: float, longest: float) -> None:
        while True:
            await asyncio.sleep(chance.uniform(shortest, longest))
            await kind(self, chance)

    async def end(self) -> None:
        """Nothing happens any more; what hangs is let go."""
        self.machine.make_room()
        self.machine.set_clock_ahead(timedelta(0))
        self.ground.set_mood()
        for line in self.ground.lines.values():
            line.draw, line.is_down = None, False
            line.drop()
        for service in self.ground.services.values():
            if service.process is None or service.process.poll() is not None:
                await asyncio.to_thread(service.start)
        for login in self.ground.logins.values():
            await asyncio.to_thread(login.change)  # a gateway that left a host alone asks it at once
            login.agree()
        self.met["disk full"] = self.machine.refusals
        self.met += self.ground.moods_met()


def _drawn(line: str, chance: random.Random) -> Fault:
    """What one connection will meet. A byte is garbled only where a protocol notices: SFTP signs each message."""
    if chance.random() > SICK:
        return Fault()
    size = int(10 ** chance.uniform(2, 6))
    kind = chance.choice(("up", "up", "down", "down", "slow", "slow", "slow", "stall", "lost", "garble"))
    if kind == "garble" and line != "sftp":
        kind = "down"
    return {
        "up": Fault(cut_up=size),
        "down": Fault(cut_down=size),
        "slow": Fault(pause=chance.uniform(0, 0.05)),
        "stall": Fault(stall_down=size),
        "lost": Fault(answers_lost=True, control=False),
        "garble": Fault(garble_down=size),
    }[kind]


async def kill_the_gateway(faults: Faults, chance: random.Random) -> None:
    """Mostly while it works, now and then while it starts."""
    if chance.random() < WHILE_WORKING:
        await faults.daemon.started()
        await asyncio.sleep(chance.uniform(0.5, 8))
    faults.met["gateway killed"] += 1
    await faults.daemon.kill()
    await asyncio.sleep(chance.uniform(0, 0.5))
    faults.daemon.start()


async def fill_the_disk(faults: Faults, chance: random.Random) -> None:
    faults.machine.fill(
        chance.choice((faults.machine.root, faults.machine.root / "state")), room=chance.randrange(100_000)
    )
    await asyncio.sleep(chance.uniform(0.3, 2))
    faults.machine.make_room()


async def set_the_clock(faults: Faults, chance: random.Random) -> None:
    faults.met["clock set"] += 1
    span = chance.choice((0, chance.uniform(-5, 5), chance.uniform(-3000, 3000)))
    faults.machine.set_clock_ahead(timedelta(seconds=span))


async def restart_a_host(faults: Faults, chance: random.Random) -> None:
    name = chance.choice(list(faults.ground.services))
    faults.met["host restarted"] += 1
    faults.ground.services[name].kill()
    faults.ground.lines[name].drop()
    await asyncio.sleep(chance.uniform(0, 2))
    await asyncio.to_thread(faults.ground.services[name].start)


async def drop_a_connection(faults: Faults, chance: random.Random) -> None:
    """One goes, whatever it does: as a firewall forgets one."""
    lines = list(faults.ground.lines.values())
    chance.shuffle(lines)
    faults.met["connections dropped"] += any(line.drop_one(chance) for line in lines)


async def change_the_stores_mood(faults: Faults, chance: random.Random) -> None:
    """For a while it refuses many requests, or answers with an error what it has done."""
    faults.ground.set_mood(busy=chance.choice((0, 0.1, 0.2)), torn=chance.choice((0, 0.05, 0.1)))


async def drop_a_line(faults: Faults, chance: random.Random) -> None:
    name = chance.choice(list(faults.ground.lines))
    faults.met["connections dropped"] += faults.ground.lines[name].drop()


async def change_a_secret(faults: Faults, chance: random.Random) -> None:
    """The host knows the new one before the gateway does, or after it."""
    name = chance.choice(list(faults.ground.logins))
    faults.met["secret changed"] += 1
    login = faults.ground.logins[name]
    steps = await asyncio.to_thread(login.change)
    for step in steps if chance.random() < 0.5 else reversed(steps):
        step()
        faults.ground.lines[name].drop()
        await asyncio.sleep(chance.uniform(0, 2))


KINDS: dict[str, tuple[Kind, float, float]] = {
    "kill": (kill_the_gateway, 2, 10),
    "disk": (fill_the_disk, 4, 12),
    "clock": (set_the_clock, 4, 12),
    "host": (restart_a_host, 8, 20),
    "drop": (drop_a_line, 1, 5),
    "connection": (drop_a_connection, 0, 0.6),
    "mood": (change_the_stores_mood, 1, 5),
    "secret": (change_a_secret, 3, 9),
}
"""What happens, with the shortest and longest time between two of a kind, in seconds."""

"""The demo: the sample city's servers, senders and gateway together, once through or live."""

from __future__ import annotations

import asyncio
import os
import signal
import socket
import sys
import time
from collections import deque
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager
from dataclasses import asdict, dataclass, field, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from rich.console import Console, Group
from rich.live import Live
from rich.table import Table
from rich.text import Text

from gateway import events
from gateway.app import Gateway, Result
from gateway.console.server import ConsoleServer
from gateway.demo.seed import Seeder, Sent
from gateway.demo.servers import DemoServers
from gateway.demo.verify import Verification, verify
from gateway.events import Event
from gateway.load import City, load
from gateway.logs.log import Reporter, handler_for, open_log
from gateway.model import Phase
from gateway.status import PHASES_JA
from gateway.times.clock import SystemClock
from gateway.times.schedule import next_after

SEED_EVERY = 5.0
"""Seconds between the senders' batches in the live demo."""

PATIENCE = timedelta(seconds=60)


def sample_city() -> Path:
    """The folder of the sample city: in a checkout beside the package, else inside it."""
    package = Path(__file__).resolve().parent.parent
    checkout = package.parent / "config"
    return checkout if (checkout / "gateway.yaml").is_file() else package / "sample_city"


@dataclass(frozen=True, kw_only=True)
class Played:
    """The end of ``demo --once``: what the gateway says, and what an independent look found."""

    results: tuple[Result, ...]
    verification: Verification
    seconds: float

    @property
    def ok(self) -> bool:
        """Everything arrived exactly once as it was sent."""
        return self.verification.ok and not any(result.error for result in self.results)


@dataclass
class Board:
    """A reporter that keeps what the live table shows, and passes every event on to the log."""

    log: Reporter
    speaks: bool = False
    fields: dict[str, Any] = field(default_factory=dict)
    rows: dict[str, dict[str, Any]] = field(default_factory=dict)
    lines: deque[str] = field(default_factory=lambda: deque(maxlen=8))

    def emit(self, event: Event, **fields: Any) -> None:
        """See ``Reporter``."""
        self.log.emit(event, **fields)
        given = self.fields | fields
        if event is events.FILE_CARRIED:
            row = self.rows.setdefault(given["route"], {"files": 0, "records": 0, "bytes": 0})
            for key, more in (("files", 1), ("records", given["records"] or 0), ("bytes", given["bytes"])):
                row[key] += more
            self._line(f"{given['route']}  {given['file']} → {given['destination']}")
        elif event.severity in ("warning", "error", "critical"):
            self._line(f"{event.message_id} {given.get('route', '')} {event.text} {given.get('error', '')}")

    def bound(self, **fields: Any) -> Board:
        """See ``Reporter``."""
        return replace(self, log=self.log.bound(**fields), fields=self.fields | fields)

    def _line(self, text: str) -> None:
        self.lines.append(f"{datetime.now().astimezone():%H:%M:%S}  {text}")
        if self.speaks:
            sys.stdout.write(f"{self.lines[-1]}\n")
            sys.stdout.flush()


@dataclass(frozen=True, kw_only=True)
class Stage:
    """Servers, senders and gateway, all running."""

    gateway: Gateway
    servers: DemoServers
    seeder: Seeder
    board: Board


@contextmanager
def _environment(values: dict[str, str]) -> Iterator[None]:
    before = dict(os.environ)
    os.environ.update(values)
    try:
        yield
    finally:
        os.environ.clear()
        os.environ.update(before)


@asynccontextmanager
async def _stage(folder: Path, *, speaks: bool = False) -> AsyncIterator[Stage]:
    """Everything under ``folder``; the log in its file ``gateway.log``, and in words on stdout if it ``speaks``."""
    async with AsyncExitStack() as stack:
        servers = stack.enter_context(DemoServers(folder / "servers"))
        stack.enter_context(_environment(servers.environment() | {"GATEWAY_STATE": str(folder / "state")}))
        city = load(sample_city())
        handler = handler_for(stream=None, file=folder / "gateway.log", max_bytes=1 << 26, keep=2)
        stack.callback(handler.close)
        who, zone = city.installation.gateway.name, city.installation.zone
        log = open_log(handler, gateway=who, level="debug", text=False, clock=SystemClock(), zone=zone)
        seeder = Seeder(servers.places)
        stack.callback(seeder.close)
        board = Board(log=log, speaks=speaks)
        gateway = await stack.enter_async_context(Gateway(city, clock=SystemClock(), report=board))
        yield Stage(gateway=gateway, servers=servers, seeder=seeder, board=board)


async def once(folder: Path) -> Played:
    """Send a batch on every route, carry it through, and look past the gateway at what arrived."""
    async with _stage(folder) as stage:
        began = time.monotonic()
        sent = await asyncio.to_thread(stage.seeder.seed, 0, now=SystemClock().now())
        results = await stage.gateway.once(list(stage.gateway.city.routes), patience=PATIENCE)
        seconds = time.monotonic() - began
        verification = await asyncio.to_thread(verify, stage.servers.places, sent)
    return Played(results=tuple(results), verification=verification, seconds=seconds)


def document(played: Played) -> dict[str, object]:
    """The result as plain values."""
    verdicts = [asdict(verdict) | {"ok": verdict.ok} for verdict in played.verification.verdicts]
    return {
        "ok": played.ok,
        "seconds": round(played.seconds, 3),
        "routes": verdicts,
        "strange": list(played.verification.strange),
        "unfinished": list(played.verification.unfinished),
        "errors": [f"{result.route}: {result.error}" for result in played.results if result.error],
    }


def print_table(played: Played) -> None:
    """The result for a person."""
    columns = ("route", "phase", "files", "records", "bytes", "SHA-256 of all", "arrived")
    table = Table(*columns, title="What arrived, seen past the gateway", title_justify="left")
    for verdict in played.verification.verdicts:
        outcome = "exactly once" if verdict.ok else f"{verdict.missing} missing, {verdict.doubled} doubled"
        phase = f"{verdict.phase} {PHASES_JA[Phase(verdict.phase)]}"
        numbers = (str(verdict.files), str(verdict.records), f"{verdict.size:,}")
        table.add_row(verdict.route, phase, *numbers, verdict.digest[:16], outcome)
    console = Console(width=None if sys.stdout.isatty() else 140)
    console.print(table)
    for result in played.results:
        if result.error:
            console.print(f"[red]{result.route}: {result.error}")
    for place in (*played.verification.strange, *played.verification.unfinished):
        console.print(f"[red]not expected: {place}")
    summary = "every file arrived exactly once" if played.ok else "[red]something is wrong"
    console.print(f"{summary} ({played.seconds:.1f} s)")


async def live(folder: Path) -> None:
    """Run the sample city until a signal, with new files every few seconds and a live table."""
    stop, loop = asyncio.Event(), asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    async with (
        _stage(folder, speaks=not sys.stdout.isatty()) as stage,
        _page(stage) as page,
        asyncio.TaskGroup() as group,
    ):
        _greet(folder, page.address)
        for route in stage.gateway.city.routes:
            stage.gateway.nudge(route)
        tasks = [group.create_task(_send(stage)), group.create_task(_show(stage))]
        await stage.gateway.run(stop)
        for task in tasks:
            task.cancel()


def _page(stage: Stage) -> ConsoleServer:
    """The status page, where whoever is on this machine may act; on another port where its own is in use."""
    wanted = stage.gateway.city.installation.console
    with socket.socket() as trial:
        trial.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        free = trial.connect_ex((wanted.host, wanted.port)) != 0
    listen = wanted.listen if free else f"{wanted.host}:0"
    page = wanted.model_copy(update={"listen": listen, "local_role": "operator"})
    return ConsoleServer(stage.gateway, page, clock=SystemClock(), report=stage.gateway.report)


def _greet(folder: Path, page: str) -> None:
    Console().print(
        f"A sample city runs on this machine; its status page is [bold]{page}[/], its files, journal and log are in "
        f"[bold]{folder}[/]. Ctrl-C ends it.\n見本の自治体をこの端末で動かしています。画面は {page} 、終了は Ctrl-C。"
    )


async def _send(stage: Stage) -> None:
    batch = 0
    while True:
        await asyncio.to_thread(stage.seeder.seed, batch, now=SystemClock().now(), files=1)
        batch += 1
        await asyncio.sleep(SEED_EVERY)


async def _show(stage: Stage) -> None:
    if not sys.stdout.isatty():
        return
    with Live(auto_refresh=False, screen=False) as screen:
        while True:
            screen.update(_picture(stage), refresh=True)
            await asyncio.sleep(0.5)


def _picture(stage: Stage) -> Group:
    city, now = stage.gateway.city, SystemClock().now()
    columns = ("route", "", "phase", "from → to", "files", "records", "next run", "cutover")
    table = Table(
        *columns, title=f"{city.installation.gateway.name}  {_clock(now, city)}", title_justify="left"
    )
    for name, route in city.routes.items():
        formats, row = city.formats(route), stage.board.rows.get(name, {"files": 0, "records": 0})
        from_format, to_format = formats.at(now)
        turn = min((turn for turn in formats.turns() if turn > now), default=None)
        upcoming = next_after(route.schedule, now, city.installation.zone)
        table.add_row(
            name,
            route.title,
            PHASES_JA[formats.phase_at(now)],
            f"{from_format} → {to_format}",
            str(row["files"]),
            str(row["records"]),
            "watching" if route.schedule.watch else _clock(upcoming, city),
            f"{turn:%Y-%m-%d}" if turn else "-",
        )
    return Group(table, *(Text(line, overflow="ellipsis", no_wrap=True) for line in stage.board.lines))


def _clock(instant: datetime | None, city: City) -> str:
    return instant.astimezone(city.installation.zone).strftime("%H:%M:%S") if instant else "-"


__all__ = ["Played", "Sent", "document", "live", "once", "print_table", "sample_city"]

"""``run``: the daemon."""

from __future__ import annotations

import asyncio
import gc
import os
import signal
from pathlib import Path

import click

from gateway.app import Gateway
from gateway.cli.output import FAILED, WRONG, print_faults, stop_with, usable
from gateway.cli.supervisor import Supervisor
from gateway.console.server import ConsoleServer
from gateway.errors import AlreadyRunning, GatewayError
from gateway.load import City
from gateway.load.folder import Reading, read
from gateway.load.municipalities import is_joint, misplaced
from gateway.logs.log import StructuredLog, handler_for, open_log
from gateway.times.clock import SystemClock


@click.command()
@click.option("--now", "at_once", is_flag=True, help="Run every route once at start, before its schedule.")
@click.option("--json", "as_json", is_flag=True, help="Log JSON lines, also where log.format is text.")
@click.pass_obj
def run(directory: Path, *, at_once: bool, as_json: bool) -> None:
    """Run the gateway until SIGTERM or SIGINT; running transfers finish first, a second signal ends at once.

    SIGHUP, or a changed file, makes it read its configuration again, route by route.

    In a folder of several municipalities: a gateway for each of them.
    """
    if is_joint(directory):
        options = [*(["--now"] if at_once else []), *(["--json"] if as_json else [])]
        raise SystemExit(_run_together(directory, options))
    gc.disable()  # until the gateway stands: what is made until then lasts as long as the process
    reading = read(directory)
    city = usable(reading.city)
    try:
        asyncio.run(serve(reading, log_of(city, for_machines=as_json), at_once=at_once))
    except AlreadyRunning as error:
        stop_with(error, WRONG)
    except GatewayError as error:
        stop_with(error, FAILED)


def _run_together(directory: Path, options: list[str]) -> int:
    from gateway.cli.joint_run import JointRun  # noqa: PLC0415 - most folders hold one municipality

    if wrong := misplaced(directory):
        print_faults(wrong)
        return WRONG
    joint = JointRun(directory, options, Supervisor.of(os.environ))
    return asyncio.run(joint.run())


def log_of(city: City, *, for_machines: bool = False) -> StructuredLog:
    """The log that gateway.yaml asks for; ``for_machines``: JSON lines, whatever it says of them."""
    log = city.installation.log
    to = log.to
    handler = handler_for(
        stream=to.stream,
        file=to.file,
        syslog=to.syslog,
        journald=to.journald,
        max_bytes=int(to.max_size),
        keep=to.keep,
    )
    return open_log(
        handler,
        gateway=city.installation.gateway.name,
        level=log.level,
        text=log.format == "text" and not for_machines,
        clock=SystemClock(),
        zone=city.installation.zone,
        language=city.installation.console.language,
    )


GRACE = 10.0
"""Seconds after the drain in which connections are closed, before the process ends without that."""


async def serve(reading: Reading, log: StructuredLog, *, at_once: bool) -> None:
    """Run until a signal. A second one, or a drain that takes too long, ends the process at once.

    Nothing is lost by that: the next start goes on from the journal, as after any crash.
    """
    stop, loop, city = asyncio.Event(), asyncio.get_running_loop(), reading.city
    supervisor = Supervisor.of(os.environ)
    drain = city.installation.gateway.drain.total_seconds()

    def signalled() -> None:
        if stop.is_set():
            os._exit(FAILED)
        stop.set()
        supervisor.tell("STOPPING=1")
        loop.call_later(drain + GRACE, os._exit, FAILED)

    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, signalled)
    clock = SystemClock()
    async with (
        Gateway(reading, clock=clock, report=log, levels=log.levels) as gateway,
        ConsoleServer(gateway, city.installation.console, clock=clock, report=gateway.report),
        supervisor.watching(),
    ):
        gc.freeze()
        gc.enable()
        loop.add_signal_handler(signal.SIGHUP, gateway.renew)
        for route in city.routes if at_once else ():
            gateway.nudge(route)
        await gateway.run(stop)

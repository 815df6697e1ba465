"""``tail``: what happens to a route's files, as it happens; beside a running gateway."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path

import click
from rich.cells import set_cell_size

from gateway.cli.output import FAILED, as_json, both, chosen, city_of, local, stop_with, words_of
from gateway.console.words import detail_in
from gateway.errors import JournalUnusable
from gateway.journal.overview import Step
from gateway.lifecycle import WORDS, State
from gateway.load import City
from gateway.running import journal_of
from gateway.times.clock import SystemClock

EVERY = 0.5


@click.command()
@click.argument("route")
@click.option("--last", default=20, show_default=True, help="Steps from before that are shown first.")
@click.option("--once", "only_once", is_flag=True, help="Show them and end.")
@as_json
@click.pass_obj
def tail(directory: Path, route: str, *, last: int, only_once: bool, as_json: bool) -> None:
    """Follow ROUTE: each step of each of its files, until Ctrl-C; with --json one object a line."""
    city = city_of(directory, quiet=True)
    chosen((route,), dict.fromkeys([*city.routes, *city.rejected]))
    try:
        asyncio.run(_follow(city, route, last, only_once=only_once, as_json=as_json))
    except JournalUnusable as error:
        stop_with(error, FAILED)
    except KeyboardInterrupt:
        return


async def _follow(city: City, route: str, last: int, *, only_once: bool, as_json: bool) -> None:
    journal = await journal_of(city).read(SystemClock())
    try:
        steps = await journal.overview.last_steps(route, last)
        known = 0
        while True:
            for step in steps:
                click.echo(_line(city, step, as_json=as_json))
                known = step.number
            if only_once:
                return
            await asyncio.sleep(EVERY)
            steps = await journal.overview.steps_after(route, known)
    finally:
        await journal.close()


def _line(city: City, step: Step, *, as_json: bool) -> str:
    if as_json:
        at = step.at.astimezone(city.installation.zone).isoformat()
        document = {"at": at, "transfer_id": step.transfer, "file": step.path, "event": step.event}
        return json.dumps(document | {"state": step.state, "detail": step.detail}, ensure_ascii=False)
    w = words_of(city)
    event, state = w.get(f"e_{step.event}", step.event), both(w, WORDS[State(step.state)])
    detail = detail_in(step.detail, city.installation.console.language)
    return (
        f"{local(step.at, city)}  {set_cell_size(event, 20)} {set_cell_size(state, 20)} {step.path}  {detail}"
    )

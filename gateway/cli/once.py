"""``once``: one cycle of some routes, now."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from datetime import timedelta
from pathlib import Path

import click
from rich.console import Console

from adapters.errors import AdapterError, UnreadableListing
from gateway.app import Gateway, Result
from gateway.carrying.ownership import OwnedElsewhere
from gateway.cli.output import (
    FAILED,
    UNREACHABLE,
    WRONG,
    as_json,
    both,
    chosen,
    city_of,
    local,
    print_json,
    print_table,
    stop_with,
    words_of,
)
from gateway.cli.speaking import parts_of, say, spoken
from gateway.errors import AlreadyRunning, GatewayError
from gateway.journal import Transfer
from gateway.lifecycle import OPEN, State, word
from gateway.load import City
from gateway.logs.log import handler_for, open_log
from gateway.times.clock import SystemClock


@click.command()
@click.argument("routes", nargs=-1)
@click.option("--wait", default=60.0, show_default=True, help="Seconds to wait for files to become complete.")
@as_json
@click.pass_obj
def once(directory: Path, routes: Sequence[str], *, wait: float, as_json: bool) -> None:
    """Run one cycle of each ROUTE (all of them if none is named).

    Exit 1 if a file failed, waits for its next try or is held, 3 if a place could not be reached.
    """
    city = city_of(directory)
    names = chosen(routes, city.routes, rejected=city.rejected)
    if not names:
        stop_with("no route can run; linkage-gateway check says why", WRONG)
    try:
        results = asyncio.run(_once(city, names, timedelta(seconds=wait)))
    except AlreadyRunning as error:
        stop_with(error, WRONG)
    except GatewayError as error:
        stop_with(error, FAILED)
    if as_json:
        print_json([_document(result) for result in results])
    else:
        _print(city, results)
    raise SystemExit(_exit_code(results))


async def _once(city: City, names: Sequence[str], patience: timedelta) -> list[Result]:
    clock = SystemClock()
    handler = handler_for(stream="stderr")
    name, zone = city.installation.gateway.name, city.installation.zone
    log = open_log(
        handler,
        gateway=name,
        level="warning",
        text=True,
        clock=clock,
        zone=zone,
        language=city.installation.console.language,
    )
    console = Console(stderr=True)
    with console.status(f"{len(names)} routes", spinner="dots"):
        async with Gateway(city, clock=clock, report=log) as gateway:
            return await gateway.once(names, patience=patience)


def _exit_code(results: Sequence[Result]) -> int:
    if any(_is_away(result.error) for result in results):
        return UNREACHABLE
    transfers = [transfer for result in results for transfer in result.transfers]
    stuck = any(transfer.state is State.HELD or transfer.attempt for transfer in transfers)
    return FAILED if stuck or any(result.error for result in results) else 0


def _is_away(error: Exception | None) -> bool:
    """Whether a place could not be reached. One whose listing nobody understands was, and one that is another's."""
    return isinstance(error, AdapterError) and not isinstance(error, UnreadableListing | OwnedElsewhere)


def _document(result: Result) -> dict[str, object]:
    return {
        "route": result.route,
        "error": str(result.error) if result.error else None,
        "not_ready": list(result.not_ready),
        "transfers": [_transfer(transfer) for transfer in result.transfers],
    }


def _transfer(transfer: Transfer) -> dict[str, object]:
    output = transfer.output
    return {
        "transfer_id": transfer.id,
        "file": f"{transfer.endpoint}:{transfer.entry.path}",
        "state": word(transfer.state, transfer.outcome),
        "revision": transfer.revision,
        "from_format": transfer.from_format,
        "to_format": output.to_format if output else None,
        "destination": f"{output.endpoint}:{output.path}" if output and output.path else None,
        "bytes": transfer.bytes,
        "records": transfer.records,
        "sha256": output.sha256 if output else None,
        "reason": transfer.reason,
        "message": transfer.message or None,
        "next_action": transfer.hint or None,
        "retry_at": transfer.retry_at,
    }


def _print(city: City, results: Sequence[Result]) -> None:
    w = words_of(city)
    rows = [_row(w, result, transfer) for result in results for transfer in result.transfers]
    print_table([w[key] for key in ("route", "file", "state", "records", "bytes", "to")], rows)
    for result in results:
        if result.error:
            say(*parts_of(result.error), about=result.route, err=True, colour="red")
        for one in () if result.error else result.transfers:
            if one.retry_at is not None and one.state in OPEN and one.state is not State.HELD:
                again = local(one.retry_at, city)
                say(
                    f"{one.entry.path} is tried again at {again}: {one.message}", about=result.route, err=True
                )
        for path in result.not_ready:
            say(f"{path} is not complete yet", about=result.route)
        if not (result.transfers or result.error or result.not_ready):
            say("nothing new", about=result.route)


def _row(w: Mapping[str, str], result: Result, transfer: Transfer) -> tuple[str, ...]:
    output = transfer.output
    where = f"{output.endpoint}:{output.path}" if output and output.path else ""
    said = spoken(transfer.message) if transfer.state is State.HELD else where
    records = "" if transfer.records is None else str(transfer.records)
    return (
        result.route,
        transfer.entry.path,
        both(w, word(transfer.state, transfer.outcome)),
        records,
        str(transfer.bytes or ""),
        said,
    )

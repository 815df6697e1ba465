"""``rehearse``: a cutover played beforehand, on a fast clock and on folders."""

from __future__ import annotations

import asyncio
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from itertools import takewhile
from pathlib import Path

import click

from gateway.agenda import Cutover, agenda, plans_of
from gateway.app import Gateway
from gateway.cli.beside import with_journal
from gateway.cli.output import (
    FAILED,
    WRONG,
    as_json,
    city_of,
    json_text,
    minute,
    print_json,
    print_table,
    stop_with,
)
from gateway.cutover import Stand
from gateway.evidence.drawers import PLAYED_HERE, REHEARSALS
from gateway.journal import Carried, Journal, Transfer
from gateway.journal.switching import End, Ruling, Said
from gateway.lifecycle import word
from gateway.load import City
from gateway.rehearsal import Act, Rehearsed, Scene, arrives, in_scratch
from gateway.rehearsal import rehearse as play
from gateway.running import journal_of
from gateway.sheets import write_private
from gateway.stores.originals import KeptFiles, kept_files
from gateway.times.clock import SystemClock

NOT_PLAYED = ("compared", "approved", "baseline")
"""Conditions that look at the past or at people: a rehearsal takes them as met, and says so."""

KEPT = timedelta(days=14)


@dataclass(frozen=True, kw_only=True)
class Known:
    """What the journal says before the rehearsal: where ends stand, people's words, and recent deliveries."""

    stands: dict[End, Stand]
    said: Sequence[Said]
    carried: dict[str, list[Carried]]


@click.command()
@click.argument("subject")
@click.option("--before", default=2.0, show_default=True, help="Hours that are played before the instant.")
@click.option("--after", default=4.0, show_default=True, help="Hours that are played after it.")
@click.option("--speed", default=600.0, show_default=True, help="How many times as fast as time passes.")
@click.option(
    "--files",
    type=click.Path(path_type=Path, exists=True, file_okay=False),
    help="Captured files: before/ENDPOINT/PATH lie there from the beginning, after/ENDPOINT/PATH come after the "
    "instant. Absent: the newest kept original of each route.",
)
@click.option(
    "--scratch",
    type=click.Path(path_type=Path, file_okay=False),
    help="Play in this new folder and leave it for retention.rehearsal; absent: a temporary one, removed at the end.",
)
@as_json
@click.pass_obj
def rehearse(
    directory: Path,
    subject: str,
    *,
    before: float,
    after: float,
    speed: float,
    files: Path | None,
    scratch: Path | None,
    as_json: bool,
) -> None:
    """Play the coming cutover of SUBJECT (a route, or wave:NAME): the real scheduler, gate and conversions.

    Every place is a folder below the scratch folder: nothing outside is read or written, but the result, which is kept
    in state_dir/rehearsals for retention.rehearsal. Exit 1 if the cutover would
    not be made in that time, or if a file would be held.
    """
    city = city_of(directory, quiet=True)
    known = _known(city)
    cutover = _coming(city, known, subject)
    name = f"{_slug(subject)}-{SystemClock().now():%Y%m%dT%H%M%S}.json"
    with _stage(city, scratch, name) as folder:
        played = _only(in_scratch(city, folder), cutover)
        _furnish(played, folder / "places")
        start = cutover.planned - timedelta(hours=before)
        script = [
            Scene(at=start, does=_prepared(cutover, known)),
            *_arrivals(city, cutover, known, places=folder / "places", files=files, start=start),
        ]
        end = cutover.planned + timedelta(hours=after)
        happened = asyncio.run(play(played, script, start=start, end=end, speed=speed))
    _keep(city, name, _document(cutover, happened) | {"scratch": scratch and scratch.absolute()})
    _show(city, cutover, happened, as_json=as_json)
    made = _made(cutover, happened) is not None
    raise SystemExit(0 if made and not happened.held else FAILED)


def _slug(subject: str) -> str:
    """A subject as part of a file's name."""
    return subject.replace(":", "-")


@contextmanager
def _stage(city: City, scratch: Path | None, name: str) -> Iterator[Path]:
    """The folder in which it is played; one that was asked for is marked as this rehearsal's own, and stays."""
    if scratch is None:
        encrypts = city.installation.encryption
        folder_of = tempfile.TemporaryDirectory
        with folder_of(
            prefix="linkage-gateway-rehearsal-", dir=encrypts.work if encrypts else None
        ) as folder:
            yield Path(folder)
        return
    scratch.mkdir(mode=0o700, parents=True, exist_ok=True)
    if any(scratch.iterdir()):
        stop_with(f"{scratch} is not empty; name a new folder, which is erased after its time", WRONG)
    (scratch / PLAYED_HERE).write_text(name, encoding="utf-8")
    yield scratch


def _keep(city: City, name: str, result: dict[str, object]) -> None:
    """Keep the result for ``retention.rehearsal``."""
    folder = city.installation.gateway.state_dir / REHEARSALS
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    write_private(folder / name, json_text(result).encode())


def _known(city: City) -> Known:
    if not journal_of(city).is_there():
        return Known(stands={}, said=(), carried={})

    async def look(journal: Journal) -> Known:
        stands = {end: flip.stand for end, flip in (await journal.switching.stands()).items()}
        since = SystemClock().now() - KEPT
        carried = {route: await journal.evidence.carried(route, since) for route in city.routes}
        return Known(stands=stands, said=await journal.switching.overrides(), carried=carried)

    return with_journal(city, look, write=False)


def _coming(city: City, known: Known, subject: str) -> Cutover:
    now = SystemClock().now()
    plans = plans_of(city, known.said)
    stands = {end: known.stands.get(end) or plan.wanted(now) for end, plan in plans.items()}
    found = agenda(city, plans, stands, now)
    coming = {one.subject: one for one in (*found.due, *found.coming)}
    if subject not in coming:
        listed = ", ".join(sorted(coming)) or "none"
        stop_with(f"{subject} has no cutover that is due or coming; there are: {listed}", WRONG)
    return coming[subject]


def _only(city: City, cutover: Cutover) -> City:
    """The routes of the cutover alone; comparisons need the true past, so they are left out."""
    routes = {
        name: city.routes[name].model_copy(update={"compare": None, "shadow": None})
        for name in cutover.routes
    }
    return replace(city, routes=routes)


def _furnish(city: City, places: Path) -> None:
    """Make the folders that the routes' places have in truth, as far as their names are fixed."""
    for route in city.routes.values():
        for place in (*route.source.all_places, *route.to.all_places):
            folders = takewhile(lambda part: not set(part) & set("{*?["), Path(place.path).parent.parts)
            (places / place.endpoint).joinpath(*folders).mkdir(mode=0o700, parents=True, exist_ok=True)


def _prepared(cutover: Cutover, known: Known) -> Act:
    """Tell the rehearsal what people said, and pass over what cannot be played."""

    async def say(gateway: Gateway) -> None:
        await gateway.journal.switching.overridden(known.said)
        for condition in NOT_PLAYED:
            ruling = Ruling(
                cutover=cutover.name, kind="waive", subject=condition, who="rehearsal", reason="not played"
            )
            await gateway.journal.switching.ruled(ruling)

    return say


def _arrivals(
    city: City, cutover: Cutover, known: Known, *, places: Path, files: Path | None, start: datetime
) -> Iterator[Scene]:
    if files is None:
        yield from _originals(city, cutover, known, places, start)
        return
    instants = {"before": start, "after": cutover.planned + timedelta(minutes=5)}
    for part, at in instants.items():
        for path in sorted((files / part).rglob("*")):
            if path.is_file():
                endpoint, _, name = path.relative_to(files / part).as_posix().partition("/")
                yield Scene(at=at, does=arrives(places / endpoint, name, path.read_bytes()))


def _originals(city: City, cutover: Cutover, known: Known, places: Path, start: datetime) -> Iterator[Scene]:
    """The newest kept original of each route, at the place where it was found."""
    kept = kept_files(city.installation)["originals"]
    for route in cutover.routes:
        for one in known.carried.get(route, [])[-1:]:
            place = city.routes[route].source.places(one.from_format)[0]
            content = asyncio.run(_content(kept, one.sha256))
            if content is not None:
                yield Scene(at=start, does=arrives(places / place.endpoint, one.path, content))


async def _content(kept: KeptFiles, sha256: str) -> bytes | None:
    if not await kept.has(sha256):
        return None
    return b"".join([chunk async for chunk in kept.open(sha256)])


def _show(city: City, cutover: Cutover, happened: Rehearsed, *, as_json: bool) -> None:
    if as_json:
        print_json(_document(cutover, happened))
        return
    made = _made(cutover, happened)
    when = f"made {minute(made, city)}" if made else "it would not be made"
    click.echo(f"{cutover.subject}: planned {minute(cutover.planned, city)}, {when}")
    for condition in happened.closed.get(cutover.name, ()):
        click.echo(f"not met: {condition.name}: {condition.says}")
    if left_out := _left_out(cutover):
        click.echo(f"taken as met, since a rehearsal cannot tell: {', '.join(left_out)}")
    rows = [_row(route, one) for route, listed in happened.transfers.items() for one in listed]
    if rows:
        print_table(("route", "file", "", "format", "delivered as"), rows)
    else:
        click.echo("no file was played: the routes delivered none yet; give captured ones with --files")


def _made(cutover: Cutover, happened: Rehearsed) -> datetime | None:
    """When the cutover was made; None if it was not."""
    return next((flip.actual for flip in happened.flips if flip.cutover == cutover.name), None)


def _left_out(cutover: Cutover) -> list[str]:
    return [one for one in NOT_PLAYED if one in cutover.rule.require]


def _document(cutover: Cutover, happened: Rehearsed) -> dict[str, object]:
    closed = happened.closed.get(cutover.name, ())
    return {
        "cutover": cutover.subject,
        "planned": cutover.planned,
        "made": _made(cutover, happened),
        "not_played": _left_out(cutover),
        "conditions_not_met": [{"name": one.name, "says": one.says} for one in closed],
        "files": [_file(route, one) for route, listed in happened.transfers.items() for one in listed],
    }


def _file(route: str, one: Transfer) -> dict[str, object]:
    return {
        "route": route,
        "file": one.entry.path,
        "state": word(one.state, one.outcome),
        "to_format": one.output.to_format if one.output else None,
        "delivered_as": one.output.path if one.output else None,
        "reason": one.reason,
        "message": one.message or None,
    }


def _row(route: str, one: Transfer) -> tuple[str, ...]:
    output = one.output
    format_, where = (output.to_format, output.path) if output else ("", one.message)
    return (route, one.entry.path, word(one.state, one.outcome), format_, where)

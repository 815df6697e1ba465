"""``doctor`` and the live part of ``check``: log in, list, and try what routes need, with a file of our own."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from functools import reduce
from operator import or_
from pathlib import Path

import click

from adapters import ADAPTERS
from adapters.base import Adapter
from adapters.errors import AdapterError
from adapters.examine import Ability, Finding, abilities, examine
from gateway.cli.excerpt import excerpt
from gateway.cli.output import (
    FAILED,
    UNREACHABLE,
    WRONG,
    as_json,
    city_of,
    print_json,
    print_table,
    stop_with,
)
from gateway.cli.soundness import examine_state
from gateway.config import Place
from gateway.load import City
from gateway.model import Format
from gateway.naming import SourcePattern
from gateway.reaching.probe import free_name, pattern_beside
from gateway.spelling import instead
from gateway.times.clock import SystemClock


@dataclass(frozen=True, kw_only=True)
class Examined:
    """What was found at one endpoint.

    Attributes:
        abilities: what the place can do, if it was reached.
        write: the endpoint as it should stand in endpoints.yaml.
    """

    endpoint: str
    findings: tuple[Finding, ...]
    abilities: tuple[Ability, ...] = ()
    write: str = ""

    @property
    def exit_code(self) -> int:
        """0 if all works, 3 if nothing does, else 1."""
        works = [finding.works for finding in self.findings]
        return 0 if all(works) else FAILED if any(works) else UNREACHABLE


@click.command()
@click.argument("endpoint", required=False)
@click.option("--path", help="A free name to write and remove again; absent: beside what routes write there.")
@click.option("--pattern", help="What to list; absent: what routes read there.")
@as_json
@click.pass_obj
def doctor(
    directory: Path, endpoint: str | None, *, path: str | None, pattern: str | None, as_json: bool
) -> None:
    """Try what ENDPOINT can do: log in, list, write, create only, read back, rename, remove.

    Says what the place can and cannot do, and how to write it in endpoints.yaml, to be pasted.

    Whatever is written is removed again; a folder that had to be made for it stays. Exit 3 if the place cannot be
    reached, 1 if something does not work.

    Without ENDPOINT: whether journal, kept files and spool are sound, each kept file read and compared by its digest.
    """
    city = city_of(directory, quiet=True)
    if endpoint is None:
        state = Examined(endpoint="state_dir", findings=asyncio.run(examine_state(city)))
        show([state], as_json=as_json)
        raise SystemExit(0 if state.exit_code == 0 else FAILED)
    if endpoint not in city.endpoints:
        stop_with(f"there is no endpoint {endpoint}; {instead(endpoint, city.endpoints)}", WRONG)
    examined = asyncio.run(examine_endpoint(city, endpoint, path=path, pattern=pattern))
    show([examined], as_json=as_json, advise=True)
    raise SystemExit(examined.exit_code)


async def examine_endpoint(
    city: City, name: str, *, path: str | None = None, pattern: str | None = None
) -> Examined:
    """Reach one endpoint and try what its routes need of it: writing only where a route writes, or as asked."""
    endpoint = city.endpoints[name]
    sources, targets = _places(city, name)
    listed = [
        *(SourcePattern.compile(place.path).glob for place in sources),
        *map(pattern_beside, targets),
    ]
    pattern = pattern or next(iter(listed), "*")
    now = SystemClock().now()
    adapter = ADAPTERS[endpoint.adapter].build(endpoint.options_at(now), name=name)
    try:
        async with adapter:
            if path is None and targets:
                path = free_name(adapter, targets[0], now)
            findings = (
                await examine(adapter, pattern=pattern, path=path)
                if path
                else (await _listed(adapter, pattern),)
            )
            features = adapter.features
    except AdapterError as error:
        findings, features = (Finding.failed("connect", error),), None
    reached = features is not None and any(finding.works for finding in findings)
    found = features.settings if features is not None else {}
    settings = reduce(or_, (dict(one.settings) for one in findings), dict(found))
    return Examined(
        endpoint=name,
        findings=findings,
        abilities=abilities(features) if features is not None and reached else (),
        write=excerpt(city.directory, name, endpoint, settings, now),
    )


async def examine_all(city: City) -> list[Examined]:
    """Every endpoint that a route uses, one after the other."""
    return [await examine_endpoint(city, name) for name in city.endpoints if any(_places(city, name))]


async def _listed(adapter: Adapter, pattern: str) -> Finding:
    try:
        listing = await adapter.scan(pattern)
    except AdapterError as error:
        return Finding.failed("list", error)
    return Finding(step="list", works=True, says=f"{len(listing.entries)} files match; no route writes here")


def _places(city: City, endpoint: str) -> tuple[list[Place], list[Place]]:
    """The places at an endpoint that routes read, and those that they write."""
    ends = [(route.source, route.to) for route in city.routes.values()]
    read = [place for source, _ in ends for format_ in Format for place in source.places(format_)]
    written = [place for _, to in ends for format_ in Format for place in to.places(format_)]
    return [one for one in read if one.endpoint == endpoint], [
        one for one in written if one.endpoint == endpoint
    ]


def show(examined: Sequence[Examined], *, as_json: bool, advise: bool = False) -> None:
    """The findings, for people or machines; for people with abilities and what to write only if they asked for it."""
    if as_json:
        print_json([asdict(one) for one in examined])
        return
    rows = [
        (one.endpoint, finding.step, "works" if finding.works else "FAILS", finding.says, finding.hint)
        for one in examined
        for finding in one.findings
    ]
    print_table(("endpoint", "step", "", "what was seen", "what to do"), rows)
    for one in examined if advise else ():
        _advise(one)


def _advise(examined: Examined) -> None:
    if examined.abilities:
        click.echo("")
        rows = [
            ("can" if one.can else "CANNOT", one.what, "" if one.can else one.so)
            for one in examined.abilities
        ]
        print_table((examined.endpoint, "", "so"), rows)
    if examined.write:
        click.echo(f"\nendpoints.yaml:\n\n{examined.write}", nl=False)

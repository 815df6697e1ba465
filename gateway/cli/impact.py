"""``plan --impact``: the scope of the linkage tests for one system's move, for people, as CSV or as one document."""

from __future__ import annotations

import csv
import io
from dataclasses import asdict
from datetime import datetime
from typing import Literal, get_args

import click

from gateway.cli.output import print_table
from gateway.load import City
from gateway.planning.impact import Impact, RouteImpact

Kind = Literal["layouts", "mappings", "endpoints"]


def document(found: Impact, city: City) -> dict[str, object]:
    """Everything, as plain values."""
    zone = city.installation.zone
    moved = found.moved
    return {
        "system": found.system,
        "standard_from": moved if isinstance(moved, str) else moved.astimezone(zone),
        "at": found.at.astimezone(zone),
        "together": found.together,
        "needing_test": [_route(one) for one in found.needing_test],
        "staying": [_route(one) for one in found.staying],
        "partners": found.partners,
        **{kind: found.things(kind) for kind in get_args(Kind)},
    }


def _route(one: RouteImpact) -> dict[str, object]:
    shown = {"route": one.route, "title": one.title, "vendor": one.vendor}
    states = {"before": asdict(one.before), "after": asdict(one.after)}
    return {**shown, "changes": one.changes, "proof": one.proof, **states}


def table(found: Impact) -> str:
    """A row for each route, those that need a test first."""
    written = io.StringIO()
    rows = csv.writer(written, lineterminator="\n")
    rows.writerow(("route", "title", "vendor", "from_system", "to_system", "needs_test", "why"))
    for one in (*found.needing_test, *found.staying):
        systems = (one.before.source.system, one.before.to.system)
        why = "; ".join(one.changes or one.proof)
        rows.writerow((one.route, one.title, one.vendor, *systems, "yes" if one.needs_test else "no", why))
    return written.getvalue()


def show(found: Impact, city: City) -> None:
    """For people: what needs a test, what it touches, and what stays with the proof."""
    click.echo(_headline(found, city))
    click.echo(f"\nroutes that need a test: {len(found.needing_test)}")
    for one in found.needing_test:
        click.secho(f"  {one.route}  {one.title}", bold=True)
        for change in one.changes:
            click.echo(f"    {change}")
    partners = [(name, "changes" if changed else "stays") for name, changed in found.partners.items()]
    if partners:
        click.echo()
        print_table(("partner system", "form of its own files"), partners)
    for kind in get_args(Kind):
        things = found.things(kind)
        if things:
            click.echo(f"{kind}: {', '.join(f'{name} ({use})' for name, use in things.items())}")
    click.echo(f"\nroutes that provably stay as they are: {len(found.staying)}")
    for one in found.staying:
        click.echo(f"  {one.route}: {'; '.join(one.proof)}")


def _headline(found: Impact, city: City) -> str:
    moved = found.moved
    if isinstance(moved, datetime):
        told = f"moves at {moved.astimezone(city.installation.zone).isoformat()}"
        return f"{found.system} {told}" + (
            f", together with {', '.join(found.together)}" if found.together else ""
        )
    return (
        f"{found.system} {'never moves' if moved == 'never' else 'has moved'}; looked at as if it moved now"
    )

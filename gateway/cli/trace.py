"""``trace``: one file, from its source to every destination."""

from __future__ import annotations

from pathlib import Path

import click

from gateway.cli.beside import with_journal
from gateway.cli.output import FAILED, as_json, city_of, local, print_json, stop_with
from gateway.journal.traces import Arrival, Leg
from gateway.load import City


@click.command()
@click.argument("file")
@click.option("--history", is_flag=True, help="Every step of every transfer, with its time.")
@as_json
@click.pass_obj
def trace(directory: Path, file: str, *, history: bool, as_json: bool) -> None:
    """Follow FILE from its source to every destination: times, digests, counts, versions of layout and mapping.

    FILE is a transfer as held shows it, a path or name at a source or a destination, or a SHA-256. Exit code 1 if
    nothing is known of it.
    """
    city = city_of(directory, quiet=True)
    legs = with_journal(city, lambda journal: journal.traces.trace(file), write=False)
    if as_json:
        print_json(legs)
    for leg in [] if as_json else legs:
        _print(city, leg, history=history)
    if not legs:
        stop_with(f"nothing is known of {file}; give a path, a name, a transfer or a SHA-256", FAILED)


def _print(city: City, leg: Leg, *, history: bool) -> None:
    click.secho(f"{leg.id}  {leg.route}", bold=True)
    counted = "" if leg.records is None else f"  {leg.records} records"
    size = "" if leg.bytes is None else f"  {leg.bytes} bytes"
    click.echo(
        f"  from   {leg.endpoint}:{leg.path}  {leg.from_format}  revision {leg.revision}{size}{counted}"
    )
    click.echo(f"         found {local(leg.admitted_at, city)}  business date {leg.business_date}")
    click.echo(f"         sha256 {leg.sha256 or '-'}")
    if leg.replay_of:
        click.echo(f"         sent again from the original of {leg.replay_of}")
    for arrival in leg.arrivals:
        _print_arrival(city, arrival)
    click.echo(
        f"  is     {leg.outcome or leg.state}" + (f": {leg.message} ({leg.reason})" if leg.reason else "")
    )
    for moment in leg.moments if history else ():
        click.echo(f"         {local(moment.at, city)}  {moment.event} → {moment.state}  {moment.detail}")


def _print_arrival(city: City, arrival: Arrival) -> None:
    where = f"{arrival.endpoint}:{arrival.path}" if arrival.path else "(no name yet)"
    counted = "" if arrival.records is None else f"  {arrival.records} records"
    left_out = f", {arrival.filtered} left out" if arrival.filtered else ""
    click.echo(f"  to     {where}  {arrival.to_format}  {arrival.bytes} bytes{counted}{left_out}")
    click.echo(f"         delivered {local(arrival.delivered_at, city)}  sha256 {arrival.sha256}")
    if arrival.taken_at:
        said = "" if arrival.taken_records is None else f"  {arrival.taken_records} records"
        click.echo(f"         taken {local(arrival.taken_at, city)}  {arrival.taken_how}{said}")
    if made := arrival.made_with:
        names = f"{made['source']} → {made['target']} by {made['mapping']}"
        click.echo(f"         made with {names}  ({made['digest'][:12]})")

"""``trace``: one file, from its source to every destination."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import click

from gateway.cli.beside import with_journal
from gateway.cli.output import FAILED, as_json, both, city_of, local, print_json, stop_with, words_of
from gateway.console.words import detail_in
from gateway.findings import in_japanese
from gateway.journal.traces import Arrival, Leg, Moment
from gateway.lifecycle import WORDS, State
from gateway.load import City


@click.command()
@click.argument("file")
@click.option("--history", is_flag=True, help="Every step of every transfer, with its time.")
@as_json
@click.pass_obj
def trace(directory: Path, file: str, *, history: bool, as_json: bool) -> None:
    """Follow FILE from its source to every destination: times, digests, counts, versions of layout and mapping.

    FILE is a transfer as held shows it, a path or name at a source or a destination, with or without its endpoint
    (ENDPOINT:PATH), or a SHA-256. Exit code 1 if nothing is known of it.
    """
    city = city_of(directory, quiet=True)
    legs = with_journal(city, lambda journal: journal.traces.trace(file), write=False)
    if as_json:
        print_json(legs)
    printer = _Printer(city=city, w=words_of(city))
    for leg in [] if as_json else legs:
        printer.leg(leg, history=history)
    if not legs:
        stop_with(f"nothing is known of {file}; give a path, a name, a transfer or a SHA-256", FAILED)


@dataclass(frozen=True, kw_only=True)
class _Printer:
    """Prints a trace in the words of a city."""

    city: City
    w: Mapping[str, str]

    def leg(self, leg: Leg, *, history: bool) -> None:
        """A transfer, from its source to its destinations."""
        w = self.w
        click.secho(f"{leg.id}  {leg.route}", bold=True)
        place = f"{leg.endpoint}:{leg.path}"
        self._line(
            "from", place, w[f"{leg.from_format}_format"], f"{w['revision']} {leg.revision}", self._size(leg)
        )
        found = f"{w['found_at']} {local(leg.admitted_at, self.city)}"
        self._line("", found, f"{w['business_date']} {leg.business_date}")
        self._original(leg)
        if leg.replay_of:
            self._line("", f"{w['sent_again']} {leg.replay_of}")
        if leg.diverted_from:
            self._line("", f"{w['taken_out_of']} {leg.diverted_from}")
        for part in leg.diverted_as:
            self._line("", f"{w['p_diverted']} {leg.diverted} {w['records']}", part)
        for arrival in leg.arrivals:
            self._arrival(arrival)
        self._line("state", both(w, leg.outcome or WORDS[State(leg.state)]), self._why(leg))
        for moment in leg.moments if history else ():
            self._moment(moment)

    def _original(self, leg: Leg) -> None:
        """The digest of the file as it came, whether it is kept still, and that of what people made of it."""
        w = self.w
        is_over = leg.state == State.SETTLED and leg.sha256
        kept = w["original_kept" if leg.original_kept else "original_erased"] if is_over else ""
        self._line("", f"{w['sha256']} {leg.arrived_sha256 or '-'}", kept)
        if leg.sha256 != leg.arrived_sha256:
            self._line("", f"{w['e_correct']} {w['sha256']} {leg.sha256}")

    def _arrival(self, arrival: Arrival) -> None:
        w = self.w
        where = f"{arrival.endpoint}:{arrival.path}" if arrival.path else w["no_name"]
        left_out = f"{w['p_filtered']} {arrival.filtered}" if arrival.filtered else ""
        self._line("to", where, w[f"{arrival.to_format}_format"], self._size(arrival), left_out)
        self._line(
            "",
            f"{w['delivered']} {local(arrival.delivered_at, self.city)}",
            f"{w['sha256']} {arrival.sha256}",
        )
        if arrival.taken_how:
            when = local(arrival.taken_at, self.city) if arrival.taken_at else w["taken_in_part"]
            how = w.get(f"k_{arrival.taken_how}", arrival.taken_how)
            counted = "" if arrival.taken_records is None else f"{arrival.taken_records} {w['records']}"
            self._line("", f"{w['taken']} {when}", how, counted)
        if made := arrival.made_with:
            names = f"{made['source']} → {made['target']} ({made['mapping']})"
            self._line("", f"{w['made_with']} {names}", made["digest"][:12])

    def _moment(self, moment: Moment) -> None:
        w = self.w
        event = w.get(f"e_{moment.event}", moment.event)
        state = both(w, WORDS[State(moment.state)])
        detail = detail_in(moment.detail, self.city.installation.console.language)
        self._line("", f"{local(moment.at, self.city)}  {event} → {state}", detail)

    def _size(self, one: Leg | Arrival) -> str:
        known = ((one.bytes, self.w["bytes"]), (one.records, self.w["records"]))
        return "  ".join(f"{count} {unit}" for count, unit in known if count is not None)

    def _why(self, leg: Leg) -> str:
        return f"{self._said(leg.message)} ({leg.reason})" if leg.reason else ""

    def _said(self, text: str) -> str:
        return in_japanese(text) if self.city.installation.console.language == "ja" else text

    def _line(self, label: str, *told: str) -> None:
        """One line; the label stands in a column of its own, as wide as terminals draw it."""
        from rich.cells import set_cell_size  # noqa: PLC0415 - rich takes a tenth of a second

        head = set_cell_size(self.w[label] if label else "", LABEL)
        click.echo(f"  {head}{'  '.join(filter(None, told))}")


LABEL = 8
"""Columns of a terminal that a label takes."""

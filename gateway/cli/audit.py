"""``audit``: what people did and every change of format, and the proof that the log is as it was written."""

from __future__ import annotations

import json
from pathlib import Path

import click

from gateway.cli.beside import with_journal
from gateway.cli.output import FAILED, as_json, city_of, local, print_json, print_table, stop_with, words_of
from gateway.cli.speaking import say
from gateway.journal import Journal


@click.group(invoke_without_command=True)
@click.option("--last", default=50, show_default=True, help="How many entries, the newest.")
@as_json
@click.pass_context
def audit(context: click.Context, last: int, *, as_json: bool) -> None:
    """Who did what, to what, when and why: releases, switches, and every change of format."""
    if context.invoked_subcommand is not None:
        return
    city = city_of(context.obj, quiet=True)
    found = with_journal(city, lambda journal: journal.audit.entries(last), write=False)
    if as_json:
        print_json(found)
        return
    w = words_of(city)
    rows = [
        (
            str(one.number),
            local(one.at, city),
            one.who,
            w.get(f"x_{one.act}", one.act),
            one.subject,
            one.reason,
            detail_of(one.detail),
        )
        for one in found
    ]
    print_table([w[key] for key in ("number", "when", "who", "act", "about", "why", "detail")], rows)


def detail_of(written: str) -> str:
    """An entry's detail in one line: what is empty or false is left out."""
    return "; ".join(f"{key}: {_line(value)}" for key, value in json.loads(written).items() if value)


def _line(value: object) -> str:
    if isinstance(value, dict):
        return ", ".join(f"{key} {_line(one)}" for key, one in value.items() if one)
    return ", ".join(map(_line, value)) if isinstance(value, list) else str(value)


@audit.command()
@click.option("--head", help="The hash that an earlier run gave: it must still be in the log.")
@as_json
@click.pass_obj
def verify(directory: Path, head: str | None, *, as_json: bool) -> None:
    """Prove that no entry was changed, removed or put in between.

    Entries cut off at the end do not show within the log: keep the hash that this prints elsewhere, and give it
    with --head the next time. Exit code 1 if the log is not as it was written.
    """
    city = city_of(directory, quiet=True)

    async def look(journal: Journal) -> tuple[int | None, str, bool]:
        known = head is None or await journal.audit.holds(head)
        return await journal.audit.first_broken(), await journal.audit.head(), known

    broken, newest, known = with_journal(city, look, write=False)
    if as_json:
        print_json({"intact": broken is None and known, "first_broken": broken, "head": newest})
    if broken is not None:
        stop_with(f"entry {broken} is not as it was written, or not where it was", FAILED)
    if not known:
        stop_with("the entry with that hash is gone: the log was cut off or replaced", FAILED)
    if not as_json:
        say(f"the audit log is as it was written; keep this hash elsewhere: {newest}")

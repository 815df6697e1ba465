"""``held`` and ``release``: files that wait for a person, and letting one go on; beside a running gateway too."""

from __future__ import annotations

import getpass
from collections.abc import Mapping, Sequence
from pathlib import Path

import click

from gateway.carrying.production import reported
from gateway.cli.beside import with_journal
from gateway.cli.output import (
    FAILED,
    WRONG,
    as_json,
    chosen,
    city_of,
    local,
    print_json,
    print_table,
    reason_in,
    stop_with,
    words_of,
)
from gateway.cli.speaking import say
from gateway.errors import Reason
from gateway.evidence.correcting import Correction, go_on_corrected
from gateway.findings import in_japanese
from gateway.journal import Journal, Transfer
from gateway.lifecycle import State
from gateway.load import City
from gateway.stores.spool import ORIGINAL

SPELT_OUT = 20
"""With more held files than these in a list, their commands stand in ``--json`` alone."""

_AT_PLACE = "release it without --superseded, or with --delivered where it was perhaps collected"


@click.command()
@click.argument("routes", nargs=-1)
@as_json
@click.pass_obj
def held(directory: Path, routes: Sequence[str], *, as_json: bool) -> None:
    """Files of each ROUTE (all if none is named) that wait for a person, each with its reason and what to do."""
    city = city_of(directory, quiet=True)
    names = set(chosen(routes, dict.fromkeys([*city.routes, *city.rejected]))) if routes else None
    rows = [one for one in with_journal(city, _held, write=False) if names is None or one.route in names]
    if as_json:
        print_json([_document(city, one) for one in rows])
        return
    w = words_of(city)
    columns = ("transfer", "route", "found_at", "file", "held_why", "what", "todo")
    print_table([w[key] for key in columns], [_row(city, w, one) for one in rows], empty=w["no_held"])
    for one in rows if len(rows) <= SPELT_OUT else ():
        click.echo("\n".join(_commands(city, one)))


@click.command()
@click.argument("transfer")
@click.option("--reason", required=True, help="Why it may go on; kept in its history with your name.")
@click.option(
    "--corrected",
    type=click.Path(path_type=Path, exists=True, dir_okay=False),
    help="Go on with the values that staff wrote into its sheet (linkage-gateway sheet).",
)
@click.option(
    "--delivered",
    is_flag=True,
    help="The consumer says that it has a file that was perhaps collected: nothing is sent, its source is put away.",
)
@click.option(
    "--superseded",
    is_flag=True,
    help="Nothing of it is sent: the source sent another in its place, or it should not go. It is kept, its source "
    "is put away, and the ledger counts it as superseded.",
)
@click.option("--force-older", is_flag=True, help="A full file may follow a newer one that was delivered.")
@as_json
@click.pass_obj
def release(
    directory: Path,
    transfer: str,
    *,
    reason: str,
    corrected: Path | None,
    delivered: bool,
    superseded: bool,
    force_older: bool,
    as_json: bool,
) -> None:
    """Let a held file go on from where it was held, at its route's next look. TRANSFER as ``held`` shows it."""
    city = city_of(directory, quiet=True)

    async def let_go(journal: Journal) -> Transfer:
        found = await journal.find(transfer)
        if found is None or found.state is not State.HELD:
            stop_with(f"no file is held as {transfer}; see linkage-gateway held", FAILED)
        _assert_alone(delivered=delivered, superseded=superseded, others=bool(corrected) or force_older)
        if delivered and found.reason is not Reason.PERHAPS_COLLECTED:
            stop_with(f"{transfer}: --delivered is for files that were perhaps collected", WRONG)
        if superseded and not found.may_be_left_out:
            stop_with(f"{transfer}: something of it is, or may be, at its destination; {_AT_PLACE}", WRONG)
        if superseded:
            return await journal.unwanted(found, who=getpass.getuser(), why=reason)
        if delivered:
            return await journal.received(found, who=getpass.getuser(), why=reason)
        if found.reason is Reason.OLDER and not force_older:
            stop_with(f"{transfer}: {found.message}; if it is to replace what is there: --force-older", WRONG)
        if corrected is not None:
            by = Correction(file=corrected, who=getpass.getuser(), reason=reason)
            return await go_on_corrected(city, journal, found, by)
        return await journal.released(found, who=getpass.getuser(), why=reason, force_older=force_older)

    released = with_journal(city, let_go, write=True)
    if as_json:
        print_json(_document(city, released))
    else:
        say(f"{released.id} goes on at the next look of {released.route}")


def _assert_alone(*, delivered: bool, superseded: bool, others: bool) -> None:
    if delivered + superseded + others > 1 and (delivered or superseded):
        stop_with("--delivered and --superseded each stand alone", WRONG)


async def _held(journal: Journal) -> list[Transfer]:
    return [one for one in await journal.open_transfers() if one.state is State.HELD]


def _document(city: City, one: Transfer) -> dict[str, object]:
    original = _folder(city, one) / ORIGINAL
    return {
        "transfer_id": one.id,
        "route": one.route,
        "file": f"{one.endpoint}:{one.entry.path}",
        "admitted_at": one.admitted_at,
        "reason": one.reason,
        "message": one.message or None,
        "next_action": one.hint or None,
        "commands": _commands(city, one),
        "original": original if original.exists() else None,
        "message_ja": in_japanese(one.message) or None,
        "next_action_ja": in_japanese(one.hint) or None,
    }


def _row(city: City, w: Mapping[str, str], one: Transfer) -> tuple[str, ...]:
    file = f"{one.endpoint}:{one.entry.path}"
    said = [one.message, one.hint]
    if city.installation.console.language == "ja":
        said = [in_japanese(text) for text in said]
    return (one.id, one.route, local(one.admitted_at, city), file, reason_in(w, one.reason or ""), *said)


def _commands(city: City, one: Transfer) -> list[str]:
    """What the person on duty may type, once it is known which of them is right."""
    if one.state is not State.HELD:
        return []
    sheet, release = f"{one.id}.xlsx", f"linkage-gateway release {one.id}"
    report = reported(_folder(city, one)) if one.reason is Reason.BAD_RECORDS else None
    can_be_corrected = report is not None and any(not bad.item.startswith("(") for bad in report.records)
    going = f"{release} --force-older" if one.reason is Reason.OLDER else release
    offered = {
        f"linkage-gateway sheet {one.id} --out {sheet}": can_be_corrected,
        f"{release} --corrected {sheet} --reason TEXT": can_be_corrected,
        f"{release} --delivered --reason TEXT": one.reason is Reason.PERHAPS_COLLECTED,
        f"{going} --reason TEXT": True,
        f"{release} --superseded --reason TEXT": one.may_be_left_out,
    }
    return [command for command, fits in offered.items() if fits]


def _folder(city: City, one: Transfer) -> Path:
    return city.installation.gateway.state_dir / "spool" / one.id

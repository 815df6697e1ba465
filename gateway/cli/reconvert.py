"""``reconvert``: have converted files that still wait made anew with what the configuration says now."""

from __future__ import annotations

import getpass
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import click

from gateway.cli.beside import with_journal
from gateway.cli.output import (
    FAILED,
    WRONG,
    as_json,
    both,
    city_of,
    print_json,
    print_table,
    reason_in,
    stop_with,
    words_of,
)
from gateway.cli.speaking import spoken
from gateway.errors import IllegalMove, Reason, WrongUse
from gateway.journal import Journal, Reconversion, Transfer
from gateway.journal.reconversions import why_not
from gateway.lifecycle import WORDS, State
from gateway.load import City
from gateway.spelling import instead

OF_CONVERSION = frozenset(
    {Reason.BAD_RECORDS, Reason.ROUND_TRIP, Reason.NO_CONVERSION, Reason.PRIVATE_USE, Reason.FORMAT_CHANGED}
)
"""Reasons for which a file is held that another layout, mapping or table can end."""


@dataclass(frozen=True, kw_only=True)
class Asked:
    """A transfer as it was before, and why it is not converted anew, if it is not."""

    transfer: Transfer
    why_not: str = ""


@click.command()
@click.argument("names", nargs=-1, metavar="TRANSFER|ROUTE...")
@click.option("--plan", is_flag=True, help="Only show which files would be converted anew.")
@click.option("--reason", help="Why; kept in the audit log with your name. Needed without --plan.")
@as_json
@click.pass_obj
def reconvert(
    directory: Path, names: Sequence[str], *, plan: bool, reason: str | None, as_json: bool
) -> None:
    """Convert anew what was converted and is not on its way yet: each TRANSFER, or every such file of a ROUTE.

    A file goes out as it was converted, whatever is written into layouts, mappings and tables afterwards. After they
    were mended, this lets files that wait, or are held because they could not be converted, be made with what holds
    now. What was delivered is sent again with replay.
    """
    city = city_of(directory, quiet=True)
    if not names:
        stop_with("say which: a transfer, or a route", WRONG)
    if not plan and not reason:
        stop_with("say why: --reason TEXT; --plan shows what would be converted anew", WRONG)

    async def work(journal: Journal) -> list[Asked]:
        found = [one for name in dict.fromkeys(names) for one in await _meant(city, journal, name)]
        if plan:
            return [Asked(transfer=one, why_not=why_not(one)) for one in found]
        return [await _asked(journal, one, reason or "") for one in found]

    found = with_journal(city, work, write=not plan)
    if as_json:
        print_json([_document(one) for one in found])
    else:
        w = words_of(city)
        columns = ("transfer", "route", "file", "state", "made_with", "outcome")
        print_table([w[key] for key in columns], [_row(w, one) for one in found], empty=w["nothing_to_do"])
    raise SystemExit(0 if found and not any(one.why_not for one in found) else FAILED)


async def _asked(journal: Journal, one: Transfer, reason: str) -> Asked:
    try:
        await journal.reconvert(Reconversion(transfer=one.id, who=getpass.getuser(), reason=reason))
    except IllegalMove as error:
        return Asked(transfer=one, why_not=error.message.partition(": ")[2])
    return Asked(transfer=one)


async def _meant(city: City, journal: Journal, name: str) -> list[Transfer]:
    """The transfers of a name. Raises ``WrongUse`` if nobody knows it."""
    if name in city.routes or name in city.rejected:
        return [one for one in await journal.open_transfers(name) if _may_help(one)]
    found = await journal.find(name)
    if found is None:
        known = [*city.routes, *city.rejected]
        raise WrongUse(f"there is no transfer or route {name}; {instead(name, known)}")
    return [found]


def _may_help(one: Transfer) -> bool:
    return not why_not(one) and (one.state is not State.HELD or one.reason in OF_CONVERSION)


def _made_with(one: Transfer) -> str:
    """The layouts and the mapping of the output that there was, with the beginning of their common digest."""
    made = json.loads(one.output.made_with) if one.output and one.output.made_with else None
    return f"{made['source']} → {made['target']} ({made['mapping']}, {made['digest'][:12]})" if made else ""


def _document(asked: Asked) -> dict[str, object]:
    one = asked.transfer
    return {
        "transfer_id": one.id,
        "route": one.route,
        "file": f"{one.endpoint}:{one.entry.path}",
        "was": WORDS[one.state],
        "reason": one.reason,
        "was_made_with": json.loads(one.output.made_with) if one.output and one.output.made_with else None,
        "why_not": asked.why_not or None,
    }


def _row(w: Mapping[str, str], asked: Asked) -> tuple[str, ...]:
    one = asked.transfer
    state = both(w, WORDS[one.state])
    was = f"{state} ({reason_in(w, one.reason)})" if one.reason else state
    does = f"not converted anew: {asked.why_not}" if asked.why_not else "converted anew"
    return (one.id, one.route, f"{one.endpoint}:{one.entry.path}", was, _made_with(one), spoken(does))

"""``switch``: cutovers by hand, the way back, and what people say of a gate; beside a running gateway too."""

from __future__ import annotations

import getpass
from collections.abc import Mapping, Sequence

import click

from gateway.agenda import Cutover
from gateway.cli.beside import with_journal
from gateway.cli.output import WRONG, as_json, city_of, minute, print_json, print_table, stop_with, words_of
from gateway.cli.speaking import worded
from gateway.errors import WrongUse
from gateway.journal.switching import Said
from gateway.load import City
from gateway.model import Format, Wording
from gateway.running import journal_of
from gateway.switching.orders import Order, Verb
from gateway.switching.outlook import Outlook, first_outlook, outlook
from gateway.times.clock import SystemClock

FORMATS = click.Choice([format_.value for format_ in Format])
RULINGS: tuple[tuple[Verb, str], ...] = (
    ("approve", "Approve the coming cutover."),
    ("baseline", "Say that the consumer holds the state before the first changes."),
    ("reopen", "Let a gate that was closed open again (reopen: manual)."),
)


@click.command()
@click.argument("ends", nargs=-1, metavar="END...")
@click.option("--wave", help="All systems and routes of this wave.")
@click.option("--to", "format_", type=FORMATS, help="The format that they are to speak.")
@click.option("--at", help="From this instant on, such as 2027-03-01T00:00; absent: at once.")
@click.option("--back", is_flag=True, help="Return to the legacy format now; no gate, no freeze stops it.")
@click.option("--clear", is_flag=True, help="Take back what was said by hand and has not been made yet.")
@click.option("--without", is_flag=True, help="Take these routes out of their wave, before its instant.")
@click.option("--waive", metavar="CONDITION", help="Pass over this condition of the coming cutover.")
@click.option("--approve", is_flag=True, help=RULINGS[0][1])
@click.option("--baseline", is_flag=True, help=RULINGS[1][1])
@click.option("--reopen", is_flag=True, help=RULINGS[2][1])
@click.option("--plan", is_flag=True, help="Only show what it would mean.")
@click.option("--show", is_flag=True, help="Show the cutovers that are due or coming, with their gates.")
@click.option("--reason", help="Why; kept in the audit log with your name.")
@as_json
@click.pass_context
def switch(context: click.Context, /, ends: Sequence[str], **given: object) -> None:
    """Switch ENDs by hand, decide on a gate, or show what is coming.

    An END is a system, a route (both ends), or ROUTE:from, ROUTE:to. Going forward passes the gate at its instant;
    --back does not. A running gateway follows within seconds.
    """
    city = city_of(context.obj, quiet=True)
    verb = _verb(given)
    if given["show"] or verb is None:
        with_board(city, as_json=bool(given["as_json"]))
        return
    order = _order(city, verb, ends, given)
    try:
        order.check()
    except WrongUse as error:
        stop_with(error, WRONG)
    said = with_journal(city, order.carry_out, write=not order.only_planned)
    if given["as_json"]:
        print_json([{"says": line.text, **line.facts} for line in said])
    else:
        for line in said:
            click.echo(worded(line))


def _verb(given: Mapping[str, object]) -> Verb | None:
    """Which of the things one can do is meant; None if none."""
    flags: tuple[Verb, ...] = ("back", "clear", "without", "waive", "approve", "baseline", "reopen")
    found: list[Verb] = [verb for verb in flags if given[verb]]
    found += ["to"] if given["format_"] else []
    if len(found) > 1:
        stop_with(f"one thing at a time: {' and '.join(found)}", WRONG)
    return found[0] if found else None


def _order(city: City, verb: Verb, ends: Sequence[str], given: Mapping[str, object]) -> Order:
    if not given["reason"] and not given["plan"]:
        stop_with("say why: --reason TEXT", WRONG)
    return Order(
        verb=verb,
        city=city,
        clock=SystemClock(),
        who=getpass.getuser(),
        reason=str(given["reason"] or ""),
        ends=tuple(ends),
        wave=str(given["wave"] or ""),
        to=Format(str(given["format_"])) if given["format_"] else None,
        at=str(given["at"] or ""),
        waive=str(given["waive"] or ""),
        only_planned=bool(given["plan"]),
    )


def _seen(city: City) -> Outlook:
    """What is due or coming; before the first start, what the dates alone say."""
    if not journal_of(city).is_there():
        return first_outlook(city, SystemClock())
    return with_journal(city, lambda journal: outlook(city, journal, SystemClock()), write=False)


def with_board(city: City, *, as_json: bool) -> None:
    """Show every cutover that is due or coming, with its gate as last seen."""
    found = _seen(city)
    if as_json:
        print_json(
            {
                "cutovers": [_document(city, found, one) for one in found.cutovers],
                "by_hand": [_said(city, one) for one in found.said],
            }
        )
        return
    w = words_of(city)
    rows = [_row(city, w, found, one) for one in found.cutovers]
    columns = ("cutover", "planned", "stands", "gate", "unmet_conditions")
    print_table([w[key] for key in columns], rows, empty=w["no_cutover"])
    for said in found.said:
        since = minute(said.override.holds_from, city)
        spoken = f"{said.scope} {w[f'{said.override.format}_format']} {since}"
        click.echo(f"{w['by_hand']}: {spoken} ({said.who}: {said.reason})")


def _said(city: City, one: Said) -> dict[str, object]:
    zone = city.installation.zone
    return {
        "scope": one.scope,
        "format": one.override.format,
        "from": one.override.holds_from.astimezone(zone),
        "who": one.who,
        "reason": one.reason,
        "made_at": one.made_at.astimezone(zone),
    }


def _document(city: City, found: Outlook, one: Cutover) -> dict[str, object]:
    seen = found.gates.get(one.name)
    return {
        "cutover": one.subject,
        "planned": one.planned.astimezone(city.installation.zone),
        "due": one.planned <= found.now,
        "ends": {"/".join(end): change.after.format for end, change in one.changes.items()},
        "requires": sorted(one.rule.require),
        "gate": seen.verdict if seen else None,
        "conditions": [
            {"name": each.name, "met": each.met, "waived": each.waived, "says": each.says}
            for each in (seen.conditions if seen else ())
        ],
    }


def _row(city: City, w: Mapping[str, str], found: Outlook, one: Cutover) -> tuple[str, ...]:
    seen = found.gates.get(one.name)
    unmet = [
        f"{_condition(w, each.name)}: {worded(Wording(text=each.says, text_ja=each.says_ja or each.says))}"
        for each in (seen.conditions if seen else ())
        if not each.passes
    ]
    ends = ", ".join(
        f"{'/'.join(end)} → {w[f'{change.after.format}_format']}" for end, change in one.changes.items()
    )
    required = ", ".join(_condition(w, each) for each in sorted(one.rule.require))
    gate = w.get(f"g_{seen.verdict}", seen.verdict) if seen else required
    return (one.subject, minute(one.planned, city), ends, gate, "; ".join(unmet))


def _condition(w: Mapping[str, str], name: str) -> str:
    """A condition as people call it, with the name by which it is waived."""
    said = w.get(f"c_{name}", name)
    return said if said.replace(" ", "-") == name else f"{said} ({name})"

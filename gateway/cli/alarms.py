"""``alarms``, ``ack`` and ``alerts``: what is wrong, who has taken it on, and whether people can be told."""

from __future__ import annotations

import asyncio
import getpass
from datetime import UTC, datetime
from pathlib import Path

import click

from adapters.units import parse_duration
from gateway.cli.beside import with_journal
from gateway.cli.output import (
    FAILED,
    UNREACHABLE,
    WRONG,
    as_json,
    city_of,
    local,
    print_json,
    print_table,
    stop_with,
    words_of,
)
from gateway.cli.speaking import say, spoken
from gateway.errors import GatewayError
from gateway.events import CATALOGUE
from gateway.journal import Alarm, Journal
from gateway.load import City
from gateway.observing.alarms import Message, about, command_for, detail_in, is_closable, words_for
from gateway.observing.alerts import Way, contact_of, ways
from gateway.times.clock import SystemClock


@click.command()
@as_json
@click.pass_obj
def alarms(directory: Path, *, as_json: bool) -> None:
    """What is wrong and not over: since when, what to do, whom to call, and who has taken it on."""
    city = city_of(directory, quiet=True)
    found = with_journal(city, lambda journal: journal.people.open_alarms(), write=False)
    if as_json:
        print_json([_document(city, one) for one in found])
        return
    w = words_of(city)
    columns = ("number", "message_id", "about", "since", "times", "what", "todo", "contact", "seen_by")
    print_table([w[key] for key in columns], [_row(city, one) for one in found], empty=w["nothing_wrong"])


def _document(city: City, one: Alarm) -> dict[str, object]:
    event = CATALOGUE[one.event]
    (text, cause, action), (text_ja, cause_ja, action_ja) = words_for(one, "en"), words_for(one, "ja")
    return {
        "number": one.number,
        "message_id": event.message_id,
        "severity": event.severity,
        "message": text,
        "message_ja": text_ja,
        "subject": one.subject,
        "route": one.route or None,
        "vendor": one.vendor or None,
        "detail": one.detail or None,
        "detail_ja": detail_in(one, "ja") or None,
        "cause": cause or None,
        "cause_ja": cause_ja or None,
        "next_action": action or None,
        "next_action_ja": action_ja or None,
        "command": command_for(one) or None,
        "contact": contact_of(city, one) or None,
        "raised_at": one.raised_at,
        "last_at": one.last_at,
        "times": one.times,
        "ends_by_itself": not is_closable(one.event),
        "acked_by": one.acked_by or None,
        "acked_until": one.acked_until,
        "note": one.note or None,
    }


def _row(city: City, one: Alarm) -> tuple[str, ...]:
    event = CATALOGUE[one.event]
    seen = f"{one.acked_by} ({one.note})" if one.is_seen(datetime.now(UTC)) else ""
    language = city.installation.console.language
    text, _, action = words_for(one, language)
    return (
        str(one.number),
        event.message_id,
        "\n".join(about(one)),
        local(one.raised_at, city),
        str(one.times),
        detail_in(one, language) or text,
        "\n".join(filter(None, (action, command_for(one)))),
        contact_of(city, one),
        seen,
    )


@click.command()
@click.argument("alarm", type=int)
@click.option("--note", required=True, help="What you know and do; the next shift reads it.")
@click.option("--for", "period", default="12h", show_default=True, help="For how long nobody is told again.")
@click.option("--done", is_flag=True, help="It was seen to: close an alarm that nothing else ends.")
@as_json
@click.pass_obj
def ack(directory: Path, alarm: int, *, note: str, period: str, done: bool, as_json: bool) -> None:
    """Take ALARM on (a number, as `alarms` shows it): nobody is told of it again for a time; audited."""
    city = city_of(directory, quiet=True)
    if done:
        _close(city, alarm, note, as_json=as_json)
        return
    try:
        until = datetime.now(UTC) + parse_duration(period)
    except ValueError as error:
        stop_with(f"--for {error}", WRONG)

    async def take(journal: Journal) -> Alarm | None:
        return await journal.people.acked(alarm, who=getpass.getuser(), note=note, until=until)

    taken = with_journal(city, take, write=True)
    if taken is None:
        stop_with(f"no alarm {alarm} is open; see linkage-gateway alarms", FAILED)
    if as_json:
        print_json(_document(city, taken))
    else:
        say(f"nobody is told of alarm {alarm} again before {local(until, city)}")


def _close(city: City, number: int, note: str, *, as_json: bool) -> None:
    """Close an alarm; ends with exit code 1 where its own end is to be waited for."""

    async def close(journal: Journal) -> Alarm | None:
        opened = {one.number: one for one in await journal.people.open_alarms()}
        if number in opened and not is_closable(opened[number].event):
            raise GatewayError(f"alarm {number} ends by itself as soon as what is wrong is mended")
        return await journal.people.closed(number, who=getpass.getuser(), note=note)

    closed = with_journal(city, close, write=True)
    if closed is None:
        stop_with(f"no alarm {number} is open; see linkage-gateway alarms", FAILED)
    if as_json:
        print_json(_document(city, closed))
    else:
        say(f"alarm {number} is closed")


@click.group()
def alerts() -> None:
    """The ways by which alarms reach people."""


@alerts.command()
@as_json
@click.pass_obj
def test(directory: Path, *, as_json: bool) -> None:
    """Send a message by every way of gateway.yaml, whatever its severity and hours. Exit code 3 if one fails."""
    city = city_of(directory, quiet=True)
    found = ways(city, SystemClock())
    if not found:
        stop_with("gateway.yaml names no alerts", WRONG)
    results = asyncio.run(_test(found))
    if as_json:
        print_json([{"name": name, "sent": not why, "error": why or None} for name, why in results.items()])
    else:
        w = words_of(city)
        rows = [
            (name, spoken(*why.partition(": ")[::2]) if why else w["sent"]) for name, why in results.items()
        ]
        print_table((w["way"], w["outcome"]), rows)
    raise SystemExit(UNREACHABLE if any(results.values()) else 0)


TRIAL = Alarm(
    number=0,
    event="alert_tested",
    subject="",
    route="",
    vendor="",
    detail="",
    next_action="",
    raised_at=datetime.now(UTC),
    last_at=datetime.now(UTC),
    times=1,
    ended_at=None,
    acked_by="",
    acked_until=None,
    note="",
)
"""What a test sends."""


async def _test(found: list[Way]) -> dict[str, str]:
    return {way.name: await _tried(way) for way in found}


async def _tried(way: Way) -> str:
    try:
        await way.tell(Message(stage="raised", alarms=(TRIAL,)))
    except GatewayError as error:
        return str(error)
    return ""

"""The page of every event that the gateway reports, out of the catalogue."""

from __future__ import annotations

from collections.abc import Sequence

from gateway.events import CATALOGUE, Event
from gateway.formats.rules import RULES
from gateway.reasons import MEANINGS
from gateway.reference.language import ENGLISH, Language

SEVERITIES_JA = {"debug": "詳細", "info": "情報", "warning": "注意", "error": "異常", "critical": "重大"}
AREAS = {1: "Files", 2: "Routes", 3: "Places", 4: "Configuration", 9: "The gateway itself"}


def events_page(spoken: Language, note: str) -> str:
    """The catalogue in Markdown: by area and number."""
    say = spoken.say
    lines = [f"# {say('Events and alarms')}", "", note, "", say(INTRODUCTION), ""]
    for area, title in AREAS.items():
        found = sorted(
            (one for one in CATALOGUE.values() if one.number // 1000 == area), key=lambda one: one.number
        )
        if found:
            lines += [f"## {say(title)}", "", _head(spoken, COLUMNS), "|---|---|---|---|---|---|"]
            lines += [_row(spoken, one) for one in found] + [""]
    return "\n".join([*lines, *_reasons(spoken), *_rules(spoken)])


COLUMNS = ("message", "severity", "meaning", "why it comes up", "what to do", "command")


def _reasons(spoken: Language) -> list[str]:
    """Every reason for which files are held."""
    head = _head(spoken, ("reason", "meaning", "what to do"))
    title = f"## {spoken.say('Reasons for which files are held')}"
    rows = [
        _cells(f"`{reason}`", *((one.text, one.todo) if spoken is ENGLISH else (one.text_ja, one.todo_ja)))
        for reason, one in sorted(MEANINGS.items())
    ]
    return [title, "", head, "|---|---|---|", *rows, ""]


def _rules(spoken: Language) -> list[str]:
    """Every rule that a bad record can break, with the kind of error that the published interface gives it."""
    head = _head(spoken, ("rule", "kind of error", "meaning"))
    title = f"## {spoken.say('Rules that a record can break')}"
    rows = [
        _cells(f"`{name}`", f"`{one.kind}`", one.text if spoken is ENGLISH else one.text_ja)
        for name, one in sorted(RULES.items())
    ]
    return [title, "", head, "|---|---|---|", *rows, ""]


INTRODUCTION = (
    "Each line of the log has one of these message IDs; the last letter is the severity. Warnings and worse are "
    "alarms: they stand on the status page and in `linkage-gateway alarms` until they are over."
)


def _head(spoken: Language, columns: Sequence[str]) -> str:
    return _cells(*map(spoken.say, columns))


def _row(spoken: Language, event: Event) -> str:
    english = spoken is ENGLISH
    text, why, action = (
        (event.text, event.cause.text, event.next_action)
        if english
        else (event.text_ja, event.cause.text_ja, event.next_action_ja or event.next_action)
    )
    command = event.cause.command.translate(PLAIN)
    return _cells(
        f"`{event.message_id}`<br>`{event.name}`",
        event.severity if english else SEVERITIES_JA[event.severity],
        text,
        why,
        action.translate(PLAIN),
        f"`{command}`" if command else "",
    )


PLAIN = str.maketrans("", "", "{}")


def _cells(*cells: str) -> str:
    return "| " + " | ".join(cell.replace("|", r"\|") for cell in cells) + " |"

"""The page that shows the life of a transfer, made from its table: the diagram can never differ from the code."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

from gateway.lifecycle import FINAL, HOLDABLE, MOVES, WORDS, Event, State

_INTRO = """\
# The life of a transfer

<!-- Made by `make reference` from gateway/lifecycle.py; do not edit. -->

A state is what is durable: after a crash, the journal's state alone says where to go on. Each move is one
transaction of the journal, made after its work was synced to disk.
"""

_HELD = """\
Every open state can also be held for a person, with a reason; a release leads back to the state it came from.
"""


def page() -> str:
    """The page in Markdown: a Mermaid diagram, and the same as a table for screens that draw no Mermaid."""
    return "\n".join([_INTRO, "```mermaid", *_diagram(), "```", "", _HELD, *_table(), ""])


def _diagram() -> Iterator[str]:
    yield "stateDiagram-v2"
    yield f"    [*] --> {next(iter(State))}"
    for (state, event), reached in MOVES.items():
        yield f"    {state} --> {reached}: {event}"
    for state in State:
        if state in FINAL:
            yield f"    {state} --> [*]"


def _table() -> Iterator[str]:
    yield "| state | people read | moves |"
    yield "|---|---|---|"
    for state in State:
        yield f"| {state} | {WORDS[state]} | {_moves(state)} |"


def _moves(state: State) -> str:
    moves = [f"{event} → {reached}" for (left, event), reached in MOVES.items() if left is state]
    if state in HOLDABLE:
        moves.append(f"{Event.HOLD} → {State.HELD}")
    if state is State.HELD:
        moves.append(f"{Event.RELEASE} → where it came from")
    return ", ".join(moves) or "none: the end"


if __name__ == "__main__":
    Path(sys.argv[1]).write_text(page(), encoding="utf-8")

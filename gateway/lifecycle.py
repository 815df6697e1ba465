"""The life of a transfer: states, events, and the only moves between them. Pure.

    admitted -> spooled -> converted -> claimed -> publishing -> delivered -> settled

A state is what is durable: after a crash the journal's state alone says where to go on. ``held`` keeps the state
it came from, and a release goes back there. An illegal move raises and changes nothing.
"""

from __future__ import annotations

from enum import StrEnum

from gateway.errors import IllegalMove


class State(StrEnum):
    """What is known to be durable about a transfer."""

    ADMITTED = "admitted"  # found, ready and recorded; nothing read yet
    SPOOLED = "spooled"  # the original is in the spool, synced, with its digest
    CONVERTED = "converted"  # the output is in the spool, synced, in the destination's form
    CLAIMED = "claimed"  # format, final and temporary name are fixed; bytes may be under the temporary name
    PUBLISHING = (
        "publishing"  # the step that makes the file visible was begun; only a look can tell if it was done
    )
    DELIVERED = "delivered"  # complete under its final name, verified
    SETTLED = "settled"  # the source was archived, removed or marked as done
    UNCHANGED = "unchanged"  # found again with the content that was carried last: nothing to deliver
    COMPARED = "compared"  # came before its source's cutover: material for a comparison, not delivered
    SUPERSEDED = "superseded"  # another file took its place: nothing of it is delivered
    WITHDRAWN = "withdrawn"  # changed at the source before it was read: the new content is another transfer
    HELD = "held"  # waits for a person, with a reason


class Event(StrEnum):
    """What happened to a transfer."""

    SPOOL = "spool"
    CONVERT = "convert"
    CLAIM = "claim"
    RECONVERT = "reconvert"
    PUBLISH = "publish"
    UNPUBLISH = "unpublish"
    DELIVER_PART = "deliver-part"
    DELIVER = "deliver"
    SETTLE = "settle"
    SKIP = "skip"
    COMPARE = "compare"
    SUPERSEDE = "supersede"
    WITHDRAW = "withdraw"
    HOLD = "hold"
    RELEASE = "release"


MOVES: dict[tuple[State, Event], State] = {
    (State.ADMITTED, Event.SPOOL): State.SPOOLED,
    (State.ADMITTED, Event.WITHDRAW): State.WITHDRAWN,
    (State.SPOOLED, Event.CONVERT): State.CONVERTED,
    (State.SPOOLED, Event.SKIP): State.UNCHANGED,
    (State.SPOOLED, Event.SUPERSEDE): State.SUPERSEDED,
    (State.CONVERTED, Event.SUPERSEDE): State.SUPERSEDED,
    (State.CLAIMED, Event.SUPERSEDE): State.SUPERSEDED,  # by a person's word: it was taken back
    (State.CONVERTED, Event.RECONVERT): State.SPOOLED,  # the destination changed its format in between
    (State.CONVERTED, Event.CLAIM): State.CLAIMED,
    (State.CLAIMED, Event.PUBLISH): State.PUBLISHING,
    (State.PUBLISHING, Event.UNPUBLISH): State.CLAIMED,  # seen: it did not become visible
    (State.PUBLISHING, Event.DELIVER_PART): State.CLAIMED,  # the next part's turn
    (State.PUBLISHING, Event.DELIVER): State.DELIVERED,
    (State.DELIVERED, Event.SETTLE): State.SETTLED,
    (State.UNCHANGED, Event.SETTLE): State.SETTLED,
    (State.SPOOLED, Event.COMPARE): State.COMPARED,
    (State.COMPARED, Event.SETTLE): State.SETTLED,
    (State.SUPERSEDED, Event.SETTLE): State.SETTLED,
}
"""Every move but hold and release, which are the same for all open states."""

FINAL = frozenset({State.SETTLED, State.WITHDRAWN})
UNSENT = frozenset(
    {State.ADMITTED, State.SPOOLED, State.CONVERTED, State.CLAIMED}
)  # no step that publishes was begun
OPEN = frozenset(State) - FINAL
HOLDABLE = OPEN - {State.HELD}


def after(state: State, event: Event, *, held_from: State | None = None) -> State:
    """The state that ``event`` leads to.

    ``held_from`` is the state a held transfer came from; a release leads back to it.

    Raises:
        IllegalMove: the table does not know this move.
    """
    if event is Event.HOLD and state in HOLDABLE:
        return State.HELD
    if event is Event.RELEASE and state is State.HELD and held_from in HOLDABLE:
        return held_from
    try:
        return MOVES[state, event]
    except KeyError:
        raise IllegalMove(f"a transfer that is {state} cannot {event}") from None


WORDS: dict[State, str] = dict.fromkeys(State, "pending") | {
    State.HELD: "held",
    State.DELIVERED: "delivered",
    State.SETTLED: "delivered",
    State.UNCHANGED: "unchanged",
    State.COMPARED: "compared",
    State.SUPERSEDED: "superseded",
    State.WITHDRAWN: "withdrawn",
}
"""The one word that people read for each state, on every screen."""


def word(state: State, outcome: str) -> str:
    """What people read of a transfer: where it stands, and once it is over what became of it."""
    return outcome if state is State.SETTLED and outcome else WORDS[state]

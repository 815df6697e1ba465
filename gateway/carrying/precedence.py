"""Which file goes before which: what lets no other pass it, and which full file takes the place of older ones."""

from __future__ import annotations

from gateway.carrying.journey import Journey, source_place, target_place
from gateway.config import Place
from gateway.cutover import Stand
from gateway.errors import Held, Reason
from gateway.journal import Transfer
from gateway.lifecycle import State
from gateway.model import Format

BEGUN = frozenset({State.CLAIMED, State.PUBLISHING})
"""Something of the file may be at the destination."""


def lets_none_pass(journey: Journey, transfer: Transfer) -> bool:
    """Whether a file that waits or is held stops those behind it.

    So it is where the route says order, and where files hold changes: those that came in as such always, those made
    of full files from the moment at which something of them may be at the destination. A full file that is not there
    yet lets a newer one pass. Bad records that were taken out of their file stop nothing while they are held. Where
    the route says ``per: key`` each file looks for itself whom it may pass (``passing``). A file that is over at the
    destination, and whose source cannot be put away yet, stops nobody.
    """
    if transfer.outcome or journey.route.per_key or (transfer.diverted_from and transfer.state is State.HELD):
        return False
    source = source_place(journey, transfer)
    if source.content == "differential" or journey.route.order is not None:
        return True
    if transfer.reason is Reason.BASE_MISSING:
        return True
    if transfer.output is None or (transfer.held_from or transfer.state) not in BEGUN:
        return False
    target = target_place(journey, transfer, transfer.output.to_format)
    if journey.route.bridge(source, target) == "to":
        return True
    return transfer.state is not State.HELD and journey.route.holds_everything(source, target)


def depends_on_none(journey: Journey, transfer: Transfer) -> bool:
    """Whether what becomes of the file depends on no other one: nobody says that it holds everything, or changes."""
    target = target_place(journey, transfer, journey.standing.to.format)
    said = source_place(journey, transfer).content or target.content
    return said is None and journey.route.delta is None and not journey.route.per_key


async def is_superseded(journey: Journey, transfer: Transfer, stand: Stand) -> bool:
    """Whether a newer full file is on its way, or passed this one while it waited: then this one need not be sent.

    So it is, too, where a person said that it need not. Raises ``Held`` if a newer one was delivered already and no
    person lets this one follow.
    """
    if transfer.unwanted:
        return True
    source, target = source_place(journey, transfer), journey.route.to.place_of(stand)
    if not journey.route.holds_everything(source, target):
        return False
    deltas = journey.journal.deltas
    if await deltas.is_allowed(transfer.id, "older"):
        return False
    if _supersedes(source, target) and (
        await deltas.newer_waits(transfer.id) or await deltas.passed_by(transfer.id, stand.format)
    ):
        return True
    await assert_not_older(journey, transfer, (stand.format, target))
    return False


async def assert_not_older(journey: Journey, transfer: Transfer, to: tuple[Format, Place]) -> None:
    """Raises ``Held`` if a newer full file was delivered and no person lets this one follow it."""
    source, (format_, target) = source_place(journey, transfer), to
    if not journey.route.holds_everything(source, target):
        return
    deltas = journey.journal.deltas
    of_later_day = not _supersedes(source, target)
    newer = await deltas.newer_delivered(transfer.id, format_, of_later_day=of_later_day)
    if newer and not await deltas.is_allowed(transfer.id, "older"):
        hint = (
            "end it unsent (release --superseded); if it is to replace what is there: release --force-older"
        )
        raise Held(Reason.OLDER, "a newer full file was delivered", hint=hint)


def _supersedes(source: Place, target: Place) -> bool:
    return source.supersede and target.supersede

"""What the journal and the configuration say of switching: what is due or coming, and how it was found."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from gateway.agenda import Cutover, agenda, is_placed, plans_of
from gateway.journal import Journal
from gateway.journal.switching import End, Flip, GateSeen, Said
from gateway.load import City
from gateway.times.clock import Clock


@dataclass(frozen=True, kw_only=True)
class Outlook:
    """What the journal and the configuration say of switching; ``cutovers``: those that are due come first."""

    stands: Mapping[End, Flip]
    said: Sequence[Said]
    gates: Mapping[str, GateSeen]
    cutovers: tuple[Cutover, ...]
    now: datetime


async def outlook(city: City, journal: Journal, clock: Clock) -> Outlook:
    """See ``Outlook``."""
    now, switching = clock.now(), journal.switching
    stands, said = await switching.stands(), await switching.overrides()
    plans = plans_of(city, said)
    gates = await switching.gates()
    found = agenda(city, plans, {end: flip.stand for end, flip in stands.items()}, now, gates)
    return Outlook(
        stands=stands,
        said=said,
        gates=gates,
        cutovers=(*found.due, *found.coming),
        now=now,
    )


def first_outlook(city: City, clock: Clock) -> Outlook:
    """See ``Outlook``: of a gateway that never ran, whose ends stand where their dates say."""
    now, plans = clock.now(), plans_of(city, ())
    stands = {end: plan.wanted(now) for end, plan in plans.items() if is_placed(plan, now)}
    return Outlook(stands={}, said=(), gates={}, cutovers=agenda(city, plans, stands, now).coming, now=now)

"""How many connections a host is asked for: one more after so many good turns, half as many after a refusal; pure.

Additive increase and multiplicative decrease, as TCP does (RFC 5681): hosts that others use as well are found to be
full by being refused, and to have room again by trying.
"""

from __future__ import annotations

from dataclasses import dataclass, replace


@dataclass(frozen=True, kw_only=True)
class Allowance:
    """Connections that may be used at one time: from 1 up to ``cap``, which is never passed."""

    cap: int
    grown: float

    @property
    def limit(self) -> int:
        """Whole connections."""
        return int(self.grown)


def full(cap: int) -> Allowance:
    """All that is allowed, before anything was refused."""
    return Allowance(cap=cap, grown=float(cap))


def served(allowance: Allowance) -> Allowance:
    """A connection did its work: one more is allowed when every one of the allowed has."""
    return replace(allowance, grown=min(float(allowance.cap), allowance.grown + 1 / allowance.grown))


def refused(allowance: Allowance, *, held: int) -> Allowance:
    """The host took no further connection while ``held`` of ours were up: half of those are enough."""
    return replace(allowance, grown=max(1.0, min(allowance.grown, held) / 2))

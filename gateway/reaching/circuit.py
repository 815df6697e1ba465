"""When to leave a place alone that fails again and again, and when to ask it once. Pure: seconds go in.

    closed --``failures`` in a row--> open --``wait`` over--> half-open --an answer--> closed
                                       ^------------------failure---|

While open, nobody waits for a host that is down. Half-open lets exactly one call through as a probe. The wait
doubles with each failed probe up to ``longest``.
"""

from __future__ import annotations

from dataclasses import dataclass, replace


@dataclass(frozen=True, kw_only=True)
class Circuit:
    """What is known of one host. Seconds are monotonic."""

    failures: int = 0
    opened: int = 0
    until: float = 0.0
    probing: bool = False


@dataclass(frozen=True, kw_only=True)
class Rule:
    """When a circuit opens, and for how long at first and at most."""

    failures: int = 5
    wait: float = 30.0
    longest: float = 900.0


def is_open(circuit: Circuit, now: float) -> bool:
    """Whether a call must not be made now."""
    return bool(circuit.opened) and (circuit.probing or now < circuit.until)


def asked(circuit: Circuit) -> Circuit:
    """A call is made although the circuit had opened: it is the probe, and others wait for its end."""
    return replace(circuit, probing=True) if circuit.opened else circuit


def undecided(circuit: Circuit) -> Circuit:
    """A call was given up and says nothing of the place: the next one may be the probe."""
    return replace(circuit, probing=False)


def wait(rule: Rule, opened: int) -> float:
    """Seconds that a circuit stays open that has opened so often."""
    return min(rule.wait * 2.0 ** (opened - 1), rule.longest)


def failed(circuit: Circuit, rule: Rule, now: float) -> Circuit:
    """A call failed as it does when a host is down. One that began before the circuit opened does not prolong it."""
    failures = circuit.failures + 1
    if circuit.opened and not circuit.probing:
        return replace(circuit, failures=failures)
    if failures < rule.failures and not circuit.probing:
        return replace(circuit, failures=failures)
    opened = min(circuit.opened + 1, 10)
    return Circuit(failures=failures, opened=opened, until=now + wait(rule, opened))

"""What ``check`` says before a cutover of conditions that its gate asks for and that nothing could meet."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from gateway.config import Compared, Gate, Route, System, Wave
from gateway.load.fault import Complaint, Severity
from gateway.load.own_dates import Agreed
from gateway.load.spots import SIDES, Side


def unmeetable(route: Route, systems: Mapping[str, System], agreed: Agreed) -> Iterator[Complaint]:
    """Warnings for ends still to switch whose gate asks for comparisons of a route that makes none."""
    if route.compare is not None:
        return
    for side in SIDES:
        name, gate = _gate(route, side, systems, agreed)
        asked = max((one.compared for one in gate.require if isinstance(one, Compared)), default=0)
        if asked:
            message = (
                f"the gate of {name} asks for {asked} clean comparisons, and this route makes none; write compare:, "
                "or have its operator waive the condition at the cutover"
            )
            yield Complaint(at=(side,), key=True, message=message, severity=Severity.WARNING)


def _gate(route: Route, side: Side, systems: Mapping[str, System], agreed: Agreed) -> tuple[str, Gate]:
    """The gate of an end that is still to switch, and whose it is; one without conditions where it is not."""
    end, system = route.end(side), systems.get(route.end(side).system)
    moves = end.own_date or (system.standard_from if system else "never")
    if system is None or isinstance(moves, str) or moves <= agreed.now:
        return "", Gate(require=())
    wave = _wave(route, side, agreed.waves)
    return (f"wave {wave}", agreed.waves[wave]) if wave else (end.system, system.gate)


def _wave(route: Route, side: Side, waves: Mapping[str, Wave]) -> str:
    """The wave with which an end switches; empty where it goes by a gate of its system's."""
    end = route.end(side)
    for name, wave in waves.items():
        if route.name in wave.members and end.own_date == wave.at:
            return name
        if end.own_date is None and end.system in wave.members:
            return name
    return ""

"""What people write, as frozen models: the one definition of parsing, checking, JSON Schema and reference.

``gateway.load`` reads files into these models and adds what only several files together can show. Each module is
imported when the first of its models is asked for: who converts a file by hand does not wait for those of routes.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from gateway.config.alerts import Alert
    from gateway.config.arrivals import Backlog, Expect, Order
    from gateway.config.comparing import Compare, Normalise, Register, Tolerated
    from gateway.config.console import Console, Person
    from gateway.config.copybook import Copybook
    from gateway.config.ends import End, Place, Ready, Stable, Taken
    from gateway.config.gates import Compared, Gate
    from gateway.config.installation import (
        Calendar,
        Contact,
        ExtraDays,
        Identity,
        Installation,
        Log,
        LogTarget,
        MayUse,
        Retention,
        Traces,
        Vendor,
    )
    from gateway.config.places import Accepted, Endpoint, Endpoints, Freeze, System, Systems, Variant, Wave
    from gateway.config.route import After, Delta, Retry, Route, Schedule

__all__ = [
    "Accepted",
    "After",
    "Alert",
    "Backlog",
    "Calendar",
    "Compare",
    "Compared",
    "Console",
    "Contact",
    "Copybook",
    "Delta",
    "End",
    "Endpoint",
    "Endpoints",
    "Expect",
    "ExtraDays",
    "Freeze",
    "Gate",
    "Identity",
    "Installation",
    "Log",
    "LogTarget",
    "MayUse",
    "Normalise",
    "Order",
    "Person",
    "Place",
    "Ready",
    "Register",
    "Retention",
    "Retry",
    "Route",
    "Schedule",
    "Stable",
    "System",
    "Systems",
    "Taken",
    "Tolerated",
    "Traces",
    "Variant",
    "Vendor",
    "Wave",
]

_MODELS = {
    "alerts": ("Alert",),
    "arrivals": ("Backlog", "Expect", "Order"),
    "comparing": ("Compare", "Normalise", "Register", "Tolerated"),
    "console": ("Console", "Person"),
    "copybook": ("Copybook",),
    "ends": ("End", "Place", "Ready", "Stable", "Taken"),
    "gates": ("Compared", "Gate"),
    "installation": (
        "Calendar",
        "Contact",
        "ExtraDays",
        "Identity",
        "Installation",
        "Log",
        "LogTarget",
        "MayUse",
        "Retention",
        "Traces",
        "Vendor",
    ),
    "places": ("Accepted", "Endpoint", "Endpoints", "Freeze", "System", "Systems", "Variant", "Wave"),
    "route": ("After", "Delta", "Retry", "Route", "Schedule"),
}
_HOMES = {model: home for home, models in _MODELS.items() for model in models}


def __getattr__(name: str) -> object:
    """A model out of its module."""
    if name not in _HOMES:
        raise AttributeError(f"module {__name__} has no attribute {name}")
    return getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)

"""What people write, as frozen models: the one definition of parsing, checking, JSON Schema and reference.

``gateway.load`` reads files into these models and adds what only several files together can show.
"""

from gateway.config.alerts import Alert
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
    Vendor,
)
from gateway.config.periods import Dated
from gateway.config.places import Accepted, Endpoint, Endpoints, Freeze, System, Systems, Variant, Wave
from gateway.config.route import After, Delta, Expect, Order, Retry, Route, Schedule

__all__ = [
    "Accepted",
    "After",
    "Alert",
    "Calendar",
    "Compare",
    "Compared",
    "Console",
    "Contact",
    "Copybook",
    "Dated",
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
    "Variant",
    "Vendor",
    "Wave",
]

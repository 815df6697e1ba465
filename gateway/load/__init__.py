"""A configuration folder as a ``City``: every file read, every fault found, with file, line and column.

``load`` never raises for what people wrote: faults are in the city it returns. A broken route, system or place
takes down only what refers to it.

Each part is imported when it is first asked for: who converts a file by hand needs a few of them.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from gateway.load.city import City
    from gateway.load.conversions import NoConversion
    from gateway.load.fault import Fault, Severity
    from gateway.load.folder import load

__all__ = ["City", "Fault", "NoConversion", "Severity", "load"]

_HOMES = {
    "City": "city",
    "Fault": "fault",
    "NoConversion": "conversions",
    "Severity": "fault",
    "load": "folder",
}


def __getattr__(name: str) -> object:
    """A part out of its module."""
    if name not in _HOMES:
        raise AttributeError(f"module {__name__} has no attribute {name}")
    return getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)

"""Several municipalities in one folder, each with a whole configuration of its own in ``municipalities/NAME/``.

Every command looks at this: nothing is imported here that takes long.
"""

from __future__ import annotations

import re
from pathlib import Path

from gateway.load.fault import Fault
from gateway.load.files import shown

FOLDER = "municipalities"

_NAME = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
"""As ``gateway.config.words`` has it for all names."""

_OPERATORS = ("gateway.yaml", "systems.yaml", "endpoints.yaml", "routes")
"""What stands in a municipality's own folder, and nowhere above it."""


def is_joint(directory: Path) -> bool:
    """Whether a folder holds the configurations of several municipalities."""
    return (directory / FOLDER).is_dir()


def home(directory: Path, name: str) -> Path:
    """The configuration's folder of one municipality."""
    return directory / FOLDER / name


def names(directory: Path) -> tuple[str, ...]:
    """The municipalities of a joint folder, in order."""
    found = (path.name for path in (directory / FOLDER).iterdir() if path.is_dir())
    return tuple(sorted(name for name in found if _NAME.fullmatch(name)))


def misplaced(directory: Path) -> tuple[Fault, ...]:
    """What stands in a joint folder where nobody reads it."""
    above = [name for name in _OPERATORS if (directory / name).exists()]
    beside = sorted(
        path.name
        for path in (directory / FOLDER).iterdir()
        if path.name[0] != "." and not (path.is_dir() and _NAME.fullmatch(path.name))
    )
    found = dict.fromkeys(
        above, f"this stands beside {FOLDER}/, where nobody reads it; move it to {FOLDER}/NAME/"
    )
    found |= {
        f"{FOLDER}/{shown(name)}": "this is no municipality's folder; name one with a-z, 0-9 and single hyphens"
        for name in beside
    }
    if not (above or beside or names(directory)):
        found[FOLDER] = f"there is no municipality here; make {FOLDER}/NAME/ with gateway.yaml"
    return tuple(Fault(file=file, line=1, column=1, message=message) for file, message in found.items())

"""Several municipalities in one folder, each with a whole configuration of its own in ``municipalities/NAME/``.

Every command looks at this: nothing is imported here that takes long.
"""

from __future__ import annotations

import re
from pathlib import Path

from gateway.load.fault import Fault
from gateway.load.files import shown

FOLDER = "municipalities"
SHARED = "shared"
"""Beside it: what all of them may use, in the folders of ``FORMS``."""

FROM_A_TOWN = f"../../{SHARED}/"
"""As a municipality's own folder names what is shared."""

FORMS = ("layouts", "mappings", "characters", "profiles", "tolerances")
"""What says how files are to be read, and nothing of places, people or one town's data."""

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


def shared_by(directory: Path) -> Path | None:
    """What a municipality shares with the others of its folder; None for another folder, or where nothing is shared."""
    above = directory.absolute().parent
    folder = above.parent / SHARED
    return folder if above.name == FOLDER and folder.is_dir() else None


def located(directory: Path, file: str) -> tuple[Path, Path]:
    """Where a file of a configuration is, by its name there, and the folder in which it must lie to be read."""
    shared = shared_by(directory)
    if shared is not None and file.startswith(FROM_A_TOWN):
        return shared / file.removeprefix(FROM_A_TOWN), shared
    return directory / file, directory


def misplaced(directory: Path) -> tuple[Fault, ...]:
    """What stands in a joint folder where nobody reads it."""
    above = [name for name in _OPERATORS if (directory / name).exists()]
    unshared = [name for name in FORMS if (directory / name).exists()]
    strange = sorted(path.name for path in _entries(directory / SHARED) if path.name not in FORMS)
    beside = sorted(
        path.name
        for path in _entries(directory / FOLDER)
        if not (path.is_dir() and _NAME.fullmatch(path.name))
    )
    found = dict.fromkeys(
        above, f"this stands beside {FOLDER}/, where nobody reads it; move it to {FOLDER}/NAME/"
    )
    found |= dict.fromkeys(
        unshared, f"this stands beside {FOLDER}/, where nobody reads it; move it to {SHARED}/"
    )
    found |= {
        f"{SHARED}/{shown(name)}": f"nobody reads this here; {SHARED}/ may hold {', '.join(FORMS)}"
        for name in strange
    }
    found |= {
        f"{FOLDER}/{shown(name)}": "this is no municipality's folder; name one with a-z, 0-9 and single hyphens"
        for name in beside
    }
    if not (above or beside or names(directory)):
        found[FOLDER] = f"there is no municipality here; make {FOLDER}/NAME/ with gateway.yaml"
    return tuple(Fault(file=file, line=1, column=1, message=message) for file, message in found.items())


def _entries(folder: Path) -> list[Path]:
    """What a folder holds, but for what begins with a dot; nothing where there is none."""
    return [path for path in folder.iterdir() if path.name[0] != "."] if folder.is_dir() else []

"""Which files of a configuration's folder may be read: a vendor's folder may hold whatever the vendor puts there."""

from __future__ import annotations

import os
import re
import stat
from pathlib import Path

MOST_BYTES = 1024 * 1024
"""The largest file that is read."""

_UNSHOWN = re.compile(r"[\x00-\x1f\x7f-\x9f\u200b-\u200f\u202a-\u202e\u2066-\u2069\ud800-\udfff]")
"""What no log, page or terminal can show as it is."""


def shown(name: str) -> str:
    """A name as faults and logs show it, whatever bytes it is made of; what is shown so already stays as it is."""
    return _UNSHOWN.sub(lambda found: f"\\u{ord(found[0]):04x}", name)


def why_unread(path: Path, *, within: Path, most: int = MOST_BYTES) -> str:
    """Why a file is not read: it leads out of the folder, would keep its reader waiting, or is too large; else empty.

    Raises ``OSError`` if that cannot be told.
    """
    name = str(path.relative_to(within))
    if _UNSHOWN.search(name) or "\\" in name:
        return "the file's name holds what cannot be shown; name it with a-z, 0-9 and single hyphens"
    if not _leads_within(path, within):
        return "the file is a link that leads out of the configuration's folder; put the file itself here"
    status = path.stat()
    if not stat.S_ISREG(status.st_mode):
        return "this is no regular file; put a file here"
    if status.st_size > most:
        return f"the file is larger than {most // 1024} KiB; {'split it' if most == MOST_BYTES else 'write less'}"
    return ""


def _leads_within(path: Path, folder: Path) -> bool:
    """Whether a path, all links followed, lies below a folder, its links followed."""
    home = os.path.realpath(folder)
    return os.path.realpath(path).startswith(home.rstrip(os.sep) + os.sep)

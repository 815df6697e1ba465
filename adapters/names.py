"""Names from outside are never trusted, and names of unfinished files are known to every gateway."""

from __future__ import annotations

import re

TEMPORARY_PREFIX = ".lgw-"
"""Unfinished files begin so. Scans leave them out; only the journal knows which of them are ours."""

LONGEST = 1024
"""Bytes in UTF-8; the limit of an S3 key, the largest of any place."""

_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\udc80-\udcff]")


def is_temporary(path: str) -> bool:
    """Whether the last segment is the name of an unfinished file of some gateway."""
    return path.rsplit("/", 1)[-1].startswith(TEMPORARY_PREFIX)


def why_unsafe(path: str) -> str:
    """The reason why this name may not be used, or an empty string.

    Refused are control characters (CR and LF would end an FTP command), undecodable bytes (surrogates), empty
    segments, ``.`` and ``..`` (path traversal), an absolute path, a backslash, and over-long names.
    """
    if _CONTROL.search(path):
        return "control characters or bytes that are no text in the name"
    if len(path.encode("utf-8", "surrogatepass")) > LONGEST:
        return f"longer than {LONGEST} bytes"
    if "\\" in path:
        return "a backslash in the name"
    if any(part in ("", ".", "..") for part in path.split("/")):
        return "an empty, '.' or '..' segment"
    return ""

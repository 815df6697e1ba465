"""Names from outside are never trusted, and names of unfinished files are known to every gateway."""

from __future__ import annotations

import hashlib
import re
import unicodedata
from functools import lru_cache
from itertools import takewhile
from typing import TYPE_CHECKING

from adapters.errors import Refused

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

TEMPORARY_PREFIX = ".lgw-"
"""Unfinished files begin so. Scans leave them out; only the journal knows which of them are ours."""

LONGEST = 1024
"""Bytes in UTF-8; the limit of an S3 key, the largest of any place."""

_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\udc80-\udcff]")

_USUAL = re.compile(r"\w[\w.-]*(?:/\w[\w.-]*)*", re.ASCII)
"""What nearly all names are, and nothing that needs a closer look."""

_ALL_USUAL = re.compile(r"(?:\w[\w.-]*+(?:/\w[\w.-]*+)*+\n)*+", re.ASCII)

_OWN = re.compile("([\u2000-\u2fff\uf900-\ufaff\U0002f800-\U0002faff]+)")
"""What a Mac leaves as it is (HFS Plus Volume Format, TN1150)."""


def is_temporary(path: str) -> bool:
    """Whether the last segment is the name of an unfinished file of some gateway."""
    return TEMPORARY_PREFIX in path and path.rsplit("/", 1)[-1].startswith(TEMPORARY_PREFIX)


def why_unsafe(path: str) -> str:
    """The reason why this name may not be used, or an empty string.

    Refused are control characters (CR and LF would end an FTP command), undecodable bytes (surrogates), empty
    segments, ``.`` and ``..`` (path traversal), an absolute path, a backslash, and over-long names.
    """
    if len(path) <= LONGEST and _USUAL.fullmatch(path):
        return ""
    if _CONTROL.search(path):
        return "control characters or bytes that are no text in the name"
    if len(path.encode("utf-8", "surrogatepass")) > LONGEST:
        return f"longer than {LONGEST} bytes"
    if "\\" in path:
        return "a backslash in the name"
    if not {"", ".", ".."}.isdisjoint(path.split("/")):
        return "an empty, '.' or '..' segment"
    return ""


def are_usual(paths: Sequence[str]) -> bool:
    """Whether no path needs a closer look: ``why_unsafe`` says nothing of any, and no segment is hidden.

    One look at all of them: a call for each of 100,000 would take longer than the looking.
    """
    lines = "\n".join([*paths, ""])
    short = max(map(len, paths), default=0) <= LONGEST
    return short and lines.count("\n") == len(paths) and _ALL_USUAL.fullmatch(lines) is not None


def assert_safe(path: str) -> None:
    """Raise ``Refused`` for a path that may not be given to any place."""
    reason = why_unsafe(path)
    if reason:
        raise Refused(f"the name {shown(path)} may not be used: {reason}", hint="rename the file")


def shown(path: str) -> str:
    """The name as it may be shown and logged: one line, printable, at most 120 characters."""
    return _CONTROL.sub(lambda found: f"\\u{ord(found[0]):04x}", path)[:120]


def beside(path: str, name: str) -> str:
    """The path of another name in the same folder."""
    folder, slash, _ = path.rpartition("/")
    return f"{folder}{slash}{name}"


def temporary_beside(path: str, token: str) -> str:
    """The usual name of the unfinished file: hidden on POSIX, short, and known to every gateway."""
    return beside(path, f"{TEMPORARY_PREFIX}{token}")


def join(folder: str, name: str) -> str:
    """The path of a name in a folder; the root is an empty string."""
    return f"{folder}/{name}" if folder else name


def is_wild(pattern: str) -> bool:
    """Whether the pattern stands for more than one name."""
    return "*" in pattern or "?" in pattern


def digest_token(path: str) -> str:
    """A short token that always comes out the same for one path, so that a restart finds it again."""
    return hashlib.sha256(path.encode("utf-8", "surrogatepass")).hexdigest()[:16]


def fixed_folder(pattern: str) -> str:
    """The folders of a pattern before its first wildcard, without a slash at the end."""
    fixed = []
    for part in pattern.split("/")[:-1]:
        if is_wild(part):
            break
        fixed.append(part)
    return "/".join(fixed)


def composed(text: str) -> str:
    """The text with each character in one piece (NFC, UAX #15). A Mac writes names as letters and marks: two for ガ.

    Kanji that CP932 has beside the usual ones (U+FA19 beside 神) stay what they are, which NFC takes for the usual: two
    files would have one name.
    """
    if text.isascii():
        return text
    pieces = _OWN.split(text)
    pieces[::2] = (unicodedata.normalize("NFC", piece) for piece in pieces[::2])
    return "".join(pieces)


def matches(pattern: str, path: str) -> bool:
    """Whether the path matches: ``*`` and ``?`` within one segment, everything else as it reads."""
    return bool(matcher(pattern)(path))


@lru_cache(maxsize=4096)
def matcher(pattern: str) -> Callable[[str], object]:
    """As ``matches``, for many paths: true of those that match."""
    whole = re.compile("/".join(map(_segment, composed(pattern).split("/"))), re.DOTALL).fullmatch
    if pattern.isascii() and "?" not in pattern:
        return whole
    return lambda path: whole(composed(path))


def lasting_start(text: str) -> str:
    """What the text begins with however its characters are composed: all before the first that has two spellings."""
    whole = lambda one: _OWN.match(one) or unicodedata.normalize("NFD", one) == one  # noqa: E731 - of each character
    return "".join(takewhile(whole, composed(text)))


def _segment(text: str) -> str:
    """The leftmost match of a piece between two stars is as good as any: it is atomic, and no search is endless."""
    first, *rest = [_piece(piece) for piece in text.split("*")]
    if not rest:
        return first
    *middle, last = rest
    return f"{first}{''.join(f'(?>[^/]*?{piece})' for piece in middle)}[^/]*{last}"


def _piece(text: str) -> str:
    return "".join("[^/]" if character == "?" else re.escape(character) for character in text)

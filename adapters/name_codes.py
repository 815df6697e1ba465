"""Names of files in the character code of a place, in both directions; what is not text passes as surrogates."""

from __future__ import annotations

import re
from functools import cache

ONE_TO_ONE = frozenset({"utf-8", "latin-1"})
"""Character codes in which each text has one spelling."""


def encoded(text: str, encoding: str) -> bytes:
    """The name as the place is told it. Raises ``UnicodeEncodeError`` for what its code lacks.

    CP932 has IBM's kanji (髙, 﨑) twice. Windows writes FA40 to FC4B (Microsoft's table of code page 932), Python's
    codec ED40 to EEFC: a host would have no file of that name.
    """
    if encoding != "cp932":
        return text.encode(encoding, "surrogateescape")
    return b"".join(
        _by_ibm().get(piece) or piece.encode(encoding, "surrogateescape")
        for piece in _spelt_by_ibm().split(text)
    )


def decoded(raw: bytes, encoding: str) -> str:
    """The name as text.

    Where the place, asked for that text, would look for other bytes, they become surrogates, as bytes that are no text
    do: ``names.why_unsafe`` refuses both. Two files would be one.
    """
    text = raw.decode(encoding, "surrogateescape")
    return text if is_spelt(text, raw, encoding) else raw.decode("ascii", "surrogateescape")


def is_spelt(text: str, raw: bytes, encoding: str) -> bool:
    """Whether a text is told to the place in these very bytes."""
    return encoding in ONE_TO_ONE or encoded(text, encoding) == raw


@cache
def _by_ibm() -> dict[str, bytes]:
    pairs = (bytes((first, second)) for first in (0xFA, 0xFB, 0xFC) for second in range(0x40, 0xFD))
    told = {pair.decode("cp932", "ignore"): pair for pair in pairs}
    return {text: pair for text, pair in told.items() if text and text.encode("cp932")[0] in (0xED, 0xEE)}


@cache
def _spelt_by_ibm() -> re.Pattern[str]:
    return re.compile(f"([{''.join(_by_ibm())}])")

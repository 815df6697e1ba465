"""The known word that a mistyped one most likely means. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches

SHOWN = 12


def nearest(word: str, known: Iterable[str]) -> str | None:
    """The known word most like ``word``, or None. Capitals, and ``_`` against ``-``, make no difference.

    Words that begin with another letter must be more alike: ``gate`` is not meant by ``after``.
    """
    plain = {_plain(name): name for name in known}
    meant = _plain(word)
    alike = [near for near in plain if near[:1] == meant[:1]]
    found = get_close_matches(meant, plain, n=3, cutoff=0.7) or get_close_matches(
        meant, alike, n=3, cutoff=0.6
    )
    swapped = [near for near in found if _is_swapped(near, meant)]
    return plain[(swapped or found)[0]] if found else None


def instead(word: str, known: Iterable[str]) -> str:
    """What to write instead of ``word``: the nearest known word, else all known words if they are few."""
    names = sorted(known)
    found = nearest(word, names)
    if found is not None:
        return f"did you mean {found}?"
    if not names:
        return "there is none yet"
    more = f" and {len(names) - SHOWN} more" if len(names) > SHOWN else ""
    return f"known here: {', '.join(names[:SHOWN])}{more}"


def _is_swapped(one: str, other: str) -> bool:
    """Whether two letters changed places, as fingers do it."""
    differing = sum(a != b for a, b in zip(one, other, strict=False))
    return sorted(one) == sorted(other) and differing == 2  # noqa: PLR2004 - the two letters


def _plain(word: str) -> str:
    return word.casefold().replace("_", "-")

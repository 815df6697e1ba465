"""Entries of long listings, made together."""

from __future__ import annotations

from collections import deque
from itertools import repeat
from operator import attrgetter
from typing import TYPE_CHECKING

from adapters.base import Entry

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

by_path = attrgetter("path")
"""The order of a listing."""


def entries_of(
    paths: Sequence[str],
    sizes: Iterable[int | None],
    mtimes: Iterable[str],
    *,
    vague: Iterable[bool] | None = None,
) -> list[Entry]:
    """An entry for each path, as ``Entry`` itself makes it, in a third of the time.

    A frozen class sets its fields one by one, with calls in Python for each file. Here each field is set for all files.
    """
    entries = list(map(object.__new__, repeat(Entry, len(paths))))
    versions, vague = repeat(""), repeat(False) if vague is None else vague  # noqa: FBT003 - a field of each
    fields = {"path": paths, "size": sizes, "mtime": mtimes, "version": versions, "vague": vague}
    for name, values in fields.items():
        deque(map(getattr(Entry, name).__set__, entries, values), maxlen=0)
    return entries

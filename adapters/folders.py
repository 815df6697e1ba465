"""The folders above names that are written at a host: made where they are missing, and again where others took them.

Consumers clear the folders of a day away with their files. Each folder is looked for once a connection, so that not
every file costs a look; what was seen may be over, and the host's refusal is the sign to look again.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable

T = TypeVar("T")


class Folders:
    """What one connection has seen. ``refusals`` are the errors by which the host says no to a single step."""

    def __init__(
        self,
        is_there: Callable[[str], bool],
        make: Callable[[str], object],
        refusals: tuple[type[Exception], ...],
    ) -> None:
        self._is_there = is_there
        self._make = make
        self._refusals = refusals
        self._seen: set[str] = {""}

    def above(self, path: str, step: Callable[[], T]) -> T:
        """Take a step that needs the folders above a path; once more if one of them had gone.

        Raises what the step raises while they are there, and what the host says where one cannot be made.
        """
        folder = path.rpartition("/")[0]
        self._have(folder)
        try:
            return step()
        except self._refusals:
            if not folder or self._is_there(folder):
                raise
        self._seen = {""}
        self._have(folder)
        return step()

    def _have(self, folder: str) -> None:
        if folder in self._seen:
            return
        if not self._is_there(folder):
            self._have(folder.rpartition("/")[0])
            self._create(folder)
        self._seen.add(folder)

    def _create(self, folder: str) -> None:
        try:
            self._make(folder)
        except self._refusals:
            if not self._is_there(folder):  # another connection may have made it in the meantime
                raise

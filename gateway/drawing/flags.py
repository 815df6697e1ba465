"""Instants with a name above the rows of a timeline: waves, cutovers of systems, and today. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from gateway.drawing.axis import Axis
from gateway.drawing.svg import hint, tag, text, width

LANE = 17.0
"""Height of a line of names."""

_SIZE = 11.0


@dataclass(frozen=True, kw_only=True)
class Flag:
    """An instant with a name; ``line`` and ``ink`` are classes of the style."""

    at: datetime
    label: str
    line: str
    ink: str


@dataclass(frozen=True, kw_only=True)
class Flags:
    """Flags in order of time, each name in the first lane where it hides no other."""

    axis: Axis
    flags: Sequence[Flag]

    @property
    def height(self) -> float:
        """Of all lanes together."""
        return LANE * (max(self._lanes(), default=-1) + 1)

    def drawn(self, top: float, bottom: float) -> Iterator[str]:
        """The names from ``top`` on, the lines down to ``bottom``."""
        for flag, lane in zip(self.flags, self._lanes(), strict=True):
            x, y = self.axis.x(flag.at), top + LANE * lane + 12
            yield tag("path", hint(flag.label), class_=flag.line, d=f"M{x:.1f} {y - 9:.1f}V{bottom:.1f}")
            back = self._is_late(flag)
            style = {"class_": flag.ink, "font_size": _SIZE, "font_weight": 600}
            yield text(x - 4 if back else x + 4, y, flag.label, text_anchor="end" if back else None, **style)

    def _lanes(self) -> list[int]:
        taken: list[float] = []
        found = []
        for flag in self.flags:
            x, wide = self.axis.x(flag.at), width(flag.label, _SIZE) + 12
            begin = x - wide if self._is_late(flag) else x
            lane = next((number for number, free in enumerate(taken) if free < begin), len(taken))
            taken[lane : lane + 1] = [begin + wide]
            found.append(lane)
        return found

    def _is_late(self, flag: Flag) -> bool:
        """Whether the name has room only before its instant."""
        return self.axis.x(flag.at) + width(flag.label, _SIZE) > self.axis.left + self.axis.width

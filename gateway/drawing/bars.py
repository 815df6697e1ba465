"""Bars of phases: colour, pattern and letter say the same. Pure."""

from __future__ import annotations

from dataclasses import dataclass

from gateway.drawing.palette import PHASES, Language
from gateway.drawing.svg import hint, tag, text, width
from gateway.model import Phase


@dataclass(frozen=True, kw_only=True)
class Box:
    """A rectangle of the picture."""

    x: float
    y: float
    width: float
    height: float

    @property
    def attributes(self) -> dict[str, float]:
        """As attributes of an element; at least one unit wide, so that it is seen."""
        return {"x": self.x, "y": self.y, "width": max(self.width, 1.0), "height": self.height}


def bar(box: Box, phase: Phase, label: str, *, size: float, about: str = "", indent: float = 0.0) -> str:
    """A bar of a phase with a label at its beginning, which ``indent`` moves to the right."""
    said = [hint(about)] if about else []
    drawn = tag("rect", *said, class_=f"lg-{phase}", rx=2.5, **box.attributes)
    if phase is Phase.CURRENT:
        drawn += tag("rect", class_="lg-current-edge", rx=2.5, **box.attributes)
    if not label:
        return drawn
    size = min(size, box.height)
    if phase is Phase.TRANSITION:
        ground = Box(x=box.x + 3 + indent, y=box.y + 1, width=width(label, size) + 4, height=box.height - 2)
        drawn += tag("rect", class_="lg-halo-transition", rx=2, **ground.attributes)
    baseline = box.y + box.height / 2 + size * 0.36
    return drawn + text(box.x + 5 + indent, baseline, label, class_=f"lg-on-{phase}", font_size=size)


def label_for(phase: Phase, day: str, language: Language, *, size: float, room: float) -> str:
    """The day and the phase, the phase alone, its letter, or nothing, as there is room."""
    word, letter = PHASES[language][phase]
    choices = (f"{day} {word}".strip(), word, letter)
    return next((one for one in choices if width(one, size) + 10 <= room), "")


def diamond(x: float, y: float, half: float) -> str:
    """The outline of a diamond around a point."""
    return f"M{x:.1f} {y - half:.1f}L{x + half:.1f} {y:.1f} {x:.1f} {y + half:.1f} {x - half:.1f} {y:.1f}z"

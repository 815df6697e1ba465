"""The number of transitional conversions over time, as steps below a timeline. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from math import ceil

from gateway.drawing.axis import Axis
from gateway.drawing.svg import tag, text, width
from gateway.timeline import Step, Timeline

_LINES = 4


@dataclass(frozen=True, kw_only=True)
class Graph:
    """Where the steps are drawn, and the words for them."""

    axis: Axis
    top: float
    height: float
    words: Mapping[str, str]

    def drawn(self, shown: Timeline, before: Timeline | None) -> Iterator[str]:
        """The steps of a plan; those of today's plan dashed, where it is another one."""
        most = max(1, shown.most, before.most if before else 0)
        left, bottom = self.axis.left, self.top + self.height
        yield text(
            24, self.top + 14, self.words["conversions"], class_="lg-ink", font_size=12.5, font_weight=600
        )
        for number, name in enumerate(("after", "before") if before else ()):
            y = self.top + 36 + 18 * number
            line = "lg-curve" if name == "after" else "lg-curve-before"
            yield tag("path", class_=line, d=f"M24 {y - 4:.1f}H50")
            days = (shown if name == "after" else before or shown).conversion_days
            said = f"{self.words[name]} · {days:,.0f} {self.words['unit']}"
            yield text(56, y, said, class_="lg-soft", font_size=11)
        yield from self._lines(most)
        yield self._path(shown.steps, most, closed=True)
        if before is not None:
            yield self._path(before.steps, most, line="lg-curve-before")
        yield self._path(shown.steps, most)
        yield from self._counts(shown.steps, most)
        yield tag("path", class_="lg-rule-strong", d=f"M{left:.1f} {bottom:.1f}H{left + self.axis.width:.1f}")

    def _y(self, count: int, most: int) -> float:
        return self.top + self.height * (1 - count / most)

    def _lines(self, most: int) -> Iterator[str]:
        every = ceil(most / _LINES)
        for count in range(0, most + 1, every):
            y = self._y(count, most)
            yield tag(
                "path",
                class_="lg-rule",
                d=f"M{self.axis.left:.1f} {y:.1f}H{self.axis.left + self.axis.width:.1f}",
            )
            yield text(
                self.axis.left - 8, y + 4, str(count), class_="lg-soft", font_size=10.5, text_anchor="end"
            )

    def _path(self, steps: Sequence[Step], most: int, *, line: str = "lg-curve", closed: bool = False) -> str:
        points = [f"M{self.axis.x(steps[0].at):.1f} {self._y(steps[0].count, most):.1f}"]
        points += [f"H{self.axis.x(step.at):.1f}V{self._y(step.count, most):.1f}" for step in steps[1:]]
        points.append(f"H{self.axis.left + self.axis.width:.1f}")
        if closed:
            points.append(f"V{self.top + self.height:.1f}H{self.axis.left:.1f}z")
        return tag("path", class_="lg-area" if closed else line, d="".join(points))

    def _counts(self, steps: Sequence[Step], most: int) -> Iterator[str]:
        """The count of each step that lasts long enough to be read."""
        free = 0.0
        for step in steps:
            x = self.axis.x(step.at)
            if x >= free:
                y = self._y(step.count, most)
                below = y - self.top < 12  # noqa: PLR2004 - the line stands at the top
                yield text(x + 5, y + 13 if below else y - 5, str(step.count), class_="lg-ink", font_size=11)
                free = x + 10 + width(str(step.count), 11)

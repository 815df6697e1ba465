"""The timeline as a picture: routes by vendor, phases as bars, freezes and waves, and the conversions below. Pure."""

from __future__ import annotations

from collections.abc import Generator, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, tzinfo
from functools import cached_property
from itertools import groupby

from gateway.drawing.axis import Axis
from gateway.drawing.bars import Box, bar, diamond, label_for
from gateway.drawing.curve import Graph
from gateway.drawing.flags import Flag, Flags
from gateway.drawing.palette import DEFS, PHASES, STYLE, WORDS, Language
from gateway.drawing.svg import drawing, fitted, hint, tag, text, width
from gateway.model import Phase
from gateway.timeline import Row, Span, Timeline, Turn

WIDE = 1240.0
_LEFT, _MARGIN = 330.0, 24.0
_HEAD, _SCALE, _GROUP, _CURVE = 96.0, 38.0, 22.0, 150.0
_ROOMY, _MIDDLING = 40, 90
_HIGH, _MIDDLE, _LOW = 30.0, 19.0, 14.0
_NAMES = 3
_KEY = 70.0


@dataclass(frozen=True, kw_only=True)
class Labels:
    """What a picture says in words.

    Attributes:
        title: above the picture.
        vendors, systems: names for people, by name.
    """

    title: str = ""
    vendors: Mapping[str, str] = field(default_factory=dict)
    systems: Mapping[str, str] = field(default_factory=dict)


def timeline_svg(
    shown: Timeline,
    *,
    zone: tzinfo,
    now: datetime | None = None,
    language: Language = "ja",
    before: Timeline | None = None,
    labels: Labels | None = None,
) -> str:
    """Draw a timeline. ``before``: today's plan over the same time, where ``shown`` is another order."""
    axis = Axis(start=shown.start, end=shown.end, left=_LEFT, width=WIDE - _LEFT - _MARGIN, zone=zone)
    gantt = _Gantt(
        shown=shown, axis=axis, now=now, language=language, before=before, labels=labels or Labels()
    )
    return gantt.picture()


@dataclass(frozen=True, kw_only=True)
class _Gantt:
    """One picture under way."""

    shown: Timeline
    axis: Axis
    now: datetime | None
    language: Language
    before: Timeline | None
    labels: Labels

    def picture(self) -> str:
        groups = len({row.route.vendor for row in self.shown.rows})
        flags = Flags(axis=self.axis, flags=self._flags())
        top = _HEAD + flags.height + _SCALE
        bottom = top + groups * _GROUP + len(self.shown.rows) * self._high
        graph = Graph(axis=self.axis, top=bottom + 34, height=_CURVE - 60, words=WORDS[self.language])
        content = [
            *self._head(),
            *self._key(),
            *self._frozen(top, bottom),
            *self._scale(top, bottom),
            *self._rows(top),
            *self._ice(top, bottom),
            *flags.drawn(_HEAD, bottom),
            *graph.drawn(self.shown, self.before),
        ]
        return drawing((WIDE, bottom + _CURVE), self._title, self._summary(), STYLE, DEFS, *content)

    @cached_property
    def _turns(self) -> dict[str, list[Turn]]:
        """The cutovers of each route."""
        found: dict[str, list[Turn]] = {}
        for turn in self.shown.turns:
            found.setdefault(turn.route, []).append(turn)
        return found

    @cached_property
    def _before(self) -> dict[str, tuple[Span, ...]]:
        """The spans of each route in today's plan, where another order is shown."""
        return {row.route.name: row.spans for row in self.before.rows} if self.before else {}

    @property
    def _title(self) -> str:
        return self.labels.title or self._word("plan")

    def _word(self, key: str) -> str:
        return WORDS[self.language][key]

    @property
    def _high(self) -> float:
        """Height of a row: the more routes, the lower."""
        count = len(self.shown.rows)
        return _HIGH if count <= _ROOMY else _MIDDLE if count <= _MIDDLING else _LOW

    @property
    def _size(self) -> float:
        return min(11.0, self._high - 5)

    def _short(self, instant: datetime) -> str:
        local = instant.astimezone(self.axis.zone)
        return f"{local.month}/{local.day}"

    def _day(self, instant: datetime) -> str:
        return instant.astimezone(self.axis.zone).date().isoformat()

    def _summary(self) -> str:
        shown = self.shown
        cost = f"{self._word('days')} {shown.conversion_days:,.0f}"
        if self.before is not None:
            cost += f" ({self._word('before')} {self.before.conversion_days:,.0f})"
        span = f"{self._day(shown.start)} – {self._day(shown.end)}"
        return f"{span} · {cost} · {self._word('most')} {shown.most}{self._word('number')}"

    def _head(self) -> Iterator[str]:
        yield text(_MARGIN, 34, self._title, class_="lg-ink", font_size=21, font_weight=700)
        yield text(_MARGIN, 57, self._summary(), class_="lg-soft", font_size=13)

    def _key(self) -> Iterator[str]:
        """What the signs mean; only those that the picture has, besides the phases."""
        x = _MARGIN
        for phase in Phase:
            word, letter = PHASES[self.language][phase]
            yield bar(Box(x=x, y=_KEY, width=26, height=14), phase, letter, size=11)
            x = yield from self._named(x, word)
        used = {
            "frozen": bool(self.shown.freezes),
            "wave": bool(self.shown.waves),
            "cutover": bool(self.shown.turns),
            "clash": any(turn.frozen is not None for turn in self.shown.turns),
            "former": any(self._former(row) for row in self.shown.rows),
        }
        for key in (key for key, is_used in used.items() if is_used):
            yield _sign(key, x)
            x = yield from self._named(x, self._word(key))

    def _named(self, x: float, word: str) -> Generator[str, None, float]:
        """A word beside its sign; gives where the next sign stands."""
        yield text(x + 32, _KEY + 11.5, word, class_="lg-ink", font_size=12)
        return x + 52 + width(word, 12)

    def _frozen(self, top: float, bottom: float) -> Iterator[str]:
        for freeze in self.shown.freezes:
            x, end = self.axis.x(freeze.start), self.axis.x(freeze.end)
            days = f"{self._word('frozen')} {self._day(freeze.start)} – {self._day(freeze.end)}"
            box = Box(x=x, y=top - 18, width=end - x, height=bottom - top + 18)
            yield tag("rect", hint(f"{days} {freeze.reason}"), class_="lg-ice-ground", **box.attributes)
            name = freeze.reason or self._word("frozen")
            middle = {"text_anchor": "middle", "font_size": 10.5}
            yield text((x + end) / 2, top - 24, name, class_="lg-ice-ink", **middle)

    def _ice(self, top: float, bottom: float) -> Iterator[str]:
        """The frozen times once more, over the bars."""
        for freeze in self.shown.freezes:
            x, end = self.axis.x(freeze.start), self.axis.x(freeze.end)
            yield tag(
                "rect", class_="lg-ice", **Box(x=x, y=top, width=end - x, height=bottom - top).attributes
            )

    def _scale(self, top: float, bottom: float) -> Iterator[str]:
        for mark in self.axis.marks(self.language):
            line = "lg-rule-strong" if mark.year else "lg-rule"
            yield tag("path", class_=line, d=f"M{mark.x:.1f} {top - 18:.1f}V{bottom:.1f}")
            yield text(mark.x + 4, top - 6, mark.label, class_="lg-soft", font_size=11)
            bold = {"class_": "lg-ink", "font_size": 12, "font_weight": 600}
            yield text(mark.x + 4, top - 24, mark.year, **bold)

    def _rows(self, y: float) -> Iterator[str]:
        ordered = sorted(self.shown.rows, key=lambda row: (row.route.vendor, row.route.name))
        for vendor, group in groupby(ordered, key=lambda row: row.route.vendor):
            rows = list(group)
            yield self._heading(vendor, len(rows), y)
            y += _GROUP
            for row in rows:
                yield from self._names(row, y)
                yield from self._bars(row, y)
                y += self._high

    def _heading(self, vendor: str, count: int, y: float) -> str:
        name = self.labels.vendors.get(vendor) or vendor
        said = f"{name} · {count} {self._word('routes' if count > 1 else 'route')}"
        band = Box(x=_MARGIN - 8, y=y, width=WIDE - 2 * _MARGIN + 16, height=_GROUP)
        bold = {"class_": "lg-ink", "font_size": 12.5, "font_weight": 600}
        return tag("rect", class_="lg-group", **band.attributes) + text(_MARGIN, y + 15.5, said, **bold)

    def _names(self, row: Row, y: float) -> Iterator[str]:
        route, room = row.route, _LEFT - _MARGIN - 12
        name = route.title or route.name
        systems = " → ".join(self.labels.systems.get(one) or one for one in route.systems)
        yield tag("path", class_="lg-rule", d=f"M{_MARGIN:.1f} {y + self._high:.1f}H{WIDE - _MARGIN:.1f}")
        if self._high == _HIGH:
            below = fitted(f"{systems} · {route.name}", 9.5, room)
            yield text(_MARGIN, y + 13, fitted(name, 12, room), class_="lg-ink", font_size=12)
            yield text(_MARGIN, y + 25, below, class_="lg-faint", font_size=9.5)
        else:
            size = min(self._high - 4, 11.0)
            said = fitted(f"{name} · {systems}", size, room)
            yield text(_MARGIN, y + self._high - 4, said, class_="lg-ink", font_size=size)

    def _bars(self, row: Row, y: float) -> Iterator[str]:
        """The phases of a route; below them, thinner, those of today's plan if they are others."""
        former, turns = self._former(row), self._turns.get(row.route.name, [])
        lower = self._high * 0.26 if former else 0.0
        clashes = {turn.at for turn in turns if turn.frozen is not None}
        for span in row.spans:
            x, end = self.axis.x(span.start), self.axis.x(span.end)
            day = self._short(span.start) if span.start > self.shown.start else ""
            label = label_for(span.phase, day, self.language, size=self._size, room=end - x)
            box = Box(x=x, y=y + 3, width=end - x, height=self._high - 6 - lower)
            indent = 8.0 if span.start in clashes else 0.0
            yield bar(box, span.phase, label, size=self._size, about=self._about(row, span), indent=indent)
        for span in former:
            x, end = self.axis.x(span.start), self.axis.x(span.end)
            box = Box(x=x, y=y + self._high - 2 - lower, width=end - x, height=max(lower - 2, 2.0))
            about = hint(f"{self._word('before')}: {PHASES[self.language][span.phase][0]}")
            yield tag("rect", about, class_=f"lg-ghost-{span.phase}", **box.attributes)
        for turn in turns:
            yield from self._turn(turn, y, self._high - lower)

    def _about(self, row: Row, span: Span) -> str:
        word = PHASES[self.language][span.phase][0]
        return f"{row.route.name}: {self._day(span.start)} – {self._day(span.end)} {word} ({span.source} → {span.to})"

    def _turn(self, turn: Turn, y: float, high: float) -> Iterator[str]:
        x, end = self.axis.x(turn.at), turn.end
        said = [turn.route, f"{turn.side} {end.system} → {turn.becomes}", self._day(turn.at)]
        said += [turn.origin, end.wave, *end.conditions]
        about = hint(" · ".join(one for one in said if one))
        yield tag("path", about, class_="lg-turn", d=f"M{x:.1f} {y + 3:.1f}V{y + high - 3:.1f}")
        if turn.frozen is not None:
            outline = diamond(x, y + high / 2, min(high / 2 - 1, 7.0))
            yield tag("path", hint(f"{self._word('clash')} {turn.frozen}"), class_="lg-alarm", d=outline)

    def _former(self, row: Row) -> tuple[Span, ...]:
        """The route's spans in today's plan, if they are others."""
        spans = self._before.get(row.route.name, row.spans)
        return spans if spans != row.spans else ()

    def _flags(self) -> list[Flag]:
        """Waves, cutovers outside waves, moves of places, and today, in order of time."""
        found = [
            Flag(at=wave.at, label=f"{wave.name} {self._short(wave.at)}", line="lg-wave", ink="lg-wave-ink")
            for wave in self.shown.waves
        ]
        at_once: dict[datetime, dict[str, None]] = {}
        for turn in (turn for turn in self.shown.turns if not turn.end.wave):
            name = self.labels.systems.get(turn.end.system) or turn.end.system
            at_once.setdefault(turn.at, {})[name] = None
        for at, names in at_once.items():
            label = f"{_few(list(names))} {self._short(at)}"
            found.append(Flag(at=at, label=label, line="lg-flag", ink="lg-soft"))
        for move in self.shown.relocations:
            label = f"{self._word('move')} {move.what} {self._short(move.at)}"
            found.append(Flag(at=move.at, label=label, line="lg-flag", ink="lg-faint"))
        if self.now is not None and self.shown.start <= self.now < self.shown.end:
            found.append(Flag(at=self.now, label=self._word("today"), line="lg-now", ink="lg-ink"))
        return sorted(found, key=lambda flag: flag.at)


def _few(names: list[str]) -> str:
    more = len(names) - _NAMES
    return "・".join(names[:_NAMES]) + (f" +{more}" if more > 0 else "")


def _sign(key: str, x: float) -> str:
    """The sign of something in the key above the picture."""
    box = Box(x=x, y=_KEY, width=26, height=14).attributes
    match key:
        case "frozen":
            return tag("rect", class_="lg-ice-ground", **box) + tag("rect", class_="lg-ice", **box)
        case "wave":
            return tag("path", class_="lg-wave", d=f"M{x + 13:.1f} {_KEY - 1:.1f}V{_KEY + 16:.1f}")
        case "cutover":
            line = tag("path", class_="lg-turn", d=f"M{x + 13:.1f} {_KEY:.1f}V{_KEY + 14:.1f}")
            return tag("rect", class_="lg-standard", rx=2.5, **box) + line
        case "former":
            thin = Box(x=x, y=_KEY + 9, width=26, height=5).attributes
            return tag("rect", class_="lg-ghost-transition", **thin)
        case _:
            return tag("path", class_="lg-alarm", d=diamond(x + 13, _KEY + 7, 7))

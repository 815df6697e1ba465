"""The linkage map: systems that speak the legacy format on the left, those that moved on the right. Pure.

What crosses the middle dashed is converted, and so has a place of its own there.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import chain

from gateway.drawing.palette import PHASES, STYLE, WORDS, Language
from gateway.drawing.svg import drawing, fitted, hint, tag, text, width
from gateway.model import Format, Phase

WIDE = 1240.0
_TOP, _MARGIN = 128.0, 24.0
_COLUMNS = {Format.LEGACY: 184.0, Format.STANDARD: 836.0}
_BOX = 220.0
_GATE, _GATE_WIDE = 560.0, 120.0
_PORT, _LEAST, _GAP = 11.0, 34.0, 12.0
_SLOT = 16.0
_NAMED = 40
_SWEEPS = 6
_REACH, _ARCS = 36.0, 110.0
_CHIP, _LONGEST = 10.0, 150.0
_EDGE = 6.0


@dataclass(frozen=True, kw_only=True)
class Node:
    """A system, and the format that it speaks."""

    name: str
    title: str
    speaks: Format


@dataclass(frozen=True, kw_only=True)
class Edge:
    """A route between two systems. ``label`` is short: its linkage ID."""

    name: str
    source: str
    to: str
    phase: Phase
    label: str = ""


@dataclass(frozen=True, kw_only=True)
class Line:
    """Routes of one direction and phase between two systems, drawn as one line."""

    source: str
    to: str
    phase: Phase
    names: tuple[str, ...]
    label: str


@dataclass(frozen=True, kw_only=True)
class _Spot:
    """Where a system stands."""

    node: Node
    y: float
    height: float


def map_svg(
    nodes: Sequence[Node], edges: Sequence[Edge], *, language: Language = "ja", title: str = ""
) -> str:
    """Draw systems and the routes between them. Routes whose systems are not among ``nodes`` are left out."""
    known = {node.name for node in nodes}
    lines = joined([edge for edge in edges if {edge.source, edge.to} <= known])
    used = {name for line in lines for name in (line.source, line.to)}
    picture = _Map(lines=lines, language=language, title=title or WORDS[language]["map"])
    return picture.drawn([node for node in nodes if node.name in used])


def joined(edges: Sequence[Edge]) -> tuple[Line, ...]:
    """One line for all routes of one direction and phase between two systems."""
    found: dict[tuple[str, str, Phase], list[Edge]] = {}
    for edge in edges:
        found.setdefault((edge.source, edge.to, edge.phase), []).append(edge)
    return tuple(
        Line(
            source=source,
            to=to,
            phase=phase,
            names=tuple(edge.name for edge in several),
            label=several[0].label if len(several) == 1 else f"× {len(several)}",
        )
        for (source, to, phase), several in sorted(found.items())
    )


@dataclass(frozen=True, kw_only=True)
class _Map:
    """One picture under way."""

    lines: tuple[Line, ...]
    language: Language
    title: str

    def drawn(self, nodes: Sequence[Node]) -> str:
        columns = self._ordered({side: [one for one in nodes if one.speaks is side] for side in Format})
        spots = {spot.node.name: spot for side in Format for spot in self._stacked(columns[side])}
        crossing = [line for line in self.lines if self._crosses(line, spots)]
        bottom = max((spot.y + spot.height for spot in spots.values()), default=_TOP)
        bottom = max(bottom, _TOP + _SLOT * (len(crossing) + 1))
        ports = self._ports(spots)
        content = [
            *self._head(),
            *self._key(),
            *self._gate(len(crossing), bottom),
            *self._through(crossing, spots, ports, bottom),
            *self._within(spots, ports),
            *chain.from_iterable(self._box(spot) for spot in spots.values()),
        ]
        routes = sum(len(line.names) for line in self.lines)
        counts = (
            f"システム {len(spots)}、経路 {routes}"
            if self.language == "ja"
            else f"{len(spots)} systems, {routes} routes"
        )
        said = f"{self.title}: {counts}"
        return drawing((WIDE, bottom + _MARGIN), self.title, said, STYLE, _TIPS, *content)

    def _crosses(self, line: Line, spots: dict[str, _Spot]) -> bool:
        return spots[line.source].node.speaks is not spots[line.to].node.speaks

    def _ordered(self, columns: dict[Format, list[Node]]) -> dict[Format, list[Node]]:
        """Each column in the order of its partners on the other side, so that lines cross seldom."""
        for _ in range(_SWEEPS):
            for side in Format:
                place = {
                    node.name: number for column in columns.values() for number, node in enumerate(column)
                }
                weights = {node.name: self._weight(node.name, place) for node in columns[side]}
                ranked = sorted((weights[node.name], node.name, node) for node in columns[side])
                columns[side] = [node for _, _, node in ranked]
        return columns

    def _weight(self, name: str, place: dict[str, int]) -> float:
        partners = [place[line.to] for line in self.lines if line.source == name]
        partners += [place[line.source] for line in self.lines if line.to == name]
        return sum(partners) / len(partners)

    def _stacked(self, column: Sequence[Node]) -> Iterator[_Spot]:
        y = _TOP
        for node in column:
            ends = sum((line.source == node.name) + (line.to == node.name) for line in self.lines)
            high = max(_LEAST, _PORT * (ends + 1))
            yield _Spot(node=node, y=y, height=high)
            y += high + _GAP

    def _ports(self, spots: dict[str, _Spot]) -> dict[tuple[Line, bool], float]:
        """The height at which each line leaves (False) and reaches (True) its systems."""
        found: dict[tuple[Line, bool], float] = {}
        for name, spot in spots.items():
            ends = [(line, False) for line in self.lines if line.source == name]
            ends += [(line, True) for line in self.lines if line.to == name]
            ends.sort(key=lambda end: spots[end[0].source if end[1] else end[0].to].y)
            for number, end in enumerate(ends, start=1):
                found[end] = spot.y + spot.height * number / (len(ends) + 1)
        return found

    def _head(self) -> Iterator[str]:
        yield text(_MARGIN, 34, self.title, class_="lg-ink", font_size=21, font_weight=700)
        words = WORDS[self.language]
        for side, key in ((Format.LEGACY, "legacy"), (Format.STANDARD, "standard")):
            middle = {"text_anchor": "middle", "font_weight": 600, "font_size": 13}
            yield text(_COLUMNS[side] + _BOX / 2, _TOP - 18, words[key], class_="lg-ink", **middle)

    def _key(self) -> Iterator[str]:
        x = _MARGIN
        count: Counter[Phase] = Counter()
        for line in self.lines:
            count[line.phase] += len(line.names)
        for phase in Phase:
            said = f"{PHASES[self.language][phase][0]} {count[phase]}"
            yield tag(
                "path",
                class_=f"lg-edge lg-edge-{phase}",
                marker_end=f"url(#lg-tip-{phase})",
                d=f"M{x:.1f} 62H{x + 34:.1f}",
            )
            yield text(x + 42, 66, said, class_="lg-ink", font_size=12.5)
            x += 66 + width(said, 12.5)

    def _gate(self, count: int, bottom: float) -> Iterator[str]:
        if count:
            high = bottom - _TOP + 12
            yield tag("rect", class_="lg-gate", x=_GATE, y=_TOP - 8, width=_GATE_WIDE, height=high, rx=8)
            middle = {"text_anchor": "middle", "font_weight": 600, "font_size": 13}
            yield text(
                _GATE + _GATE_WIDE / 2, _TOP - 18, WORDS[self.language]["gateway"], class_="lg-ink", **middle
            )

    def _through(
        self,
        crossing: Sequence[Line],
        spots: dict[str, _Spot],
        ports: dict[tuple[Line, bool], float],
        bottom: float,
    ) -> Iterator[str]:
        """The lines that are converted, each through a place of its own in the middle."""
        ordered = sorted(crossing, key=lambda line: ports[line, False] + ports[line, True])
        step = (bottom - _TOP) / (len(ordered) + 1)
        for number, line in enumerate(ordered, start=1):
            middle = _TOP + step * number
            down = spots[line.source].node.speaks is Format.STANDARD
            left, right = (
                (ports[line, True], ports[line, False]) if down else (ports[line, False], ports[line, True])
            )
            edge, far = _COLUMNS[Format.LEGACY] + _BOX, _COLUMNS[Format.STANDARD]
            path = _wave(edge, left, _GATE, middle) + f"H{_GATE + _GATE_WIDE:.1f}"
            path += _wave(_GATE + _GATE_WIDE, middle, far, right).replace("M", "L", 1)
            yield self._line(line, path, backwards=down)
            yield from self._chip(line, _GATE + _GATE_WIDE / 2, middle, "middle")

    def _within(self, spots: dict[str, _Spot], ports: dict[tuple[Line, bool], float]) -> Iterator[str]:
        """The lines between systems of one column, as arcs outside it; their labels above all of them."""
        chips: list[str] = []
        for side in Format:
            arcs = [
                line
                for line in self.lines
                if spots[line.source].node.speaks is side is spots[line.to].node.speaks
            ]
            arcs.sort(key=lambda line: abs(ports[line, False] - ports[line, True]))
            for number, line in enumerate(arcs, start=1):
                reach = _REACH + (_ARCS - _REACH) * number / len(arcs)
                start, end = ports[line, False], ports[line, True]
                edge = _COLUMNS[side] if side is Format.LEGACY else _COLUMNS[side] + _BOX
                apex = edge - reach if side is Format.LEGACY else edge + reach
                bend = edge + (apex - edge) * 4 / 3
                path = f"M{edge:.1f} {start:.1f}C{bend:.1f} {start:.1f} {bend:.1f} {end:.1f} {edge:.1f} {end:.1f}"
                yield self._line(line, path)
                anchor = "end" if side is Format.LEGACY else "start"
                chips += self._chip(line, apex + (-4 if anchor == "end" else 4), (start + end) / 2, anchor)
        yield from chips

    def _line(self, line: Line, path: str, *, backwards: bool = False) -> str:
        tip = {"marker_start" if backwards else "marker_end": f"url(#lg-tip-{line.phase})"}
        said = f"{line.source} → {line.to}: {', '.join(line.names)} ({PHASES[self.language][line.phase][0]})"
        thick = min(1.6 + 0.5 * (len(line.names) - 1), 5.0)
        drawn = {"class_": f"lg-edge lg-edge-{line.phase}", "stroke_width": thick, "d": path}
        return tag("path", hint(said), **drawn, **tip)

    def _chip(self, line: Line, x: float, y: float, anchor: str) -> Iterator[str]:
        """The linkage ID on a line, where there are few enough lines to read them."""
        if not line.label or (len(self.lines) > _NAMED and len(line.names) == 1):
            return
        label = fitted(line.label, _CHIP, _LONGEST)
        wide = width(label, _CHIP) + 8
        left = x - wide / 2 if anchor == "middle" else x - wide if anchor == "end" else x
        left = min(max(left, _EDGE), WIDE - _EDGE - wide)
        yield tag("rect", class_="lg-chip", x=left, y=y - 7, width=wide, height=14, rx=3)
        yield text(left + 4, y + 3.6, label, class_="lg-ink", font_size=_CHIP)

    def _box(self, spot: _Spot) -> Iterator[str]:
        node, x = spot.node, _COLUMNS[spot.node.speaks]
        kind = "lg-node-standard" if node.speaks is Format.STANDARD else "lg-node"
        yield tag("rect", hint(node.name), class_=kind, x=x, y=spot.y, width=_BOX, height=spot.height, rx=6)
        middle = {"text_anchor": "middle"}
        name = fitted(node.title or node.name, 13, _BOX - 16)
        y = spot.y + spot.height / 2
        yield text(
            x + _BOX / 2,
            y + (0 if node.title else 4),
            name,
            class_="lg-ink",
            font_size=13,
            font_weight=600,
            **middle,
        )
        if node.title:
            yield text(
                x + _BOX / 2,
                y + 13,
                fitted(node.name, 10, _BOX - 16),
                class_="lg-faint",
                font_size=10,
                **middle,
            )


def _wave(x: float, y: float, end: float, to: float) -> str:
    """A smooth line that leaves and arrives level."""
    half = (x + end) / 2
    return f"M{x:.1f} {y:.1f}C{half:.1f} {y:.1f} {half:.1f} {to:.1f} {end:.1f} {to:.1f}"


_TIPS = "".join(
    f'<marker id="lg-tip-{phase}" viewBox="0 0 8 8" refX="7.4" refY="4" markerWidth="10" markerHeight="10" '
    f'orient="auto-start-reverse" markerUnits="userSpaceOnUse">'
    f'<path class="lg-tip-{phase}" d="M0 0.6 7.4 4 0 7.4z"/></marker>'
    for phase in Phase
)

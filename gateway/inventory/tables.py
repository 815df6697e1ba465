"""Inventories as Markdown and Mermaid, for documents. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict

from gateway.inventory.entry import COLUMNS, Entry

_SHOWN = (
    "linkage_id", "branch", "name", "direction", "partner", "method", "supplied", "route", "phase", "from_date",
    "to_date", "taken", "remarks",
)  # fmt: skip
_ARROWS = {"現行": "-->", "過渡期": "-.->", "標準化後": "==>"}


def markdown(entries: Sequence[Entry]) -> str:
    """A table of the columns that fit on a page."""
    columns = [column for column in COLUMNS if column.key in _SHOWN]
    lines = [_row(column.heading for column in columns), _row("---" for _ in columns)]
    lines += [_row(_escaped(asdict(entry)[column.key]) for column in columns) for entry in entries]
    return "\n".join(lines) + "\n"


def _row(cells: Iterator[str]) -> str:
    return f"| {' | '.join(cells)} |"


def _escaped(value: str) -> str:
    return re.sub(r"([\\`*_|<>\[\]])", r"\\\1", " ".join(value.split()))


def mermaid(entries: Sequence[Entry], titles: Mapping[str, str]) -> str:
    """A flow chart: systems by name with ``titles``, an arrow for each route; dashed in transition, thick after it."""
    names = sorted({name for entry in entries for name in (entry.source, entry.target)})
    nodes = {name: f"s{number}" for number, name in enumerate(names)}
    lines = ["flowchart LR"]
    lines += [f'    {nodes[name]}["{_quoted(titles.get(name) or name)}"]' for name in names]
    for entry in entries:
        label = "-".join(filter(None, (entry.linkage_id, entry.branch))) or entry.route
        arrow = _ARROWS.get(entry.phase, "-->")
        lines.append(
            f'    {nodes[entry.source]} {arrow}|"{_quoted(label)} {entry.phase}"| {nodes[entry.target]}'
        )
    return "\n".join(lines) + "\n"


def _quoted(text: str) -> str:
    """A text within quotes of Mermaid, which knows numbered characters."""
    return "".join(f"#{ord(one)};" if one in '"#;<>|`\\' else one for one in " ".join(text.split()))

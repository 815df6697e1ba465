"""First versions of routes and mappings, for people to complete: what is known is filled in, what is not is marked.

Pure: texts come back. What is unsure is never active: it stands in a comment until a person has decided.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from difflib import SequenceMatcher
from unicodedata import normalize

from gateway.config import MayUse, System
from gateway.config.words import OPEN
from gateway.cutover import EndFormat, formats_met
from gateway.formats import Layout
from gateway.formats.layouts.leaves import Leaf
from gateway.model import Format

_ALIKE = 0.5
_WRITTEN_APART = "型と並びからの推測 / guessed by kind and order alone"
_KINDS = {
    "text": "text", "X": "text", "N": "text",
    "zoned": "number", "packed": "number", "binary": "number", "float": "number",
    "9": "number", "9V": "number", "S9": "number",
    "date": "date", "DATE": "date", "YEAR": "date", "TIME": "time",
}  # fmt: skip
_DIGITS_OF_DATES = (6, 7, 8)
_KANA = "カナ"
_READING = re.compile("読み仮名|読みがな|振り仮名|フリガナ|ふりがな|仮名|かな")
_SEPARATORS = str.maketrans("", "", "_- .")


@dataclass(frozen=True, kw_only=True)
class RouteWish:
    """What is known of a route that is to be written.

    Attributes:
        linkage: keys of ``linkage`` and their texts.
        notes: lines for people, which become comments.
    """

    name: str
    vendor: str
    source: str = ""
    to: str = ""
    title: str = ""
    linkage: Mapping[str, str] = field(default_factory=dict)
    notes: tuple[str, ...] = ()


def route_text(wish: RouteWish, systems: Mapping[str, System], bounds: MayUse) -> str:
    """A route with comments: the places that its systems need, within what its vendor may use."""
    lines = [
        f"# 経路 {wish.name}（{wish.vendor}）。{OPEN} の所を書き入れ、`linkage-gateway check` で残りを確かめる。",
        f"# Route {wish.name} of {wish.vendor}. Fill in each {OPEN}; `linkage-gateway check` says what is left.",
        *(f"# {_line_of(note)}" for note in wish.notes),
        f"title: {_quoted(wish.title or OPEN)}",
        *_linkage(wish.linkage),
        *_end("from", wish.source, systems, bounds),
        *_end("to", wish.to, systems, bounds),
        "# convert: [MAPPING]                     # 対応表 / mappings, where the two layouts differ",
        "schedule: {every: 10m}                   # または / or: cron, watch, after",
        "after: keep                              # 渡したあとの元ファイル / keep | archive | delete | {move_to: ...}",
    ]
    return "\n".join(lines) + "\n"


def _linkage(linkage: Mapping[str, str]) -> Iterator[str]:
    """The identity in the inventory; without an ID nothing of it may be written, so it stays a comment."""
    mark = "" if linkage.get("id") else "# "
    if not linkage:
        yield '# linkage: {id: 001o001, branch: "00"}   # 連携ID・枝番 / as in the linkage inventory'
        return
    yield f"{mark}linkage:"
    for key, said in linkage.items():
        yield f"{mark}  {key}: {_quoted(said)}"


def _end(side: str, name: str, systems: Mapping[str, System], bounds: MayUse) -> Iterator[str]:
    system = systems.get(name)
    formats = tuple(Format) if system is None else formats_met(EndFormat(system=system.standard_from))
    yield f"{side}:"
    yield f"  system: {name or _quoted(OPEN)}{_known('', systems) if system is None else ''}"
    for format_ in formats:
        yield from _place(side, format_, bounds)


def _place(side: str, format_: Format, bounds: MayUse) -> Iterator[str]:
    endpoints = bounds.endpoints or ()
    prefix = bounds.prefixes[0] if bounds.prefixes else ""
    form = "{name}" if side == "to" else "{date:%Y%m%d}_*"
    yield f"  {format_}:"
    endpoint = endpoints[0] if len(endpoints) == 1 else _quoted(OPEN)
    yield f"    endpoint: {endpoint}{_known('', endpoints)}"
    yield f'    path: "{prefix}{OPEN}{form}"'
    yield "    # layout: LAYOUT                     # レコードの形 / absent: bytes that are never converted"
    if format_ is Format.STANDARD:
        yield "    # profile: PROFILE                   # CSVの書き方 / how the CSV is written; may be absent"
    if side == "from":
        yield "    ready: {stable: {polls: 2, quiet: 20s}}   # または / or: at-once, {marker: '{name}.done'}"
    yield "    content: differential                # 差分 / differential, 全件 / full"


def _quoted(text: str) -> str:
    """A text in double quotes, as YAML reads it back whatever is in it."""
    return json.dumps(_line_of(text), ensure_ascii=False)


def _line_of(text: str) -> str:
    """A text on one line, without characters that YAML does not take."""
    return " ".join("".join(one if one.isprintable() else " " for one in text).split())


def _known(before: str, names: Sequence[str] | Mapping[str, System]) -> str:
    return f"{before}   # {' | '.join(names)}" if names else before


@dataclass(frozen=True, kw_only=True)
class Pair:
    """Two items that may belong together.

    Attributes:
        source, target: their names.
        doubts: why a person must look at it; none: name and kind agree.
        width: the change of width that the two need, as the mapping writes it.
    """

    source: str
    target: str
    doubts: tuple[str, ...] = ()
    width: str = ""


@dataclass(frozen=True, kw_only=True)
class Proposal:
    """What two layouts have in common.

    Attributes:
        pairs: for each item of the target the one of the source that is most like it, where there is one.
        unfilled: items of the target for which nothing was found.
        uncarried: items of the source that go nowhere.
    """

    pairs: tuple[Pair, ...]
    unfilled: tuple[str, ...]
    uncarried: tuple[str, ...]


def propose(source: Layout, target: Layout) -> Proposal:
    """Pair the items of two layouts: by ID and by name, then, within one kind, by likeness of names.

    Names of copybooks are in Latin letters and those of data lists in Japanese: those are paired by kind and order.
    """
    free = {leaf.item.name: leaf for leaf in source.leaves if leaf.item.type != "filler"}
    wanted = {leaf.item.name: leaf for leaf in target.leaves if leaf.item.type != "filler"}
    likeness = [
        (_likeness(one, other), name, into) for name, one in free.items() for into, other in wanted.items()
    ]
    found: dict[str, Pair] = {}
    for alike, name, into in sorted(likeness, key=lambda found: -found[0]):
        if alike >= _ALIKE and name in free and into not in found:
            found[into] = _pair(free.pop(name), wanted[into])
    for name, into in _in_order(free, {into: leaf for into, leaf in wanted.items() if into not in found}):
        found[into] = _pair(free.pop(name), wanted[into])
    missing = (leaf for leaf in wanted.values() if leaf.item.name not in found and leaf.item.default is None)
    return Proposal(
        pairs=tuple(found[name] for name in wanted if name in found),
        unfilled=tuple(leaf.item.name for leaf in missing),
        uncarried=tuple(free),
    )


def _in_order(free: Mapping[str, Leaf], wanted: Mapping[str, Leaf]) -> list[tuple[str, str]]:
    """Guesses for items whose names cannot be compared: in one order, as many and as alike in length as can be."""
    best: list[tuple[int, list[tuple[str, str]]]] = [(0, [])] * (len(free) + 1)
    for into, other in wanted.items():
        row = best[:1]
        for at, (name, one) in enumerate(free.items(), start=1):
            fits = _fit(one, other)
            paired = [(best[at - 1][0] + fits, [*best[at - 1][1], (name, into)])] if fits else []
            row.append(max((best[at], row[-1], *paired), key=lambda found: found[0]))
        best = row
    return best[-1][1]


def _fit(one: Leaf, other: Leaf) -> int:
    """How well two items fit whose names say nothing; 0: not at all."""
    if not _may_be(one, other):
        return 0
    if _KINDS.get(other.item.type) == "date":
        return 5 if one.item.type == "date" else 4 if one.item.digits in _DIGITS_OF_DATES else 1
    return 3 if _long(one) == _long(other) else 2 if _KINDS.get(one.item.type) == "text" else 1


def _long(leaf: Leaf) -> int | None:
    """Characters or digits; a character of full width has two bytes in a record."""
    item = leaf.item
    return item.length // 2 if item.width == "full" and item.length else item.length or item.digits


def _may_be(one: Leaf, other: Leaf) -> bool:
    """Whether names say nothing and kinds fit; dates of old records are numbers."""
    kinds = _KINDS.get(one.item.type), _KINDS.get(other.item.type)
    fits = kinds[0] == kinds[1] or set(kinds) == {"number", "date"}
    return fits and _are_apart(one, other)


def _are_apart(one: Leaf, other: Leaf) -> bool:
    """Whether one name is in Latin letters and the other is not."""
    return one.item.name.isascii() != other.item.name.isascii()


def _likeness(one: Leaf, other: Leaf) -> float:
    """How much two items seem to be the same: 2 of one ID or name, up to 1 of one kind, 0 of different kinds."""
    if _is_same(one, other):
        return 2
    names = _plain(one.item.name), _plain(other.item.name)
    if _KINDS.get(one.item.type) != _KINDS.get(other.item.type) or len({_KANA in name for name in names}) > 1:
        return 0
    return SequenceMatcher(None, *names).ratio()


def _is_same(one: Leaf, other: Leaf) -> bool:
    same_id = bool(one.item.id) and one.item.id == other.item.id
    return same_id or _plain(one.item.name) == _plain(other.item.name)


def _plain(name: str) -> str:
    """A name without the differences of spelling that mean nothing; words for readings are one word."""
    plain = normalize("NFKC", name).casefold()
    return _READING.sub(_KANA, plain).translate(_SEPARATORS)


def _pair(source: Leaf, target: Leaf) -> Pair:
    doubts = []
    if not _is_same(source, target):
        doubts.append(_WRITTEN_APART if _are_apart(source, target) else "名前が違う / the names differ")
    if _KINDS.get(source.item.type) != _KINDS.get(target.item.type):
        doubts.append(f"型が違う / {source.item.type} and {target.item.type}")
    widths = _width(source), _width(target)
    width = ""
    if None not in widths and widths[0] != widths[1]:
        doubts.append("幅が違う / the widths differ")
        width = f", width: {{from: {widths[0]}, to: {widths[1]}}}"
    return Pair(source=source.item.name, target=target.item.name, doubts=tuple(doubts), width=width)


def _width(leaf: Leaf) -> str | None:
    """Half or full width, where the type says it."""
    match leaf.item.type:
        case "N":
            return "full"
        case "text" if leaf.item.width != "mixed":
            return leaf.item.width
    return None


def mapping_text(source: Layout, target: Layout, proposal: Proposal) -> str:
    """A mapping with the sure pairs as lines, and all that a person must decide as comments."""
    lines = [
        "# 「# ?」の行は推測。正しければ「# ? 」を消し、違えば直す。決まるまで check が不足を示す。",
        '# Lines with "# ?" are guesses: take "# ? " away where one is right, mend it where it is not.',
        f"from: {source.name}",
        f"to: {target.name}",
        "items:",
        *(_line(pair) for pair in proposal.pairs),
    ]
    if not any(not pair.doubts for pair in proposal.pairs):
        lines[-1:] = [
            *lines[-1:],
            f'  - {{from: "{OPEN}", to: "{OPEN}"}}   # 確かな組がない / no pair is sure',
        ]
    lines += [
        f'  # ! {name}: 見つからない / nothing found; - {{from: ..., to: {name}}} or - {{to: {name}, value: "..."}}'
        for name in proposal.unfilled
    ]
    if proposal.uncarried:
        lines.append(f"# 運ばない項目 / not carried: {', '.join(proposal.uncarried)}")
    lines += [
        "# golden:   # 変換例。check が毎回試す / worked examples, tried by check; 日付は / dates: YYYY-MM-DD",
        "#   - {given: {}, expect: {}}",
    ]
    return "\n".join(lines) + "\n"


def _line(pair: Pair) -> str:
    written = f"- {{from: {pair.source}, to: {pair.target}{pair.width}}}"
    return f"  # ? {written}   # {'; '.join(pair.doubts)}" if pair.doubts else f"  {written}"

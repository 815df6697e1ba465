"""First versions of routes out of the rows of an inventory. What a row does not say is marked, never guessed. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from unicodedata import normalize

from gateway.config import MayUse, System
from gateway.config.words import NAME_PATTERN, OPEN
from gateway.inventory.entry import COLUMNS, OURS, Entry
from gateway.scaffold import RouteWish, route_text

_IN = ("i", "in", "入", "入力", "受", "受信", "取込")
_OUT = ("o", "out", "出", "出力", "送", "送信", "提供")
_LINKAGE = {
    "linkage_id": "id", "branch": "branch", "section": "section", "group": "group", "name": "name",
    "description": "description", "kind": "kind", "review": "review", "current_id": "current_id",
    "current_system": "current_system", "supplied": "supplied", "remarks": "remarks",
}  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class Skeleton:
    """A route's file to be completed: its vendor's folder, its name, its text, and how many places are open."""

    vendor: str
    name: str
    text: str

    @property
    def open(self) -> int:
        """How many places a person must fill in."""
        return sum(line.count(OPEN) for line in self.text.splitlines() if not line.startswith("#"))


def skeletons(
    entries: Sequence[Entry],
    systems: Mapping[str, System],
    *,
    vendor: str,
    system: str = "",
    bounds: Mapping[str, MayUse] | None = None,
) -> tuple[Skeleton, ...]:
    """A skeleton for each row, two where a row goes both ways.

    ``system`` is the one whose sheet it is; rows that name both ends themselves do not need it. ``vendor`` gets the
    rows that name none.
    """
    taken: set[tuple[str, str]] = set()
    found = []
    for entry in (one for several in entries for one in _ways(several)):
        owner = entry.vendor if re.match(NAME_PATTERN, entry.vendor) else vendor
        name = _free(owner, _route_name(entry), taken)
        wish = _wish(entry, name, owner, _ends(entry, systems, system))
        text = route_text(wish, systems, (bounds or {}).get(owner, MayUse()))
        found.append(Skeleton(vendor=owner, name=name, text=text))
    return tuple(found)


def _ways(entry: Entry) -> Iterator[Entry]:
    """The row once for each direction that it has; one whose direction is not known as it is."""
    said = normalize("NFKC", entry.direction).casefold()
    parts = [part for part in re.split(r"[/、,・&\s]+", said) if part]
    ways = ["I"] * any(part in _IN for part in parts) + ["O"] * any(part in _OUT for part in parts)
    both = len(ways) > 1 and not entry.route
    for way in ways if both or len(ways) == 1 else [""]:
        yield replace(entry, direction=way)


def _route_name(entry: Entry) -> str:
    if re.match(NAME_PATTERN, entry.route):
        return entry.route
    way = {"I": "in", "O": "out"}.get(entry.direction, "")
    words = re.findall("[a-z0-9]+", f"{entry.linkage_id} {entry.branch} {way}".lower())
    return "-".join(words) or "route"


def _free(vendor: str, name: str, taken: set[tuple[str, str]]) -> str:
    free, number = name, 2
    while (vendor, free) in taken:
        free, number = f"{name}-{number}", number + 1
    taken.add((vendor, free))
    return free


def _ends(entry: Entry, systems: Mapping[str, System], own: str) -> tuple[str, str]:
    """The systems of the two ends; empty where the row does not say one that is known."""
    if entry.source in systems and entry.target in systems:
        return entry.source, entry.target
    partner = _known(entry.partner, systems)
    match entry.direction:
        case "I":
            return partner, own
        case "O":
            return own, partner
    return "", ""


def _known(said: str, systems: Mapping[str, System]) -> str:
    """The system that a sheet means by its title or name; empty if none or several could be meant."""
    plain = _plain(said)
    exact = [
        name for name, system in systems.items() if plain and plain in (_plain(name), _plain(system.title))
    ]
    return exact[0] if len(exact) == 1 else ""


def _plain(text: str) -> str:
    return "".join(normalize("NFKC", text).casefold().split())


def _wish(entry: Entry, name: str, vendor: str, ends: tuple[str, str]) -> RouteWish:
    if entry.supplied == entry.schedule:
        entry = replace(entry, supplied="")  # it was made out of the schedule
    return RouteWish(
        name=name,
        vendor=vendor,
        source=ends[0],
        to=ends[1],
        title=entry.title or entry.name,
        linkage={_LINKAGE[key]: value for key, value in asdict(entry).items() if key in _LINKAGE and value},
        notes=tuple(_notes(entry, ends)),
    )


def _notes(entry: Entry, ends: tuple[str, str]) -> Iterator[str]:
    """What the row says and a route has no key for, so that nothing of it is lost."""
    values = asdict(entry)
    ours = False
    for column in COLUMNS:
        ours = ours or column.key == OURS
        said = values[column.key]
        if said and not ours and column.key not in _LINKAGE:
            yield f"{column.heading}: {said}"
    if not all(ends):
        yield "連携先に当たるシステムが systems.yaml に見つからない / no system of systems.yaml has that name"

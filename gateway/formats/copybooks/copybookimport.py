"""Copybooks written out as commented YAML layouts."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from gateway.formats.copybooks.copybook import Entry, read_copybook
from gateway.formats.faults import FormatFault, FormatFaults

_NUMBER = re.compile(r"S?P*9*V?P*9*P*")
_TEXT = re.compile(r"[XA9B/0]+")
_RUN = re.compile(r"(.)\1{2,}")
_NATIONAL = re.compile(r"[NG]+")
_BINARY_SIZES = ((4, 2), (9, 4), (18, 8))
_NUMERIC = {"packed", "packed-unsigned", "binary", "native"}
_MOST_OCCURS = 10_000
_ALIGNMENTS = {2: 2, 4: 4, 8: 4}
_DOUBLE_ALIGNMENT = 8


@dataclass(frozen=True, kw_only=True)
class Shape:
    """What an elementary entry is in a layout: its keys, its bytes, and on what it is aligned."""

    keys: dict[str, Any]
    size: int
    alignment: int = 1


UNSAID = "encoding:   # 写し句からは分からない。文字コードを書く / a copybook does not say it: cp932, jef, ibm930 ..."
"""The line of a layout whose character code nobody said: no gateway takes it as it is."""


def import_copybook(text: str, *, source: str, encoding: str = "", free: bool = False) -> str:
    """The YAML text of a layout; raises ``FormatFaults`` with line numbers. ``encoding`` empty: see ``UNSAID``.

    Redefinitions are written as comments: a copybook does not say which item tells them apart.
    """
    record = read_copybook(text, name=source, free=free)
    writer = _Writer(source, record.name)
    lines = list(writer.items(record.children or [record], "  "))
    if writer.faults:
        raise FormatFaults(tuple(writer.faults))
    head = [
        f"# From the copybook {source}, record {record.name}.",
        f"title: {json.dumps(record.name, ensure_ascii=False)}",
        "records: fixed",
        f"length: {writer.at}",
        f"encoding: {encoding}" if encoding else UNSAID,
        "items:",
    ]
    return "\n".join([*head, *lines]) + "\n"


class _Writer:
    """Writes entries as items and keeps the byte position."""

    def __init__(self, source: str, record: str) -> None:
        self._source, self._record = source, record.upper()
        self.at = 0
        self.faults: list[FormatFault] = []
        self._path: list[str] = []
        self._known: list[str] = []
        self._within_table = False

    def _fault(self, entry: Entry, message: str) -> None:
        self.faults.append(
            FormatFault(model="layout", name=self._source, location=(entry.line,), message=message)
        )

    def items(self, entries: list[Entry], indent: str) -> Iterator[str]:
        """The lines of some entries."""
        starts: dict[str, int] = {}
        self._check_names(entries)
        for entry in entries:
            if not entry.redefines:
                yield from self._slack(entry, indent)
            starts.setdefault(entry.name.upper(), starts.get(entry.redefines.upper(), self.at))
            if entry.redefines:
                yield from self._redefinition(entry, indent, starts.get(entry.redefines.upper()))
            else:
                yield from self._entry(entry, indent)

    def _check_names(self, entries: list[Entry]) -> None:
        names = [entry.name.upper() for entry in entries]
        for number, entry in enumerate(entries):
            if names[number] != "FILLER" and names[number] in names[:number]:
                self._fault(entry, f"{entry.name} stands twice in one group; rename one of them")
            if entry.occurs > _MOST_OCCURS:
                self._fault(entry, f"{entry.name} occurs more than {_MOST_OCCURS} times")

    def _slack(self, entry: Entry, indent: str) -> Iterator[str]:
        """Slack bytes before an item or group that begins with a SYNC item: they belong to what the entry stands in."""
        first = entry
        while first.children:
            first = first.children[0]
        slack = -self.at % self._alignment(first)
        if slack:
            yield f"{indent}- {{type: filler, length: {slack}, fill: low}}   # SYNC"
            self.at += slack

    def _redefinition(self, entry: Entry, indent: str, start: int | None) -> Iterator[str]:
        end = self.at
        if start is None:
            self._fault(entry, f"redefines {entry.redefines}, which is no item of this group before it")
            return
        self.at = start
        yield f"{indent}# {entry.name} redefines {entry.redefines}: state `when`, and remove the number signs."
        for line in self._entry(entry, indent, redefines=entry.redefines):
            yield f"{indent}# {line.removeprefix(indent)}"
        if self.at > end:
            longer = f"{self.at - end} bytes longer than {entry.redefines}"
            message = f"{entry.name} is {longer}; lengthen that with a FILLER"
            self._fault(entry, message)
        self.at = end

    def _entry(self, entry: Entry, indent: str, *, redefines: str = "") -> Iterator[str]:
        for remark in entry.remarks:
            yield f"{indent}# {remark}"
        if entry.children:
            yield from self._group(entry, indent, redefines)
        else:
            yield from self._elementary(entry, indent, redefines)

    def _group(self, entry: Entry, indent: str, redefines: str) -> Iterator[str]:
        if entry.picture:
            message = (
                f"{entry.name} has a picture and items below it; is a period missing, or beyond column 72?"
            )
            self._fault(entry, message)
        if entry.depends_on and self._within_table:
            self._fault(entry, f"{entry.name}: a table of variable length cannot stand in another one")
        keys = {"name": self._name(entry), "type": "group"} | self._structure(entry, redefines)
        start, outer = self.at, self._within_table
        self._within_table = outer or bool(entry.depends_on)
        self._path.append(self._name(entry) + ("()" if entry.occurs else ""))
        inside = list(self.items(entry.children, f"{indent}    "))
        self._path.pop()
        self._within_table = outer
        slack = -(self.at - start) % self._alignment(entry) if entry.occurs else 0
        if slack:
            inside.append(f"{indent}    - {{type: filler, length: {slack}, fill: low}}   # SYNC")
        size = self.at - start + slack
        self.at = start + size * (entry.occurs or 1)
        for number, (key, value) in enumerate(keys.items()):
            yield f"{indent}{'- ' if number == 0 else '  '}{key}: {_written(value)}"
        yield f"{indent}  items:"
        yield from inside

    def _elementary(self, entry: Entry, indent: str, redefines: str) -> Iterator[str]:
        try:
            shape = shape_of(entry)
        except ValueError as error:
            self._fault(entry, str(error))
            return
        first = self.at + 1
        self.at += shape.size * (entry.occurs or 1)
        keys = self._keys(entry, shape, redefines)
        body = ", ".join(f"{key}: {_written(value)}" for key, value in keys.items())
        said = f"{first}-{self.at} {_short(entry.picture)}".rstrip()
        yield f"{indent}- {{{body}}}   # {said}{_perhaps_a_date(shape)}"

    def _keys(self, entry: Entry, shape: Shape, redefines: str) -> dict[str, Any]:
        if entry.name.upper() == "FILLER" and not redefines:
            return {"type": "filler", "length": shape.size * (entry.occurs or 1)}
        self._known.append(".".join([*self._path, entry.name]))
        return {"name": self._name(entry)} | shape.keys | self._structure(entry, redefines)

    def _counting(self, written: str) -> str:
        """The path of the item that a table depends on, where only one before it can be meant."""
        *groups, name = written.upper().split(".")
        fitting = [
            path
            for path in self._known
            if path.upper().split(".")[-1] == name
            and set(groups) <= {self._record, *path.upper().split(".")[:-1]}
        ]
        return fitting[0] if len(fitting) == 1 and "()" not in fitting[0] else written

    def _structure(self, entry: Entry, redefines: str) -> dict[str, Any]:
        keys: dict[str, Any] = {"occurs": entry.occurs} if entry.occurs else {}
        keys |= {"depends_on": self._counting(entry.depends_on)} if entry.depends_on else {}
        return keys | ({"redefines": redefines, "when": {"item": "...", "is": ["..."]}} if redefines else {})

    @staticmethod
    def _name(entry: Entry) -> str:
        return f"FILLER-{entry.line}" if entry.name.upper() == "FILLER" else entry.name

    def _alignment(self, entry: Entry) -> int:
        if entry.children:
            return max(self._alignment(child) for child in entry.children)
        try:
            return shape_of(entry).alignment
        except ValueError:
            return 1


def _perhaps_a_date(shape: Shape) -> str:
    """What to write for a number that may be a date, which a copybook does not say."""
    digits = (
        shape.keys.get("digits") if shape.keys["type"] == "zoned" and "signed" not in shape.keys else None
    )
    form = {6: "YYMMDD", 7: "GYYMMDD", 8: "YYYYMMDD"}.get(digits or 0)
    return f"; 日付なら / a date? type: date, form: {form}" if form else ""


def _short(picture: str) -> str:
    """A picture with its repetitions counted again."""
    return _RUN.sub(lambda run: f"{run[1]}({len(run[0])})", picture)


def _written(value: object) -> str:
    """A YAML flow value; JSON is one."""
    plain = (
        isinstance(value, str) and re.fullmatch(r"[^\W\d][\w-]*", value) and value.lower() not in _RESERVED
    )
    return str(value) if plain else json.dumps(value, ensure_ascii=False)


_RESERVED = {"yes", "no", "on", "off", "true", "false", "null", "y", "n"}


def shape_of(entry: Entry) -> Shape:
    """What an elementary entry is; raises ValueError for a picture that is not understood."""
    if entry.usage in {"float", "double", "index"}:
        return _without_picture(entry)
    picture = entry.picture
    if not picture:
        raise ValueError(f"{entry.name} has neither a picture nor items")
    is_national = bool(_NATIONAL.fullmatch(picture))
    is_number = bool(_NUMBER.fullmatch(picture)) and "9" in picture
    fitting = {None, "national"} if is_national else {None, "display"} | (_NUMERIC if is_number else set())
    if entry.usage not in fitting and not (is_national and entry.usage == "display"):
        raise ValueError(f"{entry.name}: this USAGE with the picture {_short(picture)} is not understood")
    if is_national:
        return Shape(
            keys={"type": "text", "length": len(picture) * 2, "width": "full"}, size=len(picture) * 2
        )
    if is_number:
        return _number(entry)
    if not _TEXT.fullmatch(picture) and not set(picture) <= set("9ZB0/,.*$+-CDRV¥\\P"):
        raise ValueError(f"the picture {picture} is not understood")
    return _text(entry)


def _without_picture(entry: Entry) -> Shape:
    if entry.usage == "index":
        return Shape(keys={"type": "binary", "length": 4}, size=4, alignment=4 if entry.sync else 1)
    size = 4 if entry.usage == "float" else _DOUBLE_ALIGNMENT
    return Shape(keys={"type": "float", "length": size}, size=size, alignment=size if entry.sync else 1)


def _text(entry: Entry) -> Shape:
    size = len(entry.picture.replace("V", "").replace("P", ""))
    width = {} if _TEXT.fullmatch(entry.picture) else {"width": "half"}
    right = {"justify": "right"} if entry.right else {}
    return Shape(keys={"type": "text", "length": size} | width | right, size=size)


def _number(entry: Entry) -> Shape:
    picture = entry.picture
    digits = picture.count("9")
    if digits > _BINARY_SIZES[-1][0] + 13:
        raise ValueError(f"{entry.name} has more than 31 digits")
    keys: dict[str, Any] = {"digits": digits} | _point(picture)
    keys |= {"signed": True} if picture.startswith("S") else {}
    keys |= {"meanings": {"blank": "0"}} if entry.blank_zero else {}
    match entry.usage:
        case "packed":
            return Shape(keys={"type": "packed"} | keys, size=digits // 2 + 1)
        case "packed-unsigned":
            return Shape(keys={"type": "packed"} | keys | {"sign_nibble": False}, size=(digits + 1) // 2)
        case "binary" | "native":
            return _binary(entry, keys, digits)
        case _:
            return _zoned(entry, keys, digits)


def _point(picture: str) -> dict[str, int]:
    """Decimals; P before the digits counts as decimals, P after them as zeros that are not stored."""
    before, point, after = picture.removeprefix("S").partition("V")
    if point:
        decimals = len(after) if "9" in after or "P" not in after else 0
        decimals -= before.count("P") if before.endswith("P") and not after else 0
    elif before.startswith("P"):
        decimals = len(before)
    else:
        decimals = -before.count("P")
    return {"decimals": decimals} if decimals else {}


def _binary(entry: Entry, keys: dict[str, Any], digits: int) -> Shape:
    size = next((size for most, size in _BINARY_SIZES if digits <= most), 0)
    if not size:
        raise ValueError(f"{entry.name}: a binary item has 18 digits at most")
    native = entry.usage == "native"  # the bytes count, beyond the picture's digits too
    keys = {"type": "binary", "length": size} | {
        key: keys[key] for key in keys if not native or key != "digits"
    }
    return Shape(keys=keys, size=size, alignment=_ALIGNMENTS[size] if entry.sync else 1)


def _zoned(entry: Entry, keys: dict[str, Any], digits: int) -> Shape:
    signed = "signed" in keys
    sign = {"sign": entry.sign} if signed and entry.sign and entry.sign != "trailing" else {}
    separate = signed and entry.sign.endswith("separate")
    return Shape(keys={"type": "zoned"} | keys | sign, size=digits + separate)

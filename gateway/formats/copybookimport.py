"""Copybooks written out as commented YAML layouts."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from gateway.formats.copybook import Entry, read_copybook
from gateway.formats.faults import FormatFault, FormatFaults

_NUMBER = re.compile(r"S?P*9*V?P*9*P*")
_TEXT = re.compile(r"[XA9B/0]+")
_RUN = re.compile(r"(.)\1{2,}")
_NATIONAL = re.compile(r"[NG]+")
_BINARY_SIZES = ((4, 2), (9, 4), (18, 8))
_ALIGNMENTS = {2: 2, 4: 4, 8: 4}
_DOUBLE_ALIGNMENT = 8


@dataclass(frozen=True, kw_only=True)
class Shape:
    """What an elementary entry is in a layout: its keys, its bytes, and on what it is aligned."""

    keys: dict[str, Any]
    size: int
    alignment: int = 1


def import_copybook(text: str, *, source: str, encoding: str, free: bool = False) -> str:
    """The YAML text of a layout; raises ``FormatFaults`` with line numbers.

    Redefinitions are written as comments: a copybook does not say which item tells them apart.
    """
    record = read_copybook(text, name=source, free=free)
    writer = _Writer(source)
    lines = list(writer.items(record.children or [record], "  "))
    if writer.faults:
        raise FormatFaults(tuple(writer.faults))
    head = [
        f"# From the copybook {source}, record {record.name}.",
        f"title: {json.dumps(record.name, ensure_ascii=False)}",
        "records: fixed",
        f"length: {writer.at}",
        f"encoding: {encoding}",
        "items:",
    ]
    return "\n".join([*head, *lines]) + "\n"


class _Writer:
    """Writes entries as items and keeps the byte position."""

    def __init__(self, source: str) -> None:
        self._source = source
        self.at = 0
        self.faults: list[FormatFault] = []

    def _fault(self, entry: Entry, message: str) -> None:
        self.faults.append(
            FormatFault(model="layout", name=self._source, location=(entry.line,), message=message)
        )

    def items(self, entries: list[Entry], indent: str) -> Iterator[str]:
        """The lines of some entries."""
        for entry in entries:
            if entry.redefines:
                yield from self._redefinition(entry, indent)
            else:
                yield from self._entry(entry, indent)

    def _redefinition(self, entry: Entry, indent: str) -> Iterator[str]:
        start = self.at
        yield f"{indent}# {entry.name} redefines {entry.redefines}: state `when`, and remove the number signs."
        for line in self._entry(entry, indent, redefines=entry.redefines):
            yield f"{indent}# {line.removeprefix(indent)}"
        self.at = start

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
        start = self.at
        inside = list(self.items(entry.children, f"{indent}    "))
        slack = -(self.at - start) % self._alignment(entry) if entry.occurs else 0
        if slack:
            inside.append(f"{indent}    - {{type: filler, length: {slack}, fill: low}}   # SYNC")
        size = self.at - start + slack
        self.at = start + size * (entry.occurs or 1)
        keys = {"name": self._name(entry), "type": "group"} | self._structure(entry, redefines)
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
        slack = -self.at % shape.alignment
        if slack:
            yield f"{indent}- {{type: filler, length: {slack}, fill: low}}   # SYNC"
            self.at += slack
        first = self.at + 1
        self.at += shape.size * (entry.occurs or 1)
        keys = self._keys(entry, shape, redefines)
        body = ", ".join(f"{key}: {_written(value)}" for key, value in keys.items())
        yield f"{indent}- {{{body}}}   # {first}-{self.at} {_short(entry.picture)}".rstrip()

    def _keys(self, entry: Entry, shape: Shape, redefines: str) -> dict[str, Any]:
        if entry.name.upper() == "FILLER":
            return {"type": "filler", "length": shape.size * (entry.occurs or 1)}
        return {"name": entry.name} | shape.keys | self._structure(entry, redefines)

    @staticmethod
    def _structure(entry: Entry, redefines: str) -> dict[str, Any]:
        keys: dict[str, Any] = {"occurs": entry.occurs} if entry.occurs else {}
        keys |= {"depends_on": entry.depends_on} if entry.depends_on else {}
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
    if _NATIONAL.fullmatch(picture):
        return Shape(
            keys={"type": "text", "length": len(picture) * 2, "width": "full"}, size=len(picture) * 2
        )
    if _NUMBER.fullmatch(picture) and "9" in picture:
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
    match entry.usage:
        case "packed":
            return Shape(keys={"type": "packed"} | keys, size=digits // 2 + 1)
        case "packed-unsigned":
            return Shape(keys={"type": "packed"} | keys | {"sign_nibble": False}, size=(digits + 1) // 2)
        case "binary":
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
    keys = {"type": "binary", "length": size} | {key: keys[key] for key in keys if key != "digits"}
    return Shape(keys=keys, size=size, alignment=_ALIGNMENTS[size] if entry.sync else 1)


def _zoned(entry: Entry, keys: dict[str, Any], digits: int) -> Shape:
    signed = "signed" in keys
    sign = {"sign": entry.sign} if signed and entry.sign and entry.sign != "trailing" else {}
    separate = signed and entry.sign.endswith("separate")
    return Shape(keys={"type": "zoned"} | keys | sign, size=digits + separate)

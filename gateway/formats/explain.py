"""One record taken apart before somebody's eyes: bytes, item, value, rule, and what becomes of it.

This shows what stands in a record. It is for an operator who asks for one record of one file, never for a log.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from gateway.formats.compression import reading
from gateway.formats.conversion import Converter
from gateway.formats.faults import BadValueError, FaultList
from gateway.formats.layouts.item import Item
from gateway.formats.mappings.lines import Step
from gateway.formats.ondisk import AnyFile
from gateway.formats.records import Frame
from gateway.formats.values.fields import Losses


@dataclass(frozen=True, kw_only=True)
class Explained:
    """One item of a record.

    ``raw`` are its bytes in the file from ``offset`` on. ``read_as`` says how they are read, in the words of the
    layout. ``value`` is what they mean, or None with the ``rule`` that they break. ``becomes`` are the target's items
    and their values, ``lines`` the numbers of the mapping's lines that make them, from 1; a line that fails gives its
    rule in ``rule``.
    """

    item: str
    offset: int
    raw: bytes
    read_as: str
    value: str | None
    rule: str = ""
    message: str = ""
    becomes: tuple[tuple[str, str], ...] = ()
    lines: tuple[int, ...] = ()


def explain(converter: Converter, path: AnyFile, record: int) -> tuple[Explained, ...]:
    """Every item of one record (from 1, headers counted as in reports); nothing if the file has no such record."""
    with reading(path, converter.source) as stream:
        for frame in converter.source.frames(stream, FaultList()):
            if frame.number == record:
                return tuple(_items(converter, frame))
    return ()


def _items(converter: Converter, frame: Frame) -> Iterator[Explained]:
    values: dict[int, str] = {}
    shown: list[tuple[int, int, bytes, BadValueError | None]] = []
    for cell in converter.source.cells(frame):
        error = None
        try:
            values[cell.index] = converter.source.value_of(cell)
        except BadValueError as found:
            error = found
        shown.append((cell.index, cell.offset, cell.raw, error))
    for index, offset, raw, error in shown:
        yield _explained(converter, values, index, (offset, raw), error)


def _explained(
    converter: Converter,
    values: dict[int, str],
    index: int,
    found: tuple[int, bytes],
    error: BadValueError | None,
) -> Explained:
    becomes: list[tuple[str, str]] = []
    known = [step for step in converter.steps if index in step.sources and values.keys() >= step.needs]
    steps = [step for step in known if step.applies(values)]
    try:
        for step in steps:
            becomes += _targets(converter, step, [values[source] for source in step.sources])
    except BadValueError as wrong:
        error = wrong
    item = converter.source.layout.leaves[index].item
    return Explained(
        item=item.label,
        read_as=_read_as(item),
        lines=tuple(step.line + 1 for step in steps),
        offset=found[0],
        raw=found[1],
        value=values.get(index),
        rule=error.rule if error else "",
        message=str(error) if error else "",
        becomes=tuple(becomes),
    )


_SAID = frozenset(
    {
        "digits",
        "decimals",
        "signed",
        "sign",
        "overpunch",
        "sign_nibble",
        "order",
        "form",
        "eras",
        "coding",
        "width",
    }
    | {"justify", "length", "meanings"}
)
"""Keys of an item that decide how its bytes are read."""


def _read_as(item: Item) -> str:
    """The type and what the layout says beside it, such as ``zoned, digits 5, signed``."""
    said = item.model_dump(include=set(_SAID), exclude_defaults=True)
    return ", ".join([item.type, *(_said(key, value) for key, value in said.items())])


def _said(key: str, value: object) -> str:
    if value is True:
        return key
    if isinstance(value, dict):
        return f"{key} {' '.join(f'{one}={meaning}' for one, meaning in value.items())}"
    return f"{key} {' '.join(map(str, value)) if isinstance(value, tuple | list) else value}"


def _targets(converter: Converter, step: Step, values: Sequence[str]) -> Iterator[tuple[str, str]]:
    for target, value in zip(step.targets, converter.changed(step, values, Losses()), strict=False):
        yield converter.target.layout.leaves[target].item.label, converter.target.stored(target, value)

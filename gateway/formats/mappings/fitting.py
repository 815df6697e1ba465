"""Lines that no file can go through: constants and kinds of values that an item cannot hold. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from gateway.formats.faults import BadValueError, FormatFault, FormatFaults
from gateway.formats.layouts.layout import Layout
from gateway.formats.mappings.lines import Direction, Step
from gateway.formats.mappings.mapping import Mapping

Stored = Callable[[int, str], str]
"""What an item, by its index, reads as after a value was written into it; raises ``BadValueError``."""

Steps = Sequence[Step]
Way = tuple[Direction, Steps, Stored]
"""One way through a mapping, its lines, and what the items at its end hold."""

_KINDS = {
    "zoned": "a number", "packed": "a number", "binary": "a number", "float": "a number",
    "9": "a number", "9V": "a number", "S9": "a number",
    "date": "a date", "DATE": "a date", "TIME": "a time",
}  # fmt: skip
"""Types whose values are written in one way alone. Texts and years may hold what others hold."""


def require_fitting(mapping: Mapping, *ways: Way) -> None:
    """Raise ``FormatFaults`` with every line that would hold each file, once a line."""
    found = [fault for way in ways for fault in _misfits(mapping, *way)]
    told = {fault.location[:2]: fault for fault in reversed(found)}
    if told:
        raise FormatFaults(tuple(fault for fault in found if told[fault.location[:2]] is fault))


def _misfits(mapping: Mapping, direction: Direction, steps: Steps, stored: Stored) -> Iterator[FormatFault]:
    for step in steps:
        for key, message in (*_constants(step, mapping, direction.target, stored), *_kinds(step, direction)):
            location = ("items", step.line, key)
            yield FormatFault(model="mapping", name=mapping.name, location=location, message=message)


def _constants(step: Step, mapping: Mapping, target: Layout, stored: Stored) -> Iterator[tuple[str, str]]:
    """Constants, and codes of the line or of its table, that their item cannot hold."""
    key, values = _written(step, mapping)
    for index, value in ((index, value) for index in step.targets for value in values):
        try:
            stored(index, value)
        except BadValueError as error:
            what = f"{value[:40]!r} of that table" if key == "lookup" else "this"
            yield (
                key,
                f"{target.leaves[index].item.label} of layout {target.name} cannot hold {what}: {error}",
            )


def _written(step: Step, mapping: Mapping) -> tuple[str, tuple[str, ...]]:
    """The key that says what a line writes, and every value there that is written as it stands."""
    line = mapping.items[step.line]
    if step.constant is not None:
        return "back" if line.value is None else "value", (step.constant,)
    as_they_stand = step.plain and not step.width
    return "lookup" if line.lookup else "codes", tuple(
        filter(None, step.codes.values())
    ) if as_they_stand else ()


def _kinds(step: Step, direction: Direction) -> Iterator[tuple[str, str]]:
    """Two items whose values are never the same text, joined without a change."""
    if not (step.plain and step.source is not None and step.target is not None) or step.codes or step.width:
        return
    source = direction.source.leaves[step.source].item
    target = direction.target.leaves[step.target].item
    kinds = _KINDS.get(source.type), _KINDS.get(target.type)
    if None not in kinds and kinds[0] != kinds[1]:
        message = (
            f"{source.label} is {kinds[0]} ({source.type}) and {target.label} {kinds[1]} ({target.type}); "
            f"name another item, or mend its type in layout {direction.source.name} or {direction.target.name}"
        )
        yield direction.keys()[0], message

"""Golden cases: worked examples beside a mapping, run by ``check`` and before a new version is used."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from gateway.formats.conversion import Converter
from gateway.formats.faults import BadValueError, FormatFault
from gateway.formats.mappings.lines import Step
from gateway.formats.mappings.mapping import Golden
from gateway.formats.values.fields import Losses


def run_golden(converter: Converter) -> tuple[FormatFault, ...]:
    """Every golden case that does not come out, in the direction of the converter."""
    cases = enumerate(converter.mapping.golden)
    return tuple(fault for index, case in cases for fault in _GoldenRun(converter, index, case).faults())


class _GoldenRun:
    """One case in the converter's direction."""

    def __init__(self, converter: Converter, index: int, case: Golden) -> None:
        self.converter, self.index = converter, index
        forward = converter.forward
        self.given, self.expect = (case.given, case.expect) if forward else (case.expect, case.given)
        self.keys = ("given", "expect") if forward else ("expect", "given")
        self.runs = forward or case.back

    def faults(self) -> Iterator[FormatFault]:
        """What does not come out."""
        if not self.runs:
            return
        unknown = list(self._unknown())
        impossible = [] if unknown else list(self._impossible())
        yield from (*unknown, *impossible)
        if not unknown and not impossible:
            yield from self._differences()

    def _fault(self, key: str, name: str, message: str) -> FormatFault:
        mapping = self.converter.mapping
        location = ("golden", self.index, key, name)
        return FormatFault(model="mapping", name=mapping.name, location=location, message=message)

    def _unknown(self) -> Iterator[FormatFault]:
        sides = (
            (self.keys[0], self.given, self.converter.source),
            (self.keys[1], self.expect, self.converter.target),
        )
        for key, values, form in sides:
            for name in values:
                if name not in form.layout.names():
                    yield self._fault(key, name, f"layout {form.layout.name} has no item {name}")

    def _impossible(self) -> Iterator[FormatFault]:
        """Values that are given and that no file can have, so that the example shows nothing."""
        layout = self.converter.source.layout
        for name, value in self.given.items():
            try:
                self.converter.source.stored(layout.names()[name], value)
            except BadValueError as error:
                yield self._fault(
                    self.keys[0], name, f"no file of layout {layout.name} can have this: {error}"
                )

    def _differences(self) -> Iterator[FormatFault]:
        given = _by_index(self.given, self.converter.source.layout.names())
        names = self.converter.target.layout.names()
        for name, wanted in self.expect.items():
            step = self._writer(given, names[name])
            if step is None:
                message = "no line gives this item a value out of those given"
            else:
                message = self._difference(step, given, names[name], wanted)
            if message:
                yield self._fault(self.keys[1], name, message)

    def _writer(self, given: Mapping[int, str], target: int) -> Step | None:
        """The line that writes an item of a record with these values."""
        steps = (step for step in self.converter.steps if target in step.targets)
        return next((step for step in steps if given.keys() >= step.needs and step.applies(given)), None)

    def _difference(self, step: Step, given: Mapping[int, str], index: int, wanted: str) -> str:
        stored = self.converter.target.stored
        try:
            values = self.converter.changed(step, [given[source] for source in step.sources], Losses())
            value = values[step.targets.index(index)]
            same = stored(index, value) == stored(index, wanted)
        except BadValueError as error:
            return f"cannot be converted: {error}"
        return (
            ""
            if same
            else "the mapping gives another value than this; mend the line that gives it, or this example"
        )


def _by_index(values: Mapping[str, str], names: Mapping[str, int]) -> dict[int, str]:
    return {names[name]: value for name, value in values.items()}

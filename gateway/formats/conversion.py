"""Conversion of whole files by a mapping, in either direction, and the proof that nothing was lost.

Streaming: memory holds one block of each file. Every record is read, mapped and written; what cannot be is a bad
record, and then the file as a whole is refused: the report lists the first hundred faults, the total counts all.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import zip_longest
from typing import BinaryIO

from gateway.formats.compression import is_packed, reading, writing
from gateway.formats.fast.choice import FastPath, fast_path
from gateway.formats.faults import BadRecord, BadValueError, Converted, FaultList, FormatFault, FormatFaults
from gateway.formats.filework import watched, write_all
from gateway.formats.form import Form
from gateway.formats.mappings.fitting import require_fitting
from gateway.formats.mappings.lines import Direction, LineCompiler, Step
from gateway.formats.mappings.losing import truncated, without_padding
from gateway.formats.mappings.mapping import Mapping
from gateway.formats.ondisk import AnyFile, created
from gateway.formats.records import Chunk, Frame, Progress, RecordForm, RecordWriter, Values
from gateway.formats.selection import FILTERED, Selecting, Selection, selected_steps, selecting
from gateway.formats.standardized.csvchecks import CHECK_DIGIT
from gateway.formats.substitutions import SubstitutionLedger, ledger_at
from gateway.formats.values.fields import Losses

Row = list[str | None]
EVERYTHING = Selection()


@dataclass(frozen=True, kw_only=True)
class Converter:
    """One compiled conversion. It holds no open file and no state between runs; threads may share it."""

    source: RecordForm
    target: RecordForm
    mapping: Mapping
    forward: bool
    steps: tuple[Step, ...]
    back: tuple[Step, ...]
    fast: FastPath | None = None
    selecting: Selecting | None = None

    @property
    def one_way(self) -> tuple[str, ...]:
        """Source items that a line carries but does not bring back."""
        returned = self._ways_back.keys()
        return tuple(
            self.source.layout.leaves[source].item.label
            for step in self.steps
            if step.carries and step.line not in returned
            for source in step.sources
        )

    @cached_property
    def _ways_back(self) -> dict[int, Step]:
        """The steps that bring a line's items back, by line."""
        return {step.line: step for step in self.back if step.carries}

    @property
    def reversible(self) -> bool:
        """Whether every line that carries an item has its way back."""
        return not self.one_way

    @property
    def not_carried(self) -> tuple[str, ...]:
        """Source items that no line carries: the loss list that a city approves."""
        carried = {source for step in self.steps for source in step.sources}
        return tuple(
            leaf.item.label
            for index, leaf in enumerate(self.source.layout.leaves)
            if index not in carried and leaf.item.type != "filler"
        )

    @property
    def declared(self) -> tuple[str, ...]:
        """Declared losses, as item and kind: they are counted in each file."""
        return tuple(f"{self._label(step)}: {step.loses}" for step in self.steps if step.loses)

    def convert(
        self,
        source: AnyFile,
        target: AnyFile,
        *,
        progress: Progress | None = None,
        ledger: AnyFile | None = None,
    ) -> Converted:
        """Write ``target`` (mode 0600, not synced) from ``source``; raises ``BadRecords`` and removes ``target``.

        ``progress`` gets the bytes of ``source`` read so far, about once per MiB and at the end. ``ledger`` is
        written (mode 0600, not synced) with every substituted character, and removed if the file is refused.
        """
        try:
            with ledger_at(ledger) as kept, created(target) as new:
                return self.write(source, new, progress=progress, ledger=kept)
        except BaseException:
            target.unlink(missing_ok=True)
            raise

    def write(
        self,
        source: AnyFile,
        new: BinaryIO,
        *,
        progress: Progress | None = None,
        ledger: SubstitutionLedger | None = None,
    ) -> Converted:
        """Write what ``source`` becomes into an empty open file; raises ``BadRecords``, and leaves what it wrote."""
        faults, losses = FaultList(), Losses()
        losses.ledger = ledger
        with reading(source, self.source) as stream, writing(new, self.target) as out:
            writer = self.target.writer()
            records = write_all(out, writer, self._chunks(stream, writer, faults, losses, progress))
            faults.raise_if_any()
            out.write(writer.close())
        filtered = losses.pop(FILTERED, 0)
        warnings = {key: count for key, count in losses.items() if key.endswith(f": {CHECK_DIGIT}")}
        return Converted(
            records_in=records + filtered,
            records_out=records,
            filtered=filtered,
            bytes_out=new.tell(),
            losses={key: count for key, count in losses.items() if key not in warnings},
            warnings=warnings,
        )

    def _chunks(
        self,
        stream: BinaryIO,
        writer: RecordWriter,
        faults: FaultList,
        losses: Losses,
        progress: Progress | None,
    ) -> Iterator[Chunk]:
        """Every converted record, one or many at a time; after the first fault only faults are looked for."""

        def reference(frame: Frame) -> Iterator[bytes]:
            return self.row(frame, writer, faults, losses)

        if self.fast is not None:
            yield from self.fast(reference, faults, losses, stream, progress)
            return
        for frame in watched(self.source.frames(stream, faults), stream, progress):
            for row in reference(frame):
                yield 1, row

    def row(self, frame: Frame, writer: RecordWriter, faults: FaultList, losses: Losses) -> Iterator[bytes]:
        """The converted record, or nothing if it is bad or another one was."""
        if losses.ledger is not None:
            losses.ledger.record = frame.number
        values = self.source.read(frame, faults, losses)
        if values is None:
            return
        row = self._selected(frame, values, faults, losses)
        if row is None:
            losses[FILTERED] += 1
            return
        raw, wrong = writer.put(row, losses)
        for item, error in wrong:
            faults.add(frame.bad(item, BadValueError(error.rule, str(error))))
        if not faults.total:
            yield raw

    def _selected(self, frame: Frame, values: Values, faults: FaultList, losses: Losses) -> Row | None:
        """The record's values on the target side, or None if it is not one of those that go on."""
        some = self.selecting
        if some is not None and not some.is_taken(values):
            return None
        row = self._mapped(frame, values, faults, losses)
        return row if some is None or some.is_sent(row) else None

    def _going_on(self, frames: Iterator[Frame]) -> Iterator[Frame]:
        """The records that go on; bad ones too, so that they are reported."""
        for frame in frames:
            values = self.source.read(frame, FaultList(), Losses())
            if values is None or self._selected(frame, values, FaultList(), Losses()) is not None:
                yield frame

    def _mapped(self, frame: Frame, values: Values, faults: FaultList, losses: Losses) -> Row:
        row: Row = [None] * len(self.target.layout.leaves)
        for left in self._left_behind(values):
            faults.add(
                frame.bad(left, BadValueError("condition", "no line is for this value in this record"))
            )
        for step in self.steps:
            if step.when and not step.applies(values):
                continue
            try:
                changed = self.changed(step, [values[source] for source in step.sources], losses)
                if step.when and any(row[target] is not None for target in step.targets):
                    raise BadValueError("condition", "two lines write one item of this record")  # noqa: TRY301 - one way out
            except BadValueError as error:
                faults.add(frame.bad(self._label(step), error))
                continue
            for target, value in zip(step.targets, changed, strict=False):
                row[target] = value
        return row

    @cached_property
    def _conditional(self) -> dict[int, list[Step]]:
        """The lines of source items that are carried under conditions alone, both ways."""
        found: dict[int, list[Step]] = {}
        for step in self.steps:
            for source in step.sources if step.carries else ():
                found.setdefault(source, []).append(step)
        return {
            source: steps
            for source, steps in found.items()
            if all(step.when and step.line in self._ways_back for step in steps)
        }

    def _left_behind(self, values: Values) -> Iterator[str]:
        """Items with a value that no line carries in this record, although one does in others."""
        for source, steps in self._conditional.items():
            if values[source] and not any(step.applies(values) for step in steps):
                yield self.source.layout.leaves[source].item.label

    def changed(self, step: Step, given: Sequence[str], losses: Losses) -> Sequence[str]:
        """What one line makes of its items' values; declared losses are counted. Raises ``BadValueError``."""
        mapped = step.combine(given)
        if step.loses is None:
            return mapped
        fitted = [self._fitted(step, *pair) for pair in zip(step.targets, mapped, strict=True)]
        back = self._ways_back.get(step.line)
        if fitted != list(mapped) or (back is not None and not _returns(back, fitted, given)):
            losses[f"{self._label(step)}: {step.loses}"] += 1
        return fitted

    def _fitted(self, step: Step, target: int, value: str) -> str:
        """The value as the target item can hold it, as far as the declared loss allows."""
        fit = {"truncation": truncated, "padding": without_padding}.get(step.loses or "")
        return value if fit is None else fit(value, lambda text: self.target.stored(target, text))

    def _label(self, step: Step) -> str:
        """The first item read, or written where a constant is."""
        if step.sources:
            return self.source.layout.leaves[step.sources[0]].item.label
        return self.target.layout.leaves[step.targets[0]].item.label

    def verify(self, source: AnyFile, converted: AnyFile) -> None:
        """The round-trip gate: the carried items, read back out of ``converted``, equal those of ``source``.

        Compared are canonical values, record by record, in order; declared substitutions are expected as declared.
        Raises ``BadRecords`` with the rule ``round-trip``.
        """
        if self.fast is not None and self.reversible and self._proved(source, converted):
            return
        faults, losses = FaultList(), Losses()
        with reading(source, self.source) as first, reading(converted, self.target) as second:
            frames = self.source.frames(first, faults)
            if self.selecting is not None:
                frames = self._going_on(frames)
            pairs = zip_longest(frames, self.target.frames(second, faults))
            for frame, result in pairs:
                if frame is None or result is None:
                    faults.add(_uneven(frame, result))
                    break
                self._compare(frame, result, faults, losses)
        faults.raise_if_any()

    def _proved(self, source: AnyFile, converted: AnyFile) -> bool:
        """Whether the kernels prove the round trip; if not, nothing is known."""
        if is_packed(self.source) or is_packed(self.target):
            return False
        from gateway.formats.fast.gate import Proof  # noqa: PLC0415 - numba takes a second and 60 MiB

        back = replace(self, source=self.target, target=self.source, steps=self.back, back=self.steps)
        writer = back.target.writer()

        def reference(frame: Frame, faults: FaultList) -> Iterator[bytes]:
            return back.row(frame, writer, faults, Losses())

        proof = Proof(
            source=self.source,
            target=self.target,
            back=self.back,
            reference=reference,
            file=source,
            converted=converted,
            selecting=self.selecting,
        )
        return proof.holds()

    def _compare(self, frame: Frame, result: Frame, faults: FaultList, losses: Losses) -> None:
        before = self.source.read(frame, faults, losses)
        after = self.target.read(result, faults, losses)
        if before is None or after is None:
            return
        for step in self.steps:
            if step.carries:
                message = self._wrong(step, self._ways_back.get(step.line), before, after)
                if message:
                    faults.add(frame.bad(self._label(step), BadValueError("round-trip", message)))

    def _wrong(self, step: Step, back: Step | None, before: Values, after: Values) -> str:
        """What is wrong with one line between a record and what became of it, or nothing."""
        applies = step.applies(before)
        if back is not None and back.applies(after) != applies:
            return "the conditions of the two ways do not agree for this record"
        if not applies:
            return ""
        given = [before[source] for source in step.sources]
        return self._difference(step, back, given, [after[target] for target in step.targets])

    def _difference(self, step: Step, back: Step | None, before: Values, after: Values) -> str:
        """What is wrong with the carried values of one line, or nothing."""
        try:
            mapped = list(self.changed(step, before, Losses()))
            declared = [self.target.reduced(*pair) for pair in zip(step.targets, mapped, strict=True)]
            if back is None or step.loses or declared != mapped:
                stored = [self.target.stored(*pair) for pair in zip(step.targets, declared, strict=True)]
                return "" if after == stored else "the value written does not read back as it was"
            return "" if list(back.combine(after)) == before else "the way back gives another value"
        except BadValueError as error:
            return f"no way back: {error}"


def _returns(back: Step, fitted: Sequence[str], given: Sequence[str]) -> bool:
    """Whether the way back gives the values again."""
    try:
        return list(back.combine(fitted)) == list(given)
    except BadValueError:
        return False


def _uneven(frame: Frame | None, result: Frame | None) -> BadRecord:
    longer = frame or result
    assert longer is not None
    error = BadValueError("round-trip", "the two files differ in their number of records")
    return longer.bad("(file)", error)


def _direction(source: Form, target: Form, mapping: Mapping) -> Direction | None:
    names = (source.layout.base, target.layout.base)
    if names == (mapping.source, mapping.target):
        return Direction(source=source.layout, target=target.layout, forward=True)
    if names == (mapping.target, mapping.source):
        return Direction(source=source.layout, target=target.layout, forward=False)
    return None


def compile_conversion(
    source: Form,
    target: Form,
    mapping: Mapping,
    *,
    fast: bool = True,
    taken: Selection = EVERYTHING,
    sent: Selection = EVERYTHING,
) -> Converter:
    """The converter from one form to another; raises ``FormatFaults`` with every fault of all parts at once.

    The mapping is used in the direction of the two layouts' names. Faults of lines that only the way back has are
    not raised here: compiling that way raises them. ``fast=False`` leaves the compiled kernels out: same results.
    ``taken`` and ``sent`` select of the source's and of the target's records; raises ``SelectionError``.
    """
    reader, faults = source.compiled()
    writer, more = target.compiled()
    direction = _direction(source, target, mapping)
    if direction is None:
        raise FormatFaults((*faults, *more, _wrong_layouts(source, target, mapping)))
    lines = LineCompiler(mapping, direction)
    steps = lines.steps()
    found = (*faults, *more, *lines.faults)
    if found:
        raise FormatFaults(tuple(dict.fromkeys(found)))
    back = LineCompiler(mapping, direction.back).steps()
    require_fitting(mapping, (direction, steps, writer.stored), (direction.back, back, reader.stored))
    if taken.items or sent.items:
        items = taken.indexes(source.layout, "from"), sent.indexes(target.layout, "to")
        steps = selected_steps(steps, writer, *items)
        carried = {step.line for step in steps if step.carries}
        back = tuple(step for step in back if not step.carries or step.line in carried)
    some = selecting(reader, writer, steps, taken, sent)
    return Converter(
        source=reader,
        target=writer,
        mapping=mapping,
        forward=direction.forward,
        steps=steps,
        back=back,
        fast=fast_path(reader, writer, steps, some) if fast else None,
        selecting=some,
    )


def _wrong_layouts(source: Form, target: Form, mapping: Mapping) -> FormatFault:
    asked = f"{source.layout.name} and {target.layout.name}"
    message = f"this mapping joins {mapping.source} and {mapping.target}, not {asked}"
    return FormatFault(model="mapping", name=mapping.name, location=("from",), message=message)

"""A form: all that determines the bytes of a file's records. Equal fingerprints allow pass-through."""

from __future__ import annotations

import hashlib
import io
import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from typing import Any, BinaryIO

from gateway.formats.characters.gaiji import CharacterTable
from gateway.formats.compression import reading
from gateway.formats.faults import BadRecord, BadValueError, FaultList, FormatFault, FormatFaults
from gateway.formats.fixedlength.fixed import FixedRecords
from gateway.formats.fixedlength.fixedcompiler import FixedCompiler
from gateway.formats.fixedlength.framing import ByLength
from gateway.formats.layouts.layout import Layout
from gateway.formats.ondisk import AnyFile
from gateway.formats.records import RecordForm
from gateway.formats.standardized.csvchecks import ChecksCompiler
from gateway.formats.standardized.csvfields import csv_field
from gateway.formats.standardized.delimited import CsvRecords
from gateway.formats.standardized.profile import CsvProfile

_FOR_PEOPLE = {"name", "title"}
_NO_CHECKS: dict[str, Any] = {"codes": (), "required_when": ""}


@dataclass(frozen=True, kw_only=True)
class Form:
    """A layout with its 外字 tables, or a CSV layout with its profile (default: ``CsvProfile()``)."""

    layout: Layout
    profile: CsvProfile | None = None
    tables: tuple[CharacterTable, ...] = ()

    @cached_property
    def fingerprint(self) -> str:
        """A hex digest of everything that determines bytes; names of files and titles are outside."""
        layout = self.layout.model_dump(
            mode="json", exclude=_FOR_PEOPLE | {"characters", "changes", "business_date"}
        )
        _drop_titles(layout)
        profile = self._profile().model_dump(mode="json", exclude=_FOR_PEOPLE) if self._is_csv else None
        parts: list[Any] = [layout, profile, [table.digest for table in self.tables]]
        return hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()

    @property
    def _is_csv(self) -> bool:
        return self.layout.records == "csv"

    def _profile(self) -> CsvProfile:
        return self.profile or CsvProfile()

    def compiled(self) -> tuple[RecordForm, tuple[FormatFault, ...]]:
        """The reader and writer of this form, and every fault of the layout and its tables."""
        if self._is_csv:
            faults = self._csv_faults()
            layout = self.layout if not faults else self.layout.model_copy(update=_unchecked(self.layout))
            return CsvRecords(layout=layout, profile=self._profile()), faults
        compiler = FixedCompiler(self.layout, self.tables)
        return compiler.compile(), tuple(compiler.faults)

    def _csv_faults(self) -> tuple[FormatFault, ...]:
        checks = ChecksCompiler(self.layout)
        checks.checks()
        wrong = [*checks.faults, *self._code_faults()]
        if "ids" in self._profile().header:
            message = "needs an id: the profile's header line has IDs"
            wrong += [
                self._fault(index, f"{item.label} {message}")
                for index, item in enumerate(self.layout.items)
                if not item.id
            ]
        return tuple(wrong)

    def _code_faults(self) -> Iterator[FormatFault]:
        """Codes that the item's own type does not allow."""
        for index, item in enumerate(self.layout.items):
            try:
                csv_field(item, self.layout)
            except BadValueError as error:
                yield self._fault(index, f"a code of {item.label} is no value of its type: {error}", "codes")

    def _fault(self, index: int, message: str, *key: str) -> FormatFault:
        location: tuple[str | int, ...] = ("items", index, *key)
        return FormatFault(model="layout", name=self.layout.name, location=location, message=message)


def _unchecked(layout: Layout) -> dict[str, Any]:
    """A layout's items and rules without what may have faults."""
    return {"rules": (), "items": tuple(item.model_copy(update=_NO_CHECKS) for item in layout.items)}


def _drop_titles(dumped: Any) -> None:
    """Take the titles for people out of a dumped layout, at any depth."""
    if isinstance(dumped, dict):
        if "type" in dumped:
            dumped.pop("title", None)
        for value in dumped.values():
            _drop_titles(value)
    elif isinstance(dumped, list):
        for value in dumped:
            _drop_titles(value)


def count_records(form: Form, path: AnyFile) -> int:
    """How many records a file holds, counted without reading its items; raises ``FormatFaults``."""
    records = _readable(form)
    with reading(path, records) as stream:
        return records.count(stream)


def cut_short(form: Form, path: AnyFile) -> BadRecord | None:
    """What is wrong with the last record of a file whose records have one length, told by the file's size alone.

    None where the size fits, and of files whose records differ in length. Raises ``FormatFaults``.
    """
    records = _readable(form)
    if not isinstance(records, FixedRecords) or not isinstance(records.framing, ByLength):
        return None
    with reading(path, records) as stream:
        return records.framing.cut_short(stream.seek(0, 2))


def stated_day(form: Form, path: AnyFile) -> date | None:
    """The business date that the first header of a file states; None if there is no record.

    Raises ``BadValueError`` if it states no day, and ``FormatFaults``.
    """
    records = _readable(form)
    with reading(path, records) as stream:
        return _first_day(form, records, stream)


def day_of_beginning(form: Form, beginning: bytes) -> date | None:
    """As ``stated_day``, of the first bytes of a file that is not packed."""
    return _first_day(form, _readable(form), io.BytesIO(beginning))


def head_of_beginning(form: Form, beginning: bytes, item: str) -> str | None:
    """What an item of the first header says, of the first bytes of a file that is not packed; None if there is none.

    Raises ``FormatFaults``.
    """
    index = form.layout.head_index(item)
    if index is None:
        return None
    records = _readable(form)
    frame = next(records.frames(io.BytesIO(beginning), FaultList()), None)
    return frame.head[index] if frame is not None and index < len(frame.head) else None


def _readable(form: Form) -> RecordForm:
    records, faults = form.compiled()
    if faults:
        raise FormatFaults(faults)
    return records


def _first_day(form: Form, records: RecordForm, stream: BinaryIO) -> date | None:
    index = form.layout.day_index
    assert index is not None, "asked of layouts with business_date alone"
    frame = next(records.frames(stream, FaultList()), None)
    if frame is None:
        return None
    try:
        return date.fromisoformat(frame.head[index])
    except (ValueError, IndexError):
        raise BadValueError("date", "no day of the calendar") from None

"""The city's calendar out of ``gateway.yaml`` and the file of further days that it names."""

from __future__ import annotations

from gateway.config import ExtraDays, Installation
from gateway.load.reader import Reader
from gateway.times.businessdays import BusinessDays


def read_business_days(reader: Reader, installation: Installation) -> BusinessDays:
    """The business days; a file of further days that has faults adds none."""
    calendar = installation.calendar
    extra = ExtraDays() if calendar.extra is None else _read(reader, calendar.extra.as_posix())
    closed = (*calendar.closed, *extra.closed)
    return BusinessDays(holidays=calendar.holidays == "jp", closed=closed, open=extra.open)


def _read(reader: Reader, name: str) -> ExtraDays:
    document = reader.document(reader.directory / name)
    found = None if document is None else reader.mended(document, ExtraDays)
    return ExtraDays() if found is None or found.model is None else found.model

"""Every record of a file that a conversion refuses, so that the others can go on without them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from gateway.formats.compression import reading
from gateway.formats.conversion import Converter
from gateway.formats.faults import BadRecord, FaultList
from gateway.formats.ondisk import AnyFile
from gateway.formats.values.fields import Losses

MOST = 100_000
"""Bad records of one file that are looked at one by one; a file with more has another fault than bad records."""


@dataclass(frozen=True, kw_only=True)
class Survey:
    """What is wrong with a file, record by record.

    Attributes:
        records: data records, bad ones included.
        bad: the faults of each bad record, by its number.
        around: faults of what stands around the records, or of how they are told apart.
    """

    records: int
    bad: Mapping[int, tuple[BadRecord, ...]]
    around: int

    @property
    def can_be_parted(self) -> bool:
        """Whether the bad records can be taken out, and each can be corrected item by item."""
        whole = any(fault.item.startswith("(") for faults in self.bad.values() for fault in faults)
        return bool(self.bad) and len(self.bad) < min(self.records, MOST) and not self.around and not whole


def survey(converter: Converter, source: AnyFile) -> Survey:
    """Look at every record of a file as the conversion would."""
    around, bad, records = FaultList(), dict[int, tuple[BadRecord, ...]](), 0
    writer = converter.target.writer()
    with reading(source, converter.source) as stream:
        for frame in converter.source.frames(stream, around):
            own = FaultList()
            for _ in converter.row(frame, writer, own, Losses()):
                continue
            records += 1
            if own.total and len(bad) <= MOST:
                bad[frame.number] = own.first
    return Survey(records=records, bad=bad, around=around.total)

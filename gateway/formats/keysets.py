"""Which keys the records of a file have, so that files without a common one may pass one another."""

from __future__ import annotations

from hashlib import blake2b

import numpy as np
from numpy.typing import NDArray

from gateway.formats.compression import reading
from gateway.formats.faults import BadRecords, BadValueError, FaultList
from gateway.formats.form import Form
from gateway.formats.layouts.layout import Layout
from gateway.formats.ondisk import AnyFile
from gateway.formats.records import Frame, RecordForm

Keys = NDArray[np.uint64]
"""A digest of each key, sorted, each once: eight bytes for a record. Two keys of one digest only wait for nothing."""


def key_items(layout: Layout) -> frozenset[int]:
    """The items of a data record that say ``key: true``."""
    return frozenset(index for index, leaf in enumerate(layout.data_leaves) if leaf.item.key)


def keys_of(form: Form, path: AnyFile) -> Keys | None:
    """The keys of a file's records; None if one cannot be read, whatever else is wrong with its record."""
    wanted, (records, faults) = key_items(form.layout), form.compiled()
    if faults or not wanted:
        return None
    wrong, found = FaultList(), bytearray()
    try:
        with reading(path, records) as stream:
            for frame in records.frames(stream, wrong):
                found += _digest(records, frame, wanted)
    except (BadValueError, BadRecords):
        return None
    return None if wrong.total else np.unique(np.frombuffer(found, dtype=np.uint64))


def _digest(records: RecordForm, frame: Frame, wanted: frozenset[int]) -> bytes:
    """Raises ``BadValueError`` if an item of the key is not there or has no value of its type."""
    values = [records.value_of(cell) for cell in records.cells(frame) if cell.index in wanted]
    if len(values) != len(wanted):
        raise BadValueError("key", "an item of the key is not there")
    return blake2b("\x1f".join(values).encode(), digest_size=8).digest()


def have_common(one: Keys, other: Keys) -> bool:
    """Whether two files have a record of the same key."""
    return bool(np.intersect1d(one, other, assume_unique=True).size)

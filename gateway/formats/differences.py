"""Differences between full files, and full files out of differences, row by row by key.

All work on files in one form that our own writer made. Memory holds a few numbers for each row, never the rows;
files are read in order and written in order. A differential holds its deletions first, each as the row was last.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from hashlib import blake2b
from itertools import accumulate, chain

import numpy as np
from numpy.typing import NDArray

from gateway.formats.compression import writing
from gateway.formats.faults import BadValueError, FaultList, Wrong
from gateway.formats.filework import write_all
from gateway.formats.keyed import KINDS, Index, Keyed, Kind, index_of, read, rows, written_key
from gateway.formats.ondisk import AnyFile, created
from gateway.formats.records import Chunk, Frame, RecordWriter
from gateway.formats.values.fields import Losses

NOTHING: Index = np.empty((0, 3), dtype=np.uint64)
SAME = len(KINDS)
"""Beside the positions of ``KINDS``: nothing happened to the row."""

Row = tuple[Frame, Kind | None, bool]
"""A record, how it is to be marked (None: as in a full file), and whether it is so already."""


@dataclass(frozen=True, kw_only=True)
class Change:
    """What happened between two states: the rows of the newer one, and how many were new, changed and gone."""

    rows: int
    inserts: int
    updates: int
    deletes: int

    @property
    def total(self) -> int:
        """Rows of the differential."""
        return self.inserts + self.updates + self.deletes

    @property
    def before(self) -> int:
        """Rows of the older state."""
        return self.rows - self.inserts + self.deletes


@dataclass(frozen=True, kw_only=True)
class Difference:
    """What leads from one full file to another.

    Attributes:
        kinds: what happened to each row of the newer one, as a position among ``KINDS``, or ``SAME``.
        back: the same for each row of the older one, on the way back.
        digest: of the newer one's rows, in whatever order they stand.
        base_digest: the same of the older one's.
    """

    keyed: Keyed
    base: AnyFile | None
    new: AnyFile
    kinds: NDArray[np.uint8]
    back: NDArray[np.uint8]
    digest: str
    base_digest: str

    @property
    def change(self) -> Change:
        """The counts."""
        inserts, updates = (int((self.kinds == KINDS.index(kind)).sum()) for kind in ("insert", "update"))
        return Change(rows=len(self.kinds), inserts=inserts, updates=updates, deletes=int(self.gone.sum()))

    @property
    def gone(self) -> NDArray[np.bool_]:
        """Which rows of the older file are not in the newer one."""
        gone: NDArray[np.bool_] = self.back == KINDS.index("insert")
        return gone

    def inverse(self) -> Difference:
        """What leads back. There must be an older file."""
        assert self.base is not None, "nothing is no file"
        return Difference(
            keyed=self.keyed,
            base=self.new,
            new=self.base,
            kinds=self.back,
            back=self.kinds,
            digest=self.base_digest,
            base_digest=self.digest,
        )

    def write(self, target: AnyFile) -> None:
        """Write the differential (mode 0600, not synced). Raises ``BadRecords``, and leaves nothing then."""
        _write(self.keyed, target, chain(self._deleted(), self._sent()))

    def _sent(self) -> Iterator[Row]:
        for frame, kind in zip(rows(self.keyed, self.new), self.kinds, strict=True):
            if kind != SAME:
                yield frame, KINDS[kind], False

    def _deleted(self) -> Iterator[Row]:
        """The rows that are gone, under the newer file's header if it has rows."""
        if self.base is None or not self.gone.any():
            return
        first = next(rows(self.keyed, self.new), None)
        for frame, gone in zip(rows(self.keyed, self.base), self.gone, strict=True):
            if gone:
                head = frame.head if first is None else first.head
                yield Frame(frame.number, frame.offset, frame.body, head), "delete", False


def difference(keyed: Keyed, base: AnyFile | None, new: AnyFile) -> Difference:
    """What leads from ``base`` (None: no rows) to ``new``, both full files in one form.

    Raises ``BadRecords`` with the rule ``duplicate-key`` if a key comes twice in ``new``.
    """
    before = NOTHING if base is None else index_of(keyed, base)
    after = index_of(keyed, new)
    older, newer = _pairs(np.concatenate((before[:, :2], after[:, :2])))
    twice = newer[older >= len(before)] - len(before)
    if len(twice):
        _refuse_twice(keyed, new, frozenset(twice.tolist()))
    crossing = (older < len(before)) & (newer >= len(before))
    older, newer = older[crossing], newer[crossing] - len(before)
    kinds, back = (np.full(len(side), KINDS.index("insert"), dtype=np.uint8) for side in (after, before))
    kinds[newer] = np.where(before[older, 2] == after[newer, 2], SAME, KINDS.index("update"))
    back[older] = kinds[newer]
    digests = {"digest": _digest(after), "base_digest": _digest(before)}
    return Difference(keyed=keyed, base=base, new=new, kinds=kinds, back=back, **digests)


def digest(keyed: Keyed, path: AnyFile) -> str:
    """A digest of the rows of a full file, in whatever order they stand. Raises ``BadRecords``."""
    return _digest(index_of(keyed, path))


def _digest(index: Index) -> str:
    return "".join(f"{half:016x}" for half in index.sum(axis=0, dtype=np.uint64).tolist())


def apply(keyed: Keyed, base: AnyFile | None, differentials: Sequence[AnyFile], target: AnyFile) -> None:
    """Write the full file (mode 0600, not synced) that ``differentials`` make of ``base`` (None: no rows).

    Rows are taken in order, and the last word on a key counts: a new row of a known key replaces it, a deletion of an
    unknown one does nothing. Raises ``BadRecords``, and leaves nothing then.
    """
    before = NOTHING if base is None else index_of(keyed, base)
    parts = [_said(keyed, path) for path in differentials]
    said = np.concatenate((NOTHING, *parts))
    last = _last_words(said)
    older, _ = _pairs(np.concatenate((before[:, :2], said[last][:, :2])))
    kept = np.ones(len(before), dtype=np.bool_)
    kept[older] = False
    written = np.zeros(len(said), dtype=np.bool_)
    written[last[said[last][:, 2] != KINDS.index("delete")]] = True
    ends = accumulate(len(part) for part in parts)
    masks = [written[end - len(part) : end] for part, end in zip(parts, ends, strict=True)]
    chosen = list(zip(differentials, masks, strict=True))
    _write(keyed, target, _merged(keyed, None if base is None else (base, kept), chosen))


Chosen = tuple[AnyFile, NDArray[np.bool_]]
"""A file, and which of its rows are meant."""


def _merged(keyed: Keyed, base: Chosen | None, said: Sequence[Chosen]) -> Iterator[Row]:
    """The rows of a full file: those of the base of which nothing was said, then the others. One header: the newest."""
    whole = [*said] if base is None else [base, *said]
    heads = (next(rows(keyed, path), None) for path, _ in reversed(whole))
    newest = next((frame.head for frame in heads if frame is not None), ())
    for path, mask in whole:
        as_it_stands = base is not None and path == base[0]
        for frame, taken in zip(rows(keyed, path), mask, strict=True):
            if taken:
                yield Frame(frame.number, frame.offset, frame.body, newest), None, as_it_stands


def _pairs(keys: NDArray[np.uint64]) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Positions of neighbours with one key, in order of position: all pairs where a key comes twice at most."""
    order = np.lexsort((keys[:, 1], keys[:, 0]))
    same = np.ones(max(len(order) - 1, 0), dtype=np.bool_)
    for half in (0, 1):
        column = keys[order, half]
        same &= column[1:] == column[:-1]
    return order[:-1][same], order[1:][same]


def _said(keyed: Keyed, differential: AnyFile) -> Index:
    """As ``index_of``, with the position of each row's kind among ``KINDS`` for the last. Raises ``BadRecords``."""
    faults, found, key_of = FaultList(), bytearray(), written_key(keyed)
    for frame in rows(keyed, differential):
        values = read(keyed, frame, faults)
        if values is None:
            continue
        found += blake2b(key_of(frame), digest_size=16).digest()
        try:
            found += KINDS.index(keyed.kind_of(values)).to_bytes(8, sys.byteorder)
        except BadValueError as error:
            faults.add(frame.bad(keyed.form.layout.leaves[keyed.change].item.label, error))
    faults.raise_if_any()
    return np.frombuffer(found, dtype=np.uint64).reshape(-1, 3)


def _last_words(said: Index) -> NDArray[np.intp]:
    """The positions of the last row of each key, in order."""
    older, _ = _pairs(said[:, :2])
    return np.setdiff1d(np.arange(len(said)), older)


def _refuse_twice(keyed: Keyed, path: AnyFile, twice: frozenset[int]) -> None:
    """Raises ``BadRecords`` for the rows whose key another one had before."""
    faults = FaultList()
    error = BadValueError("duplicate-key", "another record of the file has the same key")
    for position, frame in enumerate(rows(keyed, path)):
        if position in twice:
            faults.add(frame.bad(keyed.key_items, error))
    faults.raise_if_any()


def _write(keyed: Keyed, target: AnyFile, found: Iterator[Row]) -> None:
    faults = FaultList()
    try:
        with created(target) as new, writing(new, keyed.form) as out:
            writer = keyed.form.writer()
            write_all(out, writer, _chunks(keyed, writer, found, faults))
            faults.raise_if_any()
            out.write(writer.close())
    except BaseException:
        target.unlink(missing_ok=True)
        raise


def _chunks(keyed: Keyed, writer: RecordWriter, found: Iterator[Row], faults: FaultList) -> Iterator[Chunk]:
    """Every row as it is to be written; after the first fault only faults are looked for."""
    for frame, kind, as_it_stands in found:
        raw, wrong = writer.again(frame) if as_it_stands else _marked(keyed, writer, frame, kind, faults)
        for item, error in wrong:
            faults.add(frame.bad(item, error))
        if not faults.total:
            yield 1, raw


def _marked(
    keyed: Keyed, writer: RecordWriter, frame: Frame, kind: Kind | None, faults: FaultList
) -> tuple[bytes, Wrong]:
    values = read(keyed, frame, faults)
    return (b"", []) if values is None else writer.put(keyed.marked(values, kind), Losses())

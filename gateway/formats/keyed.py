"""Rows that are known by their key: which items it is, where a change is told, and digests of every row of a file."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from hashlib import blake2b
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from gateway.formats.compression import reading
from gateway.formats.faults import BadValueError, FaultList
from gateway.formats.fixedlength.fixed import FixedRecords
from gateway.formats.form import Form
from gateway.formats.layouts.layout import Changes
from gateway.formats.ondisk import AnyFile
from gateway.formats.records import Frame, RecordForm, Values
from gateway.formats.standardized.delimited import CsvRecords, split_line
from gateway.formats.values.fields import Losses

KeyOf = Callable[[Frame], bytes]
Kind = Literal["insert", "update", "delete"]
KINDS: tuple[Kind, ...] = ("insert", "update", "delete")
SEPARATOR = "\x1f"
"""Between the values of a key; the unit separator of ISO 646 stands in no value of a record."""

Index = NDArray[np.uint64]
"""A row of three for each record: two halves of the key's digest, and a digest of the record."""


class KeyFault(ValueError):
    """Files of a layout cannot be told row from row; says what to write.

    Attributes:
        part: what is wrong: an item of the key (its position), or the layout.
    """

    def __init__(self, message: str, *, part: int | None = None) -> None:
        super().__init__(message)
        self.part = part


@dataclass(frozen=True, kw_only=True)
class Keyed:
    """A record form whose rows have a key. ``change`` is the index of the item that tells what happened to a row."""

    form: RecordForm
    key: tuple[int, ...]
    change: int
    words: Changes

    @property
    def key_items(self) -> str:
        """The names of the key's items, for reports."""
        return "+".join(self.form.layout.leaves[index].item.label for index in self.key)

    def key_in(self, values: Values) -> bytes:
        """The key of a row."""
        return SEPARATOR.join(values[index] for index in self.key).encode()

    def marked(self, values: Sequence[str | None], kind: Kind | None) -> list[str | None]:
        """A row that tells what happened to it; with None as it stands in a full file."""
        word = None if kind is None else self.word(kind)
        return [*values[: self.change], word, *values[self.change + 1 :]]

    def word(self, kind: Kind) -> str:
        """What is written of a row to which this happened."""
        word: str = getattr(self.words, kind)
        return word

    def kind_of(self, values: Values) -> Kind:
        """What a row of a differential file says; raises ``BadValueError``."""
        word = values[self.change]
        for kind in KINDS:
            if word == self.word(kind):
                return kind
        raise BadValueError("change", "none of the values that the layout's changes declare")


def keyed(form: Form, key: Sequence[str]) -> Keyed:
    """A form made ready; raises ``KeyFault``. The form itself must have no faults."""
    layout = form.layout
    if layout.changes is None:
        raise KeyFault(
            f"layout {layout.name} does not say where a record tells what happened to its row; add changes: "
            '{item: ..., insert: "1", update: "2", delete: "3"} to it'
        )
    if layout.sets == "many":
        raise KeyFault(f"layout {layout.name} has sets: many, and differences are made of one set alone")
    names = layout.names()
    for part, name in enumerate(key):
        if name not in names:
            raise KeyFault(
                f"layout {layout.name} has no item {name}; name items of it by name or ID", part=part
            )
        if names[name] == names[layout.changes.item]:
            raise KeyFault(f"{name} tells what happened to a row, so it cannot be part of the key", part=part)
    records, _ = form.compiled()
    change = names[layout.changes.item]
    _check_words(records, change, layout.changes)
    return Keyed(form=records, key=tuple(names[name] for name in key), change=change, words=layout.changes)


def _check_words(records: RecordForm, change: int, words: Changes) -> None:
    layout, leaf = records.layout, records.layout.leaves[change]
    if leaf.conditions or leaf.table:
        raise KeyFault(f"{leaf.item.label} of layout {layout.name} is not in every record; changes needs one")
    for kind in KINDS:
        if not _is_kept(records, change, getattr(words, kind)):
            raise KeyFault(f"{leaf.item.label} of layout {layout.name} cannot hold the value for {kind}")
    unsaid = leaf.item.default is None and layout.records != "csv"
    if unsaid or not _is_kept(records, change, leaf.item.default or ""):
        raise KeyFault(
            f"{leaf.item.label} of layout {layout.name} cannot be empty, as it is in a full file; give it a default"
        )


def _is_kept(records: RecordForm, index: int, word: str) -> bool:
    """Whether a value reads back as it was written."""
    try:
        return records.stored(index, word) == word
    except BadValueError:
        return False


def rows(keyed_: Keyed, path: AnyFile) -> Iterator[Frame]:
    """The records of a file; raises ``BadRecords`` at its end for what is wrong around them."""
    faults = FaultList()
    with reading(path, keyed_.form) as stream:
        yield from keyed_.form.frames(stream, faults)
    faults.raise_if_any()


def read(keyed_: Keyed, frame: Frame, faults: FaultList) -> Values | None:
    """The values of a record, or None after adding to ``faults``."""
    return keyed_.form.read(frame, faults, Losses())


def index_of(keyed_: Keyed, path: AnyFile) -> Index:
    """The digests of every row of a full file that our own writer made: there equal values have equal bytes.

    Raises ``BadRecords``.
    """
    key_of, found = written_key(keyed_), bytearray()
    for frame in rows(keyed_, path):
        found += blake2b(key_of(frame), digest_size=16).digest()
        found += blake2b(frame.body, digest_size=8).digest()
    return np.frombuffer(found, dtype=np.uint64).reshape(-1, 3)


def written_key(keyed_: Keyed) -> KeyOf:
    """Cuts the key's bytes out of records that our own writer made, the quickest way that the layout allows."""
    form = keyed_.form
    if isinstance(form, CsvRecords):
        return _csv_key(form, keyed_.key)
    spans = _spans(form, keyed_.key) if isinstance(form, FixedRecords) else None
    if spans is None:
        return _read_key(keyed_)
    return lambda frame: b"".join(frame.body[start:end] for start, end in spans)


def _csv_key(form: CsvRecords, key: tuple[int, ...]) -> KeyOf:
    encoding = form.profile.encoding

    def key_of(frame: Frame) -> bytes:
        cells = split_line(frame.body.decode(encoding))
        return SEPARATOR.join([cells[index] for index in key]).encode()

    return key_of


def _spans(form: FixedRecords, key: tuple[int, ...]) -> list[tuple[int, int]] | None:
    """Where the key's items stand in every record; None if that depends on the record."""
    block = form.block
    placed = {one.index: one for one in block.placed if not (one.conditions or one.table)}
    if (block.variable and block.tables) or block.resumes is not None or not placed.keys() >= set(key):
        return None
    return [(placed[index].start, placed[index].end) for index in key]


def _read_key(keyed_: Keyed) -> KeyOf:
    def key_of(frame: Frame) -> bytes:
        faults = FaultList()
        values = read(keyed_, frame, faults)
        faults.raise_if_any()
        assert values is not None, "a record without faults has values"
        return keyed_.key_in(values)

    return key_of

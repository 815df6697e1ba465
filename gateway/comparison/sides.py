"""One side of a comparison, made ready for the engine: canonical values that SQL can read."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import chain, islice
from pathlib import Path

from gateway.comparison.normalisers import Which, literal, number
from gateway.comparison.rules import Pair, Rules
from gateway.errors import GatewayError
from gateway.formats import BadRecords, Form, FormatFaults
from gateway.formats.canonical import NUMBERS, canonical_converter
from gateway.formats.compression import reading
from gateway.formats.faults import FaultList
from gateway.formats.layouts.item import CSV_TYPES, Item
from gateway.formats.ondisk import created
from gateway.formats.records import BLOCK
from gateway.formats.standardized.delimited import BOM, CsvRecords, whole_records


class NotCompared(GatewayError):
    """There is no verdict: a side is missing, or cannot be read. Never the same as a side without records."""


@dataclass(frozen=True, kw_only=True)
class Side:
    """One delivery: its form, and the files that it consists of, in order. ``name`` is said in reports.

    No file at all means that it is missing; a delivery without records is a file without records.
    """

    name: str
    form: Form
    paths: tuple[Path, ...]


@dataclass(frozen=True, kw_only=True)
class Scan:
    """Where SQL reads a side: files of lines, and an expression for the canonical value of each pair of items."""

    paths: tuple[Path, ...]
    columns: tuple[str, ...]
    skip: int
    values: tuple[str, ...]

    @property
    def source(self) -> str:
        """A table function with a text for each column; where there is no file, there are no lines."""
        if not self.paths:
            return f"(SELECT {', '.join(f'NULL::VARCHAR AS {name}' for name in self.columns)} WHERE false)"
        return lines(self.paths, self.columns, skip=self.skip)

    def pick(self, numbers: Iterable[int], target: Path) -> None:
        """Copy the records with these numbers, which ascend, each behind its number as a first column."""
        with created(target) as out:
            records, at = chain.from_iterable(self._records(path) for path in self.paths), 0
            for number in numbers:
                record = next(islice(records, number - at - 1, None))
                out.write(b"%d,%b" % (number, record))
                at = number

    def _records(self, path: Path) -> Iterator[bytes]:
        """Every record of a file with its line end."""
        quoted = _has_quotes(path)
        with path.open("rb") as stream:
            stream.seek(len(BOM) if stream.read(len(BOM)) == BOM else 0)
            yield from islice(whole_records(stream) if quoted else stream, self.skip, None)


def _has_quotes(path: Path) -> bool:
    with path.open("rb") as stream:
        return any(b'"' in block for block in iter(lambda: stream.read(BLOCK), b""))


def scan(side: Side, which: Which, rules: Rules, folder: Path) -> Scan:
    """Make a side ready; what has to be written goes into ``folder``. Raises ``NotCompared``."""
    if not side.paths:
        hint = "wait for it, or see why it did not come; a missing delivery is not an empty one"
        raise NotCompared(f"the {which} side ({side.name}) is missing", hint=hint)
    try:
        return _scanned(side, which, rules, folder)
    except BadRecords as bad:
        hint = "have its sender mend the file, or the layout if that is wrong"
        raise NotCompared(f"the {which} side ({side.name}) cannot be read: {bad}", hint=hint) from None
    except FormatFaults as faults:
        raise NotCompared(f"the {which} side ({side.name}) has a faulty layout: {faults}") from None
    except FileNotFoundError:
        raise NotCompared(f"the {which} side ({side.name}) is missing: its file is gone") from None


def _scanned(side: Side, which: Which, rules: Rules, folder: Path) -> Scan:
    names = list(dict.fromkeys(_name(pair, which) for pair in rules.pairs))
    records, _ = side.form.compiled()
    if isinstance(records, CsvRecords) and _readable(records):
        columns = [item.name for item in records.layout.items]
        skip = len(records.headings())
        for path in side.paths:
            _check_ends(path, records)
        paths = tuple(path for path in side.paths if path.stat().st_size)
    else:
        columns, skip = names, 0
        paths = tuple(_written(side.form, names, side.paths, folder / which))
    items = {leaf.item.name: leaf.item for leaf in side.form.layout.leaves}
    values = (_value(columns.index(_name(pair, which)), items[_name(pair, which)]) for pair in rules.pairs)
    named = tuple(f"c{index}" for index in range(len(columns)))
    return Scan(paths=paths, columns=named, skip=skip, values=tuple(values))


def _name(pair: Pair, which: Which) -> str:
    return pair.old if which == "old" else pair.new


def _readable(records: CsvRecords) -> bool:
    """Whether SQL can read the files as they are."""
    profile = records.profile
    return profile.encoding == "utf-8" and profile.compression == "none" and profile.quoting != "none"


def _check_ends(path: Path, records: CsvRecords) -> None:
    """Raises ``BadRecords`` if a file has not the header that its profile says, or if it was cut."""
    found = FaultList()
    with reading(path, records) as stream:
        records.begin(stream, found)
        size = path.stat().st_size
        stream.seek(max(0, size - 1))
        if size and stream.read(1) != b"\n":
            records.frame(0, size, b"", found)
    found.raise_if_any()


def _written(form: Form, names: list[str], paths: tuple[Path, ...], folder: Path) -> Iterator[Path]:
    """The canonical values of each file, in a file of its own; without records there is none."""
    converter = canonical_converter(form, names)
    folder.mkdir(mode=0o700)
    for number_, path in enumerate(paths):
        target = folder / f"{number_}.csv"
        if converter.convert(path, target).records_out:
            yield target


def _value(column: int, item: Item) -> str:
    """Canonical numbers have no needless zeros; those that were written here lack only the last step to it."""
    value = f"coalesce(c{column}, '')"
    if item.type in CSV_TYPES:
        return number(value) if item.type in NUMBERS else value
    return f"rtrim(rtrim({value}, '0'), '.')" if item.type in NUMBERS and item.decimals > 0 else value


def lines(paths: Sequence[Path], names: Sequence[str], *, skip: int = 0) -> str:
    """SQL that reads lines of CSV as texts under these names."""
    files = ", ".join(literal(str(path)) for path in paths)
    spec = ", ".join(f"'{name}': 'VARCHAR'" for name in names)
    return (
        f"read_csv([{files}], columns = {{{spec}}}, header = false, skip = {skip}, delim = ',', quote = '\"', "
        f"escape = '\"', {_line_end(paths)}auto_detect = false, strict_mode = true, max_line_size = 4194304)"
    )


def _line_end(paths: Sequence[Path]) -> str:
    """How the lines end, where it is one byte: left to itself the engine may take a return within a value for it."""
    with paths[0].open("rb") as file:
        file.seek(max(0, paths[0].stat().st_size - 2))
        return "" if file.read() == b"\r\n" else r"new_line = '\n', "

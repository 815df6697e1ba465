"""Layouts that are COBOL copybooks: ``layouts/x.cpy``, and beside it ``x.cpy.yaml`` for what COBOL does not say."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from gateway.config.copybook import Copybook
from gateway.formats import FormatFaults, Layout, import_copybook
from gateway.formats.copybooks.copybook import Entry, read_copybook
from gateway.load.document import Document, Position, parse
from gateway.load.fault import Complaint, Fault, Location
from gateway.load.reader import Reader
from gateway.load.shelves import Home
from gateway.load.wording import complaints
from gateway.spelling import instead

SUFFIX = ".cpy"
_OTHER_SUFFIXES = frozenset({".cbl", ".cob", ".copy", ".cpy"})
_OF_THE_COPYBOOK = frozenset({"free", "length", "keys", "required"})
"""Keys of the form that are no keys of a layout, or that say something about the copybook itself."""


@dataclass(frozen=True, kw_only=True)
class CopybookDocument(Document):
    """A copybook and its form as one document: what concerns items stands in the copybook."""

    form: Document

    def fault(self, complaint: Complaint) -> Fault:
        """The complaint with its line and column in the file that it concerns."""
        if complaint.at and complaint.at[0] in Copybook.model_fields:
            return self.form.fault(complaint)
        return super().fault(complaint)


def copybooks(
    reader: Reader, home: Home
) -> Iterator[tuple[str, Path, CopybookDocument | None, Layout | None]]:
    """Every copybook with its name and what it says; None in place of what could not be read, faults recorded."""
    folder = reader.directory / home.below("layouts")
    for path in sorted(folder.iterdir()) if folder.is_dir() else ():
        if path.suffix != SUFFIX and path.suffix.lower() in _OTHER_SUFFIXES:
            reader.refuse(
                reader.shown(path), f"the file is not read because of its name; call it {path.stem}{SUFFIX}"
            )
        elif is_form(path) and not path.with_suffix("").exists():
            reader.refuse(reader.shown(path), f"there is no {path.stem} beside this file; add the copybook")
    for path in home.files(reader, "layouts", SUFFIX):
        name, document = home.named(path.stem), _document(reader, path)
        yield name, path, document, None if document is None else _layout(reader, name, document)


def is_form(path: Path) -> bool:
    """Whether a file belongs to a copybook."""
    return path.name.endswith(f"{SUFFIX}.yaml")


def _document(reader: Reader, path: Path) -> CopybookDocument | None:
    """The copybook as the data of a layout, placed in the copybook; faults are recorded."""
    text, form = reader.text(path), _form(reader, path)
    if text is None or form is None:
        return None
    document, asked = form
    try:
        record = read_copybook(text, name=path.stem, free=asked.free)
        written = import_copybook(text, source=path.name, encoding=asked.encoding, free=asked.free)
    except FormatFaults as error:
        reader.add(
            _at_line(reader.shown(path), fault.location, fault.message, text) for fault in error.faults
        )
        return None
    unclear = [
        _redefined(reader.shown(path), entry, asked.encoding, text)
        for entry in _entries(record)
        if entry.redefines
    ]
    reader.add(unclear)
    layout = parse(written, file=reader.shown(path))
    placed = _placed(layout, {entry.name: entry.line for entry in _entries(record)}, text)
    found = CopybookDocument(**{**vars(placed), "data": _completed(placed.data, asked)}, form=document)
    wrong = reader.complain(found, _disagreements(found.data, placed.data["length"], asked, path.name))
    return None if unclear or wrong else found


def _form(reader: Reader, path: Path) -> tuple[Document, Copybook] | None:
    beside = path.with_name(f"{path.name}.yaml")
    if path.with_suffix(".yaml").exists():
        reader.refuse(
            reader.shown(path),
            f"the layout {path.stem} is there already as {path.stem}.yaml; remove one of them",
        )
        return None
    if not beside.exists():
        message = f"a copybook does not say its character code; write {beside.name} beside it, with encoding:"
        reader.refuse(reader.shown(path), message)
        return None
    document = reader.document(beside)
    asked = None if document is None else reader.model(document, Copybook, document.data)
    return None if document is None or asked is None else (document, asked)


def _completed(data: dict[str, Any], asked: Copybook) -> dict[str, Any]:
    """The copybook's layout with what its form says."""
    written = asked.model_dump(mode="json", by_alias=True, exclude_unset=True)
    form = {key: value for key, value in written.items() if key not in _OF_THE_COPYBOOK}
    marks = {"key": asked.keys, "required": asked.required}
    return {**data, **form, "items": [_marked(item, marks) for item in data["items"]]}


def _marked(item: dict[str, Any], marks: Mapping[str, tuple[str, ...]]) -> dict[str, Any]:
    if "items" in item:
        return {**item, "items": [_marked(inner, marks) for inner in item["items"]]}
    return {**item, **{mark: True for mark, names in marks.items() if item.get("name") in names}}


def _disagreements(data: dict[str, Any], length: int, asked: Copybook, file: str) -> Iterator[Complaint]:
    if asked.length not in (None, length):
        yield Complaint(
            at=("length",), message=f"the items of {file} have {length} bytes; mend one of the two"
        )
    known = set(_names(data["items"]))
    for key in ("keys", "required"):
        for index, name in enumerate(getattr(asked, key)):
            if name not in known:
                yield Complaint(at=(key, index), message=f"{file} has no item {name}; {instead(name, known)}")


def _names(items: list[dict[str, Any]]) -> Iterator[str]:
    for item in items:
        if "items" in item:
            yield from _names(item["items"])
        elif "name" in item:
            yield item["name"]


def _layout(reader: Reader, name: str, document: CopybookDocument) -> Layout | None:
    try:
        return Layout.model_validate({**document.data, "name": name})
    except ValidationError as error:
        reader.complain(document, complaints(error, Layout))
        return None


def _entries(entry: Entry) -> Iterator[Entry]:
    yield entry
    for child in entry.children:
        yield from _entries(child)


def _redefined(file: str, entry: Entry, encoding: str, text: str) -> Fault:
    message = (
        f"{entry.name} redefines {entry.redefines}, and a copybook does not say when; "
        f"write the layout out with `linkage-gateway new layout --from {file} --encoding {encoding}`, and complete it"
    )
    return _at_line(file, (entry.line,), message, text)


def _at_line(file: str, location: Location, message: str, text: str) -> Fault:
    line = next((part for part in location if isinstance(part, int)), 1)
    source = _line(text, line)
    return Fault(file=file, line=line, column=_column(source), message=message, source=source)


def _line(text: str, number: int) -> str:
    return [*text.split("\n"), ""][number - 1].rstrip("\r").expandtabs(1)


def _column(line: str) -> int:
    """Where the words of a line begin: after the six columns of its number, if it has one."""
    area = 7 if line[:6].strip().isdigit() or not line[:6].strip() else 0
    return len(line) - len(line[area:].lstrip()) + 1 if line[area:].strip() else 1


def _placed(layout: Document, lines: Mapping[str, int], text: str) -> Document:
    """The imported layout's document with every place moved into the copybook."""
    positions = {at: _position(layout.data, at, lines, text) for at in layout.values}
    return replace(layout, values=positions, keys=positions, text=text)


def _position(data: Any, at: Location, lines: Mapping[str, int], text: str) -> Position:
    """The line of the innermost item around a location."""
    line = 1
    for part in at:
        data = data[part]
        line = lines.get(data.get("name", ""), line) if isinstance(data, dict) else line
    return Position(line=line, column=_column(_line(text, line)))

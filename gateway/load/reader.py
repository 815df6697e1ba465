"""Files of the configuration's folder as documents and models, collecting every fault on the way."""

from __future__ import annotations

import os
from collections.abc import Collection, Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

from gateway.load.document import MOST_FAULTS, Document, Unreadable, parse
from gateway.load.fault import Complaint, Fault, Severity
from gateway.load.files import MOST_BYTES, shown, why_unread
from gateway.load.mending import Mended, mended
from gateway.load.municipalities import shared_by
from gateway.load.seals import Seal
from gateway.load.wording import complaints

Model = TypeVar("Model", bound=BaseModel)


class Reader:
    """Reads one configuration folder."""

    def __init__(
        self, directory: Path, environment: Mapping[str, str], seals: Mapping[Path, Seal] | None = None
    ) -> None:
        """``seals`` say what may be read below the folders of vendors that sign."""
        self.directory = directory
        self.environment = environment
        self.seals = seals or {}
        self.shared = shared_by(directory)
        self._faults: dict[Fault, None] = {}

    @property
    def faults(self) -> tuple[Fault, ...]:
        """Every fault so far, in the order of finding."""
        return tuple(self._faults)

    def complain(self, document: Document, found: Iterable[Complaint]) -> tuple[Fault, ...]:
        """Record faults of a document; gives them back with their places."""
        told = sorted(found, key=lambda one: one.severity is not Severity.ERROR)[:MOST_FAULTS]
        faults = tuple(map(document.fault, told))
        self.add(faults)
        return faults

    def add(self, faults: Iterable[Fault]) -> None:
        """Record faults that are not recorded yet."""
        self._faults.update(dict.fromkeys(faults))

    def forget(self, files: Collection[str]) -> None:
        """Drop the faults of some files, which are read again."""
        self._faults = {fault: None for fault in self._faults if fault.file not in files}

    def refuse(self, file: str, message: str, *, severity: Severity = Severity.ERROR) -> None:
        """Record a fault of a whole file."""
        self.add([Fault(file=file, line=1, column=1, message=message, severity=severity)])

    def files(self, folder: str, suffix: str) -> Iterator[Path]:
        """The files of a folder with that suffix, by name; none if there is no such folder.

        A name that ends in .yml is a fault: the file would silently do nothing.
        """
        home = self.directory / folder
        for path in sorted(home.iterdir()) if home.is_dir() else ():
            if path.suffix == suffix and path.name[0] != ".":
                yield path
            elif path.suffix == ".yml":
                self.refuse(
                    self.shown(path), f"the file is not read because of its name; call it {path.stem}.yaml"
                )

    def shared_files(self, folder: str, suffix: str) -> Iterator[Path]:
        """Those that municipalities share, but for what this one has a file of its own of, whatever its version."""
        if self.shared is None:
            return
        own = {_base(path) for path in _entries(self.directory / folder)}
        for path in _entries(self.shared / folder):
            if path.suffix == suffix and _base(path) not in own:
                yield path

    def text(self, path: Path, *, most: int = MOST_BYTES) -> str | None:
        """A file's text, or None with a fault recorded. Reads nothing outside the folder and no more than ``most``."""
        file = self.shown(path)
        try:
            reason = why_unread(path, within=self._ground(path), most=most)
            if not reason:
                content = path.read_bytes()
                reason = self._unsigned(path, content)
            if not reason:
                return content.decode("utf-8-sig")
        except UnicodeDecodeError as error:
            reason = f"the file is no UTF-8 (byte {error.start}); save it as UTF-8"
        except FileNotFoundError:
            reason = "the file is missing; a configuration folder needs it"
        except OSError as error:
            reason = f"the file cannot be read ({type(error).__name__}); see that the gateway may read it"
        self.refuse(file, reason)
        return None

    def _ground(self, path: Path) -> Path:
        shared = self.shared is not None and path.is_relative_to(self.shared)
        return self.shared if self.shared is not None and shared else self.directory

    def _unsigned(self, path: Path, content: bytes) -> str:
        """Why a file is not read for want of its vendor's signature."""
        for folder, seal in self.seals.items():
            if path.is_relative_to(folder):
                return seal.why_not(path.relative_to(folder).as_posix(), content)
        return ""

    def document(self, path: Path, *, substitute: bool = False, most: int = MOST_BYTES) -> Document | None:
        """A file as a document, or None with its faults recorded."""
        text = self.text(path, most=most)
        if text is None:
            return None
        try:
            return parse(text, file=self.shown(path), environment=self.environment if substitute else None)
        except Unreadable as error:
            self.add(error.faults)
            return None

    def model(self, document: Document, model: type[Model], data: Any) -> Model | None:
        """Data of a document as a model, or None with its faults recorded."""
        try:
            return model.model_validate(data)
        except ValidationError as error:
            self.complain(document, complaints(error, model))
            return None

    def mended(self, document: Document, model: type[Model]) -> Mended[Model]:
        """Data of a document as a model, mended where it has faults; all of them are recorded."""
        found = mended(document, model)
        self.complain(found.document, found.complaints)
        return found

    def shown(self, path: Path) -> str:
        """How faults name a file: relative to the folder."""
        if path.is_relative_to(self.directory):
            return shown(path.relative_to(self.directory).as_posix())
        return shown(Path(os.path.relpath(path, self.directory)).as_posix())


def _entries(folder: Path) -> list[Path]:
    """The files of a folder by name, but for those that begin with a dot; none if there is no such folder."""
    return [path for path in sorted(folder.iterdir()) if path.name[0] != "."] if folder.is_dir() else []


def _base(path: Path) -> str:
    """What a file is called whatever its kind and version: ``x`` of ``x@2027-04-01.yaml`` and ``x.cpy``."""
    return path.name.partition(".")[0].partition("@")[0]

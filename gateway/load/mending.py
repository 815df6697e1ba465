"""What can still be known of a file with faults, so that its other faults are told at once as well.

After a failed validation the faulty parts are mended as far as their meaning is plain: an unknown key gets the
nearest known name, a value with a fault gives way to its default, a required one to a stand-in. Nothing ever runs
on a mended file; it only serves to look further.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Generic, TypeVar

from pydantic import BaseModel, ValidationError

from gateway.load.document import MOST_FAULTS, Document, Position
from gateway.load.fault import Complaint, Location
from gateway.load.wording import complaints, field_at, homes_elsewhere, names_at
from gateway.spelling import nearest

Model = TypeVar("Model", bound=BaseModel)

MOST_ROUNDS = 8
"""Each round of mending may show faults that the last one hid."""

_NAME = "0-unknown"
_STAND_INS: dict[str, Any] = {
    "name": _NAME,
    "system": _NAME,
    "endpoint": _NAME,
    "path": _NAME,
    "gateway": {"name": _NAME},
    "from": {"system": _NAME},
    "to": {"system": _NAME},
    "schedule": {"watch": True},
    "reason": _NAME,
}
"""Values for required keys, so that the keys beside them can be looked at."""

_ASKED_FOR = frozenset({"reason"})
"""Keys that others ask for."""


@dataclass(frozen=True, kw_only=True)
class Mended(Generic[Model]):
    """A document as a model, mended where it had faults.

    Attributes:
        document: the document with its mended data; it knows the places of written and of mended keys.
        model: what it says; None if not even that can be told.
        complaints: every fault that was mended. Empty: ``model`` is what people wrote.
        guessed: where the model says something that people did not write.
    """

    document: Document
    model: Model | None
    complaints: tuple[Complaint, ...] = ()
    guessed: frozenset[Location] = frozenset()

    def proper(self, found: Iterable[Complaint]) -> Iterator[Complaint]:
        """The complaints that are no mere consequence of what was mended."""
        return (one for one in found if not any(_within(one.at, guess) for guess in self.guessed))


def mended(document: Document, model: type[Model]) -> Mended[Model]:
    """A document's data as a model, and every fault on the way."""
    found: list[Complaint] = []
    guessed: frozenset[Location] = frozenset()
    for _ in range(MOST_ROUNDS):
        try:
            known: Model | None = model.model_validate(document.data)
            break
        except ValidationError as error:
            known = None
            told = [replace(one, at=_written(document, one.at)) for one in complaints(error, model)]
            found += [one for one in told if not _follows(one.at, guessed)]
            if error.error_count() > MOST_FAULTS:
                break
            change = _Change(document=document, model=model)
            for detail in sorted(error.errors(include_url=False), key=_unknown_first):
                change.take(detail)
            document = change.document_after()
            guessed |= change.guessed
    return Mended(document=document, model=known, complaints=tuple(found), guessed=guessed)


def _unknown_first(detail: Mapping[str, Any]) -> bool:
    """Renaming comes before filling in: a misspelt key is missing as well."""
    return bool(detail["type"] != "extra_forbidden")


def _written(document: Document, at: Location) -> Location:
    """A location without the names of alternatives, which stand in no document; its last part may be missing there."""
    return (*document.known(at[:-1]), *at[-1:])


def _within(at: Location, place: Location) -> bool:
    return at[: len(place)] == place


def _follows(at: Location, guessed: frozenset[Location]) -> bool:
    """Whether a fault of a later round shows only because of a guess at, above or below its place."""
    return any(_within(at, guess) or _within(guess, at) for guess in guessed)


@dataclass(kw_only=True)
class _Change:
    """What one round does to a document."""

    document: Document
    model: type[BaseModel]
    renamed: dict[Location, str] = field(default_factory=dict)
    dropped: set[Location] = field(default_factory=set)
    filled: dict[Location, Any] = field(default_factory=dict)
    absent: set[Location] = field(default_factory=set)

    @property
    def guessed(self) -> frozenset[Location]:
        return frozenset(self.dropped | self.filled.keys() | self.absent)

    def take(self, detail: Mapping[str, Any]) -> None:
        """Decide what becomes of one fault."""
        at = _written(self.document, detail["loc"])
        match detail["type"]:
            case "extra_forbidden":
                self._take_unknown(at)
            case "missing":
                if at[-1] not in self._new_names(at[:-1]):
                    self._let_go(at)
            case _:
                self._let_go(_above_lists(self.document.known(detail["loc"])))

    def _take_unknown(self, at: Location) -> None:
        """An unknown key is renamed; if nobody can say what it means, no key beside it counts as left out.

        One that is known elsewhere is no other key misspelt.
        """
        if homes_elsewhere((self.model,), at):
            self.dropped.add(at)
            return
        free = (
            names_at((self.model,), at[:-1])
            - _keys_at(self.document.data, at[:-1])
            - self._new_names(at[:-1])
        )
        meant = nearest(str(at[-1]), free)
        if meant is not None:
            self.renamed[at] = meant
        else:
            self.dropped.add(at)
            self.absent |= {(*at[:-1], name) for name in free}

    def _new_names(self, above: Location) -> set[str]:
        return {name for at, name in self.renamed.items() if at[:-1] == above}

    def _let_go(self, at: Location) -> None:
        """Drop what has a default, or fill in a stand-in; else the same for what is around it."""
        while at:
            around = field_at((self.model,), at)
            if around is None or not (around.is_required() or at[-1] in _ASKED_FOR):
                self.dropped.add(at)
                return
            if at[-1] in _STAND_INS:
                self.filled[at] = _STAND_INS[str(at[-1])]
                return
            at = at[:-1]

    def document_after(self) -> Document:
        """The document with the changes made."""
        data = self._rewritten(self.document.data, ())
        return replace(
            self.document,
            data=data,
            values=self._moved(self.document.values),
            keys=self._moved(self.document.keys),
        )

    def _rewritten(self, data: Any, at: Location) -> Any:
        if isinstance(data, list):
            return [self._rewritten(value, (*at, index)) for index, value in enumerate(data)]
        if not isinstance(data, dict):
            return data
        gone = self.dropped | self.filled.keys()
        kept = {
            self.renamed.get((*at, key), key): self._rewritten(value, (*at, key))
            for key, value in data.items()
            if (*at, key) not in gone
        }
        return kept | {place[-1]: value for place, value in self.filled.items() if place[:-1] == at}

    def _moved(self, positions: Mapping[Location, Position]) -> Mapping[Location, Position]:
        """The places of all keys under their new names as well."""
        if not self.renamed:
            return positions
        return {**positions, **{self._new(at): position for at, position in positions.items()}}

    def _new(self, at: Location) -> Location:
        return tuple(self.renamed.get(at[: depth + 1], part) for depth, part in enumerate(at))


def _keys_at(data: Any, at: Location) -> set[str]:
    """The keys that are written at a location; none where nothing has keys."""
    for part in at:
        data = data.get(part) if isinstance(data, dict) else _element(data, part)
    return set(data) if isinstance(data, dict) else set()


def _element(data: Any, part: str | int) -> Any:
    inside = isinstance(data, list) and isinstance(part, int) and part < len(data)
    return data[part] if inside else None


def _above_lists(at: Location) -> Location:
    """The nearest place that is not an element of a list: without one element the others would change places."""
    first = next((depth for depth, part in enumerate(at) if isinstance(part, int)), len(at))
    return at[:first]

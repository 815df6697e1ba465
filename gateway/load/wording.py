"""What pydantic found, in words for people: what is wrong, and what to write instead. Never the value itself."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import cache
from types import NoneType, UnionType
from typing import Annotated, Any, Union, get_args, get_origin

from pydantic import BaseModel, ValidationError
from pydantic.fields import FieldInfo

from gateway.config.words import UNWRITTEN
from gateway.load.document import MOST_FAULTS
from gateway.load.fault import Complaint, Location
from gateway.spelling import instead, nearest

MOST_HOMES = 3
"""Places of a key that are told; one that may stand nearly anywhere is no help."""

_KEY = "[key]"
_PREDICATE = re.compile(
    r"(is|has|may|cannot|needs|ends|takes|belongs|must|stands|joins|captures|uses|begins) "
)

_KINDS: dict[type, str] = {
    bool: "true or false",
    int: "a number",
    float: "a number",
    str: "a text",
    dict: "keys and values",
    list: "a list",
    NoneType: "empty",
}


def complaints(error: ValidationError, *models: type[BaseModel]) -> tuple[Complaint, ...]:
    """Every fault of a validation, one for each place. ``models`` are those that the root's keys belong to."""
    found: dict[Location, Complaint] = {}
    details = error.errors(include_url=False)[:MOST_FAULTS]
    for detail in (one for one in details if not _follows(one, details)):
        complaint = _complaint(detail, models)
        found.setdefault(complaint.at, complaint)
    meant = {at: _meant(complaint) for at, complaint in found.items() if complaint.key}
    misspelt = {(*at[:-1], word) for at, word in meant.items() if word}
    return tuple(complaint for at, complaint in found.items() if at not in misspelt)


def _follows(detail: Mapping[str, Any], details: Sequence[Mapping[str, Any]]) -> bool:
    """Whether a list is called empty only because each of its elements has faults, which are told."""
    at = detail["loc"]
    return detail["type"] == "too_short" and any(
        len(one["loc"]) > len(at) and one["loc"][: len(at)] == at for one in details
    )


def _meant(complaint: Complaint) -> str:
    """The key that a misspelt one most likely means: that it is missing as well need not be said."""
    found = re.search(r"did you mean (.+)\?$", complaint.message)
    return found[1] if found else ""


def _complaint(detail: Mapping[str, Any], models: Sequence[type[BaseModel]]) -> Complaint:
    at: Location = detail["loc"]
    kind: str = detail["type"]
    if _KEY in at:
        return Complaint(at=tuple(part for part in at if part != _KEY), key=True, message=_sentence(detail))
    if kind == "extra_forbidden":
        return Complaint(at=at, key=True, message=f"unknown key {at[-1]}; {_right_key(models, at)}")
    if kind == "missing":
        field = field_at(models, at)
        return Complaint(
            at=(*at[:-1], at[-1]), message=f"{at[-1]} is missing; add `{at[-1]}:`{_purpose(field)}"
        )
    return Complaint(at=at, message=_sentence(detail))


def _right_key(models: Sequence[type[BaseModel]], at: Location) -> str:
    homes = homes_elsewhere(models, at)
    if homes:
        return f"it stands {' or '.join(f'under {home}:' if home else 'at the margin' for home in homes)}"
    return instead(str(at[-1]), names_at(models, at[:-1]))


def homes_elsewhere(models: Sequence[type[BaseModel]], at: Location) -> tuple[str, ...]:
    """The keys below which an unknown key is known; none if it may stand nearly anywhere, or is misspelt here."""
    homes = tuple(sorted(places_of(models, str(at[-1]))))
    return homes if len(homes) <= MOST_HOMES and (str(at[-2]) if at[1:] else "") not in homes else ()


def _purpose(field: FieldInfo | None) -> str:
    description = (field.description if field else None) or ""
    first = re.split(r"[.;](?:\s|$)", description, maxsplit=1)[0]
    return f" ({first[:1].lower()}{first[1:]})" if first else ""


def _sentence(detail: Mapping[str, Any]) -> str:
    key = _key_of(detail["loc"])
    words = _WORDS.get(detail["type"], _as_it_is)
    text = words(detail)
    return f"{key or 'the file'} {text}" if _PREDICATE.match(text) else text


def _key_of(at: Location) -> str:
    names = [part for part in at if isinstance(part, str) and re.fullmatch(r"[\w-]+", part)]
    return names[-1] if names else ""


def _as_it_is(detail: Mapping[str, Any]) -> str:
    text = str(detail["msg"])
    return text[:1].lower() + text[1:]


def _value_error(detail: Mapping[str, Any]) -> str:
    return str(detail["ctx"]["error"])


def _not_a(wanted: str) -> Callable[[Mapping[str, Any]], str]:
    def say(detail: Mapping[str, Any]) -> str:
        given = detail["input"]
        kind = _KINDS.get(type(given))
        if given is None:
            return f"is empty; write {wanted}"
        return f"is {kind}; write {wanted}" if kind else f"is not understood; write {wanted}"

    return say


def _not_text(detail: Mapping[str, Any]) -> str:
    given = detail["input"]
    if isinstance(given, bool | int | float):
        return "must be a text; put it in quotes"
    return _not_a("one text, in quotes if it begins with {" if isinstance(given, dict) else "one text")(
        detail
    )


def _choice(detail: Mapping[str, Any]) -> str:
    expected = str(detail["ctx"]["expected"])
    choices = re.findall(r"'([^']*)'", expected)
    given = detail["input"]
    likely = nearest(given, choices) if isinstance(given, str) else None
    more = f"; did you mean {likely}?" if likely else ""
    return f"must be {expected.replace(chr(39), '')}{more}"


def _bound(words: str, key: str) -> Callable[[Mapping[str, Any]], str]:
    return lambda detail: f"must be {words} {detail['ctx'][key]}"


_AN_ADDRESS = "must be an address that begins with https:// or http://"
_FORMS = {
    r"^(\d{8})?$": 'must be the eight digits of the data list, such as "00100001"; leave it out where there are none',
    r"^\d{3}$": 'must be the three digits of the standard in quotes, such as "001"',
    r"^0[0-7]{3}$": 'must be permissions in four octal digits, in quotes, such as "0640"',
    r"^[^\s/]+:\d{1,5}$": "must be a host and a port, such as 127.0.0.1:8440",
    r"^https?://": _AN_ADDRESS,
    r"^https?://.+": _AN_ADDRESS,
    r"^https?://\S+$": _AN_ADDRESS,
    r"^(sqlite:///|postgresql://).+": 'must be "sqlite:///{state_dir}/journal.db", or postgresql://HOST/DATABASE',
    r"^[A-Za-z0-9-]+$": "must be the name of a header, of letters, digits and hyphens, such as X-Remote-User",
    r"^[A-Za-z0-9][A-Za-z0-9_.-]{0,63}$": "must begin with a letter or digit and go on with those, . _ and - only",
    r"^[A-Za-z0-9_][A-Za-z0-9_.-]*$": "must begin with a letter or digit and go on with those, . _ and - only",
    r"^[A-Za-z0-9_][A-Za-z0-9_.-]{0,99}$": "must begin with a letter or digit and go on with those, . _ and - only",
    r"^[\w .:/=+@-]+$": "has a character that may not stand here; write letters, digits, blanks and . : / = + @ _ -",
    r"^[^/\\]*$": "must be a name without folders; take out / and \\",
}
"""What a text must look like, for people, by the pattern that its model has."""


_WORDS: dict[str, Callable[[Mapping[str, Any]], str]] = {
    "value_error": _value_error,
    "string_type": _not_text,
    "literal_error": _choice,
    "enum": _choice,
    "int_type": _not_a("a whole number"),
    "int_parsing": _not_a("a whole number"),
    "int_from_float": _not_a("a whole number"),
    "float_type": _not_a("a number"),
    "float_parsing": _not_a("a number"),
    "bool_type": _not_a("true or false"),
    "bool_parsing": _not_a("true or false"),
    "date_type": _not_a("a date such as 2027-04-01"),
    "date_parsing": lambda _: "is no day that there is; write a date such as 2027-04-01",
    "date_from_datetime_parsing": lambda _: "is no day that there is; write a date such as 2027-04-01",
    "model_type": _not_a("its keys, one a line, each with a value"),
    "model_attributes_type": _not_a("its keys, one a line, each with a value"),
    "dict_type": _not_a("its keys, one a line, each with a value"),
    "tuple_type": _not_a("a list, such as [a, b]"),
    "list_type": _not_a("a list, such as [a, b]"),
    "path_type": _not_a("a path"),
    "too_short": lambda _: "is empty; write at least one",
    "string_too_short": lambda _: "is empty; write a text",
    "string_pattern_mismatch": lambda detail: _FORMS[detail["ctx"]["pattern"]],
    "greater_than_equal": _bound("at least", "ge"),
    "greater_than": _bound("more than", "gt"),
    "less_than_equal": _bound("at most", "le"),
    "less_than": _bound("less than", "lt"),
}


def models_at(models: Iterable[Any], at: Location) -> tuple[type[BaseModel], ...]:
    """The models whose keys stand at a location below any of ``models``."""
    current = [arm for model in models for arm in _arms(model)]
    for part in at:
        deeper = [arm for one in current for inner in _step(one, part) for arm in _arms(inner)]
        current = deeper or current
    return tuple(one for one in current if isinstance(one, type) and issubclass(one, BaseModel))


def names_at(models: Iterable[Any], at: Location) -> set[str]:
    """The keys that may be written at a location below any of ``models``."""
    return {name for model in models_at(models, at) for name in _names(model)}


def field_at(models: Iterable[Any], at: Location) -> FieldInfo | None:
    """The field that the last part of a location names."""
    found = (_field(model, str(at[-1])) for model in models_at(models, at[:-1]))
    return next((field for field in found if field is not None), None)


def places_of(models: Iterable[type[BaseModel]], key: str) -> set[str]:
    """The keys right above those of this name, of all that can be written below ``models``; "" is the margin."""
    return {above for model in models for above, name in _below(model) if name == key}


@cache
def _below(model: type[BaseModel]) -> frozenset[tuple[str, str]]:
    """Every key that can be written, with the one right above it."""
    return frozenset(_keys_below(model, "", frozenset()))


def _keys_below(annotation: Any, above: str, within: frozenset[Any]) -> Iterator[tuple[str, str]]:
    for arm in _arms(annotation):
        if get_origin(arm) in (tuple, list, dict):
            yield from _keys_below(get_args(arm)[-1 if get_origin(arm) is dict else 0], above, within)
        elif isinstance(arm, type) and issubclass(arm, BaseModel) and arm not in within:
            for name, field in _written(arm):
                yield above, name
                yield from _keys_below(field.annotation, name, within | {arm})


def _arms(annotation: Any) -> tuple[Any, ...]:
    origin = get_origin(annotation)
    if origin is Annotated:
        return _arms(get_args(annotation)[0])
    if origin in (Union, UnionType):
        return tuple(arm for one in get_args(annotation) for arm in _arms(one))
    return (annotation,)


def _step(annotation: Any, part: str | int) -> tuple[Any, ...]:
    origin = get_origin(annotation)
    if isinstance(annotation, type) and origin is None and issubclass(annotation, BaseModel):
        field = _field(annotation, str(part))
        return () if field is None else (field.annotation,)
    if origin is dict and isinstance(part, str):
        return (get_args(annotation)[1],)
    return (get_args(annotation)[0],) if origin in (tuple, list) and isinstance(part, int) else ()


def _field(model: type[BaseModel], key: str) -> FieldInfo | None:
    named = (field for name, field in model.model_fields.items() if (field.alias or name) == key)
    return next(named, None)


def _names(model: type[BaseModel]) -> Iterable[str]:
    return (name for name, _ in _written(model))


def _written(model: type[BaseModel]) -> Iterable[tuple[str, FieldInfo]]:
    fields = model.model_fields.items()
    return ((field.alias or name, field) for name, field in fields if field.json_schema_extra != UNWRITTEN)

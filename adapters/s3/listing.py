"""Pages of a bucket's listing, read without the library's parser.

botocore parses a page object by object against its model, which takes ten times as long as all the rest of a listing.
Here the objects are taken out of the page before it looks; the page without them is still its own to parse. Only the
form that stores give is read so: anything else in a page, and the whole of it is botocore's to read or to refuse.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, NamedTuple

from botocore import handlers
from botocore.compat import unquote_str

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

SUCCESS = 200

_TAKEN = "Listed"
"""Where an answer holds the objects that were taken out of its page; botocore has no such field."""

_ITEM = re.compile(r"<Contents>(.*?)</Contents>", re.DOTALL)
_USUAL = re.compile(
    r"<Contents><Key>([^<&]*)</Key>"
    r"<LastModified>([0-9]{4}-[01][0-9]-[0-3][0-9]T[0-2][0-9]:[0-5][0-9]:[0-6][0-9])(?:\.[0-9]+)?Z</LastModified>"
    r"<ETag>(?:&quot;|\")?([^<&\"]*)(?:&quot;|\")?</ETag>"
    r"(?:<Checksum(?:Algorithm|Type)>[^<]*</Checksum(?:Algorithm|Type)>)*<Size>([0-9]+)</Size>"
    r"(?:<Owner>(?:<(?:ID|DisplayName)>[^<]*</(?:ID|DisplayName)>)*</Owner>)?"
    r"(?:<StorageClass>[^<]*</StorageClass>)?</Contents>"
)
"""An object with its fields in the order in which Amazon and those who follow it write them."""
_STEP = _USUAL.groups + 1
_FIELD = re.compile(r"<(Key|Size|LastModified|ETag)>([^<]*)</\1>")
_FIELDS = frozenset({"Key", "Size", "LastModified", "ETag"})
_REFERENCE = re.compile(r"&(?:(amp|lt|gt|quot|apos)|#([0-9]{1,7})|#x([0-9a-fA-F]{1,6}));|&")
_NAMED = {"amp": "&", "lt": "<", "gt": ">", "quot": '"', "apos": "'"}


class Listed(NamedTuple):
    """One object of a page."""

    key: str
    size: int
    time: str
    version: str


def objects_of(page: Mapping[str, Any]) -> Iterable[Listed]:
    """The objects of an answer, whoever read it."""
    if _TAKEN not in page:
        return map(_as_listed, page.get("Contents", ()))
    return map(_decoded, page[_TAKEN]) if page.get("EncodingType") == "url" else page[_TAKEN]


def time_of(modified: datetime) -> str:
    """A time as entries have it: a listing gives thousandths of a second, HEAD whole seconds, and both are one text."""
    return modified.astimezone(UTC).isoformat()[:19] + "Z"


def _decoded(listed: Listed) -> Listed:
    """An object whose key came as part of an address, for characters that XML cannot hold."""
    coded = "%" in listed.key or "+" in listed.key
    return listed._replace(key=unquote_str(listed.key)) if coded else listed


def _as_listed(item: Mapping[str, Any]) -> Listed:
    """An object as botocore gives it."""
    version = item.get("ETag", "").strip('"')
    return Listed(item["Key"], item["Size"], time_of(item["LastModified"]), version)


def register(client: Any) -> None:
    """Have the client's listings read so."""
    client.meta.events.register("before-parse.s3.ListObjectsV2", _take_objects)
    if _look_for_error is not None:
        client.meta.events.unregister("before-parse.s3.*", _look_for_error)
        client.meta.events.register_first("before-parse.s3.*", _look_beside_listings)


_look_for_error = getattr(handlers, "_handle_200_error", None)
"""botocore's look for an error within an answer of success: it parses every answer a time more."""


def _look_beside_listings(operation_model: Any, **given: Any) -> None:
    """As botocore, but for listings: an answer that is none is seen by whoever reads its pages."""
    if operation_model.name != "ListObjectsV2" and _look_for_error is not None:
        _look_for_error(operation_model=operation_model, **given)


def _take_objects(
    response_dict: dict[str, Any], customized_response_dict: dict[str, Any], **_: object
) -> None:
    """Move the objects of a page into the parsed answer. A page that is not as expected is left to botocore."""
    if response_dict["status_code"] != SUCCESS:
        return
    try:
        page: str = response_dict["body"].decode()
        objects, rest = _taken(page)
    except ValueError:
        return
    if "<!" in page or "Contents" in rest:
        return
    response_dict["body"] = rest.encode()
    if objects:
        customized_response_dict[_TAKEN] = objects


def _taken(page: str) -> tuple[list[Listed], str]:
    """The objects of a page, and the page without them. Raises ``ValueError``."""
    parts = _USUAL.split(page)  # what stands between, and the fields of each object
    between, keys, times, versions, sizes = (parts[start::_STEP] for start in range(_STEP))
    if len(keys) == page.count("<Contents>"):
        objects = list(map(Listed, keys, map(int, sizes), (f"{time}Z" for time in times), versions))
        return objects, "".join(between)
    return [_object(item) for item in _ITEM.findall(page)], _ITEM.sub("", page)


def _time(text: str) -> datetime:
    time = datetime.fromisoformat(text)
    if time.tzinfo is None:
        raise ValueError("a time without its zone")
    return time


def _object(item: str) -> Listed:
    """As botocore would give it, with the fields that are used here. Raises ``ValueError``."""
    found = _FIELD.findall(item)
    told = dict(found)
    if len(found) != len(told) or _FIELDS - told.keys() - {"ETag"}:
        raise ValueError("an object with a field too few or too many")
    etag = _text(told.get("ETag", "").replace("&quot;", '"'))
    time = time_of(_time(told["LastModified"]))
    return Listed(_text(told["Key"]), int(told["Size"]), time, etag.strip('"'))


def _text(written: str) -> str:
    """Character data without its references (XML 1.0, section 4.1)."""
    return _REFERENCE.sub(_character, written) if "&" in written else written


def _character(found: re.Match[str]) -> str:
    named, decimal, hexadecimal = found.groups()
    if named:
        return _NAMED[named]
    if decimal or hexadecimal:
        return chr(int(decimal) if decimal else int(hexadecimal, 16))
    raise ValueError("a reference that XML does not know")

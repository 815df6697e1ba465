"""Pages of a bucket's listing, read without the library's parser.

botocore parses a page object by object against its model, which takes ten times as long as all the rest of a listing.
Here the objects are taken out of the page before it looks; the page without them is still its own to parse.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any
from xml.etree import ElementTree as ET

SUCCESS = 200


def register(client: Any) -> None:
    """Have the client's listings read so."""
    client.meta.events.register("before-parse.s3.ListObjectsV2", _take_objects)


def _take_objects(
    response_dict: dict[str, Any], customized_response_dict: dict[str, Any], **_: object
) -> None:
    """Move the objects of a page into the parsed answer. A page that is not as expected is left to botocore."""
    if response_dict["status_code"] != SUCCESS:
        return
    try:
        page = ET.fromstring(response_dict["body"])  # noqa: S314 - see above
        found = [item for item in page if _name(item) == "Contents"]
        objects = [_object(item) for item in found]
    except (ET.ParseError, KeyError, ValueError):
        return
    for item in found:
        page.remove(item)
    response_dict["body"] = ET.tostring(page)
    if objects:
        customized_response_dict["Contents"] = objects


def _object(item: ET.Element) -> dict[str, Any]:
    """As botocore would give it, with the fields that are used here. Raises ``KeyError``, ``ValueError``."""
    told = {_name(field): field.text or "" for field in item}
    return {
        "Key": told["Key"],
        "Size": int(told["Size"]),
        "LastModified": _time(told["LastModified"]),
        "ETag": told.get("ETag", ""),
    }


def _time(text: str) -> datetime:
    time = datetime.fromisoformat(text)
    if time.tzinfo is None:
        raise ValueError("a time without its zone")
    return time


def _name(element: ET.Element) -> str:
    """The tag without its namespace, which some stores leave out."""
    return element.tag.rpartition("}")[2]

"""LocalBucket that refuses a body shorter than was announced, or another than was signed, as S3 does.

The program itself keeps what came of a body whose connection was cut as if it were the whole object, and takes a
request whose headers were cut before their length for one of an empty object. Run as a program, it takes LocalBucket's
arguments. Two files, named in the environment and read anew with each request, give it more of
what S3 does:

``LOCALBUCKET_KEYS``: access keys and their secrets, as JSON; who signs with none of them is refused (version 4).
``LOCALBUCKET_MOOD``: as JSON, how many requests of an access key are refused (``busy``), and how many are carried out
and answered with an error all the same (``torn``). What happened is told in a file beside it, a line each.
"""

from __future__ import annotations

import hashlib
import hmac
import io
import json
import os
import random
import re
import sys
from http import HTTPStatus
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import localbucket

_read_body = localbucket.S3Handler._read_body
_dispatch = localbucket.S3Handler._dispatch
_DIGEST = re.compile(r"[0-9a-f]{64}")
_SIGNED = re.compile(
    r"AWS4-HMAC-SHA256 Credential=([^/]+)/(\d{8})/([^/]+)/s3/aws4_request, ?"
    r"SignedHeaders=([^,]+), ?Signature=([0-9a-f]{64})"
)


def _whole_body(handler: Any) -> Any:
    if "chunked" in handler.headers.get("Transfer-Encoding", "").lower():
        return _read_body(handler)  # notices it
    announced, line = int(handler.headers.get("Content-Length") or 0), handler.rfile
    body = line.read(announced)
    if len(body) < announced:
        raise localbucket.S3Error(HTTPStatus.BAD_REQUEST, "IncompleteBody", "The body ended too early.")
    signed = handler.headers.get("x-amz-content-sha256", "")
    if _DIGEST.fullmatch(signed) and hashlib.sha256(body).hexdigest() != signed:
        raise localbucket.S3Error(HTTPStatus.BAD_REQUEST, "XAmzContentSHA256Mismatch", "Another body.")
    handler.rfile = io.BytesIO(body)
    try:
        return _read_body(handler)
    finally:
        handler.rfile = line


def _dispatched(handler: Any, action: Any) -> None:
    """As the program does it, for those who may, and in the mood of the moment."""

    def checked(bucket: str, key: str) -> None:
        access = _signed_by(handler)
        mood, told = _mood(access)
        drawn = random.random()
        if drawn < mood.get("busy", 0):
            handler.rfile.read(int(handler.headers.get("Content-Length") or 0))
            _tell(told, "store busy")
            raise localbucket.S3Error(HTTPStatus.SERVICE_UNAVAILABLE, "SlowDown", "Reduce your request rate.")
        if drawn > 1 - mood.get("torn", 0):
            _carried_out_unheard(handler, action, bucket, key)
            _tell(told, "store did it and said no")
            raise localbucket.S3Error(HTTPStatus.INTERNAL_SERVER_ERROR, "InternalError", "Try again.")
        action(bucket, key)

    _dispatch(handler, checked)


def _carried_out_unheard(handler: Any, action: Any, bucket: str, key: str) -> None:
    line, handler.wfile = handler.wfile, io.BytesIO()
    try:
        action(bucket, key)
    finally:
        handler.wfile = line


def _tell(book: Path, what: str) -> None:
    with book.open("a", encoding="utf-8") as file:
        file.write(f"{what}\n")


def _mood(access: str) -> tuple[dict[str, float], Path]:
    """What befalls requests of an access key; keys are told by how they begin."""
    path = Path(os.environ.get("LOCALBUCKET_MOOD", os.devnull))
    moods = json.loads(path.read_text(encoding="utf-8") or "{}")
    found = next((mood for start, mood in moods.items() if access.startswith(start)), {})
    return found, path.with_name(f"{path.name}.met")


def _signed_by(handler: Any) -> str:
    """The access key of a request. Raises what S3 says where the signature is not that of a known key."""
    found = _SIGNED.fullmatch(handler.headers.get("Authorization", ""))
    book = os.environ.get("LOCALBUCKET_KEYS")
    if book is None:
        return found[1] if found else ""
    if found is None:
        raise localbucket.S3Error(HTTPStatus.FORBIDDEN, "AccessDenied", "Access Denied")
    keys = json.loads(Path(book).read_text(encoding="utf-8"))
    access, day, region, names, signature = found.groups()
    if access not in keys:
        raise localbucket.S3Error(HTTPStatus.FORBIDDEN, "InvalidAccessKeyId", "No such access key.")
    if not hmac.compare_digest(signature, _signature(handler, keys[access], f"{day}/{region}", names)):
        raise localbucket.S3Error(HTTPStatus.FORBIDDEN, "SignatureDoesNotMatch", "The signature is another.")
    return str(access)


def _signature(handler: Any, secret: str, scope: str, names: str) -> str:
    """AWS Signature Version 4 of a request with a header ``Authorization``, as its documentation has it."""
    url, headers = urlsplit(handler.path), handler.headers
    query = "&".join(sorted(part if "=" in part else f"{part}=" for part in url.query.split("&") if part))
    listed = "".join(f"{name}:{' '.join(headers.get(name, '').split())}\n" for name in names.split(";"))
    body = headers.get("x-amz-content-sha256", "")
    canonical = f"{handler.command}\n{url.path}\n{query}\n{listed}\n{names}\n{body}"
    scope = f"{scope}/s3/aws4_request"
    digest = hashlib.sha256(canonical.encode()).hexdigest()
    text = "\n".join(("AWS4-HMAC-SHA256", headers.get("x-amz-date", ""), scope, digest))
    key = f"AWS4{secret}".encode()
    for part in scope.split("/"):
        key = hmac.digest(key, part.encode(), "sha256")
    return hmac.new(key, text.encode(), "sha256").hexdigest()


if __name__ == "__main__":
    localbucket.S3Handler._read_body = _whole_body
    localbucket.S3Handler._dispatch = _dispatched
    sys.exit(localbucket.main())
